"""Phase three: what one interaction is told, in order, judged by the judge.

It is the same `Judge` that judges a whole recording. What it would ask of the recording as a whole it asks of the facts
(`PartViewpoint` and others), and what it would ask of an agent's exchange stands beside each line: `Part` puts it
there, and takes it away after the line.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from ixnstate.recording.lines import Line, Unreadable
from ixnstate.recording.records import Recorded, read_record
from ixnstate.trace.account import Account
from ixnstate.trace.attribution import Attribution
from ixnstate.trace.cases import Cases
from ixnstate.trace.facts import Answered, Asked, Notified, Placed, answered
from ixnstate.trace.fast.records import Records
from ixnstate.trace.findings import Finding
from ixnstate.trace.holes import Holes
from ixnstate.trace.judge import Judge
from ixnstate.trace.partition.agents import SORTED, Context, Told
from ixnstate.trace.partition.counts import Counts
from ixnstate.trace.partition.facts import NEVER, Known
from ixnstate.trace.partition.rows import Row, in_order
from ixnstate.trace.partition.settings import JudgeOptions
from ixnstate.trace.requests import AgentExchange, Due, Fault, Request, Requests, Uncaused, Unnumbered
from ixnstate.trace.viewpoint import Viewpoint
from ixnstate.trace.wording import Misplaced
from ixnstate.trace.workbins import Workbins
from ixnstate.values import changed


class PartFinding(NamedTuple):
    """Something that was found."""

    decided: int
    """The order of the line after which it was."""
    step: int
    found: Finding | Unreadable
    is_excusable: bool = False
    """Whether a line that cannot be read excuses it, as long as it excuses nothing else: see `settling`."""


# === the recording, as its facts tell of it =========================================================================


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

    def is_double(self, recorded: Recorded) -> bool:
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

    def change(self, line: Placed) -> tuple[Misplaced, str] | None:
        """What is wrong with what it says."""
        return self.fault


class PartRequests(Requests):
    """The requests about one interaction, and what agents are to be told of it."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self.order = -1
        self._context = Context()
        self.answers: int | None = None
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

    def load(self, agent: str | None, context: Context) -> AgentExchange:
        """Put the exchange of an agent as it is before a line."""
        exchange, number, self._context = self.of(agent), context.number, context
        exchange.asked, exchange.notified = context.asked, context.notified
        exchange.first, exchange.last = context.first, context.last
        if context.others:
            exchange.open.extend([_OTHER] * context.others)
        if context.creating:
            exchange.unnumbered[None] = [Unnumbered(-1, None) for _ in range(context.creating)]
        if context.is_unrecorded:
            exchange.unrecorded.append(None)
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

    # --- as the judge asks ------------------------------------------------------------------------------------------

    def is_told(self, agent: str | None, *, is_all: bool) -> bool:
        """Whether the recording has what the agent is told."""
        return (is_all and self.has_messages) or self._known.is_told(agent, self.order)

    def is_past(self, table: Any, number: int) -> bool:
        """Whether a number is so old that it may have been forgotten, as the agent's order has told."""
        return self._context.is_past

    def is_reading(self, exchange: AgentExchange, line: Answered) -> bool:
        """Never: such replies are told to nobody."""
        return False

    def ask(self, exchange: AgentExchange, request: Request) -> None:
        """A request was made."""
        super().ask(exchange, request)
        self.in_flight[self.order] = request
        self._orders[id(request)] = self.order

    def answer(self, exchange: AgentExchange, answers: Any, path: object, fits: Any) -> Request | None:
        """The request to which a reply belongs."""
        request = self.in_flight.pop(self.answers, None) if self.answers is not None else None
        if request is None:
            return None
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
        if context.is_guessed:
            exchange.guessed[0] = True
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


# === one interaction after the other ================================================================================


