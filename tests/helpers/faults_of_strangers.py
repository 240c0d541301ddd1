"""Days in which a system lets an agent do what only somebody else may do, and answers that it was done.

`STRANGERS` has every kind by its name, in the manner of `faults_of_days`. The agent has nothing to do with the
interaction, and somebody else certainly has it: what happens to it next is a request of that one, which is done.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from faults_of_days import (
    BEGUN,
    SINGLE,
    Day,
    Fault,
    Planted,
    _answers,
    _before,
    _done,
    _media,
    _media_type,
    _number,
    _places,
    _renumbered,
    _sent_to,
    _showing,
    _strangers,
)

import ixnstate as ix
from benchmarks.days import Entry
from ixnstate import gws

SESSIONS = ("chat", "facebooksession", "smssession")
EVERYTHING = ("full",)
NEWCOMER = "a99"
"""An agent of whom nothing else is recorded."""

Choose = Callable[[Day, random.Random], tuple[int, str]]
"""Where in a day an agent acts, and which agent: right after an entry that shows how the interaction stands."""
Act = Callable[[Entry, str], Any]
"""What the agent asks for, upon that entry."""


# === who, and where =================================================================================================


def _next_about(day: Day, at: int) -> Entry | None:
    return next((entry for entry in day[at + 1 :] if entry.item == day[at].item), None)


def _is_settled(day: Day, at: int) -> bool:
    """Whether an agent has certainly had the interaction, from an entry that tells them so until they act upon it."""
    after = _next_about(day, at)
    is_theirs = after is not None and after.kind == "request" and after.agent == day[at].agent and after.done
    return is_theirs and not any(entry.item == day[at].item for entry in _in_flight(day, at))


def _in_flight(day: Day, at: int) -> list[Entry]:
    """The requests that are not answered there, or of which a message is still to come."""
    later = {entry.cause for entry in day[at + 1 :]}
    return [entry for entry in day[: at + 1] if entry.kind == "request" and entry.cause in later]


def _held(day: Day, chance: random.Random, media: Iterable[str], *states: str) -> int:
    return chance.choice([at for at in _answers(day, shown=states, media=media) if _is_settled(day, at)])


def _stranger(day: Day, chance: random.Random, media: Iterable[str], *states: str) -> tuple[int, str]:
    at = _held(day, chance, media, *states)
    return at, chance.choice(_strangers(day, at))


def _newcomer(day: Day, chance: random.Random, media: Iterable[str], *states: str) -> tuple[int, str]:
    return _held(day, chance, media, *states), NEWCOMER


def _invited(day: Day, chance: random.Random) -> int:
    shown = _places(day, lambda entry: entry.shown == "Invited" and _media(entry) in SINGLE)
    return chance.choice([at for at in shown if at > BEGUN // 2 and _is_settled(day, at)])


def _invitee(day: Day, chance: random.Random) -> tuple[int, str]:
    at = _invited(day, chance)
    return at, day[at].agent


def _somebody_not_invited(day: Day, chance: random.Random) -> tuple[int, str]:
    at = _invited(day, chance)
    return at, chance.choice(_strangers(day, at))


def _after_its_end(day: Day, chance: random.Random) -> tuple[int, str]:
    shown = _answers(day, "Complete", shown=["Completed"], media=SINGLE)
    at = chance.choice([at for at in shown if day[at].command.queue_name is None and _next_about(day, at) is None])
    return at, chance.choice(_strangers(day, at))


# === what they do ===================================================================================================


def _own(kind: type[Any], **given: Any) -> Act:
    """An operation on the interaction."""

    def command(shown: Entry, agent: str) -> Any:
        about = {"interaction": shown.item, "media": _media(shown), "media_type": _media_type(shown)}
        return kind(by=agent, **about, **given)

    return command


def _of_workbin(kind: type[Any]) -> Act:
    return lambda shown, agent: kind(by=agent, interaction=shown.item, workbin="own")


def _transfer(shown: Entry, agent: str) -> Any:
    return _own(ix.Transfer, target_agent=shown.agent)(shown, agent)


def _acting(choose: Choose, act: Act) -> Callable[[Day, random.Random], Planted]:
    """Asked, and answered as done. Nobody is told anything."""

    def plant(day: Day, chance: random.Random) -> Planted:
        at, agent = choose(day, chance)
        asked, reply = _done(day, at, act(day[at], agent))
        return Planted(_before(day, at + 1, asked, reply), asked)

    return plant


def _acting_and_told(choose: Choose, act: Act) -> Callable[[Day, random.Random], Planted]:
    """Asked, answered, and told: everything as if the agent had the interaction, or it lay in the workbin."""

    def plant(day: Day, chance: random.Random) -> Planted:
        at, agent = choose(day, chance)
        command, number = act(day[at], agent), 1 + max(_number(entry) or 0 for entry in day[: at + 1])
        asked, reply = _done(day, at, command)
        reply.record["body"] = gws.reply(command, reference_id=number).body
        sent = gws.notifications(ix.step(_as_if(day[at], agent, command), command), reference_id=number)
        line = {"seq": None, "ts": day[at].record["ts"], "agent": agent, "kind": "notification"}
        told = [
            Entry({**line, "channel": each.topic, "body": each.message}, day[at].item, asked.cause, command)
            for each in sent
            if each.agent == agent
        ]
        later = [_renumbered(entry, number) for entry in day[at + 1 :]]
        return Planted([*day[: at + 1], asked, reply, *told, *later], asked)

    return plant


def _as_if(shown: Entry, agent: str, command: Any) -> ix.Interaction:
    """The interaction as it would have to be."""
    about = {"id": shown.item, "media": _media(shown), "media_type": _media_type(shown)}
    if isinstance(command, ix.PullInteraction):
        return ix.Interaction(**about, state="InWorkbin", workbin=ix.WorkbinPlace("own", owner=agent))
    return ix.Interaction(**about, state=shown.shown, holders=(agent,))


def _shown_too(choose: Choose, **changes: Any) -> Callable[[Day, random.Random], Planted]:
    """Nobody asks for anything, and another agent is shown that they have it too."""

    def plant(day: Day, chance: random.Random) -> Planted:
        at, agent = choose(day, chance)
        too = _showing(_sent_to(day[at], agent), **changes)
        return Planted(_before(day, at + 1, too), too)

    return plant


# === the kinds ======================================================================================================

HELD = ("Processing",)
_OPERATIONS: Mapping[str, tuple[Act, tuple[str, ...], tuple[str, ...]]] = {
    "Accept": (_own(ix.Accept), SINGLE, HELD),
    "Reject": (_own(ix.Reject), SINGLE, HELD),
    "Complete": (_own(ix.Complete), SINGLE, HELD),
    "SetInFocus": (_own(ix.SetInFocus), SINGLE, HELD),
    "AttachUserData": (_own(ix.AttachUserData, user_data={"a": 1}), SINGLE, HELD),
    "UpdateUserData": (_own(ix.UpdateUserData, user_data={"a": 1}), SINGLE, HELD),
    "DeleteUserData": (_own(ix.DeleteUserData, keys=("a",)), SINGLE, HELD),
    "Transfer": (_transfer, SINGLE, HELD),
    "PlaceInQueue": (_own(ix.PlaceInQueue, queue_name="Out"), SINGLE, HELD),
    "AddInteraction": (_of_workbin(ix.AddInteraction), SINGLE, HELD),
    "PullInteraction": (_of_workbin(ix.PullInteraction), SINGLE, HELD),
    "Reply": (_own(ix.Reply, queue_name="Out", new_id="new"), ("email", "facebook", "twitter"), HELD),
    "Send": (_own(ix.Send, queue_name="Out"), ("email", "facebook", "twitter"), ("Composing",)),
    "Save": (_own(ix.Save, content={"subject": "Hi"}), ("email", "facebook", "twitter"), ("Composing",)),
    "SendMessage": (_own(ix.SendMessage, text="Hello"), SESSIONS, ("Chatting",)),
    "Leave": (_own(ix.Leave), SESSIONS, ("Chatting",)),
    "Invite": (_own(ix.Invite, target_agent="a1"), ("chat", "smssession"), ("Chatting",)),
}
"""What is asked for, on interactions of which media, in which states."""

HOLDING = (
    "Complete", "SetInFocus", "AttachUserData", "UpdateUserData", "DeleteUserData", "Transfer", "PlaceInQueue",
    "AddInteraction", "PullInteraction", "Send", "Save", "SendMessage", "Leave",
)  # fmt: skip
"""Those that an agent might have done who had the interaction, or found it in a workbin, before anything was
recorded."""


def _kinds() -> Iterable[tuple[str, Fault]]:
    for name, (act, media, states) in _OPERATIONS.items():
        for whose, choose in (("a stranger", _stranger), ("a newcomer", _newcomer)):
            yield f"{name} by {whose}", Fault(_acting(_choosing(choose, media, states), act), "IXN101", EVERYTHING)
        if name in HOLDING:
            told = _acting_and_told(_choosing(_stranger, media, states), act)
            yield f"{name} by a stranger, who is told", Fault(told, "IXN101", EVERYTHING)


def _choosing(choose: Any, media: Iterable[str], states: Iterable[str]) -> Choose:
    return lambda day, chance: choose(day, chance, media, *states)


STRANGERS: Mapping[str, Fault] = {
    **dict(_kinds()),
    "pulled by the invitee": Fault(_acting(_invitee, _of_workbin(ix.PullInteraction)), "IXN101", EVERYTHING),
    "pulled by a stranger from the invitee": Fault(
        _acting(_somebody_not_invited, _of_workbin(ix.PullInteraction)), "IXN101", EVERYTHING
    ),
    "accepted by another than the invitee": Fault(
        _acting(_somebody_not_invited, _own(ix.Accept)), "IXN101", EVERYTHING
    ),
    "put into focus by the invitee": Fault(_acting(_invitee, _own(ix.SetInFocus)), "IXN101", EVERYTHING),
    "pulled after its end": Fault(_acting(_after_its_end, _of_workbin(ix.PullInteraction)), "IXN101", EVERYTHING),
    "two hold it": Fault(_shown_too(_choosing(_stranger, SINGLE, HELD)), "IXN201", EVERYTHING),
    "two hold it, one of them a newcomer": Fault(_shown_too(_choosing(_newcomer, SINGLE, HELD)), "IXN201", EVERYTHING),
    "two have a draft": Fault(
        _shown_too(_choosing(_stranger, ("email", "facebook", "twitter"), ("Composing",))), "IXN201", EVERYTHING
    ),
    "two are in a session, one of them uninvited": Fault(
        _shown_too(_choosing(_newcomer, SESSIONS, ("Chatting",))), "IXN201", EVERYTHING
    ),
}
"""What is found at its line by whoever has recorded everything."""


def plant(name: str, day: Day, chance: random.Random) -> Planted | None:
    """A fault of a kind in a clean day; None if the day has no place for it."""
    try:
        return STRANGERS[name].plant(day, chance)
    except IndexError:
        return None


def without_those_concerned(planted: Planted, *, alone: bool) -> list[Entry]:
    """What those have recorded who have nothing to do with the interaction, and the agent who acts;
    or this one alone."""
    agent = planted.at.agent
    concerned = {entry.agent for entry in planted.day if entry.item == planted.at.item} - {agent}
    return [entry for entry in planted.day if entry.agent == agent or not (alone or entry.agent in concerned)]
