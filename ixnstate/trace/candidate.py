"""One way in which an interaction may be: a record, and what each agent is still to be notified of.

A candidate names no agent. Its agents are *roles*, numbered in the order in which they come up; which agent plays which
role is kept beside the belief. So are workbins and groups, of which only decides whether they are the same. So
interactions that are alike, whoever handles them, have the same candidates.

Each agent has an *outbox*: the state that they were shown last, and after it the states that they are still to be
shown, in order. CometD never lets a later message to an agent overtake an earlier one, and promises nothing between
agents: so a message may be late, and the outboxes are independent of each other. Subscribers of workbins are one more
addressee, whose messages may come in any order.

A message that tells of no change of state (of new user data, of other participants) shows once more what was shown
last, at any time: so it is not kept in an outbox, which does not grow with the number of such steps. Of two candidates
that differ in their outboxes alone, one *covers* the other if each of its outboxes has all that the other's has, in the
same order: since what is to be shown may also be missing, every line that fits the other fits it, too, so the other
need not be kept.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple

from ixnstate.commands import Command
from ixnstate.definition import Edge
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.values import EMPTY, FrozenDict, changed, opened

SOMEBODY = "(somebody)"
"""Stands for the agent who had it before the recording, until one acts as the holder or the invitee would."""

UNRECORDED = ("(somebody else)", "(a third)")
"""Those who have taken it unseen since: none of whom requests are recorded."""

UNNAMED = (SOMEBODY, *UNRECORDED)

OTHERS = "(others)"
"""Among the holders of a session that was under way when the recording began: there may be more of them."""

MAYBE_OTHERS = "(others, unless everything is recorded)"
"""The same in a session to which somebody is invited before it is known that everything is recorded: then nobody is
invited to a session of which nothing has been recorded."""

UNCOUNTED = (OTHERS, MAYBE_OTHERS)
"""Stand for any number of agents, of whom nothing is told."""

SUBSCRIBERS = "(subscribers)"
"""Whoever is told what comes into a workbin, and what leaves it."""

NO_ID = "(an interaction)"
"""Stands for the id of an interaction, in the records that interactions share."""

ADDED, REMOVED = "ItemAdded", "ItemRemoved"

UNKNOWN = "?"
"""What an agent was shown last of whom nobody knew that they have it."""

MAX_OUTBOX = 6
"""How many states an agent may still have to be shown: CometD delivers at once, so more of them are waited for only in
recordings that lack messages."""

MAX_BEHIND = 256
"""How many agents may have something to be shown. When a session ends, all who took part are told so."""

MAX_GONE = 1
"""How many of the agents are remembered who have let go of it and been told so: they may be told so once more."""

Outboxes = tuple[tuple[str, tuple[str, ...]], ...]


def role(number: int) -> str:
    """The name of a role in records, where no agent's name stands."""
    return f"@{number}"


def is_role(name: str) -> bool:
    """Whether it is a role, and not one of the unnamed."""
    return name[0] == "@"


class Candidate(NamedTuple):
    """One way in which an interaction may be."""

    record: Interaction
    outboxes: Outboxes = ()
    """By agent, the state shown last ("" for none, or `UNKNOWN`) and those still to be shown. An agent who has been
    shown their view, and is to be shown nothing else, has no entry."""
    edge: Edge | None = None
    """The edge of the last step."""
    done: frozenset[int] = frozenset()
    """The numbers of the pending requests that have taken effect."""


class Effect(NamedTuple):
    """What a step does, whatever agents are still to be told of earlier ones: the record after it, and who is told."""

    record: Interaction
    edge: Edge | None
    told: tuple[tuple[str, str], ...]
    """The states that agents are shown by it, and what subscribers are told of a workbin."""


class Pending(NamedTuple):
    """A request in flight, which may take effect any time before its reply."""

    number: int | None
    """By which candidates know whether it has taken effect; None for a request that changes nothing."""
    command: Command
    """In the form that decides what it does, with roles in place of agents."""
    agent: str | None
    is_illegal: bool = False
    """Whether it must be refused."""
    only: object = None
    """By what edges it is supposed to take effect, if it does: see `only_by`; None for any."""


def only_by(edge: Edge) -> object:
    """What an edge does, apart from the operation, and from the page that describes it."""
    return edge.source, edge.target, edge.who, edge.when, edge.does, edge.told, edge.resumes


Views = list[tuple[str, str]]
"""The state that each agent who has an interaction sees."""


def situation(candidate: Candidate) -> object:
    """Where a candidate is, whatever agents are still to be told, and whoever came first."""
    record = candidate.record
    return (
        record.state, record.resume, record.workbin, frozenset(record.holders), frozenset(record.invited),
        candidate.done,
    )  # fmt: skip


