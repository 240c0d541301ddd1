"""Several files: side by side where their times overlap, and each by itself where they have no clock in common."""

import gzip
import json
import random
from collections import defaultdict

import pytest
from click.testing import CliRunner
from days import recorded
from records import ask, note, reply

from ixnstate.cli import cli
from ixnstate.recording import ordering
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.ordering import one_after_the_other, order_of, side_by_side
from ixnstate.trace import Judge, report, validate

SPLITS = {
    "an agent's session each": lambda entry: entry.agent,
    "two groups of agents": lambda entry: entry.agent < "a4",
    "HTTP and CometD": lambda entry: entry.kind == "notification",
    "HTTP and CometD of each agent": lambda entry: (entry.agent, entry.kind == "notification"),
    "HTTP and each channel": lambda entry: entry.record.get("channel"),
}


def written(path, records):
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


def split(day, key, tmp_path):
    """The files of a day, and for each the interactions in it."""
    parts = defaultdict(list)
    for entry in day:
        parts[key(entry)].append(entry.record)
    return [written(tmp_path / f"{number}.jsonl", records) for number, records in enumerate(parts.values())]


def counted(found):
    return found.operations, found.notifications, found.interactions


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("key", SPLITS.values(), ids=SPLITS)
def test_a_day_of_sources_without_a_common_clock_has_no_finding(seed, key, tmp_path):
    day = recorded(seed, 200)
    files = split(day, key, tmp_path)
    random.Random(seed).shuffle(files)
    found = validate(*files, separate=True)
    assert (found.findings, found.unreadable) == ((), ())
    assert counted(found) == counted(validate(written(tmp_path / "whole.jsonl", (entry.record for entry in day))))
    assert found.undetermined > 0


@pytest.mark.parametrize("seed", range(2))
def test_a_judge_who_knows_of_others_finds_nothing_in_a_whole_day_either(seed):
    judge = Judge(separate=True)
    lines = [Line(Place("-", n), json.dumps(entry.record), entry.record) for n, entry in enumerate(recorded(seed, 200))]
    assert [each for line in lines for each in judge.take(line)] + list(judge.finish()) == []


ENDED = [note("Processing"), ask("Complete"), note("Completed", number=7), reply(7)]
BEGUN = [note("Invited", "a2"), ask("Accept", "a2"), note("Processing", "a2", number=3), reply(3, "a2")]
ALONE = {
    "an operation after the end": ([*ENDED, ask("Complete"), reply(8)], ["IXN101"]),
    "refused, yet done": ([note("Processing"), ask("Complete"), note("Completed"), reply(code=5)], ["IXN112"]),
    "two states that do not follow": ([note("Invited"), note("InWorkbin")], ["IXN201"]),
}


@pytest.mark.parametrize("case", ALONE)
def test_what_one_source_says_by_itself_is_certain(case, tmp_path):
    values, codes = ALONE[case]
    faulty = written(tmp_path / "faulty.jsonl", [{**value, "seq": n} for n, value in enumerate(values)])
    other = written(
        tmp_path / "other.jsonl", [note("Invited", "a2", interaction="W9"), note("Processing", "a2", interaction="W9")]
    )
    for files in ([faulty, other], [other, faulty]):
        found = validate(*files, separate=True)
        assert [each.code for each in found.findings] == codes
        assert {each.place.file for each in found.findings} == {str(faulty)}
        assert found.interactions == 2


def test_how_two_sources_fit_together_is_undetermined(tmp_path):
    """Whether a2 has it before or after a1 has completed it nobody knows; in one recording a2 has it after that."""
    files = [written(tmp_path / f"{number}.jsonl", values) for number, values in enumerate((ENDED, BEGUN))]
    apart, together = validate(*files, separate=True), validate(*files)
    assert (together.ok, apart.ok) == (False, True)
    assert (apart.undetermined, apart.interactions, apart.operations, apart.notifications) == (1, 1, 2, 4)


def test_others_may_act_before_a_line_of_a_short_form():
    judge = Judge(separate=True)
    line = {"agent": "a1", "interaction": "w1", "media": "workitem", "body": {"operationName": "Accept"}}
    assert list(judge.take(Line(Place("-", 1), json.dumps(line), line))) == []


def test_rules_and_lists_are_counted_over_all_sources(tmp_path):
    days = [[note("Invited", interaction=name, ts=1.0), note("Processing", interaction=name, ts=2.0)] for name in "VW"]
    files = [written(tmp_path / f"{number}.jsonl", day) for number, day in enumerate(days)]
    apart, together = validate(*files, separate=True), validate(*files)
    assert (apart.rules, apart.lists, apart.generations) == (together.rules, together.lists, together.generations)
    assert apart.rules[0].satisfied == 2


def test_a_state_is_of_one_source(tmp_path):
    with pytest.raises(ValueError, match="separate: a state is of one source; resume each of them by itself"):
        validate(written(tmp_path / "a.jsonl", []), resume=tmp_path / "state.json", separate=True)
    run = CliRunner().invoke(
        cli, ["validate", "--separate", "--resume", str(tmp_path / "s.json"), str(tmp_path / "a.jsonl")]
    )
    assert (run.exit_code, "resume each of them by itself" in run.output) == (2, True)


def test_strict_stops_at_the_first_source_with_a_line_that_cannot_be_read(tmp_path):
    wrong, right = tmp_path / "wrong.jsonl", written(tmp_path / "right.jsonl", [note("Invited")])
    wrong.write_text("no JSON\n")
    found = validate(wrong, right, strict=True, separate=True)
    assert (len(found.unreadable), found.notifications) == (1, 0)


# === side by side ===================================================================================================


