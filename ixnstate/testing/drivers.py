"""What a user writes: a `Driver`, which asks your implementation. And the values that it gives back.

A driver is asked in turn: perform this, what does that agent see now, what has been sent since. Its methods may be
ordinary ones or coroutines. What it cannot do it declares in ``lacks``: the kit then leaves that out, and says so.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from types import NoneType
from typing import Any, Protocol, TypeAlias, TypeVar

import attrs

from ixnstate.center import Agent, Workbin
from ixnstate.commands import OPERATIONS, Command, Custom, Submit
from ixnstate.model import WorkbinPlace
from ixnstate.testing.limits import LIMIT, each_within, look, within
from ixnstate.values import JsonObject, brief, each_of, freeze, frozen

T = TypeVar("T")
Now: TypeAlias = T | Awaitable[T]


class Ability(StrEnum):
    """What a driver may be unable to do. Without these the kit tests less, and reports what it left out."""

    SUBMIT = "submit"  # put a new interaction into a queue; else agents create them
    OFFER = "offer"  # offer a queued interaction to an agent
    REVOKE = "revoke"  # take an invitation back, or an interaction from its agent
    STOP = "stop"  # end an interaction as the customer would
    TIME = "time"  # let time pass
    CONTENT = "content"  # list a workbin
    INTERACTIONS = "interactions"  # list what an agent has
    NOTIFICATIONS = "notifications"  # collect what agents are sent
    USER_DATA = "user data"  # show the user data of an interaction
    CAPABILITIES = "capabilities"  # show which operations are possible
    QUEUE = (
        "queue"  # keep a new interaction in a queue until it is offered; else it is born Invited, to the first agent
    )
    SECOND_OFFER = "second offer"  # offer an interaction again that has gone back to its queue
    CONCURRENCY = "concurrency"  # be asked by several threads at once; or, if it has coroutines, by several tasks


@frozen
class World:
    """Who and what there is in the implementation: at least three agents of one group, and a supervisor.

    ``workbins`` are at least two of type Agent; two of type AgentGroup if group workbins are supported.
    """

    agents: tuple[Agent, ...] = (
        Agent("a1", agent_groups=frozenset({"G"})),
        Agent("a2", agent_groups=frozenset({"G"})),
        Agent("a3", agent_groups=frozenset({"G"})),
        Agent("boss", roles=frozenset({"supervisor"})),
    )
    workbins: tuple[Workbin, ...] = (
        Workbin("own-1"),
        Workbin("own-2"),
        Workbin("team-1", type="AgentGroup"),
        Workbin("team-2", type="AgentGroup"),
    )
    queues: tuple[str, ...] = ("Inbound", "Outbound")

    @property
    def workers(self) -> tuple[str, ...]:
        """The first three agents who work on interactions: they do nearly everything."""
        return self._working[:3]

    @property
    def crowd(self) -> tuple[str, ...]:
        """The other agents of the first one's group, for sessions of many."""
        first = set(self.agents[0].agent_groups)
        return tuple(each.id for each in self.agents if each.id in self._working[3:] and first & each.agent_groups)

    @property
    def outsiders(self) -> tuple[str, ...]:
        """Agents of none of the first one's groups."""
        first = set(self.agents[0].agent_groups)
        return tuple(each.id for each in self.agents if each.id in self._working[3:] and not first & each.agent_groups)

    @property
    def _working(self) -> tuple[str, ...]:
        kept = _WORKING.get(id(self.agents))
        if kept is None or kept[0] is not self.agents:
            working = tuple(each.id for each in self.agents if each.is_agent)
            kept = _WORKING[id(self.agents)] = self.agents, working
        return kept[1]

    @property
    def supervisor(self) -> str | None:
        """One who may put an interaction into another agent's workbin, and is none of the workers if possible."""
        found = sorted((each.is_agent, each.id) for each in self.agents if each.is_supervisor)
        return found[0][1] if found else None

    def group_of(self, agent: str) -> str | None:
        """A group of the agent."""
        return next((min(each.agent_groups) for each in self.agents if each.id == agent and each.agent_groups), None)

    def of_type(self, type: str) -> tuple[str, ...]:
        """The ids of the workbins of that type."""
        return tuple(each.id for each in self.workbins if each.type == type)


