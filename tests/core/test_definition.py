"""The definition as a value: sound, derivable, comparable."""

import pickle
import pydoc
import subprocess
import sys
from typing import Any

import attrs
import pytest

import ixnstate as ix
from conftest import MEDIA
from ixnstate import sources
from ixnstate.definition import AS_BEFORE
from ixnstate.lifecycle import LIFECYCLE
from ixnstate.values import brief
from ixnstate.vocabulary import FINAL_STATES

Q, I, P, C, W = ix.State.QUEUED, ix.State.INVITED, ix.State.PROCESSING, ix.State.COMPLETED, ix.State.IN_WORKBIN


def test_the_definition_has_no_weakness_under_any_profile():
    for choices in ({}, {"transfer": "on acceptance"}, {"capabilities": "2014"}, {"twitter": "tweet"},
                    {"unlisted_workbin_names": "refuse"}, {"enable_join_on_pull_chat": False}):  # fmt: skip
        assert ix.GWS.with_profile(**choices).lint() == ()


def test_every_edge_and_list_says_how_well_it_is_known_and_where():
    for medium in ix.GWS.media.values():
        rows: tuple[Any, ...] = (*medium.edges, *medium.lists, *medium.told)
        for each in rows:
            assert isinstance(each.evidence, ix.Evidence)
            assert each.page.page


@pytest.mark.parametrize("media", MEDIA)
def test_edges_are_distinct_and_lead_where_the_medium_has_states(media):
    medium = ix.GWS.media[media]
    keys = [(edge.source, edge.operation, edge.when, edge.only) for edge in medium.edges]
    assert len(keys) == len(set(keys))
    for edge in medium.edges:
        assert not edge.source.is_final
        assert edge.target is not ix.State.REVOKED
        assert edge.resumes in (None, AS_BEFORE, ix.State.LEFT_CHAT, ix.State.COMPOSING)


def test_the_lifecycle_of_a_workitem_edge_by_edge():
    """The whole definition of one medium, literally: state, operation, who, where it leads."""
    edges = {(edge.source, edge.operation, edge.who, edge.target) for edge in ix.GWS.edges("workitem")}
    holder, platform, anyone, invitee = ix.Who.HOLDER, ix.Who.PLATFORM, ix.Who.ANYONE, ix.Who.INVITEE
    reads = {(state, "GetWorkbinContent", anyone, state) for state in (Q, I, P, W)}
    supervisor = {(s, op, anyone, W) for s in (Q, P, W) for op in ("AddWorkitem", "AddInteraction")}
    same = ("AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus")
    assert edges == reads | supervisor | {(P, op, holder, P) for op in same} | {
        (Q, "Offer", platform, I), (Q, "Stop", platform, C),
        (I, "Accept", invitee, None), (I, "Reject", invitee, Q), (I, "Revoke", platform, Q), (I, "Stop", platform, C),
        (P, "Complete", holder, C), (P, "Complete", holder, Q), (P, "Transfer", holder, I), (P, "Transfer", holder, Q),
        (P, "PlaceInQueue", holder, Q), (P, "PlaceInWorkbin", holder, W), (P, "AddWorkitem", holder, W),
        (P, "AddInteraction", holder, W), (P, "Revoke", platform, Q), (P, "Stop", platform, C),
        (W, "PullWorkitem", anyone, None), (W, "PullInteraction", anyone, None), (W, "Stop", platform, C),
    }  # fmt: skip


def test_a_definition_is_a_value():
    assert ix.GWS.with_profile() == ix.GWS
    assert hash(ix.GWS.with_profile()) == hash(ix.GWS)
    other = ix.GWS.with_profile(transfer="on acceptance")
    assert other != ix.GWS
    assert ix.GWS.profile.transfer == "at once"
    assert eval(repr(ix.GWS), vars(ix)) == ix.GWS


def test_the_fingerprint_is_the_same_in_another_process_and_differs_with_the_value():
    code = "import ixnstate; print(ixnstate.GWS.fingerprint)"
    printed = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert printed == {ix.GWS.fingerprint}
    derived = [ix.GWS.with_profile(twitter="tweet"), ix.GWS.with_media("fax", like="workitem"),
               ix.GWS.with_capabilities("chat", "Chatting", ("Leave",))]  # fmt: skip
    assert len({ix.GWS.fingerprint, *(each.fingerprint for each in derived)}) == 4


