"""The contact centre: what it refuses, who is told what, what time does, and what it keeps."""

import json
import threading
from typing import Any

import pytest
from centers import AGENTS, SCOPES, WORKBINS, State, check
from commands import forms

import ixnstate as ix
from ixnstate.commands import OPERATIONS

Code = ix.RefusalCode


def center(**options) -> ix.ContactCenter:
    return ix.ContactCenter(**{"agents": AGENTS, "workbins": WORKBINS, "queues": ["Inbound", "Out"], **options})


def done(outcome: ix.Outcome) -> ix.Outcome:
    assert outcome.refusal is None, str(outcome.refusal)
    return outcome


def held(where: ix.ContactCenter, by="a1", id="w1", media="workitem", **data) -> str:
    """An interaction in the hands of an agent."""
    done(where.submit(media=media, queue="Inbound", id=id, user_data=data))
    done(where.offer(id, by))
    done(where.apply(ix.Accept(by=by), id))
    return id


def told(outcome: ix.Outcome) -> list:
    """Who was told what, in order, in short."""
    found = []
    for notice in outcome.notices:
        match notice:
            case ix.Notice():
                what = str(notice.view.state)
            case ix.WorkbinNotice():
                what = "ItemAdded" if notice.added else "ItemRemoved"
            case ix.SubscriptionNotice():
                what = str(notice.state)
            case _:
                what = type(notice).__name__
        found.append((notice.agent, what))
    return found


def code(outcome: ix.Outcome):
    return outcome.refusal and outcome.refusal.code


# === a day ==========================================================================================================


def test_an_interaction_goes_into_a_workbin_and_out_again():
    c = center()
    held(c, subject="hello")
    put = done(c.apply(ix.AddWorkitem(by="a1", workbin="own"), "w1"))
    assert put.interaction == c.interaction("w1")
    assert put.interaction.workbin == ix.WorkbinPlace("own", owner="a1")
    assert c.content("own", owner="a1") == (put.interaction,)
    out = done(c.apply(ix.PullWorkitem(by="a1", workbin="own"), "w1"))
    assert (out.interaction.state, out.interaction.holders) == (State.PROCESSING, ("a1",))
    assert c.content("own", owner="a1") == ()
    assert [put.reference_id, out.reference_id] == [2, 3]


def test_the_interaction_can_be_named_by_the_command():
    c = center()
    held(c)
    done(c.apply(ix.SetInFocus(by="a1", interaction="w1", media="workitem")))
    assert code(c.apply(ix.SetInFocus(by="a1", interaction="w2"), "w1")) is Code.NOT_FOUND
    assert code(c.apply(ix.SetInFocus(by="a1", interaction="w1", media="chat"))) is Code.NOT_FOUND


def test_drafts_are_created_and_answers_spawned():
    c = center()
    new = done(c.apply(ix.Create(by="a1", media="email", new_id="e1", queue_name="Out")))
    assert new.created == new.interaction == c.interaction("e1")
    assert c.view("e1", "a1").state is State.COMPOSING
    held(c, id="e2", media="email")
    reply = done(c.apply(ix.Reply(by="a1", new_id="e3", queue_name="Out"), "e2"))
    assert reply.created == c.interaction("e3")
    assert reply.interaction == c.interaction("e2")
    assert [notice.reference_id for notice in reply.notices] == [reply.reference_id]
    assert {each.id for each in c.interactions("a1")} == {"e1", "e2", "e3"}
    for command in (ix.Reply(by="a1", new_id="e3", queue_name="Out"),
                    ix.Create(by="a1", media="email", new_id="e3", queue_name="Out")):  # fmt: skip
        taken = c.apply(command, "e2")
        assert code(taken) is Code.INVALID_PARAMETER
        assert "there is an interaction of that id already" in str(taken.refusal)
    assert code(c.submit(media="email", queue="Inbound", id="e3")) is Code.INVALID_PARAMETER


def test_what_is_submitted_carries_content():
    c = center()
    done(c.submit(media="email", queue="Inbound", id="e1", content={"subject": "Hello"}))
    assert c.interaction("e1").content == {"subject": "Hello"}
    assert c.waiting("Inbound") == (c.interaction("e1"),)


def test_user_data_is_not_shared_with_whoever_gave_it():
    c = center()
    data: dict[str, Any] = {"list": [1], "deep": {"key": "value"}}
    for id in ("w1", "w2"):
        done(c.submit(media="workitem", queue="Inbound", id=id, user_data=data))
    data["list"].append(2)
    data["deep"]["key"] = "other"
    assert c.interaction("w1").user_data == {"list": (1,), "deep": {"key": "value"}}
    with pytest.raises(TypeError, match="cannot be changed"):
        c.interaction("w1").user_data["new"] = 1
    saved = c.snapshot()
    saved["interactions"][0][7]["deep"]["key"] = "other"
    assert c.interaction("w1").user_data["deep"]["key"] == "value"


# === scopes and permissions =========================================================================================

OK, PERMISSION, MISSING = None, Code.NO_PERMISSION, Code.MISSING_PARAMETER
INVALID, UNKNOWN = Code.INVALID_PARAMETER, Code.NOT_FOUND
ALLOWED = {
    #                         a1          a2          a3          boss        root        stranger
    "own":                   (OK,         OK,         OK,         PERMISSION, PERMISSION),
    "own place":             (OK,         OK,         OK,         PERMISSION, PERMISSION),
    "own, named":            (OK,         PERMISSION, PERMISSION, OK,         OK),
    "another's":             (PERMISSION, OK,         PERMISSION, OK,         OK),
    "another's place":       (PERMISSION, OK,         PERMISSION, OK,         OK),
    "agent group":           (OK,         OK,         PERMISSION, PERMISSION, PERMISSION),
    "place group":           (OK,         PERMISSION, PERMISSION, PERMISSION, PERMISSION),
    "group not named":       (MISSING,    MISSING,    MISSING,    MISSING,    MISSING),
    "group of another kind": (INVALID,    INVALID,    INVALID,    INVALID,    INVALID),
    "group of no group's":   (INVALID,    INVALID,    INVALID,    INVALID,    INVALID),
    "owner of a group's":    (INVALID,    INVALID,    INVALID,    INVALID,    INVALID),
    "nobody's":              (PERMISSION, PERMISSION, PERMISSION, UNKNOWN,    UNKNOWN),
    "no workbin":            (UNKNOWN,    UNKNOWN,    UNKNOWN,    UNKNOWN,    UNKNOWN),
}  # fmt: skip
WHO = ("a1", "a2", "a3", "boss", "root")
INSTANCES = {
    "own": lambda by: ix.WorkbinPlace("own", owner=by),
    "own place": lambda by: ix.WorkbinPlace("place", owner={"a1": "P1", "a2": "P2", "a3": "P1"}[by]),
    "own, named": lambda by: ix.WorkbinPlace("own", owner="a1"),
    "another's": lambda by: ix.WorkbinPlace("own", owner="a2"),
    "another's place": lambda by: ix.WorkbinPlace("place", owner="P2"),
    "agent group": lambda by: ix.WorkbinPlace("group", agent_group="G"),
    "place group": lambda by: ix.WorkbinPlace("places", place_group="PG"),
}
CASES = [(scope, by, expected) for scope, row in ALLOWED.items() for by, expected in zip(WHO, row, strict=True)]


