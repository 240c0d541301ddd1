"""A whole server: every documented request is answered end to end, and whatever comes in is answered somehow."""

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import ixnstate as ix
from conftest import documented
from ixnstate import gws
from ixnstate.commands import OPERATIONS

USER, BOSS = "a1", "boss"


def center(**options):
    groups = {"agent_groups": {"G", "MyAgentGroup"}, "place_groups": {"MyPlaceGroup"}}
    return ix.ContactCenter(**{
        "agents": [ix.Agent(USER, place="P", **groups), ix.Agent("a2", **groups), ix.Agent(BOSS, roles={"supervisor"}),
                   ix.Agent("root", roles={"admin"})],
        "workbins": [ix.Workbin("wb", name="Drafts"), ix.Workbin("team", type="AgentGroup"),
            ix.Workbin("seat", type="Place")],
        **options,
    })  # fmt: skip


def held(where, id, media, agent=USER, state=None):
    """An interaction in the hands of an agent, or a draft of theirs."""
    if state == "Composing":
        assert where.apply(ix.Create(by=agent, media=media, new_id=id, queue_name="Q")).refusal is None
        return
    where.submit(media=media, queue="In", id=id, media_type="promotion" if media == "openmedia" else None)
    where.offer(id, agent)
    if state != "Invited":
        assert where.apply(ix.Accept(by=agent), id).refusal is None


def ask(where, method, path, body=None, user=USER, new_id="N1"):
    return gws.handle(where, gws.Request(method, path, body, user, new_id))


# --- every documented operation -------------------------------------------------------------------------------------

ROWS = [
    row for row in documented("requests")
    if row["method"] == "POST" and row["media"] and row["interaction"] and row["operation"] in OPERATIONS
    and not row.get("misspelt") and row["path"].split("?")[0].count("/workbins") == 0 and not row.get("upload")
]  # fmt: skip
DRAFT = {"Save", "Send", "Cancel"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['path']} {json.dumps(row['body'])}"[:120])
def test_a_documented_operation_is_answered_end_to_end(row):
    operation = row["operation"]
    state = "Composing" if operation in DRAFT else "Invited" if operation in ("Accept", "Reject") else None
    where = center(
        agents=[ix.Agent(USER)] + [ix.Agent(name) for name in {row["arguments"].get("target_agent")} - {None, USER}]
    )
    held(where, row["interaction"], row["media"], state=state)
    if operation == "RemoveAttachment":
        where.apply(ix.AddAttachment(by=USER, document_id=row["body"]["documentId"]), row["interaction"])
    if operation == "RemoveParticipantFromConference":
        where.apply(ix.Invite(by=USER, target_agent=row["arguments"]["target_agent"]), row["interaction"])
    reply = ask(where, "POST", row["path"], row["body"])
    if reply.http_status == 403:  # what is documented and refused: see test_gws_requests
        assert operation == "Forward" or "no operation" in reply.body["statusMessage"]
        return
    if reply.http_status == 400:
        assert (
            "is missing" in reply.body["statusMessage"]
            or "takes an agent" in reply.body["statusMessage"]
            or operation == "SendUrl"
        )
        return
    assert reply.http_status == 200
    answer = gws.parse_reply(reply.body)
    assert answer.ok
    for sent in reply.notifications:
        gws.parse_notification(sent.frame())


READS = [row for row in documented("requests") if row["method"] == "GET"]


@pytest.mark.parametrize("user", [USER, BOSS, "root", "nobody", None])
@pytest.mark.parametrize("row", READS, ids=lambda row: row["path"])
def test_every_documented_read_is_answered(row, user):
    where = center()
    for number, media in enumerate(ix.GWS.media):
        held(where, f"X{number}", media)
    reply = ask(where, "GET", row["path"], user=user)
    assert reply.http_status in (200, 401, 403, 404)
    gws.parse_reply(reply.body, reply.http_status)
    json.dumps(reply.body)
    if user in ("nobody", None):
        assert reply.http_status == {"nobody": 404, None: 401}[user]


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.fixture
def where():
    made = center()
    held(made, "C1", "chat")
    held(made, "E1", "email")
    held(made, "W1", "workitem", agent="a2")
    made.submit(media="workitem", queue="In", id="W2", user_data={"n": 1})
    return made


