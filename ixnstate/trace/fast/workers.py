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
from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any, BinaryIO, Self

import attrs
import msgspec

from ixnstate.recording.compressed import BUFFER
from ixnstate.recording.reading import Numbered, gathered
from ixnstate.trace.fast.columns import (
    AT_ONCE,
    BYTES_AT_ONCE,
    Batch,
    CrewError,
    Decode,
    Fields,
    Lines,
    decoder,
    is_large,
    lines_again,
    reader,
)
from ixnstate.trace.fast.transitions import Keys

PIECE = 1 << 21
"""How many bytes are decoded at once, and sent back as one: some ten thousand bytes, which a socket takes at once."""

MAX_HANDED = 3
"""How many pieces of a file a process has been given: one under way, and some for when that is done."""

MAX_AHEAD = 6
"""How many pieces are decoded or under way, for each process."""


# --- pieces ---------------------------------------------------------------------------------------------------------


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
            while at < self.end and (raws := file.readlines(min(BYTES_AT_ONCE, self.end - at))):
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
    data, expected = bytearray(), 0
    try:
        for lines in gathered(numbered, AT_ONCE):
            data += b"\n" * (lines[0][0] - (expected or lines[0][0]))  # blank lines were passed over
            expected = lines[-1][0] + 1
            data += b"".join(raw for _, raw in lines)
            if len(data) >= PIECE:
                yield Piece(0, len(data), data=bytes(data))
                data.clear()
    except Exception:
        yield Piece(0, len(data), data=bytes(data))
        raise
    yield Piece(0, len(data), data=bytes(data))


_Decoded = tuple[Fields, "array[int]"]
"""The fields of lines; and where each begins, and the last one ends."""


def _decoded(piece: Piece, decode: Decode, keys: Any) -> _Decoded:
    fields, starts = Fields(), array("Q")
    for at, raws in piece.lines():
        fields.add(raws, decode, keys)
        starts.extend(accumulate(map(len, raws), initial=starts.pop() if starts else at))
    return fields, starts


# --- one of the others ----------------------------------------------------------------------------------------------


class _Numbers(dict[tuple[object, ...], int]):
    """Numbers that stand for keys within a piece."""

    def __missing__(self, said: tuple[object, ...]) -> int:
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
            fields, starts = _decoded(piece, decode, numbers)
            answer: object = [_packed(fields, starts), list(numbers)]
        except Exception as error:  # whatever it is: it is raised where the file is judged
            answer = f"{type(error).__name__}: {error}"
        _send(link, answer)


# --- what is sent ---------------------------------------------------------------------------------------------------


def _packed(fields: Fields, starts: "array[int]") -> list[object]:
    """The columns, those of numbers as bytes: so they are sent in no time."""
    are_floats = {*map(type, fields.times)} == {float}
    return [
        fields.interactions, _column("I", fields.keys), _column("d", fields.times) if are_floats else fields.times,
        _column("q", fields.numbers), starts.tobytes(),
    ]  # fmt: skip


def _column(code: str, values: list[Any]) -> bytes | list[Any]:
    try:
        return array(code, values).tobytes()
    except TypeError:
        return values


def _unpacked(said: list[Any], keys: Mapping[int | None, object]) -> _Decoded:
    """The columns again, with the keys that numbers stand for."""
    interactions, numbers_of_keys, times, numbers, starts = said
    kept = map(keys.get, _values("I", numbers_of_keys))
    return Fields(interactions, list(kept), _values("d", times), _values("q", numbers)), _values("Q", starts)


def _values(code: str, column: bytes | list[object]) -> Any:
    return column if isinstance(column, list) else array(code, column)


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
    decoded: _Decoded | None = None


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
            turn, (columns, table) = self.turns.popleft(), said
            turn.decoded = _unpacked(columns, dict(enumerate(turn.keys[tuple(each)] for each in table)))


def _started() -> _Worker:
    program = f"import sys; sys.path[:] = {sys.path!r}; from ixnstate.trace.fast.workers import serve; serve()"
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

    def of_file(self, file: BinaryIO, name: str, number: int, start: int, keys: Keys) -> Iterator[Batch]:
        """What stands in a file from the line on that begins at ``start``, but for what is written to it meanwhile.

        ``number`` is that of the line. Raises `CrewError`.
        """
        read, path = reader(file), Path(name)
        can_wait = is_large(file)
        for _, (fields, starts) in self._decoded(_of_file(file, path, start), keys, MAX_HANDED):
            line = lines_again(read, starts)
            yield Batch(fields, Lines(name, number, line, line if can_wait else None))
            number += len(fields.keys)

    def of_stream(self, numbered: Numbered, name: str, number: int, keys: Keys) -> Iterator[Batch]:
        """Lines that this process alone can read. Raises `CrewError`."""
        for piece, (fields, starts) in self._decoded(_of_lines(numbered), keys, 1):
            yield Batch(fields, Lines(name, number, lines_again(partial(_cut, piece.data), starts)))
            number += len(fields.keys)

    def _decoded(self, pieces: Iterator[Piece], keys: Keys, most: int) -> Iterator[tuple[Piece, _Decoded]]:
        """The pieces in their order, decoded. Nobody is given more than ``most`` at a time."""
        failures: list[Exception] = []
        turns: deque[_Turn] = deque()
        coming = (_Turn(piece, keys) for piece in _as_far_as(pieces, failures))
        has_one = False
        while True:
            self._hand_out(coming, turns, most)
            self._listen(timeout=0)
            if turns and (decoded := turns[0].decoded) is not None:
                yield turns.popleft().piece, decoded
            elif len(turns) < MAX_AHEAD * self._jobs and (turn := next(coming, None)) is not None:
                turn.decoded = _decoded(turn.piece, self._decode, keys)
                turns.append(turn)
                if has_one:
                    self._start()
                has_one = True
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


def _cut(data: bytes, at: int, size: int) -> bytes:
    return data[at : at + size]