@pytest.mark.parametrize("operation", ["Subscribe", "GetWorkbinContent", "RequestStats", "Unsubscribe"])
@pytest.mark.parametrize(("scope", "by", "expected"), CASES)
def test_who_may_ask_about_which_workbin(operation, scope, by, expected):
    outcome = center().apply(ix.command(operation, by=by, **SCOPES[scope]))
    assert code(outcome) is expected
    if expected is None:
        (notice,) = outcome.notices
        assert notice.workbin == INSTANCES[scope](by)
        assert (notice.agent, notice.reference_id) == (by, 1)


@pytest.mark.parametrize("operation", ["AddInteraction", "AddWorkitem", "PlaceInWorkbin"])
@pytest.mark.parametrize(("scope", "by", "expected"), CASES)
def test_who_may_put_what_he_holds_where(operation, scope, by, expected):
    c = center()
    held(c, by=by) if by.startswith("a") else held(c, by="a1")
    before = c.snapshot()
    outcome = c.apply(ix.command(operation, by=by, **SCOPES[scope]), "w1")
    if expected is None and by in ("boss", "root") and (operation == "PlaceInWorkbin"):
        expected = Code.NOT_HOLDER  # a supervisor has no PlaceInWorkbin of their own
    assert code(outcome) is expected
    if expected is None:
        place = INSTANCES[scope](by)
        assert c.interaction("w1").workbin == place
        assert c.content(place) == (c.interaction("w1"),)
    else:
        assert c.snapshot() == before


@pytest.mark.parametrize("operation", ["PullInteraction", "PullWorkitem"])
@pytest.mark.parametrize(("scope", "by", "expected"), CASES)
def test_who_may_pull_from_where(operation, scope, by, expected):
    c = center()
    place = INSTANCES[scope](by) if expected is None else ix.WorkbinPlace("own2", owner="a2")
    put_into(c, place)
    outcome = c.apply(ix.command(operation, by=by, **SCOPES[scope]), "w1")
    assert code(outcome) is expected
    if expected is None:
        assert c.interaction("w1").holders == (by,)
        assert c.interaction("w1").workbin is None
        assert c.content(place) == ()


def put_into(c, place):
    """A workitem into any instance, by whoever can."""
    by = "a2" if "a2" in (place.owner, place.agent_group) or place.owner == "P2" else "a1"
    held(c, by=by)
    named = {"agent_group": place.agent_group, "place_group": place.place_group}
    if place.owner in ("a3", "boss", "root"):
        done(c.apply(ix.AddWorkitem(by="root", workbin=place.id, owner=place.owner), "w1"))
    else:
        done(c.apply(ix.AddWorkitem(by=by, workbin=place.id, **named), "w1"))
    assert c.interaction("w1").workbin == place


@pytest.mark.parametrize(("by", "expected"), [("a1", OK), ("a2", PERMISSION), ("a3", PERMISSION), ("boss", OK)])
def test_a_pull_that_names_no_workbin_is_from_where_it_is(by, expected):
    c = center()
    put_into(c, ix.WorkbinPlace("own", owner="a1"))
    assert code(c.apply(ix.PullInteraction(by=by), "w1")) is expected


def test_a_pull_from_where_it_is_not():
    c = center()
    put_into(c, ix.WorkbinPlace("own", owner="a1"))
    for by, where in (
        ("a2", {"workbin": "own"}),
        ("a1", {"workbin": "own2"}),
        ("boss", {"workbin": "own", "owner": "a2"}),
    ):
        outcome = c.apply(ix.PullWorkitem(by=by, **where), "w1")
        assert code(outcome) is Code.NOT_FOUND
        assert "that workbin does not have it" in str(outcome.refusal)


def test_a_supervisor_takes_from_queues_hands_and_other_workbins():
    c = center()
    done(c.submit(media="workitem", queue="Inbound", id="w1"))
    done(c.apply(ix.AddWorkitem(by="boss", workbin="own", owner="a1"), "w1"))
    assert c.waiting("Inbound") == ()
    done(c.apply(ix.AddWorkitem(by="boss", workbin="own", owner="a2"), "w1"))
    assert c.content("own", owner="a1") == ()
    assert c.content("own", owner="a2") == (c.interaction("w1"),)
    again = c.apply(ix.AddWorkitem(by="boss", workbin="own", owner="a2"), "w1")
    assert code(again) is Code.INVALID_PARAMETER
    assert "it is in that workbin already" in str(again.refusal)
    done(c.apply(ix.AddWorkitem(by="boss", workbin="place", owner="a3"), "w1"))
    assert code(c.apply(ix.AddWorkitem(by="boss", workbin="place", owner="a1"), "w1")) is Code.INVALID_PARAMETER
    assert c.content("place", owner="a1") == c.content("place", owner="a3") == (c.interaction("w1"),)
    held(c, by="a2", id="w2")
    taken = done(c.apply(ix.AddInteraction(by="boss", workbin="own", owner="a1"), "w2"))
    assert told(taken) == [("boss", "InWorkbin"), ("a2", "InWorkbin")]
    done(c.offer(c.submit(media="workitem", queue="Inbound", id="w3").interaction.id, "a1"))
    assert code(c.apply(ix.AddInteraction(by="boss", workbin="own", owner="a1"), "w3")) is Code.ILLEGAL


def test_in_a_workbin_nothing_but_pull_a_supervisors_add_reads_and_signals():
    legal = set()
    for name in OPERATIONS:
        if name in ("Submit", "Create"):
            continue
        for form in forms(name, "a1") + forms(name, "boss"):
            c = center(workbins=[ix.Workbin("wb"), ix.Workbin("own")], queues=None, agents=[*AGENTS, ix.Agent("a9")])
            put_into(c, ix.WorkbinPlace("own", owner="a1"))
            command = ix.command(name, by=form.by) if name.startswith("Pull") else form
            record = c.interaction("w1")
            outcome = c.apply(command, "w1")
            if outcome.refusal is None and outcome.interaction is not None:
                legal.add(name)
                assert outcome.before is record
    assert legal == {"PullInteraction", "PullWorkitem", "AddInteraction", "AddWorkitem", "GetWorkbinContent", "Stop"}


def test_a_pull_takes_only_its_own_medium():
    for media, pulls in (("chat", {"PullChat"}), ("smssession", set()), ("facebook", {"PullFacebook"})):
        for name in (each for each in OPERATIONS if each.startswith("Pull")):
            c = center()
            held(c, media=media)
            done(c.apply(ix.AddInteraction(by="a1", workbin="own"), "w1"))
            outcome = c.apply(ix.command(name, by="a1", workbin="own"), "w1")
            assert (outcome.refusal is None) is (name in {"PullInteraction", *pulls}), (media, name)


