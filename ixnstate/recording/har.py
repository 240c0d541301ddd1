"""HAR, the log of a browser's session or of a proxy, as records: requests, replies, and the messages of long polls.

A long poll begins before the requests whose notifications it brings. So every entry becomes a request at its start and
a reply at its end, and all of them are put in the order of time. What the recorder left out, or what cannot be decoded,
becomes a record that says so (`ixnstate.recording.records.Missing`): nothing may rest on what it would have told.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from urllib.parse import SplitResult, unquote_plus, urlsplit

import attrs

from ixnstate.commands import is_name
from ixnstate.gws import MessageError, read_path
from ixnstate.recording import times
from ixnstate.recording.bodies import LostError, json_of, text_of
from ixnstate.recording.lines import Line, Place
from ixnstate.recording.sorting import Sorter
from ixnstate.values import Json, JsonObject, brief

MAX_WAITING = 10_000
"""How many replies without an end wait for a later request to the same address; then the oldest has come."""


def is_har(value: object) -> bool:
    """Whether this is the object that a HAR file has."""
    log = value.get("log") if isinstance(value, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


@attrs.define
class _Piece:
    """A record of an entry, without its number."""

    time: float | None
    record: dict[str, Json]
    is_late: bool = False
    """Whether it came later than that, nobody knows when."""


class HarLog:
    """The entries of a HAR file, which come in any order, and the records that they make in the order of time."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._sorter = Sorter()
        self._count = 0
        self._time = 0.0
        self._polls: set[str] = set()
        self._has_agents = False

    def add(self, entry: Json, line: int) -> None:
        """Take the entry that begins in this line of the file. Raises ValueError for what is not an entry."""
        problem = None
        try:
            request, url = _requested(entry)
        except ValueError as error:
            problem, request, url = f"no entry of a HAR file: {error}", {}, urlsplit("")
            entry = entry if isinstance(entry, Mapping) else {}
        began = _time_of(entry)
        self._time = began if began is not None else self._time
        read = _Entry(entry, request, url.path, f"{url.path}?{url.query}" if url.query else url.path, began)
        pieces = list(read.pieces(self._polls))
        if problem is not None and not pieces:
            pieces = read.lost()
        stamp = {"ts": times.written(began)} if began is not None else _unreadable_time(entry)
        agent = entry.get("_agent")
        self._has_agents |= is_name(agent)
        named = {"agent": agent} if is_name(agent) else {}
        for part, piece in enumerate((_Piece(began, {}), *pieces) if pieces else ()):
            when = stamp if piece.time in (None, began) else {"ts": times.written(piece.time)}
            record = {**({} if piece.is_late else when), **named, **piece.record} if piece.record else {}
            key = [self._time if piece.time is None else piece.time, self._count, part]
            self._sorter.add([*key, piece.is_late, url.path, line, record], 100 + len(str(piece.record)))
        self._count += 1
        if problem is not None:
            raise ValueError(problem)

    def lines(self) -> Iterator[Line]:
        """The records of all entries, once. If none of them says whose session it was, it was one agent's."""
        agent = {} if self._has_agents else {"agent": f"({PurePath(self._file).name or 'har'})"}
        numbers: dict[int, int] = {}
        for seq, (entry, line, record) in enumerate(self._ordered()):
            if record["kind"] == "request" or record.get("missing") == "request":
                numbers[entry] = seq
            elif record.pop("replies", False):
                record["answers"] = numbers.pop(entry)
            record = {"seq": seq, **agent, **record}  # noqa: PLW2901
            yield Line(Place(self._file, line), json.dumps(record, ensure_ascii=False), record, None)

    def _ordered(self) -> Iterator[tuple[int, int, dict[str, object]]]:
        """What has no end comes before the next request to the same address: that was made when it had ended."""
        waiting: dict[str, list[tuple[int, int, dict[str, object]]]] = {}
        size = 0
        for _, entry, part, is_late, address, line, record in self._sorter.sorted():
            if not part:  # an entry begins
                ended = waiting.pop(address, [])
                size -= len(ended)
                yield from ended
            elif is_late:
                waiting.setdefault(address, []).append((entry, line, record))
                size += 1
                if size > MAX_WAITING:
                    ended = waiting.pop(next(iter(waiting)))
                    size -= len(ended)
                    yield from ended
            else:
                yield entry, line, record
        for ended in waiting.values():
            yield from ended


def _requested(entry: object) -> tuple[Mapping[str, object], SplitResult]:
    """The request and its address. Raises ValueError."""
    request = entry.get("request") if isinstance(entry, Mapping) else None
    if not isinstance(request, Mapping) or not isinstance(request.get("url"), str):
        raise ValueError(f"it must have a request with a url, not {brief(entry)}")
    try:
        url = urlsplit(request["url"])
        if not url.path.startswith("/") and not url.netloc:
            raise ValueError(f"{brief(request['url'])} is not an address")
        return request, url
    except ValueError as error:
        raise ValueError(f"request.url: {error}") from None


