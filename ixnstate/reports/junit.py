"""A report as JUnit XML, which CI servers show: a file is a suite, a finding a failure, an unreadable line an error."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from ixnstate.recording.lines import Unreadable
from ixnstate.reports.reading import notes, subject
from ixnstate.trace import Finding, Report
from ixnstate.values import each_of, expect

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report, *, missing: Sequence[str] = ()) -> str:
    """The report as JUnit XML. Where nothing is wrong, one case that passes says so.

    The name of a case has no line number, so that a CI server recognises it in the next run. A file that could not be
    opened, in ``missing``, is a suite with an error.
    """
    expect("report", report, Report)
    missing = tuple(each_of("missing", missing, str))
    wrong: tuple[Finding | Unreadable, ...] = (*report.findings, *report.unreadable)
    files = dict.fromkeys(each.place.file for each in wrong)
    suites = [line for file in files for line in _suite(report, file)]
    suites += [line for file in missing for line in _unopened(file)]
    if not suites:
        about = f"{report.operations} operations, {report.notifications} notifications"
        suites = [
            f'  <testsuite name="ixnstate" tests="1" failures="0" errors="{+report.is_empty}" skipped="0" time="0">',
            *_case("ixnstate", *_verdict(report, about)),
            "  </testsuite>",
        ]
    errors = len(report.unreadable) + len(missing) + (report.is_empty and not missing)
    counts = f'failures="{len(report.findings)}" errors="{errors}"'
    head = f'<testsuites name="ixnstate" tests="{max(1, len(wrong) + len(missing))}" {counts} time="0">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"]) + "\n"


def _verdict(report: Report, about: str) -> tuple[str, str]:
    """The name of the only case, and what is in it."""
    if report.is_empty:
        return "nothing to judge", '<error type="empty" message="no line is about an interaction"/>'
    return f"legal: {about}", ""


def _suite(report: Report, file: str) -> Iterator[str]:
    findings = [each for each in report.findings if each.place.file == file]
    unreadable = [each for each in report.unreadable if each.place.file == file]
    counts = f'failures="{len(findings)}" errors="{len(unreadable)}" skipped="0"'
    yield f'  <testsuite name={_quoted(file)} tests="{len(findings) + len(unreadable)}" {counts} time="0">'
    met: Counter[str] = Counter()
    for finding in findings:
        name = f"{finding.code} {finding.interaction or ''} {subject(finding)}"
        met[name] += 1
        yield from _case(file, name if met[name] == 1 else f"{name} ({met[name]})", _failure(finding))
    for number, each in enumerate(unreadable, 1):
        yield from _case(file, f"unreadable line ({number})", _error(each))
    yield "  </testsuite>"


def _unopened(file: str) -> Iterator[str]:
    yield f'  <testsuite name={_quoted(file)} tests="1" failures="0" errors="1" skipped="0" time="0">'
    yield from _case(file, "the file", '<error type="unreadable" message="could not be opened"/>')
    yield "  </testsuite>"


def _case(file: str, name: str, inside: str) -> Iterator[str]:
    if not inside:
        yield f'    <testcase classname={_quoted(file)} name={_quoted(name)} time="0"/>'
        return
    yield f'    <testcase classname={_quoted(file)} name={_quoted(name)} time="0">'
    yield f"      {inside}"
    yield "    </testcase>"


def _failure(finding: Finding) -> str:
    said = [f"{finding.place}", finding.text, *(f"{label}: {text}" for label, text in notes(finding))]
    head = f"<failure type={_quoted(finding.code)} message={_quoted(finding.what)}>"
    return f"{head}{escape(_fit(chr(10).join(said)))}</failure>"


def _error(each: Unreadable) -> str:
    head = f'<error type="unreadable" message={_quoted(each.words)}>'
    return f"{head}{escape(_fit(f'{each.spot}{chr(10)}{each.text}'))}</error>"


def _quoted(text: str) -> str:
    """An attribute's value; a parser would make a space of a tab or the end of a line."""
    value = escape(_fit(text)).replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
    return f'"{value}"'


def _fit(text: str) -> str:
    """Only characters that XML can hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
