"""The documented examples are legal; each faulty twin has the one fault of its name; nothing breaks the judge.

A twin is a documented sequence with one thing wrong. `FAULTS` says, for each, where the judge must find it and which
words must say so: its file is legal without the line at fault.
"""

import copy
import importlib.util
import io
import itertools
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from commands import STEPS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lives import SHOWN, WIRE, notice, on_a_terminal, plain, state, walk

import ixnstate as ix
from conftest import MEDIA
from ixnstate import trace
from ixnstate.cli import cli
from ixnstate.recording import documents
from ixnstate.recording.lines import Unreadable, grouped
from ixnstate.recording.reading import read_stream
from ixnstate.trace import Finding, Judge, validate

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
TWINS = EXAMPLES / "faults"
GROUP, OWN, SUPERVISOR, OPERATIONS, SESSION = sorted(path.stem for path in EXAMPLES.glob("*.jsonl"))

# === the documented examples ========================================================================================

PULLS = [
    "PullInteraction",
    "PullEmail",
    "PullWorkitem",
    "PullChat",
    "PullTweet",
    "PullFacebook",
    "PullFacebooksession",
    "PullOpenmedia",
]

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
        [
            "Accept",
            "Reject",
            "Cancel",
            "Complete",
            "PlaceInQueue",
            "UpdateUserData",
            "AttachUserData",
            "DeleteUserData",
            "PlaceInWorkbin",
            "GetWorkbinContent",
            "Transfer",
        ],
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
    Fault("pull-before-add", GROUP, 2, "IXN101", ("PullWorkitem", "Processing"), ("it is in no workbin; a1 holds it",),
        ("AddWorkitem",)),
    Fault("pull-twice", GROUP, 4, "IXN101", ("PullChat", "Chatting"), ("it is in no workbin; a1 holds it",),
        ("AddChat",)),
    Fault("pull-from-another-group", GROUP, 2, "IXN101", ("PullEmail", "InWorkbin"), ("it is in workbin",)),
    Fault("pull-tweet-of-facebook", GROUP, 2, "IXN101", ("PullTweet", "facebook"), ("facebook has no such operation",)),
    Fault("nickname-in-pull-workitem", GROUP, 2, "IXN101", ("PullWorkitem",), ("takes no nickname",)),
    Fault("nickname-is-a-number", GROUP, 2, "IXN101", ("PullChat",), ("nickname must be a string", "not 7")),
    Fault("item-removed-without-pull", GROUP, 3, "IXN201", ("removed from its workbin",), ("nobody has pulled",),
        ("Pull",)),
    Fault("pull-email-of-a-workitem", OWN, 2, "IXN101", ("PullEmail",), ("workitem has no such operation",)),
    Fault("pull-from-another-workbin", OWN, 2, "IXN101", ("PullInteraction", "InWorkbin"), ("it is in workbin",)),
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
    Fault("processing-after-add", SUPERVISOR, 3, "IXN201", ("state Processing",), ("in state InWorkbin",),
        ("InWorkbin",)),
    Fault("add-to-the-same-workbin-again", SUPERVISOR, 3, "IXN101", ("AddEmail", "InWorkbin"),
        ("in that workbin already",)),
    Fault("add-while-invited", SUPERVISOR, 2, "IXN101", ("AddChat", "Invited"), ("legal after MaratTest's Accept",),
        ("first Accept",)),
    Fault(
        "add-to-own-workbin-by-a-stranger", SUPERVISOR, 2, "IXN101",
        ("AddWorkitem", "Processing"), ("agent a2 does not hold it; MaratTest does",), ("the same by MaratTest",),
    ),
    Fault("add-to-own-workbin-from-the-queue", SUPERVISOR, 2, "IXN101", ("AddInteraction", "Queued"), ("do not fit",)),
    Fault("add-email-of-a-chat", SUPERVISOR, 2, "IXN101", ("AddEmail", "chat"), ("chat has no such operation",)),
    Fault("add-after-complete", SUPERVISOR, 3, "IXN101", ("AddInteraction", "Completed"),
        ("nothing leaves this state",)),
    Fault("complete-without-pull", SUPERVISOR, 3, "IXN101", ("Complete", "InWorkbin"), ("'s PullEmail",),
        ("first Pull",)),
    Fault("accept-by-a-stranger", OPERATIONS, 2, "IXN101", ("Accept", "Invited"), ("agent a2 is not invited", "a1 is")),
    Fault("accept-twice", OPERATIONS, 3, "IXN101", ("Accept", "in state Processing"), ("may Reply",),
        ("one of Reply",)),
    Fault("accept-without-offer", OPERATIONS, 2, "IXN101", ("Accept", "Queued"), ("legal after the platform's Offer",),
        ("first Offer",)),
    Fault("accept-with-a-queue", OPERATIONS, 2, "IXN101", ("Accept", "Invited"), ("takes no queue",)),
    Fault("reject-after-accept", OPERATIONS, 3, "IXN101", ("Reject", "in state Processing"), ("may Reply",)),
    Fault("processing-after-reject", OPERATIONS, 3, "IXN201", ("state Processing",), ("Queued",), ("Completed",)),
    Fault("cancel-of-an-inbound-email", OPERATIONS, 2, "IXN101", ("Cancel", "Processing"), ("may Reply",),
        ("Complete",)),
    Fault("complete-before-accept", OPERATIONS, 2, "IXN101", ("Complete", "Invited"), ("Accept or Reject",),
        ("first Accept",)),
    Fault("complete-of-a-draft", OPERATIONS, 2, "IXN101", ("Complete", "Composing"), ("may Cancel, Send",)),
    Fault("operation-misspelt", OPERATIONS, 2, "IXN101", ("Compleet",),
        ("no such operation", "did you mean Complete?")),
    Fault("place-in-queue-without-queue", OPERATIONS, 2, "IXN101", ("PlaceInQueue",), ("queue", "is missing")),
    Fault("place-in-workbin-without-workbin", OPERATIONS, 2, "IXN101", ("PlaceInWorkbin",), ("workbin is missing",)),
    Fault("get-workbin-content-without-workbin", OPERATIONS, 2, "IXN101", ("GetWorkbinContent",),
        ("workbin is missing",)),
    Fault("update-user-data-without-data", OPERATIONS, 2, "IXN101", ("UpdateUserData",), ("user", "is missing")),
    Fault("user-data-is-a-list", OPERATIONS, 2, "IXN101", ("AttachUserData",), ("must be a JSON object", "field1")),
    Fault("user-data-by-a-stranger", OPERATIONS, 2, "IXN101", ("AttachUserData",),
        ("agent a2 does not hold it; a1 does",)),
    Fault("delete-user-data-without-keys", OPERATIONS, 2, "IXN101", ("DeleteUserData",), ("keys must be", "1 or more")),
    Fault("update-in-a-workbin", OPERATIONS, 3, "IXN101", ("UpdateUserData", "InWorkbin"), ("'s PullEmail",),
        ("first Pull",)),
    Fault("transfer-without-target", OPERATIONS, 2, "IXN101", ("Transfer",), ("is missing",)),
    Fault("transfer-to-an-agent-and-a-queue", OPERATIONS, 2, "IXN101", ("Transfer",), ("not both",)),
    Fault("transfer-to-oneself", OPERATIONS, 2, "IXN101", ("Transfer",), ("the target has it already",)),
    Fault("transfer-twice", OPERATIONS, 3, "IXN101", ("Transfer", "in state Invited"),
        ("a1 can do nothing with it now",)),
    Fault(
        "complete-into-a-queue-then-complete", SESSION, 3, "IXN101",
        ("Complete", "in state Queued"), ("a1 can do nothing with it now",), ("first Offer, then Accept",),
    ),
    Fault("complete-by-a-stranger", SESSION, 2, "IXN101", ("Complete", "Chatting"),
        ("agent a2 does not hold it; a1 does",)),
    Fault("queue-name-is-a-number", SESSION, 2, "IXN101", ("Complete",), ("must be a string", "not 7")),
    Fault("chatting-after-complete", SESSION, 3, "IXN201", ("state Chatting",), ("in state Completed",),
        ("Completed",)),
    Fault("capabilities-in-completed", SESSION, 3, "IXN203", ("Completed",), ("no page shows",), ("no capabilities",)),
    Fault("message-after-complete", SESSION, 3, "IXN101", ("SendMessage", "in state Completed"), ("nothing leaves",)),
    Fault("complete-as-a-chat", SESSION, 2, "IXN102", ("a chat",), ("is a facebooksession",)),
    Fault("cancel-of-a-session", SESSION, 2, "IXN101", ("Cancel",), ("facebooksession has no such operation",)),
]  # fmt: skip

