"""A recording that is cut anywhere, and judged in two runs, has the findings of the whole:
whatever waits is carried over."""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from days import VIEWPOINTS, recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_of_days import day
from records import ACTIONS, RULES, ask, change, lines_of, note, recorded_day, reply, subscription

from ixnstate.cli import cli
from ixnstate.recording.lines import Line, Place
from ixnstate.recording.ordering import agent_of
from ixnstate.trace import Judge, followed, judged, open_lines, validate
from ixnstate.trace.saved import write_state


def in_two(lines, cut, like=None, **options):
    """What two judges find, of which the second goes on where the first was saved;
    and what they could not determine. The first may know what another has worked out; the second knows nothing."""
    first = Judge(**options, like=like)
    found = list(judged(first, lines[:cut]))
    saved = json.loads(json.dumps(first.save()))
    found += first.finish(is_over=False)
    second = Judge(**options)
    second.resume(saved)
    assert json.loads(json.dumps(second.save())) == saved
    found += [*judged(second, lines[cut:]), *second.finish()]
    return found, first.undetermined + second.undetermined


def assert_cut_anywhere(lines, **options):
    judge = Judge(**options)
    whole = [*judged(judge, lines), *judge.finish()]
    for cut in range(len(lines) + 1):
        assert in_two(lines, cut, judge, **options) == (whole, judge.undetermined), cut
    return whole


@st.composite
def faulty_days(draw):
    """Requests, replies and notifications, with times; some left out, doubled, put elsewhere, or changed."""
    lines = recorded_day(draw(st.integers(0, 5_000)), draw(st.integers(3, 14)))
    pace = draw(st.sampled_from([None, 1.0, 20.0]))
    lines = [{**line, "ts": pace and 1.7e9 + number * pace} for number, line in enumerate(lines)]
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(
            st.sampled_from(["leave out", "double", "move", "renumber", "name", "short", "refuse", "place", "misspell"])
        ):
            case "leave out" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, line)
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case "renumber" if isinstance(line.get("body"), dict):
                number = draw(st.sampled_from([None, 1, 2, 5, 400]))
                lines[at] = {**line, "body": {**line["body"], "referenceId": number}}
            case "name" if line.get("kind") == "response":
                lines[at] = {**line, "answers": draw(st.integers(0, len(lines)))}
            case "short" if line.get("kind") == "request":
                lines[at] = {key: value for key, value in line.items() if key != "kind"}
            case "misspell" if line.get("kind") == "request":
                change_of = draw(st.sampled_from([{"operationName": "Take"}, {"tag": "x"}]))
                lines[at] = {**line, "body": {**line["body"], **change_of}}
            case "place":
                agent, item = draw(st.sampled_from(["a1", "a2"])), draw(st.sampled_from(["X0", "X1", "w1"]))
                workbin = draw(st.sampled_from(["own", "team"]))
                told = [
                    change(action, item, workbin, agent)
                    for action in draw(st.lists(st.sampled_from(ACTIONS), max_size=4))
                ]
                ended = [subscription("Unsubscribed", workbin, agent)] * draw(st.booleans())
                lines[at:at] = [*told, *ended, *told]
            case "refuse" if line.get("kind") == "response":
                lines[at] = {**line, "body": {"statusCode": draw(st.sampled_from([0, 2]))}}
    return lines_of(lines)


@given(faulty_days(), st.sampled_from([{}, {"rules": RULES}, {"gaps": 1}]))
@settings(max_examples=25, deadline=None)
def test_a_recording_may_be_cut_anywhere(lines, options):
    assert_cut_anywhere(lines, **options)


