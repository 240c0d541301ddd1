"""What stands in a recorded file: values that could be read, lines that could not, and where each is."""

from typing import Any

from ixnstate.recording.locating import located
from ixnstate.values import frozen


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
