"""What a lifecycle definition is: media under a profile, as one immutable value.

Nothing callable stands in a definition. `ixnstate.table` writes the documented one, ``GWS``; everything else (legality,
views, refusals, diagrams, the reference page) is derived from it, and users derive their own: `Definition.with_media`,
`Definition.with_edge`, `Definition.with_capabilities`, `Definition.with_profile`.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from ixnstate.commands import OPERATIONS, AddInteraction, Command, Custom, PullInteraction
from ixnstate.media import (
    AS_BEFORE,
    Capabilities,
    Choices,
    Edge,
    Medium,
    Shown,
    Told,
    edges_under,
    known_state,
    states_from,
    unfit_field,
)
from ixnstate.profile import Profile
from ixnstate.values import ReadOnlyDict, a_, brief, changed, fields_of, frozen, printed_as
from ixnstate.vocabulary import FINAL_STATES, HELD_STATES, Does, Evidence, Source, State, When, Who

if TYPE_CHECKING:
    from ixnstate.auditing import Difference, Lint

__all__ = [
    "AS_BEFORE", "Capabilities", "Choices", "Definition", "Derived", "Edge", "Medium", "Shown", "Told", "checked",
    "known_state", "named",
]  # fmt: skip

K = TypeVar("K")
V = TypeVar("V")


def _named_media(media: object) -> Mapping[str, Medium]:
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
    derived: dict[object, Any] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    """What each `Derived` has kept of this definition; not part of its value."""

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

    def with_profile(self, **choices: object) -> "Definition":
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
        return _FINGERPRINT.of(self, None)

    def lint(self) -> "tuple[Lint, ...]":
        """Its weaknesses: states that nothing reaches, states that lead to no final one, names shown but not legal."""
        from ixnstate.auditing import lint

        return lint(self.media, self.profile)

    def diff(self, other: "Definition") -> "tuple[Difference, ...]":
        """In which edges, lists, views and choices two definitions differ; () if and only if they are equal."""
        if not isinstance(other, Definition):
            raise ValueError(f"a definition can be compared with another one, not with {brief(other)}")
        from ixnstate.auditing import diff

        return diff((self.media, self.profile), (other.media, other.profile))

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
        return frozenset(state for state, _ in states_from(start, self.medium(media), self.edges(media)))

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
            for state, path in states_from(start, self.medium(media), edges, resume):
                if state in goals:
                    return path
        return None


_NAMED: dict[str, Definition] = {}
"""The definitions that have a name in this package: as a default of an argument they print as that."""


def named(name: str, definition: Definition) -> Definition:
    """The definition, which prints as ``name`` from now on."""
    _NAMED[name] = definition
    return definition


def _is_ordinary(edge: Edge) -> bool:
    return edge.does is Does.OFFER if edge.who is Who.PLATFORM else edge.when is not When.FOR_OWNER


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


_EDGES: Derived[str, tuple[Edge, ...]] = Derived(
    lambda definition, media: edges_under(definition.media[media], definition.profile)
)


def _fingerprint(definition: Definition, _: None) -> str:
    from hashlib import sha256

    content = repr((sorted(definition.media.items()), definition.profile))
    return sha256(content.encode()).hexdigest()[:16]


_FINGERPRINT: Derived[None, str] = Derived(_fingerprint)


def checked(definition: Definition) -> Definition:
    """The definition. Raises ValueError for what is none."""
    if not isinstance(definition, Definition):
        raise ValueError(f"definition must be an ixnstate.Definition, not {brief(definition)}")
    return definition
