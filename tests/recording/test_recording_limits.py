"""Reading is bounded: lines, members and documents of any length, blank lines, the same problem over and over."""

import gzip
import io
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hars import FAULT, har, plain

from ixnstate.cli import cli
from ixnstate.recording import numbered
from ixnstate.recording.lines import Line, Unreadable
from ixnstate.recording.numbered import NumberedLines, has_long_line
from ixnstate.recording.reading import read_stream
from ixnstate.trace import validate

BAD = (Path(__file__).parents[2] / "docs" / "examples" / "faults" / "complete-twice.jsonl").read_bytes()
LIMIT = 1 << 16


def write(folder, content, name="trace.jsonl"):
    path = folder / name
    path.write_bytes(content)
    return path


def read(content, longest=LIMIT):
    return list(read_stream(io.BytesIO(content), "-", longest=longest))


def wrong(found):
    return [(each.place.line, each.problem, each.count) for each in found if isinstance(each, Unreadable)]


LONG = json.dumps({"agent": "a1", "x": "y" * (2 * LIMIT)}).encode()
TOO_LONG = "the line is too long to be read"


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_line_that_is_too_long_is_reported_and_the_rest_is_judged(at, pack, jobs, tmp_path):
    lines = BAD.splitlines(keepends=True)
    lines.insert(at, LONG + b"\n")
    report = validate(write(tmp_path, pack(b"".join(lines))), max_line=LIMIT, jobs=jobs)
    assert wrong(report.unreadable) == [(at + 1, TOO_LONG, 1)]
    assert [each.code for each in report.findings] == ["IXN101"]
    assert len(report.unreadable[0].text) <= 200


def test_the_limit_is_an_option(tmp_path):
    path = write(tmp_path, BAD + b'{"a": "' + b"y" * (1 << 20) + b'"}\n')
    assert TOO_LONG in CliRunner().invoke(cli, ["validate", str(path), "--max-line", "1"]).output
    assert TOO_LONG not in CliRunner().invoke(cli, ["validate", str(path)]).output


def test_a_line_of_just_the_limit_is_read():
    line = json.dumps({"agent": "a" * (LIMIT - 13)}).encode()
    assert len(line) == LIMIT
    assert [type(each) for each in read(line + b"\n" + line)] == [Line, Line]
    assert wrong(read(line + b" \n" + line)) == [(1, TOO_LONG, 1)]


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1, 5 * LIMIT])
@pytest.mark.parametrize("tail", [b"", b"\n", b"\nx\n"])
def test_a_plain_file_is_looked_through_for_long_lines(size, tail, tmp_path):
    path = write(tmp_path, b"x\n" * 10 + b"y" * size + tail)
    with path.open("rb") as file:
        file.readline()
        assert has_long_line(file, LIMIT) is (size > LIMIT)
        assert file.tell() == 2


MEMBERS = {
    "an array": (lambda members: b"[\n" + b",\n".join(members) + b"]", 1),
    "an array in one line": (lambda members: b"[" + b",".join(members) + b"]", None),
    "values": (b"\n".join, 0),
}


@pytest.mark.parametrize("head", [1 << 20, 100])
@pytest.mark.parametrize("form", MEMBERS)
def test_a_member_that_is_too_long_is_reported_and_the_rest_is_read(form, head, monkeypatch):
    monkeypatch.setattr(numbered, "HEAD", head)
    make, _ = MEMBERS[form]
    short = [json.dumps({"agent": f"a{number}"}, indent=1).encode() for number in range(3)]
    for at in range(4):
        if form == "an array in one line" and head > 100:
            continue  # it is a line that is too long
        members = [*short[:at], LONG.replace(b'", "', b'",\n"'), *short[at:]]
        found = read(make(members))
        assert [each.value for each in found if isinstance(each, Line)] == list(map(json.loads, short))
        assert [each[1:] for each in wrong(found)] == [("the value is too long to be read", 1)]


DEEP = {
    "text with all that has a meaning": {"x": 'y"]}\\' * LIMIT},
    "backslashes": {"x": "\\" * (2 * LIMIT + 1)},
    "nested": {"x": [[{"y": [1, 2, "]"]}]] * LIMIT},
    "digits": [1] * LIMIT,
}


@pytest.mark.parametrize("case", DEEP)
def test_what_is_passed_over_ends_where_it_ends(case):
    text = json.dumps([{"agent": "a"}, DEEP[case], {"agent": "b"}], indent=0)
    found = read(text.encode(), 1000)
    assert [each.value for each in found if isinstance(each, Line)] == [{"agent": "a"}, {"agent": "b"}]
    assert len(wrong(found)) == 1


@pytest.mark.parametrize("indent", [None, 1])
def test_a_har_entry_that_is_too_long(indent, tmp_path, monkeypatch):
    monkeypatch.setattr(numbered, "HEAD", 1000)
    document = plain(FAULT)
    picture = json.loads(json.dumps(document["log"]["entries"][0]))
    picture["response"]["content"]["text"] = "x" * (2 * LIMIT)
    document["log"]["entries"].insert(0, picture)
    document["log"]["pages"] = [{"x": "y" * LIMIT}] * 3
    report = validate(write(tmp_path, json.dumps(document, indent=indent).encode()), max_line=LIMIT)
    assert [each.problem for each in report.unreadable] == ["the value is too long to be read"]
    assert [each.why for each in report.unrecorded] == ["anything: an entry cannot be read"]
    assert report.notifications == 5


