"""Reading a finding, for whoever shows it: how grave, in which words, about what, where in its line."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256

from ixnstate.gws import spelled
from ixnstate.recording.lines import Unreadable
from ixnstate.recording.locating import located
from ixnstate.reports.codes import described
from ixnstate.trace import ALIGNED, Finding, Witness

LEVELS = ("error", "warning", "note")
"""How grave a finding can be, the gravest first."""

EXTRAS = ("severity", "expected", "evidence", "source", "repair", "seq", "ts")
"""What a judge may say besides."""

WITNESSES = ("cause", "shown", "accepted")
"""Other lines on which a finding may rest, in their order."""

_VALUE = json.JSONDecoder()


def extra(finding: Finding, name: str) -> str | None:
    """One of `EXTRAS` in words, None where the judge says nothing of it."""
    said = getattr(finding, name)
    if said is None or said in ("", ()):
        return None
    return ", ".join(map(str, said)) if isinstance(said, tuple) else str(said)


def level(finding: Finding) -> str:
    """One of `LEVELS`: what the judge says, or else what the code says."""
    said = extra(finding, "severity")
    return said if said in LEVELS else described(finding.code).level


def notes(finding: Finding) -> Iterator[tuple[str, str]]:
    """What is to be said about a finding, each with its label: the cause first, then what would be right, and when."""
    yield "why", finding.why
    expected = extra(finding, "expected") if finding.refusal is None else None
    right = ("right", finding.right) if finding.right else ("expected", expected)
    if finding.accepted is not None:
        yield "accepted", f"by {told(finding.accepted)}: the server is at fault, which must refuse it, not the client"
    is_whole = bool(finding.edits) or finding.code not in ALIGNED
    repair = "repair" if is_whole else "repair, of this line alone", extra(finding, "repair")
    for label, text in (right, repair, ("rule", rule(finding))):
        if text:
            yield label, text
    for story, reason in finding.candidates:
        yield "ruled out", f"{story}: {reason}"
    if finding.ts is not None:
        yield "when", finding.ts


def told(witness: Witness) -> str:
    """Another line on which a finding rests, in words, with its place and its time."""
    at = f" at {witness.ts}" if witness.ts else ""
    to = f" to {witness.agent}" if witness.kind == "notification" and witness.agent else ""
    says = f", {witness.says}" if witness.says else ""
    return f"the {witness.kind}{to} in {witness.place}{at}{says}"


def rule(finding: Finding) -> str | None:
    """How well the rule is known that the finding rests on, and who says so."""
    evidence, source = extra(finding, "evidence"), extra(finding, "source")
    return f"{evidence}: {source}" if evidence and source else evidence or source


def subject(finding: Finding) -> str:
    """The operation that was asked for, or else what was shown: never a line number."""
    return finding.refusal.operation if finding.refusal else finding.what


def fingerprint(finding: Finding) -> str:
    """32 hex digits of the code, the interaction and the operation: the same wherever in a file the finding stands."""
    parts = (finding.code, finding.interaction or "", subject(finding))
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]


def pointed(found: Finding | Unreadable) -> tuple[int, int] | None:
    """From where to where the fault stands in the recorded line; None where it has no one place."""
    if isinstance(found, Unreadable):
        at = (found.column or 0) - 1 if found.problem.startswith(_NOT_READ) else len(found.text)
        return (at, at + 1) if 0 <= at < len(found.text) else located(found.text, found.problem)
    refusal = found.refusal
    key = spelled(refusal.operation).get(refusal.failed, refusal.failed) if refusal and refusal.failed else ""
    return _span(found.text, key) or _span(found.text, described(found.code).points_at)


_NOT_READ = ("not valid JSON at", "not UTF-8 at")
"""How a problem begins that is one of the whole line, and has a column in it."""


def _span(text: str, key: str) -> tuple[int, int] | None:
    """Where the value of ``key`` stands, if the line has one such key."""
    if not key:
        return None
    places = [each.end() for each in re.finditer(rf'"{re.escape(key)}"\s*:\s*', text)]
    if len(places) != 1:
        return None
    try:
        return places[0], _VALUE.raw_decode(text, places[0])[1]
    except (ValueError, RecursionError):
        return None


def clean(text: str, most: int = 1000) -> str:
    """The text without what would move a cursor or change colours: a recording may hold anything."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:most])
