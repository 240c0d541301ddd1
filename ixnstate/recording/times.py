"""When something was recorded: ISO 8601, or a number of seconds or milliseconds since 1970.

A time that no clock has is not a time: the line is judged by its place among the others.
"""

from datetime import UTC, datetime
from typing import Any

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""The years that a clock may show."""
_MILLISECONDS = 1e11
"""A number beyond this counts milliseconds: as seconds it would lie in the year 5138."""


def seconds(time: Any) -> float | None:
    """The time in seconds since 1970 (without an offset it is UTC); None for what is not a time, or none of a clock."""
    if isinstance(time, str):
        return _of_text(time)
    if isinstance(time, bool) or not isinstance(time, int | float) or not -1e15 <= time <= 1e15:  # as of NaN
        return None
    return time / 1000 if time > _MILLISECONDS else float(time)


def _of_text(text: str) -> float | None:
    try:
        time = datetime.fromisoformat(text)
        if FIRST_YEAR <= time.year <= LAST_YEAR:
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        pass
    return None


def written(time: float) -> str | None:
    """The time as ISO 8601, in UTC; None for one that no clock has."""
    try:
        found = datetime.fromtimestamp(time, UTC)
    except (OSError, OverflowError, ValueError):
        return None
    return found.isoformat().replace("+00:00", "Z") if FIRST_YEAR <= found.year <= LAST_YEAR else None
