"""The report about an implementation: what was found, by its cause, and what was gone through."""

import json
from collections import Counter
from collections.abc import Iterable
from html import escape
from pathlib import Path

import attrs

from ixnstate.commands import Create
from ixnstate.testing.bench import Difference, Script
from ixnstate.testing.coverage import Coverage, Universe, check
from ixnstate.testing.explaining import explain, program, save
from ixnstate.testing.findings import Finding, findings, summarized
from ixnstate.testing.judging import Deviation, Result, Verdict
from ixnstate.values import Json, each_of, expect, path_of

KEPT = 10
"""How many failing runs are kept in files."""

OPEN = 6
"""How many kinds of open differences, and of reasons why cases were left out, a summary lists."""


def _names(media: Iterable[str]) -> tuple[str, ...]:
    return tuple(each_of("media", media, str))


@attrs.define
class Report:
    """What was found: a result for each case, what the machine found, and what was gone through."""

    media: tuple[str, ...] = attrs.field(converter=_names)
    results: list[Result] = attrs.field(factory=list)
    found: list[tuple[Script, Difference]] = attrs.field(factory=list)
    """For each thing that the machine found, the shortest run that shows it."""
    coverage: Coverage = attrs.field(factory=Coverage)
    faults: set[str] = attrs.field(factory=set)
    """The causes of the differences that the cases have told."""
    known: Universe = attrs.field(factory=dict)
    """What can be covered."""
    stopped: str | None = None
    """Why the run ended before its end, if it did."""
    avoid: set[tuple[str, str]] = attrs.field(factory=set)
    """Media and operations that fail: ways to elsewhere do not take them if there are others."""

    def include(self, media: Iterable[str], known: Universe) -> None:
        """More can be covered: that of another class of tests, or another process."""
        check(known)
        self.media = tuple(dict.fromkeys((*self.media, *each_of("media", media, str))))
        kinds = dict.fromkeys((*self.known, *known))
        self.known = {kind: tuple(dict.fromkeys((*self.known.get(kind, ()), *known.get(kind, ())))) for kind in kinds}

    @property
    def ok(self) -> bool:
        """Whether nothing failed, and the run came to its end."""
        return not self.found and not self.failures and self.stopped is None

    @property
    def failures(self) -> list[Result]:
        """The cases that failed."""
        return [each for each in self.results if each.verdict is Verdict.FAIL]

    @property
    def findings(self) -> list[Finding]:
        """The failures by their cause: what leaves the implementation in another state first."""
        return findings(self.results, self.found)

    @property
    def runs(self) -> list[tuple[Script, Difference]]:
        """The shortest failing run of each finding."""
        return [(each.script, each.difference) for each in self.findings]

    @property
    def first(self) -> tuple[Script, Difference] | None:
        """The first failing run."""
        return next(iter(self.runs), None)

    def add(self, result: Result) -> None:
        """One more case. What it shows to fail is avoided on the way to others. Raises ValueError for no result."""
        expect("result", result, Result)
        self.results.append(result)
        for each in result.differences if result.verdict is Verdict.FAIL else ():
            is_birth = isinstance(each.expected_of.action, Create)
            is_own = each.index == result.case.about or is_birth
            if each.blocks and each.expected_of.refusal is None and is_own:
                self.avoid.add((result.case.media, each.where))

    def save(self, path: Path) -> list[Path]:
        """Write each different failing run to a file that `ixnstate replay` and ``ixnstate validate`` read.

        The first is ``path``, ``failure.jsonl`` for example; then come ``failure-2.jsonl`` and so on, up to `KEPT`.
        """
        path = path_of("path", path)
        files = [numbered(path, number) for number in range(1, KEPT + 1)]
        for file, run in zip(files, self.runs, strict=False):
            save(file, *run)
        return files[: len(self.runs)]

    @property
    def left_out(self) -> list[Deviation]:
        """The rules after which one cannot go on: the machine goes elsewhere, and looks for something new."""
        shown = [each for result in self.results for each in result.differences]
        broken = dict.fromkeys(each.rule for each in shown if each.blocks and not each.is_open)
        return [Deviation(rule, "differs in the suite") for rule in broken]

    @property
    def percent(self) -> float:
        """How much of what can be covered was."""
        return self.coverage.percent(self.known)

    @property
    def counts(self) -> dict[str, int]:
        """How many cases have each verdict."""
        counted = Counter(each.verdict.value for each in self.results)
        return {verdict.value: counted[verdict.value] for verdict in Verdict}

    def summary(self) -> str:
        """The report as text, of at most 80 lines or so."""
        lines = [", ".join(f"{count} {name}" for name, count in self.counts.items() if count) or "no cases"]
        if self.stopped is not None:
            lines.append(f"STOPPED: {self.stopped}")
        lines += summarized(self.findings)
        lines += [f"FAIL {each.case.id}: {each.why}" for each in self.failures if each.difference is None]
        lines += _counted(f"{each.verdict.value}: {_kind(each)}" for each in self._open())
        lines += _counted(f"not tested: {each.why}" for each in self.results if each.verdict is Verdict.NOT_APPLICABLE)
        if self.coverage.never_shown:
            lines.append(f"not compared, since the driver never shows it: {', '.join(self.coverage.never_shown)}")
        missing = self.coverage.missing(self.known)
        lines.append(f"covered {self.percent:.1f} % of states, edges and refused cells that can be reached")
        never = [name for kind in ("states", "edges") for name in missing.get(kind, ())]
        lines += [f"never run: {name}" for name in never[:OPEN]]
        return "\n".join([*lines, *([f"never run: {len(never) - OPEN} more"] if len(never) > OPEN else [])])

    def _open(self) -> list[Result]:
        return [each for each in self.results if each.verdict in (Verdict.NON_STRICT, Verdict.INFO)]

    def to_json(self) -> dict[str, Json]:
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
            "stopped": self.stopped,
            "findings": [
                {
                    "name": each.name,
                    "cases": each.cases,
                    "runs": each.runs,
                    "media": list(each.media),
                    "states": list(each.states),
                    "where": list(each.where),
                    "rule": each.difference.rule,
                    "difference": str(each.difference),
                    "source": each.difference.expected_of.source,
                    "program": program(each.script, past=each.difference.past),
                }
                for each in self.findings
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
            findings="".join(
                f"<h3>{escape(each.headline)}</h3><pre>{escape(explain(each.script, each.difference))}</pre>"
                for each in self.findings
            ),
            data=escape(json.dumps(self.counts)),
        )


def _kind(result: Result) -> str:
    """What an open difference is about, without its case."""
    if result.why.startswith(("as with ", "known deviation: ", "no page says: ")):
        return result.why
    return result.difference.what if result.difference is not None else result.why


def _counted(told: Iterable[str]) -> list[str]:
    """Each of these once, with the number of its cases."""
    counted = Counter(told).most_common()
    lines = [f"{text} ({count:,} case{'s' * (count != 1)})" for text, count in counted[:OPEN]]
    more = counted[OPEN:]
    return [*lines, *([f"and {len(more)} more such ({sum(count for _, count in more):,} cases)"] if more else [])]


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
<h2>Report</h2><pre>{summary}</pre><h2>Failures, by cause</h2>{findings}</html>
"""
