"""The quick way through a file of notifications: what the judge has worked out once, it need not work out again.

What a notification makes of an interaction depends on how it stands and on a few fields of the message. That is worked
out by the judge, once for each combination, and kept with the `Standing` as a `Move`; a line is then decoded, looked up
and counted. Whatever is not quite usual (a fault, a request, a reply, a first occurrence) goes to the judge, so
findings are the same without msgspec.
"""

from math import inf
from typing import Any, ClassVar

import attrs

from ixnstate.recording.lines import Place
from ixnstate.recording.times import seconds
from ixnstate.trace.batches import Lines, Time, head
from ixnstate.trace.rules import Moment
from ixnstate.trace.worlds import Standing
from ixnstate.vocabulary import State

try:
    from msgspec import Struct
except ImportError:

    class Struct:  # type: ignore[no-redef]
        """Stands for what *msgspec* has of that name, without which nothing is read quickly."""

        def __init_subclass__(cls, **_: bool) -> None:
            """Take its options."""


@attrs.define(eq=False)
class Move:
    """What a notification makes of an interaction, and how often it did."""

    after: Standing
    shown: tuple[str, str] | None
    """The medium and the name of the capability list that it shows."""
    repeats: int
    gaps: int
    starts: frozenset[int]
    """The rules over time that begin to wait with it."""
    meets: frozenset[int]
    """Those whose waiting it ends well."""
    state: State | None
    ends: bool
    """Whether it goes to those that have ended, or comes back."""
    within: float = inf
    """For how many seconds the most impatient of the rules waits that begin with it."""
    count: int = 0
    met: int = 0
    """How often what the rules wait for that begin with it came in time."""


class Begun(Struct, eq=False, gc=False):
    """How an interaction stands, since a usual line with which rules over time have begun to wait; and that line.

    It stands in place of the `Standing`. There may be one for each interaction: it is small, and no garbage collector
    looks at it.
    """

    waits: ClassVar[bool] = True

    begun: Move
    key: "Key"
    time: Time
    seq: int | None
    lines: Lines
    index: int
    """Which of these lines it is."""

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return self.begun.after

    @property
    def moves(self) -> dict[Any, Any]:
        """What was worked out for lines that find it so."""
        return self.begun.after.moves

    def moment(self, interaction: str) -> Moment:
        """What the rules are told of the line."""
        record = self.standing.record
        place = Place(self.lines.name, self.lines.first + self.index)
        text = head(self.lines.line(self.index)).decode().rstrip("\r\n")
        agent, time = self.key.agent, seconds(self.time)
        return Moment(
            interaction, record.media, record.state, self.begun.state, None, agent, time, place, text, self.seq
        )


@attrs.define(eq=False)
class Key:
    """What of a notification decides the move. There is one object for each combination: it is found by identity."""

    message_type: str
    state: str | None
    capabilities: bytes
    """As they are written."""
    agent: str | None
    notification_type: str | None


MAX_KEYS = 200_000


class Keys(dict[tuple[Any, ...], Key]):
    """The keys, by their fields."""

    agent: str | None = None
    """Whose is what no line names."""

    def __missing__(self, said: tuple[Any, ...]) -> Key:
        """Make one. They are forgotten where there are too many: moves are then worked out anew."""
        if len(self) >= MAX_KEYS:
            self.clear()
        key = self[said] = Key(*said)
        key.agent = key.agent or self.agent
        return key


@attrs.define(eq=False)
class Miss:
    """A line that the judge must look at, and after which the move is known if it finds nothing."""

    found: Standing
    key: Key
    interaction: str
