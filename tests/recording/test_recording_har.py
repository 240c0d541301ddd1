"""HAR as exporters write it: what they leave out is said, and no finding rests on it."""

import copy
import json
import zlib
from base64 import b64encode

import pytest
from click.testing import CliRunner
from hars import FAULT, SESSION, WRITERS, base64, entry, har, plain

from ixnstate.cli import cli
from ixnstate.recording.har import frames_of
from ixnstate.recording.reading import read_file
from ixnstate.trace import validate


def write(folder, document, name="session.har"):
    path = folder / name
    path.write_text(json.dumps(document, indent=1))
    return path


def lost(report):
    return {each.why: each.count for each in report.unrecorded}


def changed(number, change, steps=SESSION):
    """A session, one entry of which is changed in place by ``change``."""
    document = plain(steps)
    change(document["log"]["entries"][number])
    return document


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize("steps", [SESSION, FAULT], ids=["legal", "with a fault"])
def test_the_same_session_of_every_recorder(writer, steps, tmp_path):
    report = validate(write(tmp_path, writer(steps)))
    assert not report.unreadable
    assert not report.unrecorded
    assert (report.operations, report.notifications, report.interactions) == (len(steps) - 5, 5, 2)
    assert [finding.code for finding in report.findings] == ([] if steps is SESSION else ["IXN101"])


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_an_export_of_one_line_is_the_same(writer, tmp_path):
    path = tmp_path / "session.har"
    path.write_text(json.dumps(writer(FAULT)))
    assert [finding.code for finding in validate(path).findings] == ["IXN101"]


def _paths(value, path=()):
    if isinstance(value, dict):
        for key, member in value.items():
            yield (*path, key)
            yield from _paths(member, (*path, key))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _paths(member, (*path, number))


JUNK = (None, [], {}, "", "x", -1, 10**400, True, float("inf"))


@pytest.mark.parametrize("junk", [..., *JUNK], ids=lambda junk: "missing" if junk is ... else repr(junk)[:8])
def test_a_field_that_is_missing_or_junk_ends_no_file_and_accuses_nobody(junk, tmp_path):
    """Of a clean session: whatever is lost, nothing may be concluded from that."""
    whole = plain(SESSION)
    for number in (1, 2, 4):
        for path in _paths(whole["log"]["entries"][number]):
            document = copy.deepcopy(whole)
            inner = document["log"]["entries"][number]
            for key in path[:-1]:
                inner = inner[key]
            if junk is ...:
                del inner[path[-1]]
            else:
                inner[path[-1]] = junk
            report = validate(write(tmp_path, document))
            assert report.findings == (), (path, report.findings)
            assert report.notifications >= 3, path
            assert all("url" in each.problem or "method" in each.problem for each in report.unreadable), path


# === whose it is ====================================================================================================


def agents(path):
    return {line.value.get("agent") for line in read_file(path)}


def test_a_file_that_names_nobody_is_one_agents_session(tmp_path):
    assert agents(write(tmp_path, plain(SESSION), "alice.har")) == {"(alice.har)"}


def test_where_some_entries_name_an_agent_the_others_stay_unknown(tmp_path):
    document = changed(0, lambda each: each.update(_agent="a1"))
    path = write(tmp_path, document)
    assert agents(path) == {"a1", None}
    assert validate(path).findings == ()


def test_an_agent_named_by_hand(tmp_path):
    path = write(tmp_path, plain(FAULT))
    (finding,) = validate(path, agent="a7").findings
    assert finding.agent == "(session.har)"
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        "".join(json.dumps({k: v for k, v in line.value.items() if k != "agent"}) + "\n" for line in read_file(path))
    )
    (finding,) = validate(lines, agent="a7").findings
    assert finding.agent == "a7"
    (finding,) = validate(lines).findings
    assert finding.agent == "(unnamed)"
    said = CliRunner().invoke(cli, ["validate", str(lines), "--agent", "a7"])
    assert "agent a7" in said.output
    with lines.open() as stdin:
        said = CliRunner().invoke(cli, ["validate", "-"], input=stdin.read())
    assert "agent (unnamed)" in said.output


def test_two_files_are_two_sessions(tmp_path):
    first, second = write(tmp_path, plain(SESSION), "a.har"), write(tmp_path, plain(SESSION[:2]), "b.har")
    assert agents(first) | agents(second) == {"(a.har)", "(b.har)"}


# === what was not recorded ==========================================================================================


def _content(**content):
    def change(each):
        each["response"]["content"] = {"size": 412, "mimeType": "application/json", **content}

    return change


