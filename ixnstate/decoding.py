"""JSON text to plain values and back: orjson where it is installed, the standard library otherwise.

Both give the same: what orjson cannot do, or does differently (a number beyond 64 bits loses digits, an unpaired
surrogate is refused), the standard library does. A key that stands twice in an object is a fault: nobody knows which of
the two was meant. Whether the quick way has lost anything is seen by writing the value again: but for blanks, that must
be the text; or else, where the text has escapes of its own, by counting keys.
"""

import json
from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import NoReturn

from ixnstate.values import Json, brief

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

MAX_DEPTH = 254
"""How deep a message may be nested (documented ones have eight levels): as deep as orjson writes."""

MAX_DIGITS = 4000
"""How many digits a whole number may have: a little less than Python reads and writes."""
_HUGE = 10**MAX_DIGITS


MAX_FILE = 64 << 20
"""How many bytes a file may have that is read as a whole: rules, settings, a baseline."""


def content_of(path: Path) -> bytes:
    """The bytes of a file that is read as a whole. Raises OSError, and ValueError for one that is too long or endless.

    A device such as ``/dev/zero`` has no end.
    """
    with path.open("rb") as file:
        content = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise ValueError(f"it has more than {MAX_FILE:,} bytes")
    return content


def decode(text: str | bytes | bytearray) -> Json:
    """The value of a JSON text. Raises ValueError that says where it is not valid JSON."""
    try:
        raw = text.encode() if isinstance(text, str) else bytes(text)
    except UnicodeEncodeError:  # an unpaired surrogate, which only the standard library can carry
        return _decode_slowly(text)
    if orjson is not None:
        try:
            value = orjson.loads(raw)
            written = orjson.dumps(value)
            is_same = written == raw or written.translate(None, _BLANKS) == raw.translate(None, _BLANKS)
            if is_same or _says_all(value, raw):
                return value
        except (TypeError, ValueError):  # no JSON, or only for orjson; a TypeError is its limit of depth
            pass
    return _decode_slowly(raw)


_BLANKS = b" \t\r\n"
_NESTED = (dict, list)


def _says_all(value: Json, raw: bytes) -> bool:
    """Whether no key was written over, and no number can have lost digits, in a text with escapes of its own.

    Each key stands before a colon. Where there are more ``":`` than keys, a string may have one, or a key was lost.
    """
    keys = 0
    left = [value]
    for each in left:  # which grows
        members = each
        if each.__class__ is dict:
            keys += len(each)
            members = each.values()
        elif each.__class__ is not list:
            return False
        kinds = set(map(type, members))
        if float in kinds:
            return False
        if not kinds.isdisjoint(_NESTED):
            left += [member for member in members if member.__class__ in _NESTED]
    return keys == raw.count(b'":')


def _decode_slowly(text: str | bytes | bytearray) -> object:
    try:
        return copied(_DECODER.decode(text if isinstance(text, str) else text.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def refuse_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity; JSON has neither."""
    raise ValueError(f"{name} is not valid JSON")


def to_finite(number: str) -> float:
    """The number, unless it is too large to be one."""
    if isfinite(value := float(number)):
        return value
    raise ValueError(f"{number} is out of range")


FINITE = json.JSONDecoder(parse_constant=refuse_constant, parse_float=to_finite)
"""The decoder of the standard library, without the numbers that are none."""


def to_whole(number: str) -> int:
    """The number, unless it has more digits than Python writes."""
    if len(number) > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits")
    return int(number)


def _once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {brief(key)} stands twice in one object")
        found[key] = value
    return found


_DECODER = json.JSONDecoder(
    parse_constant=refuse_constant, parse_float=to_finite, parse_int=to_whole, object_pairs_hook=_once
)


def encode(value: object) -> bytes:
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


def copied(value: object) -> Json:
    """The value as plain JSON, with nothing of it shared. Raises ValueError for what is not valid JSON."""
    try:
        return _copied(value, MAX_DEPTH)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def is_json(value: object) -> bool:
    """Whether `copied` can copy it."""
    try:
        copied(value)
    except ValueError:
        return False
    return True


_AS_IT_IS = frozenset({str, bool, type(None)})
_STRINGS = frozenset({str})


def _copied(value: object, depth: int) -> object:
    if isinstance(value, dict | list | tuple):
        if not depth:
            raise ValueError(f"the JSON is nested deeper than {MAX_DEPTH} levels")
        if not isinstance(value, dict):
            return [v if v.__class__ in _AS_IT_IS else _copied(v, depth - 1) for v in value]
        if not (_STRINGS.issuperset(map(type, value)) or all(isinstance(key, str) for key in value)):
            key = next(key for key in value if not isinstance(key, str))
            raise ValueError(f"not valid JSON: the key {brief(key)} is not a string")
        return {k: v if v.__class__ in _AS_IT_IS else _copied(v, depth - 1) for k, v in value.items()}
    if value.__class__ in _AS_IT_IS:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        if not -_HUGE < value < _HUGE:
            raise ValueError(f"a number of more than {MAX_DIGITS} digits")
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return value
    raise ValueError(f"not valid JSON: {brief(value)}")
