"""What goes over the wire, for generators of types: every request, reply and message, closed.

The schemas that check (`gws.json_schema`, `gws.openapi`) leave objects open, and say with conditions what belongs
together: a validator needs that, and a generator makes nothing of it. Here the same shapes are told without: an object
has the documented members and no others; of several ways to say one thing, each is a shape of its own. Nothing is
listed here that those documents, or the layouts of the pages, do not have.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from ixnstate.commands import OPERATIONS
from ixnstate.definition import Definition
from ixnstate.export.portable import array, closed, media_of
from ixnstate.gws import endpoints, schemas
from ixnstate.gws.desktop_schema import DESKTOP_SCHEMAS
from ixnstate.gws.pages import RESOURCES, STATE_CHANGES, fields_printed, spelling_of
from ixnstate.table import GWS
from ixnstate.values import Json, JsonObject
from ixnstate.vocabulary import State

AT = "#/$defs/"
NAMED = ("State", "Capability")
"""What stands among the names of a definition, too."""

_PLAIN = ("description", "type", "properties", "required", "items", "enum", "const", "$ref", "additionalProperties")


def types_schema(media: str | None = None, *, definition: Definition = GWS) -> dict[str, Json]:
    """The JSON Schema (2020-12) of what agents send and are sent, made for generators of types.

    With ``media``, of what concerns that medium and of what concerns all. ``$defs`` has ``Request``, ``Reply`` and
    ``Notification``, and what they consist of. Raises ValueError for an unknown medium.
    """
    named = [medium.name for medium in media_of(media, definition)]
    document = endpoints.openapi(definition=definition)
    found = _shapes(document["components"]["schemas"]) | _shapes(schemas.definitions(AT))
    messages = [*_messages(named, found)]
    found |= _talk(document, named, definition)
    found |= {
        "State": {"type": "string", "enum": [*map(str, State)]},
        "Capability": {"type": "string", "enum": [*_capabilities(named, definition)]},
        "InteractionStateMessage": {
            "description": "An interaction as it is now, in 8.5.0, and in 8.5.1 with an object around it.",
            "anyOf": [_ref("InteractionState"), closed(interaction=_ref("InteractionState"))],
        },
        "Message": _any_of([*messages, "InteractionStateMessage"]),
        "Batch": array(_any_of(["Message", "Delivered"])),
        "Delivered": {
            "description": "A message in the envelope in which CometD delivers it.",
            **closed(channel={"type": "string"}, data=_any_of(["Message", "Batch"])),
        },
        "Notification": _any_of(["Message", "Delivered", "Batch"]),
    }
    resource = found["Resource"]["properties"]
    for medium in media_of(media, definition):
        resource |= {
            name: _ref("Json")
            for name in sorted(fields_printed(spelling_of(medium), medium.family))
            if name not in resource
        }
    resource["state"] = _or_null(_ref("State"))
    resource["capabilities"] = _or_null(array(_ref("Capability")))
    roots = ("Request", "Reply", "Notification")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": schemas.GENERATED,
        "title": "WebServices",
        "description": "What agents send, and what they are sent.",
        **_any_of([*roots]),
        "$defs": schemas.used(found, roots, AT),
    }


def _ref(name: str) -> dict[str, object]:
    return {"$ref": f"{AT}{name}"}


def _any_of(names: list[str]) -> dict[str, object]:
    return {"anyOf": [_ref(name) for name in names]}


def _or_null(schema: dict[str, object]) -> dict[str, Json]:
    return {"anyOf": [schema, {"type": "null"}]}


def _capabilities(media: list[str], definition: Definition) -> dict[str, None]:
    return {name: None for each in media for known in definition.media[each].lists for name in known.operations}


def _messages(media: list[str], found: JsonObject) -> Iterator[str]:
    """The types of messages about these media, and about none."""
    others = {name.strip() for name, of in STATE_CHANGES.items() if of in GWS.media and of not in media}
    for name, shape in found.items():
        if "const" in shape.get("properties", {}).get("messageType", {}) and name not in others:
            yield name


def _talk(document: JsonObject, media: list[str], definition: Definition) -> dict[str, object]:
    """The requests at each address, all of them, and all replies."""
    parts = document["components"]
    others = (name for name in definition.media if name not in media)
    left_out = {f"{name}_{of}" for name in others for of in ("interaction", "interactions")}
    requests = {}
    for name, body in parts["requestBodies"].items():
        if name not in left_out:
            bodies = body["content"]["application/json"]["schema"]["oneOf"]
            requests[f"{_pascal(name)}Request"] = _any_of([_called(each["$ref"]) for each in bodies])
    schemas_named = parts["schemas"]
    desktop = [f"{name}Request" for name in schemas_named if name.startswith("OperationOn")]
    replies = [name for name in schemas_named if name.endswith(("Success", "Failure"))]
    replies += [name for name in (*dict.fromkeys(endpoints.READS.values()), *DESKTOP_SCHEMAS) if name in schemas_named]
    return {
        **requests,
        "Request": _any_of([*requests, *desktop]),
        "Reply": _any_of([name for name in replies if not name.startswith("OperationOn")]),
    }


def _pascal(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _called(reference: str) -> str:
    """What a schema of the documents is called here: the body of an operation is a request."""
    name = reference.rpartition("/")[2]
    is_request = name.partition("_")[0] in OPERATIONS or name.startswith("OperationOn")
    return f"{_pascal(name)}Request" if is_request else name


# === closing ========================================================================================================


def _shapes(open_schemas: Mapping[str, object]) -> dict[str, Json]:
    return {_called(name): _closed(schema) for name, schema in open_schemas.items()}


def _closed(schema: object) -> object:
    """The schema without conditions, its objects with the members that are told, and with no others."""
    if not isinstance(schema, dict):
        return schema
    if "anyOf" in schema and "properties" not in schema:
        told = {"description": schema["description"]} if "description" in schema else {}
        return {**told, "anyOf": [_closed(each) for each in schema["anyOf"]]}
    plain = {key: schema[key] for key in _PLAIN if key in schema}
    if "$ref" in plain:
        return {**plain, "$ref": f"{AT}{_called(plain['$ref'])}"}
    if "items" in plain:
        plain["items"] = _closed(plain["items"])
    if "properties" not in plain:
        more = plain.get("additionalProperties")
        return {**plain, "additionalProperties": _closed(more)} if isinstance(more, dict) else plain
    plain["properties"] = {name: _closed(each) for name, each in plain["properties"].items()}
    for pattern, taken in schema.get("patternProperties", {}).items():
        plain["properties"] |= {f"{key}{pattern.removesuffix('$')}": _closed(taken) for key in RESOURCES}
    plain["additionalProperties"] = False
    return _alternatives(plain, schema.get("allOf", ()))


def _alternatives(shape: dict[str, Json], rules: Any) -> dict[str, object]:
    """The shape, or where exactly one of several members must be there, a shape for each of them."""
    choices = [[option["required"][0] for option in rule["oneOf"]] for rule in rules if "oneOf" in rule]
    if not choices:
        return shape
    needed = {option["required"][0]: option["properties"] for rule in rules for option in rule.get("oneOf", ())}
    shapes = []
    for chosen in product(*choices):
        others = {name for choice in choices for name in choice} - {*chosen}
        properties = {name: each for name, each in shape["properties"].items() if name not in others}
        properties |= {name: _closed(needed[name][name]) for name in chosen}
        shapes.append({**shape, "properties": properties, "required": [*shape.get("required", ()), *chosen]})
    told = {"description": shape.pop("description")} if "description" in shape else {}
    return {**told, "anyOf": [{key: value for key, value in each.items() if key != "description"} for each in shapes]}
