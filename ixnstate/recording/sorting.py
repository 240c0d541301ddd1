"""Sorting more than memory holds: in parts, which are written aside, and merged."""

import json
from collections.abc import Iterator
from heapq import merge
from tempfile import TemporaryFile
from typing import IO, Any

MAX_HELD = 1 << 25
"""How many characters are held in memory and sorted at once."""

Entry = list[Any]
"""What it is sorted by, which no other entry has, and then whatever else it holds, as plain JSON."""


class Sorter:
    """Takes entries in any order, and gives them back sorted."""

    def __init__(self) -> None:
        self._held: list[Entry] = []
        self._size = 0
        self._parts: list[IO[str]] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added."""
        return not self._held and not self._parts

    def add(self, entry: Entry, size: int) -> None:
        """Take one more, of about so many characters."""
        self._held.append(entry)
        self._size += size
        if self._size > MAX_HELD:
            self._held.sort()
            self._parts.append(_put_aside(self._held))
            self._held, self._size = [], 0

    def sorted(self) -> Iterator[Entry]:
        """All of them, once."""
        self._held.sort()
        return merge(*map(_read, self._parts), self._held)


def _put_aside(entries: list[Entry]) -> IO[str]:
    part = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (it is closed when it has been read)
    part.writelines(f"{json.dumps(entry)}\n" for entry in entries)
    part.seek(0)
    return part


def _read(part: IO[str]) -> Iterator[Entry]:
    with part:
        yield from map(json.loads, part)
