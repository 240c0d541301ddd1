"""Requests: every documented one means what its page says, can be written again, and a malformed one is refused."""

import json
import pickle

import pytest
from commands import by_everyone
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import documented
from ixnstate import gws
from ixnstate.commands import OPERATIONS
from ixnstate.gws.pages import FIELDS, MEDIA_PATHS
from ixnstate.values import changed

NOT_MODELLED = {
    "CompleteConference", "CompleteTransfer", "RequestChatHistory", "SendNotification", "StartChatConsultation",
}  # fmt: skip
"""Chat operations of the 8.5.0 pages only: docs/unknown.md says so."""
OTHER_NAMES = {"StopProcessing": "Complete", "CancelReply": "Cancel"}
ROWS = documented("requests")
REFUSED = {
    "a slip of the page": lambda row: row.get("misspelt"),
    "not modelled": lambda row: row["operation"] in NOT_MODELLED,
    "the page prints no body": lambda row: row.get("body_seen") is False and row["operation"] == "Forward",
    "a document, not JSON": lambda row: row["method"] == "DELETE",
    "a parameter that a later edit removed": lambda row: row["operation"] == "SendUrl" and "text" in row["body"],
    "an invitation of a queue": lambda row: row["operation"] == "Invite" and "target_queue" in row["arguments"],
    "PUT": lambda row: row["method"] == "PUT",
}


def why_refused(row):
    return next((why for why, holds in REFUSED.items() if holds(row)), None)


def title(row):
    return f"{row['method']} {row['path']} {json.dumps(row['body'])}"[:150]


def plain(value):
    return json.loads(json.dumps(value))


def asked(row, user="a1"):
    return gws.Request(row["method"], row["path"], row["body"], user=user)


READABLE = [row for row in ROWS if not why_refused(row)]


@pytest.mark.parametrize("row", READABLE, ids=title)
def test_a_documented_request_means_what_its_page_says(row):
    parsed = gws.parse_request(asked(row))
    assert parsed.by == "a1"
    if row.get("upload"):
        assert (type(parsed), parsed.media, parsed.interaction) == (gws.Upload, row["media"], row["interaction"])
        return
    name = OTHER_NAMES.get(row["operation"], row["operation"])
    assert getattr(parsed, "operation", None) == name
    assert parsed.interaction == row["interaction"]
    if isinstance(parsed, ix.Command) and issubclass(OPERATIONS[name], ix.AddInteraction | ix.PullInteraction):
        assert parsed.media is None
    elif row["media"] is not None:
        assert parsed.media == row["media"]
    arguments = row["arguments"]
    if (
        row["body"] and "replyText" in row["body"]
    ):  # the generic Send of 2014: what is sent stands in the request itself
        arguments = {"queue_name": "Outbound", "content": {"replyText": "Hello", "monitorKey": "support"}}
    elif name == "RequestAgentStats":  # one revision of its page posts it to a workbin
        arguments = {argument: value for argument, value in arguments.items() if argument != "workbin"}
    for argument, value in arguments.items():
        found = plain(getattr(parsed, {"user": "owner"}.get(argument, argument)))
        assert found == (["*"] if value == "*" else value), argument


@pytest.mark.parametrize("row", READABLE, ids=title)
def test_a_request_that_is_written_means_the_same(row):
    parsed = gws.parse_request(asked(row))
    assert gws.parse_request(gws.request(parsed)) == parsed


@pytest.mark.parametrize(
    "row", [row for row in ROWS if why_refused(row)], ids=lambda row: f"{why_refused(row)}: {title(row)}"
)
def test_what_is_documented_and_yet_refused_is_refused_with_a_reason(row):
    with pytest.raises(gws.RequestError) as caught:
        gws.parse_request(asked(row))
    assert caught.value.refusal.status_code == row.get("refused", caught.value.refusal.status_code) in (1, 3, 10)


@pytest.mark.parametrize(
    "path",
    [
        "/me/chats/1",
        "me/chats/1",
        "/api/v2/me/chats/1",
        "api/v2/me/chats/1/",
        "http://h:1/api/v2/me/chats/1",
        "/chats/1",
    ],
)
def test_with_and_without_prefix_host_and_slash(path):
    assert gws.parse_request(gws.Request("POST", path, {"operationName": "Reject"}, "a1")) == ix.Reject(
        by="a1", media="chat", interaction="1"
    )


