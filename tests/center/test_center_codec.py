"""Events as JSON: every class, both ways; what was changed by hand is refused; a log of them rebuilds the centre."""

import contextlib
import json
from typing import get_type_hints

import attrs
import pytest
from centers import AGENTS, WORKBINS, commands
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate import gws
from ixnstate.center.codec import CENTER_EVENTS

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
NUMBERS = st.integers(-(2**63), 2**64) | st.floats(allow_nan=False, allow_infinity=False)


def objects(inner):
    return st.dictionaries(TEXT, inner, max_size=3)


JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT, lambda inner: st.lists(inner, max_size=3) | objects(inner)
)
GROUPS = st.frozensets(NAMES, max_size=2)
CAPACITY = st.none() | st.integers(0, 9) | st.dictionaries(st.sampled_from(list(ix.GWS.media)), st.integers(0, 9))
AGENT = st.builds(
    ix.Agent, NAMES, roles=st.frozensets(st.sampled_from(["agent", "supervisor", "admin"])), agent_groups=GROUPS,
    place=st.none() | NAMES, place_groups=GROUPS, ready=st.booleans() | GROUPS, capacity=CAPACITY,
)  # fmt: skip
VALUES = {
    str: TEXT, int: st.integers(0, 2**40), bool: st.booleans(), float: st.floats(0, 1e12),
        ix.State: st.sampled_from(ix.State),
    ix.NoticeKind: st.sampled_from(ix.NoticeKind), tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
    ix.WorkbinPlace: st.builds(ix.WorkbinPlace, NAMES, st.none() | NAMES, st.none() | NAMES, st.none() | NAMES),
        ix.Agent: AGENT,
}  # fmt: skip


def values(hint):
    if hint in VALUES:
        return VALUES[hint]
    if "FrozenDict" in str(hint):
        return objects(JSON)
    (inner,) = (each for each in hint.__args__ if each is not type(None))
    return st.none() | values(inner)


def events(kind):
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values(hints[field.name]) for field in attrs.fields(kind)})


def there_and_back(event):
    return ix.event_from_json(json.loads(json.dumps(ix.event_to_json(event))))


@pytest.mark.parametrize("kind", CENTER_EVENTS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_an_event_comes_back_equal_through_json_text(kind, data):
    event = data.draw(events(kind))
    back = there_and_back(event)
    assert back == event
    assert sorted(repr(back)) == sorted(repr(event))  # sets are printed in any order


def test_every_class_of_events_has_the_codec():
    assert set(CENTER_EVENTS) == set(ix.CenterEvent.__args__)


@given(st.lists(commands(), max_size=12))
def test_a_log_read_back_makes_an_equal_centre(asked):
    def new():
        return ix.ContactCenter(agents=AGENTS, workbins=WORKBINS, queues=["Inbound", "Out"])

    center = new()
    log = [*center.submit(media="chat", queue="Inbound", id="x0").events]
    for command in asked:
        log += center.apply(command, "x0" if command.interaction is None else None).events
        log += center.advance(1).events
    assert new().replay(map(there_and_back, log)) == center


WRITTEN = ix.event_to_json(ix.Answered("x", "Accept", "a1", 7))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"v": 2}, r"v: this reads version 1 of the events, not 2"),
        ({"v": True}, r"v: "),
        ({"event": "Answer"}, r"event: 'Answer' is not one of Created, .*Forgotten"),
        ({"event": []}, r"event: "),
        ({"reference_id": "7"}, r"Answered.reference_id: '7' does not fit"),
        ({"reference_id": True}, r"Answered.reference_id: True does not fit"),
        ({"by": None}, r"Answered.by: None does not fit"),
        ({"more": 1}, r"Answered has no field 'more'"),
    ],
)
def test_what_does_not_fit_is_named(change, problem):
    with pytest.raises(ValueError, match=problem):
        ix.event_from_json({**WRITTEN, **change})


def test_a_number_beyond_every_float_does_not_fit():
    with pytest.raises(ValueError, match=r"Advanced.to: 1000.*000 does not fit"):
        ix.event_from_json({"v": 1, "event": "Advanced", "to": 10**400})


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="Answered lacks operation, by"):
        ix.event_from_json({"v": 1, "event": "Answered", "interaction": None, "reference_id": 1})
    with pytest.raises(ValueError, match="v: "):
        ix.event_from_json({})
    with pytest.raises(ValueError, match=r"an event is an object, not \[\]"):
        ix.event_from_json([])


@pytest.mark.parametrize("kind", CENTER_EVENTS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_changed_value_is_read_or_refused_and_never_crashes(kind, data):
    written = ix.event_to_json(data.draw(events(kind)))
    written[data.draw(st.sampled_from(sorted(written)))] = data.draw(JSON)
    with contextlib.suppress(ValueError):
        ix.event_from_json(written)


def test_what_is_not_an_event_is_not_written():
    with pytest.raises(ValueError, match="'Accept' is not an event"):
        ix.event_to_json("Accept")


def test_a_reply_has_its_events_and_its_outcome():
    center = ix.ContactCenter(agents=[ix.Agent("a1")])
    other = ix.ContactCenter(agents=[ix.Agent("a1")])
    began = [*center.submit(media="chat", queue="In", id="x").events, *center.offer("x", "a1").events]
    asked = gws.Request("POST", "/me/chats/x", {"operationName": "Accept", "nickname": "Ann"}, "a1")
    reply = gws.handle(center, asked)
    assert reply.events[-1] == ix.Answered("x", "Accept", "a1", 1)
    assert reply.outcome.interaction == center.interaction("x")
    assert other.replay([*began, *reply.events]) == center
    refused = gws.handle(center, asked)
    assert refused.events == ()
    assert refused.outcome.refusal.code is ix.RefusalCode.NOT_HOLDER
    read = gws.handle(center, gws.Request("GET", "/me/chats/x", user="a1"))
    assert (read.events, read.outcome) == ((), None)
