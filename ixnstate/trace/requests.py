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

Each agent has one `AgentExchange`, and all its tables are bounded: CometD delivers within seconds, so what is a hundred
requests old is not waited for. ``forgotten`` counts what was asked for and had been forgotten, or waited still.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import attrs

from ixnstate.commands import OPERATIONS, Command, Create, Reply
from ixnstate.definition import Edge
from ixnstate.refusals import Refusal
from ixnstate.trace.belief import Belief
from ixnstate.trace.facts import Answered, asks_for_content, shows_content
from ixnstate.vocabulary import State

K = TypeVar("K")
V = TypeVar("V")

MAX_OPEN = 1_000
"""How many requests of an agent wait for their replies; then the reply to the oldest was not recorded."""
MAX_NUMBERS = 500
"""How many numbers of an agent are remembered, and how many messages to them are waited for."""
MAX_UNNUMBERED = 100
"""Of how many interactions of an agent replies without a number are remembered, and how many of each."""
MAX_UNCAUSED = 1_000
"""How many messages to an agent wait to be explained by a reply."""
FEW = 3
"""After so many replies to later requests of an agent, one that has not come will not come."""
MANY = 20
"""After so many other messages to an agent, one that has not come will not come."""

CREATING = frozenset(name for name, command in OPERATIONS.items() if issubclass(command, Create | Reply))
"""The operations whose message is about an interaction that they bring into being."""


@attrs.define(eq=False)
class Meaning:
    """What a request does to an interaction about which that much is believed: shared by all that do the same."""

    command: Command
    """With roles in place of agents."""
    edges: tuple[Edge | None, ...] = ()
    """Those that it takes, one for each candidate in which it is legal."""
    refusal: Refusal | None = None
    """Why it must be refused, if it is legal in none."""
    is_illegal: bool = False
    """Whether it is a fault if it is done; else there is no telling."""
    has_effect: bool = False
    """Whether it is known what it does."""
    creates: bool = False
    """Whether its message is about an interaction that it brings into being."""
    is_due: bool = False
    """Whether the agent is sent a message about it that carries its number."""
    shows: frozenset[State] = frozenset()
    """The states that the agent is shown by it."""


NOTHING = Meaning(Command())
"""Of a request that is not judged."""
FORBIDDEN = Meaning(Command(), is_illegal=True)
"""Of a request for what only the platform does."""


@attrs.define(eq=False)
class Request:
    """A request in flight, or one whose message has not come."""

    source: Any
    """Its line, as `Facts`."""
    agent: str | None
    interaction: str | None = None
    meaning: Meaning = NOTHING
    number: int | None = None
    """By which candidates know whether it has taken effect; None for a request that changes nothing."""
    before: Belief | None = None
    """What was believed of the interaction when it was made, and who its agents were."""
    roles: tuple[str, ...] = ()
    edge: Edge | None = None
    """That of the last step before it."""
    operation: str | None = None
    is_unplaced: bool = False
    """Whether nobody knows what it does, since the medium of the interaction is not known."""
    turn: int = 0
    """How many requests the agent had made before."""
    last: int = 0
    """The greatest number of which a message had come when it was made: its own is greater."""
    overtaken: int = 0
    """How many later requests of the agent have been answered."""
    is_delivered: bool = False
    """Whether its message has come, with the number of another request."""
    is_shown: bool = False
    """Whether a message shows that it has been carried out, though it must be refused."""
    is_told: bool = False
    """Whether a message without a number has come, which may be its own if the reply has none either."""
    is_guessed: bool = False
    """Whether its reply might be that of another one, if its reply does not say."""
    accepted: Any = None
    """The line that accepted it, though it must be refused: of its reply, or of a message that shows it."""
    checked: Belief | None = None
    """That in which it was seen last to be illegal still."""

    @property
    def about(self) -> str | None:
        """The interaction that its message is about; None for one that it brings into being."""
        return None if self.operation in CREATING else self.interaction


@attrs.define(eq=False)
class Due:
    """A message that a reply promises."""

    request: Request
    reply: Any
    """The line of the reply, as `Facts`."""
    notified: int
    """How many messages the agent had been sent."""
    number: int
    """Its number, or where the reply had none the greatest one before it."""
    bound: int | None
    """The number with which it is too late: its own, or where the reply had none that of the agent's next request."""
    has_number: bool = True
    doubted: Request | None = None
    """A later request that must be refused and was done: illegal, if the message comes; else this reply was wrong."""


