"""What was measured, as tables (Markdown, so that they can be pasted) and as JSON."""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from benchmarks.timing import Samples


@attrs.frozen
class Figure:
    """One figure and the target that it has to reach: at most that, or ``at_least``. Without a target, it informs."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None if there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def cells(self) -> tuple[str, str, str, str]:
        """The figure as a row of a table."""
        digits = 2 if self.unit == "x" else 0
        bound = "" if self.target is None else f"{'>=' if self.at_least else '<='} {self.target:g} {self.unit}"
        mark = {True: "reached", False: "MISSED", None: ""}[self.reached]
        return self.name, f"{self.value:,.{digits}f} {self.unit}", bound, mark


def figures(title: str, found: Iterable[Figure]) -> str:
    """A table of figures, each marked against its target."""
    return _table(title, ("figure", "measured", "target", ""), [figure.cells() for figure in found])


def walk(title: str, samples: Samples, versions: Mapping[str, str]) -> str:
    """A table of everybody who did the walk."""
    rows = [
        (
            f"{name} {versions.get(name, '')}".strip(),
            f"{samples.best(name):,.0f} ns",
            f"{samples.ratio(name, 'the floor'):.2f}",
            f"{samples.ratio(name, 'ix.step'):.2f}",
        )
        for name in samples.taken
    ]
    return _table(title, ("the walk", "an operation, best", "in floors", "in steps"), rows)


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, tuple("-" * width for width in widths), *rows]
    text = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([title, "", *(f"| {line} |" for line in text)])


def conditions(processes: int, rounds: int) -> str:
    """Under what conditions a table came about; it stands above each."""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, commands prebuilt, garbage collector on, "
        f"user data merged in one step of ten, processes: {processes}, rounds in each: {rounds}"
    )


def save(path: Path, **content: Any) -> None:
    """Everything as JSON: the figures, and the samples behind them."""
    path.write_text(json.dumps(content, default=_plain, indent=2) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Figure):
        return attrs.asdict(value) | {"reached": value.reached}
    return value.taken
