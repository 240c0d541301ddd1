"""Phase two: the lines of one agent, in their order.

It is an agent's order that tells which reply answers which request, which number belongs to which interaction, and what
the agent knows to be in workbins. Nothing of that rests on what is believed of an interaction; so it is worked out
here, by `Requests`, as if each request could be done and promised a message. What comes of it goes with the lines to
their interactions (`Context`), and with `Told` of other kinds where a line settles something about an interaction that
it does not name.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import attrs

from ixnstate.commands import Command
from ixnstate.recording.lines import Unreadable
from ixnstate.recording.records import UNKNOWN, Kind, Missing, Recorded
from ixnstate.trace.account import EARLY
from ixnstate.trace.facts import Answered, Asked, Notified, Placed, Said, SourceLine, lost, shows_content
from ixnstate.trace.fast.decoding import LOGGED
from ixnstate.trace.partition.facts import NEVER, Known
from ixnstate.trace.partition.rows import Row, RowFacts, in_order, is_judged, is_signal
from ixnstate.trace.partition.settings import JudgeOptions
from ixnstate.trace.requests import MAX_OPEN, NOTHING, AgentExchange, Due, Fault, Meaning, Request, Requests, Uncaused
from ixnstate.trace.workbins import Workbins

MANY = 2
"""As far as requests in flight are counted: it matters whether there is one, and whether there are more."""

_DUE = Meaning(Command(), has_effect=True, is_due=True)
"""Of a request of which nobody knows here what it does."""


class Context(NamedTuple):
    """What the exchange of an agent is like before a line, as far as it bears on the interaction of the line."""

    asked: int = 0
    notified: int = 0
    first: int | None = None
    last: int = 0
    others: int = 0
    """How many requests about something else are in flight, counted up to `MANY`."""
    creating: int = 0
    """How many replies without a number may have their message about any new interaction."""
    arrived: str | None = None
    """Which interaction the first message with the number of the line was about."""
    is_answered: bool = False
    """Whether a reply has said that the request with that number was done."""
    about: str | None = None
    """Which interaction that one was about."""
    is_guessed: bool = False
    """Whether the reply might be another request's. At the end: whether any might."""
    is_elsewhere: bool = False
    """Whether a message that answers nothing stands for one that another interaction waits for."""
    number: int | None = None
    """That of the line."""
    is_unrecorded: bool = False
    """Whether the request with that number may be one that was not recorded, and was done."""
    is_past: bool = False
    """Whether the number is so old that it may have been forgotten: of a message that it was answered, of a reply that
    the message has come."""


class Told(NamedTuple):
    """What the third phase is told of one interaction, sorted by `SORTED`."""

    key: str
    """"i" and the interaction; or "a" and the agent, for what is about no interaction."""
    order: int
    step: int
    """The place among what one line tells."""
    kind: str
    """"line", or what a line elsewhere settles: see `interactions`."""
    agent: str | None
    row: Row | None
    context: Context
    request: int | None = None
    """The order of the request of which it tells."""
    more: tuple[Any, ...] = ()


SORTED = ("key", "order", "step", "agent")
"""By what the rows are sorted."""


def sort_key(told: Told) -> tuple[str, int, int, str]:
    """The same, as a key of Python's."""
    return told.key, told.order, told.step, told.agent or ""


class Asking(NamedTuple):
    """The line of a request."""

    source: SourceLine
    order: int
    key: str

    @property
    def seq(self) -> int | None:
        """The number of the record."""
        return self.source.seq

    @property
    def path(self) -> object:
        """Where it was sent."""
        return self.source.path

    @property
    def recorded(self) -> Recorded:
        """What it says."""
        return self.source.recorded


