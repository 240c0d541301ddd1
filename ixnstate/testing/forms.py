"""Commands for a record: those that take an edge, and those that must be refused. All of them fit the world.

`taking` builds every form of an edge's command, by an agent whose turn it is, so what it gives is legal by
construction. `refused_ones` are the ways of going wrong, each with its name.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ixnstate import gws
from ixnstate.commands import (
    ABOUT,
    OPERATIONS,
    Accept,
    AddInteraction,
    Command,
    Create,
    Custom,
    GetWorkbinContent,
    Kind,
    Offer,
    PlaceInQueue,
    PlaceInWorkbin,
    PullInteraction,
    Reply,
    Revoke,
    Stop,
    Submit,
    Subscribe,
    parameters_of,
)
from ixnstate.definition import Definition, Edge, checked
from ixnstate.gws.pages import OPTIONAL_CONTENT
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.table import GWS
from ixnstate.testing.drivers import Ability, World
from ixnstate.values import FrozenDict, Json, changed, each_of, expect, frozen
from ixnstate.vocabulary import Does, Family, When, Who

WORKBINS = ("agent-workbin", "group-workbin", "supervisor")
"""What an implementation can support besides media: workbins of agents, of groups, and other agents' workbins."""

_EXAMPLES: Mapping[Kind, object] = {Kind.TEXT: "text", Kind.FLAG: True, Kind.SIZE: 1, Kind.NAMES: ("key",)}
_DRAFT = FrozenDict(subject="value", to=("somebody@example.com",), body="<p>value</p>")
_DATA: Mapping[str, object] = {"user_data": FrozenDict(key="value"), "content": _DRAFT}
_CHOSEN: Mapping[str, object] = {
    "text": "a last word", "content": _DRAFT, "user_data": FrozenDict(more="value"), "disposition_key": "another key",
    "nickname": "Ann", "name": "a name.txt", "mime": "text/plain", "size": 12, "save_lar": True,
}  # fmt: skip
"""What an operation may be given besides what it must have."""

_ANY_ADDRESS = (PlaceInQueue, PlaceInWorkbin, GetWorkbinContent, PullInteraction)
"""What is asked at an address that names no medium: that of all media, or a workbin's."""


