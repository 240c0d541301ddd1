"""What a lifecycle definition is: edges and capability lists per medium, as one immutable value.

Nothing callable stands in a definition. `ixnstate.table` writes the documented one, ``GWS``; everything else (legality,
views, refusals, diagrams, the reference page) is derived from it, and users derive their own: `Definition.with_media`,
`Definition.with_edge`, `Definition.with_capabilities`, `Definition.with_profile`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import attrs

from ixnstate.commands import OPERATIONS, AddInteraction, Command, Custom, Parameter, PullInteraction, parameters_of
from ixnstate.profile import Profile
from ixnstate.values import ReadOnlyDict, a_, brief, changed, fields_of, frozen, mistyped, printed_as
from ixnstate.vocabulary import FINAL_STATES, HELD_STATES, Does, Evidence, Family, Source, State, When, Who

if TYPE_CHECKING:
    from ixnstate.auditing import Difference, Lint

K = TypeVar("K")
V = TypeVar("V")

Choices = tuple[tuple[str, object], ...]
"""Conditions on the profile, all of which must hold: ``(("transfer", "at once"),)``."""


def _hold(choices: Choices, profile: Profile) -> bool:
    if not isinstance(profile, Profile):
        raise ValueError(f"profile must be an ixnstate.Profile, not {brief(profile)}")
    return all(getattr(profile, name) == value for name, value in choices)


AS_BEFORE: Literal["as before"] = "as before"


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
    resumes: State | Literal["as before"] | None = None
    only: Choices = ()
    evidence: Evidence = Evidence.INFERRED
    page: Source = Source("added by a derived definition")

    def holds_under(self, profile: Profile) -> bool:
        """Whether the profile's choices let this edge exist. Raises ValueError unless ``profile`` is a Profile."""
        return _hold(self.only, profile)

    def resume_after(self, resume: State | None) -> State | None:
        """What an interaction that took this edge resumes later; ``resume`` is what it would have resumed before."""
        return resume if self.resumes == AS_BEFORE else self.resumes


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


def unfit_field(part: Any) -> str | None:
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

    def parse(value: Any) -> Any:
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


def _named_media(media: Any) -> Mapping[str, Medium]:
    if not isinstance(media, Mapping):
        raise ValueError(f"media must be a mapping of names to media, not {brief(media)}")
    for name, medium in media.items():
        if not isinstance(medium, Medium) or name != medium.name:
            raise ValueError(f"media must have each medium under its name; {brief(name)} is {brief(medium)}")
    return ReadOnlyDict(media)


