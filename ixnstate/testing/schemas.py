"""JSON Schema for programs in other languages: of the generated suite, and of the protocol over standard input."""

from collections.abc import Mapping

from ixnstate.commands import OPERATIONS, Kind, parameters_of
from ixnstate.export.portable import camel
from ixnstate.testing.drivers import Ability
from ixnstate.testing.suites import KINDS
from ixnstate.values import Json

_TEXT: Mapping[str, object] = {"type": "string"}
_TEXT_OR_NULL: Mapping[str, object] = {"type": ["string", "null"]}
_NAMES: Mapping[str, object] = {"type": "array", "items": _TEXT}
_NUMBER_OR_NULL: Mapping[str, object] = {"type": ["integer", "null"]}
_DATA: Mapping[str, object] = {"type": ["object", "null"]}

_OF_KIND: Mapping[Kind, Mapping[str, object]] = {
    Kind.NAME: _TEXT, Kind.TEXT: _TEXT, Kind.FLAG: {"type": "boolean"}, Kind.SIZE: {"type": "integer"},
    Kind.NAMES: _NAMES, Kind.DATA: {"type": "object"}, Kind.NOTHING: {"type": "object"},
}  # fmt: skip


def _action() -> dict[str, object]:
    """An action: an operation with its arguments, what a case makes wrong included; a wait; several at once."""
    known: dict[str, list[object]] = {}
    for kind in OPERATIONS.values():
        for each in parameters_of(kind):
            kinds = known.setdefault(camel(each.name), [])
            if _OF_KIND[each.kind] not in kinds:
                kinds.append(_OF_KIND[each.kind])
    mistyped = {"type": "integer"}  # what a case about arguments gives instead
    arguments = {name: {"anyOf": [*kinds, mistyped]} for name, kinds in known.items()}
    about = {"interaction": _TEXT, "media": _TEXT, "mediaType": _TEXT, "arguments": {"type": "object"}}
    return {
        "type": "object",
        "required": ["operation"],
        "properties": {
            **arguments, **about, "operation": _TEXT, "seconds": {"type": "number", "minimum": 0},
            "lanes": {"type": "array", "items": {"type": "array", "items": {"$ref": "#/$defs/action"}}},
        },
        "additionalProperties": False,
    }  # fmt: skip


_REQUEST: Mapping[str, object] = {
    "type": ["object", "null"],
    "properties": {"method": _TEXT, "path": _TEXT, "body": {}, "user": _TEXT_OR_NULL},
    "required": ["method", "path", "body", "user"],
    "additionalProperties": False,
}
_VIEW: Mapping[str, object] = {
    "type": ["object", "null"],
    "properties": {
        "state": _TEXT, "capabilities": {"type": ["array", "null"], "items": _TEXT}, "userData": _DATA,
        "details": _DATA,
    },
    "required": ["state"],
    "additionalProperties": False,
}  # fmt: skip
_TOLD: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "agent": _TEXT, "kind": _TEXT, "interaction": _TEXT_OR_NULL, "media": _TEXT_OR_NULL, "state": _TEXT_OR_NULL,
        "capabilities": {"type": ["array", "null"], "items": _TEXT}, "workbin": _TEXT_OR_NULL, "text": _TEXT_OR_NULL,
        "userData": _DATA, "referenceId": _NUMBER_OR_NULL, "details": _DATA,
    },
    "required": ["agent", "kind"],
    "additionalProperties": False,
}  # fmt: skip


