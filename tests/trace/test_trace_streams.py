"""A stream has the findings of the recording, whatever comes late or out of order, and wherever it is saved; what comes
too late is reported, and a rule over time is overdue when its time is over."""

import json
import random
from functools import cache, partial
from itertools import count

import pytest
from days import recorded
from faults_of_days import FAULTS, plant, said
from records import RULES, note

import ixnstate as ix
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.trace import Judge, Rule, StreamJudge, StreamLine, Where, streams
from ixnstate.trace.saved import sealed

START = 1_767_600_000.0
DELAY = 10.0


@cache
def faulty(name):
    """The records of a day with a fault, each with its time."""
    days = ((recorded(seed, 350, lag=0.4), random.Random(seed)) for seed in count())
    return timed(said(next(found for day, chance in days if (found := plant(name, day, chance))))[0])


def timed(records):
    return [{**record, "ts": START + number} for number, record in enumerate(records)]


def stream_line(number, record):
    return StreamLine(record["ts"], "day", number, json.dumps(record))


def arriving(records, chance):
    """The lines in the order in which they come: each up to `DELAY` seconds late; and when."""
    coming = [(record["ts"] + chance.uniform(0, DELAY), number, record) for number, record in enumerate(records, 1)]
    return [(now, stream_line(number, record)) for now, number, record in sorted(coming, key=lambda line: line[:2])]


def batches(lines, chance):
    """The lines that come, put together at random, and when each batch is handed over."""
    while lines:
        size = chance.choice((1, 2, 5, 30))
        yield [line for _, line in lines[:size]], lines[size - 1 if size <= len(lines) else -1][0]
        lines = lines[size:]


def key(finding):
    return (
        finding.place.line,
        getattr(finding, "code", None),
        getattr(finding, "what", None),
        getattr(finding, "why", None),
    )


def streamed(lines, chance, new_judge, saving=0.0):
    stream, found = StreamJudge(new_judge(), delay=DELAY), []
    for batch, now in batches(lines, chance):
        chance.shuffle(batch)
        found += stream.take(batch, now)
        if chance.random() < saving:
            state = json.loads(json.dumps(stream.save()))
            stream = StreamJudge(new_judge(), delay=DELAY)
            stream.resume(state)
            assert stream.save() == state
    return sorted(map(key, [*found, *stream.finish()]), key=str)


@cache
def faulty_as_a_whole(name):
    return whole(faulty(name), Judge())


def whole(records, judge):
    found = []
    for number, record in enumerate(records, 1):
        found += judge.take(Line(Place("day", number), json.dumps(record), record))
    return sorted(map(key, [*found, *judge.finish()]), key=str)


