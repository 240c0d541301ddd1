"""HAR, the log of a browser's session, as records: requests, replies, and the batches that long polls brought.

A long poll begins before the requests whose notifications it brings. So every entry becomes a request at its start and
a reply at its end, and all of them are put in the order of time.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

Piece = tuple[datetime, dict[str, Any]]
"""A record, and when it was there."""

ENTRIES = re.compile(r'"entries"\s*:\s*\[')
"""Where the entries begin. Within a string of JSON the first quote could not stand unescaped."""


def is_har(value: object) -> bool:
    """Whether this is the object that a HAR file has."""
    log = value.get("log") if isinstance(value, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def pieces(entry: Any) -> list[Piece]:
    """What an entry says, as records with their times. Raises ValueError for what is no entry."""
    try:
        request, response = entry["request"], entry["response"]
        began = datetime.fromisoformat(entry["startedDateTime"])
        ended = began + timedelta(milliseconds=max(float(entry.get("time") or 0), 0))
        path, method = request["url"], request["method"]
        is_api = "/api/v2/" in f"{urlsplit(path).path}/"
        found = list(_request(entry, method, path)) if is_api and method != "GET" else []
        asked = [(began, {"ts": began.isoformat(), "kind": "request", **each}) for each in found]
        said = list(_said(response, method, path) if found else _frames(_text(response)))
        said = [{**each, **_named(entry), **({"answers": asked[-1][1]} if asked else {})} for each in said]
    except (AttributeError, KeyError, OverflowError, TypeError, RecursionError) as error:
        raise ValueError(f"no entry of a HAR file: {type(error).__name__} {error}"[:200]) from None
    return asked + [(ended, {"ts": ended.isoformat(), **each}) for each in said]


def in_time(timed: Iterable[tuple[datetime, Any]]) -> list[Any]:
    """The values in the order of their times."""
    return [value for _, value in sorted(timed, key=lambda each: each[0].timestamp())]


def _request(entry: Mapping[str, Any], method: str, path: str) -> Iterator[dict[str, Any]]:
    posted = entry["request"].get("postData") or {}
    try:
        body = json.loads(posted["text"]) if posted.get("text") else None
    except ValueError as error:
        if "json" in str(posted.get("mimeType")):
            raise ValueError(f"postData: the request's body is not JSON: {error}") from None
        return  # a form, or a file
    if isinstance(body, dict) and "operationName" in body:
        yield {"method": method, "path": path, "body": body} | _named(entry)


def _named(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Who was logged in, where the recorder has added it: fields of one's own begin with ``_``."""
    return {"agent": entry["_agent"]} if "_agent" in entry else {}


def _said(response: Mapping[str, Any], method: str, path: str) -> Iterator[dict[str, Any]]:
    """The reply; none where the browser was sent none. That of a server in between may be a page: it refuses."""
    text, status = _text(response), response["status"]
    if not status:
        return
    try:
        body = json.loads(text) if text.strip() else None
    except ValueError as error:
        if status < 400:
            raise ValueError(f"content: the reply's body is not JSON: {error}") from None
        body = None
    yield {"kind": "response", "method": method, "path": path, "status": status, "body": body}


def _text(response: Mapping[str, Any]) -> str:
    """The text of a response; none of a picture."""
    content = response.get("content") or {}
    text: str = content.get("text") or ""
    if content.get("encoding") != "base64":
        return text
    try:
        return b64decode(text).decode()
    except ValueError:
        return ""


def _frames(text: str) -> Iterator[dict[str, Any]]:
    """The batch of a long poll: frames, of which those on ``/meta/`` are CometD's own."""
    try:
        batch = json.loads(text)
    except ValueError:
        return  # a page, a script, a picture
    for frame in batch if isinstance(batch, list) else ():
        if isinstance(frame, dict) and isinstance(frame.get("channel"), str) and "data" in frame:
            yield {"channel": frame["channel"], "data": frame["data"]}
