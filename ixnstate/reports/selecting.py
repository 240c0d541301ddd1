"""Living with a system that deviates: which codes count, and which findings are known already.

Codes are selected and ignored by prefixes, as ruff does it: the longer prefix decides, and of two equal ones the one
that ignores. A baseline has the findings of an earlier recording by their `Kind`, each with a count: as many of a kind
as it has are known, and those beyond are new. It names no lines and no interactions, so it fits the next recording.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar

import attrs

from ixnstate.decoding import content_of, decode
from ixnstate.recording.lines import Unreadable
from ixnstate.reports.grouping import Kind, kind_of
from ixnstate.trace import CODES, Finding, Report
from ixnstate.values import Json, brief, changed, each_of, expect, expect_number, frozen, path_of

ALL = "ALL"
"""The prefix of every code."""

F = TypeVar("F", bound=Finding | Unreadable)


def _prefixes(given: Iterable[str]) -> tuple[str, ...]:
    """The prefixes in capitals. Raises ValueError for one with which no code begins."""
    if isinstance(given, str):
        given = given.split(",")
    names = each_of("the prefixes of codes", given, str)
    prefixes = tuple(dict.fromkeys(name.strip().upper() for name in names if name.strip()))
    for prefix in prefixes:
        if prefix != ALL and not any(code.startswith(prefix) for code in CODES):
            near = get_close_matches(prefix, CODES, 1, 0.8)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(CODES)}"
            raise ValueError(f"no code begins with {brief(prefix)}; {hint}")
    return prefixes


@frozen
class Selection:
    """Which codes count. Raises ValueError for a prefix with which no code begins."""

    select: tuple[str, ...] = attrs.field(default=(), converter=_prefixes)
    """Prefixes of the codes that count; none means all of them."""
    ignore: tuple[str, ...] = attrs.field(default=(), converter=_prefixes)
    """Prefixes of those that do not."""

    def has(self, code: str) -> bool:
        """Whether findings with this code count."""
        if not isinstance(code, str):
            return False
        chosen = max((_length(prefix, code) for prefix in self.select), default=0 if not self.select else -1)
        return chosen > max((_length(prefix, code) for prefix in self.ignore), default=-1)


def _length(prefix: str, code: str) -> int:
    """How specific a prefix of the code is; -1 for none."""
    return 0 if prefix == ALL else len(prefix) if code.startswith(prefix) else -1


EVERYTHING = Selection()

# --- baselines ------------------------------------------------------------------------------------------------------

_VERSION = 1


def _ordered(counts: Mapping[Kind, int] | Iterable[tuple[Kind, int]]) -> tuple[tuple[Kind, int], ...]:
    pairs = counts.items() if isinstance(counts, Mapping) else each_of("counts", counts, tuple, list)
    known: dict[Kind, int] = {}
    for pair in pairs:
        if len(pair) != 2:
            raise ValueError(f"counts: expected a Kind and a number, not {brief(pair)}")
        expect("counts: each key", pair[0], Kind)
        expect_number("counts: each value", pair[1], 1)
        known[pair[0]] = pair[1]
    return tuple(sorted(known.items(), key=lambda item: (item[0].code, item[0].what, item[0].why)))


@frozen
class Baseline:
    """How many findings of each kind are known."""

    counts: tuple[tuple[Kind, int], ...] = attrs.field(default=(), converter=_ordered)

    def to_text(self) -> str:
        """The baseline as JSON, an entry a line, in the order of the codes."""
        lines = ",\n".join(f"  {json.dumps(_entry(kind, count))}" for kind, count in self.counts)
        return f'{{"version": {_VERSION}, "findings": [\n{lines}\n]}}\n'


def _entry(kind: Kind, count: int) -> dict[str, Json]:
    said = {"code": kind.code, "what": kind.what, "why": kind.why, "count": count, "fingerprint": kind.fingerprint}
    return {name: value for name, value in said.items() if value != ""}


def baseline_of(findings: Iterable[Finding]) -> Baseline:
    """The baseline in which these findings are known."""
    return Baseline(_ordered(Counter(map(kind_of, each_of("findings", findings, Finding)))))


def read_baseline(file: str | Path) -> Baseline:
    """The baseline in a file. Raises OSError, and ValueError that says what is wrong in it, and where."""
    path = path_of("file", file)
    try:
        said = decode(content_of(path))
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{file}: {error}") from None
    entries = said.get("findings") if isinstance(said, dict) else None
    if not isinstance(entries, list):
        raise ValueError(f"{file}: it is not a baseline; --write-baseline makes one")
    if said.get("version") != _VERSION:
        raise ValueError(f"{file}: the baseline has version {brief(said.get('version'))}, and {_VERSION} is read")
    counts: Counter[Kind] = Counter()
    for at, entry in enumerate(entries):
        kind, count = _read_entry(entry, f"{file}: findings[{at}]")
        counts[kind] += count
    return Baseline(_ordered(counts))


def _read_entry(entry: Any, where: str) -> tuple[Kind, int]:
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: it must be an object, not {brief(entry)}")
    texts = [entry.get("code"), entry.get("what"), entry.get("why", "")]
    for name, text in zip(("code", "what", "why"), texts, strict=True):
        if not isinstance(text, str):
            raise ValueError(f"{where}.{name}: it must be a string, not {brief(text)}")
    count = entry.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError(f"{where}.count: it must be a whole number, 1 or more, not {brief(count)}")
    kind = Kind(*texts)
    if entry.get("fingerprint", kind.fingerprint) != kind.fingerprint:
        raise ValueError(f"{where}.fingerprint: it is not that of the code and the words beside it")
    return kind, count


# --- what is left out -----------------------------------------------------------------------------------------------


class Sieve:
    """Lets through the findings that count and are not known, as they come, and counts the rest.

    ``ignored`` is how many have a code that does not count, ``known`` how many stand in the baseline. ``kept`` is the
    baseline of all that count, known or not. One that ``learns`` takes them all for known.
    """

    def __init__(
        self, selection: Selection = EVERYTHING, baseline: Baseline | None = None, *, learns: bool = False
    ) -> None:
        self._selection, self._learns = selection, learns
        self._left = Counter(dict(baseline.counts)) if baseline else Counter[Kind]()
        self._met: Counter[Kind] = Counter()
        self.ignored = self.known = 0

    def __call__(self, found: Iterable[F]) -> Iterator[F]:
        """What counts and is new; lines that cannot be read always do."""
        for each in found:
            if not isinstance(each, Finding) or self._counts(each):
                yield each

    def _counts(self, finding: Finding) -> bool:
        if not self._selection.has(finding.code):
            self.ignored += 1
            return False
        kind = kind_of(finding)
        self._met[kind] += 1
        is_known = self._learns or self._left[kind] > 0
        self._left[kind] -= is_known
        self.known += is_known
        return not is_known

    @property
    def kept(self) -> Baseline:
        """A baseline in which all findings so far are known whose codes count."""
        return Baseline(_ordered(self._met))

    @property
    def hints(self) -> tuple[str, ...]:
        """What was left out, in words."""
        said = ((self.ignored, "not selected"), (self.known, "known from the baseline"))
        return tuple(f"{count:,} finding{'' if count == 1 else 's'} {words}" for count, words in said if count)


def selected(report: Report, selection: Selection = EVERYTHING, baseline: Baseline | None = None) -> Report:
    """The report without the findings that do not count or are known; `Report.hints` says how many those are."""
    expect("report", report, Report)
    expect("selection", selection, Selection)
    expect("baseline", baseline, Baseline, NoneType)
    sieve = Sieve(selection, baseline)
    findings = tuple(sieve(report.findings))
    return changed(report, findings=findings, hints=(*report.hints, *sieve.hints))
