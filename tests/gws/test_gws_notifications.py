"""Messages, written: what agents are sent is what the pages print, key by key, in their order."""

import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import attrs
import pytest
from commands import by_everyone
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import SITUATIONS, documented, name_of
from ixnstate import gws
from ixnstate.gws.notifying import date
from ixnstate.gws.pages import RESOURCES

COMMANDS = by_everyone()
ROWS = documented("notifications")
WORKED_OUT = {"id", "state", "capabilities", "uri", "userData", "participants", "mediaType", "parentId"}
DRAFTS = ("Save", "Send", "Cancel")


def resource_key(message):
    return next((key for key in message if key in RESOURCES), None)


def title(row):
    return f"{row['media']} {row['operation']} {row['case']} {row['page']}"


def is_written_by_us(row):
    """A message of one of our steps, of which the page shows all keys."""
    known = row["media"] and row["operation"] and row["order_known"] and row["fields_known"]
    odd = row.get("as_printed") or row.get("misspelt") or row.get("unseen")
    return known and not odd and resource_key(row["message"])


def before(row, resource):
    """An interaction in the state before the operation that leads to the message."""
    media, operation, state = row["media"], row["operation"], resource.get("state")
    medium = ix.GWS.media[media]
    content = {key: value for key, value in resource.items() if key not in WORKED_OUT}
    if "participants" in resource:
        content["participants"] = [each for each in resource["participants"] if each["type"] != "Agent"]
    user_data = (
        {}
        if operation in ("AttachUserData", "UpdateUserData", "SetDisposition")
        else dict(resource.get("userData", {}))
    )
    user_data |= {"gone": 1} if operation == "DeleteUserData" else {}
    about = {"user_data": user_data, "content": content, "media_type": resource.get("mediaType")}
    if operation in ("Accept", "Reject"):
        return ix.Interaction(resource["id"], media, "Invited", invited=["a1"], **about)
    if "Pull" in operation:
        return ix.Interaction(resource["id"], media, "InWorkbin", workbin=ix.WorkbinPlace("wb"), **about)
    held = ix.State.COMPOSING if operation in DRAFTS or state == "Composing" else medium.active
    second = len(resource.get("capabilities") or ()) == 16 or row["case"] == "in conference"
    return ix.Interaction(resource["id"], media, held, holders=["a1", "a2"][: 1 + second], **about)


def command(row, resource):
    operation, data = row["operation"], resource.get("userData", {})
    more = {
        "Transfer": {"target_agent": "a3"}, "Invite": {"target_agent": "a3"}, "Consult": {"target_agent": "a3"},
        "AttachUserData": {"user_data": data}, "UpdateUserData": {"user_data": data},
            "DeleteUserData": {"keys": ["gone"]},
        "SetDisposition": {"disposition": next(iter(data.values()), ""), "disposition_key": next(iter(data), "")},
        "AddComment": {"comment": resource.get("comment")}, "Send": {"queue_name": "Q"}, "Save": {"content": {}},
    }.get(operation, {})  # fmt: skip
    if isinstance(ix.command(operation), ix.AddInteraction):
        more = {"workbin": "wb"}
    return ix.command(operation, by="a1", **more)


def written(row):
    """What we send the acting agent, in the generation of lists that the page has."""
    message = row["message"]
    key = resource_key(message)
    resource = message[key]
    for generation in ("8.5.2", "2014"):
        definition = ix.GWS.with_profile(capabilities=generation, twitter="tweet" if key == "tweet" else "twitter")
        if row["operation"] == "Create":
            new = ix.Create(
                by="a1", media=row["media"], new_id=resource["id"], queue_name="Q", media_type=resource.get("mediaType")
            )
            step = ix.create(new, definition=definition)
        else:
            step = ix.step(before(row, resource), command(row, resource), definition=definition)
        for each in gws.notifications(step, reference_id=message.get("referenceId", 99), definition=definition):
            found = each.message
            same_type = found.get("notificationType") == message.get("notificationType")
            if each.agent == "a1" and same_type and found[key].get("capabilities") == resource.get("capabilities"):
                return each
    raise AssertionError(f"nothing like it: {message}")