@frozen
class Scope:
    """What is tested: a definition, in a world, as far as it is supported and the driver can do it.

    Raises ValueError for a name in ``supports`` that is neither a medium nor one of `WORKBINS`, if it names no medium,
    and for an argument of another type.
    """

    definition: Definition
    world: World
    supports: frozenset[str]
    lacks: frozenset[Ability] = frozenset()
    without: frozenset[str] = frozenset()
    """Operations that the implementation does not have."""
    avoid: frozenset[tuple[str, str]] = frozenset()
    """Media and operations that are known to fail: ways to elsewhere do not take them if there are others."""

    def __attrs_post_init__(self) -> None:
        checked(self.definition)
        expect("world", self.world, World)
        for name in ("supports", "lacks", "without", "avoid"):
            expect(name, getattr(self, name), frozenset)
        tuple(each_of("supports", self.supports, str))
        known = {*self.definition.media, *WORKBINS}
        if unknown := sorted(self.supports - known - {*GWS.media}):
            raise ValueError(f"supports has no {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        if not self.media:
            raise ValueError(f"supports names no medium; there are {', '.join(self.definition.media)}")

    @property
    def media(self) -> tuple[str, ...]:
        """The media that are supported, in the order of the definition."""
        return tuple(name for name in self.definition.media if name in self.supports)

    @property
    def places(self) -> tuple[WorkbinPlace, ...]:
        """The instances of workbins that are supported: each agent's, and each group's."""
        world = self.world
        groups = dict.fromkeys(group for agent in world.workers if (group := world.group_of(agent)) is not None)
        own = [WorkbinPlace(id, owner=agent) for id in world.of_type("Agent") for agent in world.workers]
        teams = [WorkbinPlace(id, agent_group=group) for id in world.of_type("AgentGroup") for group in groups]
        return (
            *(own if "agent-workbin" in self.supports else ()),
            *(teams if "group-workbin" in self.supports else ()),
        )

    def why_not(self, command: Command) -> str | None:
        """Why a command is left out; None if it can be tested."""
        expect("command", command, Command)
        if command.operation in self.without:
            return f"the implementation has no {command.operation}"
        for kinds, ability in _ABILITIES:
            if isinstance(command, kinds) and ability in self.lacks:
                return f"the driver lacks {ability.value!r}"
        feature = workbin_feature(command)
        return f"{feature} is not supported" if feature is not None and feature not in self.supports else None


_ABILITIES: tuple[tuple[type[Command], Ability], ...] = (
    (Submit, Ability.SUBMIT),
    (Offer, Ability.OFFER),
    (Revoke, Ability.REVOKE),
    (Stop, Ability.STOP),
)


def workbin_feature(command: Command) -> str | None:
    """Which kind of workbin a command is about; None if about none."""
    if not isinstance(command, PlaceInWorkbin | GetWorkbinContent | PullInteraction | Subscribe):
        return None
    if command.owner is not None:
        return "supervisor"
    return "agent-workbin" if command.agent_group is None else "group-workbin"


# === what takes an edge =============================================================================================


def taking(record: Interaction, edge: Edge, scope: Scope) -> Iterator[Command]:
    """Every form of the command that takes ``edge`` from ``record``, the simplest first, as far as it is in scope."""
    for command in _forms(record, edge, scope):
        if scope.why_not(command) is None:
            yield command


def _forms(record: Interaction, edge: Edge, scope: Scope) -> Iterator[Command]:
    known = OPERATIONS.get(edge.operation)
    acting = _acting(record, edge, scope.world)
    if known is None:
        yield Custom(operation=edge.operation, by=acting, interaction=record.id, media=record.media)
        return
    given = required(known, record, scope.world) | _by_condition(record, edge, scope.world)
    if acting is not None:
        given["by"] = acting
    for places in _places(known, record, edge, scope):
        yield known(**(given | places))


def required(known: type[Command], record: Interaction, world: World) -> dict[str, Json]:
    """The arguments that an operation must have, and what it acts on. The target is an agent who does not have it."""
    has = (*record.holders, *record.invited)
    strangers = [each for each in world.workers if each not in has]
    fitting = {
        "agent": world.workers[0], "target_agent": (*strangers, world.workers[-1])[0], "new_id": f"{record.id}+",
        "queue_name": world.queues[0], "media": record.media, "workbin": (*world.of_type("Agent"), "own-1")[0],
        "queue": world.queues[0], "document_id": "d1", "by": world.workers[0],
    }  # fmt: skip
    arguments: dict[str, object] = {
        each.name: fitting.get(each.name) or _DATA.get(each.name) or _EXAMPLES.get(each.kind, each.name)
        for each in parameters_of(known)
        if each.required or each.name == "target_agent"
    }
    if issubclass(known, Subscribe):
        arguments["workbin"] = fitting["workbin"]
    arguments["interaction"] = record.id
    if not issubclass(known, _ANY_ADDRESS):
        arguments["media"] = record.media
        arguments["media_type"] = record.media_type
    return arguments


def _acting(record: Interaction, edge: Edge, world: World) -> str | None:
    match edge.who:
        case Who.PLATFORM:
            return None
        case Who.INVITEE:
            return record.invited[0] if record.invited else world.workers[0]
        case Who.HOLDER:
            return record.holders[0] if record.holders else world.workers[0]
        case Who.ANYONE:
            return (*record.holders, *record.invited, world.workers[0])[0]


def _by_condition(record: Interaction, edge: Edge, world: World) -> dict[str, object]:
    """What the condition of the edge asks of the arguments."""
    wanted: dict[str, object] = {}
    match edge.when:
        case When.TO_QUEUE:
            wanted = {"target_agent": None, "target_queue": world.queues[-1]}
        case When.INTO_QUEUE:
            wanted = {"queue_name": world.queues[-1]}
        case When.OF_INVITEE:
            wanted = {"agent": (*record.invited, None)[0]}
        case When.OF_ONE_HOLDER:
            wanted = {"agent": (*record.holders[::-1], None)[0]}
        case _:
            pass
    if edge.does is Does.REMOVE:
        wanted = {"target_agent": (*record.holders[1:], *record.invited, world.workers[-1])[0]}
    return wanted


def _places(known: type[Command], record: Interaction, edge: Edge, scope: Scope) -> Iterator[dict[str, object]]:
    """The instances of workbins that the command can be about; one empty choice for any other command."""
    if issubclass(known, PullInteraction):
        yield from _out_of(record, scope.world)
    elif issubclass(known, PlaceInWorkbin) and edge.when is When.FOR_OWNER:
        for own in scope.world.of_type("Agent") if scope.world.supervisor is not None else ():
            if record.workbin is None or record.workbin.id != own:
                yield {"by": scope.world.supervisor, "workbin": own, "owner": scope.world.workers[0]}
    elif issubclass(known, PlaceInWorkbin | GetWorkbinContent):
        yield from _instances(record, edge, scope.world)
    else:
        yield {}
        if issubclass(known, Accept) and scope.definition.medium(record.media).family is Family.SESSIONS:
            yield {"nickname": "Ann"}


def _instances(record: Interaction, edge: Edge, world: World) -> Iterator[dict[str, Json]]:
    there = record.workbin.id if record.workbin else None
    if edge.when is not When.IN_GROUP:
        yield from ({"workbin": own} for own in world.of_type("Agent") if own != there)
    group = world.group_of(_acting(record, edge, world) or "")
    if group is not None and issubclass(OPERATIONS[edge.operation], AddInteraction):  # no other request can say it
        yield from ({"workbin": team, "agent_group": group} for team in world.of_type("AgentGroup") if team != there)


def _out_of(record: Interaction, world: World) -> Iterator[dict[str, object]]:
    """By whoever may reach the instance: its owner and a supervisor, or every member of its group; or by a worker."""
    place = record.workbin
    if place is None:
        yield {"workbin": (*world.of_type("Agent"), "own-1")[0]}
    elif place.agent_group is not None:
        members = [each for each in world.workers if world.group_of(each) == place.agent_group]
        for member in members:
            yield {"by": member, "workbin": place.id, "agent_group": place.agent_group}
    else:
        yield {"by": place.owner, "workbin": place.id}
        if world.supervisor is not None:
            yield {"by": world.supervisor, "workbin": place.id, "owner": place.owner}


# === what must be refused ===========================================================================================


def illegal(record: Interaction, operation: str, scope: Scope) -> Command | None:
    """The command of an operation that is not legal in the record's state, by the agent who would try it."""
    known = OPERATIONS.get(operation)
    who = Who.PLATFORM if known in (Offer, Revoke, Stop) else Who.HOLDER
    edge = Edge(record.state, operation, record.state, Who.INVITEE if record.invited and not record.holders else who)
    for command in _forms(record, changed(edge, who=who) if who is Who.PLATFORM else edge, scope):
        return command if scope.why_not(command) is None else None
    return None


def by_others(record: Interaction, command: Command, world: World) -> Iterator[tuple[str, Command]]:
    """The same command by a worker whose turn it is not: with the worker's role in its name."""
    by = getattr(command, "by", None)
    if by not in world.workers:
        return
    has = {*record.holders, *record.invited, getattr(command, "target_agent", None)}
    for name, others in (
        ("a stranger", [each for each in world.workers if each not in has]),
        ("a holder", record.holders),
        ("an invitee", record.invited),
        ("a supervisor", [each for each in (world.supervisor,) if each is not None and each not in has]),
        ("an agent of another group", world.outsiders),
    ):
        other = next((each for each in others if each != by), None)
        is_same = (name == "a holder" and by in record.holders) or (name == "an invitee" and by in record.invited)
        if other is not None and not is_same:
            yield name, changed(command, by=other)


def as_read(command: Command) -> Command:
    """What a server makes of a command: a key that is misspelt it does not find, and so the argument is missing."""
    if not isinstance(command, Custom) or not isinstance(command.operation, str):
        return command
    if command.operation not in OPERATIONS or not command.arguments:
        return command
    about = {name: getattr(command, name) for name in ("by", *ABOUT)}
    return OPERATIONS[command.operation](**about)


def at_whoever_has_it(record: Interaction, command: Command) -> Iterator[tuple[str, Command]]:
    """The same command with a target who has the interaction: whoever acts, another holder, one who is invited."""
    if getattr(command, "target_agent", None) is None or command.operation == "RemoveParticipantFromConference":
        return
    by = getattr(command, "by", None)
    others = [each for each in record.holders if each != by]
    for name, targets in (("whoever acts", [by]), ("another holder", others), ("an invitee", record.invited)):
        for target in targets[:1]:
            yield name, changed(command, target_agent=target)


def out_of_another(command: PullInteraction, world: World) -> PullInteraction | None:
    """The same pull from another workbin of that type, in which the interaction is not."""
    type = "Agent" if command.agent_group is None else "AgentGroup"
    other = next((each for each in world.of_type(type) if each != command.workbin), None)
    return None if other is None else changed(command, workbin=other)


def without(command: Command) -> Iterator[tuple[str, Command]]:
    """The same command without one of the arguments that it must have; with the name of that argument."""
    for each in parameters_of(type(command)):
        kept = {"by", "new_id", "media"} if isinstance(command, Create | Reply) else {"by"}
        in_address = isinstance(command, AddInteraction) and each.name == "workbin"
        if may_be_missing(command, each.name):
            continue
        if each.required and each.name not in kept and not in_address and not isinstance(command, Offer):
            yield each.name, changed(command, **{each.name: None})


def may_be_missing(command: Command, argument: str) -> bool:
    """Whether a request without an argument that a command must have is read as one with an empty one."""
    return argument == "content" and (command.media, command.operation) in OPTIONAL_CONTENT


def with_more(command: Command, scope: Scope) -> Iterator[tuple[str, Command]]:
    """The same command with one of the arguments that it may have, as far as its page has it; with its name."""
    for each in parameters_of(type(command)):
        value = _CHOSEN.get(each.name, scope.world.queues[-1] if each.name == "queue_name" else None)
        if each.required or value is None or getattr(command, each.name) is not None:
            continue
        more = changed(command, **{each.name: value})
        with suppress(gws.MessageError):  # no page has it
            gws.request(more, definition=scope.definition)
            yield each.name, more


def mistyped(command: Command) -> Iterator[tuple[str, Command]]:
    """The same command with a number where an object or a list must stand; with the name of that argument."""
    for each in parameters_of(type(command)):
        if each.required and each.kind in (Kind.DATA, Kind.NAMES):
            yield each.name, changed(command, **{each.name: 5})


def probe(record: Interaction, scope: Scope) -> Command | None:
    """What shows how an interaction stands that no agent sees: an offer is legal in a queue, and refused at the end."""
    if record.holders or record.invited or record.workbin is not None:
        return None
    if scope.lacks & {Ability.SECOND_OFFER, Ability.QUEUE}:
        return None
    offer = Offer(agent=scope.world.workers[-1], interaction=record.id, media=record.media)
    return offer if scope.why_not(offer) is None else None


def births(media: str, id: str, scope: Scope) -> Iterator[Submit | Create]:
    """The ways in which an interaction can come into being."""
    kind = "promotion" if media == "openmedia" else None
    data = {"number": id, "key": "old"}
    submitted = Submit(new_id=id, media=media, queue=scope.world.queues[0], media_type=kind, user_data=data)
    if scope.why_not(submitted) is None:
        yield submitted
    if scope.definition.medium(media).creates is not None and "Create" not in scope.without:
        by, queue = scope.world.workers[0], scope.world.queues[0]
        yield Create(new_id=id, media=media, queue_name=queue, by=by, media_type=kind, user_data=data)
