"""A report as JSON, and the JSON Schema that says what stands in it.

The format is stable: keys are added, never renamed or removed. What a judge does not say is left out.
"""

import json
from collections.abc import Sequence

from ixnstate.reports.reading import EXTRAS, WITNESSES, extra
from ixnstate.trace import Finding, LineEdit, Report, Witness
from ixnstate.values import Json, each_of, expect, fields_of


def as_json(report: Report, *, missing: Sequence[str] = ()) -> str:
    """The report as indented JSON."""
    return json.dumps(as_data(report, missing=missing), indent=2) + "\n"


def as_data(report: Report, *, missing: Sequence[str] = ()) -> dict[str, Json]:
    """The report as plain values. It is not ok if there are files that could not be opened, ``missing``."""
    expect("report", report, Report)
    missing = tuple(each_of("missing", missing, str))
    return {
        "ok": report.ok and not missing,
        "operations": report.operations,
        "notifications": report.notifications,
        "interactions": report.interactions,
        "findings": [_finding(each) for each in report.findings],
        "unreadable": [
            {"file": each.place.file, "line": each.place.line, "column": each.column, "problem": each.problem}
            | ({"count": each.count} if each.count > 1 else {})
            for each in report.unreadable
        ],
    } | {name: said for name, said in _besides(report).items() if said}


def _besides(report: Report) -> dict[str, object]:
    """What is counted besides; rules that no interaction came to are left out."""
    rules = [{field.name: getattr(each, field.name) for field in fields_of(type(each))} for each in report.rules]
    return {
        "repeats": report.repeats,
        "gaps": report.gaps,
        "undetermined": report.undetermined,
        "recorded": report.recorded,
        "forgotten": report.forgotten,
        "lists": report.lists,
        "generations": report.generations,
        "more": report.more,
        "hints": list(report.hints),
        "unrecorded": [
            {"why": each.why, "count": each.count, "file": each.place.file, "line": each.place.line}
            for each in report.unrecorded
        ],
        "rules": [each for each in rules if each["satisfied"] or each["violated"] or each["inconclusive"]],
    }


def _finding(finding: Finding) -> dict[str, object]:
    refusal = finding.refusal
    return {
        "code": finding.code,
        "file": finding.place.file,
        "line": finding.place.line,
        "interaction": finding.interaction,
        "agent": finding.agent,
        "what": finding.what,
        "why": finding.why,
        "right": finding.right,
        "refusal": refusal
        and {
            "code": refusal.code.value,
            "operation": refusal.operation,
            "state": refusal.state,
            "statusCode": refusal.status_code,
            "allowed": list(refusal.allowed),
            "path": None if refusal.path is None else list(refusal.path),
        },
        **{name: _plain(getattr(finding, name)) for name in EXTRAS if extra(finding, name) is not None},
        **({"edits": [*map(_edit, finding.edits)]} if finding.edits else {}),
        **{name: _witness(line) for name in WITNESSES if (line := getattr(finding, name)) is not None},
        **({"candidates": [*map(_candidate, finding.candidates)]} if finding.candidates else {}),
    }


def _edit(edit: LineEdit) -> dict[str, object]:
    said: dict[str, object] = {"change": edit.change.value, "file": edit.place.file, "line": edit.place.line}
    new = {"new": json.loads(edit.new)} if edit.new is not None else {}
    return said | new | ({"reply": edit.reply.line} if edit.reply else {})


def _witness(line: Witness) -> dict[str, object]:
    besides = {name: said for name, said in (("agent", line.agent), ("ts", line.ts)) if said is not None}
    return {"kind": line.kind, "file": line.place.file, "line": line.place.line, "says": line.says, **besides}


def _candidate(candidate: tuple[str, str]) -> dict[str, str]:
    story, reason = candidate
    return {"story": story, "reason": reason}


def _plain(said: object) -> object:
    return [*map(str, said)] if isinstance(said, tuple) else said if isinstance(said, int) else str(said)


# --- the schema -----------------------------------------------------------------------------------------------------

_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_NAMES = {"type": "array", "items": _TEXT}
_COUNT = {"type": "integer", "minimum": 0}
_LINE = {"type": "integer", "minimum": 1}
_COLUMN = {"type": ["integer", "null"], "minimum": 1, "description": "Where in the line; null if nobody can tell."}


