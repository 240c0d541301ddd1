"""How a judge stands, as plain JSON: a run on one day's file goes on with the next day's.

Kept are the interactions, and the moments from which rules over time wait. Requests that wait for a reply are not: what
their replies would say is undetermined.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from ixnstate.definition import Definition
from ixnstate.lines import Place
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.trace.rules import Moment
from ixnstate.trace.worlds import NO_ID, Standing, World
from ixnstate.vocabulary import State

VERSION = 1


def saved(
    definition: Definition, standings: Mapping[str, Standing], pending: Mapping[str, Mapping[int, Moment]]
) -> dict[str, Any]:
    """The state as plain JSON."""
    numbers: dict[int, int] = {}
    kept: list[Any] = []
    for found in standings.values():
        if id(found) not in numbers:
            numbers[id(found)] = len(kept)
            kept.append({"requested": found.requested, "worlds": [_written(each, definition) for each in found.worlds]})
    return {
        "version": VERSION,
        "definition": definition.fingerprint,
        "standings": kept,
        "interactions": {interaction: numbers[id(found)] for interaction, found in standings.items()},
        "waiting": {
            interaction: {str(index): attrs.asdict(moment) for index, moment in each.items()}  # type: ignore[arg-type]
            for interaction, each in pending.items()
        },
    }


def _written(world: World, definition: Definition) -> dict[str, Any]:
    record = world.record
    edges = definition.media[record.media].edges
    return {
        "media": record.media,
        "state": record.state,
        "holders": record.holders,
        "invited": record.invited,
        "workbin": attrs.asdict(record.workbin) if record.workbin else None,  # type: ignore[arg-type]
        "resume": record.resume,
        "attachments": record.content.get("attachments"),
        "told": sorted(world.told),
        "edge": edges.index(world.edge) if world.edge else None,
    }


def loaded(
    state: Any, definition: Definition
) -> tuple[dict[str, tuple[tuple[World, ...], bool]], dict[str, dict[int, Moment]]]:
    """The worlds of each interaction, and the moments. Raises ValueError for what is no state of this definition."""
    if not isinstance(state, Mapping) or state.get("version") != VERSION:
        raise ValueError(f"this is no state of version {VERSION} that a judge has saved")
    if state.get("definition") != definition.fingerprint:
        raise ValueError("the state was saved under another definition or profile")
    try:
        standings = [
            (tuple(_read(world, definition) for world in each["worlds"]), bool(each["requested"]))
            for each in state["standings"]
        ]
        interactions = {interaction: standings[number] for interaction, number in state["interactions"].items()}
        waiting = {
            interaction: {int(index): _moment(moment) for index, moment in each.items()}
            for interaction, each in state["waiting"].items()
        }
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the state of the judge is damaged: {type(error).__name__} {error}") from None
    return interactions, waiting


def _read(said: Mapping[str, Any], definition: Definition) -> World:
    place = WorkbinPlace(**said["workbin"]) if said["workbin"] else None
    content = {"attachments": said["attachments"]} if said["attachments"] else {}
    record = Interaction(
        NO_ID, said["media"], State(said["state"]), said["holders"], said["invited"], workbin=place,
        resume=said["resume"], content=content,
    )  # fmt: skip
    edge = None if said["edge"] is None else definition.media[record.media].edges[said["edge"]]
    return World(record, frozenset(map(State, said["told"])), edge)


def _moment(said: Mapping[str, Any]) -> Moment:
    return Moment(**{**said, "place": Place(**said["place"])})
