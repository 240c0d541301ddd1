"""A failure as its reader needs it: the shortest run, as a program that can be pasted; what differs; who says so.

`shortest` shrinks a script by leaving actions out, as long as the implementation still differs in the same respect.
`recorded` is the run in the form of recorded traces, so that ``ixnstate validate`` reads it and ``ixnstate replay``
plays it again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import NoneType

from ixnstate import gws, outputs
from ixnstate.commands import Command
from ixnstate.testing.differing import Difference, Script, said
from ixnstate.testing.encoding import action_from_json, action_to_json
from ixnstate.testing.model import Action, AtOnce, Wait, checked_script
from ixnstate.values import Json, each_of, expect, expect_number, path_of, printed_as

SMALL = 6
"""Parts of up to so many actions are left out in every size."""

Run = Callable[[Script], Difference | None]
"""Plays a script on a fresh implementation: the first difference, or None."""


def shortest(script: Script, difference: Difference, run: Run, *, tries: int = 300) -> tuple[Script, Difference]:
    """The script without all that the difference does not need: larger parts are left out first, then smaller ones."""
    script = checked_script(script)
    expect("difference", difference, Difference)
    expect("run", run, Callable)
    expect_number("tries", tries)
    best, why = script[: difference.index + 1], difference
    size = max(1, len(best) // 2)
    while size and tries > 0:
        shrunk = False
        for start in range(0, len(best) - 1, size):
            tries -= 1
            kept = (*best[:start], *best[start + size :])
            found = run(kept) if kept and tries > 0 else None
            if found is not None and found.cause == why.cause:
                best, why, shrunk = kept[: found.index + 1], found, True
                break
        if not shrunk:
            size = size // 2 if size > SMALL else size - 1
    return best, why


# === the program ====================================================================================================


def program(script: Script, *, driver: str = "driver", past: Sequence[str] = ()) -> str:
    """The run as Python: it raises `NonconformanceError` where the implementation differs, but for what is ``past``."""
    script, past = checked_script(script), tuple(each_of("past", past, str))
    expect("driver", driver, str)
    known = f", faults={[*past]}" if past else ""
    needed = "AtOnce, Bench, Wait" if any(isinstance(each, AtOnce) for each in script) else "Bench, Wait"
    lines = ["import ixnstate as ix", f"from ixnstate.testing import {needed}", "", f"bench = Bench({driver}{known})"]
    return "\n".join([*lines, *(f"bench.do({_expression(action)})" for action in script)])


def _expression(action: Action) -> str:
    if isinstance(action, AtOnce):
        lanes = ["".join(f"ix.{command!r}, " for command in lane).strip() for lane in action.lanes]
        return f"AtOnce(({' '.join(f'({lane}),' for lane in lanes)}))"
    return printed_as(action) if isinstance(action, Wait) else f"ix.{action!r}"


def explain(script: Script, difference: Difference, *, driver: str = "driver") -> str:
    """What a failing test prints."""
    expect("difference", difference, Difference)
    return "\n".join([
        f"{difference}",
        f"  rule:     {difference.rule}",
        f"  differs:  {difference.aspect}",
        f"  expected: {said(difference.expected)}",
        f"  found:    {said(difference.found)}",
        f"  source:   {difference.expected_of.source}",
        "",
        *(f"    {line}".rstrip() for line in program(script, driver=driver, past=difference.past).splitlines()),
    ])  # fmt: skip


def in_short(script: Script) -> str:
    """The run in one line: ``Submit x1, Offer x1 to a1, Accept x1 by a1``."""
    return ", ".join(map(_in_words, script))


def _in_words(action: Action) -> str:
    if isinstance(action, Wait):
        return f"{action.seconds:g} s pass"
    if isinstance(action, AtOnce):
        return " and ".join(map(_in_words, action.commands)) + " at once"
    name = action.interaction or getattr(action, "new_id", None) or getattr(action, "workbin", None) or ""
    by, agent = getattr(action, "by", None), getattr(action, "agent", None)
    return f"{action.operation} {name}".rstrip() + (f" by {by}" if by else f" to {agent}" if agent else "")


# === the trace ======================================================================================================


def recorded(script: Script, difference: Difference | None = None) -> Iterator[dict[str, Json]]:
    """The run as lines of a recorded trace. What cannot be recorded as a request stands as ``action``."""
    for action in script:
        line = {"action": action_to_json(action)}
        if isinstance(action, Wait | AtOnce):
            yield {"kind": "meta", **line}
        elif action.operation == "Submit":
            media, id = getattr(action, "media", None), getattr(action, "new_id", None)
            yield {"interaction": id, "media": media, "state": "Queued", **line}
        else:
            yield _operation(action) | line
    if difference is not None:
        yield {
            "kind": "meta", "cause": difference.cause, "rule": difference.rule, "aspect": difference.aspect,
            "expected": said(difference.expected), "found": said(difference.found),
            "source": difference.expected_of.source, "past": list(difference.past),
        }  # fmt: skip


def _operation(action: Command) -> dict[str, Json]:
    """The request where there is one; else the short form."""
    agent = getattr(action, "by", None) or getattr(action, "agent", None)
    about = {"agent": agent, "interaction": action.interaction or getattr(action, "new_id", None)}
    try:
        written = gws.request(action)
        line = {"agent": agent, "method": written.method, "path": written.path, "body": written.body}
        return line | ({"interaction": about["interaction"]} if action.interaction is None else {})
    except (gws.MessageError, ValueError):
        body = {"operationName": action.operation}
        return {**{key: value for key, value in about.items() if value}, "media": action.media, "body": body}


def save(path: Path, script: Script, difference: Difference | None = None) -> None:
    """Write the run as JSON Lines. Raises OSError, and ValueError for an argument of another type."""
    path, script = path_of("path", path), checked_script(script)
    expect("difference", difference, Difference, NoneType)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in recorded(script, difference))
    with outputs.written(path) as file:
        file.write(text)


MAX_LINE = 1_000_000
"""The most characters of a line of a saved run."""


def read_lines(path: Path) -> list[Json]:
    """The lines of a saved run. Raises ValueError, with the line, for what is not a JSON object."""
    found: list[Json] = []
    path = path_of("path", path)
    try:
        with path.open(encoding="utf-8") as file:
            number = 0
            while text := file.readline(MAX_LINE + 1):
                number += 1
                if len(text) > MAX_LINE:
                    raise ValueError(f"line {number} has more than {MAX_LINE:,} characters")
                if text.strip():
                    found.append(json.loads(text))
                    if not isinstance(found[-1], dict):
                        raise ValueError(f"line {number} is not a JSON object")
    except RecursionError:
        raise ValueError(f"line {number} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} is not valid JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8: {error}") from None
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror or error}") from None
    return found


def load(lines: Iterable[Json]) -> Script:
    """The script of a saved run. Raises ValueError, with the line, for what is not an action; and if there is none."""
    script: list[Action] = []
    for number, line in enumerate(each_of("lines", lines, object), 1):
        try:
            if "action" in line:
                script.append(action_from_json(line["action"]))
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is of no saved run: {error}") from None
    if not script:
        raise ValueError("no line has an action; only a run that `save` has written can be played again")
    return tuple(script)


def looked_past(lines: Iterable[Json]) -> frozenset[str]:
    """The faults that a saved run looks past: `Bench` takes them. Raises ValueError for a line that is no object."""
    found = (line.get("past") for line in each_of("lines", lines, dict))
    return frozenset(str(name) for names in found if isinstance(names, list) for name in names)
