"""The step: what a command does to a record. Pure and total: no clock, no randomness, no I/O.

`decide` finds the plan for the record's state and the command, checks the arguments, takes the first edge whose
condition holds and whose agent it is, and lets the edge's effect say what happens, as events. `step` makes the record
after them, too. What is legal stands in the definition alone; what a `When` and a `Does` mean, in `ixnstate.effects`.
"""

# Most of what is decided is decided again and again: a record that a step has made (``fits`` says so), a command of a
# class of ours, a definition whose plans have been made. `decide` is written for that, and asks nothing twice. Whatever
# else it meets goes to `_look_for_plan`, which asks everything first, and takes as long as it takes.

from collections.abc import Callable
from typing import Any, TypeAlias

from ixnstate.commands import (
    BARE_CHECKS,
    CHECKS,
    OPERATIONS,
    Command,
    Create,
    Custom,
    Submit,
    fault_of,
    is_name,
    parameters_of,
)
from ixnstate.definition import Definition, Derived, Edge, checked
from ixnstate.effects import EFFECTS, HOLDS, Effect, Holds
from ixnstate.events import Created, Event
from ixnstate.evolving import SOUND_CHANGES, born, evolve, replay
from ixnstate.model import Interaction, Step
from ixnstate.refusals import Refusal, RefusedError, misfit
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, JsonObject, freeze, opened, twin
from ixnstate.vocabulary import FINAL_STATES, Condition, RefusalCode, State, When, Who

__all__ = ["applicable", "create", "decide", "evolve", "replay", "step", "submit"]

_OpenStep = twin(Step)
_Refusal = opened(Refusal)
_OpenRefusal = twin(Refusal)
_OpenCreated = twin(Created)

# Members of an enum are looked up on their class slowly; the hot path has them at hand.
_HOLDER, _INVITEE, _QUEUED = Who.HOLDER, Who.INVITEE, State.QUEUED
_INVALID = RefusalCode.INVALID_PARAMETER
_CONDITION_FAILS: tuple[RefusalCode, Condition | None] = RefusalCode.ILLEGAL, Condition.ARGUMENTS
_IS_FOR_ANOTHER = RefusalCode.NOT_FOUND, Condition.ANOTHER_INTERACTION
_IS_NOT_THEIRS: tuple[RefusalCode, Condition | None] = RefusalCode.NOT_HOLDER, None


# === decide =========================================================================================================


def decide(
    record: Interaction, command: Command, revision: int | None = None, definition: Definition = GWS
) -> tuple[Event, ...] | Refusal:
    """What ``command`` does to ``record``: the events, () for a read; or a `Refusal`. Nothing is changed.

    With ``revision``, the command is refused as stale unless the record still has that revision. Nothing is raised, but
    for a ``definition`` that is none: ValueError.
    """
    plans = _PLANS_OF_GWS if definition is GWS else _PLANS.kept(checked(definition))
    if type(record) is Interaction and record.fits and revision is None:
        try:
            plan = plans[record.media][record.state][type(command)]
        except KeyError:
            plan = None
    else:
        plan = None
    if plan is None:
        found = _look_for_plan(record, command, revision, definition)
        if isinstance(found, Refusal):
            return found
        plan = found
    why_not, is_bare, in_order, cases = plan
    if why_not is None:
        if not is_bare(command) and (refusal := _refuse_arguments(record, command, in_order, definition)) is not None:
            return refusal
        why_not, failed = _CONDITION_FAILS
        for holds, who, effect, edge in cases:
            if holds is None or holds(record, command):  # type: ignore[arg-type]
                agents = record.holders if who is _HOLDER else record.invited if who is _INVITEE else None
                if agents is None or command.by in agents:  # type: ignore[attr-defined]
                    outcome = effect(record, command, edge, definition)  # type: ignore[arg-type]
                    if isinstance(outcome, tuple):
                        return outcome
                    return _Refusal(_INVALID, record, command, outcome, definition)
                why_not, failed = _IS_NOT_THEIRS
    elif command.interaction is command.media is command.media_type is None or _is_for(record, command):
        failed = None
    else:
        why_not, failed = _IS_FOR_ANOTHER
    refused = _OpenRefusal()
    refused.code = why_not
    refused.record = record
    refused.command = command
    refused.failed = failed
    refused.definition = definition
    refused.__class__ = Refusal
    return refused  # type: ignore[no-any-return]


