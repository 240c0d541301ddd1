"""How much of the library is typed: `Any` is for the door, where values come from outside.

- Of a thousand lines of the core, fewer than 5 have the word `Any`; of any other package, and of the modules beside the
  core, fewer than 12.
- What JSON can carry has one name, `Json`, which is declared once; no other alias of `Any` is.
"""

import io
import re
import tokenize
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
(CORE,) = [each["source_modules"] for each in CONTRACTS if each["name"].startswith("the core needs")]


def part_of(path: Path) -> str:
    """The package of a module; for a module at the top, whether it is of the core."""
    names = path.relative_to(ROOT).with_suffix("").parts
    if len(names) > 2:
        return names[1]
    return "the core" if ".".join(names) in CORE else "beside the core"


PARTS = defaultdict(list)
for _path in sorted((ROOT / "ixnstate").rglob("*.py")):
    PARTS[part_of(_path)].append(_path)


def count(text: str) -> int:
    """How often the word is in the code: in annotations and imports, not in comments and strings."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.NAME and token.string == "Any" for token in tokens)


def test_the_word_is_counted_where_it_is_code():
    assert count("from typing import Any\nx: Any = 1  # Any\ny = 'Any'\nAnyMessage = x\n") == 2


@pytest.mark.parametrize("part", PARTS)
def test_any_is_at_the_door_only(part):
    texts = [path.read_text(encoding="utf-8") for path in PARTS[part]]
    lines = sum(len(text.splitlines()) for text in texts)
    assert lines > 400
    assert 1000 * sum(map(count, texts)) / lines < (5 if part == "the core" else 12)


def test_json_is_the_one_name_for_what_is_not_looked_at_yet():
    aliases = []
    for paths in PARTS.values():
        for path in paths:
            aliases += re.findall(r"^(\w+)(?:: TypeAlias)? = Any$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert aliases == ["Json"]
