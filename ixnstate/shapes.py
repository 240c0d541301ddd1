"""What plain JSON must look like to be read back: shapes, as values, and where a value does not have its shape.

A shape is a class (or several) that a value must be of; a `Listed`, `Mapped`, `Row` or `Fields` of shapes; or an
`Either`. True and False are not numbers here, and a tuple is a list.
"""

from collections.abc import Iterable, Mapping
from types import NoneType
from typing import TypeAlias

from ixnstate.values import Json, brief, frozen


@frozen
class Listed:
    """A list whose members have one shape."""

    of: "Shape"


@frozen
class Mapped:
    """An object whose members have one shape, whatever their names."""

    of: "Shape"


@frozen
class Row:
    """A list of so many members, each of its own shape."""

    of: "tuple[Shape, ...]"


@frozen
class Fields:
    """An object with these members and no others."""

    of: "Mapping[str, Shape]"


@frozen
class Either:
    """One of several shapes; the last one says what is wrong."""

    of: "tuple[Shape, ...]"


Shape: TypeAlias = type | tuple[type, ...] | Listed | Mapped | Row | Fields | Either

_WORDS = {
    str: "a string", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null",
    list: "a list", dict: "an object",
}  # fmt: skip


def misshapen(value: Json, shape: Shape, at: str = "") -> str | None:
    """Where a value does not have its shape, and what is wrong there: ``open[0][1]: expected a list, found 5``."""
    match shape:
        case Listed():
            return _unlike(value, at, list) or _first(
                misshapen(each, shape.of, f"{at}[{number}]") for number, each in enumerate(value)
            )
        case Mapped():
            return _unlike(value, at, dict) or _first(
                misshapen(each, shape.of, _member(at, name)) for name, each in value.items()
            )
        case Row():
            if (fault := _unlike(value, at, list)) is not None:
                return fault
            if len(value) != len(shape.of):
                return f"{at}: expected {len(shape.of)} values, found {len(value)}"
            return _first(misshapen(each, shape.of[number], f"{at}[{number}]") for number, each in enumerate(value))
        case Fields():
            if (fault := _unlike(value, at, dict)) is not None:
                return fault
            for name in (*shape.of, *value):
                if (name in value) is not (name in shape.of):
                    return f"{_member(at, name)}: {'is missing' if name in shape.of else 'is not taken'}"
            return _first(misshapen(value[name], each, _member(at, name)) for name, each in shape.of.items())
        case Either():
            faults = [misshapen(value, each, at) for each in shape.of]
            return None if None in faults else faults[-1]
        case _:
            return _unlike(value, at, *(shape if isinstance(shape, tuple) else (shape,)))


def _unlike(value: Json, at: str, *kinds: type) -> str | None:
    found = {bool: bool, tuple: list}.get(type(value))
    found = found or next((kind for kind in kinds if isinstance(value, kind)), None)
    if found in kinds or (float in kinds and type(value) is int):
        is_named = not isinstance(value, dict) or all(isinstance(name, str) for name in value)
        return None if is_named else f"{at}: its names must be strings"
    return f"{at}: expected {' or '.join(_WORDS[kind] for kind in kinds)}, found {brief(value)}"


def _first(faults: Iterable[str | None]) -> str | None:
    return next((fault for fault in faults if fault is not None), None)


def _member(at: str, name: object) -> str:
    return f"{at}.{name}" if at and isinstance(name, str) else f"{at}[{brief(name)}]" if at else str(name)
