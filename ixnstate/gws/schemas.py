"""The messages for programs in other languages: as JSON Schema, and their topics as AsyncAPI.

A schema accepts what `parse_notification` reads, and refuses what it refuses. It is read off the classes into which
messages are read (their annotations, their names on the wire) and off the spellings of the pages, so there is no list
of fields here. The schemas mean the same in JSON Schema 2020-12 and in draft 7, from which AsyncAPI's are derived.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import NoneType
from typing import Any, TypeAlias, get_args, get_origin

import attrs

from ixnstate.gws import reading
from ixnstate.gws.messages import Attachment, ChatMessage, Participant, Resource
from ixnstate.gws.pages import (
    ANY_MEDIA,
    IN_WORKBIN,
    INTERACTIONS_TOPIC,
    RESOURCES,
    SPELLINGS,
    STATE_CHANGES,
    WORKBINS_TOPIC,
)
from ixnstate.gws.structuring import wire_names
from ixnstate.table import GWS
from ixnstate.values import FrozenDict, Json, fields_of
from ixnstate.vocabulary import Family

Schema: TypeAlias = dict[str, Json]

GENERATED = "generated from the definitions of the Python library ixnstate; do not edit"
VERSION = "8.5.2"
"""The version of the documentation that the pages are of."""


def json_schema() -> Schema:
    """The JSON Schema (2020-12) of every message; ``$defs`` has one for each type of message and for each part."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": GENERATED,
        "title": f"CometD messages of the Web Services API v2 ({VERSION})",
        "$ref": "#/$defs/Notification",
        "$defs": definitions("#/$defs/"),
    }


def definitions(at: str) -> dict[str, Schema]:
    """Every schema by its name. ``at`` is where they stand in their document, for those that refer to others."""
    named = {_name(name): schema for name, schema in _messages(at)}
    interaction = {"$ref": f"{at}InteractionStateMessage"}
    content, message = {"$ref": f"{at}Batch"}, {"$ref": f"{at}Message"}
    content_or_message = {"if": {"type": "array"}, "then": content, "else": message}
    return {
        "Notification": {
            "description": "A message, with or without the envelope in which CometD delivers it.",
            **_perhaps_in_envelope(content_or_message),
        },
        "Message": {
            "description": "A message without its envelope. Types that no page knows are allowed.",
            "type": "object",
            "if": {
                "anyOf": [{"required": ["messageTypeName"]}, {"required": ["interaction"]}],
                "not": {"required": ["messageType"], "properties": {"messageType": {"type": "string"}}},
            },
            "then": interaction,
            "else": {
                "properties": {"messageType": {"type": "string"}},
                "required": ["messageType"],
                "allOf": [
                    {"if": {"properties": {"messageType": {"const": name}}}, "then": {"$ref": f"{at}{_name(name)}"}}
                    for name, _ in _messages(at)
                ],
            },
        },
        **named,
        "InteractionStateMessage": {
            "description": "An interaction as it is now, in 8.5.0, and in 8.5.1 with an object around it.",
            "type": "object",
            "if": {"required": ["messageTypeName"]},
            "then": {"$ref": f"{at}InteractionState"},
            "else": {"properties": {"interaction": {"$ref": f"{at}InteractionState"}}, "required": ["interaction"]},
        },
        "InteractionState": {
            **_object(at, reading.GenericPart, Resource),
            "patternProperties": {"_object$": _object(at, reading.InnerPart)},
        },
        "Batch": {
            "description": "A list of messages. What a workbin has is one, of InteractionStateMessages.",
            "type": "array",
            "items": {"type": "object", **_perhaps_in_envelope(content_or_message)},
        },
        **{cls.__name__: _object(at, cls) for cls in (Resource, Participant, ChatMessage, Attachment)},
        **json_values(at),
    }


