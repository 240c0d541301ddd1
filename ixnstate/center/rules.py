"""What a command does to a contact centre: the events and the answer, or a refusal. Nothing is changed here.

`ixnstate.decide` says what is legal for one interaction. A rule adds what only the centre knows: that there are such
agents, queues, workbins and interactions, and who may reach them. There is one rule for each class of commands; the
order of its checks is the order in which it refuses: who asks, what for, where, what `ixnstate.decide` says, and at
last whether the agents and queues named in the arguments exist.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from ixnstate.center.events import SubscriptionChanged
from ixnstate.center.members import WORKBIN_TYPES, Workbin
from ixnstate.center.memory import Instance, key_of
from ixnstate.center.outcomes import AnyNotice
from ixnstate.center.scopes import (
    NOT_AN_AGENT,
    UNKNOWN_AGENT,
    UNKNOWN_WORKBIN,
    Unreachable,
    barred,
    owner_meant,
    place_of,
)
from ixnstate.commands import (
    OPERATIONS,
    ByAgent,
    Command,
    Create,
    Custom,
    Follow,
    GetWorkbinContent,
    Offer,
    PlaceInWorkbin,
    PullInteraction,
    Reply,
    RequestAgentStats,
    RequestStats,
    Revoke,
    Stop,
    Submit,
    Subscribe,
    Unsubscribe,
    fault_of,
    is_name,
    parameters_of,
)
from ixnstate.events import Event, StateChanged
from ixnstate.model import ContentNotice, Interaction, StatsNotice, SubscriptionNotice, WorkbinPlace
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import create, decide, submit
from ixnstate.values import FrozenDict, changed, copier
from ixnstate.vocabulary import Condition, RefusalCode, SubscriptionState

if TYPE_CHECKING:
    from ixnstate.center.contact import ContactCenter

Answer: TypeAlias = Callable[[int | None], AnyNotice] | None
"""What answers the agent, once the request has its number."""

Decision: TypeAlias = tuple[Interaction | None, tuple[Event | SubscriptionChanged, ...], Answer]
"""The record before, the events, and the answer."""


class Each(Enum):
    """What a rule says of a request for several targets: that it is one request for each of them."""

    EACH = "each"


EACH = Each.EACH

Rule: TypeAlias = Callable[["ContactCenter", Any, str | None, int | None], Decision | Refusal | Each]

AtWorkbin: TypeAlias = PlaceInWorkbin | PullInteraction | GetWorkbinContent | Subscribe | RequestStats
"""A command that names an instance of a workbin."""

_NO_FEATURE = Unreachable(RefusalCode.NOT_FOUND, Condition.FEATURE)
UNKNOWN_INTERACTION = Unreachable(RefusalCode.NOT_FOUND, Condition.UNKNOWN_INTERACTION)
_UNKNOWN_QUEUE = Unreachable(RefusalCode.NOT_FOUND, Condition.UNKNOWN_QUEUE)
_ELSEWHERE = Unreachable(RefusalCode.NOT_FOUND, Condition.ELSEWHERE)
_TAKEN = Unreachable(RefusalCode.INVALID_PARAMETER, Condition.ID_TAKEN)
_THERE_ALREADY = Unreachable(RefusalCode.INVALID_PARAMETER, Condition.ALREADY_THERE)
_NO_SUCH_TYPE = Unreachable(RefusalCode.INVALID_PARAMETER, Condition.WORKBIN_TYPE)


# === who asks, and what for =========================================================================================


def refuse(center: "ContactCenter", command: Command, id: str | None, fault: Unreachable) -> Refusal:
    """The refusal; what is wrong with the command itself is said first."""
    record = center.interaction(id) if isinstance(id, str) else None
    lacking = center.definition.media[record.media].lacking(command.operation) if record is not None else frozenset()
    wrong = fault_of(command, lacking)
    if wrong is not None:
        return Refusal(wrong[0], record, command, wrong[1], center.definition)
    if fault is UNKNOWN_INTERACTION and command.interaction is None and is_name(id):
        command = changed(command, interaction=id)
    return Refusal(fault.code, record, command, fault.failed, center.definition)


def _bar(center: "ContactCenter", by: object, *, supervisors: bool = False) -> Unreachable | None:
    """Why an agent may not ask at all; None if they may. Supervisors reach workbins without being agents."""
    if not center.is_on:
        return _NO_FEATURE
    agent = center.memory.agents.get(by) if isinstance(by, str) else None
    if agent is None:
        return UNKNOWN_AGENT
    return None if "agent" in agent.roles or (supervisors and agent.is_supervisor) else NOT_AN_AGENT


def _act(
    center: "ContactCenter", command: ByAgent | Custom, id: str | None, revision: int | None
) -> Decision | Refusal:
    """What an agent does with an interaction."""
    memory, by = center.memory, command.by
    agent = memory.agents.get(by) if isinstance(by, str) else None
    if agent is None or "agent" not in agent.roles or not center.is_on:
        return refuse(center, command, id, _bar(center, command.by) or UNKNOWN_AGENT)
    record = memory.records.get(id)  # type: ignore[arg-type]
    if record is None:
        return refuse(center, command, id, UNKNOWN_INTERACTION)
    events = decide(record, command, revision, center.definition)
    return (record, events, None) if events.__class__ is tuple else events  # type: ignore[return-value]


_Names: TypeAlias = tuple[tuple[str, bool], ...]
"""The arguments that name an agent or (True) a queue of the centre."""


def _names_in(operation: type[Command]) -> _Names:
    fields = {"target_agent": False, "queue_name": True, "target_queue": True, "queue": True}
    return tuple((each.name, fields[each.name]) for each in parameters_of(operation) if each.name in fields)


def _unknown(center: "ContactCenter", command: Command, names: _Names) -> Unreachable | None:
    """Whether an agent or a queue that the arguments name does not exist."""
    for field, is_queue in names:
        name: str | None = getattr(command, field)
        if name is not None:
            if not is_queue:
                return None if name in center.memory.agents else UNKNOWN_AGENT
            if center.queues is not None and name not in center.queues:
                return _UNKNOWN_QUEUE
    return None


def _acting_on(names: _Names) -> Rule:
    """The same, for an operation whose arguments name other agents or queues."""

    def rule(center: "ContactCenter", command: ByAgent, id: str | None, revision: int | None) -> Decision | Refusal:
        decided = _act(center, command, id, revision)
        if decided.__class__ is tuple and (fault := _unknown(center, command, names)) is not None:
            return refuse(center, command, id, fault)
        return decided

    return rule


def _signal(center: "ContactCenter", command: Command, id: str | None, revision: int | None) -> Decision | Refusal:
    """What the platform does with an interaction."""
    record = center.memory.records.get(id)  # type: ignore[arg-type]
    if record is None:
        return refuse(center, command, id, UNKNOWN_INTERACTION)
    events = decide(record, command, revision, center.definition)
    return (record, events, None) if events.__class__ is tuple else events  # type: ignore[return-value]


def _offer(center: "ContactCenter", command: Offer, id: str | None, revision: int | None) -> Decision | Refusal:
    decided = _signal(center, command, id, revision)
    if decided.__class__ is tuple and command.agent not in center.memory.agents:
        return refuse(center, command, id, UNKNOWN_AGENT)
    return decided


def custom(center: "ContactCenter", command: Custom, id: str | None, revision: int | None) -> Decision | Refusal:
    """A custom operation, or one that does not exist: without an agent it is the platform's."""
    rule = _signal if command.by is None else _act
    return rule(center, command, id, revision)


