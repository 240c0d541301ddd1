"""What the command line shows a person: findings, tables and explanations, through rich."""

import sys
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from ixnstate.definition import Definition, Edge
from ixnstate.lines import Line, Unreadable
from ixnstate.trace import Finding, Judge
from ixnstate.values import a_
from ixnstate.views import documented
from ixnstate.vocabulary import Evidence, State, When, Who

PROGRESS_EVERY = 10_000
_SHOWN = 100


def console() -> Console:
    """Standard output: colour and width of the terminal; neither colour nor wrapping where it is no terminal."""
    is_terminal = sys.stdout.isatty()
    return Console(highlight=False, markup=False, soft_wrap=not is_terminal, width=None if is_terminal else 160)


def progress(lines: Iterator[Line | Unreadable], name: str) -> Iterator[Line | Unreadable]:
    """The lines, counted on a terminal while they are read; nothing is shown in a pipe."""
    errors = Console(stderr=True)
    if not errors.is_terminal or not sys.stdout.isatty():
        yield from lines
        return
    columns = (SpinnerColumn(), TextColumn(name), BarColumn(bar_width=20), TextColumn("{task.completed:,.0f} lines"))
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(name, total=None)
        for number, line in enumerate(lines, 1):
            if number % PROGRESS_EVERY == 0:
                bar.update(task, completed=number)
            yield line


# --- findings -------------------------------------------------------------------------------------------------------


