"""What every desktop asks first: itself, its channels, colleagues, queues; sessions, and what was said in one."""

import re

import pytest
from answers import OPENAPI, answer_of, part_of
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate import gws
from ixnstate.gws.desktop import TEMPLATES

SERVER = gws.Server("http://cc", names={"a1": ("Kristi", "Sippola")}, version="8.5.201.09")
SHORT = {"statusCode": 0}


def center(**options):
    agents = [
        ix.Agent("a1", place="P1"),
        ix.Agent("boss", roles={"supervisor", "agent"}, ready={"chat"}),
        ix.Agent("root", roles={"admin"}),
    ]
    return ix.ContactCenter(**{"agents": agents, "queues": ["Inbound", "Outbound"], **options})


def ask(where, method, path, body=None, user="a1", **more):
    reply = gws.handle(where, gws.Request(method, path, body, user), server=SERVER, **more)
    check(method, path, reply)
    return reply


def check(method, path, reply):
    """A reply is as the OpenAPI document says."""
    bare = path.partition("?")[0]
    for template in TEMPLATES:
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), bare) and reply.http_status != 405:
            answer_of(OPENAPI, OPENAPI["paths"][template][method.lower()], reply.http_status).validate(reply.body)


def state(where, agent, media):
    return "Ready" if where.agents[agent].is_ready_for(media) else "NotReady"


def test_the_version_can_be_asked_by_anybody():
    assert ask(center(), "GET", "/diagnostics/version", user=None).body == {"statusCode": 0, "version": "8.5.201.09"}


def test_me_is_the_user_as_the_page_prints_it():
    body = ask(center(), "GET", "/me").body
    assert body == {
        "statusCode": 0,
        "user": {
            "id": "a1", "userName": "a1", "firstName": "Kristi", "lastName": "Sippola", "roles": ["ROLE_AGENT"],
                "enabled": True,
            "changePasswordOnFirstLogin": False, "uri": "http://cc/api/v2/users/a1", "path": "/users/a1",
        },
    }  # fmt: skip
    assert list(body["user"])[:5] == ["id", "userName", "firstName", "lastName", "roles"]


@pytest.mark.parametrize(
    ("wanted", "keys"), [("*", {"devices", "channels"}), ("channels", {"channels"}), ("nonsense", set())]
)
def test_me_has_the_subresources_that_are_asked_for(wanted, keys):
    user = ask(center(), "GET", f"/me?subresources={wanted}").body["user"]
    assert {"devices", "channels"} & user.keys() == keys


def test_channels_have_the_state_of_each_medium():
    shown = ask(center(), "GET", "/me/channels", user="boss").body["channels"]
    assert {each["channel"]: each["userState"]["state"] for each in shown} == {
        media: "Ready" if media == "chat" else "NotReady" for media in ix.GWS.media
    }
    assert ask(center(), "GET", "/me/channels/email").body["channel"]["userState"]["state"] == "Ready"
    assert ask(center(), "GET", "/me/channels?channel=email").body["channels"][0]["channel"] == "email"
    assert ask(center(), "GET", "/me/channels/fax").http_status == 404


@pytest.mark.parametrize("path", ["/me/channels/email", "/me"])
def test_ready_and_not_ready_change_the_centre_and_are_told(path):
    where = center()
    asked = ask(where, "POST", path, {"operationName": "NotReady"})
    assert (asked.http_status, asked.body) == (200, SHORT)
    others = [media for media in ix.GWS.media if media != "email"]
    assert state(where, "a1", "email") == "NotReady"
    assert {state(where, "a1", media) for media in others} == ({"NotReady"} if path == "/me" else {"Ready"})
    (told,) = asked.notifications
    assert (told.agent, told.topic) == ("a1", "/v2/me/channels")
    assert told.message["messageType"] == "ChannelStateChangeMessageV2"
    assert {each["channel"]: each["userState"]["state"] for each in told.message["channels"]} == {
        media: state(where, "a1", media) for media in ix.GWS.media
    }
    replayed = center().replay(asked.events)
    assert replayed == where
    ask(where, "POST", path, {"operationName": "Ready"})
    assert state(where, "a1", "email") == "Ready"


def test_devices_are_none_since_there_are_no_telephones():
    assert ask(center(), "GET", "/me/devices").body == {"statusCode": 0, "devices": []}
    assert ask(center(), "GET", "/me/devices/x").http_status == 404


