"""The examples of README.md and docs/ are tests: `pytest` runs them, and fails where an output is not as printed.

A ``pycon`` block runs as a doctest; the blocks of one page share their names. In a ``console`` block, each
``$ ixnstate ...`` runs as the command line would, from this directory, and ``$ echo $?`` prints its exit status; any
other command is for people, and is not run.
"""

import os
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable
from contextlib import chdir
from pathlib import Path
from zlib import crc32

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown import CodeBlockParser

ROOT = Path(__file__).parent

# What a developer's terminal would change in the output of the command line.
for variable in ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"):
    os.environ.pop(variable, None)

# Where Python is told to keep no compiled modules, pytest rewrites and compiles the whole library again in each process
# that a test starts: they are kept beside pytest's own files.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".pytest_cache" / "compiled"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--sample N``: every test, but of its parameters one in N. The same ones each time."""
    parser.addoption("--sample", type=int, default=1, metavar="N", help="of each test's parameters, run one in N")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in the sample: of each test some parameters stay, one at least."""
    several, tests = config.getoption("--sample"), defaultdict(list)
    if several < 2:
        return
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item.nodeid)
    kept = {
        name
        for names in tests.values()
        for name in sorted(names, key=lambda name: crc32(name.encode()))[: -(-len(names) // several)]
    }
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
    items[:] = [item for item in items if item.nodeid in kept]


def pycon(document: Document) -> Iterable[Region]:
    """Every statement of the ``pycon`` blocks, with the output that it should have."""
    doctests = DocTestStringParser()
    for block in CodeBlockParser(language="pycon", evaluator=lambda example: None)(document):
        for region in doctests(block.parsed, document.path):
            region.adjust(block, block.parsed)
            yield region


def run(example: Example) -> str | None:
    """Run the commands of a ``console`` block; what is wrong with it, or None."""
    from click.testing import CliRunner

    from ixnstate.cli import cli

    status = 0
    for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", f"{example.parsed}\n", re.MULTILINE):
        if command == "echo $?":
            output = f"{status}\n"
        elif command.startswith("ixnstate "):
            with chdir(ROOT):
                result = CliRunner().invoke(cli, shlex.split(command)[1:], prog_name="ixnstate")
            output, status = result.output, result.exit_code
        else:
            continue
        if _lines(output) != _lines(expected):
            return f"$ {command}\nprints\n{output}\nand not\n{expected}"
    return None


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


PARSERS = [pycon, CodeBlockParser(language="console", evaluator=run)]

pytest_collect_file = Sybil(
    parsers=PARSERS,
    patterns=["README.md", "docs/*.md", "docs/lifecycle/*.md"],
    excludes=["docs/examples/*"],
    path=str(ROOT),
).pytest()