LEFT_OUT = {
    "left out": (_content(comment="Response bodies are not included."), "messages: the recorder left out the text"),
    "in a file beside it": (_content(_file="1.json"), "messages: the recorder left out the text"),
    "an empty text": (_content(text=""), "messages: the recorder left out the text"),
    "brotli": (_content(text="iwWA//6cAw==", encoding="base64"), "messages: the text cannot be decoded"),
    "mojibake": (_content(text="\x1f\ufffd\x08\x00"), "messages: the text is not JSON"),
    "a page": (_content(text="<html>", mimeType="text/html"), "messages: the text is not JSON"),
    "broken off": (lambda each: each["response"].update(status=0, content={"size": 0}), "messages: it was broken off"),
    "null": (lambda each: each.update(response=None), "messages: it was broken off"),
}


@pytest.mark.parametrize("steps", [SESSION, FAULT], ids=["legal", "with a fault"])
@pytest.mark.parametrize("case", LEFT_OUT)
def test_messages_that_were_not_recorded(case, steps, tmp_path):
    """They are counted, nothing is missed for them, and what the rest shows is found all the same."""
    change, why = LEFT_OUT[case]
    report = validate(write(tmp_path, changed(1, change, steps)))
    assert lost(report) == {why: 1}
    assert report.unrecorded[0].place.line > 1
    assert not report.unreadable
    assert [finding.code for finding in report.findings] == ([] if steps is SESSION else ["IXN101"])
    assert report.undetermined


def test_all_messages_left_out(tmp_path):
    document = plain(SESSION)
    for number, each in enumerate(document["log"]["entries"]):
        _content(_file=f"{number}.json")(each)
    report = validate(write(tmp_path, document))
    assert lost(report) == {"messages: the recorder left out the text": 5, "reply: the recorder left out the text": 3}
    assert report.ok


def _unposted(each):
    del each["request"]["postData"]
    each["request"]["bodySize"] = -1


REQUESTS = {
    "no body": (_unposted, "request: the recorder left out the text"),
    "null": (
        lambda each: (_unposted(each), each["request"].update(postData=None)),
        "request: the recorder left out the text",
    ),
    "cut": (
        lambda each: each["request"]["postData"].update(text='{"operationName": "Acc'),
        "request: the text is not JSON",
    ),
}


@pytest.mark.parametrize("number", [2, 4, 7])
@pytest.mark.parametrize("case", REQUESTS)
def test_requests_whose_body_was_not_recorded(case, number, tmp_path):
    change, why = REQUESTS[case]
    report = validate(write(tmp_path, changed(number, change)))
    assert lost(report) == {why: 1}
    assert report.ok, report.findings
    assert report.operations == 2


FORMS = {
    "of fields": lambda posted: posted.update(mimeType="application/x-www-form-urlencoded", text="a=b"),
    "of parts": lambda posted: posted.update(mimeType="multipart/form-data; boundary=x", text="--x"),
    "taken apart": lambda posted: posted.update(mimeType="", text="", params=[{"name": "a", "value": "b"}]),
}


@pytest.mark.parametrize("case", FORMS)
def test_a_form_is_no_operation_and_nothing_that_was_lost(case, tmp_path):
    document = changed(2, lambda each: FORMS[case](each["request"]["postData"]))
    report = validate(write(tmp_path, document))
    assert (lost(report), report.operations) == ({}, 2)


def test_no_request_was_recorded(tmp_path):
    document = plain(SESSION)
    for number in (2, 4, 7):
        _unposted(document["log"]["entries"][number])
    report = validate(write(tmp_path, document))
    assert (report.ok, lost(report), report.notifications) == (True, {"request: the recorder left out the text": 3}, 5)


@pytest.mark.parametrize("steps", [SESSION, FAULT], ids=["legal", "with a fault"])
def test_what_a_browser_asks_before_a_request_is_no_request_and_lacks_nothing(steps, tmp_path):
    entries = []
    for each in map(entry, steps):
        before = {**each, "time": 1, "request": {**each["request"], "method": "OPTIONS"}}
        before["response"] = {**each["response"], "status": 204, "content": {"size": 0, "mimeType": "x-unknown"}}
        del before["request"]["postData"]
        entries += [before, each]
    report = validate(write(tmp_path, har(entries)))
    assert [finding.code for finding in report.findings] == ([] if steps is SESSION else ["IXN101"])
    assert not report.unrecorded


@pytest.mark.parametrize("steps", [SESSION, FAULT], ids=["legal", "with a fault"])
def test_a_status_may_be_text(steps, tmp_path):
    entries = [each | {"response": each["response"] | {"status": "200"}} for each in map(entry, steps)]
    report = validate(write(tmp_path, har(entries)))
    assert [finding.code for finding in report.findings] == ([] if steps is SESSION else ["IXN101"])
    assert not report.unrecorded


