"""What a contact centre answers: the events, who is told what, or why not."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from ixnstate.center.events import CenterEvent
from ixnstate.definition import Definition
from ixnstate.events import EVENTS, StateChanged
from ixnstate.model import (
    ContentNotice,
    Interaction,
    Notice,
    StatsNotice,
    Step,
    SubscriptionNotice,
    WorkbinNotice,
    WorkbinPlace,
)
from ixnstate.noticing import notices
from ixnstate.refusals import Refusal
from ixnstate.stepping import sound_step
from ixnstate.table import GWS
from ixnstate.values import EMPTY, brief, frozen, mistyped, opened

AnyNotice: TypeAlias = Notice | WorkbinNotice | SubscriptionNotice | ContentNotice | StatsNotice

_Notice = opened(Notice)

Move: TypeAlias = tuple[WorkbinPlace, bool, tuple[str, ...]]
"""An instance of a workbin into which an interaction came (or which it left), and who is to be told."""


@frozen
class Outcome:
    """What became of a request: done, with its events; or refused, with a refusal and nothing else.

    ``interaction`` is the record after it, ``created`` a new one. A request for several targets has ``results``: an
    outcome for each. What time or the router did to several interactions has ``parts``.
    """

    events: tuple[CenterEvent, ...] = ()
    refusal: Refusal | None = None
    before: Interaction | None = attrs.field(default=None, repr=False)
    interaction: Interaction | None = None
    created: Interaction | None = None
    reference_id: int | None = None
    """The number under which an agent's request was answered."""
    results: "Mapping[str, Outcome]" = attrs.field(default=EMPTY, hash=False)
    """By target, in the order of the request: each done or refused as a whole."""
    parts: "tuple[Outcome, ...]" = attrs.field(default=(), repr=False)
    """In the order in which it happened."""
    answers: "tuple[AnyNotice, ...]" = attrs.field(default=(), repr=False)
    moves: tuple[Move, ...] = attrs.field(default=(), repr=False)
    definition: Definition = attrs.field(default=GWS, repr=False, eq=False)
    fits: bool = attrs.field(default=False, init=False, eq=False, repr=False)
    """Whether it is known to be sound, as of a record: what a contact centre carried out is."""

    @property
    def status_code(self) -> int:
        """The documented number: 0, the refusal's, or the one for partial success."""
        if self.refusal is not None:
            return self.refusal.status_code
        return partial_success(self.definition) if self.failures else 0

    @property
    def failures(self) -> Mapping[str, Refusal]:
        """The targets that were refused, with the reason."""
        return {name: each.refusal for name, each in self.results.items() if each.refusal is not None}

    @property
    def reference_ids(self) -> Mapping[str, int]:
        """The targets that were done, with the number of each."""
        return {name: each.reference_id for name, each in self.results.items() if each.reference_id is not None}

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Every record that it changed or made, as it is after it."""
        records = [self.interaction, self.created, *(each for part in self.parts for each in part.interactions)]
        return tuple({each.id: each for each in records if each is not None}.values())

    @property
    def notices(self) -> tuple[AnyNotice, ...]:
        """Who is told what, worked out when it is asked for.

        First the acting agent; then those who had the interaction; then those who have it now; last the subscribers of
        a workbin that it left, and of one into which it came, in the order in which they subscribed. Raises ValueError
        if somebody has put the outcome together of what does not fit.
        """
        if not self.fits and (name := self._unfit()) is not None:
            raise ValueError(f"an outcome's {name} cannot be {brief(getattr(self, name))}")
        return tuple(self._notices())

    def _unfit(self) -> str | None:
        if (name := mistyped(self)) is not None:
            return name
        holds: dict[str, Any] = {"parts": Outcome, "answers": AnyNotice, "moves": tuple, "results": Outcome}
        for name, kind in holds.items():
            members = getattr(self, name)
            if not all(isinstance(each, kind) for each in (members.values() if name == "results" else members)):
                return name
        if not all(len(move) == 3 and isinstance(move[2], tuple) for move in self.moves):
            return "moves"
        moved = any(isinstance(event, StateChanged) for event in self.events)
        return "moves" if self.moves and not moved else None

    def _notices(self) -> Iterator[AnyNotice]:
        for part in (*self.results.values(), *self.parts):
            yield from part._notices()
        yield from self.answers
        own = tuple([event for event in self.events if event.__class__ in EVENTS])
        if self.interaction is None or self.parts:
            return
        done = (sound_step if self.fits else Step)(self.before, self.interaction, own, self.created)
        for notice in notices(done, definition=self.definition):
            yield self._answering(notice)
        moved = next((event for event in own if isinstance(event, StateChanged)), None)
        for place, added, subscribers in self.moves:
            for agent in subscribers:
                assert moved is not None
                yield WorkbinNotice(agent, place, added, moved, self.interaction)

    def _answering(self, notice: Notice) -> Notice:
        """What the acting agent is told has the number of their request."""
        if notice.agent != notice.event.by:
            return notice
        return _Notice(notice.agent, notice.view, notice.kind, notice.event, notice.interaction, self.reference_id)


def partial_success(definition: Definition) -> int:
    """The statusCode when some targets were done and others not (ReturnValues); 8.5.0 does not have number 7."""
    return 4 if definition.profile.api_version == "8.5.0" else 7
