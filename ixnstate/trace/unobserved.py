"""Steps that no line shows: who may have taken them, and by which commands.

Between two lines the platform may act (it offers, revokes, stops), and agents of whom no requests are recorded may do
whatever the lifecycle allows. `Unobserved` says who they are.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ixnstate.commands import Command
from ixnstate.definition import Definition, Edge
from ixnstate.model import Interaction
from ixnstate.space import exemplary, standing
from ixnstate.trace.candidate import ADDED, NO_ID, OTHERS, REMOVED, UNRECORDED, is_role
from ixnstate.vocabulary import Does, State, Who

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
    return Company({Who.PLATFORM: (None,), **may}, holders, invited, newcomers if is_any else newcomers[:1])


def actors_of(company: Company, example: Example) -> Iterator[Actors]:
    """Everybody of the company who may have given the command that takes an edge, with each at whom it may be aimed."""
    for by in company.acting[example[0].who]:
        yield from _aimed({} if by is None else {"by": by}, example, company)


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
    is_revoke = edge.who is Who.PLATFORM and edge.operation == "Revoke"
    if edge.does is Does.OFFER:
        yield from ({**actors, "agent": agent} for agent in company.newcomers)
    elif is_revoke and edge.does in (Does.DECLINE, Does.DROP_OUT, Does.RELEASE):
        losing = company.invited if edge.does is Does.DECLINE else company.holders
        yield from ({**actors, "agent": agent} for agent in losing)
    elif edge.does is Does.REMOVE:
        targets = (*company.holders, *company.invited)
        yield from ({**actors, "target_agent": agent} for agent in targets if agent != actors.get("by"))
    elif getattr(command, "target_agent", None) is not None:
        yield from ({**actors, "target_agent": agent} for agent in company.newcomers)
    else:
        yield actors
