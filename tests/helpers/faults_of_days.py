"""Days of a contact centre with a fault: what a system or its recorder gets wrong once, and where a judge must say so.

`FAULTS` has every kind by its name; `plant` puts one into a clean day; `SEEN` are viewpoints of such a day.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from days import AGENTS, OWN, Entry, resource_of

import ixnstate as ix
from ixnstate import gws
from ixnstate.gws.pages import RESOURCES, SPELLINGS
from ixnstate.views import documented

Day = list[Entry]

ITEMS = ("workitem", "openmedia")
SINGLE = (*ITEMS, "email", "facebook", "twitter")
"""The media that one agent has at a time."""

BEGUN = 60
"""After so much, no message is from before the recording."""

OVER = 40
"""After so many seconds, an invitation is over, and the message of that has come."""

ENOUGH = 12
"""How many answers an agent must get after a fault that shows by something not coming."""


class Planted(NamedTuple):
    """A day with a fault, and the entry at which it must be found."""

    day: Day
    at: Entry


FULL = ("full",)
"""Seen by whoever has all lines:
in one agent's, somebody else may have done it, and it may have been told to others."""
CLIENT = (*FULL, "one agent")
"""Seen by whoever has an agent's requests, replies and notifications: without requests nothing contradicts it."""
ANYWHERE = (*CLIENT, "notifications", "notifications of one agent")
"""Seen by whoever has the notification."""


class Fault(NamedTuple):
    """A kind of fault. Planting it raises IndexError where a day has no place for it."""

    plant: Callable[[Day, random.Random], Planted]
    code: str
    seen: tuple[str, ...]
    """The viewpoints from which it can be told at its line."""


# === reading a day ==================================================================================================


def _media(entry: Entry) -> str | None:
    return next((media for key, media in RESOURCES.items() if key in entry.record["body"]), None)


def _medium(day: Day, item: str | None) -> str | None:
    """Of which medium an interaction is."""
    return next((_media(entry) for entry in day if entry.item == item and entry.shown is not None), None)


def _operation(entry: Entry) -> str:
    return type(entry.command).__name__


def _number(entry: Entry) -> int | None:
    """The ``referenceId`` of a reply or a notification."""
    return (entry.record["body"] or {}).get("referenceId")


def _places(day: Day, fits: Callable[[Entry], bool]) -> list[int]:
    return [at for at, entry in enumerate(day) if fits(entry)]


def _answers(day: Day, *operations: str, shown: Iterable[str] = (), media: Iterable[str] = ()) -> list[int]:
    """Where agents are shown what came of what they asked."""
    return _places(
        day,
        lambda entry: (
            entry.kind == "notification" and entry.shown is not None and _number(entry) is not None
            and (not operations or _operation(entry) in operations)
            and (not shown or entry.shown in shown) and (not media or _media(entry) in media)
        ),
    )  # fmt: skip


def _requests(day: Day, *operations: str) -> list[int]:
    """Where operations are asked for that are done."""
    return _places(day, lambda entry: entry.kind == "request" and entry.done and _operation(entry) in operations)


def _about(day: Day, item: str | None) -> list[int]:
    return _places(day, lambda entry: entry.item == item)


def _of_cause(day: Day, cause: int | None, kind: str) -> list[int]:
    return _places(day, lambda entry: entry.cause == cause and entry.kind == kind)


def _strangers(day: Day, at: int) -> list[str]:
    """The agents who have nothing to do with an interaction, all day long, and were told of others before."""
    concerned = {entry.agent for entry in day if entry.item == day[at].item}
    told = {entry.agent for entry in day[:at] if entry.shown is not None}
    return [each for each in AGENTS if each in told - concerned]


def _goes_on(day: Day, at: int) -> bool:
    """Whether the agent is sent enough answers after that."""
    later = (entry for entry in day[at + 1 :] if entry.agent == day[at].agent and entry.kind == "notification")
    return sum(_number(entry) is not None for entry in later) >= ENOUGH


def _is_known(day: Day, at: int) -> bool:
    """Whether messages have told of the interaction before."""
    return any(entry.kind == "notification" and entry.item == day[at].item for entry in day[:at])


def _reply(day: Day, at: int) -> Entry:
    """The reply to what caused an entry."""
    return day[_of_cause(day, day[at].cause, "response")[0]]


