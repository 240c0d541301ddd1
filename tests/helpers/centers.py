"""A small contact centre: its agents and workbins, commands for it, and what always holds in it."""

from typing import Any

from hypothesis import strategies as st

import ixnstate as ix
from ixnstate.commands import OPERATIONS

State = ix.State


AGENTS = (
    ix.Agent("a1", agent_groups={"G"}, place="P1", place_groups={"PG"}),
    ix.Agent("a2", agent_groups={"G"}, place="P2"),
    ix.Agent("a3", agent_groups={"Other"}, place="P1"),
    ix.Agent("boss", roles={"supervisor"}),
    ix.Agent("root", roles={"apiuser"}),
)
WORKBINS = (
    ix.Workbin("own", name="Drafts"),
    ix.Workbin("own2"),
    ix.Workbin("place", type="Place"),
    ix.Workbin("group", type="AgentGroup"),
    ix.Workbin("places", type="PlaceGroup"),
)
SCOPES = {
    "own": {"workbin": "own"},
    "own place": {"workbin": "place"},
    "own, named": {"workbin": "own", "owner": "a1"},
    "another's": {"workbin": "own", "owner": "a2"},
    "another's place": {"workbin": "place", "owner": "a2"},
    "agent group": {"workbin": "group", "agent_group": "G"},
    "place group": {"workbin": "places", "place_group": "PG"},
    "group not named": {"workbin": "group"},
    "group of another kind": {"workbin": "group", "place_group": "PG"},
    "group of no group's": {"workbin": "own", "agent_group": "G"},
    "owner of a group's": {"workbin": "group", "agent_group": "G", "owner": "a2"},
    "nobody's": {"workbin": "own", "owner": "nobody"},
    "no workbin": {"workbin": "nothing"},
}


def check(c: ix.ContactCenter) -> None:
    """What holds at all times."""
    memory = c.memory
    lying = [id for instance in memory.instances.values() for id in instance.content]
    waiting = [id for line in memory.lines.values() for number, id in {*line.heap} if memory.is_waiting(number, id)]
    records = c.interactions()
    assert sorted(lying) == sorted(each.id for each in records if each.state is State.IN_WORKBIN)
    assert sorted(waiting) == sorted(each.id for each in records if each.state is State.QUEUED)
    assert sum(line.waiting for line in memory.lines.values()) == len(waiting)
    for record in records:
        assert len(record.holders) <= 1 or c.definition.media[record.media].family is ix.Family.SESSIONS
        assert (record.workbin is not None) == (record.state is State.IN_WORKBIN)
        if record.workbin is not None:
            assert record in c.content(record.workbin)
    having = {(agent, id) for _, _, id, agent, *_ in memory.hands.all()}
    assert having == {(agent, each.id) for each in records for agent in each.holders + each.invited}
    for agent in c.agents:
        assert {each.id for each in c.interactions(agent)} == {id for who, id in having if who == agent}
    known = {(deadline[3], deadline[2]): deadline for deadline in memory.hands.all()}
    for whose, deadline in known.items():
        line = memory.hands.invitations if deadline[5] else memory.hands.heap
        entries = [entry for entry in line if (entry[3], entry[2]) == whose]
        assert entries
        assert min(entries) <= deadline
    for agents in memory.subscribers.values():
        assert len({*agents}) == len(agents) > 0


QUEUES = ["Inbound", "Out"]
IDS = [f"x{number}" for number in range(4)]
WHO = ["a1", "a2", "a3", "boss", "root", "stranger"]
NAMES: dict[str, list[Any]] = {
    "agent": WHO, "target_agent": WHO, "queue_name": [*QUEUES, "Nowhere"], "target_queue": QUEUES, "queue": QUEUES,
    "new_id": IDS, "media": list(ix.GWS.media), "document_id": ["d1", "d2"], "disposition": ["good"],
        "nickname": ["Ann"],
    "twitter_user_id": ["t"], "response_template_id": ["r"], "workbin_type": ["Agent", "Place", "AgentGroup"],
    "workbin_owner": ["a1", "P1", "G"], "workbins": [["own", "own2"], ["own", "group"], ["none"]],
}  # fmt: skip
VALUES: dict[str, list[Any]] = {
    "user_data": [{"key": 1}, {"handling-timeout": 2}, {"deep": [{"er": None}]}], "content": [{"subject": "s"}],
    "keys": [["key"], ["handling-timeout"]], "text": ["hello"], "url": ["http://x"], "comment": ["c"],
}  # fmt: skip
EVERY = tuple(sorted(OPERATIONS))
ODD = [None, 5, [], {}, "", object()]


@st.composite
def commands(draw, operations=EVERY, by=tuple(WHO)):
    """A command of one of the operations, mostly with arguments that fit."""
    operation = draw(st.sampled_from(operations))
    parameters = ix.parameters_of(OPERATIONS[operation])
    given = {"by": draw(st.sampled_from(by))} if parameters and parameters[0].name == "by" else {}
    if any(each.name == "agent_group" for each in parameters):
        given |= draw(st.sampled_from(list(SCOPES.values())))
    for each in parameters:
        choices = NAMES.get(each.name) or VALUES.get(each.name)
        if each.name not in given and choices and (each.required or each.is_target or draw(st.integers(0, 3)) == 0):
            given[each.name] = draw(st.sampled_from(choices))
    if given.get("target_agent") and given.get("target_queue"):
        del given[draw(st.sampled_from(["target_agent", "target_queue"]))]
    if given.get("workbins") and given.get("workbin"):
        del given[draw(st.sampled_from(["workbins", "workbin"]))]
    if given and draw(st.integers(0, 20)) == 0:
        given[draw(st.sampled_from(sorted(given)))] = draw(st.sampled_from(ODD))
    return OPERATIONS[operation](**given)
