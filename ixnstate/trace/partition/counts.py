"""How much there was in a part, to be added to that of the others."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

import attrs

from ixnstate.trace.findings import RuleOutcome


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
        numbers, lists, rules = Counter[str](), Counter[str](), dict[str, RuleOutcome]()
        for part in parts:
            numbers.update({name: getattr(part, name) for name in NUMBERS})
            lists.update(part.lists)
            for rule in part.rules:
                before = rules.get(rule.rule, RuleOutcome(rule.rule, 0, 0, 0))
                rules[rule.rule] = RuleOutcome(
                    rule.rule,
                    before.satisfied + rule.satisfied,
                    before.violated + rule.violated,
                    before.inconclusive + rule.inconclusive,
                )
        return cls(**numbers, lists=dict(lists), rules=tuple(rules.values()))

    def plain(self) -> dict[str, Any]:
        """As plain JSON."""
        return attrs.asdict(self)

    @classmethod
    def of_plain(cls, said: dict[str, Any]) -> Self:
        """The reverse of `plain`."""
        return cls(**{**said, "rules": tuple(RuleOutcome(**rule) for rule in said["rules"])})


NUMBERS = ("operations", "notifications", "interactions", "repeats", "gaps", "undetermined", "forgotten")
