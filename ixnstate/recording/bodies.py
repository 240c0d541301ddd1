"""The text of bodies as recorders write it: plain, in base64, or in base64 of what was compressed on its way."""

import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping

from ixnstate.decoding import FINITE, copied
from ixnstate.values import Json, JsonObject

MAX_BODY = 1 << 26
"""How many bytes a body may have: 64 MiB."""


class LostError(ValueError):
    """What a body said was not recorded, or cannot be read."""


def json_of(text: str) -> Json:
    """The value of a JSON text. Raises `LostError`."""
    try:
        return copied(FINITE.decode(text.removeprefix("\ufeff")))
    except (RecursionError, ValueError):
        raise LostError("the text is not JSON") from None


def text_of(message: JsonObject, key: str) -> str:
    """The text of a request (its ``postData``) or a response (its ``content``) in a HAR entry. Raises `LostError`."""
    part = message.get(key)
    part = part if isinstance(part, Mapping) else {}
    text, size = part.get("text"), _size(part.get("size"), message.get("bodySize"))
    if not isinstance(text, str) or (not text and size > 0):
        if size == 0 or message.get("status") == 204:
            return ""
        raise LostError("the recorder left out the text")
    if str(part.get("encoding") or "").lower() != "base64":
        return text
    try:
        data = b64decode("".join(text.split()), validate=True)
    except ValueError:
        return text  # it only says so
    return _decoded(data, message)


def _size(*said: object) -> int:
    """The first size that is one; -1 if nobody knows."""
    return next((size for size in said if isinstance(size, int) and not isinstance(size, bool) and size >= 0), -1)


def _decoded(data: bytes, message: JsonObject) -> str:
    for expand in (bytes, *_expanders(data, message)):
        try:
            return expand(data).decode("utf-8-sig")
        except LostError:
            raise
        except (zlib.error, ValueError):
            continue
    raise LostError("the text cannot be decoded")


def _expanders(data: bytes, message: JsonObject) -> Iterator[Callable[[bytes], bytes]]:
    """What may expand it, by how it begins or by the header that says so."""
    said = _encoding(message)
    if data.startswith(b"\x1f\x8b"):
        yield lambda packed: _inflated(packed, 31)
    elif data.startswith(b"\x28\xb5\x2f\xfd"):
        yield _unzstd
    elif said == "deflate":
        yield lambda packed: _inflated(packed, 15)
        yield lambda packed: _inflated(packed, -15)


def _encoding(message: JsonObject) -> str:
    headers = message.get("headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, Mapping) and str(header.get("name")).lower() == "content-encoding":
            return str(header.get("value")).strip().lower()
    return ""


def _inflated(packed: bytes, wbits: int) -> bytes:
    expander = zlib.decompressobj(wbits)
    found = expander.decompress(packed, MAX_BODY)
    if expander.unconsumed_tail:
        raise LostError("the text is longer than 64 MiB")
    return found


def _unzstd(packed: bytes) -> bytes:
    try:
        import zstandard
    except ImportError:
        raise LostError("pip install 'ixnstate[zstd]' to read zstd") from None
    try:
        with zstandard.ZstdDecompressor(max_window_size=MAX_BODY).stream_reader(packed) as reader:
            found: bytes = reader.read(MAX_BODY + 1)
    except zstandard.ZstdError as error:
        raise LostError(f"the text cannot be decoded: {error}") from None
    if len(found) > MAX_BODY:
        raise LostError("the text is longer than 64 MiB")
    return found