def _is_free(day: Day, at: int, agent: str) -> bool:
    """Whether the agent waits for no reply there."""
    asked = {entry.cause for entry in day[:at] if entry.agent == agent and entry.kind == "request"}
    return not any(entry.kind == "response" and entry.cause in asked for entry in day[at:])


def _all_numbered(day: Day, at: int) -> bool:
    """Whether no reply to the agent lacks a number, so that a wrong one can be none of those."""
    return all(
        _number(entry) is not None
        for entry in day
        if entry.kind == "response" and entry.agent == day[at].agent and entry.done and entry.record["method"] == "POST"
    )


def _is_telling(day: Day, at: int) -> bool:
    """Whether the number of an answer tells for certain what it answers, before the reply and after it."""
    replies = [
        _number(entry)
        for entry in day[:at]
        if entry.kind == "response"
        and entry.agent == day[at].agent
        and entry.done
        and (entry.item == day[at].item or getattr(ix, _operation(entry), None) in (ix.Create, ix.Reply, ix.ReplyAll))
        and entry.record["method"] == "POST"
    ]
    given = [
        entry for entry in day[:at] if entry.kind == "response" and entry.agent == day[at].agent and _number(entry)
    ]
    asked = _of_cause(day, day[at].cause, "request")[0]
    return None not in replies and bool(given) and _is_free(day, asked, day[at].agent)


# === changing it ====================================================================================================


def _put(day: Day, at: int, *entries: Entry) -> Day:
    """With other entries in the place of one."""
    return [*day[:at], *entries, *day[at + 1 :]]


def _before(day: Day, at: int, *entries: Entry) -> Day:
    return [*day[:at], *entries, *day[at:]]


def _without(day: Day, *places: int) -> Day:
    return [entry for at, entry in enumerate(day) if at not in places]


def _showing(entry: Entry, **changes: Any) -> Entry:
    """A notification that shows something else."""
    record = deepcopy(entry.record)
    resource_of(record["body"]).update(changes)
    return entry._replace(record=record)


def _saying(entry: Entry, **changes: Any) -> Entry:
    """A message or a reply that says something else; None leaves a key out."""
    body = {key: value for key, value in {**entry.record["body"], **changes}.items() if value is not None}
    return entry._replace(record={**entry.record, "body": body})


def _sent_to(entry: Entry, agent: str) -> Entry:
    """The same message to another agent, who has not asked for it."""
    return _saying(entry._replace(record={**entry.record, "agent": agent}), referenceId=None)


def _capabilities(media: str, state: str) -> list[str]:
    return list(next((names for names in documented(media, state).values() if names), ()))


def _done(day: Day, at: int, command: Any, **answer: Any) -> tuple[Entry, Entry]:
    """A request at some place of the day, and the reply that it was done."""
    said, cause = gws.request(command), 1 + max(entry.cause or 0 for entry in day)
    line = {"seq": None, "ts": day[at].record["ts"], "agent": command.by, "method": said.method, "path": said.path}
    asked = {**line, "kind": "request", "body": dict(said.body or {})}
    reply = {**line, "kind": "response", "status": 200, "body": {"statusCode": 0, **answer}}
    if any("answers" in entry.record for entry in day):
        reply["answers"] = None
    about = getattr(command, "interaction", None)
    return Entry(asked, about, cause, command), Entry(reply, about, cause, command)


def _edit(day: Day, at: int, entry: Entry) -> Planted:
    return Planted(_put(day, at, entry), entry)


# === states that are shown ==========================================================================================