# === memory =========================================================================================================

_MEASURE = """
import pathlib, resource, sys
from ixnstate.trace import validate
def peak():  # in KiB; what the kernel says of a process by itself, since the other figure begins with its parent's
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
report = validate(sys.argv[1], max_line=1 << 20)
print(peak() - before, len(report.unreadable), len(report.findings))
"""


def measured(path):
    """How many MiB reading takes, and how much it finds."""
    said = subprocess.run([sys.executable, "-c", _MEASURE, str(path)], capture_output=True, text=True, check=True)
    grown, unreadable, findings = map(int, said.stdout.split())
    return grown / 1024, unreadable, findings


def repeated(piece, times, pack):
    """A compressed file of a piece, many times, before what is judged."""
    out = io.BytesIO()
    with pack(out) as file:
        for _ in range(times):
            file.write(piece)
        file.write(b"\n" + BAD)
    return out.getvalue()


def _zstd(out):
    zstandard = pytest.importorskip("zstandard")
    return zstandard.ZstdCompressor(level=3).stream_writer(out, closefd=False)


PACKS = {"gzip": lambda out: gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1), "zstd": _zstd}
MIB = 1 << 20
BOMBS = {
    "one line": (b"x" * MIB, 300, 1),
    "one string": (b'{"a": "' + b"x" * MIB, 300, 1),
    "one array that does not end": (b"[" * MIB, 100, None),
    "line feeds": (b"\n" * MIB, 100, 0),
    "blank lines": (b" \r\n" * (MIB // 3), 100, 0),
}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_unpacks_to_very_much_is_read_in_little_memory(bomb, pack, tmp_path):
    piece, times, unreadable = BOMBS[bomb]
    packed = repeated(piece, times, PACKS[pack])
    assert len(packed) * 50 < len(piece) * times
    grown, lines, findings = measured(write(tmp_path, packed))
    assert grown < 100
    if unreadable is not None:
        assert (lines, findings) == (unreadable, 1)


def test_a_document_longer_than_memory_should_be(tmp_path):
    """An array of a hundred thousand members, and its memory: little more than one of a thousand."""
    member = json.dumps({"agent": "a1", "method": "GET", "path": "/me", "x": "y" * 900}, indent=1).encode()
    small = write(tmp_path, b"[" + b",\n".join([member] * 1_000) + b"]", "small.json")
    large = write(tmp_path, b"[" + b",\n".join([member] * 100_000) + b"]", "large.json")
    assert large.stat().st_size > 90 * MIB
    assert measured(large)[0] < measured(small)[0] + 30
    assert resource.getrusage(resource.RUSAGE_SELF)


# === over and over ==================================================================================================


def test_blank_lines_are_not_looked_at_one_by_one():
    lines = NumberedLines(
        io.BufferedReader(io.BytesIO(b'{"a": 1}\n' + b"\n" * 5_000_000 + b" \r\n" * 10 + b"x")), LIMIT
    )
    met = list(lines)
    assert len(met) < 1_000
    assert met[-1] == (5_000_012, b"x")


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "html"])
def test_the_same_problem_line_after_line_is_one(form, tmp_path):
    path = write(tmp_path, BAD + b"x\n" * 5_000 + b"\n" + b'{"seq": 1}\n' * 3 + BAD)
    report = validate(path)
    assert [each[0::2] for each in wrong(report.unreadable)] == [(4, 5_000), (5_005, 3)]
    said = CliRunner().invoke(cli, ["validate", str(path), "--format", form])
    assert said.exit_code == 1
    assert len(said.output) < 200_000
    assert "5000" in said.output if form == "json" else "4,999 after it" in said.output


def test_no_more_are_listed_than_may_be(tmp_path):
    lines = [b"x\n" if number % 2 else b'{"seq": 1}\n' for number in range(50)]
    path = write(tmp_path, BAD + b"".join(lines))
    report = validate(path, max_findings=10)
    assert (len(report.findings) + len(report.unreadable), report.more > 0) == (10, True)
    assert not report.ok
    said = CliRunner().invoke(cli, ["validate", str(path), "--max-findings", "10"])
    assert "more are not listed, see --max-findings" in said.output
    assert (
        json.loads(CliRunner().invoke(cli, ["validate", str(path), "--max-findings", "10", "--format", "json"]).output)[
            "more"
        ]
        == report.more
    )
    assert har([])


@pytest.mark.parametrize("digits", [4_001, 4_301, 100_000])
def test_a_number_with_too_many_digits_is_named_in_words_of_our_own(digits, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"seq": ' + "1" * digits + ', "kind": "request", "agent": "a1", "method": "POST", "body": {}}\n')
    (line,) = validate(path).unreadable
    assert "sys." not in line.problem
    assert "digits" in line.problem or "seq" in line.problem