def test_a_chat_is_pulled_under_a_nickname_if_both_options_are_on():
    c = center()
    held(c, media="chat")
    done(c.apply(ix.AddChat(by="a1", workbin="own"), "w1"))
    done(c.apply(ix.PullChat(by="a1", workbin="own", nickname="Ann"), "w1"))
    assert c.interaction("w1").nicknames == {"a1": "Ann"}
    off = center(definition=ix.GWS.with_profile(enable_join_on_pull_chat=False))
    held(off, media="chat")
    done(off.apply(ix.AddChat(by="a1", workbin="own"), "w1"))
    assert code(off.apply(ix.PullChat(by="a1", workbin="own"), "w1")) is Code.FEATURE_DISABLED
    done(off.apply(ix.PullInteraction(by="a1", workbin="own"), "w1"))


def test_without_the_feature_there_are_no_resources():
    c = center(features=())
    done(c.submit(media="workitem", queue="Inbound", id="w1"))
    done(c.offer("w1", "a1"))
    for command in (ix.Accept(by="a1"), ix.Subscribe(by="a1", workbin="own"), ix.Follow(by="a1", twitter_user_id="t"),
                    ix.Create(by="a1", media="email", new_id="e", queue_name="Out"),
                        ix.PullWorkitem(by="a1", workbin="own"),
                    ix.AddWorkitem(by="a1", workbin="own"), ix.RequestAgentStats(by="a1")):  # fmt: skip
        outcome = c.apply(command, "w1")
        assert (code(outcome), outcome.status_code) == (Code.NOT_FOUND, 6)
        assert "api-multimedia" in str(outcome.refusal)


def test_what_is_not_there_is_not_found():
    c = center()
    held(c)
    for command, id, sentence in (
        (ix.Accept(by="a1"), "w9", "can't Accept interaction w9; there is no such interaction"),
        (ix.Accept(by="a1"), None, "there is no such interaction"),
        (ix.Stop(), "w9", "there is no such interaction"),
        (ix.Transfer(by="a1", target_agent="nobody"), "w1", "there is no such agent"),
        (ix.Transfer(by="a1", target_queue="Nowhere"), "w1", "there is no such queue"),
        (ix.Complete(by="a1", queue_name="Nowhere"), "w1", "there is no such queue"),
        (ix.Subscribe(by="a1", workbin="none"), None, "can't Subscribe workbin none; there is no such workbin"),
        (ix.Create(by="a1", media="email", new_id="e", queue_name="Nowhere"), None, "there is no such queue"),
    ):
        before = c.snapshot()
        outcome = c.apply(command, id)
        assert code(outcome) is Code.NOT_FOUND, command
        assert sentence in str(outcome.refusal)
        assert c.snapshot() == before
    assert code(c.offer("w1", "nobody")) is Code.ILLEGAL
    done(c.submit(media="workitem", queue="Inbound", id="w2"))
    assert code(c.offer("w2", "nobody")) is Code.NOT_FOUND
    assert code(c.submit(media="workitem", queue="Nowhere", id="w3")) is Code.NOT_FOUND
    assert center(queues=None).submit(media="workitem", queue="Nowhere", id="w3").refusal is None


def test_strangers_and_those_who_are_no_agents():
    c = center()
    done(c.submit(media="workitem", queue="Inbound", id="w1"))
    done(c.offer("w1", "boss"))
    assert code(c.apply(ix.Accept(by="boss"), "w1")) is Code.NO_PERMISSION
    assert code(c.apply(ix.Accept(by="nobody"), "w1")) is Code.NOT_FOUND
    assert c.view("w1", "nobody") is None
    assert c.view("w9", "a1") is None


# === anything at all ================================================================================================


class Odd:
    """Neither hashable nor comparable."""

    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError


ODD = (None, 0, -1, True, 2.5, "", "x" * 600, [1], {"a": 1}, object(), b"x", ("a",), ["a", 5])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_arguments_of_any_type_are_refused_and_change_nothing(operation):
    c = center()
    held(c)
    held(c, media="email", id="e1")
    done(c.apply(ix.AddWorkitem(by="a1", workbin="own"), "w1"))
    before = c.snapshot()
    cls = OPERATIONS[operation]
    good = forms(operation, "a1")[0]
    names = [each.name for each in ix.parameters_of(cls)] + ["interaction", "media"]
    for name in names:
        for odd in ODD:
            given = {each.name: getattr(good, each.name) for each in ix.parameters_of(cls)} | {name: odd}
            outcome = c.apply(cls(**given), None if operation == "Submit" else "e1")
            if outcome.refusal is not None:
                assert (outcome.events, outcome.notices) == ((), ())
                assert str(outcome.refusal)
                assert c.snapshot() == before
            else:
                c = ix.ContactCenter.restore(before)


@pytest.mark.parametrize("id", ODD)
def test_ids_of_any_type(id):
    c = center()
    held(c)
    before = c.snapshot()
    for command in (ix.Complete(by="a1"), ix.Stop(), ix.AddWorkitem(by="a1", workbin="own"), ix.PullWorkitem(by="a1")):
        outcome = c.apply(command, id)
        assert code(outcome) is Code.NOT_FOUND
    assert c.snapshot() == before
    assert code(c.submit(media="workitem", queue="Inbound", id=id)) is not None


@pytest.mark.parametrize(
    "command",
    [
        None,
        5,
        "Accept",
        object(),
        ix.GWS,
        ix.Command(),
        ix.Custom(operation="Fly", by="a1"),
        ix.Custom(operation=[], by="a1"),
        ix.Custom(operation="Accept", by=None),
    ],
)
def test_what_is_no_command_or_no_operation(command):
    c = center()
    held(c)
    before = c.snapshot()
    for id in ("w1", None):
        outcome = c.apply(command, id)
        assert outcome.refusal is not None
        assert str(outcome.refusal)
        assert isinstance(c.decide(command, id), ix.Refusal)
    assert c.snapshot() == before


def test_an_operation_of_ones_own():
    lunch = ix.Edge(State.PROCESSING, "Lunch", State.QUEUED, does=ix.Does.RELEASE, told=State.COMPLETED)
    c = center(definition=ix.GWS.with_edge("workitem", lunch))
    held(c)
    assert code(c.apply(ix.Custom(operation="Lunch", by="a2"), "w1")) is Code.NOT_HOLDER
    done(c.apply(ix.Custom(operation="Lunch", by="a1"), "w1"))
    assert c.waiting("Inbound") == (c.interaction("w1"),)


