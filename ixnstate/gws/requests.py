"""Requests, read: a POST as the command that it means, a GET as a `Read`. All faults of a malformed one are told."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TypeAlias
from urllib.parse import urlsplit

import attrs

from ixnstate.commands import (
    ALIASES,
    FITS,
    OPERATIONS,
    AddInteraction,
    Command,
    Create,
    Custom,
    Follow,
    Kind,
    Offer,
    Parameter,
    PullInteraction,
    RequestAgentStats,
    RequestStats,
    Revoke,
    Stop,
    Submit,
    Subscribe,
    is_name,
    parameters_of,
)
from ixnstate.definition import Definition, Derived
from ixnstate.gws.addresses import SCOPES, Target, read_path
from ixnstate.gws.faults import Fault, MessageError, expected, within
from ixnstate.gws.pages import (
    CODE,
    CONTENT,
    FIELDS,
    OPTIONAL_CONTENT,
    RESOURCES,
    argument,
    dialect,
    last_segment,
    parameter,
)
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, Json, brief, freeze, frozen, keyword_only
from ixnstate.vocabulary import RefusalCode


@frozen
class Request:
    """An HTTP request: ``path`` with its query, ``body`` as plain JSON, and the agent whose session it comes from.

    ``new_id`` is the id that a server gives to what the request creates; no request names it.
    """

    method: str
    path: str
    body: Json = attrs.field(default=None, converter=freeze, hash=False)
    user: str | None = None
    new_id: str | None = None


@keyword_only
class Read:
    """A GET: what it asks for, in which scope, and which part of it.

    ``of`` is ``interactions``, ``interaction``, ``attachments``, ``attachment``, ``messages``, ``workbins`` or
    ``workbin``. ``mine`` is whether it is a ``/me`` address.
    """

    of: str
    by: str | None = None
    mine: bool = False
    media: str | None = None
    media_type: str | None = None
    interaction: str | None = None
    attachment: str | None = None
    workbin: str | None = None
    workbins: tuple[str, ...] | None = None
    """The ids of the workbins that are wanted of a list."""
    agent_group: str | None = None
    place_group: str | None = None
    owner: str | None = None
    """The agent whose workbin it is, in the supervisor's scope."""
    fields: tuple[str, ...] | None = None
    """The fields wanted, ("*",) for all; None for addresses only, where a list is asked for."""
    filters: FrozenDict = attrs.field(default=EMPTY, converter=freeze, hash=False)
    """Properties that the items of a list must have, by name; a tuple where one has several values."""
    subresources: tuple[str, ...] | None = None
    start_index: int | None = None
    count: int | None = None


@keyword_only
class Upload:
    """A POST of a document to an interaction's attachments; the body is the document, not JSON."""

    by: str | None = None
    media: str | None = None
    media_type: str | None = None
    interaction: str | None = None


Parsed: TypeAlias = Command | Read | Upload
"""What a request means."""


@frozen
class Malformed(Refusal):
    """The refusal of a malformed request: ``faults`` has all of them, with their places in the JSON."""

    faults: tuple[Fault, ...] = ()
    dialect: str = CODE
    """How the reply speaks, where the address tells."""

    def __reduce__(self) -> tuple[type["Malformed"], tuple[object, ...]]:
        return Malformed, (self.code, None, self.command, self.failed, self.definition, self.faults, self.dialect)

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


class RequestError(RefusedError, MessageError):
    """Raised for a malformed request. ``refusal`` has its statusCode, ``faults`` every fault."""

    refusal: Malformed

    def __init__(self, refusal: Malformed) -> None:
        MessageError.__init__(self, *refusal.faults)
        RefusedError.__init__(self, refusal)

    def __str__(self) -> str:
        return str(self.refusal)


# === reading ========================================================================================================


def parse_request(request: Request, *, definition: Definition = GWS) -> Parsed:
    """What a request means: a command, a `Read` or an `Upload`. Raises `RequestError` for a malformed one.

    A command names what it acts on: ``interaction``, ``media``, ``media_type``. A workbin's command does not name the
    medium, since its request does not. Raises ValueError for what is not a `Request`.
    """
    if not isinstance(request, Request):
        raise ValueError(f"request must be a gws.Request, not {brief(request)}")
    try:
        target = read_path(request.path, definition=definition)
    except MessageError as error:
        raise _refused(request, None, None, error.faults, definition) from None
    if request.method == "GET" and "GET" in methods_at(target, request.path, definition):
        parsed: Parsed | list[Fault] = _read(request, target)
    elif request.method == "POST" and target.of == "attachments":
        parsed = Upload(
            by=request.user, media=target.media, media_type=target.media_type, interaction=target.interaction
        )
    elif request.method == "POST":
        return _Body(request, target, definition).command()
    elif request.method == "PUT" and target.of == "interaction" and target.media is None:
        what = "what a PUT means depends on the interaction's channel, and no page says how; POST an operation"
        parsed = [Fault("method", what, RefusalCode.UNKNOWN_OPERATION)]
    else:
        allowed = " or ".join(methods_at(target, request.path, definition))
        what = f"expected {allowed}, found {brief(request.method)}"
        parsed = [Fault("method", what, RefusalCode.UNKNOWN_OPERATION)]
    if isinstance(parsed, list):
        raise _refused(request, target, None, parsed, definition)
    return parsed


