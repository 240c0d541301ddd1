"""A recording that is judged in parts has the findings of the whole, at the same lines and in the same words.

That holds of every day, from every viewpoint, for every fault, of every number of parts, in whatever order parts come
and however often one of them is tried again. Rows that are not sorted raise. What is known of the whole recording is
small, and the same from whatever parts it is put together.
"""

import json
import random
from copy import deepcopy
from functools import cache
from itertools import count

import attrs
import pytest
from days import VIEWPOINTS, judged, recorded
from faults_of_days import FAULTS, plant, said
from faults_of_strangers import STRANGERS
from faults_of_strangers import plant as plant_stranger
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_of_days import day as short_day
from realistic import UNREADABLE, realistic
from realistic import VIEWPOINTS as REALISTIC
from records import tally_of

from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.records import UNNAMED
from ixnstate.reports import Tally
from ixnstate.trace import Finding, Judge, report
from ixnstate.trace.partition import (
    Facts,
    JudgeOptions,
    bucket_of,
    by_agent,
    by_interaction,
    judge_in_parts,
    rows_of,
    settle,
    sort_key,
)
from ixnstate.trace.partition.facts import NEVER

PARTS = (1, 2, 7, 64)


@cache
def settings_of(**options):
    return JudgeOptions(**options)


@cache
def like(**options):
    """A judge from which others learn what is worked out once."""
    return Judge(**options)


def lines_of(values):
    records = [record for value in values for record in (value if isinstance(value, list) else [value])]
    place = (Place("-", number) for number in count(1))
    return [
        Unreadable(next(place), record, "it is not valid JSON")
        if isinstance(record, str)
        else Line(next(place), json.dumps(record), record)
        for record in records
    ]


def agent_of(values):
    return None if '"agent"' in json.dumps(values) else UNNAMED


def told(found):
    """What is found, as it is read: in the order of lines."""
    found = list(found)
    findings = [
        (each.place.line, each.code, each.interaction, each.agent, each.what, each.why, each.right, each.accepted)
        for each in found
        if isinstance(each, Finding)
    ]
    return sorted(findings, key=str), sorted(each.place.line for each in found if isinstance(each, Unreadable))


def whole(values, **options):
    judge, found = Judge(**options, like=like(**options)), []
    judge.viewpoint.agent = agent_of(values)
    for line in lines_of(values):
        found += judge.take(line)
    return told([*found, *judge.finish()])


def in_parts(values, parts, **options):
    found, _ = judge_in_parts(lines_of(values), settings_of(**options, agent=agent_of(values)), parts=parts)
    return told(found)


def alike(values, parts, **options):
    expected = whole(values, **options)
    assert in_parts(values, parts, **options) == expected
    return expected


# === days ===========================================================================================================


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(3))
def test_every_viewpoint_of_a_day(seed, viewpoint):
    values = list(VIEWPOINTS[viewpoint](recorded(seed, 300), random.Random(seed)))
    alike(values, PARTS[(seed + len(viewpoint)) % 4])


@pytest.mark.parametrize("viewpoint", REALISTIC)
@pytest.mark.parametrize("seed", range(2))
def test_every_viewpoint_of_a_realistic_day(seed, viewpoint):
    values = list(REALISTIC[viewpoint](realistic(seed, 300, replies="with paths"), random.Random(seed)))
    assert alike(values, PARTS[(seed + len(viewpoint)) % 4])[0] == []


@pytest.mark.parametrize("viewpoint", ["full", "cut", "cut, of one agent", "one agent", "from a handshake on"])
def test_replies_that_name_nothing_are_to_the_oldest_request(viewpoint):
    values = list(REALISTIC[viewpoint](realistic(0, 400, replies="bare"), random.Random(0)))
    alike(values, 7)


@cache
def faulty(name, seed=0):
    days = (plant(name, recorded(number, 350, lag=0.4), random.Random(number)) for number in count(7 * seed))
    return next(planted for planted in days if planted)


@cache
def faulty_as_a_whole(name):
    return whole(said(faulty(name))[0])


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault(name, parts):
    records, line = said(faulty(name))
    findings, unreadable = in_parts(records, parts)
    assert (findings, unreadable) == faulty_as_a_whole(name)
    assert [(each[0], each[1]) for each in findings] == [(line, FAULTS[name].code)]