def test_lists_are_addresses_unless_fields_are_asked_for(where):
    assert ask(where, "GET", "/me/interactions").body == {
        "statusCode": 0,
        "uris": ["http://localhost:8080/api/v2/interactions/C1", "http://localhost:8080/api/v2/interactions/E1"],
    }
    chats = ask(where, "GET", "/me/chats?fields=*").body["chats"]
    assert [(each["id"], each["state"], each["chatType"]) for each in chats] == [("C1", "Chatting", "Inbound")]
    assert ask(where, "GET", "/me/emails?fields=id,state").body["emails"] == [{"state": "Processing", "id": "E1"}]
    assert ask(where, "GET", "/me/workitems?fields=id", user="a2").body == {
        "statusCode": 0,
        "workitems": [{"id": "W1"}],
    }


def test_filters_are_exact_names_and_values(where):
    def found(query):
        shown = ask(where, "GET", f"/interactions?fields=*&{query}", user="root").body["interactions"]
        return [gws.parse_notification(each).interaction_id for each in shown]

    assert found("state=Queued") == ["W2"]
    assert found("id=W1&state=Processing") == ["W1"]
    assert found("State=Queued") == []
    assert found("state=queued") == []


def test_the_list_of_all_media_has_the_form_of_the_messages(where):
    """Interactions API Operations: "same message format as CometD notifications"."""
    chat, _ = ask(where, "GET", "/me/interactions?fields=*").body["interactions"]
    assert (chat["messageType"], chat["chat"]["state"]) == ("ChatStateChangeMessage", "Chatting")
    some = ask(where, "GET", "/me/interactions?fields=id").body["interactions"][0]
    assert some["chat"] == {"id": "C1"}
    for version, inner in (("8.5.0", lambda each: each), ("8.5.1", lambda each: each["interaction"])):
        old = center(definition=ix.GWS.with_profile(api_version=version))
        held(old, "E1", "email")
        (shown,) = ask(old, "GET", "/me/interactions?fields=*").body["interactions"]
        assert inner(shown)["messageTypeName"] == "InteractionStateMessage"


def test_an_agent_sees_only_what_he_may(where):
    assert ask(where, "GET", "/me/chats/C1").body["chat"]["capabilities"][0] == "Transfer"
    assert ask(where, "GET", "/me/chats/C1", user="a2").http_status == 404
    assert ask(where, "GET", "/me/emails/C1").http_status == 404
    assert ask(where, "GET", "/interactions/C1", user="a2").body["interaction"]["capabilities"] == []
    assert ask(where, "GET", "/me/interactions", user="root").body["statusCode"] == 5
    assert ask(where, "GET", "/me/chats/C1/messages").http_status == 404
    assert ask(where, "GET", "/chats/C1", user="a2").http_status == 404
    assert ask(where, "GET", "/chats?fields=*", user="a2").body["chats"] == []
    assert ask(where, "GET", "/chats/C1").http_status == 200
    where.apply(ix.AddAttachment(by=USER, document_id="d1", name="a.txt"), "C1")
    assert ask(where, "GET", "/me/chats/C1/attachments").body["attachments"] == [{"id": "d1", "name": "a.txt"}]


def test_what_has_ended_is_active_no_longer(where):
    ask(where, "POST", "/me/chats/C1", {"operationName": "Complete"})
    assert "C1" not in json.dumps(ask(where, "GET", "/interactions", user="root").body)


def test_workbins_are_listed_in_their_scope(where):
    everything = ask(where, "GET", "/workbins?fields=*").body["workbins"]
    assert [(each["name"], each["type"]) for each in everything] == [
        ("Drafts", "Agent"),
        ("team", "AgentGroup"),
        ("seat", "Place"),
    ]
    assert [each["id"] for each in ask(where, "GET", "/me/workbins?fields=id").body["workbins"]] == ["wb", "seat"]
    assert ask(where, "GET", "/me/workbins?fields=id&type=Place").body["workbins"] == [{"id": "seat"}]
    assert ask(where, "GET", "/workbins").body["uris"][0] == "http://localhost:8080/api/v2/workbins/wb"
    one = ask(where, "GET", "/me/workbins/wb").body["workbin"]
    assert list(one) == ["workbinName", "id", "displayName", "uri", "type"]
    assert ask(where, "GET", "/me/workbins/none").http_status == 404


