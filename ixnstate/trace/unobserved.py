"""Steps that no line shows: who may have taken them, and by which commands.

Between two lines the platform may act (it offers, revokes, stops), and agents of whom no requests are recorded may do
whatever the lifecycle allows. `Unobserved` says who they are.

In a session of many agents most of these steps are alike, and of those that are one is tried for all. Three things are
alike, and each rests on this: a step reads off a record what each agent is in it, and never who they are.

- *Questions*: two records that differ in the numbers of their roles alone have the same steps, but for these numbers.
  So what is asked of a record is asked of its canonical form, and the answer is named back (`canonical`).
- *Actors*: agents who are the same in a record may change places, and it is the same record. So what one of them does,
  and on whom, is what another does, with their names exchanged (`casting_of`, `recast`).
- *Edges*: of the rows of its operation the first that holds decides what a step does. So two edges do the same if they
  and all rows of their operations read the same, but for the operation, the page, and the content (`kinds_of`).
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ixnstate.commands import Command
from ixnstate.definition import Definition, Edge
from ixnstate.model import Interaction
from ixnstate.space import exemplary, standing
from ixnstate.trace.candidate import (
    ADDED,
    NO_ID,
    OTHERS,
    REMOVED,
    UNRECORDED,
    Candidate,
    Part,
    is_role,
    only_by,
    parts,
    renamed_record,
    role,
)
from ixnstate.values import changed
from ixnstate.vocabulary import Does, State, Who

CONTENT = {Does.SET_DATA, Does.DELETE_DATA, Does.DISPOSE, Does.COMMENT, Does.SAVE, Does.MESSAGE, Does.CONSULT_QUEUE}
"""What changes the content at most: nothing of it shows anybody a state."""

MAX_APART = 8
"""Up to how many agents it is told apart which of them an unobserved step is about; of more, most are alike."""


class Unobserved(NamedTuple):
    """Who may have acted without a line of their own."""

    askers: frozenset[str] = frozenset()
    """The roles whose requests are recorded: they have not."""
    others: bool = True
    """Whether anybody else may have; if not, only the platform acts unseen."""
    several: bool = False
    """Whether several agents' requests are recorded."""
    begun: bool = False
    """Whether the recording has requests at all."""

    def may(self, agent: str | None) -> bool:
        """Whether this agent may."""
        return self.others and agent not in self.askers


ANYONE = Unobserved()
"""Nobody's requests are recorded."""
NOBODY = Unobserved(others=False)
"""Every operation is recorded, that of the platform, too: the short forms."""
PLATFORM = Unobserved(others=False, several=True, begun=True)
"""Everything is recorded that agents do."""


class Query(NamedTuple):
    """What is asked about steps that no line shows."""

    record: Interaction
    newcomer: str | None
    """The agent who may join by it."""
    aim: str | None
    """In a crowd, the agent who is told apart from the others."""
    unrecorded: Unobserved
    is_any: bool
    """Whether any step is asked for, and not one that shows a state."""
    to: str | None = None
    """The agent who is to be told of it; None if it does not matter who is."""


def canonical(query: Query) -> tuple[Query, dict[str, str]]:
    """The question with its roles numbered by what each of them is in it; and who each role of it is."""
    record, newcomer, aim, unrecorded, is_any, to = query
    known = parts_in(record) | ({} if newcomer is None else {newcomer: ()})
    order = sorted(known, key=lambda name: (name not in (newcomer, to, aim), known[name], unrecorded.may(name), name))
    roles = {name: role(1000 + at) for at, name in enumerate(order)}  # names of one length: records sort them
    askers = frozenset([roles[name] for name in unrecorded.askers if name in roles])
    newcomer, aim, to = (roles.get(name or "", name) for name in (newcomer, aim, to))
    asked = Query(renamed_record(record, roles), newcomer, aim, unrecorded._replace(askers=askers), is_any, to)
    return asked, {roles[name]: name for name in order}


Example = tuple[Edge, Command]
"""An edge that may be taken unobserved, with a command that takes it, whoever gives it."""


def examples(definition: Definition, media: str, state: State) -> tuple[Example, ...]:
    """The edges of a state. What a step attaches or takes out shows nothing: those that do only that are left out."""
    record = standing(NO_ID, media, state)
    edges = [edge for edge in definition.edges(media) if edge.source is state]
    return tuple(
        (edge, exemplary(record, edge, definition=definition))
        for edge in edges
        if edge.does not in (Does.ATTACH, Does.DETACH)
    )


class Kind(NamedTuple):
    """An edge that may be taken unobserved, with a command that takes it, and all edges that do the same."""

    example: Example
    alike: tuple[tuple[int, Edge], ...]
    """Each with its place among all edges of the state."""


def kinds_of(definition: Definition, media: str, state: State) -> tuple[Kind, ...]:
    """The same as `examples`, where edges that do the same, and are aimed alike, are one."""
    edges = examples(definition, media, state)
    rows: dict[str, tuple[object, ...]] = {}
    for edge, _ in edges:
        rows[edge.operation] = (*rows.get(edge.operation, ()), _meaning(edge))
    alike: dict[object, list[tuple[int, Example]]] = {}
    for place, (edge, command) in enumerate(edges):
        is_aimed = getattr(command, "target_agent", None) is not None
        key = _meaning(edge), rows[edge.operation], is_aimed, _is_revoke(edge)
        alike.setdefault(key, []).append((place, (edge, command)))
    return tuple([Kind(kind[0][1], tuple([(place, edge) for place, (edge, _) in kind])) for kind in alike.values()])


