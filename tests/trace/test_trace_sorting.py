"""A shuffled recording has the findings of the recording; Parquet is read as the records that its rows are."""

import json
import random
import sys

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_of_days import day
from repairs import without_exact_repairs

from ixnstate.cli import cli
from ixnstate.recording import sorting
from ixnstate.trace import validate


def numbered(seed, size=30):
    """A day in which every line has a number of its own, and most a time."""
    chance, lines = random.Random(seed), []
    for number, text in enumerate(day(seed, size)):
        said = json.loads(text)
        body = said["body"] if "body" in said else said.get("data", said)
        kind = "request" if "operationName" in body else "notification"
        more = {"path": f"/api/v2/me/{said['media']}s/{said['interaction']}"} if kind == "request" else {}
        agent = chance.choice(["a1", "a2"])
        lines.append({"seq": number, "ts": 1.7e9 + number // 3, "agent": agent, "kind": kind, "body": body, **more})
        if kind == "request":
            reply = {"statusCode": chance.choice([0, 2])}
            lines[-1]["agent"] = agent
            lines.append({**lines[-1], "seq": number + 0, "kind": "response", "body": reply})
    return [{**line, "seq": number} for number, line in enumerate(lines)]


def write(folder, name, lines):
    path = folder / name
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def told(report):
    """Findings, by the numbers of their records, and what was counted."""
    numbers = sorted((finding.code, finding.seq, finding.what, finding.why) for finding in report.findings)
    counts = report.operations, report.notifications, report.interactions, report.repeats, report.gaps
    return numbers, counts, report.lists, report.rules, len(report.unreadable)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("held", [1, 1 << 25])
@without_exact_repairs()
def test_shuffled_input_has_the_findings_of_sorted_input(seed, held, tmp_path, monkeypatch):
    monkeypatch.setattr(sorting, "MAX_HELD", held)
    lines = numbered(seed)
    expected = validate(write(tmp_path, "day.jsonl", lines))
    assert expected.findings
    random.Random(seed).shuffle(lines)
    half = len(lines) // 2
    files = write(tmp_path, "1.jsonl", lines[:half]), write(tmp_path, "2.jsonl", lines[half:])
    assert told(validate(*files, unsorted=True)) == told(expected)


@given(st.permutations(range(12)))
@settings(deadline=None, max_examples=10)
@without_exact_repairs()
def test_without_times_each_file_is_sorted_by_number(tmp_path_factory, order):
    lines = [{key: value for key, value in line.items() if key != "ts"} for line in numbered(5, 12)][:12]
    folder = tmp_path_factory.mktemp("shuffled")
    expected = validate(write(folder, "day.jsonl", lines))
    assert told(validate(write(folder, "1.jsonl", [lines[at] for at in order]), unsorted=True)) == told(expected)


@without_exact_repairs()
def test_a_finding_is_where_its_line_stands(tmp_path):
    lines = numbered(1)
    path = write(tmp_path, "day.jsonl", lines[::-1])
    found = validate(path, unsorted=True)
    said = path.read_text().splitlines()
    assert all(json.loads(said[each.place.line - 1])["seq"] == each.seq for each in found.findings)


def test_what_has_no_place_in_the_order_is_named(tmp_path):
    said = {"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}, "media": "workitem"}
    neither = validate(write(tmp_path, "1.jsonl", [said]), unsorted=True)
    assert [each.problem for each in neither.unreadable] == [
        "ts and seq are missing, and unsorted lines are put in order by them"
    ]
    no_time = validate(write(tmp_path, "2.jsonl", [{**said, "seq": 1}, {**said, "seq": 2, "ts": 3}]), unsorted=True)
    assert [(each.place.line, each.problem) for each in no_time.unreadable] == [
        (1, "ts: is missing, and others are put in order by it")
    ]
    deep = f'{{"seq": 1, "agent": "a1", "kind": "notification", "body": {"[" * 2000}{"]" * 2000}}}\n'
    (tmp_path / "3.jsonl").write_text(deep)
    assert len(validate(tmp_path / "3.jsonl", unsorted=True).unreadable) == 1


@without_exact_repairs()
def test_the_command_line_sorts_too(tmp_path):
    lines = numbered(2)
    path = write(tmp_path, "day.jsonl", lines[::-1])
    found = CliRunner().invoke(cli, ["validate", "--unsorted", "--format", "json", str(path)])
    assert found.exit_code == 1
    expected = validate(path, unsorted=True)
    assert [(each["code"], each["line"]) for each in json.loads(found.output)["findings"]] == [
        (each.code, each.place.line) for each in expected.findings
    ]


# === Parquet ========================================================================================================


def table(folder, lines, columns="*"):
    duckdb = pytest.importorskip("duckdb")
    source, path = write(folder, "rows.jsonl", lines), folder / "day[1].parquet"
    with duckdb.connect() as database:
        database.execute(f"COPY (SELECT {columns} FROM read_json('{source}', format='newline_delimited')) TO '{path}'")
    return path


@without_exact_repairs()
def test_rows_are_records(tmp_path):
    lines = numbered(3)
    expected = validate(write(tmp_path, "day.jsonl", lines))
    lines = [{**line, "body": json.dumps(line["body"])} for line in lines]
    found = validate(table(tmp_path, lines))
    assert found.findings
    assert told(found) == told(expected)
    assert [each.place.line for each in found.findings] == [each.place.line for each in expected.findings]
    assert told(validate(table(tmp_path, lines[::-1]), unsorted=True)) == told(expected)


def test_structs_times_and_numbers_with_a_point(tmp_path):
    lines = [
        {
            "seq": 1,
            "ts": "2026-01-05 09:00:00",
            "agent": "a1",
            "kind": "request",
            "path": "/api/v2/me/workitems/w1",
            "body": {"operationName": "Accept"},
        },
        {"seq": 2, "ts": "2026-01-05 09:00:01", "agent": "a1", "kind": "response", "body": {"statusCode": 2}},
    ]
    path = table(tmp_path, lines, "seq::DOUBLE AS seq, ts::TIMESTAMPTZ AS ts, agent, kind, path, body")
    found = validate(path)
    assert (found.operations, found.findings, found.unreadable) == (1, (), ())


def test_a_row_that_is_no_record_is_unreadable(tmp_path):
    found = validate(
        table(tmp_path, [{"seq": 1, "kind": "request", "body": "nonsense"}, {"seq": 2, "kind": "meta", "body": "{}"}])
    )
    assert [each.place.line for each in found.unreadable] == [1]


def test_a_damaged_file_and_a_missing_package_are_named(tmp_path, monkeypatch):
    pytest.importorskip("duckdb")
    path = tmp_path / "day.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    assert "the Parquet file cannot be read" in validate(path).unreadable[0].problem
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert "pip install 'ixnstate[duckdb]'" in validate(path).unreadable[0].problem
