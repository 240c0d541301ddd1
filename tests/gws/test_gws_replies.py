"""Replies: the documented body for every documented operation, and every dialect read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import documented
from ixnstate import gws
from ixnstate.commands import ALIASES, OPERATIONS

ROWS = documented("replies")
NOT_MODELLED = {"StartChatConsultation", "RequestChatHistory", "SendNotification"}
PATHS = {"{userId}/workbins": "users/workbins"}


def title(row):
    return f"{row['url']} {row['operation']} {row.get('case', '')} {row['page']}"


def is_written_by_us(row):
    known = row["operation"] in OPERATIONS and not row.get("superseded") and row["operation"] not in NOT_MODELLED
    # the page about all media decides, not those about a chat that answer Accept otherwise (ChatAccept, 2014-01-10)
    other = row["url"] == "me/interactions" and row["media"] == "chat" and row["operation"] == "Accept"
    return known and not other and row.get("case") != "with the object"


def asked(row):
    """A command as its request would be read."""
    _, _, collection = row["url"].rpartition("/")
    about = {"by": "a1"}
    if collection != "workbins":
        about |= {"interaction": "X1", "media": None if collection == "interactions" else row["media"]}
    return OPERATIONS[row["operation"]](**about)


CHOSEN = [row for row in ROWS if is_written_by_us(row)]


@pytest.mark.parametrize("row", CHOSEN, ids=title)
def test_the_reply_is_the_documented_one(row):
    success = row["success"]
    several = (success or {}).get("referenceIds", {})
    numbers = {"reference_id": (success or {}).get("referenceId", 99), "reference_ids": several}
    found = gws.reply(asked(row), **numbers)
    if row["media"] == "twitter" and row["operation"] == "Save" and "referenceId" not in (success or {}):
        assert found.body == {"statusCode": 0, "referenceId": 99}  # of two samples, the one with a number
    elif row["url"] == "twitter" and row["operation"] == "Unfollow":
        assert found.body == {"statusCode": 0, "referenceId": 99}  # the latest page: me/tweets
    else:
        assert json.dumps(found.body) == json.dumps(success)
    assert found.http_status == 200
    if row["failure"] is not None:
        refusal = ix.Refusal(ix.RefusalCode.MISSING_PARAMETER, None, asked(row), "by")
        failed = gws.reply(asked(row), refusal)
        assert list(failed.body) == list(row["failure"])
        assert {type(value) for value in failed.body.values()} == {type(value) for value in row["failure"].values()}
        assert str(refusal) in failed.body.values()
        assert failed.http_status == 400


def test_there_are_many_such_replies():
    assert len(CHOSEN) > 120


@pytest.mark.parametrize("version", ["8.5.0", "8.5.1"])
def test_older_workbin_pages_speak_of_a_status(version):
    definition = ix.GWS.with_profile(api_version=version)
    command = ix.PullEmail(by="a1", interaction="E1", workbin="wb")
    assert gws.reply(command, reference_id=5, definition=definition).body == {"status": 0}
    refusal = ix.Refusal(ix.RefusalCode.NO_PERMISSION, None, command, definition=definition)
    found = gws.reply(command, refusal, definition=definition)
    assert (found.http_status, found.body["status"], list(found.body)) == (403, 5, ["status", "description"])
    generic = ix.Accept(by="a1", interaction="E1")
    assert gws.reply(generic, definition=definition).body == gws.reply(generic).body == {"status": "ok"}


def test_older_versions_answer_a_read_of_workbins_so_too():
    definition = ix.GWS.with_profile(api_version="8.5.0")
    refusal = ix.Refusal(ix.RefusalCode.NOT_FOUND, None, ix.Custom(operation="GET"), "unknown workbin")
    read = gws.Read(of="workbins", by="a1")
    assert list(gws.reply(read, refusal, definition=definition).body) == ["status", "description"]
    assert list(gws.reply(read, refusal).body) == ["statusCode", "statusMessage"]


STATUSES = {
    ix.RefusalCode.MISSING_PARAMETER: (1, 400), ix.RefusalCode.INVALID_PARAMETER: (10, 400),
        ix.RefusalCode.ILLEGAL: (2, 400),
    ix.RefusalCode.FINAL: (2, 400), ix.RefusalCode.STALE: (2, 400), ix.RefusalCode.UNKNOWN_OPERATION: (3, 403),
    ix.RefusalCode.FEATURE_DISABLED: (3, 403), ix.RefusalCode.NOT_HOLDER: (5, 403),
        ix.RefusalCode.NO_PERMISSION: (5, 403),
    ix.RefusalCode.NOT_FOUND: (6, 404),
}  # fmt: skip


@pytest.mark.parametrize("code", ix.RefusalCode)
def test_every_refusal_has_its_codes(code):
    record = ix.Interaction("W1", "workitem", "Processing", holders=["a1"])
    command = ix.Complete(by="a2", media="workitem", interaction="W1")
    failed = {ix.RefusalCode.MISSING_PARAMETER: "by", ix.RefusalCode.INVALID_PARAMETER: "by"}.get(code)
    found = gws.reply(command, ix.Refusal(code, record, command, failed))
    assert (found.body["statusCode"], found.http_status) == STATUSES[code]
    read = gws.parse_reply(found.body, found.http_status)
    assert (read.ok, read.status_code) == (False, STATUSES[code][0])
    assert read.why == found.body["statusMessage"]


def test_a_bulk_request_that_was_done_in_part():
    command = ix.Subscribe(by="a1", workbins=["a", "b"])
    refusal = ix.Refusal(ix.RefusalCode.NOT_FOUND, None, command)
    found = gws.reply(command, reference_ids={"a": 56}, failures={"b": refusal})
    assert (found.http_status, found.body["statusCode"], found.body["referenceIds"]) == (200, 7, {"a": 56})
    assert gws.parse_reply(found.body).reference_ids == {"a": 56}
    old_version = ix.GWS.with_profile(api_version="8.5.0")
    old = gws.reply(command, reference_ids={"a": 56}, failures={"b": refusal}, definition=old_version)
    assert (old.http_status, list(old.body), old.body["status"]) == (200, ["status", "description", "referenceIds"], 4)


@pytest.mark.parametrize(("path", "body", "shape"), [
    ("/me/interactions/X1", {"operationName": "Accept", "x": 1}, ["status", "errorDescription"]),
    ("/me/interactions/X1", {"operationName": "Cancel", "x": 1}, ["statusCode", "statusMessage"]),
    ("/me/chats/X1", {"operationName": "Fly"}, ["statusCode", "statusMessage"]),
    ("/me/chats/X1", None, ["statusCode", "statusMessage"]),
    ("/nowhere", {}, ["statusCode", "statusMessage"]),
])  # fmt: skip
def test_a_malformed_request_is_answered_in_the_dialect_of_its_page(path, body, shape):
    with pytest.raises(gws.RequestError) as caught:
        gws.parse_request(gws.Request("POST", path, body, "a1"))
    assert list(gws.reply(caught.value.refusal).body) == shape


@pytest.mark.parametrize("row", [row for row in ROWS if row["success"] and not row.get("resource_only")], ids=title)
def test_a_documented_reply_is_read(row):
    for body in (row["success"], json.dumps(row["success"])):
        read = gws.parse_reply(body)
        assert (read.ok, read.status_code, read.why) == (True, 0, None)
        assert read.reference_id == row["success"].get("referenceId")
        assert read.reference_ids == row["success"].get("referenceIds", {})
        assert read.to_json() == row["success"]
    if row["failure"]:
        read = gws.parse_reply(row["failure"], 400)
        assert not read.ok
        assert read.why in ("details", "error-code")


@pytest.mark.parametrize(("body", "status", "ok"), [
    (None, 200, True), ("", 200, True), (b"", 204, True), ({}, 200, True), (None, 503, False),
    ({"errorDescription": "details"}, 200, False), ({"statusCode": 0, "status": "error"}, 200, False),
     (b"  ", 200, True),
    ({"statusCode": 0}, 500, False), ({"statusCode": 7}, 200, True), ({"status": "error"}, 200, False),
])  # fmt: skip
def test_odd_replies_are_read(body, status, ok):
    read = gws.parse_reply(body, status)
    assert read.ok is ok
    assert eval(repr(read), vars(gws)) == read
    assert read.to_json() == (None if isinstance(body, str | bytes) else body)


@pytest.mark.parametrize(("body", "faults"), [
    (5, ["expected an object, found 5"]), ([], ["expected an object, found []"]),
     ({"x": 1}, ["statusCode: is missing"]),
    ({"statusCode": "0"}, ["statusCode: expected a whole number"]), ({"status": "fine"}, ["status: expected"]),
    ({"statusCode": 0, "referenceIds": {"a": "1"}}, ["referenceIds.a: expected a whole number"]),
    ("{", ["not valid JSON"]), ({"statusCode": None, "referenceId": []}, ["referenceId: expected a whole number"]),
])  # fmt: skip
def test_broken_replies_are_told(body, faults):
    with pytest.raises(gws.MessageError) as caught:
        gws.parse_reply(body)
    for each, expected in zip(caught.value.faults, faults, strict=True):
        assert expected in str(each)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=5,
)  # fmt: skip


@given(
    JSON
    | st.binary(max_size=9)
    | st.dictionaries(st.sampled_from(["status", "statusCode", "referenceId", "referenceIds"]), JSON)
)
def test_anything_at_all_is_a_reply_or_a_message_error(body):
    try:
        read = gws.parse_reply(body)
    except gws.MessageError:
        return
    assert isinstance(read.ok, bool)


def test_an_alias_is_answered_as_the_operation():
    read = gws.parse_request(gws.Request("POST", "/me/interactions/X1", {"operationName": "StopProcessing"}, "a1"))
    assert ALIASES["StopProcessing"] == read.operation
    assert gws.reply(read).body == {"statusCode": 0}


@pytest.mark.parametrize("status", [-1, 0, 100, 101, 199, 300, 302, 304, 307, 308, 399])
@pytest.mark.parametrize("body", [b"", None, {}, {"statusCode": 0}, {"statusCode": 2, "statusMessage": "no"}], ids=repr)
def test_what_is_no_answer_of_the_api_is_neither_done_nor_refused(body, status):
    answer = gws.parse_reply(body, status)
    assert (answer.ok, answer.is_decided) == (False, False)


@pytest.mark.parametrize(
    ("status", "ok"), [(200, True), (204, True), (299, True), (400, False), (404, False), (503, False)]
)
def test_an_answer_of_the_api_is_decided(status, ok):
    answer = gws.parse_reply(b"", status)
    assert (answer.ok, answer.is_decided) == (ok, True)