def _refuse_arguments(
    record: Interaction, command: Command, in_order: "_Check", definition: Definition
) -> Refusal | None:
    """Why the command is not for that record, or what is wrong with its arguments; None if nothing is."""
    if not _is_for(record, command):
        code, failed = _IS_FOR_ANOTHER
        return _Refusal(code, record, command, failed, definition)
    return None if in_order(command) else _refuse_fault(record, command, definition)


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


def _look_for_plan(record: object, command: object, revision: object, definition: Definition) -> "_Plan | Refusal":
    """The plan for a record that somebody has built, or with a revision; or why there is none, or what does not fit."""
    if not isinstance(command, Command):
        unknown = Custom(operation=command if isinstance(command, str) else type(command).__name__)
        return Refusal(RefusalCode.UNKNOWN_OPERATION, record, unknown, None, definition)  # type: ignore[arg-type]
    if (field := misfit(record, definition)) is not None:
        return _Refusal(_INVALID, record, command, f"record.{field}", definition)  # type: ignore[arg-type]
    assert isinstance(record, Interaction)
    if revision is not None and revision != record.revision:
        return _Refusal(RefusalCode.STALE, record, command, None, definition)
    plan = _PLANS.of(definition, record.media)[record.state].get(_operation_of(command))
    if plan is not None:
        return plan if _has_its_fields(command) else _out_of_order(plan)
    if isinstance(command, Create | Submit):
        return _Refusal(RefusalCode.ILLEGAL, record, command, Condition.CREATION, definition)
    return _Refusal(RefusalCode.UNKNOWN_OPERATION, record, command, None, definition)


def _operation_of(command: Command) -> type[Command] | str:
    """Under what the plans have a command: its class, or the name of a custom operation; "" if nowhere."""
    name = command.operation if isinstance(command.operation, str) else ""
    known = OPERATIONS.get(name)
    if known is None:
        return name if isinstance(command, Custom) else ""
    return known if isinstance(command, Custom | known) else ""


def _has_its_fields(command: Command) -> bool:
    """Whether a command has all that its operation takes. A name alone has not, unless the operation takes nothing."""
    known = OPERATIONS.get(command.operation) if isinstance(command, Custom) else None
    return known is None or all(parameter.name == "by" for parameter in parameters_of(known))


def _out_of_order(plan: "_Plan") -> "_Plan":
    return plan[0], _never, _never, plan[3]


def _never(_: Command) -> bool:
    return False


# --- plans ----------------------------------------------------------------------------------------------------------

_Case: TypeAlias = tuple[Holds | None, Who, Effect, Edge]
_Check: TypeAlias = Callable[[Command], bool]
_Plan: TypeAlias = tuple[RefusalCode | None, _Check, _Check, tuple[_Case, ...]]
"""How a command is carried out in one state: why not at all; the check of its arguments, with and without what it acts
on; the cases to try."""
_Plans: TypeAlias = dict[State, dict[type[Command] | str, _Plan]]


def _plans(definition: Definition, media: str) -> _Plans:
    """One medium, total: for each state and operation the plan. Creations are not steps."""
    medium = definition.media[media]
    plans: _Plans = {state: {} for state in State}
    for name in dict.fromkeys((*OPERATIONS, *medium.operations)):
        edges = [edge for edge in medium.edges if edge.operation == name]
        enabled = [edge for edge in edges if edge.holds_under(definition.profile)]
        key = OPERATIONS.get(name, Custom), medium.lacking(name)
        checks = (BARE_CHECKS[key], CHECKS[key]) if name in OPERATIONS else (_never, _custom_check(edges))
        for state in medium.states if name not in ("Create", "Submit") else ():
            here = tuple(_case(edge) for edge in enabled if edge.source is state)
            plans[state][OPERATIONS.get(name, name)] = None if here else _why_not(state, edges, enabled), *checks, here
    return plans


