"""OCEL 2.0 JSON: what is written is valid and says what the recording says;
what others write is read as well as can be."""

import gzip
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from messages_of_days import day
from records import recorded_day
from repairs import without_exact_repairs

import ixnstate as ix
from ixnstate.cli import cli
from ixnstate.recording.lines import Line
from ixnstate.trace import open_lines, record_schema, validate, write_ocel
from ixnstate.views import documented
from ixnstate.vocabulary import When

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
TRACES = sorted([*EXAMPLES.glob("*.jsonl"), *EXAMPLES.glob("faults/*.jsonl")])

# === what the standard demands ======================================================================================

_TEXT = {"type": "string"}


def _all(properties, required):
    return {"type": "array", "items": {"type": "object", "properties": properties, "required": required}}


_TYPES = _all(
    {"name": _TEXT, "attributes": _all({"name": _TEXT, "type": _TEXT}, ["name", "type"])}, ["name", "attributes"]
)
_RELATIONS = _all({"objectId": _TEXT, "qualifier": _TEXT}, ["objectId", "qualifier"])
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_VALUE = {"name": _TEXT, "value": _TEXT}
OCEL = Draft202012Validator({
    "type": "object",
    "properties": {
        "objectTypes": _TYPES,
        "eventTypes": _TYPES,
        "objects": _all(
            {"id": _TEXT, "type": _TEXT, "relationships": _RELATIONS,
             "attributes": _all({**_VALUE, "time": _MOMENT}, ["name", "value", "time"])},
            ["id", "type"],
        ),
        "events": _all(
            {"id": _TEXT, "type": _TEXT, "time": _MOMENT, "relationships": _RELATIONS,
             "attributes": _all(_VALUE, ["name", "value"])},
            ["id", "type", "time"],
        ),
    },
    "required": ["objectTypes", "eventTypes", "objects", "events"],
})  # fmt: skip

_IS: dict[str, Any] = {"string": str, "integer": int, "boolean": {"true": True, "false": False}.__getitem__}


def assert_valid(log):
    """The schema; and what no schema says: ids are unique, references lead somewhere, attributes are of their types."""
    OCEL.validate(log)
    for key in ("objects", "events"):
        ids = [each["id"] for each in log[key]]
        assert len(ids) == len(set(ids)), key
    types = {each["id"]: each["type"] for each in log["objects"]}
    declared = {
        (key, each["name"], attribute["name"]): attribute["type"]
        for key in ("object", "event")
        for each in log[f"{key}Types"]
        for attribute in each["attributes"]
    }
    for key in ("object", "event"):
        assert {each["type"] for each in log[f"{key}s"]} <= {each["name"] for each in log[f"{key}Types"]}
        for each in log[f"{key}s"]:
            for attribute in each["attributes"]:
                _IS[declared[key, each["type"], attribute["name"]]](attribute["value"])
            pairs = [(types[one["objectId"]], one["objectId"], one["qualifier"]) for one in each["relationships"]]
            assert len(pairs) == len(set(pairs))


# === there and back =================================================================================================


def written(path):
    out = io.StringIO()
    wrong = write_ocel(open_lines(path), out)
    return out.getvalue(), wrong


def without_lines(finding):
    """The repair, without the numbers of the lines of which it speaks."""
    return finding.repair and re.sub(r"line \d+", "line", finding.repair)


def said(report):
    """All that a report says but for places, and texts, in which events stand."""
    findings = [
        (each.code, each.interaction, each.agent, each.what, each.why, each.right, without_lines(each), each.seq)
        for each in report.findings
    ]
    counts = (
        report.operations, report.notifications, report.interactions, report.repeats, report.gaps,
        report.undetermined, report.lists, report.rules,
    )  # fmt: skip
    return findings, counts


