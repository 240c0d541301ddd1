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
from ixnstate.client import Mirror

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
