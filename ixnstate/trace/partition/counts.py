"""How much there was in a part, to be added to that of the others."""

from collections.abc import Iterable
from typing import Any, Self

import attrs

from ixnstate.trace.findings import RuleOutcome, added, outcomes_of_all


@attrs.frozen
class Counts:
    """What `Report` counts, with its meaning there."""

    operations: int = 0
    notifications: int = 0
    interactions: int = 0
    repeats: int = 0
    gaps: int = 0
    undetermined: int = 0
    forgotten: int = 0
    lists: dict[str, int] = attrs.Factory(dict)
    """How often each documented capability list was shown, by medium and name."""
    rules: tuple[RuleOutcome, ...] = ()

    @classmethod
    def of_parts(cls, parts: Iterable["Counts"]) -> Self:
        """The counts of a recording, from those of its parts in any order."""
        parts = list(parts)
        numbers = added({name: getattr(part, name) for name in NUMBERS} for part in parts)
        return cls(
            **numbers, lists=added(part.lists for part in parts), rules=outcomes_of_all(part.rules for part in parts)
        )

    def plain(self) -> dict[str, Any]:
        """As plain JSON."""
        return attrs.asdict(self)

    @classmethod
    def of_plain(cls, said: dict[str, Any]) -> Self:
        """The reverse of `plain`."""
        return cls(**{**said, "rules": tuple(RuleOutcome(**rule) for rule in said["rules"])})


NUMBERS = ("operations", "notifications", "interactions", "repeats", "gaps", "undetermined", "forgotten")