@pytest.mark.parametrize("segment", MEDIA_PATHS)
def test_each_medium_by_each_of_its_paths(segment):
    kind = "/promotion" if segment == "openmedia" else ""
    read = gws.parse_request(gws.Request("GET", f"/me/{segment}{kind}/X1?fields=id,state", user="a1"))
    assert (read.of, read.media, read.interaction, read.fields) == (
        "interaction",
        MEDIA_PATHS[segment],
        "X1",
        ("id", "state"),
    )
    assert read.media_type == ("promotion" if kind else None)


@pytest.mark.parametrize(
    "uri", ["email/E1", "facebooks/E1", "social-medias/E1", "tweet/E1", "twitters/E1", "openmedia/promotions/E1"]
)
def test_the_addresses_that_resources_show_are_known(uri):
    read = gws.parse_request(gws.Request("GET", f"http://h/api/v2/{uri}", user="a1"))
    assert (read.of, read.interaction, read.media_type) == (
        "interaction",
        "E1",
        "promotion" if "promotions" in uri else None,
    )
    assert gws.parse_request(gws.request(read)) == read


def test_an_upload_knows_its_type():
    upload = gws.parse_request(gws.Request("POST", "/me/openmedia/promotion/X1/attachments", None, "a1"))
    assert upload == gws.Upload(by="a1", media="openmedia", media_type="promotion", interaction="X1")
    assert gws.parse_request(gws.request(upload)) == upload


def test_a_list_of_workbins_can_be_for_some():
    read = gws.parse_request(gws.Request("GET", "/me/workbins?workbinIds=a,b&fields=*", user="a1"))
    assert read.workbins == ("a", "b")
    assert gws.parse_request(gws.request(read)) == read


def test_a_medium_of_ones_own_has_an_address():
    own = ix.GWS.with_media("fax", like="workitem")
    command = ix.Complete(by="a1", media="fax", interaction="F/1")
    written = gws.request(command, definition=own)
    assert written.path == "/api/v2/me/faxs/F%2F1"
    assert gws.parse_request(written, definition=own) == command
    with pytest.raises(gws.RequestError, match="not a documented path"):
        gws.parse_request(written)


@pytest.mark.parametrize("keys", [["replyText", "email"], ["email", "replyText"]])
def test_content_in_pieces_and_as_an_object_comes_together(keys):
    body = {"replyText": "Hello", "email": {"subject": "S"}}
    asked = {"operationName": "Send", "queueName": "Q", **{key: body[key] for key in keys}}
    command = gws.parse_request(gws.Request("POST", "/me/interactions/E1", asked, "a1"))
    assert command.content == {"replyText": "Hello", "subject": "S"}


# --- what is malformed ----------------------------------------------------------------------------------------------

