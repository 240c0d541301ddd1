"""Which choices of `Profile` a recorded system has made.

Each field is tried by itself, with the others as they fit best so far, until no other choice fits better: the
documents' contradictions are independent of each other but for the two options of pulling chats, which are both on or
as good as off. How well a profile fits is told by four numbers, the first that differs decides:

1. the findings of the judge under it;
2. those of them that are about more than a list of capabilities (IXN203), which says nothing of what happened;
3. the requests that were refused and that it allows: a feature that is off shows in nothing else;
4. what only other choices would have written: a list of capabilities, a message, a status code.

A choice that changes nothing for the media in the recording needs no judge. The last number is counted in one reading,
for a judge takes every documented list and spelling for legal.
"""

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from ixnstate.definition import Definition
from ixnstate.gws.pages import GENERIC_VERSIONS, INTERACTIONS_TOPIC, spelling_of
from ixnstate.profile import Profile
from ixnstate.recording.lines import Line, Place, Unread, Unreadable
from ixnstate.recording.numbered import MAX_LINE
from ixnstate.recording.ordering import agent_of, order_of
from ixnstate.table import GWS
from ixnstate.trace import Finding, Judge, Seen, open_lines
from ixnstate.values import JsonObject, fields_of, frozen

FIELDS = {field.name: field.metadata["choices"] for field in fields_of(Profile)}
"""The fields of a profile, with their choices."""
Value = str | bool


def alternatives(definition: Definition) -> Iterator[tuple[str, Definition]]:
    """The definition with one choice of its profile made otherwise, each in turn."""
    for name, choices in FIELDS.items():
        for choice in choices:
            if choice != getattr(definition.profile, name):
                yield f"{name}={choice!r}", definition.with_profile(**{name: choice})


@frozen
class Choice:
    """How well one choice of a field fits, with the other fields as they fit best."""

    value: Value
    findings: int
    illegal: int
    """Those of the findings that are about more than a list of capabilities."""
    refused: int
    """Requests that were refused, and that it allows."""
    foreign: int
    """What was recorded that only other choices would have written."""
    against: str | None = None
    """What speaks against it first: where, and what."""

    @property
    def score(self) -> tuple[int, int, int, int]:
        """The smaller, the better it fits."""
        return self.findings, self.illegal, self.refused, self.foreign


@frozen
class FittedField:
    """What became of a field: its choices, the best first."""

    name: str
    choices: tuple[Choice, ...]

    @property
    def value(self) -> Value:
        """The choice that fits best."""
        return self.choices[0].value

    @property
    def open(self) -> tuple[Value, ...]:
        """The choices that fit equally well; () if the recording decides the field."""
        best = tuple(choice.value for choice in self.choices if choice.score == self.choices[0].score)
        return best if len(best) > 1 else ()


@frozen
class Fit:
    """The profile that fits a recording best."""

    profile: Profile
    fields: tuple[FittedField, ...]
    findings: int
    """How many findings are left under it."""
    passes: int
    """How often the recording was judged."""
    is_empty: bool = False
    """Whether no line is about an interaction."""
    unread: Unread = attrs.field(factory=Unread, eq=False)
    """How many lines could not be read, and the first of them; nothing is known of what they said."""

    def to_toml(self) -> str:
        """The table ``tool.ixnstate.profile`` for the settings; fields that stayed open are commented out."""
        rows = (
            f"{'# ' if field.open else ''}{field.name} = {json.dumps(field.value)}"
            + (f"  # open: {' or '.join(map(json.dumps, field.open))}" if field.open else "")
            for field in self.fields
        )
        return "\n".join(("[tool.ixnstate.profile]", *rows)) + "\n"


def fit(
    *files: str | Path,
    definition: Definition = GWS,
    agent: str | None = None,
    unsorted: bool = False,
    max_line: int = MAX_LINE,
) -> Fit:
    """Which profile the system speaks that was recorded in these files, beginning with that of ``definition``.

    The arguments mean what they do for `ixnstate.trace.validate`. The files are read several times: raises ValueError
    for what can be read once only, such as standard input or a named pipe, and OSError for a file that cannot be read.
    """
    for file in map(str, files):
        if file == "-" or Path(file).is_fifo():
            name = "standard input" if file == "-" else file
            raise ValueError(f"{name} can be read once only, and the files are read several times: name a regular file")
    named = agent or agent_of(files, longest=max_line)
    order = order_of(files, unsorted=unsorted, longest=max_line)

    def read() -> Iterator[Line | Unreadable]:
        return order(open_lines(file, longest=max_line) for file in files)

    return _Fitting(read, definition, named).fit()