WEAK: dict[str, str] = {}
"""What the judge does not do well yet, and why: these cases must fail until it does."""

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
    assert {name: sum(fault.of == name for fault in FAULTS) >= 5 for name in DOCUMENTED} == dict.fromkeys(
        DOCUMENTED, True
    )


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


def indented(lines):
    return [json.dumps(line, indent=2) for line in lines]


def enveloped(lines):
    return [{"channel": "/v2/me", "data": line} if "messageType" in line else line for line in lines]


DRESSES: dict[str, Any] = {
    "no newline at the end": plain,
    "CRLF": lambda lines: plain(lines).replace("\n", "\r\n") + "\r\n",
    "blank lines between": lambda lines: "\n" + plain(lines).replace("\n", "\n\n \t\r\n") + "\n\n",
    "an array in one line": json.dumps,
    "an array, pretty-printed": lambda lines: json.dumps(lines, indent=2),
    "objects, pretty-printed": lambda lines: "\n".join(indented(lines)),
    "the data envelope": lambda lines: plain(enveloped(lines)),
    "keys in another order": lambda lines: plain(dict(reversed(line.items())) for line in lines),
    "a number beside each": lambda lines: plain({"seq": n, **line} for n, line in enumerate(lines)),
    "a byte order mark": lambda lines: "\ufeff" + plain(lines),
    "a byte order mark, pretty-printed": lambda lines: "\ufeff" + json.dumps(lines, indent=2),
}


