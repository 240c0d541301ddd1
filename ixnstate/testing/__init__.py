"""Conformance of other people's implementations: a kit for hypothesis and pytest (the extra ``testing``).

Users write a `Driver` for their server, or take one that is there, and subclass `InteractionConformance`. The
lifecycle definition is the model; `Bench` is an implementation beside it.

Everything is loaded when it is first asked for: pytest loads the plugin of this package wherever it is installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ixnstate.testing import strategies
    from ixnstate.testing.base import InteractionConformance
    from ixnstate.testing.bench import EVERYTHING, Bench
    from ixnstate.testing.conforming import conform, made
    from ixnstate.testing.coverage import Coverage
    from ixnstate.testing.differing import Difference, NonconformanceError, Script
    from ixnstate.testing.drivers import (
        CROWDED,
        WORLD,
        Ability,
        Driver,
        DriverError,
        Reply,
        Seen,
        TargetError,
        Told,
        World,
    )
    from ixnstate.testing.encoding import as_json
    from ixnstate.testing.explaining import explain, load, looked_past, program, read_lines, save, shortest
    from ixnstate.testing.faulty import FaultyDriver
    from ixnstate.testing.findings import Finding
    from ixnstate.testing.forms import Scope
    from ixnstate.testing.histories import Call, Linearization, linearize, timeline
    from ixnstate.testing.http import HttpDriver
    from ixnstate.testing.inprocess import InProcessDriver
    from ixnstate.testing.judging import Deviation, Result, Verdict, deviations, judge
    from ixnstate.testing.mirror import Mirror, MirrorDriver
    from ixnstate.testing.model import Action, AtOnce, Model, Wait
    from ixnstate.testing.observing import told
    from ixnstate.testing.reporting import Report
    from ixnstate.testing.schemas import stdio_schema, suite_schema
    from ixnstate.testing.stdio import StdioDriver, serve
    from ixnstate.testing.suites import KINDS, USUAL, Case, suite

_MODULES = {
    "base": ("InteractionConformance",),
    "bench": ("EVERYTHING", "Bench"),
    "conforming": ("conform", "made"),
    "coverage": ("Coverage",),
    "differing": ("Difference", "NonconformanceError", "Script"),
    "drivers": (
        "CROWDED",
        "WORLD",
        "Ability",
        "Driver",
        "DriverError",
        "Reply",
        "Seen",
        "TargetError",
        "Told",
        "World",
    ),
    "encoding": ("as_json",),
    "explaining": ("explain", "load", "looked_past", "program", "read_lines", "save", "shortest"),
    "faulty": ("FaultyDriver",),
    "findings": ("Finding",),
    "forms": ("Scope",),
    "histories": ("Call", "Linearization", "linearize", "timeline"),
    "http": ("HttpDriver",),
    "inprocess": ("InProcessDriver",),
    "judging": ("Deviation", "Result", "Verdict", "deviations", "judge"),
    "mirror": ("Mirror", "MirrorDriver"),
    "model": ("Action", "AtOnce", "Model", "Wait"),
    "observing": ("told",),
    "reporting": ("Report",),
    "schemas": ("stdio_schema", "suite_schema"),
    "stdio": ("StdioDriver", "serve"),
    "suites": ("KINDS", "USUAL", "Case", "suite"),
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'ixnstate.testing' has no attribute {name!r}")
    try:
        if name == "strategies":
            return import_module("ixnstate.testing.strategies")
        value = globals()[name] = getattr(import_module(f"ixnstate.testing.{_WHERE[name]}"), name)
    except ImportError as error:
        if error.name not in ("hypothesis", "pytest"):
            raise
        what = f"ixnstate.testing.{name} needs {error.name}, which comes with an extra"
        raise ImportError(f"{what}: pip install 'ixnstate[testing]'", name=error.name) from error
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [  # noqa: RUF022 (in the order in which a reader meets them)
    # what a user writes
    "InteractionConformance", "Driver", "Reply", "Seen", "Told", "told", "World", "WORLD", "CROWDED", "Ability",
    "EVERYTHING", "DriverError", "TargetError",
    # drivers that are there
    "InProcessDriver", "MirrorDriver", "Mirror", "HttpDriver", "StdioDriver", "serve", "FaultyDriver",
    # an implementation beside the model
    "Bench", "Wait", "AtOnce", "Action", "Script", "Model", "NonconformanceError", "Difference", "explain", "program",
    "shortest", "save", "load", "read_lines", "looked_past",
    # generated suites
    "suite", "Case", "KINDS", "USUAL", "as_json", "suite_schema", "stdio_schema",
    "Scope", "judge", "Verdict", "Result", "Deviation", "deviations",
    # overlapping operations
    "linearize", "Call", "Linearization", "timeline",
    # strategies for your own tests
    "strategies",
    # all of it
    "conform", "made", "Report", "Finding", "Coverage",
]  # fmt: skip
