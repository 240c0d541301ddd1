"""The judge: one line after the other, many interactions interleaved; it says what is not legal.

What the platform does (offers, timeouts, a customer who leaves) is no request, so a recording may show it by its
notifications alone; the judge takes such a step silently, and any step of an interaction of which no request was
recorded. After a finding it goes on from what was reported.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, BinaryIO

from ixnstate.commands import AddInteraction, Command, Create
from ixnstate.definition import Definition, known_state
from ixnstate.gws import (
    Message,
    MessageError,
    Operation,
    Target,
    parse_notification,
    parse_reply,
    read_operation,
    read_path,
)
from ixnstate.model import WorkbinPlace
from ixnstate.recording.compressed import BUFFER, decompressed
from ixnstate.recording.lines import Line, Place, Unreadable, unreadable
from ixnstate.recording.numbered import MAX_LINE, NumberedLines, has_long_line
from ixnstate.recording.reading import Numbered, is_parquet, read_file, read_head, read_raw, until_damaged
from ixnstate.recording.records import (
    UNKNOWN,
    UNNAMED,
    WORKBIN_KEYS,
    Kind,
    Missing,
    Recorded,
    lost_record,
    optional,
    read_record,
    required,
    workbin_of,
)
from ixnstate.refusals import RefusedError
from ixnstate.stepping import create
from ixnstate.table import GWS
from ixnstate.trace import batches, blaming, wording
from ixnstate.trace.batches import SHOWN, Batch, Decode, Time
from ixnstate.trace.exchanges import KEPT, Asked, Exchanges
from ixnstate.trace.findings import Finding
from ixnstate.trace.quick import Begun, Keys, Miss, Move
from ixnstate.trace.rules import Moment, Rule, Rules, in_time, invitation
from ixnstate.trace.saving import VERSION, Standings, check, moments, read_moments, read_worlds, sealed
from ixnstate.trace.seeing import Seen, Taken
from ixnstate.trace.workbins import Workbins, instance
from ixnstate.trace.worlds import ADDED, ANYBODY, NOBODY, REMOVED, Silent, Standing, Waiting, Worlds
from ixnstate.values import FrozenDict, a_, brief, changed
from ixnstate.views import documented
from ixnstate.vocabulary import NoticeKind, State

if TYPE_CHECKING:
    from ixnstate.trace.crew import Crew

SOME_WORKBIN = "(some workbin)"
"""Stands for the workbin of an Add whose path was not recorded; afterwards nobody knows in which one it is."""

NEW = "(unnamed)"
"""Stands for the id of what a recorded Create or Reply brings into being: the request does not name it."""

ABOUT_NO_INTERACTION = frozenset({
    "Subscribe", "Unsubscribe", "RequestStats", "RequestAgentStats", "StartContactCenterSession",
    "EndContactCenterSession", "Ready", "NotReady", "Follow", "Unfollow",
})  # fmt: skip
"""Documented operations on workbins, agents and accounts: a recording may have them; they are ignored."""

SIGNALS = ("Offer", "Revoke", "Stop", "Submit")
"""What the platform does: a line may say so in the short form, but no agent can request it."""

MAX_ENDED = 100_000
"""How many interactions that have ended are remembered; one that comes up again after that many others is new."""

MAX_MOVES = 200_000
"""How much of what was worked out for usual notifications is kept."""

MAX_REASONS = 100
"""How many reasons are counted why something was not recorded."""

DEFAULT_RULES = (invitation(),)

_EARLY = 20
"""Among the first so many notifications of a recording may be late ones."""


class Judge:
    """Judges line after line. ``operations``, ``notifications`` and ``interactions`` count what it has seen.

    ``gaps`` is how many steps may have gone unseen between two notifications of one interaction; None takes as many as
    it needs after the agent has let go of it, and else none. ``rules`` are rules over time. ``like`` is a judge of the
    same definition that has worked out already what this one need not work out again. Without ``workbins`` it does not
    look at what is in them. ``separate`` says that others are recorded elsewhere, by another clock: whoever asks for
    nothing here may act unseen. ``agent`` is whose session it is where a line does not say so. With `UNNAMED` it is one
    agent's until a line names one; from then on, or with `UNKNOWN`, nobody knows whose such lines are.
    """

    def __init__(
        self,
        definition: Definition = GWS,
        *,
        gaps: int | None = None,
        rules: Iterable[Rule] = DEFAULT_RULES,
        like: "Judge | None" = None,
        workbins: bool = True,
        separate: bool = False,
        agent: str | None = None,
    ) -> None:
        self._definition = definition
        self._agent = agent
        self._worlds: Worlds = like._worlds if like else Worlds(definition, gaps)
        self._live: dict[str, Standing | Begun] = {}
        self._ended: dict[str, Standing] = {}
        self._exchanges = Exchanges(definition)
        self._may_have_gaps = bool(gaps)
        self._separate = separate
        self._workbins = Workbins() if workbins else None
        self._rules = Rules(tuple(rules))
        self._documented: dict[tuple[str, State], dict[str, tuple[str, ...] | None]] = {}
        self._seq: int | None = None
        self._said: str | bytes = ""
        self.operations = 0
        self.interactions = 0
        self._notifications = 0
        self._earlier = 0
        """How many notifications other judges have seen of the recording, as far as it is still early then."""
        self._repeats = 0
        self._gaps = 0
        self._lists: dict[tuple[str, str], int] = {}
        self._list_shown: tuple[str, str] | None = None
        self._taken: Taken | None = None
        self._unknown = Standing((), requested=False)
        self._called: dict[str, str] = {}
        """By interaction, the medium that the last finding about it was told of."""
        self._done_anyhow: dict[str, tuple[str | None, int | None]] = {}
        """By interaction, whose request was illegal and done, and the number of the message that shows how."""
        self._moves: list[tuple[Standing, Move]] = []
        self._keys = Keys()
        self._keys.agent = None if agent == UNKNOWN else agent
        self._moved: dict[str, None] | None = None
        """The interactions of which anything is known since they were forgotten; None: any may be."""
        self._has_lost = False
        """Whether the last line could not be read."""
        self.unrecorded: dict[str, tuple[int, Place]] = {}
        """What was not recorded or cannot be read, by the reason: how often, and where first."""

    def take(self, line: Line | Unreadable) -> Iterator[Finding | Unreadable]:
        """What is wrong with one line, as it comes; the record that it is about moves on."""
        self._taken = None
        if isinstance(line, Unreadable):
            if self._exchanges.has_begun and not self._has_lost:
                self._has_lost = True
                self._lose_anything(None)
            yield line
            return
        self._has_lost = False
        try:
            yield from self._judge(line)
        except MessageError as error:
            self._lose(line)
            yield unreadable(line, str(error))

    def _lose(self, line: Line) -> None:
        """What a request or a reply that cannot be read has done, or told, is not known."""
        lost = lost_record(line)
        if lost is not None:
            self._exchanges.undetermined += 1
            if lost.value["missing"] == Missing.REPLY:
                self._lose_reply(lost)
            else:
                self._forget_of(_interaction_of(lost))

    def _read(self, line: Line) -> Recorded | None:
        """What a line says, with the agent whose it is. Raises `MessageError`."""
        recorded = read_record(line)
        if recorded is None or self._agent in (None, UNKNOWN):
            return recorded
        if recorded.agent is None:
            named = Line(line.place, line.text, {**recorded.value, "agent": self._agent}, line.column)
            return changed(recorded, line=named, agent=self._agent)
        if self._agent == UNNAMED:
            self._agent, self._keys.agent = UNKNOWN, None
            self._forget_moves()
        return recorded

    def take_workbin(self, line: Line | Unreadable) -> Iterator[Finding]:
        """What is wrong with what a line says of a workbin, and nothing else."""
        try:
            recorded = self._read(line) if isinstance(line, Line) else None
            if recorded is not None and not self._is_double(recorded) and recorded.kind is Kind.NOTIFICATION:
                yield from self._judge_place(recorded, parse_notification(recorded.body))
        except MessageError:
            return

    def finish(self, *, is_over: bool = True) -> Iterator[Finding]:
        """What is wrong at the end: requests, replies and invitations after which what must come did not come.

        With ``is_over=False`` the recording goes on elsewhere, and all of these with it.
        """
        self._await_all()
        if is_over:
            for each in self._exchanges.finish():
                yield each if isinstance(each, Finding) else wording.nothing_came(*each)
            yield from map(wording.breach, self._rules.finish())

    def _await(self, interaction: str) -> None:
        """Tell the rules of the line with which they have begun to wait."""
        begun = self._live.get(interaction)
        if isinstance(begun, Begun):
            latest = self._rules.latest
            list(self._rules.take(begun.moment(interaction)))
            self._rules.latest = latest
            self._live[interaction] = begun.standing

    def _await_all(self) -> None:
        for interaction in self._live:
            self._await(interaction)

    # --- whole files ------------------------------------------------------------------------------------------------

    def read(
        self, file: str | Path, crew: "Crew | None" = None, *, longest: int = MAX_LINE
    ) -> Iterator[Finding | Unreadable]:
        """What is wrong with the lines of a file; "-" is standard input. The same as taking them one by one, but quick.

        A ``crew`` of several processes is quicker still. ``longest`` is how many bytes a line may have. Raises OSError,
        and `CrewError` if one of the processes fails.
        """
        if str(file) == "-":
            stream = decompressed(sys.stdin.buffer)
            yield from until_damaged(stream, "-", partial(self._read_lines, crew=crew), longest=longest)
            return
        with Path(file).open("rb", BUFFER) as opened:
            if is_parquet(opened):
                for line in read_file(Path(file), longest=longest):
                    yield from self.take(line)
                return
            stream = decompressed(opened)
            is_plain = stream is opened and S_ISREG(os.fstat(opened.fileno()).st_mode)
            plain = opened if is_plain and not has_long_line(opened, longest) else None
            read = partial(self._read_lines, crew=crew, plain=plain)
            yield from until_damaged(stream, str(file), read, longest=longest)

    def _read_lines(
        self, numbered: NumberedLines, name: str, crew: "Crew | None" = None, plain: BinaryIO | None = None
    ) -> Iterator[Finding | Unreadable]:
        for line in read_head(numbered, name):
            yield from self.take(line)
        decode = batches.decoder() if self._rules.can_wait else None
        if decode is None:
            for number, raw in numbered:
                yield from self._read_line(raw, number, name)
        else:
            yield from self._read_decoded(numbered, name, decode, crew, plain)

    def _read_decoded(
        self, numbered: Numbered, name: str, decode: Decode, crew: "Crew | None", plain: BinaryIO | None
    ) -> Iterator[Finding | Unreadable]:
        """The rest of a file; ``plain`` is the file, where it can be read anywhere."""
        first = next(numbered, None)
        if first is None:
            return
        number, keys = first[0], self._keys
        start = plain.tell() - len(first[1]) if plain else 0
        found: Iterator[Batch]
        if plain and crew:
            found = crew.of_file(plain, name, number, start, keys)
        elif plain and batches.is_large(plain):
            plain.seek(start)
            found = batches.of_file(plain, name, number, decode, keys)
        elif crew:
            found = crew.of_stream(chain([first], numbered), name, number, keys)
        else:
            found = batches.of_stream(chain([first], numbered), name, decode, keys)
        must_end = False
        try:
            for batch in found:
                must_end = batch.lines.again is not None
                yield from self._judge_batch(batch)
        finally:
            if must_end:
                self._await_all()

    def _judge_batch(self, batch: Batch) -> Iterator[Finding | Unreadable]:
        """The usual notifications, here and now; the other lines as ever. Each step here costs a whole file dearly."""
        fields, lines = batch.fields, batch.lines
        live, ended, unknown, exchanges = self._live, self._ended, self._unknown, self._exchanges
        rules, has_begun = self._rules, self._exchanges.has_begun
        last, latest = self._seq, rules.latest
        index, judged = -1, -1
        for fetch in (hash, live.get):  # to find one costs memory's time, so here it is fetched for all of them at once
            list(map(fetch, fields.interactions))
        for interaction, key, ts, seq in zip(
            fields.interactions, fields.keys, fields.times, fields.numbers, strict=True
        ):
            index += 1
            move = missed = None
            if interaction is not None and (seq is None or seq != last) and not has_begun:
                found = live.get(interaction) or ended.get(interaction) or unknown
                move = found.moves.get(key)
                missed = Miss(found.standing, key, interaction) if move is None else None
            if move is None:
                self._seq, rules.latest = last, latest
                if last is not None and judged != index - 1:
                    self._said = lines.line(index - 1)
                yield from self._read_line(lines.line(index), lines.first + index, lines.name, missed)
                last, latest, judged, has_begun = self._seq, rules.latest, index, exchanges.has_begun
                continue
            move.count += 1
            after = move.after
            if ts is not None:
                latest = ts
            last = seq
            if found.waits or move.starts:
                is_met = self._is_met(found, move, interaction, ts)
                if move.starts or not is_met:
                    begun = Begun(move, key, ts, seq, lines.kept(index), index)
                    if is_met:
                        self.interactions += found is unknown
                        live[interaction] = begun
                        continue
                    self._await(interaction)
                    yield from map(wording.breach, rules.take(begun.moment(interaction)))
                    after.waits = after.waits or interaction in rules.pending
            if after is not found:
                if move.ends:
                    self._stands(interaction, after)
                else:
                    self.interactions += found is unknown
                    live[interaction] = after
        self._seq, rules.latest = last, latest
        if last is not None and judged != index:
            self._said = lines.line(index)
        lines.close()

    def _is_met(self, found: Standing | Begun, move: Move, interaction: str, ts: Time) -> bool:
        """Whether nothing waits after a line but what begins with it: nothing did, or all that was waited for comes."""
        if move.starts and move.ends:
            return False
        if not isinstance(found, Begun):
            return interaction not in self._rules.pending
        first = found.begun
        if not first.starts <= move.meets or not in_time(first.within, found.time, ts):
            return False
        first.met += 1
        return True

    def _read_line(
        self, raw: bytes, number: int, name: str, missed: Miss | None = None
    ) -> Iterator[Finding | Unreadable]:
        """A line, as the judge takes it; what it makes of an interaction is learnt if it is legal."""
        repeats, gaps, is_legal = self._repeats, self._gaps, True
        for line in read_raw(raw, number, name):
            for each in self.take(line):
                is_legal = False
                yield each
        if missed is not None and is_legal:
            self._learn(missed, self._repeats - repeats, self._gaps - gaps)

    def _learn(self, missed: Miss, repeats: int, gaps: int) -> None:
        """Keep what a line made of an interaction that stood so: it does so again."""
        after = self._known(missed.interaction)
        if after is None:
            return
        if len(self._moves) >= MAX_MOVES:
            self._forget_moves()
        key, record = missed.key, after.record
        state = known_state(key.state) if key.state in tuple(State) else None
        starts, meets = self._rules.concerned(record.media, record.state, state, key.agent)
        move = Move(
            after, self._list_shown, repeats, gaps, starts, meets, state,
            after.has_ended or (missed.found is not self._unknown and missed.found.has_ended),
            self._rules.within(starts),
        )  # fmt: skip
        after.waits = after.waits or bool(starts)
        missed.found.moves[key] = move
        self._moves.append((missed.found, move))

    def _forget_moves(self) -> None:
        """Count what the moves have counted, and begin anew."""
        self._await_all()
        self._notifications, self._repeats, self._gaps = self.notifications, self.repeats, self.gaps
        self._lists = self._all_lists()
        self._count_met()
        for found, _ in self._moves:
            found.moves.clear()
        self._moves.clear()
        self._keys.clear()

    # --- what if ----------------------------------------------------------------------------------------------------

    @property
    def definition(self) -> Definition:
        """The definition under which it judges."""
        return self._definition

    def standing(self, interaction: str) -> Standing | None:
        """How an interaction stands; None for one that is not known."""
        return self._known(interaction)

    def may_show(self, found: Standing | None, state: State, agent: str | None) -> bool:
        """Whether an agent can be shown the state of an interaction that stands so."""
        return found is None or self._worlds.shown(found, state, agent, self._silent(found)) is not None

    def trial(self, interaction: str, found: Standing | None, line: Line) -> Standing | None:
        """How an interaction that stands so would stand after a line; None if something is wrong with the line.

        What is said of the standing is as little as decides what may come next: not by which edge it came about.
        """
        self._live.pop(interaction, None)
        self._ended.pop(interaction, None)
        self._called.pop(interaction, None)
        self._done_anyhow.pop(interaction, None)
        if found is not None:
            self._live[interaction] = found
        after = None if list(self.take(line)) else self._known(interaction)
        return after and self._worlds.without_edges(after)

    def fresh(self, interaction: str = "", found: Standing | None = None) -> "Judge":
        """A judge like this one, without rules over time, who knows nothing but how one interaction stands."""
        judge = Judge(self._definition, rules=(), like=self, workbins=False, separate=self._separate, agent=self._agent)
        if found is not None:
            judge._live[interaction] = found
        return judge

    def in_vain(self, found: Standing | None, media: str) -> Standing:
        """How an interaction that stands so would stand after a request that is refused."""
        found = found or self._worlds.new(media)
        return self._worlds.standing(found.worlds, requested=True)

    # --- from one run to the next -----------------------------------------------------------------------------------

    def save(self) -> dict[str, Any]:
        """How it stands, as plain JSON, for `resume`: the interactions, and all that waits for something to come."""
        self._await_all()
        standings = Standings(self._definition)
        return sealed(
            {
                "version": VERSION,
                "definition": self._definition.fingerprint,
                "rules": [rule.name for rule in self._rules.rules],
                "interactions": {
                    name: standings.number(found.standing) for name, found in (self._live | self._ended).items()
                },
                "called": self._called,
                "done_anyhow": self._done_anyhow,
                "early": min(self._earlier + self.notifications, _EARLY),
                "exchanges": self._exchanges.save(standings.number),
                "workbins": self._workbins.save() if self._workbins else [],
                "standings": standings.written,
                "waiting": moments(self._rules.pending),
                "latest": self._rules.latest,
                "record": [self._seq, self._said if isinstance(self._said, str) else _text(self._said)],
            }
        )

    def resume(self, state: Any) -> None:
        """Go on where another judge of the same definition and rules was saved. Raises ValueError, and is as before."""
        check(state, self._definition, [rule.name for rule in self._rules.rules])
        rehearsing = Judge(self._definition, rules=self._rules.rules, workbins=self._workbins is not None)
        try:
            rehearsing._go_on(state)
        except Exception as error:  # what `check` cannot know: that the parts do not fit together
            raise ValueError(f"the state is damaged: {error}") from error
        self._go_on(state)

    def _go_on(self, state: Any) -> None:
        standings = [
            self._worlds.standing(read_worlds(each, self._definition), requested=each["requested"])
            for each in state["standings"]
        ]
        self._exchanges.resume(state["exchanges"], lambda said, recorded: self._again(said, recorded, standings))
        if self._workbins:
            self._workbins.resume(state["workbins"])
        self._rules.pending.update(read_moments(state["waiting"]))
        self._rules.latest = state["latest"]
        self._seq, self._said = state["record"]
        self._earlier = state["early"]
        self._called.update(state["called"])
        self._done_anyhow.update({name: (agent, number) for name, (agent, number) in state["done_anyhow"].items()})
        for interaction, number in state["interactions"].items():
            self._stands(interaction, standings[number])
            self._mark(interaction)

    def _again(self, said: Mapping[str, Any], recorded: Recorded, standings: list[Standing]) -> Asked:
        """A request that another judge has taken: what it does, and what is wrong with it."""
        asked = Asked(recorded)
        if said["judged"]:
            aside = Judge(self._definition, rules=(), like=self, agent=self._agent)
            if said["before"] is not None:
                aside._stands(said["interaction"], standings[said["before"]])
            found = aside._request(recorded, asked)
            illegal = _illegal(list(found))
            asked.complain = asked.complain or illegal
        for name in KEPT:
            setattr(asked, name, said[name])
        return asked

    # --- what it has seen -------------------------------------------------------------------------------------------

    @property
    def seen(self) -> Seen | None:
        """What the line that was taken last shows of an interaction; None for one that shows nothing of any."""
        after = self._known(self._taken.interaction) if self._taken else None
        return self._taken.seen(after, self._worlds) if self._taken and after else None

    @property
    def known(self) -> Iterator[str]:
        """The interactions that it knows."""
        return chain(self._live, self._ended)

    @property
    def notifications(self) -> int:
        """How many notifications it has seen."""
        return self._notifications + sum(move.count for _, move in self._moves)

    @property
    def repeats(self) -> int:
        """How many of them showed what was known already."""
        return self._repeats + sum(move.count * move.repeats for _, move in self._moves)

    @property
    def gaps(self) -> int:
        """How many steps must have happened that no line shows."""
        return self._gaps + sum(move.count * move.gaps for _, move in self._moves)

    def _all_lists(self) -> dict[tuple[str, str], int]:
        found = dict(self._lists)
        for _, move in self._moves:
            if move.shown is not None and move.count:
                found[move.shown] = found.get(move.shown, 0) + move.count
        return found

    @property
    def undetermined(self) -> int:
        """How much could not be judged, since the recording ends too early or leaves the order open."""
        return self._exchanges.undetermined

    @property
    def lists(self) -> Mapping[str, int]:
        """How often each documented capability list was shown, by medium and name."""
        return FrozenDict({f"{media}/{name}": count for (media, name), count in self._all_lists().items()})

    @property
    def generations(self) -> Mapping[str, int]:
        """How often a list was shown that only one generation of lists has."""
        found: dict[str, int] = {}
        for (media, name), count in self._all_lists().items():
            for row in self._definition.media[media].shown:
                chosen = dict(row.only).get("capabilities")
                if row.capabilities == name and chosen is not None and not row.several:
                    found[str(chosen)] = found.get(str(chosen), 0) + count
        return FrozenDict(found)

    @property
    def rules(self) -> tuple[Any, ...]:
        """How each rule has come out."""
        self._count_met()
        return self._rules.outcomes

    def _count_met(self) -> None:
        for _, move in self._moves:
            self._rules.count(move.starts, move.met)
            move.met = 0

    # --- one line ---------------------------------------------------------------------------------------------------

    def _judge(self, line: Line) -> Iterator[Finding]:
        recorded = self._read(line)
        if recorded is None or self._is_double(recorded):
            return
        if recorded.problem is not None:
            self._note(recorded.problem, recorded)
        match recorded.kind:
            case Kind.NOTIFICATION:
                yield from self._judge_notification(recorded, parse_notification(recorded.body))
            case Kind.REQUEST:
                yield from self._judge_request(recorded)
            case Kind.RESPONSE:
                yield from self._judge_reply(recorded)
            case Kind.GAP:
                self._pass_over(recorded)
            case _:
                yield from self._believe(recorded)

    def _is_double(self, recorded: Recorded) -> bool:
        """Whether it is the record before it, once more."""
        seq = recorded.seq if recorded.is_explicit else None
        said, text = self._said, recorded.line.text
        is_double = seq is not None and seq == self._seq and text == (said if isinstance(said, str) else _text(said))
        self._seq, self._said = seq, text if seq is not None else ""
        self._repeats += is_double
        return is_double

    # --- where an interaction stands --------------------------------------------------------------------------------

    def _known(self, interaction: str) -> Standing | None:
        self._await(interaction)
        return self._live.get(interaction) or self._ended.get(interaction)  # type: ignore[return-value]

    def _known_as(self, interaction: str, media: str) -> Standing | None:
        """The same for one of a medium: that it is of another one is believed when it is said the second time."""
        known = self._known(interaction)
        if known is not None and known.record.media != media and self._called.get(interaction) == media:
            del self._called[interaction]
            return None
        return known

    def _stands(self, interaction: str, found: Standing) -> None:
        """Remember how it stands now."""
        if self._moved is not None and found.has_ended:
            self._moved.pop(interaction, None)
        elif self._moved is not None:
            self._moved[interaction] = None
        if interaction in self._live:
            if not found.has_ended:
                self._live[interaction] = found
                return
            del self._live[interaction]
        elif interaction not in self._ended:
            self.interactions += 1
        if found.has_ended:
            if len(self._ended) >= MAX_ENDED and interaction not in self._ended:
                del self._ended[next(iter(self._ended))]
            self._ended[interaction] = found
        else:
            self._ended.pop(interaction, None)
            self._live[interaction] = found

    def _believe(self, recorded: Recorded) -> Iterator[Finding]:
        value = recorded.value
        interaction = required(value, "interaction")
        try:
            state = known_state(required(value, "state"))
            media = self._media(value, interaction)
            if media is None:
                raise MessageError("media: is missing, and the interaction is not known yet")
            if state is not State.REVOKED and state not in self._definition.media[media].states:
                raise ValueError(f"{a_(media)} is never {state}")
        except ValueError as error:
            raise MessageError(f"{error}") from None
        scope = workbin_of(value)
        place = WorkbinPlace(*(scope.get(field) for field in WORKBIN_KEYS)) if "workbin" in scope else None  # type: ignore[arg-type]
        self._taken = Taken(recorded, "state", interaction, state, self._known(interaction))
        self._stands(interaction, self._worlds.said(media, state, recorded.agent, place))
        self._mark(interaction)
        yield from self._passed(recorded, interaction, shown=state)

    def _media(self, value: Mapping[str, Any], interaction: str | None, read: str | None = None) -> str | None:
        media = _agreed("media", read, optional(value, "media"))
        if media is not None:
            return self._definition.medium(media).name
        known = self._known(interaction or "")
        return known.record.media if known else None

    def _passed(
        self,
        recorded: Recorded,
        interaction: str,
        *,
        shown: State | None = None,
        operation: str | None = None,
        is_possible: bool = True,
    ) -> Iterator[Finding]:
        """The rules over time that the moment after a line breaks."""
        known = self._known(interaction)
        if known is None:
            return
        record = known.record
        moment = Moment(
            interaction, record.media, record.state, shown, operation, recorded.agent, recorded.time,
            recorded.line.place, recorded.line.text[:SHOWN], recorded.seq,
        )  # fmt: skip
        yield from map(wording.breach, self._rules.take(moment, is_possible=is_possible))
        self._mark(interaction)

    def _mark(self, interaction: str) -> None:
        """Let the standing of an interaction know that rules over time wait, which lines then must be shown."""
        found = self._known(interaction)
        if found is not None and (interaction in self._rules.pending):
            found.waits = True

    # --- requests ---------------------------------------------------------------------------------------------------

    def _judge_request(self, recorded: Recorded) -> Iterator[Finding]:
        asked = Asked(recorded)
        try:
            found = list(self._request(recorded, asked))
        finally:
            if recorded.is_explicit:
                late = list(self._exchanges.ask(asked))
        if recorded.is_explicit:
            illegal = _illegal(found)
            asked.complain = asked.complain or illegal
            yield from late
            found = [each for each in found if illegal is None or each.code != "IXN101"]
        yield from found

    def _request(self, recorded: Recorded, asked: Asked) -> Iterator[Finding]:
        value, agent = recorded.value, recorded.agent
        target = _target(value)
        if recorded.method == "GET" or target is None:
            return
        if recorded.method not in (None, "POST"):
            raise MessageError(f"method: operations are posted, not {brief(value['method'])}")
        operation = read_operation(value["body"], target, by=agent, new_id=NEW)
        if "path" in value and operation.command.operation in SIGNALS:
            yield wording.no_request(recorded, operation)
            return
        if agent is None and self._agent == UNKNOWN and operation.command.operation not in SIGNALS:
            self._lose_request(recorded, operation.interaction, "request: nobody knows whose it is")
            return
        self.operations += 1
        interaction = required({"interaction": operation.interaction}, "interaction") if operation.interaction else None
        interaction = _agreed("interaction", interaction, optional(value, "interaction"))
        try:
            media = self._media(value, interaction, operation.media) or _fitting_media(operation, self._definition)
        except ValueError as error:
            raise MessageError(f"media: {error}") from None
        if operation.command.operation == "Create":
            yield from self._judge_creation(recorded, asked, operation.command, media, interaction)
            return
        if interaction is None:
            raise MessageError(_nameless(value))
        if media is None and recorded.is_explicit:
            asked.interaction, asked.command = interaction, operation.command
            self._exchanges.undetermined += 1
            return
        if media is None:
            raise MessageError("media: is missing, and the interaction is not known yet")
        known, is_part = self._known_as(interaction, media), recorded.is_explicit or self._separate
        if known is None:
            known = self._worlds.unseen(media) if is_part else self._worlds.new(media)
            self._stands(interaction, known)
        if media != known.record.media:
            self._called[interaction] = media
            yield wording.other_media(recorded, interaction, f"a request for {a_(media)}", known)
            return
        known = known if is_part else self._worlds.at_its_word(known)
        asked.interaction, asked.command, asked.before = interaction, operation.command, known
        self._taken = Taken(recorded, "request", interaction, operation.command.operation, known, asked)
        yield from self._carry_out(recorded, asked, known, operation.command)
        yield from self._passed(recorded, interaction, operation=operation.command.operation)

    def _carry_out(self, recorded: Recorded, asked: Asked, known: Standing, command: Command) -> Iterator[Finding]:
        """With a reply to come it may also be carried out later, or not at all."""
        interaction = str(asked.interaction)
        is_nameless = isinstance(command, AddInteraction) and command.workbin is None
        asked.command = command = changed(command, workbin=SOME_WORKBIN) if is_nameless else command
        number = self._exchanges.free_number(interaction) if recorded.is_explicit else None
        asked.form = self._worlds.form(command, known.record.media)
        worlds, asked.steps = self._worlds.carried_out(known, Waiting(number, command, recorded.agent, asked.form))
        asked.edges = tuple(world.edge for world in worlds)
        if not worlds:
            asked.number = number
            asked.refusal = self._worlds.refusal(known, interaction, command, recorded.agent)
            if asked.refusal is not None and not (recorded.is_explicit and asked.refusal.failed == "attachment"):
                asked.complain = partial(wording.refused, recorded, interaction, known.edge, asked.refusal)
            if not recorded.is_explicit and asked.complain is not None:
                yield asked.complain()
            worlds = known.worlds
        elif recorded.is_explicit and (self._worlds.is_moved(asked.steps) or self._worlds.is_new(worlds, known)):
            asked.number, worlds = number, (*worlds, *known.worlds)
        elif recorded.is_explicit:
            same = {world.record for world in worlds}
            others = (world for world in known.worlds if world.record not in same)
            worlds = self._worlds.settled((*worlds, *others), number).worlds
        if is_nameless:
            worlds = tuple(each._replace(record=changed(each.record, workbin=None)) for each in worlds)
        self._stands(interaction, self._worlds.standing(worlds, requested=True))

    def _judge_creation(
        self, recorded: Recorded, asked: Asked, command: Command, media: str | None, interaction: str | None
    ) -> Iterator[Finding]:
        if isinstance(command, Create):
            command = changed(command, media=command.media or media, new_id=interaction or NEW)
        try:
            done = create(command, definition=self._definition)  # type: ignore[arg-type]
        except RefusedError as error:
            yield wording.refused(recorded, None, None, error.refusal)
            return
        asked.interaction, asked.command, asked.steps = interaction, command, (done,)
        if interaction is not None:
            self._taken = Taken(recorded, "request", interaction, command.operation, None, asked)
            self._stands(interaction, self._worlds.done(done))

    # --- replies ----------------------------------------------------------------------------------------------------

    def _judge_reply(self, recorded: Recorded) -> Iterator[Finding]:
        status = recorded.value.get("status", 200)
        if isinstance(status, bool) or not isinstance(status, int):
            raise MessageError(f"status: must be a whole number, not {brief(status)}")
        answer = parse_reply(recorded.body, status)
        if recorded.method == "GET":
            return
        if not answer.is_decided:
            self._lose_reply(recorded)
            return
        asked = self._exchanges.answered(recorded)
        if asked is not None and asked.interaction is not None and asked.command is not None:
            name = f"{asked.command.operation}: {'done' if answer.ok else 'refused'}"
            known = self._known(asked.interaction)
            self._taken = Taken(recorded, "reply", asked.interaction, name, known, asked, refused=not answer.ok)
        found: list[Finding] = []
        if asked is not None and asked.number is not None:
            found = list(self._settle(recorded, asked, is_done=answer.ok))
        elif asked is not None and answer.ok and asked.complain is not None:
            found = [asked.complain()]
        yield from found
        if asked is not None and answer.ok:
            self._exchanges.promise(asked, recorded, answer)
            if asked.interaction is not None and not asked.is_shown and any(each.code == "IXN101" for each in found):
                self._done_anyhow[asked.interaction] = recorded.agent, recorded.number(answer.reference_id)
        yield from self._exchanges.settled(recorded.agent)

    def _settle(self, recorded: Recorded, asked: Asked, *, is_done: bool) -> Iterator[Finding]:
        """A reply says whether a request was carried out: by now, or never."""
        waiting, known = asked.waiting, self._known(str(asked.interaction))
        if waiting is None or known is None:
            return
        done = tuple(world for world in known.worlds if waiting.number in world.taken)
        undone = tuple(world for world in known.worlds if waiting.number not in world.taken)
        if is_done:
            late = self._worlds.standing(undone, requested=True) if undone else None
            worlds, steps = self._worlds.carried_out(late, waiting) if late else ((), ())
            if late and not done and not worlds:
                is_told = not self._exchanges.told.isdisjoint((waiting.agent, None))
                worlds, steps = self._worlds.carried_out_later(late, waiting, self._silent(known), is_told=is_told)
            asked.steps = asked.steps or steps
            worlds = (*done, *worlds)
            if asked.complain is not None and (asked.is_shown or not worlds):
                doubted = blaming.without_effect(self._exchanges, self._worlds, asked)
                if not doubted:
                    yield asked.complain()
                forced = self._worlds.forced(known, waiting.command, waiting.agent)
                worlds = (*worlds, *doubted, *forced.worlds)
        else:
            worlds = undone
            if not worlds or asked.is_shown:
                self._exchanges.excuse(asked)
                yield wording.refused_yet_done(recorded, asked, (done or worlds)[0].record.state)
            else:
                self._exchanges.refuse(asked)
        self._stands(str(asked.interaction), self._worlds.settled(worlds or known.worlds, waiting.number))
        self._mark(str(asked.interaction))
        if not is_done and done:
            yield from self._passed(recorded, str(asked.interaction))

    # --- what was not recorded --------------------------------------------------------------------------------------

    def _pass_over(self, recorded: Recorded) -> None:
        """Something happened that the recording does not tell: whatever it may have changed is no longer known."""
        missing, why = recorded.value["missing"], recorded.value.get("why")
        self._note(f"{missing}: {why if isinstance(why, str) else 'nobody says why'}"[:200], recorded)
        self._exchanges.undetermined += missing != Missing.ANYTHING
        if missing == Missing.REPLY:
            self._lose_reply(recorded)
        if missing == Missing.MESSAGES:
            self._exchanges.lose_messages(recorded.agent)
            self._forget(lambda found: self._worlds.concerns(found, recorded.agent))
        if missing == Missing.REQUEST:
            list(self._exchanges.ask(Asked(recorded)))
            self._forget_of(_interaction_of(recorded))
        if missing == Missing.ANYTHING:
            self._lose_anything(recorded.agent)

    def _lose_anything(self, agent: str | None) -> None:
        """A request, a reply or messages are not known, of this agent or, if it is None, of any."""
        self._exchanges.undetermined += 1
        self._exchanges.lose_messages(agent)
        self._exchanges.lose_replies(agent)
        self._forget(lambda _: True)

    def _forget_of(self, interaction: str | None) -> None:
        """This interaction may stand in any way from now on, or any, if nobody knows which."""
        if interaction is None:
            self._forget(lambda _: True)
        elif (known := self._known(interaction)) is not None:
            self._stands(interaction, self._worlds.unseen(known.record.media))

    def _lose_request(self, recorded: Recorded, interaction: str | None, why: str) -> None:
        """What a request has done is not known; it waits for its reply in `_judge_request`."""
        self._note(why, recorded)
        self._exchanges.undetermined += 1
        self._forget_of(interaction)

    def _note(self, why: str, recorded: Recorded) -> None:
        """Count what cannot be judged, and remember where it was first."""
        why = why if why in self.unrecorded or len(self.unrecorded) < MAX_REASONS else "for many other reasons"
        count, place = self.unrecorded.get(why, (0, recorded.line.place))
        self.unrecorded[why] = count + 1, place

    def _forget(self, is_doubtful: Callable[[Standing], bool]) -> None:
        """These may stand in any way from now on."""
        kept: dict[str, None] = {}
        for interaction in [*(self._live if self._moved is None else self._moved)]:
            found = self._known(interaction) if interaction in self._live else None
            if found is not None and is_doubtful(found):
                self._stands(interaction, self._worlds.unseen(found.record.media))
            elif found is not None:
                kept[interaction] = None
        if self._exchanges.has_begun:  # from now on nothing moves but by `_stands`
            self._moved = kept

    def _lose_reply(self, recorded: Recorded) -> None:
        """A request has no reply that says what became of it: it was done, or it was not."""
        asked = self._exchanges.answered(recorded)
        if asked is None:
            return
        self._exchanges.lose_reply(asked)
        known = self._known(str(asked.interaction))
        waiting = asked.waiting
        if waiting is not None and known is not None:
            after, _ = self._worlds.carried_out(known, waiting)
            worlds = {world._replace(taken=world.taken - {waiting.number}): None for world in (*known.worlds, *after)}
            self._stands(str(asked.interaction), self._worlds.standing(worlds, requested=True))
            self._mark(str(asked.interaction))

    # --- notifications ----------------------------------------------------------------------------------------------

    def _judge_notification(self, recorded: Recorded, notification: Message) -> Iterator[Finding]:
        self._notifications += 1
        self._list_shown = None
        placed = self._judge_place(recorded, notification)
        interaction, media = notification.interaction_id, notification.media
        if interaction is None or media is None or media not in self._definition.media or not notification.resource:
            return
        number = recorded.number(notification.reference_id)
        kind, cause = notification.notification_type, wording.no_cause(recorded, interaction, number)
        findings = list(self._judge_shown(recorded, notification, interaction, media, number))
        if number is None and self._taken and self._taken.shown and kind != NoticeKind.PARTICIPANTS_UPDATED:
            self._exchanges.tell(recorded.agent, interaction, self._taken.shown)
        uncaused = list(self._exchanges.notify(recorded.agent, number, cause, is_told=bool(findings or placed)))
        yield from (*(findings or placed), *uncaused)
        if self._taken:
            is_possible = all(each.code != "IXN201" for each in findings)
            yield from self._passed(recorded, interaction, shown=self._taken.shown, is_possible=is_possible)

    def _judge_shown(
        self, recorded: Recorded, notification: Message, interaction: str, media: str, number: int | None
    ) -> Iterator[Finding]:
        """What is wrong with what a notification shows of an interaction."""
        shown = State.IN_WORKBIN if notification.action == "ItemAdded" else notification.state
        if shown is not None and shown not in self.shown_states(media):
            yield wording.never_shown(recorded, interaction, media, shown, self.shown_states(media))
            return
        state = None if shown is None else State(shown)
        known = self._known_as(interaction, media) or self._begun_by_requests(interaction, media)
        word = notification.action or state
        is_partial = bool(notification.action or recorded.value.get("partial"))
        if known is None:
            found = self._worlds.seen(media, word, recorded.agent) if word else self._worlds.unseen(media)
            self._stands(interaction, found)
        elif media != known.record.media:
            self._called[interaction] = media
            yield wording.other_media(recorded, interaction, f"a notification of {a_(media)}", known)
            return
        elif word is not None:
            own = self._exchanges.answers(recorded.agent, number, interaction)
            known = known if own is None else self._worlds.taken(known, own)
            kind = notification.notification_type
            misfits = list(self._judge_word(recorded, interaction, known, word, number, kind))
            yield from misfits
            is_partial = is_partial or (bool(misfits) and self._is_list(media, notification.capabilities))
        if word == ADDED and (place := instance(notification)) and (after := self._known(interaction)):
            self._stands(interaction, self._worlds.lying(after, place.workbin))
        if state is not None and not is_partial:
            yield from self._judge_capabilities(recorded, notification, media, state)
        name = str(notification.action or shown or notification.notification_type or notification.message_type)
        listed = self._list_shown[1] if self._list_shown else None
        self._taken = Taken(recorded, "notification", interaction, name, known, shown=state, listed=listed)

    def _begun_by_requests(self, interaction: str, media: str) -> Standing | None:
        """How an interaction stands by what has been asked for before its medium was known."""
        known = None
        for asked, is_done in self._exchanges.place(interaction):
            asked.before = known = known or self._worlds.unseen(media)
            assert asked.command is not None
            list(self._carry_out(asked.recorded, asked, known, asked.command))
            known = self._known(interaction)
            if is_done and known and asked.number is not None:
                done = self._worlds.taken(known, asked.number)
                self._stands(interaction, self._worlds.settled(done.worlds, asked.number))
                known = self._known(interaction)
        return known

    def _judge_place(self, recorded: Recorded, notification: Message) -> list[Finding]:
        """What is wrong with what a workbin is said to have or not; where messages may be missing, one is."""
        findings = list(self._workbins.take(recorded, notification)) if self._workbins else []
        if self._may_have_gaps:
            self._gaps += len(findings)
            return []
        return findings

    def shown_states(self, media: str) -> list[State]:
        """The states that notifications of a medium can show."""
        states = self._definition.media[media].states
        return [state for state in State if state is State.REVOKED or (state in states and state is not State.QUEUED)]

    def _judge_word(
        self, recorded: Recorded, interaction: str, known: Standing, word: str, number: int | None, kind: str | None
    ) -> Iterator[Finding]:
        """What a notification shows; after a finding it may be so, or as it was."""
        waiting = self._exchanges.about(interaction)
        for silent, last in self._may_have_acted(recorded.agent, interaction, known, number, waiting):
            explained = self._worlds.shown(known, word, recorded.agent, silent, waiting, last)
            if explained is not None:
                break
        is_expected = self._take_done_anyhow(interaction, recorded.agent, number)
        if explained is not None:
            after, unseen = explained
            self._gaps += unseen
            self._repeats += after is known and not known.requested and kind in (None, "StatusChange")
            if kind == NoticeKind.PARTICIPANTS_UPDATED and known.requested:
                after = self._worlds.in_other_company(after, word, recorded.agent, silent)
            self._stands(interaction, after)
            self._exchanges.absolve(interaction)
            return
        if self._may_be_of_before(known, word, recorded.agent):
            self._exchanges.undetermined += 1
            return
        if not is_expected:
            blamed = blaming.blamed(
                self._exchanges, self._worlds, recorded, number, interaction, known, word, last
            )  # fmt: skip
            if blamed is not None:
                yield from blamed.findings
                self._stands(interaction, blamed.standing)
                return
            yield self._misfit(recorded, interaction, known, word)
        reported = self._worlds.seen(known.record.media, word, recorded.agent)
        self._stands(interaction, self._worlds.standing((*reported.worlds, *known.worlds), requested=known.requested))

    def _may_have_acted(
        self, agent: str | None, interaction: str, known: Standing, number: int | None, waiting: tuple[Waiting, ...]
    ) -> Iterator[tuple[Silent, Silent]]:
        """Who may have acted unseen before a message, and who by the step that it shows: the likeliest first.

        What a message with a number shows, a request of the agent's own has done.
        """
        anybody = self._silent(known)
        only_self = anybody._replace(are_others=False)
        has_asked = any(asked.agent == agent for asked in waiting)
        if self._exchanges.is_done(agent, number, interaction) or (
            number is not None and any(world.taken for world in known.worlds)
        ):
            yield anybody if has_asked else only_self, only_self
            return
        if has_asked and number is not None:
            yield anybody, only_self
        yield anybody, anybody

    def _misfit(self, recorded: Recorded, interaction: str, known: Standing, word: str) -> Finding:
        if word == REMOVED:
            return wording.not_pulled(recorded, interaction)
        state = State.IN_WORKBIN if word == ADDED else State(word)
        return wording.differs(recorded, interaction, known, state, self._worlds.way(known, word))

    def _take_done_anyhow(self, interaction: str, agent: str | None, number: int | None) -> bool:
        """Whether a message shows what an illegal request has done: that is a finding already. It is so once."""
        done = self._done_anyhow.get(interaction)
        if done is None or done[0] != agent or done[1] not in (None, number):
            return False
        del self._done_anyhow[interaction]
        return True

    def _may_be_of_before(self, known: Standing, word: str, agent: str | None) -> bool:
        """Whether a message, late, may tell what happened before the recording began."""
        has_more = self._exchanges.has_begun or self._exchanges.answerers
        if not has_more or self._earlier + self.notifications >= _EARLY:
            return False
        is_last_word = word in (State.IN_WORKBIN, State.COMPLETED, State.REVOKED)
        return word in (ADDED, REMOVED) or (is_last_word and not self._worlds.concerns(known, agent))

    def _silent(self, known: Standing) -> Silent:
        """Who may have acted on an interaction without a line: nobody of whom the recording has requests."""
        if self._exchanges.has_begun:
            return Silent(self._exchanges.askers)
        return NOBODY if known.requested and not self._separate else ANYBODY

    def _lists_of(self, media: str, state: State) -> dict[str, tuple[str, ...] | None]:
        lists = self._documented.get((media, state))
        if lists is None:
            lists = self._documented[media, state] = documented(media, state, definition=self._definition)
        return lists

    def _is_list(self, media: str, shown: tuple[str, ...] | None) -> bool:
        """Whether the capabilities are those of some state: a wrong state beside them is one fault."""
        return any(shown in self._lists_of(media, state).values() for state in self.shown_states(media))

    def _judge_capabilities(
        self, recorded: Recorded, notification: Message, media: str, state: State
    ) -> Iterator[Finding]:
        lists, shown = self._lists_of(media, state), notification.capabilities
        name = next((name for name, names in lists.items() if names == shown), None)
        if name is not None:
            self._list_shown = media, name
            self._lists[media, name] = self._lists.get((media, name), 0) + 1
        elif shown or all(lists.values()):
            yield wording.capabilities(recorded, notification, self._definition.media[media], state, lists)


def _illegal(found: Iterable[Finding]) -> Callable[[], Finding] | None:
    """The finding about a request that must be refused, for when it is not."""
    illegal = next((each for each in found if each.code == "IXN101"), None)
    return None if illegal is None else lambda: illegal


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\r\n")


def _target(value: Mapping[str, Any]) -> Target | None:
    """What an operation line names, by its path or by keys beside its body; None for a request about no interaction."""
    body, path = value.get("body"), value.get("path")
    operation = body.get("operationName") if isinstance(body, Mapping) else None
    if isinstance(operation, str) and operation in ABOUT_NO_INTERACTION:
        return None
    if path is None:
        return Target(workbin=FrozenDict(workbin_of(value)))
    if not isinstance(path, str):
        raise MessageError(f"path: must be a string, not {brief(path)}")
    return read_path(path)


def _interaction_of(recorded: Recorded) -> str | None:
    """The interaction that the address of a request names that cannot be read."""
    try:
        return read_path(recorded.value.get("path")).interaction
    except MessageError:
        return None


def _nameless(value: Mapping[str, Any]) -> str:
    if "path" in value:
        return f"path: {brief(value['path'])} names no interaction; it must, or the line under the key interaction"
    return "interaction: is missing; name it, or the path that does"


def _fitting_media(operation: Operation, definition: Definition) -> str | None:
    """The only medium that has the operation: PullEmail is for emails."""
    name = operation.command.operation
    fitting = [medium.name for medium in definition.media.values() if name in medium.operations]
    return fitting[0] if len(fitting) == 1 else None


def _agreed(key: str, one: str | None, other: str | None) -> str | None:
    """What the path or the body names, and the line beside it: the same, or only one of them."""
    if one is not None and other is not None and one != other:
        raise MessageError(f"{key}: the line says {brief(other)}, its path or body {brief(one)}")
    return one or other