def test_diff_is_empty_only_for_equal_definitions():
    assert ix.GWS.diff(ix.GWS.with_profile()) == ()
    edge = ix.Edge(P, "Park", Q, does=ix.Does.RELEASE)
    for derived in (ix.GWS.with_profile(twitter="tweet"), ix.GWS.with_media("fax", like="chat"),
                    ix.GWS.with_edge("workitem", edge),
                        ix.GWS.with_capabilities("email", "Processing", ("Reply",))):  # fmt: skip
        differences = ix.GWS.diff(derived)
        assert differences
        assert [str(each) for each in derived.diff(ix.GWS)]
    assert [str(each) for each in ix.GWS.diff(ix.GWS.with_edge("workitem", edge))] == [
        "workitem: Processing -Park-> Queued: only in the second"
    ]


def test_a_medium_of_ones_own():
    definition = ix.GWS.with_media("fax", like="workitem")
    assert definition.lint() == ()
    step = ix.submit(id="F1", media="fax", queue="Q", definition=definition)
    record = ix.step(step.interaction, ix.Offer(agent="a1"), definition=definition).interaction
    record = ix.step(record, ix.Accept(by="a1"), definition=definition).interaction
    assert (
        ix.capabilities(record, "a1", definition=definition)
        == ix.GWS.media["workitem"].capabilities("processing").operations
    )
    assert isinstance(ix.decide(record, ix.AddWorkitem(by="a1", workbin="w"), definition=definition), ix.Refusal)
    assert not isinstance(ix.decide(record, ix.AddInteraction(by="a1", workbin="w"), definition=definition), ix.Refusal)
    assert {edge.evidence for edge in definition.edges("fax")} == {ix.Evidence.INFERRED}
    with pytest.raises(ix.RefusedError, match="fax"):
        ix.submit(id="F1", media="fax", queue="Q")


def test_an_operation_of_ones_own():
    edge = ix.Edge(Q, "Grab", P, who=ix.Who.ANYONE, does=ix.Does.HOLD)
    definition = ix.GWS.with_edge("workitem", edge).with_edge("workitem", ix.Edge(P, "Park", Q, does=ix.Does.RELEASE))
    record = ix.submit(id="W1", media="workitem", queue="Q", definition=definition).interaction
    grabbed = ix.step(record, ix.Custom(operation="Grab", by="a1"), definition=definition).interaction
    assert (grabbed.state, grabbed.holders) == (P, ("a1",))
    assert (
        ix.decide(grabbed, ix.Custom(operation="Park", by="a2"), definition=definition).code
        is ix.RefusalCode.NOT_HOLDER
    )
    assert ix.step(grabbed, ix.command("Park", by="a1"), definition=definition).interaction.state is Q
    assert ix.decide(grabbed, ix.Custom(operation="Park"), definition=definition).failed == "by"
    assert ix.decide(record, ix.Custom(operation="Grab", by="a1")).code is ix.RefusalCode.UNKNOWN_OPERATION
    assert ix.validate("workitem", ["Grab", "Park", "Grab", "Complete"], definition=definition).ok
    ix.tour("workitem", definition=definition)


def test_lint_finds_what_it_is_for():
    def codes(definition):
        return {(each.code, each.state) for each in definition.lint()}

    advertised = ix.GWS.with_capabilities("workitem", "Processing", ("Reply",))
    assert codes(advertised) == {("advertised-illegal", P)}
    trap = ix.GWS.with_edge("workitem", ix.Edge(P, "Lose", ix.State.LEFT_CHAT))
    assert codes(trap) == {("trap", ix.State.LEFT_CHAT)}
    unreachable = ix.GWS.with_edge("workitem", ix.Edge(ix.State.COMPOSING, "Find", P))
    assert codes(unreachable) == {("unreachable", ix.State.COMPOSING)}
    assert "nothing leads to Composing" in str(unreachable.lint()[0])


def test_what_somebody_adds_is_inferred_and_says_so():
    edge = ix.Edge(P, "Park", Q)
    assert (edge.evidence, edge.page) == (ix.Evidence.INFERRED, ix.Source("added by a derived definition"))
    assert (edge.who, edge.does, edge.when) == (ix.Who.HOLDER, ix.Does.KEEP, ix.When.ALWAYS)
    assert (edge.told, edge.resumes, edge.only) == (None, None, ())
    told = ix.Told(ix.State.CANCELED, None)
    assert (told.operation, told.evidence, told.page) == (None, ix.Evidence.INFERRED, ix.Source("sibling media"))


MEDIA_KNOWN = "known are chat, email, workitem, openmedia, facebook, facebooksession, twitter, smssession"


