"""What the judge of one interaction asks instead of a whole recording, and of the exchanges of agents.

What it would ask of the recording it asks of the facts, up to the line that it has reached; and what it would ask of an
agent's exchange stands beside each line: it is loaded before the line, and unloaded after it.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import attrs

from ixnstate.recording.lines import Line
from ixnstate.recording.records import Recorded
from ixnstate.trace.account import Account
from ixnstate.trace.exchange import AgentExchange, Due, Fault, Request, Uncaused, Unnumbered
from ixnstate.trace.facts import Answered, Placed
from ixnstate.trace.holes import Holes
from ixnstate.trace.partition.facts import NEVER, Known
from ixnstate.trace.partition.settings import JudgeOptions
from ixnstate.trace.partition.told import Context
from ixnstate.trace.requests import Requests
from ixnstate.trace.viewpoint import Viewpoint
from ixnstate.trace.wording import Misplaced
from ixnstate.trace.workbins import Workbins
from ixnstate.values import changed


class Askers(dict[str | None, None]):
    """The agents whose requests have been seen."""

    def __init__(self, viewpoint: "PartViewpoint") -> None:
        super().__init__()
        self._viewpoint = viewpoint

    def __contains__(self, agent: object) -> bool:
        """Whether the agent is one of them."""
        viewpoint = self._viewpoint
        return (agent is None or isinstance(agent, str)) and viewpoint.known.asks(agent, viewpoint.order)


class PartViewpoint(Viewpoint):
    """What is recorded, up to some line."""

    def __init__(self, settings: JudgeOptions, known: Known) -> None:
        super().__init__(settings.recorded, separate=settings.separate, agent=settings.agent)
        self.known = known
        self.order = -1
        self.askers = Askers(self)

    def go_to(self, order: int) -> None:
        """Up to that line."""
        self.order = order
        self.epoch = self.known.epoch(order)
        self.is_whole = order < self.known.whole_until
        self.is_cut = self.known.is_cut and not self.is_whole
        self.is_piece = self.is_cut and order < self.known.piece_until

    @property
    def asking(self) -> int:
        """Of how many agents requests have been seen."""
        return self.known.askers(self.order)

    def asks(self, agent: str | None) -> bool:
        """Whether the requests of an agent are recorded."""
        if isinstance(self.declared, frozenset):
            return agent in self.declared or self.known.asks(agent, self.order)
        return self.declared is not None or self.known.asks(agent, self.order)

    def ask(self, agent: str | None) -> None:
        """It is known already."""

    def named(self, recorded: Recorded) -> Recorded:
        """What a line says, with the agent whose it is."""
        if recorded.agent is not None or not self.names_agent:
            return recorded
        line = recorded.line
        named = Line(line.place, line.text, {**recorded.value, "agent": self.agent}, line.column)
        return changed(recorded, line=named, agent=self.agent)

    def pass_record(self, recorded: Recorded) -> bool:
        """Never: the agent's order has told."""
        return False

    def pass_line(self, value: Any, file: str, *, is_other: bool = False) -> None:
        """It is known already."""


class PartHoles(Holes):
    """How many lines up to some line could not be read."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.excused = {}
        self.order = -1
        self.doubts = 0
        """How many replies might have been to a request about the interaction, and nobody knows."""

    @property
    def count(self) -> int:
        """So many."""
        return self._known.holes_until(self.order) + self.doubts

    @count.setter
    def count(self, value: int) -> None:
        """They are counted already."""


class PartAccount(Account):
    """What has been counted of some interactions."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self.order = -1

    @property
    def is_early(self) -> bool:
        """Whether a message may still be of before the recording."""
        return self.order < self._known.early


class PartWorkbins(Workbins):
    """What is wrong with a message about a workbin, as the agent's order has told."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: tuple[Misplaced, str] | None = None

    def fits(self, line: Placed) -> bool:
        """Whether nothing is wrong with it."""
        return self.fault is None

    def change(self, line: Placed) -> tuple[Misplaced, str] | None:
        """What is wrong with what it says."""
        return self.fault


@attrs.define(eq=False)
class PartExchange(AgentExchange):
    """An agent's exchange, as far as it bears on one interaction."""

    context: Context = attrs.Factory(Context)

    @property
    def unnumbered_interactions(self) -> int:
        """Of how many interactions replies without a number are remembered, as the agent's order has told."""
        return self.context.unnumbered

    def is_reading(self, line: Answered) -> bool:
        """Never: such replies are told to nobody."""
        return False

    def is_past(self, table: Any, number: int) -> bool:
        """Whether a number is so old that it may have been forgotten, as the agent's order has told."""
        return self.context.is_past


