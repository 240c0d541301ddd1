"""What a person looks at: the centre as JSON data, one interaction's story, and what each agent may do with it."""

from collections.abc import Iterator
from typing import Any

from ixnstate import gws
from ixnstate.center import Agent, ContactCenter
from ixnstate.center.snapshots import thaw
from ixnstate.commands import AddInteraction, Command, PullInteraction, parameters_of
from ixnstate.gws.requests import operations_at
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.server.engine import Engine
from ixnstate.space import by_name
from ixnstate.values import Json, changed

MAX_SHOWN = 500
"""How many interactions of a queue or a workbin are listed."""
_SAID_BY_THE_PAGE = ("by", "new_id", "interaction", "media", "media_type")


def overview(engine: Engine) -> dict[str, Json]:
    """Agents and what they have, queues and what waits, workbins and what lies there, the clock."""
    center = engine.center
    return {
        "clock": clock(engine),
        "automaticRouting": engine.automatic,
        "media": list(center.definition.media),
        "agents": [_agent(engine, each) for each in center.agents.values()],
        "queues": [_queue(center, name) for name in queues(center)],
        "workbins": [
            {"id": each.id, "name": each.name or each.id, "type": each.type, "instances": _instances(center, each.id)}
            for each in center.workbins.values()
        ],
    }


def clock(engine: Engine) -> dict[str, Json]:
    """The time of the centre."""
    moment = engine.clock.moment.isoformat(timespec="milliseconds")
    return {"now": round(engine.clock.now, 3), "moment": moment, "frozen": engine.clock.is_frozen}


def queues(center: ContactCenter) -> list[str]:
    """The queues; where every name is one, those that have been used."""
    known = center.queues
    return sorted({name for name, _ in center.memory.lines if name} if known is None else known)


def _queue(center: ContactCenter, name: str) -> dict[str, object]:
    waiting = center.waiting(name)
    return {"name": name, "count": len(waiting), "waiting": [_brief(each) for each in waiting[:MAX_SHOWN]]}


def _agent(engine: Engine, agent: Agent) -> dict[str, object]:
    center = engine.center
    person = engine.config.person(agent.id)
    having = []
    for record in center.interactions(agent.id)[:MAX_SHOWN]:
        seen = center.view(record.id, agent.id)
        having.append(_brief(record) | ({} if seen is None else {"state": str(seen.state)}))
    return {
        "id": agent.id, "name": " ".join(filter(None, (person.first_name, person.last_name))) or agent.id,
        "roles": sorted(agent.roles), "isAgent": agent.is_agent,
        "ready": [media for media in center.definition.media if agent.is_ready_for(media)], "interactions": having,
    }  # fmt: skip


def _brief(record: Interaction) -> dict[str, Json]:
    subject = record.content.get("subject") or record.user_data.get("Subject")
    shown = {"id": record.id, "media": record.media, "state": str(record.state)}
    return shown | ({"subject": subject} if isinstance(subject, str) else {})


def _instances(center: ContactCenter, workbin: str) -> list[dict[str, Json]]:
    found = []
    for (id, owner), instance in center.memory.instances.items():
        if id == workbin and (instance.content or center.memory.subscribers.get((id, owner))):
            items = [_brief(center.memory.records[item]) for item in list(instance.content)[:MAX_SHOWN]]
            told = list(center.memory.subscribers.get((id, owner), ()))
            found.append({"owner": owner, "content": items, "subscribers": told})
    return found


def interaction(engine: Engine, id: str) -> dict[str, Json] | None:
    """One interaction: the record, what each agent sees of it, and what each may do; None if there is none."""
    center = engine.center
    record = center.interaction(id)
    if record is None:
        return None
    return {
        **_brief(record), "queue": record.queue, "holders": list(record.holders), "invited": list(record.invited),
        "workbin": _place(record.workbin), "userData": thaw(record.user_data), "content": thaw(record.content),
        "mediaType": record.media_type, "parentId": record.parent_id, "revision": record.revision,
        "agents": [_seen_by(center, record, each) for each in center.agents.values() if each.is_agent],
        "transcript": engine.store.transcript(id),
    }  # fmt: skip


def _place(place: WorkbinPlace | None) -> dict[str, object] | None:
    owner = None if place is None else place.agent_group or place.place_group or place.owner
    return None if place is None else {"id": place.id, "owner": owner}


def _seen_by(center: ContactCenter, record: Interaction, agent: Agent) -> dict[str, object]:
    seen = center.view(record.id, agent.id)
    view = None
    if seen is not None:
        names = None if seen.capabilities is None else list(seen.capabilities)
        view = {"state": str(seen.state), "capabilities": names}
    return {"agent": agent.id, "view": view, "operations": list(_operations(center, record, agent))}


def _operations(center: ContactCenter, record: Interaction, agent: Agent) -> Iterator[dict[str, object]]:
    """Every operation on it: whether the agent may do it now, and if not, why."""
    target = gws.Target(record.media, record.id)
    for name in (*operations_at(target, center.definition), "AddInteraction", "PullInteraction"):
        command = exemplary(center, record, agent, name)
        decided = center.decide(command, record.id)
        refusal = decided if isinstance(decided, Refusal) else None
        yield {
            "name": name, "legal": refusal is None, "why": None if refusal is None else str(refusal),
            "parameters": [
                {"name": each.name, "kind": each.kind.name.lower(), "required": each.required, "target": each.is_target}
                for each in parameters_of(type(command)) if each.name not in _SAID_BY_THE_PAGE
            ],
        }  # fmt: skip


def exemplary(center: ContactCenter, record: Interaction, agent: Agent, name: str) -> Command:
    """The operation with what must be given: by this agent, with a colleague, a queue and a workbin that exist."""
    command: Any = by_name(name, record, definition=center.definition)
    names = {each.name for each in parameters_of(type(command))}
    colleagues = [each.id for each in center.agents.values() if each.is_agent and each.id != agent.id]
    free = [each for each in colleagues if each not in record.holders and each not in record.invited]
    own = next((each.id for each in center.workbins.values() if each.type == "Agent"), None)
    given: dict[str, object] = {
        "by": agent.id, "target_agent": next(iter(free or colleagues), agent.id),
        "queue_name": next(iter(queues(center)), "queue"), "workbin": own, "new_id": "0",
    }  # fmt: skip
    if isinstance(command, AddInteraction | PullInteraction):
        given |= _scope(record) if isinstance(command, PullInteraction) else {}
    given = {key: value for key, value in given.items() if key in names and _is_needed(command, key)}
    made: Command = changed(command, **given)
    return made


def _scope(record: Interaction) -> dict[str, object]:
    place = record.workbin
    if place is None:
        return {}
    return {"workbin": place.id, "agent_group": place.agent_group, "place_group": place.place_group}


def _is_needed(command: Any, field: str) -> bool:
    needed = {each.name for each in parameters_of(type(command)) if each.required or each.name == "target_agent"}
    return field in ("by", "agent_group", "place_group") or field in needed
