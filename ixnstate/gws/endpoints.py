"""The requests and their replies for programs in other languages, as OpenAPI.

Which addresses there are and what can be done at each is read off the pages, the definition and `operations_at`; what
an operation takes stands in `ixnstate.gws.bodies`. Where one medium spells an operation as all media do, they share the
schema of its body.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from ixnstate.definition import Definition, checked
from ixnstate.gws.addresses import SCOPES, Target, media_paths, read_path
from ixnstate.gws.bodies import AT, KINDS, body_of, names_of, ref
from ixnstate.gws.desktop_schema import DESKTOP_PARAMETERS, DESKTOP_SCHEMAS, desktop_paths
from ixnstate.gws.pages import (
    CODE,
    CREATED,
    HTTP_STATUS,
    MEDIA_PATHS,
    NOTHING,
    NUMBER,
    OK,
    PREFIX,
    REFERENCE,
    RESOURCES,
    ZERO,
    dialect,
    spelling_of,
)
from ixnstate.gws.requests import MAX_COUNT, operations_at
from ixnstate.gws.schemas import GENERATED, VERSION, Schema, definitions, references, used
from ixnstate.table import GWS
from ixnstate.values import FrozenDict
from ixnstate.vocabulary import Family


def openapi(*, definition: Definition = GWS) -> Schema:
    """The OpenAPI 3.1 document of every documented address: requests, replies, failures."""
    return _Document(checked(definition)).whole()


class _Document:
    """A document in the making: what addresses share is written when it is first met."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.version = definition.profile.api_version
        self.bodies: dict[str, Schema] = {}
        self.requests: dict[str, Schema] = {}
        self.responses: dict[str, Schema] = {**_FAILED}

    def whole(self) -> Schema:
        paths = {template: self._path(template) for template in _templates(self.definition)}
        paths |= desktop_paths(self.definition.media)
        schemas = {
            **KINDS,
            **self.bodies,
            **_SUCCESSES,
            **_FAILURES,
            **self._reads(),
            **DESKTOP_SCHEMAS,
            **definitions(AT),
        }
        said = references([paths, self.requests, self.responses, _PARAMETERS])
        named = [each.removeprefix(AT) for each in said if each.startswith(AT)]
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Web Services API v2: interactions and workbins",
                "version": VERSION,
                "description": f"Requests of agents and their replies: {GENERATED}. Not affiliated with Genesys.",
            },
            "servers": [{"url": PREFIX}],
            "paths": paths,
            "components": {
                "parameters": {**_PARAMETERS, **DESKTOP_PARAMETERS},
                "requestBodies": self.requests,
                "responses": self.responses,
                "schemas": dict(sorted(used(schemas, named, AT).items())),
            },
        }

    def _path(self, template: str) -> Schema:
        """What can be asked for and done at an address."""
        target = read_path(template, definition=self.definition)
        names = re.findall(r"{(\w+)}", template)
        item: Schema = {"parameters": _parameters(names)} if names else {}
        if template != TRANSFER:
            item["get"] = self._get(template, target)
        if target.of == "attachments":
            item["post"] = _upload(template, target)
        elif operations := self._operations(target):
            item["post"] = self._post(template, target, operations)
        return item

    def _operations(self, target: Target) -> dict[str, Target]:
        """The operations that can be posted to an address, each with what the address names for it."""
        if target.of in ("attachment", "messages") or (target.of == "workbin" and target.media):
            return {}
        found = dict.fromkeys(operations_at(target, self.definition), target)
        if target.of == "workbins":
            several = Target(workbin=FrozenDict({**target.workbin, "workbins": ("",)}), of="workbins")
            found |= dict.fromkeys(operations_at(several, self.definition), several)
        return found

    def _get(self, template: str, target: Target) -> Schema:
        scopes = [] if "owner" in target.workbin else [*SCOPES]
        queries = {
            "messages": ["startIndex", "count"],
            "interactions": ["filters"],
            "workbins": ["filters", *scopes],
            "workbin": scopes,
        }.get(target.of, [])
        content = _BYTES if target.of == "attachment" else _json(ref(READS[target.of]))
        links = self._links_of_list(template, target) if target.of in ("interactions", "workbins") else {}
        return {
            **_head("get", template, target),
            "parameters": _parameters(["fields", "subresources", *queries]),
            "responses": {
                "200": {"description": "What was asked for", "content": content} | links,
                **_failed({self._read_dialect(target.of)}),
            },
        }

    def _links_of_list(self, template: str, target: Target) -> Schema:
        """From a list to its first item, which is shown where ``fields`` are asked for."""
        name = target.of
        if target.media is not None:
            tweet = self.definition.profile.twitter == "tweet"
            name = spelling_of(self.definition.medium(target.media), tweet=tweet).path
        parameter = "workbin" if target.of == "workbins" else "id"
        return _links(template, parameter, f"$response.body#/{name}/0/id")

    def _read_dialect(self, of: str) -> str:
        return dialect(None, "GET", of_workbin=of in ("workbin", "workbins"), api_version=self.version)

    def _post(self, template: str, target: Target, operations: Mapping[str, Target]) -> Schema:
        """What can be done at an address; its request and its reply are put among the components, and referred to."""
        is_of_workbin = target.of in ("workbin", "workbins")
        spoken: dict[str, list[str]] = {}
        for name in operations:
            said = dialect(target.media, name, of_workbin=is_of_workbin, api_version=self.version)
            spoken.setdefault(said, []).append(name)
        queries = ["workbinIds"] if target.of == "workbins" else []
        queries += [*SCOPES] if is_of_workbin and "owner" not in target.workbin else []
        key = "_".join(filter(None, (target.media, target.of)))
        self.requests[key] = self._request(operations)
        done = _done(spoken, is_partial=target.of == "workbins")
        if "Create" in operations:
            done |= {"headers": _CREATED} | _links(template, "id", f"$response.header.{CREATED}")
        self.responses.setdefault(f"{key}_200", done)
        return {
            **_head("post", template, target),
            "parameters": _parameters(queries),
            "requestBody": {"$ref": f"#/components/requestBodies/{key}"},
            "responses": {"200": {"$ref": f"#/components/responses/{key}_200"}, **_failed(spoken)},
        }

    def _request(self, operations: Mapping[str, Target]) -> Schema:
        mapping: dict[str, str] = {}
        for name, target in operations.items():
            mapping |= dict.fromkeys(names_of(name), f"{AT}{self._body(name, target)}")
        bodies = [{"$ref": each} for each in dict.fromkeys(mapping.values())]
        by_name = {"propertyName": "operationName", "mapping": mapping}
        return {"required": True, "content": _json({"oneOf": bodies, "discriminator": by_name})}

    def _body(self, operation: str, target: Target) -> str:
        """The name of the schema of a body: that of all media, where the medium's is the same."""
        body = body_of(operation, target, self.definition)
        if self.bodies.setdefault(operation, body) == body:
            return operation
        name = f"{operation}_{target.media}"
        self.bodies[name] = body
        return name

    def _reads(self) -> dict[str, Schema]:
        """What a GET brings. The pages show most of it with few fields, and some without the reply around it."""
        status = {"status" if self._read_dialect("workbin") == NUMBER else "statusCode": _ZERO}
        resources = dict.fromkeys(RESOURCES, ref("Resource"))
        lists = dict.fromkeys(media_paths(self.definition), _list_of(ref("Resource")))
        either = {"anyOf": [ref("Resource"), _list_of(ref("Resource"))]}  # pages of lists show one, too
        listed = {**resources, **lists, **dict.fromkeys(resources.keys() & lists.keys(), either)}
        content = {"anyOf": [_list_of(ref("Resource")), ref("JsonObject")]}
        contents = dict.fromkeys(MEDIA_PATHS, content)
        return {
            "Interactions": _shape(
                {}, uris=_list_of(_STRING), interactions=_list_of(ref("Resource")), **dict(sorted(listed.items()))
            ),
            "Interaction": _shape({}, **resources),
            "Attachments": _shape({"statusCode": _ZERO}, attachments=_list_of(ref("Attachment"))),
            "Messages": _shape({"statusCode": _ZERO}, messages=_list_of(ref("ChatMessage"))),
            "Workbins": _shape(status, workbins=_list_of(ref("Workbin")), uris=_list_of(_STRING)),
            "OneWorkbin": _shape({**status, "workbin": ref("Workbin")}),
            "Workbin": _shape({}, id=_STRING, uri=_STRING, **contents),
        }


