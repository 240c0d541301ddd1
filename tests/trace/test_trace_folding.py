"""Rows that are sorted by interaction and time are judged as the recording is, wherever batches end."""

import pytest
from messages_of_days import day, line, shows, write
from test_trace_quick import slowly

from ixnstate.recording.lines import Unreadable
from ixnstate.trace import Judge, fold_sorted, judged, keyed, open_lines


@pytest.mark.parametrize("seed", range(4))
def test_sorted_rows_are_judged_alike(seed, tmp_path):
    path = write(tmp_path, day(seed))
    rows = sorted(keyed(open_lines(path)), key=lambda row: row[:3])
    options = {"rules": ()}
    found = list(fold_sorted([rows[:100], rows[100:]], **options))
    expected = slowly(path, **options)
    assert {(each.code, each.place.line) for each in found if not isinstance(each, Unreadable)} == {
        (each.code, each.place.line) for each in expected.findings
    }
    # the same problem on line after line is one entry of a report; rows are reported one by one
    one_by_one = judged(Judge(**options), open_lines(path))
    assert {each.place.line for each in found if isinstance(each, Unreadable)} == {
        each.place.line for each in one_by_one if isinstance(each, Unreadable)
    }


def test_a_reply_goes_with_its_request():
    values = [
        shows("Invited"),
        {
            "seq": 2,
            "agent": "a1",
            "kind": "request",
            "path": "/api/v2/me/workitems/W1",
            "body": {"operationName": "Complete"},
        },
        shows("Invited", interaction="W2"),
        {"seq": 3, "agent": "a1", "kind": "response", "body": {"statusCode": 0}},
    ]
    rows = list(keyed(line(number, value) for number, value in enumerate(values, 1)))
    assert [row.key for row in rows] == ["W1", "W1", "W2", "W1"]
    assert [(each.code, each.place.line) for each in fold_sorted([sorted(rows, key=lambda row: row[:3])])] == [
        ("IXN101", 2)
    ]
