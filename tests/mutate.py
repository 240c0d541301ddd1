"""Mutants of what mutmut leaves out: what stands outside functions, above all the definition itself, and properties.

    python tests/mutate.py ixnstate/table.py --sample 200

A mutant is a module in which one expression is changed: by mutmut's operators, or because a member of an enum becomes
the next one, or an entry of a literal is missing. The tests that mutmut is told to run (`[tool.mutmut]`) run in a copy
of the repository, in a process that has loaded nothing of the library before, until one fails; then the comparison with
the generated pages, which shows every change of the definition, and is counted apart. Survivors are printed.
"""

import argparse
import ast
import difflib
import enum
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import attrs  # noqa: F401 (what a test loads besides the library is loaded once, not by every mutant's process)
import cattrs  # noqa: F401
import hypothesis.stateful  # noqa: F401
import libcst as cst
import pytest
from libcst.metadata import ByteSpanPositionProvider
from mutmut.configuration import config
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators, operator_assignment
from mutmut.mutation.pragma_handling import get_ignored_lines

ROOT = Path(__file__).parent.parent
SEED = 6
LIMIT = 300
"""Seconds of processor time that a mutant's tests may take: ten times what they take without one."""
PAGES = ["tests/project/test_docs.py", "-k", "fresh"]
QUIETLY = ["-x", "-q", "-p", "no:cacheprovider", "--tb=line", "--assert=plain"]
"""Whether a test fails is all that is asked; explaining why would take most of a mutant's time."""


class Members:
    """Operators for a literal: the names that stand for members of an enum, in one module, and the entries."""

    def __init__(self, module: str) -> None:
        names = vars(importlib.import_module(module))
        self.names = {name: value for name, value in names.items() if isinstance(value, enum.Enum)}
        self.enums = {name: value for name, value in names.items() if isinstance(value, enum.EnumType)}

    def alias(self, node: cst.Name) -> Iterator[cst.BaseExpression]:
        if (member := self.names.get(node.value)) is not None:
            yield self._next(member)

    def member(self, node: cst.Attribute) -> Iterator[cst.BaseExpression]:
        kind = self.enums.get(node.value.value) if isinstance(node.value, cst.Name) else None
        if kind is not None and node.attr.value in kind.__members__:
            yield self._next(kind[node.attr.value])

    def _next(self, member: enum.Enum) -> cst.BaseExpression:
        every = list(type(member))
        other = every[(every.index(member) + 1) % len(every)]
        return cst.parse_expression(f"{type(member).__name__}.{other.name}")


def without_one(node: cst.Tuple | cst.Dict) -> Iterator[cst.BaseExpression]:
    for index in range(len(node.elements)):
        rest = [*node.elements[:index], *node.elements[index + 1 :]]
        if rest and isinstance(node, cst.Tuple):
            rest[-1] = rest[-1].with_changes(comma=cst.Comma())
        if rest or node.lpar or isinstance(node, cst.Dict):
            yield node.with_changes(elements=rest)


class Outside(MutationVisitor):
    """What mutmut would not reach; of a module that it is not told to mutate, everything."""

    def __init__(self, path: Path, code: str, module: cst.MetadataWrapper) -> None:
        members = Members(".".join(path.with_suffix("").parts))
        own = [(cst.Name, members.alias), (cst.Attribute, members.member), ((cst.Tuple, cst.Dict), without_one)]
        # a module-level name that is None is not a mutant: it stops the import, or is a type
        general = [(kind, mutate) for kind, mutate in mutation_operators if mutate is not operator_assignment]
        super().__init__([*general, *own], get_ignored_lines(str(path), code, module, None))
        self.whole = not config().should_mutate(path)

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return not self.whole and not node.decorators
        return isinstance(node, cst.AssignTarget) or super()._skip_node_and_children(node)


def mutants(path: Path) -> list[bytes]:
    """Every mutant of a module, as its source, some of which may be no Python."""
    code = (ROOT / path).read_bytes()
    module = cst.MetadataWrapper(cst.parse_module(code))
    spans = module.resolve(ByteSpanPositionProvider)
    visitor = Outside(path, code.decode(), module)
    module.visit(visitor)
    found = {}
    for each in visitor.mutations:
        span = spans[each.original_node]
        changed = module.module.code_for_node(each.mutated_node).strip().encode()
        found[code[: span.start] + changed + code[span.start + span.length :]] = None
    found.pop(code, None)
    return list(found)


def is_python(code: bytes) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


class QuickFirst:
    """The tests that go through every situation come last: most mutants have failed by then."""

    @staticmethod
    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: "record" in getattr(item, "fixturenames", ()))


def survives(path: Path, number: int, tests: list[str]) -> bool:
    """Whether no test fails in a process that loads what stands here. A mutant that hangs does not survive."""
    os.utime(path, (number, number))  # no compiled module of another mutant is taken for this one
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        for name in [each for each in sys.modules if each.partition(".")[0] == "ixnstate"]:
            del sys.modules[name]
        sys.path.insert(0, str(Path.cwd()))
        status = 1
        try:
            status = pytest.main([*QUIETLY, *tests], plugins=[QuickFirst()])
        finally:
            os._exit(int(status))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main() -> None:
    """Run the mutants of some modules, or a sample of each, or those of given numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", type=Path)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--mutants", type=int, nargs="*")
    options = parser.parse_args()
    tests = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]
    os.environ["CI"] = "1"  # the same examples for every mutant
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(ROOT, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "__pycache__", "mutants"))
        os.chdir(place)
        for module in options.modules:
            run(module, options, tests)


def run(module: Path, options: argparse.Namespace, tests: list[str]) -> None:
    """Run the mutants of one module; each file of tests by itself, in the order of `[tool.mutmut]`, until one fails.

    The module's own file comes first.
    """
    tests = sorted(tests, key=lambda file: Path(file).stem != f"test_{module.stem}")
    every = mutants(module)
    numbers = options.mutants or random.Random(SEED).sample(range(len(every)), len(every))[: options.sample]
    original, by_tests, by_pages = module.read_bytes(), 0, 0
    if not all(survives(module, len(every), [file]) for file in tests) or not survives(module, len(every), PAGES):
        sys.exit("the tests fail without a mutant")
    numbers = [number for number in numbers if is_python(every[number])]
    for done, number in enumerate(numbers, 1):
        module.write_bytes(every[number])
        if not all(survives(module, number, [file]) for file in tests):
            by_tests += 1
        else:
            killed = not survives(module, number, PAGES)
            by_pages += killed
            said = "killed by the generated pages alone" if killed else "survived"
            lines = original.decode().splitlines(), every[number].decode().splitlines()
            change = list(difflib.unified_diff(*lines, lineterm="", n=0))[2:]
            print(f"\n{module} {number}: {said}", *change, sep="\n", flush=True)
        print(f"{done}: {by_tests} by tests, {by_pages} by the generated pages", file=sys.stderr)
    module.write_bytes(original)
    print(
        f"\n{module}: {len(every)} mutants; {len(numbers)} run: killed {by_tests} by tests, {by_pages} by pages alone"
    )


if __name__ == "__main__":
    main()
