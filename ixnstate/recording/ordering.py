"""In which order lines are judged: one file after the other, side by side in time, or all sorted by time.

Lines that come in any order are sorted in parts, which are written aside, and merged. A finding is still where its line
stands, so a shuffled recording has the findings of the recording.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import merge
from itertools import chain, islice, pairwise
from math import inf
from pathlib import Path
from typing import Any, cast

from ixnstate.gws import MessageError
from ixnstate.recording.compressed import BUFFER, DamageError, decompressed
from ixnstate.recording.documents import EXCHANGE
from ixnstate.recording.lines import Line, Place, Unreadable, unreadable
from ixnstate.recording.numbered import MAX_LINE, NumberedLines
from ixnstate.recording.reading import Numbered, is_parquet, read_file, read_head, read_raw
from ixnstate.recording.records import UNKNOWN, UNNAMED, Recorded, is_plain, read_record
from ixnstate.recording.sorting import Entry, Sorter
from ixnstate.recording.times import seconds
from ixnstate.values import Json, each_of

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


def order_of(files: Sequence[str | Path], *, unsorted: bool = False, longest: int = MAX_LINE) -> Order:
    """In which order the lines of files are judged: files whose times overlap were recorded side by side.

    Where exchanges are logged when they end, their requests were before: all lines are put in the order of time.
    """
    if unsorted or any(_has_exchanges(file, longest) for file in files):
        return sorted_in_time
    return side_by_side if len(files) > 1 and _overlap(files, longest) else one_after_the_other


def agent_of(files: Iterable[str | Path], *, longest: int = MAX_LINE) -> str:
    """Whose the lines are that name no agent: `UNNAMED` where no line of the files names any, or else `UNKNOWN`.

    What cannot be read twice is one agent's as far as it names none.
    """
    names = any(_names_agents(file, longest) for file in files)
    return UNKNOWN if names else UNNAMED


def _names_agents(file: str | Path, longest: int) -> bool:
    if not _is_file(file):
        return False
    if _is_har(file):
        return _mentions(file, b'"_agent"')
    return (_is_parquet(file) or _mentions(file, b'"agent"')) and any(map(_names, _of_agents(file, longest)))


def _is_parquet(file: str | Path) -> bool:
    with suppress(OSError), Path(file).open("rb", BUFFER) as opened:
        return is_parquet(opened)
    return False


def _mentions(file: str | Path, what: bytes) -> bool:
    with suppress(OSError, DamageError), Path(file).open("rb", BUFFER) as opened:
        stream, before = decompressed(opened), b""
        while piece := stream.read(BUFFER):
            if what in before + piece:
                return True
            before = piece[-len(what) :]
    return False


def _names(line: Line | Unreadable) -> bool:
    return isinstance(line, Line) and isinstance(line.value, Mapping) and line.value.get("agent") is not None


def _of_agents(file: str | Path, longest: int) -> Iterator[Line | Unreadable]:
    """The lines of a file that may name an agent."""

    def read(numbered: NumberedLines, name: str) -> Iterator[Line | Unreadable]:
        yield from read_head(numbered, name)
        for number, raw in numbered:
            if b'"agent"' in raw:
                yield from read_raw(raw, number, name)

    if _is_file(file):
        with suppress(OSError):
            yield from read_file(Path(file), read, longest=longest)


LOOKED_AT = 2_000
"""How many lines at the begin of a file tell what it is like."""


def _has_exchanges(file: str | Path, longest: int) -> bool:
    """Whether a file has records of whole exchanges, which are written when they end."""
    return any(_is_exchange(line) for line in _first_of(file, longest))


def _is_exchange(line: Line | Unreadable) -> bool:
    return isinstance(line, Line) and f'"{EXCHANGE}"' in line.text and _said(line, "kind") == "request"


def _said(line: Line | Unreadable, key: str) -> Json:
    return line.value.get(key) if isinstance(line, Line) and isinstance(line.value, Mapping) else None


def _is_file(file: str | Path) -> bool:
    """Whether it is a file; a name that no file can have, as one that is too long, is none."""
    with suppress(OSError, ValueError):
        return Path(file).is_file()
    return False


def _first_of(file: str | Path, longest: int) -> Iterator[Line | Unreadable]:
    """The first lines of a file; none of a HAR file, which is put in order, or of what cannot be read twice."""
    if _is_file(file) and not _is_har(file):
        with suppress(OSError):
            yield from islice(read_file(Path(file), longest=longest), LOOKED_AT)


def _is_har(file: str | Path) -> bool:
    with suppress(OSError, DamageError), Path(file).open("rb", BUFFER) as opened:
        head: bytes = cast(Any, decompressed(opened)).peek(_HEAD)
        return _HAR.match(head) is not None
    return False


_HEAD = 4096
_HAR = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"')


def disorder_of(files: Iterable[str | Path], *, longest: int = MAX_LINE) -> Iterator[str]:
    """For each file that is not in the order of time, as far as its first lines tell: how, and what mends it."""
    for file in files:
        latest, falls, early, place = -inf, 0, 0, None
        asked, answered = set[Json](), set[Json]()
        for line in _first_of(file, longest):
            seq, answers = _said(line, "seq"), _said(line, "answers")
            time = seconds(_said(line, "ts"))
            if _said(line, "kind") == "request" and isinstance(seq, int):
                asked.add(seq)
                is_early = seq in answered
            else:
                is_early = False
                if isinstance(answers, int) and answers not in asked:
                    answered.add(answers)
            is_fall = time is not None and time < latest
            latest = max(latest, time) if time is not None else latest
            falls, early = falls + is_fall, early + is_early
            place = place or (line.place if is_fall or is_early else None)
        if place is not None:
            said = f"the times of {falls:,} lines are before those of earlier ones" if falls else ""
            replies = f"{early:,} replies stand before their requests" if early else ""
            how = ", and ".join(filter(None, (said, replies)))
            yield f"{place}: this is not in the order of time ({how}); --unsorted puts it in order"


def _timed(number: int, lines: Iterable[Line | Unreadable]) -> Iterator[tuple[float, int, int, Line | Unreadable]]:
    latest = -inf
    for count, line in enumerate(lines):
        latest = max(latest, *_times([line]), -inf)
        yield latest, number, count, line


def _overlap(files: Iterable[str | Path], longest: int) -> bool:
    """Whether a file begins before the one before it ends; not where one of them has no times."""
    spans: list[tuple[float, float]] = []
    for file in files:
        times = list(_times(_ends_of(file, longest)))
        if not times:
            return False
        spans.append((min(times), max(times)))
    return any(begin < end for (_, end), (begin, _) in pairwise(spans))


def _ends_of(file: str | Path, longest: int) -> Iterator[Line | Unreadable]:
    """The first and the last lines of a file. Of one that cannot be opened, or read twice, there are none."""
    if not _is_file(file):
        return
    with suppress(OSError):
        yield from read_file(Path(file), _ends, longest=longest)


def _ends(numbered: NumberedLines, name: str) -> Iterator[Line | Unreadable]:
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
            time = seconds(line.value.get("ts"))
            if time is not None:
                yield time


# --- sorted by time -------------------------------------------------------------------------------------------------


def in_time(lines: Iterable[Line | Unreadable]) -> Iterator[Line | Unreadable]:
    """The lines by ``ts``, and at one time by ``seq``; without any ``ts``, file by file by ``seq``.

    What cannot be read, or has no place in that order, comes first.
    """
    timed, untimed, files = Sorter(), Sorter(), dict[str, int]()
    for count, line in enumerate(each_of("lines", lines, Line, Unreadable)):
        if isinstance(line, Unreadable):
            yield line
            continue
        try:
            recorded = read_record(line)
            if recorded is not None:
                order = _order(recorded, files.setdefault(line.place.file, len(files)))
                (untimed if recorded.time is None else timed).add([*order, count, *_written(line)], len(line.text))
        except MessageError as error:
            yield unreadable(line, str(error))
    has_times = not timed.is_empty
    for line in map(_read, untimed.sorted()):
        yield unreadable(line, "ts: is missing, and others are put in order by it") if has_times else line
    yield from map(_read, timed.sorted())


def _order(recorded: Recorded, file: int) -> Entry:
    """What a record is sorted by: numbers of different files are compared only where nothing else tells them apart."""
    if not is_plain(recorded):
        raise MessageError("it is nested too deeply to be put in order")
    if recorded.time is None and recorded.seq is None:
        raise MessageError("ts and seq are missing, and unsorted lines are put in order by them")
    return [file, recorded.seq] if recorded.time is None else [recorded.time, recorded.seq or 0, file]


def _written(line: Line) -> Entry:
    return [line.place.file, line.place.line, line.text, line.value, line.column]


def _read(entry: Entry) -> Line:
    *_, file, number, text, value, column = entry
    return Line(Place(file, number), text, value, column)
