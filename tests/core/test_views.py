"""Laws of what is shown: one list for the same state, whichever way it is asked for."""

from typing import Any

import attrs
import pytest

import ixnstate as ix
from conftest import MEDIA
from ixnstate.views import documented, last_word, listed

DEFINITIONS = [
    ix.GWS, ix.GWS.with_profile(capabilities="2014", twitter="tweet"),
    ix.GWS.with_capabilities("chat", "Chatting", ("Leave",)),
]  # fmt: skip


def shown(media, state, definition, *, several=False):
    """What somebody is shown who has an interaction in that state; None for a state in which nobody has it."""
    if state is ix.State.INVITED:
        record = ix.Interaction("X1", media, state, invited=["a1"])
    else:
        record = ix.Interaction("X1", media, state, holders=["a1", "a2"] if several else ["a1"])
    return ix.view(record, "a1", definition=definition)


@pytest.mark.parametrize("definition", DEFINITIONS, ids=["newest", "oldest", "own"])
@pytest.mark.parametrize("media", MEDIA)
def test_the_list_of_a_state_is_what_is_shown_there_or_the_last_word(media, definition):
    for state in definition.media[media].states:
        for several in (False, True):
            seen = shown(media, state, definition, several=several)
            expected = (seen or last_word(media, state, "", definition=definition)).capabilities
            assert listed(media, state, several=several, definition=definition) == expected
            assert listed(media, str(state), several=several, definition=definition) == expected
        assert listed(media, state, definition=definition) == listed(media, state, several=False, definition=definition)


@pytest.mark.parametrize("media", MEDIA)
def test_only_a_session_is_shown_otherwise_when_others_hold_it_too(media):
    for state in ix.GWS.media[media].states:
        if state is not ix.State.CHATTING:
            assert shown(media, state, ix.GWS, several=True) == shown(media, state, ix.GWS)


def test_what_would_be_resumed_is_shown_with_the_list_that_the_definition_names():
    chat, left = ix.GWS.media["chat"], ix.State.LEFT_CHAT
    rows = [
        attrs.evolve(row, capabilities="left-chat", shown=None) if row.shown in (None, left) else row
        for row in chat.shown
    ]
    own = ix.Definition({"chat": attrs.evolve(chat, shown=tuple(rows))})
    names = chat.capabilities("left-chat").operations
    for resume in (None, left):
        given = ix.Interaction("X1", "chat", "Invited", holders=["a1"], invited=["a2"], resume=resume)
        assert ix.view(given, "a1", definition=own) == ix.View(resume or ix.State.CHATTING, names)
    assert listed("chat", left, definition=own) == names


def test_lists_of_states_that_nobody_sees_and_of_keys_that_are_absent():
    assert listed("workitem", "Queued") == ()
    assert listed("workitem", "Completed") == ()
    assert listed("chat", "Completed") is None
    assert listed("chat", "Chatting", definition=DEFINITIONS[2]) == ("Leave",)
    talk = ix.GWS.with_media("talk", like="chat")
    assert listed("talk", "Completed", definition=talk) is None
    assert listed("talk", "Invited", definition=talk) == ("Accept", "Reject")


@pytest.mark.parametrize("media", MEDIA)
def test_a_judge_knows_every_list_by_its_name_under_the_states_that_show_it(media):
    medium = ix.GWS.media[media]
    absent = {told.state for told in medium.told if told.capabilities is None}
    for state in ix.State:
        found = documented(media, state)
        assert ("absent" in found) == (state in absent)
        assert found.pop("absent", None) is None
        assert found == {name: medium.capabilities(name).operations for name in found}
        shown: tuple[Any, ...] = (*medium.shown, *medium.told)
        rows = {row.capabilities for row in shown if state in _under(row)}
        printed = {each.name for each in medium.lists if each.printed_under is state}
        assert set(found) == (rows | printed) - {None}
    own = ix.GWS.with_capabilities(media, medium.active, ("Complete",))
    assert ("Complete",) in documented(media, medium.active, definition=own).values()


def _under(row):
    return (row.shown,) if hasattr(row, "shown") else (row.state,)


def test_who_sees_nothing_can_do_nothing(record):
    assert ix.view(record, "stranger") is None
    assert ix.capabilities(record, "stranger") == ()


@pytest.mark.parametrize("ask", [listed, documented])
def test_what_is_unknown_is_named(ask):
    with pytest.raises(ValueError, match="unknown media 'telex'; known are chat"):
        ask("telex", "Queued")
    with pytest.raises(ValueError, match="unknown state 'Lost'; known are Queued"):
        ask("chat", "Lost")
