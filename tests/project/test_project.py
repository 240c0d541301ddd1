"""The project: what its files say of each other agrees.

- One version: pyproject's is that of the newest entry of the changelog, and of the installed package.
- The Pythons that are promised are those that are run: classifiers, nox and the hosted workflow.
- The hosted workflow calls `.ci/run`; templates and hooks are YAML that the tools can read.
- What the source distribution must have is named, and every name is there.
- The tests that a second Python runs are there, and every path in `tests/` that a page, `.ci/run` or a setting names.
- Tests are in the folder of their package, and none imports from another: what several need is a helper.
- A module of the judge has at most 450 lines; the class `Judge` has at most 250, and a judge at most 8 attributes.
"""

import inspect
import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from ixnstate.trace import Judge

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHON = "Programming Language :: Python :: 3."


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_there_is_one_version():
    newest = re.search(r"^## (\d+\.\d+\.\d+)", text("docs/changelog.md"), re.MULTILINE)
    assert newest is not None
    assert PROJECT["project"]["version"] == newest[1] == version("ixnstate")


def test_the_changelog_has_the_usual_sections():
    sections = set(re.findall(r"^### (.*)$", text("docs/changelog.md"), re.MULTILINE))
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert {"Added", "Changed"} <= sections


def test_the_pythons_that_are_promised_are_run():
    promised = {c.removeprefix(PYTHON) for c in PROJECT["project"]["classifiers"] if c.startswith(PYTHON)}
    nox = set(re.findall(r'"3\.(\d+)"', re.search(r"PYTHONS = \[(.*)\]", text("noxfile.py"))[1]))
    assert PROJECT["project"]["requires-python"] == f">=3.{min(promised, key=int)}"
    assert promised <= nox
    ci = text(".ci/run")
    assert re.search(r"for minor in ((?:\d+ ?)+);", ci)[1].split() == sorted(nox - {"11"}, key=int, reverse=True)


def test_the_hosted_workflow_calls_the_script():
    yaml = pytest.importorskip("yaml")
    jobs = yaml.safe_load(text(".github/workflows/ci.yml"))["jobs"]
    assert {"run": ".ci/run", "env": {"CI": "true"}} in jobs["checks"]["steps"]


@pytest.mark.parametrize(
    "name", [".pre-commit-config.yaml", *(str(p.relative_to(ROOT)) for p in sorted(ROOT.glob(".github/**/*.yml")))]
)
def test_templates_and_hooks_can_be_read(name):
    yaml = pytest.importorskip("yaml")
    value = yaml.safe_load(text(name))
    assert isinstance(value, dict)
    for field in value.get("body", []):
        assert field["attributes"]["label"]
    for repo in value.get("repos", []):
        assert all(hook["entry"] for hook in repo["hooks"])


def test_what_the_source_distribution_has_is_there():
    for name in PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]:
        assert (ROOT / name).exists(), name


def expanded(words: str) -> list[str]:
    """The words that a shell makes of the braces in these."""
    return subprocess.run(
        ["bash", "-c", f"printf '%s\n' {words}"], text=True, capture_output=True, check=True
    ).stdout.split()


def test_the_tests_that_a_second_python_runs_are_there():
    (selection,) = re.findall(r"^selection=\((.*?)^\)$", text(".ci/run"), re.MULTILINE | re.DOTALL)
    names = expanded(" ".join(selection.split()))
    assert len(names) == len(set(names)) > 20
    assert [name for name in names if not (ROOT / name).is_file()] == []


NAMING = [".ci/run", "README.md", "CONTRIBUTING.md", "SECURITY.md", "noxfile.py", "pyproject.toml"]
NAMING += sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md"))


@pytest.mark.parametrize("name", NAMING)
def test_paths_of_tests_that_are_named_are_there(name):
    # `tests/PACKAGE` stands for any, and what npm installs is there when it has been installed
    words = set(re.findall(r"(?<![\w/{-])tests/(?!PACKAGE)(?!\S*node_modules)[\w/{},.-]*\w[}/]?", text(name)))
    assert [path for path in expanded(" ".join(sorted(words))) if not (ROOT / path).exists()] == []
    assert words or name != ".ci/run"


def test_what_several_tests_need_is_a_helper():
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    packages = {path.parent.name for path in (ROOT / "ixnstate").glob("*/__init__.py")}
    assert len(tests) > 90
    assert {path.parent.name for path in tests} == packages | {"core", "cli", "project"}
    for path in tests:
        assert not re.search(r"^\s*(from|import) test_", path.read_text(encoding="utf-8"), re.MULTILINE), path


MODULES_OF_THE_JUDGE = sorted((ROOT / "ixnstate" / "trace").rglob("*.py"))


def test_a_reader_can_hold_the_judge_in_the_head():
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES_OF_THE_JUDGE}
    assert "judge.py" in lengths
    assert {name: length for name, length in lengths.items() if length > 450} == {}
    assert len(inspect.getsource(Judge).splitlines()) <= 250
    assert 1 < len(vars(Judge())) <= 8
