"""Repairs of findings: what they leave is legal, nothing cheaper is, and what follows a faulty line counts."""

import json
import random
from itertools import product
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import SHOWN, walk

import ixnstate as ix
from conftest import MEDIA, MESSAGE_TYPES
from ixnstate import trace
from ixnstate.cli import cli
from ixnstate.recording.lines import Line, Place
from ixnstate.trace import Change
from ixnstate.trace.fast import columns as batches
from ixnstate.trace.repair import edits as mending
from ixnstate.trace.repair import search, story
from ixnstate.views import documented

FAULTS = sorted((Path(__file__).parents[2] / "docs" / "examples" / "faults").glob("*.jsonl"))


def write(folder, lines):
    path = folder / "lines.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def edits_of(report):
    """All edits of a report, each once, in the order of the lines."""
    return sorted(dict.fromkeys(edit for each in report.findings for edit in each.edits), key=lambda e: e.place.line)


def repaired(lines, edits):
    """The lines with the edits carried out."""
    before, at, gone = {}, {}, set()
    for edit in edits:
        new = [json.loads(edit.new)] if edit.new else []
        (before if edit.change is Change.INSERT else at).setdefault(edit.place.line, []).extend(new)
        gone |= {edit.reply.line} if edit.reply else set()
    return [
        each
        for number, line in enumerate(lines, 1)
        for each in (*before.get(number, ()), *(() if number in gone else at.get(number, (line,))))
    ]


def told(state, agent="a1", media="workitem"):
    names = next((each for each in documented(media, state).values() if each), ())
    about = {"id": "X1", "state": state, "capabilities": list(names)}
    return {"agent": agent, "messageType": MESSAGE_TYPES[media], media: about}


def ask(operation, agent="a1", **more):
    return {"agent": agent, "interaction": "X1", "media": "workitem", "body": {"operationName": operation}, **more}


# === what is repaired is legal ======================================================================================


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_faulty_twin_needs_one_edit_and_is_legal_then(path, tmp_path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    (edit,) = edits_of(trace.validate(path))
    assert trace.validate(write(tmp_path, repaired(lines, [edit]))).findings == ()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(MEDIA)), st.sampled_from(SHOWN), st.integers(0, 200), st.integers(1, 2))
def test_a_life_with_planted_faults_is_legal_when_it_is_repaired(tmp_path_factory, media, shown, seed, faults):
    lines, chance = walk(media, seed, shown), random.Random(seed)
    for _ in range(faults):
        if lines:
            at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            chance.choice([lambda: lines.pop(at), lambda: lines.insert(at, lines[other])])()  # noqa: B023
    folder = tmp_path_factory.mktemp("life")
    report = trace.validate(write(folder, lines))
    if not all(each.edits for each in report.findings):  # beyond a limit
        no_limits = patch.multiple(search, MAX_TRIALS=50_000, MAX_ALL_TRIALS=500_000, MAX_VISITED=500_000)
        with no_limits, patch.object(story, "MAX_FAULTS", 50):
            report = trace.validate(write(folder, lines))
    assert all(each.edits for each in report.findings)
    assert trace.validate(write(folder, repaired(lines, edits_of(report)))).findings == ()


# === nothing is cheaper =============================================================================================

NEW = [
    *map(ask, ix.GWS.media["workitem"].operations),
    *(told(state) for state in ("Invited", "Processing", "InWorkbin", "Completed", "Revoked")),
]


def with_one_edit(lines):
    for at in range(len(lines) + 1):
        yield from ([*lines[:at], new, *lines[at:]] for new in NEW)
        if at < len(lines):
            yield [*lines[:at], *lines[at + 1 :]]
            yield from ([*lines[:at], new, *lines[at + 1 :]] for new in NEW)


def is_legal(lines):
    judge = trace.Judge()
    taken = trace.judged(judge, (Line(Place("-", n), str(n), each) for n, each in enumerate(lines)))
    return not list(taken) and not list(judge.finish())