# --- one profile ----------------------------------------------------------------------------------------------------


@attrs.define
class _Trial:
    """What judging under one profile has shown."""

    findings: list[tuple[Place, str]] = attrs.field(factory=list)
    refused: list[tuple[Place, str]] = attrs.field(factory=list)


class _Fitting:
    """Fits one recording. Trials and what was seen in the first of them are kept."""

    def __init__(self, read: Callable[[], Iterator[Line | Unreadable]], definition: Definition, agent: str) -> None:
        self._read, self._agent = read, agent
        self._definition = definition
        self._trials: dict[Hashable, _Trial] = {}
        self._media: set[str] = set()
        self._clues = _Clues(definition)
        self._unread = Unread()

    def fit(self) -> Fit:
        """The profile that fits best."""
        best = self._definition
        trial = self._judged(best, self._clues)
        self._trials[self._key(best)] = trial
        is_settled = False
        while not is_settled:
            is_settled = True
            for name in FIELDS:
                choices = self._choices(best, name)
                if choices[0].value != getattr(best.profile, name):
                    best, is_settled = best.with_profile(**{name: choices[0].value}), False
        fields = tuple(FittedField(name, self._choices(best, name)) for name in FIELDS)
        findings, passes = len(self._trial(best).findings), len(self._trials)
        return Fit(best.profile, fields, findings, passes, not self._media, self._unread)

    def _choices(self, best: Definition, name: str) -> tuple[Choice, ...]:
        """The choices of a field, the best first; of equal ones that which is chosen now."""
        now = getattr(best.profile, name)
        values = sorted(FIELDS[name], key=lambda value: value != now)
        trials = {value: self._trial(best.with_profile(**{name: value})) for value in values}
        choices = [self._choice(name, value, trials) for value in values]
        return tuple(sorted(choices, key=lambda choice: choice.score))

    def _choice(self, name: str, value: Value, trials: Mapping[Value, _Trial]) -> Choice:
        trial, foreign = trials[value], self._clues.against(name, value)
        others = [trials[other] for other in trials if other != value]
        against = (
            _first_of(trial.findings, [other.findings for other in others])
            or _first_of(trial.refused, [other.refused for other in others])
            or (foreign[0] if foreign else None)
        )
        said = f"{against[0]}: {against[1]}" if against else None
        illegal = sum(not what.startswith(_OF_LISTS) for _, what in trial.findings)
        return Choice(value, len(trial.findings), illegal, len(trial.refused), len(foreign), said)

    def _trial(self, definition: Definition) -> _Trial:
        """What judging under the definition shows: judged only if it differs for the media in the recording."""
        key = self._key(definition)
        if key not in self._trials:
            self._trials[key] = self._judged(definition)
        return self._trials[key]

    def _key(self, definition: Definition) -> Hashable:
        """What of a definition judging depends on: in the oldest versions messages do not name their request."""
        is_old = definition.profile.api_version in GENERIC_VERSIONS
        return is_old, *(
            (
                definition.edges(name),
                tuple(row for row in definition.medium(name).shown if row.holds_under(definition.profile)),
            )
            for name in sorted(self._media)
        )

    def _judged(self, definition: Definition, clues: "_Clues | None" = None) -> _Trial:
        trial, judge = _Trial(), Judge(definition, agent=self._agent)
        lines = self._read() if clues is None else clues.read(self._read())
        for line in lines:
            found = judge.take(line)
            seen = judge.seen
            readable = found if clues is None else self._unread.passed(found)
            trial.findings += _said(readable)
            if seen is not None:
                self._media.add(seen.media)
                if clues is not None:
                    clues.see(seen)
                if seen.kind == "reply" and seen.refused and seen.refusal is None:
                    trial.refused.append((seen.place, f"{_operation(seen)} is refused"))
        trial.findings += _said(judge.finish())
        return trial


