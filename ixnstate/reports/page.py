"""A report as one web page without network: what was found, what was covered, and the story of each interaction.

Everything that varies stands in the page as JSON; ``page.html`` draws it. The list of interactions has elements only
for the rows that can be seen, and a story is drawn when it is looked at, so ten thousand interactions cost little.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from ixnstate.recording.lines import Place
from ixnstate.reports.codes import described
from ixnstate.reports.coverage import Coverage, named
from ixnstate.reports.reading import clean, level, notes, pointed
from ixnstate.trace import Finding, Report, Seen
from ixnstate.values import EMPTY

_KINDS = ("request", "reply", "notification", "state", "finding")
_MISSING_AT_MOST = 200


class Timelines:
    """Keeps what each line showed, interaction by interaction, small enough for a whole day."""

    def __init__(self) -> None:
        self.entries: dict[str, list[list[int]]] = {}
        self.media: dict[str, str] = {}
        self.names: dict[str, int] = {}

    def add(self, seen: Seen) -> None:
        """Keep what one line shows."""
        self.media.setdefault(seen.interaction, seen.media)
        entry = self._entry(seen.place, seen.kind, seen.agent, seen.name, seen.state)
        self.entries.setdefault(seen.interaction, []).append(entry)

    def point_out(self, interaction: str, findings: Iterable[Finding]) -> None:
        """Make sure that the line of each finding stands in the story of its interaction."""
        entries = self.entries.setdefault(interaction, [])
        places = {(entry[0], entry[1]) for entry in entries}
        for finding in findings:
            place = self._number(finding.place.file), finding.place.line
            if place not in places:
                places.add(place)
                entries.append(self._entry(finding.place, "finding", finding.agent, finding.what, ""))
        entries.sort(key=lambda entry: entry[:2])

    def _entry(self, place: Place, kind: str, agent: str | None, name: str, state: str) -> list[int]:
        texts = (agent or "", name, state)
        return [self._number(place.file), place.line, _KINDS.index(kind), *map(self._number, texts)]

    def _number(self, text: str) -> int:
        return self.names.setdefault(str(text), len(self.names))


def as_html(
    report: Report,
    timelines: Timelines,
    covered: Sequence[Coverage] = (),
    drawings: Mapping[str, str] = EMPTY,
    *,
    missing: Sequence[str] = (),
) -> str:
    """The report as a page; ``drawings`` are SVG elements for media, ``missing`` files that could not be opened."""
    data = _data(report, timelines, covered)
    data["ok"] = report.ok and not missing
    data["unreadable"] += [[clean(file), "could not be opened", "", None] for file in missing]
    return _filled(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"), drawings)


def _filled(data: str, drawings: Mapping[str, str]) -> str:
    diagrams = "".join(f'<template id="diagram-{media}">{drawing}</template>' for media, drawing in drawings.items())
    before, _, rest = (
        files(__package__).joinpath("page.html").read_text(encoding="utf-8").partition("<!-- diagrams -->")
    )
    middle, _, after = rest.partition("<!-- data -->")
    return f"{before}{diagrams}{middle}{data}{after}"


def _data(report: Report, timelines: Timelines, covered: Sequence[Coverage]) -> dict[str, Any]:
    found: dict[str, list[int]] = {}
    for number, finding in enumerate(report.findings):
        found.setdefault(finding.interaction or "", []).append(number)
    for name, numbers in found.items():
        timelines.point_out(name, (report.findings[number] for number in numbers))
    codes = [described(code) for code in dict.fromkeys(each.code for each in report.findings)]
    return {
        "ok": report.ok,
        "hints": [clean(hint) for hint in report.hints],
        "counts": [report.operations, report.notifications, report.interactions],
        "codes": {each.code: [each.title, each.meaning, each.remedy] for each in codes},
        "findings": [_finding(each) for each in report.findings],
        "unreadable": [
            [clean(each.spot), clean(each.words), clean(each.text, 20_000), pointed(each)] for each in report.unreadable
        ],
        "kinds": _KINDS,
        "names": [clean(name) for name in timelines.names],
        "interactions": [
            [clean(name), timelines.media.get(name, ""), entries, found.get(name, [])]
            for name, entries in timelines.entries.items()
        ],
        "coverage": [_coverage(each) for each in covered],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    said = [[label, clean(text)] for label, text in notes(finding)]
    place = clean(str(finding.place))
    return {
        "code": finding.code,
        "level": level(finding),
        "place": place,
        "file": clean(finding.place.file),
        "line": finding.place.line,
        "agent": clean(finding.agent or ""),
        "ts": finding.ts or "",
        "what": clean(finding.what),
        "notes": said,
        "text": clean(finding.text, 20_000),
        "at": pointed(finding),
    }


def _coverage(covered: Coverage) -> dict[str, Any]:
    parts = [
        [part.kind, len(part.seen), len(part.universe), [named(each) for each in part.missing[:_MISSING_AT_MOST]]]
        for part in covered.parts
    ]
    return {"media": covered.media, "parts": parts}