def _time_of(entry: Mapping[str, object]) -> float | None:
    time = entry.get("startedDateTime")
    return times.seconds(time) if isinstance(time, str) else None


def _unreadable_time(entry: Mapping[str, object]) -> dict[str, object]:
    time = entry.get("startedDateTime")
    return {} if time is None else {"ts": time if isinstance(time, str) else brief(time)}


# --- one entry ------------------------------------------------------------------------------------------------------

_TIMINGS = ("blocked", "dns", "connect", "send", "wait", "receive")
"""The parts of an entry's time; ``ssl`` is within ``connect``."""
_LONGEST = 1e9
"""How many milliseconds an entry takes at most: eleven days."""
_STATUS = re.compile("[1-5][0-9][0-9]", re.ASCII)
_WITHOUT_A_BODY = ("HEAD", "OPTIONS")
"""Methods that ask for nothing of the API: a browser asks with them whether it may."""
_GATEWAY = (502, 504)
"""By these a server in between says that it has no answer of the API: nobody knows what became of the request."""

LEFT_OUT, BROKEN_OFF = "the recorder left out the text", "it was broken off"
NOT_JSON, REDIRECTED = "the text is not JSON", "it was answered by a redirection"
NO_ENTRY = "an entry cannot be read"
NO_ANSWER = "a server in between had no answer"


@attrs.define
class _Entry:
    """A request, its response, and when they were."""

    entry: JsonObject
    request: JsonObject
    path: str
    address: str
    """The path with the query."""
    began: float | None

    @property
    def response(self) -> JsonObject:
        found = self.entry.get("response")
        return found if isinstance(found, Mapping) else {}

    @property
    def status(self) -> int:
        """The HTTP status; 0 where there is none, as for a request that was broken off."""
        status = self.response.get("status")
        if isinstance(status, str) and _STATUS.fullmatch(status):
            status = int(status)
        return status if isinstance(status, int) and 100 <= status < 600 else 0

    @property
    def ended(self) -> float | None:
        """When the response had come; None if nobody knows."""
        if self.began is None:
            return None
        timings = self.entry.get("timings")
        parts = [timings.get(name) for name in _TIMINGS] if isinstance(timings, Mapping) else []
        known = [part for each in parts if (part := _duration(each)) is not None]
        took = _duration(self.entry.get("time"))
        if known and not took:
            took = sum(known)
        return None if took is None or took > _LONGEST else self.began + took / 1000

    def pieces(self, polls: set[str]) -> Iterator[_Piece]:
        """The records of the entry; ``polls`` are the addresses from which messages came."""
        method = self.request.get("method")
        method = method.upper() if isinstance(method, str) and method.isalpha() else "POST"
        is_api = "/api/v2/" in f"{self.path}/"
        operation = self._operation(method) if is_api and method != "GET" and method not in _WITHOUT_A_BODY else None
        if operation is not None:
            about = {"method": method, "path": self.address}
            yield _Piece(self.began, {**operation, **about})
            yield self._at_end({**self._reply(), **about, "replies": True})
            return
        yield from self._messages(polls, self._is_poll(polls, method, is_api=is_api))

    def lost(self) -> list[_Piece]:
        """The gap of an entry that cannot be read: anything may have begun with it, and ended."""
        record = {"kind": "gap", "missing": "anything", "why": NO_ENTRY}
        return [_Piece(self.began, record), self._at_end(record)]

    def _at_end(self, record: dict[str, Json]) -> _Piece:
        ended = self.ended
        return _Piece(self.began, record, is_late=True) if ended is None else _Piece(ended, record)

    # --- requests ---------------------------------------------------------------------------------------------------

    def _operation(self, method: str) -> dict[str, object] | None:
        """The request for an operation; or that there may have been one; None for any other request."""
        try:
            body = _posted(self.request)
        except LostError as error:
            may_be = method == "POST" and _is_operated(self.address)
            return {"kind": "gap", "missing": "request", "why": str(error)} if may_be else None
        if isinstance(body, dict) and "operationName" in body:
            return {"kind": "request", "body": body}
        return None

    def _reply(self) -> dict[str, object]:
        return reply_of(self.status, self.response)

    # --- messages ---------------------------------------------------------------------------------------------------

    def _messages(self, polls: set[str], is_poll: bool) -> Iterator[_Piece]:
        """The messages that the response brought, or that there may have been some."""
        sockets = self.entry.get("_webSocketMessages")
        if isinstance(sockets, list):
            yield from self._received(sockets, is_poll=is_poll)
            return
        if self.status == 101 or self.entry.get("_resourceType") == "websocket":
            if is_poll:
                yield self._gap(LEFT_OUT)
            return
        is_answer = 200 <= self.status < 300
        if not is_answer and is_poll and not 300 <= self.status < 600:
            yield self._gap(BROKEN_OFF)
            is_poll = False
        try:
            text = text_of(self.response, "content")
            frames = frames_of(text) if (is_poll and is_answer) or '"channel"' in text else []
        except LostError as error:
            if is_poll and is_answer:
                yield self._gap(str(error))
            return
        if frames is None:
            if is_poll and is_answer:
                yield self._gap(NOT_JSON if text.strip() else LEFT_OUT)
            return
        if frames:
            polls.add(self.path)
        for frame in frames:
            yield self._at_end({"kind": "notification", **frame})

    def _received(self, sockets: list[object], *, is_poll: bool) -> Iterator[_Piece]:
        """Each text that came through a web socket is a batch."""
        latest = self.began
        for message in sockets:
            if not isinstance(message, Mapping) or message.get("type") != "receive":
                continue
            time = times.seconds(message.get("time"))
            latest = time if time and times.written(time) else latest
            data = message.get("data")
            frames = frames_of(data) if isinstance(data, str) else None
            if frames is None and is_poll:
                yield _Piece(latest, {"kind": "gap", "missing": "messages", "why": NOT_JSON})
            for frame in frames or ():
                yield _Piece(latest, {"kind": "notification", **frame})

    def _gap(self, why: str) -> _Piece:
        return self._at_end({"kind": "gap", "missing": "messages", "why": why})

    def _is_poll(self, polls: set[str], method: str, *, is_api: bool) -> bool:
        """Whether messages come from there: by its address, or by what was asked for."""
        parts = self.path.lower().split("/")
        posted = self.request.get("postData")
        text = posted.get("text") if isinstance(posted, Mapping) else None
        return method not in _WITHOUT_A_BODY and (
            self.path in polls
            or (is_api and "notifications" in parts)
            or (method == "POST" and "cometd" in parts)
            or "/meta/connect" in f"{text} {unquote_plus(self.address)}"
        )