@attrs.define(eq=False)
class Unnumbered:
    """A reply without a number: a message that comes may give it one."""

    turn: int
    """That of its request."""
    due: Due | None
    """Its message, as long as that is waited for."""


@attrs.define(eq=False)
class Uncaused:
    """A message that answers no request, as far as the replies tell that have come."""

    source: Any
    """Its line, as `Facts`."""
    interaction: str
    number: int
    asked: int
    """How many requests the agent had made when it came: it answers one of those."""
    is_reported: bool
    """Whether something else is wrong with it, which is enough."""


@attrs.define(eq=False)
class AgentExchange:
    """What is known of one agent's requests, replies and messages."""

    agent: str | None
    is_answered: bool = False
    is_told: bool = False
    asked: int = 0
    """How many requests they have made."""
    notified: int = 0
    """How many messages they have been sent."""
    first: int | None = None
    """The first number that a reply gave."""
    last: int = 0
    """The greatest number of which a message has come that was expected."""
    open: deque[Request] = attrs.Factory(deque)
    answered: dict[int, str | None] = attrs.Factory(dict)
    """By number, which interaction the message to a request that was done is about; None if it creates one."""
    guessed: dict[int, bool] = attrs.Factory(dict)
    """The numbers of replies that might be those of other requests."""
    arrived: dict[int, str] = attrs.Factory(dict)
    """By number, which interaction the first message with it was about."""
    due: dict[int, Due] = attrs.Factory(dict)
    unnumbered: dict[str | None, list[Unnumbered]] = attrs.Factory(dict)
    """By interaction, the replies without a number."""
    unbound: list[Due] = attrs.Factory(list)
    """Their messages, as long as no later request has been given a number, with which it would be too late."""
    uncaused: list[Uncaused] = attrs.Factory(list)
    unrecorded: list[int | None] = attrs.Factory(list)
    """The numbers of replies to requests that were not recorded; None where one had none."""
    strays: dict[str | None, bool] = attrs.Factory(dict)
    """The interactions of which a message has come that answers no request made before it."""

    @property
    def is_waiting(self) -> bool:
        """Whether a request is in flight."""
        return bool(self.open)


Fault = Request | Due | Uncaused
"""What turns out to be at fault: a request, a message that has not come, or one that answers nothing."""


class Effects(NamedTuple):
    """What the explanation of a line does to the requests."""

    drop: Due | None = None
    """The message that will not come."""
    shown: tuple[Request, Any] | None = None
    """The illegal request that a message shows to be carried out, and the line of the message."""
    absolve: bool = False
    """No later message is explained by the request that was refused last."""
    excuse: Request | None = None
    """The refused request that was carried out: a number that is missing for it is no other fault."""
    doubt: tuple[Due, Request] | None = None
    """A reply that was wrong, unless its message comes; then the request was illegal."""
    undetermined: int = 0


