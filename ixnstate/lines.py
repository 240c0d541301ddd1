"""Reading recorded files: JSON Lines, or JSON values one after the other (an array, pretty-printed or not).

A line that cannot be read is reported with its place and does not stop the rest.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ixnstate.decoding import refuse_constant, to_finite
from ixnstate.values import brief, frozen

_DECODER = json.JSONDecoder(parse_constant=refuse_constant, parse_float=to_finite)


def _standard_loads(raw: bytes) -> Any:
    return _DECODER.decode(raw.decode("utf-8"))


_loads: Callable[[bytes], Any]
try:
    from orjson import loads as _loads
except ImportError:
    _loads = _standard_loads


@frozen
class Place:
    """Where something stands: the file, and the line in it, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@frozen
class Line:
    """One recorded value: where it stands, what was written there, and what it means."""

    place: Place
    text: str
    value: Any


@frozen
class Unreadable:
    """A line that is not JSON, or none of the known forms: where, what was written there, and what is wrong with it."""

    place: Place
    text: str
    problem: str


BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_file(path: Path) -> Iterator[Line | Unreadable]:
    """The recorded values of a file. Raises OSError if it cannot be opened."""
    with path.open("rb") as stream:
        yield from read_stream(stream, str(path))


def read_stream(stream: BinaryIO, name: str) -> Iterator[Line | Unreadable]:
    """The recorded values of an open file; ``name`` stands in their places.

    A line that is a JSON array counts as its members. Where the first line alone is no JSON, the whole is read as
    values that span lines.
    """
    numbered = enumerate(stream, 1)
    for number, raw in numbered:
        raw = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw  # noqa: PLW2901
        if not raw.strip():
            continue
        first = _read_line(raw, Place(name, number))
        if isinstance(first, Unreadable) and raw.lstrip()[:1] in (b"[", b"{"):
            rest = b"".join(line for _, line in numbered)
            yield from _read_spanning(raw + rest, name, number)
            return
        yield from _members(first)
        break
    for number, raw in numbered:
        if raw.strip():
            yield from _members(_read_line(raw, Place(name, number)))


def _members(line: Line | Unreadable) -> Iterator[Line | Unreadable]:
    if isinstance(line, Line) and isinstance(line.value, list):
        for value in line.value:
            yield Line(line.place, _written(value), value)
    else:
        yield line


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return brief(value)


def _read_line(raw: bytes, place: Place) -> Line | Unreadable:
    try:
        return Line(place, _shown(raw), _loads(raw))
    except RecursionError:
        return Unreadable(place, _shown(raw), "the JSON is nested too deeply")
    except ValueError:
        return Unreadable(place, _shown(raw), _problem(raw))


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\r\n")


def _problem(raw: bytes) -> str:
    """What is wrong with it, in the words of the standard library, which names the column."""
    try:
        _standard_loads(raw)
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"not JSON at column {error.colno}: {error.msg}"
    except (RecursionError, ValueError) as error:
        return f"not JSON: {error}"
    return "not JSON: a number or a string that is out of range"


def _read_spanning(raw: bytes, name: str, start: int) -> Iterator[Line | Unreadable]:
    """Values that span lines: the members of an array, or one object after the other. Else, line by line after all."""
    try:
        text = raw.decode("utf-8")
        found = list(_values(text, name, start))
    except (RecursionError, ValueError):
        for number, line in enumerate(raw.split(b"\n"), start):
            if line.strip():
                yield from _members(_read_line(line, Place(name, number)))
        return
    yield from found


def _values(text: str, name: str, start: int) -> Iterator[Line]:
    is_array = text.lstrip().startswith("[")
    at, line, counted = text.index("[") + 1 if is_array else 0, start, 0
    while at < len(text):
        if text[at].isspace() or (is_array and text[at] == ","):
            at += 1
        elif is_array and text[at] == "]":
            if text[at + 1 :].strip():
                raise ValueError("something stands after the array")
            return
        else:
            line, counted = line + text.count("\n", counted, at), at
            value, end = _DECODER.raw_decode(text, at)
            yield Line(Place(name, line), " ".join(text[at:end].split()), value)
            at = end
    if is_array:
        raise ValueError("the array does not end")
