"""From plain JSON to typed values: cattrs, made strict, and every fault with its place.

cattrs alone would take ``5`` for a string and ``"abc"`` for a list of strings. Here each JSON type is itself and
nothing else; null is the same as an absent key. There are two converters: one stops at the first fault, which is fast;
where there is one, the other finds them all.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial, reduce
from operator import eq, or_
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

import attrs
from cattrs import BaseValidationError, ClassValidationError, Converter, IterableValidationError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, override

from ixnstate.gws.faults import Fault, MessageError, expected, within
from ixnstate.values import FrozenDict, Json, fields_of
from ixnstate.vocabulary import State

T = TypeVar("T")

StateName = State | str
"""A state: a `State` where it is one that the pages know, and otherwise the string as it came."""

Size = int | str
"""A size in bytes: the pages of chats show a number, those of emails a string."""

Flag = bool | str
"""A truth value: some pages show a string, "true" or "false"."""


Addresses = tuple[str, ...] | str
"""Addresses of emails: a list in samples, "comma delimited" in a table (EmailSend)."""


def wire(name: str) -> Any:
    """A field that may be absent, and that the documents spell ``name``."""
    return attrs.field(default=None, metadata={"wire": name})


def wire_names(cls: type) -> dict[str, str]:
    """The fields of a class, each with the key that the documents have for it."""
    return {field.name: field.metadata.get("wire", field.name) for field in fields_of(cls)}


_STRINGS = frozenset({str})


class _UnexpectedError(TypeError):
    """A value of another JSON type: what was expected, and what was found."""

    def __init__(self, what: str, found: object) -> None:
        super().__init__(what)
        self.what, self.found = what, found


def _text(value: Json, _: object = None) -> Json:
    if value.__class__ is str:
        return value
    raise _UnexpectedError("a string", value)


def _whole(value: object, _: object = None) -> object:
    if value.__class__ is int:
        return value
    raise _UnexpectedError("a whole number", value)


def _size(value: object, _: object = None) -> object:
    if value.__class__ is int or value.__class__ is str:
        return value
    raise _UnexpectedError("a whole number or a string", value)


def _flag(value: object, _: object = None) -> object:
    if value.__class__ is bool or value.__class__ is str:
        return value
    raise _UnexpectedError("true, false or a string", value)


def _addresses(value: object, _: object = None) -> object:
    if value.__class__ is str:
        return value
    if value.__class__ is list and _STRINGS.issuperset(map(type, value)):
        return tuple(value)
    raise _UnexpectedError("a string or a list of strings", value)


_STATES: Mapping[str, State] = {state.value: state for state in State}


def _state(value: object, _: object = None) -> object:
    return _STATES.get(_text(value), value)


_PLAIN = frozenset({str, int, bool, NoneType, float})


def _object(value: object, _: object = None) -> object:
    if value.__class__ is dict:
        return frozen_json(value)
    raise _UnexpectedError("an object", value)


def frozen_json(value: object) -> Json:
    """A plain JSON value, known to be one, with objects and arrays that cannot be changed."""
    if value.__class__ is dict:
        if _PLAIN.issuperset(map(type, value.values())):
            return FrozenDict(value)
        return FrozenDict({key: frozen_json(member) for key, member in value.items()})
    return tuple([frozen_json(member) for member in value]) if value.__class__ is list else value


def _or_none(hook: Callable[[object], object]) -> Callable[[object, Any], Any]:
    return lambda value, _: None if value is None else hook(value)


_HOOKS: tuple[tuple[Any, Callable[..., object]], ...] = (
    (str, _text), (int, _whole), (FrozenDict, _object), (StateName, _state), (Size, _size), (Flag, _flag),
    (Addresses, _addresses),
)  # fmt: skip


def _converter(*, every_fault: bool) -> Converter:
    converter = Converter(detailed_validation=every_fault)
    converter.register_structure_hook_factory(_is_tuple, lambda kind: _tuple(kind, converter, every_fault=every_fault))
    converter.register_structure_hook_factory(_is_optional, lambda kind: _optional(kind, converter))
    converter.register_structure_hook_factory(attrs.has, lambda cls: _fields(cls, converter))
    for kind, hook in _HOOKS:
        if isinstance(kind, type):
            converter.register_structure_hook(kind, hook)
        else:
            converter.register_structure_hook_func(partial(eq, kind), hook)
        converter.register_structure_hook_func(partial(eq, kind | None), _or_none(hook))
    return converter


def _is_tuple(kind: object) -> bool:
    return get_origin(kind) is tuple


def _is_optional(kind: object) -> bool:
    return NoneType in get_args(kind)


def _optional(kind: object, converter: Converter) -> Callable[[object, object], object]:
    inner = reduce(or_, [each for each in get_args(kind) if each is not NoneType])
    hook = converter.get_structure_hook(inner)
    return lambda value, _: None if value is None else hook(value, inner)


def _tuple(kind: Any, converter: Converter, *, every_fault: bool) -> Callable[[object, object], object]:
    member = get_args(kind)[0]
    hook = converter.get_structure_hook(member)

    def structure(value: object, _: object) -> Any:
        if value.__class__ is not list:
            raise _UnexpectedError("a list", value)
        if not every_fault:
            is_plain = member is str and _STRINGS.issuperset(map(type, value))
            return tuple(value if is_plain else [hook(each, member) for each in value])
        found, faults = [], []
        for index, each in enumerate(value):
            try:
                found.append(hook(each, member))
            except (_UnexpectedError, BaseValidationError) as error:
                error.__notes__ = [IterableValidationNote("", index, member)]
                faults.append(error)
        if faults:
            raise IterableValidationError("", faults, kind)
        return tuple(found)

    return structure


def _fields(cls: object, converter: Converter) -> Callable[[Any, Any], Any]:
    return _every_field(cls, converter) if converter.detailed_validation else _fields_there(cls, converter)


def _fields_there(cls: Any, converter: Converter) -> Callable[[object, Any], Any]:
    """Goes through the keys that are there: of some thirty documented fields a message has six."""
    fields = zip(fields_of(cls), wire_names(cls).values(), strict=True)
    hooks = {key: (field.name, converter.get_structure_hook(field.type)) for field, key in fields}

    def structure(value: Any, _: Any) -> Any:
        if value.__class__ is not dict:
            raise _UnexpectedError("an object", value)
        found = {}
        for key, member in value.items():
            known = hooks.get(key)
            if known is not None:
                found[known[0]] = known[1](member, None)
        return cls(**found)

    return structure


def _every_field(cls: Any, converter: Converter) -> Callable[[object, object], Any]:
    renames: Any = {name: override(rename=key) for name, key in wire_names(cls).items()}
    hook = make_dict_structure_fn(cls, converter, **renames)

    def structure(value: object, _: object) -> Any:
        if value.__class__ is not dict:
            raise _UnexpectedError("an object", value)
        return hook(value, cls)

    return structure


_FAST, _EVERY = _converter(every_fault=False), _converter(every_fault=True)


def structured(cls: type[T], value: object, path: str) -> T:
    """The typed value for plain JSON. Raises `MessageError` with every fault, each with its place under ``path``."""
    try:
        return _EVERY.structure(value, cls)
    except (_UnexpectedError, BaseValidationError) as error:
        raise MessageError(*_faults(error, path)) from None


def quickly(cls: type[T], value: object) -> T | None:
    """The typed value, or None for one that has a fault."""
    try:
        found: T = _FAST_HOOKS[cls](value, cls)
    except _UnexpectedError:
        return None
    return found


def each_structured(*parts: tuple[type, object, str], faults: list[Fault] | None = None) -> list[Any]:
    """The typed value of each part of a message (class, value, path), or `MessageError` with every fault of them all.

    ``faults`` are those that are known already.
    """
    if not faults:
        try:
            return [_FAST_HOOKS[cls](value, cls) for cls, value, _ in parts]
        except _UnexpectedError:
            pass
    faults = faults or []
    for cls, value, path in parts:
        try:
            structured(cls, value, path)
        except MessageError as error:
            faults += error.faults
    raise MessageError(*faults)


class _FastHooks(dict[type, Callable[[object, object], Any]]):
    def __missing__(self, cls: type) -> Callable[[object, object], object]:
        hook = self[cls] = _FAST.get_structure_hook(cls)
        return hook


_FAST_HOOKS = _FastHooks()


def _faults(error: BaseException, path: str) -> Iterator[Fault]:
    if isinstance(error, _UnexpectedError):
        yield expected(path, error.what, error.found)
    elif isinstance(error, ClassValidationError):
        names = wire_names(error.cl)
        for each, note in error.group_exceptions()[0]:
            yield from _faults(each, within(path, names[note.name]))
    elif isinstance(error, IterableValidationError):
        for each, place in error.group_exceptions()[0]:
            yield from _faults(each, within(path, place.index))
