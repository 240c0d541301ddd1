"""The command line: parse, call, print."""

import json
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import click

from ixnstate import terminal
from ixnstate.commands import ALIASES, OPERATIONS
from ixnstate.definition import Definition
from ixnstate.graph import shortest_path
from ixnstate.lines import Line, Unreadable
from ixnstate.profile import Profile
from ixnstate.refusals import path_to
from ixnstate.table import GWS
from ixnstate.trace import Finding, Judge, open_lines
from ixnstate.values import a_, fields_of
from ixnstate.views import documented, listed
from ixnstate.vocabulary import State

FINDINGS, UNREADABLE = 1, 2

_MEDIA = click.Choice(tuple(GWS.media), case_sensitive=False)
_STATE = click.Choice([state.value for state in State], case_sensitive=False)
_OPERATION = click.Choice([*OPERATIONS, *ALIASES], case_sensitive=False)


_COMPLETION = 'Shell completion: eval "$(_IXNSTATE_COMPLETE=bash_source ixnstate)"; or zsh_source, fish_source.'


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_COMPLETION)
@click.version_option(version("ixnstate"))
def cli() -> None:
    """Judge recordings of the Genesys Web Services API v2, and look up the lifecycle of its interactions."""


def _with_profile(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--profile NAME=VALUE``, and hand the definition for it to the command."""
    names = ", ".join(field.name for field in fields_of(Profile))

    def definition(_: click.Context, __: click.Parameter, choices: tuple[str, ...]) -> Definition:
        wanted: dict[str, Any] = {}
        for choice in choices:
            name, _equals, value = choice.partition("=")
            wanted[name] = {"true": True, "false": False}.get(value.lower(), value)
        try:
            return GWS.with_profile(**wanted)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    option = click.option(
        "--profile",
        "definition",
        multiple=True,
        metavar="NAME=VALUE",
        callback=definition,
        help=f"Choose where the documents contradict each other: {names}.",
    )
    return option(function)


# --- judging --------------------------------------------------------------------------------------------------------


@cli.command(short_help="Judge recorded operations and notifications.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=str))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people or for programs."
)
@_with_profile
@click.pass_context
def validate(context: click.Context, files: tuple[str, ...], form: str, definition: Definition) -> None:
    """Judge recorded operations and notifications: JSON Lines or JSON; "-" is standard input.

    Several interactions may be interleaved, and files are judged together, in the order given. Exit status: 0 all
    legal; 1 findings; 2 a file that cannot be read, or no finding but a line that cannot be read.
    """
    judge = Judge(definition)
    show = terminal.Findings() if form == "text" else None
    found: list[Finding | Unreadable] = []
    counts = {Finding: 0, Unreadable: 0}
    missing: list[str] = []
    for file in files:
        for line in terminal.progress(_readable(file, missing), file):
            for each in judge.take(line):
                counts[type(each)] += 1
                if show:
                    show.one(each)
                else:
                    found.append(each)
    if show:
        show.verdict(judge, counts[Finding], counts[Unreadable], len(missing))
    else:
        click.echo(json.dumps(_report(judge, found, not (missing or any(counts.values()))), indent=2))
    if missing:
        context.exit(UNREADABLE)
    context.exit(FINDINGS if counts[Finding] else UNREADABLE if counts[Unreadable] else 0)


def _readable(file: str, missing: list[str]) -> Iterator[Line | Unreadable]:
    try:
        yield from open_lines(file)
    except OSError as error:
        missing.append(file)
        click.echo(f"ixnstate: {file}: {error.strerror or error}", err=True)


def _report(judge: Judge, found: list[Finding | Unreadable], ok: bool) -> dict[str, Any]:
    return {
        "ok": ok,
        "operations": judge.operations,
        "notifications": judge.notifications,
        "interactions": judge.interactions,
        "findings": [_finding(each) for each in found if isinstance(each, Finding)],
        "unreadable": [
            {"file": each.place.file, "line": each.place.line, "problem": each.problem}
            for each in found
            if isinstance(each, Unreadable)
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    refusal = finding.refusal
    return {
        "code": finding.code,
        "file": finding.place.file,
        "line": finding.place.line,
        "interaction": finding.interaction,
        "agent": finding.agent,
        "what": finding.what,
        "why": finding.why,
        "right": finding.right,
        "refusal": refusal
        and {
            "code": refusal.code.value,
            "operation": refusal.operation,
            "state": refusal.state,
            "statusCode": refusal.status_code,
            "allowed": list(refusal.allowed),
            "path": None if refusal.path is None else list(refusal.path),
        },
    }


# --- looking up -----------------------------------------------------------------------------------------------------


@cli.command(short_help="Print what an agent is shown in a state.")
@click.argument("media", type=_MEDIA, metavar="MEDIA")
@click.argument("state", type=_STATE, metavar="STATE")
@click.option("--several", is_flag=True, help="A session that other agents hold too.")
@click.option("--all", "every", is_flag=True, help="Every list that a page prints for the state, with its source.")
@_with_profile
def capabilities(media: str, state: str, several: bool, every: bool, definition: Definition) -> None:
    """Print the operations that an agent is shown in a state, a line each, in documented order."""
    _known(definition, media, state)
    if every:
        terminal.lists(definition, media, documented(media, state, definition=definition))
        return
    names = listed(media, state, several=several, definition=definition)
    words = [told for told in definition.medium(media).told if told.state == state]
    if names:
        click.echo("\n".join(names))
    elif len(words) > 1:
        for told in words:
            after = f"after {told.operation or 'any other operation'}"
            click.echo(f"{after}: {'(the list is empty)' if told.capabilities else '(no such key)'}", err=True)
    else:
        click.echo("(the list is empty)" if names is not None else "(no such key)", err=True)


@cli.command(short_help="Print what is legal in each state of a medium.")
@click.argument("media", type=_MEDIA, metavar="MEDIA")
@_with_profile
def table(media: str, definition: Definition) -> None:
    """Print what is legal in each state of a medium, where it leads and how well that is known."""
    terminal.table(definition, media)


@cli.command(short_help="Print the way from one state to another.")
@click.argument("media", type=_MEDIA, metavar="MEDIA")
@click.argument("start", type=_STATE, metavar="START")
@click.argument("goal", type=_STATE, metavar="GOAL")
@_with_profile
def path(media: str, start: str, goal: str, definition: Definition) -> None:
    """Print the fewest operations from one state to another, a line each. Exit status 1: there is no way."""
    _known(definition, media, start)
    _known(definition, media, goal)
    names = shortest_path(media, start, goal, definition=definition)
    if names is None:
        click.echo(f"no sequence of operations leads from {start} to {goal}", err=True)
        raise SystemExit(FINDINGS)
    for name in names:
        click.echo(name)


@cli.command(short_help="Print a medium's lifecycle as a diagram.")
@click.argument("media", type=_MEDIA, metavar="MEDIA")
@click.option("--format", "form", type=click.Choice(["mermaid", "dot", "svg"]), default="mermaid")
@_with_profile
def diagram(media: str, form: str, definition: Definition) -> None:
    """Print a medium's lifecycle as a diagram."""
    from ixnstate import machines

    draw = {"mermaid": machines.mermaid, "dot": machines.dot, "svg": machines.svg}[form]
    try:
        click.echo(draw(media, definition=definition))
    except ImportError as error:
        raise click.ClickException(str(error)) from None


@cli.command(short_help="Say whether and why an operation is legal.")
@click.argument("media", type=_MEDIA, metavar="MEDIA")
@click.argument("state", type=_STATE, metavar="STATE")
@click.argument("operation", type=_OPERATION, metavar="OPERATION")
@_with_profile
def explain(media: str, state: str, operation: str, definition: Definition) -> None:
    """Say whether an operation is legal in a state, why, and who says so. Exit status 1: it is not."""
    _known(definition, media, state)
    operation = ALIASES.get(operation, operation)
    path = path_to(operation, media, State(state), definition=definition)
    if not terminal.explain(definition, media, State(state), operation, path):
        raise SystemExit(FINDINGS)


def _known(definition: Definition, media: str, state: str) -> None:
    states = definition.medium(media).states
    if state not in states and state != State.REVOKED:
        raise click.BadParameter(f"{a_(media)} is never {state}; its states are {', '.join(states)}")
