"""Caches of what was worked out: with room for so much, and emptied when they are full.

To free fifty thousand beliefs takes seconds, and no line may take that long. So what a full cache had is put aside, and
freed bit by bit, as new results are kept.
"""

from contextlib import suppress
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_KEPT = 50_000
"""How many results of each kind are kept to be used again; an entry is some hundred bytes."""

FREED = 8
"""How many forgotten results are freed for each new one."""

_forgotten: list[dict[Any, Any]] = []


def with_room(kept: dict[K, V], most: int | None = None) -> dict[K, V]:
    """A cache, emptied where it is full: where it has `MAX_KEPT` entries, unless another limit is given."""
    if len(kept) >= (MAX_KEPT if most is None else most):
        _forgotten.append(kept.copy())
        kept.clear()
    elif _forgotten:
        _free_some()
    return kept


def _free_some() -> None:
    """Free some of what was forgotten last. Another thread may do so at the same moment."""
    with suppress(IndexError):
        forgotten = _forgotten[-1]
        try:
            for _ in range(FREED):
                forgotten.popitem()
        except KeyError:
            with suppress(ValueError):
                _forgotten.remove(forgotten)