class Findings:
    """Prints findings as they come, in the manner of a compiler, and the verdict at the end."""

    def __init__(self) -> None:
        self._console = console()

    def one(self, found: Finding | Unreadable) -> None:
        """A finding, with the recorded line, the cause and what would be right; or a line that cannot be read."""
        if isinstance(found, Unreadable):
            head = Text.assemble(("unreadable", "bold yellow"), f": {_clean(found.problem)}")
            self._show(head, found.place, found.text, "", ())
            return
        head = Text.assemble((found.code, "bold red"), ": ", (_clean(found.what), "bold"))
        about = ", ".join(
            f"{label} {_clean(value)}"
            for label, value in (("interaction", found.interaction), ("agent", found.agent))
            if value
        )
        self._show(head, found.place, found.text, about, (("why", found.why), ("right", found.right)))

    def _show(
        self, head: Text, place: object, text: str, about: str, notes: tuple[tuple[str, str | None], ...]
    ) -> None:
        margin = " " * len(str(place).rpartition(":")[2])
        number = str(place).rpartition(":")[2]
        self._console.print(head)
        self._console.print(
            Text.assemble((f"{margin}--> ", "blue"), _clean(str(place)), f"  ({about})" if about else "")
        )
        self._console.print(Text.assemble((f"{number} | ", "blue"), _cut(text)), no_wrap=True, overflow="ellipsis")
        for label, note in notes:
            if note:
                self._console.print(Text.assemble((f"{margin} = {label}: ", "blue"), _clean(note)))
        self._console.print()

    def verdict(self, judge: Judge, findings: int, unreadable: int, missing: int) -> None:
        """One line that says how it ended."""
        read = ", ".join(
            (_count(judge.operations, "operation"), _count(judge.notifications, "notification"))
        )  # fmt: skip
        about = f"{read} of {_count(judge.interactions, 'interaction')}"
        unread = [_count(number, noun) for number, noun in ((missing, "file"), (unreadable, "line")) if number]
        skipped = f"; {' and '.join(unread)} could not be read" if unread else ""
        if unread and not findings:
            verdict = Text.assemble(("no finding", "bold yellow"), f" in {about}, but {skipped[2:]}")
        elif findings:
            verdict = Text.assemble((_count(findings, "finding"), "bold red"), f" in {about}{skipped}")
        else:
            verdict = Text.assemble(("legal", "bold green"), f": {about}{skipped}")
        self._console.print(verdict)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cut(text: str) -> str:
    text = _clean(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _clean(text: str) -> str:
    """The text without what would move the cursor or change colours: a recording may hold anything."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:1000])


# --- tables ---------------------------------------------------------------------------------------------------------

_MARKS: Mapping[Evidence, str] = {
    Evidence.DOCUMENTED: "",
    Evidence.CAPTURED: "captured",
    Evidence.INFERRED: "inferred",
    Evidence.SILENT: "silent",
}


def table(definition: Definition, media: str) -> None:
    """What is legal in each state of a medium, where it leads and how well that is known."""
    out = console()
    for state in definition.medium(media).states:
        edges = [edge for edge in definition.edges(media) if edge.source is state]
        rows = Table(box=None, pad_edge=False, show_header=False, min_width=70)
        for _ in range(4):
            rows.add_column(overflow="fold")
        for edge in edges:
            told = f", told {edge.told}" if edge.told and edge.told is not edge.target else ""
            leads = "" if edge.target is state else f"-> {' or '.join(definition.targets(media, edge))}{told}"
            condition = "" if edge.when is When.ALWAYS else f"{edge.when}"
            by = "" if edge.who is Who.HOLDER else f"by {edge.who}"
            rows.add_row(f"  {edge.operation}", leads, ", ".join(filter(None, (by, condition))), _MARKS[edge.evidence])
        out.print(Text(f"{state}" + (" (final: nothing leaves it)" if state.is_final else ""), "bold"))
        if edges:
            out.print(rows, soft_wrap=False)
    out.print("\nNo arrow: the state stays. Nobody named: the holder. No mark: documented.")


def lists(definition: Definition, media: str, found: dict[str, tuple[str, ...] | None]) -> None:
    """Every list that a page prints for a state, with the page."""
    out = console()
    for name, operations in found.items():
        known = {each.name: each for each in definition.medium(media).lists}.get(name)
        ground = f" ({known.evidence}: {known.page})" if known else ""
        out.print(Text.assemble((name, "bold"), ground))
        out.print(f"  {', '.join(operations) or '(empty)' if operations is not None else '(no such key)'}")


def explain(definition: Definition, media: str, state: State, operation: str, path: tuple[str, ...] | None) -> bool:
    """Whether an operation is legal in a state, and why; returns whether it is."""
    out = console()
    edges = [edge for edge in definition.edges(media) if edge.source is state and edge.operation == operation]
    if edges:
        out.print(Text.assemble((f"{operation} is legal", "bold green"), f" for {a_(media)} in state {state}:"))
        for edge in edges:
            out.print(_because(definition, media, edge))
        _parameters(definition, media, operation)
        return True
    out.print(Text.assemble((f"{operation} is not legal", "bold red"), f" for {a_(media)} in state {state}"))
    for line in _instead(definition, media, state, operation, path):
        out.print(f"  {line}")
    return False


def _instead(
    definition: Definition, media: str, state: State, operation: str, path: tuple[str, ...] | None
) -> Iterator[str]:
    medium = definition.medium(media)
    if operation in ("Create", "Submit"):
        by_agent = f"; an agent creates {a_(media)} in {medium.creates} ({medium.creation})" if medium.creates else ""
        yield f"it brings a new interaction into being: a media server submits to Queued{by_agent}"
    elif operation not in medium.operations:
        yield f"{a_(media)} has no such operation"
    elif state.is_final:
        yield "the state is final: nothing leaves it"
    elif path:
        yield f"it is after: {', '.join(path)}"
    else:
        yield "no sequence of operations leads from here to a state in which it is"
    names = next((each for each in documented(media, state, definition=definition).values() if each), None)
    if names:
        yield f"advertised in {state}: {', '.join(names)}"
    here = [each for each in definition.edges(media) if each.source is state and each.operation not in (names or ())]
    for what, platform in (("legal without being listed", False), ("signals of the platform", True)):
        found = dict.fromkeys(each.operation for each in here if (each.who is Who.PLATFORM) is platform)
        if found:
            yield f"{what}: {', '.join(found)}"


def _because(definition: Definition, media: str, edge: Edge) -> Text:
    leads = " or ".join(definition.targets(media, edge))
    where = f"the state stays {edge.source}" if edge.target is edge.source else f"leads to {leads}"
    told = f"; an agent who lets go is told {edge.told}" if edge.told else ""
    by = {Who.PLATFORM: "a signal of the platform", Who.ANYONE: "by any agent"}.get(edge.who, f"by the {edge.who}")
    condition = "" if edge.when is When.ALWAYS else f", {edge.when}"
    return Text.assemble(f"  {by}{condition}: {where}{told}\n    ", (f"{edge.evidence}: {edge.page}", "dim"))


def _parameters(definition: Definition, media: str, operation: str) -> None:
    parameters = [each for each in definition.medium(media).parameters(operation) if each.name != "by"]
    if parameters:
        out = console()
        out.print("  takes:")
        for each in parameters:
            need = "required" if each.required else "one of these" if each.is_target else "optional"
            out.print(f"    {each.name} ({need}): {each.kind.value}")
