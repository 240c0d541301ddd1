"""What judging finds: findings, lines that cannot be read, and the report of a run."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

import attrs

from ixnstate.recording.lines import Place, Unreadable
from ixnstate.refusals import Refusal
from ixnstate.values import EMPTY, FrozenDict, expect, frozen
from ixnstate.vocabulary import Evidence, Source


class Severity(StrEnum):
    """How grave a finding is."""

    ERROR = "error"  # a rule of the documentation is broken
    WARNING = "warning"  # the rule rests on what is inferred, or on an assumption of the judge


ALIGNED = ("IXN101", "IXN102", "IXN201", "IXN203")
"""The codes of what the lifecycle forbids, which an alignment repairs; the others are about what belongs together."""


class Change(StrEnum):
    """What an edit does."""

    INSERT = "insert"
    REPLACE = "replace"
    DELETE = "delete"


@frozen
class LineEdit:
    """An edit of a recording: before, or at, which line; the new line as JSON, and what it is in words."""

    change: Change
    place: Place
    new: str | None = None
    says: str = ""
    reply: Place | None = None
    """Where the reply to the request stands that is deleted or replaced: it goes with it."""


@frozen
class Witness:
    """Another line that a finding rests on: what it is and says, where, and when."""

    kind: str
    """What it is: "request", "reply", "notification" or "state"."""
    place: Place
    says: str
    """What it says, in words, such as "done (referenceId 7)"."""
    agent: str | None = None
    ts: str | None = None
    """When it was recorded, as ISO 8601 in UTC, where the line has a time."""


@frozen
class Finding:
    """Something in a recording that is not legal: where, what happened, why it is wrong, what would have been right.

    ``code`` is stable; `ixnstate.trace.CODES` says what each means. ``refusal`` is there for IXN101.
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
    """The cheapest change of the recording: of this line alone, or, if there are ``edits``, those in words."""
    edits: tuple[LineEdit, ...] = ()
    """What this finding needs of the cheapest edits that leave nothing illegal in all lines about its interaction."""
    seq: int | None = None
    """The number of the record, where the recording has one."""
    ts: str | None = None
    """When it was recorded, as ISO 8601 in UTC, where the line has a time."""
    accepted: Witness | None = None
    """What accepted an operation that must be refused: the server is at fault, and not the client that asked."""
    cause: Witness | None = None
    """An earlier line that caused it: the request of a reply, or that with which a rule began."""
    shown: Witness | None = None
    """A later line that shows it, where its own does not."""
    candidates: tuple[tuple[str, str], ...] = ()
    """What was believed possible before the line: each as a sentence, with the sentence that rules it out."""


@frozen
class RuleOutcome:
    """How a rule over time came out: how often it was satisfied and violated, and for how many the recording ended."""

    rule: str
    satisfied: int
    violated: int
    inconclusive: int


def outcomes_of_all(several: Iterable[Iterable[RuleOutcome]]) -> tuple[RuleOutcome, ...]:
    """How the same rules came out in several sources, or parts, together."""
    return tuple(
        RuleOutcome(same[0].rule, *(sum(getattr(each, name) for each in same) for name in _COUNTED))
        for same in zip(*several, strict=True)
    )


_COUNTED = ("satisfied", "violated", "inconclusive")


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """How often there was each of what several count."""
    return dict(sum(map(Counter, counts), Counter[str]()))


@frozen
class Unrecorded:
    """What happened and is not in a recording, or cannot be read: no finding rests on it."""

    why: str
    count: int
    place: Place
    """Where it is so first."""


def _counts(given: Mapping[str, int]) -> FrozenDict:
    expect("lists and generations", given, Mapping)
    return FrozenDict(given)


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
    lists: Mapping[str, int] = attrs.field(default=EMPTY, converter=_counts, hash=False)
    """How often each documented capability list was shown, by medium and name."""
    generations: Mapping[str, int] = attrs.field(default=EMPTY, converter=_counts, hash=False)
    """Which generation of capability lists the system speaks: how often a list was shown that only one of them has."""
    rules: tuple[RuleOutcome, ...] = ()
    recorded: str = ""
    """What was recorded, as it was declared or inferred; "" where there are no requests."""
    forgotten: int = 0
    """How much of what waited was forgotten, since a table of the judge was full."""
    unrecorded: tuple[Unrecorded, ...] = ()
    """What a recorder left out, by the reason."""
    hints: tuple[str, ...] = ()
    """What the recording looks like that makes findings doubtful, each with the option that mends it."""
    more: int = 0
    """How many findings and lines that cannot be read are not among these: there were too many."""

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to judge: no line about an interaction."""
        return not (self.interactions or self.operations or self.findings or self.unreadable)

    @property
    def ok(self) -> bool:
        """Whether there was something to judge, everything could be read, and was legal."""
        return not self.findings and not self.unreadable and not self.is_empty
