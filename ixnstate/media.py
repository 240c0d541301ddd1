"""What a medium is: its edges, its capability lists and what agents are shown, and which states lead where."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import attrs

from ixnstate.commands import OPERATIONS, Parameter, parameters_of
from ixnstate.profile import Profile
from ixnstate.searching import nearest_first
from ixnstate.values import brief, fields_of, frozen, mistyped
from ixnstate.vocabulary import Destination, Does, Evidence, Family, Source, State, When, Who

Choices = tuple[tuple[str, object], ...]
"""Conditions on the profile, all of which must hold: ``(("transfer", "at once"),)``."""


def _hold(choices: Choices, profile: Profile) -> bool:
    if not isinstance(profile, Profile):
        raise ValueError(f"profile must be an ixnstate.Profile, not {brief(profile)}")
    return all(getattr(profile, name) == value for name, value in choices)


AS_BEFORE: Final = Destination.AS_BEFORE


def _resumed(value: object) -> object:
    """What an edge resumes; `AS_BEFORE` may be written as its text."""
    return AS_BEFORE if value == AS_BEFORE.value else value


@frozen
class Edge:
    """One legal operation: from which state, by whom, under which condition, to which state.

    ``target`` None means that the interaction resumes: the state in which it was put away, or else the medium's active
    one. ``resumes`` is the state to resume later: None for the active one, `AS_BEFORE` for what it would have resumed
    before. ``told`` is the last word to agents who let go. ``only`` are the choices of the profile under which the edge
    exists.
    """

    source: State
    operation: str
    target: State | None
    who: Who = Who.HOLDER
    does: Does = Does.KEEP
    when: When = When.ALWAYS
    told: State | None = None
    resumes: State | Literal[Destination.AS_BEFORE] | None = attrs.field(default=None, converter=_resumed)
    only: Choices = ()
    evidence: Evidence = Evidence.INFERRED
    page: Source = Source("added by a derived definition")

    def holds_under(self, profile: Profile) -> bool:
        """Whether the profile's choices let this edge exist. Raises ValueError unless ``profile`` is a Profile."""
        return _hold(self.only, profile)

    def resume_after(self, resume: State | None) -> State | None:
        """What an interaction that took this edge resumes later; ``resume`` is what it would have resumed before."""
        return resume if isinstance(self.resumes, Destination) else self.resumes


@frozen
class Capabilities:
    """A capability list as a page prints it: its name, the operations in their order, evidence and source."""

    name: str
    operations: tuple[str, ...]
    evidence: Evidence
    page: Source
    printed_under: State | None = None
    """The state under which a page prints it, though no flow explains when it is shown: a judge accepts it there,
    nothing here shows it."""


@frozen
class Shown:
    """What an agent who has the interaction is shown: `to` holder or invitee, ``several`` if others hold it too.

    ``shown`` is the state in the view (None: the state to resume); ``capabilities`` the name of the list.
    """

    state: State
    to: Who
    capabilities: str
    shown: State | None
    several: bool = False
    only: Choices = ()

    def holds_under(self, profile: Profile) -> bool:
        """Whether the profile's choices let this row hold. Raises ValueError unless ``profile`` is a Profile."""
        return _hold(self.only, profile)


@frozen
class Told:
    """What the last word to an agent carries: ``capabilities`` is the name of a list, None for a key that is absent.

    ``operation`` None is every operation that has no row of its own.
    """

    state: State
    capabilities: str | None
    operation: str | None = None
    evidence: Evidence = Evidence.INFERRED
    page: Source = Source("sibling media")


_CHOICES = frozenset(field.name for field in fields_of(Profile))


def unfit_field(part: object) -> str | None:
    """The first field of a part that is not of its type, or holds what it cannot; None if all are sound."""
    if (name := mistyped(part)) is not None:
        return name
    only = getattr(part, "only", ())
    if only and not all(isinstance(each, tuple) and len(each) == 2 and each[0] in _CHOICES for each in only):
        return "only"
    if isinstance(part, Capabilities) and not all(isinstance(each, str) for each in part.operations):
        return "operations"
    if isinstance(part, Edge) and part.resumes is not None and part.resumes not in (*State, AS_BEFORE):
        return "resumes"
    return None