# === new interactions ===============================================================================================


def _submit(center: "ContactCenter", command: Submit, id: str | None, revision: int | None) -> Decision | Refusal:
    given = {each.name: getattr(command, each.name) for each in parameters_of(Submit)}
    try:
        step = submit(id=given.pop("new_id"), **given, definition=center.definition)
    except RefusedError as refused:
        return refused.refusal
    return _new(center, command, None, (None, step.events, None))


def _create(center: "ContactCenter", command: Create, id: str | None, revision: int | None) -> Decision | Refusal:
    try:
        step = create(command, definition=center.definition)
    except RefusedError as refused:
        return refused.refusal
    if fault := _bar(center, command.by):
        return refuse(center, command, None, fault)
    return _new(center, command, None, (None, step.events, None))


def _reply(center: "ContactCenter", command: Reply, id: str | None, revision: int | None) -> Decision | Refusal:
    return _new(center, command, id, _act(center, command, id, revision))


def _new(
    center: "ContactCenter", command: Create | Reply | Submit, id: str | None, decided: Decision | Refusal
) -> Decision | Refusal:
    if isinstance(decided, Refusal):
        return decided
    fault = _TAKEN if command.new_id in center.memory.records else _unknown(center, command, _names_in(type(command)))
    return decided if fault is None else refuse(center, command, id, fault)


# === workbins =======================================================================================================


def _store(
    center: "ContactCenter", command: PlaceInWorkbin, id: str | None, revision: int | None
) -> Decision | Refusal:
    """Into a workbin: the record says in which instance it is, and not how the request addressed it."""
    record = center.memory.records.get(id)  # type: ignore[arg-type]
    place = _meant(center, command)
    if record is None or place.__class__ is not WorkbinPlace:
        return _refuse_workbin(center, command, id, place)
    events = decide(record, command, revision, center.definition)
    if events.__class__ is not tuple:
        return events  # type: ignore[return-value]
    if record.workbin is not None and place == record.workbin:
        return refuse(center, command, id, _THERE_ALREADY)
    return record, tuple([_into(event, place) if type(event) is StateChanged else event for event in events]), None


