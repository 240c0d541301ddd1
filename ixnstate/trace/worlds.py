"""How an interaction may stand, as far as a recording tells, and what each line makes of that.

A recording that shows an agent letting go with Completed does not say whether the interaction ended or went on to
somebody else. So a `Standing` keeps every world that is possible, the likeliest first, until something tells them
apart. A world knows what each agent is still to be told: a message may be late, and overtaken by another agent's, but
never by a later one to the same agent. A request that waits for its reply makes two of a world: one in which it has
been carried out, and one in which it has not, or not yet.

Worlds are bare of whatever decides nothing, the interaction's id included: interactions that stand alike share one
`Standing`, and what a line makes of it is worked out once.
"""

from collections import Counter, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from ixnstate.commands import CHECKS, Command, Kind, parameters_of
from ixnstate.definition import AS_BEFORE, Definition, Edge
from ixnstate.graph import exemplary, plain, standing
from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.noticing import notices
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import applicable, step
from ixnstate.values import changed
from ixnstate.views import view
from ixnstate.vocabulary import Does, Family, State, Who

K = TypeVar("K")
V = TypeVar("V")

SOMEBODY = "(somebody)"
"""Stands for the agent whom a recording does not name, until one acts as the holder or invitee would."""

_UNNAMED = (SOMEBODY, "(somebody else)", "(a third)")

OTHERS = "(others)"
"""Among the holders of a session that was under way when the recording began: there may be more of them."""

SUBSCRIBERS = "(subscribers)"
"""Whoever is told what comes into a workbin, and what leaves it."""

NO_ID = "(an interaction)"
"""Stands for the id of an interaction, in the records that interactions share."""

ADDED, REMOVED = "ItemAdded", "ItemRemoved"


_Words = tuple[tuple[str, tuple[str, ...]], ...]


class World(NamedTuple):
    """One way in which an interaction may stand."""

    record: Interaction
    words: _Words = ()
    """By agent, the state shown last ("" for none), and those still to be shown.

    Nothing stands here for an agent who was shown their view, and who is to be shown nothing else.
    """
    edge: Edge | None = None
    """The edge of the last step."""
    taken: frozenset[int] = frozenset()
    """The numbers of the requests that wait for their reply and have been carried out here."""


class _Effect(NamedTuple):
    """What a step does, whatever agents are still to be told of earlier ones: the record after it, and who is told."""

    record: Interaction
    edge: Edge | None
    told: tuple[tuple[str, str], ...]
    """The states that agents are shown by it, and what subscribers are told of a workbin."""


class Standing:
    """Every world that a recording leaves possible, the likeliest first.

    ``requested`` says whether the recording has requests of the interaction, and not notifications alone. ``moves`` and
    ``asked`` keep what was worked out for lines that found it so; ``waits`` whether rules over time may wait in it.
    ``begun`` is for those that `Begun` to.
    """

    __slots__ = ("asked", "moves", "requested", "waits", "worlds")

    begun = None

    def __init__(self, worlds: tuple[World, ...], *, requested: bool) -> None:
        self.worlds = worlds
        self.requested = requested
        self.moves: dict[Any, Any] = {}
        self.asked: dict[Hashable, Any] = {}
        self.waits = False

    @property
    def standing(self) -> "Standing":
        """Itself."""
        return self

    @property
    def record(self) -> Interaction:
        """The likeliest record."""
        return self.worlds[0].record

    @property
    def edge(self) -> Edge | None:
        """The likeliest last step."""
        return self.worlds[0].edge

    @property
    def has_ended(self) -> bool:
        """Whether it has most likely ended."""
        return self.worlds[0].record.state.is_final


class Silent(NamedTuple):
    """Who may have acted without a line: not ``askers``, whose requests are recorded; others if ``are_others``."""

    askers: frozenset[str | None] = frozenset()
    are_others: bool = True

    def may(self, agent: str | None) -> bool:
        """Whether this agent may."""
        return self.are_others and agent not in self.askers

    @property
    def are_several(self) -> bool:
        """Whether several agents' requests are recorded."""
        return len(self.askers) > 1


ANYBODY = Silent()
NOBODY = Silent(are_others=False)


class Waiting(NamedTuple):
    """A request that may be carried out any time before its reply: with a ``number``, by which worlds know it."""

    number: int | None
    command: Command
    agent: str | None
    form: Hashable
    """What of the command decides what it does; None if its arguments are not in order."""


