"""Values that span lines, read in bounded memory: arrays, HAR and OCEL documents, objects one after the other.

A member of an array is read when its turn comes, and nothing is kept of it. So a document may be longer than memory; a
value that is longer than the limit is reported, and passed over.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from ixnstate.decoding import FINITE, MAX_DIGITS
from ixnstate.recording import ocel
from ixnstate.recording.compressed import DamageError
from ixnstate.recording.documents import MANY_DIGITS, HarDocument, OcelDocument, members_of, written
from ixnstate.recording.lines import Line, Place, Problems, Unreadable
from ixnstate.values import Json

_LENIENT = json.JSONDecoder(
    parse_constant=lambda _: None, parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else None
)
"""Reads the numbers that are none as null, as documents of others have them."""
_SHOWN = 200
_KEPT = 1 << 16
"""How much of a document that has been read is kept at most: what is wrong is shown with its line."""
_BLANK = re.compile(r"[ \t\r\n]*")
_SEPARATORS = re.compile(r"[ \t\r\n,]*")
_STRUCTURE = re.compile(r'["\[\]{}]')
_QUOTE = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_UNDECODED = re.compile("[\udc80-\udcff]")
_CUT = ("Unterminated string", "Invalid \\escape", "Invalid \\uXXXX escape")
_FIRST_KEY = r'\s*\{\s*"(?:log|(?:ocel:)?(?:events|objects|objectTypes|eventTypes)|ocel:(?:version|global-[a-z]+))"\s*:'
DOCUMENT = re.compile(_FIRST_KEY.encode())
"""How an object begins that may be a document with as many members as it likes."""
_DOCUMENT = re.compile(_FIRST_KEY)
_HINT = re.compile(r'"(?:log"\s*:\s*\{|(?:events|objects)"\s*:\s*\[)')
"""Says that an object may be a document, if that is one of its own keys."""
_SCALAR = re.compile(r"[^,\]}\s]*")


_NOT_READ_ON = "; the document is not read on"


class DocumentError(ValueError):
    """A document breaks off, or cannot be read on."""


class _TooLongError(ValueError):
    """A value has more than the limit."""


class _Text:
    """The text of a document, as much of it as is needed at once."""

    def __init__(self, pieces: Iterator[bytes], start: int, longest: int) -> None:
        self._pieces = pieces
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text = ""
        self._at = 0
        self._line, self._counted = start, 0
        self._longest = longest
        self._is_over = False
        self._before = 0
        """How much of the first line is not kept any more."""

    def _more(self, size: int = 0) -> bool:
        """Read on, by at least so many characters if there are as many. Whether there was anything."""
        if self._is_over:
            return False
        if self._at > _KEPT:
            self._count()
            kept = max(self._text.rfind("\n", 0, self._at) + 1, self._at - _SHOWN)
            self._before = self._column(kept) - 1
            self._text, self._at, self._counted = self._text[kept:], self._at - kept, self._at - kept
        parts, length = [self._text], 0
        while length <= size:
            try:
                piece = next(self._pieces, None)
            except DamageError as error:
                self._is_over = True
                raise DocumentError(f"{error}{_NOT_READ_ON}", None) from None
            text = self._decode(piece or b"", piece is None)
            parts.append(text)
            length += len(text)
            if piece is None:
                self._is_over = True
                break
        self._text = "".join(parts)
        return length > 0

    def _count(self) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at

    def begins_document(self) -> bool:
        """Whether a document begins here that may have as many members as it likes."""
        if len(self._text) - self._at < _KEPT:
            self._more(_KEPT)
        is_hinted = _HINT.search(self._text, self._at, self._at + _KEPT)
        return is_hinted is not None or _DOCUMENT.match(self._text, self._at) is not None

    def next(self, separators: re.Pattern[str] = _BLANK) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            found = separators.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _column(self, at: int) -> int:
        end = self._text.rfind("\n", 0, at)
        return at - end if end >= 0 else at + 1 + self._before

    def take(self, expected: str) -> None:
        """Go past a character. Raises `DocumentError` for another one."""
        if self.next() != expected:
            raise self.wrong(f"Expecting {expected!r} delimiter")
        self._at += 1

    def place(self, name: str) -> Place:
        """Where it stands now."""
        self._count()
        return Place(name, self._line)

    def wrong(self, problem: str, at: int | None = None) -> DocumentError:
        """What is wrong here."""
        self._at = self._at if at is None else at
        self._count()
        column = self._column(self._at)
        return DocumentError(f"not valid JSON at column {column}: {problem}{_NOT_READ_ON}", column)

    def shown(self) -> str:
        """The line in which it stands, or a part of it."""
        start = max(self._text.rfind("\n", 0, self._at) + 1, self._at - _SHOWN)
        return self._text[start : start + 2 * _SHOWN].split("\n")[0]

    def value(self, decoder: json.JSONDecoder) -> tuple[Json, str, int | None]:
        """The next value, its text, and the column where it begins; None for the column if it spans lines.

        Raises `DocumentError`; `_TooLongError`; ValueError or RecursionError for what is JSON and cannot be read.
        """
        self.next()
        while True:
            try:
                found, end = decoder.raw_decode(self._text, self._at)
                if end < len(self._text) or self._is_over:
                    break
            except json.JSONDecodeError as error:
                is_cut = error.pos + 16 > len(self._text) or error.msg.startswith(_CUT)
                if self._is_over or not is_cut:
                    raise self.wrong(error.msg, error.pos) from None
            if len(self._text) - self._at > self._longest:
                raise _TooLongError
            self._more(len(self._text) - self._at)
        if end - self._at > self._longest:
            raise _TooLongError
        text = self._text[self._at : end]
        column = None if "\n" in text else self._column(self._at)
        self._at = end
        return found, text, column

    def skip(self) -> None:
        """Go past the next value, however long it is. Raises `DocumentError`."""
        if self.next() not in ("[", "{", '"'):
            self._skip_scalar()
            return
        depth = 0
        while True:
            found = _STRUCTURE.search(self._text, self._at)
            if found is None:
                self._at = len(self._text)
                if not self._more():
                    raise self.wrong("the document breaks off")
                depth = self._skip_level(depth)
                continue
            self._at = found.end()
            if found[0] == '"':
                self._skip_string()
            else:
                depth += 1 if found[0] in "[{" else -1
            if depth <= 0:
                return

    def _skip_level(self, depth: int) -> int:
        """Go past as much as surely does not end the value. The depth there."""
        rest = self._text[self._at :]
        if depth and len(rest) > _SHOWN:
            bare = _STRING.sub("", rest)
            quote = bare.find('"')
            if quote >= 0:  # a string is cut
                rest, bare = rest[: len(rest) - (len(bare) - quote)], bare[:quote]
            closing = bare.count("]") + bare.count("}")
            if closing < depth:
                self._at += len(rest)
                return depth + bare.count("[") + bare.count("{") - closing
        return depth

    def _skip_scalar(self) -> None:
        start = self._at
        while True:
            found = _SCALAR.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or not self._more():
                break
            start = -1
        if self._at == start:
            raise self.wrong("Expecting value")

    def _skip_string(self) -> None:
        while True:
            found = _QUOTE.match(self._text, self._at)
            if found:
                self._at = found.end()
                return
            end = len(self._text)
            backslashes = end - self._at - len(self._text[self._at :].rstrip("\\"))
            self._at = end - backslashes % 2
            if not self._more(1):
                raise self.wrong("Unterminated string")

    def pairs(self) -> Iterator[str]:
        """The keys of the object that begins here, each when its value comes next."""
        self.take("{")
        while self.next(_SEPARATORS) != "}":
            key, _, _ = self.value(_LENIENT)
            if not isinstance(key, str):
                raise self.wrong("Expecting property name enclosed in double quotes")
            self.take(":")
            self.next()
            yield key
        self.take("}")

    def members(self) -> Iterator[None]:
        """One for each member of the array that begins here, when it comes next."""
        self.take("[")
        while self.next(_SEPARATORS) != "]":
            yield None
        self.take("]")


def read_document(pieces: Iterator[bytes], name: str, start: int, longest: int) -> Iterator[Line | Unreadable]:
    """The values of a document, which begins in this line; and where it breaks off, a line that says so."""
    text = _Text(pieces, start, longest)
    try:
        while opening := text.next():
            if opening == "[":
                for _ in text.members():
                    member = _value(text, name, FINITE)
                    is_list = isinstance(member, Line) and isinstance(member.value, list)
                    yield from (member,) if is_list else members_of(member)
            elif opening == "{" and text.begins_document():
                document = _Document(text, name)
                try:
                    document.read()
                except DocumentError:
                    yield from document.lines()
                    raise
                yield from document.lines()
            else:
                yield from members_of(_value(text, name, FINITE))
    except DocumentError as error:
        problem, column = error.args
        yield Unreadable(text.place(name), text.shown(), problem, column)


def is_broken(found: Line | Unreadable | None) -> bool:
    """Whether a document breaks off there."""
    return isinstance(found, Unreadable) and found.problem.endswith(_NOT_READ_ON)


def _value(text: _Text, name: str, decoder: json.JSONDecoder) -> Line | Unreadable:
    """The next value. Raises `DocumentError`."""
    text.next()
    place, shown = text.place(name), text.shown()
    try:
        value, raw, column = text.value(decoder)
    except DocumentError:
        raise
    except _TooLongError:
        problem = "the value is too long to be read"
    except RecursionError:
        problem = "the JSON is nested too deeply"
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error}"
    except ValueError:  # all else that Python cannot read
        problem = MANY_DIGITS
    else:
        undecoded = _UNDECODED.search(raw) if decoder is FINITE else None
        if undecoded is not None:
            before = len(raw[: undecoded.start()].encode("utf-8", "surrogateescape"))
            problem = f"not UTF-8 at byte {column + before}" if column else "not UTF-8"
            column = column and column + undecoded.start()
            return Unreadable(place, _UNDECODED.sub("\ufffd", shown), problem, column)
        return Line(place, raw if column else " ".join(raw.split()), value, column)
    text.skip()
    return Unreadable(place, _UNDECODED.sub("\ufffd", shown), problem)


class _Document:
    """An object of which the members of some array are records: a HAR file, or an OCEL document."""

    def __init__(self, text: _Text, name: str) -> None:
        self._text = text
        self._name = name
        self._place = text.place(name)
        self._session: HarDocument | None = None
        self._log: OcelDocument | None = None
        self._others: dict[str, Any] = {}
        self._problems = Problems()

    def read(self) -> None:
        """Take its parts, one after the other."""
        for key in self._text.pairs():
            opening = self._text.next()
            if key == "log" and opening == "{":
                self._read_log()
            elif key == ocel.EVENTS and opening == "[":
                self._log = self._log or OcelDocument()
                self._log.begin()
                self._add_all(self._log)
            elif key == "objects" and opening == "[":
                self._log = self._log or OcelDocument()
                for _ in self._text.members():
                    found = _value(self._text, self._name, _LENIENT)
                    self._log.add_object(found.value if isinstance(found, Line) else None)
            else:
                if key in ("events", "objects"):
                    self._wrong(f"{key}: {ocel.NO_LIST}")
                elif key.startswith("ocel:") and not [*self._problems]:
                    self._wrong(ocel.OLD)
                if self._is_document:
                    self._text.skip()
                else:
                    found = _value(self._text, self._name, FINITE)
                    self._others[key] = found.value if isinstance(found, Line) else None

    def _read_log(self) -> None:
        kept: dict[str, Any] = {}
        for key in self._text.pairs():
            if key == "entries" and self._text.next() == "[":
                self._session = HarDocument(self._name)
                self._add_all(self._session)
            elif self._session is None and self._text.next() not in ("[", "{"):
                found = _value(self._text, self._name, FINITE)
                kept[key] = found.value if isinstance(found, Line) else None
            else:
                self._text.skip()
        if self._session is None:
            self._others["log"] = kept

    @property
    def _is_document(self) -> bool:
        return self._session is not None or self._log is not None or bool([*self._problems])

    def _add_all(self, to: HarDocument | OcelDocument) -> None:
        for _ in self._text.members():
            to.add(_value(self._text, self._name, _LENIENT))

    def _wrong(self, problem: str) -> None:
        self._problems.add(Unreadable(self._place, self._text.shown(), problem))

    def lines(self) -> Iterator[Line | Unreadable]:
        """The records, and what is wrong."""
        if not self._is_document:
            yield from members_of(Line(self._place, written(self._others), self._others, None))
        for part in (self._session, self._log):
            if part is not None:
                yield from part.lines()
        yield from self._problems
