"""A definition as one JSON document: everything that its edges, lists and views say, under the profile applied."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ixnstate.commands import ALIASES, OPERATIONS, Kind, Parameter, parameters_of
from ixnstate.definition import AS_BEFORE, Capabilities, Definition, Edge, Medium, Shown, Told, checked
from ixnstate.export.meanings import (
    ARGUMENTS,
    DOES,
    NOTICES,
    ORDER,
    PORTABLE_LIMITS,
    RESUMES,
    VIEWS,
    WHEN,
    WHO,
)
from ixnstate.gws.notifying import logged, notification_types
from ixnstate.refusals import STATUS_CODES
from ixnstate.table import GWS
from ixnstate.values import Json, fields_of
from ixnstate.vocabulary import Evidence, NoticeKind, Source, State, Who

FORMAT = "ixnstate definition"
VERSION = 1
"""Of the document's shape: it grows when what is there already means something else, or is there no more."""


def document(media: str | None = None, *, definition: Definition = GWS) -> dict[str, Json]:
    """The definition as JSON data, or one medium of it. Raises ValueError for an unknown medium.

    Edges, rows of ``shown`` and lists are those that hold under the profile; `json_schema` describes the whole.
    """
    named = media_of(media, definition)
    operations = dict.fromkeys(name for medium in named for name in ("Submit", "Create", *medium.operations))
    return {
        "format": FORMAT,
        "version": VERSION,
        "fingerprint": definition.fingerprint,
        "profile": profile_of(definition),
        "meanings": {
            "who": {who.name: text for who, text in WHO.items()},
            "when": {when.name: text for when, text in WHEN.items()},
            "does": {
                does.name: {"means": effect.means, "refused": effect.refused, "kind": effect.kind}
                for does, effect in DOES.items()
            },
            "kinds": {kind.name: f"{kind.value[0].upper()}{kind.value[1:]}." for kind in Kind},
            "order": ORDER,
            "resumes": RESUMES,
            "views": VIEWS,
            "notices": NOTICES,
            "arguments": ARGUMENTS,
        },
        "evidence": [evidence.value for evidence in Evidence],
        "statusCodes": {code.name: number for code, number in STATUS_CODES.items()},
        "aliases": {alias: name for alias, name in ALIASES.items() if name in operations},
        "operations": {
            name: {
                "signal": all(each.name != "by" for each in _taken(name, named)),
                "parameters": [_parameter(each) for each in _taken(name, named)],
            }
            for name in operations
        },
        "media": {medium.name: _medium(medium, definition) for medium in named},
        "limits": dict(PORTABLE_LIMITS),
    }


def media_of(media: str | None, definition: Definition) -> list[Medium]:
    """The medium of that name, or all of them. Raises ValueError for what is no definition, and an unknown medium."""
    checked(definition)
    return [*definition.media.values()] if media is None else [definition.medium(media)]


def profile_of(definition: Definition) -> dict[str, Json]:
    """The choices of the profile, by name."""
    return {field.name: getattr(definition.profile, field.name) for field in fields_of(type(definition.profile))}


@cache
def camel(name: str) -> str:
    """A field as JSON spells it: ``user_data`` is userData."""
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)


def parameters(operation: str, medium: Medium) -> list[dict[str, Json]]:
    """What the operation takes in the medium; of a custom operation, the agent."""
    lacking = medium.lacking(operation)
    return [_parameter(each) for each in _taken(operation, [medium]) if each.name not in lacking]


def _taken(operation: str, media: Iterable[Medium]) -> tuple[Parameter, ...]:
    if operation in OPERATIONS:
        return parameters_of(OPERATIONS[operation])
    edges = (edge for medium in media for edge in medium.edges if edge.operation == operation)
    is_signal = all(edge.who is Who.PLATFORM for edge in edges)
    return () if is_signal else (Parameter("by", Kind.NAME, required=True),)


def _parameter(parameter: Parameter) -> dict[str, object]:
    return {
        "name": camel(parameter.name),
        "kind": parameter.kind.name,
        "required": parameter.required,
        "target": parameter.is_target,
    }


def _medium(medium: Medium, definition: Definition) -> dict[str, object]:
    return {
        "family": medium.family,
        "active": medium.active,
        "creates": medium.creates,
        "creation": None if medium.creation is None else source(medium.creation),
        "states": [{"name": state, "final": state.is_final} for state in medium.states],
        "edges": [_edge(edge, medium.name, definition) for edge in definition.edges(medium.name)],
        "switchedOff": switched_off(medium, definition),
        "lacks": {name: [camel(each) for each in parameters] for name, parameters in medium.lacks},
        "lists": {each.name: _list(each) for each in medium.lists},
        "shown": [shown(row) for row in medium.shown if row.holds_under(definition.profile)],
        "told": [told(row) for row in medium.told],
        "notificationTypes": notification_types(medium.name, definition=definition),
        "logged": [*logged(medium.name, definition=definition)],
    }


def switched_off(medium: Medium, definition: Definition) -> list[str]:
    """The operations that exist under another profile only."""
    there = {edge.operation for edge in definition.edges(medium.name)}
    return [name for name in medium.operations if name not in there]


def _edge(edge: Edge, media: str, definition: Definition) -> dict[str, object]:
    return {
        "source": edge.source,
        "operation": edge.operation,
        "target": edge.target,
        "targets": [*definition.targets(media, edge)],
        "who": edge.who.name,
        "when": edge.when.name,
        "does": edge.does.name,
        "told": edge.told,
        "resumes": resumes(edge),
        "evidence": edge.evidence,
        "page": source(edge.page),
    }