@pytest.mark.parametrize(("given", "message"), [
    ({"agents": [ix.Agent("a1"), ix.Agent("a1")]}, "two agents 'a1'"),
    ({"agents": ["a1"]}, "expected an Agent, got 'a1'"),
    ({"agents": 5}, "agents must be given as a list"),
    ({"workbins": [ix.Workbin("w"), ix.Workbin("w")]}, "two workbins 'w'"),
    ({"queues": "Inbound"}, "queues must be given as a list, not as 'Inbound'"),
    ({"queues": [""]}, "queues must be strings"),
    ({"features": [5]}, "features must be strings"),
    ({"definition": "GWS"}, "definition must be an ixnstate.Definition"),
    ({"delivering_timeout": 0}, "delivering_timeout must be a number of seconds"),
    ({"handling_timeout": True}, "handling_timeout must be a number of seconds"),
    ({"handling_timeout": float("nan")}, "handling_timeout must be a number of seconds"),
])  # fmt: skip
def test_a_centre_that_cannot_be(given, message):
    with pytest.raises(ValueError, match=message):
        ix.ContactCenter(**given)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: ix.Agent(5), "id must be a string"),
    (lambda: ix.Agent("a1", roles={"king"}), "roles are some of agent, supervisor, admin, apiuser"),
    (lambda: ix.Agent("a1", roles=5), "roles are some of"),
    (lambda: ix.Agent("a1", agent_groups=[5]), "agent_groups must be names"),
    (lambda: ix.Agent("a1", agent_groups=5), "agent_groups must be names"),
    (lambda: ix.Agent("a1", place=5), "place must be a string"),
    (lambda: ix.Agent("a1", ready=5), "ready must be names"),
    (lambda: ix.Agent("a1", capacity=-1), "capacity is a whole number"),
    (lambda: ix.Agent("a1", capacity={"chat": "many"}), "capacity is a whole number"),
    (lambda: ix.Workbin(""), "id must be a string"),
    (lambda: ix.Workbin("w", type="Team"), "type is 'Team'; it can be Agent, Place, AgentGroup, PlaceGroup"),
    (lambda: ix.Workbin("w", name=5), "name must be a string"),
    (lambda: center().advance(), "advance takes a number of seconds"),
    (lambda: center().advance(seconds=1, to=2), "advance takes a number of seconds"),
    (lambda: center().advance(seconds=True), "advance takes a number of seconds"),
    (lambda: center().advance(seconds=-1), "the time cannot become"),
    (lambda: center().advance(to=float("inf")), "the time cannot become"),
    (lambda: center().advance(to=float("nan")), "the time cannot become"),
    (lambda: center().set_agent("a1"), "expected an Agent, got 'a1'"),
    (lambda: center().set_ready("nobody", True), "there is no agent 'nobody'"),
    (lambda: center().set_ready("a1", True, "telex"), "unknown media 'telex'"),
    (lambda: center().set_ready("a1", 5), "ready must be True or False, not 5"),
    (lambda: center().content(ix.WorkbinPlace(5)), "a workbin's id cannot be 5"),
    (lambda: center().content("none"), "there is no workbin 'none'; there are own, own2"),
    (lambda: center().content("own"), "name one"),
    (lambda: center().content("own", owner="a1", agent_group="G"), "name one"),
    (lambda: center().forget("w1"), "there is no 'w1'"),
    (lambda: center().replay([5]), "5 does not follow"),
])  # fmt: skip
def test_values_that_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# === who is told what ===============================================================================================


def test_the_order_in_which_agents_are_told():
    """The acting agent, who had it, who has it now, and the subscribers in the order in which they subscribed."""
    c = center(agents=[*AGENTS, ix.Agent("sup", roles={"agent", "supervisor"})])
    held(c, by="a2")
    for by in ("root", "a1", "boss"):
        done(c.apply(ix.Subscribe(by=by, workbin="own", owner="a1")))
    outcome = done(c.apply(ix.AddWorkitem(by="sup", workbin="own", owner="a1"), "w1"))
    assert told(outcome) == [
        ("sup", "InWorkbin"), ("a2", "InWorkbin"), ("root", "ItemAdded"), ("a1", "ItemAdded"), ("boss", "ItemAdded"),
    ]  # fmt: skip
    assert [notice.reference_id for notice in outcome.notices[:2]] == [outcome.reference_id, None]
    moved = done(c.apply(ix.AddWorkitem(by="sup", workbin="own", owner="a2"), "w1"))
    assert told(moved) == [
        ("sup", "InWorkbin"),
        ("root", "ItemRemoved"),
        ("a1", "ItemRemoved"),
        ("boss", "ItemRemoved"),
    ]
    done(c.apply(ix.Subscribe(by="a2", workbin="own")))
    back = done(c.apply(ix.AddWorkitem(by="sup", workbin="own", owner="a1"), "w1"))
    assert told(back)[1:] == [
        ("a2", "ItemRemoved"), ("root", "ItemAdded"), ("a1", "ItemAdded"), ("boss", "ItemAdded"),
    ]  # fmt: skip
    assert {notice.interaction for notice in back.notices} == {c.interaction("w1")}
    stopped = done(c.apply(ix.Stop(), "w1"))
    assert told(stopped) == [("root", "ItemRemoved"), ("a1", "ItemRemoved"), ("boss", "ItemRemoved")]


def test_a_session_tells_its_participants():
    c = center()
    held(c, media="chat", id="c1")
    done(c.apply(ix.Invite(by="a1", target_agent="a2"), "c1"))
    joined = done(c.apply(ix.Accept(by="a2"), "c1"))
    assert told(joined) == [("a2", "Chatting"), ("a1", "Chatting")]
    given = done(c.apply(ix.Transfer(by="a2", target_agent="a3"), "c1"))
    assert told(given) == [("a2", "Completed"), ("a3", "Invited"), ("a1", "Chatting")]
    assert [notice.reference_id for notice in given.notices] == [given.reference_id, None, None]


def test_notices_are_of_the_moment_and_not_of_when_they_are_asked_for():
    c = center()
    held(c)
    done(c.apply(ix.Subscribe(by="a1", workbin="own")))
    put = done(c.apply(ix.AddWorkitem(by="a1", workbin="own"), "w1"))
    done(c.apply(ix.Unsubscribe(by="a1", workbin="own")))
    done(c.apply(ix.PullWorkitem(by="a1", workbin="own"), "w1"))
    assert told(put) == [("a1", "InWorkbin"), ("a1", "ItemAdded")]


def test_content_and_statistics_answer_who_asks():
    c = center()
    for number, by in enumerate(("a1", "a2", "a1")):
        held(c, by=by, id=f"w{number}")
        done(c.advance(seconds=10))
        done(c.apply(ix.AddWorkitem(by=by, workbin="group", agent_group="G"), f"w{number}"))
    (notice,) = done(c.apply(ix.GetWorkbinContent(by="a2", workbin="group", agent_group="G"))).notices
    assert [each.id for each in notice.interactions] == ["w0", "w1", "w2"]
    (notice,) = done(c.apply(ix.RequestStats(by="a2", workbin="group", agent_group="G"))).notices
    assert notice.stats == {"G": {"MaxMovedToQueueAt": 30.0, "MinMovedToQueueAt": 10.0, "NumberOfInteractions": 3}}
    assert notice.type == "AgentGroup"
    empty = c.apply(ix.RequestStats(by="a1", workbin="own")).notices[0]
    assert empty.stats == {"a1": {"NumberOfInteractions": 0}}
    (notice,) = done(c.apply(ix.RequestAgentStats(by="a1"))).notices
    assert notice.stats == {
        "own": {"Count": 0, "Owner": "a1", "Type": "Agent"}, "own2": {"Count": 0, "Owner": "a1", "Type": "Agent"},
        "place": {"Count": 0, "Owner": "P1", "Type": "Place"},
    }  # fmt: skip
    asked = ix.RequestAgentStats(by="a1", workbin_type="AgentGroup", workbin_owner="G")
    assert c.ask(asked).stats == {"group": {"Count": 3, "Owner": "G", "Type": "AgentGroup"}}
    assert c.ask(ix.SetInFocus(by="a1", interaction="w1")).code is Code.ILLEGAL
    assert c.ask(ix.Subscribe(by="a1", workbins=["own"])) is None


