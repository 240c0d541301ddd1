"""What the quick way takes from a record is what the strict way takes from it.

Laws, for every sequence of records: where the quick way gives facts, they are those of the strict way; it ignores only
what is about no interaction; and what it has learnt of one record it never puts into another one.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ixnstate import GWS
from ixnstate.gws import MessageError
from ixnstate.recording.lines import Line, Place
from ixnstate.recording.records import read_record
from ixnstate.trace import facts
from ixnstate.trace.fast.decoding import IGNORED, Reader, record_decoder
from ixnstate.trace.knowledge import Knowledge

NAMES = st.sampled_from(["a1", "a2", "own", "seat", "users", "G1", "workbins", "x" * 513, "a%31", ""])
IDS = st.sampled_from(["00000001AB", "00000002AB", "own", "a1"])
WORKBINS = st.builds(
    "/api/v2/{}workbins/{}{}".format,
    st.one_of(st.sampled_from(["me/", "", "users/"]), NAMES.map("users/{}/".format)),
    NAMES,
    st.one_of(
        st.sampled_from(["", "?", "/", "?agentGroup="]),
        NAMES.map("?agentGroup={}".format),
        NAMES.map("?placeGroup={}".format),
        NAMES.map("/interactions/{}".format),
    ),
)
ITEMS = st.builds("/api/v2/me/{}/{}".format, st.sampled_from(["chats", "workitems", "interactions", "emails"]), IDS)
OPERATIONS = st.sampled_from([
    "Accept", "Complete", "Transfer", "PlaceInWorkbin", "AddInteraction", "AddWorkitem", "PullInteraction", "PullChat",
    "Subscribe", "Invite", "Create", "UpdateUserData", "GetWorkbinContent", "Nothing",
])  # fmt: skip
BODIES = st.builds(
    lambda operation, more: {"operationName": operation, **more},
    OPERATIONS,
    st.dictionaries(
        st.sampled_from(["id", "workbin", "userId", "nickname", "agentGroup", "targetUri", "uri", "userData"]),
        st.one_of(
            NAMES, IDS, NAMES.map("/api/v2/users/{}".format), IDS.map("/api/v2/interactions/{}".format),
            st.just({"k": 1}),
        ),
        max_size=3,
    ),
)  # fmt: skip
AGENTS = st.sampled_from(["a1", "a2", "own", None])
REQUESTS = st.fixed_dictionaries({
    "kind": st.just("request"), "agent": AGENTS, "method": st.sampled_from(["POST", "POST", "POST", "GET"]),
    "path": st.one_of(WORKBINS, ITEMS), "body": BODIES,
})  # fmt: skip
REPLIES = st.fixed_dictionaries({
    "kind": st.just("response"), "agent": AGENTS, "status": st.sampled_from([200, 201, 204, 302, 400, 404, 500]),
    "answers": st.sampled_from([None, 1, 2]),
    "body": st.dictionaries(
        st.sampled_from(["statusCode", "status", "referenceId", "errorDescription", "statusMessage"]),
        st.sampled_from([0, 2, 7, "ok", "error", "OK", "no", None]),
        max_size=3,
    ) | st.none(),
})  # fmt: skip
META = st.fixed_dictionaries({
    "kind": st.just("meta"), "agent": AGENTS, "channel": st.just("/meta/connect"),
    "body": st.one_of(st.none(), st.dictionaries(st.text(max_size=3), st.booleans(), max_size=2)),
})  # fmt: skip


@pytest.fixture(scope="module")
def shapes() -> facts.Shapes:
    return Knowledge(GWS).shapes


@given(records=st.lists(st.one_of(REQUESTS, REPLIES, META), min_size=1, max_size=8))
def test_facts_are_those_of_the_strict_way(shapes: facts.Shapes, records: list[dict[str, Any]]) -> None:
    reader, decode = Reader(shapes), record_decoder()
    assert decode is not None
    for number, record in enumerate(records, 1):
        raw = json.dumps({"seq": number, "ts": 1.5, **record}).encode() + b"\n"
        try:
            line = decode(raw)
        except ValueError:
            continue
        quick = reader.facts(line, raw, number, "f")
        strict = _strictly(shapes, raw, number)
        assert quick is None or (quick is IGNORED if strict is None else quick is not IGNORED)
        if quick not in (None, IGNORED):
            assert _said(quick) == _said(strict)


def _strictly(shapes: facts.Shapes, raw: bytes, number: int) -> object:
    recorded = read_record(Line(Place("f", number), raw.decode().rstrip(), json.loads(raw)))
    if recorded is None:
        return None
    try:
        return shapes.asked(recorded) if recorded.kind.value == "request" else facts.answered(recorded)
    except MessageError as error:
        return error


def _said(line: Any) -> tuple[object, ...]:
    """What facts say: a shape is one object for all requests that are alike."""
    if isinstance(line, facts.Asked):
        return "asked", line.agent, line.time, line.interaction, line.shape, line.agents, line.source.path
    assert isinstance(line, facts.Answered), line
    return "answered", line.agent, line.time, line.ok, line.number, line.answers, line.source.path


def test_a_path_of_a_workbin_is_learnt_once_for_all_names(shapes: facts.Shapes) -> None:
    reader, decode = Reader(shapes), record_decoder()
    assert decode is not None
    learnt = []
    work_out = shapes.asked

    def counted(recorded: Any) -> Any:
        learnt.append(recorded)
        return work_out(recorded)

    shapes.asked = counted
    try:
        for number in range(100):
            path = f"/api/v2/users/a{number}/workbins/w{number}"
            body = {"operationName": "AddInteraction", "uri": f"/api/v2/interactions/{number}"}
            record = {"kind": "request", "agent": "boss", "method": "POST", "path": path, "body": body, "seq": number}
            raw = json.dumps(record).encode()
            quick = reader.facts(decode(raw), raw, number, "f")
            assert set(quick.agents) == {"boss", f"w{number}", f"a{number}"}
    finally:
        del shapes.asked
    assert len(learnt) == 1
