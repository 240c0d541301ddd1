"""The whole kit against one driver, without pytest: the suite, then the machine; and the report about it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import attrs

from ixnstate.definition import Definition
from ixnstate.table import GWS
from ixnstate.testing.bench import EVERYTHING, Bench, Difference, Script
from ixnstate.testing.coverage import Coverage, Universe
from ixnstate.testing.drivers import Blocking
from ixnstate.testing.explaining import explain, save
from ixnstate.testing.forms import Scope
from ixnstate.testing.judging import Deviation, Result, Verdict, judge
from ixnstate.testing.machine import ILLEGAL, Plan, search_on
from ixnstate.testing.suites import USUAL, attainable, suite

KEPT = 10
"""How many failing runs are kept in files."""


@attrs.define
class Report:
    """What was found: a result for each case, what the machine found, and what was gone through."""

    media: tuple[str, ...]
    results: list[Result] = attrs.field(factory=list)
    found: list[tuple[Script, Difference]] = attrs.field(factory=list)
    """For each thing that the machine found, the shortest run that shows it."""
    coverage: Coverage = attrs.field(factory=Coverage)
    faults: set[str] = attrs.field(factory=set)
    """What the cases have shown, so far as one can go on after it."""
    known: Universe = attrs.field(factory=dict)
    """What can be covered."""

    def include(self, media: Iterable[str], known: Universe) -> None:
        """More can be covered: that of another class of tests, or another process."""
        self.media = tuple(dict.fromkeys((*self.media, *media)))
        kinds = dict.fromkeys((*self.known, *known))
        self.known = {kind: tuple(dict.fromkeys((*self.known.get(kind, ()), *known.get(kind, ())))) for kind in kinds}

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.found and not self.failures

    @property
    def failures(self) -> list[Result]:
        """The cases that failed."""
        return [each for each in self.results if each.verdict is Verdict.FAIL]

    @property
    def runs(self) -> list[tuple[Script, Difference]]:
        """A failing run for each different failure: the suite's, the shortest of each, then the machine's."""
        shown = [each for results in self.broken_rules.values() if (each := min(results, key=_length)).difference]
        return [*(failing_run(each) for each in shown), *self.found]

    @property
    def first(self) -> tuple[Script, Difference] | None:
        """The first failing run."""
        return next(iter(self.runs), None)

    def save(self, path: Path) -> list[Path]:
        """Write each different failing run to a file that `ixnstate replay` and ``ixnstate validate`` read.

        The first is ``path``, ``failure.jsonl`` for example; then come ``failure-2.jsonl`` and so on, up to `KEPT`.
        """
        files = [numbered(path, number) for number in range(1, KEPT + 1)]
        for file, run in zip(files, self.runs, strict=False):
            save(file, *run)
        return files[: len(self.runs)]

    @property
    def left_out(self) -> list[Deviation]:
        """The rules after which one cannot go on: the machine goes elsewhere, and looks for something new."""
        shown = [each.difference for each in self.results if each.difference is not None]
        broken = dict.fromkeys(each.rule for each in shown if each.fault is None and not each.is_open)
        return [Deviation(rule, "differs in the suite") for rule in broken]

    @property
    def percent(self) -> float:
        """How much of what can be covered was."""
        return self.coverage.percent(self.known)

    @property
    def broken_rules(self) -> dict[str, list[Result]]:
        """The failures by the fault, or the rule that was broken: several cases often fail for one reason."""
        rules: dict[str, list[Result]] = {}
        for each in self.failures:
            rules.setdefault(each.difference.name if each.difference else each.case.id, []).append(each)
        return rules

    @property
    def counts(self) -> dict[str, int]:
        """How many cases have each verdict."""
        counted = Counter(each.verdict.value for each in self.results)
        return {verdict.value: counted[verdict.value] for verdict in Verdict}

    def summary(self) -> str:
        """The report as text."""
        lines = [", ".join(f"{count} {name}" for name, count in self.counts.items() if count) or "no cases"]
        for rule, results in self.broken_rules.items():
            lines.append(f"FAIL {rule} ({len(results)} case{'s' * (len(results) > 1)})")
            first = min(results, key=_length)
            lines.append(f"  {first.why}")
            if first.difference is not None:
                lines.append(f"  source: {first.difference.expected_of.source}")
        lines += self._machine()
        lines += [f"{each.verdict.value}: {each.case.id}: {each.why}" for each in self._open()]
        lines += [f"not tested: {why} ({count} cases)" for why, count in self._left_out().items()]
        if self.coverage.never_shown:
            lines.append(f"not compared, since the driver never shows it: {', '.join(self.coverage.never_shown)}")
        missing = self.coverage.missing(self.known)
        lines.append(f"covered {self.percent:.1f} % of states, edges and refused cells that can be reached")
        lines += [f"never run: {name}" for kind in ("states", "edges") for name in missing.get(kind, ())]
        return "\n".join(lines)

    def _machine(self) -> Iterator[str]:
        """What the machine found: of what differs in the same respect one run in full, and the others in a line."""
        shown: set[str] = set()
        for script, difference in sorted(self.found, key=lambda run: len(run[0])):
            if difference.respect in shown:
                yield f"FAIL in {len(script)} actions: {difference}"
            else:
                yield f"FAIL in a run of several interactions:\n{explain(script, difference)}"
            shown.add(difference.respect)

    def _open(self) -> list[Result]:
        return [each for each in self.results if each.verdict in (Verdict.NON_STRICT, Verdict.INFO)]

    def _left_out(self) -> Counter[str]:
        return Counter(each.why for each in self.results if each.verdict is Verdict.NOT_APPLICABLE)

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON data."""
        return {
            "ok": self.ok,
            "media": list(self.media),
            "counts": self.counts,
            "results": [
                {"case": each.case.id, "kind": each.case.kind, "verdict": each.verdict.value, "why": each.why}
                for each in self.results
                if each.verdict is not Verdict.PASS
            ],
            "found": [explain(*run) for run in self.found],
            "coverage": self.coverage.to_json(),
        }

    def html(self) -> str:
        """The report as a page that needs nothing else."""
        rows = [
            f"<tr><td>{kind}</td><td>{sum(name in self.coverage.counts[kind] for name in names)}</td>"
            f"<td>{len(names)}</td></tr>"
            for kind, names in self.known.items()
        ]
        pairs = len(self.coverage.counts["pairs"])
        return _PAGE.format(
            verdict="conforms" if self.ok else "does not conform",
            coverage="".join([*rows, f"<tr><td>pairs of edges</td><td>{pairs}</td><td></td></tr>"]),
            summary=escape(self.summary()),
            data=escape(json.dumps(self.counts)),
        )