@frozen
class Definition:
    """The lifecycle of every medium, and the profile of the system that it describes. Immutable, compared by value.

    ``media`` has each `Medium` under its name. Raises ValueError for anything else.
    """

    media: Mapping[str, Medium] = attrs.field(converter=_named_media, hash=False)
    profile: Profile = Profile()
    derived: dict[Any, Any] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    """What is kept of this definition by `Derived`; not part of its value."""
    plans: dict[str, Any] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    """The same for the step, which looks here first: its compiled form of each medium."""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.profile, Profile):
            raise ValueError(f"profile must be an ixnstate.Profile, not {brief(self.profile)}")

    def __repr__(self) -> str:
        """By the name that it has here, or as what differs from one that has a name."""
        for name, known in _NAMED.items():
            if self is known:
                return name
            own = {key: medium for key, medium in self.media.items() if known.media.get(key) is not medium}
            if len(own) < len(self.media) and known.media.keys() <= self.media.keys():
                return self._as_derived(name, known, own)
        return f"Definition(media={printed_as(dict(self.media))}, profile={self.profile!r})"

    def _as_derived(self, name: str, known: "Definition", own: Mapping[str, Medium]) -> str:
        if own:
            media = ", ".join(f"{key!r}: {medium!r}" for key, medium in own.items())
            return f"Definition(media={{**{name}.media, {media}}}, profile={self.profile!r})"
        choices = {field.name: getattr(self.profile, field.name) for field in fields_of(Profile)}
        others = {key: value for key, value in choices.items() if value != getattr(known.profile, key)}
        return f"{name}.with_profile({', '.join(f'{key}={value!r}' for key, value in others.items())})"

    def __reduce__(self) -> tuple[type["Definition"], tuple[dict[str, Medium], Profile]]:
        return Definition, (dict(self.media), self.profile)

    def medium(self, name: str) -> Medium:
        """The medium of that name. Raises ValueError that names the known ones."""
        found = self.media.get(name) if isinstance(name, str) else None
        if found is None:
            raise ValueError(f"unknown media {brief(name)}; known are {', '.join(self.media)}")
        return found

    def edges(self, media: str) -> tuple[Edge, ...]:
        """The edges of a medium that exist under the profile. Raises ValueError for an unknown medium."""
        self.medium(media)
        return _EDGES.of(self, media)

    # --- deriving another -------------------------------------------------------------------------------------------

    def with_profile(self, **choices: Any) -> "Definition":
        """This definition for a system of other choices. Raises ValueError for a choice that does not exist."""
        unknown = choices.keys() - {field.name for field in fields_of(Profile)}
        if unknown:
            known = ", ".join(field.name for field in fields_of(Profile))
            raise ValueError(f"a profile has no {', '.join(sorted(unknown))}; it has {known}")
        return Definition(self.media, changed(self.profile, **choices))

    def with_media(self, name: str, *, like: str) -> "Definition":
        """This definition with one more medium that behaves like a known one.

        Of the workbin operations it has those that fit every medium: AddInteraction, PullInteraction, PlaceInWorkbin.
        Raises ValueError for an unknown ``like`` or a ``name`` that is taken or is not a name.
        """
        model = self.medium(like)
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"a medium's name must be an identifier, not {brief(name)}")
        if name in self.media:
            raise ValueError(f"there is a medium {brief(name)} already")
        page = Source(f"like {like}")
        own = {
            name
            for name in model.operations
            if issubclass(OPERATIONS.get(name, Command), AddInteraction | PullInteraction)
            and name not in ("AddInteraction", "PullInteraction")
        }
        edges = tuple(
            changed(edge, evidence=Evidence.INFERRED, page=page) for edge in model.edges if edge.operation not in own
        )
        return self._with(changed(model, name=name, edges=edges))

    def with_edge(self, media: str, edge: Edge) -> "Definition":
        """This definition with one more edge, tried after the edges that are there.

        A custom operation is performed by ``ix.Custom(operation=..., by=...)``; it can keep the holders, make
        the agent (if there is one) the holder, release, or change nothing. Raises ValueError for an unknown medium, an
        edge that is there already or leaves a final state, a signal that is not the platform's, or an effect that the
        operation's arguments cannot have.
        """
        medium = self.medium(media)
        states = tuple(State)
        if not isinstance(edge, Edge) or edge.source not in states or edge.target not in (*states, None):
            raise ValueError(f"an edge leads from a state to a state, or to None; this is {brief(edge)}")
        if State.REVOKED in (edge.source, edge.target):
            raise ValueError("Revoked exists only in notices: no interaction is in that state")
        if not isinstance(edge.operation, str) or not edge.operation.isidentifier():
            raise ValueError(f"an operation's name must be an identifier, not {brief(edge.operation)}")
        if unfit := unfit_field(edge):
            raise ValueError(f"an edge's {unfit} cannot be {brief(getattr(edge, unfit))}")
        effects = {
            each.does for known in self.media.values() for each in known.edges if each.operation == edge.operation
        }
        effects |= {Does.KEEP, Does.RELEASE, Does.NOTHING} | ({Does.HOLD} if edge.who is not Who.PLATFORM else set())
        if edge.does not in effects:
            raise ValueError(f"{edge.operation} has no arguments for an edge that {edge.does.name}s")
        if edge.who is not Who.PLATFORM and not hasattr(OPERATIONS.get(edge.operation, Custom), "by"):
            raise ValueError(f"{edge.operation} is the platform's: no agent performs it")
        if edge.source in FINAL_STATES:
            raise ValueError(f"nothing leaves {edge.source}")
        if edge in medium.edges:
            raise ValueError(f"{media} has this edge already: {edge}")
        return self._with(changed(medium, edges=(*medium.edges, edge)))

    def with_capabilities(self, media: str, state: str, operations: tuple[str, ...]) -> "Definition":
        """This definition with another list for those who hold an interaction of ``media`` in ``state``.

        Raises ValueError for an unknown medium or state, or a state in which nobody is shown anything.
        """
        medium = self.medium(media)
        if not isinstance(operations, list | tuple) or not all(isinstance(each, str) for each in operations):
            raise ValueError(f"capabilities are a list of operation names, not {brief(operations)}")
        shows = {row.state.value for row in medium.shown if row.to is Who.HOLDER and row.state in HELD_STATES}
        if not isinstance(state, str) or state not in shows:
            raise ValueError(f"nobody holds {a_(media)} in state {brief(state)}, so there is no list to replace")
        name = f"{media}-{state}".lower()
        new = Capabilities(name, tuple(operations), Evidence.INFERRED, Source("added by a derived definition"))
        shown = tuple(
            changed(row, capabilities=name) if row.state == state and row.to is Who.HOLDER else row
            for row in medium.shown
        )
        lists = (*(each for each in medium.lists if each.name != name), new)
        return self._with(changed(medium, lists=lists, shown=shown))

    def _with(self, medium: Medium) -> "Definition":
        return Definition({**self.media, medium.name: medium}, self.profile)

    # --- looking at one ---------------------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """16 hex digits that are the same for equal definitions, in every process and on every machine."""
        from hashlib import sha256

        content = repr((sorted(self.media.items()), self.profile))
        return sha256(content.encode()).hexdigest()[:16]

    def lint(self) -> "tuple[Lint, ...]":
        """Its weaknesses: states that nothing reaches, states that lead to no final one, names shown but not legal."""
        from ixnstate.auditing import lint

        return lint(self)

    def diff(self, other: "Definition") -> "tuple[Difference, ...]":
        """In which edges, lists, views and choices two definitions differ; () if and only if they are equal."""
        from ixnstate.auditing import diff

        if not isinstance(other, Definition):
            raise ValueError(f"a definition can be compared with another one, not with {brief(other)}")
        return diff(self, other)

    # --- as a graph -------------------------------------------------------------------------------------------------

    def targets(self, media: str, edge: Edge) -> tuple[State, ...]:
        """Where an edge can lead: its target, or every state in which the medium can be resumed. Raises ValueError."""
        medium = self.medium(media)
        if not isinstance(edge, Edge):
            raise ValueError(f"edge must be an ixnstate.Edge, not {brief(edge)}")
        if edge.target is not None:
            return (edge.target,)
        resumed = {medium.active} | {each.resumes for each in self.edges(media)}
        return tuple(state for state in State if state in resumed)

    def reachable(self, media: str, start: str = State.QUEUED) -> frozenset[State]:
        """Every state that some sequence of operations reaches from ``start``, itself included. Raises ValueError."""
        return frozenset(state for state, _ in self._walk(media, start, None, self.edges(media)))

    def shortest_path(
        self, media: str, start: str, goals: frozenset[State], *, resume: State | None = None
    ) -> tuple[Edge, ...] | None:
        """The fewest edges from ``start`` to one of ``goals``; () if it is one, None if there is no way.

        It is the way that agents go, with the router's offers; timeouts, the platform's Stop and a supervisor's Add*
        are taken only where there is no other. ``resume`` is what the interaction would resume. Raises ValueError for
        an unknown medium or state.
        """
        every = self.edges(media)
        if not isinstance(goals, frozenset | set):
            raise ValueError(f"goals must be a set of states, not {brief(goals)}")
        if resume is not None:
            resume = known_state(resume)
        for edges in (tuple(filter(_is_ordinary, every)), every):
            for state, path in self._walk(media, start, resume, edges):
                if state in goals:
                    return path
        return None

    def _walk(
        self, media: str, start: str, resume: State | None, edges: tuple[Edge, ...]
    ) -> Iterator[tuple[State, tuple[Edge, ...]]]:
        active = self.media[media].active
        first = (known_state(start), resume)
        seen = {first}
        queue: deque[tuple[tuple[State, State | None], tuple[Edge, ...]]] = deque([(first, ())])
        while queue:
            (state, resume), path = queue.popleft()
            yield state, path
            for edge in edges:
                node = (edge.target or resume or active, edge.resume_after(resume))
                if edge.source == state and node not in seen:
                    seen.add(node)
                    queue.append((node, (*path, edge)))