def test_the_content_of_a_workbin_is_a_subresource(where):
    ask(where, "POST", "/workbins/wb", {"operationName": "AddChat", "uri": ".../C1"})
    ask(where, "POST", "/workbins/wb", {"operationName": "AddEmail", "uri": ".../E1"})
    shown = ask(where, "GET", "/me/workbins/wb?subresources=*").body["workbin"]
    assert [each["id"] for each in shown["chats"] + shown["emails"]] == ["C1", "E1"]
    assert "state" not in shown["chats"][0]
    only = ask(where, "GET", "/me/workbins/wb?subresources=email").body["workbin"]
    assert ("chats" in only, "emails" in only) == (False, True)
    theirs = ask(where, "GET", f"/{USER}/workbins/wb/emails?subresources=*", user=BOSS).body["workbin"]
    assert ("chats" in theirs, "emails" in theirs) == (False, True)
    assert ask(where, "GET", f"/users/{USER}/workbins/wb?subresources=*", user="a2").http_status == 403
    assert "chats" not in ask(where, "GET", "/me/workbins/wb?subresources=*", user="a2").body["workbin"]


WHOSE = {
    f"/users/{USER}/workbins/wb": ("a2", 403), "/users/zz/workbins/wb": (BOSS, 404),
        "/me/workbins/team?agentGroup=Nope": (USER, 403),
    "/me/workbins?agentGroup=Nope": (USER, 403), f"/users/{USER}/workbins": ("a2", 403),
        "/users/zz/workbins": (BOSS, 404),
    "/workbins/wb?agentGroup=G": (USER, 400), "/me/workbins/team": (USER, 200),
        "/me/workbins/team?subresources=*": (USER, 400),
    f"/users/{USER}/workbins?fields=*": (BOSS, 200), "/me/workbins?agentGroup=G": (USER, 200),
}  # fmt: skip


@pytest.mark.parametrize("path", WHOSE)
def test_who_may_read_whose_workbins(where, path):
    user, status = WHOSE[path]
    assert ask(where, "GET", path, user=user).http_status == status


def test_an_address_by_user_names_him(where):
    shown = ask(where, "GET", f"/{USER}/workbins/wb/chats?subresources=*", user=BOSS).body["workbin"]
    assert shown["uri"] == f"http://localhost:8080/api/v2/{USER}/workbins/wb"


def test_open_media_of_another_type_are_not_found():
    where = center()
    held(where, "O1", "openmedia")
    assert ask(where, "GET", "/me/openmedia/promotion/O1").http_status == 200
    assert ask(where, "GET", "/me/openmedia/other/O1").http_status == 404
    (address,) = ask(where, "GET", "/me/openmedia/promotion").body["uris"]
    assert ask(where, "GET", address).body["openmedia"]["id"] == "O1"


def test_an_id_that_the_server_forgot_is_its_own_fault(where):
    reply = ask(where, "POST", "/me/emails", {"operationName": "Create", "queueUri": "/queues/Q"}, new_id=None)
    assert (reply.http_status, reply.body["statusCode"]) == (500, 4)


def test_older_versions_list_workbins_otherwise():
    where = center(definition=ix.GWS.with_profile(api_version="8.5.1"))
    assert ask(where, "GET", "/me/workbins").body["workbins"][0] == {
        "workbinId": "wb", "active": 1, "workbinName": "Drafts", "viewName": "Drafts/PrivateView", "workbinType": 1,
    }  # fmt: skip
    assert list(ask(where, "GET", "/me/workbins/none").body) == ["status", "description"]


# --- refusals, features, sessions -----------------------------------------------------------------------------------


def test_a_disabled_feature_hides_everything():
    where = center(features=[])
    for method, path, body in (
        ("GET", "/me/chats", None),
        ("POST", "/me/chats/C1", {"operationName": "Fly"}),
        ("PUT", "/x", 5),
    ):
        reply = ask(where, method, path, body)
        assert (reply.http_status, reply.body["statusCode"]) == (404, 6)


def test_nobody_in_particular_is_asked_to_log_in(where):
    assert ask(where, "GET", "/me/chats", user=None).body["statusCode"] == 20
    old = center(definition=ix.GWS.with_profile(api_version="8.5.0"))
    assert ask(old, "GET", "/me/chats", user=None).body["statusCode"] == 5


