"""What an event makes of a record. The event carries the whole change, so nothing is decided here."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ixnstate.events import (
    EVENTS,
    ConsultRequested,
    ContentChanged,
    Created,
    Event,
    MessageSent,
    ParticipantsChanged,
    StateChanged,
    TransferFailed,
    UserDataChanged,
    unfit,
)
from ixnstate.model import Interaction
from ixnstate.values import EMPTY, brief, copier, mistyped, twin

_OpenInteraction = twin(Interaction)


def evolve(record: Interaction | None, event: Event) -> Interaction:
    """The record after ``event``; ``record`` is None for the event that created it. Raises ValueError for no creation.

    An event of another interaction (the creation of a child) leaves the record as it is. What an event says is trusted,
    but its fields must be of their types: otherwise ValueError, too.
    """
    if not isinstance(event, EVENTS) or not isinstance(record, Interaction | None):
        raise ValueError(f"{brief(record)} cannot evolve by {brief(event)}: it takes an interaction and an event")
    if (name := unfit(event)) is not None:
        raise ValueError(f"{type(event).__name__}: {name} cannot be {brief(getattr(event, name))}")
    if record is None:
        if isinstance(event, Created):
            return born(event)
        raise ValueError(f"an interaction begins with the event Created, not with {type(event).__name__}")
    if event.interaction != record.id:
        return record
    if isinstance(event, Created):
        raise ValueError(f"interaction {record.id} already exists: it cannot be created twice")
    if not record.fits and (name := mistyped(record)) is not None:
        raise ValueError(f"the record's {name} cannot be {brief(getattr(record, name))}")
    return CHANGES[event.__class__](record, event)


def born(event: Created) -> Interaction:
    """The record that the event brings into being."""
    new = _OpenInteraction()
    new.id = event.interaction
    new.media = event.media
    new.state = event.state
    new.holders = () if event.by is None else (event.by,)
    new.invited = ()
    new.queue = event.queue
    new.workbin = None
    new.resume = None
    new.user_data = event.user_data
    new.content = event.content
    new.nicknames = EMPTY
    new.consulted = ()
    new.media_type = event.media_type
    new.parent_id = event.parent_id
    new.revision = 0
    new.fits = True
    new.__class__ = Interaction
    return new  # type: ignore[no-any-return]


_COMPUTED: Mapping[type, Mapping[str, str]] = {
    StateChanged: {
        "nicknames": "old.nicknames and (old.nicknames if event.holders == old.holders else EMPTY)",
        "consulted": "old.consulted and (old.consulted if event.holders == old.holders else ())",
    },
    ParticipantsChanged: {},
    UserDataChanged: {"user_data": "old.user_data.merged(event.user_data, event.deleted)"},
    ContentChanged: {"content": "old.content.merged(event.content)"},
    MessageSent: {},
    ConsultRequested: {"queue": "old.queue"},
    TransferFailed: {},
}
"""What of a record an event changes otherwise than to its own field of the same name."""


def _changes(**computed: str) -> Mapping[type, Callable[[Interaction, Any], Interaction]]:
    return {
        cls: copier(Interaction, cls, revision="old.revision + 1", **own, **computed) for cls, own in _COMPUTED.items()
    }


CHANGES = _changes()
"""What `evolve` does for each class of events, for callers who have the record of the event at hand."""
SOUND_CHANGES = _changes(fits="True")
"""The same where the event comes from a step, so that the record was sound, and still is."""


def replay(events: Iterable[Event], *, start: Interaction | None = None) -> Interaction:
    """The record that ``events`` make: from its creation on, or continuing from ``start``. Raises ValueError.

    Events of other interactions may stand between them.
    """
    if not isinstance(events, Iterable):
        raise ValueError(f"replay takes events, not {brief(events)}")
    record = start
    for event in events:
        record = evolve(record, event)
    if record is None:
        raise ValueError("there are no events, so there is no interaction")
    return record
