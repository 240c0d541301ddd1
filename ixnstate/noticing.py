"""What a step tells the agents: derived from the record before and after each of its events."""

from collections.abc import Iterator
from typing import TypeAlias

from ixnstate.definition import Definition, checked
from ixnstate.events import (
    EVENTS,
    ContentChanged,
    Created,
    Event,
    MessageSent,
    ParticipantsChanged,
    StateChanged,
    TransferFailed,
    UserDataChanged,
)
from ixnstate.evolving import CHANGES, born, evolve
from ixnstate.model import Interaction, Notice, Step, View
from ixnstate.refusals import misfit
from ixnstate.table import GWS
from ixnstate.values import brief, mistyped
from ixnstate.views import last_word, view_among, views_by_role
from ixnstate.vocabulary import NoticeKind, State


def notices(step: Step, *, definition: Definition = GWS) -> tuple[Notice, ...]:
    """What each agent is told: the acting agent first, then those who had it, then those who have it now.

    An agent who lets go gets a last word; an invitation that ends otherwise than by its invitee's answer ends with
    Revoked. Changes of data and messages are told to all who hold it. Raises ValueError for what is not a step, and for
    one with a record or an event that does not fit.
    """
    if not isinstance(step, Step):
        raise ValueError(f"notices() takes a Step, not {brief(step)}")
    checked(definition)
    if not step.fits:
        _check(step, definition)
    return tuple([Notice(*each) for each in notice_fields(step, definition)])


NoticeFields: TypeAlias = tuple[str, View, NoticeKind, Event, Interaction]
"""What makes a notice: who is told, what they see, what kind of message it is, of which event, the record after it."""


def notice_fields(step: Step, definition: Definition, *, states_only: bool = False) -> Iterator[NoticeFields]:
    """What `notices` gives of a step that fits; with ``states_only``, only what shows somebody another state."""
    before = step.before
    for event in step.events:
        if isinstance(event, Created):
            if event.by is not None:
                yield from _tell((event.by,), born(event), event, NoticeKind.STATUS_CHANGE, definition)
        elif before is not None:
            after = CHANGES[event.__class__](before, event) if event.interaction == before.id else before
            if isinstance(event, StateChanged | ParticipantsChanged):
                yield from _told_state(before, after, event, definition)
            if not states_only:
                yield from _told(before, after, event, definition)
            before = after


def _check(step: Step, definition: Definition) -> None:
    """Raise ValueError for a step that somebody has put together of what does not fit."""
    if (name := mistyped(step)) is not None:
        raise ValueError(f"a step's {name} cannot be {brief(getattr(step, name))}")
    if step.before is not None and (name := misfit(step.before, definition)) is not None:
        raise ValueError(f"the step's record does not fit: its {name} is {brief(getattr(step.before, name))}")
    record = step.before
    for event in step.events:
        if not isinstance(event, EVENTS):
            raise ValueError(f"a step's events cannot have {brief(event)}")
        record = evolve(record, event)
        if (name := misfit(record, definition)) is not None:
            raise ValueError(f"{type(event).__name__} makes a record that does not fit: {name} is wrong in it")


def _told(before: Interaction, after: Interaction, event: Event, definition: Definition) -> Iterator[NoticeFields]:
    holders = _first(event.by, after.holders)
    match event:
        case ParticipantsChanged():
            stayed = tuple(agent for agent in holders if agent in before.holders)
            yield from _tell(stayed, after, event, NoticeKind.PARTICIPANTS_UPDATED, definition)
        case UserDataChanged():
            yield from _tell(holders, after, event, NoticeKind.PROPERTIES_UPDATED, definition)
        case ContentChanged():
            if event.kind is not None:
                yield from _tell(holders, after, event, event.kind, definition)
        case MessageSent():
            yield from _tell(holders, after, event, NoticeKind.MESSAGE, definition)
        case TransferFailed():
            yield from _tell((event.giver,), after, event, NoticeKind.ERROR, definition)


def _told_state(
    before: Interaction, after: Interaction, event: StateChanged | ParticipantsChanged, definition: Definition
) -> Iterator[NoticeFields]:
    concerned = (*before.holders, *before.invited, *after.holders, *after.invited)
    acting = (event.by,) if event.by is not None and isinstance(event, StateChanged) else ()
    views_after, views_before = views_by_role(after, definition), views_by_role(before, definition)
    for agent in dict.fromkeys((*acting, *concerned)):
        seen, was = view_among(views_after, after, agent), view_among(views_before, before, agent)
        if seen is None:
            seen = _farewell(agent, before, event, definition)
        elif (
            was is not None
            and was.state is seen.state
            and (agent != event.by or isinstance(event, ParticipantsChanged))
        ):
            continue
        if seen is not None:
            yield agent, seen, NoticeKind.STATUS_CHANGE, event, after


def _farewell(
    agent: str, before: Interaction, event: StateChanged | ParticipantsChanged, definition: Definition
) -> View | None:
    unasked = agent in before.invited and agent not in before.holders and agent != event.by
    word = State.REVOKED if unasked else event.told
    return None if word is None else last_word(before.media, word, event.operation, definition=definition)


def _first(agent: str | None, agents: tuple[str, ...]) -> tuple[str, ...]:
    return (agent, *(each for each in agents if each != agent)) if agent in agents and agent is not None else agents


def _tell(
    agents: tuple[str, ...], after: Interaction, event: Event, kind: NoticeKind, definition: Definition
) -> Iterator[NoticeFields]:
    views = views_by_role(after, definition)
    for agent in agents:
        seen = view_among(views, after, agent)
        if seen is not None:
            yield agent, seen, kind, event, after
