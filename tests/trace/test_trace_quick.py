"""The quick way through a file finds what the slow one finds; a run goes on where another ended;
sorted rows are judged alike."""

import json
import random
import re
from functools import partial

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_of_days import day, invitations, line, message, shows, write
from repairs import without_exact_repairs

import ixnstate as ix
from conftest import MEDIA
from ixnstate.recording.lines import Unreadable, grouped
from ixnstate.recording.ordering import disorder_of
from ixnstate.trace import (
    Judge,
    Rule,
    Where,
    caches,
    fold_sorted,
    judged,
    keyed,
    mended,
    open_lines,
    report,
    validate,
)
from ixnstate.trace.fast import columns as batches


def slowly(path, **options):
    judge = Judge(**options)
    found = [*grouped(judged(judge, open_lines(path))), *judge.finish()]
    judgement = report(judge, mended(found, [path], partial(Judge, **options)))
    return attrs.evolve(judgement, hints=tuple(disorder_of([path])))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "rules", [None, [Rule("mine", "until", Where(("Invited",)), Where(("Invited",)), Where(("Processing",)))]]
)
@without_exact_repairs()
def test_both_ways_report_the_same(seed, rules, tmp_path):
    options = {} if rules is None else {"rules": rules}
    path = write(tmp_path, day(seed))
    found = validate(path, **options)
    assert found == slowly(path, **options)
    assert found.findings
    assert found.unreadable


def test_both_ways_repair_the_same(tmp_path):
    path = write(tmp_path, day(0, 100))
    found = validate(path)
    assert found == slowly(path)
    assert any(finding.edits for finding in found.findings)


@pytest.mark.parametrize("large", [0, batches.LARGE])
@pytest.mark.parametrize("seed", range(6))
def test_what_waits_is_shown_later(seed, large, tmp_path, monkeypatch):
    """It is kept, or read again, and the same in either case; the line that began may stand in the file before."""
    monkeypatch.setattr(batches, "LARGE", large)
    monkeypatch.setattr(batches, "BYTES_AT_ONCE", 1000)
    lines = [*invitations(seed)]
    files = [write(tmp_path, part, f"{at}.jsonl") for at, part in enumerate((lines[:90], lines[90:250], lines[250:]))]
    found = validate(*files)
    judge = Judge()
    slow = [*(each for file in files for each in judged(judge, open_lines(file))), *judge.finish()]
    assert attrs.evolve(found, hints=()) == report(judge, mended(slow, files, Judge), files)
    assert {each.code for each in found.findings} == {"IXN301"}
    assert found.rules[0].satisfied > 20


def waiting(chance, number):
    """A rule that waits for something, or for nothing that can come."""
    some = partial(chance.choice, [(), ("Invited",), ("Processing",), ("InWorkbin", "Completed"), ("Revoked",)])
    after, then, end = (Where(states=some(), negated=chance.random() < 0.3) for _ in range(3))
    within = chance.choice([None, 1, 3, 10, 50])
    return Rule(f"rule {number}", chance.choice(["eventually", "until"]), then, after, end, within)


@pytest.mark.parametrize("most", [5, 100, 200_000])
@pytest.mark.parametrize("seed", range(7))
def test_several_rules_wait(seed, most, tmp_path, monkeypatch):
    """With one line some end to wait, and others begin; however often what was worked out is forgotten."""
    monkeypatch.setattr(caches, "MAX_KEPT", most)
    chance = random.Random(seed)
    options = {"rules": [*ix.trace.DEFAULT_RULES, *(waiting(chance, number) for number in range(3))]}
    path = write(tmp_path, [*invitations(seed)])
    found = validate(path, **options)
    assert found == slowly(path, **options)
    assert any(each.code == "IXN302" for each in found.findings)


@pytest.mark.parametrize("letter", ["a", "ä", "€", "😀"])
def test_what_is_shown_of_the_line_that_waits(letter, tmp_path):
    lines = [{"note": letter * at, **shows("Invited", at, f"W{at}"), "seq": at} for at in (0, 1, 100, 300)]
    path = write(tmp_path, [json.dumps(each, ensure_ascii=False) for each in (*lines, shows("Processing", 400))])
    found = validate(path)
    assert found == slowly(path)
    assert len(found.findings) == 4


@pytest.mark.parametrize("time", ["1e15", "-1e15", "1e300", "1e20", "1e400", "-1e16", '"0001-01-01T00:00:00+23:59"'])
def test_a_time_out_of_range_is_a_wrong_line(time, tmp_path):
    lines = [{**shows("Invited", ts, f"W{at}"), "seq": at} for at, ts in enumerate((1, 2, "TIME", "TIME", 3))]
    path = write(tmp_path, [json.dumps(each).replace('"TIME"', time) for each in lines])
    found = validate(path)
    assert found == slowly(path)
    assert {each.place.line for each in found.unreadable} <= {3, 4}


@pytest.mark.parametrize("depth", [100, 2_000, 100_000])
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_nested_deeply_is_at_most_a_wrong_line(depth, jobs, tmp_path):
    lines = [json.dumps({**shows("Invited", at, f"W{at}"), "seq": at, "note": "NOTE"}) for at in range(4)]
    lines[2] = lines[2].replace('"NOTE"', '{"a":' * depth + "1" + "}" * depth)
    path = write(tmp_path, lines)
    found = validate(path, jobs=jobs)
    assert found == slowly(path)
    assert {each.place.line for each in found.unreadable} <= {3}
    assert found.interactions == 4 - len(found.unreadable)


