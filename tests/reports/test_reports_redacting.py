"""No report carries a secret of a recording; redacted ones show of a line what a finding is about."""

import json

import pytest
from click.testing import CliRunner
from hars import FAULT, plain, records

from ixnstate.cli import cli
from ixnstate.reports import as_sarif, redacted
from ixnstate.reports.redacting import shown
from ixnstate.trace import validate

FORMS = ("text", "json", "junit", "sarif", "html")
SECRET = "s3cr3t"
PRIVATE = "Jane Doe, 555-0100"


def said(path, form, *options):
    return CliRunner().invoke(cli, ["validate", str(path), "--format", form, *options]).output


def har(folder):
    document = plain(FAULT)
    for each in document["log"]["entries"]:
        for part in ("request", "response"):
            each[part]["headers"] = [
                {"name": name, "value": SECRET} for name in ("Authorization", "Cookie", "Set-Cookie", "X-CSRF-Token")
            ]
            each[part]["cookies"] = [{"name": "JSESSIONID", "value": SECRET}]
            each[part]["queryString"] = [{"name": "access_token", "value": SECRET}]
        each["request"]["url"] = (
            each["request"]["url"].replace("https://", f"https://me:{SECRET}@") + f"?access_token={SECRET}&x=1"
        )
        each["_token"] = SECRET
    path = folder / "session.har"
    path.write_text(json.dumps(document, indent=1))
    return path


def lines(folder):
    held = {"headers": {"Authorization": SECRET}, "cookies": [SECRET], "token": SECRET, "X-CSRF-TOKEN": SECRET,
            "note": f"Bearer {SECRET}", "url": f"https://me:{SECRET}@gws/x?session_token={SECRET}",
            "form": f"password={SECRET}"}  # fmt: skip
    found = [{**line, **held, "nested": [held]} for line in records(FAULT)]
    for line in found:
        if line["kind"] == "request":
            line["path"] += f"?access_token={SECRET}"
            line["body"] = {**line["body"], "password": SECRET, "userData": {"Name": PRIVATE}, "comment": PRIVATE}
    path = folder / "log.jsonl"
    broken = json.dumps({**found[0], "note": f"Basic {SECRET}"})[:-9]
    wrong = json.dumps({"agent": "a1", "headers": [SECRET], "userData": PRIVATE, "kind": "odd"})
    path.write_text("".join(json.dumps(line) + "\n" for line in found) + f"{broken}\n{wrong}\n")
    return path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", [har, lines], ids=["HAR", "records"])
@pytest.mark.parametrize("options", [(), ("--redact",), ("--no-redact",)], ids=str)
def test_no_report_carries_a_secret(make, form, options, tmp_path):
    told = said(make(tmp_path), form, *options)
    assert "IXN101" in told
    assert SECRET not in told


@pytest.mark.parametrize("form", FORMS)
def test_what_is_private_is_shown_only_where_lines_are(form, tmp_path):
    path = lines(tmp_path)
    assert PRIVATE not in said(path, form, "--redact")
    assert (PRIVATE in said(path, form)) is (form == "text")
    for kept in ("W1", "SetInFocus"):
        assert kept in said(path, form, "--redact")


def test_what_redaction_keeps():
    line = {
        "seq": 7, "agent": "a1", "kind": "notification", "channel": "/v2/me/workitems", "path": "/api/v2/x?y=1",
        "body": {"messageType": "WorkitemStateChangeMessage", "workitem": {
            "id": "w1", "state": "Invited", "capabilities": ["Accept"], "userData": {"Name": PRIVATE},
                "subject": PRIVATE}},
    }  # fmt: skip
    kept = json.loads(shown(json.dumps(line), fully=True))
    assert kept["body"]["workitem"] == {
        "id": "w1",
        "state": "Invited",
        "capabilities": ["Accept"],
        "userData": {"Name": "***"},
        "subject": "***",
    }
    assert (kept["seq"], kept["agent"], kept["path"]) == (7, "a1", "/api/v2/x")
    assert shown("what is no JSON", fully=True) == "***"


def test_a_line_without_secrets_is_shown_as_it_stands():
    line = '{"agent":  "a1", "x": [1.0, null], "text": "the basic idea"}'
    assert shown(line, fully=False) == line


def test_the_fixes_of_sarif_are_edits_of_whole_lines(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in records(FAULT)))
    report = redacted(validate(path))
    (result,) = json.loads(as_sarif(report))["runs"][0]["results"]
    (finding,) = report.findings
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert len(change["replacements"]) == len(finding.edits) + sum(edit.reply is not None for edit in finding.edits)
    edited = path.read_text().splitlines(keepends=True)
    for each in sorted(change["replacements"], key=lambda each: -each["deletedRegion"]["startLine"]):
        region, new = each["deletedRegion"], each.get("insertedContent", {}).get("text", "")
        assert (region["startColumn"], region["endColumn"]) == (1, 1)
        edited[region["startLine"] - 1 : region["endLine"] - 1] = [new] if new else []
    path.write_text("".join(edited))
    assert validate(path).ok
