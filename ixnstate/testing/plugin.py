"""The pytest plugin: options, what a session found in all, and the sum of the processes of pytest-xdist.

It is registered by an entry point, so every pytest in whose environment this library is installed loads it. What it
needs it imports when a session has used it.
"""

from pathlib import Path
from typing import Any

import pytest

KEPT: pytest.StashKey[list[Path]] = pytest.StashKey()
"""The files with failing runs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("ixnstate", "conformance with the interaction lifecycle")
    group.addoption("--ixnstate-report", metavar="FILE", help="write the report: .html, or .json with the coverage")
    group.addoption("--ixnstate-fail-under", type=float, metavar="PERCENT", help="fail if less is covered")
    group.addoption("--ixnstate-coverage", metavar="FILE", help="add to the coverage that is kept in this file")
    group.addoption(
        "--ixnstate-failure", metavar="FILE", default="failure.jsonl", help="where the first failing run is kept"
    )


@pytest.fixture
def ixnstate_driver() -> Any:
    """A driver over a contact centre in this process: the reference."""
    from ixnstate.testing import InProcessDriver

    return InProcessDriver()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what was asked for; a worker of pytest-xdist hands it to its controller instead."""
    report = _report(session.config)
    if report is None:
        return
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker["ixnstate"] = _packed(report)
        return
    _keep(session.config, report)
    least = session.config.getoption("--ixnstate-fail-under")
    if least is not None and report.percent < least:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist is done: add what it found."""
    packed = getattr(node, "workeroutput", {}).get("ixnstate")
    if packed is not None:
        _unpack(node.config, packed)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What was found, in short."""
    report = _report(config)
    if report is None:
        return
    terminalreporter.section("interaction lifecycle")
    counts = ", ".join(f"{count} {name}" for name, count in report.counts.items() if count)
    percent = report.percent
    terminalreporter.line(f"{counts}; covered {percent:.1f} % of states, edges and refused cells that can be reached")
    from ixnstate.testing.findings import summarized

    for line in summarized(report.findings):
        terminalreporter.line(line)
    files: list[Path] = config.stash.get(KEPT, [])
    for path, (_, difference) in zip(files, report.runs, strict=False):
        terminalreporter.line(f"kept in {path}: {difference}")
    missing = report.coverage.missing(report.known)
    for name in (*missing.get("states", ()), *missing.get("edges", ())):
        terminalreporter.line(f"never run: {name}")
    least = config.getoption("--ixnstate-fail-under")
    if least is not None and percent < least:
        terminalreporter.line(f"that is less than {least:g} %")


def _report(config: pytest.Config) -> Any:
    from sys import modules

    base = modules.get("ixnstate.testing.base")
    return None if base is None else config.stash.get(base.REPORT, None)


def _keep(config: pytest.Config, report: Any) -> None:
    import json

    from ixnstate.testing.coverage import Coverage

    accumulated = config.getoption("--ixnstate-coverage")
    if accumulated:
        path = Path(accumulated)
        if path.exists():
            report.coverage.merge(Coverage.from_json(json.loads(path.read_text(encoding="utf-8"))))
        path.write_text(json.dumps(report.coverage.to_json(), indent=1), encoding="utf-8")
    config.stash[KEPT] = report.save(Path(config.getoption("--ixnstate-failure")))
    wanted = config.getoption("--ixnstate-report")
    if wanted:
        is_json = wanted.endswith(".json")
        text = json.dumps(report.to_json(), indent=1) if is_json else report.html()
        Path(wanted).write_text(text, encoding="utf-8")


def _packed(report: Any) -> dict[str, Any]:
    """A report as what can be sent from one process to another."""
    import pickle
    from base64 import b64encode

    return {"media": list(report.media), "known": report.known, "coverage": report.coverage.to_json(),
            "found": b64encode(pickle.dumps((report.results, report.found))).decode("ascii")}  # fmt: skip


def _unpack(config: pytest.Config, packed: dict[str, Any]) -> None:
    import pickle
    from base64 import b64decode

    from ixnstate.testing.base import REPORT
    from ixnstate.testing.coverage import Coverage
    from ixnstate.testing.reporting import Report

    report = config.stash.setdefault(REPORT, Report(()))
    report.include(packed["media"], packed["known"])
    report.coverage.merge(Coverage.from_json(packed["coverage"]))
    results, found = pickle.loads(b64decode(packed["found"]))
    report.results += results
    report.found += found
