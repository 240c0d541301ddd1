"""Several processes report what one reports; and one that fails is an error, not a shorter report."""

import gzip
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from messages_of_days import day, invitations, write
from repairs import without_exact_repairs

from ixnstate.cli import cli
from ixnstate.trace import CrewError, Judge, crew_of, read, report, validate
from ixnstate.trace.fast import columns as batches
from ixnstate.trace.fast import workers as crew

pytestmark = pytest.mark.skipif(batches.msgspec is None, reason="without msgspec one process does it all")


class Process:
    """Stands for a process: a thread that serves one end of a pair of sockets."""

    def __init__(self, link):
        self._thread = threading.Thread(target=self._work, args=(link,))
        self._thread.start()

    def _work(self, link):
        with link, suppress(EOFError, ConnectionError):
            crew.work(link)

    def kill(self):
        """It ends with its socket."""

    def wait(self):
        return 0


def in_thread():
    ours, theirs = socket.socketpair()
    worker = crew._Worker(Process(theirs), ours)
    worker.hear()
    return worker


@pytest.fixture(params=[37, 700, 1 << 21])
def _pieces(request, monkeypatch):
    """Pieces that are shorter than lines, or have a few; decoded by threads, which are there at once."""
    monkeypatch.setattr(crew, "PIECE", request.param)
    monkeypatch.setattr(batches, "LARGE", request.param)
    monkeypatch.setattr(crew, "_started", in_thread)


def lines(seed, size=35):
    """A day with faults, unreadable lines, CR LF, empty lines, doubles and long lines."""
    chance = random.Random(seed)
    for line in day(seed, size):
        raw = line.encode() + chance.choice([b"", b"\r", b" " * 900])
        yield from [raw] * chance.choice([1, 1, 1, 2])
        if chance.random() < 0.05:
            yield chance.choice([b"", b"nonsense", b"\xff", b'{"seq": 99999999999999999999, "kind": "meta"}'])


def reported(*files, jobs=1):
    """The report without the repairs, for which files are read again by one process."""
    judge = Judge()
    with crew_of(jobs) as hands:
        found = [each for file in files for each in read(judge, file, hands)]
    return report(judge, [*found, *judge.finish()], files)


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("jobs", [2, 3])
@without_exact_repairs()
def test_several_processes_report_the_same(seed, jobs, tmp_path):
    whole = write(tmp_path, lines(seed))
    other = write(tmp_path, lines(seed + 10), "other.jsonl")
    other.write_bytes(other.read_bytes().rstrip(b"\n"))
    packed = tmp_path / "day.jsonl.gz"
    packed.write_bytes(gzip.compress(whole.read_bytes()))
    files = whole, other, packed
    found = reported(*files, jobs=jobs)
    assert found == reported(*files)
    assert found.findings
    assert found.unreadable
    assert validate(*files, jobs=jobs, strict=True) == validate(*files, strict=True)


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("seed", range(3))
def test_what_waits_is_shown_later(seed, tmp_path):
    """Whether its line is kept or read again;
    the numbers of lines, and times that are none, are as one process says."""
    lines = [*invitations(seed)]
    files = [write(tmp_path, part, f"{at}.jsonl") for at, part in enumerate((lines[:90], lines[90:]))]
    found = reported(*files, jobs=2)
    assert found == reported(*files)
    assert found.findings


@pytest.mark.usefixtures("_pieces")
def test_damaged_data_is_reported_after_what_could_be_read(tmp_path):
    packed = tmp_path / "day.jsonl.gz"
    packed.write_bytes(gzip.compress(b"\n".join(lines(1)))[:-500])
    found = reported(packed, jobs=2)
    assert found == reported(packed)
    assert "cannot be read on" in found.unreadable[-1].problem


@pytest.mark.usefixtures("_pieces")
def test_runs_go_on_from_each_other(tmp_path):
    first, second = (write(tmp_path, lines(seed), f"{seed}.jsonl") for seed in (4, 5))
    reports = [
        [validate(file, resume=tmp_path / f"{jobs}.json", jobs=jobs) for file in (first, second)] for jobs in (1, 2)
    ]
    assert reports[0] == reports[1]
    assert (tmp_path / "1.json").read_text() == (tmp_path / "2.json").read_text()


def test_without_msgspec_one_process_does_it_all(tmp_path, monkeypatch):
    path = write(tmp_path, lines(1))
    expected = validate(path)
    monkeypatch.setattr(batches, "msgspec", None)
    monkeypatch.setattr(crew, "Crew", None)
    assert validate(path, jobs=2) == expected


def test_a_number_of_processes_is_at_least_one():
    with pytest.raises(ValueError, match="1 or more"):
        validate(jobs=0)


def test_processes_of_their_own_report_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "PIECE", 700)
    started = crew._started

    def there():
        worker = started()
        worker.hear()
        return worker

    monkeypatch.setattr(crew, "_started", there)
    path = write(tmp_path, lines(1))
    found = CliRunner().invoke(cli, ["validate", str(path), "--jobs", "3"])
    assert found.exit_code == 1
    assert found.output == CliRunner().invoke(cli, ["validate", str(path)]).output


def test_a_process_that_ends_is_an_error(tmp_path, monkeypatch):
    started = crew._started

    def ended():
        worker = started()
        worker.process.kill()
        worker.process.wait()
        return worker

    monkeypatch.setattr(crew, "PIECE", 200)
    monkeypatch.setattr(crew, "_started", ended)
    path = write(tmp_path, lines(1))
    with pytest.raises(CrewError, match="has ended with status"):
        validate(path, jobs=2)
    found = CliRunner().invoke(cli, ["validate", str(path), "--jobs", "2"])
    assert found.exit_code == 2
    assert "has ended with status" in found.output


@pytest.mark.usefixtures("_pieces")
def test_another_file_under_the_name_is_an_error(tmp_path, monkeypatch):
    path, numbers = write(tmp_path, lines(1)), itertools.count()
    monkeypatch.setattr(crew, "_identity", lambda _: (next(numbers), 0))
    with pytest.raises(CrewError, match="another file"):
        validate(path, jobs=2)


def test_no_process_is_left_when_the_judging_one_is_killed():
    program = """if True:
        import os, signal
        from ixnstate.trace.fast import columns as batches, workers as crew
        hands = crew.Crew(2, batches.decoder())
        hands._start()
        print(hands._workers[0].process.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert said.returncode == -signal.SIGKILL
    for _ in range(600):
        if has_ended(int(said.stdout)):
            return
        time.sleep(0.05)
    pytest.fail("the process is still there")


def has_ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_closing_ends_the_processes():
    hands = crew.Crew(3, batches.decoder())
    hands._start()
    processes = [worker.process for worker in hands._workers]
    hands.close()
    assert [process.poll() is not None for process in processes] == [True, True]