_PLANS = Derived(_plans)
_PLANS_OF_GWS = _PLANS.kept(GWS)


def _case(edge: Edge) -> _Case:
    return None if edge.when is When.ALWAYS else HOLDS[edge.when], edge.who, EFFECTS[edge.does], edge


def _custom_check(edges: list[Edge]) -> _Check:
    """The arguments of a custom operation are in order: none but an agent, unless it is the platform's."""
    check = CHECKS[Custom, frozenset()]
    if all(edge.who is Who.PLATFORM for edge in edges):
        return check
    return lambda command: getattr(command, "by", None) is not None and check(command)


def _why_not(state: State, edges: list[Edge], enabled: list[Edge]) -> RefusalCode:
    if not edges:
        return RefusalCode.UNKNOWN_OPERATION
    if not enabled:
        return RefusalCode.FEATURE_DISABLED
    return RefusalCode.FINAL if state in FINAL_STATES else RefusalCode.ILLEGAL


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
            after = SOUND_CHANGES[event.__class__](after, event)
    return sound_step(record, after, events, created)


def sound_step(
    before: Interaction | None, after: Interaction, events: tuple[Event, ...], created: Interaction | None = None
) -> Step:
    """A step of which it is known that all of it fits: nobody looks at it again."""
    done = _OpenStep()
    done.before = before
    done.interaction = after
    done.events = events
    done.created = created
    done.fits = True
    done.__class__ = Step
    return done  # type: ignore[no-any-return]


def submit(
    *,
    id: str,
    media: str,
    queue: str,
    user_data: JsonObject | None = None,
    content: JsonObject | None = None,
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
    event = _OpenCreated()
    event.interaction = id
    event.operation = "Submit"
    event.by = None
    event.media = media
    event.state = _QUEUED
    event.queue = queue
    event.media_type = media_type
    event.parent_id = parent_id
    event.user_data = frozen
    event.content = carried
    event.__class__ = Created
    return sound_step(None, born(event), (event,))


def create(command: Create, *, definition: Definition = GWS) -> Step:
    """A new interaction that an agent creates and holds: a draft in Composing, or an item in Processing.

    Raises `RefusedError` for what does not fit, and for a medium that agents cannot create.
    """
    checked(definition)
    if isinstance(command, Custom) and command.operation == "Create":
        raise RefusedError(_refuse_fault(None, command, definition))
    if not isinstance(command, Create):
        given = command if isinstance(command, Command) else Custom(operation=type(command).__name__)
        raise RefusedError(Refusal(_INVALID, None, given, Condition.NO_CREATION, definition))
    _check_creation(command, definition)
    media = str(command.media)
    state = definition.media[media].creates
    if state is None:
        raise RefusedError(Refusal(RefusalCode.UNKNOWN_OPERATION, None, command, None, definition))
    event = Created(
        interaction=str(command.new_id), operation=command.operation, by=command.by, media=media, state=state,
        queue=command.queue_name, media_type=command.media_type, parent_id=command.parent_id,
        user_data=freeze(command.user_data or EMPTY), content=freeze(command.content or EMPTY),
    )  # fmt: skip
    record = born(event)
    return sound_step(None, record, (event,), record)


def _check_creation(command: Create | Submit, definition: Definition) -> None:
    """Raises `RefusedError` unless the arguments are in order and the medium is known."""
    if not CHECKS[type(command), frozenset()](command):
        raise RefusedError(_refuse_fault(None, command, definition))
    if command.media not in definition.media:
        raise RefusedError(Refusal(_INVALID, None, command, "media", definition))
