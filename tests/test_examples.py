"""The documented examples are legal; each faulty twin has the one fault that it is named after; nothing breaks the judge.

A twin is a documented sequence with one thing wrong. `FAULTS` says, for each, where the judge must find it and which
words must say so: its file is legal without the line at fault.
"""

import copy
import io
import itertools
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import attrs
import pytest
from click.testing import CliRunner
from commands import STEPS, forms
from conftest import MEDIA
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate.cli import cli
from ixnstate.lines import Unreadable, read_stream
from ixnstate.trace import Finding, Judge, validate

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
TWINS = EXAMPLES / "faults"
GROUP, OWN, SUPERVISOR, OPERATIONS, SESSION = sorted(path.stem for path in EXAMPLES.glob("*.jsonl"))

# === the documented examples ========================================================================================

PULLS = "PullInteraction PullEmail PullWorkitem PullChat PullTweet PullFacebook PullFacebooksession PullOpenmedia".split()

DOCUMENTED = {
    GROUP: (
        [*PULLS[:4], *PULLS[3:], "PullChat", *PULLS[:3], *PULLS[4:]],
        [("WorkbinStateChangeMessage", "ItemRemoved"), ("WorkbinStateChangeMessage", "ItemRemoved")],
    ),
    OWN: (
        ["PullInteraction", "PullChat", "PullEmail", "PullWorkitem", "PullWorkitem"],
        [("WorkitemStateChangeMessage", "Processing")],
    ),
    SUPERVISOR: (
        ["AddInteraction", "AddInteraction", "AddEmail", "AddChat", "AddWorkitem", "AddWorkitem"],
        [("WorkitemStateChangeMessage", "InWorkbin")],
    ),
    OPERATIONS: (
        "Accept Reject Cancel Complete PlaceInQueue UpdateUserData AttachUserData DeleteUserData PlaceInWorkbin"
        " GetWorkbinContent Transfer".split(),
        [],
    ),
    SESSION: (["Complete", "Complete"], [("FacebooksessionStateChangeMessage", "Completed")]),
}
"""What the five pages show, in order: the operations, and the messages with what each says."""


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def message_of(line):
    resource = next((each for each in line.values() if isinstance(each, dict) and "id" in each), {})
    return line["messageType"], line.get("action") or resource.get("state")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_example_shows_what_its_page_shows(name):
    lines = lines_of(EXAMPLES / f"{name}.jsonl")
    operations, messages = DOCUMENTED[name]
    assert [line["body"]["operationName"] for line in lines if "body" in line] == operations
    assert [message_of(line) for line in lines if "messageType" in line] == messages


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_example_is_legal(name):
    report = validate(EXAMPLES / f"{name}.jsonl")
    assert report.ok, report
    assert (report.operations, report.notifications) == tuple(map(len, DOCUMENTED[name]))


def test_the_documented_examples_are_legal_together():
    report = validate(*EXAMPLES.glob("*.jsonl"))
    assert report.ok, report
    assert (report.operations, report.notifications) == (41, 5)


# === the twins ======================================================================================================


class Fault(NamedTuple):
    """Where the judge must find the fault of a file, and the words that must stand in what it says."""

    file: str
    of: str
    line: int
    code: str
    what: tuple[str, ...]
    why: tuple[str, ...]
    right: tuple[str, ...] = ()


ITEM_LIST = "[Transfer, AttachUserData, UpdateUserData, DeleteUserData, SetInFocus, Complete]"