class PartJudge(Judge):
    """Judges what interactions are told."""

    def __init__(self, settings: JudgeOptions, known: Known) -> None:
        super().__init__(
            settings.definition, gaps=settings.gaps, rules=settings.rules, separate=settings.separate,
            recorded=settings.recorded, agent=settings.agent, explain=settings.explain,
        )  # fmt: skip
        self._known = known
        self._settings = settings
        self.knowledge = settings.knowledge
        self.viewpoint: PartViewpoint = PartViewpoint(settings, known)
        self.workbins: PartWorkbins = PartWorkbins()
        self.account: PartAccount = PartAccount(known)
        self.account.is_followed = False
        self.attribution = Attribution(self.knowledge, self.requests)
        self.attribution.is_thorough = settings.explain
        self._records = Records(self, bytes, "")
        self._met = self._undetermined = self._forgotten = 0
        self._excusable: list[Finding] = []
        self.begin()

    def begin(self) -> None:
        """Of the next interaction nothing is known."""
        self._met += self.cases.count
        self._undetermined += self.requests.undetermined
        self._forgotten += self.requests.forgotten
        self.requests: PartRequests = PartRequests(self._known)
        self.attribution.requests = self.requests
        self.cases = Cases(self.knowledge.model, self.viewpoint)
        self.holes = self.cases.holes = PartHoles(self._known)

    def _unexcused(self, findings: Iterable[Finding]) -> list[Finding]:
        """All of them, to be excused when all are there."""
        found = list(findings)
        self._excusable += found
        return found

    def outcomes(self, told: Told) -> Iterator[PartFinding]:
        """What comes of what an interaction is told."""
        order = told.order
        self._go_to(order)
        yield from self._outcomes(order, told.step, self._found(told))

    def _go_to(self, order: int) -> None:
        self.viewpoint.go_to(order)
        self.requests.go_to(order)
        self.holes.order = order
        self.account.order = order

    def _outcomes(self, order: int, step: int, found: Iterable[Finding | Unreadable]) -> Iterator[PartFinding]:
        for each in list(found):
            yield PartFinding(order, step, each, any(each is excusable for excusable in self._excusable))
        self._excusable.clear()

    def _found(self, told: Told) -> list[Finding | Unreadable]:
        requests, agent, order = self.requests, told.agent, told.request
        match told.kind:
            case "line" | "reply" | "unsure":
                return self._line(told)
            case "settle":
                assert order is not None
                return [*self.missing(requests.settle(agent, order, told.context))]
            case "delivered":
                return [*self.missing(requests.discharge(requests.of(agent), *told.more))]
            case "replaced":
                requests.of(agent).due.pop(told.more[0], None)
            case "lost":
                requests.lose_messages(agent)
            case "given up":
                requests.give_up(agent, order or 0)
            case "marked":
                requests.mark(order or 0)
            case "adopted":
                requests.deliver(order or 0)
            case "doubted":
                self.holes.doubts += 1
            case "count":
                notifications, repeats = told.more
                self.account.notifications += notifications
                self.account.repeats += repeats
            case "end":
                requests.end(agent, told.context, *told.more)
        return []

    def _line(self, told: Told) -> list[Finding | Unreadable]:
        assert told.row is not None
        exchange = self.requests.load(told.agent, told.context)
        self.requests.answers = told.request
        is_reply = told.kind != "line"
        self.workbins.fault = None if is_reply or not told.more else told.more
        found = self._take_unsure(told.row) if told.kind == "unsure" else self._take(told.row)
        self.requests.unload(exchange)
        for order, context in told.more if is_reply else ():
            found += self.missing(self.requests.settle(told.agent, order, context))
        return found

    def _take(self, row: Row) -> list[Finding | Unreadable]:
        """A line: what has been met before is looked up."""
        says, _ = self._settings.reader.quickly(row)
        if says.__class__ is Notified:
            return [*self._records.notified(says)]
        if says.__class__ is Asked:
            return [*self._records.asked(says)]
        if says.__class__ is Answered:
            return [*self.answered(says)]
        return self.take(row.line())

    def _take_unsure(self, row: Row) -> list[Finding | Unreadable]:
        """A reply that may be to any of several requests."""
        line = row.line()
        recorded = read_record(line) if isinstance(line, Line) else None
        reply = recorded and answered(self.viewpoint.named(recorded))
        return [*self.lost_reply(reply)] if reply else []

    def ended(self) -> Iterator[PartFinding]:
        """What comes of the end of the recording."""
        self._go_to(NEVER)
        self.temporal.latest = self._known.latest
        yield from self._outcomes(NEVER, 0, self.finish())

    def counts(self) -> Counts:
        """How much there was."""
        self._records.count()
        account = self.account
        return Counts(
            account.operations, account.notifications, self._met + self.cases.count, account.repeats, account.gaps,
            self._undetermined + self.undetermined, self._forgotten + self.requests.forgotten, dict(self.lists),
            self.rules,
        )  # fmt: skip


def by_interaction(told: Iterable[Told], known: Known, settings: JudgeOptions) -> Iterator[PartFinding | Counts]:
    """What is wrong with what some interactions are told, and in the end how much there was.

    Raises ValueError for rows that are out of order.
    """
    judge, key = PartJudge(settings, known), None
    for each in in_order(told, SORTED, "by interaction"):
        if each.key != key:
            if key is not None:
                yield from judge.ended()
                judge.begin()
            key = each.key
        yield from judge.outcomes(each)
    if key is not None:
        yield from judge.ended()
        yield judge.counts()
