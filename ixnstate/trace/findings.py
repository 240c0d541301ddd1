"""What judging finds: findings with their codes, lines that cannot be read, and the report of a run."""

from collections.abc import Mapping
from enum import StrEnum

import attrs

from ixnstate.lines import Place, Unreadable
from ixnstate.refusals import Refusal
from ixnstate.values import EMPTY, FrozenDict, frozen
from ixnstate.vocabulary import Evidence, Source


class Severity(StrEnum):
    """How grave a finding is."""

    ERROR = "error"  # a rule of the documentation is broken
    WARNING = "warning"  # the rule rests on what is inferred, or on an assumption of the judge


@frozen
class Code:
    """A kind of finding: its stable code, its short name, and what it means."""

    code: str
    name: str
    meaning: str


CODES: Mapping[str, Code] = {
    each.code: each
    for each in (
        Code("IXN101", "illegal operation", "an operation that is refused; the finding has the refusal"),
        Code("IXN102", "another medium", "a request or a notification for another medium than the interaction's"),
        Code(
            "IXN111",
            "no notification",
            "a reply says that the operation was done, and the agent is not sent the message that answers it",
        ),
        Code("IXN112", "refused, yet done", "the reply refuses the operation, and notifications show that it was done"),
        Code("IXN113", "no cause", "a notification has a referenceId that no reply has given to a request"),
        Code("IXN201", "illegal state", "a notification with a state that cannot be"),
        Code("IXN203", "capabilities differ", "a notification with capabilities that no page prints for its state"),
        Code("IXN301", "invitation not ended", "an invitation that outlasts its time without an answer or a Revoke"),
        Code("IXN302", "rule violated", "a rule of your own does not hold"),
    )
}
"""Every kind of finding, by its code."""


@frozen
class Finding:
    """Something in a recording that is not legal: where, what happened, why it is wrong, what would have been right.

    ``code`` is stable; `CODES` says what each means. ``refusal`` is there for IXN101.
    """

    code: str
    place: Place
    text: str
    interaction: str | None
    agent: str | None
    what: str
    why: str
    right: str | None = None
    refusal: Refusal | None = None
    severity: Severity = Severity.ERROR
    expected: tuple[str, ...] = ()
    """The states, capabilities or operations of which one was expected."""
    evidence: Evidence | None = None
    """How well the rule is known that it breaks: the weakest evidence that it rests on."""
    source: Source | None = None
    """The page of that rule."""
    repair: str | None = None
    """The cheapest change of the recording that makes this line legal."""
    seq: int | None = None
    """The number of the record, where the recording has one."""


@frozen
class RuleOutcome:
    """How a rule over time came out: how often it was satisfied and violated, and for how many the recording ended."""

    rule: str
    satisfied: int
    violated: int
    inconclusive: int


@frozen
class Report:
    """What judging files found: the findings and the unreadable lines, in order, and how much was read."""

    findings: tuple[Finding, ...]
    unreadable: tuple[Unreadable, ...]
    operations: int
    notifications: int
    interactions: int
    repeats: int = 0
    """Notifications that showed what was known already."""
    gaps: int = 0
    """Steps that must have happened, and that the recording does not show."""
    undetermined: int = 0
    """What could not be judged, since the recording ends too early or leaves the order open."""
    lists: Mapping[str, int] = attrs.field(default=EMPTY, converter=FrozenDict, hash=False)
    """How often each documented capability list was shown, by medium and name."""
    generations: Mapping[str, int] = attrs.field(default=EMPTY, converter=FrozenDict, hash=False)
    """Which generation of capability lists the system speaks: how often a list was shown that only one of them has."""
    rules: tuple[RuleOutcome, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything could be read, and was legal."""
        return not self.findings and not self.unreadable