@pytest.mark.parametrize("seen", ["one agent", "notifications", "notifications of one agent"])
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_from_other_viewpoints(name, seen):
    alike(said(faulty(name), seen)[0], 7)


@pytest.mark.parametrize("name", STRANGERS)
def test_every_fault_of_a_stranger(name):
    days = (plant_stranger(name, recorded(number, 350, lag=0.4), random.Random(number)) for number in count())
    assert alike(said(next(planted for planted in days if planted))[0], 7)[0]


@pytest.mark.parametrize("seed", range(2))
def test_short_forms(seed):
    alike([json.loads(line) for line in short_day(seed)[:250]], 7)


# === days that are damaged ==========================================================================================

STATES = ("Invited", "Processing", "Completed", "InWorkbin", "Chatting", "Revoked")


def damaged(records, chance):
    """A day with a few faults and losses, of any kind, anywhere."""
    records = deepcopy(records)
    for _ in range(chance.choice((1, 3, 10))):
        at, to = sorted(chance.sample(range(len(records)), 2))
        record, body = records[at], records[at].get("body")
        match chance.randrange(9):
            case 0:
                del records[at]
            case 1 if isinstance(body, dict) and record.get("method") != "GET" and record["kind"] in UNREADABLE:
                records[at] = chance.choice(UNREADABLE[record["kind"]])(record)
            case 2 if isinstance(body, dict) and "referenceId" in body:
                body["referenceId"] += chance.choice((-3, -1, 1, 90_000))
            case 3:
                record["agent"] = records[to].get("agent")
            case 4:
                records[at], records[min(to, at + 4)] = records[min(to, at + 4)], record
            case 5:
                records.insert(at, deepcopy(record))
            case 6 if record["kind"] == "notification" and isinstance(body, dict):
                for resource in body.values():
                    if isinstance(resource, dict) and "state" in resource:
                        resource["state"] = chance.choice(STATES)
            case 7:
                missing = chance.choice(("messages", "request", "anything", "line"))
                gap = {"seq": 0, "kind": "gap", "missing": missing}
                records.insert(at, gap if chance.random() < 0.3 else {**gap, "agent": record.get("agent")})
            case 8 if record["kind"] == "response" and isinstance(body, dict):
                is_done = body.get("statusCode") == 0
                records[at] = {**record, "status": 500 if is_done else 200, "body": {"statusCode": 2 * is_done}}
    return records


@given(st.integers(0, 1 << 30), st.sampled_from(PARTS), st.sampled_from([None, "everything", "session"]))
@settings(max_examples=15, deadline=None)
def test_damaged_days(seed, parts, recorded_as):
    chance = random.Random(seed)
    if seed % 2:
        day = recorded(seed % 20, 300, lag=0.4)
    else:
        day = realistic(seed % 20, 300, replies=chance.choice(("with numbers", "with paths")))
    view = REALISTIC[chance.choice([name for name in REALISTIC if name not in ("frames", "messages of one agent")])]
    alike(damaged(list(view(day, chance)), chance), parts, recorded=recorded_as)


@pytest.mark.parametrize("missing", ["messages", "anything", "request", "reply"])
@pytest.mark.parametrize("viewpoint", ["one session", "some agents", "full"])
def test_what_was_lost_of_nobody_that_is_named(viewpoint, missing):
    values = list(REALISTIC[viewpoint](realistic(3, 300, replies="with paths"), random.Random(3)))
    for at in (1, 60, 61, 150):
        values.insert(at, {"kind": "gap", "missing": missing})
    alike(values, 7)


@pytest.mark.parametrize("seed", [0, 2, 6, 7])
def test_replies_that_name_nothing_and_of_which_some_are_lost(seed):
    """To which of several requests they are is a guess: then parts may know less than the whole, and accuse less."""
    values = REALISTIC["with unreadable lines"](
        realistic(seed, 300 + 100 * (seed != 6), replies="bare"), random.Random(seed)
    )
    expected, found = whole(values), in_parts(values, 7)
    assert found[1] == expected[1]
    assert set(map(str, found[0])) <= set(map(str, expected[0]))


# === replies to what was not recorded, replies that list something, several files ====================================


@pytest.mark.parametrize("replies", ["with numbers", "with paths"])
@pytest.mark.parametrize("seed", range(4))
def test_requests_that_were_not_recorded(seed, replies):
    chance = random.Random(seed)
    day = [entry.record for entry in realistic(seed, 400, replies=replies)]
    alike([record for record in day if record["kind"] != "request" or chance.random() < 0.7], 7)