def assert_the_same(path, folder):
    text, wrong = written(path)
    assert_valid(json.loads(text))
    copy = folder / "log.ocel.json"
    copy.write_text(text)
    before, after = validate(path), validate(copy)
    assert said(after) == said(before)
    problems = [
        sorted(each.problem.removeprefix("data.") for each in some for _ in range(each.count))
        for some in ((*wrong, *after.unreadable), before.unreadable)
    ]
    assert problems[0] == problems[1]
    places = {each.place.line: json.loads(line.strip(",")) for each, line in told(after.findings, text)}
    assert all("position" in str(event) for event in places.values())
    return before


def told(findings, text):
    """Each finding with the line of the document where it stands."""
    lines = text.splitlines()
    return [(each, lines[each.place.line - 1]) for each in findings]


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_an_example_is_judged_alike(path, tmp_path):
    assert_the_same(path, tmp_path)


@pytest.mark.parametrize("seed", range(6))
@without_exact_repairs()
def test_a_day_with_anything_in_it_is_judged_alike(seed, tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_text("\n".join(day(seed)))
    found = assert_the_same(path, tmp_path)
    assert found.findings
    assert found.unreadable


@given(st.integers(0, 10_000), st.data())
@settings(max_examples=25, deadline=None)
@without_exact_repairs()
def test_a_full_trace_with_faults_is_judged_alike(tmp_path_factory, seed, data):
    """Requests, replies and notifications of a day; some are left out, stand twice, or are put elsewhere."""
    lines = [json.dumps(line) for line in recorded_day(seed, 40)]
    for _ in range(data.draw(st.integers(0, 6))):
        at, to = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
        lines[at:at] = data.draw(st.sampled_from([[], [lines[at]]]))
        lines.insert(to, lines.pop(at))
    folder = tmp_path_factory.mktemp("full")
    path = folder / "day.jsonl"
    path.write_text("\n".join(lines))
    assert_the_same(path, folder)


def test_a_finding_stands_at_the_line_of_its_event(tmp_path):
    text, _ = written(EXAMPLES / "faults" / "complete-twice.jsonl")
    for name, content in (("log.json", text), ("pretty.json", json.dumps(json.loads(text), indent=3))):
        (tmp_path / name).write_text(content)
        (finding,) = validate(tmp_path / name).findings
        beginning = content.splitlines()[finding.place.line - 1 : finding.place.line + 1]
        assert '"id": "e3"' in "".join(beginning)


def test_one_event_relates_to_interaction_workbin_and_agent():
    text, _ = written(EXAMPLES / "001-pull-from-workbin.jsonl")
    log = json.loads(text)
    event = next(each for each in log["events"] if each["type"] == "PullWorkitem")
    types = {each["id"]: each["type"] for each in log["objects"]}
    assert [(types[each["objectId"]], each["qualifier"]) for each in event["relationships"]] == [
        ("interaction", "of"), ("agent", "by"), ("workbin", "in"),
    ]  # fmt: skip


def test_times_are_utc_and_lines_without_one_keep_that_of_the_line_before(tmp_path):
    path = tmp_path / "trace.jsonl"
    states = [{"interaction": "W1", "media": "workitem", "state": "Queued", "ts": ts} for ts in
              (None, "2026-01-05T09:00:00+01:00", None, 1767603601500)]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, states)))
    text, _ = written(path)
    assert [each["time"] for each in json.loads(text)["events"]] == [
        "1970-01-01T00:00:00Z", "2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z", "2026-01-05T09:00:01.500000Z",
    ]  # fmt: skip
    copy = tmp_path / "log.json"
    copy.write_text(text)
    assert ["ts" in line.value for line in open_lines(copy)] == [False, True, False, True]


