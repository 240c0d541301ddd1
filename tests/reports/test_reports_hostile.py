"""Reports are safe to open and to print, whatever stands in a recording: markup, control characters, bidirectional
overrides, unpaired surrogates, in every field."""

import json
import unicodedata
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from ixnstate.cli import cli

HOSTILE = {
    "markup": "</script><img src=x onerror=alert(1)>&\"']]>",
    "escapes": "\x1b]0;title\x07\x1b[31mred\x9b2J\r\x08\x7f",
    "bidirectional": "a\u202etxt.exe\u2066b\u200fc\u061c",
    "surrogate": "a\ud800b\udfff",
    "nothing": "\x00\ufeff\u2028\u2029",
}
FORMATS = ("text", "json", "junit", "sarif", "html")


def recording(folder, evil):
    """Lines in which every field that is text has the string, and that are found fault with in every way."""
    lines = [
        {"agent": evil, "interaction": evil, "media": "chat", "state": "Chatting"},
        {"agent": evil, "interaction": evil, "media": "chat", "state": evil},
        {"agent": evil, "interaction": evil, "media": evil, "state": "Chatting"},
        {"agent": evil, "interaction": evil, "media": "chat", "state": "Queued", "workbin": evil, evil: evil},
        {"agent": evil, "method": "POST", "path": f"/api/v2/me/chats/{evil}", "body": {"operationName": evil}},
        {"agent": evil, "method": "POST", "path": "/api/v2/me/chats/X",
         "body": {"operationName": "Transfer", "targetUri": evil}},
        {"agent": evil, "method": "POST", "path": evil, "body": {"operationName": "Accept"}},
        {"agent": "a1", "media": "chat", "interaction": "X", "operation": "Accept"},
        {"agent": evil, "data": {"messageType": evil, "chat": {"id": evil}}},
        {
            "agent": evil,
            "data": {
                "messageType": "ChatStateChangeMessage", "notificationType": evil, "referenceId": 7,
                "chat": {"id": evil, "state": "Completed", "capabilities": [evil, "Leave"], "userData": {evil: evil}},
            },
        },
        {"agent": evil, "ts": evil, "interaction": evil, "media": "email", "state": "Composing"},
    ]  # fmt: skip
    file = folder / "day.jsonl"
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    raw = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    file.write_bytes((text + raw).encode("utf-8", "surrogatepass") + f"{evil}\n".encode("utf-8", "surrogatepass"))
    return file


def unsafe(text):
    """The characters of a text that a terminal or an editor would obey rather than show."""
    return {
        each for each in text if each not in "\n\t" and unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }


def run(*arguments):
    found = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exc_info
    return found


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_safe(kind, form, tmp_path):
    file, out = recording(tmp_path, HOSTILE[kind]), tmp_path / "report"
    found = run("validate", "--format", form, file, "-o", out)
    assert found.exit_code in (1, 2)
    text = out.read_bytes().decode("utf-8")  # what cannot be decoded is no report
    assert unsafe(found.output) == set()
    match form:
        case "text":
            assert unsafe(text) == set()
        case "junit":
            ElementTree.fromstring(text)
            assert "<img" not in text
        case "html":
            assert "<img" not in text
            assert text.count("</script>") == text.count("<script")
            assert "default-src 'none'" in text
        case _:
            json.loads(text)
            assert "\x1b" not in text


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("command", ["coverage", "repair", "validate"])
def test_what_is_printed_obeys_nobody(kind, command, tmp_path):
    arguments = [command, recording(tmp_path, HOSTILE[kind])]
    found = run(*arguments, *(["--missing"] if command == "coverage" else []))
    assert unsafe(found.output) == set()


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_ocel_says_of_lines_obeys_nobody(kind, tmp_path):
    found = run("ocel", recording(tmp_path, HOSTILE[kind]), "-o", tmp_path / "log.json")
    assert unsafe(found.output) == set()
    json.loads((tmp_path / "log.json").read_text("utf-8"))


@pytest.mark.parametrize("kind", ["markup", "escapes", "bidirectional"])
def test_a_name_of_a_file_obeys_nobody(kind, tmp_path):
    name = HOSTILE[kind].replace("/", "_")[:40]
    (tmp_path / name).write_text("junk\n")
    for command in ("validate", "coverage", "repair", "shrink", "ocel"):
        assert unsafe(run(command, tmp_path / name, tmp_path / f"missing{name}").output) == set(), command
