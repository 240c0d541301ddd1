"""Requests, their replies and the messages that answer them, put together agent by agent.

What belongs together is told by three things. A reply belongs to the request that it names (``answers``), or else to
the agent's oldest one in flight, for the same path where the reply has one. A reply gives its request a number
(``referenceId``), which grows with each request of the agent. A message that carries the number answers that request,
and is about its interaction.

Replies and messages to one agent come on different connections, so either may be first; but messages to an agent never
overtake each other. From that follow the rules of this module. A message whose number no reply has given yet may answer
any request in flight, and is judged when none is left. A message that a reply promises is missing when a later
number has come, or many messages have; before that, or where the recording ends, it is undetermined. A reply without a
number promises its message too: one that shows the same, or whose number no other reply explains, between the last
number before the request was made and the next one after it.

Each agent has one `AgentExchange` (see `exchange`), and all its tables are bounded. ``forgotten`` counts what was asked
for and had been forgotten, or waited still.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from ixnstate.trace.exchange import (
    FEW,
    MAX_AGENTS,
    MAX_NUMBERS,
    MAX_OPEN,
    MAX_UNCAUSED,
    MAX_UNNUMBERED,
    AgentExchange,
    Due,
    Effects,
    Fault,
    Request,
    Uncaused,
    Unnumbered,
    bind_earlier,
    has_come,
    is_overdue,
    keep,
    may_be_promised,
)
from ixnstate.vocabulary import State


class Requests:
    """The exchanges of all agents, and which interactions their requests in flight are about."""

    def __init__(self) -> None:
        self.exchanges: dict[str | None, AgentExchange] = {}
        self.about: dict[str, list[Request]] = {}
        self.due_about: dict[str | None, dict[Due, None]] = {}
        """By interaction, the messages with a number that are due."""
        self.refused: dict[str, Request] = {}
        """By interaction, the request that was refused last, until a notification fits that."""
        self.unplaced: dict[str, list[Request]] = {}
        """By interaction, the requests that were done before its medium was known."""
        self.has_begun = False
        """Whether there has been a request: what comes before the first one answers none."""
        self.has_answers = self.has_messages = False
        self.undetermined = 0
        self.forgotten = 0
        """How much has been forgotten, since a table was full."""

    def of(self, agent: str | None) -> AgentExchange:
        """The exchange of an agent."""
        exchange = self.exchanges.get(agent)
        if exchange is None:
            if len(self.exchanges) >= MAX_AGENTS:
                self._forget(self.exchanges.pop(next(iter(self.exchanges))))
            exchange = self.exchanges[agent] = AgentExchange(agent)
        return exchange

    def _forget(self, exchange: AgentExchange) -> None:
        """Wait for nothing of an agent any more."""
        if exchange.open or exchange.due or exchange.unbound or exchange.uncaused:
            self._miss()
        for request in exchange.open:
            self.land(request)
        for number in tuple(exchange.due):
            self.discharge(exchange, number)

    def _miss(self) -> None:
        """Something cannot be told, since a table was full."""
        self.undetermined += 1
        self.forgotten += 1

    # --- queries ----------------------------------------------------------------------------------------------------

    def is_done(self, exchange: AgentExchange, number: int | None, interaction: str) -> bool:
        """Whether the request of that number was done, as a reply to the agent has said."""
        if number is None:
            return False
        unnumbered = exchange.unnumbered
        return number in exchange.answered or bool(unnumbered and (unnumbered.get(interaction) or unnumbered.get(None)))

    def must_answer(self, exchange: AgentExchange, number: int | None, interaction: str) -> int | None:
        """By which number candidates know the request that a message must answer; None if it may answer another one."""
        waiting = exchange.open
        if (
            len(waiting) != 1
            or number is None
            or waiting[0].interaction != interaction
            or exchange.first is None
            or number <= exchange.first
        ):
            return None
        return waiting[0].number

    def illegal(self, interaction: str) -> list[Request]:
        """The requests in flight about an interaction that must be refused."""
        return [request for request in self.about.get(interaction, ()) if request.meaning.is_illegal]

    def supposable(self, interaction: str) -> Iterator[Request]:
        """Those of them that nothing has shown yet to have been carried out."""
        return (request for request in self.illegal(interaction) if request.number is None)

    def refused_last(self, interaction: str, agent: str | None, number: int | None) -> Request | None:
        """The request that was refused last, unless a message answers another one."""
        exchange = self.exchanges.get(agent)
        answers_another = exchange is not None and (
            number in exchange.answered or any(request.interaction == interaction for request in exchange.open)
        )
        return None if number is not None and answers_another else self.refused.get(interaction)

    def due(self, interaction: str) -> Due | None:
        """The last message about an interaction that a reply has promised, and that is still to come."""
        return next(reversed(self.due_about.get(interaction, {})), None)

    def is_told(self, agent: str | None, *, is_all: bool) -> bool:
        """Whether the recording has what the agent is told: everything, if ``is_all`` recorded and it has messages."""
        return (is_all and self.has_messages) or any(
            name in self.exchanges and self.exchanges[name].is_told for name in (agent, None)
        )

    # --- requests ---------------------------------------------------------------------------------------------------

    def ask(self, exchange: AgentExchange, request: Request) -> None:
        """A request was made. One whose reply will not come any more is given up."""
        self.has_begun = True
        request.turn, request.last = exchange.asked, max(exchange.last, exchange.given)
        exchange.asked += 1
        self.fly(exchange, request)
        if len(exchange.open) > MAX_OPEN:
            self.land(exchange.open.popleft())
            self._miss()

    def fly(self, exchange: AgentExchange, request: Request) -> None:
        """The request is in flight."""
        exchange.open.append(request)
        if request.interaction is not None:
            self.about.setdefault(request.interaction, []).append(request)

    def land(self, request: Request) -> None:
        """The request is in flight no longer."""
        if request.interaction is not None:
            waiting = self.about[request.interaction]
            if len(waiting) == 1:
                del self.about[request.interaction]
            else:
                waiting.remove(request)

    def answer(
        self, exchange: AgentExchange, answers: int | None, path: object, fits: Callable[[Request], bool]
    ) -> Request | None:
        """The request to which a reply belongs, which is in flight no longer; None if it was not recorded.

        Where neither a number nor a path tells which of several it is, some reply may be missing: it is the first one
        that ``fits``.
        """
        exchange.is_answered = self.has_answers = True
        waiting = exchange.open
        is_bare = answers is None and path is None and len(waiting) > 1
        at = next(
            (
                at
                for at, request in enumerate(waiting)
                if (request.source.seq == answers if answers is not None else path in (None, request.source.path))
                and (not is_bare or fits(request))
            ),
            0 if is_bare else None,
        )
        if at is None:
            return None
        for earlier in range(at):
            waiting[earlier].overtaken += 1
        request = waiting[at]
        for candidate in waiting if is_bare else ():
            candidate.is_guessed = True
        del waiting[at]
        self.land(request)
        return request

    def placed(self, interaction: str) -> list[tuple[Request, bool]]:
        """The medium of an interaction is known now: the requests made before it was, and whether they were done."""
        done = self.unplaced.pop(interaction, [])
        waiting = [request for request in self.about.get(interaction, ()) if request.is_unplaced]
        self.undetermined -= len(done) + len(waiting)
        return [*((request, True) for request in done), *((request, False) for request in waiting)]

    # --- replies ----------------------------------------------------------------------------------------------------

    def promise(self, exchange: AgentExchange, request: Request, reply: Any, number: int | None) -> None:
        """Remember what the reply to a request that was done promises."""
        if request.is_unplaced and request.interaction is not None:
            unplaced = [*self.unplaced.get(request.interaction, [])[-MAX_OPEN:], request]
            self.forgotten += keep(self.unplaced, request.interaction, unplaced, MAX_OPEN) is not None
        about, meaning, asked = request.about, request.meaning, exchange.asked
        is_delivered = exchange.strays.pop(request.interaction, request.is_delivered)
        is_due = meaning.has_effect and meaning.is_due and not is_delivered and exchange.agent is not None
        if number is None:
            promised = Unnumbered(request.turn, None)
            if is_due and not request.is_told:
                promised.due = Due(request, reply, exchange.notified, request.last, None, asked, has_number=False)
                exchange.unbound.append(promised.due)
                del exchange.unbound[:-MAX_NUMBERS]
            waiting = exchange.unnumbered.get(about)
            if waiting is None:
                forgotten = keep(exchange.unnumbered, about, [promised], MAX_UNNUMBERED) or ()
                self.forgotten += any(promised.due is not None for promised in forgotten)
            else:
                waiting.append(promised)
                del waiting[:-MAX_UNNUMBERED]
            return
        exchange.first = number if exchange.first is None else exchange.first
        exchange.given = max(exchange.given, number)
        bind_earlier(exchange, request.turn, number)
        if request.operation is None:  # nobody knows what it asked for
            self.adopt(exchange, number)
            return
        arrived = exchange.arrived.get(number)
        if arrived is None and exchange.is_past(exchange.arrived, number):
            is_due = False
            self._miss()
        if request.is_guessed:
            keep(exchange.guessed, number, True, MAX_NUMBERS)
        keep(exchange.answered, number, about or arrived, MAX_NUMBERS)
        if arrived is not None:
            exchange.last = max(number, exchange.last)
        elif is_due:
            if len(exchange.due) >= MAX_NUMBERS:
                self.discharge(exchange, next(iter(exchange.due)))
                self._miss()
            self.expect(exchange, Due(request, reply, exchange.notified, number, number + 1, asked))

    def adopt(self, exchange: AgentExchange, number: int | None) -> None:
        """A request that was not recorded, or not read, was done: a message may come, about any interaction."""
        exchange.unrecorded.append(number)
        del exchange.unrecorded[:-MAX_UNNUMBERED]

    def expect(self, exchange: AgentExchange, due: Due) -> None:
        """Wait for a message with a number."""
        exchange.due[due.number] = due
        self.due_about.setdefault(due.request.about, {})[due] = None

    def discharge(self, exchange: AgentExchange, number: int) -> list[Request]:
        """Wait for a message no longer. The request that is at fault since it came."""
        due = exchange.due.pop(number, None)
        if due is None:
            return []
        waiting = self.due_about[due.request.about]
        del waiting[due]
        if not waiting:
            del self.due_about[due.request.about]
        return [due.doubted] if due.doubted is not None else []

    def settled(self, exchange: AgentExchange) -> list[Fault]:
        """After a reply: messages whose request could have been among those in flight, and was not."""
        if exchange.open or not exchange.uncaused:
            return []
        waiting, exchange.uncaused = exchange.uncaused, []
        return [fault for uncaused in waiting for fault in self._explained(exchange, uncaused)]

    # --- messages ---------------------------------------------------------------------------------------------------

    def notify(
        self, exchange: AgentExchange, number: int | None, interaction: str, source: Any, *, is_reported: bool
    ) -> list[Fault]:
        """A message came. It is given back, now or later, if it answers no request about its interaction."""
        exchange.is_told = self.has_messages = True
        if not self.has_begun:
            return []
        exchange.notified += 1
        if number is None:
            return []
        if number not in exchange.arrived:
            keep(exchange.arrived, number, interaction, MAX_NUMBERS)
        faults: list[Fault] = [*self.discharge(exchange, number)] if number in exchange.due else []
        if exchange.answered.get(number) == interaction:
            exchange.last = max(number, exchange.last)
            exchange.guessed.pop(number, None)
            return faults
        uncaused = Uncaused(source, interaction, number, exchange.asked, is_reported)
        if not exchange.open or number in exchange.answered:
            return [*faults, *self._explained(exchange, uncaused)]
        exchange.uncaused.append(uncaused)
        if len(exchange.uncaused) > MAX_UNCAUSED:
            del exchange.uncaused[0]
            self._miss()
        return faults

    def _explained(self, exchange: AgentExchange, uncaused: Uncaused) -> list[Fault]:
        """The message, unless its number is that of a request about its interaction, or one of before the recording."""
        number, interaction = uncaused.number, uncaused.interaction
        is_known, about = number in exchange.answered, exchange.answered.get(number)
        is_guessed = bool(exchange.guessed) and number in exchange.guessed
        self.undetermined += is_guessed and about not in (None, interaction)
        if (is_known and (about in (None, interaction) or is_guessed)) or (
            not is_known and self._adopts(exchange, uncaused)
        ):
            keep(exchange.answered, number, interaction, MAX_NUMBERS)
            exchange.last = max(number, exchange.last)
        elif not is_known and (exchange.agent is None or exchange.first is None or number < exchange.first):
            self.undetermined += exchange.first is not None
        elif not is_known and {number, None} & {*exchange.unrecorded}:
            exchange.unrecorded.remove(number if number in exchange.unrecorded else None)
            self.undetermined += 1
        elif not is_known and exchange.guessed:
            self.undetermined += 1
        elif not is_known and exchange.is_past(exchange.answered, number):
            self._miss()
        else:
            faults: list[Fault] = [*self._deliver(exchange, interaction)]
            return faults if uncaused.is_reported else [*faults, uncaused]
        return []

    def _deliver(self, exchange: AgentExchange, interaction: str) -> list[Request]:
        """A message with a wrong number, or too early: the one with the right number will not come, too."""
        for about in (interaction, None):
            for due in self.due_about.get(about, ()):
                if due.request.agent == exchange.agent:
                    return self.discharge(exchange, due.number)
        if has_come(exchange, interaction, lambda _: True):
            return []
        for request in exchange.open:
            if request.about in (interaction, None) and not request.is_delivered:
                request.is_delivered = True
                return []
        keep(exchange.strays, interaction, True, MAX_NUMBERS)
        return []

    def tell(self, exchange: AgentExchange, interaction: str, state: State) -> None:
        """A message without a number came, which may answer a request whose reply has none."""
        if exchange.unnumbered and has_come(exchange, interaction, lambda due: state in due.request.meaning.shows):
            return
        for request in exchange.open:
            if request.interaction == interaction and state in request.meaning.shows:
                request.is_told = True

    def _adopts(self, exchange: AgentExchange, uncaused: Uncaused) -> bool:
        """Whether the number can be that of a request whose reply does not show it: some pages have such replies.

        It is the last request that had been made when the greatest lesser number came, if there are several.
        """
        for about in (uncaused.interaction, None):
            waiting = exchange.unnumbered.get(about, [])
            allowed = [at for at, promised in enumerate(waiting) if may_be_promised(exchange, promised, uncaused)]
            earlier = [(due.number, -at) for at in allowed if (due := waiting[at].due) and due.number < uncaused.number]
            if allowed:
                del waiting[-max(earlier)[1] if earlier else allowed[0]]
                if not waiting:
                    del exchange.unnumbered[about]
                return True
        return False

    # --- what was not recorded --------------------------------------------------------------------------------------

    def lose_messages(self, agent: str | None) -> None:
        """Any message may have come to the agent that was due; or to all, where nobody knows whose they were."""
        for exchange in self.exchanges.values():
            if agent in (None, exchange.agent):
                for number in tuple(exchange.due):
                    exchange.due[number].doubted = None
                    self.discharge(exchange, number)
                for promised in chain.from_iterable(exchange.unnumbered.values()):
                    promised.due = None
                for request in exchange.open:
                    request.is_delivered = True

    def lose_replies(self, agent: str | None) -> None:
        """Any request in flight may have been answered; and numbers may be given again, as after a restart."""
        for exchange in self.exchanges.values():
            if agent in (None, exchange.agent):
                exchange.answered.clear()
                for request in exchange.open:
                    request.overtaken = -MAX_OPEN

    # --- what attribution does ---------------------------------------------------------------------------------------

    def refuse(self, request: Request) -> None:
        """A request was refused: nothing may show that it was carried out."""
        if request.interaction is not None and request.operation is not None:
            keep(self.refused, request.interaction, request, MAX_OPEN)

    def absolve(self, interaction: str) -> None:
        """A notification shows that what was refused last has not been done."""
        self.refused.pop(interaction, None)

    def update(self, effects: Effects, interaction: str) -> None:
        """Do what an explanation of a line does to the requests."""
        if effects.drop is not None:
            effects.drop.doubted = None
            self.discharge(self.of(effects.drop.request.agent), effects.drop.number)
        if effects.shown is not None:
            shown, line = effects.shown
            shown.is_shown, shown.accepted = True, line
        if effects.absolve:
            self.absolve(interaction)
        if effects.excuse is not None:
            exchange = self.of(effects.excuse.agent)
            exchange.uncaused = [each for each in exchange.uncaused if each.interaction != effects.excuse.interaction]
        if effects.doubt is not None:
            due, request = effects.doubt
            due.doubted = request

    # --- the end ----------------------------------------------------------------------------------------------------

    def finish(self) -> Iterator[Fault]:
        """At the end: requests that waited for a reply, and messages that have not come.

        A reply or a message is missing where later ones have come to the agent; else the recording may have ended too
        early. A `Request` with a Belief that it is illegal, or overtaken by FEW, is at fault.
        """
        for exchange in self.exchanges.values():
            while exchange.open:
                request = exchange.open.popleft()
                self.land(request)
                if request.overtaken >= FEW or (request.meaning.is_illegal and not self.has_answers):
                    yield request
                elif self.has_answers and not request.is_shown:
                    self.undetermined += 1
                elif request.meaning.is_illegal:
                    yield request
        for exchange in self.exchanges.values():
            for uncaused in exchange.uncaused:
                self.undetermined += not self._adopts(exchange, uncaused)
        for exchange in self.exchanges.values():
            unnumbered = (promised.due for promised in chain.from_iterable(exchange.unnumbered.values()))
            for due in (*exchange.due.values(), *filter(None, unnumbered)):
                if is_overdue(exchange, due) and not (due.request.is_guessed or exchange.guessed):
                    yield due
                elif due.doubted is None:
                    self.undetermined += 1
                else:
                    yield due.doubted
            exchange.due.clear()
            exchange.unnumbered.clear()
            exchange.unbound.clear()
            exchange.uncaused.clear()
        self.due_about.clear()
