"""The phases as Arrow tables give the findings of the whole, however rows are mixed and put in buckets; on DuckDB, as
docs/engines.md shows it, and on Spark, where pyspark and Java are there."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from copy import deepcopy
from itertools import islice
from pathlib import Path

import pytest
from days import recorded
from faults_of_days import plant_all, said
from records import ask, note, reply, tally_of

from benchmarks.days import Day, Habits, resource_of
from benchmarks.engines import workers
from ixnstate.trace import Judge, open_lines, validate

pa = pytest.importorskip("pyarrow")

from ixnstate import engines  # noqa: E402 (it needs pyarrow)
from ixnstate.trace.partition import JudgeOptions, bucket_of  # noqa: E402

NAMES = ("a wrong target state", "illegal, yet done", "no message", "an unknown number", "added twice", "no reply")


def day(seed=0):
    """A day with several faults, and a line that cannot be read."""
    return said(plant_all(NAMES, recorded(4, 350, lag=0.4), random.Random(seed)))[0]


def write(folder, records, name="day.jsonl"):
    path = folder / name
    lines = [json.dumps(record) for record in records]
    path.write_text("\n".join([*lines[:200], "no JSON", *lines[200:]]) + "\n")
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write(tmp_path_factory.mktemp("day"), day())


def expected(*paths, is_readable=False):
    report = validate(*paths)
    assert report.findings
    assert bool(report.unreadable) is not is_readable
    findings = [(each.place.line, each.code, each.what, each.why) for each in report.findings]
    return sorted([*findings, *((each.place.line, None, each.problem, None) for each in report.unreadable)], key=str)


def told(rows):
    return sorted(((row["line"], row["code"], row["what"], row["why"]) for row in rows), key=str)


def lines_of(path):
    lines = path.read_text().splitlines()
    return [{"order": at, "file": str(path), "number": at + 1, "text": text} for at, text in enumerate(lines)]


def split(table, bucket, count, chance):
    """The rows of a table in buckets, each mixed."""
    buckets = [[] for _ in range(count)]
    for row in table.to_pylist():
        buckets[bucket(row)].append(row)
    for rows in buckets:
        chance.shuffle(rows)
    return [pa.Table.from_pylist(rows, schema=table.schema) for rows in buckets]


@pytest.mark.parametrize("count", [1, 7, 64])
def test_tables_in_any_buckets_and_any_order(path, count):
    chance, options = random.Random(count), JudgeOptions()
    records = engines.records_of(pa.Table.from_pylist(lines_of(path), schema=engines.LINES))
    pieces = split(records, lambda row: (row["order"] >> engines.MEMBERS) * count // 400, count, chance)
    facts = engines.facts_of_all(engines.facts_of(piece, options) for piece in pieces)
    by_agent = split(records, lambda row: bucket_of(row["agent"], count), count, chance)
    told_rows = pa.concat_tables(engines.told_by_agents(bucket, facts, options) for bucket in by_agent)
    by_key = split(told_rows, lambda row: bucket_of(row["key"], count), count, chance)
    outcomes = pa.concat_tables(engines.outcomes_of(bucket, facts, options) for bucket in by_key)
    found = engines.findings_of(pa.concat_tables([outcomes, outcomes]), facts, options).to_pylist()
    assert told(found) == expected(path)
    counts = engines.counts_of(pa.concat_tables([outcomes, outcomes]))
    whole = validate(path)
    assert (counts.operations, counts.notifications, counts.lists) == (
        whole.operations, whole.notifications, dict(whole.lists),
    )  # fmt: skip
    assert counts.rules == whole.rules
    assert [row["line"] for row in found] == sorted(row["line"] for row in found)
    by_bucket = [engines.coverage_of(bucket, facts, options) for bucket in by_key]
    assert (
        engines.coverage_of_all(pa.concat_tables([*by_bucket, *by_bucket]), options)
        == tally_of(Judge(), open_lines(path)).coverage()
    )


HALF = "\\ud800"
"""Half a character, as JSON names it."""


def as_escapes(found):
    return [tuple(each and str(each).encode("utf-8", "backslashreplace").decode() for each in row) for row in found]


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace('"a1"', f'"a{HALF}"'),
        lambda line: line.replace('"X', f'"X{HALF}'),
        lambda line: line.replace('"referenceId": ', '"referenceId": 9000000000000000000000'),
        lambda line: line.replace('"seq": ', '"seq": 9000000000000000000000'),
        lambda line: line[: len(line) // 2] if line[9] == "7" else line,
        lambda line: f"[{line}, {line}, [], 5, null]" if line[9] == "7" else line,
        lambda line: f"\ufeff{line}" if line.startswith('{"seq": 1,') else line,
    ],
    ids=[
        "half a character of an agent",
        "of an interaction",
        "great numbers",
        "of records",
        "cut",
        "arrays",
        "a mark of byte order",
    ],
)
def test_lines_that_are_written_to_do_harm(change, tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_text("\n".join(change(json.dumps(record)) for record in day()) + "\n")
    options = JudgeOptions()
    records = engines.records_of(pa.Table.from_pylist(lines_of(path), schema=engines.LINES))
    facts = engines.facts_of_all([engines.facts_of(records, options)])
    outcomes = engines.outcomes_of(engines.told_by_agents(records, facts, options), facts, options)
    found = told(engines.findings_of(outcomes, facts, options).to_pylist())
    assert found
    report = validate(path)
    whole = [(each.place.line, each.code, each.what, each.why) for each in report.findings]
    assert as_escapes(row for row in found if row[1]) == as_escapes(sorted(whole, key=str))
    assert any(row[1] is None for row in found) == bool(report.unreadable)


def test_a_line_that_is_too_long_is_reported(monkeypatch):
    monkeypatch.setattr(engines, "MAX_LINE", 1_000)
    lines = [{"order": 0, "file": "f", "number": 1, "text": "[" + "1," * 1_000}]
    records = engines.records_of(pa.Table.from_pylist(lines, schema=engines.LINES))
    (record,) = records.to_pylist()
    assert record["problem"] == "the line is too long to be read"
    assert len(record["text"]) < 1_000


def test_an_array_has_no_more_members_than_orders(monkeypatch):
    monkeypatch.setattr(engines, "MOST_MEMBERS", 4)
    line = {"order": 5, "file": "f", "number": 6, "text": json.dumps([{"agent": f"a{number}"} for number in range(9)])}
    records = engines.records_of(pa.Table.from_pylist([line], schema=engines.LINES)).to_pylist()
    assert [record["agent"] for record in records] == ["a0", "a1", "a2", None]
    assert [record["order"] - (5 << engines.MEMBERS) for record in records] == [0, 1, 2, 3]
    assert records[3]["problem"] == "the array has more than 3 members; the rest is not read"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"text": None}, "text is null where order is 0"),
        ({"order": 1 << 43}, r"order must be a number from 0 below 2\*\*43"),
        ({"order": -1}, "not -1"),
    ],
)
def test_what_is_wrong_with_lines_is_named(change, problem):
    line = {"order": 0, "file": "f", "number": 1, "text": "{}"}
    schema = pa.schema([field.with_nullable(True) for field in engines.LINES])
    with pytest.raises(ValueError, match=problem):
        engines.records_of(pa.Table.from_pylist([{**line, **change}], schema=schema))
    with pytest.raises(ValueError, match="lines: text missing; lines have the columns order, file, number, text"):
        engines.records_of(pa.Table.from_pylist([line]).drop_columns(["text"]))
    with pytest.raises(ValueError, match="recorded: everything, session, or names of agents"):
        JudgeOptions(recorded="all")


# === other engines ==================================================================================================

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "engines"


def printed(*command):
    done = subprocess.run([sys.executable, EXAMPLES / command[0], *command[1:]], capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def as_printed(path):
    return [f"{path}:{line}: {code or 'unreadable'} {what}" for line, code, what, _ in sorted(expected(path), key=_at)]


def _at(found):
    return found[0]


def test_on_duckdb(path, tmp_path):
    pytest.importorskip("duckdb")
    assert printed("judge_on_duckdb.py", path, tmp_path / "work.duckdb") == as_printed(path)


def test_on_dask(path):
    pytest.importorskip("dask")
    assert printed("judge_on_dask.py", path) == as_printed(path)


# === Spark ==========================================================================================================


@pytest.mark.filterwarnings("ignore")
def test_spark_finds_what_the_whole_judge_finds(spark, path):
    from ixnstate.engines.spark import count, coverage, judge, read

    frame = read(spark, str(path))
    found = judge(frame, JudgeOptions(), buckets=7).collect()
    assert told(row.asDict() for row in found) == expected(path)
    counted, whole = count(frame, JudgeOptions(), buckets=7), validate(path)
    assert (counted.operations, counted.interactions, counted.rules) == (
        whole.operations, whole.interactions, whole.rules,
    )  # fmt: skip
    assert coverage(frame, buckets=7) == tally_of(Judge(), open_lines(path)).coverage()
    mixed = judge(frame.orderBy("text"), JudgeOptions(), buckets=1).collect()
    assert sorted(map(str, mixed)) == sorted(map(str, found))


@pytest.mark.filterwarnings("ignore")
def test_spark_reads_lines_in_their_order_and_with_their_numbers(spark, path, tmp_path):
    from ixnstate.engines.spark import read

    (tmp_path / "a.jsonl").write_text(path.read_text())
    (tmp_path / "b.jsonl").write_text("1\n2\n")
    rows = read(spark, str(tmp_path)).orderBy("order").collect()
    texts = [*path.read_text().splitlines(), "1", "2"]
    assert [(row.order, row.text) for row in rows] == list(enumerate(texts))
    assert [row.number for row in rows] == [*range(1, len(texts) - 1), 1, 2]


def write_day(path, lines):
    """A realistic day in which every fortieth line, if it shows a state, shows a wrong one."""
    with path.open("w") as file:
        for number, entry in enumerate(islice(Day(3, agents=200, habits=Habits()).entries(), lines), 1):
            record = {**entry.record, "seq": number}
            if number % 40 == 0 and entry.shown is not None:
                record["body"] = deepcopy(record["body"])
                resource_of(record["body"])["state"] = "Sent"
            file.write(f"{json.dumps(record)}\n")


LINES = 100_000 if os.environ.get("CI") else 2_000
SKEWED = min(LINES, 20_000)


@pytest.mark.filterwarnings("ignore")
def test_spark_judges_a_realistic_day(spark, tmp_path):
    from ixnstate.engines.spark import judge, read

    path = tmp_path / "day.jsonl"
    write_day(path, LINES)
    found = judge(read(spark, str(path)), JudgeOptions(), buckets=16).collect()
    assert told(row.asDict() for row in found) == expected(path, is_readable=True)


@pytest.mark.filterwarnings("ignore")
def test_spark_reads_documents(spark, tmp_path):
    import gzip

    from ixnstate.engines.spark import judge, read_documents

    records = day()
    plain = write(tmp_path, records)
    packed = tmp_path / "in" / "day.jsonl.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    found = judge(read_documents(spark, str(packed)), JudgeOptions(), buckets=2).collect()
    assert told(row.asDict() for row in found) == expected(plain)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed in /proc alone")
def test_a_worker_that_is_killed_changes_nothing(spark, tmp_path):
    from ixnstate.engines.spark import judge, read

    path = tmp_path / "day.jsonl"
    write_day(path, 4_000)
    judged, killed = [], set()
    thread = threading.Thread(
        target=lambda: judged.extend(judge(read(spark, str(path)), JudgeOptions(), buckets=16).collect())
    )
    thread.start()
    while thread.is_alive():
        thread.join(0.7)
        for worker in workers()[: 3 - len(killed)]:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)
    assert len(killed) == 3
    assert told(row.asDict() for row in judged) == expected(path, is_readable=True)


@pytest.mark.filterwarnings("ignore")
def test_an_interaction_that_is_most_of_the_recording(spark, tmp_path):
    from ixnstate.engines.spark import judge, read

    path, records = tmp_path / "day.jsonl", [note("Invited"), *done("Accept", 1, "Processing")]
    for number in range(2, SKEWED // 3):
        records += done("UpdateUserData", number, "Processing", userData={"page": str(number)})
    records += [note("Invited"), *done("Complete", SKEWED, "Completed"), *done("Complete", SKEWED + 1, "Completed")]
    path.write_text("".join(f"{json.dumps({**record, 'seq': seq})}\n" for seq, record in enumerate(records, 1)))
    found = judge(read(spark, str(path)), JudgeOptions(), buckets=16).collect()
    report = validate(path)
    assert [each.code for each in report.findings] == ["IXN201", "IXN101"]
    assert [(row["code"], row["line"]) for row in found] == [(each.code, each.place.line) for each in report.findings]


def done(operation, number, state, **body):
    return ask(operation, **body), reply(number), note(state, number=number)
