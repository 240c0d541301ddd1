"""Reading recorded files: JSON Lines, or JSON values one after the other (an array, pretty-printed or not), HAR, OCEL.

Each of them may be compressed with gzip or zstd. A line that cannot be read is reported with its place and does not
stop the rest.
"""

import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from ixnstate import har, ocel, parquet
from ixnstate.decoding import FINITE
from ixnstate.locating import Span, located, members
from ixnstate.values import brief, frozen


def _standard_loads(raw: bytes) -> Any:
    return FINITE.decode(raw.decode("utf-8"))


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
    column: int | None = 1
    """Where in its line the text begins, from 1; None if the text is not what stands there."""


@frozen
class Unreadable:
    """A line that is not JSON, or none of the known forms: where, what was written there, and what is wrong with it."""

    place: Place
    text: str
    problem: str
    column: int | None = None
    """Where in the line, from 1, what is wrong with it stands, or else its value; None if nobody can tell."""

    @property
    def spot(self) -> str:
        """The place with the column."""
        return f"{self.place}" if self.column is None else f"{self.place}:{self.column}"


def unreadable(line: Line, problem: str) -> Unreadable:
    """The line with a problem that begins with the name of what is wrong."""
    found = located(line.text, problem)
    column = None if line.column is None else line.column + (found[0] if found else 0)
    return Unreadable(line.place, line.text, problem, column)


BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BUFFER = 1 << 18
"""How many bytes are read at once: the default of Python makes a line of some kilobytes twice as dear."""
Numbered = Iterator[tuple[int, bytes]]
"""The lines of a file as they are, with their numbers."""
Read = Callable[[Numbered, str], Iterator[Line | Unreadable]]
"""Makes values of the lines of a file, which is named."""


def read_file(path: Path, read: Read | None = None) -> Iterator[Line | Unreadable]:
    """The recorded values of a file, or what ``read`` makes of its lines. Raises OSError if it cannot be opened."""
    with path.open("rb", BUFFER) as stream:
        if is_parquet(stream):
            yield from _read_parquet(path)
        else:
            yield from read_stream(stream, str(path), read)


def read_stream(stream: BinaryIO, name: str, read: Read | None = None) -> Iterator[Line | Unreadable]:
    """The recorded values of an open file, or what ``read`` makes of its lines; ``name`` stands in their places.

    A line that is a JSON array counts as its members. Where the first line alone is no JSON, the whole is read as
    values that span lines.
    """
    yield from until_damaged(decompressed(stream), name, read or _read_all)


def _read_all(numbered: Numbered, name: str) -> Iterator[Line | Unreadable]:
    yield from read_head(numbered, name)
    for number, raw in numbered:
        yield from read_raw(raw, number, name)


def read_head(numbered: Numbered, name: str) -> Iterator[Line | Unreadable]:
    """The values of the first line that has any; or of all lines, where they are not one value a line."""
    for number, raw in numbered:
        raw = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw  # noqa: PLW2901
        if not raw.strip():
            continue
        first = _read_line(raw, Place(name, number))
        if isinstance(first, Unreadable) and raw.lstrip()[:1] in (b"[", b"{"):
            rest = b"".join(line for _, line in numbered)
            yield from _read_spanning(raw + rest, name, number)
        else:
            yield from _members(first)
        return


def gathered(numbered: Numbered, size: int) -> Iterator[list[tuple[int, bytes]]]:
    """The lines, so many at a time; where compressed data breaks off, first those before."""
    while True:
        lines: list[tuple[int, bytes]] = []
        try:
            lines.extend(islice(numbered, size))
        except _DamageError:
            if lines:
                yield lines
            raise
        if not lines:
            return
        yield lines


def read_raw(raw: bytes, number: int, name: str) -> Iterator[Line | Unreadable]:
    """The values of one line."""
    if raw.strip():
        yield from _members(_read_line(raw, Place(name, number)))


# --- Parquet --------------------------------------------------------------------------------------------------------


def is_parquet(stream: BinaryIO) -> bool:
    """Whether this is a Parquet file, which `read_file` reads by its name."""
    head: bytes = cast(io.BufferedReader, stream).peek(4)
    return head.startswith(parquet.MAGIC)


def _read_parquet(path: Path) -> Iterator[Line | Unreadable]:
    """The rows as lines, numbered from 1."""
    number = 0
    try:
        for number, text in enumerate(parquet.rows(path), 1):
            yield _row(text, Place(str(path), number))
    except ValueError as error:
        yield Unreadable(Place(str(path), number + 1), "", str(error))