# --- outboxes -------------------------------------------------------------------------------------------------------


def sent(outboxes: Outboxes, views: Views, told: Iterable[tuple[str, str]], seen: Views) -> Outboxes:
    """The outboxes after a step that tells agents these states: ``views`` are those before it, ``seen`` those after."""
    # whoever is told nothing, is to be shown nothing, and goes on seeing what they saw, has no outbox before or after
    touched, as_before = dict((*outboxes, *told)), {*seen}
    queues: dict[str, tuple[str, ...]] = {}
    queues.update([(view[0], (view[1],)) for view in views if view not in as_before or view[0] in touched])
    queues.update([(name, queue) for name, queue in outboxes if len(queue) > 1 or name == SUBSCRIBERS])
    for name, state in told:
        queue = queues.get(name, ("",))
        if name == SUBSCRIBERS:
            queues[name] = tuple(sorted({*queue, state} - {""}))
        else:
            queues[name] = (queue[0], *(*queue[1:], state)[-MAX_OUTBOX:])
    return ordered(queues, seen)


def ordered(queues: Mapping[str, tuple[str, ...]], views: Views) -> Outboxes:
    """The outboxes without those that the views tell, in an order that does not depend on how they came about."""
    seen = dict(views)
    kept = [(name, queue) for name, queue in queues.items() if queue != (seen.get(name),)]
    gone = [each for each in kept if len(each[1]) == 1 and each[0] not in seen and each[0] != SUBSCRIBERS]
    if len(gone) > MAX_GONE:
        forgotten = {name for name, _ in gone[:-MAX_GONE]}
        kept = [each for each in kept if each[0] not in forgotten]
    return tuple(sorted(kept[-MAX_BEHIND:]))


class Showing(NamedTuple):
    """What can be shown with the outboxes of a candidate, as far as two candidates of one record are compared."""

    last: tuple[str, ...]
    """What each agent who has it was shown last."""
    whatever: int
    """A bit for each state that was shown to an agent last, or is still to be shown to them."""
    queues: Mapping[str, tuple[str, ...]]


def showing(outboxes: Outboxes, views: Views, bits: dict[tuple[str, str], int]) -> Showing:
    """What can be shown with these outboxes. ``bits`` has the bit of each agent and state that has come so far."""
    queues, whatever = dict(outboxes), 0
    last = tuple([queues[name][0] if name in queues else state for name, state in views])
    for name, queue in (*((name, (state,)) for name, state in views if name not in queues), *outboxes):
        for state in queue:
            whatever |= bits.setdefault((name, state), 1 << len(bits))
    return Showing(last, whatever, queues)


def covers(one: Showing, other: Showing, views: Views) -> bool:
    """Whether whatever can be shown with the other outboxes can be shown with these, of candidates with these views.

    An agent who has it and has no outbox is shown their view; then there is nothing that the other has and this has
    not. So it is enough to look at the other's outboxes, when what was shown last is the same. Most pairs differ in
    that, or the other can show something that this cannot show at all.
    """
    if other.whatever & ~one.whatever or one.last != other.last:
        return False
    for name, theirs in other.queues.items():
        mine = one.queues.get(name)
        if mine is None:
            mine = next(((state,) for agent, state in views if agent == name), None)
            if mine is None:
                return False
        if mine == theirs:
            continue
        if name == SUBSCRIBERS:
            if not {*theirs} <= {*mine}:
                return False
        elif len(mine) < len(theirs) or mine[0] != theirs[0] or not _is_within(theirs, mine):
            return False
    return True


