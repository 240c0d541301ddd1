"""What an interaction shows besides its state, capabilities and user data, under the documented names.

Who takes part in a session, attachments, a draft's fields, the comment, to whom it is assigned, which it answers. No
page shows all of it everywhere, so a message or a view is compared in what it tells.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from ixnstate.gws.notifying import details
from ixnstate.gws.pages import last_segment
from ixnstate.values import freeze

Details: TypeAlias = Mapping[str, object]

ELSE_EMPTY = ("comment", "attachments")
"""What agents write themselves: where nobody has, nothing may be shown."""

OF_ENTRIES = ("from", "visibility", "type")
"""What an entry of a session's log says besides its text."""

__all__ = ["ELSE_EMPTY", "OF_ENTRIES", "Details", "details", "details_in", "is_alike", "is_same"]

_ADDRESSES = ("to", "cc", "bcc")


def details_in(message: object) -> Details | None:
    """What a CometD message (with or without its envelope) shows of its interaction, or of the one entry of a log."""
    said = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(said, dict):
        return None
    entries = said.get("messages")
    if isinstance(entries, list):
        entry = entries[0] if len(entries) == 1 else None
        return {name: entry[name] for name in OF_ENTRIES if name in entry} if isinstance(entry, dict) else None
    return next((each for each in said.values() if isinstance(each, dict) and "id" in each), None)


def is_alike(name: str, wanted: object, found: object, agents: Iterable[str]) -> bool:
    """Whether two values of a field say the same, as far as the documents fix it. None: no page shows such a field."""
    if wanted is None:
        return not found or name not in ELSE_EMPTY
    match name:
        case "participants":
            return _is_same_company(wanted, found, set(agents))
        case "from":
            sender = _id(found)
            return sender not in agents or sender == _id(wanted)
        case "attachments":
            return _ids(wanted) == _ids(found)
        case "assignedTo" | "parentId":
            return bool(last_segment(wanted) == last_segment(found))
        case _ if name in _ADDRESSES:
            return _listed(wanted) == _listed(found)
        case _:
            return bool(freeze(wanted) == freeze(found))


def is_same(one: object, other: object) -> bool:
    """Whether two JSON values are the same: a number is not a truth value, though Python has ``True == 1``."""
    if one is other:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def _is_same_company(wanted: object, found: object, agents: set[str]) -> bool:
    """The agents who take part, by name. A participant's id need not be the agent's: then they are only counted."""
    ours, theirs = _agents(wanted), _agents(found)
    if {_id(each) for each in theirs} & agents:
        return _named(ours) == _named(theirs)
    return len(ours) == len(theirs)


def _agents(participants: object) -> list[Mapping[str, object]]:
    listed = participants if isinstance(participants, list | tuple) else ()
    return [each for each in listed if isinstance(each, Mapping) and each.get("type", "Agent") == "Agent"]


def _named(participants: Iterable[Mapping[str, object]]) -> set[tuple[object, object]]:
    return {(_id(each), each.get("nickname")) for each in participants}


def _id(participant: object) -> Any:
    return participant.get("participantId", participant.get("id")) if isinstance(participant, Mapping) else participant


def _ids(attachments: object) -> list[Any]:
    listed = attachments if isinstance(attachments, list | tuple) else ()
    return sorted(str(each.get("id")) for each in listed if isinstance(each, Mapping))


def _listed(addresses: Any) -> tuple[object, ...]:
    return (addresses,) if isinstance(addresses, str) else tuple(addresses or ())
