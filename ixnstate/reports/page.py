"""A report as one web page without network: what was found, what was covered, and the story of each interaction.

Everything that varies stands in the page as JSON; the scripts draw it. The list of interactions has elements only for
the rows that can be seen, findings that are alike are opened on demand, and a story is drawn when it is looked at, so
ten thousand interactions cost little.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from ixnstate.recording.lines import Place
from ixnstate.reports.codes import described
from ixnstate.reports.coverage import Coverage, named
from ixnstate.reports.grouping import Kind, kind_of
from ixnstate.reports.reading import clean, level, notes, pointed, told
from ixnstate.trace import Finding, Report, Seen, Witness
from ixnstate.values import EMPTY, Json, each_of, expect

_KINDS = ("request", "reply", "notification", "state", "finding")
_MISSING_AT_MOST = 200
_SCRIPTS = ("page.js", "page_findings.js", "page_story.js", "page_lanes.js", "page_start.js")


class Timelines:
    """Keeps what each line showed, interaction by interaction, small enough for a whole day."""

    def __init__(self) -> None:
        self.entries: dict[str, list[list[int | None]]] = {}
        """Of each line: the file, the line, its kind, the agent, the name, the state, the time in milliseconds."""
        self.media: dict[str, str] = {}
        self.names: dict[str, int] = {}
        self.earliest: int | None = None
        self.latest: int | None = None

    def add(self, seen: Seen) -> None:
        """Keep what one line shows."""
        expect("seen", seen, Seen)
        self.media.setdefault(seen.interaction, seen.media)
        time = seen.recorded.time
        ms = None if time is None else round(time * 1000)
        if ms is not None:
            self.earliest = ms if self.earliest is None else min(ms, self.earliest)
            self.latest = ms if self.latest is None else max(ms, self.latest)
        entry = self._entry(seen.place, seen.kind, seen.agent, seen.name, seen.state, ms)
        self.entries.setdefault(seen.interaction, []).append(entry)

    def point_out(self, interaction: str, findings: Iterable[Finding]) -> None:
        """Make sure that the line of each finding stands in the story of its interaction, after those before it."""
        expect("interaction", interaction, str)
        findings = tuple(each_of("findings", findings, Finding))
        entries = self.entries.setdefault(interaction, [])
        places = {(entry[0], entry[1]) for entry in entries}
        for finding in findings:
            file, line = self._number(finding.place.file), finding.place.line
            if (file, line) not in places:
                places.add((file, line))
                at = max(
                    (at for at, each in enumerate(entries, 1) if each[0] == file and _line(each) < line), default=0
                )
                entries.insert(at, self._entry(finding.place, "finding", finding.agent, finding.what, "", None))

    def _entry(
        self, place: Place, kind: str, agent: str | None, name: str, state: str, ms: int | None
    ) -> list[int | None]:
        texts = (agent or "", name, state)
        return [self._number(place.file), place.line, _KINDS.index(kind), *map(self._number, texts), ms]

    def _number(self, text: str) -> int:
        return self.names.setdefault(str(text), len(self.names))


def _line(entry: list[int | None]) -> int:
    return entry[1] or 0


def as_html(
    report: Report,
    timelines: Timelines,
    covered: Sequence[Coverage] = (),
    drawings: Mapping[str, str] = EMPTY,
    *,
    missing: Sequence[str] = (),
    names: Sequence[str] = (),
) -> str:
    """The report as a page.

    ``drawings`` are SVG elements for media, ``names`` those of the files that were read, ``missing`` those of files
    that could not be opened.
    """
    expect("report", report, Report)
    missing = tuple(each_of("missing", missing, str))
    expect("timelines", timelines, Timelines)
    covered, names = tuple(each_of("covered", covered, Coverage)), tuple(each_of("names", names, str))
    expect("drawings", drawings, Mapping)
    for media, drawing in drawings.items():
        expect("drawings", media, str)
        expect(f"drawings[{media}]", drawing, str)
    data = data_of(report, timelines, covered, names)
    data["ok"] = report.ok and not missing
    data["unreadable"] += [[clean(file), "could not be opened", "", None] for file in missing]
    return _filled(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"), drawings)


def _filled(data: str, drawings: Mapping[str, str]) -> str:
    """The page with its style, its scripts and what varies; data comes last, for it may hold anything."""
    page = _read("page.html").replace("/* style */", _read("page.css"))
    page = page.replace("/* script */", "\n".join(map(_read, _SCRIPTS)))
    diagrams = "".join(f'<template id="diagram-{media}">{drawing}</template>' for media, drawing in drawings.items())
    before, _, rest = page.partition("<!-- diagrams -->")
    middle, _, after = rest.partition("<!-- data -->")
    return f"{before}{diagrams}{middle}{data}{after}"


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def data_of(
    report: Report, timelines: Timelines, covered: Sequence[Coverage] = (), names: Sequence[str] = ()
) -> dict[str, Json]:
    """What the scripts of the page read."""
    found: dict[str, list[int]] = {}
    for number, finding in enumerate(report.findings):
        found.setdefault(finding.interaction or "", []).append(number)
    for name, numbers in found.items():
        timelines.point_out(name, (report.findings[number] for number in numbers))
    codes = [described(code) for code in dict.fromkeys(each.code for each in report.findings)]
    kinds: dict[Kind, list[int]] = {}
    for number, finding in enumerate(report.findings):
        kinds.setdefault(kind_of(finding), []).append(number)
    places = [*(each.place.file for each in report.findings), *(each.place.file for each in report.unreadable)]
    read = names or (text for text, at in timelines.names.items() if at in _files_of(timelines))
    met = Counter[str]()
    return {
        "ok": report.ok,
        "hints": [clean(hint) for hint in report.hints],
        "files": [clean(name) for name in dict.fromkeys((*map(str, read), *places))],
        "period": [timelines.earliest, timelines.latest],
        "counts": [report.operations, report.notifications, report.interactions],
        "besides": [[report.repeats, "repeat"], [report.gaps, "gap"], [report.undetermined, "undetermined"]],
        "more": report.more,
        "unrecorded": [[clean(each.why), each.count, clean(str(each.place))] for each in report.unrecorded],
        "codes": {each.code: [each.title, each.meaning, each.remedy] for each in codes},
        "findings": [_finding(each, timelines, met) for each in report.findings],
        "groups": [[kind.code, clean(kind.what), numbers] for kind, numbers in kinds.items()],
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


def _files_of(timelines: Timelines) -> set[int | None]:
    return {entry[0] for entries in timelines.entries.values() for entry in entries}


_APART = ("accepted", "ruled out", "when")
"""The notes that have a place of their own."""


def _finding(finding: Finding, timelines: Timelines, met: Counter[str]) -> dict[str, Json]:
    """One finding; its id is the address within the page, with a number where another one has the same."""
    name = clean(f"{finding.code}-{finding.interaction or ''}-{finding.place.line}")
    met[name] += 1
    said = {
        "id": name if met[name] == 1 else f"{name}~{met[name]}",
        "code": finding.code,
        "level": level(finding),
        "place": clean(str(finding.place)),
        "file": clean(finding.place.file),
        "line": finding.place.line,
        "interaction": clean(finding.interaction or ""),
        "media": timelines.media.get(finding.interaction or "", ""),
        "agent": clean(finding.agent or ""),
        "ts": finding.ts or "",
        "what": clean(finding.what),
        "notes": [[label, clean(text)] for label, text in notes(finding) if label not in _APART],
        "text": clean(finding.text, 20_000),
        "at": pointed(finding),
    }
    witnesses = {name: _witness(line) for name in ("accepted", "cause", "shown") if (line := getattr(finding, name))}
    candidates = [[clean(story), clean(reason)] for story, reason in finding.candidates]
    return said | witnesses | ({"candidates": candidates} if candidates else {})


def _witness(line: Witness) -> dict[str, Json]:
    return {"words": clean(told(line)), "file": clean(line.place.file), "line": line.place.line}


def _coverage(covered: Coverage) -> dict[str, Json]:
    parts = [
        [part.kind, len(part.seen), len(part.universe), [named(each) for each in part.missing[:_MISSING_AT_MOST]]]
        for part in covered.parts
    ]
    return {"media": covered.media, "parts": parts}