NO_EFFECTS = Effects()


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
            exchange = self.exchanges[agent] = AgentExchange(agent)
        return exchange

    # --- queries ----------------------------------------------------------------------------------------------------

    def is_done(self, exchange: AgentExchange, number: int | None, interaction: str) -> bool:
        """Whether the request of that number was done, as a reply to the agent has said."""
        if number is None:
            return False
        unnumbered = exchange.unnumbered
        return number in exchange.answered or bool(unnumbered and (unnumbered.get(interaction) or unnumbered.get(None)))

    def is_past(self, table: dict[int, V], number: int) -> bool:
        """Whether a number is so old that the table of an agent may have had it, and has forgotten it."""
        return len(table) >= MAX_NUMBERS and number < next(iter(table))

    def is_reading(self, exchange: AgentExchange, line: Answered) -> bool:
        """Whether a reply lists something, and no request in flight has asked for that: it answers none of them."""
        return (
            line.is_unnamed
            and shows_content(line)
            and not any(asks_for_content(request.source) for request in exchange.open)
        )

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
        request.turn, request.last = exchange.asked, exchange.last
        exchange.asked += 1
        self.fly(exchange, request)
        if len(exchange.open) > MAX_OPEN:
            self.land(exchange.open.popleft())
            self.forgotten += 1
            self.undetermined += 1

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
        about, meaning = request.about, request.meaning
        is_delivered = exchange.strays.pop(request.interaction, request.is_delivered)
        is_due = meaning.has_effect and meaning.is_due and not is_delivered and exchange.agent is not None
        if number is None:
            promised = Unnumbered(request.turn, None)
            if is_due and not request.is_told:
                promised.due = Due(request, reply, exchange.notified, request.last, None, has_number=False)
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
        if exchange.first is None:
            exchange.first = number
        if exchange.unbound:
            _bound(exchange, request.turn, number)
        arrived = exchange.arrived.get(number)
        if arrived is None and self.is_past(exchange.arrived, number):
            is_due = False
            self.undetermined += 1
            self.forgotten += 1
        if request.is_guessed:
            keep(exchange.guessed, number, True, MAX_NUMBERS)
        keep(exchange.answered, number, about or arrived, MAX_NUMBERS)
        if arrived is not None:
            exchange.last = max(number, exchange.last)
        elif is_due:
            if len(exchange.due) >= MAX_NUMBERS:
                self.discharge(exchange, next(iter(exchange.due)))
                self.undetermined += 1
                self.forgotten += 1
            self.expect(exchange, Due(request, reply, exchange.notified, number, number + 1))

    def adopt(self, exchange: AgentExchange, number: int | None) -> None:
        """A request that was not recorded was done: a message that answers it may come, about any interaction."""
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
            return faults
        uncaused = Uncaused(source, interaction, number, exchange.asked, is_reported)
        if not exchange.open or number in exchange.answered:
            return [*faults, *self._explained(exchange, uncaused)]
        exchange.uncaused.append(uncaused)
        if len(exchange.uncaused) > MAX_UNCAUSED:
            del exchange.uncaused[0]
            self.undetermined += 1
            self.forgotten += 1
        return faults

    def _explained(self, exchange: AgentExchange, uncaused: Uncaused) -> list[Fault]:
        """The message, unless its number is that of a request about its interaction, or one of before the recording."""
        number, interaction = uncaused.number, uncaused.interaction
        is_known, about = number in exchange.answered, exchange.answered.get(number)
        is_guessed = bool(exchange.guessed) and number in exchange.guessed
        self.undetermined += is_guessed and about not in (None, interaction)
        if is_known and (about in (None, interaction) or is_guessed):
            exchange.answered[number] = interaction
            exchange.last = max(number, exchange.last)
        elif not is_known and self._adopts(exchange, uncaused):
            keep(exchange.answered, number, interaction, MAX_NUMBERS)
            exchange.last = max(number, exchange.last)
        elif not is_known and (exchange.agent is None or exchange.first is None or number < exchange.first):
            self.undetermined += exchange.first is not None
        elif not is_known and {number, None} & {*exchange.unrecorded}:
            exchange.unrecorded.remove(number if number in exchange.unrecorded else None)
            self.undetermined += 1
        elif not is_known and self.is_past(exchange.answered, number):
            self.undetermined += 1
            self.forgotten += 1
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
        if _has_come(exchange, interaction, lambda _: True):
            return []
        for request in exchange.open:
            if request.about in (interaction, None) and not request.is_delivered:
                request.is_delivered = True
                return []
        keep(exchange.strays, interaction, True, MAX_NUMBERS)
        return []

    def tell(self, exchange: AgentExchange, interaction: str, state: State) -> None:
        """A message without a number came, which may answer a request whose reply has none."""
        if exchange.unnumbered and _has_come(exchange, interaction, lambda due: state in due.request.meaning.shows):
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
            allowed = [at for at, promised in enumerate(waiting) if promised.turn < uncaused.asked]
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
            if agent not in (None, exchange.agent):
                continue
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
                if _is_overdue(exchange, due) and not (due.request.is_guessed or exchange.guessed):
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


def keep(table: dict[K, V], key: K, value: V, most: int) -> V | None:
    """Keep it; where there are too many the oldest is forgotten, and given back."""
    forgotten = table.pop(next(iter(table))) if len(table) >= most and key not in table else None
    table[key] = value
    return forgotten


def _has_come(exchange: AgentExchange, interaction: str, is_its: Callable[[Due], bool]) -> bool:
    """Whether a message may be one that a reply without a number has promised, which is waited for no longer."""
    for promised in exchange.unnumbered.get(interaction, ()):
        if promised.due is not None and is_its(promised.due):
            promised.due = None
            return True
    return False


def _bound(exchange: AgentExchange, turn: int, number: int) -> None:
    """The messages of earlier requests whose replies had no number have lesser numbers than this one."""
    later = []
    for due in exchange.unbound:
        if due.request.turn < turn:
            due.bound = number
        else:
            later.append(due)
    exchange.unbound = later


def _is_overdue(exchange: AgentExchange, due: Due) -> bool:
    """Whether later messages have come: the agent's own with a greater number, or many."""
    is_late = due.bound is not None and exchange.last >= due.bound
    return is_late or (due.has_number and exchange.notified - due.notified >= MANY)