def with_lists(day, chance):
    """A day in which agents read lists, too: of the replies none says what it answers."""
    values = []
    for record in day:
        values.append(record)
        agent = {"agent": record.get("agent")}
        if chance.random() < 0.1:
            body = {"operationName": "GetWorkbinContent"}
            values.append({"seq": 0, "kind": "request", **agent, "path": "/api/v2/me/workbins/wb1", "body": body})
        if chance.random() < 0.15:
            values.append({"seq": 0, "kind": "response", **agent, "status": 200, "body": {"statusCode": 0, "ids": []}})
    return [{**record, "seq": number} for number, record in enumerate(values, 1)]


@pytest.mark.parametrize("seed", range(4))
def test_replies_that_list_something(seed):
    alike(with_lists([entry.record for entry in realistic(seed, 300, replies="with paths")], random.Random(seed)), 7)


@pytest.mark.parametrize("seed", range(3))
def test_numbers_so_old_that_they_are_forgotten(seed, monkeypatch):
    monkeypatch.setattr("ixnstate.trace.requests.MAX_NUMBERS", 10)
    monkeypatch.setattr("ixnstate.trace.fast.records.MAX_NUMBERS", 10)
    monkeypatch.setattr("ixnstate.trace.exchange.MAX_NUMBERS", 10)
    values = deepcopy([entry.record for entry in realistic(seed, 400, agents=2, replies="with numbers")])
    chance, found = random.Random(seed), 0
    for record in values[200:]:
        body = record.get("body")
        if isinstance(body, dict) and body.get("referenceId") and chance.random() < 0.05:
            body["referenceId"] = max(1, body["referenceId"] - 30)
            found += 1
    assert found
    alike(values, 7)


def renamed(lines, cuts):
    """The same lines, in files that end at these lines."""
    names = [f"{sum(cut <= at for cut in cuts)}" for at in range(len(lines))]
    return [attrs.evolve(line, place=Place(name, line.place.line)) for name, line in zip(names, lines, strict=True)]


@pytest.mark.parametrize("cuts", [(), (100,), (1, 50, 51)])
@pytest.mark.parametrize("lack", [None, 0, 60])
def test_numbers_go_on_from_file_to_file(cuts, lack):
    """Then everything is recorded, up to the first number that lacks."""
    days = (plant_stranger("two hold it", recorded(n, 350, lag=0.4), random.Random(n)) for n in count())
    values = said(next(planted for planted in days if planted))[0]
    values = [{**record, "seq": number} for number, record in enumerate(values, 1)]
    lines = renamed(lines_of([record for at, record in enumerate(values) if at != lack]), cuts)
    judge, found = Judge(agent=agent_of(values)), []
    for line in lines:
        found += judge.take(line)
    expected = told([*found, *judge.finish()])
    for parts in (1, 7, 40):
        found, _ = judge_in_parts(lines, settings_of(agent=agent_of(values)), parts=parts)
        assert told(found) == expected
        rows = list(rows_of(lines))
        pieces = [settings_of().facts(rows[at : at + 1 + parts]) for at in range(0, len(rows), 1 + parts)]
        known = settings_of().known(Facts.of_parts(pieces))
        assert (known.whole_until < len(rows), known.is_cut) == (not judge.viewpoint.is_whole, judge.viewpoint.is_cut)
    assert expected[0] or lack is not None


def numbered_oddly(chance):
    """The first records of a day, of which some are lost, repeated, numbered otherwise, or cannot be read."""
    since = chance.choice((1, 0, 7))
    records = [{**entry.record, "seq": number} for number, entry in enumerate(recorded(2, 300)[:12], since)]
    values = list(records)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(values))
        number = values[at].get("seq") if isinstance(values[at], dict) else 1
        odd = (
            "no JSON", values[at], {**chance.choice(records), "seq": number}, {"kind": "meta", "seq": number},
            {"kind": "meta", "seq": 99}, {**chance.choice(records), "seq": None}, {**records[0], "body": "no message"},
        )  # fmt: skip
        values[at : at + chance.randrange(2)] = [chance.choice(odd)]
    return values