def _is_within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether a sequence is another one without some of its members."""
    rest = iter(whole)
    return all(each in rest for each in part)


def lengths(candidates: Iterable[Candidate]) -> Mapping[str, int]:
    """The longest outbox of each agent over all candidates."""
    longest: dict[str, int] = {}
    for candidate in candidates:
        for name, queue in candidate.outboxes:
            longest[name] = max(len(queue), longest.get(name, 1))
    return longest


def read(
    candidate: Candidate,
    state: str,
    agent: str | None,
    views: Views,
    since: Mapping[str, int] | None = None,
    *,
    is_change: bool = True,
    unnamed: tuple[str, ...] = UNNAMED,
) -> Candidate | None:
    """The candidate in which the agent has been shown ``state``; None if that cannot be.

    They are shown what is next for them, or once more what they were shown last if nothing is, or the message tells of
    no change; those whom nobody has named may still be to be shown what they had first. What should have come before it
    may be missing, unless the step is only supposed: then ``since`` has the lengths of the outboxes before it, and
    nothing else may be left out. They may be one of those ``unnamed``; so may be who has come up by a request, and has
    been shown nothing yet.
    """
    queues: dict[str, tuple[str, ...]] = {name: (seen,) for name, seen in views}
    queues.update(candidate.outboxes)
    if state in (ADDED, REMOVED):
        return candidate if state in queues.get(SUBSCRIBERS, ()) else None
    for name in (agent,) if agent in queues else queues:
        if agent is None or name == agent or name in unnamed:
            queue = queues[name]
            begin = len(queue) > 1 and is_change and name not in UNNAMED
            if state in queue[begin:]:
                at = queue.index(state, begin)
                skipped = sum(each != queue[0] for each in queue[begin:at])
                if since is None or skipped < since.get(name, 1):
                    queues[name] = queue[at:]
                    return named(candidate._replace(outboxes=ordered(queues, views)), name, agent)
    if agent is not None and queues.get(agent, (None,))[0] == "":
        for name in unnamed:
            if queues.get(name, (None,))[0] == "" and name not in dict(views):
                late = (*queues[name], *queues[agent][1:])
                outboxes = tuple(sorted({**dict(candidate.outboxes), agent: late}.items()))
                known = candidate._replace(outboxes=tuple(each for each in outboxes if each[0] != name))
                return read(known, state, agent, views, since, is_change=is_change, unnamed=unnamed)
    return None


# --- whom a recording has not named ---------------------------------------------------------------------------------


def named(candidate: Candidate, name: str, agent: str | None) -> Candidate:
    """The candidate with ``agent`` in the place of somebody unnamed."""
    if agent is None or agent == name:
        return candidate
    queues = dict(candidate.outboxes)
    if name in queues:
        more = queues.pop(name)
        queues[agent] = (*queues[agent], *more[1:]) if agent in queues else more
    record = with_agents(
        candidate.record,
        _replaced(candidate.record.holders, name, agent),
        _replaced(candidate.record.invited, name, agent),
    )
    return candidate._replace(record=record, outboxes=tuple(sorted(queues.items())))


def _replaced(agents: tuple[str, ...], name: str, agent: str) -> tuple[str, ...]:
    return tuple([agent if each == name else each for each in agents])


def recognitions(candidate: Candidate, agent: str | None, unnamed: tuple[str, ...] = UNNAMED) -> Iterator[Candidate]:
    """The candidate; and what it may be if the agent is one of those whom the recording has not named."""
    yield candidate
    record = candidate.record
    if agent is None or agent in record.holders or agent in record.invited:
        return
    for name in unnamed:
        if name in record.holders or name in record.invited:
            yield named(candidate, name, agent)
    if is_one_of_others(candidate, agent):
        yield from joined(candidate, agent)


def by_somebody(candidate: Candidate) -> Candidate:
    """The candidate, in which whoever has taken it unseen may be anybody."""
    having = {*candidate.record.holders, *candidate.record.invited, *(name for name, _ in candidate.outboxes)}
    unseen = [name for name in UNRECORDED if name in having]
    return renamed(candidate, {unseen[0]: SOMEBODY}) if unseen and SOMEBODY not in having else candidate


def is_one_of_others(candidate: Candidate, agent: str) -> bool:
    """Whether an agent who does not have it may have had it since before the recording: no more is known of them."""
    return has_others(candidate.record) and all(name != agent for name, _ in candidate.outboxes)


def has_others(record: Interaction) -> bool:
    """Whether there may be more agents in a session than anybody knows."""
    return any(name in UNCOUNTED for name in record.holders)


def joined(candidate: Candidate, agent: str) -> Iterator[Candidate]:
    """The candidate with one more agent who has it, or is invited."""
    record = candidate.record
    yield candidate._replace(record=with_agents(record, (agent, *record.holders), record.invited))
    others = OTHERS if OTHERS in record.holders else MAYBE_OTHERS
    yield candidate._replace(record=with_agents(record, _replaced(record.holders, others, agent), record.invited))
    yield candidate._replace(record=with_agents(record, record.holders, (agent, *record.invited)))


# --- records and roles ----------------------------------------------------------------------------------------------

_record: Callable[..., Interaction] = opened(Interaction)


def bare(record: Interaction) -> Interaction:
    """The record without what decides nothing: its id, user data, names, queues, how often it has changed."""
    attachments = record.content.get("attachments")
    content = FrozenDict(attachments=attachments) if attachments else EMPTY
    return rebuilt(record, record.holders, record.invited, record.workbin, content)


def rebuilt(
    record: Interaction,
    holders: tuple[str, ...],
    invited: tuple[str, ...],
    workbin: WorkbinPlace | None,
    content: FrozenDict,
) -> Interaction:
    """A bare record with other agents, in another place; in which order they came decides nothing."""
    if len(holders) > 1:
        holders = tuple(sorted(holders))
    if len(invited) > 1:
        invited = tuple(sorted(invited))
    return _record(
        NO_ID, record.media, record.state, holders, invited, None, workbin, record.resume, EMPTY, content, EMPTY, (),
        None, None, 0, record.fits,
    )  # fmt: skip


def with_agents(record: Interaction, holders: tuple[str, ...], invited: tuple[str, ...]) -> Interaction:
    """The record with other agents."""
    return rebuilt(record, holders, invited, record.workbin, record.content)


def in_workbin(record: Interaction, workbin: WorkbinPlace | None) -> Interaction:
    """The record in another workbin, or in one that nobody knows."""
    return (
        record
        if record.workbin == workbin
        else rebuilt(record, record.holders, record.invited, workbin, record.content)
    )


def renamed_place(place: WorkbinPlace, names: Mapping[str, str]) -> WorkbinPlace:
    """The workbin with other names for its roles."""
    return WorkbinPlace(
        names.get(place.id, place.id), names.get(place.agent_group, place.agent_group),  # type: ignore[arg-type]
        names.get(place.place_group, place.place_group), names.get(place.owner, place.owner),  # type: ignore[arg-type]
    )  # fmt: skip


def renamed_record(record: Interaction, names: Mapping[str, str]) -> Interaction:
    """The record with other names for its roles."""
    place = record.workbin
    if place is not None:
        place = renamed_place(place, names)
    if record.holders or record.invited or place is not record.workbin:
        holders = tuple([names.get(name, name) for name in record.holders])
        invited = tuple([names.get(name, name) for name in record.invited])
        record = rebuilt(record, holders, invited, place, record.content)
    return record


def renamed(candidate: Candidate, names: Mapping[str, str]) -> Candidate:
    """The candidate with other names for its roles."""
    outboxes = tuple(sorted([(names.get(name, name), queue) for name, queue in candidate.outboxes]))
    return Candidate(renamed_record(candidate.record, names), outboxes, candidate.edge, candidate.done)


def renamed_effect(effect: Effect, names: Mapping[str, str]) -> Effect:
    """The effect with other names for its roles."""
    told = [(names.get(name, name), state) for name, state in effect.told]
    return Effect(renamed_record(effect.record, names), effect.edge, by_agent(told))


def by_agent(told: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What agents are told, sorted by agent: only what comes to the same agent has an order."""
    return tuple(sorted(told, key=itemgetter(0)))