CHAT, ITEM, GROUP = "/me/chats/C1", "/me/workitems/W1", "/me/workbins/wb?agentGroup=G"
MALFORMED = [
    ("POST", ITEM, {"operationName": "PulWorkitem"}, 3,
     ["body.operationName: there is no operation 'PulWorkitem' here"]),
    ("POST", "/workbins/wb", {"operationName": "PulWorkitem", "id": "W1"}, 3, ["did you mean PullWorkitem?"]),
    ("POST", ITEM, {"operationName": "Compleet"}, 3, ["did you mean Complete?"]),
    ("POST", ITEM, {"operationName": "Reply"}, 3, ["there is no operation 'Reply' here"]),
    ("POST", ITEM, {"operationName": "Offer"}, 3, ["there is no operation 'Offer' here"]),
    ("POST", ITEM, {"operationName": "PullWorkitem"}, 3, ["there is no operation 'PullWorkitem' here"]),
    ("POST", ITEM, {}, 1, ["body.operationName: is missing"]),
    ("POST", ITEM, {"operationName": None}, 1, ["body.operationName: is missing"]),
    ("POST", ITEM, {"operationName": 5}, 10, ["body.operationName: expected a string, found 5"]),
    ("POST", ITEM, {"operationName": ["Complete"]}, 10, ["body.operationName: expected a string"]),
    ("POST", ITEM, None, 10, ["body: expected an object with an operationName, found null"]),
    ("POST", ITEM, [], 10, ["body: expected an object with an operationName"]),
    ("POST", ITEM, "Complete", 10, ["body: expected an object"]),
    ("POST", ITEM, {"operationName": "DeleteUserData"}, 1, ["body.keys: is missing"]),
    ("POST", ITEM, {"operationName": "DeleteUserData", "keys": ["a", 5, ""]}, 10,
     ["body.keys[1]: expected a string", "body.keys[2]: expected a string of 1 to 512"]),
    ("POST", ITEM, {"operationName": "DeleteUserData", "keys": "a"}, 10, ["body.keys: expected a list"]),
    ("POST", ITEM, {"operationName": "AttachUserData", "userData": [1]}, 10, ["body.userData: expected a JSON object"]),
    ("POST", ITEM, {"operationName": "AttachUserData", "userData": {"a": float("nan")}}, 10,
     ["body.userData: expected a JSON object"]),
    ("POST", ITEM, {"operationName": "Complete", "queuName": "Q"}, 10,
     ["body.queuName: is not taken; did you mean queueName?"]),
    ("POST", ITEM, {"operationName": "Complete", "queueName": 5, "saveLAR": "yes", "x": 1}, 10,
     ["body.queueName: expected a string of 1 to 512 characters, found 5",
      "body.saveLAR: expected true or false, found 'yes'", "body.x: is not taken"]),
    ("POST", ITEM, {"operationName": "Transfer"}, 1, ["body.targetUri: is missing"]),
    ("POST", CHAT, {"operationName": "Transfer"}, 1, ["body.targetUri or queueName: is missing"]),
    ("POST", CHAT, {"operationName": "Transfer", "targetUri": "/users/a2", "queueName": "Q"}, 10,
     ["body.queueName: expected either this or targetUri, not both"]),
    ("POST", CHAT, {"operationName": "Transfer", "targetUri": "/users/a2", "userUri": "/users/a3"}, 10,
     ["body.userUri: says what targetUri says, too"]),
    ("POST", CHAT, {"operationName": "Invite", "targetUri": "/queues/Q"}, 10,
     ["body.targetUri: names a queue; Invite takes an agent"]),
    ("POST", CHAT, {"operationName": "SendMessage", "treatAs": 1}, 1,
     ["body.treatAs: expected a string", "body.text: is missing"]),
    ("POST", "/me/emails/E1", {"operationName": "Accept", "nickname": "Al"}, 10, ["body.nickname: is not taken"]),
    ("POST", "/me/emails/E1", {"operationName": "Send", "queueName": "Q", "facebook": {}}, 10,
     ["body.facebook: is not taken"]),
    ("POST", "/me/emails", {"operationName": "Create"}, 1, ["body.queueUri: is missing"]),
    ("POST", "/me/chats", {"operationName": "Create", "queueUri": "/queues/Q"}, 3,
     ["there is no operation 'Create' here"]),
    ("POST", "/me/interactions", {"operationName": "Accept"}, 3, ["there is no operation 'Accept' here"]),
    ("POST", GROUP, {"operationName": "AddEmail"}, 1, ["body.id: is missing"]),
    ("POST", "/workbins/wb", {"operationName": "AddEmail"}, 1, ["body.id or uri: is missing"]),
    ("POST", "/workbins/wb", {"operationName": "PullEmail", "id": 5}, 10, ["body.id: expected a string"]),
    ("POST", "/workbins/wb", {"operationName": "PullEmail", "id": "E1", "nickname": "Al"}, 10,
     ["body.nickname: is not taken"]),
    ("POST", "/workbins", {"operationName": "Subscribe"}, 3,
     ["there is no operation 'Subscribe' here; there is RequestAgentStats"]),
    ("POST", "/me/workbins?workbinIds=a,,b", {"operationName": "Subscribe"}, 10,
     ["path.workbinIds[1]: expected a string"]),
    ("POST", "/me/workbins/wb?agentGroup=G&placeGroup=P", {"operationName": "Subscribe"}, 6,
     ["a workbin is that of one owner, not of 2"]),
    ("POST", "/users/u/workbins/wb?agentGroup=G", {"operationName": "Subscribe"}, 6,
     ["a workbin is that of one owner"]),
    ("POST", "/me/workbins/wb?agentgroup=G", {"operationName": "Subscribe"}, 10,
     ["query.agentgroup: is not taken; did you mean agentGroup?"]),
    ("POST", "/workbins/wb1", {"operationName": "Subscribe", "workbin": "other"}, 10, ["body.workbin: is not taken"]),
    ("POST", "/workbins/wb", {"operationName": "PullEmail", "id": "E1", "uri": 5}, 10,
     ["body.uri: says what id says, too"]),
    ("POST", "/me/emails/E1", {"operationName": "Reply", "queueUri": "/queues/Q", "bodi": "x"}, 10,
     ["body.bodi: is not taken; did you mean body?"]),
    ("GET", "/me/chats/C1/messages?startIndex=x&count=-1", None, 10,
     ["query.startIndex: expected a whole number", "query.count: expected a whole number"]),
    ("GET", "/me/chats/C1?field=*", None, 10, ["query.field: is not taken; did you mean fields?"]),
    ("POST", ITEM, {"operationName": "Transfer", "targetUri": 5}, 10,
     ["body.targetUri: expected a string of 1 to 512 characters, found 5"]),
    ("POST", ITEM, {"operationname": "Complete"}, 1, ["body.operationName: is missing; did you mean operationname?"]),
    ("POST", "/me/emails/E1/attachments/3", {"operationName": "Accept"}, 3, ["there is no operation 'Accept' here"]),
    ("POST", "/me/chats/C1/messages", {"operationName": "Accept"}, 3, ["there is no operation 'Accept' here"]),
    ("POST", "/u2/workbins/wb/chats", {"operationName": "Subscribe"}, 3, ["there is no operation 'Subscribe' here"]),
    ("POST", "/me/interactions/X1", {"operationName": "DeleteUserData", "userData": ["a"]}, 10,
     ["body.userData: expected an object with 1 or more keys, found ['a']"]),
    ("POST", "/me/interactions/X1", {"operationName": "DeleteUserData", "userData": {}}, 10,
     ["body.userData: expected an object with 1 or more keys, found {}"]),
    ("POST", ITEM, {"operationName": "DeleteUserData", "key": ["a"]}, 10,
     ["body.key: expected a string of 1 to 512 characters, found ['a']"]),
    ("POST", "/me/emails/E1", {"operationName": "Send", "queueName": "Q", "facebook": {}}, 10,
     ["body.facebook: is not taken"]),
    ("POST", CHAT, {"operationName": "SendMessage", "noticeText": "x"}, 1,
     ["body.noticeText: is not taken", "body.text: is missing"]),
    ("POST", CHAT, {"operationName": "SendCustomNotice", "text": "x"}, 1,
     ["body.text: is not taken", "body.noticeText: is missing"]),
    ("GET", "/me/workbins/wb?agentGroup=A&agentGroup=B", None, 10, ["query: a name stands twice in it"]),
    ("GET", "/me/calls/1", None, 6, ["'/me/calls/1' is not a documented path"]),
    ("POST", "/me/chats/C1/messages/2/3", {"operationName": "Accept"}, 6, ["is not a documented path"]),
    ("GET", "http://[", None, 6, ["is not an address"]),
    ("GET", 5, None, 10, ["path: expected a string, found 5"]),
    ("PUT", "/interactions/X1", {}, 3, ["what a PUT means depends on the interaction's channel"]),
    ("PUT", "/me/chats/C1", {}, 3, ["expected GET or POST, found 'PUT'"]),
    ("DELETE", ITEM, None, 3, ["method: expected GET or POST, found 'DELETE'"]),
    (None, ITEM, None, 3, ["method: expected GET or POST, found None"]),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "code", "faults"), MALFORMED)