OTHER, TEAM = "/api/v2/me/workitems/W2", "/api/v2/me/workbins/team"
BEGUN = (note("Invited"), ask("Accept", seq=1), note("Processing", number=7), reply(7))
CASES = {
    "an illegal request that is refused": ((*BEGUN, ask("Accept", seq=2), reply(code=2)), []),
    "an illegal request that is done": ((*BEGUN, ask("Accept", seq=2), reply(8)), ["IXN101"]),
    "an illegal request at the end": ((*BEGUN, ask("Accept", seq=2)), []),
    "an illegal request, and no replies at all": ((note("Processing"), ask("Accept", seq=2)), ["IXN101"]),
    "a request of another medium": ((*BEGUN, ask("Complete", path="/api/v2/me/chats/W1"), reply(8)), ["IXN102"]),
    "what only the platform does": ((*BEGUN, ask("Stop"), reply(code=3)), []),
    "what only the platform does, done": ((*BEGUN, ask("Stop"), reply(8)), ["IXN101"]),
    "refused, yet done": ((*BEGUN, ask("Complete"), note("Completed"), reply(code=5)), ["IXN112"]),
    "no notification": (
        (*BEGUN, ask("Complete"), reply(8), note("Invited", interaction="W2"), ask("Accept", path=OTHER),
         note("Processing", interaction="W2", number=9), reply(9)), ["IXN111"],
    ),
    "a number of another request": (
        (*BEGUN, ask("Complete"), reply(8), note("Completed", number=8), note("Invited", interaction="W2", number=8)),
        ["IXN113"],
    ),
    "a number without a request": ((*BEGUN, note("Processing", number=9)), ["IXN113"]),
    "a number whose request may come": ((*BEGUN, ask("Complete"), note("Completed", number=9), reply(8)), ["IXN113"]),
    "an unnumbered reply": ((*BEGUN, ask("Complete"), reply(), note("Completed", number=12)), []),
    "a creation": ((*BEGUN, ask("Create", path="/api/v2/me/emails", queueName="Out"), reply(8)), []),
    "a creation without its queue": ((*BEGUN, ask("Create", path="/api/v2/me/emails"), reply(8)), ["IXN101"]),
    "a reply that names its request": (
        (*BEGUN, ask("Reject", seq=20), ask("Complete", seq=21), reply(8, answers=21), reply(code=2, answers=20)), [],
    ),
    "a record that is there twice": ((note("Invited"), ask("Accept", seq=4), ask("Accept", seq=4), reply(1)), []),
    "put away before its medium was known": (
        (ask("AddInteraction", path=TEAM, id="W1"), change("ItemAdded", "W1", "team", "a2"),
         note("InWorkbin", number=1)), [],
    ),
    "put away before its medium was known, as the reply says": (
        (ask("AddInteraction", path=TEAM, id="W1"), reply(1), change("ItemAdded", "W1", "team", "a2"),
         note("InWorkbin", number=1)), [],
    ),
    "pulled before its medium was known": (
        (ask("PullInteraction", path=TEAM, id="W1"), note("Processing", number=1),
         change("ItemRemoved", "W1", "team", "a2"),
         note("Processing", number=1), reply(1)), [],
    ),
    "refused before its medium was known": (
        (ask("PullInteraction", path=TEAM, id="W1"), reply(code=2), note("Invited", "a2"), note("Processing")),
         ["IXN201"],
    ),
    "a late word when it is no longer early": (
        (*[note("Invited", interaction=f"X{n}") for n in range(19)], *BEGUN,
         change("ItemRemoved", "W1", "team", "a2")), ["IXN201"],
    ),
    "a request about what turns out to be of another medium": (
        (
            {**ask("AddInteraction", path="/api/v2/me/workbins/team", uri="W1"), "media": "twitter"},
            change("ItemAdded", "W1", "team", "a2"), change("ItemRemoved", "W1", "team", "a2"),
        ),
        ["IXN102"],
    ),
    # it may have been done, and the message its own
    "a wrong request": ((*BEGUN, ask("Complete", path=7), reply(code=6), note("Processing", number=9)), []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_waits_for_something_is_carried_over(case):
    values, codes = CASES[case]
    found = assert_cut_anywhere(lines_of(values))
    assert sorted(each.code for each in found if hasattr(each, "code")) == codes


def test_a_state_of_many_agents_is_the_same_in_every_process():
    """Sets of names have another order in every process, and every order of growing."""
    agents = [None, *(f"a{number}" for number in range(12))]
    lines = [
        {**line, "agent": agent} for agent in agents for line in (ask("Accept", interaction=f"W{agent}"), reply(7))
    ]
    assert_cut_anywhere(lines_of(lines))


def test_a_rule_knows_the_time_of_the_day_before():
    """The time of the last line decides what was late, also where the day after has no times."""
    lines = lines_of(
        [
            note("Invited", ts=100.0),
            note("Processing", interaction="W2", ts=500.0),
            note("Processing", interaction="W3"),
        ]
    )
    assert [each.code for each in assert_cut_anywhere(lines)] == ["IXN301"]


def test_a_request_that_python_cannot_write_is_not_carried_over():
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    judge = Judge()
    list(judged(judge, [Line(Place("-", 1), "...", ask("AttachUserData", userData=deep))]))
    Judge().resume(json.loads(json.dumps(judge.save())))


CUT_EVERY = int(os.environ.get("CUT_EVERY", "28"))


@pytest.mark.parametrize("seed", range(4))
def test_files_may_be_cut_anywhere(seed, tmp_path):
    """The quick way through files of notifications: two files, in two runs, and both in one file."""
    lines = day(seed, 60)
    whole = tmp_path / "whole.jsonl"
    whole.write_text("\n".join(lines))
    report = validate(whole)
    assert report.findings
    for cut in range(1 + 7 * seed % CUT_EVERY, len(lines), CUT_EVERY):  # each day is cut elsewhere
        state, days = tmp_path / f"state-{cut}.json", [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
        days[0].write_text("\n".join(lines[:cut]))
        days[1].write_text("\n".join(lines[cut:]))
        reports = [validate(days[0], resume=state), validate(days[1], resume=state, last=True)]
        found = [
            (each.code, each.what, each.why, each.place.line + cut * (each.place.file == str(days[1])))
            for one in reports
            for each in one.findings
        ]
        assert sorted(found) == sorted((each.code, each.what, each.why, each.place.line) for each in report.findings), (
            cut
        )
        assert sum(one.notifications for one in reports) == report.notifications


# === states =========================================================================================================


def a_state():
    judge = Judge()
    list(judged(judge, lines_of([*BEGUN, ask("Complete"), note("Invited", interaction="W2", ts=1.0)])))
    return json.loads(json.dumps(judge.save()))


def test_a_state_of_another_version_is_named():
    with pytest.raises(ValueError, match="of version 1, and this judge reads 8"):
        Judge().resume({**a_state(), "version": 1})


def _leaves(value, path=()):
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from ((*path, key) for key, _ in members)
    for key, member in members:
        yield from _leaves(member, (*path, key))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_state_that_was_changed_is_refused(data):
    state = a_state()
    *way, last = data.draw(st.sampled_from(list(_leaves(state))))
    inner = state
    for key in way:
        inner = inner[key]
    other = data.draw(st.none() | st.integers() | st.text() | st.just({}) | st.just([]))
    if inner[last] == other and type(inner[last]) is type(other):
        del inner[last]
    else:
        inner[last] = other
    judge = Judge()
    with pytest.raises(ValueError, match="state"):
        judge.resume(state)
    assert judge.save() == Judge().save()


def write(folder, name, values):
    path = folder / name
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def test_the_last_run_ends_the_recording(tmp_path):
    state, values = tmp_path / "state.json", CASES["an illegal request, and no replies at all"][0]
    first, second = write(tmp_path, "1.jsonl", values), write(tmp_path, "2.jsonl", [note("Invited", interaction="W9")])
    assert validate(first, resume=state).ok
    kept = state.read_bytes()
    (finding,) = validate(second, resume=state, last=True).findings
    assert (finding.code, finding.place.file, finding.place.line) == ("IXN101", str(first), 2)
    assert state.read_bytes() == kept
    shown = CliRunner().invoke(cli, ["validate", str(second), "--resume", str(state), "--last"])
    assert shown.exit_code == 1
    assert f"{first}:2" in shown.output.replace("\n", "")
    assert CliRunner().invoke(cli, ["validate", str(second), "--resume", str(state)]).exit_code == 0


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"7", b"{}", b'{"version": 1}'])
def test_a_damaged_file_is_named(tmp_path, content):
    state, day = tmp_path / "state.json", write(tmp_path, "1.jsonl", BEGUN)
    state.write_bytes(content)
    with pytest.raises(ValueError, match="state"):
        validate(day, resume=state)
    shown = CliRunner().invoke(cli, ["validate", str(day), "--resume", str(state)])
    assert shown.exit_code == 2
    assert "--resume" in shown.output
    assert state.read_bytes() == content, "what could not be read is not overwritten"


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    state = tmp_path / "state.json"
    write_state(state, {"a": 1})
    with pytest.raises(TypeError):
        write_state(state, {"a": {1, 2}})
    assert json.loads(state.read_text()) == {"a": 1}

    def fails(self, target):
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="no space"):
        write_state(state, {"a": 2})
    assert json.loads(state.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [state]


def test_a_link_stays_one(tmp_path):
    kept, link = tmp_path / "kept.json", tmp_path / "state.json"
    kept.write_text("{}")
    link.symlink_to(kept)
    write_state(link, {"a": 1})
    assert link.is_symlink()
    assert json.loads(kept.read_text()) == {"a": 1}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("viewpoint", ["notifications", "full"])
def test_a_report_counts_the_interactions_of_its_own_files(seed, viewpoint, tmp_path):
    """Not those of earlier days that nothing more is said of."""
    values = VIEWPOINTS[viewpoint](recorded(seed, 300), random.Random(seed))
    cut, state = 2 * len(values) // 3, tmp_path / "state.json"
    parts = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    for path, lines in zip(parts, (values[:cut], values[cut:]), strict=True):
        path.write_text("\n".join(map(json.dumps, lines)))
    first = validate(parts[0], resume=state)
    slow = Judge(agent=agent_of(parts[1:]))
    slow.resume(json.loads(state.read_text()))
    assert slow.interactions == 0
    shown = {seen.interaction for seen, _ in followed(slow, open_lines(parts[1])) if seen}
    second = validate(parts[1], resume=state, last=True)
    assert second.interactions == slow.interactions
    assert len(shown) <= second.interactions < first.interactions + len(shown)
    if viewpoint == "notifications":
        assert second.interactions == len(shown)