FAULTS = [
    # file, twin of, line, code, what, why, right
    Fault("pull-before-add", GROUP, 2, "IXN101", ("PullWorkitem", "Processing"), ("may Transfer",), ("AddWorkitem",)),
    Fault("pull-twice", GROUP, 4, "IXN101", ("PullChat", "Chatting"), ("may Transfer",), ("AddChat",)),
    Fault("pull-from-another-group", GROUP, 2, "IXN101", ("PullEmail", "InWorkbin"), ("another workbin",)),
    Fault("pull-tweet-of-facebook", GROUP, 2, "IXN101", ("PullTweet", "facebook"), ("facebook has no such operation",)),
    Fault("nickname-in-pull-workitem", GROUP, 2, "IXN101", ("PullWorkitem",), ("takes no nickname",)),
    Fault("nickname-is-a-number", GROUP, 2, "IXN101", ("PullChat",), ("nickname must be a string", "not 7")),
    Fault("item-removed-without-pull", GROUP, 3, "IXN201", ("removed from its workbin",), ("nobody has pulled",), ("Pull",)),
    Fault("pull-email-of-a-workitem", OWN, 2, "IXN101", ("PullEmail",), ("workitem has no such operation",)),
    Fault("pull-from-another-workbin", OWN, 2, "IXN101", ("PullInteraction", "InWorkbin"), ("another workbin",)),
    Fault("pull-misspelt", OWN, 2, "IXN101", ("PullWorkItem",), ("no such operation", "did you mean PullWorkitem")),
    Fault("in-workbin-after-pull", OWN, 3, "IXN201", ("state InWorkbin",), ("in state Processing",), ("Processing",)),
    Fault("invited-after-pull", OWN, 3, "IXN201", ("state Invited",), ("in state Processing",), ("Processing",)),
    Fault("capabilities-in-wrong-order", OWN, 3, "IXN203", ("[AttachUserData,",), ("order",), (ITEM_LIST,)),
    Fault("capability-missing", OWN, 3, "IXN203", ("Processing",), ("SetInFocus missing",), (ITEM_LIST,)),
    Fault("capability-invented", OWN, 3, "IXN203", ("PlaceInQueue",), ("no page shows PlaceInQueue",), (ITEM_LIST,)),
    Fault("capability-twice", OWN, 3, "IXN203", ("Complete, Complete",), ("twice",), (ITEM_LIST,)),
    Fault("capabilities-empty-in-processing", OWN, 3, "IXN203", ("no capabilities",), ("missing",), (ITEM_LIST,)),
    Fault("notification-of-another-medium", OWN, 3, "IXN102", ("an email",), ("is a workitem",)),
    Fault(
        "complete-by-the-owner-after-another-pulled", OWN, 3, "IXN101",
        ("Complete", "Processing"), ("agent MaratTest does not hold it; b2 does",),
    ),
    Fault("complete-twice", OWN, 3, "IXN101", ("Complete", "in state Completed"), ("nothing leaves this state",)),
    Fault("capabilities-in-workbin", SUPERVISOR, 3, "IXN203", ("InWorkbin",), ("no page shows",), ("no capabilities",)),
    Fault("processing-after-add", SUPERVISOR, 3, "IXN201", ("state Processing",), ("in state InWorkbin",), ("InWorkbin",)),
    Fault("add-to-the-same-workbin-again", SUPERVISOR, 3, "IXN101", ("AddEmail", "InWorkbin"), ("in that workbin already",)),
    Fault("add-while-invited", SUPERVISOR, 2, "IXN101", ("AddChat", "Invited"), ("legal after Accept",), ("first Accept",)),
    Fault(
        "add-to-own-workbin-by-a-stranger", SUPERVISOR, 2, "IXN101",
        ("AddWorkitem", "Processing"), ("agent a2 does not hold it; MaratTest does",), ("another agent",),
    ),
    Fault("add-to-own-workbin-from-the-queue", SUPERVISOR, 2, "IXN101", ("AddInteraction", "Queued"), ("do not fit",)),
    Fault("add-email-of-a-chat", SUPERVISOR, 2, "IXN101", ("AddEmail", "chat"), ("chat has no such operation",)),
    Fault("add-after-complete", SUPERVISOR, 3, "IXN101", ("AddInteraction", "Completed"), ("nothing leaves this state",)),
    Fault("complete-without-pull", SUPERVISOR, 3, "IXN101", ("Complete", "InWorkbin"), ("after Pull",), ("first Pull",)),
    Fault("accept-by-a-stranger", OPERATIONS, 2, "IXN101", ("Accept", "Invited"), ("agent a2 is not invited", "a1 is")),
    Fault("accept-twice", OPERATIONS, 3, "IXN101", ("Accept", "in state Processing"), ("may Reply",), ("one of Reply",)),
    Fault("accept-without-offer", OPERATIONS, 2, "IXN101", ("Accept", "Queued"), ("legal after Offer",), ("first Offer",)),
    Fault("accept-with-a-queue", OPERATIONS, 2, "IXN101", ("Accept", "Invited"), ("takes no queue",)),
    Fault("reject-after-accept", OPERATIONS, 3, "IXN101", ("Reject", "in state Processing"), ("may Reply",)),
    Fault("processing-after-reject", OPERATIONS, 3, "IXN201", ("state Processing",), ("Queued",), ("Completed",)),
    Fault("cancel-of-an-inbound-email", OPERATIONS, 2, "IXN101", ("Cancel", "Processing"), ("may Reply",), ("Complete",)),
    Fault("complete-before-accept", OPERATIONS, 2, "IXN101", ("Complete", "Invited"), ("Accept or Reject",), ("first Accept",)),
    Fault("complete-of-a-draft", OPERATIONS, 2, "IXN101", ("Complete", "Composing"), ("may Cancel, Send",)),
    Fault("operation-misspelt", OPERATIONS, 2, "IXN101", ("Compleet",), ("no such operation", "did you mean Complete?")),
    Fault("place-in-queue-without-queue", OPERATIONS, 2, "IXN101", ("PlaceInQueue",), ("queue", "is missing")),
    Fault("place-in-workbin-without-workbin", OPERATIONS, 2, "IXN101", ("PlaceInWorkbin",), ("workbin is missing",)),
    Fault("get-workbin-content-without-workbin", OPERATIONS, 2, "IXN101", ("GetWorkbinContent",), ("workbin is missing",)),
    Fault("update-user-data-without-data", OPERATIONS, 2, "IXN101", ("UpdateUserData",), ("user", "is missing")),
    Fault("user-data-is-a-list", OPERATIONS, 2, "IXN101", ("AttachUserData",), ("must be a JSON object", "field1")),
    Fault("user-data-by-a-stranger", OPERATIONS, 2, "IXN101", ("AttachUserData",), ("agent a2 does not hold it; a1 does",)),
    Fault("delete-user-data-without-keys", OPERATIONS, 2, "IXN101", ("DeleteUserData",), ("keys must be", "1 or more")),
    Fault("update-in-a-workbin", OPERATIONS, 3, "IXN101", ("UpdateUserData", "InWorkbin"), ("after Pull",), ("first Pull",)),
    Fault("transfer-without-target", OPERATIONS, 2, "IXN101", ("Transfer",), ("is missing",)),
    Fault("transfer-to-an-agent-and-a-queue", OPERATIONS, 2, "IXN101", ("Transfer",), ("not both",)),
    Fault("transfer-to-oneself", OPERATIONS, 2, "IXN101", ("Transfer",), ("the target has it already",)),
    Fault("transfer-twice", OPERATIONS, 3, "IXN101", ("Transfer", "in state Invited"), ("a1 can do nothing with it now",)),
    Fault(
        "complete-into-a-queue-then-complete", SESSION, 3, "IXN101",
        ("Complete", "in state Queued"), ("a1 can do nothing with it now",), ("first Offer, then Accept",),
    ),
    Fault("complete-by-a-stranger", SESSION, 2, "IXN101", ("Complete", "Chatting"), ("agent a2 does not hold it; a1 does",)),
    Fault("queue-name-is-a-number", SESSION, 2, "IXN101", ("Complete",), ("must be a string", "not 7")),
    Fault("chatting-after-complete", SESSION, 3, "IXN201", ("state Chatting",), ("in state Completed",), ("Completed",)),
    Fault("capabilities-in-completed", SESSION, 3, "IXN203", ("Completed",), ("no page shows",), ("no capabilities",)),
    Fault("message-after-complete", SESSION, 3, "IXN101", ("SendMessage", "in state Completed"), ("nothing leaves",)),
    Fault("complete-as-a-chat", SESSION, 2, "IXN102", ("a chat",), ("is a facebooksession",)),
    Fault("cancel-of-a-session", SESSION, 2, "IXN101", ("Cancel",), ("facebooksession has no such operation",)),
]  # fmt: skip

