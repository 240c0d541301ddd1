"""The cheapest change of the lines about one interaction after which the judge finds nothing in them.

The graph is that of standings. Where a line leads from one, or that it may not come there, is what the judge says when
it is given the line in that standing, so nothing here knows a rule. The search is Dijkstra's, over pairs of a line and
a standing: a line that may come costs nothing; to leave it out, to put another in its place, or to put one in before
it, costs one edit. Of scripts with as few edits that one is taken whose edits are nearest to the findings, and change
least.

It is not `ixnstate.searching.nearest_first`, which visits everything there is, at one cost. Here a node is dear in two
ways, edits before penalty; its edits wait until nothing cheaper is left, since asking the judge about them is what
takes the time; and a node that is much dearer than the cheapest at its line is dropped. All of that depends on the way
to a node, which `nearest_first` does not show to its arcs.
"""

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from heapq import heappop, heappush
from itertools import chain, count, product
from typing import NamedTuple

from ixnstate.commands import Command
from ixnstate.definition import Definition, Edge
from ixnstate.gws import MessageError, request
from ixnstate.gws.pages import spelling_of
from ixnstate.model import Interaction
from ixnstate.recording.lines import Line, Place
from ixnstate.recording.records import Kind
from ixnstate.space import AGENTS, exemplary
from ixnstate.trace.candidate import NO_ID, SOMEBODY
from ixnstate.trace.findings import Change
from ixnstate.trace.judge import Judge
from ixnstate.trace.repair.story import Story, StoryLine
from ixnstate.trace.repair.trial import Known, Trials
from ixnstate.values import Json, changed, frozen
from ixnstate.views import documented
from ixnstate.vocabulary import State

MAX_VISITED = 20_000
"""How many pairs of a line and a standing are looked at for one interaction."""
MAX_TRIALS, MAX_ALL_TRIALS = 1_500, 20_000
"""How often the judge is asked, for one interaction and for all: a tenth of a millisecond each time."""

MAX_DETOUR = 2
"""By how many edits a way to a line may be dearer than the cheapest one to it, to be followed on: so many lines put in
lead from where that one stands to wherever a longer detour does."""

_NOWHERE = Place("-", 1)


@frozen
class New:
    """A line that could stand in a recording: an operation that somebody asks for, or a state that they are shown."""

    definition: Definition
    media: str
    agent: str | None
    operation: Command | None = None
    state: State | None = None
    capabilities: tuple[str, ...] = ()

    def line(self, interaction: str) -> dict[str, Json]:
        """The line, in its short form."""
        if self.operation is not None:
            return self._operation_line(self.operation, interaction)
        spelling = spelling_of(self.definition.media[self.media])
        about = {"id": interaction, "state": self.state, "capabilities": list(self.capabilities)}
        return {"agent": self.agent, "messageType": spelling.message_type, spelling.key: about}

    def _operation_line(self, command: Command, interaction: str) -> dict[str, object]:
        """A command as a recorded operation; what no request can say is left to its name."""
        line: dict[str, object] = {"agent": self.agent, "interaction": interaction, "media": self.media}
        try:
            command = changed(command, interaction=interaction, media=self.media)
            written = request(command, definition=self.definition)
        except (MessageError, ValueError):
            return {**line, "body": {"operationName": command.operation}}
        return {**line, "path": written.path, "body": written.body}

    def said(self, *, of_several: bool) -> str:
        """The line in words; with the agents, where several come into question."""
        if self.operation is None:
            return f"a notification of state {self.state}" + (f" to {self.agent}" if of_several else "")
        to = next((each for name in ("agent", "target_agent") if (each := getattr(self.operation, name, None))), None)
        by = getattr(self.operation, "by", None)
        about = f"{f' to {to}' if to else ''}{f' by {by}' if by else ''}" if of_several else ""
        return f"{self.operation.operation}{about}"


@frozen
class StoryEdit:
    """A change of a story: at which of its lines, or before which, and the new line."""

    change: Change
    at: int
    new: New | None = None