def json_values(at: str) -> dict[str, Schema]:
    """Any JSON value, and any object, told out: generators of types make nothing of a schema without a word.

    An array within an array is not told out, since types cannot refer to themselves there.
    """
    scalar = {"type": ["string", "number", "boolean", "null"]}
    an_object = {"$ref": f"{at}JsonObject"}
    items = {"anyOf": [{**scalar, "type": [*scalar["type"], "array"]}, an_object]}
    return {
        "Json": {"description": "Any JSON value.", "anyOf": [scalar, an_object, {"type": "array", "items": items}]},
        "JsonObject": {"description": "An object of which nothing is known.", **_any_object(at)},
    }


def _any_object(at: str) -> Schema:
    return {"type": "object", "additionalProperties": {"$ref": f"{at}Json"}}


def _name(message_type: str) -> str:
    """A page's slip has a blank at its end, which no name of a schema may have."""
    return message_type.strip()


def _perhaps_in_envelope(schema: Schema) -> Schema:
    return {
        "if": {"type": "object", "required": ["data"], "not": {"required": ["messageType"]}},
        "then": {"properties": {"data": schema}},
        "else": schema,
    }


# === one message ====================================================================================================

_LOG_ADDRESSES = [f"{key}{end}" for key in RESOURCES for end in ("Uri", "Path")]


def _messages(at: str) -> Iterator[tuple[str, Schema]]:
    """Each type of message with its schema."""
    resource = {"$ref": f"{at}{Resource.__name__}"}
    for name, media in STATE_CHANGES.items():
        keys = [key for key, named in RESOURCES.items() if media in (named, ANY_MEDIA)]
        needed = [] if media == ANY_MEDIA else keys
        what = f"An interaction as it is now: {'any medium' if media == ANY_MEDIA else media}."
        yield name, _message(at, name, what, reading.HeadPart, dict.fromkeys(keys, resource), needed)
    string = {"type": ["string", "null"]}
    yield "MessageLogUpdated", _message(
        at, "MessageLogUpdated", "New entries in the log of a session.", reading.LogPart,
        dict.fromkeys(_LOG_ADDRESSES, string), ["messages"],
    )  # fmt: skip
    change = "An interaction came into a workbin, or left it; the key says of which medium it is."
    yield (
        "WorkbinStateChangeMessage",
        {
            **_message(at, "WorkbinStateChangeMessage", change, reading.ChangePart, {}, []),
            "patternProperties": {f"{IN_WORKBIN}$": _or_null(resource)},
            "not": {"patternProperties": {f"{IN_WORKBIN}$": {"type": "null"}}},
        },
    )
    for name, what, cls, needed in (
        ("WorkbinSubscriptionStateChangeMessage", "Subscribed, Unsubscribed or RequestFailed.",
         reading.SubscriptionPart, ["stateResource"]),
        ("WorkbinStatsMessage", "How many interactions workbins have.", reading.StatsPart, ["workbinStats"]),
        ("TwitterOperationResponse", "How a Follow or an Unfollow ended.", reading.ResponsePart, []),
        ("TweetOperationResponse", "How a Follow or an Unfollow ended.", reading.ResponsePart, []),
    ):  # fmt: skip
        yield name, _message(at, name, what, cls, {}, needed)


def _message(at: str, name: str, what: str, cls: type, more: Mapping[str, Schema], needed: list[str]) -> Schema:
    """A message of class ``cls`` with ``more`` properties; one of those ``needed`` must be there, and not be null."""
    shape = _object(at, cls)
    properties = {"messageType": {"const": name}, **shape["properties"], **more}
    schema = {"description": what, **shape, "properties": properties, "required": ["messageType"]}
    if len(needed) == 1:
        properties[needed[0]] = _without_null(properties[needed[0]])
        return {**schema, "required": ["messageType", *needed]}
    if needed:  # one of several spellings; the others may be null
        properties |= {key: _or_null(properties[key]) for key in needed}
        schema["anyOf"] = [{"required": [key], "properties": {key: {"type": "object"}}} for key in needed]
    return schema


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _without_null(schema: Schema) -> Schema:
    types = schema.get("type")
    return {**schema, "type": types[0]} if isinstance(types, list) else schema