@pytest.mark.parametrize(("derive", "message"), [
    (lambda: ix.GWS.with_profile(transfer="never"), "transfer is 'never'; it can be 'at once', 'on acceptance'"),
    (lambda: ix.GWS.with_profile(speed=1, colour=2), "a profile has no colour, speed; it has "
     "api_version, transfer, capabilities, twitter, unlisted_workbin_names, enable_notification_on_pull_chat, "
     "enable_join_on_pull_chat"),
    (lambda: ix.GWS.with_profile(enable_join_on_pull_chat="yes"),
     "enable_join_on_pull_chat is 'yes'; it can be True or False"),
    (lambda: ix.GWS.with_media("fax", like="telex"), f"unknown media 'telex'; {MEDIA_KNOWN}"),
    (lambda: ix.GWS.with_media("chat", like="email"), "there is a medium 'chat' already"),
    (lambda: ix.GWS.with_media("no name", like="email"), "a medium's name must be an identifier, not 'no name'"),
    (lambda: ix.GWS.with_media(5, like="email"), "a medium's name must be an identifier, not 5"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(Q, "Go away!", C)),
     "an operation's name must be an identifier, not 'Go away!'"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(Q, 5, C)), "an operation's name must be an identifier, not 5"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(C, "Reopen", Q)), "nothing leaves Completed"),
    (lambda: ix.GWS.with_edge("chat", ix.GWS.edges("chat")[0]),
     f"chat has this edge already: {ix.GWS.edges('chat')[0]}"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(Q, "Put", W, does=ix.Does.STORE)),
     "Put has no arguments for an edge that STOREs"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(Q, "Take", P, who=ix.Who.PLATFORM, does=ix.Does.HOLD)),
     "Take has no arguments for an edge that HOLDs"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(P, "Stop", C)), "Stop is the platform's: no agent performs it"),
    (lambda: ix.GWS.with_edge("chat", 5), "an edge leads from a state to a state, or to None; this is 5"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge("Here", "Go", Q)), "an edge leads from a state to a state, or to None; "
     f"this is {brief(ix.Edge('Here', 'Go', Q))}"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(Q, "Go", "There")), "an edge leads from a state to a state, or to None; "
     f"this is {brief(ix.Edge(Q, 'Go', 'There'))}"),
    (lambda: ix.GWS.with_edge("chat", ix.Edge(Q, "Go", ix.State.REVOKED)),
     "Revoked exists only in notices: no interaction is in that state"),
    (lambda: ix.GWS.with_capabilities("chat", "Queued", ()),
     "nobody holds a chat in state 'Queued', so there is no list to replace"),
    (lambda: ix.GWS.with_capabilities("chat", "Invited", ()),
     "nobody holds a chat in state 'Invited', so there is no list to replace"),
    (lambda: ix.GWS.with_capabilities("workitem", "Composing", ()),
     "nobody holds a workitem in state 'Composing', so there is no list to replace"),
    (lambda: ix.GWS.with_capabilities("chat", "Chatting", 5), "capabilities are a list of operation names, not 5"),
    (lambda: ix.GWS.medium([]), f"unknown media []; {MEDIA_KNOWN}"),
    (lambda: ix.GWS.diff("GWS"), "a definition can be compared with another one, not with 'GWS'"),
])  # fmt: skip
def test_deriving_names_what_is_wrong(derive, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole sentence is compared)
        derive()
    assert str(raised.value) == message


@pytest.mark.parametrize("make", [
    lambda: ix.GWS.with_edge("chat", ix.Edge(P, "Grow", P)).with_media("fax", like="workitem"),
    lambda: ix.GWS.with_profile(transfer="on acceptance").with_capabilities("chat", "Chatting", ("Leave",)),
])  # fmt: skip
def test_a_derived_definition_is_pickled_as_a_value(make):
    definition = make()
    copied = pickle.loads(pickle.dumps(definition))
    assert copied == definition
    assert copied.fingerprint == definition.fingerprint
    assert copied.profile == definition.profile


def test_deriving_keeps_what_was_derived_before():
    profile = ix.GWS.with_profile(transfer="on acceptance", twitter="tweet")
    for derived in (
        profile.with_media("fax", like="chat"), profile.with_edge("workitem", ix.Edge(P, "Park", Q)),
        profile.with_capabilities("chat", "Chatting", ("Leave",)), profile.with_profile(api_version="8.5.0"),
    ):  # fmt: skip
        assert (derived.profile.transfer, derived.profile.twitter) == ("on acceptance", "tweet")
        assert ix.GWS.media.items() & derived.media.items() >= {
            (name, medium) for name, medium in ix.GWS.media.items() if name not in ("workitem", "chat")
        }