_OF_LISTS = "IXN203:"
"""How a finding about a list of capabilities begins."""


def _operation(seen: Seen) -> str:
    """The operation that a reply answers."""
    body = seen.answers.body if seen.answers else None
    name = body.get("operationName") if isinstance(body, Mapping) else None
    return name if isinstance(name, str) else "a request"


def _said(found: Any) -> Iterator[tuple[Place, str]]:
    return ((each.place, f"{each.code}: {each.what}") for each in found if isinstance(each, Finding))


def _first_of(own: Sequence[tuple[Place, str]], others: Sequence[Sequence[tuple[Place, str]]]) -> Any:
    """The first that some other choice does not have; None if there is none."""
    for other in others:
        there = set(other)
        if (first := next((each for each in own if each not in there), None)) is not None:
            return first
    return None


# --- what is written ------------------------------------------------------------------------------------------------


class _Clues:
    """What only some choices would have written: for each of them, what was seen that speaks against it."""

    def __init__(self, definition: Definition) -> None:
        self._against: dict[tuple[str, Value], list[tuple[Place, str]]] = {}
        self._lists = _lists(definition)
        media = [medium for medium in definition.media.values() if medium.name == "twitter"]
        self._spellings = {
            spelling_of(medium, tweet=value == "tweet").message_type: ("twitter", value)
            for medium in media
            for value in FIELDS["twitter"]
        }

    def against(self, name: str, value: Value) -> list[tuple[Place, str]]:
        """Where something was written that this choice does not write, and what."""
        return self._against.get((name, value), [])

    def _only(self, name: str, values: Sequence[Value], place: Place, what: str) -> None:
        for value in FIELDS[name]:
            if value not in values:
                self._against.setdefault((name, value), []).append((place, what))

    def read(self, lines: Iterator[Line | Unreadable]) -> Iterator[Line | Unreadable]:
        """The lines, looked at on their way."""
        for line in lines:
            if isinstance(line, Line) and isinstance(line.value, Mapping):
                self._look(line.value, line.place)
            yield line

    def _look(self, value: JsonObject, place: Place) -> None:
        body = next((value[key] for key in ("body", "data") if isinstance(value.get(key), Mapping)), value)
        kind = body.get("messageType")
        if isinstance(kind, str):
            self._only("api_version", _LATER, place, f"a message has a messageType, {kind}")
            if kind in self._spellings:
                name, spelled = self._spellings[kind]
                self._only(name, (spelled,), place, f"a message is a {kind}")
        elif value.get("channel") == INTERACTIONS_TOPIC and isinstance(body.get("interaction"), Mapping):
            self._only("api_version", ("8.5.1",), place, "a message is an object in an object, without a messageType")
        elif value.get("channel") == INTERACTIONS_TOPIC and "state" in body:
            self._only("api_version", ("8.5.0",), place, "a message is a bare interaction, without a messageType")
        if value.get("kind") == "response" and body.get("statusCode") == _INVALID:
            self._only("api_version", _LATER, place, f"a reply has statusCode {_INVALID}")

    def see(self, seen: Seen) -> None:
        """Take in which list of capabilities a line shows."""
        for name, value in self._lists.get((seen.media, seen.listed or ""), ()):
            self._only(name, (value,), seen.place, f"the list {seen.listed} is shown")


_LATER = tuple(version for version in FIELDS["api_version"] if version not in GENERIC_VERSIONS)
_INVALID = 10
"""The status code of an invalid parameter since 8.5.2; before, it was 1 (ReturnValues)."""


def _lists(definition: Definition) -> dict[tuple[str, str], list[tuple[str, Value]]]:
    """The lists of capabilities that are shown under one choice only, by medium and name, with that choice."""
    choices: dict[tuple[str, str], list[Any]] = {}
    for medium in definition.media.values():
        for row in medium.shown:
            choices.setdefault((medium.name, row.capabilities), []).append(row.only)
    return {key: list(several[0]) for key, several in choices.items() if several[0] and len({*several}) == 1}
