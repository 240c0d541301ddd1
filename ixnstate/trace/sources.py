"""In which order the lines of several files are judged: one file after the other, or side by side in time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import merge
from itertools import chain, islice, pairwise
from math import inf
from pathlib import Path

from ixnstate.gws import MessageError
from ixnstate.lines import (
    Line,
    Numbered,
    Unreadable,
    decompressed,
    read_file,
    read_head,
    read_raw,
)
from ixnstate.trace.records import time_of
from ixnstate.trace.sorting import in_time

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
