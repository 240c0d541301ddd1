"""The step: what a command does to a record. Pure and total: no clock, no randomness, no I/O.

`decide` looks up the plan for the record's state and the command (the edges of the definition, with the functions that
carry them out), checks the arguments, takes the first edge whose condition holds and whose agent it is, and lets the
edge's effect say what happens, as events. `evolve` copies an event's change into a new record. `step` is both. What is
legal stands in the definition alone; here is only how each `Does` and `When` is carried out.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from ixnstate.commands import CHECKS, OPERATIONS, Command, Create, Custom, Submit, fault_of, is_name
from ixnstate.definition import AS_BEFORE, Definition, Edge, checked
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
from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.refusals import Refusal, RefusedError, misfit
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, brief, copier, freeze, mistyped, opened, twin
from ixnstate.vocabulary import FINAL_STATES, Does, Family, NoticeKind, RefusalCode, State, When, Who

_Step = opened(Step)
_OpenStep = twin(Step)
_OpenStateChanged = twin(StateChanged)
_Interaction: Any = opened(Interaction)
_Refusal = opened(Refusal)
_Created = opened(Created)
_WorkbinPlace = opened(WorkbinPlace)
_ParticipantsChanged = opened(ParticipantsChanged)
_UserDataChanged = opened(UserDataChanged)
_ContentChanged = opened(ContentChanged)
_MessageSent = opened(MessageSent)

# Members of an enum are looked up on their class slowly; the hot path has them at hand.
_HOLDER, _INVITEE, _PLATFORM = Who.HOLDER, Who.INVITEE, Who.PLATFORM
_STALE, _ILLEGAL, _INVALID = RefusalCode.STALE, RefusalCode.ILLEGAL, RefusalCode.INVALID_PARAMETER
_NOT_FOUND = RefusalCode.NOT_FOUND
_NOT_HOLDER, _QUEUED, _SESSIONS = RefusalCode.NOT_HOLDER, State.QUEUED, Family.SESSIONS

_CONDITION_FAILS: tuple[RefusalCode, str | None] = _ILLEGAL, "condition"
_IS_NOT_HIS: tuple[RefusalCode, str | None] = _NOT_HOLDER, None

Outcome: TypeAlias = tuple[Event, ...] | str
"""Events, or the name of the condition that does not hold."""


# === decide =========================================================================================================


def decide(
    record: Interaction, command: Command, revision: int | None = None, definition: Definition = GWS
) -> tuple[Event, ...] | Refusal:
    """What ``command`` does to ``record``: the events, () for a read; or a `Refusal`. Nothing is changed.

    With ``revision``, the command is refused as stale unless the record still has that revision. Nothing is raised, but
    for a ``definition`` that is none: ValueError.
    """
    try:
        plan = definition.plans[record.media][record.state][command.operation]
        if not record.fits or (revision is not None and revision != record.revision):
            return _decide_slowly(record, command, revision, definition, None)
        if not (command.interaction is command.media is command.media_type is None or _is_for(record, command)):
            return _Refusal(_NOT_FOUND, record, command, "another interaction", definition)
        if plan.__class__ is not tuple:
            return _Refusal(plan, record, command, None, definition)
        in_order, cases = plan
        if not in_order(command):
            return _refuse_fault(record, command, definition)
        refused, failed = _CONDITION_FAILS
        for holds, who, effect, edge in cases:
            if holds is None or holds(record, command):
                agents = record.holders if who is _HOLDER else record.invited if who is _INVITEE else None
                if agents is None or command.by in agents:  # type: ignore[attr-defined]
                    outcome = effect(record, command, edge, definition)
                    if outcome.__class__ is tuple:
                        return outcome
                    return _Refusal(_INVALID, record, command, outcome, definition)
                refused, failed = _IS_NOT_HIS
        return _Refusal(refused, record, command, failed, definition)
    except (AttributeError, KeyError, TypeError) as error:
        return _decide_slowly(record, command, revision, definition, error)


def _is_for(record: Interaction, command: Command) -> bool:
    """Whether the record is what the command says that it acts on."""
    said = (command.interaction, record.id), (command.media, record.media), (command.media_type, record.media_type)
    return all(one is None or other is None or one == other for one, other in said)


def _refuse_fault(record: Interaction | None, command: Command, definition: Definition) -> Refusal:
    lacking = frozenset() if record is None else definition.media[record.media].lacking(command.operation)
    code, failed = fault_of(command, lacking) or (RefusalCode.MISSING_PARAMETER, "by")
    return _Refusal(code, record, command, failed, definition)


def applicable(record: Interaction, command: Any, *, definition: Definition = GWS) -> Edge | None:
    """The edge that ``command`` takes from ``record``, if its arguments are in order; None if there is none."""
    name = command.operation
    for edge in definition.edges(record.media):
        if edge.source is record.state and edge.operation == name and HOLDS[edge.when](record, command):
            agents = {_HOLDER: record.holders, _INVITEE: record.invited}.get(edge.who)
            if agents is None or command.by in agents:
                return edge
    return None


def _decide_slowly(
    record: Any, command: Any, revision: int | None, definition: Definition, error: Exception | None
) -> tuple[Event, ...] | Refusal:
    """A medium or a record met for the first time; a stale revision; a command without a plan; or what does not fit.

    ``error`` is what led here. It alone says whether the medium had no plans: another thread may have made them since.
    """
    checked(definition)
    if not isinstance(command, Command):
        unknown = Custom(operation=command if isinstance(command, str) else type(command).__name__)
        return Refusal(RefusalCode.UNKNOWN_OPERATION, record, unknown, None, definition)
    if field := misfit(record, definition):
        return Refusal(_INVALID, record, command, f"record.{field}", definition)
    if record.media not in definition.plans:
        definition.plans.setdefault(record.media, _plans(definition, record.media))
    if revision is not None and revision != record.revision:
        return _Refusal(_STALE, record, command, None, definition)
    if error is None or _was_without_plans(error, record, command, definition):
        object.__setattr__(record, "fits", True)
        return decide(record, command, revision=revision, definition=definition)
    if isinstance(command, Create | Submit):
        return _Refusal(_ILLEGAL, record, command, "creation", definition)
    if isinstance(command, Custom):
        return _refuse_custom(record, command, definition)
    if OPERATIONS.get(command.operation) is not type(command):
        return _Refusal(RefusalCode.UNKNOWN_OPERATION, record, command, None, definition)
    raise error  # everything fits, so it is a fault of ours


def _was_without_plans(error: Exception, record: Interaction, command: Command, definition: Definition) -> bool:
    """Whether the medium was what was looked for in vain, and not the operation, which may have the same name."""
    is_lookup = isinstance(error, KeyError) and error.args == (record.media,)
    return is_lookup and definition.plans[record.media][record.state].get(command.operation) is not None


def _refuse_custom(record: Interaction, command: Custom, definition: Definition) -> Refusal:
    """An operation that does not exist; or one that has a class, with arguments that do not belong to it."""
    known = isinstance(command.operation, str) and command.operation in definition.media[record.media].operations
    if not known:
        return _Refusal(RefusalCode.UNKNOWN_OPERATION, record, command, None, definition)
    return _refuse_fault(record, command, definition)


# === evolve =========================================================================================================


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
    try:
        return CHANGES[event.__class__](record, event)
    except Exception:
        if (name := mistyped(record)) is not None:
            raise ValueError(f"the record's {name} cannot be {brief(getattr(record, name))}") from None
        raise


def born(event: Created) -> Interaction:
    """The record that the event brings into being."""
    holders = () if event.by is None else (event.by,)
    new: Interaction = _Interaction(
        event.interaction, event.media, event.state, holders, (), event.queue, None, None,
        event.user_data, event.content, EMPTY, (), event.media_type, event.parent_id, 0, True,
    )  # fmt: skip
    return new


_changed_state = copier(
    Interaction,
    StateChanged,
    revision="old.revision + 1",
    nicknames="old.nicknames and (old.nicknames if event.holders == old.holders else EMPTY)",
    consulted="old.consulted and (old.consulted if event.holders == old.holders else ())",
)
_happened = copier(Interaction, MessageSent, revision="old.revision + 1")

CHANGES: Mapping[type, Callable[[Interaction, Any], Interaction]] = {
    StateChanged: _changed_state,
    ParticipantsChanged: copier(Interaction, ParticipantsChanged, revision="old.revision + 1"),
    UserDataChanged: copier(
        Interaction,
        UserDataChanged,
        revision="old.revision + 1",
        user_data="old.user_data.merged(event.user_data, event.deleted)",
    ),
    ContentChanged: copier(
        Interaction, ContentChanged, revision="old.revision + 1", content="old.content.merged(event.content)"
    ),
    MessageSent: _happened,
    ConsultRequested: copier(Interaction, ConsultRequested, revision="old.revision + 1", queue="old.queue"),
    TransferFailed: _happened,
}
"""What `evolve` does for each class of events, for callers who have the record of the event at hand."""


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


# === step ===========================================================================================================


def step(record: Interaction, command: Command, revision: int | None = None, definition: Definition = GWS) -> Step:
    """``command`` carried out on ``record``. Raises `RefusedError` with what `decide` would give back as a refusal.

    Raises ValueError, as all functions here, for a ``definition`` that is none.
    """
    events = decide(record, command, revision, definition)
    if events.__class__ is not tuple:
        raise RefusedError(events)  # type: ignore[arg-type]
    after, created = record, None
    for event in events:
        if event.__class__ is Created:
            created = born(event)
        else:
            after = CHANGES[event.__class__](after, event)
    done = _OpenStep()
    done.before = record
    done.interaction = after
    done.events = events
    done.created = created
    done.__class__ = Step
    return done  # type: ignore[no-any-return]


def submit(
    *,
    id: str,
    media: str,
    queue: str,
    user_data: Mapping[str, Any] | None = None,
    content: Mapping[str, Any] | None = None,
    media_type: str | None = None,
    parent_id: str | None = None,
    definition: Definition = GWS,
) -> Step:
    """A new interaction in ``queue``, as a media server submits it: state Queued, nobody holds it.

    ``content`` is what it carries besides user data, by the names that the API shows: ``subject``, ``receivedDate``.
    ``media_type`` is the user's name for a type of open media. Raises `RefusedError` for what does not fit.
    """
    checked(definition)
    frozen = freeze(user_data) if user_data is not None else EMPTY
    carried = freeze(content) if content is not None else EMPTY
    fits = is_name(id) and is_name(queue) and isinstance(media, str) and media in definition.media
    is_frozen = frozen.__class__ is FrozenDict and carried.__class__ is FrozenDict
    if not fits or media_type is not None or parent_id is not None or not is_frozen:
        new = Submit(
            new_id=id, media=media, queue=queue, user_data=frozen, content=carried, media_type=media_type,
            parent_id=parent_id,
        )  # fmt: skip
        _check_creation(new, definition)
    event = _Created(id, "Submit", None, media, _QUEUED, queue, media_type, parent_id, frozen, carried)
    return _Step(None, born(event), (event,), None)


def create(command: Create, *, definition: Definition = GWS) -> Step:
    """A new interaction that an agent creates and holds: a draft in Composing, or an item in Processing.

    Raises `RefusedError` for what does not fit, and for a medium that agents cannot create.
    """
    checked(definition)
    if isinstance(command, Custom) and command.operation == "Create":
        raise RefusedError(_refuse_fault(None, command, definition))
    if not isinstance(command, Create):
        given = command if isinstance(command, Command) else Custom(operation=type(command).__name__)
        raise RefusedError(Refusal(_INVALID, None, given, "no creation", definition))
    _check_creation(command, definition)
    media = str(command.media)
    state = definition.media[media].creates
    if state is None:
        raise RefusedError(Refusal(RefusalCode.UNKNOWN_OPERATION, None, command, None, definition))
    event = Created(
        str(command.new_id), command.operation, command.by, media, state, command.queue_name, command.media_type,
        command.parent_id, freeze(command.user_data or EMPTY), freeze(command.content or EMPTY),
    )  # fmt: skip
    record = born(event)
    return Step(None, record, (event,), record)


def _check_creation(command: Create | Submit, definition: Definition) -> None:
    """Raises `RefusedError` unless the arguments are in order and the medium is known."""
    if not CHECKS[type(command), frozenset()](command):
        raise RefusedError(_refuse_fault(None, command, definition))
    if command.media not in definition.media:
        raise RefusedError(Refusal(_INVALID, None, command, "media", definition))


# === conditions and effects =========================================================================================

HOLDS: Mapping[When, Callable[[Interaction, Any], bool]] = {
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


def _moved(
    record: Interaction,
    command: Any,
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
    command: Any,
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
    return _ParticipantsChanged(
        record.id, edge.operation, getattr(command, "by", None),
        (*(agent for agent in record.holders if agent != remove), *newcomer),
        (*(agent for agent in record.invited if agent not in gone), *((invite,) if invite else ())),
        (*(agent for agent in record.consulted if agent != remove), *((invite,) if invite and unseen else ())),
        record.nicknames.merged({add: nickname} if add and nickname else {}, (remove,) if remove else ()),
        edge.told,
    )  # fmt: skip


def _offer(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return (_moved(record, command, edge, definition, (), (command.agent,)),)


def _hold(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    moved = _moved(record, command, edge, definition, (command.by,))
    if definition.media[record.media].family is not _SESSIONS:
        return (moved,)
    after = _changed_state(record, moved)
    return moved, _participants(after, command, edge, add=command.by)


def _join(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return (_participants(record, command, edge, add=command.by),)


def _decline(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    agent = getattr(command, "by", None) or command.agent
    if agent is not None and agent not in record.invited:
        return "nobody to revoke"
    if edge.target is edge.source:
        return (_participants(record, command, edge, remove=agent),)
    moved = _moved(record, command, edge, definition, record.holders)
    return (
        (moved, TransferFailed(record.id, edge.operation, moved.by, record.holders[0])) if record.holders else (moved,)
    )


def _release(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    agent = getattr(command, "agent", None)
    if agent is not None and agent not in record.holders:
        return "nobody to revoke"
    queue = getattr(command, "queue_name", None) or getattr(command, "target_queue", None)
    return (_moved(record, command, edge, definition, (), (), queue),)


def _keep(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return (_moved(record, command, edge, definition, record.holders),)


def _drop_out(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return (_participants(record, command, edge, remove=getattr(command, "by", None) or command.agent),)


def _hand_over(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    if command.target_agent in record.holders or command.target_agent in record.invited:
        return "the target has it"
    holders = record.holders if edge.does is Does.OFFER_ON else ()
    return (_moved(record, command, edge, definition, holders, (command.target_agent,)),)


def _replace(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    if command.target_agent in record.holders:
        return "the target has it"
    return (_moved(record, command, edge, definition, (command.target_agent,)),)


def _ask(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    target = command.target_agent
    if target in record.holders or target in record.invited:
        return "the target has it"
    remove = command.by if edge.does is Does.PASS_ON else None
    unseen = edge.does is Does.CONSULT
    return (_participants(record, command, edge, invite=target, remove=remove, unseen=unseen),)


def _consult_queue(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return (ConsultRequested(record.id, edge.operation, command.by, command.target_queue),)


def _remove(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    target = command.target_agent
    if target == command.by or (target not in record.holders and target not in record.invited):
        return "the target has it not"
    return (_participants(record, command, edge, remove=target),)


def _store(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    place = _WorkbinPlace(command.workbin, command.agent_group, command.place_group, command.owner)
    if record.workbin is not None and place == record.workbin:
        return "the workbin it is in"
    return (_moved(record, command, edge, definition, (), (), None, place),)


def _take(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    place = record.workbin
    if place is not None and command.workbin is not None:
        named = command.agent_group or command.place_group or command.owner
        kept = place.agent_group or place.place_group or place.owner
        if command.workbin != place.id or (named is not None and kept is not None and named != kept):
            return "another workbin"
    return _hold(record, command, edge, definition)


def _data(record: Interaction, command: Any, edge: Edge, new: FrozenDict, deleted: tuple[str, ...] = ()) -> Outcome:
    if record.user_data.__class__ is not FrozenDict:
        raise TypeError("the record's user data is not frozen")
    return (_UserDataChanged(record.id, edge.operation, command.by, new, deleted),)


def _set_data(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return _data(record, command, edge, command.user_data)


def _delete_data(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return _data(record, command, edge, EMPTY, command.keys)


def _dispose(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return _data(record, command, edge, FrozenDict({command.disposition_key or DISPOSITION_KEY: command.disposition}))


DISPOSITION_KEY = "DispositionCode"
"""The user-data key of a disposition whose request names none (EmailSetDisposition, GWS 8.6.0, by its sample)."""


def _content(record: Interaction, command: Any, edge: Edge, content: Mapping[str, Any], kind: NoticeKind) -> Outcome:
    if record.content.__class__ is not FrozenDict:
        raise TypeError("the record's content is not frozen")
    return (_ContentChanged(record.id, edge.operation, command.by, freeze(content), kind),)


def _comment(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return _content(record, command, edge, {"comment": command.comment}, NoticeKind.PROPERTIES_UPDATED)


def _save(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return _content(record, command, edge, command.content, NoticeKind.SAVED)


def _send(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    sent = _moved(record, command, edge, definition, (), (), command.queue_name)
    if not command.content:
        return (sent,)
    return ContentChanged(record.id, edge.operation, command.by, command.content, None), sent


def _attach(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    fields = {"id": command.document_id, "name": command.name, "mime": command.mime, "size": command.size}
    new = {name: value for name, value in fields.items() if value is not None}
    _, others = _attachments(record, command.document_id)
    return _content(record, command, edge, {"attachments": [*others, new]}, NoticeKind.ATTACHMENT_ADDED)


def _detach(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    there, others = _attachments(record, command.document_id)
    if not there:
        return "attachment"
    return _content(record, command, edge, {"attachments": others}, NoticeKind.ATTACHMENT_REMOVED)


def _attachments(record: Interaction, document_id: str) -> tuple[bool, list[Any]]:
    """Whether a document is attached, and the other attachments; a draft may have been saved with any JSON there."""
    attachments = record.content.get("attachments")
    each_one = list(attachments) if isinstance(attachments, tuple) else []
    others = [each for each in each_one if not (isinstance(each, FrozenDict) and each.get("id") == document_id)]
    return len(others) < len(each_one), others


def _spawn(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    if command.new_id == record.id:
        return "new_id is its own"
    state = definition.media[record.media].creates or State.COMPOSING
    return (
        Created(
            command.new_id, edge.operation, command.by, record.media, state, command.queue_name, record.media_type,
            record.id, command.user_data or EMPTY, command.content or EMPTY,
        ),
    )  # fmt: skip


def _message(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    text, url = getattr(command, "text", None), getattr(command, "url", None)
    return (_MessageSent(record.id, edge.operation, command.by, text, url),)


def _nothing(record: Interaction, command: Any, edge: Edge, definition: Definition) -> Outcome:
    return ()


EFFECTS: Mapping[Does, Callable[[Interaction, Any, Edge, Definition], Outcome]] = {
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


# === plans ==========================================================================================================

_Case = tuple[
    Callable[[Interaction, Any], bool] | None, Who, Callable[[Interaction, Any, Edge, Definition], Outcome], Edge
]
_Plan = tuple[Callable[[Any], bool], tuple[_Case, ...]]
"""How a command is carried out in one state: the check of its arguments, then the cases to try."""


def _plans(definition: Definition, media: str) -> dict[State, dict[str, _Plan | RefusalCode]]:
    """One medium, total: for each state and operation the plan, or why there is none. Creations are not steps."""
    medium = definition.media[media]
    plans: dict[State, dict[str, _Plan | RefusalCode]] = {state: {} for state in State}
    for name in dict.fromkeys((*OPERATIONS, *medium.operations)):
        edges = [edge for edge in medium.edges if edge.operation == name]
        enabled = [edge for edge in edges if edge.holds_under(definition.profile)]
        in_order = CHECKS[OPERATIONS[name], medium.lacking(name)] if name in OPERATIONS else _custom_check(edges)
        for state in medium.states if name not in ("Create", "Submit") else ():
            here = tuple(_case(edge) for edge in enabled if edge.source is state)
            plans[state][name] = (in_order, here) if here else _why_not(state, edges, enabled)
    return plans


def _case(edge: Edge) -> _Case:
    return None if edge.when is When.ALWAYS else HOLDS[edge.when], edge.who, EFFECTS[edge.does], edge


def _custom_check(edges: list[Edge]) -> Callable[[Any], bool]:
    """The arguments of a custom operation are in order: none but an agent, unless it is the platform's."""
    check = CHECKS[Custom, frozenset()]
    if all(edge.who is Who.PLATFORM for edge in edges):
        return check
    return lambda command: command.by is not None and check(command)


def _why_not(state: State, edges: list[Edge], enabled: list[Edge]) -> RefusalCode:
    if not edges:
        return RefusalCode.UNKNOWN_OPERATION
    if not enabled:
        return RefusalCode.FEATURE_DISABLED
    return RefusalCode.FINAL if state in FINAL_STATES else RefusalCode.ILLEGAL
