"""In which order lines are judged: one file after the other, side by side in time, or all sorted by time.

Lines that come in any order are sorted in parts, which are written aside, and merged. A finding is still where its line
stands, so a shuffled recording has the findings of the recording.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import merge
from itertools import chain, islice, pairwise
from math import inf
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from ixnstate.gws import MessageError
from ixnstate.recording.compressed import decompressed
from ixnstate.recording.lines import Line, Place, Unreadable, unreadable
from ixnstate.recording.reading import Numbered, read_file, read_head, read_raw
from ixnstate.recording.records import Recorded, is_plain, read_record, time_of

Sources = Iterable[Iterable[Line | Unreadable]]
Order = Callable[[Sources], Iterator[Line | Unreadable]]
"""Puts the lines of several files together."""

_ENDS = 20
"""How many lines at either end of a file tell from when to when it is."""
_TAIL = 1 << 20
"""Among how many bytes at the end of a file the last ones are looked for."""


def one_after_the_other(sources: Sources) -> Iterator[Line | Unreadable]:
    """The lines as they stand."""
    return chain.from_iterable(sources)


def side_by_side(sources: Sources) -> Iterator[Line | Unreadable]:
    """The lines by ``ts``, those of each source in their order; one without a time follows the one before it."""
    for *_, line in merge(
        *(_timed(number, lines) for number, lines in enumerate(sources)), key=lambda entry: entry[:3]
    ):
        yield line


def sorted_in_time(sources: Sources) -> Iterator[Line | Unreadable]:
    """All lines, as they are sorted by `in_time`."""
    return in_time(chain.from_iterable(sources))


def order_of(files: Sequence[str | Path], *, unsorted: bool = False) -> Order:
    """In which order the lines of files are judged: files whose times overlap were recorded side by side."""
    if unsorted:
        return sorted_in_time
    return side_by_side if len(files) > 1 and _overlap(files) else one_after_the_other


def _timed(number: int, lines: Iterable[Line | Unreadable]) -> Iterator[tuple[float, int, int, Line | Unreadable]]:
    latest = -inf
    for count, line in enumerate(lines):
        latest = max(latest, *_times([line]), -inf)
        yield latest, number, count, line


def _overlap(files: Iterable[str | Path]) -> bool:
    """Whether a file begins before the one before it ends; not where one of them has no times."""
    spans: list[tuple[float, float]] = []
    for file in files:
        times = list(_times(_ends_of(file)))
        if not times:
            return False
        spans.append((min(times), max(times)))
    return any(begin < end for (_, end), (begin, _) in pairwise(spans))


def _ends_of(file: str | Path) -> Iterator[Line | Unreadable]:
    """The first and the last lines of a file. Of one that cannot be opened, or read twice, there are none."""
    if not Path(file).is_file():
        return
    with suppress(OSError):
        yield from read_file(Path(file), _ends)


def _ends(numbered: Numbered, name: str) -> Iterator[Line | Unreadable]:
    yield from read_head(numbered, name)
    for number, raw in (*islice(numbered, _ENDS), *(_tail(Path(name)) or deque(numbered, _ENDS))):
        yield from read_raw(raw, number, name)


def _tail(path: Path) -> Numbered | None:
    """The last lines of a large file, by their place among them; None if they cannot be had without the rest."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= _TAIL or decompressed(file) is not file:
            return None
        file.seek(size - _TAIL)
        lines = file.readlines()[1:]
    return enumerate(lines[-_ENDS:], 1) if lines else None


def _times(lines: Iterable[Line | Unreadable]) -> Iterator[float]:
    for line in lines:
        if isinstance(line, Line) and isinstance(line.value, Mapping):
            with suppress(MessageError):
                time = time_of(line.value.get("ts"))
                if time is not None:
                    yield time


# --- sorted by time -------------------------------------------------------------------------------------------------

MAX_HELD = 1 << 25
"""How many characters of lines are held in memory and sorted at once."""

_Entry = list[Any]
"""What a line is sorted by, which no other one has, and then the line: file, number, text, value, column."""


def in_time(lines: Iterable[Line | Unreadable]) -> Iterator[Line | Unreadable]:
    """The lines by ``ts``, and at one time by ``seq``; without any ``ts``, file by file by ``seq``.

    What cannot be read, or has no place in that order, comes first.
    """
    timed, untimed, files = _Sorter(), _Sorter(), dict[str, int]()
    for count, line in enumerate(lines):
        if isinstance(line, Unreadable):
            yield line
            continue
        try:
            recorded = read_record(line)
            if recorded is not None:
                order = _order(recorded, files.setdefault(line.place.file, len(files)))
                (untimed if recorded.time is None else timed).add([*order, count, *_written(line)])
        except MessageError as error:
            yield unreadable(line, str(error))
    has_times = not timed.is_empty
    for line in untimed.sorted():
        yield unreadable(line, "ts: is missing, and others are put in order by it") if has_times else line
    yield from timed.sorted()


def _order(recorded: Recorded, file: int) -> _Entry:
    """What a record is sorted by: numbers of different files are compared only where nothing else tells them apart."""
    if not is_plain(recorded):
        raise MessageError("it is nested too deeply to be put in order")
    if recorded.time is None and recorded.seq is None:
        raise MessageError("ts and seq are missing, and unsorted lines are put in order by them")
    return [file, recorded.seq] if recorded.time is None else [recorded.time, recorded.seq or 0, file]


def _written(line: Line) -> _Entry:
    return [line.place.file, line.place.line, line.text, line.value, line.column]


class _Sorter:
    """Sorts more lines than memory holds."""

    def __init__(self) -> None:
        self._held: list[_Entry] = []
        self._size = 0
        self._parts: list[IO[str]] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added."""
        return not self._held and not self._parts

    def add(self, entry: _Entry) -> None:
        """Take one more."""
        self._held.append(entry)
        self._size += len(entry[-3])
        if self._size > MAX_HELD:
            self._held.sort()
            self._parts.append(_put_aside(self._held))
            self._held, self._size = [], 0

    def sorted(self) -> Iterator[Line]:
        """All of them, once."""
        self._held.sort()
        for *_, file, number, text, value, column in merge(*map(_read, self._parts), self._held):
            yield Line(Place(file, number), text, value, column)


def _put_aside(entries: list[_Entry]) -> IO[str]:
    part = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (it is closed when it has been read)
    part.writelines(f"{json.dumps(entry)}\n" for entry in entries)
    part.seek(0)
    return part


def _read(part: IO[str]) -> Iterator[_Entry]:
    with part:
        yield from map(json.loads, part)
