"""Messages, read: every documented one, of every generation; what nobody documents is kept; what is broken is told."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import documented
from ixnstate import decoding, gws
from ixnstate.gws.pages import RESOURCES, STATE_CHANGES

ROWS = documented("notifications")
STATES = frozenset(ix.State)
CLASSES = {
    "MessageLogUpdated": gws.MessageLog,
    "WorkbinStateChangeMessage": gws.WorkbinStateChange,
    "WorkbinSubscriptionStateChangeMessage": gws.WorkbinSubscription,
    "WorkbinStatsMessage": gws.WorkbinStats,
    "TwitterOperationResponse": gws.TwitterResponse,
    "TweetOperationResponse": gws.TwitterResponse,
}


def title(row):
    return f"{row['media']} {row['operation']} {row.get('case', '')} {row['page']}"


def resource_of(message):
    inner = message.get("interaction", message)
    for key, value in inner.items():
        if key in RESOURCES or key.endswith("StateResourceV2"):
            return value
    return inner if "messageTypeName" in inner or inner is not message else {}


FORMS = {
    "the object": lambda message: message,
    "in its envelope": lambda message: {"data": message, "channel": "/v2/me/somewhere"},
    "its text": json.dumps,
    "its bytes": lambda message: orjson.dumps({"channel": "/v2/me/somewhere", "data": message}),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("row", ROWS, ids=title)
def test_a_documented_message_is_read_and_given_back(row, form):
    message = row["message"]
    given = form(message)
    read = gws.parse_notification(given)
    assert json.dumps(read.to_json()) == json.dumps(given if isinstance(given, dict) else json.loads(given))
    assert gws.parse_notification(read.to_bytes()) == read
    assert hash(gws.parse_notification(given)) == hash(read)
    assert not isinstance(read, gws.OtherMessage)
    assert isinstance(read, CLASSES.get(message.get("messageType"), gws.StateChange | gws.InteractionState))
    assert eval(repr(read), vars(gws)) == read


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_what_a_documented_message_says(row):
    message = row["message"]
    read, resource = gws.parse_notification(message), resource_of(message)
    inner = message.get("interaction", message)
    assert read.media == (row["media"] or read.media)
    assert read.reference_id == message.get("referenceId")
    assert read.notification_type == message.get("notificationType")
    assert read.state == resource.get("state")
    assert read.state is None or read.state in STATES
    capabilities = resource.get("capabilities")
    assert read.capabilities == (None if capabilities is None else tuple(capabilities))
    assert read.user_data == resource.get("userData")
    if "messages" in message:
        assert [each.type for each in read.messages] == [each.get("type") for each in message["messages"]]
        assert [each.sender.nickname for each in read.messages] == [
            each["from"]["nickname"] for each in message["messages"]
        ]
        address = next(value for key, value in message.items() if key.endswith(("Uri", "Path")))
        assert read.interaction_id == address.rpartition("/")[2]
    elif "id" in resource:
        assert read.interaction_id == resource["id"]
    if "stateResource" in message:
        assert (read.workbin, read.subscription) == (message["id"], message["stateResource"])
        assert read.workbin_user_id == message.get("workbinUserId")
    if "action" in message:
        assert (read.workbin, read.action) == (message["id"], message["action"])
        assert (read.agent_group, read.place_group) == (message.get("agentGroup"), message.get("placeGroup"))
    if "workbinStats" in message:
        assert (read.stats, read.workbin_type) == (message["workbinStats"], message.get("workbinType"))
    if "participants" in resource:
        assert [each.type for each in read.participants] == [each.get("type") for each in resource["participants"]]
    assert inner.get("success") == getattr(read, "success", None)


def test_typed_values_cannot_be_changed_and_share_nothing():
    data: dict[str, Any] = {"a": [1]}
    message = {"messageType": "ChatStateChangeMessage", "chat": {"userData": data, "capabilities": ["Accept"]}}
    read = gws.parse_notification(message)
    data["a"].append(2)
    given_back = read.to_json()
    given_back["chat"]["capabilities"].append("Reject")
    assert read.to_json() == {
        "messageType": "ChatStateChangeMessage",
        "chat": {"userData": {"a": [1]}, "capabilities": ["Accept"]},
    }
    assert read.user_data == {"a": (1,)}
    with pytest.raises(TypeError):
        read.user_data["a"] = 1
    with pytest.raises(AttributeError):
        read.media = "email"


def chat(**resource):
    return {"messageType": "ChatStateChangeMessage", "chat": resource}


@pytest.mark.parametrize(
    "more",
    [
        {"interaction": "x"},
        {"interaction": {"id": "2"}},
        {"messageTypeName": None},
        {"data": {"a": 1}},
        {"facebooksession": None},
    ],
)
def test_a_field_that_nobody_documents_takes_nothing_away(more):
    read = gws.parse_notification({**more, **chat(id="C1")})
    assert (read.media, read.interaction_id) == ("chat", "C1")


@pytest.mark.parametrize("message", [
    {"messageType": "FacebooksessionStateChangeMessage", "facebooksession": None, "facebooksessions": {"id": "X"}},
    {"messageType": "WorkbinStateChangeMessage", "chatStateResourceV2": None, "emailStateResourceV2": {"id": "X"}},
])  # fmt: skip
def test_null_is_the_same_as_an_absent_key(message):
    assert gws.parse_notification(message).interaction_id == "X"


def test_a_resource_in_a_workbin_may_be_of_a_medium_that_nobody_knows():
    read = gws.parse_notification({"messageType": "WorkbinStateChangeMessage", "faxStateResourceV2": {"id": "F1"}})
    assert (read.media, read.interaction_id) == (None, "F1")


def test_a_medium_of_ones_own_is_read_with_its_definition():
    own = ix.GWS.with_media("fax", like="workitem")
    step = ix.step(ix.Interaction("F1", "fax", "Queued"), ix.Offer(agent="a1"), definition=own)
    (sent,) = gws.notifications(step, definition=own)
    read = gws.parse_notification(sent.frame(), definition=own)
    assert (read.media, read.interaction_id, read.state) == ("fax", "F1", "Invited")
    assert isinstance(gws.parse_notification(sent.frame()), gws.OtherMessage)


def test_a_list_of_messages_is_read():
    frames = [{"data": chat(id="C1"), "channel": "/v2/me/chats", "ext": {}}, {"messageType": "Other"}]
    read = gws.parse_notification(frames)
    assert [type(each).__name__ for each in read.parts] == ["StateChange", "OtherMessage"]
    assert read.to_json() == frames
    assert gws.parse_notification([]).to_json() == []


def test_another_message_tells_what_it_says_of_itself():
    read = gws.parse_notification(
        {"messageType": "IMSessionStateChangeMessage", "notificationType": "StatusChange", "referenceId": 3}
    )
    assert (read.notification_type, read.reference_id) == ("StatusChange", 3)


@pytest.mark.parametrize(
    "text", ['{"messageType":"M","x":"\ud800"}', '{"messageType":"M","x":' + "[" * 253 + "]" * 253 + "}"]
)
def test_what_is_read_can_be_given_back(text):
    read = gws.parse_notification(text)
    assert json.dumps(read.to_json()) == json.dumps(json.loads(text))
    assert json.loads(read.to_bytes()) == json.loads(text)


class Text(str):
    __slots__ = ()


def test_subclasses_of_strings_are_strings():
    read = gws.parse_notification(chat(id=Text("C1"), state=ix.State.CHATTING))
    assert (read.interaction_id, read.state) == ("C1", ix.State.CHATTING)
    assert type(read.to_json()["chat"]["state"]) is str


def test_unknown_names_survive():
    read = gws.parse_notification(
        {**chat(id="C1", state="Paused", capabilities=["Fly"], chatType=None, x={"y": 1}), "notificationType": "Sung"}
    )
    assert (read.state, read.capabilities, read.notification_type) == ("Paused", ("Fly",), "Sung")
    assert not isinstance(read.state, ix.State)
    assert isinstance(gws.parse_notification(chat(state="Chatting")).state, ix.State)


def test_capabilities_absent_are_not_capabilities_empty():
    assert gws.parse_notification(chat()).capabilities is None
    assert gws.parse_notification(chat(capabilities=None)).capabilities is None
    assert gws.parse_notification(chat(capabilities=[])).capabilities == ()


@pytest.mark.parametrize("message", [
    {"messageType": "DeviceStateChangeMessage", "devices": [{"id": 5}], "referenceId": "r", "chat": 5},
    {"data": {"messageType": "ChatStateChangeMessageV3", "chat": {"state": 5}}, "channel": "/v2/me/chats"},
    {"messageType": "test_accept "},
])  # fmt: skip
def test_a_message_of_another_type_is_kept(message):
    read = gws.parse_notification(message)
    assert isinstance(read, gws.OtherMessage)
    assert (read.media, read.interaction_id, read.state, read.workbin, read.messages) == (None, None, None, None, ())
    assert read.to_json() == message


BROKEN = [
    (5, ["expected an object, found 5"]),
    (None, ["expected an object, found null"]),
    ({}, ["messageType: is missing"]),
    ({"data": {}}, ["data.messageType: is missing"]),
    ({"data": 5}, ["data: expected an object, found 5"]),
    ({"messageType": 5}, ["messageType: expected a string, found 5"]),
    ({"data": {"messageType": None}}, ["data.messageType: expected a string, found null"]),
    ({"messageType": "ChatStateChangeMessage"}, ["chat: is missing"]),
    ({"messageType": "ChatStateChangeMessage", "referenceId": "1"},
     ["referenceId: expected a whole number, found '1'", "chat: is missing"]),
    ({"messageType": "EmailStateChangeMessage", "workitem": {}}, ["email: is missing"]),
    ({"messageType": "ChatStateChangeMessage", "chat": []}, ["chat: expected an object, found []"]),
    ({"messageType": "ChatStateChangeMessage", "chat": None}, ["chat: expected an object, found null"]),
    ({"data": {"messageType": "WorkitemStateChangeMessage", "workitem": {"capabilities": ["a", "b", "c", 4]}}},
     ["data.workitem.capabilities[3]: expected a string, found 4"]),
    (chat(capabilities="Accept"), ["chat.capabilities: expected a list, found 'Accept'"]),
    (chat(id=5, state=True, userData=[], receivedDate=1.5),
     ["chat.id: expected a string, found 5", "chat.state: expected a string, found true",
      "chat.userData: expected an object, found []", "chat.receivedDate: expected a string, found 1.5"]),
    (chat(participants=[{"nickname": 1}, 2, {"type": "Agent"}]),
     ["chat.participants[0].nickname: expected a string, found 1",
      "chat.participants[1]: expected an object, found 2"]),
    ({**chat(id=5), "notificationType": 1, "referenceId": True},
     ["notificationType: expected a string, found 1", "referenceId: expected a whole number, found true",
      "chat.id: expected a string, found 5"]),
    ({"messageType": "MessageLogUpdated"}, ["messages: is missing"]),
    ({"messageType": "MessageLogUpdated", "chatUri": 5, "messages": [{"index": "1", "from": 5}]},
     ["chatUri: expected a string, found 5", "messages[0].index: expected a whole number, found '1'",
      "messages[0].from: expected an object, found 5"]),
    ({"messageType": "WorkbinStateChangeMessage", "id": 5},
     ["id: expected a string, found 5", "chatStateResourceV2 or the like: is missing"]),
    ({"messageType": "WorkbinStateChangeMessage", "action": 1, "tweetStateResourceV2": {"state": 1}},
     ["action: expected a string, found 1", "tweetStateResourceV2.state: expected a string, found 1"]),
    ({"messageType": "WorkbinSubscriptionStateChangeMessage"}, ["stateResource: is missing"]),
    ({"messageType": "WorkbinSubscriptionStateChangeMessage", "stateResource": {}},
     ["stateResource: expected a string, found {}"]),
    ({"messageType": "WorkbinStatsMessage", "workbinStats": 5, "id": 5},
     ["id: expected a string, found 5", "workbinStats: expected an object, found 5"]),
    ({"messageType": "TwitterOperationResponse", "success": 1}, ["success: expected true, false or a string, found 1"]),
    ({"messageTypeName": 5}, ["messageTypeName: expected a string, found 5"]),
    ({"interaction": 5}, ["interaction: expected an object, found 5"]),
    ({"data": {"interaction": {"state": 5, "email_object": {"subject": 5}}}},
     ["data.interaction.state: expected a string, found 5",
      "data.interaction.email_object.subject: expected a string, found 5"]),
    ([{"messageTypeName": "InteractionStateMessage", "id": 5}, chat(), 7],
     ["[0].id: expected a string, found 5", "[2]: expected an object, found 7"]),
    ([[chat()]], ["[0]: expected an object"]),
    ({"data": [5], "channel": "/v2/me/interactions"}, ["data[0]: expected an object, found 5"]),
    ({"messageType": "EmailStateChangeMessage", "email": {"to": 5, "cc": [5], "body": [], "emailType": 7, "from": {}}},
     ["email.from: expected a string, found {}", "email.to: expected a string or a list of strings, found 5",
      "email.cc: expected a string or a list of strings, found [5]", "email.body: expected a string, found []",
      "email.emailType: expected a string, found 7"]),
    (chat(x=10**5000), ["a number of more than"]),
    ('{"messageType":"M","x":1' + "0" * 5000 + "}", ["a number of more than"]),
    (b"", ["not valid JSON at line 1, column 1"]),
    (b'{"messageType": "M",}', ["not valid JSON at line 1, column 2"]),
    (b"\xff\xfe", ["not UTF-8 at byte 1"]),
    ('{"messageType": "M", "messageType": "N"}', ["the key 'messageType' stands twice in one object"]),
    ('{"data":{"messageType":"M","x":{"a":1,"a":1}}}', ["the key 'a' stands twice in one object"]),
    ('{"messageType":"M","x":NaN}', ["NaN is not valid JSON"]),
    ('{"messageType":"M","x":1e999}', ["1e999 is out of range"]),
    ("[" * 100_000, ["nested too deeply"]),
    ('{"messageType":' * 900 + "1" + "}" * 900, ["nested"]),
    ({"messageType": "M", "x": {1: 2}}, ["not valid JSON: the key 1 is not a string"]),
    ({"messageType": "M", "x": {1, 2}}, ["not valid JSON: {1, 2}"]),
    ({"messageType": "M", "x": float("inf")}, ["not valid JSON: inf"]),
]  # fmt: skip


@pytest.mark.parametrize("without", [False, True], ids=["with orjson", "without orjson"])
@pytest.mark.parametrize(("message", "faults"), BROKEN)
def test_a_broken_message_is_told_with_all_its_faults(message, faults, without, monkeypatch):
    if without:
        monkeypatch.setattr(decoding, "orjson", None)
    with pytest.raises(gws.MessageError) as caught:
        gws.parse_notification(message)
    found = [str(fault) for fault in caught.value.faults]
    assert len(found) == len(faults), found
    for each, expected in zip(found, faults, strict=True):
        assert expected in each


@pytest.mark.parametrize("without", [False, True], ids=["with orjson", "without orjson"])
@pytest.mark.parametrize("text", [
    json.dumps({**chat(id="C1"), "x": 2**70}), json.dumps({**chat(id="C1"), "x": -(2**64)}),
        json.dumps(chat(id="\ud800")),
    json.dumps({**chat(id="C1"), "x": [1.0, 1e30, 0.1]}), json.dumps(chat(subject="x" * 10_000_000)),
    json.dumps(chat(id="\u00e9\U0001f600")), json.dumps(chat(id='":{"')), json.dumps(chat(id="C1"), indent=3),
    '\ufeff{"messageType":"M"}', json.dumps(chat(x=json.loads("[" * 200 + "]" * 200))),
])  # fmt: skip
def test_odd_messages_survive(text, without, monkeypatch):
    if without:
        monkeypatch.setattr(decoding, "orjson", None)
    read = gws.parse_notification(text)
    assert json.dumps(read.to_json()) == json.dumps(json.loads(text.removeprefix("\ufeff")))
    assert json.loads(read.to_bytes()) == json.loads(text.removeprefix("\ufeff"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([
    "id", "state", "capabilities", "participants", "userData", "messages", "chatUri", "referenceId", "notificationType",
    "stateResource", "workbinStats", "action", "success", "data", "interaction", "channel", "email_object", *RESOURCES,
    "chatStateResourceV2", "messageTypeName",
])  # fmt: skip
TYPES = st.sampled_from([*STATE_CHANGES, *CLASSES, "Other"])
OBJECTS = st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=4), max_size=5)


@given(OBJECTS, TYPES, st.booleans())
def test_anything_that_is_read_is_given_back(data, name, enveloped):
    message = {**data, "messageType": name}
    message = {"data": message} if enveloped else message
    try:
        read = gws.parse_notification(message)
    except gws.MessageError as error:
        assert error.faults
        return
    assert json.dumps(read.to_json()) == json.dumps(message)
    assert gws.parse_notification(read.to_bytes()) == read
    assert read.interaction_id is None or isinstance(read.interaction_id, str)
    gws.observe(read)
    hash(read)
    repr(read)


@given(JSON | st.binary(max_size=20) | st.text(max_size=20) | st.floats() | st.dictionaries(st.integers(), JSON))
def test_anything_at_all_is_a_message_or_a_message_error(message):
    try:
        gws.parse_notification(message)
    except gws.MessageError as error:
        assert str(error)


@given(OBJECTS, TYPES)
def test_the_quick_way_and_the_careful_way_agree(data, name):
    """A message is looked at again for all its faults only if the quick look has found one."""
    message = {**data, "messageType": name}

    def outcome(value):
        try:
            return gws.parse_notification(value)
        except gws.MessageError as error:
            return [str(fault) for fault in error.faults]

    assert outcome(message) == outcome(json.dumps(message))


def test_what_a_client_may_believe():
    assert gws.observe(gws.parse_notification(chat(state="Chatting", capabilities=["Leave"]))) == ix.View(
        ix.State.CHATTING, ("Leave",)
    )
    assert gws.observe(gws.parse_notification(chat(state="Paused"))) == ix.View("Paused", None)
    assert gws.observe(gws.parse_notification(chat())) is None
    inside = {
        "messageType": "WorkbinStateChangeMessage",
        "id": "wb",
        "chatStateResourceV2": {"id": "C1", "capabilities": []},
    }
    assert gws.observe(gws.parse_notification({**inside, "action": "ItemAdded"})) == ix.View(ix.State.IN_WORKBIN, ())
    assert gws.observe(gws.parse_notification({**inside, "action": "ItemRemoved"})) is None
    assert gws.observe(gws.parse_notification({"messageType": "MessageLogUpdated", "messages": []})) is None
