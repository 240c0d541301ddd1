"""Looking at the media of a definition: their weaknesses, and how two definitions differ."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ixnstate.commands import ALIASES
from ixnstate.media import Medium, edges_under, states_from
from ixnstate.profile import Profile
from ixnstate.values import fields_of, frozen
from ixnstate.vocabulary import FINAL_STATES, State


@frozen
class Lint:
    """A weakness of a definition: ``code`` is unreachable, trap, no-way-to-final or advertised-illegal."""

    code: str
    media: str
    state: State
    message: str

    def __str__(self) -> str:
        return f"{self.media}: {self.message}"


Media: TypeAlias = Mapping[str, Medium]


def lint(media: Media, profile: Profile) -> tuple[Lint, ...]:
    """See `Definition.lint`."""
    return tuple(weakness for medium in media.values() for weakness in _lint_medium(medium, profile))


def _lint_medium(medium: Medium, profile: Profile) -> Iterator[Lint]:
    edges = edges_under(medium, profile)

    def reachable(start: State) -> set[State]:
        return {state for state, _ in states_from(start, medium, edges)}

    starts = {State.QUEUED} | ({medium.creates} if medium.creates else set())
    reached = {state for start in starts for state in reachable(start)}
    legal = {state: {edge.operation for edge in edges if edge.source == state} for state in State}
    for state in medium.states:
        if state not in reached:
            yield Lint("unreachable", medium.name, state, f"nothing leads to {state}")
        if not reachable(state) & FINAL_STATES:
            code = "no-way-to-final" if any(edge.target != state for edge in edges if edge.source == state) else "trap"
            yield Lint(code, medium.name, state, f"no final state can be reached from {state}")
    for row in medium.shown:
        if row.holds_under(profile):
            for operation in medium.capabilities(row.capabilities).operations:
                if ALIASES.get(operation, operation) not in legal[row.state]:
                    message = f"{operation} is advertised in {row.state}, but it is not legal there"
                    yield Lint("advertised-illegal", medium.name, row.state, message)


@frozen
class Difference:
    """One thing in which two definitions differ; ``left`` and ``right`` are what each has, None where it has none."""

    media: str
    what: str
    left: object
    right: object

    def __str__(self) -> str:
        if self.left is None:
            return f"{self.media}: {self.what}: only in the second"
        if self.right is None:
            return f"{self.media}: {self.what}: only in the first"
        return f"{self.media}: {self.what}: {self.left} in the first, {self.right} in the second"


def diff(left: tuple[Media, Profile], right: tuple[Media, Profile]) -> tuple[Difference, ...]:
    """See `Definition.diff`."""
    return (*_profile_differences(left[1], right[1]), *_differences(left[0], right[0]))


def _profile_differences(left: Profile, right: Profile) -> Iterator[Difference]:
    for field in fields_of(Profile):
        one, other = getattr(left, field.name), getattr(right, field.name)
        if one != other:
            yield Difference("profile", field.name, one, other)


def _differences(left: Media, right: Media) -> Iterator[Difference]:
    for name in dict.fromkeys((*left, *right)):
        in_left, in_right = left.get(name), right.get(name)
        if in_left is None or in_right is None:
            yield Difference(name, "the medium", in_left and in_left.name, in_right and in_right.name)
        elif in_left != in_right:
            yield from _media_differences(in_left, in_right)


def _media_differences(left: Medium, right: Medium) -> Iterator[Difference]:
    one, other = _parts(left), _parts(right)
    if one == other:
        yield Difference(left.name, "the order of its edges and lists", "as listed", "another")
    for key in dict.fromkeys((*one, *other)):
        if one.get(key) != other.get(key):
            yield Difference(left.name, key, one.get(key), other.get(key))


def _parts(medium: Medium) -> dict[str, object]:
    """Everything a medium consists of, each part under a name that tells it from its siblings."""
    parts: dict[str, object] = {
        name: getattr(medium, name) for name in ("family", "active", "creates", "creation", "lacks")
    }
    for edge in medium.edges:
        condition = "" if edge.when == "always" else f" {edge.when}"
        choices = "".join(f" with {name} {value}" for name, value in edge.only)
        parts[f"{edge.source} -{edge.operation}-> {edge.target or 'where it was'}{condition}{choices}"] = edge
    parts |= {f"the list {each.name}": each for each in medium.lists}
    parts |= {f"the {row.to}'s view in {row.state} {row.several} {row.only}": row for row in medium.shown}
    parts |= {f"the last word {row.state} after {row.operation or 'any operation'}": row for row in medium.told}
    return parts
