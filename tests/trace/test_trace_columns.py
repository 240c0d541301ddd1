"""Where in a line something is wrong: the column, wherever a report shows a line that could not be read."""

import io
import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ixnstate import reports
from ixnstate.cli import cli
from ixnstate.recording.lines import Unreadable
from ixnstate.recording.locating import located, members
from ixnstate.recording.reading import read_stream
from ixnstate.reports.reading import pointed
from ixnstate.trace import validate

NAMES = st.text('abcé"\\', min_size=1, max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
INDENTS = st.sampled_from([None, 0, 3])


@given(st.lists(VALUES, max_size=4) | st.dictionaries(NAMES, VALUES, max_size=4), INDENTS)
def test_members_stand_where_they_are_written(value, indent):
    text = json.dumps(value, indent=indent)
    found = [(key, json.loads(text[start:end])) for key, (start, end) in members(text)]
    assert found == (
        list(value.items()) if isinstance(value, dict) else [(f"[{n}]", each) for n, each in enumerate(value)]
    )


def paths(value, path=""):
    """Every place in a value as a problem names it, with what stands there."""
    if isinstance(value, list):
        inner = [(f"{path}[{number}]", each) for number, each in enumerate(value)]
    elif isinstance(value, dict):
        inner = [(f"{path}.{key}" if path else key, each) for key, each in value.items()]
    else:
        return
    for name, each in inner:
        yield name, each
        yield from paths(each, name)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, min_size=1), INDENTS, st.data())
def test_what_is_named_is_found(value, indent, data):
    path, inner = data.draw(st.sampled_from(list(paths(value))))
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    start, end = located(text, f"{path}: is wrong: very")
    assert json.loads(text[start:end]) == inner
    assert located(json.dumps({"x": 1, "body": value}), f"{path}: is wrong") is not None, "in a message, in its record"


@given(VALUES, st.text("ab.[]0: ", max_size=8))
def test_nothing_else_is_found_and_nothing_is_raised(value, problem):
    text = json.dumps(value)
    for said in (problem, f"{problem}: x"):
        for cut in (text, text[:-1], f"{text}]"):
            found = located(cut, said)
            assert found is None or 0 <= found[0] < found[1] <= len(cut)


def test_what_is_missing_is_shown_where_it_should_be():
    text = '{"seq": 1, "data": {"chat": {}}}'
    assert located(text, "data.chat.id: is missing") == (text.index("{}"), text.index("{}") + 1)
    assert located(text, "interaction: is missing") is None
    assert located("[" * 100_000, "[0][0]: x") is None


WRONG = {"seq": 1, "kind": "reply"}
FORMS = {
    "JSON Lines": ('{"seq": 1, "kind": "reply"}', (1, 20)),
    "with blanks": ('  {"kind": "reply"}', (1, 12)),
    "a field of a message": ('{"messageType": "ChatStateChangeMessage", "chat": {"id": 5}}', (1, 58)),
    "a field of the message of a record": ('{"seq": 1, "kind": "notification", "body": {"messageType": 5}}', (1, 60)),
    "a field of a frame": ('{"channel": "/v2/me/chats", "data": {"messageType": 5}}', (1, 53)),
    "in an array of one line": ('[{"method": "GET"}, {"kind": "reply"}]', (1, 30)),
    "in an array of lines": ('[\n {"method": "GET"},\n {"é": "ä", "kind": "reply"}\n]', (3, 21)),
    "no member of an array": ('[{"method": "GET"}, 7]', (1, 21)),
    "a value that spans lines": ('{"seq": 1,\n "kind": "reply"}', (1, None)),
    "no form at all": ('  {"x": 1}', (1, 1)),
    "no JSON": ('{"a": }', (1, 7)),
    "no UTF-8": (b'{"\xc3\xa9": "\xff"}', (1, 8)),
    "an event of OCEL": (
        '{"objects": [],\n"events": [{}, {"id": "e", "type": "Accept", "time": "noon"}]}', (2, 54),
    ),
    "an event of OCEL, in one line": ('{"objects": [], "events": [{"id": "e", "type": "Accept", "time": "noon"}]}',
        (1, None)),
}  # fmt: skip


def read(folder, content):
    path = folder / "day.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return validate(path), path


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_field_has_a_column(form, tmp_path):
    content, place = FORMS[form]
    found, _ = read(tmp_path, content)
    each = found.unreadable[-1]
    assert (each.place.line, each.column) == place


@pytest.mark.parametrize("form", [form for form, (_, (_, column)) in FORMS.items() if column])
def test_every_report_tells_it(form, tmp_path):
    content, (line, column) = FORMS[form]
    found, path = read(tmp_path, content)
    spot = f"{path}:{line}:{column}"
    assert json.loads(reports.as_json(found))["unreadable"][-1]["column"] == column
    assert spot in reports.as_junit(found)
    assert spot in reports.as_html(found, reports.Timelines())
    told = json.loads(reports.as_sarif(found))["runs"][0]["invocations"][0]["toolExecutionNotifications"][-1]
    assert told["locations"][0]["physicalLocation"]["region"]["startColumn"] == column
    assert spot in told["message"]["text"]
    assert spot in CliRunner().invoke(cli, ["validate", str(path)], terminal_width=500).output.replace("\n", "")


def test_the_terminal_points_at_it(tmp_path):
    _, path = read(tmp_path, FORMS["JSON Lines"][0])
    lines = CliRunner().invoke(cli, ["validate", str(path)]).output.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("1 | "))
    marked = [character for character, mark in zip(lines[at], lines[at + 1], strict=False) if mark == "^"]
    assert "".join(marked) == '"reply"'


def test_a_pointer_needs_no_column():
    """The text of what spans lines is shown in one, so it can be pointed at; but the file has it elsewhere."""
    (line,) = read_stream(io.BytesIO(b'{"seq": 1,\n "kind": "reply"}'), "-")
    found = Unreadable(line.place, line.text, "kind: must be one of ...")
    start, end = pointed(found)
    assert found.text[start:end] == '"reply"'


def test_without_a_column_reports_say_nothing(tmp_path):
    found, _ = read(tmp_path, FORMS["a value that spans lines"][0])
    told = json.loads(reports.as_sarif(found))["runs"][0]["invocations"][0]["toolExecutionNotifications"][-1]
    assert "startColumn" not in told["locations"][0]["physicalLocation"]["region"]
    assert json.loads(reports.as_json(found))["unreadable"][0]["column"] is None