def test_a_malformed_request_is_refused_with_all_its_faults(method, path, body, code, faults):
    with pytest.raises(gws.RequestError) as caught:
        gws.parse_request(gws.Request(method, path, body, user="a1"))
    refusal = caught.value.refusal
    assert refusal.status_code == code
    found = [str(fault) for fault in refusal.faults]
    assert len(found) == len(faults), found
    for each, expected in zip(found, faults, strict=True):
        assert expected in each
    assert str(caught.value) == "; ".join(found)
    assert isinstance(refusal, ix.Refusal)
    assert isinstance(caught.value, gws.MessageError | ix.RefusedError)
    assert pickle.loads(pickle.dumps(refusal)) == refusal


def test_an_older_version_has_another_code_for_an_invalid_parameter():
    with pytest.raises(gws.RequestError) as caught:
        gws.parse_request(
            gws.Request("POST", ITEM, {"operationName": 5}), definition=ix.GWS.with_profile(api_version="8.5.1")
        )
    assert caught.value.refusal.status_code == 1


# --- written --------------------------------------------------------------------------------------------------------


def addressed():
    """Every form of every operation, addressed in every way in which it can be."""
    for command in by_everyone():
        about = [{"interaction": "X/1 ?&"}]
        if isinstance(command, ix.Subscribe | ix.RequestStats | ix.RequestAgentStats):
            about = [{}]
        elif isinstance(command, ix.Follow):
            about = [{"media": "twitter"}]
        elif not isinstance(command, ix.PlaceInWorkbin | ix.PullInteraction | ix.GetWorkbinContent):
            media = [m.name for m in ix.GWS.media.values() if command.operation in m.operations]
            about += [
                {"interaction": "X1", "media": m, "media_type": "promotion" if m == "openmedia" else None}
                for m in media
            ]
        if isinstance(command, ix.PullInteraction):
            about = [{**each, "workbin": "wb"} for each in about]
        yield from (changed(command, **each) for each in about)


