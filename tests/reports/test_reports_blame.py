"""Laws of blame: an operation that should have been refused and was accepted is the server's fault, and the finding
says what accepted it, at which line; `right` never names the state that was shown; a repair keeps number and time;
every format says when, and from which line to which."""

import json
import random
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from days import judged, recorded
from faults_of_days import FAULTS as FAULTS_OF_DAYS
from faults_of_days import plant, said

from ixnstate import reports
from ixnstate.cli import cli
from ixnstate.recording.lines import Line, Place
from ixnstate.trace import Finding, Judge, Report, validate

W = {"agent": "a1", "media": "workitem", "interaction": "w1"}
PROCESSING = W | {"state": "Processing"}


def request(seq, operation, agent="a1", **body):
    return {
        "seq": seq, "ts": 1_700_000_000 + seq, "kind": "request", "agent": agent, "interaction": "w1",
        "media": "workitem", "body": {"operationName": operation, **body},
    }  # fmt: skip


def reply(seq, answers, number, code=0, agent="a1"):
    body = {"statusCode": code, "referenceId": number}
    return {
        "seq": seq, "ts": 1_700_000_000 + seq, "kind": "response", "agent": agent, "answers": answers, "body": body,
    }  # fmt: skip


def message(state, capabilities=(), number=None, agent="a1"):
    item = {"id": "w1", "state": state, "capabilities": list(capabilities)}
    numbered = {} if number is None else {"referenceId": number}
    return {"agent": agent, "messageType": "WorkitemStateChangeMessage", **numbered, "workitem": item}


TWICE = [
    PROCESSING, request(2, "Complete"), reply(3, 2, 7), message("Completed", number=7),
    request(5, "Complete"), reply(6, 5, 8),
]  # fmt: skip


def test_the_reply_accepted_it():
    (finding,) = judged(TWICE).findings
    assert (finding.code, finding.place.line) == ("IXN101", 5)
    accepted = finding.accepted
    assert (accepted.kind, accepted.place.line, accepted.says) == ("reply", 6, "done (referenceId 8)")
    assert (accepted.agent, accepted.ts) == ("a1", "2023-11-14T22:13:26Z")
    said = dict(reports.reading.notes(finding))["accepted"]
    assert said == (
        "by the reply in -:6 at 2023-11-14T22:13:26Z, done (referenceId 8): the server is at fault,"
        " which must refuse it,"
        " not the client"
    )
    assert finding.right == "a reply that refuses it, with status code 2"


def test_a_message_accepted_it_where_no_reply_was_recorded():
    lines = [message("Invited", ["Accept", "Reject"]), request(2, "Complete"), message("Completed"), *late("a1")]
    found = judged(lines).findings
    blamed = [each for each in found if each.code == "IXN101"]
    assert [(each.place.line, each.accepted.kind, each.accepted.place.line) for each in blamed] == [
        (2, "notification", 3)
    ]
    assert blamed[0].accepted.says == "state Completed"


def late(agent):
    """Requests about something else, by which it is known that replies are recorded."""
    other = {"interaction": "w2", "media": "workitem"}
    return [
        other | {"agent": agent, "state": "Processing"},
        request(11, "SetInFocus", agent) | other, reply(12, 11, 20, agent=agent),
    ]  # fmt: skip


def test_what_is_asked_and_not_answered_is_nobodys_fault_but_the_clients():
    lines = [PROCESSING, *({**W, "body": {"operationName": "Complete"}} for _ in range(2))]
    (finding,) = judged(lines).findings
    assert finding.accepted is None
    assert "accepted" not in dict(reports.reading.notes(finding))


def test_it_is_known_after_a_break():
    lines = [Line(Place("-", number), json.dumps(value), value) for number, value in enumerate(TWICE, 1)]
    for at in range(len(lines)):
        first, second = Judge(), Judge()
        found = [each for line in lines[:at] for each in first.take(line)]
        second.resume(json.loads(json.dumps(first.save())))
        found += [each for line in lines[at:] for each in second.take(line)]
        assert [each.accepted.place.line for each in [*found, *second.finish()]] == [6]


# === right ==========================================================================================================

FAULTS = sorted((Path(__file__).parents[2] / "docs" / "examples" / "faults").glob("*.jsonl"))


