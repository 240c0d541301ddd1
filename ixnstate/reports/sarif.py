"""A report as a SARIF 2.1.0 log, for code scanning services and editors."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import PurePath
from urllib.parse import quote

from ixnstate.recording.lines import Place, Unreadable
from ixnstate.reports.codes import described
from ixnstate.reports.reading import fingerprint, level, notes, rule
from ixnstate.reports.redacting import MASK
from ixnstate.trace import CODES, Change, Code, Finding, LineEdit, Report, Witness
from ixnstate.values import Json, each_of, expect

SCHEMA = "https://json.schemastore.org/sarif-2.1.0-rtm.5.json"


def as_sarif(report: Report, *, missing: Sequence[str] = ()) -> str:
    """The report as one run of a SARIF log.

    Lines that could not be read are notifications of the tool, and so are files that could not be opened, ``missing``.
    """
    expect("report", report, Report)
    missing = tuple(each_of("missing", missing, str))
    rules = [described(name) for name in dict.fromkeys((*CODES, *(each.code for each in report.findings)))]
    indexes = {each.code: number for number, each in enumerate(rules)}
    met: Counter[str] = Counter()
    unread = [*map(_unread, report.unreadable), *map(_unopened, missing)]
    run = {
        "tool": {"driver": {"name": "ixnstate", "version": version("ixnstate"), "rules": [*map(_rule, rules)]}},
        "invocations": [{"executionSuccessful": not missing, "toolExecutionNotifications": unread}],
        "results": [_result(each, indexes[each.code], met) for each in report.findings],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: Code) -> dict[str, object]:
    example = "\n".join(code.example)
    return {
        "id": code.code,
        "name": "".join(word.capitalize() for word in code.title.split()),
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.meaning},
        "help": {
            "text": f"{code.meaning}\n\n{example}\n\n{code.remedy}".strip(),
            "markdown": f"{code.meaning}\n\n```json\n{example}\n```\n\n{code.remedy}".strip(),
        },
        "defaultConfiguration": {"level": code.level},
    }


def _result(finding: Finding, index: int, met: Counter[str]) -> dict[str, object]:
    mark = fingerprint(finding)
    met[mark] += 1
    about = {"interaction": finding.interaction, "agent": finding.agent, "rule": rule(finding), "ts": finding.ts}
    said = ". ".join((finding.what, *(f"{label}: {text}" for label, text in notes(finding))))
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": level(finding),
        "message": {"text": _plain(said)},
        "locations": [_location(finding.place, finding.text, finding.interaction)],
        "partialFingerprints": {"interactionOperation/v1": f"{mark}:{met[mark]}"},
        "properties": {name: text for name, text in about.items() if text is not None},
    }
    if flow := _flow(finding):
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if finding.edits and all(map(_is_fixable, finding.edits)):
        result["fixes"] = [_fix(finding)]
    return result


def _flow(finding: Finding) -> list[dict[str, object]]:
    """From the line that caused it to the one that shows it, () where no other line is known."""
    later = [line for name in ("shown", "accepted") if (line := getattr(finding, name)) is not None]
    if finding.cause is None and not later:
        return []
    own = _step(finding.place, finding.what, finding.ts, finding.text)
    return [*([_testimony(finding.cause)] if finding.cause else []), own, *map(_testimony, later)]


def _testimony(line: Witness) -> dict[str, object]:
    return _step(line.place, f"{line.kind} of {line.agent or 'somebody'}: {line.says}", line.ts)


def _step(place: Place, says: str, ts: str | None, text: str | None = None) -> dict[str, object]:
    location = _location(place, text) | {"message": {"text": _plain(says)}}
    return {"location": location} | ({"executionTimeUtc": ts} if ts else {})


def _is_fixable(edit: LineEdit) -> bool:
    """Whether the edit is one of whole lines, and can be shown."""
    return PurePath(edit.place.file).suffix in (".jsonl", ".ndjson", ".log") and MASK not in (edit.new or "")


def _fix(finding: Finding) -> dict[str, object]:
    """The edits, as replacements of whole lines; a reply goes with its request."""
    changes: dict[str, list[dict[str, object]]] = {}
    for edit in finding.edits:
        changes.setdefault(edit.place.file, []).append(_replacement(edit.place, edit.change, edit.new))
        if edit.reply is not None:
            changes.setdefault(edit.reply.file, []).append(_replacement(edit.reply, Change.DELETE, None))
    return {
        "description": {"text": _plain(finding.repair or "the cheapest repair")},
        "artifactChanges": [
            {"artifactLocation": {"uri": _uri(file)}, "replacements": replacements}
            for file, replacements in changes.items()
        ],
    }


def _replacement(place: Place, change: Change, new: str | None) -> dict[str, object]:
    end = place.line if change is Change.INSERT else place.line + 1
    region = {"startLine": place.line, "startColumn": 1, "endLine": end, "endColumn": 1}
    return {"deletedRegion": region} | ({} if new is None else {"insertedContent": {"text": f"{new}\n"}})


def _plain(text: str) -> str:
    """A message as it stands: a brace alone would begin a placeholder (SARIF 2.1.0, 3.11.5)."""
    return text.replace("{", "{{").replace("}", "}}")


def _location(
    place: Place, text: str | None, interaction: str | None = None, column: int | None = None
) -> dict[str, object]:
    where: dict[str, Json] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(place.file)},
            "region": {"startLine": place.line} | ({} if text is None else {"snippet": {"text": text}}),
        }
    }
    if column is not None:
        where["physicalLocation"]["region"]["startColumn"] = column
    if interaction:
        where["logicalLocations"] = [{"name": interaction, "kind": "interaction"}]
    return where


_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Half characters that do not stand for a byte of a file name either."""


def _uri(file: str) -> str:
    """A file name as a reference; "-" stays what it is."""
    path = PurePath(_NO_BYTE.sub("\N{REPLACEMENT CHARACTER}", file))
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")


def _unread(each: Unreadable) -> dict[str, object]:
    return {
        "level": "error",
        "message": {"text": _plain(f"{each.spot}: {each.words}")},
        "locations": [_location(each.place, each.text, column=each.column)],
    }


def _unopened(file: str) -> dict[str, object]:
    return {"level": "error", "message": {"text": _plain(f"{file}: could not be opened")}}
