"""Scripts with a name that is wrong: of an agent, a queue, a workbin, an interaction, a document; of an operation.

What is wrong makes the whole request wrong: it must be refused, and change nothing.
"""

from collections.abc import Iterator, Mapping

from ixnstate import gws
from ixnstate.commands import (
    ABOUT,
    OPERATIONS,
    AddInteraction,
    Command,
    Create,
    Custom,
    PullInteraction,
    Submit,
    parameters_of,
)
from ixnstate.gws.pages import FIELDS, parameter
from ixnstate.testing.differing import Script
from ixnstate.testing.explorer import NAME, Place, Situation
from ixnstate.testing.forms import Scope, illegal, may_be_missing
from ixnstate.testing.model import Model, played
from ixnstate.values import changed
from ixnstate.vocabulary import State

NOBODY = "nobody"
"""An agent whom the implementation does not know, and who so cannot be signed in."""

UNKNOWN_WORKBIN = "no-workbin"

_UNKNOWN: Mapping[str, str] = {
    "target_agent": NOBODY, "target_queue": "Nowhere", "queue_name": "Nowhere", "queue": "Nowhere",
    "workbin": UNKNOWN_WORKBIN, "agent_group": "Nobody", "document_id": "no-document",
}  # fmt: skip


def misnamed(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """The scripts of a medium about unknown names, each with what it is about."""
    taken: set[tuple[object, ...]] = set()
    for place in places.values():
        model = played(place.way, scope)
        for arc in place.arcs:
            for what, wrong in unknown_names(arc.command):
                key = arc.edge.operation, arc.edge.when, what
                if key not in taken and _is_refused(model, wrong):
                    taken.add(key)
                    yield (*place.way, wrong), f", {what}"


def unknown_names(command: Command) -> Iterator[tuple[str, Command]]:
    """The same command with one name that nobody knows."""
    if isinstance(command, Submit):
        return
    given = {each.name for each in parameters_of(type(command)) if getattr(command, each.name) is not None}
    for field, name in _UNKNOWN.items():
        if field in given:
            yield f"unknown {field.replace('_', ' ')}", changed(command, **{field: name})
    if "by" in given and not isinstance(command, Create):
        yield "not signed in", changed(command, by=NOBODY)
    if "by" in given and command.interaction is not None:
        yield "unknown interaction", changed(command, interaction="x0")


def misspelled(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """Operations whose names are not exact, where the right name would be legal; and keys that are not."""
    taken: set[str] = set()
    for place in places.values():
        model = played(place.way, scope)
        for arc in place.arcs:
            by, name = getattr(arc.command, "by", None), arc.edge.operation
            needs = [each for each in parameters_of(type(arc.command)) if each.required and each.name != "by"]
            if by is None or needs or name in taken or name not in OPERATIONS:
                continue
            taken.add(name)
            for wrong in dict.fromkeys((name[0].lower() + name[1:], name.upper(), f"{name} ", name[:-1])):
                asked = Custom(
                    operation=wrong, by=by, interaction=NAME, media=media, media_type=place.record.media_type
                )
                if wrong not in OPERATIONS and _is_refused(model, asked):
                    yield (*place.way, asked), ""
    yield from _keys(places, scope)


def _keys(places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """Each operation with a key of its request that is not exact."""
    taken: set[tuple[str, str]] = set()
    for place in places.values():
        model = played(place.way, scope)
        for arc in place.arcs:
            for what, wrong in misspelt_keys(arc.command, scope):
                if (wrong.operation, what) not in taken and _is_refused(model, wrong):
                    taken.add((wrong.operation, what))
                    yield (*place.way, wrong), f", {what}"


def misspelt_keys(command: Command, scope: Scope) -> Iterator[tuple[str, Custom]]:
    """The same command with one key of its request misspelt by a letter: the argument is missing then."""
    known = type(command)
    if isinstance(command, Create | AddInteraction | PullInteraction | Submit) or known.__name__ not in OPERATIONS:
        return
    try:
        body = dict(gws.request(command, definition=scope.definition).body or {})
    except gws.MessageError:
        return
    about = {name: getattr(command, name) for name in ("by", *ABOUT)}
    for each in parameters_of(known):
        if each.name in ("by", "new_id") or not (each.required or each.name == "target_agent"):
            continue
        if may_be_missing(command, each.name):
            continue
        key = parameter(each.name, command.media, command.operation)
        for wrong in dict.fromkeys((key.lower(), key[:-1], key[0].upper() + key[1:])) if key in body else ():
            if wrong not in body and wrong not in FIELDS:
                arguments = {(wrong if name == key else name): value for name, value in body.items()}
                del arguments["operationName"]
                yield f"{wrong} for {key}", Custom(operation=command.operation, arguments=arguments, **about)


def misaddressed(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """Requests at the address of another medium, and operations of another medium."""
    yield from _at_other_addresses(media, places, scope)
    own = scope.definition.medium(media).operations
    foreign = [
        name
        for name in dict.fromkeys(each for other in scope.definition.media.values() for each in other.operations)
        if name not in own and name in OPERATIONS
    ]
    nearest: dict[State, Place] = {}
    for place in places.values():
        nearest.setdefault(place.record.state, place)
    for operation in foreign:
        kind = OPERATIONS[operation]
        wanted = State.IN_WORKBIN if issubclass(kind, PullInteraction) else None
        place_there = next(
            (
                place
                for state, place in nearest.items()
                if (state is wanted if wanted is not None else bool(place.record.holders))
            ),
            None,
        )
        wrong = None if place_there is None else illegal(place_there.record, operation, scope)
        if place_there is not None and wrong is not None and _is_refused(played(place_there.way, scope), wrong):
            yield (*place_there.way, wrong), ""


def _at_other_addresses(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    taken: set[str] = set()
    for place in places.values():
        model = played(place.way, scope)
        for arc in place.arcs:
            operation, by = arc.edge.operation, getattr(arc.command, "by", None)
            if operation in taken or by is None or arc.command.media is None or isinstance(arc.command, Create):
                continue
            if isinstance(arc.command, PullInteraction | AddInteraction):
                continue  # these name their medium
            other = next(
                (
                    each.name
                    for each in scope.definition.media.values()
                    if each.name != media and operation in each.operations and each.name != "openmedia"
                ),
                None,
            )
            if other is None:
                continue
            wrong = changed(arc.command, media=other, media_type=None)
            if _is_refused(model, wrong):
                taken.add(operation)
                yield (*place.way, wrong), f", as {other}"


def _is_refused(model: Model, command: Command) -> bool:
    """Whether it must be refused. The model is left as it was."""
    return not isinstance(model.center.decide(command), tuple)