class Correlation(Requests):
    """One agent's requests, replies and messages, and who must be told of them."""

    def __init__(self, agent: str | None, known: Known) -> None:
        super().__init__()
        self.agent = agent
        self._known = known
        self.exchange = self.of(agent)
        self.out: list[Told] = []
        self.order = -1
        self._key: str | None = None
        """The interaction of a message while it is taken in: it sees for itself what the message says."""
        self._is_elsewhere = self._is_losing = False
        self._is_out_of_step = False
        """Whether a reply may have been lost since a request in flight was made."""
        self._settled: list[tuple[int, Context]] | None = None

    def tell(  # type: ignore[override]
        self,
        key: str,
        kind: str,
        context: Context = Context(),  # noqa: B008 (it is immutable)
        *,
        row: Row | None = None,
        request: int | None = None,
        more: tuple[Any, ...] = (),
    ) -> None:
        """Tell an interaction, or the agent's group."""
        self.out.append(Told(key, self.order, len(self.out), kind, self.agent, row, context, request, more))

    def context(self, key: str, number: int | None = None, *, is_reply: bool = False, asked: int = NEVER) -> Context:
        """How it stands for that interaction, and for a line with that number.

        A message had come when so much was ``asked``.
        """
        exchange, others = self.exchange, 0
        for request in exchange.open:
            others += request.source.key != key
            if others == MANY:
                break
        creating = sum(promised.turn < asked for promised in exchange.unnumbered.get(None, ()))
        if number is None:
            return Context(exchange.asked, exchange.notified, exchange.first, exchange.last, others, creating)
        return Context(
            exchange.asked, exchange.notified, exchange.first, exchange.last, others, creating,
            exchange.arrived.get(number), number in exchange.answered, exchange.answered.get(number),
            number in exchange.guessed, False, number,
            bool(exchange.unrecorded) and (number in exchange.unrecorded or None in exchange.unrecorded),
            self.is_past(exchange.arrived, number) if is_reply else self.is_past(exchange.answered, number),
        )  # fmt: skip

    # --- lines ------------------------------------------------------------------------------------------------------

    def message(self, row: Row, line: Notified, misplaced: tuple[str, str] | None) -> None:
        """A message about an interaction."""
        key = of_interaction(line.interaction)
        context = self.context(key, line.number)
        self._key, self._is_elsewhere = key, False
        self.notify(self.exchange, line.number, line.interaction, self.order, is_reported=False)
        self._key = None
        self.tell(key, "line", context._replace(is_elsewhere=self._is_elsewhere), row=row, more=misplaced or ())

    def request(self, row: Row, line: Asked, *, is_anonymous: bool) -> None:
        """A request."""
        key, meaning, about = of_agent(self.agent), NOTHING, None
        if line.shape is not None and not is_anonymous and not is_signal(line):
            about, meaning = line.interaction, _DUE
            key = of_agent(self.agent) if about is None else of_interaction(about)
        self.tell(key, "line", self.context(key), row=row)
        if line.is_explicit:
            operation = line.shape.operation if line.shape is not None else None
            asking = Asking(line.source, self.order, key)
            self.put(Request(asking, self.agent, about, meaning, operation=operation))

    def put(self, request: Request) -> None:
        """A request is in flight."""
        if len(self.exchange.open) == MAX_OPEN:
            oldest = self.exchange.open[0].source
            self.tell(oldest.key, "given up", request=oldest.order)
        self.ask(self.exchange, request)

    def reply(self, row: Row, line: Answered, last_hole: int) -> None:
        """A reply; ``last_hole`` is the order of the last line before it that may have been one, too."""
        exchange, own = self.exchange, self.context("", line.number, is_reply=True)
        if line.is_decided and self.is_reading(exchange, line):
            return
        self._is_out_of_step = (self._known.whole_until == 0 and exchange.asked < EARLY) or (
            bool(exchange.open)
            and (self._is_out_of_step or any(each.overtaken or each.source.order < last_hole for each in exchange.open))
        )
        is_bare = line.is_unnamed and len(exchange.open) > 1
        is_unsure = is_bare and self._is_out_of_step
        doubted = dict.fromkeys(each.source.key for each in exchange.open) if is_unsure else ()
        request = self.answer(exchange, line.answers, line.source.path, lambda request: self._fits(request, line))
        key = of_agent(self.agent) if request is None else request.source.key
        place = len(self.out)
        self.tell(key, "unsure" if is_unsure else "reply", row=row)
        self._settled = []
        if line.is_decided:
            if request is None and line.ok and not shows_content(line):
                self.adopt(exchange, line.number)
            elif request is not None and line.is_unnamed and self._known.is_cut and self.order < self._known.early:
                request.is_guessed = True
            if request is not None and line.ok:
                if is_unsure:
                    request.meaning, request.interaction = NOTHING, None
                self.promise(exchange, request, self.order, line.number)
            self._key = key
            self.settled(exchange)
            self._key = None
        others = min(MANY, sum(each.source.key != key for each in exchange.open))
        is_guessed = request is not None and request.is_guessed
        self.out[place] = self.out[place]._replace(
            context=own._replace(others=others, is_guessed=is_guessed),
            request=None if request is None else request.source.order,
            more=tuple(self._settled),
        )
        self._settled = None
        for each in doubted:
            self.tell(each, "doubted")

    def _fits(self, request: Request, line: Answered) -> bool:
        if not line.is_decided:
            return True
        arrived = self.exchange.arrived.get(line.number) if line.ok and line.number is not None else None
        is_other = request.operation is not None and shows_content(line)
        return not is_other and (arrived is None or request.about in (None, arrived))

    def gap(self, missing: str, agent: str | None) -> None:
        """Messages or replies of the agent's, or of somebody's, were not recorded."""
        if missing in (Missing.MESSAGES, Missing.ANYTHING):
            for key in self._waiting():
                self.tell(key, "lost", more=(agent,))
            self._is_losing = True
            self.lose_messages(agent)
            self._is_losing = False
        if missing == Missing.ANYTHING:
            self.lose_replies(agent)

    def _waiting(self) -> dict[str, None]:
        """The interactions, and the group, for which something of the agent's is to come."""
        exchange = self.exchange
        requests = [*exchange.open, *(due.request for due in exchange.due.values())]
        promised = chain.from_iterable(exchange.unnumbered.values())
        requests += [each.due.request for each in promised if each.due is not None]
        keys = dict.fromkeys(request.source.key for request in requests)
        return keys | dict.fromkeys(of_interaction(uncaused.interaction) for uncaused in exchange.uncaused)

    def end(self) -> None:
        """Nothing more comes to the agent."""
        self.order = NEVER
        exchange, keys = self.exchange, self._waiting()
        for uncaused in exchange.uncaused:
            self._adopts(exchange, uncaused)
        context = self.context("")._replace(is_guessed=bool(exchange.guessed))
        overtaken: dict[str, list[tuple[int, int]]] = {}
        for request in exchange.open:
            overtaken.setdefault(request.source.key, []).append((request.source.order, request.overtaken))
        bounds: dict[str, list[tuple[int, int | None]]] = {}
        for promised in chain.from_iterable(exchange.unnumbered.values()):
            if promised.due is not None:
                source = promised.due.request.source
                bounds.setdefault(source.key, []).append((source.order, promised.due.bound))
        for key in keys:
            self.tell(key, "end", context, more=(tuple(overtaken.get(key, ())), tuple(bounds.get(key, ()))))

    # --- what it must be told of ------------------------------------------------------------------------------------

    def expect(self, exchange: AgentExchange, due: Due) -> None:
        """Wait for a message; one with the same number, which another reply has promised, is waited for no longer."""
        before = exchange.due.get(due.number)
        super().expect(exchange, due)
        if before is not None and before.request.source.key != due.request.source.key:
            self.tell(before.request.source.key, "replaced", more=(due.number,))

    def discharge(self, exchange: AgentExchange, number: int) -> list[Request]:
        """Wait for a message no longer; whose request it is about is told, unless it sees for itself."""
        due = exchange.due.get(number)
        found = super().discharge(exchange, number)
        if due is not None and not self._is_losing and due.request.source.key != self._key:
            self.tell(due.request.source.key, "delivered", more=(number,))
        return found

    def _explained(self, exchange: AgentExchange, uncaused: Uncaused) -> list[Fault]:
        if self._settled is None:
            return super()._explained(exchange, uncaused)
        key = of_interaction(uncaused.interaction)
        context, own = self.context(key, uncaused.number, asked=uncaused.asked), self._key
        self._key, self._is_elsewhere = key, False
        found = super()._explained(exchange, uncaused)
        self._key = own
        context = context._replace(is_elsewhere=self._is_elsewhere)
        if key == own:
            self._settled.append((uncaused.source, context))
        else:
            self.tell(key, "settle", context, request=uncaused.source)
        return found

    def _deliver(self, exchange: AgentExchange, interaction: str) -> list[Request]:
        """As it is; where it stands for a message about something new, that one's request is told."""
        if any(due.request.agent == exchange.agent for due in self.due_about.get(interaction, ())):
            return super()._deliver(exchange, interaction)
        for due in self.due_about.get(None, ()):
            self._is_elsewhere, own, self._key = True, self._key, None
            found = self.discharge(exchange, due.number)
            self._key = own
            return found
        if all(promised.due is None for promised in exchange.unnumbered.get(interaction, ())):
            for request in exchange.open:
                if not request.is_delivered and request.about == interaction:
                    break
                if not request.is_delivered and request.about is None:
                    self._is_elsewhere = request.is_delivered = True
                    self.tell(request.source.key, "marked", request=request.source.order)
                    return []
        return super()._deliver(exchange, interaction)

    def _adopts(self, exchange: AgentExchange, uncaused: Uncaused) -> bool:
        before = list(exchange.unnumbered.get(None, ()))
        is_adopted = super()._adopts(exchange, uncaused)
        if before:
            kept = exchange.unnumbered.get(None, [])
            for promised in before:
                if promised.due is not None and promised not in kept:
                    source = promised.due.request.source
                    self.tell(source.key, "adopted", request=source.order)
        return is_adopted


