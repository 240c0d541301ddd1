"""What can be read: records of the documented format, frames, HAR, compressed files; and what is said of the rest."""

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from days import recorded
from jsonschema import Draft202012Validator

from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.reading import read_file, read_stream
from ixnstate.trace import Finding, record_schema, validate

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BAD = EXAMPLES / "faults" / "complete-twice.jsonl"
PROCESSING = ["Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete"]
PATH = "/api/v2/me/workitems/W1"
FRAME = "/v2/me/workitems"


def shows(state, capabilities=(), **more):
    return {
        "messageType": "WorkitemStateChangeMessage", **more,
        "workitem": {"id": "W1", "state": state, "capabilities": list(capabilities)},
    }  # fmt: skip


def write(folder, content, name="trace.jsonl"):
    path = folder / name
    if not isinstance(content, bytes):
        content = "".join(json.dumps(line) + "\n" for line in content).encode()
    path.write_bytes(content)
    return path


def codes(report):
    return [(finding.code, finding.place.line) for finding in report.findings]


# === records ========================================================================================================

RECORDS = [
    {"seq": 1, "ts": "2026-01-05T09:00:00Z", "agent": "a1", "kind": "notification", "channel": FRAME,
     "body": shows("Invited", ["Accept", "Reject"])},
    {"seq": 2, "ts": 1767603601.5, "agent": "a1", "kind": "request", "method": "POST", "path": PATH,
     "body": {"operationName": "Accept"}},
    {"seq": 3, "agent": "a1", "kind": "response", "path": PATH, "status": 200,
     "body": {"statusCode": 0, "referenceId": 7}},
    {"seq": 4, "agent": "a1", "kind": "meta", "channel": "/meta/connect", "body": {"successful": True}},
    {"seq": 5, "agent": "a1", "kind": "notification", "channel": FRAME, "referenceId": 7,
     "body": {"data": shows("Processing", PROCESSING, referenceId=7), "channel": FRAME}},
]  # fmt: skip


def test_records_of_every_kind(tmp_path):
    report = validate(write(tmp_path, RECORDS))
    assert report.ok, report
    assert (report.operations, report.notifications, report.interactions) == (1, 2, 1)


def test_a_finding_has_the_number_of_its_record(tmp_path):
    second = {**RECORDS[0], "seq": 9, "body": shows("InWorkbin")}
    first = {**RECORDS[0], "seq": 8, "body": shows("Processing", PROCESSING)}
    wrong = {**RECORDS[0], "seq": 10, "body": shows("Chatting")}
    (finding,) = validate(write(tmp_path, [first, second, wrong])).findings
    assert (finding.place.line, finding.seq, finding.severity) == (3, 10, "error")


SCHEMA = Draft202012Validator(record_schema())


