"""The back door as OpenAPI 3.1, for ``/docs``."""

from typing import TYPE_CHECKING

from ixnstate.values import Json

if TYPE_CHECKING:
    from ixnstate.server.backdoor import BackDoorVerbs

Schema = dict[str, Json]
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 512}
_OBJECT: Schema = {"type": "object"}
_SECONDS: Schema = {"type": "number", "minimum": 0}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    properties = {**required, **optional}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_SUBMIT = _object(
    {"media": _NAME, "queue": _NAME}, id=_NAME, userData=_OBJECT, content=_OBJECT, mediaType=_NAME, agent=_NAME
)
_BODIES: dict[str, Schema] = {
    "submit": _SUBMIT,
    "arrive": _object({"media": _NAME}, queue=_NAME),
    "offer": _object({"interaction": _NAME, "agent": _NAME}),
    "revoke": _object({"interaction": _NAME}, agent=_NAME),
    "stop": _object({"interaction": _NAME}),
    "act": {
        "anyOf": [
            _object({"agent": _NAME, "operation": _NAME, "interaction": _NAME}, arguments=_OBJECT),
            _object({"agent": _NAME, "path": _NAME}, method={"enum": ["GET", "POST"]}, body=_OBJECT),
        ]
    },
    "clock": _object({}, advance=_SECONDS, frozen={"type": "boolean"}),
    "routing": _object({"automatic": {"type": "boolean"}}),
    "reset": _object({}, config=_OBJECT),
    "seed": _object({"interactions": {"type": "array", "items": _SUBMIT}}),
    "faults": _object(
        {},
        count={"type": ["integer", "null"], "minimum": 1, "description": "null: for all that fit"},
        method=_NAME, path=_NAME, operation=_NAME, agent=_NAME, channel=_NAME,
        latency={**_SECONDS, "maximum": 600}, status={"type": "integer", "minimum": 400, "maximum": 599}, body={},
        message={"enum": ["drop", "double", "reorder"]},
    ),
}  # fmt: skip
_READS: dict[str, tuple[str, str]] = {
    "": ("What this is.", "application/json"),
    "/state": ("The whole centre: agents, queues, workbins, the clock.", "application/json"),
    "/clock": ("The time of the centre.", "application/json"),
    "/faults": ("The faults that are in force.", "application/json"),
    "/nearmisses": (
        "What was refused: the sentence, what was allowed, the shortest legal way.", "application/json",
    ),
    "/journal": ("Requests, replies and messages, as records that `ixnstate validate` reads.", "application/jsonl"),
    "/events": ("What happens, as server-sent events.", "text/event-stream"),
}  # fmt: skip
_CLEARS = {"/faults": "No more faults.", "/journal": "Forget the journal."}
_ERROR = _object({"error": {"type": "string"}})


def back_door_schema(back_door: "BackDoorVerbs") -> Schema:
    """The OpenAPI document of the back door."""
    paths: dict[str, Schema] = {}
    for path, (what, kind) in _READS.items():
        paths.setdefault(f"/backdoor{path}", {})["get"] = {
            "summary": what,
            "responses": {"200": {"description": what, "content": {kind: {}}}},
        }
    for path, what in _CLEARS.items():
        paths[f"/backdoor{path}"]["delete"] = {"summary": what, "responses": {"200": {"description": what}}}
    paths["/backdoor/interactions/{id}"] = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": _NAME}],
        "get": {
            "summary": "One interaction: as it is, who may do what, and what the journal has of it.",
            "responses": {"200": {"description": "As it is"}, "404": _refused("There is none")},
        },
    }
    for name, verb in back_door.verbs.items():
        what = " ".join((verb.__doc__ or "").split())
        paths.setdefault(f"/backdoor/{name}", {})["post"] = {
            "summary": what,
            "requestBody": {"required": True, "content": {"application/json": {"schema": _BODIES[name]}}},
            "responses": {
                "200": {"description": "Done", "content": {"application/json": {"schema": _OBJECT}}},
                "400": _refused("What is wrong with the request"),
                "404": _refused("There is no such interaction or agent"),
                "409": _refused("Why it cannot be done"),
                "415": _refused("It is not application/json"),
            },
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ixnstate: the back door of a local server", "version": "1",
            "description": "What no documented request can do. The documented API is at /docs/api.json.",
        },
        "paths": paths,
    }  # fmt: skip


def _refused(why: str) -> Schema:
    return {"description": why, "content": {"application/json": {"schema": _ERROR}}}