def test_most_lines_are_read_quickly(tmp_path, monkeypatch):
    lines = [json.dumps(message(random.Random(3), f"W{n % 50}", "workitem", "Invited")) for n in range(1000)]
    path = write(tmp_path, [line for line in lines if "Nonsense" not in line])
    seen = []
    take = Judge.take
    monkeypatch.setattr(Judge, "take", lambda self, line: seen.append(line) or take(self, line))
    found = validate(path)
    assert found.ok
    assert (found.interactions, found.notifications) == (50, 1000)
    assert len(seen) < 20


@without_exact_repairs()
def test_without_msgspec(tmp_path, monkeypatch):
    path = write(tmp_path, day(5))
    found = validate(path)
    monkeypatch.setattr(batches, "msgspec", None)
    assert validate(path) == found


@given(st.data())
@settings(max_examples=60, deadline=None)
@without_exact_repairs()
def test_damaged_lines_are_read_alike(tmp_path_factory, data):
    chance = random.Random(data.draw(st.integers(0, 1000)))
    lines = [line.encode() for line in day(chance.randrange(8), 30)]
    for _ in range(3):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:cut] + data.draw(st.binary(max_size=2)).replace(b"\n", b"") + lines[at][cut + 1 :]
    path = write(tmp_path_factory.mktemp("damaged"), [b'{"method": "GET"}', *lines])
    assert validate(path) == slowly(path)


def test_a_rule_that_has_begun_to_wait_quickly_is_satisfied_slowly(tmp_path):
    begun = [shows("Invited", float(number), f"W{number}") for number in range(3)]
    worked = [shows("Processing", ts, "W2") for ts in (5.0, 500.0, 501.0)]
    rest = [shows("Processing", 6.0, f"W{number}") for number in range(2)]
    said = [{**value, "seq": number} for number, value in enumerate([*begun, worked[0], *rest, *worked[1:]])]
    path = write(tmp_path, map(json.dumps, said))
    found = validate(path)
    assert found == slowly(path)
    assert [each.satisfied for each in found.rules] == [3]


def test_a_number_out_of_range_is_named(tmp_path):
    said = [{**shows("Invited", 1.0), "seq": number} for number in (1, 2, 1 << 63, 1 - (1 << 63))]
    path = write(tmp_path, map(json.dumps, said))
    assert validate(path) == slowly(path)
    assert [each.place.line for each in validate(path).unreadable] == [3]


# === one run after the other ========================================================================================


def test_live_interactions_are_carried_over(tmp_path):
    state = tmp_path / "state.json"
    first = write(tmp_path, [json.dumps(shows("Invited", 100.0)), json.dumps(shows("Invited", 101.0, "W2"))], "1.jsonl")
    second = write(
        tmp_path, [json.dumps(shows("Processing", 110.0)), json.dumps(shows("InWorkbin", 500.0, "W2"))], "2.jsonl"
    )
    assert validate(first, resume=state).ok
    found = validate(second, resume=state)
    assert [(finding.code, finding.place.file) for finding in found.findings] == [
        ("IXN301", str(first)),
        ("IXN201", str(second)),
    ]
    assert validate(second).ok


@pytest.mark.parametrize("media", MEDIA)
def test_what_is_saved_is_what_it_was(media):
    judge = Judge()
    for number, state in enumerate(ix.GWS.media[media].states):
        if state != "Queued":
            said = {"interaction": f"X{number}", "media": media, "state": state, "agent": "a1"}
            list(judge.take(line(number, said)))
            list(
                judge.take(
                    line(
                        number,
                        {
                            "agent": "a1",
                            "interaction": f"X{number}",
                            "body": {"operationName": "Transfer", "userId": "a2"},
                        },
                    )
                )
            )
    saved = json.loads(json.dumps(judge.save()))
    other = Judge()
    other.resume(saved)
    assert json.loads(json.dumps(other.save())) == saved
    assert {key: (case.belief.candidates, case.roles) for key, case in other.cases.live.items()} == {
        key: (case.belief.candidates, case.roles) for key, case in judge.cases.live.items()
    }


def test_a_state_of_another_definition_is_refused():
    saved = Judge().save()
    with pytest.raises(ValueError, match="another definition"):
        Judge(ix.GWS.with_profile(transfer="on acceptance")).resume(saved)
    with pytest.raises(ValueError, match="not a saved judge state"):
        Judge().resume({})
    with pytest.raises(ValueError, match="damaged"):
        Judge().resume({**saved, "interactions": {"X": 7}})


# === sorted rows ====================================================================================================


@pytest.mark.parametrize("seed", range(4))
@without_exact_repairs()
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


@pytest.mark.parametrize("batch", [1, 7, 1_000])
def test_rows_out_of_order_are_refused(batch, tmp_path):
    """Each exchange of two neighbours that differ in their place, wherever batches end."""
    rows = sorted(keyed(open_lines(write(tmp_path, day(0)[:60]))), key=lambda row: row[:3])
    places = [at for at in range(len(rows) - 1) if rows[at][:3] != rows[at + 1][:3]]
    assert len(places) > 50
    for at in places:
        wrong = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
        batches = [wrong[begin : begin + batch] for begin in range(0, len(wrong), batch)]
        with pytest.raises(ValueError, match=re.escape(f"seq {rows[at].seq} comes after key")):
            list(fold_sorted(batches, rules=()))


def test_a_row_without_a_time_has_no_place_beside_one_with_it():
    rows = list(keyed(line(number, shows("Invited")) for number in (1, 2)))
    with pytest.raises(ValueError, match="time None"):
        list(fold_sorted([[rows[0], rows[1]._replace(time=None)]]))
    assert list(fold_sorted([[row._replace(time=None) for row in rows]])) == []


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