def json_schema() -> dict[str, Json]:
    """What `as_json` writes, as JSON Schema 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What ixnstate validate --format json prints",
        **_object(
            {
                "ok": {"type": "boolean", "description": "Everything could be read, and was legal."},
                "operations": _COUNT,
                "notifications": _COUNT,
                "interactions": _COUNT,
                "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
                "unreadable": {"type": "array", "items": {"$ref": "#/$defs/unreadable"}},
            },
            _BESIDES,
        ),
        "$defs": {
            "finding": _object(_FINDING, _EXTRAS),
            "edit": _object(_EDIT, _EDIT_EXTRAS),
            "witness": _object(_WITNESS, {"agent": _TEXT, "ts": _TEXT}),
            "candidate": _object(_CANDIDATE),
            "refusal": _object(_REFUSAL),
            "rule": _object(_RULE),
            "unrecorded": _object({"why": _TEXT, "count": _COUNT, "file": _TEXT, "line": _LINE}),
            "unreadable": _object(
                {"file": _TEXT, "line": _LINE, "problem": _TEXT}, {"column": _COLUMN, "count": _TIMES}
            ),
        },
    }


_TIMES = {**_COUNT, "description": "How many lines have this problem, one after the other; 1 where it is not said."}
_COUNTS = {"type": "object", "additionalProperties": _COUNT}
_BESIDES: dict[str, object] = {
    "repeats": {**_COUNT, "description": "Notifications that showed what was known already."},
    "gaps": {**_COUNT, "description": "Steps that must have happened, and that the recording does not show."},
    "undetermined": {**_COUNT, "description": "What could not be judged."},
    "recorded": {**_TEXT, "description": "What was recorded, as declared or inferred; absent without requests."},
    "forgotten": {**_COUNT, "description": "What waited and was forgotten, since a table of the judge was full."},
    "lists": {**_COUNTS, "description": "How often each documented capability list was shown, by medium and name."},
    "generations": {**_COUNTS, "description": "Of which generation the capability lists were."},
    "hints": {**_NAMES, "description": "What makes findings doubtful, and the option that mends it."},
    "more": {**_COUNT, "description": "Findings and lines that cannot be read which are not listed."},
    "unrecorded": {
        "type": "array",
        "items": {"$ref": "#/$defs/unrecorded"},
        "description": "What a recorder left out, or cannot be read, by the reason: no finding rests on it.",
    },
    "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
}
_RULE: dict[str, object] = {"rule": _TEXT, "satisfied": _COUNT, "violated": _COUNT, "inconclusive": _COUNT}
_EXTRAS: dict[str, object] = {
    "severity": {"enum": ["error", "warning"]},
    "expected": {**_NAMES, "description": "The states, capabilities or operations of which one was expected."},
    "evidence": {**_TEXT, "description": "How well the rule is known: documented, captured, inferred or silent."},
    "source": {**_TEXT, "description": "The page of the rule."},
    "repair": {**_TEXT, "description": "The cheapest change: that of edits in words, or of this line alone."},
    "edits": {
        "type": "array",
        "items": {"$ref": "#/$defs/edit"},
        "description": "The finding's part of the fewest edits that leave nothing illegal in the interaction's lines.",
    },
    "seq": {"type": "integer"},
    "ts": {**_TEXT, "description": "When it was recorded: ISO 8601, in UTC."},
    "accepted": {
        "$ref": "#/$defs/witness",
        "description": "What accepted an operation that must be refused: the server is at fault, not the client.",
    },
    "cause": {"$ref": "#/$defs/witness", "description": "An earlier line that caused it."},
    "shown": {"$ref": "#/$defs/witness", "description": "A later line that shows it, where its own does not."},
    "candidates": {
        "type": "array",
        "items": {"$ref": "#/$defs/candidate"},
        "description": "What was believed possible before the line, and why each is ruled out.",
    },
}
_WITNESS: dict[str, object] = {
    "kind": {"enum": ["request", "reply", "notification", "state"]},
    "file": _TEXT,
    "line": _LINE,
    "says": {"type": "string", "description": 'What the line says, in words, such as "done (referenceId 7)".'},
}
_CANDIDATE: dict[str, object] = {"story": _TEXT, "reason": _TEXT}
_FINDING: dict[str, object] = {
    "code": {"type": "string", "pattern": "^IXN[0-9]{3}$"},
    "file": {"type": "string", "description": 'The file as it was named; "-" is standard input.'},
    "line": _LINE,
    "interaction": _MAYBE,
    "agent": _MAYBE,
    "what": {"type": "string", "description": "What happened."},
    "why": {"type": "string", "description": "Why that is wrong."},
    "right": {"type": ["string", "null"], "description": "What would have been right."},
    "refusal": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/refusal"}]},
}
_EDIT: dict[str, object] = {"change": {"enum": ["insert", "replace", "delete"]}, "file": _TEXT, "line": _LINE}
_EDIT_EXTRAS: dict[str, object] = {
    "new": {"type": "object", "description": "The line to insert before this one, or to put in its place."},
    "reply": {**_LINE, "description": "The line of the reply that goes with a request which is deleted or replaced."},
}
_REFUSAL: dict[str, object] = {
    "code": _TEXT,
    "operation": _TEXT,
    "state": _MAYBE,
    "statusCode": {"type": "integer"},
    "allowed": {**_NAMES, "description": "What the agent may do instead."},
    "path": {"type": ["array", "null"], "items": _TEXT, "description": "What must be done before; null: no way."},
}


def _object(required: dict[str, object], optional: dict[str, object] | None = None) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": True,
    }
