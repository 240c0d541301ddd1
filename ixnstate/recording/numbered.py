"""The lines of a stream with their numbers, in bounded memory: a line has a limit, and blank lines cost little."""

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from ixnstate.recording.compressed import BUFFER

MAX_LINE = 1 << 26
"""How many bytes a line or a value may have, unless another limit is chosen: 64 MiB."""

HEAD = 1 << 20
"""How much is read of the first line before it is clear whether it is one line, or a document in one line."""

TOO_LONG = b"\xff\xfe\xff\n"
"""Stands at the end of what is kept of a line that is too long. No JSON has such bytes."""

_KEPT = 200
_PIECE = 1 << 20
"""How much of a long line is read at a time: a stream that reads all at once holds it twice."""
_PASSED = 1 << 20
"""After how many blank lines one is given back, so that who joins lines again has not too many of them at once."""
_BLANK = b" \t\r\n"


class NumberedLines(Iterator[tuple[int, bytes]]):
    """The lines of a stream, from 1; of one that is longer than ``longest``, how it begins, and `TOO_LONG`."""

    def __init__(self, stream: BinaryIO, longest: int = MAX_LINE) -> None:
        self._stream = stream
        self.longest = longest
        self.number = 0
        """The place of the last line that was begun."""
        self._lines = self._read()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:  # noqa: PYI034 (its own one is slow)
        return self._lines

    def __next__(self) -> tuple[int, bytes]:
        return next(self._lines)

    def _read(self) -> Iterator[tuple[int, bytes]]:
        readline, piece = self._stream.readline, min(_PIECE, self.longest + 1)
        while True:
            self.number += 1
            raw = readline(piece)
            if len(raw) == piece and raw[-1:] != b"\n":
                raw = self.whole(raw)
            if not raw:
                return
            yield self.number, raw
            if raw == b"\n":
                self._pass_blanks()

    def _pass_over(self) -> None:
        """The rest of a line."""
        while rest := self._stream.readline(BUFFER):
            if rest[-1:] == b"\n":
                return

    def _pass_blanks(self) -> None:
        """The blank lines that follow, up to some number."""
        start = self.number
        while True:
            ahead = cast(Any, self._stream).peek(BUFFER)
            blank = ahead[: len(ahead) - len(ahead.lstrip(_BLANK))]
            size = blank.rfind(b"\n") + 1
            if not size or self.number - start > _PASSED:
                return
            self._stream.read(size)
            self.number += blank.count(b"\n")

    def head(self) -> tuple[int, bytes, bool]:
        """The first line that is not blank, and whether it is whole; of a very long one, how it begins."""
        while True:
            self.number += 1
            most = min(HEAD, self.longest + 1)
            raw = self._stream.readline(most)
            if raw.strip() or not raw:
                return self.number, raw, len(raw) < most or raw[-1:] == b"\n"
            self._pass_blanks()

    def whole(self, begun: bytes) -> bytes:
        """The line that begins so, and has not ended. One that proves too long has been held once, not twice."""
        line = bytearray(begun)
        while len(line) <= self.longest:
            piece = self._stream.readline(min(_PIECE, self.longest + 1 - len(line)))
            line += piece
            if not piece or piece[-1:] == b"\n":
                return bytes(line)
        self._pass_over()
        return cut(line)

    def sample(self, size: int) -> Iterator[tuple[int, bytes]]:
        """The next lines, of about so many bytes; the last one may be the beginning of a line."""
        while size > 0 and (raw := self._stream.readline(size)):
            self.number += 1
            size -= len(raw) + 64
            yield self.number, raw

    def pieces(self) -> Iterator[bytes]:
        """What comes after the lines that were read, as it comes, without regard to lines."""
        while piece := cast(Any, self._stream).read1(BUFFER):
            yield piece


def cut(line: bytes | bytearray) -> bytes:
    """What stands for a line that is too long: how it begins, and `TOO_LONG`."""
    return bytes(line[:_KEPT]) + TOO_LONG


def has_long_line(file: BinaryIO, longest: int = MAX_LINE) -> bool:
    """Whether a plain file may have a line that is longer. Looks at little of one that has none; its place is kept."""
    before, size = file.tell(), file.seek(0, 2)
    at = 0
    try:
        while at + longest < size:
            at = _last_end(file, at, at + longest + 1)
            if not at:
                return True
        return False
    finally:
        file.seek(before)


def _last_end(file: BinaryIO, start: int, end: int) -> int:
    """Behind the last line feed between two places of a file; 0 if there is none."""
    while start < end:
        begin = max(start, end - BUFFER)
        file.seek(begin)
        found = file.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