@pytest.mark.parametrize("saving", [0.0, 0.2], ids=["at once", "saved now and then"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_stream_has_the_findings_of_the_recording(name, saving):
    records = faulty(name)
    findings = faulty_as_a_whole(name)
    assert findings
    chance = random.Random(name)
    assert streamed(arriving(records, chance), chance, Judge, saving) == findings


def test_a_line_that_is_handed_over_twice_counts_once():
    records, chance = faulty("two holders"), random.Random(0)
    coming = arriving(records, chance)
    again = sorted([*coming, *coming], key=lambda line: line[0])
    assert streamed(again, chance, Judge) == whole(records, Judge())


def test_a_line_without_a_time_is_of_the_latest_time():
    records = timed(said(plant("two holders", recorded(0, 350, lag=0.4), random.Random(0)))[0])
    stream = StreamJudge(Judge(), delay=0)
    found = []
    for number, record in enumerate(records, 1):
        line = stream_line(number, record)
        found += stream.take([line._replace(time=None) if number % 3 else line], record["ts"] + 0.5)
    assert sorted(map(key, [*found, *stream.finish()]), key=str) == whole(records, Judge())


# === lines that come too late =======================================================================================


INVITED = note("Invited", ts=START, interaction="w1")
LATER = note("Invited", ts=START + 20, interaction="w2")
MUCH_LATER = {**LATER, "ts": START + 100}


def test_a_line_that_comes_too_late_is_reported_and_excuses_what_may_follow_from_it():
    stream = StreamJudge(Judge(), delay=DELAY)
    assert stream.take([stream_line(1, INVITED), stream_line(3, LATER)], START + 20) == []
    assert stream.take([stream_line(4, {**LATER, "ts": START + 33})], START + 33) == []
    (late,) = stream.take([stream_line(2, note("Processing", ts=START + 1, interaction="w1"))], START + 34)
    assert isinstance(late, Unreadable)
    assert late.place == Place("day", 2)
    assert late.problem == "the line came too late: lines of up to 19 seconds after it had been judged"
    assert stream.take([stream_line(5, note("InWorkbin", ts=START + 34, interaction="w1"))], START + 34) == []
    assert stream.finish() == []
    assert stream.judge.undetermined == 1


def test_a_late_line_is_judged_in_its_order_as_long_as_nothing_after_it_was():
    stream = StreamJudge(Judge(), delay=DELAY)
    assert stream.take([stream_line(3, LATER)], START + 20) == []
    assert stream.take([stream_line(1, INVITED)], START + 21) == []
    assert stream.finish() == []
    assert stream.judge.notifications == 2


def test_a_line_of_the_future_counts_as_of_now():
    stream = StreamJudge(Judge(), delay=DELAY)
    future = {**LATER, "ts": START + 1e9}
    assert stream.take([stream_line(2, future)], START) == []
    assert stream.take([stream_line(1, INVITED)], START + 1) == []
    assert stream.judge.notifications == 0
    assert stream.take([], START + 11) == []
    assert stream.judge.notifications == 2


# === what is due though nothing comes ===============================================================================


def test_lines_are_judged_when_nothing_has_come_for_so_long():
    stream = StreamJudge(Judge(), delay=DELAY)
    assert stream.due is None
    stream.take([stream_line(1, INVITED)], START + 3)
    assert stream.due == START + 3 + DELAY
    stream.take([], START + 3 + DELAY - 0.5)
    assert stream.judge.notifications == 0
    stream.take([], stream.due)
    assert stream.judge.notifications == 1


@pytest.mark.parametrize("saved", [False, True])
def test_a_rule_is_overdue_when_its_time_is_over(saved):
    stream = StreamJudge(Judge(), delay=DELAY)
    stream.take([stream_line(1, INVITED)], START)
    stream.take([], START + DELAY)
    assert stream.due == pytest.approx(START + DELAY + 40, abs=0.1)
    if saved:
        state = stream.save()
        stream = StreamJudge(Judge(), delay=DELAY)
        stream.resume(state)
    assert stream.take([], stream.due - 0.1) == []
    (finding,) = stream.take([], stream.due)
    judge = Judge()
    assert key(finding) == next(key(each) for each in follow(judge, [INVITED, MUCH_LATER]))
    assert finding.code == "IXN301"
    assert stream.due is None
    assert stream.take([], START + 1e6) == []
    assert stream.finish() == []
    assert stream.judge.rules == (ix.trace.RuleOutcome("an invitation ends", 0, 1, 0),)


def follow(judge, records):
    for number, record in enumerate(records, 1):
        yield from judge.take(Line(Place("day", number), json.dumps(record), record))
    yield from judge.finish()


def test_other_lines_tell_the_time_too():
    stream = StreamJudge(Judge(), delay=0)
    assert stream.take([stream_line(1, INVITED)], START + 200) == []
    (finding,) = stream.take([stream_line(9, MUCH_LATER)], START + 201)
    assert (finding.code, finding.place.line) == ("IXN301", 1)


def test_one_line_with_a_wrong_time_makes_no_rule_overdue():
    stream = StreamJudge(Judge(), delay=0)
    line = stream_line(1, INVITED)
    assert stream.take([line], START) == []
    wrong = stream_line(2, {**LATER, "ts": START + 1e8})._replace(time=START + 1)
    assert stream.take([wrong], START + 1) == []


SOON = Rule("soon", "eventually", Where(("Processing", "Revoked")), Where(("Invited",)), within=5)


@pytest.mark.parametrize("seed", range(12))
def test_rules_come_out_as_in_the_recording(seed):
    chance = random.Random(seed)
    entries = enumerate(recorded(seed, 200, lag=0.4), 1)
    records = timed([{**entry.record, "seq": number} for number, entry in entries])
    findings = whole(records, Judge(rules=(*RULES, SOON)))
    assert any("soon" in str(finding[2]) for finding in findings)
    assert streamed(arriving(records, chance), chance, partial(Judge, rules=(*RULES, SOON)), 0.1) == findings


# === bounds, and what is wrong ======================================================================================


def test_no_more_lines_are_held_than_may_be(monkeypatch):
    monkeypatch.setattr(streams, "MAX_HELD", 5)
    stream = StreamJudge(Judge(), delay=1e9)
    for number in range(1, 30):
        line = stream_line(number, note("Invited", ts=START + number, interaction=f"w{number}"))
        stream.take([line], START + number)
        assert len(stream.save()["held"]) <= 5
    assert stream.judge.notifications == 24


def test_a_line_that_is_too_long_is_reported():
    stream = StreamJudge(Judge(), delay=0, longest=300)
    (found,) = stream.take([StreamLine(START, "f", 1, json.dumps({"x": "y" * 300}))], START)
    assert isinstance(found, Unreadable)
    assert found.problem == "the line is too long to be read"


@pytest.mark.parametrize(
    "text", ["", " ", "no JSON", "\ud800", '{"agent": "\\ud800"}', "[1, {}]", "[" * 100_000, "9" * 5_000]
)
def test_no_text_harms(text):
    stream = StreamJudge(Judge(), delay=5)
    stream.take([StreamLine(START, "f\ud800", 1, text)], START)
    state = json.loads(json.dumps(stream.save()))
    other = StreamJudge(Judge(), delay=5)
    other.resume(state)
    assert [key(found) for found in other.finish()] == [key(found) for found in stream.finish()]


GOOD = StreamLine(START, "f", 1, "{}")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (5, r"lines\[1\] must be a StreamLine, not 5"),
        (GOOD._replace(time="now"), r"lines\[1\]\.time must be a number of seconds, not 'now'"),
        (GOOD._replace(time=float("nan")), r"lines\[1\]\.time must be a number"),
        (GOOD._replace(time=True), r"lines\[1\]\.time must be a number"),
        (GOOD._replace(file=None), r"lines\[1\]\.file"),
        (GOOD._replace(number=-1), r"lines\[1\]\.number"),
        (GOOD._replace(text=b"{}"), r"lines\[1\]\.text"),
    ],
)
def test_what_is_no_line_is_named_and_nothing_is_taken(wrong, why):
    stream = StreamJudge(Judge())
    before = stream.save()
    with pytest.raises(ValueError, match=why):
        stream.take([GOOD, wrong], START)
    assert stream.save() == before