SAYABLE, UNSAYABLE = [], []
for _command in addressed():
    try:
        gws.request(_command)
        SAYABLE.append(_command)
    except gws.MessageError:
        UNSAYABLE.append(_command)


def test_every_operation_of_an_agent_can_be_requested():
    signals = {"Offer", "Revoke", "Stop", "Submit", "Create"}
    assert {command.operation for command in SAYABLE} == set(OPERATIONS) - signals


def test_only_these_commands_have_no_request():
    def is_known(command):
        generic = (ix.PlaceInWorkbin, ix.GetWorkbinContent)
        in_whose = type(command) in generic and (command.owner or command.agent_group)  # they name a workbin, not whose
        return command.operation in ("Offer", "Revoke", "Stop") or in_whose

    assert [command for command in UNSAYABLE if not is_known(command)] == []


@pytest.mark.parametrize("command", SAYABLE, ids=lambda command: f"{command.operation} {command.media}")
def test_a_command_becomes_a_request_and_a_command_again(command):
    written = gws.request(command)
    assert json.loads(json.dumps(written.body))["operationName"] == command.operation
    assert gws.parse_request(written) == command


CREATES = st.builds(
    ix.Create, by=st.sampled_from([None, "a1"]), media=st.sampled_from(["email", "workitem", "facebook", "twitter"]),
    new_id=st.sampled_from([None, "N1"]), queue_name=st.text(min_size=1, max_size=8),
    parent_id=st.none() | st.text(min_size=1, max_size=5),
        user_data=st.none() | st.dictionaries(st.text(), st.integers(0, 9)),
)  # fmt: skip


@given(CREATES)
def test_a_creation_can_be_requested(command):
    assert gws.parse_request(gws.request(command)) == command


NAME = st.text(min_size=1, max_size=12)


@given(NAME, NAME, NAME, st.sampled_from(["agent_group", "place_group", "owner"]))
def test_any_names_survive_an_address(workbin, interaction, owner, scope):
    command = ix.AddEmail(by="a1", workbin=workbin, interaction=interaction, **{scope: owner})
    try:
        written = gws.request(command)
    except UnicodeEncodeError:
        pytest.fail("a name that has no UTF-8 form escaped")
    except gws.MessageError:
        assert {".", ".."} & {workbin, interaction, owner} or not all(
            map(str.isprintable, (workbin, interaction, owner))
        )
        return
    assert gws.parse_request(written) == command


@pytest.mark.parametrize(("command", "why"), [
    (ix.Accept(by="a1"), "interaction: is missing: which one to Accept"),
    (ix.Offer(agent="a1", interaction="X1"), "not an agent's operation"),
    ("Accept", "not an agent's operation"),
    (ix.Accept(by="a1", interaction="X1", media="fax"), "media: unknown 'fax'"),
    (ix.DeleteUserData(by="a1", interaction="X1"), "userData: is missing|keys: is missing"),
    (ix.Accept(by="a1", interaction="\ud800"), "no address can have"),
    (ix.AddEmail(by="a1", interaction="X1", workbin="wb", media="email"),
     "media: .email. cannot be written: a request of AddEmail has no place for it"),
    (ix.PlaceInWorkbin(by="a1", interaction="X1", workbin="wb", owner="a2"),
     "owner: .a2. cannot be written: a request of PlaceInWorkbin has no place for it"),
])  # fmt: skip
def test_what_no_request_can_say_is_refused(command, why):
    with pytest.raises(gws.MessageError, match=why):
        gws.request(command)


# --- anything at all ------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
PATHS = st.sampled_from(
    ["/me/chats/C1", "/me/emails", "/me/interactions/X", "/workbins/wb", "/me/workbins?workbinIds=a,b", "/me/twitter"]
)
BODIES = st.dictionaries(
    st.sampled_from(["operationName", "id", "uri", "body", *FIELDS]),
    JSON | st.sampled_from([*OPERATIONS, "/queues/Q"]),
    max_size=4,
)