def starts(dress, lines):
    """The numbers of the lines in which each of ``lines`` begins."""
    heights = [text.count("\n") + 1 for text in indented(lines)]
    if dress == "blank lines between":
        return [2 + 3 * n for n in range(len(lines))]
    if dress == "an array in one line":
        return [1] * len(lines)
    if "pretty-printed" in dress:
        return list(itertools.accumulate(heights[:-1], initial=1 if dress.startswith("objects") else 2))
    return list(range(1, len(lines) + 1))


@pytest.mark.parametrize("dress", known_weak(DRESSES))
def test_the_dress_of_the_lines_does_not_matter(dress):
    for fault in SOUND:
        lines = lines_of(twin(fault.file))
        (finding,) = judged(raw=DRESSES[dress](lines).encode())
        assert (finding.code, finding.place.line) == (fault.code, starts(dress, lines)[fault.line - 1]), fault.file
        assert finding.what == words_of(fault.file)


@cache
def words_of(file):
    """What the first finding of a twin says."""
    return validate(twin(file)).findings[0].what


IDS = re.compile("FE7978FEWFE|02F0ASAK8EAFA00W|0001BaBFVPR20035|0002DaAVKJ0V0095")


def test_interactions_that_are_interleaved_do_not_disturb_each_other():
    renamed = [
        json.loads(IDS.sub(lambda found, n=n: f"{found[0]}-{n}", plain([lines_of(twin(fault.file))])))
        for n, fault in enumerate(SOUND)
    ]
    shuffled = [line for lines in itertools.zip_longest(*renamed) for line in lines if line]
    found = {finding.interaction.rpartition("-")[2]: finding for finding in judged(*shuffled)}
    assert {int(n): finding.code for n, finding in found.items()} == {n: fault.code for n, fault in enumerate(SOUND)}
    for n, fault in enumerate(SOUND):
        assert shuffled[found[str(n)].place.line - 1] == renamed[n][fault.line - 1]


# === what else is legal, and what is not ============================================================================


def request(operation, agent="a1", /, **body):
    return {"agent": agent, "interaction": "X1", "body": {"operationName": operation, **body}}


def post(path, operation, agent="a1", **body):
    return {"agent": agent, "method": "POST", "path": path, "body": {"operationName": operation, **body}}


