"""Whether a message has come before.

A transport that delivers at least once may deliver a message again: at once, later on its own, or in a run with those
that followed it. So may a server say the same again, for something that has happened again. A message with the number
of a request is said once; one without is told apart by nothing, so what it says is believed if it fits, and asked for.
"""

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
        self._kept: list[bytes] = []
        self._places: list[int] = []
        """Where among those kept the last one has stood before."""

    def take(self, digest: bytes) -> Repeat:
        """Remember a message, and say how it stands to those before it."""
        kept = self._kept
        if kept and kept[-1] == digest:
            return Repeat.SAME
        is_run = any(kept[place + 1] == digest for place in self._places)
        earlier = [place for place, other in enumerate(kept) if other == digest]
        self._places = earlier
        if len(kept) == MAX_KEPT:
            del kept[0]
            self._places = [place - 1 for place in earlier if place > 0]
        kept.append(digest)
        return Repeat.RUN if is_run else Repeat.EARLIER if earlier else Repeat.NEW
