"""What reports may show of a recorded line: never a secret, and with redaction only what findings are about.

Headers, cookies and tokens are taken out of every report. Redaction keeps ids, operations, states, capabilities and
numbers, and of user data the keys.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from ixnstate.recording.lines import Unreadable
from ixnstate.trace import Finding, LineEdit, Report
from ixnstate.values import changed, expect

F = TypeVar("F", bound=Finding | Unreadable)

MASK = "***"
"""Stands for what is not shown."""

_SECRET = re.compile(
    r"(?i)^(?:.*(?:token|password|passwd|secret|cookie|authorization|credential|csrf|api.?key|jsession|sessionid).*|headers)$"
)
"""The keys of what is never shown."""
_IN_ADDRESS = re.compile(
    r"(?i)([?&;][^=&;#\s\"]*(?:token|password|secret|key|session|sid|auth|code)[^=&;#\s\"]*=)[^&;#\s\"]*"
)
_USER = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/@\s\"]*@")
_BEARER = re.compile(r"(?i)\b(bearer|basic|digest|negotiate)\s+(?=[a-z0-9._~+/-]*[0-9=])[a-z0-9._~+/=-]{4,}")
_IN_TEXT = re.compile(
    r'(?i)("[^"]*(?:token|password|passwd|secret|cookie|authorization|credential|csrf|api.?key|jsession|sessionid|headers)'
    r'[^"]*"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|\[.*|\{.*)'
)
_PAIR = re.compile(r"(?i)((?:cookie|authorization|jsessionid|token|password)[\"']?\s*[:=]\s*)[^\s,;\"'}]+")

_KEPT = frozenset({
    "ts", "ended", "agent", "kind", "channel", "method", "path", "interaction", "media", "state", "workbin",
    "agentGroup", "placeGroup", "owner", "missing", "why", "id", "operationName", "messageType", "messageTypeName",
    "notificationType", "capabilities", "uri", "chatUri", "emailUri", "targetUri", "queueName", "queue", "action",
    "workbinId", "ownerUri", "parentId", "participantId", "type", "file",
})  # fmt: skip
"""The keys whose text is shown where lines are redacted."""
_VALUES = re.compile(r"(, not | found ).*", re.DOTALL)


def redacted(report: Report, *, fully: bool = True) -> Report:
    """The report without secrets; and, ``fully``, without anything in its lines that no finding is about."""
    expect("report", report, Report)
    return changed(
        report,
        findings=tuple(without_secrets(each, fully=fully) for each in report.findings),
        unreadable=tuple(without_secrets(each, fully=fully) for each in report.unreadable),
    )


def without_secrets(found: F, *, fully: bool) -> F:
    """The same for a finding, or for a line that cannot be read."""
    expect("found", found, Finding, Unreadable)
    expect("fully", fully, bool)
    if isinstance(found, Finding):
        edits = tuple(_edit(each, fully=fully) for each in found.edits)
        return changed(found, text=shown(found.text, fully=fully), edits=edits)
    problem = _VALUES.sub(r"\1" + MASK, found.problem) if fully else _masked(found.problem)
    return changed(found, text=shown(found.text, fully=fully), problem=problem)


def _edit(edit: LineEdit, *, fully: bool) -> LineEdit:
    return edit if edit.new is None else changed(edit, new=shown(edit.new, fully=fully))


def shown(text: str, *, fully: bool) -> str:
    """What is shown of a line. One that is not JSON is not shown if ``fully``, or without what looks like a secret."""
    try:
        value = json.loads(text)
    except (RecursionError, ValueError):
        return MASK if fully and text else _masked(text)
    kept = _kept(value) if fully else _bare(value)
    return text if kept == value else json.dumps(kept, ensure_ascii=False)


def _masked(text: str) -> str:
    text = _IN_TEXT.sub(rf'\1"{MASK}"', text)
    text = _USER.sub(r"\1", _IN_ADDRESS.sub(rf"\1{MASK}", text))
    return _PAIR.sub(rf"\1{MASK}", _BEARER.sub(rf"\1 {MASK}", text))


def _bare(value: Any) -> Any:
    """Without headers, cookies and tokens."""
    if isinstance(value, str):
        return _masked(value)
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {_masked(key): MASK if _SECRET.match(key) else _bare(each) for key, each in value.items()}
    if _SECRET.match(str(value.get("name"))) and "value" in kept:
        kept["value"] = MASK
    return kept


def _kept(value: Any, key: str = "") -> Any:
    """What findings are about."""
    if isinstance(value, Mapping):
        if _SECRET.match(key):
            return MASK
        if key in ("userData", "data") and "messageType" not in value:
            return dict.fromkeys(map(_masked, value), MASK)
        return {_masked(name): _kept(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return MASK if _SECRET.match(key) else [_kept(each, key) for each in value]
    if isinstance(value, str):
        return _masked(value).split("?")[0] if key in _KEPT and not _SECRET.match(key) else MASK
    return MASK if _SECRET.match(key) else value
