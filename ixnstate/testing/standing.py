"""Where an interaction stands by what the implementation shows of it: so a bench can go on after a difference."""

from collections.abc import Iterable, Mapping

from ixnstate.definition import Definition
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import misfit
from ixnstate.testing.drivers import Seen
from ixnstate.values import changed, freeze
from ixnstate.vocabulary import State

_NOT_HELD = (State.QUEUED, State.IN_WORKBIN, State.COMPLETED, State.REVOKED, State.SENT, State.CANCELED)
"""Whoever is shown one of these does not have the interaction, and should be shown nothing."""


def observed(
    likely: Iterable[Interaction],
    shown: Mapping[str, Seen],
    places: Iterable[WorkbinPlace],
    definition: Definition,
) -> Interaction | None:
    """The record that fits what agents are ``shown`` and in which workbins it lies; None if there is none.

    The first of the ``likely`` records that fits is changed as little as possible.
    """
    known, lies_in = tuple(likely), tuple(places)
    first, last_words = known[0], [seen.state for seen in shown.values() if seen.state in _NOT_HELD]
    shown = {agent: seen for agent, seen in shown.items() if seen.state not in _NOT_HELD}
    best = next((record for record in known if _fits(record, shown, lies_in)), None)
    record = _built(first, shown, lies_in, last_words) if best is None else best
    data = next((seen.user_data for seen in shown.values() if seen.user_data is not None), None)
    if record is not None and data is not None:
        record = changed(record, user_data=freeze(data))
    return None if record is None or misfit(record, definition) is not None else record


def _fits(record: Interaction, shown: Mapping[str, Seen], places: tuple[WorkbinPlace, ...]) -> bool:
    """Whether agents may be shown that of the record. Where it lies decides only if nobody is shown it."""
    holders = {agent for agent, seen in shown.items() if seen.state != State.INVITED}
    invited = shown.keys() - holders
    if holders != set(record.holders) or invited != set(record.invited):
        return False
    if holders and {seen.state for agent, seen in shown.items() if agent in holders} != {record.state}:
        return False
    return bool(shown) or (record.workbin in places if places else record.workbin is None)


def _built(
    before: Interaction, shown: Mapping[str, Seen], places: tuple[WorkbinPlace, ...], last_words: list[str]
) -> Interaction | None:
    holders = _ordered(before.holders, [agent for agent, seen in shown.items() if seen.state != State.INVITED])
    invited = _ordered(before.invited, [agent for agent, seen in shown.items() if seen.state == State.INVITED])
    if holders:
        name = shown[holders[0]].state
    elif invited:
        name = State.INVITED.value
    else:
        ended = [word for word in last_words if word in (State.COMPLETED, State.SENT, State.CANCELED)]
        name = State.IN_WORKBIN.value if places else (*ended, State.QUEUED.value)[0]
    if name not in {state.value for state in State}:
        return None
    state = State(name)
    return changed(
        before, state=state, holders=holders, invited=invited, workbin=places[0] if places and not shown else None,
        consulted=tuple(agent for agent in before.consulted if agent in (*holders, *invited)),
    )  # fmt: skip


def _ordered(before: tuple[str, ...], now: list[str]) -> tuple[str, ...]:
    return (*(agent for agent in before if agent in now), *(agent for agent in now if agent not in before))