def test_lists_of_ones_own_are_found_by_name_and_replace_nothing_else():
    one = ix.GWS.with_capabilities("chat", "Chatting", ("Leave", "Complete"))
    both = one.with_capabilities("chat", "LeftChat", ["Complete"])
    held = {state: ix.Interaction("C1", "chat", state, holders=["a1"]) for state in ("Chatting", "LeftChat")}
    shown = {state: ix.capabilities(record, "a1", definition=both) for state, record in held.items()}
    assert shown == {"Chatting": ("Leave", "Complete"), "LeftChat": ("Complete",)}
    mine = both.media["chat"].capabilities("chat-chatting")
    assert mine == ix.Capabilities(
        "chat-chatting", ("Leave", "Complete"), ix.Evidence.INFERRED, ix.Source("added by a derived definition")
    )
    assert set(ix.GWS.media["chat"].lists) < set(both.media["chat"].lists)
    again = one.with_capabilities("chat", "Chatting", ("Leave",))
    assert again.media["chat"].capabilities("chat-chatting").operations == ("Leave",)
    with pytest.raises(KeyError, match="no such list"):
        both.media["chat"].capabilities("no such list")


def test_a_medium_like_another_has_its_edges_but_the_workbin_operations_of_its_own():
    park = ix.Edge(P, "Park", Q, does=ix.Does.RELEASE)
    model = ix.GWS.with_edge("workitem", park)
    fax = model.with_media("fax", like="workitem").media["fax"]
    there = [edge for edge in model.media["workitem"].edges if edge.operation not in ("AddWorkitem", "PullWorkitem")]
    assert [attrs.evolve(edge, page=fax.edges[0].page, evidence=ix.Evidence.INFERRED) for edge in there] == [*fax.edges]
    assert {edge.page for edge in fax.edges} == {ix.Source("like workitem")}
    assert {"AddInteraction", "PullInteraction", "PlaceInWorkbin", "Park"} <= set(fax.operations)


def test_an_operation_of_ones_own_has_no_known_parameters():
    assert ix.GWS.media["chat"].parameters("Park") == ()


def test_an_edge_can_be_added_to_every_held_state_and_into_the_one_to_resume():
    for effect in (ix.Does.KEEP, ix.Does.HOLD, ix.Does.RELEASE, ix.Does.NOTHING):
        edge = ix.Edge(P, "Park", Q, does=effect)
        assert ix.GWS.with_edge("workitem", edge).media["workitem"].edges[-1] == edge
    own = ix.Edge(W, "Fetch", None, who=ix.Who.ANYONE, does=ix.Does.HOLD)
    fetching = ix.GWS.with_edge("email", own)
    for resume, state in ((None, P), (ix.State.COMPOSING, ix.State.COMPOSING)):
        put_away = ix.Interaction("E1", "email", W, workbin=ix.WorkbinPlace("wb"), resume=resume)
        step = ix.step(put_away, ix.Custom(operation="Fetch", by="a1"), definition=fetching)
        assert (step.interaction.state, step.interaction.workbin) == (state, None)


@pytest.mark.parametrize("media", MEDIA)
def test_an_edge_that_resumes_leads_where_the_medium_can_be_put_away(media):
    """Its targets are the states in which the step can leave a record: no more and no fewer."""
    medium = ix.GWS.media[media]
    resumed = {edge.source for edge in medium.edges if edge.operation == "PlaceInWorkbin"}
    for edge in ix.GWS.edges(media):
        if edge.target is None:
            assert set(ix.GWS.targets(media, edge)) == resumed
            assert ix.GWS.targets(media, edge) == tuple(state for state in ix.State if state in resumed)
        else:
            assert ix.GWS.targets(media, edge) == (edge.target,)


def test_the_way_back_to_a_draft_is_known_while_it_is_put_away():
    """What an interaction would resume is kept along a path: in a workbin, in a queue, in an invitation."""
    drafts = frozenset({ix.State.COMPOSING})
    for start, way in ((W, ("PullEmail",)), (Q, ("Offer", "Accept")), (I, ("Accept",))):
        path = ix.GWS.shortest_path("email", start, drafts, resume=ix.State.COMPOSING)
        assert tuple(edge.operation for edge in path) == way
        assert ix.GWS.shortest_path("email", start, drafts) is None


def test_an_unknown_state_is_named_with_all_that_there_are():
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole sentence is compared)
        ix.reachable("email", "Lost")
    assert str(raised.value) == f"unknown state 'Lost'; known are {', '.join(state.value for state in ix.State)}"


