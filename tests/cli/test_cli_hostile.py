"""The command line and what it is given: no input is destroyed, no output is half there, no traceback is shown."""

import os
import subprocess
import sys
from contextlib import chdir, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from ixnstate import outputs
from ixnstate.cli import cli

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GOOD, BAD = EXAMPLES / "001-pull-from-workbin.jsonl", EXAMPLES / "faults" / "complete-twice.jsonl"
JUDGING = ("validate", "coverage", "repair", "shrink", "ocel")
NESTED = b"[" * 100_000 + b"]" * 100_000


def invoke(*arguments, **options):
    found = CliRunner().invoke(cli, [str(each) for each in arguments], **options)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exc_info
    return found


@pytest.fixture
def recording(tmp_path):
    file = tmp_path / "day.jsonl"
    file.write_bytes(BAD.read_bytes())
    return file


# === outputs ========================================================================================================


@pytest.mark.parametrize("command", JUDGING)
def test_an_output_that_is_an_input_is_refused(command, recording, tmp_path):
    before = recording.read_bytes()
    (tmp_path / "link.jsonl").symlink_to(recording)
    os.link(recording, tmp_path / "hard.jsonl")
    for name in ("day.jsonl", "./day.jsonl", "link.jsonl", "hard.jsonl"):
        with chdir(tmp_path):
            found = invoke(command, "day.jsonl", "-o", name)
        assert found.exit_code == 2, name
        assert "would be written over day.jsonl, which is read" in found.stderr
        assert recording.read_bytes() == before
    another = invoke(command, GOOD, recording, "-o", recording)
    assert (another.exit_code, recording.read_bytes()) == (2, before)


def test_a_missing_file_is_not_made_by_naming_it_as_output_too(tmp_path):
    with chdir(tmp_path):
        assert invoke("validate", "no.jsonl", "-o", "no.jsonl").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_standard_input_is_an_input_too(recording):
    before = recording.read_bytes()
    with recording.open("rb") as stdin:
        found = run("validate", "-", "-o", recording, stdin=stdin)
    assert (found.returncode, recording.read_bytes()) == (2, before)
    assert "would be written over standard input" in found.stderr


def test_neither_state_nor_rules_are_written_over(recording, tmp_path):
    rules, state = tmp_path / "rules.json", tmp_path / "state.json"
    rules.write_text("[]")
    assert invoke("validate", recording, "--resume", state).exit_code == 1
    kept = {file: file.read_bytes() for file in (recording, rules, state)}
    for arguments in (
        ["--resume", recording], ["--rules", rules, "-o", rules], ["--rules", rules, "--resume", rules],
        ["--resume", state, "-o", state],
    ):  # fmt: skip
        assert invoke("validate", recording, *arguments).exit_code == 2, arguments
    assert {file: file.read_bytes() for file in kept} == kept


@pytest.mark.parametrize("command", JUDGING)
def test_what_is_written_is_whole_and_nothing_is_left_beside_it(command, recording, tmp_path):
    out = tmp_path / "out"
    out.write_text("before")
    out.chmod(0o640)
    assert invoke(command, recording, "-o", out).exit_code in (0, 1)
    assert out.read_text() != "before"
    assert out.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["day.jsonl", "out"]


def test_what_fails_half_way_leaves_what_was_there(tmp_path):
    out = tmp_path / "out"
    out.write_text("before")
    with suppress(RuntimeError), outputs.written(out) as file:
        file.write("half of it")
        raise RuntimeError
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_state_or_rules_that_cannot_be_opened_are_no_findings(recording, tmp_path):
    """Status 1 is for findings."""
    for option, file in (("--resume", tmp_path / "no" / "state"), ("--resume", tmp_path), ("--rules", tmp_path)):
        found = invoke("validate", recording, option, file)
        assert found.exit_code == 2
        assert found.stderr.splitlines()[-1].startswith("Error: ")
        assert "Errno" not in found.stderr