_into = copier(StateChanged, WorkbinPlace, workbin="event")
"""The event, with the instance of the workbin that the centre knows in place of the one that the request named."""


def _pull(
    center: "ContactCenter", command: PullInteraction, id: str | None, revision: int | None
) -> Decision | Refusal:
    """Out of a workbin: of the one that is named, or of whichever it is in, if the agent may reach it."""
    record = center.memory.records.get(id)  # type: ignore[arg-type]
    there = None if record is None else record.workbin
    place = _meant(center, command) if command.workbin is not None else _met(center, command, there)
    if record is None or place.__class__ is Unreachable:
        return _refuse_workbin(center, command, id, place)
    if there is not None and there is not place and there != place:
        return refuse(center, command, id, _ELSEWHERE)
    if command.owner is not None and isinstance(place, WorkbinPlace) and command.owner != place.owner:
        command = changed(command, owner=place.owner)  # the agent was named, the place is meant
    events = decide(record, command, revision, center.definition)
    return (record, events, None) if events.__class__ is tuple else events  # type: ignore[return-value]


def _meant(center: "ContactCenter", command: AtWorkbin) -> WorkbinPlace | Unreachable:
    """The instance that a command names, or why the agent cannot reach it."""
    memory, by = center.memory, command.by
    agent = memory.agents.get(by) if isinstance(by, str) else None
    if agent is None or not center.is_on:
        return _NO_FEATURE if agent is not None else UNKNOWN_AGENT
    workbin = center.workbins.get(command.workbin) if isinstance(command.workbin, str) else None
    names = command.owner, command.agent_group, command.place_group
    if workbin is None or not all(name is None or isinstance(name, str) for name in names):
        return UNKNOWN_WORKBIN
    owner = owner_meant(workbin, command, agent, memory.agents)
    if owner.__class__ is Unreachable:
        return owner
    known = memory.instances.get((workbin.id, owner))  # type: ignore[arg-type]
    return known.place if known is not None else place_of(workbin, owner)  # type: ignore[arg-type]


def _met(
    center: "ContactCenter", command: PullInteraction, there: WorkbinPlace | None
) -> WorkbinPlace | Unreachable | None:
    """The instance in which an interaction is, or why the agent cannot reach it."""
    fault = _bar(center, command.by, supervisors=True)
    if fault is not None or there is None:
        return fault
    return barred(center.workbins[there.id], key_of(there)[1], center.agents[str(command.by)]) or there


def _refuse_workbin(center: "ContactCenter", command: AtWorkbin, id: str | None, place: Any) -> Refusal:
    """Why not: the agent may not ask at all, there is no such interaction, or what is wrong with ``place``."""
    fault = _bar(center, command.by, supervisors=True)
    if fault is None:
        fault = UNKNOWN_INTERACTION if center.interaction(id) is None else place  # type: ignore[arg-type]
    return refuse(center, command, id, fault)


def _reach(center: "ContactCenter", command: AtWorkbin) -> Instance | Refusal:
    """The instance that a command without an interaction means, if it is in order and the agent may reach it."""
    refused = _refuse_asking(center, command, supervisors=True)
    if refused is not None:
        return refused
    place = _meant(center, command)
    if isinstance(place, Unreachable):
        return refuse(center, command, None, place)
    return center.memory.instances.get(key_of(place)) or Instance(place)


def _refuse_asking(center: "ContactCenter", command: ByAgent, *, supervisors: bool = False) -> Refusal | None:
    """The refusal of a command without an interaction that is not in order, or of an agent who may not ask at all."""
    fault = UNKNOWN_AGENT if fault_of(command) else _bar(center, command.by, supervisors=supervisors)
    return None if fault is None else refuse(center, command, None, fault)


def _content(
    center: "ContactCenter", command: GetWorkbinContent, id: str | None, revision: int | None
) -> Decision | Refusal:
    instance = _reach(center, command)
    if isinstance(instance, Refusal):
        return instance
    decided = (None, (), None) if id is None else _signal(center, command, id, revision)
    if isinstance(decided, Refusal):
        return decided
    found = tuple([center.memory.records[each] for each in instance.content])
    return decided[0], decided[1], lambda number: ContentNotice(str(command.by), instance.place, found, number)


