"""``ixnstate record``: the proxy on a socket, and the file."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import uvicorn

from ixnstate import terminal
from ixnstate.definition import Definition
from ixnstate.proxy.passing import Proxy, address_of
from ixnstate.proxy.transcript import Transcript
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.records import UNKNOWN
from ixnstate.reports.reading import clean
from ixnstate.reports.redacting import without_secrets
from ixnstate.reports.selecting import Sieve
from ixnstate.server.running import STOP_SECONDS, PollingServer, bound
from ixnstate.trace import Finding, Judge, report
from ixnstate.values import Json, changed

HOST = "127.0.0.1"
"""This machine only: whoever reaches the proxy can ask the server in the name of those who are signed in."""


class Watching:
    """Judges what is recorded while it is, and says what it finds."""

    def __init__(self, file: str, definition: Definition, sieve: Sieve, out: TextIO) -> None:
        self._file, self._sieve = file, sieve
        self._judge = Judge(definition, agent=UNKNOWN)
        self._show = terminal.Findings(out, group=True)
        self._counts = {Finding: 0, Unreadable: 0}
        self._line = 0

    def take(self, text: str, record: dict[str, Json]) -> None:
        """Judge the next record."""
        self._line += 1
        self._tell(self._judge.take(Line(Place(self._file, self._line), text, record)))

    def _tell(self, found: Iterable[Finding | Unreadable]) -> None:
        for each in self._sieve(found):
            self._counts[type(each)] += 1
            self._show.one(without_secrets(each, fully=False))
            self._show.console.file.flush()

    def end(self) -> int:
        """Say how it ended: the number of findings."""
        self._tell(self._judge.finish())
        judgement = changed(report(self._judge), hints=self._sieve.hints)
        self._show.verdict(judgement, self._counts[Finding], self._counts[Unreadable], 0, self._sieve.hints)
        return self._counts[Finding]


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """A file that is not there yet or is empty, for its owner only: recordings have what customers write.

    Raises FileExistsError for one that has something in it, and OSError for what cannot be written.
    """
    if path.is_file() and path.stat().st_size:
        raise FileExistsError(0, "it has something in it; name a file that is not there yet", str(path))
    with open(path, "a", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        yield file


def writing(file: TextIO, watching: Watching | None) -> Callable[[str, dict[str, Json]], None]:
    """What takes each record: it is in the file when this returns."""

    def write(text: str, record: dict[str, Json]) -> None:
        file.write(text + "\n")
        file.flush()
        if watching is not None:
            watching.take(text, record)

    return write


def now() -> str:
    """The time in ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def run(
    upstream: str, out: Path, *, port: int, keeps_host: bool, verify: bool, watching: Watching | None,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Pass on and record until told to stop. Raises ValueError for an address that is none, and OSError."""
    address_of(upstream)  # before a file is made for it
    with new_file(out) as file, bound(HOST, port) as listener:
        transcript = Transcript(writing(file, watching), now)
        proxy = Proxy(upstream, transcript, keeps_host=keeps_host, verify=verify)
        options = uvicorn.Config(
            proxy, host=HOST, port=port, log_level="critical", access_log=False, server_header=False, date_header=False,
            timeout_graceful_shutdown=STOP_SECONDS, timeout_keep_alive=75, ws="none", lifespan="on",
        )  # fmt: skip
        address = f"http://localhost:{listener.getsockname()[1]}"
        between = f"{address} to {clean(upstream)}"
        say(f"ixnstate records into {clean(str(out))} what passes through {between}\n  end it with Ctrl-C")
        try:
            asyncio.run(PollingServer(options, proxy).serve(sockets=[listener]))
        finally:
            transcript.close()


def watching_of(judge: bool, out: Path, definition: Definition, sieve: Sieve) -> Watching | None:
    """What judges meanwhile, if it is wanted."""
    return Watching(str(out), definition, sieve, sys.stdout) if judge else None