# === classes and annotations ========================================================================================

_TYPES = {int: "integer", bool: "boolean", FrozenDict: "object", NoneType: "null", tuple: "array"}


def _object(at: str, *classes: type) -> Schema:
    """An object with the fields of these classes, under their names on the wire; it may have others."""
    found = {
        name: _annotated(at, field.type)
        for cls in classes
        for field, name in zip(fields_of(cls), wire_names(cls).values(), strict=True)
    }
    return {"type": "object", "properties": found}


def _annotated(at: str, kind: Any) -> Schema:
    """The schema of an annotation: a JSON type, a list, a part of a message, or a union of these."""
    members = [kind] if isinstance(kind, type) or get_origin(kind) is tuple else list(get_args(kind))
    parts = [{"$ref": f"{at}{each.__name__}"} for each in members if attrs.has(each)]
    if parts:
        return {"anyOf": [*parts, {"type": "null"}]} if NoneType in members else parts[0]
    types = list(dict.fromkeys(_TYPES.get(get_origin(each) or each, "string") for each in members))
    lists = [each for each in members if get_origin(each) is tuple]
    items = {"items": _annotated(at, get_args(lists[0])[0])} if lists else {}
    more = _any_object(at) if "object" in types else {}
    return {**more, "type": types if len(types) > 1 else types[0], **items}


# === topics =========================================================================================================


def asyncapi() -> Schema:
    """The AsyncAPI 3 document of the CometD topics: what a client receives on each."""
    at = "#/components/schemas/"
    topics = dict(_topics())
    named = dict.fromkeys(name for _, names in topics.values() for name in names)
    schemas = definitions(at)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "CometD messages of the Web Services API v2",
            "version": VERSION,
            "description": f"What agents are told, by topic: {GENERATED}. CometD puts each message as `data` into an"
            " envelope with its `channel`. Not affiliated with Genesys.",
        },
        "defaultContentType": "application/json",
        "channels": {
            key: {
                "address": address,
                "title": f"Messages of {key}",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            }
            for key, (address, names) in topics.items()
        },
        "operations": {
            f"receive{key.capitalize()}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{key}"},
                "summary": f"What an agent is told on {address}",
                "messages": [{"$ref": f"#/channels/{key}/messages/{name}"} for name in names],
            }
            for key, (address, names) in topics.items()
        },
        "components": {
            "messages": {
                name: {"name": name, "title": name, "summary": schemas[name]["description"],
                       "payload": {"$ref": f"{at}{name}"}}
                for name in named
            },
            "schemas": used(schemas, named, at),
        },
    }  # fmt: skip


def _topics() -> Iterator[tuple[str, tuple[str, list[str]]]]:
    """Each topic with its key: its address, and the names of its messages."""
    for media, spelling in SPELLINGS.items():
        names = [name for name, named in STATE_CHANGES.items() if named == media]
        names += ["MessageLogUpdated"] if GWS.media[media].family is Family.SESSIONS else []
        names += ["TwitterOperationResponse", "TweetOperationResponse"] if media == "twitter" else []
        yield media, (spelling.topic, names)
    of_workbins = ["WorkbinStateChangeMessage", "WorkbinSubscriptionStateChangeMessage", "WorkbinStatsMessage"]
    yield "workbins", (WORKBINS_TOPIC, of_workbins)
    of_all = ["InteractionStateMessage", "Batch", "MessageLogUpdated"]
    yield "interactions", (INTERACTIONS_TOPIC, of_all)


def used(schemas: Mapping[str, Schema], names: Iterable[str], at: str) -> dict[str, Schema]:
    """Those of the schemas that are named, and those that they refer to, in their order."""
    left, found = list(names), set[str]()
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [each.removeprefix(at) for each in references(schemas[name])]
    return {name: schema for name, schema in schemas.items() if name in found}


def references(value: Json) -> Iterator[str]:
    """Every ``$ref`` in a schema."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)