def _wrong_target(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(_answers(day, "Accept", shown=["Processing"]))
    return _edit(day, at, _showing(day[at], state="InWorkbin", capabilities=[]))


def _wrong_state_alone(day: Day, chance: random.Random) -> Planted:
    """What stands beside the state is right."""
    at = chance.choice(_answers(day, "Accept", shown=["Processing"]))
    return _edit(day, at, _showing(day[at], state="InWorkbin"))


def _invited_still(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(
        [at for at in _answers(day, "Accept", shown=["Processing"], media=SINGLE) if _is_telling(day, at)]
    )
    return _edit(day, at, _showing(day[at], state="Invited", capabilities=["Accept", "Reject"]))


def _processing_still(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(
        [
            at
            for at in _answers(day, "PlaceInQueue", "Complete", shown=["Completed"], media=ITEMS)
            if _is_telling(day, at)
        ]
    )
    return _edit(day, at, _showing(day[at], state="Processing", capabilities=_capabilities("workitem", "Processing")))


def _sent_for_canceled(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(_answers(day, "Send", "Cancel", shown=["Sent", "Canceled"]))
    return _edit(day, at, _showing(day[at], state="Sent" if day[at].shown == "Canceled" else "Canceled"))


def _state_of_another_medium(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(_answers(day, media=ITEMS))
    return _edit(day, at, _showing(day[at], state="Chatting"))


def _after_the_end(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(
        [at for at in _answers(day, "Complete", shown=["Completed"], media=ITEMS) if day[at].command.queue_name is None]
    )
    last = max(_places(day, lambda entry: entry.cause == day[at].cause))
    shown = _showing(
        _saying(day[at], referenceId=None), state="Processing", capabilities=_capabilities("workitem", "Processing")
    )
    return Planted(_before(day, last + 1, shown), shown)


def _to_a_stranger(day: Day, chance: random.Random) -> Planted:
    """What one agent should have been told, another is told."""
    at = chance.choice(
        [at for at in _places(day, lambda entry: entry.shown == "Revoked") if at > BEGUN and _strangers(day, at)]
    )
    return _edit(day, at, _sent_to(day[at], chance.choice(_strangers(day, at))))


def _with_its_number(day: Day, chance: random.Random) -> Planted:
    """What answers one agent, another one is told, who has asked for other things."""
    at = chance.choice(
        [
            at
            for at in _answers(day, "Accept", shown=["Processing"])
            if _strangers(day, at) and _number(_reply(day, at)) is not None
            and _of_cause(day, day[at].cause, "response")[0] < at
        ]
    )  # fmt: skip
    asked = {entry.agent for entry in day[:at] if entry.kind == "request"}
    agent = chance.choice([each for each in _strangers(day, at) if each in asked])
    return _edit(day, at, day[at]._replace(record={**day[at].record, "agent": agent}))


def _two_holders(day: Day, chance: random.Random) -> Planted:
    at = chance.choice([at for at in _answers(day, "Accept", shown=["Processing"]) if _strangers(day, at)])
    too = _sent_to(day[at], chance.choice(_strangers(day, at)))
    return Planted(_before(day, at + 1, too), too)


def _too_early(day: Day, chance: random.Random) -> Planted:
    """An answer that comes before it is asked for."""
    at = chance.choice(_answers(day, "Complete", shown=["Completed"], media=ITEMS))
    asked = _of_cause(day, day[at].cause, "request")[0]
    return Planted(_before(_without(day, at), asked, day[at]), day[at])


def _too_late(day: Day, chance: random.Random) -> Planted:
    """An answer after the next one to the same agent about the same interaction."""
    pairs = []
    for at in _answers(day, media=SINGLE):
        later = [
            to for to in _answers(day) if to > at and (day[to].item, day[to].agent) == (day[at].item, day[at].agent)
        ]
        if (
            later
            and _is_known(day, at)
            and day[later[0]].shown != day[at].shown
            and day[later[0]].shown in ("Completed", "InWorkbin")
        ):
            pairs.append((at, later[0]))
    one, other = chance.choice(pairs)
    return Planted(_without(_before(day, other + 1, day[one]), one), day[one])


# === capabilities ===================================================================================================


def _differing(change: Callable[[list[str]], list[str]]) -> Callable[[Day, random.Random], Planted]:
    def plant(day: Day, chance: random.Random) -> Planted:
        at = chance.choice(_places(day, lambda entry: entry.shown is not None and len(_names(entry)) > 3))
        return _edit(day, at, _showing(day[at], capabilities=change(_names(day[at]))))

    return plant


def _names(entry: Entry) -> list[str]:
    return list(resource_of(entry.record["body"]).get("capabilities") or ())


# === replies and reference ids ======================================================================================


def _no_message(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(
        [
            at
            for at in _answers(day)
            if _goes_on(day, at) and _only(day, at) and _is_known(day, at) and _number(_reply(day, at)) is not None
        ]
    )
    return Planted(_without(day, at), _reply(day, at))


def _only(day: Day, at: int) -> bool:
    """Whether no other message to the agent has the same cause."""
    return not any(
        each != at and day[each].agent == day[at].agent for each in _of_cause(day, day[at].cause, "notification")
    )


def _is_next_numbered(day: Day, at: int) -> bool:
    """Whether the next reply to the agent after an answer and its own shows its number."""
    later = [
        entry for entry in day[at:] if entry.agent == day[at].agent and entry.cause != day[at].cause and entry.done
    ]
    replies = [entry for entry in later if entry.kind == "response" and entry.record["method"] == "POST"]
    return bool(replies) and _number(replies[0]) is not None


def _no_message_for_mail(day: Day, chance: random.Random) -> Planted:
    """The message that a reply without a number promises: the pages of emails have such replies."""
    at = chance.choice(
        [
            at
            for at in _answers(day, media=["email"])
            if _goes_on(day, at)
            and _is_known(day, at)
            and _number(_reply(day, at)) is None
            and _is_next_numbered(day, at)
        ]
    )
    return Planted(_without(day, at), _reply(day, at))


def _no_number(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(
        [at for at in _answers(day) if _goes_on(day, at) and _only(day, at) and _number(_reply(day, at)) is not None]
    )
    return Planted(_put(day, at, _saying(day[at], referenceId=None)), _reply(day, at))


def _unknown_number(day: Day, chance: random.Random) -> Planted:
    at = chance.choice([at for at in _answers(day)[5:] if _all_numbered(day, at)])
    return _edit(day, at, _saying(day[at], referenceId=90_000))


def _number_of_another(day: Day, chance: random.Random) -> Planted:
    places = _answers(day)
    at = chance.choice(places[5:])
    others = [
        _number(day[each])
        for each in places
        if each < at and day[each].agent == day[at].agent and day[each].item != day[at].item
    ]
    return _edit(day, at, _saying(day[at], referenceId=chance.choice(others)))


def _no_reply(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(
        _places(
            day,
            lambda entry: (
                entry.kind == "response"
                and "answers" in entry.record
                and entry.record["method"] == "POST"
                and sum(each.kind == "request" and each.agent == entry.agent for each in day[day.index(entry) : -20])
                > 5
            ),
        )
    )
    return Planted(_without(day, at), day[_of_cause(day, day[at].cause, "request")[0]])


def _no_request(day: Day, chance: random.Random) -> Planted:
    """Neither request nor reply was recorded."""
    at = chance.choice([at for at in _answers(day, "Accept")[3:] if _all_numbered(day, at)])
    gone = {*_of_cause(day, day[at].cause, "request"), *_of_cause(day, day[at].cause, "response")}
    return Planted(_without(day, *gone), day[min(_of_cause(day, day[at].cause, "notification"))])


def _refused_yet_done(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(_answers(day, "Accept", "Complete"))
    answered = _of_cause(day, day[at].cause, "response")[0]
    reply = day[answered]._replace(
        record={**day[answered].record, "status": 500, "body": {"statusCode": 2, "statusMessage": "no"}}
    )
    return Planted(_put(day, answered, reply), reply if answered > at else day[at])


def _without_effect(day: Day, chance: random.Random) -> Planted:
    """A reply says that it was done, and nothing is."""
    at = chance.choice(
        [
            at
            for at in _answers(day, "Accept", shown=["Processing"], media=ITEMS)
            if _is_free(day, at + 1, day[at].agent) and _goes_on(day, at)
        ]
    )
    entry = day[at]
    number = 1 + max(_number(each) or 0 for each in day[: at + 1])
    command = ix.Complete(by=entry.agent, interaction=entry.item, media=_media(entry), media_type=_media_type(entry))
    asked, reply = _done(day, at, command, referenceId=number)
    later = [_renumbered(each, number) for each in day[at + 1 :]]
    return Planted([*day[: at + 1], asked, reply, *later], reply)


def _media_type(entry: Entry) -> str | None:
    return "promotion" if _media(entry) == "openmedia" else None


def _renumbered(entry: Entry, since: int) -> Entry:
    """With the next number, if it is that one or a later one."""
    if entry.kind == "request":
        return entry
    number, several = _number(entry), (entry.record["body"] or {}).get("referenceIds")
    if several is not None:
        entry = _saying(entry, referenceIds={name: each + (each >= since) for name, each in several.items()})
    return _saying(entry, referenceId=number + 1) if number and number >= since else entry


# === operations =====================================================================================================


def _operation_after_the_end(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(
        [
            at
            for at in _answers(day, "Complete", shown=["Completed"], media=SINGLE)
            if day[at].command.queue_name is None
        ]
    )
    last = max(_places(day, lambda entry: entry.cause == day[at].cause))
    entry = day[at]
    asked, reply = _done(
        day,
        at,
        ix.AttachUserData(
            by=entry.agent,
            interaction=entry.item,
            media=_media(entry),
            media_type=_media_type(entry),
            user_data={"a": 1},
        ),
    )
    return Planted(_before(day, last + 1, asked, reply), asked)


def _twice(*operations: str) -> Callable[[Day, random.Random], Planted]:
    def plant(day: Day, chance: random.Random) -> Planted:
        at = chance.choice(_answers(day, *operations, media=SINGLE))
        last = max(_places(day, lambda entry: entry.cause == day[at].cause))
        asked, reply = _done(day, at, day[at].command)
        return Planted(_before(day, last + 1, asked, reply), asked)

    return plant


def _accepted_by_a_stranger(day: Day, chance: random.Random) -> Planted:
    at = chance.choice([at for at in _answers(day, "Accept", media=SINGLE) if _strangers(day, at)])
    stranger = chance.choice(_strangers(day, at))
    asked, reply = _done(
        day,
        at,
        ix.Accept(by=stranger, interaction=day[at].item, media=_media(day[at]), media_type=_media_type(day[at])),
    )
    return Planted(_before(day, at + 1, asked, reply), asked)


def _illegal_yet_done(day: Day, chance: random.Random) -> Planted:
    """A reply to what must be refused."""
    at = chance.choice(
        _places(
            day,
            lambda entry: (
                entry.kind == "response"
                and not entry.done
                and _operation(entry) in ("Complete", "Accept", "Reject", "Transfer")
                and _medium(day, entry.item) in SINGLE
                and any(each.agent == entry.agent and each.shown is not None for each in day[: day.index(entry)])
                and entry.agent
                not in {each.agent for each in day if each.item == entry.item and each.kind == "notification"}
            ),
        )
    )
    at = chance.choice([at] if _is_known(day, at) else [])
    reply = day[at]._replace(record={**day[at].record, "status": 200, "body": {"statusCode": 0}})
    return Planted(_put(day, at, reply), day[_of_cause(day, day[at].cause, "request")[0]])


def _done_though(
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> Callable[[Day, random.Random], Planted]:
    """A request that no page describes is done all the same."""

    def planted(day: Day, chance: random.Random) -> Planted:
        shown = [at for at in _answers(day, "Accept", shown=["Processing"]) if _number(_reply(day, at)) is not None]
        at = _of_cause(day, day[chance.choice(shown)].cause, "request")[0]
        return _edit(day, at, day[at]._replace(record={**day[at].record, "body": change(day[at].record["body"])}))

    return planted


def _signal(day: Day, chance: random.Random) -> Planted:
    """An agent asks for what only the platform does."""
    at = chance.choice([at for at in _answers(day, "Accept") if _is_free(day, at + 1, day[at].agent)])
    asked, reply = _done(day, at, day[at].command)
    asked.record["body"] = {"operationName": "Revoke"}
    return Planted(_before(day, at + 1, asked, reply), asked)


def _pulled_from_nowhere(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(_answers(day, "Accept", shown=["Processing"], media=SINGLE))
    entry = day[at]
    asked, reply = _done(day, at, ix.PullInteraction(by=entry.agent, interaction=entry.item, workbin=OWN))
    return Planted(_before(day, at + 1, asked, reply), asked)


# === time ===========================================================================================================


def _never_answered(day: Day, chance: random.Random) -> Planted:
    end = day[-1].record["ts"]
    at = chance.choice(
        _places(
            day,
            lambda entry: (
                entry.shown == "Invited"
                and entry.cause is None
                and _media(entry) in ITEMS
                and end - entry.record["ts"] > 60
            ),
        )
    )
    return Planted([entry for n, entry in enumerate(day) if n <= at or entry.item != day[at].item], day[at])


def _never_revoked(day: Day, chance: random.Random) -> Planted:
    pairs = []
    for at in _places(day, lambda entry: entry.shown == "Revoked" and _media(entry) in SINGLE):
        earlier = [each for each in _about(day[:at], day[at].item) if day[each].kind == "notification"]
        later = [day[each].record["ts"] for each in _about(day, day[at].item) if each > at]
        is_alone = bool(earlier) and day[earlier[-1]].agent == day[at].agent and day[earlier[-1]].shown == "Invited"
        if is_alone and min([*later, day[-1].record["ts"]]) - day[earlier[-1]].record["ts"] > OVER:
            pairs.append((at, earlier[-1]))
    at, invited = chance.choice(pairs)
    return Planted(_without(day, at), day[invited])


def _revoked_too_soon(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(_answers(day, "Accept", media=SINGLE))
    asked = _of_cause(day, day[at].cause, "request")[0]
    revoked = _showing(_saying(day[at], referenceId=None), state="Revoked", capabilities=[])
    revoked.record["ts"] = day[asked].record["ts"]
    return Planted(_before(day, asked, revoked), day[asked])


# === workbins =======================================================================================================


def _moved(day: Day, action: str) -> list[int]:
    return _places(day, lambda entry: entry.kind == "notification" and entry.record["body"].get("action") == action)


def _told_twice(action: str) -> Callable[[Day, random.Random], Planted]:
    def plant(day: Day, chance: random.Random) -> Planted:
        at = chance.choice(_moved(day, action))
        again = day[at]._replace(record=deepcopy(day[at].record))
        return Planted(_before(day, at + 1, again), again)

    return plant


def _in_two_workbins(day: Day, chance: random.Random) -> Planted:
    at = chance.choice(_moved(day, "ItemAdded"))
    again = _saying(day[at], id="another")
    return Planted(_before(day, at + 1, again), again)


# === other mistakes =================================================================================================


def _wrong_medium(day: Day, chance: random.Random) -> Planted:
    at = chance.choice([at for at in _answers(day, media=["workitem"]) if _is_known(day, at)])
    body = {key: value for key, value in day[at].record["body"].items() if key != "workitem"}
    body |= {
        "messageType": SPELLINGS["email"].message_type,
        "email": {**resource_of(day[at].record["body"]), "capabilities": _capabilities("email", day[at].shown)},
    }
    return _edit(day, at, day[at]._replace(record={**day[at].record, "body": body}))


def _wrong_interaction(day: Day, chance: random.Random) -> Planted:
    at = chance.choice([at for at in _answers(day) if _is_known(day, at) and _number(_reply(day, at)) is not None])
    return _edit(day, at, _showing(day[at], id="nobody-knows"))


FAULTS: Mapping[str, Fault] = {
    "a wrong target state": Fault(_wrong_target, "IXN201", FULL),
    "Invited still": Fault(_invited_still, "IXN201", CLIENT),
    "Processing still": Fault(_processing_still, "IXN201", CLIENT),
    "Sent for Canceled": Fault(_sent_for_canceled, "IXN201", CLIENT),
    "a state of another medium": Fault(_state_of_another_medium, "IXN201", ANYWHERE),
    "a state after the end": Fault(_after_the_end, "IXN201", CLIENT),
    "to a stranger": Fault(_to_a_stranger, "IXN201", FULL),
    "two holders": Fault(_two_holders, "IXN201", FULL),
    "too early": Fault(_too_early, "IXN201", CLIENT),
    "too late": Fault(_too_late, "IXN201", FULL),
    "a capability too few": Fault(_differing(lambda names: names[:-1]), "IXN203", ANYWHERE),
    "a capability too many": Fault(_differing(lambda names: [*names, "Fly"]), "IXN203", ANYWHERE),
    "capabilities in another order": Fault(_differing(lambda names: [*names[1:], names[0]]), "IXN203", ANYWHERE),
    "a capability twice": Fault(_differing(lambda names: [names[0], *names]), "IXN203", ANYWHERE),
    "no capabilities": Fault(_differing(lambda names: []), "IXN203", ANYWHERE),
    "no message": Fault(_no_message, "IXN111", CLIENT),
    "no message for mail": Fault(_no_message_for_mail, "IXN111", CLIENT),
    "no number": Fault(_no_number, "IXN111", CLIENT),
    "an unknown number": Fault(_unknown_number, "IXN113", CLIENT),
    "the number of another": Fault(_number_of_another, "IXN113", CLIENT),
    "no reply": Fault(_no_reply, "IXN114", CLIENT),
    "no request": Fault(_no_request, "IXN201", CLIENT),
    "refused, yet done": Fault(_refused_yet_done, "IXN112", CLIENT),
    "a reply without effect": Fault(_without_effect, "IXN111", CLIENT),
    "an operation after the end": Fault(_operation_after_the_end, "IXN101", CLIENT),
    "completed twice": Fault(_twice("Complete"), "IXN101", CLIENT),
    "accepted twice": Fault(_twice("Accept"), "IXN101", CLIENT),
    "accepted by a stranger": Fault(_accepted_by_a_stranger, "IXN101", FULL),
    "illegal, yet done": Fault(_illegal_yet_done, "IXN101", FULL),
    "a signal requested": Fault(_signal, "IXN101", CLIENT),
    "pulled from nowhere": Fault(_pulled_from_nowhere, "IXN101", CLIENT),
    "an invitation that nobody answers": Fault(_never_answered, "IXN301", ANYWHERE),
    "an invitation that is not revoked": Fault(_never_revoked, "IXN301", ANYWHERE),
    "revoked too soon": Fault(_revoked_too_soon, "IXN101", CLIENT),
    "added twice": Fault(_told_twice("ItemAdded"), "IXN401", ANYWHERE),
    "removed twice": Fault(_told_twice("ItemRemoved"), "IXN402", ANYWHERE),
    "in two workbins": Fault(_in_two_workbins, "IXN401", ANYWHERE),
    "a wrong medium": Fault(_wrong_medium, "IXN102", FULL),
    "a wrong interaction": Fault(_wrong_interaction, "IXN113", CLIENT),
    "a wrong state beside the right list": Fault(_wrong_state_alone, "IXN201", (*CLIENT, "notifications of one agent")),
    "to another agent, with the number": Fault(_with_its_number, "IXN201", FULL),
    "an unknown operation, done": Fault(_done_though(lambda body: {"operationName": "Take"}), "IXN101", CLIENT),
    "an unknown parameter, done": Fault(_done_though(lambda body: {**body, "tag": "x"}), "IXN101", CLIENT),
}


def plant(name: str, day: Day, chance: random.Random) -> Planted | None:
    """A fault of a kind in a clean day; None if the day has no place for it."""
    try:
        return FAULTS[name].plant(day, chance)
    except IndexError:
        return None


def plant_all(names: Iterable[str], day: Day, chance: random.Random) -> Planted:
    """One fault of each of these kinds for which the day has a place. Raises ValueError if it has one for none."""
    planted = None
    for name in names:
        planted = plant(name, day, chance) or planted
        day = planted.day if planted else day
    if planted is None:
        raise ValueError("there is no place for any")
    return planted


# === who recorded it ================================================================================================


def _all(day: Day, agent: str) -> Day:
    return day


def _of_agent(day: Day, agent: str) -> Day:
    return [entry for entry in day if entry.agent == agent]


def _notifications(day: Day, agent: str) -> Day:
    return [entry for entry in day if entry.kind == "notification"]


def _notifications_of_agent(day: Day, agent: str) -> Day:
    return _notifications(_of_agent(day, agent), agent)


SEEN: Mapping[str, Callable[[Day, str], Day]] = {
    "full": _all, "one agent": _of_agent, "notifications": _notifications,
    "notifications of one agent": _notifications_of_agent,
}  # fmt: skip


def said(planted: Planted, seen: str = "full") -> tuple[list[dict[str, Any]], int | None]:
    """The records of a day with a fault, and the line of the fault; None where it is not seen."""
    asked = {entry.cause: seq for seq, entry in enumerate(planted.day, 1) if entry.kind == "request"}
    numbered = {id(entry): {**entry.record, "seq": seq} for seq, entry in enumerate(planted.day, 1)}
    for entry in planted.day:
        if "answers" in entry.record:
            numbered[id(entry)]["answers"] = asked.get(entry.cause, 0)
    entries = SEEN[seen](planted.day, planted.at.agent)
    lines = [line for line, entry in enumerate(entries, 1) if entry is planted.at]
    return [numbered[id(entry)] for entry in entries], lines[0] if lines else None
