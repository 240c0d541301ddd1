"""What agents are told of the content of workbins fits together; and who is not told is not accused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import ACTIONS, change, subscription

import ixnstate as ix
from ixnstate.recording.lines import Line, Place
from ixnstate.trace import Finding, Judge, judged
from ixnstate.trace.partition import JudgeOptions, judge_in_parts


def lines(values):
    return [Line(Place("-", number), json.dumps(value), value) for number, value in enumerate(values, 1)]


def found(values, **options):
    judge = Judge(**options)
    return [(each.code, each.place.line) for each in (*judged(judge, lines(values)), *judge.finish())]


def in_parts(values):
    findings, _ = judge_in_parts(lines(values), JudgeOptions(agent=None), parts=3)
    return sorted((each.code, each.place.line) for each in findings)


ADDED, REMOVED = change("ItemAdded"), change("ItemRemoved")
WRONG = {
    "added twice": ([ADDED, ADDED], [("IXN401", 2)]),
    "added twice, and once more after it": ([ADDED, ADDED, REMOVED, ADDED], [("IXN401", 2)]),
    "removed twice": ([ADDED, REMOVED, REMOVED], [("IXN402", 3)]),
    "removed twice, unknown before": ([REMOVED, REMOVED], [("IXN402", 2)]),
    "of a group": ([change("ItemAdded", agentGroup="G")] * 2, [("IXN401", 2)]),
}
RIGHT = {
    "in turns": [ADDED, REMOVED, ADDED, REMOVED],
    "unknown before": [REMOVED, ADDED],
    "to several agents": [change(action, agent=agent) for action in ACTIONS for agent in ("a1", "a2")],
    "another item": [ADDED, change("ItemAdded", "w2")],
    "from one to another": [ADDED, REMOVED, change("ItemAdded", workbin="b2")],
    "no agent": [{**ADDED, "agent": None}] * 3,
    "another group": [change(action, agentGroup=group) for group in "GH" for action in ACTIONS],
    "not subscribed meanwhile": [ADDED, subscription("Unsubscribed"), subscription(), ADDED],
}


@pytest.mark.parametrize(("values", "expected"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_found(values, expected):
    assert found(values) == expected
    assert in_parts(values) == expected


@pytest.mark.parametrize("values", RIGHT.values(), ids=RIGHT)
def test_what_may_be_is_no_finding(values):
    assert found(values) == []
    assert in_parts(values) == []


def test_an_item_is_in_one_workbin():
    values = [ADDED, change("ItemAdded", workbin="b2")]
    (finding,) = judged(Judge(), lines(values))
    assert (finding.code, finding.severity, finding.evidence) == ("IXN401", "warning", ix.Evidence.INFERRED)
    assert found([*values, change("ItemRemoved", workbin="b2"), ADDED]) == [("IXN401", 2)]
    assert found([ADDED, subscription("Unsubscribed"), change("ItemAdded", workbin="b2")]) == []


def test_missing_messages_are_gaps_where_there_may_be_some():
    judge = Judge(gaps=1)
    assert list(judged(judge, lines([ADDED, ADDED]))) == []
    assert judge.gaps == 1


def test_a_double_record_counts_once():
    record = {
        "seq": 1,
        "kind": "notification",
        "agent": "a1",
        "body": {key: ADDED[key] for key in ADDED if key != "agent"},
    }
    assert found([record, record]) == []
    assert in_parts([record, record]) == []
    assert found([record, {**record, "seq": 2}]) == [("IXN401", 2)]


changes = st.lists(
    st.builds(change, st.sampled_from(ACTIONS), st.sampled_from("wx"), agent=st.sampled_from(["a1", "a2"]))
    | st.builds(subscription)
)


@given(changes)
def test_parts_and_the_stream_agree(values):
    assert in_parts(values) == sorted(found(values))


@given(changes, st.data())
def test_a_run_that_goes_on_knows_what_was_in_workbins(values, data):
    at = data.draw(st.integers(0, len(values)))
    first, second = Judge(), Judge()
    begun = [*judged(first, lines(values)[:at])]
    second.resume(json.loads(json.dumps(first.save())))
    rest = [*judged(second, lines(values)[at:])]
    assert [(each.code, each.place.line) for each in (*begun, *rest) if isinstance(each, Finding)] == found(values)