WEAK = {}
"""Files whose fault is not found, or not said well, and why."""

TWIN_NAMES = [fault.file for fault in FAULTS]
SOUND = [fault for fault in FAULTS if fault.file not in WEAK]


def twin(name):
    return TWINS / f"{name}.jsonl"


def known_weak(values, name=lambda value: value):
    """The values as parameters of a test; those in `WEAK` must fail."""
    return [
        pytest.param(value, id=name(value), marks=[pytest.mark.xfail(reason=WEAK[name(value)])])
        if name(value) in WEAK
        else pytest.param(value, id=name(value))
        for value in values
    ]


def judged(*lines, raw=None):
    """What the judge says of these lines, in order: of JSON values, or of bytes."""
    raw = b"".join(json.dumps(line).encode() + b"\n" for line in lines) if raw is None else raw
    judge = Judge()
    return [found for line in read_stream(io.BytesIO(raw), "-") for found in judge.take(line)]


def test_every_file_has_a_row_and_every_row_a_file():
    assert sorted(TWIN_NAMES) == sorted(path.stem for path in TWINS.iterdir())


def test_every_example_has_faulty_twins():
    assert {name: 5 <= sum(fault.of == name for fault in FAULTS) for name in DOCUMENTED} == dict.fromkeys(DOCUMENTED, True)


