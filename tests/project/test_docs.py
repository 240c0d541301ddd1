"""The documentation: the generated pages are fresh, its links lead somewhere, its examples are tests,
and the page of costs names every command, function and method.

The examples themselves are run from ``conftest.py``.
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from entries import ENTRIES
from sybil import Sybil
from sybil.example import SybilFailure

import ixnstate as ix
from ixnstate.cli import cli

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def load(path):
    spec = importlib.util.spec_from_file_location(f"loaded_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.path.insert(0, str(DOCS))  # as if it were run there
generate = load(DOCS / "generate.py")
examples = load(ROOT / "conftest.py")
TEXTS, MARKS = generate.texts(), generate.marks()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_the_generated_pages_are_fresh(path):
    assert path.read_text(encoding="utf-8") == TEXTS[path], "run python docs/generate.py"


@pytest.mark.parametrize("path", MARKS, ids=lambda path: path.name)
def test_the_drawings_are_fresh(path):
    assert path.read_text(encoding="utf-8").endswith(MARKS[path]), "run python docs/generate.py"


def test_every_public_name_is_on_the_api_page():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    described = set(re.findall(r"\.\. auto\w+:: ixnstate\.(\w+)", page))
    assert set(ix.__all__) <= described


def test_every_module_is_in_the_table_of_the_design_page():
    page = (DOCS / "design.md").read_text(encoding="utf-8")
    package = ROOT / "ixnstate"
    modules = {path.stem for path in package.glob("*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    parts = {path.stem for path in package.glob("*/*.py")}
    listed = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))))
    assert modules - {"__init__"} <= listed <= modules | parts


PAGES = ["README.md", *(path.relative_to(ROOT) for path in sorted(DOCS.glob("*.md")))]


def _entries_with_costs():
    """The first cell of each row of the table of costs."""
    page = (DOCS / "security.md").read_text(encoding="utf-8")
    table = page.partition("## What input can cost")[2].partition("\n## ")[0]
    return " ".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| "))


def test_every_command_is_in_the_table_of_costs():
    listed = {name for names in re.findall(r"`ixnstate (\w+)`((?:, `\w+`)*)", _entries_with_costs())
              for name in (names[0], *re.findall(r"\w+", names[1]))}  # fmt: skip
    assert cli.commands.keys() - listed == set()


def test_every_function_and_method_is_in_the_table_of_costs():
    """As the table of entries has them, whose completeness is tested; a class that is called makes a value of it."""
    listed = {name for code in re.findall(r"`([^`]*)`", _entries_with_costs()) for name in re.findall(r"\w+", code)}
    names = {entry.split("(")[0].rpartition(".")[2] for entry in ENTRIES}
    assert {name for name in names if not name[:1].isupper()} - listed == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_files_and_headings(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize(
    ("block", "is_right"),
    [
        ("```pycon\n>>> 1 + 1\n2\n```\n", True),
        ("```pycon\n>>> 1 + 1\n3\n```\n", False),
        ("```pycon\n>>> 1 + 1\n```\n", False),
        ("```console\n$ ixnstate path workitem Invited Processing\nAccept\n$ echo $?\n0\n```\n", True),
        ("```console\n$ ixnstate path workitem Invited Processing\nReject\n```\n", False),
        ("```console\n$ ixnstate path workitem Completed Queued\n```\n", False),
        ("```console\n$ rm -rf nothing\n```\n", True),
    ],
)
def test_an_example_with_a_wrong_output_fails(tmp_path, block, is_right):
    page = tmp_path / "page.md"
    page.write_text(block, encoding="utf-8")
    document = Sybil(parsers=examples.PARSERS, pattern="*.md", path=str(tmp_path)).parse(page)
    found = list(document.examples())
    assert len(found) == 1
    if is_right:
        found[0].evaluate()
    else:
        with pytest.raises(SybilFailure):
            found[0].evaluate()
