"""Decoding a file in several processes, ahead of the one that judges it.

Decoding is what a usual line costs most, and needs to know nothing of other lines; judging must take the lines in their
order, since requests and replies tie interactions together. So one process judges, and decodes a piece itself whenever
no decoded one is ready; the others decode, and send only what judging needs.

The others are programs of their own, not copies of this process or of its main module, so nothing is asked of the
script that judges. They end when their socket does: however this process ends, none is left.
"""

import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any, BinaryIO, Self, cast

import attrs
import msgspec

from ixnstate.lines import BUFFER, Numbered, gathered
from ixnstate.trace.quick import AT_ONCE, CrewError, Decode, Fields, Keys, decoder

PIECE = 1 << 21
"""How many bytes are decoded at once, and sent back as one: some ten thousand bytes, which a socket takes at once."""

MAX_HANDED = 3
"""How many pieces of a file a process has been given: one under way, and some for when that is done."""

MAX_AHEAD = 6
"""How many pieces are decoded or under way, for each process."""

_AT_ONCE = 1 << 17
"""How many bytes of lines are read before they are decoded: few enough to stay in the cache of the processor."""


# --- pieces ---------------------------------------------------------------------------------------------------------

Read = Callable[[int, int], bytes]
"""Gives the bytes from somewhere on, so many."""


@attrs.frozen
class Piece:
    """The lines that begin in these bytes: of a file, or of ``data`` that was read from elsewhere."""

    start: int
    end: int
    path: str = ""
    identity: tuple[int, int] = (0, 0)
    """The device and number of the file: under its name there may be another one by now."""
    data: bytes = b""

    def lines(self) -> Iterator[tuple[int, list[bytes]]]:
        """The lines, some at a time, and where the first of them begins."""
        with Path(self.path).open("rb", BUFFER) if self.path else BytesIO(self.data) as file:
            if self.path and _identity(file) != self.identity:
                raise CrewError(f"{self.path}: there is another file now under that name")
            at = self._first(file)
            while at < self.end and (raws := file.readlines(min(_AT_ONCE, self.end - at))):
                size = sum(map(len, raws))
                if at + size - len(raws[-1]) >= self.end:
                    raws.pop()
                yield at, raws
                at += size

    def _first(self, file: BinaryIO) -> int:
        """Go to where the first line begins, behind the one that began before; the end if none does."""
        if not self.start:
            return 0
        file.seek(self.start - 1)
        before = file.readline(self.end - self.start + 1)
        return self.start - 1 + len(before) if before.endswith(b"\n") else self.end


