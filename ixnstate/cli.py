"""The command line: parse, call, print."""

import gc
import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from importlib.metadata import version
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click
from click.shell_completion import CompletionItem

from ixnstate import outputs, reports, terminal
from ixnstate.commands import ALIASES, OPERATIONS
from ixnstate.decoding import content_of, decode
from ixnstate.definition import Definition
from ixnstate.fit_command import fit_command
from ixnstate.graph import shortest_path
from ixnstate.options import (
    CONFIG,
    FILES,
    FINDINGS,
    UNABLE,
    Configured,
    UnableError,
    definition_named,
    imported,
    settings_of,
    with_definition,
    with_profile,
    with_sieve,
)
from ixnstate.record_command import record_command
from ixnstate.recording.lines import Line, Unread, Unreadable, grouped
from ixnstate.recording.numbered import MAX_LINE
from ixnstate.recording.ordering import Order, agent_of, disorder_of, one_after_the_other, order_of, side_by_side
from ixnstate.refusals import path_to
from ixnstate.reports.coverage import as_json as coverage_as_json
from ixnstate.reports.reading import clean
from ixnstate.reports.selecting import Sieve
from ixnstate.reports.shrinking import written
from ixnstate.table import GWS
from ixnstate.trace import (
    APART,
    MAX_FINDINGS,
    CrewError,
    Declared,
    Finding,
    Judge,
    Limit,
    Report,
    Rule,
    crew_of,
    followed,
    invitation,
    judged,
    mended,
    open_lines,
    read,
    read_rule,
    report,
    resumed,
    up_to_unreadable,
    write_ocel,
)
from ixnstate.trace.cases import MAX_LIVE
from ixnstate.trace.saved import read_state, write_state
from ixnstate.values import a_, brief, changed
from ixnstate.views import documented, listed
from ixnstate.vocabulary import State

if TYPE_CHECKING:
    from ixnstate.trace.fast.workers import Crew

_T = TypeVar("_T")


class _Name(click.Choice[str]):
    """A name in any case. Of one that is not there it says which one is near, or else which there are."""

    def __init__(self, what: str, names: Iterable[str]) -> None:
        super().__init__(tuple(map(str, names)), case_sensitive=False)  # click takes an enum by its names
        self._what = what

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        spelled = {name.lower(): name for name in self.choices}
        near = get_close_matches(str(value).lower(), spelled, 1)
        hint = f"did you mean {spelled[near[0]]}?" if near else f"there are {', '.join(self.choices)}"
        return f"there is no {self._what} {value}; {hint}"


_MEDIA = _Name("medium", GWS.media)
_STATE = _Name("state", State)
_OPERATION = _Name("operation", [*OPERATIONS, *ALIASES])
_CODE = _Name("code", reports.CODES)


_COMPLETION = 'Shell completion: eval "$(_IXNSTATE_COMPLETE=bash_source ixnstate)"; or zsh_source, fish_source.'


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_COMPLETION)
@click.version_option(version("ixnstate"))
@CONFIG
def cli(config: Path | None) -> None:
    """Judge recordings of the Genesys Web Services API v2, and look up the lifecycle of its interactions."""
    gc.set_threshold(100_000)  # much is remembered, hardly any of it is garbage, and looking for that takes a fifth


# --- judging --------------------------------------------------------------------------------------------------------

_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write there, and not to standard output.",
)


def _say(text: str) -> None:
    """Say something on standard error: a name of a file or a line may hold anything."""
    click.echo(f"ixnstate: {clean(text)}", err=True)


@contextmanager
def _writing(output: Path | None, *inputs: str | Path | None, errors: str = "strict") -> Iterator[TextIO | None]:
    """The file to write to, None for standard output. What is read is not written over; it is whole or not there."""
    if output is None:
        yield None
        return
    _keep(output, *inputs)
    try:
        with outputs.written(output, errors=errors) as file:
            yield file
    except OSError as error:
        raise UnableError(clean(f"{output}: it cannot be written: {error.strerror or error}")) from None


def _keep(output: Path | None, *inputs: str | Path | None) -> None:
    """Refuse an output that is an input."""
    destroyed = None if output is None else outputs.overwritten(output, inputs)
    if destroyed is not None:
        raise click.UsageError(clean(f"{output} would be written over {destroyed}, which is read"))


