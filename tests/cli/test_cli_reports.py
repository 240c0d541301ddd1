"""The command line of reports: formats, files, codes, coverage, the smallest recording, two definitions."""

import json
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from lives import on_a_terminal

from ixnstate import reports, trace
from ixnstate.cli import cli

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GOOD = EXAMPLES / "001-pull-from-workbin.jsonl"
BAD = EXAMPLES / "faults" / "complete-twice.jsonl"


def run(line, *files, status=None):
    result = CliRunner().invoke(cli, [*shlex.split(line), *map(str, files)], catch_exceptions=False)
    assert status is None or result.exit_code == status, result.output
    return result


# --- formats --------------------------------------------------------------------------------------------------------

READ = {
    "json": lambda text: len(json.loads(text)["findings"]),
    "junit": lambda text: len(list(ElementTree.fromstring(text).iter("failure"))),
    "sarif": lambda text: len(json.loads(text)["runs"][0]["results"]),
    "text": lambda text: text.count("IXN101: "),
    "html": lambda text: text.count('"code":"IXN101"'),
}


@pytest.mark.parametrize("form", READ)
def test_a_format_can_be_printed_and_written(form, tmp_path):
    path = tmp_path / "report"
    printed = run(f"validate --format {form}", BAD, status=1).stdout
    verdict = run(f"validate --format {form} -o '{path}'", BAD, status=1).stdout
    assert READ[form](printed) == READ[form](path.read_text(encoding="utf-8")) == 1
    assert verdict == "1 finding in 2 operations, 0 notifications of 1 interaction\n"
    assert READ[form](run(f"validate --format {form}", GOOD, status=0).stdout) == 0


def test_the_formats_are_what_the_library_makes():
    report = trace.validate(BAD)
    assert run("validate --format json", BAD).stdout == reports.as_json(report)
    assert run("validate --format junit", BAD).stdout == reports.as_junit(report)
    assert run("validate --format sarif", BAD).stdout == reports.as_sarif(report)


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "html"])
def test_a_file_that_is_missing_does_not_look_legal(form, tmp_path):
    missing = tmp_path / "missing.jsonl"
    shown = run(f"validate --format {form}", missing, status=2).stdout
    if form == "json":
        assert json.loads(shown)["ok"] is False
    elif form == "junit":
        assert len(list(ElementTree.fromstring(shown).iter("error"))) == 1
    elif form == "sarif":
        assert json.loads(shown)["runs"][0]["invocations"][0]["executionSuccessful"] is False
    else:
        assert '"could not be opened"' in shown


def test_a_text_in_a_file_has_no_colours(tmp_path):
    path = tmp_path / "report.txt"
    run(f"validate -o '{path}'", BAD, status=1)
    assert path.read_text() == run("validate", BAD, status=1).stdout


# --- the terminal ---------------------------------------------------------------------------------------------------


def pointer(shown):
    """What the carets of a finding stand under."""
    lines = shown.splitlines()
    (at,) = [number for number, line in enumerate(lines) if "^" in line]
    start = lines[at].index("^")
    return lines[at - 1][start : start + lines[at].count("^")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("complete-twice", '"Complete"'),
        ("queue-name-is-a-number", "7"),
        ("in-workbin-after-pull", '"InWorkbin"'),
        ("capabilities-empty-in-processing", "[]"),
        ("operation-misspelt", '"Compleet"'),
    ],
)
def test_a_finding_points_at_its_fault(name, value):
    assert pointer(run("validate", EXAMPLES / "faults" / f"{name}.jsonl", status=1).stdout) == value


@pytest.mark.parametrize("length", [0, 30, 60, 90, 120, 5000])
@pytest.mark.parametrize("after", [0, 60, 5000])
def test_a_finding_points_at_its_fault_in_long_lines(length, after, tmp_path):
    begun, *_ = BAD.read_text().splitlines()
    line = {"note": "x" * length, "body": {"operationName": "Offer"}, "agent": "a1", "interaction": "02F0ASAK8EAFA00W"}
    path = tmp_path / "long.jsonl"
    path.write_text(f"{begun}\n{json.dumps(line | {'more': 'y' * after})}\n")
    shown = run("validate", path, status=1).stdout
    assert pointer(shown) == '"Offer"'
    assert max(len(each) for each in shown.splitlines() if each.startswith("2 | ")) <= 104


