"""Laws of grouping: every finding is in one group, with the first and the last in the order in which they came;
findings of a group differ in names and numbers only; and a group says what its findings have in common."""

import attrs
import pytest
from days import judged
from hypothesis import given
from hypothesis import strategies as st

from ixnstate.recording.lines import Place
from ixnstate.reports.grouping import groups_of, kind_of
from ixnstate.trace import Finding


def begun(name, state="Processing", **more):
    return {"agent": "a1", "media": "workitem", "interaction": name, "state": state} | more


def message(name, state, capabilities, agent="a1"):
    item = {"id": name, "state": state, "capabilities": capabilities}
    return {"agent": agent, "messageType": "WorkitemStateChangeMessage", "workitem": item}


def request(name, operation, agent="a1"):
    return {"agent": agent, "interaction": name, "body": {"operationName": operation}}


def named(findings):
    groups = groups_of(findings)
    return [(group.count, str(group.kind), group.first.place.line, group.last.place.line) for group in groups]


def test_lists_that_differ_are_alike_whatever_the_interaction():
    lines = [message(f"w{number}", "Invited", ["Accept"], f"a{number}") for number in range(162)]
    assert named(judged(lines).findings) == [(162, "IXN203: a notification shows [Accept] in state Invited", 1, 162)]


def test_operations_are_alike_by_operation_and_state():
    lines = []
    for name in ("w1", "w2"):
        lines += [begun(name), request(name, "Complete"), request(name, "Complete"), request(name, "Accept")]
    assert named(judged(lines).findings) == [
        (2, "IXN101: can't Complete workitem * in state Completed", 3, 7),
        (2, "IXN101: can't Accept workitem * in state Completed", 4, 8),
    ]


def test_the_largest_group_is_the_first():
    lines = [message("w0", "Invited", [])]
    lines += [message(f"w{number}", "Invited", ["Accept"]) for number in range(1, 4)]
    assert [count for count, *_ in named(judged(lines).findings)] == [3, 1]


@pytest.mark.parametrize("what", ["a notification answers request 7 of a2", "a notification answers request 81 of bob"])
def test_numbers_and_agents_of_requests_are_left_out(what):
    finding = Finding("IXN201", Place("f", 1), "", "w1", "a1", what, "")
    assert kind_of(finding).what == "a notification answers request * of *"


NAMES = st.sampled_from(["a1", "a2", "w1", "a", "it", "state"])
FINDING = st.builds(
    Finding, st.sampled_from(["IXN101", "IXN201", "IXN203"]), st.builds(Place, NAMES, st.integers(1, 9)), NAMES,
    st.none() | NAMES, st.none() | NAMES, st.text(max_size=5) | NAMES, st.just(""),
)  # fmt: skip


@given(st.lists(FINDING, max_size=12))
def test_each_finding_is_in_one_group(findings):
    groups = groups_of(findings)
    assert sum(group.count for group in groups) == len(findings)
    assert len({group.kind for group in groups}) == len(groups)
    for group in groups:
        members = [each for each in findings if kind_of(each) == group.kind]
        assert (len(members), members[0], members[-1]) == (group.count, group.first, group.last)


@given(FINDING, st.integers(1, 9), st.sampled_from(["x1", "y2"]))
def test_the_same_elsewhere_is_alike(finding, line, agent):
    said = "it is said to be in state Invited, with"
    one = attrs.evolve(finding, interaction="w1", agent="a1", what=f"{said} a1")
    again = attrs.evolve(one, place=Place("g", line), interaction="other", agent=agent, what=f"{said} {agent}")
    assert len(groups_of([one, again])) == 1