def test_several_workbins_at_once(where):
    done = ask(where, "POST", "/me/workbins?workbinIds=wb,seat", {"operationName": "Subscribe"})
    assert list(done.body["referenceIds"]) == ["wb", "seat"]
    assert len(done.notifications) == 2
    part = ask(where, "POST", "/me/workbins?workbinIds=wb,none", {"operationName": "Unsubscribe"})
    assert (part.body["statusCode"], list(part.body["referenceIds"])) == (7, ["wb"])
    both = ask(where, "POST", "/me/workbins?workbinIds=wb,x,team", {"operationName": "Subscribe"})
    assert "workbin x" in both.body["statusMessage"]
    assert "workbin team" in both.body["statusMessage"]
    assert [each.message["stateResource"] for each in part.notifications] == ["Unsubscribed", "RequestFailed"]
    failed = ask(where, "POST", "/me/workbins?workbinIds=x,y", {"operationName": "Subscribe"})
    assert (failed.http_status, list(failed.body)) == (404, ["statusCode", "statusMessage"])


def test_of_two_who_pull_one_gets_it(where):
    ask(where, "POST", "/me/workbins/team?agentGroup=G", {"operationName": "AddChat", "id": "C1"})
    pull = {"operationName": "PullChat", "id": "C1"}
    assert ask(where, "POST", "/me/workbins/team?agentGroup=G", pull, user="a2").body["statusCode"] == 0
    late = ask(where, "POST", "/me/workbins/team?agentGroup=G", pull)
    assert (late.body["statusCode"], late.notifications) == (2, ())
    assert late.body["statusMessage"].endswith("it is in no workbin; a2 holds it")


def test_statistics_have_dates(where):
    began = datetime(2017, 9, 12, 18, 5, tzinfo=UTC)
    where.advance(seconds=40)
    ask(where, "POST", "/workbins/wb", {"operationName": "AddChat", "uri": ".../C1"})
    request = gws.Request("POST", "/workbins/wb", {"operationName": "RequestStats"}, USER)
    (sent,) = gws.handle(where, request, server=gws.Server(began=began)).notifications
    assert sent.message["workbinStats"] == {
        USER: {
            "MaxMovedToQueueAt": "2017-09-12T18:05:40Z",
            "MinMovedToQueueAt": "2017-09-12T18:05:40Z",
            "NumberOfInteractions": 1,
        }
    }


def test_twitter_accounts_answer_by_a_message(where):
    reply = ask(where, "POST", "/me/twitter", {"operationName": "Unfollow", "twitterUserId": "5", "from": "us"})
    (sent,) = reply.notifications
    assert sent.message == {
        "messageType": "TwitterOperationResponse",
        "referenceId": reply.body["referenceId"],
        "success": "true",
    }


# --- anything at all ------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6,
)  # fmt: skip
SEGMENTS = st.sampled_from(
    [
        "me",
        "users",
        "chats",
        "emails",
        "interactions",
        "workbins",
        "openmedia",
        "wb",
        "team",
        "C1",
        "E1",
        "a1",
        "messages",
        "attachments",
    ]
)
PATHS = st.lists(SEGMENTS, max_size=5).map("/".join)
QUERIES = st.sampled_from(
    ["", "?fields=*", "?agentGroup=G", "?workbinIds=wb,seat", "?subresources=*", "?id=C1", "?placeGroup=X&fields=id"]
)
VALUES = st.sampled_from(["C1", "E1", "W1", "wb", "/users/a2", "/queues/Q", "text"]) | JSON
BODIES = st.builds(
    lambda name, rest: {"operationName": name, **rest},
    st.sampled_from([*OPERATIONS]),
    st.dictionaries(
        st.sampled_from(["id", "uri", "queueName", "targetUri", "userData", "keys", "text", "workbin", "email"]),
        VALUES,
        max_size=3,
    ),
)


@settings(max_examples=200)
@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    PATHS,
    QUERIES,
    BODIES | JSON,
    st.sampled_from([USER, BOSS, "root", "x", None]),
)
def test_whatever_is_asked_is_answered(method, path, query, body, user):
    where = center()
    held(where, "C1", "chat")
    held(where, "E1", "email", state="Composing")
    before = where.snapshot()
    reply = ask(where, method, path + query, body, user)
    json.dumps(reply.body)
    answer = gws.parse_reply(reply.body, reply.http_status)
    for sent in reply.notifications:
        gws.parse_notification(sent.to_bytes())
    if not answer.ok or method != "POST":
        assert where.snapshot() == before
        assert reply.notifications == ()