def test_an_unreadable_line_is_pointed_at(tmp_path):
    path = tmp_path / "junk.jsonl"
    path.write_text('{"agent" "a1"}\n')
    shown = run("validate", path, status=2).stdout.splitlines()
    assert shown[3].index("^") == shown[2].index('"a1"')


def test_a_finding_and_the_progress_stand_in_lines_of_their_own(tmp_path):
    path = tmp_path / "{a} [b].jsonl"
    begun, *rest = BAD.read_text().splitlines(keepends=True)
    path.write_text(begun * 20_000 + "".join(rest))
    status, shown = on_a_terminal(path, COLUMNS="70")
    assert status == 1
    assert "{a} [b].jsonl" in shown
    assert "20,000 lines" in shown
    plain = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", each) for each in re.split(r"\r|\n|\x1b\[2K", shown)]
    assert (
        [each for each in plain if "IXN101: " in each] == [each for each in plain if each.startswith("IXN101: ")] != []
    )
    assert max(len(each) for each in plain if " | " in each) <= 70
    assert "ixnstate explain IXN101" in shown


def test_several_codes_are_counted():
    shown = run("validate", BAD, EXAMPLES / "faults" / "in-workbin-after-pull.jsonl", BAD, status=1).stdout
    assert "IXN201 illegal state: 1\n" in shown
    assert "IXN101 illegal operation: " in shown


# --- options of the judge -------------------------------------------------------------------------------------------


def test_rules_of_ones_own(tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps([{"name": "nothing ends", "says": "never", "then": {"states": ["Completed"]}}]))
    assert "nothing ends" in run(f"validate --rules '{rules}'", BAD, status=1).stdout
    rules.write_text('[{"name": 7}]')
    assert "rules must be a JSON list" in run(f"validate --rules '{rules}'", BAD, status=2).stderr
    rules.write_text("7")
    assert "rules must be a JSON list" in run(f"validate --rules '{rules}'", BAD, status=2).stderr


def test_strict_stops_at_what_cannot_be_read(tmp_path):
    path = tmp_path / "junk.jsonl"
    path.write_text("junk\n" + BAD.read_text())
    assert "IXN101" in run("validate", path, status=1).stdout
    assert "IXN101" not in run("validate --strict", path, status=2).stdout


# --- explain --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", reports.CODES.values(), ids=lambda each: each.code)
def test_explain_a_code(code):
    shown = run(f"explain {code.code.lower()}", status=0).stdout
    assert [part for part in (code.title, code.meaning, code.remedy, *code.example) if part not in shown] == []


def test_explain_still_explains_operations():
    assert "Complete is legal" in run("explain workitem Processing complete", status=0).stdout
    assert "Complete is not legal" in run("explain workitem Invited StopProcessing", status=1).stdout


def test_explain_completes_each_word():
    completed = ShellComplete(cli, {}, "ixnstate", "_IXNSTATE_COMPLETE")

    def words(*before, begun):
        return [each.value.lower() for each in completed.get_completions(["explain", *before], begun)]

    assert words(begun="IXN20") == ["ixn201", "ixn203"]
    assert words(begun="work") == ["workitem"]
    assert words("chat", begun="Cha") == ["chatting"]
    assert words("chat", "Chatting", begun="LeaveA") == ["leaveandcomplete"]
    assert words("chat", "Chatting", "Leave", begun="") == []


@pytest.mark.parametrize(
    ("words", "said"),
    {
        "explain IXN999x": "there is no code IXN999x; there are IXN101, IXN102",
        "explain workitem queued acept": "there is no operation acept; did you mean Accept?",
        "explain workitem Foo Accept": "there is no state Foo; there are Queued, Invited",
        "table worktem": "there is no medium worktem; did you mean workitem?",
    }.items(),
)
def test_a_name_that_is_not_there_is_answered_with_those_that_are_as_they_are_spelled(words, said):
    assert said in " ".join(run(words, status=2).stderr.split())


@pytest.mark.parametrize("words", ["IXN999", "workitem", "workitem Invited", "workitem Invited Accept more", "a b c"])
def test_explain_wrongly_asked(words):
    assert "Usage:" in run(f"explain {words}", status=2).stderr


# --- coverage -------------------------------------------------------------------------------------------------------


def test_coverage_as_a_table_and_as_json():
    table = run("coverage", GOOD, status=0).stdout.splitlines()
    said = json.loads(run("coverage --format json", GOOD, status=0).stdout)
    assert table[0].split() == list(said)
    for line, kind in zip(table[1:], reports.coverage.KINDS, strict=True):
        counts = [f"{each[kind]['seen']} of {each[kind]['of']}" for each in said.values()]
        assert line == line.rstrip()
        assert line.startswith(kind)
        assert [count for count in counts if count not in line] == []
    missing = run("coverage --missing", GOOD, status=0).stdout
    assert "workitem: edges not seen" in missing
    assert "Queued -Offer-> Invited" in missing


def test_coverage_of_nothing(tmp_path):
    path = tmp_path / "empty.jsonl"
    path.write_text("")
    assert "nothing" in run("coverage", path, status=2).stdout
    run("coverage", tmp_path / "missing.jsonl", status=2)


def test_coverage_on_a_diagram(tmp_path):
    dot = run("coverage --format dot --media workitem", GOOD, status=0).stdout
    assert "PullWorkitem" in dot
    assert "#1a7f37" in dot
    assert "choose it with --media" in run("coverage --format dot", *EXAMPLES.glob("*.jsonl"), status=2).stderr
    path = tmp_path / "seen.svg"
    run(f"coverage --format svg --media workitem -o '{path}'", GOOD, status=0)
    assert "<svg" in path.read_text()


# --- repair ---------------------------------------------------------------------------------------------------------


def test_repair_prints_the_edits(tmp_path):
    early = EXAMPLES / "faults" / "complete-before-accept.jsonl"
    done = run("repair", BAD, early, status=1)
    first, second = done.stdout.splitlines()
    assert first == f"{BAD}:3: delete"
    place, _, new = second.partition(": insert before: ")
    assert (place, json.loads(new)["body"]) == (f"{early}:2", {"operationName": "Accept"})
    assert done.stderr == "2 edits for 2 findings\n"
    path = tmp_path / "edits"
    run(f"repair -o '{path}'", BAD, early, status=1)
    assert path.read_text() == done.stdout


def test_repair_of_what_is_legal_and_of_what_cannot_be_read_again(tmp_path):
    assert run("repair", GOOD, status=0).stdout == ""
    run("repair", tmp_path / "missing.jsonl", status=2)
    piped = CliRunner().invoke(cli, ["repair", "-"], input=BAD.read_bytes())
    assert (piped.exit_code, piped.stdout) == (1, "")
    assert "1 finding without" in piped.stderr


# --- shrink ---------------------------------------------------------------------------------------------------------


def test_shrink_keeps_what_shows_the_finding(tmp_path):
    path, small = tmp_path / "day.jsonl", tmp_path / "small.jsonl"
    path.write_text(
        "".join(each.read_text() for each in (BAD, GOOD, EXAMPLES / "faults" / "in-workbin-after-pull.jsonl"))
    )
    assert "show IXN101" in run(f"shrink -o '{small}'", path, status=0).stderr
    (finding,) = trace.validate(small).findings
    assert finding.code == "IXN101"
    run(f"shrink --code IXN201 -o '{small}'", path, status=0)
    assert "IXN201" in {each.code for each in trace.validate(small).findings}
    assert len(small.read_text().splitlines()) < len(path.read_text().splitlines())


def test_shrink_without_a_finding(tmp_path):
    assert "no finding" in run("shrink", GOOD, status=1).stderr
    assert "no finding with code IXN203" in run("shrink --code IXN203", BAD, status=1).stderr
    run("shrink", tmp_path / "missing.jsonl", status=2)


# --- diff -----------------------------------------------------------------------------------------------------------

MINE = """
import ixnstate as ix
page = ix.Source("our own manual", "3.1")
edge = ix.Edge(ix.State.PROCESSING, "Print", ix.State.PROCESSING, does=ix.Does.NOTHING, page=page)
class here:
    mine = ix.GWS.with_profile(transfer="on acceptance").with_media("fax", like="workitem").with_edge("workitem", edge)
nothing = 7
"""


def test_diff_of_two_definitions(tmp_path, monkeypatch):
    (tmp_path / "lifecycle_of_mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    assert run("diff ixnstate:GWS ixnstate.table:GWS", status=0).stdout == ""
    shown = run("diff ixnstate:GWS lifecycle_of_mine:here.mine", status=1).stdout.splitlines()
    assert shown == [
        "profile",
        "~ transfer: at once -> on acceptance",
        "workitem",
        "+ Processing -Print-> Processing",
        "fax",
        "+ the medium",
    ]
    back = run("diff lifecycle_of_mine:here.mine ixnstate:GWS", status=1).stdout
    assert "- Processing -Print-> Processing\n" in back


@pytest.mark.parametrize(
    "name", ["ixnstate", "ixnstate:nothing", "no_such_module:x", "lifecycle_of_mine:nothing", ":", ""]
)
def test_diff_of_what_is_no_definition(name, tmp_path, monkeypatch):
    (tmp_path / "lifecycle_of_mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    assert "Usage:" in run(f"diff ixnstate:GWS '{name}'", status=2).stderr


# --- one run after the other ------------------------------------------------------------------------------------------

OFFERED = [
    {"ts": 1767603600, "agent": "a1", "media": "workitem", "interaction": "w1", "state": "Invited"},
    {"ts": 1767603631, "agent": "a1", "interaction": "w1", "body": {"operationName": "Accept"}},
    {"ts": 1767603640, "agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}},
    {"ts": 1767603641, "agent": "a1", "interaction": "w1", "body": {"operationName": "Accept"}},
]


def recording(path, lines):
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def test_a_run_goes_on_where_the_one_before_ended(tmp_path):
    days = [recording(tmp_path / f"{number}.jsonl", lines) for number, lines in ((1, OFFERED[:3]), (2, OFFERED[3:]))]
    state = tmp_path / "state.json"
    assert run("validate", days[1], status=2)
    assert run(f"validate --resume '{state}'", days[0], status=0)
    assert (
        "can't Accept workitem w1 in state Completed" in run(f"validate --resume '{state}'", days[1], status=1).stdout
    )


def test_a_state_of_something_else_is_refused(tmp_path):
    state = tmp_path / "state.json"
    for text, word in (("{}", "state.json"), ("nothing", "state.json")):
        state.write_text(text, encoding="utf-8")
        shown = run(f"validate --resume '{state}'", GOOD, status=2).stderr
        assert "--resume" in shown
        assert word in shown
    missing = tmp_path / "no" / "state.json"
    assert f"{missing}: No such file" in run(f"validate --resume '{missing}'", GOOD, status=2).stderr


def test_the_time_for_an_invitation_can_be_chosen(tmp_path):
    shown = {"id": "w1", "state": "Invited", "capabilities": ["Accept", "Reject"]}
    message = {"agent": "a1", "ts": 1767603600, "messageType": "WorkitemStateChangeMessage", "workitem": shown}
    file = recording(tmp_path / "day.jsonl", [message, OFFERED[1]])
    assert run("validate", file, status=0)
    assert "IXN301" in run("validate --timeout 20", file, status=1).stdout


def test_the_next_day_needs_the_rules_of_the_day_before(tmp_path):
    state, rules = tmp_path / "state.json", tmp_path / "rules.json"
    rule = {"name": "no bots", "says": "never", "then": {"agents": ["bot"]}}
    rules.write_text(json.dumps([rule]), encoding="utf-8")
    assert run(f"validate --resume '{state}' --rules '{rules}'", GOOD, status=0)
    assert run(f"validate --resume '{state}' --rules '{rules}'", GOOD)
    shown = run(f"validate --resume '{state}'", GOOD, status=2).stderr
    assert "no bots" in shown
    assert "rules" in shown
