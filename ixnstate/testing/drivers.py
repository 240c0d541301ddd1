"""What a user writes: a `Driver`, which asks one's own implementation. And the values that it gives back.

A driver is asked in turn: perform this, what does that agent see now, what has been sent since. Its methods may be
ordinary ones or coroutines. What it cannot do it declares in ``lacks``: the kit then leaves that out, and says so.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from enum import StrEnum
from types import NoneType
from typing import Any, Protocol, TypeAlias, TypeVar

import attrs

from ixnstate.center import Agent, Workbin
from ixnstate.commands import Command, Submit
from ixnstate.model import WorkbinPlace
from ixnstate.values import brief, freeze, frozen

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
    NOTIFICATIONS = "notifications"  # collect what agents are sent
    USER_DATA = "user data"  # show the user data of an interaction
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
        """The agents who work on interactions."""
        return tuple(each.id for each in self.agents if each.is_agent)

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


WORLD = World()


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


def _names(given: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)


@frozen
class Seen:
    """What an agent is shown of an interaction now. ``user_data`` is None if the driver cannot tell.

    ``details`` are other fields of the resource under their documented names, such as ``participants``, ``subject`` or
    ``attachments``. What never stands there is not compared.
    """

    state: str
    capabilities: tuple[str, ...] | None = attrs.field(default=(), converter=_names)
    user_data: Mapping[str, Any] | None = attrs.field(default=None, converter=freeze, hash=False)
    details: Mapping[str, Any] | None = attrs.field(default=None, eq=False, repr=False)


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
    user_data: Mapping[str, Any] | None = attrs.field(default=None, converter=freeze, hash=False)
    reference_id: int | None = None
    details: Mapping[str, Any] | None = attrs.field(default=None, eq=False, repr=False)
    """Other fields of the interaction that it shows, as in `Seen`."""


class Driver(Protocol):
    """How the kit speaks to an implementation. Subclass it, or write a class of the same shape.

    Ids of interactions are the implementation's own. ``perform`` is given commands that name their ``interaction``;
    agents' operations have ``by``, the platform's signals Revoke and Stop do not. A driver whose messages come late has
    ``patience``: how many seconds to wait for what must come.
    """

    world: World
    lacks: Collection[Ability]

    def reset(self) -> Now[None]:
        """Forget every interaction, subscription and message; the time begins anew."""

    def create(self, new: Submit, /) -> Now[str]:
        """Put a new interaction into a queue, with its user data; the id that it has got."""

    def offer(self, interaction: str, agent: str, /) -> Now[None]:
        """Invite an agent to a queued interaction. What the platform refuses, here and in a signal, may raise."""

    def perform(self, command: Command, /) -> Now[Reply]:
        """Carry out an operation, or a signal."""

    def view(self, interaction: str, agent: str, /) -> Now[Seen | None]:
        """What the agent is shown now; None if he neither holds it nor is invited to it."""

    def content(self, place: WorkbinPlace, /) -> Now[Collection[str]]:
        """The ids of what lies in an instance of a workbin, in the order of arrival; a set if that is not known."""

    def notifications(self) -> Now[Collection[Told]]:
        """What agents have been sent since this was asked last; for each agent in order."""

    def advance(self, seconds: float, /) -> Now[None]:
        """Let time pass."""


class DriverError(TypeError):
    """Raised where a driver is not as `Driver` says: then nothing can be said of the implementation."""


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
    "notifications": ((tuple, list), "a list of Told; told(agent, message) makes one of a CometD message"),
    "advance": (object, "nothing"),
}


class Blocking:
    """A driver with its coroutines waited for, all in one event loop. Everything else is the driver's own."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.tells: set[tuple[str, str, str]] = set()
        """The details that it has ever shown: by medium, state and name."""
        self.tells_references = False
        """Whether a message has ever said which request it answers."""
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def world(self) -> World:
        """The driver's; `WORLD` if it does not say."""
        world: World = getattr(self.driver, "world", WORLD)
        return world

    @property
    def lacks(self) -> frozenset[Ability]:
        """What it cannot do."""
        return frozenset(Ability(each) for each in getattr(self.driver, "lacks", ()))

    def ask(self, name: str, *arguments: Any) -> Any:
        """Call a method, and wait for its result. Raises `DriverError` if it is none that `Driver` allows."""
        method: Callable[..., Any] | None = getattr(self.driver, name, None)
        wanted, what = _GIVES[name]
        if method is None:
            raise DriverError(f"{type(self.driver).__name__} has no method {name}; it gives {what}")
        found = method(*arguments)
        if (wanted is object or not isinstance(found, wanted)) and inspect.isawaitable(found):
            found = self.wait(found)
        if not isinstance(found, wanted) or (name == "notifications" and not all(isinstance(e, Told) for e in found)):
            raise DriverError(f"{name} of {type(self.driver).__name__} gave {brief(found)}; it must give {what}")
        return found

    @property
    def is_asynchronous(self) -> bool:
        """Whether a coroutine has been waited for."""
        return self._loop is not None

    def wait(self, found: Awaitable[Any]) -> Any:
        """Wait for a coroutine."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(_waiting(found))

    def close(self) -> None:
        """Close the event loop."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None


async def _waiting(found: Awaitable[T]) -> T:
    return await found
