"""Options that several commands share, and their defaults from the settings."""

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

import click
from click.core import augment_usage_errors

from ixnstate.definition import Definition
from ixnstate.profile import Profile
from ixnstate.reports.selecting import Baseline, Selection, Sieve, read_baseline
from ixnstate.settings import Settings, read_settings
from ixnstate.table import GWS
from ixnstate.values import Json, a_, brief, fields_of, path_of

FINDINGS, UNABLE = 1, 2
"""The exit statuses: something was found; something could not be done, or not be read."""


class UnableError(click.ClickException):
    """A command cannot do its work, for a reason other than its options: the sentence that says why."""

    exit_code = UNABLE


# --- recordings -----------------------------------------------------------------------------------------------------


def _paths(_: click.Context, __: click.Parameter, files: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for file in files:
            path_of("FILE", file)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return files


FILES = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=str), callback=_paths
)

# --- which lifecycle ------------------------------------------------------------------------------------------------


def imported(name: str, form: str) -> Any:
    """What a name such as ``my.module:Driver`` means; modules of the current directory are found, too.

    Raises `click.BadParameter`, which says that it should have this ``form``.
    """
    module, _colon, attribute = name.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        return attrgetter(attribute)(import_module(module))
    except (ImportError, AttributeError, ValueError) as error:
        raise click.BadParameter(f"{name}: {error}; name it as {form}") from None
    except (Exception, SystemExit) as error:  # the module is the user's: it may raise anything, or end the program
        raise click.BadParameter(f"{name}: the module cannot be imported: {type(error).__name__}: {error}") from None
    finally:
        sys.path.pop(0)


def definition_named(name: str) -> Definition:
    """The definition with a name such as ``ixnstate:GWS``. Raises `click.BadParameter`."""
    value = imported(name, "MODULE:ATTRIBUTE")
    if not isinstance(value, Definition):
        raise click.BadParameter(f"{name} is not a definition, but {a_(type(value).__name__)}")
    return value


_PROFILE = click.option(
    "--profile",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"Choose where the documents contradict each other: {', '.join(field.name for field in fields_of(Profile))}.",
)
_DEFINITION = click.option(
    "--definition",
    "own",
    metavar="MODULE:ATTRIBUTE",
    help="A lifecycle of your own, such as my.module:LIFECYCLE; else ixnstate:GWS.",
)


def with_profile(function: Callable[..., object]) -> Callable[..., object]:
    """Add ``--profile NAME=VALUE``, and hand the definition for it to the command."""

    @wraps(function)
    def command(*arguments: object, profile: tuple[str, ...], own: str | None = None, **options: object) -> object:
        with augment_usage_errors(click.get_current_context()):
            definition = definition_named(own) if own else GWS
            try:
                definition = definition.with_profile(**_choices(profile)) if profile else definition
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint="--profile") from None
        return function(*arguments, definition=definition, **options)

    return _PROFILE(command)


def with_definition(function: Callable[..., object]) -> Callable[..., object]:
    """The same, with ``--definition MODULE:ATTRIBUTE``."""
    return _DEFINITION(with_profile(function))


def _choices(profile: tuple[str, ...]) -> dict[str, object]:
    pairs = (choice.partition("=") for choice in profile)
    return {name: {"true": True, "false": False}.get(value.lower(), value) for name, _, value in pairs}


# --- which findings -------------------------------------------------------------------------------------------------


def with_sieve(function: Callable[..., object]) -> Callable[..., object]:
    """Add ``--select``, ``--ignore`` and ``--baseline``; hand a `Sieve` to the command, and the ``baseline`` file.

    A command that has ``write_baseline`` is handed a sieve that learns with it.
    """

    @wraps(function)
    def command(
        *arguments: object, select: tuple[str, ...], ignore: tuple[str, ...], baseline: Path | None, **options: object
    ) -> object:
        is_written = bool(options.get("write_baseline"))
        if is_written and baseline is None:
            raise click.UsageError("--write-baseline needs the file to write: --baseline FILE")
        known = None if baseline is None or is_written else _baseline(baseline)
        sieve = Sieve(Selection(select, ignore), known, learns=is_written)
        return function(*arguments, sieve=sieve, baseline=baseline, **options)

    select = click.option(
        "--select",
        multiple=True,
        metavar="CODES",
        callback=_codes,
        help="Only findings whose code begins so: IXN2, or IXN101,IXN203. The longer prefix decides.",
    )
    ignore = click.option(
        "--ignore", multiple=True, metavar="CODES", callback=_codes, help="No findings whose code begins so."
    )
    file = click.option(
        "--baseline",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Findings that are known: as many of a kind as FILE has are not listed.",
    )
    return select(ignore(file(command)))


