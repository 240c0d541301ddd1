"""Notifications alone, as columns: a line is decoded, looked up and counted.

As long as nobody has asked for anything, what a notification makes of an interaction depends on what is believed of it
and on a few fields of the message, which one `Key` stands for. It is worked out once, kept with the belief as a `Move`,
and counted. Whatever is not quite usual (a fault, a request, a reply) goes to the judge.
"""

from collections.abc import Callable, Generator, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

import attrs

from ixnstate.gws import MessageError
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.reading import Numbered, read_raw
from ixnstate.recording.records import UNNAMED, read_record
from ixnstate.recording.times import seconds
from ixnstate.trace.belief import Belief
from ixnstate.trace.facts import NotificationShape, message_of
from ixnstate.trace.fast import columns
from ixnstate.trace.fast.columns import Batch, Decode, Lines, Time, head
from ixnstate.trace.findings import Finding
from ixnstate.trace.judge import Judge
from ixnstate.trace.observation import NO_NUMBER, NOBODY_NAMED, Transition, who
from ixnstate.trace.rules import Moment
from ixnstate.trace.steps import TooDearError
from ixnstate.trace.temporal import Touch

if TYPE_CHECKING:
    from ixnstate.trace.fast.workers import Crew

try:
    from msgspec import Struct
except ImportError:

    class Struct:  # type: ignore[no-redef]
        """Stands for what *msgspec* has of that name, without which nothing is read quickly."""

        def __init_subclass__(cls, **_: bool) -> None:
            """Take its options."""


Found = Iterator[Finding | Unreadable]

MAX_KEYS = 200_000
"""How many combinations of fields are known; they are forgotten where there are too many."""


@attrs.define(eq=False)
class Key:
    """What of a notification decides the move. There is one object for each combination: it is found by identity."""

    message_type: str
    state: str | None
    capabilities: bytes
    """As they are written."""
    agent: str | None
    notification_type: str | None
    shape: NotificationShape | None = None
    """What the judge makes of such fields, once it has been asked."""
    is_known: bool = False
    """Whether it has been asked."""


class Keys(dict[tuple[Any, ...], Key]):
    """The keys, by their fields."""

    agent: str | None = None
    """Whose is what no line names."""

    def __missing__(self, fields: tuple[Any, ...]) -> Key:
        """Make one."""
        if len(self) >= MAX_KEYS:
            self.clear()
        key = self[fields] = Key(*fields)
        key.agent = key.agent or self.agent
        return key


@attrs.define(eq=False)
class Move:
    """A transition, and how often it was taken."""

    transition: Transition
    shape: NotificationShape
    touch: Touch
    count: int = 0


class Begun(Struct, eq=False, gc=False):
    """The line since which rules wait, in place of the moments that are made of it when something else comes of them.

    There may be one for each interaction: it is small, and no garbage collector looks at it.
    """

    move: Move
    key: Key
    time: Time
    seq: int | None
    lines: Lines
    index: int
    """Which of these lines it is."""

    @property
    def begins(self) -> tuple[int, ...]:
        """The rules that wait, by their numbers."""
        return self.move.touch.begins

    @property
    def agent(self) -> str | None:
        """Who was told."""
        return self.key.agent

    def moment(self, interaction: str) -> Moment:
        """The moment after the line."""
        record, place = self.move.transition.belief.record, Place(self.lines.name, self.lines.first + self.index)
        text = head(self.lines.line(self.index)).decode().rstrip("\r\n")
        return Moment(
            interaction, record.media, record.state, self.move.shape.state, None, self.key.agent, seconds(self.time),
            place, text, self.seq,
        )  # fmt: skip