Part = tuple[str, ...]
"""What a role is in a candidate or in a request."""


def parts(candidate: Candidate) -> Iterator[tuple[str, Part]]:
    """The roles of a candidate, each with everything that it is there."""
    record, place = candidate.record, candidate.record.workbin
    named: list[tuple[str, Part]] = [(name, ("0 has it",)) for name in record.holders]
    named += [(name, ("1 is invited",)) for name in record.invited]
    if place is not None:
        fields = (place.id, place.agent_group, place.place_group, place.owner)
        named += [(name, ("2 workbin", str(at))) for at, name in enumerate(fields) if name is not None]
    yield from ((name, part) for name, part in named if is_role(name))
    yield from ((name, ("3 is told", *queue)) for name, queue in candidate.outboxes if is_role(name))


ROLE_FIELDS = ("by", "agent", "target_agent", "owner", "workbin", "agent_group", "place_group")
"""The parameters of commands that name somebody or something of which only decides whether it is the same."""


def parts_of_request(request: Pending) -> Iterator[tuple[str, Part]]:
    """The roles of a request, each with everything that it is there."""
    if request.agent is not None:
        yield request.agent, ("asks",)
    for field in ROLE_FIELDS:
        name = getattr(request.command, field, None)
        if name is not None and is_role(name):
            yield name, (field,)


def renamed_request(request: Pending, names: Mapping[str, str]) -> Pending:
    """The request with other names for its roles."""
    agent = request.agent if request.agent is None else names.get(request.agent, request.agent)
    return Pending(request.number, renamed_command(request.command, names), agent, request.is_illegal, request.only)


def renamed_command(command: Command, names: Mapping[str, str]) -> Command:
    """The command with other names for its roles."""
    own = {field: getattr(command, field, None) for field in ROLE_FIELDS}
    changes = {field: names[name] for field, name in own.items() if name is not None and name in names}
    return changed(command, **changes) if changes else command