def _parts(kind: type) -> Any:
    """A field for the parts of a medium: checked, since everything is derived from them."""

    def parse(value: object) -> tuple[object, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{kind.__name__}s must be given as a tuple, not as {brief(value)}")
        for part in value:
            if part.__class__ is not kind:
                raise ValueError(f"expected an ixnstate.{kind.__name__}, got {brief(part)}")
            if unfit := unfit_field(part):
                raise ValueError(f"{kind.__name__}: {unfit} cannot be {brief(getattr(part, unfit))}")
        return tuple(value)

    return attrs.field(converter=parse)


@frozen
class Medium:
    """One medium: its family, the state in which an agent works on it, its edges and what agents are shown.

    ``creates`` is the state in which Create or a Reply puts a new one, None if no agent can; ``creation`` is the page
    that says so. Raises ValueError for a part that is not sound.
    """

    name: str
    family: Family
    active: State
    edges: tuple[Edge, ...] = _parts(Edge)
    lists: tuple[Capabilities, ...] = _parts(Capabilities)
    shown: tuple[Shown, ...] = _parts(Shown)
    told: tuple[Told, ...] = _parts(Told)
    creates: State | None = None
    creation: Source | None = None
    lacks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Parameters that an operation takes in other media, and not in this one."""

    states: tuple[State, ...] = attrs.field(
        init=False, eq=False, repr=False, default=attrs.Factory(lambda medium: _states(medium.edges), takes_self=True)
    )
    """The record states of the medium, in the order of `State`."""

    def __attrs_post_init__(self) -> None:
        wanted = {"name": str, "family": Family, "active": State, "creates": State | None, "creation": Source | None}
        for field, kind in wanted.items():
            if not isinstance(value := getattr(self, field), kind):
                raise ValueError(f"a medium's {field} cannot be {brief(value)}")
        if not isinstance(self.lacks, tuple) or not all(map(_is_lack, self.lacks)):
            raise ValueError(f"lacks are pairs of an operation and its parameters, not {brief(self.lacks)}")
        known = {None, *(each.name for each in self.lists)}
        for name in (*(row.capabilities for row in self.shown), *(row.capabilities for row in self.told)):
            if name not in known:
                raise ValueError(f"{brief(self.name)} has no list {brief(name)}, which it shows")

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of the medium, platform signals included, in the order in which its edges name them."""
        return tuple(dict.fromkeys(edge.operation for edge in self.edges))

    def lacking(self, operation: str) -> frozenset[str]:
        """The parameters that ``operation`` does not take in this medium, though it does in others."""
        return frozenset(name for each, names in self.lacks for name in names if each == operation)

    def parameters(self, operation: str) -> tuple[Parameter, ...]:
        """What ``operation`` takes in this medium; () for a custom operation."""
        known = OPERATIONS.get(operation) if isinstance(operation, str) else None
        lacking = self.lacking(operation)
        return tuple(each for each in parameters_of(known) if each.name not in lacking) if known else ()

    def capabilities(self, name: str) -> Capabilities:
        """The list of that name. Raises KeyError."""
        for each in self.lists:
            if each.name == name:
                return each
        raise KeyError(f"{self.name} has no list {brief(name)}")


def _is_lack(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], tuple)
        and all(isinstance(each, str) for each in value[1])
    )


def _states(edges: tuple[Edge, ...]) -> tuple[State, ...]:
    used = {edge.source for edge in edges} | {edge.target for edge in edges if edge.target}
    return tuple(state for state in State if state in used)


# === states =========================================================================================================


def known_state(name: str) -> State:
    """The state of that name. Raises ValueError that names the known ones."""
    found = _STATES.get(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"unknown state {brief(name)}; known are {', '.join(State)}")
    return found


_STATES: Mapping[str, State] = {state.value: state for state in State}


def edges_under(medium: Medium, profile: Profile) -> tuple[Edge, ...]:
    """The edges of a medium that exist under a profile."""
    return tuple(edge for edge in medium.edges if edge.holds_under(profile))


def states_from(
    start: str, medium: Medium, edges: tuple[Edge, ...], resume: State | None = None
) -> Iterator[tuple[State, tuple[Edge, ...]]]:
    """Every state that ``edges`` lead to from ``start``, the nearest first, with the fewest edges to it.

    ``resume`` is what the interaction would resume at the start. A state comes once for each state that it would resume
    then. Raises ValueError for an unknown state.
    """

    def leading_on(node: tuple[State, State | None]) -> Iterator[tuple[Edge, tuple[State, State | None]]]:
        state, resumed = node
        for edge in edges:
            if edge.source == state:
                yield edge, (edge.target or resumed or medium.active, edge.resume_after(resumed))

    for (state, _), way in nearest_first([(known_state(start), resume)], leading_on):
        yield state, way