def test_help_fits_on_a_screen_and_a_definition_prints_in_a_line():
    assert repr(ix.GWS) == "GWS"
    for function in (ix.decide, ix.step, ix.view, ix.validate, ix.notices):
        text = pydoc.plain(pydoc.render_doc(function))
        assert len(text) < 2500, function
        assert "= GWS" in text
    fax = ix.GWS.with_media("fax", like="workitem").with_profile(twitter="tweet")
    for definition, text in (
        (ix.GWS.with_profile(transfer="on acceptance"), "GWS.with_profile(transfer='on acceptance')"),
        (ix.Definition(ix.GWS.media), "GWS.with_profile()"),
        (fax, "Definition(media={**GWS.media, 'fax': Medium("),
        (ix.Definition({"chat": ix.GWS.media["chat"]}), "Definition(media={'chat': Medium("),
        (pickle.loads(pickle.dumps(ix.GWS)), "Definition(media={'chat': Medium("),
    ):
        assert repr(definition).startswith(text)
        assert "\n" not in repr(definition)
        assert eval(repr(definition), vars(ix)) == definition


# --- the table ------------------------------------------------------------------------------------------------------


def test_the_lifecycle_says_of_every_state_what_may_happen_in_it_and_of_final_ones_nothing():
    assert {*LIFECYCLE} == {*ix.State} - FINAL_STATES - {ix.State.REVOKED}


@pytest.mark.parametrize("media", MEDIA)
def test_a_medium_has_a_row_for_each_of_its_pages_and_a_page_for_each_of_its_rows(media):
    pages = {**sources.SIGNALS, **sources.FOR_EVERY_MEDIUM, **getattr(sources, media.upper())}
    assert {*ix.GWS.media[media].operations} == {*pages} - {"Create"}


@pytest.mark.parametrize("media", MEDIA)
def test_of_a_state_a_medium_has_the_rows_in_their_order(media):
    medium = ix.GWS.media[media]
    for state, rows in LIFECYCLE.items():
        here = [(edge.operation, edge.when, edge.does, edge.only) for edge in medium.edges if edge.source is state]
        about = [(r.operation, r.when, r.does, r.only) for r in rows if r.operation in medium.operations]
        assert here == (about if state in medium.states else [])


@pytest.mark.parametrize("media", MEDIA)
def test_a_row_that_decides_always_is_the_last_of_its_operation_for_whom_it_is(media):
    """So no row stands in vain."""
    seen = set()
    for edge in ix.GWS.edges(media):
        key = edge.source, edge.operation, edge.who
        assert key not in seen, edge
        if edge.when is ix.When.ALWAYS:
            seen.add(key)


def test_a_definition_that_was_pickled_resumes_what_was_put_away():
    definition = pickle.loads(pickle.dumps(ix.GWS.with_profile(transfer="on acceptance")))
    record = ix.Interaction("C1", "chat", ix.State.LEFT_CHAT, holders=("a1",))
    for command in (ix.PlaceInQueue(by="a1", queue_name="Q"), ix.Offer(agent="a2"), ix.Accept(by="a2")):
        record = ix.step(record, command, definition=definition).interaction
        assert record.resume in (None, ix.State.LEFT_CHAT)
    assert record.state is ix.State.LEFT_CHAT


def test_what_is_resumed_as_before_can_be_written_as_text():
    edge = ix.Edge(Q, "Look", Q, resumes="as before")
    assert edge.resumes is AS_BEFORE
    assert eval(repr(edge), vars(ix)) == edge
    with pytest.raises(ValueError, match="resumes cannot be Destination.SAME"):
        ix.GWS.with_edge("chat", ix.Edge(Q, "Look", Q, resumes=ix.Destination.SAME))


CHAT = ix.GWS.media["chat"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"name": 5}, "a medium's name cannot be 5"),
        ({"active": "Chatting!"}, "a medium's active cannot be 'Chatting!'"),
        ({"lacks": 5}, "lacks are pairs of an operation and its parameters, not 5"),
        ({"edges": 5}, "Edges must be given as a tuple, not as 5"),
        ({"edges": [5]}, "expected an ixnstate.Edge, got 5"),
        ({"edges": [attrs.evolve(CHAT.edges[0], operation=5)]}, "Edge: operation cannot be 5"),
        ({"edges": [attrs.evolve(CHAT.edges[0], only=(("colour", "red"),))]}, "Edge: only cannot be "),
        ({"edges": [attrs.evolve(CHAT.edges[0], resumes="Lost")]}, "Edge: resumes cannot be 'Lost'"),
        ({"lists": [attrs.evolve(CHAT.lists[0], operations=(5,))]}, "Capabilities: operations cannot be "),
        ({"lists": ()}, "'chat' has no list .*, which it shows"),
    ],
)
def test_a_medium_with_a_part_that_is_not_sound_is_refused(change, why):
    with pytest.raises(ValueError, match=why):
        attrs.evolve(CHAT, **change)
