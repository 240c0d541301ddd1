"""Lines of a file, some at a time, decoded by *msgspec* no further than judging needs.

User data is ignored, as far as it is JSON. Decoding knows nothing of judging: `Fields` go from one to the other, so
they can come from another process.
"""

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import accumulate
from types import NoneType, UnionType
from typing import Annotated, Any, BinaryIO, Union, cast, get_args, get_origin, get_type_hints

import attrs

from ixnstate.gws import Resource
from ixnstate.gws.pages import RESOURCES, SPELLINGS
from ixnstate.gws.structuring import wire_names
from ixnstate.recording.reading import Numbered, gathered
from ixnstate.recording.times import FIRST_YEAR, LAST_YEAR
from ixnstate.values import FrozenDict

try:
    import msgspec
except ImportError:
    msgspec = None  # type: ignore[assignment]


class CrewError(Exception):
    """A process that decodes has failed, or a file is not the one that was opened: the rest is not judged."""


# --- lines ----------------------------------------------------------------------------------------------------------

ByIndex = Callable[[int], bytes]
"""Gives one of some lines as it stands in the file, from 0."""

ReadAt = Callable[[int, int], bytes]
"""Gives the bytes of a file from somewhere on, so many."""

SHOWN = 200
"""How many characters of a line are shown long after it was read."""


@attrs.define(eq=False)
class Lines:
    """Lines that follow one another in a file."""

    name: str
    first: int
    """The number of the first one, from 1."""
    line: ByIndex
    """Gives each of them while they are judged."""
    again: ByIndex | None = None
    """Does so as long as the file is open; None if it could only be read once."""

    def kept(self, index: int) -> "Lines":
        """What gives this line later, or what is shown of it: these, or it alone."""
        if self.again is not None:
            return self
        kept = head(self.line(index))
        return Lines(self.name, self.first, lambda _: kept)

    def close(self) -> None:
        """They have been judged."""
        if self.again is not None:
            self.line = self.again


def head(raw: bytes) -> bytes:
    """As much of a line as is shown later."""
    found = raw[:SHOWN]
    return found if found.isascii() else raw[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN].encode()


def lines_again(read: ReadAt, starts: Sequence[int]) -> ByIndex:
    """What gives lines of a file that begin there, and end where the next one does."""
    return lambda index: read(starts[index], starts[index + 1] - starts[index])


# --- fields ---------------------------------------------------------------------------------------------------------

AT_ONCE = 50
"""How many lines are decoded at once: few enough to stay in the cache of the processor until they are judged."""

BYTES_AT_ONCE = 1 << 18
"""The same in bytes."""

LARGE = 1 << 26
"""From how many bytes on a file is read again where a line of it is shown, and not kept in memory."""

Decode = Callable[[bytes], Any]
Time = float | int | str | None


@attrs.define
class Fields:
    """What judging needs of lines: a column for each field. The interaction is None where the judge must read a line.

    ``keys`` are `Key` objects, or numbers that stand for them.
    """

    interactions: list[Any] = attrs.Factory(list)
    keys: list[Any] = attrs.Factory(list)
    times: list[Time] = attrs.Factory(list)
    numbers: list[int | None] = attrs.Factory(list)
    """The ``seq`` of records."""

    def add(self, raws: Iterable[bytes], decode: Decode, keys: Mapping[tuple[object, ...], object]) -> None:
        """Decode these lines; ``keys`` says what stands for the fields of a key."""
        interactions, kept = self.interactions.append, self.keys.append
        times, numbers = self.times.append, self.numbers.append
        for line in decoded(raws, decode):
            if line is not None:
                kind, ts, message = line.kind, line.ts, line
                if line.messageType is None:
                    message = line.data or (line.body if kind == "notification" else None) or line
                media = message.messageType
                resource = getattr(message, KEYS.get(media, "nothing"))
                if (
                    resource is not None and resource.id is not None
                    and (kind is None or kind == "notification")
                    and message.interaction is None and message.messageTypeName is None
                    and (ts.__class__ is float or is_time(ts))
                ):  # fmt: skip
                    key = media, resource.state, bytes(resource.capabilities), line.agent, message.notificationType
                    interactions(resource.id)
                    kept(keys[key])
                    times(ts)
                    numbers(None if kind is None else line.seq)
                    continue
            interactions(None)
            kept(None)
            times(None)
            numbers(None)


def decoded(raws: Iterable[bytes], decode: Decode) -> list[Any]:
    """The lines; None for what cannot be decoded."""
    raws = list(raws)
    try:
        if not all(map(bytes.isascii, raws)):
            b"".join(raws).decode()
        return list(map(decode, raws))
    except (RecursionError, ValueError):
        return [_decoded_line(raw, decode) for raw in raws]


def _decoded_line(raw: bytes, decode: Decode) -> object:
    try:
        raw.decode()
        return decode(raw)
    except (RecursionError, ValueError):
        return None


# --- batches --------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Batch:
    """Lines, decoded."""

    fields: Fields
    lines: Lines


def of_stream(
    numbered: Numbered, name: str, decode: Decode, keys: Mapping[tuple[object, ...], object]
) -> Iterator[Batch]:
    """Lines that can be read only once."""
    for lines in gathered(numbered, AT_ONCE):
        fields, raws = Fields(), [raw for _, raw in lines]
        fields.add(raws, decode, keys)
        yield Batch(fields, Lines(name, lines[0][0], raws.__getitem__))


