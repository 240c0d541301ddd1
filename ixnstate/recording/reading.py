"""Reading recorded files: JSON Lines, or JSON values one after the other (an array, pretty-printed or not), HAR, OCEL.

Each of them may be compressed with gzip or zstd. A line that cannot be read is reported with its place and does not
stop the rest.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from ixnstate.recording import parquet
from ixnstate.recording.compressed import BUFFER, DamageError, decompressed
from ixnstate.recording.documents import loads, members_of, read_spanning, read_value, written
from ixnstate.recording.lines import Line, Place, Unreadable

T = TypeVar("T")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
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
        first = read_value(raw, Place(name, number))
        if isinstance(first, Unreadable) and raw.lstrip()[:1] in (b"[", b"{"):
            rest = b"".join(line for _, line in numbered)
            yield from read_spanning(raw + rest, name, number)
        else:
            yield from members_of(first)
        return


def gathered(numbered: Numbered, size: int) -> Iterator[list[tuple[int, bytes]]]:
    """The lines, so many at a time; where compressed data breaks off, first those before."""
    while True:
        lines: list[tuple[int, bytes]] = []
        try:
            lines.extend(islice(numbered, size))
        except DamageError:
            if lines:
                yield lines
            raise
        if not lines:
            return
        yield lines


def read_raw(raw: bytes, number: int, name: str) -> Iterator[Line | Unreadable]:
    """The values of one line."""
    if raw.strip():
        yield from members_of(read_value(raw, Place(name, number)))


def until_damaged(
    stream: BinaryIO, name: str, read: Callable[[Numbered, str], Iterable[T]]
) -> Iterator[T | Unreadable]:
    """What ``read`` makes of the lines of a file; and where nothing more can be read, a line that says so."""
    counter = count(1)
    try:
        yield from read(zip(counter, stream, strict=False), name)
    except DamageError as error:
        yield Unreadable(Place(name, next(counter) - 1), "", str(error))


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
        return Unreadable(place, text, f"the row is no record: {error}")
    return Line(place, written(value), value, None)