class _Node(NamedTuple):
    """Where the search is: how dear the way there was, the line that is next, and how the interaction stands."""

    edits: int
    penalty: int
    number: int
    at: int
    standing: Known | None
    way: "_Way | None"
    is_open: bool = True
    """Whether the next line has not been tried yet; edits of it wait until nothing cheaper is left."""


class _Way(NamedTuple):
    last: StoryEdit
    before: "_Way | None"


class Aligner:
    """Aligns stories; what it has worked out for one serves the next."""

    def __init__(self, judge: Judge) -> None:
        self.definition = judge.definition
        self._trials = Trials(judge)
        self._moves: dict[object, tuple[tuple[New, Known], ...]] = {}
        self._lines: dict[New, dict[str, object]] = {}
        self._after: dict[tuple[str, Known | None, str], Known | None] = {}
        self._aligned: dict[object, tuple[StoryEdit, ...]] = {}
        self._codes: dict[object, set[str]] = {}
        self.trials = 0
        """How often the judge has been asked."""

    def judge(self, story: Story, lines: Iterable[tuple[Place, object]]) -> set[str]:
        """The codes of what the judge finds in lines about the interaction of a story; "" for one it cannot read."""
        said = list(lines)
        key = story.start, _digest([_alike(value, story.interaction) for _, value in said])
        codes = self._codes.get(key)
        if codes is None:
            judge = self._trials.judge(story.interaction, story.start)
            taken = (judge.take(Line(place, str(number), value)) for number, (place, value) in enumerate(said))
            codes = {getattr(each, "code", "") for each in chain(chain.from_iterable(taken), judge.finish())}
            self._codes[key] = codes
        return codes

    def align(self, story: Story) -> tuple[StoryEdit, ...] | None:
        """The cheapest edits, in order; None where the search has become too long.

        Stories that are alike have the same: those that differ only in which interaction they are about, in when, and
        in the numbers of requests, none of which the search looks at.
        """
        lines = [_alike_line(entry, story.interaction) for entry in story.entries]
        key = story.start, story.media, _digest(lines)
        edits = self._aligned.get(key)
        if edits is None:
            edits = _Search(self, story).run()
            if edits is not None:  # a search that was too long may be shorter with what it has worked out
                self._aligned[key] = edits
        return edits

    def lead(self, interaction: str, found: Known | None, value: object) -> Known | None:
        """How an interaction stands after a line; None if the judge has something against it."""
        self.trials += 1
        return self._trials.after(interaction, found, Line(_NOWHERE, "", value))

    def after(self, interaction: str, found: Known | None, value: str) -> Known | None:
        """The same of a line as JSON, which may come in other stories, too."""
        key = interaction, found, value
        if key not in self._after:
            self._after[key] = self.lead(interaction, found, json.loads(value))
        return self._after[key]

    def in_vain(self, found: Known | None, media: str) -> Known:
        """How an interaction stands after a request that is refused."""
        return self._trials.in_vain(found, media)

    def moves(
        self, found: Known | None, media: str, agents: tuple[str, ...], operation: str | None = None
    ) -> Iterable[tuple[New, Known]]:
        """The lines that may come in a standing, the likeliest for each standing to which they lead elsewhere.

        With an ``operation``, the lines with that one, even if they lead nowhere.
        """
        key = found, media, agents, operation
        if key not in self._moves:
            leads: dict[Known, New] = {}
            for new in sorted(self._candidates(found, media, agents or (AGENTS[0],), operation), key=_unlikely):
                after = self.lead(NO_ID, found, self._line(new))
                if after is not None and (after != found or operation):
                    leads.setdefault(after, new)
            self._moves[key] = tuple((new, after) for after, new in leads.items())
        return self._moves[key]

    def _line(self, new: New) -> dict[str, object]:
        if new not in self._lines:
            self._lines[new] = new.line(NO_ID)
        return self._lines[new]

    def _candidates(
        self, found: Known | None, media: str, agents: tuple[str, ...], operation: str | None
    ) -> Iterator[New]:
        records = self._trials.records(found, media)
        for record, edge in product(records, self.definition.edges(media)):
            if edge.source is record.state and operation in (None, edge.operation):
                yield from self._operations(record, edge, agents)
        for state in self._trials.shown_states(media) if operation is None else ():
            names = next((each for each in documented(media, state, definition=self.definition).values() if each), ())
            told = (New(self.definition, media, agent, None, state, names) for agent in agents)
            yield from (new for new in told if self._trials.may_show(found, state, new.agent))

    def _operations(self, record: Interaction, edge: Edge, agents: tuple[str, ...]) -> Iterator[New]:
        """The command that takes the edge, by whoever may, and to whoever is named."""
        command = exemplary(record, edge, definition=self.definition)
        known = {*record.holders, *record.invited} - {SOMEBODY}
        named = {
            name: agents if value not in known else (value,)
            for name in ("by", "agent", "target_agent")
            if (value := getattr(command, name, None)) is not None
        }
        if "target_agent" in named and {*named["target_agent"]} <= known:
            named["target_agent"] = AGENTS[-1:]
        for chosen in product(*named.values()):
            if SOMEBODY not in chosen:
                given = dict(zip(named, chosen, strict=True))
                yield New(self.definition, record.media, given.get("by", given.get("agent")), changed(command, **given))