def _finite(_: click.Context, __: click.Parameter, number: float | None) -> float | None:
    if number is not None and not isfinite(number):
        raise click.BadParameter(f"{number} is not a finite number")
    return number


_RULES = "ixnstate.rules"


def _read_rules(context: click.Context, _: click.Parameter, file: Path | None) -> tuple[Rule, ...]:
    context.meta[_RULES] = file
    if file is None:
        return ()
    try:
        rules = decode(content_of(file))
        if not isinstance(rules, list):
            raise ValueError(f"found {brief(rules)}")
        return tuple(map(read_rule, rules))
    except OSError as error:
        raise click.BadParameter(clean(f"{file}: {error.strerror or error}")) from None
    except (TypeError, ValueError) as error:
        raise click.BadParameter(f"rules must be a JSON list: {error}") from None


@cli.command(short_help="Judge recorded operations and notifications.", cls=Configured)
@FILES
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "sarif", "html"]),
    default="text",
    help="For people: text, or html, a web page in one file. For programs: json; junit for a CI server; sarif, 2.1.0.",
)
@_OUTPUT
@click.option("--gaps", type=click.IntRange(0), metavar="N", help="At most N unseen steps between two notifications.")
@click.option(
    "--rules",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_read_rules,
    help="Rules over time: a JSON list.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="The time that an agent has for an invitation.",
)
@click.option("--strict", is_flag=True, help="Stop at the first line that cannot be read.")
@click.option(
    "--resume",
    "state",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Go on where the run before ended: its state is read from FILE if there is one, and this run's is left there.",
)
@click.option("--last", is_flag=True, help="With --resume: the last run; what still waits is judged as at the end.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="Read large files with N processes; the report is the same. A web page is made by one.",
)
@click.option("--unsorted", is_flag=True, help="Put the lines of all files in the order of their ts and seq first.")
@click.option("--separate", is_flag=True, help="The files have no clock in common: judge each by itself.")
@click.option(
    "--recorded",
    metavar="WHAT",
    callback=lambda context, option, value: _recorded(value),
    help="What was recorded: everything, session (of one agent), or the names of the agents, with commas between them. "
    "Where it is not said, it is told from the recording.",
)
@click.option(
    "--redact/--no-redact",
    "redact",
    default=None,
    help="Show of a line only what a finding is about: ids, operation, states; as html, sarif and junit do anyway.",
)
@click.option("--agent", metavar="NAME", help="Whose session it is where a line names no agent.")
@click.option(
    "--explain",
    "thorough",
    is_flag=True,
    help="Say of each finding what was believed before its line, and what rules each of it out; as html does anyway.",
)
@click.option(
    "--max-findings",
    type=click.IntRange(1),
    default=MAX_FINDINGS,
    show_default=True,
    metavar="N",
    help="List N findings and lines that cannot be read; more are counted.",
)
@click.option(
    "--max-line",
    type=click.IntRange(1),
    default=MAX_LINE >> 20,
    show_default=True,
    metavar="MIB",
    help="How long a line, or a member of a document, may be; a longer one is reported, and passed over.",
)
@click.option(
    "--max-live",
    type=click.IntRange(1),
    default=MAX_LIVE,
    show_default=True,
    metavar="N",
    help="Remember N interactions under way; beyond that the first is forgotten, and undetermined later.",
)
@click.option(
    "--group/--no-group",
    default=True,
    help="In text: show the first of alike findings, and say at the end how many there are, and which is the last.",
)
@click.option("--write-baseline", is_flag=True, help="Write what is found to the --baseline FILE; it is known then.")
@with_sieve
@with_definition
@click.pass_context
def validate(
    context: click.Context,
    files: tuple[str, ...],
    form: str,
    output: Path | None,
    gaps: int | None,
    rules: tuple[Rule, ...],
    timeout: float,
    strict: bool,
    state: Path | None,
    last: bool,
    jobs: int,
    unsorted: bool,
    separate: bool,
    recorded: Declared | None,
    redact: bool | None,
    agent: str | None,
    thorough: bool,
    max_findings: int,
    max_line: int,
    max_live: int,
    group: bool,
    write_baseline: bool,
    sieve: Sieve,
    baseline: Path | None,
    definition: Definition,
) -> None:
    """Judge recorded operations and notifications: JSON Lines or JSON; "-" is standard input.

    Several interactions may be interleaved, and files are judged together: in the order given or, if their times
    overlap, side by side. Exit status: 0 all legal; 1 findings; 2 a file that cannot be read, or no finding but a line
    that cannot be read, or no line about an interaction.
    """
    if separate and state:
        raise click.UsageError(APART)
    _keep(state, *files, context.meta[_RULES], baseline)
    _keep(baseline if write_baseline else None, *files, context.meta[_RULES])
    story, judges = _Story(definition), list[Judge]()
    all_rules = (invitation(timeout), *rules)
    found: list[Finding | Unreadable] = []
    missing: list[str] = []
    limit, longest = Limit(max_findings), max_line << 20
    hints = _hints(files, unsorted=unsorted, longest=longest)
    counts = {Finding: 0, Unreadable: 0}
    with (
        _writing(output, *files, state, context.meta[_RULES], baseline, errors="replace") as file,
        crew_of(jobs) as crew,
    ):
        show = terminal.Findings(file, group=group) if form == "text" else None
        for part in [(name,) for name in files] if separate else [files]:
            named = agent or agent_of(part, longest=longest)
            new_judge = partial(
                Judge, definition, gaps=gaps, rules=all_rules, separate=separate, recorded=recorded, agent=named,
                explain=thorough or form == "html", max_live=max_live,
            )  # fmt: skip
            judge, another = _judges(state, new_judge)
            judges.append(judge)
            order = _order(part, unsorted=unsorted, longest=longest)
            if form == "html":
                begun = story.judged(judge, _lines(part, missing, order, longest=longest))
            else:
                begun = _judged(judge, part, missing, order, crew, show, longest=longest)
            begun = grouped(up_to_unreadable(begun) if strict else begun)
            whole = limit(sieve(chain(begun, _ended(judge, None if last else state))))
            for each in mended(whole, part, another, strict=strict, order=order, longest=longest):
                counts[type(each)] += each.count if isinstance(each, Unreadable) else 1
                if show:
                    show.one(reports.without_secrets(each, fully=bool(redact)))
                else:
                    found.append(each)
            if strict and counts[Unreadable]:
                break
        judgement = report(judges, found, files)
        besides = (*judgement.hints, *sieve.hints)
        judgement = changed(judgement, more=limit.more, hints=(*hints, *besides))
        fully = form in ("html", "sarif", "junit") if redact is None else redact
        judgement = reports.redacted(judgement, fully=fully)
        if show:
            show.verdict(judgement, counts[Finding], counts[Unreadable], len(missing), besides)
        else:
            click.echo(_RENDERED[form](judgement, missing, story, files), nl=False, file=file)
    if write_baseline and not missing and not (strict and counts[Unreadable]):
        with _writing(baseline) as kept:
            click.echo(sieve.kept.to_text(), nl=False, file=kept)
    if output:
        terminal.Findings().verdict(judgement, counts[Finding], counts[Unreadable], len(missing), besides)
    is_lacking = counts[Unreadable] or judgement.is_empty
    context.exit(UNABLE if missing else FINDINGS if counts[Finding] else UNABLE if is_lacking else 0)