@pytest.mark.parametrize("row", [row for row in ROWS if is_written_by_us(row)], ids=title)
def test_a_documented_message_is_written_as_its_page_prints_it(row):
    message = row["message"]
    sent = written(row)
    found = sent.message
    key = resource_key(message)
    assert list(found) == list(message)
    assert {name: value for name, value in found.items() if name != key} == {
        name: value for name, value in message.items() if name != key
    }
    assert list(found[key]) == list(message[key])
    for name, value in message[key].items():
        if name == "participants":
            assert bool(found[key][name]) == bool(value)
        elif name == "uri":
            addresses = [each.rpartition("/api/v2/")[2] for each in (found[key][name], value)]
            assert addresses[0] == addresses[1].replace("facebooksession/", "facebooksessions/")  # both are documented
        else:
            assert found[key][name] == value, name
    assert row["topic"] in (None, sent.topic)


def test_there_are_many_such_messages():
    assert len([row for row in ROWS if is_written_by_us(row)]) >= 45


REFERENCES = [
    row for row in documented("references")
    if row["media"] and row["notificationType"] not in (None, "NewMessages") and row["operation"] != "Unfollow"
]  # fmt: skip


def situations_of(row):
    several = row["case"] == "in conference" or row["operation"] == "RemoveParticipantFromConference"
    for record in SITUATIONS:
        if (
            record.media == row["media"]
            and (len(record.holders) > 1) == several
            and not (record.holders and record.invited)
        ):
            for each in COMMANDS:
                if each.operation == row["operation"] and each.by == "a1":
                    outcome = ix.decide(record, each)
                    if isinstance(outcome, tuple):
                        yield ix.step(record, each)


@pytest.mark.parametrize(
    "row", REFERENCES, ids=lambda row: f"{row['media']} {row['operation']} {row['notificationType']} {row['case']}"
)
def test_the_reference_id_is_there_where_the_page_shows_it(row):
    if row["operation"] == "Create":
        new = ix.Create(
            by="a1",
            media=row["media"],
            new_id="X2",
            queue_name="Q",
            media_type="promotion" if row["media"] == "openmedia" else None,
        )
        steps = [ix.create(new)]
    else:
        steps = list(situations_of(row))
    tweet = row["notificationType"] == "TweetSaved"
    seen = set()
    for step in steps:
        for sent in gws.notifications(
            step, reference_id=7, definition=ix.GWS.with_profile(twitter="tweet" if tweet else "twitter")
        ):
            message = sent.message
            if sent.agent == "a1" and message["notificationType"] == row["notificationType"]:
                if (
                    row["case"] == "alone"
                    and message.get("chat", message.get("smssession", {})).get("state") != "LeftChat"
                ):
                    continue
                seen.add("referenceId" in message)
    assert seen == {row["referenceId"]}


@pytest.mark.parametrize("record", SITUATIONS, ids=name_of)
@pytest.mark.parametrize(
    "choices",
    [{}, {"api_version": "8.5.0"}, {"api_version": "8.5.1"}, {"twitter": "tweet", "capabilities": "2014"}],
    ids=str,
)
def test_whatever_is_written_is_read_again(record, choices):
    definition = ix.GWS.with_profile(**choices)
    server = gws.Server("http://example.com:1", datetime(2016, 4, 8, 12, 5, 57, tzinfo=UTC))
    for each in COMMANDS:
        if isinstance(ix.decide(record, each, definition=definition), ix.Refusal):
            continue
        step = ix.step(record, each, definition=definition)
        told = ix.notices(step, definition=definition)
        sent = gws.notifications(step, reference_id=7, server=server, definition=definition)
        assert [note.agent for note in sent if not note.message.get("messages")] == [
            notice.agent for notice in told if notice.kind is not ix.NoticeKind.MESSAGE
        ]
        for note in sent:
            message = note.message
            json.dumps(message)
            read = gws.parse_notification(note.to_bytes())
            assert read.to_json() == message
            assert gws.parse_notification(note.frame()).to_json() == {"data": message, "channel": note.topic}
            assert not isinstance(read, gws.OtherMessage)
            assert (read.media, read.interaction_id) == (record.media, read.interaction_id)
            assert gws.observe(read) is None or gws.observe(read) in [notice.view for notice in told]
            assert message.get("referenceId", 7) == 7
            assert note.agent == getattr(each, "by", None) or "referenceId" not in message