def _unlikely(new: New) -> int:
    """How unlikely it is that just this line is missing: the operation of an agent, the platform's, a message."""
    if new.operation is None:
        return 2
    return getattr(new.operation, "by", None) is None


class _Search:
    def __init__(self, aligner: Aligner, story: Story) -> None:
        self._aligner = aligner
        self._story = story
        self._media = story.media
        self._agents = story.agents
        values = [_plain_value(entry) for entry in story.entries]
        has_address = any("path" in value or "uri" in json.dumps(value) for value in values)
        self._named = story.interaction if has_address else NO_ID
        self._values = [json.dumps(value if has_address else _renamed(value, story.interaction)) for value in values]
        self._faulty = [at for at, entry in enumerate(story.entries) if entry.findings]
        self._numbers = count()

    def run(self) -> tuple[StoryEdit, ...] | None:
        entries = self._story.entries
        heap = [_Node(0, 0, next(self._numbers), 0, self._story.start, None)]
        visited: set[tuple[int, Known | None, bool]] = set()
        best: dict[int, int] = {}
        most = min(self._aligner.trials + MAX_TRIALS, MAX_ALL_TRIALS)
        while heap and len(visited) < MAX_VISITED and self._aligner.trials < most:
            node = heappop(heap)
            if node.at == len(entries):
                return tuple(reversed(list(_edits(node.way))))
            is_near = node.edits <= best.setdefault(node.at, node.edits) + MAX_DETOUR
            if is_near and (node.at, node.standing, node.is_open) not in visited:
                visited.add((node.at, node.standing, node.is_open))
                for after in self._kept(node) if node.is_open else self._changed(node, entries[node.at]):
                    heappush(heap, after)
        return None

    def _kept(self, node: _Node) -> Iterator[_Node]:
        """After the line as it is; and the same again, to edit it, when nothing cheaper is left."""
        may_come, after = self._lead(node, self._story.entries[node.at])
        if may_come:
            yield node._replace(number=next(self._numbers), at=node.at + 1, standing=after)
        away = min((abs(at - node.at) for at in self._faulty), default=0)
        yield node._replace(
            edits=node.edits + 1, penalty=node.penalty + 10 * away, number=next(self._numbers), is_open=False
        )

    def _changed(self, node: _Node, entry: StoryLine) -> Iterator[_Node]:
        """After each edit of the line; how dear the node is, tells already that there is one."""
        is_request = entry.recorded.kind is Kind.REQUEST
        moves = self._aligner.moves(node.standing, self._media, self._agents)
        for new, leads in moves:
            rank = 1 + _unlikely(new) if new.operation or not is_request else 5
            yield self._edited(node, StoryEdit(Change.INSERT, node.at, new), leads, rank)
        if entry.recorded.kind is Kind.STATE or entry.is_refused:
            return
        yield self._edited(node, StoryEdit(Change.DELETE, node.at), node.standing, 4)
        for new, leads in self._alike(node, entry):
            yield self._edited(node, StoryEdit(Change.REPLACE, node.at, new), leads, 0)
        for new, leads in moves:
            yield self._edited(node, StoryEdit(Change.REPLACE, node.at, new), leads, 6)

    def _alike(self, node: _Node, entry: StoryLine) -> Iterator[tuple[New, Known]]:
        """What differs from the line in a part only."""
        if entry.recorded.kind is Kind.REQUEST and entry.name:
            yield from self._aligner.moves(node.standing, self._media, self._agents, entry.name)
        yield from self._with_other_capabilities(node, entry)

    def _with_other_capabilities(self, node: _Node, entry: StoryLine) -> Iterator[tuple[New, Known]]:
        for finding in entry.findings:
            if finding.code == "IXN203":
                new = New(
                    self._aligner.definition,
                    self._media,
                    entry.recorded.agent,
                    None,
                    State(str(entry.name)),
                    finding.expected,
                )
                leads = self._aligner.lead(self._story.interaction, node.standing, new.line(self._story.interaction))
                if leads is not None:
                    yield new, leads

    def _edited(self, node: _Node, edit: StoryEdit, standing: Known | None, rank: int) -> _Node:
        at = node.at + (edit.change is not Change.INSERT)
        return _Node(node.edits, node.penalty + rank, next(self._numbers), at, standing, _Way(edit, node.way))

    def _lead(self, node: _Node, entry: StoryLine) -> tuple[bool, Known | None]:
        """Whether the line may come, and where it leads. A request that the reply refuses has changed nothing."""
        if entry.is_refused:
            return not entry.findings, self._aligner.in_vain(node.standing, self._media)
        after = self._aligner.after(self._named, node.standing, self._values[node.at])
        return after is not None, after