def of_file(
    file: BinaryIO, name: str, number: int, decode: Decode, keys: Mapping[tuple[object, ...], Any]
) -> Iterator[Batch]:
    """The rest of a file; ``number`` is that of the next line."""
    read, at = reader(file), file.tell()
    while raws := file.readlines(BYTES_AT_ONCE):
        fields, starts = Fields(), array("Q", accumulate(map(len, raws), initial=at))
        fields.add(raws, decode, keys)
        yield Batch(fields, Lines(name, number, raws.__getitem__, lines_again(read, starts)))
        number, at = number + len(raws), starts[-1]


def is_large(file: BinaryIO) -> bool:
    """Whether it is."""
    return os.fstat(file.fileno()).st_size >= LARGE


def reader(file: BinaryIO) -> ReadAt:
    """What reads a file anywhere, without disturbing who reads it on."""
    raw = cast(Any, file).raw

    def read(at: int, size: int) -> bytes:
        before = raw.tell()
        raw.seek(at)
        found: bytes = raw.read(size)
        raw.seek(before)
        return found

    return read


# --- decoding -------------------------------------------------------------------------------------------------------


def decoder() -> Decode | None:
    """What decodes a line as far as judging needs it. None where msgspec is not installed.

    It raises ValueError, or RecursionError.
    """
    return None if msgspec is None else msgspec.json.Decoder(_line_type()).decode


@cache
def _line_type() -> Any:
    """The fields of a line: a type that takes a millisecond to make, and decodes all files."""
    message = _message_fields()
    body = msgspec.defstruct("Message", message, gc=False)
    name = Annotated[str, msgspec.Meta(min_length=1, max_length=512)] | None
    line: list[Any] = [
        *message,
        ("data", body | None, None),
        ("body", body | None, None),
        ("kind", str | None, None),
        ("agent", name, None),
        ("seq", Annotated[int, msgspec.Meta(ge=1 - (1 << 63), le=(1 << 63) - 1)] | None, None),
        ("ts", Annotated[float, msgspec.Meta(gt=-1e15, lt=1e15)] | int | str | None, None),
        ("partial", None, None),
    ]
    return msgspec.defstruct("Line", line, gc=False)


def teller() -> Callable[[bytes], tuple[str, int | None] | None]:
    """What says which interaction a line is a message about, and the number of the line.

    None for any other line, or if it would take longer.
    """
    decode = decoder()
    if decode is None:
        return lambda raw: None

    def about(raw: bytes) -> tuple[str, int | None] | None:
        try:
            line = decode(raw)
        except (RecursionError, ValueError):
            return None
        message = line
        if line.messageType is None:
            message = line.data or (line.body if line.kind == "notification" else None) or line
        resource = getattr(message, KEYS.get(message.messageType, "nothing"))
        is_told = line.kind in (None, "notification") and message.interaction is None
        if resource is None or resource.id is None or not is_told or message.messageTypeName is not None:
            return None
        return resource.id, line.seq

    return about


def _message_fields() -> list[Any]:
    """The fields of a message about an interaction, and those by which another message is told."""
    resource = struct_of(Resource)
    others = ("messageTypeName", "interaction")
    return [
        ("messageType", str | None, None),
        ("notificationType", str | None, None),
        ("referenceId", int | None, None),
        *[(key, resource | None, None) for key in RESOURCES],
        *[(key, msgspec.Raw | None, None) for key in others],
        ("nothing", None, None),
    ]


def struct_of(cls: type) -> Any:
    """A struct with the fields of a part of messages, of which unknown keys are ignored."""
    hints, renamed = get_type_hints(cls), wire_names(cls)
    fields: list[Any] = [(name, _typed(hint), None) for name, hint in hints.items()]
    if "capabilities" in hints:  # as they are written: they are read when they are first met
        fields = [each for each in fields if each[0] != "capabilities"]
        fields.append(("capabilities", msgspec.Raw, msgspec.Raw(b"")))
    return msgspec.defstruct(cls.__name__, fields, rename=renamed, gc=False)


def _typed(hint: Any) -> Any:
    """The type that msgspec checks for what a field takes."""
    if get_origin(hint) in (Union, UnionType):
        kinds = {_typed(each) for each in get_args(hint)}
        return Union[tuple(kinds)]  # noqa: UP007 (of types that are known only now)
    if get_origin(hint) is tuple:
        return tuple[_typed(get_args(hint)[0]), ...]  # type: ignore[misc]
    if hint is FrozenDict:
        return msgspec.defstruct("Object", [], gc=False)
    if isinstance(hint, type) and issubclass(hint, str):
        return str
    return struct_of(hint) if attrs.has(hint) else hint if hint is not NoneType else None


KEYS = {spelling.message_type: spelling.key for spelling in SPELLINGS.values()}
"""The key of the interaction, by the type of the message."""


def is_time(said: Any) -> bool:
    """Whether a record may have this time; other times are the judge's to name."""
    if said.__class__ is str:
        try:
            return FIRST_YEAR <= datetime.fromisoformat(said).year <= LAST_YEAR
        except ValueError:
            return False
    return said is None or abs(said) < 1e15
