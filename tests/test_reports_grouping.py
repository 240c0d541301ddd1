"""Laws of grouping: every finding is in one group, in its order; findings of a group differ in names and numbers only;
and a group is named by what its findings have in common."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import judged

from ixnstate.recording.lines import Place
from ixnstate.reports.grouping import alike
from ixnstate.trace import Finding


def begun(name, state="Processing", **more):
    return {"agent": "a1", "media": "workitem", "interaction": name, "state": state} | more


def message(name, state, capabilities, agent="a1"):
    item = {"id": name, "state": state, "capabilities": capabilities}
    return {"agent": agent, "messageType": "WorkitemStateChangeMessage", "workitem": item}


def request(name, operation, agent="a1"):
    return {"agent": agent, "interaction": name, "body": {"operationName": operation}}


def named(findings):
    return [(str(group), group.first.place.line, group.last.place.line) for group in alike(findings)]


def test_lists_that_differ_are_alike_whatever_the_interaction():
    lines = [message(f"w{number}", "Invited", ["Accept"], f"a{number}") for number in range(162)]
    assert named(judged(lines).findings) == [("162 x IXN203 of list [Accept] in state Invited", 1, 162)]


def test_no_list_is_named_so():
    (group,) = alike(judged([message("w1", "Invited", [])]).findings)
    assert str(group) == "1 x IXN203 of no capabilities in state Invited"


def test_operations_are_alike_by_operation_state_and_reason():
    lines = []
    for name in ("w1", "w2"):
        lines += [begun(name), request(name, "Complete"), request(name, "Complete"), request(name, "Accept")]
    assert [(text, first) for text, first, _ in named(judged(lines).findings)] == [
        ("2 x IXN101 Complete for a workitem in state Completed: final state", 3),
        ("2 x IXN101 Accept for a workitem in state Completed: final state", 4),
    ]


def test_states_that_cannot_be_are_alike_by_what_was_expected():
    lines = []
    for name in ("w1", "w2", "w3"):
        lines += [begun(name), request(name, "Complete"), message(name, "Completed", [])]
        lines += [message(name, "Invited", ["Accept", "Reject"])]
    assert [group.count for group in alike(judged(lines).findings)] == [3]


@pytest.mark.parametrize("what", ["a notification answers request 7 of a2", "a notification answers request 81 of a9"])
def test_numbers_and_agents_of_requests_are_left_out(what):
    finding = Finding("IXN201", Place("f", 1), "", "w1", "a1", what, "")
    assert [group.about for group in alike([finding])] == ["a notification answers a request"]


NAMES = st.sampled_from(["a1", "a2", "w1", "a", "it", "state"])
FINDING = st.builds(
    Finding, st.sampled_from(["IXN101", "IXN201", "IXN203"]), st.builds(Place, NAMES, st.integers(1, 9)), NAMES,
    st.none() | NAMES, st.none() | NAMES, st.text(max_size=5) | NAMES, st.just(""),
)  # fmt: skip


@given(st.lists(FINDING, max_size=12))
def test_each_finding_is_in_one_group_in_its_order(findings):
    groups = alike(findings)
    assert sorted(id(each) for group in groups for each in group.findings) == sorted(map(id, findings))
    order = {id(each): number for number, each in enumerate(findings)}
    for group in groups:
        numbers = [order[id(each)] for each in group.findings]
        assert numbers == sorted(numbers)
        assert {each.code for each in group.findings} == {group.code}
    firsts = [order[id(group.first)] for group in groups]
    assert firsts == sorted(firsts)


@given(FINDING, st.integers(1, 9), st.sampled_from(["x1", "y2"]))
def test_the_same_elsewhere_is_alike(finding, line, agent):
    said = "it is said to be in state Invited, with"
    one = attrs.evolve(finding, code="IXN201", agent="a1", what=f"{said} a1")
    again = attrs.evolve(one, place=Place("g", line), interaction="other", agent=agent, what=f"{said} {agent}")
    assert len(alike([one, again])) == 1
