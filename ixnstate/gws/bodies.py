"""The bodies of requests as JSON Schema: which parameters an operation takes at an address, and what pages call them.

A schema says which names there are, which must be there, and what they take. Null is what is left out.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations

from ixnstate.center.members import WORKBIN_TYPES
from ixnstate.commands import (
    ALIASES,
    MAX_NAME,
    MAX_TEXT,
    OPERATIONS,
    AddInteraction,
    Command,
    Kind,
    Parameter,
    PullInteraction,
    parameters_of,
)
from ixnstate.definition import Definition
from ixnstate.gws.addresses import Target
from ixnstate.gws.pages import (
    ADDRESSES,
    CONTENT,
    FIELDS,
    OPTIONAL_CONTENT,
    REPLIES,
    RESOURCES,
    SPELLED,
    argument,
    parameter,
)
from ixnstate.gws.schemas import Schema, json_values

AT = "#/components/schemas/"


def names_of(operation: str) -> list[str]:
    """What requests call an operation: its name, and its aliases."""
    return [operation, *(alias for alias, name in ALIASES.items() if name == operation)]


def body_of(operation: str, target: Target, definition: Definition) -> Schema:
    """The schema of the body that asks for an operation at an address."""
    known = OPERATIONS.get(operation, Command)
    properties: Schema = {"operationName": {"type": "string", "enum": names_of(operation)}}
    required, rules, together = ["operationName"], list[Schema](), list[Schema]()
    takes: dict[str, Schema] = {}
    """What each key takes that is given, and not null."""
    if target.of == "workbin" and issubclass(known, AddInteraction | PullInteraction):
        takes |= {"id": ref("Name"), "uri": ref("Address")}
        properties |= {key: _or_null(taken) for key, taken in takes.items()}
        rules.append(_exactly_one(takes))
    targets: dict[str, Schema] = {}
    for each in _taken(known, operation, target, definition):
        keys = _keys(each.name, operation, target.media)
        pieces = [key for key in keys if each.name == "content" and key in CONTENT]
        own = [key for key in keys if key not in pieces]
        properties |= {key: ref("Json") for key in pieces}
        is_needed = each.required and not each.is_target and len(own) == 1
        is_needed = is_needed and (target.media, operation) not in OPTIONAL_CONTENT
        for key in own:
            if key not in properties:
                takes[key] = _argument(key, own[0], each, target.media)
                properties[key] = takes[key] if is_needed else _or_null(takes[key])
        mine = {key: takes[key] for key in own}
        if each.is_target:
            targets |= mine
        elif not each.required or (target.media, operation) in OPTIONAL_CONTENT:
            together += [{"allOf": [_given(key, mine[key]) for key in pair]} for pair in combinations(own, 2)]
        elif is_needed:
            required += own
        elif own:
            rules.append(_exactly_one(mine))
    rules += [_exactly_one(targets)] if targets else []
    schema = {
        "description": _description(known), "type": "object", "properties": properties, "required": required,
        "additionalProperties": False,
    }  # fmt: skip
    if {"workbinType", "workbinOwner"} <= properties.keys():
        of_group = _given("workbinType", {"type": "string", "enum": ["AgentGroup", "PlaceGroup"]})
        schema |= {"if": of_group, "then": _given("workbinOwner", takes["workbinOwner"])}
    return schema | ({"not": {"anyOf": together}} if together else {}) | ({"allOf": rules} if rules else {})


def _taken(known: type[Command], operation: str, target: Target, definition: Definition) -> Iterator[Parameter]:
    """The parameters of an operation that the address does not name already."""
    lacking = definition.media[target.media].lacking(operation) if target.media else frozenset()
    is_named = any(each.is_target and each.name in target.workbin for each in parameters_of(known))
    for each in parameters_of(known):
        if each.name not in lacking and each.name not in target.workbin and not (each.is_target and is_named):
            yield each


def _exactly_one(takes: Mapping[str, Schema]) -> Schema:
    return {"oneOf": [_given(key, taken) for key, taken in takes.items()]}


def _given(key: str, taken: Schema) -> Schema:
    """That a parameter is there, and not null. Types are made of it, too, so it says what the parameter takes."""
    return {"type": "object", "required": [key], "properties": {key: taken}}


def _or_null(schema: Schema) -> Schema:
    described = {"description": schema["description"]} if "description" in schema else {}
    return {
        "anyOf": [{key: value for key, value in schema.items() if key != "description"}, {"type": "null"}],
        **described,
    }


@cache
def _keys(field: str, operation: str, media: str | None) -> tuple[str, ...]:
    """What requests call a parameter: the page's own name first. None for what the session or the address says."""
    found = dict.fromkeys(
        key
        for key in (*FIELDS, *sorted(CONTENT))
        if any(argument(operation, key, value)[0] == field for value in ("x", "queues/x"))
    )
    if field == "content":
        found = dict.fromkeys(
            key for key in found if key in CONTENT or (operation not in REPLIES and media in (None, RESOURCES.get(key)))
        )
    first = parameter(field, media, operation) if found else ""
    return tuple(sorted(found, key=lambda key: key != first))


def _argument(key: str, first: str, taken: Parameter, media: str | None) -> Schema:
    if taken.kind is Kind.NAMES and key != first:  # DeleteUserData (Interactions API Operations)
        schema = ref("Keys" if key == "userData" else "Name")
    elif key == "workbinType":
        schema = ref("WorkbinType")
    elif key in ADDRESSES:
        schema = ref("AgentAddress" if taken.name == "target_agent" and not taken.is_target else "Address")
    else:
        schema = ref(taken.kind.name.capitalize())
    is_other = key != first and (taken.name != "content" or media is not None)
    return {**schema, "description": f"Another name of {first}."} if is_other else schema


def _description(known: type[Command]) -> str:
    """The first clause of what the command says of itself, in the words of the wire."""
    said = re.split(r"[:.;]", " ".join((known.__doc__ or "").split()))[0]
    return re.sub("``(.*?)``", lambda found: SPELLED.get(found[1], found[1]), said)


def ref(name: str) -> Schema:
    """A schema of the document, by its name."""
    return {"$ref": f"{AT}{name}"}


KINDS: dict[str, Schema] = {
    "Name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
    "Address": {"type": "string", "pattern": "[^/]", "description": "A name, or an address that ends in it."},
    "AgentAddress": {
        "description": "The id of an agent, or an address that ends in it; not that of a queue.",
        "type": "string", "pattern": "[^/]", "not": {"pattern": "(^|/)queues(/|$)"},
    },
    "Text": {"type": "string", "maxLength": MAX_TEXT},
    "Flag": {"enum": [True, False, "true", "false"]},
    "WorkbinType": {"type": "string", "enum": list(WORKBIN_TYPES)},
    "Size": {"type": "integer", "minimum": 0},
    "Names": {"type": "array", "minItems": 1, "items": ref("Name")},
    "Data": ref("JsonObject"),
    **json_values(AT),
    "Keys": {
        "description": "An object whose keys are the names.",
        "type": "object", "minProperties": 1, "propertyNames": ref("Name"), "additionalProperties": ref("Json"),
    },
}  # fmt: skip
"""What parameters take: the schemas that bodies refer to."""