def _row(text: str, place: Place) -> Line | Unreadable:
    try:
        value = parquet.record(_loads(text.encode()))
    except (RecursionError, ValueError) as error:
        return Unreadable(place, text, f"the row is no record: {error}")
    return Line(place, _written(value), value, None)


# --- compressed files -----------------------------------------------------------------------------------------------

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PIECE = 1 << 13


class _DamageError(Exception):
    """Compressed data that breaks off or cannot be expanded, or a file that is no UTF-8 at all."""


class _Expanded(io.RawIOBase):
    """What a compressed stream holds, with all there is before it says that the data is damaged."""

    def __init__(self, packed: BinaryIO, new_member: Callable[[], Any], wrong: type[Exception]) -> None:
        self._packed = packed
        self._new_member = new_member
        self._wrong = wrong
        self._member = new_member()
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as it goes; 0 at the end."""
        while not self._ready:
            packed = self._next_piece()
            if not packed:
                return 0
            try:
                self._ready = memoryview(self._member.decompress(packed))
            except self._wrong as error:
                raise _DamageError(f"the compressed data cannot be read on: {error}") from None
        size = min(len(self._ready), len(buffer))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _next_piece(self) -> bytes:
        """Compressed bytes for the member under way, or for the next one."""
        is_over = self._member.eof
        packed: bytes = (is_over and self._member.unused_data.lstrip(b"\0")) or self._packed.read(_PIECE)
        if is_over and packed:
            self._member = self._new_member()
        if not is_over and not packed:
            raise _DamageError("the compressed data cannot be read on: its end is missing")
        return packed


def decompressed(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or what it holds compressed."""
    buffered = cast(io.BufferedReader, stream if hasattr(stream, "peek") else io.BufferedReader(cast(Any, stream)))
    head = buffered.peek(4)[:4]
    if head.startswith(_GZIP):
        return io.BufferedReader(_Expanded(buffered, lambda: zlib.decompressobj(wbits=31), zlib.error), BUFFER)
    if head == _ZSTD:
        return io.BufferedReader(_unzstd(buffered), BUFFER)
    if head.startswith(_UTF_16):
        return io.BufferedReader(_Utf16())
    return buffered


class _Utf16(io.RawIOBase):
    """A file in UTF-16, as some shells write what is sent into one: no line of it is JSON, so it is one wrong line."""

    def readable(self) -> bool:
        """It is, as far as anybody knows."""
        return True

    def readinto(self, _: Any) -> int:
        """There is nothing to read."""
        raise _DamageError("the file is UTF-16, and JSON is UTF-8: convert it")


def _unzstd(stream: BinaryIO) -> io.RawIOBase:
    try:
        import zstandard
    except ImportError:
        return _Expanded(stream, _NoZstd, _NoZstd.Error)
    return _Expanded(stream, lambda: zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError)


class _NoZstd:
    """Stands for the package that is not installed."""

    eof = False

    class Error(Exception):
        """It is not."""

    def decompress(self, _: bytes) -> bytes:
        raise self.Error("pip install 'ixnstate[zstd]' to read zstd")


T = TypeVar("T")


def until_damaged(
    stream: BinaryIO, name: str, read: Callable[[Numbered, str], Iterable[T]]
) -> Iterator[T | Unreadable]:
    """What ``read`` makes of the lines of a file; and where nothing more can be read, a line that says so."""
    counter = count(1)
    try:
        yield from read(zip(counter, stream, strict=False), name)
    except _DamageError as error:
        yield Unreadable(Place(name, next(counter) - 1), "", str(error))


# --- values ---------------------------------------------------------------------------------------------------------


def _members(line: Line | Unreadable) -> Iterator[Line | Unreadable]:
    if isinstance(line, Line) and isinstance(line.value, list):
        yield from _parts(line)
    elif isinstance(line, Line) and har.is_har(line.value):
        yield from _har(Line(line.place, _written(entry), entry, None) for entry in line.value["log"]["entries"])
    elif isinstance(line, Line) and ocel.is_ocel(line.value):
        events = (Line(line.place, _written(event), event, None) for event in line.value[ocel.EVENTS])
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
            yield Line(line.place, _written(value), value, None)
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
            ordered.append((order, Line(event.place, _written(record), record, None)))
    yield from (line for _, line in sorted(ordered, key=lambda each: each[0]))
    yield from wrong


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return brief(value)


def _read_line(raw: bytes, place: Place) -> Line | Unreadable:
    try:
        return Line(place, _shown(raw), _loads(raw))
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


def _read_spanning(raw: bytes, name: str, start: int) -> Iterator[Line | Unreadable]:
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
        _read_line(line, Place(name, number)) for number, line in enumerate(raw.split(b"\n"), start) if line.strip()
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
        yield from _members(line)


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
            yield from _members(line)
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
