"""The order of a recording: what is not in that of time is noticed;
exchanges that are logged when they end are read."""

import gzip
import json
import random

import pytest
from click.testing import CliRunner
from hars import FAULT, SESSION, START, records

from ixnstate.cli import cli
from ixnstate.recording.ordering import disorder_of
from ixnstate.trace import validate


def exchanges(steps, *, named=True):
    """The same as a proxy logs it: an exchange when it ends, as one record."""
    agent = {"agent": "a1"} if named else {}
    lines = []
    for number, (start, duration, path, sent, said) in enumerate(steps):
        end = START.timestamp() + (start + duration) / 1000
        if isinstance(sent, dict):
            lines.append({"seq": number, **agent, "kind": "exchange", "method": "POST", "path": path, "body": sent,
                "status": 200,
                          "reply": said, "ts": START.timestamp() + start / 1000, "ended": end})  # fmt: skip
        else:
            lines += [{"seq": 300 + 10 * number + at, **agent, "kind": "notification", "ts": end, **frame}
                      for at, frame in enumerate(said) if "data" in frame]  # fmt: skip
    return sorted(lines, key=lambda line: line.get("ended", line["ts"]))


def write(folder, lines, name="log.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def codes(report):
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("steps", [SESSION, FAULT], ids=["legal", "with a fault"])
def test_exchanges_that_are_logged_when_they_end(steps, named, tmp_path):
    lines = exchanges(steps, named=named)
    path = write(tmp_path, lines)
    expected = codes(validate(write(tmp_path, records(steps), "records.jsonl")))
    assert codes(validate(path)) == expected == ([] if steps is SESSION else ["IXN101"])
    assert not validate(path).unreadable
    array = tmp_path / "array.json"
    for indent in (None, 1):
        array.write_text(json.dumps(lines, indent=indent))
        assert codes(validate(array)) == expected
    packed = tmp_path / "log.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert codes(validate(packed)) == expected
    random.Random(1).shuffle(lines)
    assert codes(validate(write(tmp_path, lines), unsorted=True)) == expected


@pytest.mark.parametrize("unsorted", [True, False])
def test_an_exchange_without_a_reply_is_a_request(unsorted, tmp_path):
    """What became of it nobody knows: it need not have been done, though it must be refused."""
    *lines, last = exchanges(FAULT)
    lines.append({key: value for key, value in last.items() if key not in ("status", "reply", "ended")})
    report = validate(write(tmp_path, lines), unsorted=unsorted)
    assert (report.findings, report.unreadable) == ((), ())


def test_an_exchange_without_an_answer_of_the_api(tmp_path):
    lines = exchanges(SESSION)
    again = next(line for line in lines if line["kind"] == "exchange")
    lines.insert(lines.index(again), {**again, "seq": 50, "status": 307, "reply": None})
    report = validate(write(tmp_path, lines))
    assert report.ok, report.findings


def test_what_is_in_order_is_not_spoken_of(tmp_path):
    for lines in (records(SESSION), exchanges(SESSION)):
        assert list(disorder_of([write(tmp_path, lines)])) == []


@pytest.mark.parametrize("form", ["shuffled", "by the end of exchanges", "replies first"])
def test_what_is_not_in_order_is_said_in_one_line_before_the_findings(form, tmp_path):
    slow = [(*step[:1], 300, *step[2:]) if step[0] == 2000 else step for step in FAULT]
    lines = records(slow)
    if form == "shuffled":
        random.Random(3).shuffle(lines)
    elif form == "replies first":
        lines = [{key: each for key, each in line.items() if key != "ts"} for line in lines]
        lines.sort(key=lambda line: line["kind"] != "response")
    else:
        ends = {line["answers"]: line["ts"] for line in lines if "answers" in line}
        lines.sort(key=lambda line: ends.get(line["seq"], line["ts"]))
    path = write(tmp_path, lines)
    (hint,) = validate(path).hints
    assert "--unsorted puts it in order" in hint
    said = CliRunner().invoke(cli, ["validate", str(path)])
    assert said.stderr.count("--unsorted") == 1
    assert "IXN" not in said.output or said.output.index("--unsorted") < said.output.index("IXN")
    for option in ("json", "html"):
        assert "--unsorted" in CliRunner().invoke(cli, ["validate", str(path), "--format", option]).stdout
    if form != "replies first":
        mended = CliRunner().invoke(cli, ["validate", str(path), "--unsorted"])
        assert "--unsorted" not in mended.output
        assert codes(validate(path, unsorted=True)) == ["IXN101"]


# === nothing to judge ===============================================================================================

EMPTY = {
    "nothing": "",
    "blank lines": "\n\n \r\n",
    "only CometD's own": '[{"channel": "/meta/connect", "successful": true}]\n',
    "only reads": '{"kind": "request", "method": "GET", "path": "/api/v2/me"}\n',
    "an empty array": "[]",
    "a HAR file of something else": '{"log": {"entries": []}}',
    "an OCEL document of something else": '{"objects": [], "events": []}',
}


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "html"])
@pytest.mark.parametrize("case", EMPTY)
def test_nothing_to_judge_is_not_legal(case, form, tmp_path):
    path = tmp_path / "empty"
    path.write_text(EMPTY[case])
    report = validate(path)
    assert (report.is_empty, report.ok) == (True, False)
    said = CliRunner().invoke(cli, ["validate", str(path), "--format", form])
    assert said.exit_code == 2
    if form in ("text", "junit"):
        assert "nothing to judge" in said.output
    if form == "json":
        assert json.loads(said.output)["ok"] is False