SHORT = [
    *product(map(ask, ("Accept", "Reject", "Complete", "PullWorkitem")), repeat=2),
    *product((told("Invited"), told("InWorkbin"), ask("Complete"), ask("Accept")), repeat=3),
]


@pytest.mark.parametrize("lines", SHORT, ids=str)
def test_no_repair_is_cheaper(lines, tmp_path):
    report = trace.validate(write(tmp_path, lines))
    edits = edits_of(report)
    assert bool(edits) == (not is_legal(lines))
    assert is_legal(repaired(lines, edits))
    if len(edits) == 2:
        assert not any(map(is_legal, with_one_edit(list(lines))))
    assert len(edits) <= 2 or len(lines) > 2


def test_what_follows_the_faulty_line_counts(tmp_path):
    lines = [told("Invited"), ask("Complete"), ask("SetInFocus"), ask("Complete")]
    report = trace.validate(write(tmp_path, lines))
    assert [each.repair for each in report.findings] == [
        "replace this line by Accept",
        *["replace line 2 by Accept"] * 2,
    ]
    assert len(edits_of(report)) == 1
    alone = trace.Judge()
    (finding, *_) = trace.judged(alone, trace.open_lines(write(tmp_path, lines)))
    assert finding.repair == "insert Accept before this line"
    assert not is_legal([*lines[:1], ask("Accept"), *lines[1:]])


def test_a_message_is_missing_where_there_are_only_messages(tmp_path):
    report = trace.validate(write(tmp_path, [told("Invited"), told("InWorkbin"), told("Processing")]))
    assert [each.repair for each in report.findings] == ["insert a notification of state Processing before this line"]


# === exchanges, runs, and what cannot be read again =================================================================


def test_a_request_goes_with_its_reply(tmp_path):
    begun = {"interaction": "X1", "media": "workitem", "state": "Processing", "agent": "a1"}
    asked = [ask("Complete", seq=n, kind="request", method="POST") for n in (1, 3)]
    done = [{"seq": n, "kind": "response", "agent": "a1", "body": {"statusCode": 0}} for n in (2, 4)]
    lines = [begun, asked[0], done[0], asked[1], done[1]]
    (finding,) = trace.validate(write(tmp_path, lines)).findings
    (edit,) = finding.edits
    assert (finding.repair, edit.place.line, edit.reply.line) == ("delete this line and its reply", 4, 5)
    assert repaired(lines, [edit]) == lines[:3]


def test_a_request_that_is_refused_stays(tmp_path):
    lines = [
        told("Invited"),
        ask("Complete", seq=1, kind="request"),
        {"seq": 2, "kind": "response", "agent": "a1", "body": {"statusCode": 2}},
        told("InWorkbin"),
    ]
    (finding,) = trace.validate(write(tmp_path, lines)).findings
    assert finding.edits
    assert trace.validate(write(tmp_path, repaired(lines, finding.edits))).findings == ()


def test_faults_far_apart_each_have_their_own_edit(tmp_path):
    lines = [told("Invited"), ask("Complete", agent="a2"), ask("Accept"), ask("Complete"), ask("Complete")]
    found = trace.validate(write(tmp_path, lines)).findings
    assert [(each.place.line, each.repair) for each in found] == [
        (2, "delete this line"), (5, "delete this line"),
    ]  # fmt: skip


def test_a_run_that_goes_on_repairs_what_the_day_before_began(tmp_path):
    state = tmp_path / "state.json"
    trace.validate(write(tmp_path, [told("Invited"), ask("Accept")]), resume=state)
    (finding,) = trace.validate(write(tmp_path, [ask("Reject"), ask("Complete")]), resume=state).findings
    assert (finding.repair, len(finding.edits)) == ("delete this line", 1)