def _codes(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return Selection(tuple(",".join(given).split(","))).select
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _baseline(file: Path) -> Baseline:
    try:
        return read_baseline(file)
    except FileNotFoundError:
        said = f"{file}: there is no such file; --write-baseline makes it"
    except OSError as error:
        said = f"{file}: {error.strerror or error}"
    except ValueError as error:
        said = str(error)
    raise click.BadParameter(said, param_hint="--baseline")


# --- settings -------------------------------------------------------------------------------------------------------

KEYS = (
    "select", "ignore", "baseline", "definition", "profile", "agent", "recorded", "gaps", "rules", "timeout",
    "unsorted", "separate", "redact", "group", "jobs", "max-findings", "max-line", "max-live",
)  # fmt: skip
"""The options that may stand in the settings. A command takes those that it has."""
_FILES = ("baseline", "rules")
_LISTS = ("select", "ignore")
_SETTINGS = "ixnstate.settings"

CONFIG = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take settings from FILE, and not from ixnstate.toml or pyproject.toml.",
)


def settings_of(context: click.Context) -> Settings:
    """The settings; they are read once. Raises `click.UsageError` for a file that cannot be read."""
    root = context.find_root()
    if _SETTINGS not in root.meta:
        try:
            root.meta[_SETTINGS] = read_settings(root.params.get("config"))
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    settings: Settings = root.meta[_SETTINGS]
    return settings


class Configured(click.Command):
    """A command whose options may stand in the settings."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of a call, with the settings as defaults. Raises `click.UsageError` for wrong ones."""
        if parent is not None and not {"-h", "--help"} & set(args):
            extra["default_map"] = {**self._defaults(parent), **(extra.get("default_map") or {})}
        return super().make_context(info_name, args, parent, **extra)

    def _defaults(self, context: click.Context) -> dict[str, Json]:
        settings = settings_of(context)
        for key in settings.values:
            if key not in (*KEYS, "conform"):
                known = ", ".join((*KEYS, "conform"))
                raise click.UsageError(f"{settings.where()} has {key!r}; there are {known}")
        mine = {option.removeprefix("--"): parameter for parameter in self.params for option in parameter.opts}
        chosen = {key: value for key, value in settings.values.items() if key in mine and key in KEYS}
        return {str(mine[key].name): _default(mine[key], key, value, settings) for key, value in chosen.items()}


def _default(parameter: click.Parameter, key: str, value: Json, settings: Settings) -> object:
    where = f"{settings.where()} {key}"
    try:
        value = _plain(parameter, key, value)
        if key in _FILES and settings.file is not None:
            value = str(settings.file.parent / value)
        parameter.type_cast_value(click.Context(click.Command("settings")), value)
    except (click.BadParameter, ValueError) as error:
        said = error.message if isinstance(error, click.BadParameter) else str(error)
        raise click.UsageError(f"{where}: {said}") from None
    return value


def _plain(parameter: click.Parameter, key: str, value: object) -> object:
    """The value as the option takes it. Raises ValueError."""
    if key == "profile":
        if not isinstance(value, Mapping):
            raise ValueError(f"it must be a table of choices, not {brief(value)}")
        return [
            f"{name}={json.dumps(choice) if isinstance(choice, bool) else choice}" for name, choice in value.items()
        ]
    if key in _LISTS:
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            raise ValueError(f"it must be a list of codes, not {brief(value)}")
        return value
    is_flag = isinstance(parameter, click.Option) and parameter.is_flag
    kinds: tuple[type, ...] = (bool,) if is_flag else _KINDS.get(parameter.type.name, (str,))
    if not isinstance(value, kinds) or (isinstance(value, bool) and not is_flag):
        words = {bool: "true or false", str: "a string", int: "a whole number", float: "a number"}
        raise ValueError(f"it must be {words[kinds[-1]]}, not {brief(value)}")
    return value


_KINDS: dict[str, tuple[type, ...]] = {"integer range": (int,), "float range": (int, float)}
