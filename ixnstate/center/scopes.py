"""Which instance of a workbin a command means, and whether the agent may reach it.

A request selects the instance by its address. ``/workbins/{id}`` and ``/me/workbins/{id}`` are the agent's: their own,
or that of their place. ``?agentGroup=`` and ``?placeGroup=`` select a group's, and are for the members of the group.
``/users/{userId}/workbins/{id}`` is another agent's, and for supervisors and admins (WorkbinSupAddIntToWorkbin, 8.5.2;
WorkbinPullInteractionFromGW, 8.5.2; WorkbinSubscribeNotifications, 8.5.2).
"""

from collections.abc import Mapping

from ixnstate.center.members import Agent, Workbin
from ixnstate.commands import WorkbinScope, is_name
from ixnstate.model import WorkbinPlace
from ixnstate.values import frozen
from ixnstate.vocabulary import Condition, RefusalCode


@frozen
class Unreachable:
    """Why there is no such instance for that agent: a condition that does not hold, or the parameter at fault."""

    code: RefusalCode
    failed: Condition | str


NOT_AN_AGENT = Unreachable(RefusalCode.NO_PERMISSION, Condition.NOT_AN_AGENT)
NOT_A_SUPERVISOR = Unreachable(RefusalCode.NO_PERMISSION, Condition.NOT_A_SUPERVISOR)
NOT_A_MEMBER = Unreachable(RefusalCode.NO_PERMISSION, Condition.NOT_A_MEMBER)
NOT_OWN = Unreachable(RefusalCode.NO_PERMISSION, Condition.NOT_OWN_WORKBIN)
UNKNOWN_AGENT = Unreachable(RefusalCode.NOT_FOUND, Condition.UNKNOWN_AGENT)
UNKNOWN_WORKBIN = Unreachable(RefusalCode.NOT_FOUND, Condition.UNKNOWN_WORKBIN)
NO_PLACE = Unreachable(RefusalCode.NOT_FOUND, Condition.NO_PLACE)
NO_GROUPS = Unreachable(RefusalCode.INVALID_PARAMETER, Condition.NO_GROUPS_WORKBIN)
IS_A_GROUPS = Unreachable(RefusalCode.INVALID_PARAMETER, Condition.GROUPS_WORKBIN)


def owner_meant(
    workbin: Workbin, command: WorkbinScope, agent: Agent, agents: Mapping[str, Agent]
) -> str | Unreachable:
    """The owner of the instance that a command means: an agent, a place or a group."""
    kind = workbin.type
    if kind == "AgentGroup":
        return _group(command.agent_group, "agent_group", command.place_group, command.owner, agent, agent.agent_groups)
    if kind == "PlaceGroup":
        return _group(command.place_group, "place_group", command.agent_group, command.owner, agent, agent.place_groups)
    if command.agent_group is not None or command.place_group is not None:
        return NO_GROUPS
    if command.owner is not None or "agent" not in agent.roles:
        user = _user(command.owner, agent, agents)
        if isinstance(user, Unreachable):
            return user
        agent = user
    return agent.id if kind == "Agent" else agent.place or NO_PLACE


def _group(
    group: str | None, parameter: str, other: str | None, owner: str | None, agent: Agent, groups: frozenset[str]
) -> str | Unreachable:
    if other is not None or owner is not None:
        return IS_A_GROUPS
    if group is None:
        return Unreachable(RefusalCode.MISSING_PARAMETER, parameter)
    if not agent.is_agent:
        return NOT_AN_AGENT
    return group if group in groups else NOT_A_MEMBER


def _user(owner: str | None, agent: Agent, agents: Mapping[str, Agent]) -> Agent | Unreachable:
    """The agent whose workbin it is: oneself, or for a supervisor another one."""
    if owner is None or (owner == agent.id and agent.is_agent):
        return agent if agent.is_agent else NOT_AN_AGENT
    if not agent.is_supervisor:
        return NOT_A_SUPERVISOR
    return agents.get(owner, UNKNOWN_AGENT)


def barred(workbin: Workbin, owner: str | None, agent: Agent) -> Unreachable | None:
    """Why an agent may not reach the instance of that owner; None if they may."""
    if workbin.type in ("AgentGroup", "PlaceGroup"):
        groups = agent.agent_groups if workbin.type == "AgentGroup" else agent.place_groups
        return NOT_AN_AGENT if not agent.is_agent else None if owner in groups else NOT_A_MEMBER
    if agent.is_supervisor or (agent.is_agent and owner == (agent.id if workbin.type == "Agent" else agent.place)):
        return None
    return NOT_OWN


def place_of(workbin: Workbin, owner: str) -> WorkbinPlace:
    """The instance of that owner."""
    if workbin.type == "AgentGroup":
        return WorkbinPlace(workbin.id, agent_group=owner)
    if workbin.type == "PlaceGroup":
        return WorkbinPlace(workbin.id, place_group=owner)
    return WorkbinPlace(workbin.id, owner=owner)


def instance_of(workbin: Workbin, place: WorkbinPlace, agents: Mapping[str, Agent]) -> WorkbinPlace:
    """The instance that ``place`` means, where an agent may stand for a place. Raises ValueError if there is none."""
    owner = {"AgentGroup": place.agent_group, "PlaceGroup": place.place_group}.get(workbin.type, place.owner)
    if workbin.type == "Place" and owner is not None and owner in agents:
        owner = agents[owner].place
    named = [each for each in (place.agent_group, place.place_group, place.owner) if each is not None]
    if owner is None or not is_name(owner) or len(named) > 1:
        raise ValueError(f"workbin {workbin.id} has an instance for each owner of type {workbin.type}: name one")
    return place_of(workbin, owner)