def _identity(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino


def _of_file(file: BinaryIO, path: Path, start: int) -> Iterator[Piece]:
    whole, identity, end = str(path.absolute()), _identity(file), os.fstat(file.fileno()).st_size
    for at in range(start, end, PIECE):
        yield Piece(at, min(at + PIECE, end), whole, identity)


def _of_lines(numbered: Numbered) -> Iterator[Piece]:
    data = bytearray()
    try:
        for lines in gathered(numbered, AT_ONCE):
            data += b"".join(raw for _, raw in lines)
            if len(data) >= PIECE:
                yield Piece(0, len(data), data=bytes(data))
                data.clear()
    except Exception:
        yield Piece(0, len(data), data=bytes(data))
        raise
    yield Piece(0, len(data), data=bytes(data))


@attrs.define
class Batch:
    """A piece, decoded."""

    fields: Fields
    start: int
    """Where the first line begins."""
    lengths: list[int]
    read: Read
    _starts: list[int] = attrs.field(factory=list, init=False)

    def line(self, index: int) -> bytes:
        """A line as it was written, from 0."""
        self._starts = self._starts or list(accumulate(self.lengths, initial=self.start))
        return self.read(self._starts[index], self.lengths[index])


def _decoded(piece: Piece, decode: Decode, keys: Any) -> tuple[Fields, int, list[int]]:
    """The fields of the lines of a piece, where they begin, and how long they are."""
    fields, lengths, start = Fields(), list[int](), piece.end
    for at, raws in piece.lines():
        fields.add(raws, decode, keys)
        start = min(start, at)
        lengths += map(len, raws)
    return fields, start, lengths


# --- one of the others ----------------------------------------------------------------------------------------------


class _Numbers(dict[tuple[Any, ...], int]):
    """Numbers that stand for keys within a piece."""

    def __missing__(self, said: tuple[Any, ...]) -> int:
        number = self[said] = len(self)
        return number


def serve() -> None:
    """What such a process does: decode one piece after the other, until nobody wants any more."""
    if sys.platform == "win32":
        link = socket.fromshare(sys.stdin.buffer.read())
    else:
        link = socket.socket(fileno=os.dup(0))
    with link, suppress(EOFError, ConnectionError):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        work(link)


def work(link: socket.socket) -> None:
    """Say that one is there, and answer every piece that comes. Raises EOFError when no more can come."""
    decode = decoder()
    _send(link, None)
    while decode is not None:
        piece, numbers = msgspec.convert(_receive(link), Piece), _Numbers()
        try:
            answer: Any = (*_decoded(piece, decode, numbers), list(numbers))
        except Exception as error:  # whatever it is: it is raised where the file is judged
            answer = f"{type(error).__name__}: {error}"
        _send(link, answer)


def _send(link: socket.socket, value: Any) -> None:
    data = msgspec.msgpack.encode(value)
    link.sendall(len(data).to_bytes(8, "big") + data)


def _receive(link: socket.socket) -> Any:
    """What the other side has sent. Raises EOFError if it has ended."""
    return msgspec.msgpack.decode(_exactly(link, int.from_bytes(_exactly(link, 8), "big")))


def _exactly(link: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        got = link.recv_into(rest)
        if not got:
            raise EOFError
        rest = rest[got:]
    return data


# --- the one that judges --------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class _Turn:
    """A piece whose turn will come, and what it was decoded into."""

    piece: Piece
    keys: Keys
    read: Read
    batch: Batch | None = None


@attrs.define(eq=False)
class _Worker:
    """One of the others, and what it was given and has not answered."""

    process: "subprocess.Popen[bytes]"
    link: socket.socket
    turns: deque[_Turn] = attrs.Factory(deque)
    is_there: bool = False

    def give(self, turn: _Turn) -> None:
        """Let it decode a piece."""
        _send(self.link, turn.piece)
        self.turns.append(turn)

    def hear(self) -> None:
        """Take what it has sent. Raises `CrewError`."""
        try:
            said = _receive(self.link)
        except (EOFError, ConnectionError):
            raise CrewError(f"a process that decodes has ended with status {self.process.wait()}") from None
        if said is None:
            self.is_there = True
        elif isinstance(said, str):
            raise CrewError(said)
        else:
            turn = self.turns.popleft()
            fields, start, lengths, table = said
            known = dict(enumerate(turn.keys[tuple(each)] for each in table))
            fields["keys"] = list(map(known.get, fields["keys"]))
            turn.batch = Batch(Fields(**fields), start, lengths, turn.read)


def _started() -> _Worker:
    program = f"import sys; sys.path[:] = {sys.path!r}; from ixnstate.trace.crew import serve; serve()"
    command = [sys.executable, "-c", program]
    ours, theirs = socket.socketpair()
    with theirs:
        if sys.platform == "win32":
            own_group = subprocess.CREATE_NEW_PROCESS_GROUP  # so that Ctrl-C is for this process to hear
            process = subprocess.Popen(command, stdin=subprocess.PIPE, creationflags=own_group)  # noqa: S603
            with process.stdin as told:
                told.write(theirs.share(process.pid))
        else:
            process = subprocess.Popen(  # noqa: S603
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, start_new_session=True
            )
    return _Worker(process, ours)


class Crew:
    """So many processes, this one among them. The others are started with the first large file; `close` ends them."""

    def __init__(self, jobs: int, decode: Decode) -> None:
        self._jobs = jobs
        self._decode = decode
        self._workers: list[_Worker] = []
        self._selector = DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the others, whatever they do."""
        self._selector.close()
        for worker in self._workers:
            worker.process.kill()
            worker.process.wait()
            worker.link.close()
        self._workers.clear()

    def of_file(self, file: BinaryIO, path: Path, start: int, keys: Keys) -> Iterator[Batch]:
        """What stands in a file from the line that begins at ``start``, but for what is written to it meanwhile."""
        raw = cast(Any, file).raw

        def read(at: int, size: int) -> bytes:
            raw.seek(at)
            found: bytes = raw.read(size)
            return found

        return self._decoded(_of_file(file, path, start), keys, read)

    def of_lines(self, numbered: Numbered, keys: Keys) -> Iterator[Batch]:
        """Lines that this process alone can read."""
        return self._decoded(_of_lines(numbered), keys)

    def _decoded(self, pieces: Iterator[Piece], keys: Keys, read: Read | None = None) -> Iterator[Batch]:
        """The pieces in their order, decoded. ``read`` reads the file that they are of. Raises `CrewError`."""
        failures: list[Exception] = []
        turns: deque[_Turn] = deque()
        coming = (_Turn(piece, keys, read or partial(_cut, piece.data)) for piece in _as_far_as(pieces, failures))
        is_large = False
        while True:
            self._hand_out(coming, turns, MAX_HANDED if read else 1)
            self._listen(timeout=0)
            if turns and (batch := turns[0].batch) is not None:
                turns.popleft()
                yield batch
            elif len(turns) < MAX_AHEAD * self._jobs and (turn := next(coming, None)) is not None:
                turn.batch = Batch(*_decoded(turn.piece, self._decode, keys), turn.read)
                turns.append(turn)
                if is_large:
                    self._start()
                is_large = True
            elif turns:
                self._listen()
            else:
                break
        for failure in failures:
            raise failure

    def _start(self) -> None:
        while len(self._workers) < self._jobs - 1:
            worker = _started()
            self._workers.append(worker)
            self._selector.register(worker.link, EVENT_READ, worker)

    def _hand_out(self, coming: Iterator[_Turn], turns: deque[_Turn], most: int) -> None:
        """Give the others the next pieces; data only to who waits for it, since sending it must not wait."""
        for worker in self._workers:
            while worker.is_there and len(worker.turns) < most and len(turns) < MAX_AHEAD * self._jobs:
                turn = next(coming, None)
                if turn is None:
                    return
                worker.give(turn)
                turns.append(turn)

    def _listen(self, timeout: float | None = None) -> None:
        """Take what the others have sent, or wait for it."""
        for key, _ in self._selector.select(timeout):
            key.data.hear()


def _as_far_as(pieces: Iterator[Piece], failures: list[Exception]) -> Iterator[Piece]:
    """The pieces; what fails among them is kept until those before have been judged."""
    try:
        yield from pieces
    except Exception as error:  # it is raised later
        failures.append(error)


def _cut(data: bytes, start: int, size: int) -> bytes:
    return data[start : start + size]
