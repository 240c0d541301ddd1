"""What a lifecycle definition is: edges and capability lists per medium, as one immutable value.

Nothing callable stands in a definition. `ixnstate.table` writes the documented one, ``GWS``; everything else (legality,
views, refusals, diagrams, the reference page) is derived from it, and users derive their own: `Definition.with_media`,
`Definition.with_edge`, `Definition.with_capabilities`, `Definition.with_profile`.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from ixnstate.commands import OPERATIONS, AddInteraction, Command, Custom, Parameter, PullInteraction, parameters_of
from ixnstate.profile import Profile
from ixnstate.values import FrozenDict, brief, changed, fields_of, frozen
from ixnstate.vocabulary import FINAL_STATES, HELD_STATES, Does, Evidence, Family, Source, State, When, Who

if TYPE_CHECKING:
    from ixnstate.auditing import Difference, Lint

Choices = tuple[tuple[str, object], ...]
"""Conditions on the profile, all of which must hold: ``(("transfer", "at once"),)``."""


def _hold(choices: Choices, profile: Profile) -> bool:
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
        """Whether the profile's choices let this edge exist."""
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
    """What an agent is shown, while he has the interaction: `to` holder or invitee, ``several`` if others hold it too.

    ``shown`` is the state in the view (None: the state to resume); ``capabilities`` the name of the list.
    """

    state: State
    to: Who
    capabilities: str
    shown: State | None
    several: bool = False
    only: Choices = ()

    def holds_under(self, profile: Profile) -> bool:
        """Whether the profile's choices let this row hold."""
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


@frozen
class Medium:
    """One medium: its family, the state in which an agent works on it, its edges and what agents are shown.

    ``creates`` is the state in which Create or a Reply puts a new one, None if no agent can; ``creation`` is the page
    that says so.
    """

    name: str
    family: Family
    active: State
    edges: tuple[Edge, ...]
    lists: tuple[Capabilities, ...]
    shown: tuple[Shown, ...]
    told: tuple[Told, ...]
    creates: State | None = None
    creation: Source | None = None
    lacks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Parameters that an operation takes in other media, and not in this one."""

    states: tuple[State, ...] = attrs.field(
        init=False, eq=False, repr=False, default=attrs.Factory(lambda medium: _states(medium.edges), takes_self=True)
    )
    """The record states of the medium, in the order of `State`."""

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of the medium, platform signals included, in the order in which its edges name them."""
        return tuple(dict.fromkeys(edge.operation for edge in self.edges))

    def lacking(self, operation: str) -> frozenset[str]:
        """The parameters that ``operation`` does not take in this medium, though it does in others."""
        return frozenset(name for each, names in self.lacks for name in names if each == operation)

    def parameters(self, operation: str) -> tuple[Parameter, ...]:
        """What ``operation`` takes in this medium; () for an operation of one's own."""
        known = OPERATIONS.get(operation)
        lacking = self.lacking(operation)
        return tuple(each for each in parameters_of(known) if each.name not in lacking) if known else ()

    def capabilities(self, name: str) -> Capabilities:
        """The list of that name. Raises KeyError."""
        for each in self.lists:
            if each.name == name:
                return each
        raise KeyError(name)


def _states(edges: tuple[Edge, ...]) -> tuple[State, ...]:
    used = {edge.source for edge in edges} | {edge.target for edge in edges if edge.target}
    return tuple(state for state in State if state in used)


@frozen
class Definition:
    """The lifecycle of every medium, and the profile of the system that it describes. Immutable, compared by value."""

    media: Mapping[str, Medium] = attrs.field(converter=FrozenDict, hash=False)
    profile: Profile = Profile()
    derived: dict[str, Any] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    """What other layers have worked out from this definition and want to find again; not part of its value."""
    plans: dict[str, Any] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    """The same for the step, which looks here first: its compiled form of each medium."""

    def __reduce__(self) -> tuple[type["Definition"], tuple[dict[str, Medium], Profile]]:
        return Definition, (dict(self.media), self.profile)

    def medium(self, name: str) -> Medium:
        """The medium of that name. Raises ValueError that names the known ones."""
        try:
            return self.media[name]
        except (KeyError, TypeError):
            raise ValueError(f"unknown media {brief(name)}; known are {', '.join(self.media)}") from None

    def edges(self, media: str) -> tuple[Edge, ...]:
        """The edges of a medium that exist under the profile. Raises ValueError for an unknown medium."""
        medium, key = self.medium(media), f"edges of {media}"
        if key not in self.derived:
            self.derived[key] = tuple(edge for edge in medium.edges if edge.holds_under(self.profile))
        edges: tuple[Edge, ...] = self.derived[key]
        return edges

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
        Raises ValueError for an unknown ``like`` or a ``name`` that is taken or is no name.
        """
        model = self.medium(like)
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"a medium's name must be an identifier, not {name!r}")
        if name in self.media:
            raise ValueError(f"there is a medium {name!r} already")
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

        An operation of one's own is performed by ``ix.Custom(operation=..., by=...)``; it can keep the holders, make
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
            raise ValueError(f"an operation's name must be an identifier, not {edge.operation!r}")
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
        name = f"{media}-{state}".lower()
        if not isinstance(operations, list | tuple) or not all(isinstance(each, str) for each in operations):
            raise ValueError(f"capabilities are a list of operation names, not {brief(operations)}")
        if state not in HELD_STATES or not any(row.state == state and row.to is Who.HOLDER for row in medium.shown):
            raise ValueError(f"nobody holds a {media} in state {state!r}, so there is no list to replace")
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
        """Where an edge can lead: its target, or every state in which the medium can be resumed."""
        if edge.target is not None:
            return (edge.target,)
        resumed = {self.media[media].active} | {each.resumes for each in self.edges(media)}
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


def _is_ordinary(edge: Edge) -> bool:
    return edge.does is Does.OFFER if edge.who is Who.PLATFORM else edge.when is not When.FOR_OWNER


def known_state(name: str) -> State:
    """The state of that name. Raises ValueError that names the known ones."""
    try:
        return State(name)
    except ValueError:
        raise ValueError(f"unknown state {brief(name)}; known are {', '.join(State)}") from None