def reply_of(status: int, response: Mapping[str, object], *, is_read: bool = False) -> dict[str, Json]:
    """A reply as a record without its address; or the gap for one that does not say what became of the request.

    ``status`` is the HTTP status, 0 for none. What a request that ``is_read`` was answered may be any text.
    """
    gap = {"kind": "gap", "missing": "reply"} | ({"status": status} if status else {})
    if status <= 0:
        return {**gap, "why": BROKEN_OFF}
    if status < 200 or 300 <= status < 400:
        return {**gap, "why": REDIRECTED}
    try:
        text = text_of(response, "content")
        body = json_of(text) if text.strip() else None
    except LostError as error:
        if status < 400 and not is_read:
            return {**gap, "why": str(error)}
        body = None
    if body is None and status in _GATEWAY:
        return {**gap, "why": NO_ANSWER}
    return {"kind": "response", "status": status, "body": body}


def _duration(value: object) -> float | None:
    """The milliseconds; None for what is none, as -1."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST
    return float(value) if is_one else None  # type: ignore[arg-type]


def _is_operated(address: str) -> bool:
    """Whether operations are posted there: an interaction, a workbin, or all interactions of a medium."""
    try:
        return read_path(address).of in ("interaction", "interactions", "workbin", "workbins")
    except MessageError:
        return False


def _posted(request: Mapping[str, object]) -> object:
    """The body of a request, None if it had none or is a form. Raises `LostError` for what was not recorded."""
    posted = request.get("postData")
    posted = posted if isinstance(posted, Mapping) else {}
    kind = str(posted.get("mimeType") or "").lower()
    if isinstance(posted.get("text"), str) and posted["text"].strip():
        try:
            return json_of(text_of({**request, "postData": posted}, "postData"))
        except LostError:
            if kind.startswith("multipart/") or ("json" not in kind and kind):
                return None  # a form, or a file
            raise
    params = posted.get("params")
    if isinstance(params, list) and params:
        return _of_params(params)
    if request.get("bodySize") == 0:
        return None
    raise LostError(LEFT_OUT)


def _of_params(params: list[object]) -> object:
    """The JSON that a recorder has taken for a form; None for a form."""
    pairs = [
        (str(each.get("name") or ""), str(each.get("value") or "")) for each in params if isinstance(each, Mapping)
    ]
    text = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    for found in (text, unquote_plus(text)):
        try:
            return json_of(found)
        except LostError:
            continue
    return None


# --- messages -------------------------------------------------------------------------------------------------------

_JSONP = re.compile(r"\s*(?:/\*.*?\*/\s*)?[\w$.]+\s*\((.*)\)\s*;?\s*\Z", re.DOTALL)


def frames_of(text: str) -> list[dict[str, Json]] | None:
    """The frames of a batch, without CometD's own: an array, a single object, or JSONP of one. None for other text."""
    padded = _JSONP.match(text)
    try:
        batch = json_of(padded[1] if padded else text)
    except LostError:
        return None
    if not isinstance(batch, dict | list):
        return None
    frames = batch if isinstance(batch, list) else [batch]
    return [
        {"channel": frame["channel"], "data": frame["data"]}
        for frame in frames
        if isinstance(frame, dict) and isinstance(frame.get("channel"), str) and "data" in frame
    ]