ANALYSES = (["coverage"], ["coverage", "--format", "json"], ["fit"], ["fit", "--toml"], ["repair"], ["shrink"])
UNREADABLE = '{"hello": 1}\nnonsense\nnonsense\n'
NOTHING = "ixnstate: nothing to judge: no line is about an interaction\n"


@pytest.mark.parametrize("command", ANALYSES, ids=" ".join)
@pytest.mark.parametrize("case", EMPTY)
def test_every_command_that_judges_says_that_there_is_nothing(case, command, tmp_path):
    path = tmp_path / "empty"
    path.write_text(EMPTY[case])
    said = CliRunner().invoke(cli, [*command, str(path)])
    assert (said.exit_code, said.stderr.removeprefix("0 edits for 0 findings\n")) == (2, NOTHING)


@pytest.mark.parametrize("command", ANALYSES, ids=" ".join)
def test_every_command_that_judges_says_how_many_lines_it_could_not_read_and_which_is_the_first(command, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(UNREADABLE)
    unread = f"ixnstate: 3 lines could not be read, first {path}:1:1: a line must have a body"
    said = CliRunner().invoke(cli, [*command, str(path)])
    assert (said.exit_code, unread in said.stderr, said.stderr.endswith(NOTHING)) == (2, True, True)
    path.write_text(UNREADABLE + "".join(json.dumps(line) + "\n" for line in records(SESSION)))
    said = CliRunner().invoke(cli, [*command, str(path)])
    assert (said.exit_code, unread in said.stderr) == ({"shrink": 1, "repair": 2}.get(command[0], 0), True)
    assert NOTHING not in said.stderr


def test_what_could_not_be_read_is_said_beside_the_smallest_recording_without_a_secret(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"password=opensesame": 1}\n' + "".join(json.dumps(line) + "\n" for line in records(FAULT)))
    for command, status in (("shrink", 0), ("repair", 1)):
        said = CliRunner().invoke(cli, [command, str(path)])
        assert (said.exit_code, f"1 line could not be read, first {path}:1:1" in said.stderr) == (status, True)
        assert "opensesame" not in said.output


# === when ===========================================================================================================


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "html"])
def test_every_report_says_when(form, tmp_path):
    path = write(tmp_path, records(FAULT))
    (finding,) = validate(path).findings
    assert finding.ts == "2026-03-02T09:00:20Z"
    assert finding.ts in CliRunner().invoke(cli, ["validate", str(path), "--format", form]).output


TIMES = (
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "noon",
    "1772442000",
    "",
    True,
    [],
    10**400,
    -(10**20),
)


@pytest.mark.parametrize("time", TIMES, ids=lambda time: repr(time)[:12])
def test_a_time_that_no_clock_has_is_said_and_the_line_is_judged_by_its_order(time, tmp_path):
    for steps in (SESSION, FAULT):
        lines = records(steps)
        for line in lines:
            line["ts"] = time
        report = validate(write(tmp_path, lines))
        assert codes(report) == ([] if steps is SESSION else ["IXN101"])
        assert not report.unreadable
        assert [(each.count, each.place.line) for each in report.unrecorded] == [(len(lines), 1)]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_no_json(literal, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(
        f'{{"ts": {literal}, "agent": "a1"}}\n' + "".join(json.dumps(line) + "\n" for line in records(SESSION))
    )
    report = validate(path)
    assert (len(report.unreadable), codes(report)) == (1, [])
