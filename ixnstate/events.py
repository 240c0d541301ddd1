"""Events: what has happened to an interaction. They alone rebuild the record.

An event carries the whole change, so that `evolve` copies and never decides. Every event says of which interaction it
is, which operation caused it and who performed it (None for the platform).
"""

from typing import TypeAlias

import attrs

from ixnstate.places import WorkbinPlace
from ixnstate.values import EMPTY, FrozenDict, freeze, frozen, mistyped
from ixnstate.vocabulary import NoticeKind, State


@frozen
class Created:
    """It exists: submitted to a queue (``by`` None), or created by an agent, who holds it."""

    interaction: str
    operation: str
    by: str | None
    media: str
    state: State
    queue: str | None = None
    media_type: str | None = None
    parent_id: str | None = None
    user_data: FrozenDict = attrs.field(default=EMPTY, converter=freeze, hash=False)
    content: FrozenDict = attrs.field(default=EMPTY, converter=freeze, hash=False)


@frozen
class StateChanged:
    """Its state, or who has it, changed. ``told`` is the last word to those who let go."""

    interaction: str
    operation: str
    by: str | None
    state: State
    holders: tuple[str, ...]
    invited: tuple[str, ...]
    queue: str | None
    workbin: WorkbinPlace | None
    resume: State | None
    told: State | None


@frozen
class ParticipantsChanged:
    """Agents came into the session, were invited to it, or left it, and it goes on."""

    interaction: str
    operation: str
    by: str | None
    holders: tuple[str, ...]
    invited: tuple[str, ...]
    consulted: tuple[str, ...]
    nicknames: FrozenDict = attrs.field(converter=freeze, hash=False)
    told: State | None


@frozen
class UserDataChanged:
    """Keys of the user data were set, or deleted."""

    interaction: str
    operation: str
    by: str | None
    user_data: FrozenDict = attrs.field(converter=freeze, hash=False)
    deleted: tuple[str, ...]


@frozen
class ContentChanged:
    """What it carries besides user data changed: ``content`` has the new values.

    ``kind`` is how agents are told; None if that comes with the event that follows.
    """

    interaction: str
    operation: str
    by: str | None
    content: FrozenDict = attrs.field(converter=freeze, hash=False)
    kind: NoticeKind | None


@frozen
class MessageSent:
    """An agent said something in the session. The record does not keep it."""

    interaction: str
    operation: str
    by: str | None
    text: str | None
    url: str | None


@frozen
class ConsultRequested:
    """An agent asked a queue for another agent. The record does not keep it."""

    interaction: str
    operation: str
    by: str | None
    queue: str


@frozen
class TransferFailed:
    """The invitation of a transfer ended without an acceptance: the giver, who still holds it, is told."""

    interaction: str
    operation: str
    by: str | None
    giver: str


Event: TypeAlias = (
    Created
    | StateChanged
    | ParticipantsChanged
    | UserDataChanged
    | ContentChanged
    | MessageSent
    | ConsultRequested
    | TransferFailed
)

EVENTS = (
    Created,
    StateChanged,
    ParticipantsChanged,
    UserDataChanged,
    ContentChanged,
    MessageSent,
    ConsultRequested,
    TransferFailed,
)
"""The classes of `Event`."""


def unfit(event: object) -> str | None:
    """The first field of an event that is not of its type, or has something else than names in it; None if all fit."""
    if (name := mistyped(event)) is not None:
        return name
    for name in _NAMES:
        if not all(isinstance(each, str) for each in getattr(event, name, ())):
            return name
    return None


_NAMES = ("holders", "invited", "consulted", "deleted")