def test_an_agent_who_is_called_like_an_interaction(tmp_path):
    path = tmp_path / "trace.jsonl"
    path.write_text(
        json.dumps({"interaction": "X", "media": "chat", "state": "Chatting", "agent": "X", "workbin": "X"})
    )
    text, _ = written(path)
    assert_valid(json.loads(text))
    assert len(json.loads(text)["objects"]) == 3


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nonsense", "not valid JSON at column 1"),
        ('{"kind": "reply"}', "kind: must be one of"),
        ('{"kind": "response", "status": "ok"}', "status: must be a integer"),
        ('{"interaction": "X", "state": "Queued", "ts": 1e15}', "ts: "),
    ],
)
def test_what_cannot_be_written_is_named(line, problem, tmp_path):
    path = tmp_path / "trace.jsonl"
    path.write_text(f'{line}\n{{"interaction": "X", "media": "chat", "state": "Queued"}}\n')
    text, (wrong,) = written(path)
    assert problem in wrong.problem
    assert wrong.place.line == 1
    gap, state = json.loads(text)["events"]
    assert (gap["type"], state["type"]) == ("gap", "Queued")


def test_the_command_writes_a_document_that_can_be_judged(tmp_path):
    log = tmp_path / "log.ocel.json"
    bad = str(EXAMPLES / "faults" / "complete-twice.jsonl")
    result = CliRunner().invoke(cli, ["ocel", bad])
    assert result.exit_code == 0
    assert CliRunner().invoke(cli, ["ocel", bad, "-o", str(log)]).output == ""
    assert result.output == log.read_text()
    assert CliRunner().invoke(cli, ["validate", str(log)]).exit_code == 1
    missing = CliRunner().invoke(cli, ["ocel", str(tmp_path / "none"), bad])
    assert missing.exit_code == 2
    assert "No such file" in missing.output


# === what others write ==============================================================================================

OBJECTS = [
    {"id": "W1", "type": "interaction",
     "attributes": [{"name": "media", "time": "1970-01-01T00:00:00Z", "value": "workitem"}]},
    {"id": "C1", "type": "Chat"},
    {"id": "a1", "type": "agent"},
    {"id": "a2", "type": "agent"},
    {"id": "bin", "type": "workbin"},
    {"id": "In", "type": "queue"},
]  # fmt: skip


def event(number, type, *related, time=None, **attributes):
    return {
        "id": f"x{number}", "type": type, "time": time or f"2026-01-05T09:00:{number:02}Z",
        "attributes": [{"name": name, "value": value} for name, value in attributes.items()],
        "relationships": [{"objectId": id, "qualifier": qualifier} for id, _,
            qualifier in (each.partition(":") for each in related)],
    }  # fmt: skip


def log_of(*events, objects=OBJECTS):
    return {"objectTypes": [], "eventTypes": [], "objects": objects, "events": list(events)}


def read(folder, *events, indent=1, objects=OBJECTS):
    path = folder / "log.json"
    path.write_text(json.dumps(log_of(*events, objects=objects), indent=indent))
    return validate(path), path


LIFE = (
    event(1, "Invited", "W1", "a1"),
    event(2, "Accept", "W1", "a1"),
    event(3, "Processing", "W1", "a1"),
    event(4, "AddWorkitem", "W1", "a1", "bin"),
    event(5, "InWorkbin", "W1", "a1", "bin"),
    event(6, "PullWorkitem", "W1", "a1", "bin"),
    event(7, "Transfer", "W1", "a1:by", "a2:target"),
    event(8, "Invited", "W1", "a2"),
    event(9, "Accept", "W1", "a2"),
    event(10, "PlaceInQueue", "W1", "a2", "In"),
)


@pytest.mark.parametrize("indent", [None, 2])
def test_events_are_named_by_operations_and_states(tmp_path, indent):
    found, _ = read(tmp_path, *LIFE, indent=indent)
    assert found.ok, found
    assert (found.operations, found.notifications, found.interactions) == (6, 4, 1)
    assert found.lists == {}, "what was not recorded is not counted"


@pytest.mark.parametrize("left_out", range(len(LIFE)))
def test_a_step_that_is_missing_is_noticed(tmp_path, left_out):
    found, path = read(tmp_path, *(each for number, each in enumerate(LIFE) if number != left_out))
    assert not found.unreadable
    needed = {3: 4, 5: 6, 6: 7, 8: 9}  # before any request, a notification tells of the operation, too
    if left_out in needed:
        line = path.read_text().splitlines()[found.findings[0].place.line]
        assert line.strip() == f'"id": "{LIFE[needed[left_out]]["id"]}",'