def _meaning(edge: Edge) -> object:
    """What an edge does to who has the interaction, and to what anybody is shown."""
    return only_by(changed(edge, does=Does.NOTHING) if edge.does in CONTENT else edge)


def may_show(edge: Edge, record: Interaction, state: str, unrecorded: Unobserved, active: State) -> bool:
    """Whether an edge may show a state to somebody; ``active`` is that in which the medium is worked on."""
    leads = edge.target or record.resume or active
    asks = edge.does in (Does.ASK, Does.CONSULT, Does.PASS_ON)
    seen = {leads.value, edge.told, State.REVOKED if record.invited else None, State.INVITED if asks else None}
    if edge.source is State.IN_WORKBIN and unrecorded != NOBODY:
        seen.add(REMOVED)
    if leads is State.IN_WORKBIN:
        seen.add(ADDED)
    return state in seen


Actors = dict[str, str]
"""Who gives a command, and at whom it is aimed: agents for its fields."""


class Company(NamedTuple):
    """Those who may act, and at whom somebody may aim, as far as they are told apart."""

    acting: Mapping[Who, tuple[str | None, ...]]
    holders: tuple[str, ...]
    invited: tuple[str, ...]
    newcomers: tuple[str, ...]
    """At whom it is aimed where it is aimed at somebody new."""
    parts: Mapping[str, tuple[Part, ...]]
    """What each role is in the record."""


def company_of(query: Query) -> Company:
    """Everybody who may have given commands; in a crowd, ``aim`` and one more.

    They are aimed at the newcomer or a stranger; where it is asked what may show the newcomer a state, at the newcomer:
    a stranger whom the message names is they.
    """
    record, newcomer, aim, unrecorded, is_any, _ = query
    stranger = next((name for name in UNRECORDED if name not in record.holders and name not in record.invited), OTHERS)
    newcomers = (stranger,) if newcomer is None else (newcomer, stranger)
    holders, invited = _apart(record.holders, aim), _apart(record.invited, aim)
    acting = {Who.HOLDER: holders, Who.INVITEE: invited, Who.ANYONE: (*newcomers, *invited)}
    may = {who: tuple([agent for agent in agents if unrecorded.may(agent)]) for who, agents in acting.items()}
    newcomers = newcomers if is_any else newcomers[:1]
    return Company({Who.PLATFORM: (None,), **may}, holders, invited, newcomers, parts_in(record))


def actors_of(company: Company, example: Example) -> Iterator[Actors]:
    """Everybody of the company who may have given the command that takes an edge, with each at whom it may be aimed."""
    for by in company.acting[example[0].who]:
        yield from _aimed({} if by is None else {"by": by}, example, company)


def parts_in(record: Interaction) -> dict[str, tuple[Part, ...]]:
    """What each role is in a record."""
    known: dict[str, list[Part]] = {}
    for name, part in parts(Candidate(record)):
        known.setdefault(name, []).append(part)
    return {name: tuple(own) for name, own in known.items()}


def casting_of(actors: Actors, company: Company) -> object:
    """As what agents act: what each is in the record, and which of them are one."""
    names = [*actors.values()]
    return (*map(names.index, names), *[company.parts.get(name, name) for name in names])


def recast(played: Actors, actors: Actors) -> dict[str, str]:
    """Who takes whose place, if ``actors`` act where others have ``played``: each takes one place, and all are taken.

    Whoever loses their place to another, and has been given none, takes the place that the chain of those who replace
    each other leaves free. All of a chain are alike, since each link is.
    """
    names = dict(zip(played.values(), actors.values(), strict=True))
    before = {name: other for other, name in names.items()}
    for last in [name for name in before if name not in names]:
        first = last
        while first in before:
            first = before[first]
        names[last] = first
    return names


def _apart(agents: tuple[str, ...], aim: str | None) -> tuple[str, ...]:
    """Those who are told apart: all, or in a crowd ``aim``, whoever is unnamed, and one for all the others.

    What one of the others does shows nothing to ``aim`` that it does not show if another of them does it.
    """
    if aim is None or len(agents) <= MAX_APART:
        return agents
    others = [name for name in agents if name != aim and is_role(name)]
    return tuple([name for name in agents if name == aim or not is_role(name) or name == others[0]])


def _aimed(actors: Actors, example: Example, company: Company) -> Iterator[Actors]:
    edge, command = example
    if edge.does is Does.OFFER:
        yield from ({**actors, "agent": agent} for agent in company.newcomers)
    elif _is_revoke(edge) and edge.does in (Does.DECLINE, Does.DROP_OUT, Does.RELEASE):
        losing = company.invited if edge.does is Does.DECLINE else company.holders
        yield from ({**actors, "agent": agent} for agent in losing)
    elif edge.does is Does.REMOVE:
        targets = (*company.holders, *company.invited)
        yield from ({**actors, "target_agent": agent} for agent in targets if agent != actors.get("by"))
    elif getattr(command, "target_agent", None) is not None:
        yield from ({**actors, "target_agent": agent} for agent in company.newcomers)
    else:
        yield actors


def _is_revoke(edge: Edge) -> bool:
    return edge.who is Who.PLATFORM and edge.operation == "Revoke"
