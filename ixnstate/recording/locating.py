"""Where in a JSON text something stands: the members of an object or an array, and what a problem names."""

import re
from collections.abc import Iterator

from ixnstate.decoding import FINITE

Span = tuple[int, int]
"""From where to where, from 0."""

_BLANKS = re.compile(r"[ \t\r\n]*")


def members(text: str, at: int = 0) -> Iterator[tuple[str, Span]]:
    """The members of the object or the array that begins there: the key, or ``[0]`` and so on, and where the value is.

    Raises ValueError or IndexError where the text is not valid JSON.
    """
    at = _next(text, at)
    is_object, number = text[at] == "{", 0
    at = _next(text, at + 1)
    while text[at] not in "]}":
        key = f"[{number}]"
        if is_object:
            key, at = FINITE.raw_decode(text, at)
            at = _next(text, _next(text, at) + 1)
        end = FINITE.raw_decode(text, at)[1]
        yield key, (at, end)
        at, number = _next(text, end), number + 1
        at = _next(text, at + 1) if text[at] == "," else at


def _next(text: str, at: int) -> int:
    """Where the next token begins."""
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


_PATH = re.compile(r"((?:[^\s:.\[\]]+|\[\d+\])(?:\.[^\s:.\[\]]+|\[\d+\])*): ")
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
_WITHIN: tuple[tuple[str, ...], ...] = ((), ("body",), ("data",), ("body", "data"))
"""Where what is wrong may stand: a problem with a message is told by its place in the message."""


def located(text: str, problem: str) -> Span | None:
    """Where the value stands that a problem begins with: ``data.workitem.state: expected ...``.

    What is missing is looked for as far as there is something of it. None if there is nothing.
    """
    path = _PATH.match(problem)
    if path is None:
        return None
    steps = tuple(_STEP.findall(path[1]))
    found = (_walked(text, (*before, *steps), len(before)) for before in _WITHIN)
    return max((each for each in found if each is not None), key=lambda each: each[0], default=(0, None))[1]


def _walked(text: str, steps: tuple[str, ...], least: int) -> tuple[int, Span] | None:
    """How many steps lead into the text beyond the first ones, and where they end; None if there are none."""
    span, taken = (0, len(text)), 0
    try:
        for step in steps:
            if text[_next(text, span[0])] not in "[{":
                break
            inner = dict(members(text, span[0])).get(step)
            if inner is None:
                break
            span, taken = inner, taken + 1
    except (IndexError, RecursionError, ValueError):
        return None
    if taken <= least:
        return None
    return taken - least, span if taken == len(steps) else (span[0], span[0] + 1)