LEGAL = {
    "a reply in a line that names the interaction": [state("email"), request("Reply", queueName="Q")],
    "a reply to a path": [state("email"), post("/api/v2/me/emails/X1", "Reply", queueName="Q")],
    "work that is revoked, then offered again": [
        state("email"), request("SetInFocus"), notice("email", "Revoked"), notice("email", "Invited"),
    ],
    "work that is revoked, then put into a workbin": [
        state("email"), request("SetInFocus"), notice("email", "Revoked"),
            post("/api/v2/users/a2/workbins/w", "AddEmail", "boss", id="X1"),
    ],
    "an invitation that is revoked, then another": [
        notice("chat", "Invited", "a1"), notice("chat", "Revoked", "a1"), notice("chat", "Invited", "a2"),
    ],
    "an invitation that is revoked, then put into a workbin": [
        notice("chat", "Invited", "a3"), notice("chat", "Revoked", "a3"),
        post("/api/v2/users/a9/workbins/wb", "AddChat", "boss", id="X1"),
    ],
    "messages alone: rejected, offered again, revoked, put into a workbin": [
        notice("chat", "Invited", "a3"), notice("chat", "Completed", "a3"), notice("chat", "Invited", "a3"),
        notice("chat", "Revoked", "a3"), notice("chat", "InWorkbin", "a1"),
    ],
    "messages alone: transferred, rejected, put into a workbin": [
        notice("email", "Processing", "a2"), notice("email", "Completed", "a2"), notice("email", "Invited", "a1"),
        notice("email", "Completed", "a1"), notice("email", "InWorkbin", "a2"),
    ],
    "messages alone: let go, then offered again": [
        notice("email", "Processing"), notice("email", "Completed"), notice("email", "Invited"),
    ],
    "messages alone: let go, then put into a workbin": [
        notice("email", "Processing"), notice("email", "Completed"), notice("email", "InWorkbin"),
    ],
    "messages alone: left, put away, taken out": [
        notice("chat", "LeftChat"), notice("chat", "InWorkbin"), notice("chat", "LeftChat"),
    ],
    "a request to read": [state("email"), {"agent": "a1", "method": "GET", "path": "/api/v2/me"}],
    "a request that is about no interaction": [post("/api/v2/me/workbins/wb", "Subscribe")],
    "a message that is about no interaction": [{"messageType": "DeviceStateChangeMessage", "devices": []}],
    "a pull in a line without its path": [state("email", "InWorkbin", workbin="wb"), request("PullEmail")],
    "a pull in a line without its path, after an add with it": [
        state("email"), post("/api/v2/me/workbins/wb", "AddEmail", id="X1"), request("PullEmail", "a2"),
    ],
    "an add in a line without its path, and a pull with it": [
        state("email"), request("AddEmail"), post("/api/v2/me/workbins/wb", "PullEmail", id="X1"),
    ],
    "a supervisor who pulls": [
        state("email", "InWorkbin", workbin="wb", owner="a1"),
            post("/api/v2/users/a1/workbins/wb", "PullEmail", "boss", id="X1"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", known_weak(LEGAL))
def test_legal_recordings(name):
    assert judged(*LEGAL[name]) == []


ILLEGAL = {
    "the agent's name in the body": ([state("email"), request("Complete", "a2", by="a1")], "IXN101", "by"),
    "a parameter in the spelling of Python": ([state("email"), request("PlaceInQueue", queue_name="Q")], "IXN101",
        "queue"),
    "a target in the spelling of Python": ([state("email"), request("Transfer", target_agent="a2")], "IXN101",
        "target"),
    "a surplus parameter of Create": (
        [post("/api/v2/me/workitems", "Create", queueName="Q", haste=1)], "IXN101", "takes no haste",
    ),
    "Create without a queue": ([post("/api/v2/me/workitems", "Create")], "IXN101", "is missing"),
    "Create of a chat": ([post("/api/v2/me/chats", "Create", queueName="Q")], "IXN101", "chat"),
    "Cancel of an email that came from a queue": (
        [state("email", "Queued", None), request("Offer"), request("Accept"), request("Cancel")], "IXN101", "may Reply",
    ),
    "Cancel of an email that came by an invitation": (
        [state("email", "Invited"), request("Accept"), request("Cancel")], "IXN101", "may Reply",
    ),
    "an operation of nobody": ([state("email"), request("Complete", None)], "IXN101", "is missing"),
    "a state that the medium never has": ([notice("workitem", "Chatting")], "IXN201", "workitem"),
    "a message that shows the queue": ([notice("workitem", "Queued")], "IXN201", ""),
    "an unknown operation of a workbin": (
        [state("email", "InWorkbin", workbin="wb"), post("/api/v2/me/workbins/wb", "PullEmial", id="X1")],
        "IXN101", "did you mean PullEmail?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", known_weak(ILLEGAL))
def test_illegal_recordings(name):
    lines, code, word = ILLEGAL[name]
    (finding,) = judged(*lines)
    assert isinstance(finding, Finding), finding
    assert finding.code == code
    assert word in finding.why


def test_a_refused_operation_changes_nothing():
    found = judged(state("email", "Invited"), request("Complete"), request("Accept"), request("Complete"))
    assert [finding.place.line for finding in found] == [2]


def test_after_a_message_that_disagrees_judging_goes_on_from_what_it_reports():
    found = judged(state("email", "Composing"), notice("email", "Processing"), request("Complete"))
    assert [(finding.place.line, finding.code) for finding in found] == [(2, "IXN201")]


# --- what the library does is legal to its judge --------------------------------------------------------------------


@pytest.mark.parametrize("shown", known_weak(SHOWN))
def test_what_the_library_does_is_legal(shown):
    for media in MEDIA:
        for seed in range(40):
            lines = walk(media, seed, shown)
            assert judged(*lines) == [], (media, seed, lines)


# === the command line ===============================================================================================


def run(*arguments, stdin=b"", status=None):
    """The command line, run with these arguments. No exception but an exit may leave it."""
    result = CliRunner().invoke(cli, ["validate", *map(str, arguments)], input=stdin, catch_exceptions=False)
    assert status is None or result.exit_code == status, result.output
    return result


def a_file(folder, content, name="lines.jsonl"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


GOOD = EXAMPLES / f"{OWN}.jsonl"
BAD = twin("complete-twice")
JUNK = b"neither\nnor\n"


def test_exit_status_of_what_is_legal():
    assert run(GOOD, status=0).stdout == "legal: 5 operations, 1 notification of 2 interactions\n"


def test_exit_status_of_findings():
    result = run(GOOD, BAD, status=1)
    assert result.stdout.splitlines()[-1].startswith("1 finding in 7 operations")


def test_exit_status_of_unreadable_lines(tmp_path):
    junk = a_file(tmp_path, JUNK)
    run(junk, status=2)
    run(GOOD, junk, status=2)
    run(junk, BAD, status=1)


def test_exit_status_of_a_file_that_cannot_be_read(tmp_path):
    missing = tmp_path / "missing.jsonl"
    for unreadable in (missing, tmp_path):
        result = run(unreadable, status=2)
        assert str(unreadable) in result.stderr
        run(GOOD, unreadable, status=2)
        run(unreadable, BAD, status=2)


@pytest.mark.parametrize("name", known_weak(["a missing file is not called legal"]))
def test_the_verdict_fits_the_exit_status(name, tmp_path):
    for file in (tmp_path / "missing.jsonl", a_file(tmp_path, JUNK)):
        assert "legal" not in run(file, status=2).stdout


@pytest.mark.parametrize("arguments", [[], ["--format", "xml", GOOD], ["--no-such-option"], ["--profile", "x=1", GOOD]])
def test_exit_status_of_wrong_usage(arguments):
    assert "Usage:" in run(*arguments, status=2).stderr


@pytest.mark.parametrize("content", ["", "\n", " \r\n\t\n", "[]"])
def test_an_empty_file_is_not_called_legal(tmp_path, content):
    assert run(a_file(tmp_path, content), status=2).stdout == "nothing to judge: no line is about an interaction\n"


@pytest.mark.parametrize("fault", FAULTS, ids=TWIN_NAMES)
def test_text_shows_all_of_a_finding(fault):
    result = run(twin(fault.file))
    for finding in validate(twin(fault.file)).findings:
        parts = (
            f"{finding.code}: {finding.what}\n",
            f" {finding.place}  (",
            f"{finding.place.line} | ",
            finding.why,
            finding.right,
        )
        assert [part for part in parts if (part or "") not in result.stdout] == []
        assert result.exit_code == 1


@pytest.mark.parametrize("path", [*EXAMPLES.glob("*.jsonl"), *TWINS.iterdir()], ids=lambda path: path.stem)
def test_json_says_the_same(path):
    report, result = validate(path), run(path, "--format", "json")
    said = json.loads(result.stdout)
    assert said["ok"] is report.ok is (result.exit_code == 0)
    counts = (report.operations, report.notifications, report.interactions)
    assert (said["operations"], said["notifications"], said["interactions"]) == counts
    told = [
        (f["file"], f["line"], *(f[key] for key in ("code", "interaction", "agent", "what", "why", "right")))
        for f in said["findings"]
    ]
    assert told == [
        (f.place.file, f.place.line, f.code, f.interaction, f.agent, f.what, f.why, f.right) for f in report.findings
    ]
    assert [refusal and refusal["code"] for refusal in (f["refusal"] for f in said["findings"])] == [
        finding.refusal and finding.refusal.code for finding in report.findings
    ]
    assert said["unreadable"] == [
        {"file": u.place.file, "line": u.place.line, "problem": u.problem} for u in report.unreadable
    ]


def test_json_is_whole_when_nothing_can_be_read(tmp_path):
    said = json.loads(run(tmp_path / "missing.jsonl", "--format", "json", status=2).stdout)
    assert said == {
        "ok": False,
        "operations": 0,
        "notifications": 0,
        "interactions": 0,
        "findings": [],
        "unreadable": [],
    }


def test_standard_input():
    from_file, from_input = run(BAD, status=1).stdout, run("-", stdin=BAD.read_bytes(), status=1).stdout
    alone = from_file.replace(" = repair: ", " = repair, of this line alone: ")  # what is read once has no other
    assert from_input == alone.replace(str(BAD), "-") != from_file.replace(str(BAD), "-")


def test_files_are_judged_together_in_their_order(tmp_path):
    lines = BAD.read_text().splitlines(keepends=True)
    first, rest = a_file(tmp_path, lines[0], "1.jsonl"), a_file(tmp_path, "".join(lines[1:]), "2.jsonl")
    assert f" {rest}:2 " in run(first, rest, status=1).stdout
    run(rest, first, status=1)
    assert run(first, "-", stdin="".join(lines[1:]), status=1).stdout.count("IXN101") == 1


UNREADABLE = {
    "not UTF-8": (b'{"agent": "\xff"}', "not UTF-8 at byte 12"),
    "a number": (b"7", "must be an object, not 7"),
    "null": (b"null", "must be an object, not None"),
    "a string": (b'"Accept"', "must be an object, not 'Accept'"),
    "cut off": (b'{"agent": "a1", "body"', "not valid JSON at column"),
    "nested too deeply": (b"[" * 100_000 + b"]" * 100_000, ""),
    "nested almost too deeply": (b"[" * 1_000 + b"]" * 1_000, ""),
    "a huge number": (b'{"interaction": ' + b"9" * 10_000 + b"}", ""),
    "a huge id": (json.dumps(state("email", interaction="x") | {"interaction": "x" * 513}).encode(),
        "interaction: must be"),
    "an id that is a list": (b'{"agent": "a", "body": {"operationName": "PullEmail", "id": ["X"]}}', ""),
    "an id that is a number": (b'{"agent": "a", "body": {"operationName": "PullEmail", "id": 7}}', "id: must be"),
    "UTF-16": (json.dumps(state("email")).encode("utf-16-le"), ""),
    "an empty object": (b"{}", "nothing"),
    "an unknown state": (json.dumps(state("email", "Waiting")).encode(), "Waiting"),
    "a state of another medium": (json.dumps(state("workitem", "Chatting")).encode(), "a workitem is never Chatting"),
    "an unknown medium": (json.dumps(state("fax")).encode(), "fax"),
    "a path that is none": (b'{"agent": "a", "path": "http://[", "body": {"operationName": "Accept"}}', "path: "),
    "a carriage return inside": (b'{"agent":\r "a1"', "not valid JSON at column"),
    "a control character": (b'{"agent": "\x1b[31m"}', "not valid JSON at column"),
}  # fmt: skip


def loads_without_orjson():
    """What `ixnstate.recording.documents` reads JSON with where orjson is not installed."""
    spec = importlib.util.spec_from_file_location("documents_without_orjson", documents.__file__)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "orjson", None)
        spec.loader.exec_module(module)
    return module.loads


@pytest.mark.parametrize("loads", [documents.loads, loads_without_orjson()], ids=["as installed", "without orjson"])
@pytest.mark.parametrize("name", known_weak(UNREADABLE))
def test_a_line_that_cannot_be_read_does_not_stop_the_rest(name, loads, monkeypatch):
    monkeypatch.setattr(documents, "loads", loads)
    raw, problem = UNREADABLE[name]
    alone = judged(raw=raw)
    assert {type(found) for found in alone} == {Unreadable}
    assert problem in alone[0].problem
    good = BAD.read_bytes().splitlines(keepends=True)
    for at in range(len(good) + 1):
        found = judged(raw=b"".join([*good[:at], raw, b"\n", *good[at:]]))
        assert [(type(each), each.place.line) for each in found] == sorted(
            [(Unreadable, at + 1), (Finding, 3 if at > 2 else 4)], key=lambda each: each[1]
        )


def test_an_id_may_have_512_characters():
    assert judged(state("email") | {"interaction": "x" * 512}) == []


ESCAPES = "\x1b[31m \x1b]0;title\x07 \x9b31m \r\x08 \u202e \u2028 \x00"
SPOILT = [
    state("email") | {"agent": ESCAPES},
    request("Accept", ESCAPES),
    request(ESCAPES),
    request("Complete", **{ESCAPES: ESCAPES}),
    request("Transfer", userId=[ESCAPES]),
    {"messageType": "EmailStateChangeMessage", "email": {"id": "X1", "state": "Queued", "capabilities": [ESCAPES]}},
    {"messageType": "EmailStateChangeMessage", "email": {"id": "X1", "state": ESCAPES}},
    {ESCAPES: ESCAPES},
    state("email") | {"interaction": ESCAPES},
    request("Accept", "stranger") | {"interaction": ESCAPES},
    ESCAPES,
]


def unprintable(text):
    return {each for each in text if not each.isprintable()} - {"\n"}


def test_no_control_character_of_a_recording_reaches_the_terminal():
    raw = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in SPOILT) + ESCAPES.encode()
    for stdin in (raw, "\n".join(map(json.dumps, SPOILT)).encode()):
        for form in ("text", "json"):
            assert unprintable(run("-", "--format", form, stdin=stdin, status=1).output) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="no such file names there")
@pytest.mark.parametrize("name", known_weak(["a file name with control characters"]))
def test_no_control_character_of_a_file_name_reaches_the_terminal(name, tmp_path):
    path = a_file(tmp_path, JUNK, "\x1b[31m.jsonl")
    assert unprintable(run(path, tmp_path / "\x1b[31m", status=2).output) == set()


def test_no_colours_and_no_progress_in_a_pipe():
    command = [sys.executable, "-m", "ixnstate", "validate", "-"]
    lines = (json.dumps(state("email")) + "\n").encode() * 30_000 + BAD.read_bytes()
    done = subprocess.run(command, input=lines, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\x1b" not in done.stdout


COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-9]|9[0-7])(?:;[0-9]+)*m")


def test_colours_on_a_terminal_unless_no_color_is_set():
    status, shown = on_a_terminal(BAD)
    assert (status, bool(COLOUR.search(shown))) == (1, True)
    status, shown = on_a_terminal(BAD, NO_COLOR="1")
    assert (status, bool(COLOUR.search(shown))) == (1, False)
    assert "can't Complete" in shown


def test_long_input_shows_progress_on_a_terminal(tmp_path):
    path = a_file(tmp_path, (json.dumps(state("email")) + "\n") * 30_000)
    status, shown = on_a_terminal(path)
    assert status == 0
    assert re.search(r"[0-9,]+ lines", shown)


# === nothing breaks it ==============================================================================================

CODES = {"IXN101", "IXN102", "IXN201", "IXN203"}


def check(*lines):
    """Judge lines, whatever they are: every answer is a finding or an unreadable line, with words and a true place."""
    found = judged(*lines)
    for each in found:
        assert isinstance(each, Finding | Unreadable)
        assert 1 <= each.place.line <= len(lines)
        if isinstance(each, Finding):
            assert each.code in CODES
            assert all(isinstance(text, str) and text for text in (each.what, each.why))
        else:
            assert each.problem
    return found


BREAKERS = {
    "a path with half an address": post("http://[bad/x", "Accept"),
    "a list for an id": {"agent": "a1", "body": {"operationName": "PullEmail", "id": ["X1"]}},
    "an object for an id": {"agent": "a1", "body": {"operationName": "PullEmail", "id": {"a": 1}}},
    "content twice": request("Reply", queueName="Q", email=5, body="text"),
    "content of lists": request("Reply", queueName="Q", email=[1], body=[2], mime={}),
    "half a character": state("email") | {"interaction": "\ud800"},
    "half a character as a state": state("email", "\udfff"),
    "a number for the method": {**request("Accept"), "method": 7},
    "an object for the operation": {**request("Accept"), "body": {"operationName": {}}},
    "a list for the body": {**request("Accept"), "body": [[]]},
    "parameters named as in Python": request("Accept", self=1, operation=2, new_id=3, media=4, arguments=5, agent=6),
    "an agent named in the body": request("Offer", agent=["a1"]),
    "a message without its resource": {"messageType": "ChatStateChangeMessage", "chat": None},
    "a message about a list": {"messageType": "ChatStateChangeMessage", "chat": []},
    "a message in two envelopes": {"data": {"data": {"messageType": "X"}}},
    "capabilities of lists": {"messageType": "ChatStateChangeMessage",
        "chat": {"id": "X1", "state": "Invited", "capabilities": [[]]}},
    "a state of lists": {"messageType": "ChatStateChangeMessage", "chat": {"id": "X1", "state": [["Invited"]]}},
    "an id of a million characters": {"messageType": "ChatStateChangeMessage",
        "chat": {"id": "x" * 1_000_000, "state": "Invited"}},
    "an operation of a million characters": request("x" * 1_000_000),
    "infinity": request("AttachUserData", userData={"x": float("inf")}),
    "a kind of lists": {**request("Accept"), "kind": []},
}  # fmt: skip


@pytest.mark.parametrize("name", known_weak(BREAKERS))
@pytest.mark.parametrize("before", [[], [state("email")], [state("chat", "Invited")], [notice("email", "InWorkbin")]])
def test_odd_lines_are_answered(name, before):
    check(*before, BREAKERS[name])


DEEP = "[" * 1_000 + "]" * 1_000


@pytest.mark.parametrize("name", known_weak(["agent", "body", "operationName", "queueName", "state", "array"]))
def test_deep_values_are_answered(name):
    line: dict[str, Any] = {"agent": "a1", "interaction": "X1", "body": {"operationName": "Complete"}}
    lines: dict[str, Any] = {
        "operationName": {**line, "body": {"operationName": "#"}},
        "queueName": {**line, "body": {"operationName": "Complete", "queueName": "#"}},
        "state": {"messageType": "ChatStateChangeMessage", "chat": {"id": "X1", "state": "#"}},
        "array": ["#"],
    }
    line = lines.get(name, {**line, name: "#"})
    raw = plain([state("email")]) + "\n" + json.dumps(line).replace('"#"', DEEP) + "\n" + plain([line])
    judged(raw=raw.encode())
    judged(raw=raw.encode().replace(b"\n", b",").join([b"[", b"]"]))


WORDS = [
    *ix.State, *MEDIA, *STEPS, *WIRE.values(), "X1", "a1", "", "POST", "GET", "/api/v2/me/emails/X1",
        "/api/v2/workbins/wb",
    "/api/v2/users/a9/workbins/wb?agentGroup=G", "http://[", "ItemAdded", "ItemRemoved", "WorkbinStateChangeMessage",
]  # fmt: skip
KEYS = [
    "agent", "media", "interaction", "state", "body", "operationName", "method", "path", "kind", "seq", "data",
        "messageType",
    "notificationType", "action", "id", "uri", "capabilities", "referenceId", "workbin", "owner", "agentGroup", "queue",
    *MEDIA, *WIRE.values(), "chatStateResourceV2", "email", "body", "mime", "by", "keys", "self",
]  # fmt: skip
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)
SOURCES = [lines_of(path)[:8] for path in sorted([*EXAMPLES.glob("*.jsonl"), *TWINS.iterdir()])]
for source in SOURCES:
    for line in source:
        for part in line.values():
            if isinstance(part, dict) and "userData" in part:
                part["userData"] = {"key": "value"}


