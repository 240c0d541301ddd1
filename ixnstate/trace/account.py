"""The judge's account of a recording: what each line shows, beside what is wrong with it, and how much there was.

Coverage, the timelines of the web page and the smallest recording are read off what lines show.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs

from ixnstate.definition import Definition, Edge
from ixnstate.recording.lines import Place
from ixnstate.recording.records import Recorded
from ixnstate.refusals import Refusal
from ixnstate.trace.belief import Belief
from ixnstate.trace.exchange import Request
from ixnstate.trace.facts import SourceLine
from ixnstate.trace.inference import Model
from ixnstate.trace.observation import Cast
from ixnstate.values import FrozenDict, frozen
from ixnstate.vocabulary import State

What = Literal["request", "reply", "notification", "state"]
"""What a line is, that shows something of an interaction."""

MAX_REASONS = 100
"""How many reasons are counted why something was not recorded."""

EARLY = 20
"""Among the first so many notifications of a recording may be late ones."""
LATE = 100
"""Among the first so many messages to an agent may be those of before a recording that was cut: that an invitation has
ended is told half a minute after it."""


@frozen
class Settled:
    """The edges by one of which a request was carried out, if it was: no line so far tells them apart."""

    request: Recorded
    edges: tuple[Edge, ...]


@frozen
class Seen:
    """What one line shows of one interaction.

    ``name`` is the operation or the state; ``state`` where the interaction is afterwards, as far as is known. ``edge``
    is the edge that was taken, where that is certain (a reply has that of its request); ``unclear`` that it got there
    by steps that nobody recorded; ``refusal`` why an operation is not legal; ``refused`` that the reply says no;
    ``listed`` the name of the documented list of capabilities that it shows.
    """

    recorded: Recorded
    kind: What
    interaction: str
    media: str
    name: str
    state: State
    edge: Edge | None = None
    unclear: bool = False
    refusal: Refusal | None = None
    refused: bool = False
    listed: str | None = None
    answers: Recorded | None = None
    """The request, of a reply."""
    settled: tuple[Settled, ...] = ()
    """Requests of which the line, and those before it, leave fewer edges open than before; see `trace.followed`."""

    @property
    def place(self) -> Place:
        """Where the line is."""
        return self.recorded.line.place

    @property
    def agent(self) -> str | None:
        """Who asked, or who was told."""
        return self.recorded.agent


@attrs.define(eq=False)
class Entry:
    """What the judge has made of a line: what was believed of its interaction before, and what the line says."""

    source: SourceLine
    kind: What
    interaction: str
    name: str
    before: Belief | None
    roles: tuple[str, ...]
    agent: str | None = None
    request: Request | None = None
    """The request, or the one that a reply answers."""
    refused: bool = False
    shown: str | None = None
    """The state that a message shows, or that it tells of a workbin."""
    listed: str | None = None

    def seen(self, after: Belief, model: Model) -> Seen:
        """What the line shows, if that is believed after it."""
        edges, has_moved = self._edges(model)
        edge = edges[0] if len({*edges}) == 1 else None
        request = self.request
        answers = request.source.recorded if request and self.kind == "reply" else None
        return Seen(
            self.source.recorded, self.kind, self.interaction, after.media, self.name, after.record.state, edge,
            has_moved and edge is None, request.meaning.refusal if request else None, self.refused, self.listed,
            answers,
        )  # fmt: skip

    def _edges(self, model: Model) -> tuple[Sequence[Edge | None], bool]:
        """The edges of which one may have been taken; and whether some step has led elsewhere, taking any or none."""
        if self.request is not None:
            edges = self.request.meaning.edges
            return edges, len({*edges}) > 1
        if self.before is None or not self.before.candidates:
            return (), True
        agent = Cast(list(self.roles)).role(self.agent)
        if self.shown is None or model.explains(self.before.candidates, self.shown, agent):
            return (), False
        return model.unrecorded_edges(self.before.candidates, self.shown, agent), True


class Account:
    """What has been counted."""

    def __init__(self) -> None:
        self.operations = 0
        self.notifications = 0
        self.earlier = 0
        """How many notifications other judges have seen of the recording, as far as it is still early then."""
        self.repeats = 0
        """How many notifications showed what was known already."""
        self.gaps = 0
        """How many steps must have happened that no line shows."""
        self.undetermined = 0
        self.unrecorded: dict[str, tuple[int, Place]] = {}
        """What was not recorded or cannot be read, by the reason: how often, and where first."""
        self.lists: dict[tuple[str, str], int] = {}
        self.is_followed = True
        """Whether somebody looks at what each line shows."""
        self.entry: Entry | None = None
        """What the line that was taken last shows."""

    @property
    def is_early(self) -> bool:
        """Whether a message may still be of before the recording."""
        return self.earlier + self.notifications < EARLY

    def note(self, why: str, place: Place) -> None:
        """Something was not recorded, or cannot be read."""
        why = why if why in self.unrecorded or len(self.unrecorded) < MAX_REASONS else "for many other reasons"
        count, first = self.unrecorded.get(why, (0, place))
        self.unrecorded[why] = count + 1, first

    def list(self, listed: tuple[str, str], times: int = 1) -> None:
        """A documented capability list has been shown."""
        self.lists[listed] = self.lists.get(listed, 0) + times

    def lists_shown(self) -> Mapping[str, int]:
        """How often each documented capability list was shown, by medium and name."""
        return FrozenDict({f"{media}/{name}": count for (media, name), count in self.lists.items()})

    def generations(self, definition: Definition) -> Mapping[str, int]:
        """How often a list was shown that only one generation of lists has."""
        found: dict[str, int] = {}
        for (media, name), count in self.lists.items():
            for row in definition.media[media].shown:
                chosen = dict(row.only).get("capabilities")
                if row.capabilities == name and chosen is not None and not row.several:
                    found[str(chosen)] = found.get(str(chosen), 0) + count
        return FrozenDict(found)