def _plain_value(entry: StoryLine) -> dict[str, object]:
    """The line of an entry as one that stands alone: a request without the exchange to which it belongs."""
    is_request = entry.recorded.kind is Kind.REQUEST
    left_out = ("seq", "ts", "referenceId", *(("kind", "method") if is_request else ()))
    return {key: each for key, each in entry.recorded.value.items() if key not in left_out}


_PARTS = re.compile(r"([/?&=])").split


def _alike_line(entry: StoryLine, interaction: str) -> tuple[object, ...]:
    """All that the search looks at of a line."""
    findings = tuple([(finding.code, finding.expected) for finding in entry.findings])
    return entry.recorded.kind, entry.name, entry.is_refused, findings, _alike(_plain_value(entry), interaction)


def _digest(lines: Iterable[object]) -> bytes:
    """Stands for lines, which may be long, where they are looked up."""
    return sha256(repr(lines).encode("utf-8", "surrogatepass")).digest()


def _alike(value: object, interaction: str) -> str:
    """A line as it is in all stories that are alike: with another id, without times and numbers."""
    return json.dumps(_renamed(value, interaction, ("ts", "referenceId")))


def _renamed(value: object, name: str, left_out: tuple[str, ...] = ()) -> object:
    """The value with `NO_ID` for the id of its interaction: lines of interactions that stand alike become the same."""
    if isinstance(value, dict):
        return {key: _renamed(each, name, left_out) for key, each in value.items() if key not in left_out}
    if isinstance(value, list):
        return [_renamed(each, name, left_out) for each in value]
    if isinstance(value, str) and name in value:
        return NO_ID if value == name else "".join([NO_ID if part == name else part for part in _PARTS(value)])
    return value


def _edits(way: _Way | None) -> Iterator[StoryEdit]:
    while way is not None:
        yield way.last
        way = way.before
