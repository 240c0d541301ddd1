"""How each `When` is looked at, and each `Does` carried out.

An effect gets a sound record and a command whose arguments are in order, and gives the events; or the `Condition` for
which it cannot be carried out. It changes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from ixnstate.definition import AS_BEFORE, Definition, Edge
from ixnstate.events import (
    ConsultRequested,
    ContentChanged,
    Created,
    Event,
    MessageSent,
    ParticipantsChanged,
    StateChanged,
    TransferFailed,
    UserDataChanged,
)
from ixnstate.evolving import CHANGES
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.values import EMPTY, FrozenDict, JsonObject, freeze, opened, twin
from ixnstate.vocabulary import Condition, Does, Family, NoticeKind, State, When, Who

_OpenStateChanged = twin(StateChanged)
_WorkbinPlace = opened(WorkbinPlace)
_OpenParticipantsChanged = twin(ParticipantsChanged)
_UserDataChanged = opened(UserDataChanged)
_ContentChanged = opened(ContentChanged)
_MessageSent = opened(MessageSent)

# Members of an enum are looked up on their class slowly; what runs in every step has them at hand.
_PLATFORM, _SESSIONS = Who.PLATFORM, Family.SESSIONS


class Arguments(Protocol):
    """A command whose arguments are in order: whatever an effect reads of the commands of its operations."""

    by: str
    agent: str
    target_agent: str
    target_queue: str
    queue_name: str | None
    workbin: str
    agent_group: str | None
    place_group: str | None
    owner: str | None
    user_data: FrozenDict
    keys: tuple[str, ...]
    disposition: str
    disposition_key: str | None
    comment: str
    content: FrozenDict
    document_id: str
    name: str | None
    mime: str | None
    size: int | None
    new_id: str


Outcome: TypeAlias = tuple[Event, ...] | Condition
"""Events, or the condition that does not hold."""
Effect: TypeAlias = Callable[[Interaction, Arguments, Edge, Definition], Outcome]
Holds: TypeAlias = Callable[[Interaction, Arguments], bool]

# === conditions =====================================================================================================

HOLDS: Mapping[When, Holds] = {
    When.ALWAYS: lambda record, command: True,
    When.TO_AGENT: lambda record, command: command.target_agent is not None,
    When.TO_QUEUE: lambda record, command: command.target_queue is not None,
    When.INTO_QUEUE: lambda record, command: command.queue_name is not None,
    When.OTHERS_REMAIN: lambda record, command: len(record.holders) > 1,
    When.TO_AGENT_OTHERS_REMAIN: lambda record, command: command.target_agent is not None and len(record.holders) > 1,
    When.OF_INVITEE: lambda record, command: command.agent in record.invited,
    When.OF_ONE_HOLDER: lambda record, command: command.agent in record.holders and len(record.holders) > 1,
    When.GIVER_HOLDS: lambda record, command: bool(record.holders),
    When.FOR_OWNER: lambda record, command: command.owner not in (None, command.by),
    When.IN_GROUP: lambda record, command: command.agent_group is not None or command.place_group is not None,
}


# === effects ========================================================================================================


def _moved(
    record: Interaction,
    command: Arguments,
    edge: Edge,
    definition: Definition,
    holders: tuple[str, ...] = (),
    invited: tuple[str, ...] = (),
    queue: str | None = None,
    workbin: WorkbinPlace | None = None,
) -> StateChanged:
    moved = _OpenStateChanged()
    moved.interaction = record.id
    moved.operation = edge.operation
    moved.by = None if edge.who is _PLATFORM else command.by
    moved.state = edge.target or record.resume or definition.media[record.media].active
    moved.holders = holders
    moved.invited = invited
    moved.queue = queue or record.queue
    moved.workbin = workbin
    moved.resume = record.resume if edge.resumes is AS_BEFORE else edge.resumes
    moved.told = edge.told
    moved.__class__ = StateChanged
    return moved  # type: ignore[no-any-return]


def _participants(
    record: Interaction,
    command: Arguments,
    edge: Edge,
    *,
    add: str | None = None,
    invite: str | None = None,
    remove: str | None = None,
    unseen: bool = False,
) -> ParticipantsChanged:
    """``add`` comes in (and is no longer invited), ``invite`` is invited, ``remove`` is out altogether."""
    gone = (remove, add)
    newcomer = (add,) if add is not None and add not in record.holders else ()
    nickname = getattr(command, "nickname", None)
    changed = _OpenParticipantsChanged()
    changed.interaction = record.id
    changed.operation = edge.operation
    changed.by = getattr(command, "by", None)
    changed.holders = (*(agent for agent in record.holders if agent != remove), *newcomer)
    changed.invited = (*(agent for agent in record.invited if agent not in gone), *((invite,) if invite else ()))
    consulted = (invite,) if invite and unseen else ()
    changed.consulted = (*(agent for agent in record.consulted if agent != remove), *consulted)
    named = {add: nickname} if add and nickname else {}
    changed.nicknames = record.nicknames.merged(named, (remove,) if remove else ())
    changed.told = edge.told
    changed.__class__ = ParticipantsChanged
    return changed  # type: ignore[no-any-return]


def _offer(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return (_moved(record, command, edge, definition, (), (command.agent,)),)


def _hold(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    moved = _moved(record, command, edge, definition, (command.by,))
    if definition.media[record.media].family is not _SESSIONS:
        return (moved,)
    after = CHANGES[StateChanged](record, moved)
    return moved, _participants(after, command, edge, add=command.by)


def _join(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return (_participants(record, command, edge, add=command.by),)


def _decline(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    agent = getattr(command, "by", None) or command.agent
    if agent is not None and agent not in record.invited:
        return Condition.NOBODY_TO_REVOKE
    if edge.target is edge.source:
        return (_participants(record, command, edge, remove=agent),)
    moved = _moved(record, command, edge, definition, record.holders)
    return (
        (moved, TransferFailed(record.id, edge.operation, moved.by, record.holders[0])) if record.holders else (moved,)
    )


def _release(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    agent = getattr(command, "agent", None)
    if agent is not None and agent not in record.holders:
        return Condition.NOBODY_TO_REVOKE
    queue = getattr(command, "queue_name", None) or getattr(command, "target_queue", None)
    return (_moved(record, command, edge, definition, (), (), queue),)


def _keep(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return (_moved(record, command, edge, definition, record.holders),)


def _drop_out(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return (_participants(record, command, edge, remove=getattr(command, "by", None) or command.agent),)


def _hand_over(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    if command.target_agent in record.holders or command.target_agent in record.invited:
        return Condition.TARGET_HAS_IT
    holders = record.holders if edge.does is Does.OFFER_ON else ()
    return (_moved(record, command, edge, definition, holders, (command.target_agent,)),)


def _replace(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    if command.target_agent in record.holders:
        return Condition.TARGET_HAS_IT
    return (_moved(record, command, edge, definition, (command.target_agent,)),)


def _ask(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    target = command.target_agent
    if target in record.holders or target in record.invited:
        return Condition.TARGET_HAS_IT
    remove = command.by if edge.does is Does.PASS_ON else None
    unseen = edge.does is Does.CONSULT
    return (_participants(record, command, edge, invite=target, remove=remove, unseen=unseen),)


def _consult_queue(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return (ConsultRequested(record.id, edge.operation, command.by, command.target_queue),)


def _remove(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    target = command.target_agent
    if target == command.by or (target not in record.holders and target not in record.invited):
        return Condition.TARGET_HAS_IT_NOT
    return (_participants(record, command, edge, remove=target),)


def _store(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    place = _WorkbinPlace(command.workbin, command.agent_group, command.place_group, command.owner)
    if record.workbin is not None and place == record.workbin:
        return Condition.ALREADY_THERE
    return (_moved(record, command, edge, definition, (), (), None, place),)


def _take(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    place = record.workbin
    if place is not None and command.workbin is not None:
        named = command.agent_group or command.place_group or command.owner
        kept = place.agent_group or place.place_group or place.owner
        if command.workbin != place.id or (named is not None and kept is not None and named != kept):
            return Condition.ANOTHER_WORKBIN
    return _hold(record, command, edge, definition)


def _data(
    record: Interaction, command: Arguments, edge: Edge, new: FrozenDict, deleted: tuple[str, ...] = ()
) -> Outcome:
    return (_UserDataChanged(record.id, edge.operation, command.by, new, deleted),)


def _set_data(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return _data(record, command, edge, command.user_data)


def _delete_data(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return _data(record, command, edge, EMPTY, command.keys)


def _dispose(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return _data(record, command, edge, FrozenDict({command.disposition_key or DISPOSITION_KEY: command.disposition}))


DISPOSITION_KEY = "DispositionCode"
"""The user-data key of a disposition whose request names none (EmailSetDisposition, GWS 8.6.0, by its sample)."""


def _content(record: Interaction, command: Arguments, edge: Edge, content: JsonObject, kind: NoticeKind) -> Outcome:
    return (_ContentChanged(record.id, edge.operation, command.by, freeze(content), kind),)


def _comment(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return _content(record, command, edge, {"comment": command.comment}, NoticeKind.PROPERTIES_UPDATED)


def _save(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return _content(record, command, edge, command.content, NoticeKind.SAVED)


def _send(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    sent = _moved(record, command, edge, definition, (), (), command.queue_name)
    if not command.content:
        return (sent,)
    return ContentChanged(record.id, edge.operation, command.by, command.content, None), sent


def _attach(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    fields = {"id": command.document_id, "name": command.name, "mime": command.mime, "size": command.size}
    new = {name: value for name, value in fields.items() if value is not None}
    _, others = _attachments(record, command.document_id)
    return _content(record, command, edge, {"attachments": [*others, new]}, NoticeKind.ATTACHMENT_ADDED)


def _detach(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    there, others = _attachments(record, command.document_id)
    if not there:
        return Condition.NO_SUCH_ATTACHMENT
    return _content(record, command, edge, {"attachments": others}, NoticeKind.ATTACHMENT_REMOVED)


def _attachments(record: Interaction, document_id: str) -> tuple[bool, list[object]]:
    """Whether a document is attached, and the other attachments; a draft may have been saved with any JSON there."""
    attachments = record.content.get("attachments")
    each_one = list(attachments) if isinstance(attachments, tuple) else []
    others = [each for each in each_one if not (isinstance(each, FrozenDict) and each.get("id") == document_id)]
    return len(others) < len(each_one), others


def _spawn(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    if command.new_id == record.id:
        return Condition.ITS_OWN_ID
    state = definition.media[record.media].creates or State.COMPOSING
    child = Created(
        interaction=command.new_id, operation=edge.operation, by=command.by, media=record.media, state=state,
        queue=command.queue_name, media_type=record.media_type, parent_id=record.id,
        user_data=command.user_data or EMPTY, content=command.content or EMPTY,
    )  # fmt: skip
    return (child,)


def _message(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    text, url = getattr(command, "text", None), getattr(command, "url", None)
    return (_MessageSent(record.id, edge.operation, command.by, text, url),)


def _nothing(record: Interaction, command: Arguments, edge: Edge, definition: Definition) -> Outcome:
    return ()


EFFECTS: Mapping[Does, Effect] = {
    Does.KEEP: _keep,
    Does.OFFER: _offer,
    Does.HOLD: _hold,
    Does.JOIN: _join,
    Does.DECLINE: _decline,
    Does.RELEASE: _release,
    Does.DROP_OUT: _drop_out,
    Does.HAND_OVER: _hand_over,
    Does.OFFER_ON: _hand_over,
    Does.REPLACE: _replace,
    Does.PASS_ON: _ask,
    Does.ASK: _ask,
    Does.CONSULT: _ask,
    Does.CONSULT_QUEUE: _consult_queue,
    Does.REMOVE: _remove,
    Does.STORE: _store,
    Does.TAKE: _take,
    Does.SET_DATA: _set_data,
    Does.DELETE_DATA: _delete_data,
    Does.DISPOSE: _dispose,
    Does.COMMENT: _comment,
    Does.SAVE: _save,
    Does.SEND: _send,
    Does.ATTACH: _attach,
    Does.DETACH: _detach,
    Does.SPAWN: _spawn,
    Does.MESSAGE: _message,
    Does.NOTHING: _nothing,
}