@pytest.mark.parametrize("seed", range(2))
def test_files_whose_times_overlap_are_judged_as_one_recording(seed, tmp_path):
    day = recorded(seed, 200)
    whole = [entry.record for entry in day]
    for at in (80, 120):  # a reply, or whatever stands there, comes twice under another number
        whole.insert(at, {**whole[at], "seq": 90_000 + at})
    expected = validate(written(tmp_path / "whole.jsonl", whole))
    parts = defaultdict(list)
    for record in whole:
        parts[record["agent"]].append(record)
    files = [written(tmp_path / f"{number}.jsonl", records) for number, records in enumerate(parts.values())]
    random.Random(seed).shuffle(files)
    found = validate(*files)
    told = [sorted((each.code, each.text, each.why, each.repair) for each in one.findings) for one in (found, expected)]
    assert told[0] == told[1]
    assert counted(found) == counted(expected)


def at(*times):
    return [Line(Place("-", number), "", {"ts": time} if time is not None else {}) for number, time in enumerate(times)]


def test_a_source_keeps_its_order_and_a_line_without_a_time_its_place():
    left, right = (
        at(None, 3, 1, None, 9),
        [Unreadable(Place("-", 0), "", "no JSON"), *at("1970-01-01T00:00:02Z", "soon", 4_000_000_000_000.0)],
    )
    merged = list(side_by_side([left, right]))
    assert [line for line in merged if line in left] == left
    assert [line for line in merged if line in right] == right
    assert [merged.index(line) for line in (*left[:1], *right[1:3], *left[1:4], *left[4:], *right[3:])] == [
        0,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
    ]


ORDERS = {
    "one after the other": ([[1, 5], [5, 9]], False),
    "at the same time": ([[1, 5], [2, 9]], True),
    "the later one first": ([[5, 9], [1, 4]], True),
    "not in order at either end": ([[1, 6, 5], [5, 9]], True),
    "one without times": ([[1, 5], [None], [2, 9]], False),
    "one with a time that is none": ([[1, 5], ["soon", 2, 9]], True),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", ORDERS)
def test_files_are_put_together_if_their_times_overlap(case, packed, tmp_path):
    times, overlap = ORDERS[case]
    files = [written(tmp_path / f"{n}.jsonl", [note("Invited", ts=ts) for ts in each]) for n, each in enumerate(times)]
    if packed:
        for file in files:
            file.write_bytes(gzip.compress(file.read_bytes()))
    assert order_of(files) is (side_by_side if overlap else one_after_the_other)
    assert order_of(files[:1]) is one_after_the_other


@pytest.mark.parametrize("size", [1, 40])
@pytest.mark.parametrize("tail", [1, 500, 1 << 20])
@pytest.mark.parametrize("last", [59, 61])
def test_of_a_large_file_only_the_ends_are_read(last, tail, size, tmp_path, monkeypatch):
    """The last lines are found from the end, also where they are longer than what is read of it."""
    monkeypatch.setattr(ordering, "_TAIL", tail)
    first = written(tmp_path / "a.jsonl", [note("Invited", ts=ts) for ts in (*range(size, last), last)])
    assert order_of([first, written(tmp_path / "b.jsonl", [note("Invited", ts=60)])]) is (
        side_by_side if last > 60 else one_after_the_other
    )


def test_what_cannot_be_read_twice_is_judged_as_it_comes(tmp_path):
    file = written(tmp_path / "a.jsonl", [note("Invited", ts=3)])
    for other in ("-", tmp_path / "missing.jsonl", tmp_path):
        assert order_of([file, other]) is one_after_the_other


def test_a_document_has_its_times_inside(tmp_path):
    pretty = tmp_path / "pretty.json"
    pretty.write_text(json.dumps([note("Invited", ts=3), note("Processing", ts=8)], indent=1))
    assert (
        order_of([written(tmp_path / "a.jsonl", [note("Invited", ts=1), note("Invited", ts=5)]), pretty])
        is side_by_side
    )


@pytest.mark.parametrize(
    "command", [["validate"], ["validate", "--format", "html"], ["coverage"], ["repair"], ["shrink"], ["ocel"]]
)
def test_the_command_line_says_that_it_puts_files_together(command, tmp_path):
    first = written(
        tmp_path / "1.jsonl",
        [note("Invited", "a1", ts=1), note("Processing", "a1", ts=3), note("Completed", "a1", ts=9)],
    )
    second = written(
        tmp_path / "2.jsonl",
        [note("Invited", "a2", interaction="W2", ts=2), note("Processing", "a2", interaction="W2", ts=4)],
    )
    run = CliRunner().invoke(cli, [*command, str(first), str(second)])
    assert "their times overlap, so they are judged side by side, in the order of ts" in run.stderr
    run = CliRunner().invoke(cli, [*command, str(first)])
    assert "overlap" not in run.stderr


def test_the_command_line_judges_each_by_itself(tmp_path):
    files = [written(tmp_path / f"{number}.jsonl", values) for number, values in enumerate((ENDED, BEGUN))]
    run = CliRunner().invoke(cli, ["validate", *map(str, files)])
    assert (run.exit_code, "1 interaction" in run.stdout) == (1, True)
    run = CliRunner().invoke(cli, ["validate", "--separate", *map(str, files)])
    assert (run.exit_code, run.stdout) == (
        0,
        "besides: 1 undetermined\nlegal: 2 operations, 4 notifications of 1 interaction\n",
    )
    run = CliRunner().invoke(cli, ["validate", "--separate", "--format", "html", *map(str, files)])
    assert (run.exit_code, "<html" in run.stdout) == (0, True)


def test_the_report_of_no_source_is_empty():
    assert report([], []).is_empty