def test_notifications_are_values():
    record = ix.Interaction("C1", "chat", "Invited", invited=["a1"])
    sent, again = (gws.notifications(ix.step(record, ix.Accept(by="a1")), reference_id=7) for _ in range(2))
    assert sent == again
    assert [hash(each) for each in sent] == [hash(each) for each in again]
    assert sent[0] != sent[1]
    assert pickle.loads(pickle.dumps(sent)) == sent
    assert repr(sent[0]).startswith("<Notification to a1 on /v2/me/chats: {")


def test_only_the_acting_agent_gets_the_reference_id():
    record = ix.Interaction("W1", "workitem", "Processing", holders=["a1"])
    step = ix.step(record, ix.Transfer(by="a1", target_agent="a2"))
    sent = gws.notifications(step, reference_id=16)
    assert [(each.agent, each.message.get("referenceId")) for each in sent] == [("a1", 16), ("a2", None)]
    assert all("referenceId" not in each.message for each in gws.notifications(step))


DATA = st.dictionaries(
    st.text(max_size=4),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.lists(st.integers(), max_size=2),
    max_size=5,
)


@given(DATA)
def test_user_data_is_untouched(data):
    record = ix.Interaction("C1", "chat", "Chatting", holders=["a1"])
    step = ix.step(record, ix.AttachUserData(by="a1", user_data=data))
    (sent,) = gws.notifications(step)
    assert json.dumps(sent.message["chat"]["userData"]) == json.dumps(data)
    sent.message["chat"]["userData"]["mine"] = 1
    assert "mine" not in sent.message["chat"]["userData"]


LOGGED = [
    row
    for row in ROWS
    if "messages" in row["message"] and row["fields_known"] and not row.get("as_printed") and not row.get("misspelt")
]


@pytest.mark.parametrize(
    "row", [row for row in LOGGED if row["operation"] and row["operation"].startswith("Send")], ids=title
)
def test_the_log_is_written_as_its_page_prints_it(row):
    entry = row["message"]["messages"][0]
    if "messageType" in entry:
        pytest.skip("only with a server option (ChatSend, 8.5.2 draft)")
    said = entry.get("text") or entry.get("noticeText")
    more = {"text": said} if said else {"url": entry["url"]} if "url" in entry else {}
    record = ix.Interaction(
        "0001", row["media"], "Chatting", holders=["a1"], nicknames={"a1": entry["from"]["nickname"]}
    )
    server = gws.Server(now=datetime(2014, 1, 9, 11, 58, 12, 35_000, tzinfo=timezone(timedelta(hours=2))))
    (sent,) = gws.notifications(ix.step(record, ix.command(row["operation"], by="a1", **more)), server=server)
    found = sent.message
    correct = {"smsession": "smssession"}
    assert list(found) == [
        key.replace("smsession", "smssession") if "smsession" in correct else key for key in row["message"]
    ]
    (written_entry,) = found["messages"]
    assert list(written_entry) == list(entry)
    assert list(written_entry["from"]) == list(entry["from"])
    for key in ("type", "visibility", "text", "url", "noticeText"):
        assert written_entry.get(key) == entry.get(key)
    assert (written_entry["timestamp"], written_entry["timestampSeconds"]) == (
        "2014-01-09 11:58:12.035+0200",
        1389261492035,
    )


def test_dates():
    assert date(datetime(2016, 4, 8, 15, 5, 57, tzinfo=timezone(timedelta(hours=3)))) == "2016-04-08 15:05:57.000+0300"
    assert date(datetime(2016, 4, 8, 15, 5, 57, 999_999)) == "2016-04-08 15:05:57.999+0000"


# --- workbins -------------------------------------------------------------------------------------------------------


class Outcome:
    def __init__(self, *notices):
        self.notices = notices


CHAT = ix.Interaction(
    "0001BaBFVPR20035", "chat", "InWorkbin", workbin=ix.WorkbinPlace("wb", agent_group="G"),
    user_data={"Subject": "Test", "RRequestedSkills": None, "PegAG?:2>1": 1},
    content={"receivedDate": "2016-04-08 15:05:57.000+0300", "participants": [{"type": "Customer"}]},
)  # fmt: skip
EVENT = ix.step(CHAT, ix.PullChat(by="a1")).events[0]