_NAMED: dict[str, Definition] = {}
"""The definitions that have a name in this package: as a default of an argument they print as that."""


def named(name: str, definition: Definition) -> Definition:
    """The definition, which prints as ``name`` from now on."""
    _NAMED[name] = definition
    return definition


def _is_ordinary(edge: Edge) -> bool:
    return edge.does is Does.OFFER if edge.who is Who.PLATFORM else edge.when is not When.FOR_OWNER


def known_state(name: str) -> State:
    """The state of that name. Raises ValueError that names the known ones."""
    found = _STATES.get(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"unknown state {brief(name)}; known are {', '.join(State)}")
    return found


_STATES: Mapping[str, State] = {state.value: state for state in State}


class Derived(Generic[K, V]):
    """Something that is worked out from a definition, once for each key, and kept with the definition.

    Threads that ask at once may all work it out; they are all given the same.
    """

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[Definition, K], V]) -> None:
        self._work_out = work_out

    def kept(self, definition: Definition) -> dict[K, V]:
        """What is kept of a definition, by its key."""
        kept: dict[K, V] = definition.derived.setdefault(self, {})
        return kept

    def of(self, definition: Definition, key: K) -> V:
        """What it is under that key."""
        try:
            found: V = definition.derived[self][key]
        except KeyError:
            return self.kept(definition).setdefault(key, self._work_out(definition, key))
        return found


def _edges_under(definition: Definition, media: str) -> tuple[Edge, ...]:
    return tuple(edge for edge in definition.media[media].edges if edge.holds_under(definition.profile))


_EDGES = Derived(_edges_under)


def checked(definition: Definition) -> Definition:
    """The definition. Raises ValueError for what is none."""
    if not isinstance(definition, Definition):
        raise ValueError(f"definition must be an ixnstate.Definition, not {brief(definition)}")
    return definition