def test_the_schema_takes_records_and_short_forms():
    lines = [json.loads(line) for path in EXAMPLES.glob("*.jsonl") for line in path.read_text().splitlines()]
    for line in [*RECORDS, RECORDS, {"channel": FRAME, "data": shows("Invited")}, *lines]:
        assert SCHEMA.is_valid(line), line


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "request", "seq": 1},
        {"kind": "request", "body": {"operationName": "Accept"}},
        {"kind": "reply", "seq": 1, "body": {}},
        {"kind": "notification", "seq": "1", "body": {}},
        7,
        {},
    ],
    ids=str,
)
def test_the_schema_refuses_the_rest(line):
    assert not SCHEMA.is_valid(line)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"seq": 1, "kind": "reply"}, "kind: must be one of request, response, notification, meta, gap, not 'reply'"),
        ({"seq": "x", "kind": "request", "body": {}}, "seq: must be a whole number"),
        ({"seq": 1, "kind": "request"}, "body: is missing"),
        ({"seq": 1, "kind": "gap"}, "missing: must be one of messages, request, reply, anything, line, not None"),
        ({"seq": 1, "kind": "response", "status": "ok", "body": {}}, "status: must be a whole number"),
        ({"seq": 1, "kind": "response", "body": {"statusCode": "0"}}, "statusCode: expected a whole number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_record_is_named(line, problem, tmp_path):
    report = validate(write(tmp_path, [line, *RECORDS]))
    (found,) = report.unreadable
    assert problem in found.problem
    assert report.findings == ()
    assert report.operations == 1


def test_a_record_that_is_there_twice_counts_once(tmp_path):
    doubled = [record for record in RECORDS for _ in range(2)]
    report = validate(write(tmp_path, doubled))
    assert report.ok, report
    assert (report.operations, report.notifications, report.repeats) == (1, 2, 4)


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_capabilities_that_were_not_recorded_are_not_judged(order, tmp_path):
    """Only where the record says so; what was made of one such line is not taken for another."""
    said = {key: value for key, value in RECORDS[0].items() if key != "body"}
    lines = [{**said, "seq": number, "body": shows("Processing")} for number in range(4)]
    for line in lines:
        del line["body"]["workitem"]["capabilities"]
    lines = [{**line, "partial": order[number % 2]} for number, line in enumerate(lines)]
    assert codes(validate(write(tmp_path, [{"method": "GET"}, *lines]))) == [
        ("IXN203", number) for number, line in enumerate(lines, 2) if not line["partial"]
    ]


# === frames =========================================================================================================


def test_frames_with_meta_messages(tmp_path):
    batches = [
        [{"channel": "/meta/handshake", "clientId": "x", "successful": True}],
        [{"channel": FRAME, "data": shows("Processing", PROCESSING)}, {"channel": "/meta/connect", "successful": True}],
        [{"channel": FRAME, "data": shows("InWorkbin")}, {"channel": FRAME, "data": shows("Chatting")}],
        [{"channel": "/v2/me/channels", "data": {"channels": []}}],
    ]
    report = validate(write(tmp_path, batches))
    assert codes(report) == [("IXN201", 3)]
    assert not report.unreadable
    assert report.notifications == 3


def test_a_frame_whose_data_is_no_message(tmp_path):
    (found,) = validate(write(tmp_path, [[{"channel": FRAME, "data": {"id": "W1"}}]])).unreadable
    assert "data.messageType: is missing" in found.problem


# === HAR ============================================================================================================


def entry(start, duration, url, sent, said, status=200, **more):
    content = said if isinstance(said, dict) and "text" in said else {"text": json.dumps(said)}
    request: dict[str, Any] = {"method": "POST" if sent is not None else "GET", "url": f"https://gws.example.com{url}"}
    if sent is not None:
        request["postData"] = {"text": json.dumps(sent)}
    return {
        "startedDateTime": f"2026-01-05T09:00:{start:06.3f}Z", "time": duration, "request": request,
        "response": {"status": status, "content": content}, **more,
    }  # fmt: skip


def har(*entries):
    return {"log": {"version": "1.2", "creator": {"name": '"entries": ['}, "entries": list(entries)}}


POLL = [{"channel": "/meta/connect"}, {"channel": FRAME, "data": shows("Processing", PROCESSING, referenceId=3)}]
SESSION = (
    entry(0, 10, "/cometd", [{"channel": "/meta/connect"}],
        [{"channel": FRAME, "data": shows("Invited", ["Accept", "Reject"])}]),
    entry(1, 9000, "/cometd", [{"channel": "/meta/connect"}], POLL),
    entry(2, 100, PATH, {"operationName": "Accept"}, {"statusCode": 0, "referenceId": 3}, _agent="a1"),
    entry(3, 5, "/index.html", None, {"text": "<html>"}),
    entry(4, 5, "/api/v2/me", None, {"statusCode": 0}),
    entry(5, 5, "/login", {"user": "a1"}, {"text": "eyJ9", "encoding": "base64"}),
)  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
def test_a_har_file(tmp_path, indent):
    report = validate(write(tmp_path, json.dumps(har(*SESSION), indent=indent).encode(), "session.har"))
    assert report.ok, report
    assert (report.operations, report.notifications) == (1, 2)


def test_a_finding_in_a_har_file_has_the_line_of_its_entry(tmp_path):
    wrong = entry(6, 1, PATH, {"operationName": "Reject"}, {"statusCode": 0}, _agent="a1")
    text = json.dumps(har(*SESSION, wrong), indent=1)
    (finding,) = validate(write(tmp_path, text.encode(), "session.har")).findings
    assert finding.code == "IXN101"
    line = text.splitlines()[finding.place.line - 1 : finding.place.line + 1]
    assert line == ["   {", '    "startedDateTime": "2026-01-05T09:00:06.000Z",']


def test_a_wrong_entry_does_not_stop_the_rest(tmp_path):
    report = validate(write(tmp_path, json.dumps(har({"request": 7}, *SESSION)).encode()))
    (found,) = report.unreadable
    assert "no entry of a HAR file" in found.problem
    assert report.notifications == 2


BINARY = {"text": "iVBORw0KGgoA//4=", "encoding": "base64"}


@pytest.mark.parametrize("url", ["/logo.png", "/api/v2/me/avatar"])
def test_what_else_a_browser_loads_is_no_fault_of_the_file(url, tmp_path):
    picture, form = entry(6, 5, url, None, BINARY), entry(7, 5, "/api/v2/upload", None, {"text": ""})
    form["request"]["postData"] = {"mimeType": "multipart/form-data", "text": "--x\r\na=b"}
    broken = entry(8, 5, url, None, {"text": "iVBOR", "encoding": "base64"})
    report = validate(write(tmp_path, json.dumps(har(*SESSION, picture, form, broken)).encode()))
    assert report.ok, report


def test_a_long_poll_below_the_api(tmp_path):
    text = json.dumps(har(*SESSION)).replace("/cometd", "/api/v2/notifications")
    assert validate(write(tmp_path, text.encode())).notifications == 2


@pytest.mark.parametrize(("status", "undetermined"), [(503, 1), (502, 2), (0, 2)])
def test_a_reply_of_a_proxy_or_none(status, undetermined, tmp_path):
    """A page that refuses; a gateway without an answer, or a request that was broken off: nobody knows what became."""
    asked = entry(6, 1, PATH, {"operationName": "Complete"}, {"text": "<html>Bad Gateway</html>"}, status, _agent="a1")
    report = validate(write(tmp_path, json.dumps(har(*SESSION, asked)).encode()))
    assert report.ok, report
    assert report.undetermined == undetermined


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"request": {"method": "POST", "url": PATH, "postData": {"mimeType": "application/json", "text": "{"}}},
         "request: the text is not JSON"),
        ({"response": {"status": 200, "content": {"text": "<html>"}}}, "reply: the text is not JSON"),
    ],
)  # fmt: skip
def test_a_body_of_the_api_that_is_not_json(change, why, tmp_path):
    wrong = {**entry(6, 1, PATH, {"operationName": "Complete"}, {}, _agent="a1"), **change}
    report = validate(write(tmp_path, json.dumps(har(*SESSION, wrong)).encode()))
    assert [(each.why, each.count) for each in report.unrecorded] == [(why, 1)]
    assert report.ok