class PartRequests(Requests):
    """The requests about one interaction, and what agents are to be told of it."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self.order = -1
        self._context = Context()
        self.answers = NEVER
        """The order of the request that the line answers."""
        self.in_flight: dict[int, Request] = {}
        """By the order of their lines."""
        self._orders: dict[int, int] = {}
        """By the id of a request, the order of its line."""
        self._creating: dict[int, tuple[AgentExchange, Due]] = {}
        """Replies without a number to requests that bring something into being, by the order of the request."""
        self._uncaused: dict[int, Uncaused] = {}

    # --- before a line, and after it --------------------------------------------------------------------------------

    def go_to(self, order: int) -> None:
        """Before the line of that order."""
        self.order = order
        self.has_begun = self._known.begun < order
        self.has_answers = self._known.answered < order
        self.has_messages = self._known.messages < order

    def of(self, agent: str | None) -> PartExchange:
        """The exchange of an agent."""
        exchange = self.exchanges.get(agent)
        if exchange is None:
            exchange = self.exchanges[agent] = PartExchange(agent)
        assert isinstance(exchange, PartExchange)
        return exchange

    def load(self, agent: str | None, context: Context) -> PartExchange:
        """Put the exchange of an agent as it is before a line."""
        exchange, number, self._context = self.of(agent), context.number, context
        exchange.context = context
        exchange.asked, exchange.notified = context.asked, context.notified
        exchange.first, exchange.last, exchange.given = context.first, context.last, context.given
        if context.others:
            exchange.open.extend([_OTHER] * context.others)
        if context.creating:
            exchange.unnumbered[None] = [Unnumbered(-1, None) for _ in range(context.creating)]
        exchange.unrecorded.extend(context.unrecorded)
        if context.is_guessing:
            exchange.guessed[_OTHER_NUMBER] = True
        if number is not None:
            if context.arrived is not None:
                exchange.arrived[number] = context.arrived
            if context.is_answered:
                exchange.answered[number] = context.about
                if context.is_guessed:
                    exchange.guessed[number] = True
        return exchange

    def unload(self, exchange: AgentExchange) -> None:
        """Take away what is not of this interaction."""
        while _OTHER in exchange.open:
            exchange.open.remove(_OTHER)
        for promised in exchange.unnumbered.pop(None, ()):
            if promised.due is not None:
                self._creating[self._orders[id(promised.due.request)]] = exchange, promised.due
        exchange.unrecorded.clear()
        exchange.arrived.clear()
        exchange.answered.clear()
        exchange.guessed.clear()

    @property
    def answered_now(self) -> Request | None:
        """The request that the line answers."""
        return self.in_flight.get(self.answers)

    # --- as the judge asks ------------------------------------------------------------------------------------------

    def is_told(self, agent: str | None, *, is_all: bool) -> bool:
        """Whether the recording has what the agent is told."""
        return (is_all and self.has_messages) or self._known.is_told(agent, self.order)

    def ask(self, exchange: AgentExchange, request: Request) -> None:
        """A request was made."""
        super().ask(exchange, request)
        self.in_flight[self.order] = request
        self._orders[id(request)] = self.order

    def answer(self, exchange: AgentExchange, answers: Any, path: object, fits: Any) -> Request | None:
        """The request to which a reply belongs."""
        request = self.answered_now
        if request is None:
            return None
        del self.in_flight[self.answers]
        exchange.open.remove(request)
        self.land(request)
        request.is_guessed = self._context.is_guessed
        return request

    def notify(
        self, exchange: AgentExchange, number: int | None, interaction: str, source: Any, *, is_reported: bool
    ) -> list[Fault]:
        """A message came."""
        waiting = len(exchange.uncaused)
        faults = super().notify(exchange, number, interaction, source, is_reported=is_reported)
        if len(exchange.uncaused) > waiting:
            self._uncaused[self.order] = exchange.uncaused[-1]
        return faults

    def settled(self, exchange: AgentExchange) -> list[Fault]:
        """Nothing: that is told."""
        return []

    def _deliver(self, exchange: AgentExchange, interaction: str) -> list[Request]:
        """As it is, unless another interaction has been told that the message stands for its own."""
        return [] if self._context.is_elsewhere else super()._deliver(exchange, interaction)

    # --- what the agent's order tells -------------------------------------------------------------------------------

    def settle(self, agent: str | None, order: int, context: Context) -> list[Fault]:
        """No request is in flight any more that could have caused the message of that order."""
        uncaused, exchange = self._uncaused.pop(order, None), self.of(agent)
        if uncaused is None or uncaused not in exchange.uncaused:
            return []
        exchange.uncaused.remove(uncaused)
        self.load(agent, context)
        faults = self._explained(exchange, uncaused)
        self.unload(exchange)
        return faults

    def give_up(self, agent: str | None, order: int) -> None:
        """The reply to a request will not come any more."""
        request = self.in_flight.pop(order, None)
        if request is not None:
            self.of(agent).open.remove(request)
            self.land(request)
            self.forgotten += 1
            self.undetermined += 1

    def mark(self, order: int) -> None:
        """The message to a request has come, with another number."""
        if order in self.in_flight:
            self.in_flight[order].is_delivered = True

    def deliver(self, order: int) -> None:
        """The message to a request whose reply had no number has come."""
        self._creating.pop(order, None)

    def lose_messages(self, agent: str | None) -> None:
        """Any message may have come to the agent that was due."""
        super().lose_messages(agent)
        self._creating = {
            order: due for order, due in self._creating.items() if agent not in (None, due[0].agent)
        }  # fmt: skip

    def end(
        self,
        agent: str | None,
        context: Context,
        overtaken: Iterable[tuple[int, int]],
        bounds: Iterable[tuple[int, int | None]],
    ) -> None:
        """Nothing more comes to the agent."""
        exchange = self.of(agent)
        exchange.notified, exchange.first, exchange.last = context.notified, context.first, context.last
        if context.is_guessing:
            exchange.guessed[_OTHER_NUMBER] = True
        for order, times in overtaken:
            if order in self.in_flight:
                self.in_flight[order].overtaken = times
        own = [due for owner, due in self._creating.values() if owner is exchange]
        if own:  # the agent's order has told which of them belong to messages
            exchange.unnumbered[None] = [Unnumbered(NEVER, due) for due in own]
        bound_of = dict(bounds)
        for promised in chain.from_iterable(exchange.unnumbered.values()):
            if promised.due is not None:
                promised.due.bound = bound_of.get(self._orders[id(promised.due.request)], promised.due.bound)


_OTHER = Request(None, None, is_delivered=True)
"""Stands for any request about something else."""
_OTHER_NUMBER = -1
"""Stands for the number of any other reply."""
