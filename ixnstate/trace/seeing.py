"""What a line shows of an interaction, beside what is wrong with it: the judge's own account of it.

Coverage, the timelines of the web page and the smallest recording are read off it.
"""

from collections.abc import Sequence
from typing import Literal

import attrs

from ixnstate.definition import Edge
from ixnstate.recording.lines import Place
from ixnstate.recording.records import Recorded
from ixnstate.refusals import Refusal
from ixnstate.trace.exchanges import Asked
from ixnstate.trace.worlds import Standing, Worlds
from ixnstate.values import frozen
from ixnstate.vocabulary import State

What = Literal["request", "reply", "notification", "state"]
"""What a line is, that shows something of an interaction."""


@frozen
class Seen:
    """What one line shows of one interaction.

    ``name`` is the operation or the state; ``state`` where the interaction stands afterwards, as far as is known.
    ``edge`` is the edge that was taken, where that is certain (a reply has that of its request); ``unclear`` that it
    got there by steps that nobody recorded; ``refusal`` why an operation is not legal; ``refused`` that the reply says
    no; ``listed`` the name of the documented list of capabilities that it shows.
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

    @property
    def place(self) -> Place:
        """Where the line stands."""
        return self.recorded.line.place

    @property
    def agent(self) -> str | None:
        """Who asked, or who was told."""
        return self.recorded.agent


@attrs.define(eq=False)
class Taken:
    """What the judge has taken of a line: how the interaction stood before it, and what the line says."""

    recorded: Recorded
    kind: What
    interaction: str
    name: str
    before: Standing | None
    asked: Asked | None = None
    """The request, or the one that a reply answers."""
    refused: bool = False
    shown: State | None = None
    listed: str | None = None

    def seen(self, after: Standing, worlds: Worlds) -> Seen:
        """What the line shows, if the interaction stands so after it."""
        edges, has_moved = self._edges(after, worlds)
        edge = edges[0] if len({*edges}) == 1 else None
        asked = self.asked
        return Seen(
            self.recorded, self.kind, self.interaction, after.record.media, self.name, after.record.state, edge,
            has_moved and edge is None, asked.refusal if asked else None, self.refused, self.listed,
            asked.recorded if asked and self.kind == "reply" else None,
        )  # fmt: skip

    def _edges(self, after: Standing, worlds: Worlds) -> tuple[Sequence[Edge | None], bool]:
        """The edges of which one may have been taken; and whether some step has led elsewhere, taking any or none."""
        if self.asked is not None:
            return self.asked.edges, len({*self.asked.edges}) > 1
        if self.before is None:
            return (), True
        if self.shown is None or worlds.explains(self.before, self.shown, self.recorded.agent):
            return (), False
        return worlds.unrecorded(self.before, self.shown, self.recorded.agent), True
