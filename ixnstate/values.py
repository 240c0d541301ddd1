"""How values are made here: born whole, then never changed.

Everything that the library hands out is a frozen attrs object with slots, and whatever JSON it carries is frozen all
the way down. Two things need code of their own:

* `frozen`: a frozen ``__init__`` of attrs is one ``object.__setattr__`` call a field, which is most of the cost of a
  step. `opened` builds the same object by filling a twin class that has the same slots and is not frozen, and then
  setting ``__class__``: a third of the time, and the result is an ordinary frozen attrs object.
* `FrozenDict`: user data must not change under a record that shares it. It stays a ``dict`` (reads at C speed, the json
  libraries take it as it is), without the methods that change one.
"""

import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from functools import cache
from math import isfinite
from operator import attrgetter
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NoReturn,
    Self,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
)

import attrs

T = TypeVar("T")
E = TypeVar("E")

Json: TypeAlias = Any
"""What JSON can carry: anything, until somebody has looked at it."""
JsonObject: TypeAlias = Mapping[str, Json]

MAX_DEPTH = 32
MAX_NODES = 100_000
MAX_BITS = 1024
MOST_SECONDS = 1e15
MAX_PATH = 4096


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def frozen(cls: type[T]) -> type[T]:
    """Make ``cls`` a frozen attrs class with slots and nothing else, so that `opened` can build it."""
    return _with_methods(attrs.frozen(cls, init="__init__" not in cls.__dict__, **_OPTIONS))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field,))
def keyword_only(cls: type[T]) -> type[T]:
    """`frozen`, with arguments by keyword only: the order of a command's parameters means nothing."""
    return _with_methods(attrs.frozen(cls, kw_only=True, **_OPTIONS))


_OPTIONS: dict[str, Any] = {"slots": True, "weakref_slot": False, "eq": False, "repr": False}


