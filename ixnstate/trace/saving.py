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
from ixnstate.recording.lines import Line, Place
from ixnstate.recording.records import read_record
from ixnstate.recording.times import seconds
from ixnstate.refusals import misfit
from ixnstate.shapes import Either, Fields, Listed, Mapped, Row, Shape, That, misshapen
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
    left_out = ("refusal", "edits", "accepted", "cause", "shown", "candidates")
    return attrs.asdict(finding, filter=lambda field, _: field.name not in left_out)  # type: ignore[arg-type]


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
    try:
        is_whole = state.get("digest") == _digest(state)
        fault = misshapen(state, _shape(state, definition, len(rules))) if is_whole else None
    except (RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"the state is damaged: {brief(error)}") from None
    if not is_whole:
        raise ValueError("the state is damaged: it is not what the judge has saved")
    if fault is not None:
        raise ValueError(f"the state is damaged: {fault}")


_TEXT, _FLAG, _COUNT = (str, type(None)), bool, That(int, lambda number: None if number >= 0 else "it is negative")
_NUMBER, _TIME = (int, type(None)), (int, float, str, type(None))
_SPOT = Fields({"file": str, "line": _COUNT})


def _shape(state: Mapping[str, Any], definition: Definition, rules: int) -> Shape:
    """What a state must look like. Its numbers stand for standings, rules and edges that there are."""
    standings = state.get("standings")
    known = len(standings) if isinstance(standings, list | tuple) else 0
    standing = That(int, lambda number: None if 0 <= number < known else f"there is no standing {brief(number)}")
    line = Fields({"file": str, "line": _COUNT, "text": str, "value": dict})
    recorded = That(line, _fault_of_line)
    asked = Fields(
        {
            "line": recorded, "interaction": _TEXT, "before": Either((type(None), standing)), "judged": _FLAG,
            "number": _NUMBER, "overtaken": _COUNT, "is_delivered": _FLAG, "is_shown": _FLAG, "is_told": _FLAG,
        }
    )  # fmt: skip
    owed = Row((asked, recorded, _COUNT, int, Either((type(None), asked))))
    finding = Fields(
        {
            "code": str, "place": _SPOT, "text": str, "interaction": _TEXT, "agent": _TEXT, "what": str, "why": str,
            "right": _TEXT, "severity": _one_of(Severity), "expected": Listed(str),
            "evidence": Either((type(None), _one_of(Evidence))),
            "source": Either((type(None), Fields({"page": str, "version": str}))), "repair": _TEXT, "seq": _NUMBER,
            "ts": _TEXT,
        }
    )  # fmt: skip
    by_agent = Listed(Row((_TEXT, int)))
    moment = Fields(
        {
            "interaction": str, "media": str, "state": str, "shown": _TEXT, "operation": _TEXT, "agent": _TEXT,
            "time": (int, float, type(None)), "place": _SPOT, "text": str, "seq": _NUMBER,
        }
    )  # fmt: skip
    agents = Listed(_TEXT)
    exchanges: dict[str, Shape] = {
        "begun": _FLAG, "askers": agents, "answerers": agents, "told": agents,
        "open": Listed(Row((_TEXT, Listed(asked)))),
        "owed": Listed(Row((int, *owed.of))), "refused": Listed(asked), "unplaced": Listed(asked),
        "unnumbered": Listed(Row((_TEXT, _TEXT, Listed(Either((type(None), owed)))))),
        "uncaused": Listed(Row((_NUMBER, finding, _FLAG))), "first": by_agent, "last": by_agent, "notified": by_agent,
        "answered": Listed(Row((_TEXT, int, _TEXT))), "arrived": Listed(Row((_TEXT, int, str))),
        "strays": Listed(Row((_TEXT, _TEXT, _FLAG))),
    }  # fmt: skip
    waiting = That(Mapped(moment), lambda each: None if all(map(_numbers(rules), each)) else "there is no such rule")
    return Fields(
        {
            "version": int, "definition": str, "rules": Listed(str), "digest": str, "interactions": Mapped(standing),
            "called": Mapped(str), "done_anyhow": Mapped(Row((_TEXT, _NUMBER))), "early": _COUNT,
            "exchanges": Fields(exchanges),
            "workbins": Listed(Row((_TEXT, Row((str, _TEXT, _TEXT)), Mapped(_FLAG)))),
            "standings": Listed(Fields({"requested": _FLAG, "worlds": Listed(_world(definition))})),
            "waiting": Mapped(waiting), "latest": That(_TIME, _fault_of_time), "record": Row((_NUMBER, str)),
        }
    )  # fmt: skip


def _world(definition: Definition) -> Shape:
    names = Listed(str)
    place = Fields({"id": str, "agent_group": _TEXT, "place_group": _TEXT, "owner": _TEXT})
    fields: dict[str, Shape] = {
        "media": str, "state": str, "holders": names, "invited": names, "workbin": Either((type(None), place)),
        "resume": _TEXT, "attachments": (list, type(None)), "words": Mapped(Listed(str)), "taken": Listed(_COUNT),
        "edge": _NUMBER,
    }  # fmt: skip
    return That(Fields(fields), lambda world: _fault_of_world(world, definition))


def _fault_of_world(world: Mapping[str, Any], definition: Definition) -> str | None:
    content = {"attachments": world["attachments"]} if world["attachments"] else {}
    fields = {name: world[name] for name in ("media", "state", "holders", "invited", "resume")}
    record = Interaction(NO_ID, content=content, **fields)
    if (name := misfit(record, definition)) is not None:
        return f"its {name} does not fit"
    edge, edges = world["edge"], definition.media[record.media].edges
    return None if edge is None or 0 <= edge < len(edges) else f"there is no edge {brief(edge)}"


def _fault_of_time(time: Any) -> str | None:
    return None if time is None or seconds(time) is not None else f"{brief(time)} is not a time"


def _one_of(words: Any) -> Shape:
    return That(str, lambda word: None if word in [each.value for each in words] else f"there is no {brief(word)}")


def _numbers(rules: int) -> Callable[[str], bool]:
    return frozenset(map(str, range(rules))).__contains__


def _fault_of_line(said: Mapping[str, Any]) -> str | None:
    """Why a line cannot be one that a judge has kept: only lines about interactions are."""
    try:
        found = read_record(Line(Place(said["file"], said["line"]), said["text"], said["value"]))
    except (TypeError, ValueError) as error:
        return str(error)
    return None if found is not None else "the line is about no interaction"


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
