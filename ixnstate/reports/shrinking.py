"""The smallest recording that still shows a finding: delta debugging over its lines."""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from ixnstate.definition import Definition
from ixnstate.recording.lines import Line
from ixnstate.table import GWS
from ixnstate.trace import Finding, Judge, followed, judged
from ixnstate.values import each_of, expect


def shrink(lines: Iterable[Line], finding: Finding, *, definition: Definition = GWS) -> tuple[Line, ...]:
    """The fewest of ``lines``, in their order, that show ``finding``: without any one of them it is gone.

    A finding is the same if it has the same code and says the same of the same interaction and agent.
    """
    expect("finding", finding, Finding)
    lines = tuple(each_of("lines", lines, Line))
    wanted = _said(finding)

    def shows(some: Sequence[Line]) -> bool:
        judge = Judge(definition)
        found = chain(judged(judge, some), judge.finish())
        return any(_said(each) == wanted for each in found if isinstance(each, Finding))

    return minimal(_narrowed(lines, finding, Judge(definition), shows), shows)


def _said(finding: Finding) -> tuple[str | None, ...]:
    return finding.code, finding.interaction, finding.agent, finding.what, finding.why


def _narrowed(
    lines: tuple[Line, ...], finding: Finding, judge: Judge, shows: Callable[[Sequence[Line]], bool]
) -> tuple[Line, ...]:
    """Only the lines about the interaction, or those up to the finding, where they show it by themselves."""
    end = next((at for at, line in enumerate(lines, 1) if line.place == finding.place), len(lines))
    about = (seen and seen.interaction for seen, _ in followed(judge, lines[:end]))
    own = (
        line
        for line, interaction in zip(lines, about, strict=False)
        if interaction == finding.interaction is not None or line.place == finding.place
    )
    for fewer in (tuple(own), lines[:end]):
        if fewer and shows(fewer):
            return fewer
    return lines


def minimal(things: tuple[Line, ...], shows: Callable[[Sequence[Line]], bool]) -> tuple[Line, ...]:
    """Zeller's ddmin: leaves out one part after the other, in ever smaller parts, while ``shows`` holds."""
    parts = 2
    while len(things) > 1:
        size = -(-len(things) // parts)
        rests = (things[:at] + things[at + size :] for at in range(0, len(things), size))
        fewer = next((rest for rest in rests if shows(rest)), None)
        if fewer is not None:
            things, parts = fewer, max(parts - 1, 2)
        elif size == 1:
            break
        else:
            parts = min(parts * 2, len(things))
    return things


def written(line: Line) -> str:
    """The line as JSON Lines has it: as recorded, or written anew where it did not stand in a line of its own."""
    try:
        whole = json.loads(line.text) == line.value
    except (ValueError, RecursionError):
        whole = False
    return line.text if whole else json.dumps(line.value, ensure_ascii=False)
