"""The end: what lines that could not be read excuse, and each finding once.

One line that cannot be read excuses one finding of each code that may follow from it, the earliest first (see `holes`).
So that is said when all findings are there; they are few. A finding is told by where it stands and what it says: one
that a part has found twice, since it was tried again, is one.
"""

from collections.abc import Iterable, Iterator

from ixnstate.recording.lines import Unreadable
from ixnstate.trace.findings import Finding
from ixnstate.trace.partition.counts import Counts
from ixnstate.trace.partition.facts import Known
from ixnstate.trace.partition.interactions import PartFinding


def settle(outcomes: Iterable[PartFinding | Counts], known: Known) -> Iterator[Finding | Unreadable]:
    """The findings, and the lines that cannot be read, in the order in which a judge of the whole finds them."""
    excused: dict[str, int] = {}
    for outcome in sorted({each for each in outcomes if isinstance(each, PartFinding)}, key=_when):
        found = outcome.found
        if outcome.is_excusable and isinstance(found, Finding):
            before = excused.get(found.code, 0)
            if before < known.holes_until(outcome.decided):
                excused[found.code] = before + 1
                continue
        yield found


def _when(outcome: PartFinding) -> tuple[object, ...]:
    place = outcome.found.place
    return outcome.decided, place.file, place.line, outcome.step