def methods_at(target: Target, path: str, definition: Definition = GWS) -> tuple[str, ...]:
    """The methods that an address takes: what it names can be read, unless it is the one of TwitterTransfer (2015)."""
    reads = () if _TRANSFER.search(urlsplit(path).path) else ("GET",)
    can_do = target.of in ("attachments", "workbins") or operations_at(target, definition)
    return (*reads, *(("POST",) if can_do else ()))


_TRANSFER = re.compile(r"(^|/)transfer/[^/]+/*$")

_GRAVITY = (
    RefusalCode.NOT_FOUND, RefusalCode.UNKNOWN_OPERATION, RefusalCode.MISSING_PARAMETER, RefusalCode.INVALID_PARAMETER,
)  # fmt: skip


def _refused(
    request: Request,
    target: Target | None,
    operation: str | None,
    faults: tuple[Fault, ...] | list[Fault],
    definition: Definition,
) -> RequestError:
    gravest = min(faults, key=lambda fault: _GRAVITY.index(fault.code))
    name = operation or (request.method if isinstance(request.method, str) else brief(request.method))
    by = request.user if isinstance(request.user, str) else None
    spoken, about = CODE, dict[str, Json]()
    if target is not None:
        about = {"interaction": target.interaction, "media": target.media, "media_type": target.media_type}
        is_generic = request.method == "POST" and (target.media is not None or target.interaction is not None)
        of_workbin = target.of in ("workbin", "workbins")
        if is_generic or of_workbin:
            version = definition.profile.api_version
            spoken = dialect(target.media, name, of_workbin=of_workbin, api_version=version)
    command = Custom(operation=name, by=by, **about)
    return RequestError(Malformed(gravest.code, None, command, gravest.path, definition, tuple(faults), spoken))


MAX_COUNT = 10**9 - 1
"""The largest number that ``startIndex`` and ``count`` take."""

_NUMBERS = {"startIndex": "start_index", "count": "count"}
_LISTS = {"fields": "fields", "subresources": "subresources"}


def _read(request: Request, target: Target) -> Read | list[Fault]:
    said: dict[str, Json] = {}
    filters: dict[str, object] = {}
    faults: list[Fault] = []
    for name, value in target.query.items():
        if name in _NUMBERS and target.of == "messages":
            if value.isdecimal() and value.isascii() and len(value) < 10:  # no longer than MAX_COUNT
                said[_NUMBERS[name]] = int(value)
            else:
                faults.append(Fault(f"query.{name}", f"expected a whole number, found {brief(value)}"))
        elif name in _LISTS:
            said[_LISTS[name]] = tuple(value.split(","))
        elif target.of in ("interactions", "workbins"):
            filters[name] = value
        else:
            faults.append(Fault(f"query.{name}", _not_taken(name, [*_LISTS, *_NUMBERS])))
    faults += _scope_faults(target)
    if faults:
        return faults
    return Read(
        of=target.of, by=request.user, mine=target.mine, media=target.media, media_type=target.media_type,
        interaction=target.interaction, attachment=target.attachment, filters=FrozenDict(filters), **target.workbin,
        **said,
    )  # fmt: skip


def _scope_faults(target: Target) -> list[Fault]:
    scopes = [name for name in ("agent_group", "place_group", "owner") if name in target.workbin]
    if len(scopes) < 2:
        return []
    return [Fault("path", f"a workbin is that of one owner, not of {len(scopes)}", RefusalCode.NOT_FOUND)]


def _not_taken(name: str, known: list[str]) -> str:
    near = get_close_matches(name, [each for each in known if each != name], 1)
    return "is not taken" + (f"; did you mean {near[0]}?" if near else "")


_FEW = 12
_IN_ADDRESS = {"workbins": "workbinIds", **{field: name for name, field in SCOPES.items()}}


