"""How a judge stands, as plain JSON: a run on one day's file goes on with the next day's.

Kept are the interactions, the moments from which rules over time wait, what agents know to be in workbins, and what
`Exchanges` keeps of requests and replies. What a request does is not kept: it is carried out once more, on the
interaction as it stood.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs

from ixnstate.definition import Definition
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.recording.lines import Place
from ixnstate.trace.findings import Finding, Severity
from ixnstate.trace.rules import Moment
from ixnstate.trace.worlds import NO_ID, Standing, World
from ixnstate.values import brief
from ixnstate.vocabulary import Evidence, Source, State

VERSION = 5


class Standings:
    """Standings on their way into JSON: interactions that stand alike share one, so each is written once."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._numbers: dict[int, int] = {}
        self.written: list[Any] = []

    def number(self, found: Standing) -> int:
        """Under which number it is written."""
        number = self._numbers.setdefault(id(found), len(self.written))
        if number == len(self.written):
            worlds = [_written(each, self._definition) for each in found.worlds]
            self.written.append({"requested": found.requested, "worlds": worlds})
        return number


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
        "words": dict(world.words),
        "taken": sorted(world.taken),
        "edge": edges.index(world.edge) if world.edge else None,
    }


def moments(pending: Mapping[str, Mapping[int, Moment]]) -> dict[str, Any]:
    """The moments from which rules wait, by interaction and by the number of the rule."""
    return {
        interaction: {str(index): attrs.asdict(moment) for index, moment in each.items()}  # type: ignore[arg-type]
        for interaction, each in pending.items()
    }


def plain_finding(finding: Finding) -> dict[str, Any]:
    """A finding that rests on no refusal, and is not repaired yet, for `read_finding`."""
    return attrs.asdict(finding, filter=lambda field, _: field.name not in ("refusal", "edits"))  # type: ignore[arg-type]


def sealed(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state with a digest: one that was changed since is not gone on with."""
    return {**state, "digest": _digest(state)}


def _digest(state: Mapping[str, Any]) -> str:
    said = {key: value for key, value in state.items() if key != "digest"}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


# --- read again -----------------------------------------------------------------------------------------------------


def check(state: Any, definition: Definition, rules: list[str]) -> None:
    """Raise ValueError for what was not saved by a judge like this one."""
    version = state.get("version") if isinstance(state, Mapping) else None
    if version is None:
        raise ValueError("this is no state that a judge has saved")
    if version != VERSION:
        raise ValueError(f"the state is of version {brief(version)}, and this judge reads {VERSION}: begin a new one")
    if state.get("definition") != definition.fingerprint:
        raise ValueError("the state was saved under another definition or profile")
    if state.get("rules") != rules:
        raise ValueError(f"the state was saved with the rules {brief(state.get('rules'))}, and not with {rules}")
    if state.get("digest") != _digest(state):
        raise ValueError("the state is damaged: it is not what the judge has saved")


def read_worlds(said: Any, definition: Definition) -> Iterator[World]:
    """The worlds of a standing."""
    for world in said["worlds"]:
        place = WorkbinPlace(**world["workbin"]) if world["workbin"] else None
        content = {"attachments": world["attachments"]} if world["attachments"] else {}
        record = Interaction(
            NO_ID, world["media"], State(world["state"]), world["holders"], world["invited"], workbin=place,
            resume=world["resume"], content=content,
        )  # fmt: skip
        edge = None if world["edge"] is None else definition.media[record.media].edges[world["edge"]]
        words = tuple((name, tuple(map(str, states))) for name, states in world["words"].items())
        yield World(record, words, edge, frozenset(world["taken"]))


def read_moments(said: Any) -> dict[str, dict[int, Moment]]:
    """The reverse of `moments`."""
    return {
        interaction: {int(index): _moment(moment) for index, moment in each.items()}
        for interaction, each in said.items()
    }


def _moment(said: Mapping[str, Any]) -> Moment:
    return Moment(**{**said, "place": Place(**said["place"])})


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "place": lambda place: Place(**place),
    "severity": Severity,
    "expected": tuple,
    "evidence": Evidence,
    "source": lambda source: Source(**source),
}


def read_finding(said: Mapping[str, Any]) -> Finding:
    """The reverse of `plain_finding`."""
    return Finding(
        **{key: _FIELDS[key](each) if key in _FIELDS and each is not None else each for key, each in said.items()}
    )


# --- files ----------------------------------------------------------------------------------------------------------


def read_state(file: Path) -> Any:
    """The state in a file, None if there is no such file. Raises OSError, and ValueError for what is no JSON."""
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (RecursionError, ValueError) as error:
        raise ValueError(f"this is no state that a judge has saved: {error}") from None


def write_state(file: Path, state: Any) -> None:
    """Put the state into a file: all of it or, if that fails, nothing, and what was there stays. Raises OSError."""
    whole = file.resolve()
    part = whole.with_name(f".{whole.name}.{os.getpid()}")
    try:
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(whole)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