def _subscription(
    center: "ContactCenter", command: Subscribe, id: str | None, revision: int | None
) -> Decision | Refusal | Each:
    """One workbin. Who asks to be told no longer, and was not told, is answered that the request failed."""
    if command.workbins is not None and fault_of(command) is None:
        return EACH
    instance = _reach(center, command)
    if isinstance(instance, Refusal):
        return instance
    told = center.memory.subscribers.get(key_of(instance.place), ())
    wanted, is_told = command.__class__ is Subscribe, command.by in told
    state = SubscriptionState.SUBSCRIBED if wanted else SubscriptionState.UNSUBSCRIBED
    if not wanted and not is_told:
        state = SubscriptionState.REQUEST_FAILED
    events = (SubscriptionChanged(str(command.by), instance.place, wanted),) if wanted is not is_told else ()
    return None, events, lambda number: SubscriptionNotice(str(command.by), instance.place, state, number)


def place_named(center: "ContactCenter", command: Subscribe) -> WorkbinPlace:
    """The instance that a refused command named, as far as it can be told."""
    place = _meant(center, command)
    if isinstance(place, WorkbinPlace):
        return place
    return WorkbinPlace(str(command.workbin), command.agent_group, command.place_group, command.owner)


def _stats(center: "ContactCenter", command: RequestStats, id: str | None, revision: int | None) -> Decision | Refusal:
    """The keys are those of WorkbinRequestStats (8.5.2, 2017-11-30); the times are seconds since the centre began."""
    instance = _reach(center, command)
    if isinstance(instance, Refusal):
        return instance
    place, came = instance.place, instance.content.values()
    stats: dict[str, object] = {"NumberOfInteractions": len(came)}
    if came:
        stats = {"MaxMovedToQueueAt": next(reversed(came)), "MinMovedToQueueAt": next(iter(came)), **stats}
    by_owner = FrozenDict({str(key_of(place)[1]): FrozenDict(stats)})
    kind = center.workbins[place.id].type
    return None, (), lambda number: StatsNotice(str(command.by), by_owner, place, kind, number)


def _agent_stats(
    center: "ContactCenter", command: RequestAgentStats, id: str | None, revision: int | None
) -> Decision | Refusal:
    """Every workbin of an owner; without a type, an agent's own and that of their place."""
    refused = _refuse_asking(center, command, supervisors=True)
    if refused is not None:
        return refused
    if command.workbin_type not in (None, *WORKBIN_TYPES):
        return refuse(center, command, None, _NO_SUCH_TYPE)
    user = center.agents.get(command.owner or str(command.by))
    if user is None:
        return refuse(center, command, None, UNKNOWN_AGENT)
    kinds = (command.workbin_type,) if command.workbin_type else ("Agent", "Place")
    if kinds[0].endswith("Group") and command.workbin_owner is None:
        return refuse(center, command, None, Unreachable(RefusalCode.MISSING_PARAMETER, "workbin_owner"))
    counts = {}
    for workbin in center.workbins.values():
        owner = command.workbin_owner or (user.id if workbin.type == "Agent" else user.place)
        if workbin.type in kinds and owner is not None:
            fault = barred(workbin, owner, center.agents[str(command.by)])
            if fault is not None:
                return refuse(center, command, None, fault)
            counts[workbin.id] = _count(center, workbin, owner)
    return None, (), lambda number: StatsNotice(str(command.by), FrozenDict(counts), None, None, number)


def _count(center: "ContactCenter", workbin: Workbin, owner: str) -> FrozenDict:
    instance = center.memory.instances.get((workbin.id, owner))
    count = len(instance.content) if instance is not None else 0
    return FrozenDict({"Count": count, "Owner": owner, "Type": workbin.type})


# === accounts =======================================================================================================


def _follow(center: "ContactCenter", command: Follow, id: str | None, revision: int | None) -> Decision | Refusal:
    """Whom an account of the contact centre follows is kept elsewhere: nothing changes here."""
    return _refuse_asking(center, command) or (None, (), None)


_SPECIAL: Mapping[type[Command], Rule] = {
    Offer: _offer, Revoke: _signal, Stop: _signal, Submit: _submit, Create: _create,
    GetWorkbinContent: _content, Subscribe: _subscription, Unsubscribe: _subscription,
    RequestStats: _stats, RequestAgentStats: _agent_stats,
}  # fmt: skip
_FAMILIES: Mapping[type[Command], Rule] = {
    PullInteraction: _pull, PlaceInWorkbin: _store, Reply: _reply, Follow: _follow,
}  # fmt: skip


def _rule(operation: type[Command]) -> Rule:
    for family, rule in _FAMILIES.items():
        if issubclass(operation, family):
            return rule
    names = _names_in(operation)
    return _SPECIAL.get(operation, _acting_on(names) if names else _act)


RULES: Mapping[type[Command], Rule] = {each: _rule(each) for each in OPERATIONS.values()}
"""The rule of each operation."""
SIGNALS = frozenset({Offer, Revoke, Stop, Submit})
"""What the platform does: no agent is answered."""