@pytest.mark.parametrize("fault", known_weak(FAULTS, lambda fault: fault.file))
def test_a_twin_has_one_finding_where_its_fault_is(fault):
    report = validate(twin(fault.file))
    assert not report.unreadable
    (finding,) = report.findings
    assert (finding.code, finding.place.line) == (fault.code, fault.line)
    assert finding.text == twin(fault.file).read_text().splitlines()[fault.line - 1]
    for said, words in ((finding.what, fault.what), (finding.why, fault.why), (finding.right, fault.right)):
        assert [word for word in words if word not in (said or "")] == [], said


@pytest.mark.parametrize("fault", FAULTS, ids=TWIN_NAMES)
def test_a_twin_is_legal_without_the_line_at_fault(fault):
    lines = lines_of(twin(fault.file))
    del lines[fault.line - 1]
    assert judged(*lines) == []


@pytest.mark.parametrize("fault", FAULTS, ids=TWIN_NAMES)
def test_a_twin_is_short(fault):
    assert 2 <= len(lines_of(twin(fault.file))) <= 6


def test_the_list_of_the_twins_names_each_once():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `([a-z-]+)\.jsonl` \|", page, re.MULTILINE)) == sorted(TWIN_NAMES)


# --- the same lines in another dress --------------------------------------------------------------------------------


def enveloped(lines):
    return [{"channel": "/v2/me", "data": line} if "messageType" in line else line for line in lines]


def pretty(lines):
    return json.dumps(lines, indent=2), [1 + json.dumps(lines[:n], indent=2).count("\n") for n in range(1, len(lines) + 1)]


def one_by_one(lines):
    return "\n".join(json.dumps(line) for line in lines), list(range(1, len(lines) + 1))


def in_a_row(lines):
    texts = [json.dumps(line, indent=2) for line in lines]
    starts = itertools.accumulate((text.count("\n") + 1 for text in texts[:-1]), initial=1)
    return "\n".join(texts), list(starts)


DRESSES = {
    "no newline at the end": one_by_one,
    "CRLF": lambda lines: (one_by_one(lines)[0].replace("\n", "\r\n"), one_by_one(lines)[1]),
    "blank lines between": lambda lines: (
        one_by_one(lines)[0].replace("\n", "\n\n \t\r\n") + "\n\n",
        range(1, 3 * len(lines), 3),
    ),
    "an array in one line": lambda lines: (json.dumps(lines), [1] * len(lines)),
    "an array, pretty-printed": lambda lines: (pretty(lines)[0], [n - pretty_height(lines, n) for n in pretty(lines)[1]]),
    "objects, pretty-printed": in_a_row,
    "the data envelope": lambda lines: one_by_one(enveloped(lines)),
    "keys in another order": lambda lines: one_by_one([dict(reversed(line.items())) for line in lines]),
    "a number beside each": lambda lines: one_by_one([{"seq": n, **line} for n, line in enumerate(lines)]),
    "a byte order mark": lambda lines: ("\ufeff" + one_by_one(lines)[0], one_by_one(lines)[1]),
}