@pytest.mark.parametrize(("by", "given", "expected"), [
    ("a1", {"owner": "a2"}, PERMISSION), ("boss", {"owner": "a2"}, OK), ("boss", {"owner": "nobody"}, UNKNOWN),
    ("boss", {}, OK), ("a1", {"workbin_type": "AgentGroup"}, MISSING), ("a1", {"workbin_type": "Team"}, INVALID),
    ("a1", {"workbin_type": "AgentGroup", "workbin_owner": "Other"}, PERMISSION),
    ("a1", {"workbin_type": "Agent", "workbin_owner": "a2"}, PERMISSION),
    ("a1", {"workbin_type": "Place", "workbin_owner": "P1"}, OK), ("a1", {"workbin_type": 5}, INVALID),
])  # fmt: skip
def test_who_may_ask_for_an_owners_statistics(by, given, expected):
    assert code(center().apply(ix.RequestAgentStats(by=by, **given))) is expected


def test_a_read_of_a_final_interaction_is_refused():
    c = center()
    held(c)
    done(c.apply(ix.GetWorkbinContent(by="a1", workbin="own"), "w1"))
    done(c.apply(ix.Complete(by="a1"), "w1"))
    assert code(c.apply(ix.GetWorkbinContent(by="a1", workbin="own"), "w1")) is Code.FINAL


# === subscriptions ==================================================================================================


def test_a_second_subscription_does_not_double_the_messages():
    c = center()
    held(c)
    first = done(c.apply(ix.Subscribe(by="a1", workbin="own")))
    second = done(c.apply(ix.Subscribe(by="a1", workbin="own")))
    assert told(first) == told(second) == [("a1", "Subscribed")]
    assert [type(each) for each in second.events] == [ix.Answered]
    assert c.subscribers("own", owner="a1") == ("a1",)
    put = done(c.apply(ix.AddWorkitem(by="a1", workbin="own"), "w1"))
    assert told(put).count(("a1", "ItemAdded")) == 1


def test_unsubscribing_and_what_fails():
    c = center()
    done(c.apply(ix.Subscribe(by="a1", workbin="own")))
    assert told(done(c.apply(ix.Unsubscribe(by="a1", workbin="own")))) == [("a1", "Unsubscribed")]
    assert told(done(c.apply(ix.Unsubscribe(by="a1", workbin="own")))) == [("a1", "RequestFailed")]
    assert c.subscribers("own", owner="a1") == ()
    assert code(c.apply(ix.Subscribe(by="a1", workbin="own", workbins=["own"]))) is Code.INVALID_PARAMETER
    assert code(c.apply(ix.Subscribe(by="a1"))) is Code.MISSING_PARAMETER
    assert code(c.apply(ix.Subscribe(by="a1", workbins=[]))) is Code.INVALID_PARAMETER


def test_a_subscription_is_to_one_instance():
    c = center()
    done(c.apply(ix.Subscribe(by="a1", workbin="own")))
    held(c, by="a2")
    assert told(done(c.apply(ix.AddWorkitem(by="a2", workbin="own"), "w1"))) == [("a2", "InWorkbin")]


@pytest.mark.parametrize(("version", "partial"), [("8.6.0", 7), ("8.5.1", 7), ("8.5.0", 4)])
def test_several_workbins_at_once(version, partial):
    c = center(definition=ix.GWS.with_profile(api_version=version))
    outcome = c.apply(ix.Subscribe(by="a1", workbins=["own", "none", "own2", "group"]))
    assert outcome.refusal is None
    assert outcome.status_code == partial
    assert outcome.reference_ids == {"own": 1, "own2": 2}
    assert {name: refusal.code for name, refusal in outcome.failures.items()} == {"none": UNKNOWN, "group": MISSING}
    assert "there is no such workbin" in str(outcome.failures["none"])
    assert told(outcome) == [("a1", state) for state in ("Subscribed", "RequestFailed", "Subscribed", "RequestFailed")]
    assert [notice.reference_id for notice in outcome.notices] == [1, None, 2, None]
    assert c.subscribers("own2", owner="a1") == ("a1",)
    all_done = done(c.apply(ix.Unsubscribe(by="a1", workbins=["own", "own2", "own"])))
    assert (all_done.status_code, all_done.reference_ids) == (0, {"own": 3, "own2": 4})


def test_several_workbins_and_none_done():
    c = center()
    before = c.snapshot()
    outcome = c.apply(ix.Subscribe(by="a1", workbins=["group", "none"]))
    assert code(outcome) is Code.MISSING_PARAMETER
    assert (outcome.events, outcome.notices, outcome.status_code) == ((), (), 1)
    assert c.snapshot() == before
    assert isinstance(c.decide(ix.Subscribe(by="a1", workbins=["none"])), ix.Refusal)
    assert len(c.decide(ix.Subscribe(by="a1", workbins=["none", "own"]))) == 1


# === agents and the router ==========================================================================================


def test_the_router_offers_the_oldest_to_the_agent_who_has_waited_longest():
    c = center(
        agents=[ix.Agent("a1", capacity=2), ix.Agent("a2", capacity={"chat": 1}), ix.Agent("boss", roles="admin")]
    )
    for number in range(6):
        done(c.submit(media="chat", queue="Inbound" if number % 2 else "Out", id=f"c{number}"))
    routed = done(c.route())
    assert [(each.id, each.invited) for each in routed.interactions] == [
        ("c0", ("a1",)), ("c1", ("a2",)), ("c2", ("a1",)),
    ]  # fmt: skip
    assert told(routed) == [("a1", "Invited"), ("a2", "Invited"), ("a1", "Invited")]
    assert done(c.route()).events == ()
    done(c.apply(ix.Reject(by="a1"), "c0"))
    assert [each.id for each in c.waiting("Out")] == ["c0", "c4"]
    assert [(each.id, each.invited) for each in c.route("Inbound").interactions] == [("c3", ("a1",))]


def test_a_rejected_interaction_keeps_its_turn_and_goes_to_somebody_else():
    c = center(agents=[ix.Agent("a1"), ix.Agent("a2")])
    for id in ("w1", "w2"):
        done(c.submit(media="workitem", queue="Inbound", id=id))
    done(c.offer("w1", "a1"))
    done(c.apply(ix.Reject(by="a1"), "w1"))
    assert [each.id for each in c.waiting("Inbound")] == ["w1", "w2"]
    assert [each.invited for each in c.route().interactions] == [("a2",), ("a1",)]