@pytest.mark.parametrize("with_msgspec", [True, False])
def test_other_interactions_do_not_matter(with_msgspec, tmp_path, monkeypatch):
    if not with_msgspec:
        monkeypatch.setattr(batches, "msgspec", None)
    others = [json.loads(json.dumps(told(state)).replace("X1", f"Y{n}")) for n in range(9) for state in ("Invited",)]
    report = trace.validate(write(tmp_path, [told("Invited"), *others, told("InWorkbin"), *others]))
    assert [each.repair for each in report.findings] == ["insert a notification of state Processing before this line"]


def test_standard_input_cannot_be_read_again(tmp_path):
    path = write(tmp_path, [told("Invited"), ask("Complete"), ask("SetInFocus"), ask("Complete")])
    piped = CliRunner().invoke(cli, ["validate", "-"], input=path.read_bytes()).stdout
    assert "= repair, of this line alone: insert Accept before this line" in piped
    assert "= repair: replace this line by Accept" in CliRunner().invoke(cli, ["validate", str(path)]).stdout


CHANGES = {
    "shortened": lambda path: path.write_bytes(path.read_bytes()[:300]),
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": lambda path: path.unlink(),
    "another": lambda path: write(path.parent, [told("Processing"), ask("Transfer"), ask("Accept"), told("Queued")]),
    "grown": lambda path: path.write_bytes(path.read_bytes() * 2),
    "garbled": lambda path: path.write_bytes(bytes(range(256)) * 9),
    "backwards": lambda path: path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[::-1])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_between_the_two_readings_keeps_its_findings(tmp_path, monkeypatch, change):
    path = write(tmp_path, [told("Invited"), ask("Complete"), ask("SetInFocus"), ask("Complete"), told("Completed")])
    before = trace.validate(path)
    read_again = mending.read_again

    def changed(*arguments, **options):
        CHANGES[change](path)
        return read_again(*arguments, **options)

    monkeypatch.setattr(mending, "read_again", changed)
    after = trace.validate(path)
    assert [(each.code, each.place, each.text) for each in after.findings] == [
        (each.code, each.place, each.text) for each in before.findings
    ]


def test_too_many_findings_are_told_as_they_come(tmp_path, monkeypatch):
    monkeypatch.setattr(mending, "MAX_FINDINGS", 1)
    path = write(tmp_path, [told("Completed"), ask("Complete"), ask("Complete")])
    report = trace.validate(path)
    assert [bool(each.edits) for each in report.findings] == [False, False]
    judge = trace.Judge()
    coming = trace.mended(trace.read(judge, path), [path], trace.Judge)
    next(coming)
    assert judge.operations == 2


def test_a_strict_run_repairs_what_it_has_judged(tmp_path):
    path = write(tmp_path, [told("Completed"), ask("Complete"), 7, ask("Complete"), ask("Accept")])
    report = trace.validate(path, strict=True)
    assert [each.repair for each in report.findings] == ["delete this line"]
    assert len(edits_of(report)) == 1


def deep(levels):
    data = {}
    for _ in range(levels):
        data = {"a": data}
    return data


@pytest.mark.parametrize("levels", [1, 40, 850])
def test_a_definition_of_ones_own_and_lines_of_any_depth(levels, tmp_path):
    stamp = ix.Edge(operation="Stamp", source=ix.State.PROCESSING, target=ix.State.COMPLETED)
    own = ix.GWS.with_media("fax", like="email").with_edge("fax", stamp)
    lines = [ask("AttachUserData", userData=deep(levels)), ask("Stamp"), ask("Accept"), ask("Stamp"), ask("Stamp")]
    lines = [{"interaction": "X1", "media": "fax", "state": "Invited"}, *[{**line, "media": "fax"} for line in lines]]
    path = write(tmp_path, lines)
    report = trace.validate(path, definition=own)
    assert [each.place.line for each in report.findings] == [2, 3, 6]
    if all(each.edits for each in report.findings):
        path = write(tmp_path, repaired(lines, edits_of(report)))
        assert trace.validate(path, definition=own).findings == ()
    else:
        assert levels == 850
