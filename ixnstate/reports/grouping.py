"""Findings that are alike, put together: "162 x IXN203 of list [Accept] in state Invited", with the first and the last.

Two findings are alike if they have the same code and say the same, but for which interaction, which agents and which
request they are about. What an operation could not be done to, and a list that differs, make findings unlike.
"""

import re
from collections.abc import Iterable

from ixnstate.model import Interaction
from ixnstate.refusals import Refusal
from ixnstate.trace import Finding
from ixnstate.values import a_, frozen

_REQUEST = re.compile(r"\brequest \d+( of .*)?")


@frozen
class Group:
    """Findings that are alike, in the order in which they were given: at least one."""

    code: str
    about: str
    """What they have in common, in words: "of list [Accept] in state Invited"."""
    findings: tuple[Finding, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.findings)

    @property
    def first(self) -> Finding:
        """The first of them."""
        return self.findings[0]

    @property
    def last(self) -> Finding:
        """The last of them."""
        return self.findings[-1]

    def __str__(self) -> str:
        return f"{self.count:,} x {self.code} {self.about}"


def alike(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """The findings in groups, in the order of the first finding of each."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        expected = () if finding.refusal else finding.expected
        groups.setdefault((finding.code, about(finding), expected), []).append(finding)
    return tuple(Group(code, words, tuple(found)) for (code, words, _), found in groups.items())


def about(finding: Finding) -> str:
    """What a finding says, without the interaction, the agent and the request that it is about."""
    if finding.refusal is not None:
        return _refused(finding.refusal)
    if finding.code == "IXN203":
        shown = finding.what.removeprefix("a notification shows ")
        return f"of list {shown}" if shown.startswith("[") else f"of {shown}"
    return _REQUEST.sub("a request", finding.what.removesuffix(f", with {finding.agent}"))


def _refused(refusal: Refusal) -> str:
    record = refusal.record
    what = f" for {a_(record.media)} in state {record.state}" if isinstance(record, Interaction) else ""
    why = f", {refusal.failed}" if refusal.failed else ""
    return f"{refusal.operation}{what}: {refusal.code}{why}"
