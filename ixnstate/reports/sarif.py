"""A report as a SARIF 2.1.0 log, for code scanning services and editors."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ixnstate.recording.lines import Place, Unreadable
from ixnstate.reports.codes import described
from ixnstate.reports.reading import fingerprint, level, notes, rule
from ixnstate.trace import CODES, Code, Finding, Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0-rtm.5.json"


def as_sarif(report: Report, *, missing: Sequence[str] = ()) -> str:
    """The report as one run of a SARIF log.

    Lines that could not be read are notifications of the tool, and so are files that could not be opened, ``missing``.
    """
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


def _rule(code: Code) -> dict[str, Any]:
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


def _result(finding: Finding, index: int, met: Counter[str]) -> dict[str, Any]:
    mark = fingerprint(finding)
    met[mark] += 1
    about = {"interaction": finding.interaction, "agent": finding.agent, "rule": rule(finding)}
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": level(finding),
        "message": {"text": f"{finding.what}. " + ". ".join(f"{label}: {text}" for label, text in notes(finding))},
        "locations": [_location(finding.place, finding.text, finding.interaction)],
        "partialFingerprints": {"interactionOperation/v1": f"{mark}:{met[mark]}"},
        "properties": {name: text for name, text in about.items() if text is not None},
    }
    return result


def _location(place: Place, text: str, interaction: str | None = None, column: int | None = None) -> dict[str, Any]:
    where: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(place.file)},
            "region": {"startLine": place.line, "snippet": {"text": text}},
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


def _unread(each: Unreadable) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{each.spot}: {each.problem}"},
        "locations": [_location(each.place, each.text, column=each.column)],
    }


def _unopened(file: str) -> dict[str, Any]:
    return {"level": "error", "message": {"text": f"{file}: could not be opened"}}