def test_what_is_placed_in_a_queue_is_the_last_in_it():
    c = center()
    held(c)
    done(c.submit(media="chat", queue="Inbound", id="c1"))
    done(c.apply(ix.PlaceInQueue(by="a1", queue_name="Inbound"), "w1"))
    assert [each.id for each in c.waiting("Inbound")] == ["c1", "w1"]


def test_only_ready_agents_are_offered_anything_by_the_router():
    c = center(agents=[ix.Agent("a1", ready=False), ix.Agent("a2", ready={"email"})])
    done(c.submit(media="chat", queue="Inbound", id="c1"))
    done(c.submit(media="email", queue="Inbound", id="e1"))
    assert [each.id for each in c.route().interactions] == ["e1"]
    done(c.offer("c1", "a1"))  # a custom router may offer it all the same
    done(c.apply(ix.Reject(by="a1"), "c1"))
    c.set_ready("a2", True, "chat")
    assert [each.invited for each in c.route().interactions] == [("a2",)]
    c.set_ready("a1", True)
    c.set_ready("a1", False, "chat")
    assert [c.agents["a1"].is_ready_for(media) for media in ("chat", "email")] == [False, True]
    c.set_ready("a1", False)
    assert not c.agents["a1"].is_ready_for("email")


def test_an_agent_who_leaves_a_group_is_told_no_longer():
    c = center()
    done(c.apply(ix.Subscribe(by="a2", workbin="group", agent_group="G")))
    done(c.apply(ix.Subscribe(by="a2", workbin="own")))
    outcome = c.set_agent(ix.Agent("a2"))
    assert told(outcome) == [("a2", "Unsubscribed")]
    assert c.subscribers("group", agent_group="G") == ()
    assert c.subscribers("own", owner="a2") == ("a2",)
    assert code(c.apply(ix.GetWorkbinContent(by="a2", workbin="group", agent_group="G"))) is Code.NO_PERMISSION


def test_the_interactions_of_an_agent():
    c = center()
    for id, media in (("w1", "workitem"), ("c1", "chat"), ("w2", "workitem")):
        held(c, id=id, media=media)
    done(c.submit(media="chat", queue="Out", id="c2"))
    done(c.offer("c2", "a1"))
    done(c.apply(ix.Complete(by="a1"), "w2"))
    assert {each.id for each in c.interactions("a1")} == {"w1", "c1", "c2"}
    assert [each.id for each in c.interactions(media="workitem")] == ["w1", "w2"]
    assert [each.id for each in c.interactions("a1", state="Invited")] == ["c2"]
    assert [each.id for each in c.interactions(queue="Out")] == ["c2"]
    assert c.interactions("nobody") == ()


# === time ===========================================================================================================


def test_an_unanswered_invitation_goes_back_to_its_queue():
    c = center()
    done(c.submit(media="workitem", queue="Inbound", id="w1"))
    done(c.offer("w1", "a1"))
    assert c.advance(seconds=29.5).interactions == ()
    over = c.advance(to=30)
    assert told(over) == [("a1", "Revoked")]
    assert (c.interaction("w1").state, c.now) == (State.QUEUED, 30.0)
    assert c.advance(seconds=1000).interactions == ()


def test_deadlines_pass_in_their_order_and_then_in_the_order_in_which_they_were_set():
    c = center()
    for id in ("w3", "w1", "w2"):
        done(c.submit(media="workitem", queue="Inbound", id=id))
        done(c.offer(id, "a1"))
    c.advance(seconds=1)
    for id in ("c2", "c1"):
        done(c.submit(media="chat", queue="Inbound", id=id))
        done(c.offer(id, "a2"))
    over = c.advance(seconds=100)
    assert [each.id for each in over.interactions] == ["w3", "w1", "w2", "c2", "c1"]
    assert [each.to for each in over.events if isinstance(each, ix.Advanced)] == [30.0, 31.0, 101.0]


def test_each_request_of_the_agent_begins_his_handling_timeout_anew():
    c = center()
    held(c)
    for _ in range(5):
        c.advance(seconds=179 * 60)
        done(c.apply(ix.SetInFocus(by="a1"), "w1"))
    c.advance(seconds=179 * 60)
    assert c.apply(ix.SetInFocus(by="a2"), "w1").refusal  # somebody else's request, or a refused one, does not
    assert told(c.advance(seconds=60)) == [("a1", "Revoked")]
    assert c.waiting("Inbound") == (c.interaction("w1"),)


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        (1, 1),
        ("5", 5),
        (1440, 1440),
        (0, 180),
        (1441, 180),
        ("x", 180),
        (True, 180),
        (None, 180),
        (2.5, 180),
        ("٣", 180),
        ("9" * 9, 180),
    ],
)
def test_user_data_overrides_the_handling_timeout(value, minutes):
    c = center()
    held(c, **{"handling-timeout": value})
    assert c.advance(to=minutes * 60 - 0.5).interactions == ()
    assert [each.id for each in c.advance(to=minutes * 60).interactions] == ["w1"]


def test_a_shorter_timeout_counts_from_the_request_that_set_it():
    c = center()
    held(c)
    done(c.apply(ix.UpdateUserData(by="a1", user_data={"handling-timeout": 1}), "w1"))
    assert [each.id for each in c.advance(seconds=60).interactions] == ["w1"]


def test_only_the_inactive_agent_of_a_session_is_taken_out():
    c = center()
    held(c, media="chat", id="c1")
    done(c.apply(ix.Invite(by="a1", target_agent="a2"), "c1"))
    c.advance(seconds=20)
    done(c.apply(ix.Accept(by="a2"), "c1"))
    done(c.apply(ix.Invite(by="a2", target_agent="a3"), "c1"))
    assert told(c.advance(seconds=30)) == [("a3", "Revoked"), ("a1", "Chatting"), ("a2", "Chatting")]
    over = c.advance(to=180 * 60)
    assert told(over) == [("a1", "Revoked"), ("a2", "Chatting")]
    assert c.interaction("c1").holders == ("a2",)


def test_the_giver_of_an_open_transfer_has_no_deadline_until_it_is_declined():
    c = center(definition=ix.GWS.with_profile(transfer="on acceptance"), delivering_timeout=20000)
    held(c)
    done(c.apply(ix.Transfer(by="a1", target_agent="a2"), "w1"))
    assert c.advance(seconds=180 * 60).interactions == ()
    assert told(c.advance(to=20000)) == [("a2", "Revoked"), ("a1", "Processing")]
    assert c.advance(seconds=180 * 60 - 1).interactions == ()
    assert told(c.advance(seconds=1)) == [("a1", "Revoked")]


