"""JSON text to plain values and back: orjson where it is installed, the standard library otherwise.

Both give the same: what orjson cannot do, or does differently (a number beyond 64 bits loses digits, an unpaired
surrogate is refused), the standard library does. A key that stands twice in an object is a fault: nobody knows which of
the two was meant. Whether the quick way has lost anything is seen by writing the value again: but for blanks, that must
be the text.
"""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any, NoReturn

from ixnstate.values import brief

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

MAX_DEPTH = 250
"""How deep a message may be nested (documented ones have eight levels): a little less than orjson writes."""


def decode(text: str | bytes | bytearray) -> Any:
    """The value of a JSON text. Raises ValueError that says where it is no JSON."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    if orjson is not None:
        try:
            value = orjson.loads(raw)
            written = orjson.dumps(value)
            if written == raw or written.translate(None, _BLANKS) == raw.translate(None, _BLANKS):
                return value
        except (TypeError, ValueError):  # no JSON, or only for orjson; a TypeError is its limit of depth
            pass
    return _decode_slowly(raw)


_BLANKS = b" \t\r\n"


def _decode_slowly(raw: bytes) -> Any:
    try:
        return copied(_DECODER.decode(raw.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def refuse_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity; JSON has neither."""
    raise ValueError(f"{name} is no JSON")


def to_finite(number: str) -> float:
    """The number, unless it is too large to be one."""
    if isfinite(value := float(number)):
        return value
    raise ValueError(f"{number} is out of range")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {brief(key)} stands twice in one object")
        found[key] = value
    return found


_DECODER = json.JSONDecoder(parse_constant=refuse_constant, parse_float=to_finite, object_pairs_hook=_once)


def encode(value: Any) -> bytes:
    """The JSON text of a plain value, in UTF-8; a string that has no UTF-8 form is written with escapes."""
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:
            pass
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def copied(value: Any) -> Any:
    """The value as plain JSON, with nothing of it shared. Raises ValueError for what is no JSON."""
    try:
        return _copied(value, MAX_DEPTH)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _copied(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return value
    if not depth:
        raise ValueError(f"the JSON is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            key = next(key for key in value if not isinstance(key, str))
            raise ValueError(f"no JSON: the key {brief(key)} is no string")
        return {key: _copied(member, depth - 1) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(member, depth - 1) for member in value]
    raise ValueError(f"no JSON: {brief(value)}")