def suite_schema() -> dict[str, Json]:
    """What ``ixnstate suite --format json`` prints."""
    member = {"type": "object", "required": ["id"], "properties": {"id": _TEXT}}
    views = {"type": "object", "additionalProperties": {"$ref": "#/$defs/view"}}
    step = {
        "type": "object",
        "required": ["do"],
        "properties": {
            "do": {"$ref": "#/$defs/action"}, "request": _REQUEST, "source": _TEXT, "views": views,
            "reply": {
                "type": "object", "required": ["ok", "statusCode"], "additionalProperties": False,
                "properties": {"ok": {"type": "boolean"}, "statusCode": {"type": "integer"}, "why": _TEXT},
            },
            "told": {"type": "array", "items": {"$ref": "#/$defs/told"}},
            "outcomes": {"type": "array", "items": {
                "type": "object", "required": ["order", "ok", "views"], "additionalProperties": False,
                "properties": {
                    "order": {"type": "array", "items": {"type": "integer"}},
                    "ok": {"type": "array", "items": {"type": "boolean"}}, "views": views,
                },
            }},
        },
        "additionalProperties": False,
    }  # fmt: skip
    case = {
        "type": "object",
        "required": ["id", "kind", "media", "steps"],
        "properties": {
            "id": _TEXT, "kind": {"enum": list(KINDS)}, "media": _TEXT,
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
        },
        "additionalProperties": False,
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The generated conformance suite",
        "type": "object",
        "required": ["world", "cases"],
        "properties": {
            "world": {
                "type": "object", "required": ["agents", "workbins", "queues"],
                "properties": {
                    "agents": {"type": "array", "items": member}, "workbins": {"type": "array", "items": member},
                    "queues": _NAMES,
                },
            },
            "cases": {"type": "array", "items": {"$ref": "#/$defs/case"}},
        },
        "$defs": {"action": _action(), "view": _VIEW, "told": _TOLD, "step": step, "case": case},
    }  # fmt: skip


def stdio_schema() -> dict[str, Json]:
    """The protocol of `StdioDriver`: ``$defs/asked`` is a line that a program reads, ``$defs/answers`` what it writes.

    The answer to each ``do`` stands under its name in ``$defs/answers/properties``.
    """
    place = {"workbin": _TEXT, "agentGroup": _TEXT, "owner": _TEXT, "agent": _TEXT}
    asked: dict[str, dict[str, Json]] = {
        "hello": {}, "reset": {}, "create": {"new": {"$ref": "#/$defs/action"}},
        "offer": {"interaction": _TEXT, "agent": _TEXT},
        "perform": {"command": {"$ref": "#/$defs/action"}, "request": _REQUEST},
        "view": {"interaction": _TEXT, "agent": _TEXT}, "content": place,
        "interactions": {"agent": _TEXT}, "notifications": {},
        "advance": {"seconds": {"type": "number", "minimum": 0}},
    }  # fmt: skip
    told = {"anyOf": [
        {"$ref": "#/$defs/told"},
        {"type": "object", "required": ["agent", "message"], "properties": {"agent": _TEXT, "message": {}}},
    ]}  # fmt: skip
    lacks = {"type": "array", "items": {"anyOf": [{"enum": [each.value for each in Ability]}, {"enum": [*OPERATIONS]}]}}
    answers: dict[str, dict[str, object]] = {
        "hello": {"lacks": lacks}, "reset": {}, "create": {"id": _TEXT}, "offer": {}, "advance": {},
        "perform": {
            "ok": {"type": "boolean"}, "statusCode": _NUMBER_OR_NULL, "referenceId": _NUMBER_OR_NULL,
            "created": _TEXT_OR_NULL, "why": _TEXT_OR_NULL,
        },
        "view": {"view": {"$ref": "#/$defs/view"}}, "content": {"content": _NAMES},
        "interactions": {"interactions": _NAMES},
        "notifications": {"notifications": {"type": "array", "items": told}},
    }  # fmt: skip
    needed = {"create": ["id"], "perform": ["ok"], "view": ["view"], "content": ["content"],
              "interactions": ["interactions"],
              "notifications": ["notifications"]}  # fmt: skip
    failed = [
        {"type": "object", "required": ["error"], "properties": {"error": _TEXT}},
        {"type": "object", "required": ["notImplemented"], "properties": {"notImplemented": {"const": True}}},
    ]
    optional = {("content", name) for name in ("owner", "agentGroup", "agent")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The conformance kit's protocol over standard input and output, a line of JSON each",
        "$ref": "#/$defs/asked",
        "$defs": {
            "asked": {"oneOf": [
                {
                    "type": "object", "required": ["do", *(name for name in fields if (do, name) not in optional)],
                    "properties": {"do": {"const": do}, **fields}, "additionalProperties": False,
                }
                for do, fields in asked.items()
            ]},
            "answers": {"type": "object", "properties": {
                do: {"anyOf": [{"type": "object", "required": needed.get(do, []), "properties": fields}, *failed]}
                for do, fields in answers.items()
            }},
            "action": _action(), "view": _VIEW, "told": _TOLD,
        },
    }  # fmt: skip
