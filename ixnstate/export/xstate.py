"""A medium as the configuration of an XState v5 machine: plain JSON, whose guards and actions are named.

Guards bear the names of `When`, actions those of `Does`; what they are about stands in their ``params``. Whoever runs
the machine provides the two tables of functions: ``xstate.ts`` beside this module has them, `implementation` is its
text.

XState takes the first transition whose guard holds. Here of several edges the first that is *meant* decides, even where
its effect is refused. So an edge that others follow becomes two transitions: one for what can be done, and after it one
without target and actions, which XState takes where it is meant and cannot be done: it changes nothing.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from ixnstate.definition import Definition, Edge, Medium, checked
from ixnstate.export.meanings import DOES, XSTATE_LIMITS
from ixnstate.export.portable import parameters, profile_of, resumes, shown, source, switched_off, told
from ixnstate.gws.notifying import logged, notification_types
from ixnstate.refusals import STATUS_CODES
from ixnstate.table import GWS
from ixnstate.values import Json
from ixnstate.vocabulary import Family, State

CONTEXT: dict[str, Json] = {
    "id": "",
    "queue": None,
    "holders": [],
    "invited": [],
    "consulted": [],
    "nicknames": {},
    "workbin": None,
    "resume": None,
    "userData": {},
    "content": {},
}
"""The record, without its state: what a machine begins with."""


def xstate(media: str, *, definition: Definition = GWS) -> dict[str, Json]:
    """The configuration of the medium's machine. Raises ValueError for an unknown medium.

    ``meta`` has what guards and views need besides: the parameters of each operation, lists, last words; and what the
    machine does not express, as ``limits``.
    """
    medium = checked(definition).medium(media)
    types = notification_types(media, definition=definition)
    return {
        "id": media,
        "initial": State.QUEUED,
        "context": {**CONTEXT},
        "states": {state: _state(state, medium, definition) for state in medium.states},
        "meta": {
            "format": "XState v5",
            "fingerprint": definition.fingerprint,
            "profile": profile_of(definition),
            "media": media,
            "isSession": medium.family is Family.SESSIONS,
            "active": medium.active,
            "creates": medium.creates,
            "switchedOff": switched_off(medium, definition),
            "parameters": {name: parameters(name, medium) for name in (*_creations(medium), *medium.operations)},
            "lists": {each.name: [*each.operations] for each in medium.lists if not each.printed_under},
            "told": [
                {name: value for name, value in told(row).items() if name not in ("evidence", "page")}
                for row in medium.told
            ],
            "statusCodes": {code.name: number for code, number in STATUS_CODES.items()},
            "kinds": {does.name: effect.kind and types[effect.kind] for does, effect in DOES.items()},
            "logged": [*logged(media, definition=definition)],
            "limits": dict(XSTATE_LIMITS),
        },
    }


def _creations(medium: Medium) -> tuple[str, ...]:
    return ("Submit", "Create") if medium.creates else ("Submit",)


def implementation() -> str:
    """The guards and actions in TypeScript: a module without imports, the same for every medium."""
    return Path(__file__).with_name("xstate.ts").read_text(encoding="utf-8")


def _state(state: State, medium: Medium, definition: Definition) -> dict[str, Json]:
    edges = [edge for edge in definition.edges(medium.name) if edge.source is state]
    rows = [shown(row) for row in medium.shown if row.state is state and row.holds_under(definition.profile)]
    ordered = sorted(edges, key=lambda edge: medium.operations.index(edge.operation))
    moves = {
        operation: [*_transitions([*alike], medium.name, definition)]
        for operation, alike in groupby(ordered, attrgetter("operation"))
    }
    return {
        **({"type": "final"} if state.is_final else {}),
        **({"on": moves} if moves else {}),
        "meta": {"shown": rows},
    }


def _transitions(edges: list[Edge], media: str, definition: Definition) -> Iterator[dict[str, Json]]:
    """The transitions of the edges of one state and operation, in the order in which they are tried."""
    for edge in edges:
        who = {"who": edge.who.name}
        for target in definition.targets(media, edge):
            to = {"to": target} if edge.target is None else {}
            yield {
                **({} if target is edge.source else {"target": target}),
                "guard": {"type": edge.when.name, "params": {**who, **to, "does": edge.does.name}},
                "actions": [
                    {
                        "type": edge.does.name,
                        "params": {"told": edge.told, "resumes": resumes(edge), "stays": edge.target is edge.source},
                    }
                ],
                "meta": {"evidence": edge.evidence, "page": source(edge.page)},
            }
        if edge is not edges[-1]:
            yield {"guard": {"type": edge.when.name, "params": who}}
