"""How long ``import ixnstate`` takes beside ``import attrs``, each time in a fresh interpreter.

Both from bytecode, as installed packages are: the first import, which is not counted, writes it.
"""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from benchmarks.timing import Samples

ROOT = Path(__file__).parent.parent
WITHIN = """
from time import perf_counter
began = perf_counter()
import attrs
between = perf_counter()
import ixnstate
print(between - began, perf_counter() - began)
"""
"""Both imports in one process: what attrs takes, and what the two take together."""


def within(rounds: int) -> Samples:
    """The imports alone, measured from inside one process a round."""
    _python(WITHIN)
    taken: dict[str, list[float]] = {"attrs": [], "ixnstate": []}
    for _ in range(rounds):
        for name, seconds in zip(taken, _python(WITHIN).split(), strict=True):
            taken[name].append(float(seconds) * 1e9)
    return Samples(taken)


def whole(rounds: int) -> Samples:
    """Whole processes, with either import."""
    programs = {"attrs": "import attrs", "ixnstate": "import ixnstate"}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            began = perf_counter()
            _python(program)
            taken[name].append((perf_counter() - began) * 1e9)
    return Samples(taken)


def _python(program: str) -> str:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
