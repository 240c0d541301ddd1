"""Lines that come in any order, put into that of time: sorted in parts, which are written aside, and merged.

They are judged as if they had been recorded so; a finding is still where its line stands, so a shuffled recording has
the findings of the recording.
"""

import json
from collections.abc import Iterable, Iterator
from heapq import merge
from tempfile import TemporaryFile
from typing import IO, Any

from ixnstate.gws import MessageError
from ixnstate.lines import Line, Place, Unreadable, unreadable
from ixnstate.trace.records import Recorded, read_record
from ixnstate.trace.saving import is_plain

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