NEEDS = {"Save", "RemoveParticipantFromConference", "RemoveAttachment"}


@pytest.mark.parametrize("media", list(ix.GWS.media))
def test_every_operation_is_legal_by_its_name_alone(tmp_path, media):
    """Whatever an event leaves out is taken to have been right, but for what must be there to be taken off."""
    things = [*OBJECTS, {"id": "X", "type": media}]
    for state in ix.GWS.media[media].states:
        for edge in ix.GWS.edges(media):
            if edge.source is state and edge.when is When.ALWAYS and edge.operation not in NEEDS:
                start = event(1, state, "X", "a1") if state != "Queued" else event(1, state, "X")
                found, _ = read(tmp_path, start, event(2, edge.operation, "X", "a1", "bin"), objects=things)
                assert not found.unreadable, (edge, found)
                assert not [each for each in found.findings if each.refusal and "parameter" in each.refusal.code], (
                    edge, found.findings,
                )  # fmt: skip


def test_a_medium_may_be_the_type_of_the_object(tmp_path):
    found, _ = read(tmp_path, event(1, "Invited", "C1", "a1"), event(2, "Accept", "C1", "a1", nickname="Al"))
    assert found.ok, found
    assert found.interactions == 1


def test_events_are_put_in_the_order_of_time(tmp_path):
    found, _ = read(tmp_path, *reversed(LIFE))
    assert found.ok, found
    assert said(found) == said(read(tmp_path, *LIFE)[0])


def test_capabilities_that_were_recorded_are_judged(tmp_path):
    (right, *_) = documented("workitem", "Processing").values()
    found, _ = read(tmp_path, event(1, "Processing", "W1", "a1", capabilities=json.dumps(right)))
    assert found.ok
    assert sum(found.lists.values()) == 1
    found, _ = read(tmp_path, event(1, "Processing", "W1", "a1", capabilities=json.dumps(right[:1])))
    assert [each.code for each in found.findings] == ["IXN203"]


def test_events_may_be_named_by_the_kind_of_a_record(tmp_path):
    body = {"messageType": "WorkitemStateChangeMessage",
        "workitem": {"id": "W1", "state": "Invited", "capabilities": ["Accept", "Reject"]}}  # fmt: skip
    found, path = read(
        tmp_path,
        event(1, "notification", "W1", "a1", body=json.dumps(body)),
        event(2, "request", "W1", "a1", body='{"operationName": "Accept"}', path="/api/v2/me/workitems/W1"),
        event(3, "response", "a1", status=200.0, body={"statusCode": 0, "referenceId": 7}),
        event(4, "meta", channel="/meta/connect"),
        event(5, "request", "W1", "a1", operationName="Complete"),
        event(6, "notification", "W1", "a1", state="Completed"),
    )
    assert found.ok, found
    assert (found.operations, found.notifications) == (2, 2)
    schema = Draft202012Validator(record_schema())
    for line in open_lines(path):
        assert isinstance(line, Line)
        assert schema.is_valid({"seq": 1, **line.value}), line.value