@pytest.mark.parametrize("lines", [
    [PROCESSING, W | {"agent": "a2", "body": {"operationName": "Complete"}}, message("Processing", agent="a3")],
    [PROCESSING, request(2, "Complete"), reply(3, 2, 7), message("Completed", number=7), message("Invited")],
    [PROCESSING, W | {"agent": "a2", "state": "Processing"}],
    [W | {"agent": "a1", "state": "Invited"}, message("Processing", agent="a2"), message("Invited", agent="a3")],
])  # fmt: skip
def test_right_never_names_the_state_that_was_shown(lines):
    found = [each for each in judged(lines).findings if each.code == "IXN201"]
    assert found
    assert [each for each in found if names_what_was_shown(each)] == []


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_right_never_names_it_in_the_examples(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [each for each in judged(lines).findings if names_what_was_shown(each)] == []


@pytest.mark.parametrize("name", FAULTS_OF_DAYS)
def test_the_laws_hold_for_every_fault_of_a_day(name):
    records, _ = said(planted(name))
    done = {
        (each["agent"], each["answers"]): number
        for number, each in enumerate(records, 1)
        if each.get("kind") == "response" and "answers" in each and each["body"].get("statusCode") == 0
    }
    findings = judged(records).findings
    assert findings
    for finding in findings:
        assert not names_what_was_shown(finding)
        request = records[finding.place.line - 1]
        if finding.code == "IXN101" and request.get("kind") == "request":
            accepted = finding.accepted
            assert accepted is not None
            line = done.get((request["agent"], request["seq"]))
            assert accepted.kind in ("reply", "notification")
            assert accepted.kind == "notification" or line in (None, accepted.place.line)


def planted(name):
    """The first day that has a place for the fault."""
    days = (plant(name, recorded(seed, 300), random.Random(seed)) for seed in count())
    return next(each for each in days if each is not None)


def names_what_was_shown(finding):
    state = finding.what.rpartition("state ")[2].split(",")[0] if finding.code == "IXN201" else None
    return state is not None and (state in (finding.right or "").split() or state in finding.expected)


# === what lies in a workbin already =================================================================================


@pytest.mark.parametrize(("before", "workbin", "why"), [
    ("b1", "b1", "it lies in workbin b1 already"),
    ("b1", "b2", "it lies in workbin b1: it must be pulled before it can go into b2"),
    (None, "b2", "it lies in a workbin already"),
])  # fmt: skip
def test_adding_what_lies_in_a_workbin(before, workbin, why):
    def add(name):
        path = f"/api/v2/me/workbins/{name}"
        return {"agent": "a1", "media": "workitem", "path": path, "body": {"operationName": "AddWorkitem", "id": "w1"}}

    start = [PROCESSING, add(before)] if before else [W | {"state": "InWorkbin"}]
    (finding,) = judged([*start, add(workbin)]).findings
    assert (finding.what, finding.why) == ("can't AddWorkitem workitem w1 in state InWorkbin", why)


# === repairs ========================================================================================================


def test_a_repair_keeps_number_and_time(tmp_path):
    path = tmp_path / "day.jsonl"
    lines = [
        W | {"agent": "a1", "state": "Invited", "seq": 1, "ts": "2026-11-02T08:00:00Z"},
        W | {"agent": "a1", "body": {"operationName": "Accept"}, "seq": 2, "ts": "2026-11-02T08:00:01Z"},
        W | {"agent": "a2", "body": {"operationName": "SetInFocus"}, "seq": 3, "ts": "2026-11-02T08:00:02Z"},
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (finding,) = validate(path).findings
    (edit,) = finding.edits
    assert edit.change == "replace"
    new = json.loads(edit.new)
    assert (new["seq"], new["ts"]) == (3, "2026-11-02T08:00:02Z")
    assert (new["agent"], new["body"]["operationName"]) == ("a1", "SetInFocus")


# === every format says when =========================================================================================

WHEN, LATER = "2023-11-14T22:13:25Z", "2023-11-14T22:13:26Z"


@pytest.fixture(scope="module")
def twice():
    return Report(judged(TWICE).findings, (), 2, 1, 1)


def test_json_says_when_and_what_accepted_it(twice):
    (finding,) = reports.as_data(twice)["findings"]
    assert finding["ts"] == WHEN
    assert finding["accepted"] == {
        "kind": "reply", "file": "-", "line": 6, "says": "done (referenceId 8)", "agent": "a1", "ts": LATER,
    }  # fmt: skip


def test_junit_says_when_and_what_accepted_it(twice):
    (failure,) = ElementTree.fromstring(reports.as_junit(twice)).iter("failure")
    assert f"when: {WHEN}" in failure.text
    assert "accepted: by the reply in -:6" in failure.text


def test_sarif_says_when_and_leads_from_line_to_line(twice):
    ((run,),) = [json.loads(reports.as_sarif(twice))["runs"]]
    (result,) = run["results"]
    assert result["properties"]["ts"] == WHEN
    assert f"when: {WHEN}" in result["message"]["text"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    lines = [each["location"]["physicalLocation"]["region"]["startLine"] for each in steps]
    assert (lines, [each["executionTimeUtc"] for each in steps]) == ([5, 6], [WHEN, LATER])
    assert all(each["location"]["message"]["text"] for each in steps)


def test_the_page_says_when_and_what_accepted_it(twice):
    (finding,) = reports.page.data_of(twice, reports.Timelines())["findings"]
    assert finding["ts"] == WHEN
    assert "the reply in -:6" in finding["accepted"]["words"]


def test_the_text_says_when(tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in TWICE))
    assert f"when: {WHEN}" in CliRunner().invoke(cli, ["validate", str(path)]).output


def test_the_cause_comes_first_in_sarif():
    found = judged([PROCESSING, request(2, "Complete"), reply(3, 2, 7, code=2), message("Completed", number=7)])
    (finding,) = found.findings
    assert (finding.code, finding.cause.place.line, finding.cause.says) == ("IXN112", 2, "Complete")
    run = json.loads(reports.as_sarif(Report((finding,), (), 1, 1, 1)))["runs"][0]
    steps = run["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [each["location"]["physicalLocation"]["region"]["startLine"] for each in steps] == [2, finding.place.line]


def test_the_cause_of_a_state_is_the_line_that_led_to_it(tmp_path):
    path = tmp_path / "day.jsonl"
    lines = [PROCESSING, W | {"body": {"operationName": "Complete"}}, W | {"body": {"operationName": "Complete"}}]
    lines += [message("Invited", ["Accept", "Reject"])]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    found = validate(path).findings
    assert [
        (each.code, each.place.line, each.cause.kind, each.cause.place.line, each.cause.says) for each in found
    ] == [
        ("IXN101", 3, "request", 2, "Complete"),
        ("IXN201", 4, "request", 3, "Complete"),
    ]
    results = json.loads(reports.as_sarif(validate(path)))["runs"][0]["results"]
    flows = [each["codeFlows"][0]["threadFlows"][0]["locations"] for each in results]
    assert [[each["location"]["physicalLocation"]["region"]["startLine"] for each in flow] for flow in flows] == [
        [2, 3],
        [3, 4],
    ]


def test_braces_of_a_message_are_doubled():
    finding = Finding("IXN302", Place("f", 1), "", "w{1}", None, "the rule '{0}' does not hold", "it is {1}")
    (result,) = json.loads(reports.as_sarif(Report((finding,), (), 1, 1, 1)))["runs"][0]["results"]
    assert result["message"]["text"] == "the rule '{{0}}' does not hold. why: it is {{1}}"


def test_fixes_are_the_edits(tmp_path):
    path = tmp_path / "day.jsonl"
    lines = [PROCESSING, *(W | {"body": {"operationName": "Complete"}} for _ in range(2))]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    report = validate(path)
    (result,) = json.loads(reports.as_sarif(report))["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    kept = path.read_text().splitlines(keepends=True)
    for each in reversed(change["replacements"]):
        region = each["deletedRegion"]
        assert (region["startColumn"], region["endColumn"]) == (1, 1)
        new = [each["insertedContent"]["text"]] if "insertedContent" in each else []
        kept[region["startLine"] - 1 : region["endLine"] - 1] = new
    path.write_text("".join(kept))
    assert validate(path).ok