_BYTES: Schema = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
READS = {
    "interactions": "Interactions",
    "interaction": "Interaction",
    "attachments": "Attachments",
    "messages": "Messages",
    "workbins": "Workbins",
    "workbin": "OneWorkbin",
}

# === addresses ======================================================================================================

TRANSFER = "/me/transfer/{id}"
"""The sample of TwitterTransfer, 2015."""


def _templates(definition: Definition) -> Iterator[str]:
    """Every documented path, with a name in braces for each part that varies."""
    paths = media_paths(definition)
    for scope in ("/me", ""):
        yield from _of_interactions(f"{scope}/interactions", None, definition)
        for path, media in paths.items():
            by_type = "/{type}" if media == "openmedia" else ""
            yield from _of_interactions(f"{scope}/{path}{by_type}", media, definition)
    yield TRANSFER
    for scope in ("", "/me", "/users/{owner}"):
        yield f"{scope}/workbins"
        yield f"{scope}/workbins/{{workbin}}"
    for path in MEDIA_PATHS:
        yield f"/{{owner}}/workbins/{{workbin}}/{path}"


def _of_interactions(path: str, media: str | None, definition: Definition) -> Iterator[str]:
    medium = definition.media[media] if media else None
    yield path
    yield f"{path}/{{id}}"
    if medium is None or "AddAttachment" in medium.operations:
        yield f"{path}/{{id}}/attachments"
        yield f"{path}/{{id}}/attachments/{{attachment}}"
    if medium is not None and medium.family is Family.SESSIONS:
        yield f"{path}/{{id}}/messages"


