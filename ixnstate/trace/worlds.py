"""How an interaction may stand, as far as a recording tells, and what each line makes of that.

A recording that shows an agent letting go with Completed does not say whether the interaction ended or went on to
somebody else. So a `Standing` keeps every world that is possible, the likeliest first, until something tells them
apart. Worlds are bare of whatever decides nothing, the interaction's id included: interactions that stand alike share
one `Standing`, and what a line makes of it is worked out once.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ixnstate.commands import Command
from ixnstate.definition import AS_BEFORE, Definition, Edge
from ixnstate.graph import exemplary, plain, standing
from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.noticing import notices
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import applicable, step
from ixnstate.values import changed
from ixnstate.views import view
from ixnstate.vocabulary import HELD_STATES, Does, RefusalCode, State, Who

SOMEBODY = "(somebody)"
"""Stands for the agent whom a recording does not name, until one acts as the holder or invitee would."""

NO_ID = "(an interaction)"
"""Stands for the id of an interaction, in the records that interactions share."""


class World(NamedTuple):
    """One way in which an interaction may stand."""

    record: Interaction
    told: frozenset[State]
    """The states that the step which led there tells agents."""
    edge: Edge | None = None
    """The edge of that step."""


class Standing:
    """Every world that a recording leaves possible, the likeliest first.

    ``requested`` says whether the recording has requests of the interaction, and not notifications alone. ``moves``
    keeps what was worked out for lines that found it so; ``waits`` whether rules over time may wait in it.
    """

    __slots__ = ("moves", "requested", "waits", "worlds")

    def __init__(self, worlds: tuple[World, ...], *, requested: bool) -> None:
        self.worlds = worlds
        self.requested = requested
        self.moves: dict[Any, Any] = {}
        self.waits = False

    @property
    def record(self) -> Interaction:
        """The likeliest record."""
        return self.worlds[0].record

    @property
    def told(self) -> frozenset[State]:
        """What the likeliest last step told."""
        return self.worlds[0].told

    @property
    def edge(self) -> Edge | None:
        """The likeliest last step."""
        return self.worlds[0].edge

    @property
    def has_ended(self) -> bool:
        """Whether it has most likely ended."""
        return self.worlds[0].record.state.is_final

    @property
    def is_invitation(self) -> bool:
        """Whether somebody is invited, in every world."""
        return all(world.record.invited for world in self.worlds)


MAX_STANDINGS = 50_000
"""How many different standings are kept to be shared; interactions that already have one keep it."""


class Worlds:
    """What is possible under a definition. It knows no interaction: a `Standing` goes in, another comes out.

    ``gaps`` is how many steps may have gone unseen between two notifications of an interaction without requests; None
    for as many as it takes after its agent has let go of it.
    """

    def __init__(self, definition: Definition, gaps: int | None = None) -> None:
        self.definition = definition
        self._gaps = gaps
        self._shared: dict[tuple[bool, tuple[World, ...]], Standing] = {}
        self._arcs: dict[tuple[Interaction, Edge], Step | None] = {}

    def without_edges(self, found: Standing) -> Standing:
        """The same, but for how it came about."""
        return self.standing((each._replace(edge=None) for each in found.worlds), requested=found.requested)

    def standing(self, worlds: Iterable[World], *, requested: bool) -> Standing:
        """The one standing of these worlds."""
        bare: dict[tuple[Interaction, frozenset[State]], Edge | None] = {}
        for each in worlds:
            bare.setdefault((_bare(each.record), each.told), each.edge)
        ordered = tuple(World(record, told, edge) for (record, told), edge in bare.items())
        found = self._shared.get((requested, ordered))
        if found is None:
            if len(self._shared) >= MAX_STANDINGS:
                self._shared.clear()
            found = self._shared[requested, ordered] = Standing(ordered, requested=requested)
        return found

    # --- seen for the first time ------------------------------------------------------------------------------------

    def seen(
        self, media: str, state: State, agent: str | None, place: WorkbinPlace | None = None, *, requested: bool = False
    ) -> Standing:
        """How an interaction that is seen in ``state`` may stand; out of a workbin it may come as a draft, or ended."""
        record = standing(NO_ID, media, state, agent or SOMEBODY, place)
        resumed: dict[Any, None] = {None: None}
        if record.state is State.IN_WORKBIN:
            resumed |= dict.fromkeys(edge.resumes for edge in self.definition.edges(media))
        worlds = [World(changed(record, resume=each), frozenset({state})) for each in resumed if each != AS_BEFORE]
        return self.standing(worlds, requested=requested)

    def unseen(self, media: str) -> Standing:
        """How an interaction stands of which nothing is known: it waits in a queue."""
        return self.standing([World(Interaction(id=NO_ID, media=media), frozenset())], requested=False)

    def done(self, done: Step) -> Standing:
        """How an interaction stands after the step that created it."""
        return self.standing([World(done.interaction, self._told(done))], requested=True)

    # --- requests ---------------------------------------------------------------------------------------------------

    def carry_out(self, found: Standing, interaction: str, command: Command, agent: str | None) -> list[Step | Refusal]:
        """The command in each world."""
        return [self._step(changed(world.record, id=interaction), command, agent) for world in found.worlds]

    def edges(self, steps: Iterable[Step], command: Command) -> tuple[Edge | None, ...]:
        """The edge that the command takes in each of these steps."""
        return tuple(applicable(done.before or done.interaction, command, definition=self.definition) for done in steps)

    def after(self, steps: Iterable[Step], edges: Iterable[Edge | None]) -> Standing:
        """How it stands after one of these steps, which take these edges."""
        worlds = [World(done.interaction, self._told(done), edge) for done, edge in zip(steps, edges, strict=True)]
        return self.standing(worlds, requested=True)

    def _step(self, record: Interaction, command: Command, agent: str | None) -> Step | Refusal:
        """The command carried out; whoever acts as the holder would is taken for `SOMEBODY` who holds it."""
        try:
            return step(record, command, definition=self.definition)
        except RefusedError as error:
            named = _recognised(record, agent)
            if error.refusal.code is RefusalCode.NOT_HOLDER and named is not record:
                return self._step(named, command, None)
            return error.refusal

    def _told(self, done: Step) -> frozenset[State]:
        return frozenset({notice.view.state for notice in notices(done, definition=self.definition)})

    # --- notifications ----------------------------------------------------------------------------------------------

    def removed(self, found: Standing, agent: str | None) -> tuple[Standing, bool]:
        """How it stands after it left its workbin; and whether it had been taken out."""
        outside = [world for world in found.worlds if world.record.state is not State.IN_WORKBIN]
        if outside:
            return self.standing(outside, requested=found.requested), True
        active = self.definition.media[found.record.media].active
        taken = [
            World(standing(NO_ID, each.record.media, each.record.resume or active, agent or SOMEBODY), frozenset())
            for each in found.worlds
        ]
        return self.standing(taken, requested=found.requested), False

    def shown(self, found: Standing, state: State, agent: str | None) -> tuple[Standing, int] | None:
        """How it stands if ``state`` is shown to somebody now, and how many steps went unseen; None if it cannot be.

        A step that was not recorded is taken on the way: the platform's, or, where no requests of the interaction were
        recorded, anybody's.
        """
        seen = [world for world in found.worlds if state in world.told or state in self._views(world.record)]
        shown = any(state in self._views(world.record) for world in seen)
        if seen and (found.requested or shown):
            return self.standing(seen, requested=found.requested), 0
        moved = [each for world in found.worlds for each in self._unrecorded(found, world.record, state, agent)]
        moved.sort(key=lambda world: world.record.state.is_final and state is State.REVOKED)
        if seen or moved:
            return self.standing([*seen, *moved], requested=found.requested), 0
        return None if found.requested else self._after_gap(found, state, agent)

    def unrecorded(self, found: Standing, state: State, agent: str | None) -> tuple[Edge, ...]:
        """The edges by any of which one step that was not recorded leads to ``state`` being shown."""
        moved = (each.edge for world in found.worlds for each in self._unrecorded(found, world.record, state, agent))
        return tuple(dict.fromkeys(edge for edge in moved if edge))

    def _views(self, record: Interaction) -> set[State]:
        views = (view(record, agent, definition=self.definition) for agent in (*record.holders, *record.invited))
        return {seen.state for seen in views if seen is not None}

    def _unrecorded(self, found: Standing, record: Interaction, state: State, agent: str | None) -> Iterator[World]:
        """Where a step leads that shows ``state`` and whose request the recording need not have."""
        medium = self.definition.media[record.media]
        for edge in self.definition.edges(record.media):
            if edge.source is record.state and (edge.who is Who.PLATFORM or not found.requested):
                leads = edge.target or record.resume or medium.active
                asks = edge.does in (Does.ASK, Does.CONSULT, Does.PASS_ON)
                seen = leads in HELD_STATES or leads is State.INVITED
                if state in (leads if seen else edge.told, edge.told, State.INVITED if asks else None):
                    after = standing(NO_ID, record.media, leads, (agent if state is leads else None) or SOMEBODY)
                    after = record if leads is record.state else after
                    invited = (agent or SOMEBODY,) if asks else after.invited if after is not record else ()
                    pending = {State.REVOKED} if record.holders and record.invited else set()
                    yield World(
                        changed(after, invited=invited, resume=edge.resume_after(record.resume)),
                        frozenset({state, edge.told or state} | pending),
                        edge,
                    )

    def _after_gap(self, found: Standing, state: State, agent: str | None) -> tuple[Standing, int] | None:
        """The same with as few unseen steps before as it takes, if so many may be."""
        here = {(_bare(world.record)): None for world in found.worlds if self._may_go_on(world)}
        known = set(here)
        most = len(self.definition.media[found.record.media].edges) if self._gaps is None else self._gaps
        for unseen in range(1, most + 1):
            here = {after: None for record in here for after in self._steps(record) if after not in known}
            if not here:
                return None
            known |= set(here)
            moved = [each for record in here for each in self._unrecorded(found, record, state, agent)]
            shown = [World(record, frozenset({state})) for record in here if state in self._views(record)]
            if moved or shown:
                return self.standing([*shown, *moved], requested=False), unseen
        return None

    def _may_go_on(self, world: World) -> bool:
        """Whether steps may happen unseen: with no number given, only once no agent is known to have it."""
        return self._gaps is not None or not (world.record.holders or world.record.invited)

    def _steps(self, record: Interaction) -> Iterator[Interaction]:
        """Where one step leads, of anybody."""
        for edge in self.definition.edges(record.media):
            if edge.source is record.state:
                done = self._arc(record, edge)
                if done is not None:
                    yield _bare(done.interaction)

    def _arc(self, record: Interaction, edge: Edge) -> Step | None:
        if (record, edge) not in self._arcs:
            if len(self._arcs) >= MAX_STANDINGS:
                self._arcs.clear()
            self._arcs[record, edge] = self._walked(record, edge)
        return self._arcs[record, edge]

    def _walked(self, record: Interaction, edge: Edge) -> Step | None:
        try:
            command = exemplary(record, edge, definition=self.definition)
            return step(record, command, definition=self.definition)
        except RefusedError:
            return None

    def way(self, found: Standing, state: State) -> tuple[str, ...] | None:
        """The fewest operations after which ``state`` is shown to somebody; None if there is no way."""
        start = _bare(found.record)
        queue: deque[tuple[Interaction, tuple[str, ...]]] = deque([(start, ())])
        known = {start}
        while queue:
            record, path = queue.popleft()
            for edge in self.definition.edges(record.media):
                done = self._arc(record, edge) if edge.source is record.state else None
                if done is None:
                    continue
                after = _bare(done.interaction)
                if state in self._told(done) or state in self._views(after):
                    return *path, edge.operation
                if after not in known:
                    known.add(after)
                    queue.append((after, (*path, edge.operation)))
        return None


def _bare(record: Interaction) -> Interaction:
    bare = plain(record)
    return bare if bare.id == NO_ID else changed(bare, id=NO_ID)


def _recognised(record: Interaction, agent: str | None) -> Interaction:
    """The record with ``agent`` in the place of `SOMEBODY`."""
    if agent is None or (SOMEBODY not in record.holders and SOMEBODY not in record.invited):
        return record
    named = {SOMEBODY: agent}
    return changed(
        record,
        holders=tuple(named.get(each, each) for each in record.holders),
        invited=tuple(named.get(each, each) for each in record.invited),
    )
