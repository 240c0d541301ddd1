"""Reading recorded files: JSON Lines, or JSON values one after the other (an array, pretty-printed or not), HAR, OCEL.

Each of them may be compressed with gzip or zstd. A line that cannot be read is reported with its place and does not
stop the rest.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from ixnstate.recording import parquet
from ixnstate.recording.compressed import BUFFER, DamageError, decompressed
from ixnstate.recording.documents import loads, members_of, read_value, written
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.numbered import MAX_LINE, TOO_LONG, NumberedLines
from ixnstate.recording.spanning import DOCUMENT, is_broken, read_document

T = TypeVar("T")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
Numbered = Iterator[tuple[int, bytes]]
"""Lines of a file as they are, with their numbers."""
Read = Callable[[NumberedLines, str], Iterator[Line | Unreadable]]
"""Makes values of the lines of a file, which is named."""

_SAMPLE = 1 << 16
"""Of so many bytes it is told whether a file has a value a line, or is one document."""


def read_file(path: Path, read: Read | None = None, *, longest: int = MAX_LINE) -> Iterator[Line | Unreadable]:
    """The recorded values of a file, or what ``read`` makes of its lines. Raises OSError if it cannot be opened.

    ``longest`` is how many bytes a line or a member of a document may have.
    """
    with path.open("rb", BUFFER) as stream:
        if is_parquet(stream):
            yield from _read_parquet(path)
        else:
            yield from read_stream(stream, str(path), read, longest=longest)


def read_stream(
    stream: BinaryIO, name: str, read: Read | None = None, *, longest: int = MAX_LINE
) -> Iterator[Line | Unreadable]:
    """The recorded values of an open file, or what ``read`` makes of its lines; ``name`` stands in their places.

    A line that is a JSON array counts as its members. Where the first line alone is not valid JSON, the whole is read
    as values that span lines.
    """
    yield from until_damaged(decompressed(stream), name, read or _read_all, longest=longest)


def _read_all(numbered: NumberedLines, name: str) -> Iterator[Line | Unreadable]:
    yield from read_head(numbered, name)
    for number, raw in numbered:
        yield from read_raw(raw, number, name)


def read_head(numbered: NumberedLines, name: str) -> Iterator[Line | Unreadable]:
    """The values of the first line that has any; or of all lines, where they are not one value a line."""
    number, raw, is_whole = numbered.head()
    raw = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
    opening = raw.lstrip()[:1]
    if not is_whole and (opening == b"[" or DOCUMENT.match(raw)):
        yield from read_document(chain([raw], numbered.pieces()), name, number, numbered.longest)
        return
    raw = raw if is_whole else numbered.whole(raw)
    if not raw.strip():
        return
    first = read_value(raw, Place(name, number))
    if isinstance(first, Line) or opening not in (b"[", b"{") or raw.endswith(TOO_LONG):
        yield from members_of(first)
        return
    following = list(numbered.sample(_SAMPLE))
    if not _are_lines([raw, *(line for _, line in following)]):
        sample = _Sample([raw, *(line for _, line in following)], numbered)
        document = read_document(iter(sample), name, number, numbered.longest)
        begun = next(document, None)
        is_known = opening == b"[" or DOCUMENT.match(b"".join(sample.lines))
        if is_known or sample.is_passed or not is_broken(begun):
            yield from () if begun is None else (begun,)
            yield from document
            return
    yield first
    for place, line in following:
        yield from read_raw(line if line.endswith(b"\n") else numbered.whole(line), place, name)


class _Sample:
    """The lines of a sample, and then what comes after it."""

    def __init__(self, lines: list[bytes], numbered: NumberedLines) -> None:
        self.lines = lines
        self._numbered = numbered
        self.is_passed = False
        """Whether more than the sample was needed."""

    def __iter__(self) -> Iterator[bytes]:
        yield from self.lines
        for piece in self._numbered.pieces():
            self.is_passed = True
            yield piece


def _are_lines(raws: list[bytes]) -> bool:
    """Whether most lines are values by themselves."""
    values = [read_value(raw, Place("", 0)) for raw in raws if raw.strip()]
    return 2 * sum(isinstance(each, Line) and isinstance(each.value, dict | list) for each in values) >= len(values)


def gathered(numbered: Numbered, size: int) -> Iterator[list[tuple[int, bytes]]]:
    """The lines, so many at a time, with no number left out; where compressed data breaks off, first those before."""
    while True:
        lines: list[tuple[int, bytes]] = []
        try:
            lines.extend(islice(numbered, size))
        except DamageError:
            yield from _without_jumps(lines)
            raise
        if not lines:
            return
        yield from _without_jumps(lines)


def _without_jumps(lines: list[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    if lines and lines[-1][0] - lines[0][0] == len(lines) - 1:
        yield lines
    elif lines:
        jumps = [at for at, (one, other) in enumerate(pairwise(lines), 1) if other[0] != one[0] + 1]
        for start, end in pairwise((0, *jumps, len(lines))):
            yield lines[start:end]


def read_raw(raw: bytes, number: int, name: str) -> Iterator[Line | Unreadable]:
    """The values of one line."""
    if raw.strip():
        yield from members_of(read_value(raw, Place(name, number)))


def until_damaged(
    stream: BinaryIO, name: str, read: Callable[[NumberedLines, str], Iterable[T]], *, longest: int = MAX_LINE
) -> Iterator[T | Unreadable]:
    """What ``read`` makes of the lines of a file; and where nothing more can be read, a line that says so."""
    numbered = NumberedLines(stream, longest)
    try:
        yield from read(numbered, name)
    except DamageError as error:
        yield Unreadable(Place(name, max(numbered.number, 1)), "", str(error))


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
        value = parquet.record(loads(text.encode()))
    except (RecursionError, ValueError) as error:
        return Unreadable(place, text, f"the row is not a record: {error}")
    return Line(place, written(value), value, None)