@given(st.randoms(use_true_random=False), st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_how_far_records_are_numbered_is_known_of_any_pieces(chance, size):
    lines = renamed(lines_of(numbered_oddly(chance)), sorted(chance.sample(range(12), 2)))
    judge, until, piece_until = Judge(agent=UNNAMED), [], []
    for order, line in enumerate(lines):
        judge.take(line)
        until += [] if judge.viewpoint.is_whole else [order]
        piece_until += [] if judge.viewpoint.is_whole or judge.viewpoint.is_piece else [order]
    rows = list(rows_of(lines))
    pieces = [settings_of().facts(rows[at : at + size]) for at in range(0, len(rows), size)]
    known = settings_of().known(Facts.of_parts(pieces))
    assert known.whole_until == (until or [NEVER])[0]
    assert known.is_cut == judge.viewpoint.is_cut
    assert known.piece_until == ((piece_until or [NEVER])[0] if known.is_cut else 0)


COUNTED = ("operations", "notifications", "interactions", "repeats", "gaps", "lists")


@pytest.mark.parametrize("viewpoint", ["full", "one agent", "notifications", "doubled", "cut", "with unreadable lines"])
def test_counts_are_those_of_the_whole(viewpoint):
    values = list(REALISTIC[viewpoint](realistic(1, 400, replies="with paths"), random.Random(1)))
    judge = Judge(agent=agent_of(values))
    for line in lines_of(values):
        judge.take(line)
    judge.finish()
    _, counts = judge_in_parts(lines_of(values), settings_of(agent=agent_of(values)), parts=7)
    assert {name: getattr(counts, name) for name in COUNTED} == {name: getattr(judge, name) for name in COUNTED}
    assert counts.rules == judge.rules


# === parts ==========================================================================================================


def mixed(seed=0):
    """A day with several faults, and lines that cannot be read."""
    values = damaged([entry.record for entry in recorded(4, 350, lag=0.4)], random.Random(seed))
    return [*values[:100], "no JSON", *values[100:]]


@pytest.mark.parametrize("seed", range(3))
def test_a_part_that_is_tried_again_changes_nothing(seed):
    chance, options = random.Random(seed), settings_of()
    rows = list(rows_of(lines_of(mixed(seed))))
    parts = [options.facts(rows[at : at + 50]) for at in range(0, len(rows), 50)]
    known = options.known(Facts.of_parts(parts))
    told_twice = [*by_agent(rows, known, options), *by_agent([row for row in rows for _ in range(2)], known, options)]
    chance.shuffle(told_twice)
    outcomes = list(by_interaction(sorted(told_twice, key=sort_key), known, options))
    outcomes += by_interaction(sorted(told_twice, key=sort_key), known, options)
    chance.shuffle(outcomes)
    assert told(settle(outcomes, known)) == whole(mixed(seed))


def test_facts_are_the_same_of_any_parts_in_any_order():
    chance = random.Random(1)
    rows = list(rows_of(lines_of([entry.record for entry in recorded(2, 300)])))
    expected = settings_of().known(settings_of().facts(rows))
    for size in (1, 7, 100):
        parts = [settings_of().facts(rows[at : at + size]) for at in range(0, len(rows), size)]
        chance.shuffle(parts)
        several = [Facts.of_parts(parts[:2]), Facts.of_parts(parts[2:])]
        facts = Facts.from_json(Facts.of_parts(several).to_json())
        known = settings_of().known(facts)
        assert (known.first_asked, known.first_told, known.early) == (
            expected.first_asked, expected.first_told, expected.early,
        )  # fmt: skip
        assert (known.whole_until, known.changes, known.latest) == (
            expected.whole_until, expected.changes, expected.latest,
        )  # fmt: skip


def test_facts_of_two_thousand_agents_are_small():
    request = {"kind": "request", "path": "/api/v2/me/workitems/W1", "body": {"operationName": "Save"}}
    message = {"messageType": "WorkitemStateChangeMessage", "workitem": {"id": "W1", "state": "Processing"}}
    values = []
    for number in range(2000):
        agent = f"agent{number}@example.com"
        values += [
            {"seq": len(values) + 1, "agent": agent, "kind": "notification", "partial": True, "body": message},
            {"seq": len(values) + 2, "agent": agent, **request},
        ]
    facts = settings_of().facts(rows_of(lines_of(values)))
    assert len(facts.asked) == 2000
    assert len(facts.to_json()) < 1 << 18


def test_rows_that_are_not_sorted_raise():
    options = settings_of()
    rows = list(rows_of(lines_of([entry.record for entry in recorded(2, 300)])))
    swapped = [rows[1], rows[0], *rows[2:]]
    with pytest.raises(ValueError, match=r"facts: the row with order = \(0,\) comes after \(1,\).*sorted by order"):
        options.facts(swapped)
    known = options.known(options.facts(rows))
    with pytest.raises(ValueError, match="by agent: the row"):
        list(by_agent(swapped, known, options))
    told_rows = sorted(by_agent(rows, known, options), key=sort_key)
    with pytest.raises(ValueError, match="by interaction: the row .*sorted by key, order, step, agent"):
        list(by_interaction(told_rows[::-1], known, options))
    other = told_rows[0]._replace(kind="lost")
    with pytest.raises(ValueError, match="differs from another one"):
        list(by_interaction([told_rows[0], other], known, options))
    parts = [options.facts(rows[::2]), options.facts(rows[1::2])]
    with pytest.raises(ValueError, match="overlaps"):
        Facts.of_parts(parts)


def test_a_bucket_is_the_same_in_each_process():
    assert [bucket_of(key, 7) for key in ("", None, "iW1", "aa1", "\ud800")] == [0, 0, 2, 3, 1]


def test_what_is_excused_is_excused_once(tmp_path):
    """A line that cannot be read excuses one finding of a code: in parts, too, whichever part finds them."""
    values = [entry.record for entry in recorded(4, 350, lag=0.4)]
    numbers = [
        at for at, record in enumerate(values)
        if record["kind"] == "notification" and "referenceId" in record["body"] and at > 60
    ]  # fmt: skip
    for at in numbers[:6]:
        values[at]["body"]["referenceId"] += 90_000
    expected, _ = alike(["no JSON", *values], 7)
    assert 0 < len(expected) < len(alike(values, 7)[0])


def test_the_report_of_the_whole_is_judged_alike():
    """`judged`, which other tests compare with, is the judge that takes line after line."""
    values = mixed()
    findings = judged(values).findings
    assert sorted((each.code, each.place.line) for each in findings) == sorted(
        (each[1], each[0]) for each in whole(values)[0]
    )
    assert report(Judge()).is_empty


# === what lines show ================================================================================================


def covered(values, parts):
    tally = Tally()
    judge_in_parts(lines_of(values), settings_of(agent=agent_of(values)), parts=parts, watch=tally.add)
    return tally


@pytest.mark.parametrize("view", REALISTIC)
@pytest.mark.parametrize("seed", range(2))
def test_parts_show_what_the_whole_shows(seed, view):
    values = list(REALISTIC[view](realistic(seed, 400, replies="with numbers"), random.Random(seed)))
    whole = tally_of(Judge(agent=agent_of(values), like=like()), lines_of(values)).coverage()
    assert any(part.seen for medium in whole for part in medium.parts)
    for parts in (1, 7):
        assert covered(values, parts).coverage() == whole


@pytest.mark.parametrize("name", sorted(FAULTS)[::4])
def test_tallies_of_parts_are_put_together(name):
    """Also where requests are refused, and edges stay open."""
    planted = next(each for seed in count() if (each := plant(name, recorded(seed, 350), random.Random(seed))))
    values, _ = said(planted)
    agents = sorted({value["agent"] for value in values})
    whole = Tally()
    for agent in agents:
        whole.add_plain(json.loads(json.dumps(covered([each for each in values if each["agent"] == agent], 2).plain())))
    several = [covered([each for each in values if each["agent"] == agent], 2).coverage() for agent in agents]
    for medium in whole.coverage():
        same = [each for coverage in several for each in coverage if each.media == medium.media]
        for part in medium.parts:
            assert set(part.seen) == {thing for each in same for thing in each.part(part.kind).seen}
        assert medium.arrows == frozenset().union(*(each.arrows for each in same))
        assert sum(medium.undecided.values()) == sum(sum(each.undecided.values()) for each in same)


@pytest.mark.parametrize("plain", [{"x": {}}, {"chat": {}}, {"chat": 5}, {"chat": {"states": [[99, 1]]}}, 5])
def test_what_is_no_tally_is_named(plain):
    with pytest.raises(ValueError, match="these are no counts of a tally"):
        Tally().add_plain(plain)
