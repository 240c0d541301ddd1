"""Caches of what was worked out: with room for so much, and emptied when they are full."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_KEPT = 50_000
"""How many results of each kind are kept to be used again; an entry is some hundred bytes."""


def with_room(kept: dict[K, V], most: int | None = None) -> dict[K, V]:
    """A cache, emptied where it is full: where it has `MAX_KEPT` entries, unless another limit is given."""
    if len(kept) >= (MAX_KEPT if most is None else most):
        kept.clear()
    return kept
