"""The part of the OpenAPI document about users, channels, devices, features and queues (`ixnstate.gws.desktop`)."""

import re
from collections.abc import Iterable

from ixnstate.gws.bodies import ref
from ixnstate.gws.desktop import OPERATIONS, START_SESSION, TEMPLATES
from ixnstate.gws.schemas import Schema
from ixnstate.values import Json

_STRING: Schema = {"type": "string"}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


def _list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _one_of(names: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(names)}


_STATE = _object({"id": _STRING, "displayName": _STRING, "state": _one_of(["Ready", "NotReady"])})
_PART = _object({"channel": _STRING, "statusCode": {"type": "integer"}}, statusMessage=_STRING)

DESKTOP_SCHEMAS: dict[str, Schema] = {
    "User": _object(
        {},
        id=_STRING, userName=_STRING, firstName=_STRING, lastName=_STRING, roles=_list_of(_STRING),
        enabled={"type": "boolean"}, changePasswordOnFirstLogin={"type": "boolean"}, uri=_STRING, path=_STRING,
        devices=_list_of(ref("Device")), channels=_list_of(ref("Channel")),
    ),
    "Device": _object({}, id=_STRING),
    "Channel": _object({}, channel=_STRING, userState=_STATE),
    "Feature": _object({}, id=_STRING, displayName=_STRING, uri=_STRING, path=_STRING),
    "Queue": _object({}, id=_STRING, name=_STRING, uri=_STRING, path=_STRING),
    "SessionStarted": {
        "anyOf": [
            _object({"statusCode": {"const": 0}}),
            _object({"statusCode": {"const": 7}, "statusMessage": _STRING, "channels": _list_of(_PART)}),
        ]
    },
    "OperationOnMe": {
        **_object({"operationName": _one_of(name for name in OPERATIONS["me"] if name != START_SESSION)}),
        "additionalProperties": False,
    },
    "OperationOnChannel": {
        **_object({"operationName": _one_of(OPERATIONS["channel"])}), "additionalProperties": False,
    },
}  # fmt: skip
_ITEMS = {"me": "User"} | {
    name: name.removesuffix("s").capitalize() for name in ("users", "devices", "channels", "features", "queues")
}

DESKTOP_PARAMETERS: dict[str, Schema] = {
    name: {"name": name, "in": "path", "required": True, "schema": _STRING, "description": f"The {name}"}
    for name in ("device", "channel", "feature", "user", "queue")
}


def desktop_paths(media: Iterable[str]) -> dict[str, Schema]:
    """The paths, each with what can be read and posted there. There is no voice, so only ``media`` are channels."""
    channels = {"type": "array", "minItems": 1, "items": {"enum": list(media)}}
    return {template: _path(template, of, channels) for template, of in TEMPLATES.items()}


def _path(template: str, of: str, channels: Schema) -> Schema:
    names = re.findall(r"{(\w+)}", template)
    words = "".join(word.capitalize() for word in re.findall(r"\w+", template))
    item: Schema = {"parameters": [_parameter(name) for name in names]} if names else {}
    item["get"] = {
        "operationId": f"get{words}",
        "tags": ["desktop"],
        "parameters": [_parameter(name) for name in _queries(of)],
        "responses": _responses({"description": "What was asked for", "content": _json(_shown(of))}),
    }
    if of == "version":
        item["get"]["security"] = []
    if of in OPERATIONS:
        body = ref("OperationOnChannel") if of == "channel" else {"oneOf": [_start(channels), ref("OperationOnMe")]}
        done = ref("SessionStarted") if of == "me" else _object({"statusCode": {"const": 0}})
        item["post"] = {
            "operationId": f"post{words}",
            "tags": ["desktop"],
            "requestBody": {"required": True, "content": _json(body)},
            "responses": _responses({"description": "Done", "content": _json(done)}),
        }
        if of == "me":
            item["post"]["responses"]["503"] = {
                "description": "The only channels asked for are of a service that is not there",
                "content": _json(ref("CodeFailure")),
            }
    return item


def _start(channels: Schema) -> Schema:
    more = {
        name: {"anyOf": [ref("Name"), {"type": "null"}]} for name in ("place", "loginCode", "queue", "devicePath")
    }  # fmt: skip
    named = {"operationName": {"const": START_SESSION}, "channels": channels}
    return {**_object(named, **more), "additionalProperties": False}


def _queries(of: str) -> list[str]:
    if of == "version":
        return []
    return ["fields", *(["subresources"] if of == "me" else []), *(["filters"] if of.endswith("s") else [])]


def _shown(of: str) -> Schema:
    code: dict[str, Schema] = {"statusCode": {"const": 0}}
    if of == "version":
        return _object({**code, "version": _STRING})
    if of == "me":
        return _object({**code, "user": ref("User")})
    if of.endswith("s"):
        return _object(code, **{of: _list_of(ref(_ITEMS[of])), "uris": _list_of(_STRING)})
    return _object({**code, of: ref(_ITEMS[f"{of}s"])})


def _responses(done: Schema) -> Schema:
    refused = {str(status): {"$ref": f"#/components/responses/code_{status}"} for status in (400, 401, 403, 404, 500)}
    return {"200": done, **refused}


def _parameter(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


def _json(schema: Schema) -> dict[str, Json]:
    return {"application/json": {"schema": schema}}