def _recorded(said: str | None) -> Declared | None:
    """What is said to be recorded."""
    if said is None or said == "everything" or said == "session":  # noqa: PLR1714 (mypy knows the word by it)
        return said
    return frozenset(filter(None, said.split(",")))


def _judges(state: Path | None, new_judge: Callable[..., Judge]) -> tuple[Judge, Callable[[], Judge]]:
    """A judge who goes on from the state, and what makes another: the state is read once, for it is replaced."""
    try:
        saved = read_state(outputs.itself(state)) if state is not None else None
        judge = resumed(new_judge(), saved)
        return judge, lambda: resumed(new_judge(like=judge), saved)
    except OSError as error:
        raise UnableError(clean(f"{state}: {error.strerror or error}")) from None
    except ValueError as error:
        raise click.BadParameter(f"{state}: {error}", param_hint="--resume") from None


def _ended(judge: Judge, state: Path | None) -> Iterator[Finding]:
    """What is wrong at the end. With a file for the state the recording goes on in another one."""
    if state is not None:
        try:
            write_state(state, judge.save())
        except OSError as error:
            raise UnableError(clean(f"{state}: {error.strerror or error}")) from None
    yield from judge.finish(is_over=state is None)


class _Story:
    """What a web page shows besides the findings: what happened to each interaction, and what was covered."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._tally = reports.Tally(definition)
        self._timelines = reports.Timelines()

    def judged(self, judge: Judge, lines: Iterable[Line | Unreadable]) -> Iterator[Finding | Unreadable]:
        for seen, found in followed(judge, lines):
            if seen:
                self._tally.add(seen)
                self._timelines.add(seen)
            yield from found

    def page(self, judgement: Report, missing: list[str], names: tuple[str, ...]) -> str:
        covered = self._tally.coverage()
        drawings = reports.drawings(covered, definition=self._definition)
        return reports.as_html(judgement, self._timelines, covered, drawings, missing=missing, names=names)


_RENDERED: dict[str, Callable[[Report, list[str], _Story, tuple[str, ...]], str]] = {
    "json": lambda judgement, missing, *_: reports.as_json(judgement, missing=missing),
    "junit": lambda judgement, missing, *_: reports.as_junit(judgement, missing=missing),
    "sarif": lambda judgement, missing, *_: reports.as_sarif(judgement, missing=missing),
    "html": lambda judgement, missing, story, files: story.page(judgement, missing, files),
}


def _hints(files: tuple[str, ...], *, unsorted: bool, longest: int) -> tuple[str, ...]:
    """What makes findings doubtful, said before them."""
    hints = () if unsorted else tuple(disorder_of(files, longest=longest))
    for hint in hints:
        click.echo(f"ixnstate: {hint}", err=True)
    return hints


def _order(files: tuple[str, ...], *, unsorted: bool = False, longest: int = MAX_LINE) -> Order:
    """The order in which files are judged; warn if it is not the given one."""
    order = order_of(files, unsorted=unsorted, longest=longest)
    if order is side_by_side:
        said = "their times overlap, so they are judged side by side, in the order of ts; see --unsorted and --separate"
        _say(f"{', '.join(files)}: {said}")
    return order


def _judged(
    judge: Judge,
    files: tuple[str, ...],
    missing: list[str],
    order: Order,
    crew: "Crew | None" = None,
    show: terminal.Findings | None = None,
    *,
    longest: int = MAX_LINE,
) -> Iterator[Finding | Unreadable]:
    """What is found in files: whole files are read quickly, unless a progress bar is shown."""
    if order is one_after_the_other and (crew is not None or not terminal.is_watched()):
        return chain.from_iterable(_opened(read(judge, file, crew, longest=longest), file, missing) for file in files)
    return judged(judge, _lines(files, missing, order, show, longest=longest))


def _lines(
    files: tuple[str, ...],
    missing: list[str],
    order: Order,
    show: terminal.Findings | None = None,
    *,
    longest: int = MAX_LINE,
) -> Iterator[Line | Unreadable]:
    opened = ((file, _opened(open_lines(file, longest=longest), file, missing)) for file in files)
    shown = show.console if show else None
    if order is side_by_side:
        return terminal.progress(order(lines for _, lines in opened), f"{len(files)} files", shown)
    return order(terminal.progress(lines, file, shown) for file, lines in opened)


def _opened(read: Iterator[_T], file: str, missing: list[str]) -> Iterator[_T]:
    """Read a file; report one that cannot be opened."""
    try:
        yield from read
    except OSError as error:
        missing.append(file)
        _say(f"{file}: {error.strerror or error}")
    except CrewError as error:
        raise UnableError(f"{file}: {error}") from None


@cli.command(short_help="Say how much of the lifecycle recordings show.", cls=Configured)
@FILES
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "dot", "svg"]),
    default="text",
    help="A table, or the diagram of one medium with what was seen in green.",
)
@click.option("--media", metavar="MEDIA", help="Of which medium the diagram is, if there are several.")
@click.option("--missing", "unseen", is_flag=True, help="Also name what was not seen.")
@_OUTPUT
@with_definition
@click.pass_context
def coverage(
    context: click.Context,
    files: tuple[str, ...],
    form: str,
    media: str | None,
    unseen: bool,
    output: Path | None,
    definition: Definition,
) -> None:
    """Say how much of the lifecycle recordings show, medium by medium.

    Counted are states, edges, pairs of edges, illegal operations that were asked for and seen refused, and lists of
    capabilities. What a recording leaves open does not count: a step without its request, where several edges fit.
    Exit status: 2 a file that cannot be read, or no line about an interaction.
    """
    _keep(output, *files)
    media = media and _Name("medium", definition.media).convert(media, None, context)
    tally, missing, unread = reports.Tally(definition), list[str](), Unread()
    judge = Judge(definition, agent=agent_of(files))
    for seen, found in followed(judge, _lines(files, missing, _order(files))):
        deque(unread.passed(found), maxlen=0)
        if seen:
            tally.add(seen)
    covered = tuple(each for each in tally.coverage() if media in (None, each.media))
    with _writing(output, *files) as file:
        if form == "text":
            terminal.coverage(covered, missing=unseen, file=file)
        else:
            click.echo(_painted(covered, form, definition), nl=False, file=file)
    context.exit(UNABLE if missing or _is_lacking(judge, unread) else 0)


def _is_lacking(judge: Judge, unread: Unread) -> bool:
    """Whether there was nothing to judge; that, and which lines could not be read, is said."""
    return terminal.says_what_is_lacking(unread, is_empty=not (judge.interactions or judge.operations))


def _painted(covered: tuple[reports.Coverage, ...], form: str, definition: Definition) -> str:
    if form == "json":
        return coverage_as_json(covered)
    from ixnstate import machines

    if len(covered) != 1:
        seen = ", ".join(each.media for each in covered) or "none"
        raise click.UsageError(f"a diagram is of one medium: choose it with --media; seen were: {seen}")
    draw = machines.dot if form == "dot" else machines.svg
    (one,) = covered
    try:
        return draw(one.media, definition=definition, taken=one.arrows, seen=one.part("states").seen)
    except ImportError as error:
        raise UnableError(str(error)) from None


@cli.command(short_help="Print the fewest edits after which recordings are legal.", cls=Configured)
@FILES
@_OUTPUT
@with_sieve
@with_definition
@click.pass_context
def repair(
    context: click.Context,
    files: tuple[str, ...],
    output: Path | None,
    sieve: Sieve,
    baseline: Path | None,
    definition: Definition,
) -> None:
    """Print the fewest edits after which nothing illegal is left of each interaction, a line each, in order.

    Exit status: 0 there is nothing to repair; 1 there are findings, with edits or without; 2 a file that cannot be
    read, or no finding but a line that cannot be read, or no line about an interaction. Standard input cannot be
    repaired: it is read once, and files are read twice.
    """
    _keep(output, *files, baseline)
    missing, order = list[str](), _order(files)
    new_judge = partial(Judge, definition, agent=agent_of(files))
    judge = new_judge()
    found, unread = _judged(judge, files, missing, order), Unread()
    repaired = mended(sieve(chain(found, judge.finish())), files, partial(new_judge, like=judge), order=order)
    findings = list(unread.passed(repaired))
    with _writing(output, *files) as file:
        terminal.edits(findings, files, file)
    is_lacking = not missing and (_is_lacking(judge, unread) or unread.count)
    context.exit(UNABLE if missing else FINDINGS if findings else UNABLE if is_lacking else 0)


@cli.command(short_help="Print the smallest recording that still shows a finding.", cls=Configured)
@FILES
@click.option("--code", metavar="CODE", help="Keep the first finding with this code, and not the first of all.")
@_OUTPUT
@with_sieve
@with_definition
@click.pass_context
def shrink(
    context: click.Context,
    files: tuple[str, ...],
    code: str | None,
    output: Path | None,
    sieve: Sieve,
    baseline: Path | None,
    definition: Definition,
) -> None:
    """Print the smallest recording that still shows a finding, as JSON Lines: without any of its lines it is gone.

    Exit status: 1 there is no such finding; 2 a file that cannot be read, or no line about an interaction.
    """
    _keep(output, *files, baseline)
    missing, unread = list[str](), Unread()
    lines = tuple(_lines(files, missing, _order(files)))
    if missing:
        context.exit(UNABLE)
    judge = Judge(definition, agent=agent_of(files))
    found = list(unread.passed(sieve(chain(judged(judge, lines), judge.finish()))))
    finding = next((each for each in found if code in (None, each.code)), None)
    if finding is None:
        if _is_lacking(judge, unread):
            context.exit(UNABLE)
        _say(f"no finding with code {code}" if code else "no findings")
        context.exit(FINDINGS)
    few = reports.shrink(Unread().passed(lines), finding, definition=definition)
    text = "".join(f"{written(line)}\n" for line in few)
    with _writing(output, *files) as file:
        click.echo(text, nl=False, file=file)
    terminal.says_what_is_lacking(unread, is_empty=False)
    click.echo(clean(f"{len(few)} of {len(lines):,} lines show {finding.code}, of {finding.place}"), err=True)


cli.add_command(fit_command)
cli.add_command(record_command)


@cli.command(short_help="Write recordings as OCEL 2.0 JSON, for the tools of process mining.")
@FILES
@_OUTPUT
@click.pass_context
def ocel(context: click.Context, files: tuple[str, ...], output: Path | None) -> None:
    """Write recordings as one OCEL 2.0 JSON document, for the tools of process mining.

    Its objects are interactions, workbins and agents. It can be judged like the recordings themselves. Exit status:
    2 a file or a line that cannot be read.
    """
    missing: list[str] = []
    with _writing(output, *files) as file:
        wrong = write_ocel(_lines(files, missing, _order(files)), file or sys.stdout)
    for each in wrong:
        _say(f"{each.spot}: {each.problem}")
    context.exit(UNABLE if missing or wrong else 0)


@cli.command(short_help="Say in what two definitions differ.")
@click.argument("left", metavar="DEFINITION")
@click.argument("right", metavar="DEFINITION")
def diff(left: str, right: str) -> None:
    """Say in what two definitions differ; each is named as MODULE:ATTRIBUTE, such as ixnstate:GWS.

    Modules are also looked for in the current directory. Exit status: 0 they are equal; 1 they differ.
    """
    found = definition_named(left).diff(definition_named(right))
    terminal.differences(found)
    raise SystemExit(FINDINGS if found else 0)


# --- looking up -----------------------------------------------------------------------------------------------------


@cli.command(short_help="Print what an agent is shown in a state.")
@click.argument("media", type=_MEDIA, metavar="MEDIA")
@click.argument("state", type=_STATE, metavar="STATE")
@click.option("--several", is_flag=True, help="A session that other agents hold too.")
@click.option("--all", "every", is_flag=True, help="Every list that a page prints for the state, with its source.")
@with_profile
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
@with_profile
def table(media: str, definition: Definition) -> None:
    """Print what is legal in each state of a medium, where it leads and how well that is known."""
    terminal.table(definition, media)


@cli.command(short_help="Print the way from one state to another.")
@click.argument("media", type=_MEDIA, metavar="MEDIA")
@click.argument("start", type=_STATE, metavar="START")
@click.argument("goal", type=_STATE, metavar="GOAL")
@with_profile
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
@with_profile
def diagram(media: str, form: str, definition: Definition) -> None:
    """Print a medium's lifecycle as a diagram."""
    from ixnstate import machines

    draw = {"mermaid": machines.mermaid, "dot": machines.dot, "svg": machines.svg}[form]
    try:
        click.echo(draw(media, definition=definition))
    except ImportError as error:
        raise UnableError(str(error)) from None