def test_a_workbin_message_is_alphabetical_and_without_state():
    place = ix.WorkbinPlace("6c715fa9", agent_group="MyAgentGroup")
    (sent,) = gws.notifications(Outcome(ix.WorkbinNotice("a1", place, False, EVENT, CHAT)), reference_id=77)
    assert (sent.agent, sent.topic) == ("a1", "/v2/me/workbins")
    assert json.dumps(sent.message) == json.dumps({
        "action": "ItemRemoved", "agentGroup": "MyAgentGroup",
        "chatStateResourceV2": {
            "capabilities": [], "chatType": "Inbound", "id": "0001BaBFVPR20035", "participants": [],
            "receivedDate": "2016-04-08 15:05:57.000+0300",
            "userData": {"Subject": "Test", "RRequestedSkills": None, "PegAG?:2>1": 1},
        },
        "id": "6c715fa9", "messageType": "WorkbinStateChangeMessage",
    })  # fmt: skip
    place = ix.WorkbinPlace("6c715fa9", place_group="P")
    (sent,) = gws.notifications(Outcome(ix.WorkbinNotice("a1", place, True, EVENT, CHAT)))
    assert list(sent.message) == ["action", "chatStateResourceV2", "id", "messageType", "placeGroup"]
    assert gws.parse_notification(sent.frame()).action == "ItemAdded"


@pytest.mark.parametrize("media", ix.GWS.media)
def test_every_medium_can_be_in_a_workbin(media):
    record = ix.Interaction("X1", media, "InWorkbin", workbin=ix.WorkbinPlace("wb"))
    (sent,) = gws.notifications(Outcome(ix.WorkbinNotice("a1", ix.WorkbinPlace("wb", owner="a1"), True, EVENT, record)))
    read = gws.parse_notification(sent.message)
    assert (read.media, read.interaction_id, read.workbin, read.capabilities, read.state) == (
        media,
        "X1",
        "wb",
        (),
        None,
    )
    assert list(sent.message) == sorted(sent.message)


@pytest.mark.parametrize(("place", "message"), [
    (ix.WorkbinPlace("wb"),
     {"stateResource": "Subscribed", "id": "wb", "messageType": "WorkbinSubscriptionStateChangeMessage"}),
    (ix.WorkbinPlace("wb", owner="a1"),
     {"stateResource": "Subscribed", "id": "wb", "messageType": "WorkbinSubscriptionStateChangeMessage"}),
    (ix.WorkbinPlace("wb", owner="a2"),
     {"workbinUserId": "a2", "stateResource": "Subscribed", "id": "wb",
      "messageType": "WorkbinSubscriptionStateChangeMessage"}),
    (ix.WorkbinPlace("wb", agent_group="G"),
     {"agentGroup": "G", "id": "wb", "messageType": "WorkbinSubscriptionStateChangeMessage", "referenceId": 74,
      "stateResource": "Subscribed"}),
    (ix.WorkbinPlace("wb", place_group="G"),
     {"id": "wb", "messageType": "WorkbinSubscriptionStateChangeMessage", "placeGroup": "G", "referenceId": 74,
      "stateResource": "Subscribed"}),
])  # fmt: skip
def test_subscriptions(place, message):
    (sent,) = gws.notifications(
        Outcome(ix.SubscriptionNotice("a1", place, ix.SubscriptionState.SUBSCRIBED)), reference_id=74
    )
    assert json.dumps(sent.message) == json.dumps(message)


def test_statistics():
    inner = {
        "MaxMovedToQueueAt": "2017-09-12T18:05:40Z",
        "MinMovedToQueueAt": "2017-09-12T18:05:40Z",
        "NumberOfInteractions": 1,
    }
    notice = ix.StatsNotice("a1", {"a1": inner}, ix.WorkbinPlace("wb", owner="a1"), "Agent")
    (sent,) = gws.notifications(Outcome(notice), reference_id=7)
    assert json.dumps(sent.message) == json.dumps(
        {
            "workbinStats": {"a1": inner},
            "id": "wb",
            "workbinType": "Agent",
            "messageType": "WorkbinStatsMessage",
            "referenceId": 7,
        }
    )
    (sent,) = gws.notifications(
        Outcome(ix.StatsNotice("a1", {"wb": {"Count": 1, "Owner": "a1", "Type": "Agent"}})), reference_id=1
    )
    assert list(sent.message) == ["workbinStats", "messageType", "referenceId"]


