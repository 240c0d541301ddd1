"""What is known of one agent's requests, replies and messages: the values that `requests` puts together.

All tables are bounded: CometD delivers within seconds, so what is a hundred requests old is not waited for.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import attrs

from ixnstate.commands import OPERATIONS, Command, Create, Reply
from ixnstate.definition import Edge
from ixnstate.refusals import Refusal
from ixnstate.trace.belief import Belief
from ixnstate.trace.facts import Answered, asks_for_content, shows_content
from ixnstate.values import changed
from ixnstate.vocabulary import State

K = TypeVar("K")
V = TypeVar("V")

MAX_AGENTS = 100_000
"""The requests and messages of how many agents are followed; beyond that those of the first one are forgotten."""
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
SHIFTED = 20
"""The replies to so many first requests of an agent may be those to others, made before the recording, if they name no
request: as long as the agent asks anew before each reply, each is taken for that to the next request."""
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

    def or_later(self, late: "Meaning | None") -> "Meaning":
        """What the request does, if it may also take effect late, where others have changed what it does."""
        if late is None or (self.has_effect and late.shows <= self.shows and late.is_due >= self.is_due):
            return self
        if not self.has_effect:
            return late
        return changed(self, is_due=self.is_due and late.is_due, shows=self.shows | late.shows)


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
    """The greatest number that a message or a reply had shown when it was made: its own is greater."""
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
    asked: int
    """How many requests the agent had made when the reply came: only those made later have greater numbers for sure."""
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
    given: int = 0
    """The greatest number that a reply gave."""
    open: deque[Request] = attrs.Factory(deque)
    answered: dict[int, str | None] = attrs.Factory(dict)
    """By number, which interaction the message to a request that was done is about; None if it creates one."""
    guessed: dict[int, bool] = attrs.Factory(dict)
    """The numbers of replies that might be those of other requests, as long as no message shows that they are not."""
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

    @property
    def unnumbered_interactions(self) -> int:
        """Of how many interactions replies without a number are remembered."""
        return len(self.unnumbered)

    def is_reading(self, line: Answered) -> bool:
        """Whether a reply lists something, and no request in flight has asked for that: it answers none of them."""
        return (
            line.is_unnamed
            and shows_content(line)
            and not any(asks_for_content(request.source) for request in self.open)
        )

    def is_past(self, table: dict[int, Any], number: int) -> bool:
        """Whether a number is so old that a table of the agent may have had it, and has forgotten it."""
        return len(table) >= MAX_NUMBERS and number < next(iter(table))


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


# --- tables and queues ----------------------------------------------------------------------------------------------


def keep(table: dict[K, V], key: K, value: V, most: int) -> V | None:
    """Keep it; where there are too many the oldest is forgotten, and given back."""
    forgotten = table.pop(next(iter(table))) if len(table) >= most and key not in table else None
    table[key] = value
    return forgotten


def has_come(exchange: AgentExchange, interaction: str, is_its: Callable[[Due], bool]) -> bool:
    """Whether a message may be one that a reply without a number has promised, which is waited for no longer."""
    for promised in exchange.unnumbered.get(interaction, ()):
        if promised.due is not None and is_its(promised.due):
            promised.due = None
            return True
    return False


def may_answer_another(line: Answered, request: Request, *, is_early: bool, is_piece: bool) -> bool:
    """Whether a reply in a recording that was cut may be to a request of before, and not to the one it was put to.

    A reply with a path is put to the oldest request with that path. Where others may be missing it is not doubted.
    """
    if not is_piece:
        return line.is_unnamed and (is_early or request.turn < FEW)
    return line.answers is None and (is_early or request.turn < (SHIFTED if line.is_unnamed else FEW))


def may_be_promised(exchange: AgentExchange, promised: Unnumbered, uncaused: Uncaused) -> bool:
    """Whether a reply without a number may have promised a message: one of before the recording it has not."""
    is_of_before = exchange.first is not None and uncaused.number < exchange.first
    is_lesser = promised.due is not None and uncaused.number <= promised.due.number
    return promised.turn < uncaused.asked and not (is_of_before and is_lesser)


def bind_earlier(exchange: AgentExchange, turn: int, number: int) -> None:
    """The messages to requests that were answered before this one was made, without a number, have lesser numbers.

    Requests that are in flight at once may be carried out in any order, and are given their numbers then.
    """
    later = []
    for due in exchange.unbound:
        if due.asked <= turn:
            due.bound = number
        else:
            later.append(due)
    exchange.unbound = later


def is_overdue(exchange: AgentExchange, due: Due) -> bool:
    """Whether later messages have come: the agent's own with a greater number, or many."""
    is_late = due.bound is not None and exchange.last >= due.bound
    return is_late or (due.has_number and exchange.notified - due.notified >= MANY)
