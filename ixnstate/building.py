"""How `ixnstate.table` is put together: clauses, the evidence of each, and the media that they become.

The table says what may happen in each state, for all media at once; the pages of a medium say which operations it has.
`medium` makes the edges of one medium out of both.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from ixnstate.definition import AS_BEFORE, Capabilities, Choices, Edge, Medium, Shown, Told
from ixnstate.vocabulary import HELD_STATES, Destination, Does, Evidence, Family, Source, State, When, Who

# === evidence =========================================================================================================


class Ground(NamedTuple):
    """How well something is known, and from where."""

    evidence: Evidence
    page: Source


def documented(page: str, version: str = "8.5.2") -> Ground:
    """A page says so, or shows it."""
    return Ground(Evidence.DOCUMENTED, Source(page, version))


def captured(page: str, version: str) -> Ground:
    """It was seen at a live system, or in client code that works against one."""
    return Ground(Evidence.CAPTURED, Source(page, version))


def inferred(page: str, version: str = "8.5.2") -> Ground:
    """It follows from a sibling page, or from the vendor's event model."""
    return Ground(Evidence.INFERRED, Source(page, version))


def silent(page: str) -> Ground:
    """No page says anything."""
    return Ground(Evidence.SILENT, Source(page))


Pages: TypeAlias = Mapping[str, Ground]
"""The operations of a medium, each with the page that documents it."""


class Variant(NamedTuple):
    """One case of an operation, in one state or (None) wherever the operation is legal."""

    operation: str
    when: When
    state: State | None = None


# === clauses ==========================================================================================================


class Clause(NamedTuple):
    """What an operation does in one state. The fields are those of `Edge`.

    ``to`` is where it leads: a state, `Destination.SAME` or `Destination.RESUME`. ``resumes`` is given where an
    interaction is put away and will not resume the state in which that happened. ``ground`` is given where the clause
    goes beyond what the page of the operation says.
    """

    operation: str
    to: State | Destination
    does: Does
    who: Who = Who.HOLDER
    when: When = When.ALWAYS
    told: State | None = None
    resumes: State | None = None
    only: Choices = ()
    ground: Ground | None = None


def alike(
    operations: str,
    to: State | Destination,
    does: Does,
    who: Who = Who.HOLDER,
    when: When = When.ALWAYS,
    told: State | None = None,
    *,
    only: Choices = (),
    ground: Ground | None = None,
) -> tuple[Clause, ...]:
    """The same clause for several operations, whose names stand in one text."""
    return tuple(Clause(name, to, does, who, when, told, None, only, ground) for name in operations.split())


Lifecycle: TypeAlias = Mapping[State, tuple[Clause, ...]]
"""What may happen in each state."""


class Stages(NamedTuple):
    """The states of a family of media beside those that all have: Queued, Invited, InWorkbin and Completed.

    ``active`` is the state in which an agent works on it, ``others`` those in which they hold it besides. ``new`` is
    the state of an interaction that an agent creates. ``shown`` is what agents are shown.
    """

    active: State
    others: tuple[State, ...]
    new: State | None
    shown: tuple[Shown, ...]

    @property
    def states(self) -> frozenset[State]:
        """The states that something leads out of."""
        return frozenset({State.QUEUED, State.INVITED, State.IN_WORKBIN, self.active, *self.others})


# === lists ============================================================================================================


def capabilities(name: str, ground: Ground, text: str, printed_under: State | None = None) -> Capabilities:
    """A list as a page prints it: the operations in ``text``, in their order."""
    return Capabilities(name, tuple(text.split()), ground.evidence, ground.page, printed_under)


def last_word(state: State, ground: Ground, capabilities: str | None = "none", operation: str | None = None) -> Told:
    """What an agent who lets go is told in ``state``, with the list of that name."""
    return Told(state, capabilities, operation, ground.evidence, ground.page)


# === media ============================================================================================================


def medium(
    name: str,
    family: Family,
    stages: Stages,
    lifecycle: Lifecycle,
    pages: Pages,
    lists: tuple[Capabilities, ...],
    told: tuple[Told, ...],
    *,
    shown: tuple[Shown, ...] | None = None,
    lacks: tuple[tuple[str, tuple[str, ...]], ...] = (),
    except_for: Mapping[Variant, Ground] | None = None,
) -> Medium:
    """The medium of a family whose operations are those of ``pages``.

    ``except_for`` are the cases that are known otherwise than the page of their operation says in general; ``shown``
    what agents are shown, where it is not what the family shows.
    """
    creation = pages.get("Create")
    return Medium(
        name=name,
        family=family,
        active=stages.active,
        edges=tuple(_edges(lifecycle, stages, pages, except_for or {})),
        lists=lists,
        shown=shown or stages.shown,
        told=told,
        creates=stages.new if creation else None,
        creation=creation.page if creation else None,
        lacks=lacks,
    )


def _edges(lifecycle: Lifecycle, stages: Stages, pages: Pages, except_for: Mapping[Variant, Ground]) -> Iterator[Edge]:
    for state, clauses in lifecycle.items():
        if state in stages.states:
            for clause in clauses:
                if clause.operation in pages:
                    yield _edge(clause, state, stages.active, _ground(clause, state, pages, except_for))


def _ground(clause: Clause, state: State, pages: Pages, except_for: Mapping[Variant, Ground]) -> Ground:
    """How a clause is known in one medium: what is closest to the case says so."""
    in_general = except_for.get(Variant(clause.operation, clause.when)) or clause.ground or pages[clause.operation]
    return except_for.get(Variant(clause.operation, clause.when, state), in_general)


def _edge(clause: Clause, state: State, active: State, ground: Ground) -> Edge:
    target = state if clause.to is Destination.SAME else clause.to if isinstance(clause.to, State) else None
    resumes = clause.resumes or _resumes(state, target, active)
    return Edge(
        source=state, operation=clause.operation, target=target, who=clause.who, does=clause.does, when=clause.when,
        told=clause.told, resumes=resumes, only=clause.only, evidence=ground.evidence, page=ground.page,
    )  # fmt: skip


def _resumes(state: State, target: State | None, active: State) -> State | Literal[Destination.AS_BEFORE] | None:
    """What is put away resumes the state in which it was put away, and keeps that until somebody has it again."""
    if target not in (State.QUEUED, State.INVITED, State.IN_WORKBIN) or state is active:
        return None
    return state if state in HELD_STATES else AS_BEFORE