@cli.command(short_help="Print the lifecycle for programs in other languages.")
@click.argument("media", type=_MEDIA, metavar="[MEDIA]", required=False)
@click.option("--format", "form", type=click.Choice(["json", "xstate", "scxml", "typescript"]), default="json")
@click.option("--implementation", is_flag=True, help="With xstate: the guards and actions, in TypeScript.")
@_OUTPUT
@with_profile
def export(media: str | None, form: str, implementation: bool, output: Path | None, definition: Definition) -> None:
    """Print the lifecycle of a medium, or of all media, for programs in other languages.

    json is the whole definition. xstate is the configuration of an XState v5 machine, or an object of all of them by
    medium; --implementation has its guards and actions. scxml is a document for any SCXML processor, of one medium.
    typescript is a module of types. Each lists what it cannot express, as limits.
    """
    from ixnstate import export as exports

    if implementation and form != "xstate":
        raise click.UsageError("--implementation is for --format xstate")
    if form == "scxml" and media is None:
        raise click.UsageError(f"a document of SCXML is of one medium: {', '.join(definition.media)}")
    if implementation:
        text = exports.implementation()
    elif form == "typescript":
        text = exports.typescript(media, definition=definition)
    elif form == "scxml":
        text = exports.scxml(str(media), definition=definition)
    elif form == "json":
        text = f"{json.dumps(exports.document(media, definition=definition), indent=2)}\n"
    else:
        machines = {
            name: exports.xstate(name, definition=definition) for name in ([media] if media else definition.media)
        }
        text = f"{json.dumps(machines[media] if media else machines, indent=2)}\n"
    with _writing(output) as file:
        if file is None:
            click.echo(text, nl=False)
        else:
            file.write(text)


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The next word of `explain`: a code or a medium, then a state, then an operation."""
    said = len(context.params.get("words") or ())
    kinds = (_Name("code or medium", (*reports.CODES, *GWS.media)), *_KINDS[1:])
    return kinds[said].shell_complete(context, parameter, incomplete) if said < len(kinds) else []


@cli.command(short_help="Say what a code means, or why an operation is legal.")
@click.argument("words", nargs=-1, required=True, metavar="CODE | MEDIA STATE OPERATION", shell_complete=_complete)
@with_profile
@click.pass_context
def explain(context: click.Context, words: tuple[str, ...], definition: Definition) -> None:
    """Say what the code of a finding means, such as IXN101, and what to do.

    Or say whether an operation is legal in a state, why, and who says so. Exit status 1: it is not.
    """
    if len(words) == 1:
        terminal.code(reports.CODES[_CODE.convert(words[0], None, context)])
        return
    if len(words) != 3:
        raise click.UsageError("name a code, or a medium, a state and an operation")
    media, state, operation = (kind.convert(word, None, context) for kind, word in zip(_KINDS, words, strict=True))
    _known(definition, media, state)
    operation = ALIASES.get(operation, operation)
    path = path_to(operation, media, State(state), definition=definition)
    if not terminal.explain(definition, media, State(state), operation, path):
        raise SystemExit(FINDINGS)


_KINDS = (_MEDIA, _STATE, _OPERATION)


def _known(definition: Definition, media: str, state: str) -> None:
    states = definition.medium(media).states
    if state not in states and state != State.REVOKED:
        raise click.BadParameter(f"{a_(media)} is never {state}; its states are {', '.join(states)}")


# --- conformance ----------------------------------------------------------------------------------------------------

_SUPPORTS = click.option("--supports", multiple=True, metavar="NAME", help="A medium, or a kind of workbin.")
_DRIVER = "MODULE:DRIVER"


def _testing() -> Any:
    try:
        from ixnstate import testing

        testing.conform  # noqa: B018 (whether what it needs is there)
    except ImportError as error:
        raise UnableError(str(error)) from None
    return testing


@cli.command(short_help="Test an implementation against the lifecycle.", cls=Configured)
@click.argument("driver", metavar=f"[{_DRIVER}]", required=False)
@click.option("--url", metavar="URL", help="Test a server at this address: http://localhost:8080/api/v2")
@click.option("--user", multiple=True, metavar="NAME:PASSWORD", help="An agent of the server; three at least.")
@click.option("--supervisor", multiple=True, metavar="NAME:PASSWORD", help="A supervisor of the server.")
@click.option("--workbin", multiple=True, metavar="ID", help="A workbin of agents; two are needed.")
@click.option("--group-workbin", multiple=True, metavar="ID", help="A workbin of groups; two are needed.")
@click.option("--queue", multiple=True, metavar="NAME", help="A queue of the server.")
@click.option("--group", default="G", show_default=True, metavar="NAME", help="The group of the agents.")
@click.option("--cometd", metavar="PATH", help="Where CometD is, after the address; else /notifications.")
@click.option("--no-cometd", is_flag=True, help="Test without messages.")
@_SUPPORTS
@click.option("--only", multiple=True, metavar="WORD", help="An operation, state, medium, kind, or pattern of cases.")
@click.option("--skip", multiple=True, metavar="WORD", help="The same, of cases to leave out.")
@click.option(
    "--examples", type=click.IntRange(0), default=100, show_default=True, help="How many runs of several interactions."
)
@click.option("--deviations", default="deviations.toml", show_default=True, type=click.Path(path_type=str))
@click.option("--report", metavar="FILE", type=click.Path(path_type=Path), help="Write the report: .html or .json.")
@click.option("--failure", default="failure.jsonl", show_default=True, type=click.Path(path_type=Path))
@click.option(
    "--fail-under", type=click.FloatRange(0, 100), callback=_finite, metavar="PERCENT", help="Fail if less is covered."
)
@with_definition
def conform(driver: str | None, definition: Definition, **given: Any) -> None:
    """Test an implementation, asked by a driver or over HTTP: the generated suite, then runs of several interactions.

    What is not given here is taken from [tool.ixnstate.conform] of pyproject.toml, or from [conform] of ixnstate.toml.
    Exit status: 0 it conforms; 1 it does not; 2 it cannot be tested.
    """
    testing, context = _testing(), click.get_current_context()
    _keep(given["report"], given["deviations"], given["failure"])
    _keep(given["failure"], given["deviations"])
    from ixnstate.testing import command

    try:
        configured = command.configured(settings_of(context))
        driver = driver or (None if given["url"] else configured.pop("driver", None))
        configured.pop("driver", None)
        if driver is not None and given["url"] is None:
            configured.pop("url", None)
        default = click.core.ParameterSource.DEFAULT
        said = {name: value for name, value in given.items() if context.get_parameter_source(name) is not default}
        options = command.ConformOptions(**{**configured, **said}, definition=definition)
        if (driver is None) is (options.url is None):
            raise ValueError("name a driver, such as my.module:Driver, or give the address of a server with --url")
        made = None if driver is None else imported(driver, _DRIVER)
        status = command.run(options, made and testing.made(made), sys.stdout, sys.stderr)
    except RecursionError:
        raise click.UsageError(f"{given['deviations']}: it is nested too deeply") from None
    except (ValueError, testing.DriverError, testing.TargetError) as error:
        raise click.UsageError(str(error)) from None
    raise SystemExit(status)


@cli.command(short_help="Play a saved failure again.", cls=Configured)
@click.argument("file", type=click.Path(exists=True, path_type=str))
@click.option("--driver", required=True, metavar=_DRIVER)
@with_definition
def replay(file: str, driver: str, definition: Definition) -> None:
    """Play a failure.jsonl again. Exit status: 0 the implementation does what it should by now; 1 it does not."""
    testing = _testing()
    try:
        lines = testing.read_lines(Path(file))
        script, past = testing.load(lines), testing.looked_past(lines)
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{file}: {error}") from None
    except (AttributeError, LookupError, TypeError) as error:
        raise click.BadParameter(f"{file} is not a saved failure: {brief(error)}") from None
    made = testing.made(imported(driver, _DRIVER))
    try:
        testing.Bench(made(), definition, faults=past).run(script)
    except testing.NonconformanceError as error:
        click.echo(testing.explain(error.script, error.difference))
        raise SystemExit(FINDINGS) from None
    except (ValueError, testing.DriverError, testing.TargetError) as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"{len(script)} actions, no difference")


@cli.command(short_help="Print the generated conformance suite.")
@_SUPPORTS
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="tour, cells, pairs ...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@with_profile
def suite(supports: tuple[str, ...], kinds: tuple[str, ...], form: str, definition: Definition) -> None:
    """Print the cases: their names; or, as JSON, every action with the reply, views and messages that must come."""
    testing = _testing()
    try:
        scope = testing.Scope(definition, testing.WORLD, frozenset(supports or testing.EVERYTHING))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    unknown = sorted({*kinds} - {*testing.KINDS})
    if unknown:
        raise click.BadParameter(f"unknown kind {', '.join(unknown)}; there are {', '.join(testing.KINDS)}")
    cases = testing.suite(scope, kinds or testing.USUAL)
    if form == "json":
        click.echo(json.dumps(testing.as_json(cases, scope), indent=1))
    else:
        click.echo("\n".join(case.id for case in cases))


# === a server =======================================================================================================


@cli.command()
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--host", help="The address to listen at. The default is 127.0.0.1: this machine only.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 for any that is free.  [default: 8080]")
@click.option("--state", type=click.Path(dir_okay=False), help="The SQLite file that keeps the state.")
@click.option("--reload", is_flag=True, help="Take CONFIG anew whenever it changes.")
@click.option("--quiet", is_flag=True, help="Write no log.")
def serve(
    config: Path | None, host: str | None, port: int | None, state: str | None, *, reload: bool, quiet: bool
) -> None:
    """Run a local Web Services API that real clients can talk to.

    CONFIG is a TOML file with agents, queues and workbins. Without it there is a demonstration.
    """
    try:
        from ixnstate.server.command import run
    except ImportError as error:
        raise UnableError(f"this needs the extra: pip install 'ixnstate[server]' ({error})") from None
    run(config, host=host, port=port, state=state, reload=reload, log=not quiet)