class Columns:
    """Reads a file of notifications for a judge."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._keys = Keys()
        self._keys.agent = judge.viewpoint.default_agent
        self._moves: list[Move] = []
        self._quick: dict[Belief | None, dict[tuple[int, int], Move]] = {}

    def read(
        self,
        numbered: Numbered,
        name: str,
        decode: Decode,
        crew: "Crew | None",
        plain: BinaryIO | None,
        record: Callable[[list[tuple[int, bytes]]], Found],
    ) -> Generator[Finding | Unreadable, None, Numbered]:
        """The lines of a file up to the first request; the rest is given back.

        ``plain`` is the file, where it can be read anywhere; ``record`` judges lines that other processes have decoded
        in vain.
        """
        first = next(numbered, None)
        if first is None:
            return numbered
        number, keys = first[0], self._keys
        start = plain.tell() - len(first[1]) if plain else 0
        batches: Iterator[Batch]
        if plain and crew:
            batches = crew.of_file(plain, name, number, start, keys)
        elif plain and columns.is_large(plain):
            plain.seek(start)
            batches = columns.of_file(plain, name, number, decode, keys)
        elif crew:
            batches = crew.of_stream(chain([first], numbered), name, number, keys)
        else:
            batches = columns.of_stream(chain([first], numbered), name, decode, keys)
        is_file = plain is not None and crew is None and columns.is_large(plain)
        try:
            for batch in batches:
                if self._judge.requests.has_begun:
                    lines = batch.lines
                    yield from record([(lines.first + at, lines.line(at)) for at in range(len(batch.fields.keys))])
                    lines.close()
                    continue
                yield from self._take(batch)
                number = batch.lines.first + len(batch.fields.keys)
                if crew is None and self._judge.requests.has_begun:
                    return enumerate(plain, number) if is_file and plain else numbered
        finally:
            self._judge.temporal.settle()
            self._count()
        return iter(())

    def _take(self, batch: Batch) -> Found:  # noqa: PLR0915 (a function more costs a call for each line)
        """The usual notifications, here and now; the other lines as ever. Each step here costs a whole file dearly."""
        fields, lines, judge = batch.fields, batch.lines, self._judge
        cases, rules, viewpoint, quick = judge.cases, judge.temporal, judge.viewpoint, self._quick
        live, ended, waiting = cases.live, cases.ended, rules.pending
        start, epoch, latest, last = cases.start(), viewpoint.epoch, rules.latest, viewpoint.last
        index, taken, is_going_on = -1, 0, viewpoint.is_going_on
        cases.come_up(fields.interactions)
        belief: Belief | None
        roles: tuple[str, ...]
        for fetch in (hash, live.get):  # to find one costs memory's time, so here it is fetched for all of them at once
            list(map(fetch, fields.interactions))
        for interaction, key, ts, seq in zip(
            fields.interactions, fields.keys, fields.times, fields.numbers, strict=True
        ):
            index += 1
            move = None
            if (
                interaction is not None and (seq is None or seq != last) and not judge.requests.has_begun
                and (key.agent is None or key.agent == self._keys.agent or viewpoint.agent != UNNAMED)
                and (key.agent != UNNAMED or viewpoint.agent == UNNAMED)
            ):  # fmt: skip
                case = live.get(interaction) or ended.get(interaction)
                if case is None:
                    belief, roles = start, ()
                elif case.epoch != epoch:
                    belief, roles = None, ()
                else:
                    belief, roles = case.belief, case.roles
                agent = key.agent
                number = roles.index(agent) if agent in roles else -1
                moves = quick.get(belief)
                move = moves.get((key, number)) if moves is not None else None
                if move is None and belief is not None:
                    move = self._learn(belief, roles, key, number, lines.line(index), lines.first + index, lines.name)
            if move is None:
                rules.latest, viewpoint.last = latest, last
                if last is not None and index:
                    viewpoint.text = lines.line(index - 1)
                for line in read_raw(lines.line(index), lines.first + index, lines.name):
                    yield from judge.take(line)
                self._keys.agent = viewpoint.default_agent
                latest, last, epoch, start = rules.latest, viewpoint.last, viewpoint.epoch, cases.start()
                is_going_on = viewpoint.is_going_on
                continue
            taken += 1
            move.count += 1
            transition = move.transition
            if case is None:
                case = cases.move(interaction, None, transition, [agent] if agent is not None else [])
            else:
                after = transition.belief
                if transition.roles is not None:
                    names = roles if number >= 0 or agent is None else (*roles, agent)
                    roles = case.roles = tuple([names[each] for each in transition.roles])
                if after is not belief:
                    assert belief is not None
                    if after.has_ended is not belief.has_ended or after.is_over is not belief.is_over:
                        cases.set(interaction, case, after, roles)
                    else:
                        case.belief = after
                if transition.edge is not None:
                    case.edge = transition.edge
            if is_going_on:
                viewpoint.pass_seq(seq, lines.name)
                is_going_on = viewpoint.is_going_on
                if viewpoint.epoch != epoch:
                    epoch, start = viewpoint.epoch, cases.start()
            last = seq
            if ts is not None:
                latest = ts
            touch = move.touch
            if interaction not in waiting:
                if touch.is_idle:
                    continue
                if not touch.holds and not touch.breaks:
                    waiting[interaction] = Begun(move, key, ts, seq, lines.kept(index), index)
                    continue
            elif rules.meet(interaction, touch, agent, ts):
                continue
            yield from self._follow(move, lines, index)
        rules.latest, viewpoint.last = latest, last
        if last is not None and index >= 0:
            viewpoint.text = lines.line(index)
        judge.account.notifications += taken
        lines.close()

    def _follow(self, move: Move, lines: Lines, index: int) -> Found:
        """The rules over time, of a line that they must be shown."""
        (line,) = read_raw(lines.line(index), lines.first + index, lines.name)
        recorded = read_record(line) if isinstance(line, Line) else None
        assert recorded is not None, "it has been read"
        recorded = self._judge.viewpoint.named(recorded)
        notified = self._judge.knowledge.shapes.notified(recorded, message_of(recorded))
        assert notified is not None, "it is about an interaction"
        yield from self._judge.pass_moment(notified, move.transition.belief.record, move.touch, move.shape.state)

    def _learn(
        self, belief: Belief, roles: tuple[str, ...], key: Key, number: int, raw: bytes, line: int, name: str
    ) -> Move | None:
        """What a line makes of a belief; None if the judge must take it."""
        judge = self._judge
        if not key.is_known:
            key.is_known = True
            key.shape = self._shape(raw, line, name)
            judge.requests.of(key.agent).is_told = judge.requests.has_messages = True
        shape = key.shape
        if (
            shape is None
            or not shape.is_possible
            or shape.is_misprinted
            or (belief.candidates and belief.media != shape.media)
        ):
            return None
        agent = who(key.agent, list(roles), len(roles), asks=judge.viewpoint.asks(key.agent))
        try:
            transition = judge.knowledge.observer.notified(belief, shape, agent, NO_NUMBER, NOBODY_NAMED, len(roles))
        except TooDearError:
            return None
        if transition is None:
            return None
        record = transition.belief.record
        touch = judge.temporal.touch(record.media, record.state, shape.state, None, key.agent)
        move = Move(transition, shape, touch)
        self._quick.setdefault(belief, {})[key, number] = move  # type: ignore[index]
        self._moves.append(move)
        return move

    def _shape(self, raw: bytes, number: int, name: str) -> NotificationShape | None:
        lines = list(read_raw(raw, number, name))
        try:
            recorded = read_record(lines[0]) if len(lines) == 1 and isinstance(lines[0], Line) else None
            notified = (
                None if recorded is None else self._judge.knowledge.shapes.notified(recorded, message_of(recorded))
            )
        except MessageError:
            return None
        return None if notified is None or recorded.value.get("partial") else notified.shape  # type: ignore[union-attr]

    def _count(self) -> None:
        """Count what the moves have counted."""
        account = self._judge.account
        for move in self._moves:
            account.gaps += move.transition.gaps * move.count
            account.repeats += move.transition.repeats * move.count
            if move.shape.listed is not None and move.count:
                account.list(move.shape.listed, move.count)
            move.count = 0