def test_lists_show_addresses_or_the_fields_that_are_asked_for():
    where = center()
    assert ask(where, "GET", "/users").body["uris"] == [f"http://cc/api/v2/users/{name}" for name in where.agents]
    assert ask(where, "GET", "/users?fields=id").body["users"] == [{"id": name} for name in where.agents]
    assert ask(where, "GET", "/users?fields=id&firstName=Kristi").body["users"] == [{"id": "a1"}]
    assert ask(where, "GET", "/users/boss?fields=roles").body["user"] == {"roles": ["ROLE_AGENT", "ROLE_SUPERVISOR"]}
    assert ask(where, "GET", "/queues?fields=id,name").body["queues"] == [
        {"id": name, "name": name} for name in ("Inbound", "Outbound")
    ]
    assert ask(where, "GET", "/queues?fields=*&channel=voice").body["queues"] == []
    assert ask(where, "GET", "/queues/Inbound").body["queue"]["path"] == "/queues/Inbound"
    assert ask(where, "GET", "/features?fields=id").body["features"] == [{"id": "api-multimedia"}]
    assert ask(where, "GET", "/features/api-voice").http_status == 404


def test_a_property_that_is_asked_for_twice_must_have_both_values():
    where = center()
    assert [each["id"] for each in ask(where, "GET", "/users?fields=id&id=a1&id=a1").body["users"]] == ["a1"]
    assert ask(where, "GET", "/users?fields=id&id=a1&id=boss").body["users"] == []
    where.submit(media="chat", queue="Inbound", id="x")
    where.offer("x", "a1")
    read = gws.parse_request(gws.Request("GET", "/me/chats?fields=id&state=Invited&state=Chatting", user="a1"))
    assert read.filters == {"state": ("Invited", "Chatting")}
    assert gws.parse_request(gws.request(read)) == read
    assert ask(where, "GET", "/me/chats?fields=id&state=Invited&state=Chatting").body["chats"] == []
    assert ask(where, "GET", "/me/chats?fields=id&state=Invited&state=Invited").body["chats"] == [{"id": "x"}]


def test_where_every_name_is_a_queue_those_in_use_are_listed():
    where = center(queues=None)
    assert ask(where, "GET", "/queues").body["uris"] == []
    where.submit(media="chat", queue="Sales", id="x")
    assert ask(where, "GET", "/queues?fields=id").body["queues"] == [{"id": "Sales"}]


def test_a_feature_that_is_off_hides_the_channels_and_nothing_else():
    where = center(features=())
    assert ask(where, "GET", "/me/channels").http_status == 404
    assert ask(where, "GET", "/me").http_status == 200
    assert ask(where, "GET", "/features").body == {"statusCode": 0, "uris": []}
    assert (
        ask(where, "POST", "/me", {"operationName": "StartContactCenterSession", "channels": ["chat"]}).body[
            "statusCode"
        ]
        == 10
    )


def test_a_session_begins_on_the_channels_named_and_ends_on_all():
    where = center()
    begun = ask(
        where,
        "POST",
        "/me",
        {"operationName": "StartContactCenterSession", "channels": ["chat", "email"], "place": "P7"},
    )
    assert begun.body == SHORT
    assert {media for media in ix.GWS.media if state(where, "a1", media) == "Ready"} == {"chat", "email"}
    assert where.agents["a1"].place == "P7"
    assert [each.topic for each in begun.notifications] == ["/v2/me/channels"]
    ended = ask(where, "POST", "/me", {"operationName": "EndContactCenterSession"})
    assert ended.body == SHORT
    assert not any(state(where, "a1", media) == "Ready" for media in ix.GWS.media)


def test_a_session_does_not_make_ready_who_is_not():
    where = center()
    ask(
        where, "POST", "/me", {"operationName": "StartContactCenterSession", "channels": ["chat", "email"]}, user="boss"
    )
    assert where.agents["boss"].ready == {"chat"}


def test_a_session_on_voice_and_chat_is_partial_success():
    body = ask(
        center(), "POST", "/me", {"operationName": "StartContactCenterSession", "channels": ["voice", "chat"]}
    ).body
    assert body == {
        "statusCode": 7,
        "statusMessage": "voice: Voice service is not available at this time",
        "channels": [
            {"channel": "voice", "statusCode": 4, "statusMessage": "Voice service is not available at this time"},
            {"channel": "chat", "statusCode": 0},
        ],
    }