def _with_methods(cls: type[T]) -> type[T]:
    """Equality, hash and repr as attrs defines them, but as closures.

    attrs compiles them anew for each class, which would be a third of the time that importing this library takes. The
    repr leaves out what can be given by keyword and is not.
    """
    fields = fields_of(cls)
    compared = attrgetter(*[field.name for field in fields if field.eq] or ["__class__"])
    hashed = attrgetter(*[f.name for f in fields if (f.eq if f.hash is None else f.hash)] or ["__class__"])
    printed = [field.name for field in fields if field.repr]
    unsaid = {field.name for field in fields if field.kw_only and field.default is None}

    def equal(self: T, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    def hash_of(self: T) -> int:
        return hash((self.__class__, hashed(self)))

    def text(self: T) -> str:
        given = [(name, getattr(self, name)) for name in printed]
        inside = ", ".join(
            [f"{name}={printed_as(value)}" for name, value in given if value is not None or name not in unsaid]
        )
        return f"{type(self).__name__}({inside})"

    for name, method in (("__eq__", equal), ("__hash__", hash_of), ("__repr__", text)):
        if name != "__repr__" or name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def printed_as(value: object) -> str:
    """The repr of ``value``; where Python cannot write it (too many digits, too deep, a repr that fails), `brief`."""
    try:
        return repr(value)
    except Exception:
        return f"<{brief(value)}>"


def brief(value: object) -> str:
    """A short text for ``value`` in a message, whatever it is and however large."""
    try:
        text = reprlib.repr(value)
    except Exception:
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def short(value: object) -> str:
    """A name as it is, cut where it is long; `brief` of anything else."""
    if not isinstance(value, str):
        return brief(value)
    return value if len(value) <= 60 else f"{value[:57]}..."


def expect(name: str, value: object, *kinds: Any) -> None:
    """Raises ValueError that names the argument unless its value is of one of these classes."""
    if not isinstance(value, kinds):
        words = " or ".join(_KINDS.get(kind) or a_(kind.__name__) for kind in kinds)
        raise ValueError(f"{name} must be {words}, not {brief(value)}")


_KINDS = {NoneType: "None", str: "a string", bytes: "bytes", Callable: "a function"}


def each_of(name: str, values: Iterable[T], *kinds: Any) -> Iterator[T]:
    """The values as they come. Raises ValueError that names the argument for what is not of one of these classes."""
    if not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a list, not {brief(values)}")
    for number, value in enumerate(values):
        if not isinstance(value, kinds):
            expect(f"{name}[{number}]", value, *kinds)
        yield value


def expect_number(name: str, value: object, least: int = 0) -> None:
    """Raises ValueError that names the argument unless its value is a whole number, so large at least."""
    if type(value) is not int or value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, not {brief(value)}")


def expect_seconds(name: str, value: object, least: float = -MOST_SECONDS) -> None:
    """Raises ValueError that names the argument unless its value is a number of seconds, so many at least."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= MOST_SECONDS:  # as of NaN
        more = f", {least:g} or more" if least > -MOST_SECONDS else ""
        raise ValueError(f"{name} must be a number of seconds{more}, not {brief(value)}")


def path_of(name: str, value: object) -> Path:
    """The path of a file. Raises ValueError that names the argument for what cannot be one."""
    if not isinstance(value, str | PathLike) or "\0" in str(value) or len(str(value)) > MAX_PATH:
        raise ValueError(f"{name} must be the path of a file, of at most {MAX_PATH:,} characters, not {brief(value)}")
    return Path(value)


def a_(noun: str) -> str:
    """The noun with its article: an email, a chat."""
    return f"an {noun}" if noun[:1] in "aeiouAEIO" else f"a {noun}"


def fields_of(cls: type) -> "tuple[attrs.Attribute[object], ...]":
    """The attrs fields of a class that `frozen` made."""
    fields: tuple[attrs.Attribute[object], ...] = attrs.fields(cast("type[attrs.AttrsInstance]", cls))
    return fields


def mistyped(value: object) -> str | None:
    """The first field of a value of ours that is not of the type that it is declared with; None if all are.

    Containers are not looked into.
    """
    names, values_of, kinds = _DECLARED[type(value)]
    values = values_of(value)
    if all(map(isinstance, values, kinds)):
        return None
    return next(name for name, each, kind in zip(names, values, kinds, strict=True) if not isinstance(each, kind))


_Fields: TypeAlias = tuple[list[str], Callable[[object], tuple[object, ...]], list[tuple[type, ...]]]


class _Declared(dict[type, _Fields]):
    """The fields of a class: their names, what reads them all, and the classes that each can be of."""

    def __missing__(self, cls: type) -> _Fields:
        fields = [field for field in fields_of(cls) if field.init]
        names = [field.name for field in fields]
        read = attrgetter(*names)
        values_of = read if len(names) > 1 else lambda value: (read(value),)
        found = self[cls] = names, values_of, [_classes(field.type) for field in fields]
        return found


_DECLARED = _Declared()


def _classes(kind: object) -> tuple[type, ...]:
    origin = get_origin(kind)
    if isinstance(kind, str):  # it names a class of another module
        return (tuple,) if kind.startswith("tuple[") else (object,)
    if origin is Literal:
        return tuple({type(each) for each in get_args(kind)})
    if kind is float:
        return float, int
    if origin in (Union, UnionType):
        return tuple(each for member in get_args(kind) for each in _classes(member))
    return (object,) if kind is Any else (cast(type, origin or kind),)


def changed(value: T, **changes: object) -> T:
    """A value like ``value``, with other values for the fields that are named."""
    return cast(T, attrs.evolve(cast(Any, value), **changes))


@cache
def twin(cls: type) -> Any:
    """A class with the slots of ``cls`` that is not frozen: fill an instance, then set its ``__class__`` to ``cls``.

    It is a subclass, so that its slots are those of ``cls`` and need not be compared when ``__class__`` is set.
    """
    unfrozen = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    return type("Open", (cls,), {"__slots__": (), **unfrozen})


def opened(cls: type[T]) -> type[T]:
    """A function with the parameters of ``cls``, none of them optional, that builds it without converters.

    It is typed as the class itself, so that calls of it are checked as calls of the constructor are.
    """
    return cast(type[T], _filling(cls, "make({})", "new = Open()", "return new"))


def filler(cls: type[T], *, optional: bool = False) -> Callable[..., None]:
    """A function for a custom ``__init__``: it fills the new object, its first argument, with the values.

    Where they are ``optional``, those that are not given are None.
    """
    names = [f"{field.name}{'=None' if optional else ''}" for field in fields_of(cls)]
    return _filling(cls, f"fill(new, {', '.join(names)})", "set_class(new, '__class__', Open)", "")


def copier(cls: type[T], event: type[E], /, **computed: str) -> Callable[[T, E], T]:
    """A function of an old ``cls`` and an event that builds the new one.

    A field that the event has too comes from the event, one in ``computed`` from its expression (of ``old`` and
    ``event``), the others from the old object.
    """
    given = {field.name: f"event.{field.name}" for field in fields_of(event)} | computed
    sources = {field.name: f"old.{field.name}" for field in fields_of(cls)}
    values = [given.get(name, source) for name, source in sources.items()]
    return _filling(cls, "copy(old, event)", "new = Open()", "return new", values)


_Made: TypeAlias = Callable[..., Any]


def _filling(cls: type, signature: str, first: str, last: str, values: list[str] | None = None) -> "_Made":
    names = [field.name for field in fields_of(cls)]
    header = f"def {signature.format(', '.join(names))}:"
    fills = [f"new.{name} = {value}" for name, value in zip(names, values or names, strict=True)]
    scope: dict[str, object] = {"Open": twin(cls), "Frozen": cls, "EMPTY": EMPTY}
    scope["set_class"] = object.__setattr__
    exec("\n    ".join([header, first, *fills, "new.__class__ = Frozen", last]), scope)
    return cast(_Made, scope[signature.partition("(")[0]])


def _read_only(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(f"a {type(self).__name__} cannot be changed; build a new one")


class ReadOnlyDict(dict[str, Json]):
    """A ``dict`` without the methods that change one. Prints as a ``dict``."""

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = _read_only
    clear = pop = popitem = setdefault = update = _read_only

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[dict[str, object]]]:
        return type(self), (dict(self),)


class FrozenDict(ReadOnlyDict):
    """A JSON object that cannot be changed. What is one is trusted to be JSON all the way down: `freeze` makes it."""

    __slots__ = ()

    def merged(self, other: JsonObject, without: Iterable[str] = ()) -> "FrozenDict":
        """This object with the members of ``other`` over its own, and without those named."""
        new = {**self, **other}
        for key in without:
            new.pop(key, None)
        return FrozenDict(new)


EMPTY = FrozenDict()


class _UnfitError(Exception):
    """What was given is not JSON, or is absurdly deep or large."""


def freeze(value: Json) -> Json:
    """``value`` with objects as `FrozenDict` and arrays as tuples, all the way down.

    What is not JSON (other types, keys that are not strings, numbers that are not finite) or is deeper than `MAX_DEPTH`
    or larger than `MAX_NODES` (a number: `MAX_BITS`) comes back as it was given: constructors trust, and ``decide``
    refuses it.
    """
    if value.__class__ is FrozenDict or value is None:
        return value
    try:
        return _Freezer().freeze(value, MAX_DEPTH)
    except _UnfitError:
        return value


_PLAIN = frozenset({str, int, bool, type(None)})
_AS_IT_IS = frozenset({str, bool, type(None)})
_STRINGS = frozenset({str})


def _has_huge(values: Iterable[object]) -> bool:
    for value in values:  # noqa: SIM110 (a generator would cost twice as much)
        if value.__class__ is int and value.bit_length() > MAX_BITS:
            return True
    return False


class _Freezer:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_NODES

    def freeze(self, value: Json, depth: int) -> Json:
        if value.__class__ is dict:  # most of what comes is; it need not be asked whether it is something else
            return self._freeze_object(value, depth)
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            raise _UnfitError
        if value.__class__ in _PLAIN or isinstance(value, FrozenDict):
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float) and isfinite(value):
            return value
        if isinstance(value, Mapping):
            return self._freeze_object(value, depth)
        if not isinstance(value, list | tuple):
            raise _UnfitError
        self._enter(value, depth)
        return tuple([self.freeze(member, depth - 1) for member in value])

    def _freeze_object(self, value: JsonObject, depth: int) -> FrozenDict:
        self._enter(value, depth)
        if not (_STRINGS.issuperset(map(type, value)) or all(isinstance(key, str) for key in value)):
            raise _UnfitError
        if _PLAIN.issuperset(map(type, value.values())) and not _has_huge(value.values()):
            return FrozenDict(value)
        return FrozenDict({k: v if v.__class__ in _AS_IT_IS else self.freeze(v, depth - 1) for k, v in value.items()})

    def _enter(self, value: Sized, depth: int) -> None:
        self.left -= len(value)
        if not depth or self.left < 0:
            raise _UnfitError
