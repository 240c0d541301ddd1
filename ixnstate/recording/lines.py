"""What stands in a recorded file: values that could be read, lines that could not, and where each is."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from ixnstate.recording.locating import located
from ixnstate.values import Json, changed, frozen


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
    value: Json
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
    count: int = 1
    """For how many lines, one after the other, it stands: all have this problem, and this is the first."""

    @property
    def words(self) -> str:
        """The problem, and how many lines have it."""
        return self.problem if self.count == 1 else f"{self.problem} (this line, and {self.count - 1:,} after it)"

    @property
    def spot(self) -> str:
        """The place with the column."""
        return f"{self.place}" if self.column is None else f"{self.place}:{self.column}"


def unreadable(line: Line, problem: str) -> Unreadable:
    """The line with a problem that begins with the name of what is wrong."""
    found = located(line.text, problem)
    column = None if line.column is None else line.column + (found[0] if found else 0)
    return Unreadable(line.place, line.text, problem, column)


T = TypeVar("T")


def grouped(found: Iterable[T | Unreadable]) -> Iterator[T | Unreadable]:
    """The same, but lines that follow each other and have the same problem are one."""
    held: Unreadable | None = None
    count = 0
    for each in found:
        if held is not None and isinstance(each, Unreadable) and _is_alike(held, each):
            count += each.count
            continue
        if held is not None:
            yield held if count == held.count else changed(held, count=count)
            held = None
        if isinstance(each, Unreadable):
            held, count = each, each.count
        else:
            yield each
    if held is not None:
        yield held if count == held.count else changed(held, count=count)


def _is_alike(one: Unreadable, other: Unreadable) -> bool:
    return one.problem == other.problem and one.place.file == other.place.file and one.column == other.column


class Unread:
    """How many lines could not be read, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.first: Unreadable | None = None

    def passed(self, found: Iterable[T | Unreadable]) -> Iterator[T]:
        """What is found, without the lines that cannot be read: these are counted."""
        for each in found:
            if isinstance(each, Unreadable):
                self.count += each.count
                self.first = self.first or each
            else:
                yield each


MAX_PROBLEMS = 10_000
"""How many different problems with the members of a document are told apart."""


class Problems:
    """What is wrong with the members of a document, for when the rest of it has been read."""

    def __init__(self) -> None:
        self._first: list[Unreadable] = []

    def add(self, wrong: Unreadable) -> None:
        """One more; alike ones after each other, and all after very many, are one."""
        latest = self._first[-1] if self._first else None
        if latest is not None and (_is_alike(latest, wrong) or len(self._first) >= MAX_PROBLEMS):
            self._first[-1] = changed(latest, count=latest.count + wrong.count)
        else:
            self._first.append(wrong)

    def __iter__(self) -> Iterator[Unreadable]:
        return iter(self._first)