def test_events_about_no_interaction_are_passed_over(tmp_path):
    found, _ = read(tmp_path, *LIFE[:3], event(4, "Lunch", "a1"))
    assert found.ok


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (7, "an event of OCEL must be an object, not 7"),
        (event(1, "Lunch", "W1", "a1"), "type: 'Lunch' is neither an operation nor a state"),
        (event(1, "Accept", "W2"), "relationships: there is no object 'W2'"),
        (event(1, "Accept", "W1", time="noon"), "time: 'noon' is not an ISO 8601 time"),
        ({**event(1, "Accept", "W1"), "time": 7}, "time: 7 is not an ISO 8601 time"),
        ({**event(1, "Accept", "W1"), "type": ""}, "type: must be a string"),
        ({**event(1, "Accept", "W1"), "id": None}, "id: must be a string"),
        ({**event(1, "Accept", "W1"), "relationships": {"W1": ""}}, "relationships: must be a list of objects"),
        ({**event(1, "Accept", "W1"), "relationships": [{"objectId": ["W1"]}]},
         "relationships: there is no object ['W1']"),
        ({**event(1, "Accept", "W1"), "attributes": [{"value": 1}]}, "name: must be a string"),
        (event(1, "notification", "W1", body="{"), "body: '{' is not valid JSON"),
        (event(1, "notification", "W1", body='{"a": NaN}'), "body: "),
        (event(1, "notification", "W1", body="{}", seq="one"), "seq: 'one' is not a whole number"),
        (event(1, "notification", "W1", body="{}", seq=1.5), "seq: 1.5 is not a whole number"),
        (event(1, "Accept", "W1", position=[]), "position: [] is not a whole number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_wrong_event_is_named_and_does_not_stop_the_rest(tmp_path, wrong, problem):
    found, path = read(tmp_path, *LIFE[:4], wrong, *LIFE[4:])
    (each,) = found.unreadable
    assert each.problem.startswith(problem)
    assert found.findings == ()
    assert found.operations == 6
    lines = path.read_text().splitlines()
    assert "".join(lines[each.place.line - 1 :]).lstrip().startswith(json.dumps(wrong, indent=1)[:1])
    text = "\n".join(lines[each.place.line - 1 :]).strip()
    assert json.JSONDecoder().raw_decode(text)[0] == wrong


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["id", "type", "time", "attributes", "relationships", "objectId", "name",
                            "value", "body"]),
                        inner, max_size=5), max_leaves=12), st.booleans())  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_nothing_that_an_event_or_an_object_can_be_stops_the_reading(tmp_path_factory, junk, as_object):
    folder = tmp_path_factory.mktemp("junk")
    objects, events = ([junk, *OBJECTS], LIFE) if as_object else (OBJECTS, (junk, *LIFE))
    found, _ = read(folder, *events, objects=objects)
    assert found.operations == 6
    assert found.findings == ()


def test_the_events_of_a_document_are_those_at_its_top(tmp_path):
    """Members called events elsewhere, and a second one at the top, do not lead astray: the last counts, as in JSON."""
    log = json.dumps(log_of(*LIFE), indent=1)
    text = '{"x": {"events": [\n{}]}, "events": [\n1, 2],\n"y": "\\"events\\": [", ' + log.lstrip("{")
    path = tmp_path / "log.json"
    path.write_text(text)
    assert validate(path).ok
    lines = [line.place.line for line in open_lines(path)]
    assert all(later > earlier for earlier, later in pairwise(lines))
    assert text.splitlines()[lines[0]].strip() == '"id": "x1",'


def test_compressed_and_on_standard_input(tmp_path, monkeypatch):
    packed = gzip.compress(json.dumps(log_of(*LIFE), indent=1).encode())
    path = tmp_path / "log.json.gz"
    path.write_bytes(packed)
    assert validate(path).operations == 6
    monkeypatch.setattr("sys.stdin", type("Input", (), {"buffer": io.BytesIO(packed)}))
    assert validate("-").operations == 6


@pytest.mark.parametrize("key", ["events first", "objects first"])
def test_a_document_that_breaks_off_is_read_as_far_as_it_goes(tmp_path, key):
    if key == "events first":
        text, _ = written(EXAMPLES / "faults" / "complete-twice.jsonl")
        cut, expected = text.index('"objects"'), (2, 1)
    else:
        text = json.dumps(log_of(*LIFE), indent=1)
        cut, expected = text.index('"id": "x5"'), (2, 0)
    path = tmp_path / "log.json"
    path.write_text(text[:cut])
    found = validate(path)
    assert (found.operations, len(found.findings)) == expected
    (broken,) = found.unreadable
    assert "the document is not read on" in broken.problem
    assert broken.place.line == text[:cut].count("\n") + 1
