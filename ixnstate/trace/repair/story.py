"""What a recording says of some interactions, gathered in a second pass: the stories in which findings are repaired.

The first pass keeps no lines. So a clean recording pays nothing for repairs, and what is kept does not grow with the
length of a file, but with the number of interactions that have findings, up to a limit.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.numbered import MAX_LINE, NumberedLines
from ixnstate.recording.reading import Read, read_file, read_head, read_raw
from ixnstate.recording.records import Kind, Recorded, read_record
from ixnstate.trace.fast.columns import teller
from ixnstate.trace.findings import Finding
from ixnstate.trace.judge import Judge
from ixnstate.trace.repair.trial import Known, known_of
from ixnstate.values import Json, changed

MAX_STORIES = 500
"""Of how many interactions the lines are kept."""
MAX_ENTRIES, MAX_FAULTS = 1_000, 8
"""How many lines of one interaction are kept, and how many of them may be at fault."""


@attrs.define(eq=False)
class StoryLine:
    """A line of a story, and the reply if it is a request."""

    recorded: Recorded
    name: str | None = None
    """The operation, or the state that is shown."""
    reply: Recorded | None = None
    is_refused: bool = False
    findings: list[Finding] = attrs.Factory(list)


@attrs.define(eq=False)
class Story:
    """The lines about one interaction, and how it stood before them."""

    interaction: str
    start: Known | None
    media: str = ""
    entries: list[StoryLine] = attrs.Factory(list)
    records: list[Recorded] = attrs.Factory(list)
    """All of its lines, replies too."""

    @property
    def is_manageable(self) -> bool:
        """Whether it is whole, and not so faulty that nobody would look for one repair of it all."""
        faults = sum(bool(entry.findings) for entry in self.entries)
        return bool(self.media) and 0 < faults <= MAX_FAULTS and len(self.entries) < MAX_ENTRIES

    @property
    def agents(self) -> tuple[str, ...]:
        """Who is named, in the order of appearance."""
        return tuple(dict.fromkeys(each.recorded.agent for each in self.entries if each.recorded.agent))


def stories(
    lines: Iterable[Line | Unreadable], findings: Iterable[Finding], judge: Judge, *, strict: bool = False
) -> list[Story]:
    """The stories of the interactions with findings; ``judge`` stands as the one that found them stood at first."""
    gathering = _Gathering(judge, findings)
    for line in lines:
        is_unreadable = any(isinstance(each, Unreadable) for each in judge.take(line))
        if is_unreadable and strict:
            break
        if isinstance(line, Line):
            gathering.add(line)
    return [story for story in gathering.stories.values() if story.is_manageable]


class _Gathering:
    def __init__(self, judge: Judge, findings: Iterable[Finding]) -> None:
        self._judge = judge
        self._faults: dict[tuple[Any, str], list[Finding]] = {}
        self._asked: dict[int, StoryLine] = {}
        self.stories: dict[str, Story] = {}
        for finding in findings:
            name = finding.interaction
            if name is not None and (name in self.stories or len(self.stories) < MAX_STORIES):
                self.stories.setdefault(name, Story(name, known_of(judge, name)))
                self._faults.setdefault((finding.place, finding.text), []).append(finding)

    def add(self, line: Line) -> None:
        """Put the line, which the judge has just taken, into the story to which it belongs."""
        taken, faults = self._judge.account.entry, self._faults.get((line.place, line.text), [])
        name = taken.interaction if taken else next((each.interaction for each in faults), None)
        story = self.stories.get(name or "")
        if story is None or len(story.entries) >= MAX_ENTRIES:
            return
        if taken is not None and taken.kind == "reply" and taken.request is not None:
            asked = self._asked.pop(id(taken.request.source.recorded), None)
            if asked is not None:
                asked.reply, asked.is_refused = taken.source.recorded, taken.refused
                story.records.append(asked.reply)
            return
        recorded = taken.source.recorded if taken else read_record(line)
        if recorded is None or recorded.kind is Kind.RESPONSE:
            return
        case = self._judge.cases.get(story.interaction)
        story.media = story.media or (case.belief.media if taken and case else "")
        entry = StoryLine(_light(recorded), taken.name if taken else None, findings=faults)
        story.entries.append(entry)
        story.records.append(entry.recorded)
        self._asked[id(recorded)] = entry


def _light(recorded: Recorded) -> Recorded:
    """The record as it is kept: of messages without user data, which decides nothing."""
    if recorded.kind is not Kind.NOTIFICATION:
        return recorded
    line = recorded.line
    return changed(recorded, line=Line(line.place, "", _without_user_data(line.value)), body=None)


def _without_user_data(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {key: {} if key == "userData" else _without_user_data(each) for key, each in value.items()}


# --- reading again --------------------------------------------------------------------------------------------------


def read_again(
    files: Iterable[str | Path], interactions: Iterable[str], *, longest: int = MAX_LINE
) -> list[Iterator[Line | Unreadable]]:
    """The lines of each file; of messages about other interactions that are told quickly, no more than the number.

    By the numbers the judge tells whether the recording has everything. Of a file that cannot be opened any more there
    are none.
    """
    wanted = frozenset(interactions)
    about = teller()

    def briefly(raw: bytes, place: Place) -> Line | None:
        told = about(raw)
        if told is None or told[0] in wanted:
            return None
        return Line(place, "", {"kind": Kind.META.value, "seq": told[1]})

    def shortened(line: Line | Unreadable) -> Line | Unreadable:
        """The same of a line that has been read, as those of a document are."""
        if not isinstance(line, Line):
            return line
        try:
            return briefly(json.dumps(line.value).encode(), line.place) or line
        except (RecursionError, ValueError):  # it can be read, but not written
            return line

    def reread(file: str | Path) -> Iterator[Line | Unreadable]:
        """Rows of tables are read past ``read``."""
        has_lines = False

        def read(numbered: NumberedLines, name: str) -> Iterator[Line | Unreadable]:
            nonlocal has_lines
            has_lines = True
            yield from map(shortened, read_head(numbered, name))
            for number, raw in numbered:
                line = briefly(raw, Place(name, number))
                yield from read_raw(raw, number, name) if line is None else (line,)

        for line in _read_again(file, read, longest):
            yield line if has_lines else shortened(line)

    return [reread(file) for file in files]


def _read_again(file: str | Path, read: Read, longest: int) -> Iterator[Line | Unreadable]:
    with suppress(OSError):
        yield from read_file(Path(file), read, longest=longest)