class Mirrors(RuleBasedStateMachine):
    """Clients who believe what they are sent see what the centre would show them."""

    def __init__(self):
        super().__init__()
        self.center = center()
        self.views = {USER: {}, "a2": {}, BOSS: {}}
        self.numbers = count(1)

    def deliver(self, sent):
        for each in sent:
            message = gws.parse_notification(each.frame())
            seen = gws.observe(message)
            if seen is not None and isinstance(message, gws.StateChange):
                self.views[each.agent][message.interaction_id] = seen

    @rule(media=st.sampled_from(list(ix.GWS.media)), agent=st.sampled_from([USER, "a2"]))
    def arrive(self, media, agent):
        id = f"X{next(self.numbers)}"
        self.center.submit(media=media, queue="In", id=id, media_type="promotion" if media == "openmedia" else None)
        self.deliver(gws.notifications(self.center.offer(id, agent)))

    @rule(data=st.data(), agent=st.sampled_from([USER, "a2", BOSS]))
    def ask(self, data, agent):
        records = self.center.interactions()
        if not records:
            return
        record = data.draw(st.sampled_from(records))
        names = [
            name for name in ix.GWS.media[record.media].operations if name not in ("Offer", "Revoke", "Stop", "Create")
        ]
        name = data.draw(st.sampled_from(names))
        arguments = {
            "target_agent": "a2" if agent == USER else USER, "queue_name": "Q", "user_data": {"k": 1}, "keys": ["k"],
            "text": "t", "url": "u", "comment": "c", "disposition": "d", "document_id": "d1",
                "content": {"subject": "s"},
            "workbin": "wb", "response_template_id": "r",
        }  # fmt: skip
        cls: Any = OPERATIONS[name]
        about = {"interaction": record.id}
        if not issubclass(cls, ix.AddInteraction | ix.PullInteraction):
            about |= {"media": record.media, "media_type": record.media_type}
        takes = {each.name for each in ix.parameters_of(cls)} - ix.GWS.media[record.media].lacking(name)
        if name == "Complete" and data.draw(st.booleans()):
            takes -= {"queue_name"}
        if issubclass(cls, ix.Reply):
            arguments["content"] = {"body": "b"}
        command = cls(by=agent, **about, **{key: value for key, value in arguments.items() if key in takes})
        asked = gws.request(command)
        reply = gws.handle(self.center, gws.Request("POST", asked.path, asked.body, agent, f"N{next(self.numbers)}"))
        self.deliver(reply.notifications)

    @rule(seconds=st.sampled_from([1, 31, 10_801]))
    def wait(self, seconds):
        self.deliver(gws.notifications(self.center.advance(seconds=seconds)))

    @invariant()
    def mirrors_are_true(self):
        gone = {"Completed", "Revoked", "InWorkbin", "Sent", "Canceled"}
        for agent, views in self.views.items():
            for record in self.center.interactions():
                now = self.center.view(record.id, agent)
                believed = views.get(record.id)
                if now is None:
                    assert believed is None or believed.state in gone or believed.state == "Composing"
                else:
                    assert believed == now, (agent, record, believed, now)


TestMirrors = Mirrors.TestCase
TestMirrors.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


# --- what HTTP says beside the body -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/me/chats/x", "GET, POST"),
        ("PATCH", "/me/chats", "GET"),
        ("POST", "/me/chats", "GET"),
        ("POST", "/me/chats/x/messages", "GET"),
        ("PUT", "/interactions/x", "GET, POST"),
        ("GET", "/me/transfer/x", "POST"),
        ("TRACE", "/me/emails", "GET, POST"),
        ("", "/workbins", "GET, POST"),
        (None, "/me/workbins/wb", "GET, POST"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_answered_with_those_that_it_takes(method, path, allowed):
    reply = ask(center(), method, path, {"operationName": "Accept"})
    assert (reply.http_status, reply.headers) == (405, {"Allow": allowed})
    assert reply.body["statusCode"] == 3


def test_the_methods_that_are_taken_are_those_of_the_schema():
    for template, item in gws.openapi()["paths"].items():
        path = template.replace("{", "").replace("}", "")
        declared = [method.upper() for method in ("get", "post") if method in item]
        assert ask(center(), "BREW", path).headers == {"Allow": ", ".join(declared)}, template


def test_the_id_of_what_is_created_stands_in_a_header():
    where = center()
    reply = ask(where, "POST", "/me/emails", {"operationName": "Create", "queueUri": "/queues/Out"}, new_id="D1")
    assert reply.headers == {"X-Interaction-Id": "D1"}
    assert where.interaction("D1") is not None
    assert not ask(where, "GET", "/me/emails/D1").headers