def test_the_heap_does_not_grow_without_bound():
    c = center()
    held(c)
    for _ in range(3000):
        done(c.apply(ix.PlaceInQueue(by="a1", queue_name="Inbound"), "w1"))
        done(c.offer("w1", "a1"))
        done(c.apply(ix.Accept(by="a1"), "w1"))
    assert len(c.memory.hands.heap) < 1100
    assert len(c.memory.hands.invitations) < 1100
    assert all(len(line.heap) < 1100 for line in c.memory.lines.values())


# === concurrency ====================================================================================================


def test_two_agents_pull_the_same_item():
    c = center()
    held(c)
    done(c.apply(ix.AddWorkitem(by="a1", workbin="group", agent_group="G"), "w1"))
    pulls = [ix.PullWorkitem(by=by, workbin="group", agent_group="G") for by in ("a2", "a1")]
    done(c.apply(pulls[0], "w1"))
    late = c.apply(pulls[1], "w1")
    assert (code(late), late.status_code) == (Code.ILLEGAL, 2)
    assert str(late.refusal) == "can't PullWorkitem workitem w1 in state Processing; it is in no workbin; a2 holds it"


def test_a_stale_revision():
    c = center()
    held(c)
    seen = c.interaction("w1").revision
    done(c.apply(ix.AttachUserData(by="a1", user_data={"key": 1}), "w1", revision=seen))
    before = c.snapshot()
    stale = c.apply(ix.AttachUserData(by="a1", user_data={"key": 2}), "w1", revision=seen)
    assert (code(stale), stale.status_code) == (Code.STALE, 2)
    for command in (ix.AddWorkitem(by="a1", workbin="own"), ix.Complete(by="a1"), ix.Stop()):
        assert code(c.apply(command, "w1", revision=seen)) is Code.STALE
    assert c.snapshot() == before


def test_threads_behind_a_lock_lose_nothing():
    c, lock = center(), threading.Lock()
    for number in range(50):
        held(c, id=f"w{number}")
        done(c.apply(ix.AddWorkitem(by="a1", workbin="group", agent_group="G"), f"w{number}"))
    won = {"a1": set(), "a2": set()}

    def race(by):
        for number in range(50):
            with lock:
                outcome = c.apply(ix.PullWorkitem(by=by, workbin="group", agent_group="G"), f"w{number}")
            if outcome.refusal is None:
                won[by].add(number)

    threads = [threading.Thread(target=race, args=(by,)) for by in won]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert won["a1"] | won["a2"] == {*range(50)}
    assert not won["a1"] & won["a2"]


# === reference ids ==================================================================================================


def test_reference_ids_count_what_was_done():
    c = center()
    assert held(c) == "w1"
    assert c.apply(ix.Complete(by="a2"), "w1").reference_id is None
    assert done(c.apply(ix.Follow(by="a1", twitter_user_id="t"))).reference_id == 2
    assert done(c.apply(ix.SetInFocus(by="a1"), "w1")).reference_id == 3
    assert c.apply(ix.Stop(), "w1").reference_id is None


def test_following_changes_nothing_else():
    c = center()
    outcome = done(c.apply(ix.Unfollow(by="a1", twitter_user_id="t")))
    assert [type(each) for each in outcome.events] == [ix.Answered]
    assert outcome.notices == ()
    assert code(c.apply(ix.Follow(by="boss", twitter_user_id="t"))) is Code.NO_PERMISSION
    assert code(c.apply(ix.Follow(by="a1"))) is Code.MISSING_PARAMETER


# === keeping ========================================================================================================


def busy(log: list | None = None, **options) -> ix.ContactCenter:
    """A centre in which something of everything has happened."""
    c = center(**options)
    seen: list = [] if log is None else log

    def do(outcome):
        seen.extend(done(outcome).events)

    for number, media in enumerate((*ix.GWS.media, "chat", "workitem")):
        id = f"i{number}"
        do(c.submit(media=media, queue="Inbound", id=id, user_data={"number": number, "deep": {"list": [1, None]}},
                    media_type="promotion" if media == "openmedia" else None))  # fmt: skip
        if number % 4:
            do(c.offer(id, f"a{number % 3 + 1}"))
            do(c.apply(ix.Accept(by=f"a{number % 3 + 1}"), id))
    do(c.advance(seconds=12.5))
    do(c.apply(ix.Invite(by="a3", target_agent="a2"), "i5"))
    do(c.apply(ix.Accept(by="a2"), "i5"))
    do(c.apply(ix.Consult(by="a2", target_agent="a1"), "i5"))
    do(c.apply(ix.Subscribe(by="a2", workbins=["own", "own2"])))
    do(c.apply(ix.Subscribe(by="a1", workbin="own")))
    do(c.apply(ix.Unsubscribe(by="a1", workbin="own")))
    do(c.apply(ix.AddWorkitem(by="a3", workbin="place"), "i2"))
    do(c.apply(ix.AddEmail(by="a2", workbin="group", agent_group="G"), "i1"))
    do(c.apply(ix.AddInteraction(by="boss", workbin="own", owner="a2"), "i0"))
    do(c.apply(ix.Reply(by="a1", new_id="draft", queue_name="Out"), "i6"))
    do(c.apply(ix.Save(by="a1", content={"subject": "Re"}), "draft"))
    do(c.apply(ix.Complete(by="a1"), "i9"))
    do(c.set_ready("a3", False, "chat"))
    do(c.set_agent(ix.Agent("a4", capacity={"chat": 2})))
    do(c.route())
    do(c.apply(ix.RequestStats(by="a2", workbin="own")))
    do(c.advance(seconds=20))
    do(c.forget())
    return c


def test_a_centre_comes_back_from_json():
    c = busy()
    text = json.dumps(c.snapshot())
    assert json.loads(text) == c.snapshot()
    back = ix.ContactCenter.restore(json.loads(text))
    assert back == c
    assert back.snapshot() == c.snapshot()
    assert repr(back) == repr(c)
    for each in (back, c):
        each.advance(seconds=1)
        each.route()
        each.advance(seconds=100_000)
    assert back == c
    assert not c.interactions(state="Invited")


def test_the_events_of_all_outcomes_make_an_equal_centre():
    log = []
    c = busy(log)
    assert center().replay(log) == c
    assert center().replay(log[:-1]) != c
    record = c.interaction("i5")
    assert ix.replay(each for each in log if isinstance(each, ix.Event) and each.interaction == record.id) == record
    with pytest.raises(ValueError, match="does not follow from the events before it"):
        center().replay(log[1:])


CREATED = ix.Created("w1", "Submit", None, "workitem", State.QUEUED, "Inbound")
HELD = {"by": "a1", "invited": (), "queue": "Inbound", "workbin": None, "resume": None, "told": None}


