"""Findings that are alike: what stays the same when a system makes the same fault with another interaction.

A fault of a system comes up again with every interaction, in every recording. What its findings have in common is the
code and what happened, without ids: which interaction, agent or workbin it was, and which number a request had. Words
of the documents have no digits, so every word with a digit is an id or a number; only names of rules, which are
quoted, stay as they are.
"""

import json
import re
from collections.abc import Iterable
from hashlib import sha256

import attrs

from ixnstate.trace import Finding
from ixnstate.values import each_of, expect, frozen, printed_as

_ANY = "*"
_QUOTED = re.compile(r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
_WITH_DIGIT = re.compile(r"[^\s,;:()\[\]]*\d[^\s,;:()\[\]]*")
_NAMED = re.compile(r"\b(request|workbin) \S+( of \S+)?")


@frozen
class Kind:
    """What alike findings have in common."""

    code: str
    what: str
    """What happened; ``*`` stands for an id or a number."""
    why: str = ""
    """The code of the refusal and the parameter that fails, for an operation that should have been refused."""

    @property
    def fingerprint(self) -> str:
        """32 hex digits: the same in every recording."""
        return sha256(json.dumps([self.code, self.why, self.what]).encode()).hexdigest()[:32]

    def __str__(self) -> str:
        return f"{self.code}: {self.what}"


def kind_of(finding: Finding) -> Kind:
    """What this finding has in common with those that are alike. Raises ValueError for what is not a finding."""
    expect("finding", finding, Finding)
    names = sorted({name for name in (finding.interaction, finding.agent) if name}, key=len, reverse=True)
    own = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names)) if names else None
    parts = _QUOTED.split(finding.what)
    said = "".join(part if at % 2 else _without_ids(part, own) for at, part in enumerate(parts))
    refusal = finding.refusal
    why = (refusal.code.value, refusal.failed) if refusal else ()
    return Kind(finding.code, said, ": ".join(part for part in why if part))


def _without_ids(text: str, own: re.Pattern[str] | None) -> str:
    text = own.sub(_ANY, text) if own else text
    text = _NAMED.sub(lambda found: f"{found[1]} {_ANY}" + (f" of {_ANY}" if found[2] else ""), text)
    return _WITH_DIGIT.sub(_ANY, text)


@attrs.define
class Group:
    """Findings that are alike: how many, the first and the last in the order in which they came."""

    kind: Kind = attrs.field(repr=printed_as)
    first: Finding = attrs.field(repr=printed_as)
    last: Finding = attrs.field(repr=printed_as)
    count: int = attrs.field(default=1, repr=printed_as)


class Groups:
    """Puts findings that are alike together, as they come; of each group two findings are kept."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._groups: dict[Kind, Group] = {}
        for finding in each_of("findings", findings, Finding):
            self.add(finding)

    def add(self, finding: Finding) -> Group:
        """The group of the finding, which it is now in."""
        kind = kind_of(finding)
        group = self._groups.get(kind)
        if group is None:
            group = self._groups[kind] = Group(kind, finding, finding)
        else:
            group.last = finding
            group.count += 1
        return group

    @property
    def all(self) -> tuple[Group, ...]:
        """The groups, the largest first."""
        return tuple(sorted(self._groups.values(), key=lambda group: -group.count))


def groups_of(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """The findings in groups of alike ones, the largest group first."""
    return Groups(findings).all
