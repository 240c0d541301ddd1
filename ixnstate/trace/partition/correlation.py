"""Which reply answers which request of one agent, and which number belongs to which interaction.

Nothing of that rests on what is believed of an interaction; so it is worked out by `Requests`, as if each request could
be done and promised a message. What interactions must be told of it is collected.
"""

from itertools import chain
from typing import Any, NamedTuple

from ixnstate.commands import Command
from ixnstate.recording.records import Missing, Recorded
from ixnstate.trace.account import EARLY
from ixnstate.trace.exchange import (
    MAX_OPEN,
    NOTHING,
    AgentExchange,
    Due,
    Fault,
    Meaning,
    Request,
    Uncaused,
    may_answer_another,
)
from ixnstate.trace.facts import Answered, Asked, Notified, SourceLine, shows_content
from ixnstate.trace.partition.facts import NEVER, Known
from ixnstate.trace.partition.rows import Row, is_signal
from ixnstate.trace.partition.told import MANY, Context, Told, of_agent, of_interaction
from ixnstate.trace.requests import Requests

_DUE = Meaning(Command(), has_effect=True, is_due=True)
"""Of a request of which nobody knows here what it does."""


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

    def send(
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
        unrecorded: tuple[int | None, ...] = ()
        if exchange.unrecorded:
            concerned = {number, None, *(uncaused.number for uncaused in exchange.uncaused)}
            unrecorded = tuple(concerned.intersection(exchange.unrecorded))
        arrived = about = None
        is_answered = is_guessed = is_past = False
        if number is not None:
            arrived, about = exchange.arrived.get(number), exchange.answered.get(number)
            is_answered, is_guessed = number in exchange.answered, number in exchange.guessed
            is_past = exchange.is_past(exchange.arrived if is_reply else exchange.answered, number)
        return Context(
            exchange.asked, exchange.notified, exchange.first, exchange.last, exchange.given, others, creating,
            arrived, is_answered, about, is_guessed, bool(exchange.guessed), False, number, unrecorded,
            len(exchange.unnumbered), is_past,
        )  # fmt: skip

    # --- lines ------------------------------------------------------------------------------------------------------

    def message(self, row: Row, line: Notified, misplaced: tuple[str, str] | None) -> None:
        """A message about an interaction."""
        key = of_interaction(line.interaction)
        context = self.context(key, line.number)
        self._key, self._is_elsewhere = key, False
        self.notify(self.exchange, line.number, line.interaction, self.order, is_reported=False)
        self._key = None
        if self._is_elsewhere:
            context = context._replace(is_elsewhere=True)
        self.send(key, "line", context, row=row, more=misplaced or ())

    def request(self, row: Row, line: Asked, *, is_anonymous: bool) -> None:
        """A request."""
        key, meaning, about = of_agent(self.agent), NOTHING, None
        if line.shape is not None and not is_anonymous and not is_signal(line):
            about, meaning = line.interaction, _DUE
            key = of_agent(self.agent) if about is None else of_interaction(about)
        self.send(key, "line", self.context(key), row=row)
        if line.is_explicit:
            operation = line.shape.operation if line.shape is not None else None
            asking = Asking(line.source, self.order, key)
            self.put(Request(asking, self.agent, about, meaning, operation=operation))

    def put(self, request: Request) -> None:
        """A request is in flight."""
        if len(self.exchange.open) == MAX_OPEN:
            oldest = self.exchange.open[0].source
            self.send(oldest.key, "given up", request=oldest.order)
        self.ask(self.exchange, request)

    def reply(self, row: Row, line: Answered, last_hole: int) -> None:
        """A reply; ``last_hole`` is the order of the last line before it that may have been one, too."""
        exchange, own = self.exchange, self.context("", line.number, is_reply=True)
        if line.is_decided and exchange.is_reading(line):
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
        self.send(key, "unsure" if is_unsure else "reply", row=row)
        self._settled = []
        if line.is_decided:
            if request is None and line.ok and not shows_content(line):
                self.adopt(exchange, line.number)
            elif (
                request is not None
                and self._known.is_cut
                and may_answer_another(
                    line,
                    request,
                    is_early=self.order < self._known.early,
                    is_piece=self.order < self._known.piece_until,
                )
            ):
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
            self.send(each, "doubted")

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
                self.send(key, "lost", more=(agent,))
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
        context = self.context("")
        overtaken: dict[str, list[tuple[int, int]]] = {}
        for request in exchange.open:
            overtaken.setdefault(request.source.key, []).append((request.source.order, request.overtaken))
        bounds: dict[str, list[tuple[int, int | None]]] = {}
        for promised in chain.from_iterable(exchange.unnumbered.values()):
            if promised.due is not None:
                source = promised.due.request.source
                bounds.setdefault(source.key, []).append((source.order, promised.due.bound))
        for key in keys:
            self.send(key, "end", context, more=(tuple(overtaken.get(key, ())), tuple(bounds.get(key, ()))))

    # --- what it must be told of ------------------------------------------------------------------------------------

    def expect(self, exchange: AgentExchange, due: Due) -> None:
        """Wait for a message; one with the same number, which another reply has promised, is waited for no longer."""
        before = exchange.due.get(due.number)
        super().expect(exchange, due)
        if before is not None and before.request.source.key != due.request.source.key:
            self.send(before.request.source.key, "replaced", more=(due.number,))

    def discharge(self, exchange: AgentExchange, number: int) -> list[Request]:
        """Wait for a message no longer; whose request it is about is told, unless it sees for itself."""
        due = exchange.due.get(number)
        found = super().discharge(exchange, number)
        if due is not None and not self._is_losing and due.request.source.key != self._key:
            self.send(due.request.source.key, "delivered", more=(number,))
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
            self.send(key, "settle", context, request=uncaused.source)
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
                    self.send(request.source.key, "marked", request=request.source.order)
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
                    self.send(source.key, "adopted", request=source.order)
        return is_adopted