class _Body:
    """A POST request's body, taken apart: the fields that it fills, and every fault."""

    def __init__(self, request: Request, target: Target, definition: Definition) -> None:
        self.request, self.target, self.definition = request, target, definition
        self.faults: list[Fault] = _scope_faults(target)
        self.faults += [Fault(f"query.{name}", _not_taken(name, [*SCOPES, "workbinIds"])) for name in target.query]
        self.fields: dict[str, Json] = {}
        self.said: dict[str, str] = {}

    def command(self) -> Command:
        """The command. Raises `RequestError`."""
        body = self.request.body
        name = None
        if not isinstance(body, Mapping):
            self.faults.append(expected("body", "an object with an operationName", body))
        else:
            name = self._operation(body)
        if name is not None:
            self._fill(name, body)
        if self.faults or name is None:
            raise _refused(self.request, self.target, name, self.faults, self.definition)
        known = OPERATIONS.get(name)
        return known(**self.fields) if known else Custom(operation=name, **self.fields)

    def _operation(self, body: Mapping[str, object]) -> str | None:
        name = body.get("operationName")
        where = "body.operationName"
        if name is None:
            near = get_close_matches("operationName", [key for key in body if isinstance(key, str)], 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self.faults.append(Fault(where, f"is missing{hint}", RefusalCode.MISSING_PARAMETER))
        elif not isinstance(name, str):
            self.faults.append(expected(where, "a string", name))
        else:
            here = operations_at(self.target, self.definition)
            meant = ALIASES.get(name, name)
            if meant in here:
                return meant
            self.faults.append(Fault(where, self._unknown(name, here), RefusalCode.UNKNOWN_OPERATION))
        return None

    def _unknown(self, name: str, here: tuple[str, ...]) -> str:
        near = get_close_matches(name, [*here, *(alias for alias in ALIASES if ALIASES[alias] in here)], 1)
        if near and near[0] != name:
            return f"there is no operation {brief(name)} here; did you mean {near[0]}?"
        there_are = f"; there {'is' if len(here) == 1 else 'are'} {', '.join(here)}" if 0 < len(here) <= _FEW else ""
        return f"there is no operation {brief(name)} here{there_are}"

    def _fill(self, operation: str, body: Mapping[str, object]) -> None:
        takes = self._takes(operation)
        self._fill_about(operation, takes)
        for key, value in body.items():
            if key != "operationName" and value is not None:
                self._take(operation, key, value, takes)
        if (self.target.media, operation) in OPTIONAL_CONTENT:
            self.fields.setdefault("content", EMPTY)
        targets = [name for name, each in takes.items() if each.is_target]
        given = self.fields.keys() | self.said.keys()
        if targets and given.isdisjoint(targets):
            keys = dict.fromkeys(self._key(name, operation) for name in targets)
            self._missing(" or ".join(keys))
        if targets and all(name in self.fields for name in targets):
            first, second = (self.said.get(name, name) for name in targets)
            self.faults.append(Fault(within("body", second), f"expected either this or {first}, not both"))
        for name, each in takes.items():
            if each.required and name not in given and name not in ("by", "new_id"):
                self._missing(self._key(name, operation))

    def _missing(self, key: str) -> None:
        self.faults.append(Fault(within("body", key), "is missing", RefusalCode.MISSING_PARAMETER))

    def _takes(self, operation: str) -> dict[str, Parameter]:
        known = OPERATIONS.get(operation)
        media = self.target.media
        lacking = self.definition.media[media].lacking(operation) if media else frozenset()
        return {each.name: each for each in parameters_of(known) if each.name not in lacking} if known else {}

    def _fill_about(self, operation: str, takes: dict[str, Parameter]) -> None:
        """What the address and the session say."""
        target, request = self.target, self.request
        about = {"interaction": target.interaction, "media": target.media, "media_type": target.media_type}
        about |= {"by": request.user} | {name: value for name, value in target.workbin.items() if name in takes}
        if "new_id" in takes:
            about["new_id"] = request.new_id
        for name, value in about.items():
            if value is not None and name != "by":
                kind = Kind.NAMES if name == "workbins" else Kind.NAME
                self.faults += unfit(within("path", _IN_ADDRESS.get(name, name)), kind, value)
        self.fields = {name: value for name, value in about.items() if value is not None}
        if target.of == "workbin" and issubclass(OPERATIONS.get(operation, Command), AddInteraction | PullInteraction):
            self._take_interaction()

    def _take_interaction(self) -> None:
        """A workbin's request names the interaction in its body: by ``id``, or by ``uri``."""
        body = self.request.body
        given = [key for key in ("id", "uri") if body.get(key) is not None]
        if len(given) > 1:
            self.faults.append(Fault("body.uri", "says what id says, too"))
        if not given:
            self._missing("id or uri" if self.fields.keys().isdisjoint({"agent_group", "place_group"}) else "id")
            return
        value = last_segment(body[given[0]]) if given[0] == "uri" else body[given[0]]
        if is_name(value):
            self.fields["interaction"] = value
        else:
            self.faults.append(expected(f"body.{given[0]}", Kind.NAME.value, body[given[0]]))

    def _take(self, operation: str, key: str, value: object, takes: dict[str, Parameter]) -> None:
        if key in ("id", "uri") and issubclass(OPERATIONS.get(operation, Command), AddInteraction | PullInteraction):
            return
        field, fit = argument(operation, key, value)
        if field == "target_queue" and field not in takes and "target_agent" in takes:
            self.faults.append(Fault(within("body", key), f"names a queue; {operation} takes an agent"))
            self.said["target_agent"] = key
        elif field not in takes or field in self.target.workbin or not self._is_own(field, key):
            known = list(_accepted(operation, takes))
            self.faults.append(Fault(within("body", key), _not_taken(key, known)))
        elif field == "content" and key in CONTENT:
            self.fields[field] = FrozenDict({**self.fields.get(field, {}), **freeze(fit)})
        elif field in self.said:
            self.faults.append(Fault(within("body", key), f"says what {self.said[field]} says, too"))
        else:
            self.said[field] = key
            found = list(_unfit_keys(within("body", key), key, value)) if field == "keys" else []
            found = found or list(unfit(within("body", key), takes[field].kind, fit))
            self.faults += found
            if not found and field == "content":
                fit = {**self.fields.get(field, {}), **fit}
            if not found:
                self.fields[field] = freeze(fit) if takes[field].kind is Kind.DATA else fit

    def _is_own(self, field: str, key: str) -> bool:
        """Whether an object of content is that of this medium."""
        media = self.target.media
        of_any = field != "content" or key in CONTENT or media is None or media not in GWS.media
        return of_any or RESOURCES.get(key) == media

    def _key(self, field: str, operation: str) -> str:
        return parameter(field, self.target.media, operation)


def _accepted(operation: str, takes: dict[str, Parameter]) -> Iterator[str]:
    """The names that a request of this operation can use."""
    for name in (*FIELDS, *sorted(CONTENT)):
        if argument(operation, name, {})[0] in takes:
            yield name


def _unfit_keys(path: str, key: str, value: object) -> Iterator[Fault]:
    """User data to delete is named by a list, by one key, or by an object that has the keys."""
    if key == "userData" and not (isinstance(value, Mapping) and value):
        yield expected(path, "an object with 1 or more keys", value)
    elif key == "key" and not is_name(value):
        yield expected(path, Kind.NAME.value, value)


_WORDS = {Kind.FLAG: "true or false"}


def unfit(path: str, kind: Kind, value: object) -> Iterator[Fault]:
    """What is wrong with an argument; for a list, with each of its members."""
    if kind is Kind.NAMES and isinstance(value, list | tuple) and value:
        for index, each in enumerate(value):
            yield from unfit(within(path, index), Kind.NAME, each)
    elif not FITS[kind](freeze(value) if kind is Kind.DATA else value):
        yield expected(path, _WORDS.get(kind, kind.value), value)


SIGNALS = (Offer, Revoke, Stop, Submit)
_OF_WORKBINS = (Subscribe, RequestAgentStats)


def operations_at(target: Target, definition: Definition = GWS) -> tuple[str, ...]:
    """The operations that can be posted to an address."""
    classes = OPERATIONS.items()
    if target.of in ("messages", "attachment", "attachments") or (target.of == "workbin" and target.media is not None):
        return ()
    if target.of == "workbin":
        of_one = (AddInteraction, PullInteraction, Subscribe, RequestStats, RequestAgentStats)
        return tuple(name for name, cls in classes if issubclass(cls, of_one))
    if target.of == "workbins":
        bulk = "workbins" in target.workbin
        return tuple(name for name, cls in classes if issubclass(cls, Subscribe if bulk else RequestAgentStats))
    if target.interaction is None:
        accounts = tuple(name for name, cls in classes if issubclass(cls, Follow)) if target.media == "twitter" else ()
        creates = target.media is not None and definition.media[target.media].creates is not None
        return (("Create",) if creates else ()) + accounts
    return _ON_INTERACTIONS.of(definition, target.media)


def _on_interactions(definition: Definition, media: str | None) -> tuple[str, ...]:
    """The operations that can be posted to an interaction of the medium; without one, to that of any."""
    named = [media] if media else list(definition.media)
    here = dict.fromkeys(name for each in named for name in definition.media[each].operations)
    elsewhere = (*SIGNALS, Create, AddInteraction, PullInteraction)
    return tuple(name for name in here if not issubclass(OPERATIONS.get(name, Command), elsewhere))


_ON_INTERACTIONS: Derived[str | None, tuple[str, ...]] = Derived(_on_interactions)