_WORKING: dict[int, tuple[tuple[Agent, ...], tuple[str, ...]]] = {}
"""By the identity of a world's agents: those who work on interactions. Asked for thousands of times a second."""

WORLD = World()

CROWDED = World(
    agents=(
        *WORLD.agents,
        *(Agent(f"a{number}", agent_groups=frozenset({"G"})) for number in range(4, 13)),
        Agent("b1", agent_groups=frozenset({"H"})),
    )
)
"""The same with a dozen agents of one group, and one of another: for what is tried with many."""


@frozen
class Reply:
    """The answer to an operation: whether it was done, and else the documented number, None if it gave none."""

    ok: bool
    status_code: int | None = None
    reference_id: int | None = None
    created: str | None = None
    """The id of what a Create or a Reply brought into being."""
    why: str | None = attrs.field(default=None, eq=False)


DONE = Reply(True, 0)


MAX_NAMES = 100_000
"""The most capabilities that can be shown at once."""


def _names(given: Iterable[str] | None) -> tuple[str, ...] | None:
    if given is None or (given.__class__ is tuple and len(given) <= MAX_NAMES):
        return given
    names = tuple(islice(each_of("capabilities", given, object), MAX_NAMES + 1))
    if len(names) > MAX_NAMES:
        raise ValueError(f"capabilities must be at most {MAX_NAMES:,} names")
    return names


@frozen
class Seen:
    """What an agent is shown of an interaction now. ``user_data`` is None if the driver cannot tell.

    ``details`` are other fields of the resource under their documented names, such as ``participants``, ``subject`` or
    ``attachments``. What never stands there is not compared.
    """

    state: str
    capabilities: tuple[str, ...] | None = attrs.field(default=(), converter=_names)
    user_data: JsonObject | None = attrs.field(default=None, converter=freeze, hash=False)
    details: JsonObject | None = attrs.field(default=None, eq=False, repr=False)


@frozen
class Told:
    """One message that an agent was sent: what it is about, and what it says. `told` makes it of a CometD message."""

    agent: str
    kind: str
    """The notificationType; ItemAdded or ItemRemoved for a workbin."""
    interaction: str | None = None
    media: str | None = None
    state: str | None = None
    capabilities: tuple[str, ...] | None = attrs.field(default=None, converter=_names)
    workbin: str | None = None
    text: str | None = None
    user_data: JsonObject | None = attrs.field(default=None, converter=freeze, hash=False)
    reference_id: int | None = None
    details: JsonObject | None = attrs.field(default=None, eq=False, repr=False)
    """Other fields of the interaction that it shows, as in `Seen`."""


class Driver(Protocol):
    """How the kit speaks to an implementation. Subclass it, or write a class of the same shape.

    Ids of interactions are the implementation's own. ``perform`` is given commands that name their ``interaction``;
    agents' operations have ``by``, the platform's signals Revoke and Stop do not. A driver whose messages come late has
    ``patience``: how many seconds to wait for what must come. ``lacks`` has abilities, and names of operations that the
    implementation does not have; a method that raises NotImplementedError says the same. Every answer is waited for
    ``limit`` seconds (10 unless the driver says otherwise).
    """

    world: World
    lacks: Collection[Ability | str]

    def reset(self) -> Now[None]:
        """Forget every interaction, subscription and message; the time begins anew."""

    def create(self, new: Submit, /) -> Now[str]:
        """Put a new interaction into a queue, with its user data; the id that it has got."""

    def offer(self, interaction: str, agent: str, /) -> Now[None]:
        """Invite an agent to a queued interaction. What the platform refuses, here and in a signal, may raise."""

    def perform(self, command: Command, /) -> Now[Reply]:
        """Carry out an operation, or a signal."""

    def view(self, interaction: str, agent: str, /) -> Now[Seen | None]:
        """What the agent is shown now; None if they neither hold it nor are invited to it."""

    def content(self, place: WorkbinPlace, agent: str | None = None, /) -> Now[Collection[str]]:
        """The ids of what lies in an instance of a workbin, in the order of arrival; a set if that is not known.

        As ``agent`` lists it; else as anybody who may. A driver may do without that argument.
        """

    def interactions(self, agent: str, /) -> Now[Collection[str]]:
        """The ids of what the agent holds or is invited to, as they list it, in any order. A driver may do without."""
        raise NotImplementedError("the driver does not list what an agent has")

    def notifications(self) -> Now[Collection[Told]]:
        """What agents have been sent since this was asked last; for each agent in order."""

    def advance(self, seconds: float, /) -> Now[None]:
        """Let time pass."""