def test_the_content_of_a_workbin_is_a_list_of_interaction_state_messages():
    (sent,) = gws.notifications(Outcome(ix.ContentNotice("a1", ix.WorkbinPlace("wb"), (CHAT,))))
    assert sent.topic == "/v2/me/interactions"
    assert isinstance(sent.message, list)
    assert gws.parse_notification(sent.frame()).to_json() == sent.frame()
    read = gws.parse_notification(sent.message)
    assert isinstance(read, gws.WorkbinContent)
    (one,) = read.interactions
    assert (one.media, one.interaction_id, one.state, one.capabilities) == ("chat", CHAT.id, "InWorkbin", ())


def test_an_older_version_has_one_message_for_all_media():
    """InteractionsOnEmailNotifications, 8.5.0 and 8.5.1."""
    record = ix.Interaction("E1", "email", "Queued", queue="In", content={"subject": "Hi"}, user_data={"To": "x"})
    step = ix.step(record, ix.Offer(agent="a1"))
    (sent,) = gws.notifications(step, definition=ix.GWS.with_profile(api_version="8.5.0"))
    assert sent.topic == "/v2/me/interactions"
    assert json.dumps(sent.message) == json.dumps({
        "messageTypeName": "InteractionStateMessage", "id": "E1", "channel": "email",
        "email_object": {"subject": "Hi", "interactionId": "E1"}, "interactionType": "Email",
        "interactionSubType": "InboundNew", "userData": {"To": "x"}, "currentQueue": "In", "state": "Invited",
        "capabilities": ["Accept", "Reject"],
    })  # fmt: skip
    (wrapped,) = gws.notifications(step, definition=ix.GWS.with_profile(api_version="8.5.1"))
    assert wrapped.message == {"interaction": sent.message}
    (revoked,) = gws.notifications(
        ix.step(step.interaction, ix.Revoke()), definition=ix.GWS.with_profile(api_version="8.5.0")
    )
    assert list(revoked.message) == ["messageTypeName", "id", "channel", "email_object", "state", "capabilities"]


def test_how_an_operation_on_an_account_ended():
    assert gws.twitter_response("a1", 1).message == {
        "messageType": "TwitterOperationResponse",
        "referenceId": 1,
        "success": "true",
    }
    failed = gws.twitter_response("a1", 1, "Unable to perform twitter operation")
    assert list(failed.message.values())[2:] == ["false", "Unable to perform twitter operation"]
    assert gws.parse_notification(failed.frame()).error_message == "Unable to perform twitter operation"


def test_a_medium_that_no_page_knows_is_spelled_after_its_name():
    own = ix.GWS.with_media("fax", like="workitem")
    step = ix.step(ix.Interaction("F1", "fax", "Queued"), ix.Offer(agent="a1"), definition=own)
    (sent,) = gws.notifications(step, definition=own)
    assert (sent.topic, sent.message["messageType"], sent.message["fax"]["uri"]) == (
        "/v2/me/faxs", "FaxStateChangeMessage", "http://localhost:8080/api/v2/faxs/F1",
    )  # fmt: skip


(NOTICE,) = ix.notices(ix.step(ix.Interaction("X1", "workitem", ix.State.INVITED, invited=("a1",)), ix.Accept(by="a1")))


@pytest.mark.parametrize(
    ("told", "options", "why"),
    [
        (5, {}, "told must be a Step or an Outcome, not 5"),
        ([], {}, r"told must be a Step or an Outcome, not \[\]"),
        ([NOTICE], {"server": 5}, "server must be a gws.Server, not 5"),
        ([attrs.evolve(NOTICE, interaction=5)], {}, "a notice's interaction cannot be 5"),
        (
            [attrs.evolve(NOTICE, interaction=attrs.evolve(NOTICE.interaction, media="fax"))],
            {},
            "a notice's interaction cannot be ",
        ),
        ([attrs.evolve(NOTICE, view=5)], {}, "a notice's view cannot be 5"),
    ],
)
def test_a_notice_that_does_not_fit_is_named_with_what_is_wrong(told, options, why):
    outcome = SimpleNamespace(notices=told) if told and isinstance(told, list) else told
    with pytest.raises(ValueError, match=why):
        gws.notifications(outcome, **options)