@st.composite
def mutated(draw):
    """The lines of an example or a twin, with parts of them replaced, removed, renamed or doubled."""
    lines = copy.deepcopy(draw(st.sampled_from(SOURCES)))
    for _ in range(draw(st.integers(1, 3))):
        holder, key = lines, draw(st.integers(0, len(lines) - 1))
        for _ in range(draw(st.integers(0, 3))):
            if isinstance(holder[key], dict | list) and holder[key]:
                holder = holder[key]
                key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        change = draw(st.sampled_from(["replace", "remove", "move"]))
        if change == "replace" or (holder is lines and len(lines) == 1):
            holder[key] = draw(ANY_JSON)
        elif change == "remove":
            del holder[key]
        elif isinstance(holder, dict):
            holder[draw(st.sampled_from(KEYS))] = holder.pop(key)
        else:
            holder.insert(draw(st.integers(0, len(holder))), holder[key])
    return lines


@settings(max_examples=300)
@given(st.lists(ANY_JSON, min_size=1, max_size=4))
def test_any_json_is_answered(lines):
    judged(*lines)


@settings(max_examples=600)
@given(mutated())
@example([BREAKERS["a list for an id"]])
@example([BREAKERS["a path with half an address"]])
def test_examples_with_anything_in_them_are_answered(lines):
    judged(*lines)


