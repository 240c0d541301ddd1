"""TypeScript: the names of a definition as unions of string literals, and what goes over the wire as types."""

import json
from collections.abc import Iterable, Iterator

from ixnstate.commands import OPERATIONS
from ixnstate.definition import Definition, Medium
from ixnstate.export.portable import document, media_of, parameters, profile_of
from ixnstate.export.wire import AT, NAMED, types_schema
from ixnstate.table import GWS
from ixnstate.values import JsonObject
from ixnstate.vocabulary import Does, Evidence, RefusalCode, State, When, Who

HEADER = "// generated from the definitions of the Python library ixnstate; do not edit"


def typescript(media: str | None = None, *, definition: Definition = GWS) -> str:
    """A module of types: the names of every medium, or of one; requests, replies and messages.

    Raises ValueError for an unknown medium.
    """
    named = media_of(media, definition)
    shapes = types_schema(media, definition=definition)["$defs"]
    wire = [line for name, shape in shapes.items() if name not in NAMED for line in _declared(name, shape)]
    about = f"// definition {definition.fingerprint}, profile {_choices(definition)}"
    return "\n".join([HEADER, about, *_names(named), *wire, ""])


def _choices(definition: Definition) -> str:
    return ", ".join(f"{name}={value}" for name, value in profile_of(definition).items())


def _names(media: list[Medium]) -> Iterator[str]:
    operations = dict.fromkeys(name for medium in media for name in medium.operations)
    yield ""
    yield f"export type Media = {union(medium.name for medium in media)};"
    yield "/** The states of records; Revoked is shown only. */"
    yield f"export type State = {union(State)};"
    yield "/** What agents do, and the signals of the platform. */"
    yield f"export type Operation = {union(operations)};"
    yield "/** The signals of the platform: no agent performs them. */"
    yield f"export type Signal = {union(name for name in operations if _is_signal(name))};"
    yield "/** The names in capability lists. */"
    yield f"export type Capability = {union(dict.fromkeys(name for medium in media for name in _listed(medium)))};"
    yield f"export type Evidence = {union(Evidence)};"
    for kind in (Who, When, Does, RefusalCode):
        yield f"export type {kind.__name__} = {union(each.name for each in kind)};"
    for title, of, what in (
        ("States", lambda medium: medium.states, "The states of each medium."),
        ("Operations", lambda medium: medium.operations, "The operations of each medium."),
        ("Capabilities", _listed, "The names in the capability lists of each medium."),
    ):
        yield f"/** {what} */"
        yield f"export interface {title} {{"
        for medium in media:
            yield f"  {medium.name}: {union(of(medium))};"
        yield "}"
    yield ""


def _is_signal(operation: str) -> bool:
    return operation in OPERATIONS and not hasattr(OPERATIONS[operation], "by")


def _listed(medium: Medium) -> Iterable[str]:
    return dict.fromkeys(name for each in medium.lists for name in each.operations)


def union(names: Iterable[str]) -> str:
    """A union of string literals; ``never`` of none."""
    return " | ".join(json.dumps(str(name)) for name in names) or "never"


# === shapes =========================================================================================================


def _declared(name: str, shape: JsonObject) -> Iterator[str]:
    """The declaration of one shape."""
    if "description" in shape:
        yield f"/** {shape['description']} */"
    if "properties" in shape:
        yield f"export interface {name} {_type(shape)}"
    else:
        yield f"export type {name} = {_type(shape)};"


def _type(shape: JsonObject) -> str:
    """The type of what a closed schema describes."""
    if "$ref" in shape:
        return str(shape["$ref"]).removeprefix(AT)
    if "anyOf" in shape:
        return " | ".join(dict.fromkeys(_type(each) for each in shape["anyOf"]))
    if "const" in shape:
        return json.dumps(shape["const"])
    if "enum" in shape:
        return " | ".join(map(json.dumps, shape["enum"]))
    kinds = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
    return " | ".join(dict.fromkeys(_of_kind(kind, shape) for kind in kinds))


def _of_kind(kind: str, shape: JsonObject) -> str:
    if kind == "array":
        return f"ReadonlyArray<{_type(shape['items']) if 'items' in shape else 'Json'}>"
    if kind == "object" and "properties" in shape:
        return _members(shape)
    if kind == "object":
        return f"{{ readonly [key: string]: {_type(shape['additionalProperties'])} }}"
    return "number" if kind == "integer" else kind


def _members(shape: JsonObject) -> str:
    needed = shape.get("required", ())
    members = (
        f"readonly {name if name.isidentifier() else json.dumps(name)}{'' if name in needed else '?'}: {_type(each)};"
        for name, each in shape["properties"].items()
    )
    return f"{{ {' '.join(members)} }}"


# === the client =====================================================================================================


def client_definition(definition: Definition = GWS) -> str:
    """The module ``definition.ts`` of the TypeScript client: what it decides by, an entry a line."""
    whole = document(definition=definition)
    lines = [HEADER, "", 'import type { Definition } from "./legal.js";', "", "export const definition: Definition = {"]
    lines += [f"  {name}: {json.dumps(whole[name])}," for name in ("fingerprint", "profile", "statusCodes", "aliases")]
    lines.append("  media: {")
    for medium in media_of(None, definition):
        lines += [f"    {medium.name}: {{", *_client_medium(whole["media"][medium.name], medium), "    },"]
    return "\n".join([*lines, "  },", "};", ""])


def _client_medium(said: JsonObject, medium: Medium) -> Iterator[str]:
    yield from (
        f"      {name}: {json.dumps(said[name])}," for name in ("family", "active", "creates", "states", "switchedOff")
    )
    yield "      parameters: {"
    for operation in medium.operations:
        yield f"        {operation}: {json.dumps(parameters(operation, medium))},"
    yield "      },"
    yield "      lists: {"
    for name, each in said["lists"].items():
        if each["printedUnder"] is None:
            yield f"        {json.dumps(name)}: {json.dumps(each['operations'])},"
    yield "      },"
    for name in ("edges", "shown", "told"):
        yield f"      {name}: ["
        for row in said[name]:
            yield f"        {json.dumps({key: value for key, value in row.items() if key not in _LEFT_OUT})},"
        yield "      ],"


_LEFT_OUT = ("evidence", "page", "targets")