def _becomes(state, *holders, **given) -> ix.StateChanged:
    return ix.StateChanged("w1", "Accept", state=state, holders=holders, **{**HELD, **given})


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([5], "it is not an event"),
        ([ix.Advanced("5")], "its to cannot be '5'"),
        ([ix.Advanced(10.0), ix.Advanced(9.0)], "the time is 10 s"),
        ([ix.Answered("w1", "Accept", "nobody", 1)], "there is no agent 'nobody'"),
        ([ix.Answered("w1", "Accept", "a1", 1), ix.Answered("w1", "Accept", "a1", 1)], "the last reference id was 1"),
        ([ix.SubscriptionChanged("nobody", ix.WorkbinPlace("own", owner="a1"), True)], "there is no agent 'nobody'"),
        ([ix.SubscriptionChanged("a1", ix.WorkbinPlace("none", owner="a1"), True)], "there is no workbin 'none'"),
        ([ix.SubscriptionChanged("a1", ix.WorkbinPlace("own"), True)], "workbin own has an instance for each owner"),
        ([ix.SubscriptionChanged("a1", ix.WorkbinPlace("group", owner="a1"), True)], "workbin group has an instance"),
        ([ix.Forgotten("w1")], "'w1' has not ended"),
        ([CREATED, ix.Forgotten("w1")], "'w1' has not ended"),
        ([CREATED, _becomes(State.COMPLETED), ix.Forgotten("w1"), ix.Forgotten("w1")], "'w1' has not ended"),
        ([CREATED, CREATED], "there is such an interaction already"),
        ([_becomes(State.PROCESSING, "a1")], "there is no interaction 'w1'"),
        ([CREATED, _becomes(State.PROCESSING, "nobody")], "there is no agent 'nobody'"),
        ([CREATED, _becomes(State.PROCESSING, "a1", "a2")], "the field holders of 'w1' does not fit then"),
        ([CREATED, _becomes(State.QUEUED, queue=None)], "'w1' is in no queue then"),
        ([CREATED, _becomes(State.IN_WORKBIN)], "the state and the workbin of 'w1' do not fit"),
        (
            [CREATED, _becomes(State.IN_WORKBIN, workbin=ix.WorkbinPlace("none", owner="a1"))],
            "there is no workbin 'none'",
        ),
    ],
)
def test_an_event_that_does_not_follow_is_named_and_nothing_is_replayed(events, why):
    c = center()
    with pytest.raises(ValueError, match=f"events before it .{len(events) - 1} of them.: {why}"):
        c.replay(events)
    assert c == center()


@pytest.mark.parametrize("events", [5, "log", b"log", {"a": 1}, range(3)])
def test_what_is_replayed_are_events(events):
    with pytest.raises(ValueError, match="replay takes events, not"):
        center().replay(events)


def test_centres_differ_if_their_state_does():
    assert busy() == busy()
    assert busy() != center()
    assert center() != center(queues=["Inbound"])
    assert center() != center(definition=ix.GWS.with_profile(twitter="tweet"))
    assert center() != center(handling_timeout=5)
    assert center() != 5


def test_restoring_into_another_definition_is_refused_with_the_difference():
    saved = busy().snapshot()
    with pytest.raises(ValueError, match="the one given: profile: transfer: at once in the first, on acceptance"):
        ix.ContactCenter.restore(saved, definition=ix.GWS.with_profile(transfer="on acceptance"))
    other = ix.GWS.with_media("fax", like="workitem")
    fax = center(definition=other)
    assert ix.ContactCenter.restore(fax.snapshot(), definition=other) == fax
    with pytest.raises(ValueError, match="the snapshot's: fax: the medium: only in the second"):
        ix.ContactCenter.restore(fax.snapshot())
    saved["definition"]["fingerprint"] = "0" * 16
    with pytest.raises(ValueError, match="another release"):
        ix.ContactCenter.restore(saved)


def paths(value, at=()):
    """Every place in JSON data."""
    yield at
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(member, (*at, key))


def test_a_broken_snapshot_raises_value_error_or_still_keeps_every_promise():
    """Each value in turn is left out, and replaced by values of each type."""
    text = json.dumps(busy().snapshot())
    broken = 0
    for path in paths(json.loads(text)):
        for new in (..., None, "a1", -1, 10**400, 1e999, [], {}, [[]]):
            saved = json.loads(text)
            if not path:
                saved = new
            else:
                parent = saved
                for key in path[:-1]:
                    parent = parent[key]
                if new is ...:
                    del parent[path[-1]]
                else:
                    parent[path[-1]] = new
            try:
                check(ix.ContactCenter.restore(saved))
            except ValueError:
                broken += 1
    assert broken > 1000


def _arrived(saved) -> list:
    return [row for row in saved["interactions"] if row[14] is not None]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda saved: saved["instances"].append(saved["instances"][0]), "no such instances of workbin 'own'"),
        (lambda saved: saved["instances"][0][4].append(["i0", 1.0]), "an interaction is in a workbin twice"),
        (lambda saved: saved["instances"][0][5].append("a2"), "an agent is subscribed twice"),
        (
            lambda saved: next(row for row in _arrived(saved) if row[2] == "Queued").__setitem__(14, "Elsewhere"),
            "is in a queue into which it did not come",
        ),
        (lambda saved: _arrived(saved)[0].__setitem__(15, _arrived(saved)[1][15]), "two interactions came at once"),
        (
            lambda saved: saved["definition"].update(fingerprint="0" * 16, differences=5),
            "its differences are not a list",
        ),
    ],
)
def test_a_snapshot_that_contradicts_itself_is_refused_with_the_reason(change, why):
    c = busy()
    for id in ("late", "later"):
        done(c.submit(media="chat", queue="Inbound", id=id))
    saved = json.loads(json.dumps(c.snapshot()))
    change(saved)
    with pytest.raises(ValueError, match=why):
        ix.ContactCenter.restore(saved)


def test_what_has_ended_is_kept_until_it_is_forgotten():
    c = center()
    held(c)
    with pytest.raises(ValueError, match="has not ended"):
        c.forget("w1")
    done(c.apply(ix.Complete(by="a1"), "w1"))
    assert code(c.apply(ix.Complete(by="a1"), "w1")) is Code.FINAL
    assert c.forget().events == (ix.Forgotten("w1"),)
    assert c.interaction("w1") is None
    assert code(c.apply(ix.Complete(by="a1"), "w1")) is Code.NOT_FOUND
    done(c.submit(media="chat", queue="Inbound", id="w1"))
    check(c)


def test_a_promise_is_kept_after_everything():
    check(busy())


def test_before_the_deadline_nothing_is_revoked_and_at_it_something_may_be():
    center = ix.ContactCenter(agents=[ix.Agent("a1")], delivering_timeout=30, handling_timeout=600)
    assert center.deadline is None
    center.submit(media="workitem", queue="In", id="w1")
    assert center.deadline is None
    center.offer("w1", "a1")
    assert center.deadline == 30
    assert not center.advance(to=29.9).parts
    center.apply(ix.Accept(by="a1"), "w1")
    while (deadline := center.deadline) is not None and deadline < 629.9:  # what is over already is looked at no more
        assert not center.advance(to=deadline).parts
    assert center.deadline == pytest.approx(629.9)
    assert [part.interaction.state for part in center.advance(to=center.deadline).parts] == [ix.State.QUEUED]
    assert center.deadline is None