def resumes(edge: Edge) -> str | None:
    """What the edge leaves to be resumed, as the exports spell it."""
    return "AS_BEFORE" if edge.resumes == AS_BEFORE else edge.resumes


def source(page: Source) -> dict[str, str]:
    """The page that says so."""
    return {"page": page.page, "version": page.version}


def _list(each: Capabilities) -> dict[str, Json]:
    return {
        "operations": [*each.operations],
        "printedUnder": each.printed_under,
        "evidence": each.evidence,
        "page": source(each.page),
    }


def shown(row: Shown) -> dict[str, Json]:
    """A row of what agents are shown who have the interaction."""
    return {
        "state": row.state,
        "to": row.to.name,
        "several": row.several,
        "shown": row.shown,
        "capabilities": row.capabilities,
    }


def told(row: Told) -> dict[str, Json]:
    """A row of what a last word carries."""
    return {
        "state": row.state,
        "operation": row.operation,
        "capabilities": row.capabilities,
        "evidence": row.evidence,
        "page": source(row.page),
    }


# === its schema =====================================================================================================


def json_schema() -> dict[str, Json]:
    """The JSON Schema (2020-12) of `document`."""
    at = "#/$defs/"
    names: Mapping[str, Iterable[str]] = {
        "State": State,
        "Evidence": Evidence,
        "Who": [who.name for who in WHO],
        "When": [when.name for when in WHEN],
        "Does": [does.name for does in DOES],
        "Kind": [kind.name for kind in Kind],
        "RefusalCode": [code.name for code in STATUS_CODES],
        "NoticeKind": dict.fromkeys(effect.kind for effect in DOES.values() if effect.kind),
    }

    def ref(name: str) -> dict[str, Json]:
        return {"$ref": f"{at}{name}"}

    def nullable(schema: dict[str, Json]) -> dict[str, Json]:
        return {"anyOf": [schema, {"type": "null"}]}

    string, flag = {"type": "string"}, {"type": "boolean"}
    texts = {"type": "object", "additionalProperties": string}
    known = {"evidence": ref("Evidence"), "page": ref("Source")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "generated from the definitions of the Python library ixnstate; do not edit",
        "title": "IxnstateDefinition",
        "description": "What `ixnstate export --format json` prints: a lifecycle definition as portable data.",
        **closed(
            format={"const": FORMAT},
            version={"const": VERSION},
            fingerprint={"type": "string", "pattern": "^[0-9a-f]{16}$"},
            profile={"type": "object", "additionalProperties": {"type": ["string", "boolean"]}},
            meanings=ref("Meanings"),
            evidence=array(ref("Evidence")),
            statusCodes=closed(**{code.name: {"type": "integer"} for code in STATUS_CODES}),
            aliases=texts,
            operations={"type": "object", "additionalProperties": ref("Operation")},
            media={"type": "object", "additionalProperties": ref("Medium")},
            limits={**texts, "description": "What the export does not express, and whose it is to say."},
        ),
        "$defs": {
            **{name: {"type": "string", "enum": [*map(str, values)]} for name, values in names.items()},
            "Meanings": closed(
                who=closed(**dict.fromkeys(names["Who"], string)),
                when=closed(**dict.fromkeys(names["When"], string)),
                does=closed(**dict.fromkeys(names["Does"], ref("Effect"))),
                kinds=closed(**dict.fromkeys(names["Kind"], string)),
                **dict.fromkeys(("order", "resumes", "views", "notices", "arguments"), string),
            ),
            "Effect": closed(means=string, refused=nullable(string), kind=nullable(ref("NoticeKind"))),
            "Operation": closed(signal=flag, parameters=array(ref("Parameter"))),
            "Parameter": closed(name=string, kind=ref("Kind"), required=flag, target=flag),
            "Source": closed(page=string, version=string),
            "Medium": closed(
                family={"type": "string", "enum": ["items", "mail", "sessions"]},
                active=ref("State"),
                creates=nullable(ref("State")),
                creation=nullable(ref("Source")),
                states=array(closed(name=ref("State"), final=flag)),
                edges=array(ref("Edge")),
                switchedOff=array(string),
                lacks={"type": "object", "additionalProperties": array(string)},
                lists={"type": "object", "additionalProperties": ref("List")},
                shown=array(ref("Shown")),
                told=array(ref("Told")),
                notificationTypes=closed(**{kind.value: string for kind in NoticeKind}),
                logged=array(string),
            ),
            "Edge": closed(
                source=ref("State"),
                operation=string,
                target=nullable(ref("State")),
                targets={**array(ref("State")), "minItems": 1},
                who=ref("Who"),
                when=ref("When"),
                does=ref("Does"),
                told=nullable(ref("State")),
                resumes={"anyOf": [ref("State"), {"const": "AS_BEFORE"}, {"type": "null"}]},
                **known,
            ),
            "List": closed(operations=array(string), printedUnder=nullable(ref("State")), **known),
            "Shown": closed(
                state=ref("State"),
                to={"type": "string", "enum": ["HOLDER", "INVITEE"]},
                several=flag,
                shown=nullable(ref("State")),
                capabilities=string,
            ),
            "Told": closed(state=ref("State"), operation=nullable(string), capabilities=nullable(string), **known),
        },
    }


def closed(**properties: Any) -> dict[str, Json]:
    """An object that has exactly these."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def array(items: dict[str, Json]) -> dict[str, Json]:
    """A list of such."""
    return {"type": "array", "items": items}