class TargetError(RuntimeError):
    """Raised where an implementation, or the way to it, is not there: what does not answer, and why."""


class DriverError(TypeError):
    """Raised where a driver is not as `Driver` says: then nothing can be said of the implementation."""


_ABILITIES = tuple(each.value for each in Ability)

_GIVES: Mapping[str, tuple[Any, str]] = {
    "reset": (object, "nothing"),
    "create": (str, "the id of the new interaction, a string"),
    "offer": ((NoneType, Reply), "nothing, or a Reply"),
    "perform": (Reply, "a Reply"),
    "view": ((NoneType, Seen), "a Seen, or None if the agent is shown nothing"),
    "content": (
        (tuple, list, set, frozenset),
        "the ids of what lies there, in a list, or a set if their order is not known",
    ),
    "interactions": ((tuple, list, set, frozenset), "the ids of what the agent has"),
    "notifications": ((tuple, list), "a list of Told; told(agent, message) makes one of a CometD message"),
    "advance": (object, "nothing"),
}


@attrs.define(eq=False)
class Experience:
    """What has been learned of an implementation, from one case to the next."""

    learned: set[str] = attrs.field(factory=set)
    """What it was seen to lack: abilities, and operations."""
    hanging: dict[tuple[str, str], float] = attrs.field(factory=dict)
    """By method and operation: the seconds for which an answer was waited for in vain."""
    broken: set[str] = attrs.field(factory=set)
    """Operations that are known to be refused where they are legal."""
    has_offered: bool = False
    has_submitted: bool = False
    tells: set[tuple[str, str, str]] = attrs.field(factory=set)
    """The details that it has ever shown: by medium, state and name."""
    tells_references: bool = False
    """Whether a message has ever said which request it answers."""
    tells_lists: bool = False
    """Whether a list of capabilities has ever been shown."""
    orders: set[bool] = attrs.field(factory=set)
    """Whether an agent was told of a workbin before the interaction (True), or after it: what was seen so far."""
    verified: dict[int, Any] = attrs.field(factory=dict)
    """Beginnings of scripts after which everything was compared and nothing differed, by a number for each."""


