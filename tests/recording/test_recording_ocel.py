"""OCEL documents of others that are not in order: one clear line for each kind of thing, and the rest is read."""

import json

import pytest

from ixnstate.trace import validate


def problems(folder, document, **options):
    path = folder / "log.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document, **options))
    report = validate(path)
    assert not report.findings
    return [(each.problem, each.count) for each in report.unreadable], report


def event(**more):
    related = [{"objectId": "w1", "qualifier": "of"}, {"objectId": "a1", "qualifier": "by"}]
    return {
        "id": "e",
        "type": "Invited",
        "time": "2026-03-02T09:00:00Z",
        "attributes": [],
        "relationships": related,
        **more,
    }


OBJECTS = [{"id": "w1", "type": "workitem"}, {"id": "a1", "type": "agent"}]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("date", ["Mon Mar 02 2026 10:00:00 GMT+0100 (CET)", "Mon, 02 Mar 2026 09:00:00 GMT"])
def test_dates_of_javascript_are_one_line(date, indent, tmp_path):
    found, _ = problems(tmp_path, {"objects": OBJECTS, "events": [event(time=date)] * 50}, indent=indent)
    assert found == [("time: this is a date as JavaScript prints it, and OCEL 2.0 has ISO 8601 (toISOString)", 50)]


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1772442000", 1772442000, None]
)
def test_times_that_no_clock_has(time, tmp_path):
    found, report = problems(tmp_path, {"objects": OBJECTS, "events": [event(time=time), event()]})
    assert [count for _, count in found] == [1]
    assert "time: " in found[0][0]
    assert report.notifications == 1


@pytest.mark.parametrize("indent", [None, 1])
def test_null_attributes_and_relationships_are_none(indent, tmp_path):
    told = [
        event(attributes=None),
        event(attributes=[{"name": "queueName", "value": None}]),
        event(type="x", relationships=None),
    ]
    found, report = problems(
        tmp_path, {"objects": [*OBJECTS, {"id": "x", "type": "x", "attributes": None}], "events": told}, indent=indent
    )
    assert found == []
    assert report.notifications == 2


@pytest.mark.parametrize("indent", [None, 1])
def test_ocel_1_is_one_line(indent, tmp_path):
    old = {
        "ocel:global-log": {"ocel:version": "1.0", "ocel:ordering": "timestamp"},
        "ocel:events": {f"e{n}": {"ocel:activity": "Accept", "ocel:timestamp": "2026-03-02 09:00:00",
            "ocel:omap": ["w1"]} for n in range(9)},
        "ocel:objects": {"w1": {"ocel:type": "workitem", "ocel:ovmap": {}}},
    }  # fmt: skip
    found, _ = problems(tmp_path, old, indent=indent)
    assert [count for _, count in found] == [1]
    assert "this is OCEL 1.0" in found[0][0] if indent else "OCEL 1.0" in found[0][0]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("key", ["objects", "events"])
@pytest.mark.parametrize("junk", [5, None, {}, "x"], ids=repr)
def test_a_part_that_is_no_list_is_one_line(junk, key, indent, tmp_path):
    document = {"objects": OBJECTS, "events": [event()], key: junk}
    found, _ = problems(tmp_path, document, indent=indent)
    assert 1 <= len(found) <= 2
    assert (f"{key}: must be a list", 1) in found


def test_members_that_are_anything(tmp_path):
    members = [
        5,
        None,
        [],
        "x",
        {},
        {"id": 1},
        event(type=[]),
        event(attributes=5),
        event(relationships=[5]),
        event(id=None),
        event(),
    ]
    for indent in (None, 1):
        found, report = problems(
            tmp_path, {"objects": [*OBJECTS, 5, None, [], {"id": []}], "events": members}, indent=indent
        )
        assert sum(count for _, count in found) == 10
        assert report.notifications == 1


def test_lines_that_begin_oddly(tmp_path):
    text = json.dumps({"objects": OBJECTS, "events": [event()]}, indent=1)
    for mark in ("\r", "\x0b", "\x0c", "\u2028", "\x85", "\x00", "]", "}", ","):
        found, _ = problems(tmp_path, text.replace('\n "events"', f'\n{mark} "events"'))
        assert (0 if mark in ("\r", ",") else 1) <= len(found) <= 2, (mark, found)
