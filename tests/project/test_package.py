"""The package itself: what importing it loads, and what it promises to have."""

import ast
import tomllib
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import attrs
import pytest
from loading import loaded_by

import ixnstate as ix
from ixnstate.commands import OPERATIONS, Custom


def test_importing_it_loads_little():
    roots = {name.partition(".")[0] for name in loaded_by("import attrs, ixnstate")}
    heavy = {
        "transitions",
        "hypothesis",
        "cattrs",
        "click",
        "rich",
        "json",
        "asyncio",
        "logging",
        "orjson",
        "msgspec",
        "hashlib",
    }
    assert not roots & heavy
    modules = loaded_by("import attrs, ixnstate")
    assert not {f"ixnstate.{each}" for each in ("gws", "trace", "machines", "sequences", "cli", "lines")} & modules


def test_every_public_name_is_there_and_documented():
    for name in ix.__all__:
        value = getattr(ix, name)
        if isinstance(value, type) or callable(value):
            assert (value.__doc__ or "").strip(), name
    assert set(ix.__all__) <= set(dir(ix))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        ix.nonsense


@pytest.mark.parametrize("cls", [*OPERATIONS.values(), Custom], ids=lambda cls: cls.__name__)
def test_every_operation_is_public_and_prints_as_it_is_built(cls):
    assert cls.__name__ in ix.__all__
    assert attrs.has(cls)
    command: Any = cls(**{each.name: None for each in ix.parameters_of(cls)})
    assert eval(repr(command), vars(ix)) == command
    assert cls.__name__ == "Custom" or command.operation == cls.__name__


def test_commands_by_name():
    assert ix.command("Accept", by="a1") == ix.Accept(by="a1")
    assert ix.command("StopProcessing", by="a1") == ix.Complete(by="a1")
    assert ix.command("SingleStepTransfer", by="a1", target_agent="a2") == ix.Transfer(by="a1", target_agent="a2")
    assert ix.command("Fly", by="a1", high=True) == ix.Custom(operation="Fly", by="a1", arguments={"high": True})
    assert isinstance(ix.command(5), ix.Custom)
    assert ix.Accept(by="a1") != ix.Reject(by="a1")
    assert len({ix.Accept(by="a1"), ix.Accept(by="a1"), ix.Reject(by="a1")}) == 2


def test_the_command_line_tells_a_list_that_is_empty_from_one_that_is_absent():
    from click.testing import CliRunner

    from ixnstate.cli import cli

    def printed(media):
        return CliRunner().invoke(cli, ["capabilities", media, "Completed"]).stderr.splitlines()

    assert printed("workitem") == ["(the list is empty)"]
    assert printed("chat") == ["(no such key)"]
    assert printed("facebooksession") == [
        "after Complete: (the list is empty)",
        "after any other operation: (no such key)",
    ]


@pytest.mark.parametrize(
    "module",
    [
        "ixnstate",
        *(each.name for each in walk_packages(ix.__path__, "ixnstate.") if not each.name.endswith("__main__")),
    ],
)
def test_whatever_a_module_offers_is_there(module):
    found = import_module(module)
    assert [name for name in getattr(found, "__all__", ()) if not hasattr(found, name)] == []


def imported_by(path: Path) -> set[str]:
    """The modules of the library that a module names anywhere: for its types alone, or inside a function, too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.startswith("ixnstate.")}


def test_no_module_of_the_core_imports_one_that_imports_it():
    """Not for its types, and not inside a function."""
    root = Path(ix.__file__).parent
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    core = set(project["tool"]["importlinter"]["contracts"][1]["source_modules"])
    files = {name: root / f"{name.removeprefix('ixnstate.')}.py" for name in core}
    graph = {name: imported_by(path) & core for name, path in files.items() if path.exists()}
    assert len(graph) > 20
    TopologicalSorter(graph).prepare()  # raises CycleError
