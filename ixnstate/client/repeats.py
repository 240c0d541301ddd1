"""Whether a message has come before.

A transport that delivers at least once may deliver a message again: at once, later on its own, or in a run with those
that followed it. So may a server say the same again, for something that has happened again. A message with the number
of a request is said once; one without is told apart by nothing, so what it says is believed if it fits, and asked for.
"""

from collections import deque
from enum import Enum, auto

MAX_KEPT = 64
"""How many messages about one thing are remembered."""


class Repeat(Enum):
    """How a message stands to those before it."""

    NEW = auto()
    SAME = auto()  # as the last one
    RUN = auto()  # the one that followed, when the last one was a repeat
    EARLIER = auto()  # as an earlier one


class Repeats:
    """The messages about one thing, by their digests."""

    def __init__(self) -> None:
        self._kept: deque[bytes] = deque(maxlen=MAX_KEPT)
        self._last: bytes | None = None
        self._place: int | None = None
        """Where the last one stands among those kept, if it was a repeat."""

    def take(self, digest: bytes) -> Repeat:
        """Remember a message, and say how it stands to those before it."""
        if digest == self._last:
            return Repeat.SAME
        self._last = digest
        following = None if self._place is None else self._place + 1
        if following is not None and following < len(self._kept) and self._kept[following] == digest:
            self._place = following
            return Repeat.RUN
        places = [place for place, kept in enumerate(self._kept) if kept == digest]
        if places:
            self._place = places[-1]
            return Repeat.EARLIER
        self._kept.append(digest)
        self._place = None
        return Repeat.NEW