@pytest.mark.parametrize("status", [307, 302, 100, 101, -1, 0, None, 502])
@pytest.mark.parametrize("number", [2, 4, 7])
def test_a_request_that_the_api_did_not_answer_is_tried_again(status, number, tmp_path):
    """Whether it was carried out is unknown; so its repetition is not a fault, done or refused."""
    document = plain(SESSION)
    entries = document["log"]["entries"]
    again = copy.deepcopy(entries[number])
    again["startedDateTime"] = again["startedDateTime"].replace("00Z", "00.100Z")
    first = entries[number]
    first["response"] |= {"status": status, "content": {"size": 0, "mimeType": "x-unknown"}}
    entries.insert(number + 1, again)
    report = validate(write(tmp_path, document))
    assert report.ok, report.findings
    assert sum(lost(report).values()) == 1
    again["response"]["status"] = 403
    again["response"]["content"] = {"text": json.dumps({"statusCode": 2, "statusMessage": "it was done before"})}
    assert validate(write(tmp_path, document)).ok


# === how it is written ==============================================================================================


def _said(steps, number):
    return json.dumps(steps[number][4]).encode()


WRITTEN = {
    "plain, and said to be base64": lambda raw: {"text": raw.decode(), "encoding": "base64"},
    "base64": lambda raw: {"text": base64(raw), "encoding": "base64"},
    "base64 in lines": lambda raw: {"text": "\r\n".join(base64(raw)[at : at + 76] for at in range(0, 900, 76)),
        "encoding": "BASE64"},
    "deflate": lambda raw: {"text": base64(zlib.compress(raw)), "encoding": "base64"},
    "bare deflate": lambda raw: {"text": base64(zlib.compress(raw)[2:-4]), "encoding": "base64"},
    "a byte order mark": lambda raw: {"text": "\ufeff" + raw.decode()},
    "jsonp": lambda raw: {"text": f"/**/jsonp123({raw.decode()});", "mimeType": "text/javascript"},
    "jsonp of a member": lambda raw: {"text": f"dojo.io.script.jsonp_2 ( {raw.decode()} )\n"},
}  # fmt: skip


@pytest.mark.parametrize("case", WRITTEN)
def test_how_the_text_of_a_poll_is_written(case, tmp_path):
    def change(each):
        each["response"]["content"] |= WRITTEN[case](_said(SESSION, 1))
        each["response"]["headers"] = [{"name": "content-encoding", "value": "deflate"}]

    report = validate(write(tmp_path, changed(1, change)))
    assert (report.ok, report.notifications, report.unrecorded) == (True, 5, ())


def test_zstd(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    packed = base64(zstandard.compress(_said(SESSION, 1)))
    report = validate(write(tmp_path, changed(1, _content(text=packed, encoding="base64"))))
    assert (report.ok, report.notifications, report.unrecorded) == (True, 5, ())


def test_a_body_that_unpacks_to_more_than_memory_holds(tmp_path):
    packer = zlib.compressobj(9, wbits=31)
    blanks = bytes(1 << 20)
    packed = b"".join([*(packer.compress(blanks) for _ in range(80)), packer.flush()])
    document = changed(1, _content(text=b64encode(packed).decode(), encoding="base64"))
    assert lost(validate(write(tmp_path, document))) == {"messages: the text is longer than 64 MiB": 1}


@pytest.mark.parametrize("text", ["", "5", "null", "<html>", "callback(5)", "callback(", "[" * 100_000])
def test_what_is_not_a_batch_has_no_frames(text):
    assert frames_of(text) is None


def test_a_poll_of_one_object(tmp_path):
    report = validate(write(tmp_path, changed(1, _content(text=json.dumps(SESSION[1][4][0])))))
    assert (report.ok, report.notifications) == (True, 5)


def test_jsonp_that_was_asked_for_by_get(tmp_path):
    def change(each):
        each["request"] |= {"method": "GET", "postData": None}
        each["response"]["content"]["text"] = f"call({each['response']['content']['text']})"

    report = validate(write(tmp_path, changed(1, change)))
    assert (report.ok, report.notifications, report.unrecorded) == (True, 5, ())


@pytest.mark.parametrize(
    "params",
    [
        [{"name": '{"operationName": "Accept"}', "value": ""}],
        [{"name": "%7B%22operationName%22%3A+%22Accept%22%7D"}],
    ],
)
def test_a_body_that_a_recorder_took_for_a_form(params, tmp_path):
    def change(each):
        each["request"]["postData"] = {"mimeType": "application/x-www-form-urlencoded", "params": params}

    report = validate(write(tmp_path, changed(2, change)))
    assert (report.ok, report.operations, report.unrecorded) == (True, 3, ())


def socket(*batches, **more):
    messages = [
        {"type": "receive", "time": 1772442000 + at, "opcode": 1, "data": json.dumps(batch)} for at, batch in batches
    ]
    each = entry((0, 20_000, "/api/v2/notifications", None, None), _resourceType="websocket")
    each["request"] |= {"method": "GET", "url": "wss://gws.example.test/api/v2/notifications", "postData": None}
    each["response"] |= {"status": 101, "content": {"size": 0}}
    return {
        **each,
        "_webSocketMessages": [{"type": "send", "time": 1772442000, "opcode": 1, "data": "[]"}, *messages],
        **more,
    }


BATCHES = tuple(
    (start / 1000 + duration / 1000, batch) for start, duration, _, _, batch in SESSION if isinstance(batch, list)
)
OPERATIONS = [entry(step) for step in SESSION if isinstance(step[3], dict)]


def test_messages_of_a_web_socket(tmp_path):
    report = validate(write(tmp_path, har([socket(*BATCHES), *OPERATIONS])))
    assert (report.ok, report.notifications, report.operations) == (True, 5, 3)


@pytest.mark.parametrize("time", [None, "x", float("nan"), 1e300])
def test_messages_of_a_web_socket_without_times_are_in_their_order(time, tmp_path):
    each = socket(*BATCHES[:1])
    each["_webSocketMessages"][1]["time"] = time
    report = validate(write(tmp_path, har([each, *OPERATIONS[:1]])))
    assert (report.ok, report.notifications) == (True, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each.pop("_webSocketMessages"),
        lambda each: each["_webSocketMessages"].append(
            {"type": "receive", "time": 1772442003, "opcode": 2, "data": "AAEC"}
        ),
        lambda each: each["_webSocketMessages"].append({"type": "receive", "data": None}),
    ],
)
def test_messages_of_a_web_socket_that_were_not_recorded(change, tmp_path):
    each = socket(*BATCHES)
    change(each)
    report = validate(write(tmp_path, har([each, *OPERATIONS])))
    assert report.ok, report.findings
    assert sum(lost(report).values()) == 1


