"""One value of a file, and what in it is recorded: the members of an array, the records of a HAR or OCEL document."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from ixnstate.decoding import FINITE, MAX_DIGITS, copied
from ixnstate.recording import har, ocel
from ixnstate.recording.lines import Line, Place, Problems, Unreadable, unreadable
from ixnstate.recording.locating import Span, members
from ixnstate.recording.numbered import TOO_LONG
from ixnstate.recording.sorting import Sorter
from ixnstate.values import Json, brief


def _standard_loads(raw: bytes) -> Json:
    return FINITE.decode(raw.decode("utf-8"))


loads: Callable[[bytes], Json]
try:
    from orjson import loads as _quick_loads
except ImportError:
    loads = _standard_loads
else:
    _MANY_DIGITS = re.compile(rb"[0-9]{19}")
    _DEEP = 500

    def loads(raw: bytes) -> Json:
        """The value; what *orjson* refuses or changes (lone surrogates, long numbers), the standard library reads."""
        if not _MANY_DIGITS.search(raw) and raw.count(b"[") + raw.count(b"{") < _DEEP:
            with suppress(ValueError):
                return _quick_loads(raw)
        return _standard_loads(raw)


MANY_DIGITS = f"a number of more than {MAX_DIGITS} digits"
SHOWN = 200
"""How many characters are kept of what cannot be read."""

# --- one value ------------------------------------------------------------------------------------------------------


def read_value(raw: bytes, place: Place) -> Line | Unreadable:
    """The JSON value of these bytes."""
    if raw.endswith(TOO_LONG):
        return Unreadable(place, _shown(raw.removesuffix(TOO_LONG)), "the line is too long to be read", None)
    try:
        return Line(place, _shown(raw), loads(raw))
    except RecursionError:
        return Unreadable(place, _shown(raw), "the JSON is nested too deeply", 1)
    except ValueError:
        return Unreadable(place, _shown(raw), *_problem(raw))


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\r\n")


def _problem(raw: bytes) -> tuple[str, int]:
    """What is wrong with it, in the words of the standard library, and the column."""
    try:
        _standard_loads(raw)
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start + 1}", len(raw[: error.start].decode()) + 1
    except json.JSONDecodeError as error:
        return f"not valid JSON at column {error.colno}: {error.msg}", error.colno
    except RecursionError:
        return "the JSON is nested too deeply", 1
    except ValueError:  # all else that Python cannot read
        return MANY_DIGITS, 1
    return "not JSON: a number or a string that is out of range", 1


def members_of(line: Line | Unreadable) -> Iterator[Line | Unreadable]:
    """What a value consists of: the members of an array, the records of a HAR or OCEL document; or else itself."""
    if isinstance(line, Line) and isinstance(line.value, list):
        yield from _parts(line)
    elif isinstance(line, Line) and isinstance(line.value, dict) and line.value.get("kind") == EXCHANGE:
        yield from _exchanged(line)
    elif isinstance(line, Line) and har.is_har(line.value):
        session = HarDocument(line.place.file)
        for entry in line.value["log"]["entries"]:
            session.add(Line(line.place, "", entry, None))
        yield from session.lines()
    elif isinstance(line, Line) and ocel.is_ocel(line.value):
        yield from _logged(line)
    else:
        yield line


EXCHANGE = "exchange"
"""The kind of a record that a proxy writes when an exchange has ended: the request and its reply."""
_OF_REPLY = ("status", "reply", "ended")


def _exchanged(line: Line) -> Iterator[Line]:
    """The request, and the reply to it unless it has none: then nobody knows what became of it."""
    value = line.value
    request = {key: each for key, each in value.items() if key not in _OF_REPLY} | {"kind": "request"}
    reply = {key: value[key] for key in ("agent", "method", "path", "status") if key in value}
    reply |= {"kind": "response", "body": value.get("reply")}
    reply |= {"ts": value["ended"]} if value.get("ended") is not None else {}
    reply |= {"answers": value["seq"]} if value.get("seq") is not None else {}
    yield Line(line.place, line.text, request, line.column)
    if "status" in value or "reply" in value:
        yield Line(line.place, line.text, reply, line.column)


def _logged(line: Line) -> Iterator[Line | Unreadable]:
    """The records of an OCEL document that stands in one line."""
    document, log, problems = line.value, OcelDocument(), ocel.problems(line.value)
    objects, events = (each if isinstance(each := document.get(key), list) else () for key in ("objects", ocel.EVENTS))
    for each in objects:
        log.add_object(each)
    for event in events:
        log.add(Line(line.place, written(event), event, None))
    yield from log.lines()
    for problem in problems:
        yield Unreadable(line.place, line.text, problem)


def _parts(line: Line) -> Iterator[Line | Unreadable]:
    """The members of an array, each as it is written."""
    spans: list[Span | None]
    try:
        spans = [span for _, span in members(line.text)]
    except (IndexError, RecursionError, ValueError):
        spans = [None] * len(line.value)
    for value, span in zip(line.value, spans, strict=True):
        if span is None:
            member = Line(line.place, written(value), value, None)
        else:
            member = Line(line.place, line.text[span[0] : span[1]], value, span[0] + 1)
        is_exchange = isinstance(value, dict) and value.get("kind") == EXCHANGE
        yield from _exchanged(member) if is_exchange else (member,)


class HarDocument:
    """The entries of a HAR file, and their records in the order of time; then the entries that are none."""

    def __init__(self, file: str) -> None:
        self._log = har.HarLog(file)
        self._problems = Problems()

    def add(self, entry: Line | Unreadable) -> None:
        """Take an entry, or one that cannot be read."""
        if isinstance(entry, Unreadable):
            self._problems.add(entry)
        try:
            self._log.add(entry.value if isinstance(entry, Line) else None, entry.place.line)
        except ValueError as error:
            if isinstance(entry, Line):
                self._problems.add(Unreadable(entry.place, written(entry.value)[:SHOWN], str(error)))

    def lines(self) -> Iterator[Line | Unreadable]:
        """The records, and what is wrong."""
        yield from self._log.lines()
        yield from self._problems


class OcelDocument:
    """The events of an OCEL document, and their records in the order of time or of their numbers; then the others."""

    def __init__(self) -> None:
        self._objects = ocel.OcelLog()
        self._events = Sorter()
        self._problems = Problems()
        self._count = 0

    def begin(self) -> None:
        """The events begin, perhaps once more: the last ones count, as in JSON."""
        self._events = Sorter()

    def add_object(self, said: Json) -> None:
        """Take an object."""
        self._objects.add(said)

    def add(self, event: Line | Unreadable) -> None:
        """Take an event, or one that cannot be read. Its objects may come later."""
        if isinstance(event, Unreadable):
            self._problems.add(event)
            return
        try:
            value = copied(event.value)
        except ValueError as error:
            self._problems.add(Unreadable(event.place, event.text[:SHOWN], str(error)))
            return
        self._count += 1
        place = event.place
        self._events.add([self._count, place.file, place.line, event.text, event.column, value], 2 * len(event.text))

    def lines(self) -> Iterator[Line | Unreadable]:
        """The records, and what is wrong."""
        ordered = Sorter()
        for count, file, number, text, column, event in self._events.sorted():
            try:
                order, record = self._objects.record(event)
            except ValueError as error:
                self._problems.add(unreadable(Line(Place(file, number), text, event, column), str(error)))
                continue
            if record is not None:
                ordered.add([order, count, file, number, record], len(text))
        for _, _, file, number, record in ordered.sorted():
            yield Line(Place(file, number), written(record), record, None)
        yield from self._problems


def written(value: Json) -> str:
    """The value as JSON; of one nested too deeply, how it begins."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return brief(value)