def test_a_link_is_followed_within_its_folder_only(recording, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "victim"
    target.write_text("before")
    link = tmp_path / "out"
    link.symlink_to(target)
    found = invoke("validate", recording, "-o", link)
    assert (found.exit_code, target.read_text()) == (2, "before")
    assert "symbolic link into another folder" in found.stderr
    link.unlink()
    link.symlink_to("real")
    assert invoke("validate", recording, "-o", link).exit_code == 1
    assert link.is_symlink()
    assert (tmp_path / "real").read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the machine has no /dev/full")
def test_a_full_disk_is_said_in_one_sentence(recording):
    for command in JUDGING:
        found = run(command, recording, "-o", "/dev/full")
        assert (found.returncode, found.stderr.count("cannot be written")) == (2, 1), found.stderr
        with Path("/dev/full").open("w") as full:
            found = run(command, recording, stdout=full)
        assert (found.returncode, found.stderr.count("cannot be written")) == (2, 1), (command, found.stderr)
        assert "Traceback" not in found.stderr


def test_a_device_is_written_to(recording):
    assert run("validate", recording, "-o", "/dev/null").returncode == 1
    assert run("ocel", recording, "-o", "/dev/stdout").stdout.startswith("{")


# === streams ========================================================================================================


def run(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([sys.executable, "-m", "ixnstate", *map(str, arguments)], text=True, check=False, **options)


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", GOOD), ("validate", "--format", "json", GOOD), ("coverage", GOOD), ("repair", GOOD),
         ("ocel", GOOD),
        ("table", "chat"), ("explain", "IXN101"), ("diagram", "chat"), ("diff", "ixnstate:GWS", "ixnstate:GWS"),
        ("--help",),
    ],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_a_closed_standard_output_is_said(arguments):
    script = f'"{sys.executable}" -m ixnstate "$@" >&-'
    found = subprocess.run(
        ["sh", "-c", script, "sh", *map(str, arguments)], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (found.returncode, found.stderr.count("\n")) == (2, 1)
    assert "standard output is closed" in found.stderr


def test_a_reader_that_goes_away_is_said(recording):
    recording.write_bytes(recording.read_bytes() * 300)
    script = f'"{sys.executable}" -m ixnstate ocel "$1" 2>err | head -c 10 >out; cat err'
    found = subprocess.run(
        ["bash", "-c", script + "; exit ${PIPESTATUS[0]}", "sh", str(recording)],
        stdout=subprocess.PIPE, text=True, check=False, cwd=recording.parent,
    )  # fmt: skip
    assert "Traceback" not in found.stdout
    assert found.stdout.count("the output cannot be written") <= 1


# === options ========================================================================================================


@pytest.mark.parametrize("content", [NESTED, b"5", b"{}", b"[5]", b"\xff", b'[{"name": 1}]', b"[" + b"9" * 5000 + b"]",
                                     b'[{"name": "a", "says": "never", "then": {}, "within": NaN}]'])  # fmt: skip
def test_rules_that_are_none_are_a_usage_error(content, tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_bytes(content)
    found = invoke("validate", GOOD, "--rules", rules)
    assert (found.exit_code, "rules must be a JSON list" in found.stderr) == (2, True)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "-1", "0", "x"])
def test_a_timeout_that_is_none_is_a_usage_error(number):
    assert invoke("validate", GOOD, "--timeout", number).exit_code == 2


@pytest.mark.parametrize("arguments", [
    ("--examples", "-5"), ("--examples", "9" * 5000), ("--fail-under", "nan"), ("--fail-under", "101"),
    ("--fail-under", "-1"), ("--deviations", "nested.toml"), ("--deviations", "nested.toml", "--report", "nested.toml"),
    ("--deviations", "nested.toml", "--failure", "nested.toml"), ("--supports", "x"),
])  # fmt: skip
def test_options_of_conform_that_are_none_are_usage_errors(arguments, tmp_path):
    content = b"a = " + NESTED
    (tmp_path / "nested.toml").write_bytes(content)
    with chdir(tmp_path):
        found = invoke("conform", "ixnstate.testing:InProcessDriver", *arguments)
    assert found.exit_code == 2, found.output
    assert (tmp_path / "nested.toml").read_bytes() == content


@pytest.mark.parametrize(
    "content", [NESTED, b"5", b"[]", b"{}", b'{"action": 5}', b"\xff\xfe", b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_a_saved_failure_that_is_none_is_a_usage_error(content, tmp_path):
    file = tmp_path / "failure.jsonl"
    file.write_bytes(content)
    found = invoke("replay", file, "--driver", "ixnstate.testing:InProcessDriver")
    assert found.exit_code in (0, 2), found.output  # lines that say nothing of a script are passed over
    assert "Traceback" not in found.output
