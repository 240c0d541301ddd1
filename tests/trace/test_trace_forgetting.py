"""What the judge remembers of interactions under way is bounded by an option.

Laws: there are never more than ``max_live``; what is forgotten is never accused, whoever recorded the day; a report
says in words that something was forgotten, and only then; with a limit nothing is found that is not found without one;
files that are read quickly are judged as line by line; a saved state knows what was forgotten.
"""

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from days import VIEWPOINTS, judged, recorded
from realistic import VIEWPOINTS as REALISTIC
from realistic import realistic

from ixnstate import reports, trace
from ixnstate.cli import cli
from ixnstate.recording.lines import Line, Place
from ixnstate.trace import cases

FAULTS = Path(__file__).parents[2] / "docs" / "examples" / "faults"
WORDS = "under way: what comes of them later is undetermined, see --max-live"


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(1))
def test_nothing_of_a_clean_day_is_accused(seed, viewpoint):
    values = list(VIEWPOINTS[viewpoint](recorded(seed, 300), random.Random(seed)))
    for limit in (1, 4):
        assert judged(values, max_live=limit).findings == ()


@pytest.mark.parametrize("viewpoint", REALISTIC)
@pytest.mark.parametrize("seed", [0])
def test_nothing_of_a_busy_day_is_accused(seed, viewpoint):
    values = list(REALISTIC[viewpoint](realistic(seed), random.Random(seed)))
    for limit in (1,):
        report = judged(values, max_live=limit)
        assert report.findings == ()
        assert report.undetermined >= len(report.hints)


@pytest.mark.parametrize("file", sorted(FAULTS.glob("*.jsonl")), ids=lambda file: file.stem)
def test_with_a_limit_nothing_is_found_that_is_not_found_without(file, tmp_path):
    others = tmp_path / "others.jsonl"
    others.write_text("".join(json.dumps(line) + "\n" for line in invited("other", 3)) + file.read_text())
    without = trace.validate(others)
    found = trace.validate(others, max_live=1)
    kinds = [(each.code, each.place) for each in without.findings]
    assert all((each.code, each.place) in kinds for each in found.findings)
    assert len(kinds) <= len(found.findings) + found.undetermined


def invited(name, count):
    """So many interactions that are offered, and of which nothing comes."""
    for number in range(count):
        item = {"id": f"{name}{number}", "state": "Invited", "capabilities": ["Accept", "Reject"]}
        body = {"messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange", "workitem": item}
        yield {"agent": f"{name} agent", "kind": "notification", "body": body}


def test_no_more_are_remembered_than_may_be():
    judge = trace.Judge(max_live=7)
    for number, value in enumerate(invited("w", 50), 1):
        judge.take(Line(Place("-", number), json.dumps(value), value))
        assert len(judge.cases.live) <= 7
        assert len(judge.temporal.pending) <= 7
    (rule,) = judge.rules
    assert (judge.cases.forgotten, rule.inconclusive) == (43, 43)


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_a_report_says_that_something_was_forgotten(form, tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in invited("w", 5)))
    said = CliRunner().invoke(cli, ["validate", str(path), "--max-live", "4", "--format", form])
    assert (said.exit_code, f"1 interaction was forgotten, since more than 4 were {WORDS}" in said.output) == (0, True)
    said = CliRunner().invoke(cli, ["validate", str(path), "--max-live", "5", "--format", form])
    assert (said.exit_code, WORDS in said.output) == (0, False)


def test_the_limit_may_stand_in_the_settings(tmp_path, monkeypatch):
    (tmp_path / "ixnstate.toml").write_text("max-live = 2\n")
    (tmp_path / "day.jsonl").write_text("".join(json.dumps(line) + "\n" for line in invited("w", 5)))
    monkeypatch.chdir(tmp_path)
    assert "3 interactions were forgotten" in CliRunner().invoke(cli, ["validate", "day.jsonl"]).output


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5"])
def test_a_limit_that_is_none_is_a_usage_error(limit):
    assert CliRunner().invoke(cli, ["validate", "day.jsonl", "--max-live", limit]).exit_code == 2


def test_sources_that_are_judged_apart_are_added_up(tmp_path):
    files = [tmp_path / f"{name}.jsonl" for name in "ab"]
    for file in files:
        file.write_text("".join(json.dumps(line) + "\n" for line in invited(file.stem, 5)))
    report = trace.validate(*files, separate=True, max_live=3)
    assert report.hints == (f"4 interactions were forgotten, since more than 3 were {WORDS}",)
    assert reports.as_data(report)["forgotten"] == 4


@pytest.mark.parametrize("viewpoint", ["full", "notifications"])
def test_a_file_is_judged_as_line_by_line(viewpoint, tmp_path):
    values = list(VIEWPOINTS[viewpoint](recorded(1, 400), random.Random(1)))
    path = tmp_path / "day.jsonl"
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    quick, strict = trace.Judge(max_live=4), trace.Judge(max_live=4)
    found = [each.code for each in trace.read(quick, path)]
    assert found == [each.code for each in trace.judged(strict, trace.open_lines(path))] == []
    assert quick.cases.forgotten == strict.cases.forgotten > 0
    assert list(quick.cases.live) == list(strict.cases.live)
    assert quick.cases.lost == strict.cases.lost


@pytest.mark.parametrize("known", [100_000, 2])
def test_a_saved_state_knows_what_was_forgotten(known, tmp_path, monkeypatch):
    monkeypatch.setattr(cases, "MAX_LOST", known)
    values = list(REALISTIC["full"](realistic(2), random.Random(2)))
    at = len(values) // 2
    files = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for file, part in zip(files, (values[:at], values[at:]), strict=True):
        file.write_text("".join(json.dumps(value) + "\n" for value in part))
    state = tmp_path / "state.json"
    for file in files:
        report = trace.validate(file, resume=state, max_live=2)
        assert report.findings == ()
    assert json.loads(state.read_text())["is_any_lost"] is (known == 2)


def test_so_many_names_of_forgotten_ones_are_kept(monkeypatch):
    monkeypatch.setattr(cases, "MAX_LOST", 10)
    judge = trace.Judge(max_live=5)
    for number, value in enumerate(invited("w", 100), 1):
        judge.take(Line(Place("-", number), json.dumps(value), value))
    assert len(judge.cases.lost) <= 15
    assert all(name in judge.cases.lost for name in judge.cases.live)