def _length(result: Result) -> int:
    return len(result.case.script) if result.difference is None else result.difference.index


def failing_run(result: Result) -> tuple[Script, Difference]:
    """The script of a case as far as its difference."""
    assert result.difference is not None
    return result.case.script[: result.difference.index + 1], result.difference


def numbered(path: Path, number: int) -> Path:
    """``failure.jsonl``, ``failure-2.jsonl`` and so on."""
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>ixnstate: {verdict}</title>
<style>body{{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}td{{padding-right:2em}}
pre{{white-space:pre-wrap;background:#f4f4f4;padding:1em}}</style>
<h1>The implementation {verdict}</h1>
<p data-counts="{data}">
<table><tr><th>covered</th><th>met</th><th>of</th></tr>{coverage}</table>
<h2>Report</h2><pre>{summary}</pre></html>
"""


def conform(
    new_driver: Callable[[], Any],
    *,
    supports: Iterable[str] = EVERYTHING,
    definition: Definition = GWS,
    kinds: Iterable[str] = USUAL,
    examples: int = 100,
    steps: int = 20,
    illegal: float = ILLEGAL,
    known: Iterable[Deviation] = (),
    seed: int | None = None,
) -> Report:
    """Run the suite and then the machine against a driver that is made once and reset for every case.

    ``illegal`` is the share of what the machine does that must be refused. Raises ValueError if nothing of what is
    there is supported.
    """
    subject, excused = Blocking(new_driver()), tuple(known)
    try:
        scope = Scope(definition, subject.world, frozenset(supports), subject.lacks)
        report = Report(scope.media, known=attainable(scope))

        def bench(other: Definition = definition) -> Bench:
            report.coverage.begin()
            coverage = report.coverage if other is definition else None
            return Bench(subject, other, supports=scope.supports, coverage=coverage)

        report.results = [judge(case, bench, scope, excused, report.faults) for case in suite(scope, kinds)]
        if examples:
            plan = Plan(scope, (*excused, *report.left_out), report.faults, illegal=illegal)
            report.found = list(search_on(bench, plan, examples=examples, steps=steps, seed=seed))
        return report
    finally:
        subject.close()