MAX_STANDINGS = 50_000
"""How many different standings are kept to be shared; interactions that already have one keep it."""
MAX_WORLDS = 48
"""How many worlds of an interaction are kept: the likeliest, whatever waiting requests may have been carried out."""
_MOST_WORDS = 6
"""How many states that an agent is still to be told are kept, and of how many agents."""
_MOST_PLACES = 128
"""In how many ways an interaction may stand, until steps that no line shows are no longer looked for."""
_MOST_UNSEEN = 2
"""How many of its own steps the platform may make before any of them is shown."""


class Worlds:
    """What is possible under a definition. It knows no interaction: a `Standing` goes in, another comes out.

    ``gaps`` is how many steps may have gone unseen between two notifications of an interaction without requests; None
    for as many as it takes after its agent has let go of it.
    """

    def __init__(self, definition: Definition, gaps: int | None = None) -> None:
        self.definition = definition
        self.gaps = gaps
        self._shared: dict[tuple[bool, tuple[World, ...]], Standing] = {}
        self._seen: dict[Interaction, list[tuple[str, str]]] = {}
        self._resumed: dict[Interaction, list[Interaction]] = {}
        self._done: dict[Hashable, tuple[tuple[World, Step], ...]] = {}
        self._effects: dict[Hashable, dict[int, tuple[_Effect, ...]]] = {}
        """By record, newcomer and who may have acted silently: what each edge does, by its place among the edges."""

    def without_edges(self, found: Standing) -> Standing:
        """The same, but for how it came about."""
        return self.standing((each._replace(edge=None) for each in found.worlds), requested=found.requested)

    def standing(self, worlds: Iterable[World], *, requested: bool) -> Standing:
        """The one standing of these worlds."""
        alike: dict[Any, World] = {}
        for each in worlds:
            alike.setdefault((each.record, each.words, each.taken), each)
        ordered = _likeliest(tuple(alike.values()))
        found = self._shared.get((requested, ordered))
        if found is None:
            found = _with_room(self._shared)[requested, ordered] = Standing(ordered, requested=requested)
        return found

    # --- seen for the first time ------------------------------------------------------------------------------------

    def said(self, media: str, state: State, agent: str | None, place: WorkbinPlace | None = None) -> Standing:
        """How an interaction stands that is said to be in ``state``; out of a workbin it may come as a draft."""
        record = standing(NO_ID, media, state, agent or SOMEBODY, place)
        told = ((agent or SOMEBODY, (state.value,)),) if not record.holders and not record.invited else ()
        resumed = self._resuming(record) if record.state is State.IN_WORKBIN else [record]
        return self.standing([World(each, told) for each in resumed], requested=False)

    def seen(self, media: str, state: str, agent: str | None) -> Standing:
        """How an interaction may stand of which ``state`` is the first that is shown."""
        return self.standing(self._first(media, state, agent), requested=False)

    def _first(self, media: str, state: str, agent: str | None) -> Iterator[World]:
        """The message may be a last word to one who let go of it, and late."""
        shown = State(state) if state in tuple(State) else State.IN_WORKBIN
        record = standing(NO_ID, media, shown, agent or SOMEBODY)
        told: _Words = ((agent or SOMEBODY, (shown.value,)),) if not record.holders and not record.invited else ()
        if state in (ADDED, REMOVED):
            told = ((SUBSCRIBERS, (ADDED, REMOVED)),)
        elif shown is State.IN_WORKBIN:
            told = ((SUBSCRIBERS, (ADDED,)), *told)
        elif record.holders:
            told = ((SUBSCRIBERS, (REMOVED,)),)
        if state != REMOVED:
            for each in self._resuming(record):
                yield World(each, told)
        if shown is State.INVITED or record.holders:
            yield from (World(each) for each in self._in_company(record, agent or SOMEBODY))
        elif state == REMOVED or (self.gaps is None and shown not in (State.SENT, State.CANCELED)):
            worlds = self.unseen(media).worlds
            if state == REMOVED:
                worlds = tuple(sorted(worlds, key=lambda world: not world.record.holders))
            yield from (World(each.record, told) for each in worlds)

    def _in_company(self, record: Interaction, agent: str) -> Iterator[Interaction]:
        """The same in a session with other agents."""
        medium = self.definition.media[record.media]
        if medium.family is Family.SESSIONS and record.state in (medium.active, State.INVITED):
            holders, invited = (record.holders, ()) if record.holders else ((), (agent,))
            yield changed(record, state=medium.active, holders=(*holders, OTHERS), invited=invited)

    def _resuming(self, record: Interaction) -> list[Interaction]:
        """The record with each state that it may resume."""
        found = self._resumed.get(record)
        if found is None:
            resumed: dict[Any, None] = {None: None}
            if record.state in (State.IN_WORKBIN, State.INVITED, State.QUEUED):
                resumed |= dict.fromkeys(edge.resumes for edge in self.definition.edges(record.media))
            found = [changed(record, resume=each) for each in resumed if each != AS_BEFORE]
            _with_room(self._resumed)[record] = found
        return found

    def new(self, media: str) -> Standing:
        """How an interaction stands that has just come: it waits in a queue."""
        return self.standing([World(Interaction(id=NO_ID, media=media))], requested=False)

    def unseen(self, media: str) -> Standing:
        """How an interaction may stand of which nothing is known: in any way."""
        worlds = []
        for state in sorted(self.definition.media[media].states, key=lambda state: state.is_final):
            record = standing(NO_ID, media, state, SOMEBODY)
            told = ((SUBSCRIBERS, (ADDED, REMOVED)),)
            worlds += [World(each, told) for each in self._resuming(record)]
            if record.holders:
                worlds += [World(each, told) for each in self._in_company(record, SOMEBODY)]
        return self.standing(worlds, requested=False)

    def done(self, done: Step) -> Standing:
        """How an interaction stands after the step that created it."""
        record = _bare(done.interaction)
        return self.standing([self._after(World(record), self._effect(record, done, None))], requested=True)

    # --- requests ---------------------------------------------------------------------------------------------------

    def carried_out(self, found: Standing, asked: Waiting) -> tuple[tuple[World, ...], tuple[Step, ...]]:
        """The worlds that a request leads to from those in which it is legal, and what it does in them."""
        if asked.form is None:
            return self._carry_out(found.worlds, asked)
        key = asked.form, asked.agent, asked.number
        known = found.asked.get(key)
        if known is None:
            known = found.asked[key] = self._carry_out(found.worlds, asked)
        return known

    def _carry_out(
        self, worlds: Iterable[World], asked: Waiting, *, is_late: bool = False
    ) -> tuple[tuple[World, ...], tuple[Step, ...]]:
        carried = [each for world in worlds for each in self._carry(world, asked, is_late=is_late)]
        return tuple(after for after, _ in carried), tuple(done for _, done in carried)

    def _carry(self, world: World, asked: Waiting, *, is_late: bool) -> tuple[tuple[World, Step], ...]:
        """Where a request leads; several ways only if it is not known who else takes part in a session."""
        if asked.form is None:
            return tuple(self._carried(world, asked, is_late=is_late))
        key = world, asked.form, asked.agent, asked.number, is_late
        found = self._done.get(key)
        if found is None:
            found = _with_room(self._done)[key] = tuple(self._carried(world, asked, is_late=is_late))
        return found

    def _carried(self, world: World, asked: Waiting, *, is_late: bool) -> Iterator[tuple[World, Step]]:
        taken = world.taken if asked.number is None else world.taken | {asked.number}
        for named in _recognitions(world, asked.agent):
            if not is_late or self._is_aware(named, asked.agent):
                done = self._step(named.record, asked.command)
                if isinstance(done, Step):
                    effect = self._effect(named.record, done, self._edge(done, asked.command))
                    yield self._after(named, effect)._replace(taken=taken), done
                    if OTHERS not in world.record.holders or named is world:
                        return

    def _edge(self, done: Step, command: Command) -> Edge | None:
        return applicable(done.before or done.interaction, command, definition=self.definition)

    def carried_out_later(
        self, found: Standing, asked: Waiting, silent: Silent, *, is_told: bool
    ) -> tuple[tuple[World, ...], tuple[Step, ...]]:
        """The same by its reply, after steps that no line has shown yet.

        ``is_told`` says that the recording has what the agent is told: they have not acted on what is still to come.
        """
        here, most = found.worlds, _MOST_UNSEEN if is_told else max(_MOST_UNSEEN, self._most(found, silent))
        known = {_place(world) for world in here}
        for _ in range(most + 1):
            carried = self._carry_out(here, asked, is_late=is_told)
            if carried[0]:
                return carried
            going = (world for world in here if not (is_told and asked.agent in world.record.holders))
            steps = (after for world in going for after in self._moves(world, asked.agent, silent, (), None))
            here = _elsewhere(steps, known)
        return (), ()

    def _is_aware(self, world: World, agent: str | None) -> bool:
        """Whether an agent has been shown what they have: nobody acts on a message that is still to come."""
        shown = dict(world.words).get(agent or "")
        having = dict(self._views(world.record)).get(agent or "")
        return shown is None or having is None or shown[0] == having

    def refusal(self, found: Standing, interaction: str, command: Command, agent: str | None) -> Refusal | None:
        """Why the likeliest record refuses a command that all refuse."""
        for named in _recognitions(found.worlds[0], agent):
            done = self._step(changed(named.record, id=interaction), command)
            if isinstance(done, Refusal):
                return done
        return None

    def forced(self, found: Standing, command: Command, agent: str | None) -> Standing:
        """How it may stand after a request that is illegal and was carried out all the same, one way or another."""
        asked = Waiting(None, command, agent, self.form(command, found.record.media))
        anyhow, _ = self.carried_out(self.unseen(found.record.media), asked)
        return self.standing([*anyhow, *found.worlds], requested=True)

    def anyhow(self, media: str, asked: Waiting | None, state: str, agent: str | None) -> Standing | None:
        """How it may stand if a request, legal or not, was carried out and shows ``state``; None if it does not."""
        carried = zip(*self.carried_out(self.unseen(media), asked), strict=True) if asked else ()
        moved = [world for world, done in carried if done.before and _bare(done.before) != world.record]
        concerned = [world for world in moved if state in (ADDED, REMOVED) or agent in dict(world.words)]
        told = [heard for world in concerned if (heard := self._told(world, state, agent))]
        return self.standing(told, requested=True) if told else None

    def taken(self, found: Standing, number: int) -> Standing:
        """The same, if a request that waits has been carried out; as it is, where that cannot be."""
        worlds = tuple(world for world in found.worlds if number in world.taken)
        return self.standing(worlds, requested=found.requested) if worlds else found

    def lying(self, found: Standing, workbin: str) -> Standing:
        """The same, if it is said to have come into that workbin: from another one it was taken out again."""
        worlds = (
            each._replace(record=changed(each.record, workbin=None))
            if each.record.workbin and each.record.workbin.id != workbin
            else each
            for each in found.worlds
        )
        return self.standing(worlds, requested=found.requested)

    def at_its_word(self, found: Standing) -> Standing:
        """The same, if what was shown first of an interaction was no late message."""
        first = found.record.state
        worlds = (each for each in found.worlds if each.edge is not None or each.record.state is first)
        return self.standing(worlds, requested=found.requested)

    def is_new(self, worlds: Iterable[World], found: Standing) -> bool:
        """Whether in some of the worlds somebody takes part who has not been named before."""
        known = {world.record for world in found.worlds}
        return any(world.record not in known for world in worlds)

    def is_moved(self, steps: Iterable[Step]) -> bool:
        """Whether a command that did this has done more than tell agents something."""
        return any(done.before is None or _bare(done.interaction) != _bare(done.before) for done in steps)

    def settled(self, worlds: Iterable[World], number: int | None) -> Standing:
        """How it stands in these worlds, once a request has its reply."""
        return self.standing((each._replace(taken=each.taken - {number}) for each in worlds), requested=True)

    def form(self, command: Command, media: str) -> Hashable:
        """What of a command decides what it does; None for one whose arguments are not in order."""
        lacking = self.definition.media[media].lacking(command.operation)
        if not CHECKS[type(command), lacking](command):
            return None
        named = [getattr(command, each.name) for each in parameters_of(type(command)) if each.kind is Kind.NAME]
        return (command.operation, *named)

    def _step(self, record: Interaction, command: Command) -> Step | Refusal:
        try:
            return step(record, command, definition=self.definition)
        except RefusedError as error:
            return error.refusal

    def _effect(self, before: Interaction, done: Step, edge: Edge | None) -> _Effect:
        record = _bare(done.interaction)
        told = [
            (notice.agent, notice.view.state.value)
            for notice in notices(done, definition=self.definition)
            if notice.agent != OTHERS and (done.created is None or notice.event.interaction == done.interaction.id)
        ]
        was_in, is_in = (each.state is State.IN_WORKBIN for each in (before, record))
        moves = [*([REMOVED] if was_in and done.events else []), *([ADDED] if is_in and done.events else [])]
        return _Effect(record, edge, (*told, *((SUBSCRIBERS, move) for move in moves)))

    def _after(self, world: World, effect: _Effect) -> World:
        """The world after a step: who is told what by it, and what others have not been shown yet."""
        words = {name: each for name, each in world.words if len(each) > 1 or name == SUBSCRIBERS}
        words = {**{name: (seen,) for name, seen in self._views(world.record)}, **words}
        for name, state in effect.told:
            earlier = words.get(name, ("",))
            words[name] = (*earlier[:1], *(*earlier[1:], state)[-_MOST_WORDS:])
            if name == SUBSCRIBERS:
                words[name] = tuple(sorted({*words[name]} - {""}))
        return World(effect.record, _ordered(words, dict(self._views(effect.record))), effect.edge, world.taken)

    # --- notifications ----------------------------------------------------------------------------------------------

    def shown(
        self,
        found: Standing,
        state: str,
        agent: str | None,
        silent: Silent,
        waiting: tuple[Waiting, ...] = (),
        last: Silent | None = None,
    ) -> tuple[Standing, int] | None:
        """How it stands if ``state`` is shown to an agent now, and how many steps went unseen; None if it cannot be.

        A step that was not recorded is taken on the way: the platform's, or that of an agent who may have acted
        silently; and requests that wait for their reply. ``last`` says who may have taken the step that is shown.
        """
        last = last or silent
        if any(asked.form is None for asked in waiting):
            return self._shown(found, state, agent, silent, waiting, last)
        key = state, agent, silent, last, *((asked.number, asked.form, asked.agent) for asked in waiting)
        if key not in found.asked:
            found.asked[key] = self._shown(found, state, agent, silent, waiting, last)
        return found.asked[key]  # type: ignore[no-any-return]

    def in_other_company(self, found: Standing, state: str, agent: str | None, silent: Silent) -> Standing:
        """How it may stand, too, if an agent has been told that others take part in a session now: some have gone."""
        gone = [
            told
            for world in found.worlds
            if world.record.state is State.CHATTING and agent in world.record.holders
            for after in self._moves(world, agent, silent, (), state)
            if {*after.record.holders, *after.record.invited} <= {*world.record.holders, *world.record.invited}
            if (told := self._told(after, state, agent)) is not None
        ]
        return self.standing((*found.worlds, *gone), requested=found.requested)

    def _shown(
        self,
        found: Standing,
        state: str,
        agent: str | None,
        silent: Silent,
        waiting: tuple[Waiting, ...],
        last: Silent,
    ) -> tuple[Standing, int] | None:
        told: list[World] = []
        moved: list[World] = []
        stuck: list[World] = []
        since = None if silent == ANYBODY else _numbers_of_words(found.worlds)
        for world in found.worlds:
            heard, before = self._told(world, state, agent), len(moved)
            if heard is not None:
                told.append(heard)
            if (
                heard is None
                or (silent == ANYBODY and self._may_have_let_go(heard, state))
                or (last.are_others and state == State.COMPOSING and agent not in world.record.holders)
            ):
                moved += self._shown_after_a_step(world, state, agent, last, waiting, since)
                moved += self._strangers(world, state, agent)
            if heard is None and len(moved) == before:
                stuck.append(world)
        is_likely = bool(told) or found.worlds[0] not in stuck
        if not is_likely and silent == ANYBODY and agent is not None and self.gaps is None:
            held = [world for world in stuck if self._views(world.record)]
            moved += [each for world in held for each in self._overtaken(world, state, agent)]
        unseen = 0
        here = found.worlds
        known = {_place(world) for world in found.worlds}
        while not told and not moved and here and unseen < self._most(found, silent) and len(known) < _MOST_PLACES:
            going = (world for world in here if self._may_go_on(world, silent, unseen))
            steps = (after for world in going for after in self._moves(world, agent, silent, waiting, None))
            here = _elsewhere(steps, known)
            unseen += 1
            moved = [
                each for world in here for each in self._shown_after_a_step(world, state, agent, last, waiting, since)
            ]
        if not told and not moved:
            return None
        if state in (State.INVITED, State.REVOKED) and last.are_others:
            moved += [world._replace(record=each) for world in moved for each in self._resuming(world.record)]
        moved.sort(key=lambda world: world.record.state.is_final and state == State.REVOKED)
        told.sort(key=lambda world: world.record.state is not State.IN_WORKBIN and state == ADDED)
        return self.standing([*told, *moved], requested=found.requested), 0 if told else unseen

    def _may_have_let_go(self, heard: World, state: str) -> bool:
        """Whether what an agent is shown may be a last word: a draft that was given away still shows Composing."""
        return state == State.COMPOSING or all(seen != state for _, seen in self._views(heard.record))

    def _overtaken(self, world: World, state: str, agent: str) -> Iterator[World]:
        """Where two steps lead, of which the first is still to be told to another agent."""
        for between in self._moves(world, agent, ANYBODY, (), None):
            for after in self._moves(between, agent, ANYBODY, (), state):
                told = self._told(after, state, agent, _numbers_of_words((world,)))
                if told is not None:
                    yield told

    def _shown_after_a_step(
        self,
        world: World,
        state: str,
        agent: str | None,
        silent: Silent,
        waiting: Iterable[Waiting],
        since: Mapping[str, int] | None,
    ) -> Iterator[World]:
        for after in self._moves(world, agent, silent, waiting, state):
            told = self._told(after, state, agent, since)
            if told is not None and (silent.may(agent) or not _has_taken(after, told, agent)):
                yield told

    def concerns(self, found: Standing, agent: str | None) -> bool:
        """Whether an agent has had to do with it, as far as is known."""
        return any(name == agent for world in found.worlds for name, _ in (*self._views(world.record), *world.words))

    def explains(self, found: Standing, state: str, agent: str | None) -> bool:
        """Whether the agent may be shown ``state`` with no step before it."""
        return any(self._told(world, state, agent) is not None for world in found.worlds)

    def unrecorded(self, found: Standing, state: str, agent: str | None) -> tuple[Edge, ...]:
        """The edges by any of which one step that was not recorded leads to ``state`` being shown."""
        moved = (
            after.edge
            for world in found.worlds
            for after in self._moves(world, agent, ANYBODY, (), state)
            if self._told(after, state, agent) is not None
        )
        return tuple(dict.fromkeys(edge for edge in moved if edge))

    def _most(self, found: Standing, silent: Silent) -> int:
        if not silent.are_others:
            return 0 if silent == NOBODY else _MOST_UNSEEN
        return len(self.definition.media[found.record.media].edges) if self.gaps is None else self.gaps

    def _may_go_on(self, world: World, silent: Silent, unseen: int) -> bool:
        """Whether one more step may have happened unseen, after so many.

        With no number given: one agent's notifications arrive in order, so the holder would have been told of any step
        already. The channels of several agents are independent, so a few steps may not have been told yet.
        """
        if not silent.are_others or self.gaps is not None:
            return True
        having = [each for each in (*world.record.holders, *world.record.invited) if each not in _UNNAMED[1:]]
        is_free = not any(each in silent.askers for each in having)
        if silent.are_several:
            return is_free or unseen < _MOST_UNSEEN
        return unseen > 0 or not having or (silent != ANYBODY and is_free)

    def _told(
        self, world: World, state: str, agent: str | None, since: Mapping[str, int] | None = None
    ) -> World | None:
        """The world in which the agent has been shown ``state``; None if they cannot be.

        They are shown what is next for them, or once more what was shown last if nothing is; what they should have been
        shown before may be missing, unless it is only supposed: then ``since`` says how many words each had before. It
        may be supposed that they are shown the same once more, as of those who take part.
        """
        views = dict(self._views(world.record))
        words = {**{name: (seen,) for name, seen in views.items()}, **dict(world.words)}
        if state in (ADDED, REMOVED):
            return world if state in words.get(SUBSCRIBERS, ()) else None
        for name in (agent,) if agent in words else words:
            if agent is None or name == agent or name in _UNNAMED:
                states = words[name]
                begin = len(states) > 1
                if state in states[begin:]:
                    at = states.index(state, begin)
                    news = sum(word != states[0] for word in states[begin:at])
                    if since is None or news < since.get(name, 1):
                        words[name] = states[at:]
                        return _named(world._replace(words=_ordered(words, views)), name, agent)
        return None

    def _strangers(self, world: World, state: str, agent: str | None) -> Iterator[World]:
        """The world, if the agent is one of those who had it when the recording began."""
        having = dict(self._views(world.record))
        if OTHERS in world.record.holders and agent is not None and agent not in having:
            for each in _joined(world, agent):
                told = self._told(each, state, agent)
                if told is not None:
                    yield told

    def _views(self, record: Interaction) -> list[tuple[str, str]]:
        """What each agent who has it sees."""
        found = self._seen.get(record)
        if found is None:
            having = [each for each in (*record.holders, *record.invited) if each != OTHERS]
            views = [(each, view(record, each, definition=self.definition)) for each in having]
            found = _with_room(self._seen)[record] = [
                (name, seen.state.value) for name, seen in views if seen is not None
            ]
        return found

    # --- steps that no line shows -----------------------------------------------------------------------------------

    def _moves(
        self, world: World, agent: str | None, silent: Silent, waiting: Iterable[Waiting], state: str | None
    ) -> Iterator[World]:
        """Where one step leads that no line shows; with ``state``, one that may show it."""
        for asked in waiting:
            if asked.number not in world.taken:
                yield from (after for after, _ in self._carry(world, asked, is_late=True))
        record = world.record
        newcomer = agent if agent not in (*record.holders, *record.invited) else None
        effects = _with_room(self._effects).setdefault((record, newcomer, silent), {})
        for at, edge in enumerate(self.definition.edges(record.media)):
            if edge.source is record.state and (state is None or self._may_show(edge, record, state, silent)):
                if at not in effects:
                    effects[at] = tuple(self._silently(record, edge, newcomer, silent))
                yield from (self._after(world, effect) for effect in effects[at])

    def _silently(self, record: Interaction, edge: Edge, newcomer: str | None, silent: Silent) -> Iterator[_Effect]:
        """What an edge does that no line shows; into which workbin, nobody knows."""
        for command in self._commands(record, edge, newcomer, silent):
            done = self._step(record, command)
            if isinstance(done, Step):
                effect = self._effect(record, done, edge)
                yield effect._replace(record=changed(effect.record, workbin=None)) if effect.record.workbin else effect

    def _may_show(self, edge: Edge, record: Interaction, state: str, silent: Silent) -> bool:
        leads = edge.target or record.resume or self.definition.media[record.media].active
        asks = edge.does in (Does.ASK, Does.CONSULT, Does.PASS_ON)
        seen = {leads.value, edge.told, State.REVOKED if record.invited else None, State.INVITED if asks else None}
        if edge.source is State.IN_WORKBIN and silent != NOBODY:
            seen.add(REMOVED)
        if leads is State.IN_WORKBIN:
            seen.add(ADDED)
        return state in seen

    def _commands(self, record: Interaction, edge: Edge, newcomer: str | None, silent: Silent) -> Iterator[Command]:
        """The commands that take an edge, of everybody who may have given them."""
        stranger = next(
            (each for each in _UNNAMED if each not in record.holders and each not in record.invited), OTHERS
        )
        newcomers = [stranger] if newcomer is None else [newcomer, stranger]
        acting: Mapping[Who, Iterable[str | None]] = {
            Who.PLATFORM: (None,), Who.HOLDER: record.holders, Who.INVITEE: record.invited, Who.ANYONE: newcomers,
        }  # fmt: skip
        command = exemplary(record, edge, definition=self.definition)
        for by in acting[edge.who]:
            if edge.who is Who.PLATFORM or silent.may(by):
                said = command if by is None else changed(command, by=by)
                yield from self._aimed(said, record, edge, newcomers)

    def _aimed(self, command: Any, record: Interaction, edge: Edge, newcomers: list[str]) -> Iterator[Command]:
        """The command with each agent at whom it may be aimed."""
        if edge.does is Does.OFFER:
            yield from (changed(command, agent=each) for each in newcomers)
        elif (
            edge.does in (Does.DECLINE, Does.DROP_OUT, Does.RELEASE)
            and edge.who is Who.PLATFORM
            and edge.operation == "Revoke"
        ):
            having = record.invited if edge.does is Does.DECLINE else record.holders
            yield from (changed(command, agent=each) for each in having)
        elif edge.does is Does.REMOVE:
            targets = (*record.holders, *record.invited)
            yield from (changed(command, target_agent=each) for each in targets if each != command.by)
        elif getattr(command, "target_agent", None) is not None:
            yield from (changed(command, target_agent=each) for each in newcomers)
        else:
            yield command

    def way(self, found: Standing, state: str) -> tuple[str, ...] | None:
        """The fewest operations after which ``state`` is shown to somebody; None if there is no way."""
        start = World(found.record)
        queue: deque[tuple[World, tuple[str, ...]]] = deque([(start, ())])
        known = {start.record}
        while queue:
            world, path = queue.popleft()
            for after in self._moves(world, None, ANYBODY, (), None):
                assert after.edge is not None
                longer = (*path, after.edge.operation)
                if self._told(after, state, None) is not None and (after.record != world.record):
                    return longer
                if after.record not in known:
                    known.add(after.record)
                    queue.append((after, longer))
        return None