# === compressed =====================================================================================================


def test_gzip(tmp_path):
    packed = write(tmp_path, gzip.compress(BAD.read_bytes()), "trace.jsonl.gz")
    assert codes(validate(packed)) == codes(validate(BAD))


def test_gzip_on_standard_input(monkeypatch):
    class Input:
        buffer = io.BytesIO(gzip.compress(BAD.read_bytes()))

    monkeypatch.setattr(sys, "stdin", Input)
    assert codes(validate("-")) == codes(validate(BAD))


def test_gzip_that_breaks_off(tmp_path):
    lines = b"".join(
        json.dumps({**record, "n": number}).encode() + b"\n" for number in range(500) for record in RECORDS[3:4]
    )
    packed = gzip.compress(lines)
    report = validate(write(tmp_path, packed[: len(packed) // 2]))
    assert "the compressed data cannot be read on: its end is missing" in report.unreadable[-1].problem
    assert report.unreadable[-1].place.line > 1


def test_gzip_of_many_members(tmp_path):
    lines = [json.dumps({"agent": str(number), "method": "GET", "path": "/me"}).encode() for number in range(20_000)]
    packed = (
        b"".join(gzip.compress(b"\n".join(lines[n : n + 5_000]) + b"\n") for n in range(0, 20_000, 5_000)) + b"\0" * 9
    )
    found = list(read_file(write(tmp_path, packed)))
    assert [line.text for line in found] == [line.decode() for line in lines]


def test_zstd(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    packed = write(tmp_path, zstandard.compress(BAD.read_bytes()))
    assert codes(validate(packed)) == codes(validate(BAD))


def test_zstd_without_its_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    packed = write(tmp_path, b"\x28\xb5\x2f\xfd....")
    (found,) = validate(packed, BAD).unreadable
    assert "pip install 'ixnstate[zstd]'" in found.problem


# === wrong lines ====================================================================================================


def test_a_wrong_line_has_a_column(tmp_path):
    content = b'{"seq": 1}\n{"seq": 1,, "kind": "meta"}\n{"agent": "\xff"}\n'
    found = validate(write(tmp_path, content)).unreadable
    assert [(each.place.line, each.column) for each in found] == [(1, 1), (2, 11), (3, 12)]


def _with_a_wrong_byte(packed):
    return packed[: len(packed) // 2] + bytes([packed[len(packed) // 2] ^ 1]) + packed[len(packed) // 2 + 1 :]


DAY = b"".join(json.dumps(each.record).encode() + b"\n" for each in recorded(0, 120))
END = DAY.count(b"\n")
DAMAGED = {
    "NUL bytes at the end": (DAY + b"\0" * 4096, [END + 1]),
    "NUL bytes at the begin": (b"\0" * 4096 + b"\n" + DAY, [1]),
    "NUL bytes only": (b"\0" * 100_000, [1]),
    "UTF-16": (DAY.decode().encode("utf-16"), [1]),
    "big-endian UTF-16": (b"\xfe\xff" + DAY.decode().encode("utf-16-be"), [1]),
    "a cut last line": (DAY + DAY[:100], [END + 1]),
    "a cut first line": (DAY[:100] + b"\n" + DAY, [1]),
    "a line too deep": (b"[" * 100_000 + b"\n" + DAY, [1]),
    "a long line": (DAY + b'{"a": "' + b"x" * 2_000_000 + b"\n", [END + 1]),
    "a byte of another encoding": (DAY + b'{"agent": "\xc5l"}\n', [END + 1]),
    "gzip, and something after it": (gzip.compress(DAY) + b"garbage", [END + 1]),
    "a cut head of gzip": (gzip.compress(DAY)[:5], [1]),
    "other line ends": (DAY.replace(b"\n", b"\r\n"), []),
    "a byte order mark": (b"\xef\xbb\xbf" + DAY, []),
    "blank lines": (DAY.replace(b"\n", b"\n\n \r\n"), []),
    "nothing": (b"", []),
}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("case", DAMAGED)
def test_what_is_damaged_is_named_and_the_rest_is_judged(case, jobs, tmp_path):
    content, wrong = DAMAGED[case]
    report = validate(write(tmp_path, content), jobs=jobs)
    assert ([each.place.line for each in report.unreadable], report.findings) == (wrong, ())
    is_there = content.count(b"notification") or b"garbage" in content
    assert report.notifications == (DAY.count(b'"kind": "notification"') if is_there else 0)


@pytest.mark.parametrize("content", [bytes(range(256)) * 100, _with_a_wrong_byte(gzip.compress(DAY))])
def test_no_file_is_so_wrong_that_it_is_not_reported(content, tmp_path):
    report = validate(write(tmp_path, content))
    assert report.unreadable
    assert report.findings == ()


def test_a_file_that_is_there_twice_counts_once(tmp_path):
    report = validate(write(tmp_path, DAY + DAY), unsorted=True)
    assert (report.findings, report.unreadable) == ((), ())
    assert report.notifications == DAY.count(b'"kind": "notification"')


def test_strict_stops_at_the_first_wrong_line(tmp_path):
    content = b"nonsense\n" + BAD.read_bytes()
    path = write(tmp_path, content)
    assert len(validate(path).findings) == 1
    report = validate(path, strict=True)
    assert [each.place.line for each in report.unreadable] == [1]
    assert report.findings == ()


def test_lines_are_what_they_were():
    assert next(iter(read_file(BAD))).place == Place(str(BAD), 1)
    (line,) = read_stream(io.BytesIO(b'{"seq": 1}'), "-")
    assert line == Line(Place("-", 1), '{"seq": 1}', {"seq": 1})
    (wrong,) = read_stream(io.BytesIO(b"x"), "-")
    assert isinstance(wrong, Unreadable)
    assert not isinstance(wrong, Finding)


# === documents that break off =======================================================================================


def assert_read_as_far_as_it_goes(folder, text, whole, records_of):
    """Cut anywhere, a document gives the records of all members before the cut, and one wrong line: that of the cut."""
    lines = text.split("\n")
    for cut in range(2, len(lines) - 1):
        found = list(read_stream(io.BytesIO("\n".join(lines[:cut]).encode()), "-"))
        kept = [line.value for line in found if isinstance(line, Line)]
        complete = records_of([line for line in whole if line.place.line <= cut], cut)
        if complete:
            assert kept == complete, cut
            (broken,) = [each for each in found if isinstance(each, Unreadable)]
            assert "the document is not read on" in broken.problem
            assert broken.place.line <= cut


@pytest.mark.parametrize("indent", [0, 2])
def test_an_array_that_breaks_off(tmp_path, indent):
    text = json.dumps(RECORDS, indent=indent)
    whole = list(read_stream(io.BytesIO(text.encode()), "-"))
    starts = [line.place.line for line in whole]

    def complete(lines, cut):
        ends = [*starts[1:], len(text.split("\n"))]
        return [line.value for line, end in zip(whole, ends, strict=True) if end - 1 <= cut]

    assert_read_as_far_as_it_goes(tmp_path, text, whole, complete)


def test_a_har_file_that_breaks_off(tmp_path):
    text = json.dumps(har(*SESSION), indent=2)
    whole = validate(write(tmp_path, text.encode(), "whole.har"))
    cut = text.index('"_agent"')
    found = validate(write(tmp_path, text[:cut].encode(), "cut.har"))
    assert (whole.notifications, found.notifications) == (2, 2)
    assert (whole.operations, found.operations) == (1, 0)
    (broken,) = found.unreadable
    assert (broken.place.line, broken.column) == (text[:cut].count("\n") + 1, 9)


def test_lines_of_which_the_first_is_cut_are_lines(tmp_path):
    content = b'[{"channel": "/v2/me/workitems", "da\n' + b"".join(
        json.dumps(line).encode() + b"\n" for line in RECORDS
    )
    report = validate(write(tmp_path, content))
    assert [each.place.line for each in report.unreadable] == [1]
    assert report.operations == 1
