"""Addresses, read and written: what the path and the query of a request name."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import attrs

from ixnstate.definition import Definition, Derived, checked
from ixnstate.gws.faults import Fault, MessageError
from ixnstate.gws.pages import MEDIA_PATHS, PREFIX, spelling_of
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, Json, brief, freeze, frozen
from ixnstate.vocabulary import RefusalCode


@frozen
class Target:
    """What a request's address names, None where it does not: a medium, an interaction, an instance of a workbin."""

    media: str | None = None
    interaction: str | None = None
    workbin: FrozenDict = attrs.field(default=EMPTY, converter=freeze, hash=False)
    """The arguments of a workbin command: ``workbin`` or ``workbins``, ``agent_group``, ``place_group``, ``owner``."""
    media_type: str | None = None
    of: str = "interaction"
    """As in `Read`."""
    mine: bool = True
    attachment: str | None = None
    query: FrozenDict = attrs.field(default=EMPTY, converter=freeze, hash=False)
    """What the query says besides the scope of a workbin."""


SCOPES = {"agentGroup": "agent_group", "placeGroup": "place_group"}


def read_path(path: object, *, definition: Definition = GWS) -> Target:
    """What an address names, with or without host and leading slash.

    What stands before ``/api/v2`` is the deployment's, and passed over; without ``/api/v2`` nothing may.
    Raises `MessageError`.
    """
    checked(definition)
    try:
        url = urlsplit(path) if isinstance(path, str) else None
    except ValueError as error:
        raise MessageError(_no_path(path, f"is not an address: {error}")) from None
    if url is None:
        raise MessageError(Fault("path", f"expected a string, found {brief(path)}"))
    said = parse_qsl(url.query, keep_blank_values=True)
    query = _query(said)
    parts = [unquote(part) for part in url.path.split("/") if part]
    api = next((at for at, pair in enumerate(pairwise(parts)) if pair == ("api", "v2")), None)
    parts = parts if api is None else parts[api + 2 :]
    found = _workbin_path(parts, query, definition) or _interaction_path(parts, query, definition)
    if found is None:
        raise MessageError(_no_path(path, "is not a documented path of an interaction or a workbin"))
    return found


OPTIONS = frozenset({*SCOPES, "workbinIds", "fields", "subresources", "startIndex", "count"})
"""The names in a query that mean something; any other one is a property by which a list is filtered."""


def _query(said: list[tuple[str, str]]) -> dict[str, Json]:
    """The query by name. A property may stand twice, with the values that an item must all have: a tuple of them."""
    query: dict[str, Json] = {}
    for name, value in said:
        if name not in query:
            query[name] = value
        elif name in OPTIONS:
            raise MessageError(Fault("query", "a name stands twice in it"))
        else:
            query[name] = (*(query[name] if isinstance(query[name], tuple) else (query[name],)), value)
    return query


def _no_path(path: object, problem: str) -> Fault:
    return Fault("path", f"{brief(path)} {problem}", RefusalCode.NOT_FOUND)


def _workbin_path(parts: list[str], query: dict[str, str], definition: Definition) -> Target | None:
    media: str | None = None
    owner: Any = None
    mine = parts[:1] == ["me"]
    match parts:
        case ["workbins", *rest] | ["me", "workbins", *rest] if len(rest) <= 1:
            pass
        case ["users", owner, "workbins", *rest] if len(rest) <= 1:
            pass
        case [owner, "workbins", workbin, content] if content in media_paths(definition):
            rest, media = [workbin], media_paths(definition)[content]
        case _:
            return None
    named: dict[str, Json] = {"workbin": rest[0]} if rest else {}
    if not rest and "workbinIds" in query:
        named["workbins"] = tuple(query.pop("workbinIds").split(","))
    named |= {field: query.pop(name) for name, field in SCOPES.items() if name in query}
    named |= {"owner": owner} if owner is not None else {}
    of = "workbin" if rest else "workbins"
    return Target(media, None, FrozenDict(named), of=of, mine=mine, query=FrozenDict(query))


_PARTS = ("attachments", "messages")


def _interaction_path(parts: list[str], query: dict[str, str], definition: Definition) -> Target | None:
    mine, rest = parts[:1] == ["me"], parts[1:] if parts[:1] == ["me"] else parts
    media = media_type = None
    if rest[:1] == ["transfer"] and len(rest) == 2:  # TwitterTransfer, 2015: the sample posts to /me/transfer/{id}
        return Target(None, rest[1], mine=mine, query=FrozenDict(query))
    if rest[:1] != ["interactions"]:
        media = media_paths(definition).get(rest[0]) if rest else None
        if media is None:
            return None
        if media == "openmedia" and len(rest) > 1:
            media_type = rest.pop(1)
            if not mine:  # the address that resources show has the type in the plural: OpenMediaAPICreate
                media_type = media_type.removesuffix("s")
    match rest[1:]:
        case []:
            return Target(media, None, EMPTY, media_type, "interactions", mine, None, FrozenDict(query))
        case [interaction]:
            return Target(media, interaction, EMPTY, media_type, "interaction", mine, None, FrozenDict(query))
        case [interaction, part] if part in _PARTS:
            return Target(media, interaction, EMPTY, media_type, part, mine, None, FrozenDict(query))
        case [interaction, "attachments", attachment]:
            return Target(media, interaction, EMPTY, media_type, "attachment", mine, attachment, FrozenDict(query))
    return None


def media_paths(definition: Definition) -> Mapping[str, str]:
    """The medium that a path segment names, those of a derived definition included."""
    return _MEDIA_PATHS.of(definition, None)


def _media_paths(definition: Definition, _: None) -> Mapping[str, str]:
    own = {spelling_of(medium).path: name for name, medium in definition.media.items() if name not in GWS.media}
    return {**MEDIA_PATHS, **own}


_MEDIA_PATHS: Derived[None, Mapping[str, str]] = Derived(_media_paths)


# === writing ========================================================================================================


def interaction_address(
    media: str | None, media_type: str | None, interaction: str | None, definition: Definition
) -> str:
    """The address of an interaction, or of all of a medium, under ``/me``. Raises `MessageError`."""
    parts = ["interactions"]
    if media is not None:
        medium = definition.media.get(media)
        if medium is None:
            raise MessageError(Fault("media", f"unknown {brief(media)}; known are {', '.join(definition.media)}"))
        parts = [spelling_of(medium, tweet=definition.profile.twitter == "tweet").path]
        if media == "openmedia":
            parts.append(media_type or "")
    parts += [interaction] if interaction is not None else []
    return "/".join([f"{PREFIX}/me", *(quote(part, safe="") for part in parts)])


def workbin_address(said: Any, *, workbins: tuple[str, ...] | None = None, scope: str = "") -> str:
    """The address of a workbin: one's own, a group's under ``/me``, another agent's under ``/users``."""
    group = [(name, getattr(said, field, None)) for name, field in SCOPES.items()]
    query = [(name, value) for name, value in group if value is not None]
    if workbins is not None:
        query.append(("workbinIds", ",".join(workbins)))
    owner, workbin = getattr(said, "owner", None), getattr(said, "workbin", None)
    own = "/me" if any(value is not None for _, value in group) or scope else ""
    parts = [f"/users/{quote(owner, safe='')}" if owner is not None else own, "/workbins"]
    parts += [f"/{quote(workbin, safe='')}"] if workbin is not None else []
    return PREFIX + "".join(parts) + (f"?{urlencode(query, safe=',')}" if query else "")