def _with_room(kept: dict[K, V]) -> dict[K, V]:
    """What was worked out, of which all is forgotten where it is too much."""
    if len(kept) >= MAX_STANDINGS:
        kept.clear()
    return kept


def _has_taken(after: World, told: World, agent: str | None) -> bool:
    """Whether somebody unnamed has taken it, and would be this agent."""
    is_taken = after.edge is not None and after.edge.who is Who.ANYONE
    return is_taken and agent in told.record.holders and agent not in after.record.holders


def _numbers_of_words(worlds: Iterable[World]) -> Mapping[str, int]:
    """How many words each agent has had or is to have, in the world in which these are most."""
    found: dict[str, int] = {}
    for world in worlds:
        for name, words in world.words:
            found[name] = max(len(words), found.get(name, 1))
    return found


def _likeliest(worlds: tuple[World, ...]) -> tuple[World, ...]:
    """As many as are kept; as far as there are, equally many for each set of requests that may have been done."""
    if len(worlds) <= MAX_WORLDS:
        return worlds
    ranks: Counter[frozenset[int]] = Counter()
    ranked = []
    for at, world in enumerate(worlds):
        ranked.append((ranks[world.taken], at))
        ranks[world.taken] += 1
    return tuple(worlds[at] for at in sorted(at for _, at in sorted(ranked)[:MAX_WORLDS]))