class Blocking:
    """A driver whose coroutines are waited for in one event loop, and whose every answer has a time limit.

    A question that got no answer in time is not asked again: what it asked for is known to hang.
    """

    def __init__(self, driver: Any, known: "Experience | None" = None) -> None:
        self.driver = driver
        self.known = Experience() if known is None else known
        self.limit = float(getattr(driver, "limit", LIMIT))
        """Seconds for which an answer is waited for."""
        self.lists_by_agent = _takes(getattr(driver, "content", None), 2)
        """Whether the content of a workbin can be had as each agent lists it."""
        self._coroutines = {name for name in _GIVES if inspect.iscoroutinefunction(getattr(driver, name, None))}
        if getattr(type(driver), "interactions", Driver.interactions) is Driver.interactions:
            self.known.learned.add(Ability.INTERACTIONS.value)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def world(self) -> World:
        """The driver's; `WORLD` if it does not say."""
        world: World = getattr(self.driver, "world", WORLD)
        return world

    @property
    def lacks(self) -> frozenset[Ability]:
        """What it cannot do: what it says, and what has been seen."""
        return frozenset(Ability(each) for each in self._lacking if each in _ABILITIES)

    @property
    def without(self) -> frozenset[str]:
        """The operations that the implementation does not have. Raises `DriverError` for what is not an operation."""
        names = frozenset(str(each) for each in self._lacking if each not in _ABILITIES)
        if unknown := sorted(names - OPERATIONS.keys()):
            known = ", ".join(_ABILITIES)
            raise DriverError(f"lacks has {', '.join(unknown)}; there are {known}, and the names of operations")
        return names

    @property
    def _lacking(self) -> set[str]:
        return {*getattr(self.driver, "lacks", ()), *self.known.learned}

    def _learn(self, name: str, arguments: tuple[Any, ...]) -> None:
        """A method is not implemented: at all, or for that operation."""
        if name == "perform" and isinstance(arguments[0], Custom):
            return  # it has no such operation, or does not know how to spell it wrongly
        operation = arguments[0].operation if name == "perform" else ""
        what = {"create": "submit", "advance": "time", "Revoke": "revoke", "Stop": "stop"}.get(operation or name, name)
        if name == "offer":
            what = "second offer" if self.known.has_offered else "offer"
        self.known.learned.add(operation if what == "perform" and operation in OPERATIONS else what)

    def ask(self, name: str, *arguments: object) -> Any:
        """Call a method, and wait for its result.

        Raises `DriverError` for a result that `Driver` does not allow, TimeoutError if none came in time, and whatever
        the method raises.
        """
        method: Callable[..., object] | None = getattr(self.driver, name, None)
        if method is None:
            raise DriverError(f"{type(self.driver).__name__} has no method {name}; it gives {_GIVES[name][1]}")
        known = self.known
        if name == "reset":
            look()
        if known.hanging and (seconds := known.hanging.get(_question(name, arguments))) is not None:
            raise TimeoutError(f"{name} gave no answer within {seconds:g} s before, and was not asked again")
        try:
            found = self._given(name, within(self.limit, name, method, *arguments))
        except TimeoutError:
            known.hanging[_question(name, arguments)] = self.limit
            raise
        except NotImplementedError:
            self._learn(name, arguments)
            raise
        if name == "offer":
            known.has_offered = True
        return found

    def ask_each(self, name: str, questions: Sequence[tuple[object, ...]]) -> list[Any]:
        """The answers to several questions of one kind: as `ask` gives them, with less to do for each."""
        method: Callable[..., Any] | None = getattr(self.driver, name, None)
        wanted = _GIVES[name][0]
        if method is None or self.known.hanging or self.is_asynchronous or name in self._coroutines:
            return [self.ask(name, *arguments) for arguments in questions]
        try:
            found = each_within(self.limit, name, method, questions)
        except TimeoutError:
            self.known.hanging[_question(name, questions[0])] = self.limit
            raise
        except NotImplementedError:
            self._learn(name, questions[0])
            raise
        return [each if isinstance(each, wanted) else self._given(name, each) for each in found]

    def _given(self, name: str, found: Any) -> Any:
        """What a method gave: waited for, if need be. Raises `DriverError` for what `Driver` does not allow."""
        wanted, what = _GIVES[name]
        if (wanted is object or not isinstance(found, wanted)) and inspect.isawaitable(found):
            found = within(self.limit, name, self.wait, found)
        if not isinstance(found, wanted) or (name == "notifications" and not all(isinstance(e, Told) for e in found)):
            raise DriverError(f"{name} of {type(self.driver).__name__} gave {brief(found)}; it must give {what}")
        return found

    @property
    def is_asynchronous(self) -> bool:
        """Whether a coroutine has been waited for."""
        return self._loop is not None

    def wait(self, found: Awaitable[Any]) -> Any:
        """Wait for a coroutine. One that is interrupted is cancelled."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        task = self._loop.create_task(_waiting(found))
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            task.cancel()
            raise

    def close(self) -> None:
        """Close the event loop."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None


def _takes(method: Any, count: int) -> bool:
    """Whether a method takes so many arguments."""
    try:
        inspect.signature(method).bind(*[None] * count)
    except (TypeError, ValueError):
        return False
    return True


def _question(name: str, arguments: tuple[Any, ...]) -> tuple[str, str]:
    """What is asked for: a method, and the operation if it is about one."""
    return name, arguments[0].operation if name == "perform" else ""


async def _waiting(found: Awaitable[T]) -> T:
    return await found