@given(
    st.sampled_from(["GET", "POST", "PUT"]) | JSON,
    PATHS | st.text(max_size=20) | JSON,
    BODIES | JSON,
    st.none() | st.just("a1") | JSON,
)
def test_anything_at_all_is_a_request_or_refused(method, path, body, user):
    try:
        parsed = gws.parse_request(gws.Request(method, path, body, user))
    except gws.RequestError as error:
        assert error.faults
        assert str(error)
        assert error.refusal.status_code in (1, 3, 6, 10)
        gws.reply(error.refusal)
    else:
        assert isinstance(parsed, ix.Command | gws.Read | gws.Upload)
        gws.reply(parsed)


@given(
    st.dictionaries(st.sampled_from(["operationName", *FIELDS]), JSON | st.sampled_from(["Transfer", "Send", "Reply"]))
)
def test_any_recorded_body_becomes_a_command_or_a_message_error(body):
    try:
        read = gws.read_operation(body, by="a1")
    except gws.MessageError:
        return
    ix.decide(ix.Interaction("X1", "email", "Composing", holders=["a1"]), read.command)


@pytest.mark.parametrize(("body", "message"), [
    (None, "body: must be an object with an operationName, not None"),
    ({}, "body.operationName: must be the name of an operation, not None"),
    ({"operationName": 5}, "body.operationName: must be the name of an operation, not 5"),
    ({"operationName": "AddEmail", "uri": 5}, "body.uri: must be a string, not 5"),
])  # fmt: skip
def test_recorded_bodies_that_are_none(body, message):
    with pytest.raises(gws.MessageError, match=message):
        gws.read_operation(body)


def test_a_recorded_operation_is_read_whether_it_is_right_or_not():
    wrong = gws.read_operation({"operationName": "Accept", "haste": 1}, gws.read_path("/me/chats/C1"), by="a1")
    assert wrong == gws.Operation("chat", "C1", ix.Custom(operation="Accept", by="a1", arguments={"haste": 1}))
    read = gws.read_operation(
        {"operationName": "AddEmail", "uri": ".../FE79"}, gws.read_path("/users/u1/workbins/wb"), by="boss"
    )
    assert read == gws.Operation(None, "FE79", ix.AddEmail(by="boss", workbin="wb", owner="u1"))


# --- requests that are not in order ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        (ix.Transfer(by="a1", interaction="x1", media="workitem"), {"operationName": "Transfer"}, 1),
        (
            ix.AttachUserData(by="a1", interaction="x1", media="workitem", user_data=5),
            {"operationName": "AttachUserData", "userData": 5},
            10,
        ),
        (
            ix.DeleteUserData(by="a1", interaction="x1", media="workitem", keys=5),
            {"operationName": "DeleteUserData", "keys": 5},
            10,
        ),
        (ix.Custom(operation="Juggle", by="a1", interaction="x1", media="workitem"), {"operationName": "Juggle"}, 3),
        (ix.Custom(operation=None, by="a1", interaction="x1", media="workitem"), {}, 1),
    ],
)
def test_what_is_not_in_order_can_be_written_and_is_refused(command, body, code):
    asked = gws.request(command, strict=False)
    assert (asked.method, asked.path, asked.body) == ("POST", "/api/v2/me/workitems/x1", body)
    center = ix.ContactCenter([ix.Agent("a1")])
    center.submit(media="workitem", queue="Q", id="x1")
    center.apply(ix.Offer(agent="a1"), interaction="x1")
    center.apply(ix.Accept(by="a1"), interaction="x1")
    assert gws.handle(center, asked).body["statusCode"] == code


def test_what_is_in_order_is_written_alike_whether_strictly_or_not():
    command = ix.Transfer(by="a1", interaction="x1", media="workitem", target_agent="a2")
    assert gws.request(command, strict=False) == gws.request(command)


PREFIXES = ("", "https://gws.example.test", "/gws", "/a/b/c", "https://gws.example.test:8443/tenant-1")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    "path", ["/me/workitems/w1", "/me/workbins/b1?agentGroup=G", "/users/api/workbins/v2", "/chats/c1/messages"]
)
def test_what_stands_before_the_api_is_the_deployments(prefix, path):
    assert gws.read_path(f"{prefix}/api/v2{path}") == gws.read_path(path)


def test_without_the_api_in_it_nothing_stands_before_a_path():
    for path in ("/gws/me/workitems/w1", "/api/me/workitems/w1", "/gws/v2/me/workitems/w1"):
        with pytest.raises(gws.MessageError):
            gws.read_path(path)
