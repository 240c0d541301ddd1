"""One value of a file, and values that span lines: what in them is recorded, be it an array, HAR or OCEL."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ixnstate.decoding import FINITE
from ixnstate.recording import har, ocel
from ixnstate.recording.lines import Line, Place, Unreadable, unreadable
from ixnstate.recording.locating import Span, members
from ixnstate.values import brief


def _standard_loads(raw: bytes) -> Any:
    return FINITE.decode(raw.decode("utf-8"))


loads: Callable[[bytes], Any]
try:
    from orjson import loads
except ImportError:
    loads = _standard_loads


# --- one value ------------------------------------------------------------------------------------------------------


def read_value(raw: bytes, place: Place) -> Line | Unreadable:
    """The JSON value of these bytes."""
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
        return f"not JSON at column {error.colno}: {error.msg}", error.colno
    except (RecursionError, ValueError) as error:
        return f"not JSON: {error}", 1
    return "not JSON: a number or a string that is out of range", 1


def members_of(line: Line | Unreadable) -> Iterator[Line | Unreadable]:
    """What a value consists of: the members of an array, the records of a HAR or OCEL document; or else itself."""
    if isinstance(line, Line) and isinstance(line.value, list):
        yield from _parts(line)
    elif isinstance(line, Line) and har.is_har(line.value):
        yield from _har(Line(line.place, written(entry), entry, None) for entry in line.value["log"]["entries"])
    elif isinstance(line, Line) and ocel.is_ocel(line.value):
        events = (Line(line.place, written(event), event, None) for event in line.value[ocel.EVENTS])
        yield from _ocel(events, ocel.Log(line.value["objects"]))
    else:
        yield line


def _parts(line: Line) -> Iterator[Line]:
    """The members of an array, each as it is written."""
    spans: list[Span | None]
    try:
        spans = [span for _, span in members(line.text)]
    except (IndexError, RecursionError, ValueError):
        spans = [None] * len(line.value)
    for value, span in zip(line.value, spans, strict=True):
        if span is None:
            yield Line(line.place, written(value), value, None)
        else:
            yield Line(line.place, line.text[span[0] : span[1]], value, span[0] + 1)


def _har(entries: Iterable[Line]) -> Iterator[Line | Unreadable]:
    """The records of a HAR file, in the order of time; then the entries that are none."""
    timed: list[tuple[Any, Line]] = []
    wrong: list[Unreadable] = []
    for entry in entries:
        try:
            timed += [(time, Line(entry.place, entry.text, record, None)) for time, record in har.pieces(entry.value)]
        except ValueError as error:
            wrong.append(unreadable(entry, str(error)))
    for seq, line in enumerate(har.in_time(timed)):
        line.value["seq"] = seq
        if "answers" in line.value:
            line.value["answers"] = line.value["answers"]["seq"]
        yield line
    yield from wrong


def _ocel(events: Iterable[Line], log: ocel.Log) -> Iterator[Line | Unreadable]:
    """The records of an OCEL document, in the order of time or of their numbers; then the events that are none."""
    ordered: list[tuple[float, Line]] = []
    wrong: list[Unreadable] = []
    for event in events:
        try:
            order, record = log.record(event.value)
        except ValueError as error:
            wrong.append(unreadable(event, str(error)))
            continue
        if record is not None:
            ordered.append((order, Line(event.place, written(record), record, None)))
    yield from (line for _, line in sorted(ordered, key=lambda each: each[0]))
    yield from wrong


def written(value: Any) -> str:
    """The value as JSON; of one nested too deeply, how it begins."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return brief(value)


# --- values that span lines ------------------------------------------------------------------------------------------


def read_spanning(raw: bytes, name: str, start: int) -> Iterator[Line | Unreadable]:
    """Values that span lines: the members of an array, or one object after the other."""
    try:
        text = raw.decode("utf-8")
        found = list(_values(text, name, start))
        only: Any = found[0].value if len(found) == 1 else None
        entries = har.ENTRIES.search(text) if har.is_har(only) else None
    except (RecursionError, ValueError):
        yield from _read_broken(raw, name, start)
        return
    if entries:
        yield from _har(_values(text, name, start, entries.end()))
    elif ocel.is_ocel(only):
        yield from _ocel(_values(text, name, start, ocel.events_at(text)), ocel.Log(only["objects"]))
    else:
        yield from found


def _read_broken(raw: bytes, name: str, start: int) -> Iterator[Line | Unreadable]:
    """What is not JSON as a whole: lines after all; or, if most lines are no values, a document, as far as it goes."""
    lines = [
        read_value(line, Place(name, number)) for number, line in enumerate(raw.split(b"\n"), start) if line.strip()
    ]
    if 2 * sum(isinstance(line, Line) and isinstance(line.value, dict | list) for line in lines) < len(lines):
        text = raw.decode("utf-8", "replace")
        found = list(_until_broken(text, name, start))
        whole = [line for line in found if isinstance(line, Line)]
        if 0 < len(whole) < len(found):
            yield from _whole(text, whole)
            yield found[-1]
            return
    for line in lines:
        yield from members_of(line)


def _until_broken(text: str, name: str, start: int) -> Iterator[Line | Unreadable]:
    """The values, or the members of HAR's entries or OCEL's events, and where it breaks off."""
    inside = _inside(text)
    try:
        yield from _values(text, name, start, inside.end() if inside else None)
        FINITE.decode(text)  # what comes after the members is at fault
    except json.JSONDecodeError as error:
        shown = text.split("\n")[error.lineno - 1]
        problem = f"not JSON at column {error.colno}: {error.msg}; the document is not read on"
        yield Unreadable(Place(name, start + error.lineno - 1), shown, problem, error.colno)
    except (RecursionError, ValueError):
        return


def _inside(text: str) -> re.Match[str] | None:
    """Where the members of a document begin that is one object."""
    return None if text.lstrip().startswith("[") else har.ENTRIES.search(text) or ocel.MEMBERS.search(text)


def _whole(text: str, found: list[Line]) -> Iterator[Line | Unreadable]:
    """The records of a document's members."""
    inside = _inside(text)
    if inside is None:
        for line in found:
            yield from members_of(line)
    elif inside.re is har.ENTRIES:
        yield from _har(found)
    else:
        yield from _ocel(found, ocel.Log(ocel.objects_before(text)))


def _values(text: str, name: str, start: int, inside: int | None = None) -> Iterator[Line]:
    """The values of a text; or the members of the array that begins before ``inside``."""
    is_array = inside is not None or text.lstrip().startswith("[")
    at, line, counted = inside or (text.index("[") + 1 if is_array else 0), start, 0
    while at < len(text):
        if text[at].isspace() or (is_array and text[at] == ","):
            at += 1
        elif is_array and text[at] == "]":
            if inside is None and text[at + 1 :].strip():
                raise json.JSONDecodeError("something stands after the array", text, at + 1)
            return
        else:
            line, counted = line + text.count("\n", counted, at), at
            value, end = FINITE.raw_decode(text, at)
            yield _spanning(Place(name, line), text, at, end, value)
            at = end
    if is_array:
        raise json.JSONDecodeError("the array does not end", text, len(text))


def _spanning(place: Place, text: str, at: int, end: int, value: Any) -> Line:
    """A value of the text; one that spans lines is shown in one."""
    shown = text[at:end]
    if "\n" in shown:
        return Line(place, " ".join(shown.split()), value, None)
    return Line(place, shown, value, at - text.rfind("\n", 0, at))
