"""JSON text to plain values and back: orjson where it is installed, the standard library otherwise.

Both give the same: what one of them cannot do, or does differently (a number beyond 64 bits loses digits in orjson, an
unpaired surrogate is refused), the standard library does. A key that stands twice in an object is a fault: nobody knows
which of the two was meant.
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
            if orjson.dumps(value) == raw or _says_all(value, raw):
                return value
        except (TypeError, ValueError):  # no JSON, or only for orjson; a TypeError is its limit of depth
            pass
    return _decode_slowly(raw)


def _says_all(value: Any, raw: bytes) -> bool:
    """Whether no key was written over, and no number has lost digits, in a text that is not written as we would.

    Each key stands before a colon. Where there are more ``":`` than keys, a string may have one, or a key was lost:
    somebody has to look closely.
    """
    keys = 0
    left = [value]
    for each in left:  # which grows
        members = each
        if each.__class__ is dict:
            keys += len(each)
            members = each.values()
        elif each.__class__ is not list:
            return each.__class__ is not float
        kinds = set(map(type, members))
        if float in kinds:
            return False
        if not kinds.isdisjoint(_NESTED):
            left += [member for member in members if member.__class__ in _NESTED]
    return keys == raw.count(b'":')


_NESTED = (dict, list)


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
