"""``ixnstate conform``: the options, where they come from, and what is printed while it runs."""

import json
import math
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

import attrs

from ixnstate import outputs
from ixnstate.definition import Definition
from ixnstate.settings import Settings
from ixnstate.table import GWS
from ixnstate.testing.bench import EVERYTHING
from ixnstate.testing.choosing import chosen
from ixnstate.testing.conforming import conform
from ixnstate.testing.drivers import WORLD, TargetError
from ixnstate.testing.http import HttpDriver
from ixnstate.testing.judging import deviations
from ixnstate.testing.reaching import address, reach, signing_in, world_of
from ixnstate.testing.reporting import Report
from ixnstate.values import Json

PAUSE = 0.2
"""Seconds between two changes of the progress line."""


FAILURE = Path("failure.jsonl")
"""Where a failing run is kept, unless another file is named."""


@attrs.define(kw_only=True)
class ConformOptions:
    """The options of the command, or of the table ``conform`` of the settings."""

    url: str | None = None
    user: tuple[str, ...] = ()
    supervisor: tuple[str, ...] = ()
    workbin: tuple[str, ...] = ()
    group_workbin: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    group: str = "G"
    cometd: str | None = None
    no_cometd: bool = False
    supports: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    examples: int = 100
    deviations: str = "deviations.toml"
    report: Path | None = None
    failure: Path = FAILURE
    fail_under: float | None = None
    definition: Definition = GWS

    def check(self) -> None:
        """Raises ValueError for what makes no sense."""
        if self.examples < 0:
            raise ValueError(f"--examples is a number of runs, 0 or more, not {self.examples}")
        if self.fail_under is not None and not 0 <= self.fail_under <= 100:
            raise ValueError(f"--fail-under is a percentage from 0 to 100, not {self.fail_under:g}")


def configured(settings: Settings) -> dict[str, Any]:
    """The options in the table ``conform`` of the settings. Raises ValueError that says what is wrong, and where."""
    where = settings.where("conform")
    said = settings.table("conform")
    return {name.replace("-", "_"): _value(where, name, value) for name, value in said.items()}


def _value(where: str, name: str, value: Json) -> Json:
    field = attrs.fields_dict(ConformOptions).get(name.replace("-", "_"))
    if name == "driver" and isinstance(value, str):
        return value
    if field is None or name == "definition":
        known = ", ".join(each.replace("_", "-") for each in attrs.fields_dict(ConformOptions) if each != "definition")
        raise ValueError(f"{where} has {name!r}; there are driver, {known}")
    kind = str(field.type)
    if "tuple" in kind:
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
            return tuple(listed)
    elif "bool" in kind:
        if isinstance(value, bool):
            return value
    elif "int" in kind or "float" in kind:
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
            return value
    elif isinstance(value, str):
        return Path(value) if "Path" in kind else value
    raise ValueError(f"{where} {name} cannot be {value!r}")


def run(options: ConformOptions, new_driver: Callable[[], Any] | None, out: TextIO, err: TextIO) -> int:
    """Test the implementation, and print the report: the exit status.

    Raises ValueError, `TargetError` or `DriverError` with one sentence if it cannot be tested.
    """
    options.check()
    _expect_writable(options)
    excused = deviations(options.deviations)
    wanted = chosen(options.only, options.skip)
    supports = frozenset(options.supports or EVERYTHING)
    with _driver(options, new_driver) as made:
        if isinstance(made, HttpDriver) and options.url is not None:
            supports, said = reach(made, supports, options.definition, given=bool(options.supports))
            for sentence in said:
                print(sentence, file=err)
        watch = _Watching(options, err)
        with _interruptible():
            report = conform(
                (lambda: made), supports=supports, definition=options.definition, examples=options.examples,
                known=excused, wanted=wanted, watch=watch,
            )  # fmt: skip
        watch.end()
    print(report.summary(), file=out)
    write(report, options.report)
    for kept in _kept(report, options.failure):
        print(f"a failing run is kept in {kept}", file=out)
    return 1 if not report.ok or (options.fail_under is not None and report.percent < options.fail_under) else 0


def _expect_writable(options: ConformOptions) -> None:
    """Raises `TargetError` for a file that cannot be written: better before the tests than after them."""
    named = {"--report": options.report, "--failure": options.failure if options.failure != FAILURE else None}
    for option, file in named.items():
        try:
            if file is not None:
                outputs.expect_writable(file)
        except OSError as error:
            raise TargetError(f"{option} {file} cannot be written: {error.strerror or error}") from None


def write(report: Report, path: Path | None) -> None:
    """Write the report, as JSON or as a page. Raises `TargetError` if the file cannot be written."""
    if path is None:
        return
    text = json.dumps(report.to_json(), indent=1) if path.suffix == ".json" else report.html()
    try:
        with outputs.written(path) as file:
            file.write(text)
    except OSError as error:
        raise TargetError(f"the report {path} cannot be written: {error.strerror or error}") from None


def _kept(report: Report, path: Path) -> list[Path]:
    """Keep the failing runs. Raises `TargetError` if they cannot be written."""
    try:
        return report.save(path)
    except OSError as error:
        raise TargetError(f"a failing run cannot be kept in {path}: {error.strerror or error}") from None


@contextmanager
def _driver(options: ConformOptions, new_driver: Callable[[], Any] | None) -> Iterator[Any]:
    """The driver, which is closed at the end if it can be."""
    if options.url is None:
        assert new_driver is not None
        made = new_driver()
    else:
        made = over_http(options)
    try:
        yield made
    finally:
        close = getattr(made, "close", None)
        if callable(close):
            with suppress(Exception):  # what it could say of its end is of no use any more
                close()


def over_http(options: ConformOptions) -> HttpDriver:
    """The driver for a server's address. Raises ValueError for options that do not fit."""
    world = world_of(
        options.user, options.supervisor, options.workbin, options.group_workbin, options.queue, options.group
    )
    cometd: Mapping[str, Any] = {"cometd": options.cometd or True}
    if options.no_cometd:
        cometd = {"cometd": False}
    headers = signing_in((*options.user, *options.supervisor))
    assert options.url is not None
    named = None if world is WORLD else world
    return HttpDriver(address(options.url), world=named, headers=headers, definition=options.definition, **cometd)


class _Watching:
    """Shows how far it has come, tells each finding when it comes, and keeps its run at once."""

    def __init__(self, options: ConformOptions, err: TextIO) -> None:
        self.options, self.err = options, err
        self.is_terminal = err.isatty()
        self.told: set[str] = set()
        self.last = 0.0
        self.failures = 0

    def __call__(self, report: Report, total: int) -> None:
        failures = len(report.failures) + len(report.found)
        if failures != self.failures:
            self.failures = failures
            new = [each for each in report.findings if each.name not in self.told]
            for finding in new:
                self.told.add(finding.name)
                self._clear()
                print(f"found: {finding.name}", file=self.err, flush=True)
            if new:
                _kept(report, self.options.failure)
                write(report, self.options.report)
        if self.is_terminal and monotonic() - self.last > PAUSE:
            self.last = monotonic()
            where = f"{len(report.results):,} of {total:,} cases" if total else "runs of several interactions"
            print(f"\r{where}, {len(self.told)} findings \x1b[K", end="", file=self.err, flush=True)

    def _clear(self) -> None:
        if self.is_terminal:
            print("\r\x1b[K", end="", file=self.err)

    def end(self) -> None:
        """Nothing more comes."""
        self._clear()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Whoever ends the process gently gets the report so far, as with an interruption from the keyboard."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