@settings(max_examples=200)
@given(mutated(), st.sampled_from(["text", "json"]))
@example(SPOILT, "text")
@example(SPOILT, "json")
def test_the_command_line_agrees_with_the_judge(lines, form):
    judge = Judge(agent="(unnamed)")  # as nobody knows of standard input before whether a line names one
    found = [*grouped(trace.judged(judge, read_stream(io.BytesIO(plain(lines).encode()), "-"))), *judge.finish()]
    result = run("-", "--format", form, stdin=plain(lines).encode())
    findings = sum(isinstance(each, Finding) for each in found)
    is_empty = not (judge.interactions or judge.operations or found)
    assert result.exit_code == (1 if findings else 2 if found or is_empty else 0)
    assert result.stderr == ""
    assert unprintable(result.stdout) == set()
    if form == "json":
        said = json.loads(result.stdout)
        assert (len(said["findings"]), len(said["unreadable"])) == (findings, len(found) - findings)


@settings(max_examples=300)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False), st.binary(max_size=3))
def test_damaged_files_are_answered(lines, chance, junk):
    damaged = bytearray(plain(lines).encode())
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(damaged))
        damaged[at : at + chance.randint(0, 30)] = junk
    raw = bytes(damaged).replace(b"\r", b"")
    for each in judged(raw=raw):
        assert 1 <= each.place.line <= raw.count(b"\n") + 1


@given(st.binary())
def test_any_bytes_are_answered(raw):
    judged(raw=raw)
