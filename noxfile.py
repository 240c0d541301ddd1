"""The matrix: ``nox`` runs the whole suite on every Python from 3.11 to 3.14 that is there, and the checks of types.

``nox --session tests-3.13`` runs one of them, ``nox --session tests-3.13 -- tests/core`` a part of it. With uv
installed, ``nox --download-python auto`` fetches the interpreters that are missing.
"""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests", "types"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite."""
    session.install("-e", ".[tests]")
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "auto", "--dist", "loadfile"]))


@nox.session(python=PYTHONS)
def coverage(session: nox.Session) -> None:
    """Branches of the whole suite, in every process that it starts. Quick on 3.14 only, see docs/contributing.md."""
    folder = session.create_tmp()
    session.install("-e", ".[tests]")
    measured = {"COVERAGE_PROCESS_START": "pyproject.toml", "COVERAGE_FILE": f"{folder}/.coverage"}
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "auto", "--dist", "loadfile"]), env=measured)
    session.run("coverage", "combine", env=measured)
    session.run("coverage", "report", "--skip-covered", env=measured)


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """The library in strict mode, and what a user of it sees, by two checkers."""
    session.install("-e", ".[tests,lint]")
    session.run("mypy")
    session.run("mypy", "--config-file", "tests/mypy.ini")
    session.run("mypy", "--config-file", "typing_tests/mypy.ini", "typing_tests")
    session.run("pyright", "--project", "typing_tests")
