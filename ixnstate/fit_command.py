"""``ixnstate fit``: which profile a recorded system speaks."""

from pathlib import Path

import click

from ixnstate import outputs, terminal
from ixnstate.definition import Definition
from ixnstate.fitting import Fit, FittedField, fit
from ixnstate.options import FILES, Configured, with_definition
from ixnstate.reports.reading import clean


@click.command("fit", short_help="Say which profile a recorded system speaks.", cls=Configured)
@FILES
@click.option("--toml", is_flag=True, help="Print the profile as TOML, for ixnstate.toml or pyproject.toml.")
@click.option("--unsorted", is_flag=True, help="Put the lines of all files in the order of their ts and seq first.")
@click.option("--agent", metavar="NAME", help="Whose session it is where a line names no agent.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write there, and not to standard output.",
)
@with_definition
@click.pass_context
def fit_command(
    context: click.Context,
    files: tuple[str, ...],
    toml: bool,
    unsorted: bool,
    agent: str | None,
    output: Path | None,
    definition: Definition,
) -> None:
    """Say which choices a recorded system has made where the documents contradict each other.

    Under every choice of every field the findings are counted; the choice that leaves the fewest fits best. The files
    are read several times. Exit status: 2 a file that cannot be read, or no line about an interaction.
    """
    over = None if output is None else outputs.overwritten(output, files)
    if over is not None:
        raise click.UsageError(clean(f"{output} would be written over {over}, which is read"))
    try:
        fitted = fit(*files, definition=definition, unsorted=unsorted, agent=agent)
        text = fitted.to_toml() if toml else in_words(fitted)
        if terminal.says_what_is_lacking(fitted.unread, is_empty=fitted.is_empty):
            context.exit(2)
    except OSError as error:
        click.echo(clean(f"ixnstate: {error.filename}: {error.strerror or error}"), err=True)
        context.exit(2)
    except ValueError as error:
        raise click.UsageError(clean(str(error))) from None
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with outputs.written(output) as file:
            file.write(text)
    except OSError as error:
        click.echo(clean(f"ixnstate: {output}: it cannot be written: {error.strerror or error}"), err=True)
        context.exit(2)


def in_words(fitted: Fit) -> str:
    """The profile, what decided each field, and what stayed open."""
    lines = [line for field in fitted.fields for line in _field(field)]
    left = terminal.counted(fitted.findings, "finding")
    return "\n".join([*lines, f"{left} left under this profile; judged {fitted.passes} times"]) + "\n"


def _field(field: FittedField) -> list[str]:
    best, *others = field.choices
    if field.open:
        equal = " and ".join(map(_value, field.open))
        lines = [f"{field.name}: open; {equal} fit equally well"]
    else:
        lines = [f"{field.name} = {_value(best.value)}"]
    for other in others:
        if other.score == best.score:
            continue
        counts = (
            (other.findings - best.findings, "finding"),
            ((other.illegal - best.illegal) * (other.findings == best.findings), "illegal step"),
            (other.refused - best.refused, "unexplained refusal"),
            (other.foreign - best.foreign, "foreign spelling"),
        )
        said = ", ".join(f"{terminal.counted(count, noun)} more" for count, noun in counts if count > 0)
        first = f"; {clean(other.against)}" if other.against else ""
        lines.append(f"  not {_value(other.value)}: {said}{first}")
    return lines


def _value(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value