@pytest.mark.parametrize("now", [None, "now", float("inf"), float("nan"), True])
def test_what_is_no_time_is_named(now):
    with pytest.raises(ValueError, match="now must be a number of seconds"):
        StreamJudge(Judge()).take([], now)
    with pytest.raises(ValueError, match="now must be a number of seconds"):
        Judge().overdue(now)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"judge": 5}, "judge"),
        ({"judge": Judge(), "delay": -1}, "delay must be a number of seconds, 0 or more, not -1"),
        ({"judge": Judge(), "delay": float("nan")}, "delay must be"),
        ({"judge": Judge(), "longest": 0}, "longest"),
    ],
)
def test_what_is_wrong_with_arguments_is_named(given, why):
    with pytest.raises(ValueError, match=why):
        StreamJudge(**given)


def a_state():
    stream = StreamJudge(Judge())
    stream.take([stream_line(1, INVITED)], START)
    return stream.save()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda state: None, "not a saved stream"),
        (lambda state: {**state, "version": 0}, "not a saved stream"),
        (lambda state: {**state, "latest": 5.0}, "the state is damaged: it is not what"),
        (lambda state: unsealed({**state, "latest": "x"}), "the state is damaged: latest: expected"),
        (lambda state: unsealed({**state, "held": [[1.0, "f", 1]]}), r"the state is damaged: held\[0\]"),
        (lambda state: unsealed({**state, "judge": {}}), "not a saved judge state"),
        (lambda state: unsealed({**state, "more": 1}), "more: is not taken"),
    ],
)
def test_a_state_that_is_none_is_refused(change, why):
    stream = StreamJudge(Judge())
    before = stream.save()
    with pytest.raises(ValueError, match=why):
        stream.resume(change(a_state()))
    assert stream.save() == before


def unsealed(state):
    """With a digest that fits."""
    return sealed({name: value for name, value in state.items() if name != "digest"})
