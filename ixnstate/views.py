"""What agents see: read off the record and the definition, decided by nothing else."""

from typing import TypeAlias

from ixnstate.definition import Definition, Derived, checked, known_state
from ixnstate.model import Interaction, View
from ixnstate.table import GWS
from ixnstate.values import brief, frozen, mistyped
from ixnstate.vocabulary import Does, State, Who


@frozen
class _Views:
    """The views of one medium, built once: a record's state decides which one an agent is given."""

    holding: dict[tuple[State, bool], View | tuple[str, ...]]
    """By state, and whether others hold it too. A bare list is shown in the state that would be resumed."""
    invited: dict[State, View]
    told: dict[tuple[State, str | None], View]
    active: State


def _views(definition: Definition, media: str) -> _Views:
    """Raises ValueError for what is not a definition, and for an unknown medium."""
    return _VIEWS.of(definition, checked(definition).medium(media).name)


def _compile(definition: Definition, media: str) -> _Views:
    medium = definition.medium(media)
    views = _Views({}, {}, {}, medium.active)
    for row in medium.shown:
        if row.holds_under(definition.profile):
            names = medium.capabilities(row.capabilities).operations
            if row.to is Who.INVITEE:
                views.invited[row.state] = View(row.shown or row.state, names)
            else:
                seen = View(row.shown, names) if row.shown else names
                for several in (True,) if row.several else (False, True):
                    views.holding[row.state, several] = seen
    for told in medium.told:
        names_told = None if told.capabilities is None else medium.capabilities(told.capabilities).operations
        views.told[told.state, told.operation] = View(told.state, names_told)
    return views


_VIEWS = Derived(_compile)


def view(record: Interaction, agent: str, *, definition: Definition = GWS) -> View | None:
    """What a GET would show ``agent`` now: None if they neither hold the interaction nor are invited to it.

    Raises ValueError for what is not an interaction, for one of an unknown medium, and where a field that must be
    looked at is of another type.
    """
    if not isinstance(record, Interaction):
        raise ValueError(f"a view is of an interaction, not of {brief(record)}")
    if definition is not GWS:
        checked(definition)
    if not record.fits and (name := mistyped(record)) is not None:
        raise ValueError(f"the record's {name} cannot be {brief(getattr(record, name))}")
    if agent in record.holders:
        return _held(record, _VIEWS.of(definition, record.media))
    if agent in record.invited:
        return _VIEWS.of(definition, record.media).invited.get(record.state)
    return None


def _held(record: Interaction, views: _Views) -> View | None:
    seen = views.holding.get((record.state, len(record.holders) > 1))
    return View(record.resume or views.active, seen) if isinstance(seen, tuple) else seen


ViewsByRole: TypeAlias = tuple[View | None, View | None]
"""What all see who hold an interaction, and all others who are invited to it."""


def views_by_role(record: Interaction, definition: Definition) -> ViewsByRole:
    """What agents see of a record that fits, worked out once for all of them."""
    views = _VIEWS.of(definition, record.media)
    return _held(record, views), views.invited.get(record.state)


def view_among(views: ViewsByRole, record: Interaction, agent: str) -> View | None:
    """What `view` gives, from the views of that record."""
    return views[0] if agent in record.holders else views[1] if agent in record.invited else None


def last_word(media: str, state: State, operation: str, *, definition: Definition = GWS) -> View:
    """What an agent who lets go is told: ``state``, with the list that the page of ``operation`` shows."""
    told = _views(definition, media).told
    return told.get((state, operation)) or told.get((state, None)) or View(state, ())


def capabilities(record: Interaction, agent: str, *, definition: Definition = GWS) -> tuple[str, ...] | None:
    """The operations that ``agent`` is shown now, in documented order: () if they are shown none or see nothing."""
    seen = view(record, agent, definition=definition)
    return seen.capabilities if seen else ()


def listed(media: str, state: str, *, several: bool = False, definition: Definition = GWS) -> tuple[str, ...] | None:
    """The list for ``state``: the holder's (the invitee's in Invited), or else the last word's; () if there is none.

    ``several`` asks for a session that other agents hold too. None is a key that is absent. Raises ValueError for an
    unknown medium or state.
    """
    checked(definition).medium(media)
    wanted = known_state(state)
    views = _views(definition, media)
    seen = views.invited[wanted] if wanted is State.INVITED else views.holding.get((wanted, several))
    seen = seen or last_word(media, wanted, "", definition=definition)
    return seen if isinstance(seen, tuple) else seen.capabilities


def documented(media: str, state: str, *, definition: Definition = GWS) -> dict[str, tuple[str, ...] | None]:
    """Every list that a page prints for ``state``, of any generation, by its name; None for a key that is absent.

    This is what a judge accepts. Who has offered an interaction to another agent, and holds it until then, is shown
    the list of that in the state that would be resumed. Raises ValueError for an unknown medium or state.
    """
    medium = checked(definition).medium(media)
    wanted = known_state(state)
    names = [row.capabilities for row in medium.shown if row.shown is wanted]
    offered_on = {edge.source for edge in definition.edges(media) if edge.does is Does.OFFER_ON}
    names += [row.capabilities for row in medium.shown if row.shown is None and wanted in offered_on]
    names += [each.name for each in medium.lists if each.printed_under is wanted]
    found: dict[str, tuple[str, ...] | None] = {name: medium.capabilities(name).operations for name in names}
    for told in medium.told:
        if told.state is wanted:
            found[told.capabilities or "absent"] = (
                None if told.capabilities is None else medium.capabilities(told.capabilities).operations
            )
    return found