def test_where_all_channels_fail_one_failure_is_the_answer():
    where = center()
    reply = ask(where, "POST", "/me", {"operationName": "StartContactCenterSession", "channels": ["voice"]})
    assert (reply.http_status, reply.body["statusCode"]) == (503, 4)
    reply = ask(where, "POST", "/me", {"operationName": "StartContactCenterSession", "channels": ["fax", "voice"]})
    assert (reply.http_status, reply.body["statusCode"]) == (400, 10)
    assert where == center()


@pytest.mark.parametrize(
    ("path", "body", "code", "why"),
    [
        ("/me", None, 10, "body: expected an object with an operationName, found None"),
        ("/me", {}, 1, "body.operationName: is missing"),
        ("/me", {"operationName": "Fly"}, 3, "there is no operation 'Fly' here; there are StartContactCenterSession"),
        ("/me", {"operationName": 5}, 3, "there is no operation 5 here"),
        ("/me/channels/chat", {"operationName": "EndContactCenterSession"}, 3, "there are Ready, NotReady"),
        ("/me", {"operationName": "Ready", "channels": []}, 10, "body.channels: is not taken"),
        ("/me", {"operationName": "StartContactCenterSession"}, 1, "body.channels: is missing"),
        ("/me", {"operationName": "StartContactCenterSession", "channels": []}, 10,
         "body.channels: expected a list of names"),
        ("/me", {"operationName": "StartContactCenterSession", "channels": [5]}, 10,
         "body.channels: expected a list of names"),
        ("/me", {"operationName": "StartContactCenterSession", "channels": ["chat"], "place": 5}, 10,
         "body.place: expected a string"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_changes_nothing(path, body, code, why):
    where = center()
    reply = ask(where, "POST", path, body)
    assert reply.body["statusCode"] == code
    assert why in reply.body["statusMessage"]
    assert (reply.events, reply.notifications, where) == ((), (), center())


def test_who_is_not_an_agent_has_no_channels_to_work_on():
    assert ask(center(), "POST", "/me", {"operationName": "Ready"}, user="root").body["statusCode"] == 5


@pytest.mark.parametrize("template", TEMPLATES)
def test_other_methods_are_answered_with_those_that_are_taken(template):
    path = template.replace("{channel}", "chat").replace("{", "").replace("}", "")
    declared = [method.upper() for method in ("get", "post") if method in OPENAPI["paths"][template]]
    reply = ask(center(), "DELETE", path)
    assert (reply.http_status, reply.headers) == (405, {"Allow": ", ".join(declared)})


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path != "/diagnostics/version"])
def test_who_is_not_signed_in_is_told_so(path):
    reply = ask(center(), "GET", path, user=None)
    assert (reply.http_status, reply.body["statusCode"]) == (401, 20)
    assert ask(center(), "GET", path, user="stranger").http_status == 404


# --- what was said in a session
# -----------------------------------------------------------------------------------------


def test_messages_are_those_of_the_transcript():
    where = center()
    where.submit(media="chat", queue="Inbound", id="x")
    where.offer("x", "a1")
    log = {"x": [{"index": n, "text": f"line {n}", "type": "Text"} for n in range(5)]}

    def read(query="", **more):
        return ask(where, "GET", f"/me/chats/x/messages{query}", transcript=log.__getitem__, **more)

    assert read().body == {"statusCode": 0, "messages": log["x"]}
    assert [each["index"] for each in read("?startIndex=1&count=2").body["messages"]] == [1, 2]
    assert read("?startIndex=3&fields=text").body["messages"] == [{"text": "line 3"}, {"text": "line 4"}]
    assert read("?count=0").body["messages"] == []
    assert read(user="boss").http_status == 404, "nobody sees what is another's"
    assert ask(where, "GET", "/me/chats/x/messages").http_status == 404, "without a transcript"
    part_of(OPENAPI, "/components/schemas/Messages").validate(read().body)


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda e: st.lists(e, max_size=2) | st.dictionaries(st.text(max_size=3), e, max_size=2), max_leaves=5)  # fmt: skip
NAMED = st.fixed_dictionaries(
    {},
     optional={"operationName": ANY | st.sampled_from(["Ready", "StartContactCenterSession"]),
         "channels": ANY | st.just(["chat"]), "place": ANY}
)  # fmt: skip


@given(st.sampled_from(sorted(TEMPLATES)), st.sampled_from(["GET", "POST", "PUT"]), NAMED | ANY, st.text(max_size=8))
def test_whatever_is_asked_is_answered(template, method, body, query):
    path = re.sub(r"{\w+}", "chat", template) + "?" + query
    assert ask(center(), method, path, body).http_status < 600