def _head(method: str, template: str, target: Target) -> Schema:
    tag = target.media or ("workbins" if target.of in ("workbin", "workbins") else "interactions")
    return {"operationId": _name(method, template), "tags": [tag]}


def _name(method: str, template: str) -> str:
    return method + "".join(word.capitalize() for word in re.findall(r"\w+", template))


def _links(template: str, parameter: str, value: str) -> Schema:
    """The links to what can be read and done at the address of one item."""
    one = f"{template}/{{{parameter}}}"
    others = {name: f"$request.path.{name}" for name in re.findall(r"{(\w+)}", template)}
    return {
        "links": {
            what: {"operationId": _name(method, one), "parameters": {**others, parameter: value}}
            for what, method in (("read", "get"), ("operate", "post"))
        }
    }


_CREATED: Schema = {CREATED: {"description": "The id of what Create brought into being", "schema": {"type": "string"}}}


def _upload(template: str, target: Target) -> Schema:
    stored = _shape({"statusCode": _ZERO}, documentId=_STRING)
    return {
        **_head("post", template, target),
        "requestBody": {"required": True, "content": {"*/*": {}}, "description": "The document"},
        "responses": {"200": {"description": "It is stored", "content": _json(stored)}, **_failed({CODE})},
    }


# === parts ==========================================================================================================


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _shape(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """An object, which may have other members, too."""
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


def _list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


_ZERO: Schema = {"const": 0}
_FAULT: Schema = {"type": "integer", "minimum": 1}
_STRING: Schema = {"type": "string"}
_NUMBERS: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}


def _parameters(names: Iterable[str]) -> list[Schema]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


_COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_COUNT}
_PARAMETERS: dict[str, Schema] = {
    name: {"name": name, "in": place, "required": place == "path", "schema": schema, "description": what} | more
    for name, place, schema, what, more in (
        ("id", "path", _STRING, "The interaction", {}),
        ("type", "path", _STRING, "The type of the open media", {}),
        ("attachment", "path", _STRING, "The attachment", {}),
        ("workbin", "path", _STRING, "The workbin", {}),
        ("owner", "path", _STRING, "The agent whose workbin it is, in the supervisor's scope", {}),
        ("agentGroup", "query", ref("Name"), "The agent group whose workbin it is; not with placeGroup", {}),
        ("placeGroup", "query", ref("Name"), "The place group whose workbin it is; not with agentGroup", {}),
        ("workbinIds", "query", ref("Names"),
         "The workbins, for Subscribe and Unsubscribe only, and required for them", {"explode": False}),
        ("fields", "query", _list_of(_STRING), "The fields wanted; * for all", {"explode": False}),
        ("subresources", "query", _list_of(_STRING), "The subresources wanted; * for all", {"explode": False}),
        ("filters", "query", {"type": "object"},
         "Properties that the items must have: any other names, each with its value", {"style": "form"}),
        ("startIndex", "query", _COUNT, "The first message wanted", {}),
        ("count", "query", _COUNT, "How many messages are wanted", {}),
    )
}  # fmt: skip

# === replies ========================================================================================================

_SUCCESSES: dict[str, Schema] = {
    f"{spoken.capitalize()}Success": schema
    for spoken, schema in (
        (CODE, _shape({"statusCode": _ZERO})),
        (REFERENCE, _shape({"statusCode": _ZERO}, referenceId={"type": "integer"}, referenceIds=_NUMBERS)),
        (OK, _shape({"status": {"const": "ok"}})),
        (ZERO, _shape({"status": _ZERO})),
        (NUMBER, _shape({"status": _ZERO})),
        ("partial", _shape({"statusCode": {"const": 7}, "statusMessage": _STRING, "referenceIds": _NUMBERS})),
    )
}
_FAILURES: dict[str, Schema] = {
    f"{spoken.capitalize()}Failure": schema
    for spoken, schema in (
        (CODE, _shape({"statusCode": _FAULT, "statusMessage": _STRING})),
        (OK, _shape({"status": {"const": "error"}, "errorDescription": _STRING})),
        (NUMBER, _shape({"status": _FAULT, "description": _STRING})),
    )
}
"""The other dialects fail as `CODE`."""


def _done(spoken: Mapping[str, list[str]], *, is_partial: bool) -> Schema:
    """The successes at an address: which operation has which."""
    forms = [ref(f"{said.capitalize()}Success") for said in spoken if said != NOTHING]
    forms += [ref("PartialSuccess")] if is_partial else []
    told = "; ".join(
        f"{'nothing' if said == NOTHING else f'{said.capitalize()}Success'} for {', '.join(names)}"
        for said, names in spoken.items()
    )
    return {"description": f"Done: {told}", "content": _json({"anyOf": forms})}


_STATUSES = sorted({status for status in HTTP_STATUS.values() if status >= 400})


def _failed(spoken: Iterable[str]) -> Schema:
    """The failures at an address, by HTTP status."""
    forms = "_".join(sorted({said if said in (OK, NUMBER) else CODE for said in spoken}))
    return {str(status): {"$ref": f"#/components/responses/{forms}_{status}"} for status in _STATUSES}


def _failure(forms: Iterable[str], status: int) -> Schema:
    codes = ", ".join(str(code) for code, each in HTTP_STATUS.items() if each == status)
    schemas = [ref(f"{form.capitalize()}Failure") for form in forms]
    return {"description": f"Refused, with statusCode {codes}", "content": _json({"anyOf": schemas})}


_FAILED: dict[str, Schema] = {
    f"{'_'.join(forms)}_{status}": _failure(forms, status)
    for forms in ((CODE,), (CODE, OK), (NUMBER,))
    for status in _STATUSES
}