# === when ===========================================================================================================


@pytest.mark.parametrize("time", [None, -1, "7900", float("nan"), True, 10**400])
@pytest.mark.parametrize("timings", [None, {}, {"wait": -1}, {"wait": None, "send": "0"}])
def test_without_a_duration_the_order_is_unknown(time, timings, tmp_path):
    document = plain(SESSION)
    for each in document["log"]["entries"]:
        each |= {"time": time, "timings": timings}
    report = validate(write(tmp_path, document))
    assert (report.ok, report.notifications, report.operations) == (True, 5, 3)


@pytest.mark.parametrize("time", [None, -1, 0, "7900", float("nan")])
def test_without_a_duration_that_of_its_parts_counts(time, tmp_path):
    document = plain(FAULT)
    for each in document["log"]["entries"]:
        each["timings"] = {
            "blocked": -1,
            "dns": -1,
            "connect": 1,
            "ssl": 1,
            "send": 1,
            "wait": each["time"] - 3,
            "receive": 1,
        }
        each["time"] = time
    path = write(tmp_path, document)
    (finding,) = validate(path).findings
    assert finding.code == "IXN101"
    ends = [line.value["ts"] for line in read_file(path) if line.value["kind"] != "request"]
    assert ends[:2] == ["2026-03-02T09:00:01.500000Z", "2026-03-02T09:00:02.040000Z"]


TIMES = ("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "noon", "1772442000", "", 1e400, {}, None)


@pytest.mark.parametrize("time", TIMES)
def test_a_time_that_no_clock_has_leaves_the_order_of_the_file(time, tmp_path):
    report = validate(write(tmp_path, changed(2, lambda each: each.update(startedDateTime=time))))
    assert (report.ok, report.notifications, report.operations) == (True, 5, 3)


def test_a_prefix_of_the_deployment_and_methods_in_small_letters(tmp_path):
    document = json.loads(
        json.dumps(plain(FAULT)).replace("/api/v2/", "/gws/tenant-1/api/v2/").replace('"POST"', '"post"')
    )
    (finding,) = validate(write(tmp_path, document)).findings
    assert finding.code == "IXN101"


def test_a_finding_carries_no_header_or_cookie(tmp_path):
    document = plain(FAULT)
    for each in document["log"]["entries"]:
        for part in ("request", "response"):
            each[part]["headers"] = [{"name": "Authorization", "value": "Bearer s3cr3t"}]
            each[part]["cookies"] = [{"name": "JSESSIONID", "value": "s3cr3t"}]
        each["request"]["url"] = each["request"]["url"].replace("https://", "https://agent:s3cr3t@")
    report = validate(write(tmp_path, document))
    assert report.findings
    assert "s3cr3t" not in repr(report)
