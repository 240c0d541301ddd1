"""The laws of a mirror.

Whatever a transport does, after the last message and the answers that the mirror asks for it equals what the server
shows the agent; where messages come in order and at least once, it does without asking for any.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schedules import CLIENT, Schedule

import ixnstate as ix
from ixnstate import gws
from ixnstate.client import Mirror, Progress

FAMILIES = {
    "items": ("workitem", "openmedia"), "mail": ("email", "facebook", "twitter"),
    "sessions": ("chat", "facebooksession", "smssession"),
}  # fmt: skip
DEFINITIONS = {
    "usual": ix.GWS, "transfer on acceptance": ix.GWS.with_profile(transfer="on acceptance"),
    "tweets": ix.GWS.with_profile(twitter="tweet"), "8.5.0": ix.GWS.with_profile(api_version="8.5.0"),
    "8.5.1": ix.GWS.with_profile(api_version="8.5.1"),
}  # fmt: skip
EXAMPLES = int(os.environ.get("SCHEDULES", "25"))
SETTINGS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
CASES = [(family, name) for name in DEFINITIONS for family in (FAMILIES if name != "tweets" else ["mail"])]


def schedule(data, family, name):
    definition = DEFINITIONS[name]
    return Schedule(
        lambda options: data.draw(st.sampled_from(options)),
        Mirror(CLIENT, definition=definition),
        FAMILIES[family],
        definition,
    )


@pytest.mark.parametrize(("family", "name"), CASES)
@SETTINGS
@given(data=st.data())
def test_whatever_the_transport_does_the_mirror_is_right_in_the_end(family, name, data):
    here = schedule(data, family, name)
    here.run(Schedule.ANY, data.draw(st.integers(5, 40)))
    here.settle()
    here.settle_readings()
    here.check(data=True)
    here.check_workbins()
    assert here.mirror.is_current
    assert here.mirror.pending == ()


# the messages of 8.5.0 and 8.5.1 say neither which request they answer nor whose a draft is
ORDERLY = [(family, name) for family, name in CASES if not (family == "mail" and name.startswith("8.5"))]


@pytest.mark.parametrize(("family", "name"), ORDERLY)
@SETTINGS
@given(data=st.data())
def test_messages_in_order_and_at_least_once_need_no_answers(family, name, data):
    here = schedule(data, family, name)
    here.run(Schedule.ORDERLY, data.draw(st.integers(5, 40)))
    here.settle()
    here.check(data=False)


# === what a schedule does not reach ===================================================================================


def workitem(state, *capabilities, **more):
    item = {"id": "w1", "state": state, "capabilities": list(capabilities), "userData": {}}
    return {"messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange", "workitem": item, **more}


def test_what_is_legal_is_what_the_centre_accepts():
    for media in ix.GWS.media:
        here = Schedule(lambda options: options[0], Mirror(CLIENT), [media])
        here.arrive()
        here.deliver()
        (id,) = here.mirror.views
        for accepted in (False, True):
            if accepted:
                here.request("Accept", id, {})
                here.settle()
            record, legal = here.center.interaction(id), here.mirror.legal(id)
            for operation, why in legal.why_not.items():
                command = ix.command(operation, by=CLIENT)
                assert isinstance(ix.decide(record, command), ix.Refusal)
                assert operation in why
            edges = {
                each.operation
                for each in ix.GWS.edges(media)
                if each.source is record.state and each.who is not ix.Who.PLATFORM
            }
            assert {*legal.accepted} <= edges
            assert {*legal.advertised} - {"InFocus"} <= {*legal.accepted} | {*legal.why_not}
            assert {"Accept", "Complete", "Reject"} & {*legal.accepted} == (
                {"Complete"} if accepted else {"Accept", "Reject"}
            )


def test_an_operation_is_expected_until_it_is_refused():
    mirror = Mirror("a1")
    mirror.take(workitem("Processing", "Complete"))
    complete = mirror.request("Complete", "w1")
    assert mirror.expected("w1") is None
    assert mirror.view("w1").state is ix.State.PROCESSING
    assert mirror.legal("w1").accepted == ()
    (change,) = mirror.reply(complete, {"statusCode": 5, "statusMessage": "no"}, 403)
    assert (change.operation.progress, change.operation.why) == (Progress.REFUSED, "no")
    assert "Complete" in mirror.legal("w1")
    assert mirror.refusal("Accept", "w1").code is ix.RefusalCode.ILLEGAL
    assert mirror.refusal("Complete", "w1") is None


@pytest.mark.parametrize("order", [("reply", "message"), ("message", "reply")])
def test_reply_and_message_may_come_in_either_order(order):
    mirror = Mirror("a1")
    mirror.take(workitem("Invited", "Accept", "Reject"))
    accept = mirror.request("Accept", "w1")
    for what in order:
        assert mirror.pending
        if what == "reply":
            mirror.reply(accept, {"statusCode": 0, "referenceId": 3})
        else:
            mirror.take(workitem("Processing", "Complete", referenceId=3))
    assert mirror.pending == ()
    assert mirror.expected("w1").state is ix.State.PROCESSING


def test_an_invitation_to_what_the_agent_holds_is_asked_about():
    mirror = Mirror("a1")
    mirror.listening()
    (reading,) = mirror.start_reading()
    mirror.read(reading, {"statusCode": 0, "interactions": [workitem("Processing", "Complete")]})
    assert mirror.is_current
    mirror.take(workitem("Invited", "Accept", "Reject"))
    assert mirror.view("w1").state is ix.State.PROCESSING
    assert mirror.wants_reading


def test_a_supervisor_reads_the_workbin_of_another_agent():
    mirror = Mirror("boss")
    mirror.request("Subscribe", workbin="wb", owner="a2")
    mirror.take(
        {
            "messageType": "WorkbinSubscriptionStateChangeMessage",
            "stateResource": "Subscribed",
            "id": "wb",
            "workbinUserId": "a2",
        }
    )
    paths = {reading.request.path for reading in mirror.start_reading()}
    assert paths == {"/api/v2/me/interactions?fields=*", "/api/v2/users/a2/workbins/wb?subresources=*"}
    assert mirror.workbins == {ix.WorkbinPlace("wb", owner="a2"): None}


@pytest.mark.parametrize(
    "junk", [None, 5, "", "{", [], {}, {"messageType": 5}, {"messageType": "ChatStateChangeMessage"}, b"\xff"]
)
def test_what_is_no_message_is_told_so_and_changes_nothing(junk):
    mirror = Mirror("a1")
    mirror.take(workitem("Invited", "Accept", "Reject"))
    before = mirror.views
    try:
        mirror.take(junk)
    except gws.MessageError as error:
        assert str(error)
    (reading,) = mirror.start_reading()
    try:
        mirror.read(reading, junk)
    except gws.MessageError as error:
        assert str(error)
    assert mirror.views == before
    assert mirror.wants_reading


REFUSED, FAILED = ({"statusCode": 5, "statusMessage": "no"}, 403), ({"statusCode": 5, "statusMessage": "no"}, 500)
FAULTY = ({"statusCode": 4, "statusMessage": "a fault"}, 403)


@pytest.mark.parametrize(("answer", "is_final"), [(REFUSED, True), (FAILED, False), (FAULTY, False), (None, False)])
def test_a_reading_that_fails_is_begun_again_unless_a_workbin_is_barred(answer, is_final):
    mirror = Mirror("a1")
    mirror.take({
        "messageType": "WorkbinSubscriptionStateChangeMessage", "stateResource": "Subscribed", "id": "wb",
        "workbinUserId": "a1",
    })  # fmt: skip
    for reading in mirror.start_reading():
        assert not mirror.is_current
        assert (mirror.give_up(reading) if answer is None else mirror.read(reading, *answer)) == ()
        assert mirror.give_up(reading) == ()  # it is not waited for any more
    assert [reading.workbin is None for reading in mirror.start_reading()].count(True) == 1
    mirror.listening()
    wanted = {reading.workbin for reading in mirror.start_reading()}
    assert wanted == {None, *mirror.workbins}


@pytest.mark.parametrize("name", [None, "", 5])
def test_an_agent_must_have_a_name(name):
    with pytest.raises(ValueError, match="agent and names must be strings"):
        Mirror(name)
