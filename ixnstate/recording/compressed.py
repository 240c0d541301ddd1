"""Files that are compressed with gzip or zstd, read as what they hold."""

import io
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

BUFFER = 1 << 18
"""How many bytes are read at once: the default of Python makes a line of some kilobytes twice as dear."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PIECE = 1 << 9
"""How many packed bytes are expanded at once: zstd makes at most 16 MiB of so many."""
_LARGEST = 1 << 20
"""How many bytes gzip gives at once."""
_WINDOW = 1 << 27
"""How much zstd may look back: what its own programs allow."""


class DamageError(Exception):
    """Compressed data that breaks off or cannot be expanded, or a file that is not UTF-8 at all."""


class _Expanded(io.RawIOBase):
    """What a compressed stream holds, with all there is before it says that the data is damaged."""

    def __init__(
        self, packed: BinaryIO, new_member: Callable[[], Any], wrong: type[Exception], *, is_limited: bool = False
    ) -> None:
        self._packed = packed
        self._new_member = new_member
        self._wrong = wrong
        self._member = new_member()
        self._ready = memoryview(b"")
        self._most = (_LARGEST,) if is_limited else ()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as it goes; 0 at the end."""
        while not self._ready:
            packed = self._next_piece()
            if not packed:
                return 0
            try:
                self._ready = memoryview(self._member.decompress(packed, *self._most))
            except self._wrong as error:
                raise DamageError(f"the compressed data cannot be read on: {error}") from None
        size = min(len(self._ready), len(buffer))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _next_piece(self) -> bytes:
        """Compressed bytes for the member under way, or for the next one."""
        if tail := getattr(self._member, "unconsumed_tail", b""):
            return bytes(tail)
        is_over = self._member.eof
        packed: bytes = (is_over and self._member.unused_data.lstrip(b"\0")) or self._packed.read(_PIECE)
        if is_over and packed:
            self._member = self._new_member()
        if not is_over and not packed:
            raise DamageError("the compressed data cannot be read on: its end is missing")
        return packed


def decompressed(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or what it holds compressed."""
    buffered = cast(io.BufferedReader, stream if hasattr(stream, "peek") else io.BufferedReader(cast(Any, stream)))
    head = buffered.peek(4)[:4]
    if head.startswith(_GZIP):
        return io.BufferedReader(
            _Expanded(buffered, lambda: zlib.decompressobj(wbits=31), zlib.error, is_limited=True), BUFFER
        )
    if head == _ZSTD:
        return io.BufferedReader(_unzstd(buffered), BUFFER)
    if head.startswith(_UTF_16):
        return io.BufferedReader(_Utf16())
    return buffered


class _Utf16(io.RawIOBase):
    """A file in UTF-16, as some shells write what is sent into one: no line of it is JSON, so it is one wrong line."""

    def readable(self) -> bool:
        """It is, as far as anybody knows."""
        return True

    def readinto(self, _: Any) -> int:
        """There is nothing to read."""
        raise DamageError("the file is UTF-16, and JSON is UTF-8: convert it")


def _unzstd(stream: BinaryIO) -> io.RawIOBase:
    try:
        import zstandard
    except ImportError:
        return _Expanded(stream, _NoZstd, _NoZstd.Error)
    return _Expanded(
        stream, lambda: zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj(), zstandard.ZstdError
    )


class _NoZstd:
    """Stands for the package that is not installed."""

    eof = False

    class Error(Exception):
        """It is not."""

    def decompress(self, _: bytes) -> bytes:
        raise self.Error("pip install 'ixnstate[zstd]' to read zstd")
