"""The documented JSON: paths, bodies and notifications as they are spelled."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate import gws

PATHS = [
    ("/api/v2/me/chats/0001", "chat", "0001", {}),
    ("api/v2/me/emails/E1", "email", "E1", {}),
    ("/me/workitems/W1", "workitem", "W1", {}),
    ("/api/v2/me/openmedia/promotion/O1", "openmedia", "O1", {}),
    ("/api/v2/me/openmedia/promotion", "openmedia", None, {}),
    ("/api/v2/me/facebook/F1", "facebook", "F1", {}),
    ("/api/v2/me/facebooksession/S1", "facebooksession", "S1", {}),
    ("/api/v2/me/facebooksessions/S1", "facebooksession", "S1", {}),
    ("/api/v2/me/twitter/T1", "twitter", "T1", {}),
    ("/api/v2/me/tweets/T1", "twitter", "T1", {}),
    ("/api/v2/me/smssessions/M1", "smssession", "M1", {}),
    ("/api/v2/me/smsessions/M1", "smssession", "M1", {}),
    ("/api/v2/chats/C1", "chat", "C1", {}),
    ("http://localhost:8080/api/v2/me/emails/E1/", "email", "E1", {}),
    ("/api/v2/me/emails", "email", None, {}),
    ("/me/interactions/X1", None, "X1", {}),
    ("/api/v2/workbins/wb", None, None, {"workbin": "wb"}),
    ("/api/v2/me/workbins/wb?agentGroup=My%20Group", None, None, {"workbin": "wb", "agent_group": "My Group"}),
    ("/api/v2/me/workbins/wb?placeGroup=G", None, None, {"workbin": "wb", "place_group": "G"}),
    ("/api/v2/users/u1/workbins/wb", None, None, {"workbin": "wb", "owner": "u1"}),
]


@pytest.mark.parametrize(("path", "media", "interaction", "workbin"), PATHS)
def test_documented_paths(path, media, interaction, workbin):
    assert gws.read_path(path) == gws.Target(media, interaction, workbin)


@pytest.mark.parametrize(
    "path", ["", "/", "/api/v2", "/api/v2/me/calls/1", "/api/v1/me/chats/1", "/me/chats/1/2/3", "x" * 10_000]
)
def test_other_paths_are_refused(path):
    with pytest.raises(gws.MessageError, match=r"path: .* is no documented path"):
        gws.read_path(path)


BODIES = [
    ({"operationName": "Accept", "nickname": "Al", "saveLAR": "true"}, ix.Accept(by="a1", nickname="Al", save_lar=True)),
    ({"operationName": "Complete", "queueName": "Q"}, ix.Complete(by="a1", queue_name="Q")),
    ({"operationName": "Complete", "queuePath": "/queues/Q"}, ix.Complete(by="a1", queue_name="Q")),
    ({"operationName": "StopProcessing"}, ix.Complete(by="a1")),
    ({"operationName": "CancelReply"}, ix.Cancel(by="a1")),
    ({"operationName": "Transfer", "userId": "a2"}, ix.Transfer(by="a1", target_agent="a2")),
    ({"operationName": "SingleStepTransfer", "userUri": "http://h/api/v2/users/a2"}, ix.Transfer(by="a1", target_agent="a2")),
    ({"operationName": "Transfer", "targetUri": "http://h/api/v2/contacts/a2"}, ix.Transfer(by="a1", target_agent="a2")),
    ({"operationName": "Transfer", "targetPath": "/queues/Q"}, ix.Transfer(by="a1", target_queue="Q")),
    ({"operationName": "Transfer", "queueName": "Q"}, ix.Transfer(by="a1", target_queue="Q")),
    ({"operationName": "Consult", "targetUri": "/queues/Q"}, ix.Consult(by="a1", target_queue="Q")),
    ({"operationName": "Invite", "userUri": "/users/a2"}, ix.Invite(by="a1", target_agent="a2")),
    ({"operationName": "DeleteUserData", "keys": ["k"]}, ix.DeleteUserData(by="a1", keys=["k"])),
    ({"operationName": "DeleteUserData", "key": "k"}, ix.DeleteUserData(by="a1", keys=["k"])),
    ({"operationName": "DeleteUserData", "userData": {"k": 1, "l": {}}}, ix.DeleteUserData(by="a1", keys=["k", "l"])),
    ({"operationName": "SendCustomNotice", "noticeText": "x"}, ix.SendCustomNotice(by="a1", text="x")),
    ({"operationName": "Send", "queueName": "Q", "email": {"to": ["x"]}}, ix.Send(by="a1", queue_name="Q", content={"to": ["x"]})),
    ({"operationName": "Reply", "queueUri": "/queues/Q", "body": "b", "mime": "m"},
     ix.Reply(by="a1", new_id="new", queue_name="Q", content={"body": "b", "mime": "m"})),
    ({"operationName": "PlaceInWorkbin", "workbin": "wb"}, ix.PlaceInWorkbin(by="a1", workbin="wb")),
    ({"operationName": "Accept", "haste": 1}, ix.Custom(operation="Accept", by="a1", arguments={"haste": 1})),
    ({"operationName": "Offer"}, ix.Offer(agent="a1")),
    ({"operationName": "Stop"}, ix.Stop()),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_documented_bodies(body, expected):
    assert gws.read_operation(body, by="a1").command == expected


def test_a_workbin_operation_names_its_interaction_in_the_body():
    read = gws.read_operation(
        {"operationName": "AddEmail", "uri": ".../FE79"}, gws.read_path("/users/u1/workbins/wb"), by="boss"
    )
    assert read == gws.Operation(None, "FE79", ix.AddEmail(by="boss", workbin="wb", owner="u1"))
    read = gws.read_operation(
        {"operationName": "PullChat", "id": "FE79", "nickname": "Al"}, gws.read_path("/workbins/wb"), by="a1"
    )
    assert read == gws.Operation(None, "FE79", ix.PullChat(by="a1", workbin="wb", nickname="Al"))


@pytest.mark.parametrize(("body", "message"), [
    (None, "body: must be an object with an operationName, not None"),
    ([], "body: must be an object"),
    ({}, "body.operationName: must be the name of an operation, not None"),
    ({"operationName": 5}, "body.operationName: must be the name of an operation, not 5"),
])  # fmt: skip
def test_bodies_that_are_none(body, message):
    with pytest.raises(gws.MessageError, match=message):
        gws.read_operation(body)


INVITED = {
    "notificationType": "StatusChange",
    "messageType": "ChatStateChangeMessage",
    "chat": {
        "id": "C1",
        "state": "Invited",
        "capabilities": ["Accept", "Reject"],
        "unknown": {"z": 1, "a": [None, 1.5]},
    },
}


@pytest.mark.parametrize("message", [INVITED, {"data": INVITED, "channel": "/v2/me/chats"}])
def test_a_notification_with_and_without_its_envelope(message):
    read = gws.parse_notification(message)
    assert (read.media, read.interaction_id, read.state) == ("chat", "C1", "Invited")
    assert read.capabilities == ("Accept", "Reject")
    assert (read.reference_id, read.action, read.workbin) == (None, None, None)
    assert json.dumps(read.to_json()) == json.dumps(message)
    assert hash(read) == hash(gws.parse_notification(message))


def test_capabilities_absent_are_not_capabilities_empty():
    def with_list(**more):
        return gws.parse_notification(
            {"messageType": "M", "workitem": {"id": "W1", "state": "Completed", **more}}
        ).capabilities

    assert with_list() is None
    assert with_list(capabilities=[]) == ()


def test_a_workbin_message_names_both():
    read = gws.parse_notification({
        "action": "ItemRemoved", "agentGroup": "G", "chatStateResourceV2": {"capabilities": [], "id": "C1"},
        "id": "wb", "messageType": "WorkbinStateChangeMessage",
    })  # fmt: skip
    assert (read.media, read.interaction_id, read.state, read.workbin, read.action) == (
        "chat",
        "C1",
        None,
        "wb",
        "ItemRemoved",
    )


def test_a_message_about_no_interaction_says_so():
    read = gws.parse_notification({"messageType": "MessageLogUpdated", "chatUri": "/chats/C1", "messages": []})
    assert (read.media, read.interaction_id) == (None, None)


@pytest.mark.parametrize(("message", "where"), [
    (5, "a notification must be an object, not 5"),
    ({"data": 5}, r"data.messageType"),
    ({}, "messageType"),
    ({"messageType": 5}, "messageType: must be the name"),
    ({"messageType": "M", "chat": []}, "chat: must be an object"),
    ({"messageType": "M", "chat": {"id": 5}}, "chat.id: must be a string"),
    ({"messageType": "M", "chat": {"state": "Lost"}}, "chat.state: 'Lost' is no state; states are Queued"),
    ({"messageType": "M", "chat": {"state": []}}, r"chat.state: \[\] is no state"),
    ({"messageType": "M", "chat": {"capabilities": "Accept"}}, "chat.capabilities: must be a list of operation names"),
    ({"data": {"messageType": "M", "chat": {"capabilities": [1]}}}, "data.chat.capabilities"),
    ({"messageType": "M", "notificationType": 1}, "notificationType: must be a string"),
    ({"messageType": "EmailStateChangeMessage", "workitem": {"id": "W1"}}, "messageType: 'EmailStateChangeMessage' has no workitem"),
])  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(message, where):
    with pytest.raises(gws.MessageError, match=where):
        gws.parse_notification(message)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["id", "state", "capabilities", "x"]), JSON), JSON)
def test_what_is_read_is_given_back(chat, more):
    message = {"messageType": "ChatStateChangeMessage", "chat": chat, "more": more}
    try:
        read = gws.parse_notification(message)
    except gws.MessageError:
        return
    assert json.dumps(read.to_json()) == json.dumps(message)


@given(
    st.dictionaries(
        st.sampled_from(["operationName", *gws._FIELDS]), JSON | st.sampled_from(["Transfer", "Send", "Reply"])
    )
)
def test_any_body_becomes_a_command_or_a_message_error(body):
    try:
        read = gws.read_operation(body, by="a1")
    except gws.MessageError:
        return
    record = ix.Interaction("X1", "email", "Composing", holders=["a1"])
    ix.decide(record, read.command)