def of_interaction(interaction: str) -> str:
    """The key of an interaction."""
    return f"i{interaction}"


def of_agent(agent: str | None) -> str:
    """The key of what an agent does that is about no interaction."""
    return "a" if agent is None else f"a{agent}"


@attrs.define(eq=False)
class AgentLines:
    """Takes the lines of one agent."""

    settings: JudgeOptions
    known: Known
    agent: str | None
    _correlation: Correlation = attrs.field(init=False)
    _workbins: Workbins = attrs.Factory(Workbins)
    _last: tuple[int, str] | None = None
    _lost: int = 0
    _counts: list[int] = attrs.Factory(lambda: [0, 0])

    def __attrs_post_init__(self) -> None:
        self._correlation = Correlation(self.agent, self.known)

    def take(self, row: Row, reading: RowFacts) -> None:
        """The next line of the agent."""
        correlation = self._correlation
        self._lose(reading.order)
        correlation.order = reading.order
        correlation.has_begun = self.known.begun < reading.order
        says = reading.says
        if says is None:
            return
        if not isinstance(says, Unreadable) or not reading.is_broken or reading.agent is not None:
            record = (reading.seq, reading.text) if reading.seq is not None else None
            if record is not None and record == self._last:
                self._counts[1] += 1
                return
            self._last = record
        if isinstance(says, Notified):
            misplaced = self._workbins.change(says.placed) if says.placed is not None else None
            correlation.message(row, says, misplaced)
        elif isinstance(says, Asked):
            is_anonymous = says.agent is None and self.settings.agent == UNKNOWN and is_judged(says)
            correlation.request(row, says, is_anonymous=is_anonymous)
        elif isinstance(says, Answered):
            correlation.reply(row, says, self.known.last_hole(reading.order))
        elif isinstance(says, Said):
            key = of_interaction(says.interaction)
            correlation.tell(key, "line", correlation.context(key), row=row)
        elif isinstance(says, Placed):
            correlation.tell(of_agent(self.agent), "line", row=row, more=self._workbins.change(says) or ())
        elif says is LOGGED or (isinstance(says, Recorded) and says.kind is Kind.NOTIFICATION):
            self._counts[0] += 1
        elif isinstance(says, Recorded) and says.kind is Kind.GAP:
            self._gap(row, says)
        elif not isinstance(says, Recorded):
            key = of_agent(self.agent)
            correlation.tell(key, "line", correlation.context(key), row=row)

    def _gap(self, row: Row, gap: Recorded) -> None:
        correlation, missing = self._correlation, gap.value["missing"]
        if missing == Missing.REPLY:
            correlation.reply(row, lost(gap), self.known.last_hole(correlation.order))
            return
        key = of_agent(self.agent)
        correlation.tell(key, "line", correlation.context(key), row=row)
        if missing == Missing.REQUEST:
            correlation.put(Request(Asking(lost(gap).source, correlation.order, key), self.agent))
        else:
            correlation.gap(missing, self.agent)

    def _lose(self, order: int) -> None:
        """What was lost before that line, and nobody knows of whom."""
        gaps = self.known.lost
        while self._lost < len(gaps) and gaps[self._lost][0] < order:
            if self.agent is not None:
                self._correlation.order, missing = gaps[self._lost]
                self._correlation.gap(missing, None)
            self._lost += 1

    def told(self) -> Iterator[Told]:
        """What there is to be told since the last time."""
        told, self._correlation.out = self._correlation.out, []
        yield from told

    def end(self) -> None:
        """Nothing more comes."""
        self._lose(NEVER)
        self._correlation.end()
        if any(self._counts):
            self._correlation.tell(of_agent(self.agent), "count", more=tuple(self._counts))


def by_agent(rows: Iterable[Row], known: Known, settings: JudgeOptions) -> Iterator[Told]:
    """What the interactions are told of the lines of some agents. Raises ValueError for rows that are out of order."""
    reader = settings.reader
    agents: dict[str | None, AgentLines] = {}
    for row in in_order(rows, ("order",), "by agent"):
        reading = reader.read(row)
        lines = agents.get(reading.agent)
        if lines is None:
            lines = agents[reading.agent] = AgentLines(settings, known, reading.agent)
        lines.take(row, reading)
        yield from lines.told()
    for lines in agents.values():
        lines.end()
        yield from lines.told()