def _place(world: World) -> Any:
    """Where a world is, whatever agents are still to be told, and whoever came first."""
    record = world.record
    return (
        record.state, record.resume, record.workbin, frozenset(record.holders), frozenset(record.invited), world.taken
    )  # fmt: skip


def _elsewhere(steps: Iterable[World], known: set[Any]) -> tuple[World, ...]:
    """A world of each place that is not known yet; now it is."""
    found = {place: each for each in steps if (place := _place(each)) not in known}
    known |= {*found}
    return tuple(found.values())


def _bare(record: Interaction) -> Interaction:
    bare = plain(record)
    return bare if bare.id == NO_ID else changed(bare, id=NO_ID)


def _ordered(words: Mapping[str, tuple[str, ...]], views: Mapping[str, str]) -> _Words:
    """The words without those that the views tell, in an order that does not depend on how they came about."""
    kept = [(name, each) for name, each in words.items() if each != (views.get(name),)]
    return tuple(sorted(kept[-_MOST_WORDS:]))


def _named(world: World, name: str, agent: str | None) -> World:
    """The world with ``agent`` in the place of somebody unnamed."""
    if agent is None or agent == name:
        return world
    record = changed(
        world.record,
        holders=tuple(agent if each == name else each for each in world.record.holders),
        invited=tuple(agent if each == name else each for each in world.record.invited),
    )
    words = dict(world.words)
    if name in words:
        more = words.pop(name)
        words[agent] = (*words[agent], *more[1:]) if agent in words else more
    return world._replace(record=record, words=tuple(sorted(words.items())))


def _recognitions(world: World, agent: str | None) -> Iterator[World]:
    """The world; and what it may be if the agent is one of those whom the recording has not named."""
    yield world
    record = world.record
    if agent is None or agent in record.holders or agent in record.invited:
        return
    for name in _UNNAMED:
        if name in record.holders or name in record.invited:
            yield _named(world, name, agent)
    if OTHERS in record.holders:
        yield from _joined(world, agent)


def _joined(world: World, agent: str) -> Iterator[World]:
    """The world with one more agent who has it, or is invited."""
    record = world.record
    yield world._replace(record=changed(record, holders=(agent, *record.holders)))
    yield world._replace(
        record=changed(record, holders=tuple(agent if each == OTHERS else each for each in record.holders))
    )
    yield world._replace(record=changed(record, invited=(agent, *record.invited)))
