"""What the command line shows a person: findings, tables and explanations, through rich."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from ixnstate.auditing import Difference
from ixnstate.definition import Definition, Edge
from ixnstate.recording.lines import Line, Unread, Unreadable
from ixnstate.reports.coverage import Coverage, named
from ixnstate.reports.grouping import Groups
from ixnstate.reports.reading import clean, level, notes, pointed
from ixnstate.reports.redacting import without_secrets
from ixnstate.trace import CODES, Change, Code, Finding, Report
from ixnstate.values import a_, fields_of
from ixnstate.views import documented
from ixnstate.vocabulary import Evidence, State, When, Who

PROGRESS_EVERY = 10_000
_SHOWN = 100
NOTHING, _NO_LINE = "nothing to judge", "no line is about an interaction"


def console(file: TextIO | None = None) -> Console:
    """Standard output, or a file: colour and width of the terminal; neither colour nor wrapping where it is none."""
    is_terminal = file is None and sys.stdout.isatty()
    width = None if is_terminal else 160
    return Console(file=file, highlight=False, markup=False, soft_wrap=not is_terminal, width=width)


def is_watched() -> bool:
    """Whether somebody sees what is printed, and so the progress."""
    return Console(stderr=True).is_terminal and sys.stdout.isatty()


def progress(
    lines: Iterator[Line | Unreadable], name: str, shown: Console | None = None
) -> Iterator[Line | Unreadable]:
    """The lines, counted on a terminal while many are read; nothing is shown in a pipe.

    ``shown`` is the console on which something else is printed meanwhile: it keeps the two apart.
    """
    if not is_watched():
        yield from lines
        return
    errors = Console(stderr=True)
    about = TextColumn("{task.description}", markup=False), TextColumn("{task.completed:,.0f} lines")
    columns = (SpinnerColumn(), about[0], BarColumn(bar_width=20), about[1])
    bar = Progress(*columns, console=shown if shown and shown.is_terminal else errors, transient=True)
    task = bar.add_task(clean(PurePath(name).name), total=None)
    try:
        for number, line in enumerate(lines, 1):
            if number % PROGRESS_EVERY == 0:
                bar.start()
                bar.update(task, completed=number)
            yield line
    finally:
        bar.stop()


# --- findings -------------------------------------------------------------------------------------------------------


class Findings:
    """Prints findings as they come, in the manner of a compiler, and the verdict at the end.

    With ``group`` alike findings are printed once, and counted.
    """

    def __init__(self, file: TextIO | None = None, *, group: bool = False) -> None:
        self.console = console(file)
        self._codes: Counter[str] = Counter()
        self._groups = Groups() if group else None

    def one(self, found: Finding | Unreadable) -> None:
        """A finding, with the recorded line, the cause and what would be right; or a line that cannot be read."""
        if isinstance(found, Unreadable):
            head = Text.assemble(("unreadable", "bold yellow"), f": {clean(found.words)}")
            self._show(head, found, "", ())
            return
        self._codes[found.code] += 1
        if self._groups is not None and self._groups.add(found).count > 1:
            return
        colour = "red" if level(found) == "error" else "yellow"
        head = Text.assemble((found.code, f"bold {colour}"), ": ", (clean(found.what), "bold"))
        self._show(head, found, _about(found), notes(found))

    def _show(self, head: Text, found: Finding | Unreadable, about: str, said: Iterable[tuple[str, str]]) -> None:
        number = str(found.place.line)
        margin = " " * len(number)
        self.console.print(head)
        place = clean(found.spot if isinstance(found, Unreadable) else str(found.place))
        about = f"  ({about})" if about else ""
        is_long = self.console.is_terminal and len(margin) + 4 + len(place) + len(about) > self.console.width
        where = Text.assemble((f"{margin}--> ", "blue"), place, "" if is_long else about)
        self.console.print(where, soft_wrap=True)
        if is_long:
            self.console.print(f"{margin}  {about}", soft_wrap=True)
        room = min(_SHOWN, self.console.width - len(margin) - 4)
        shown, start, length = _window(found.text, pointed(found), max(room, 20))
        self.console.print(Text.assemble((f"{number} | ", "blue"), shown), no_wrap=True, overflow="ellipsis")
        if length:
            pointer = Text.assemble((f"{margin} | ", "blue"), " " * start, ("^" * length, "bold red"))
            self.console.print(pointer, no_wrap=True, overflow="crop")
        for label, note in said:
            self._note(Text(f"{margin} = {label}: ", "blue"), clean(note))
        self.console.print()

    def _note(self, label: Text, note: str) -> None:
        """A note; where it takes several lines on a terminal, they stand below each other."""
        if not self.console.is_terminal:
            self.console.print(label + Text(note))
            return
        grid = Table.grid()
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(label, Text(note))
        self.console.print(grid)

    def _alike(self) -> None:
        """Of findings that are alike how many there are, and where the first and the last."""
        for group in self._groups.all if self._groups else ():
            if group.count == 1:
                continue
            head = Text.assemble(f"{group.count:,} x ", (group.kind.code, "bold"), f": {clean(group.kind.what)}")
            self.console.print(head)
            for label, finding in (("first", group.first), ("last", group.last)):
                when = f", {finding.ts}" if finding.ts else ""
                about = f" ({_about(finding)}{when})" if _about(finding) else ""
                self.console.print(Text(f"  {label:>5} {clean(str(finding.place))}{about}"))

    def verdict(
        self, judgement: Report, findings: int, unreadable: int, missing: int, left_out: Iterable[str] = ()
    ) -> None:
        """How it ended: what came up several times, a line for each of several codes, what else was seen, the sum."""
        self._alike()
        if len(self._codes) > 1:
            for code, number in self._codes.most_common():
                title = CODES[code].title if code in CODES else ""
                self.console.print(Text.assemble((code, "bold"), f" {title}: {number:,}"))
        if self._codes and self.console.is_terminal:
            code = self._codes.most_common(1)[0][0]
            self.console.print(Text(f"what it means, and what to do: ixnstate explain {code}", "dim"))
        if judgement.more:
            said = f"{judgement.more:,} more are not listed, see --max-findings"
            self.console.print(Text(said, "bold yellow"))
        for said in left_out:
            self.console.print(Text(said, "dim"))
        for lost in judgement.unrecorded:
            often = f"{counted(lost.count, 'time')}, first at {clean(str(lost.place))}"
            said = f"not recorded ({often}): {clean(lost.why)}"
            self.console.print(Text(said, "dim"))
        if besides := _besides(judgement):
            self.console.print(Text(f"besides: {besides}", "dim"))
        self.console.print(_verdict(judgement, findings, unreadable, missing))


def _about(finding: Finding) -> str:
    """Which interaction and which agent a finding is about."""
    named = (("interaction", finding.interaction), ("agent", finding.agent))
    return ", ".join(f"{label} {clean(value)}" for label, value in named if value)


def edits(findings: Iterable[Finding], files: Iterable[str], file: TextIO | None = None) -> int:
    """Every edit of the findings, in the order of the files and their lines, and how many findings have none."""
    findings = tuple(findings)
    order = {name: number for number, name in enumerate(files)}
    found = sorted(
        dict.fromkeys(edit for each in findings for edit in each.edits),
        key=lambda each: (order.get(each.place.file, -1), each.place.line),
    )
    out = console(file)
    for each in found:
        what = f"{each.change} before" if each.change is Change.INSERT else str(each.change)
        by = f" by {clean(each.new, 20_000)}" if each.new and each.change is Change.REPLACE else ""
        new = f": {clean(each.new, 20_000)}" if each.new and not by else ""
        reply = f" (with its reply, {clean(str(each.reply))})" if each.reply else ""
        out.print(Text(f"{clean(str(each.place))}: {what}{reply}{by}{new}"), soft_wrap=True)
    without = sum(not each.edits for each in findings)
    rest = f"; {counted(without, 'finding')} without, see ixnstate validate" if without else ""
    Console(stderr=True, highlight=False).print(
        f"{counted(len(found), 'edit')} for {counted(len(findings) - without, 'finding')}{rest}", soft_wrap=True
    )
    return len(found)


def _besides(judgement: Report) -> str:
    numbers = ((judgement.repeats, "repeat"), (judgement.gaps, "gap"))
    said = [counted(number, noun) for number, noun in numbers if number]
    said += [f"{judgement.undetermined:,} undetermined"] if judgement.undetermined else []
    said += [f"{judgement.forgotten:,} forgotten"] if judgement.forgotten else []
    spoken = " and ".join(sorted(judgement.generations))
    return ", ".join([*said, f"capability lists of {spoken}"] if spoken else said)


def _verdict(judgement: Report, findings: int, unreadable: int, missing: int) -> Text:
    read = ", ".join((counted(judgement.operations, "operation"), counted(judgement.notifications, "notification")))
    about = f"{read} of {counted(judgement.interactions, 'interaction')}"
    unread = [counted(number, noun) for number, noun in ((missing, "file"), (unreadable, "line")) if number]
    skipped = f"; {' and '.join(unread)} could not be read" if unread else ""
    if unread and not findings:
        return Text.assemble(("no finding", "bold yellow"), f" in {about}, but {skipped[2:]}")
    if judgement.is_empty and not findings:
        return Text.assemble((NOTHING, "bold yellow"), f": {_NO_LINE}")
    if findings:
        return Text.assemble((counted(findings, "finding"), "bold red"), f" in {about}{skipped}")
    return Text.assemble(("legal", "bold green"), f": {about}{skipped}")


def says_what_is_lacking(unread: Unread, *, is_empty: bool) -> bool:
    """Say on standard error which lines could not be read, and whether nothing is left to judge; returns that."""
    said = []
    if unread.first is not None:
        first = without_secrets(unread.first, fully=False)
        said.append(f"{counted(unread.count, 'line')} could not be read, first {first.spot}: {first.problem}")
    if is_empty:
        said.append(f"{NOTHING}: {_NO_LINE}")
    for words in said:
        click.echo(clean(f"ixnstate: {words}"), err=True)
    return is_empty


def counted(number: int, noun: str) -> str:
    """A number of things in words: ``1 line``, ``1,000 lines``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _window(text: str, span: tuple[int, int] | None, most: int) -> tuple[str, int, int]:
    """The part of a line that fits, with what is pointed at; where that begins in it, and how long it is."""
    start, end = span or (0, 0)
    first = max(0, min(start - most // 2, len(text) - most)) if end > most - 3 else 0
    part = clean(text[first : first + most + 1])
    if first:
        part = f"...{part[3:]}"
    if len(part) > most:
        part = f"{part[: most - 3]}..."
    begin = start - first
    return part, begin, max(0, min(end - first, len(part)) - begin) if span else 0


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


# --- codes, coverage, differences -----------------------------------------------------------------------------------


def code(described: Code) -> None:
    """What a code means, an example of it, and what to do."""
    out = console()
    out.print(Text.assemble((described.code, "bold red"), ": ", (described.title, "bold")))
    out.print(f"\n{described.meaning}")
    if described.example:
        out.print(f"\nFor example, where {described.faulty} is at fault:")
        for line in described.example:
            out.print(Text(f"  {line}", "cyan"))
    out.print(Text.assemble("\n", ("What to do: ", "bold"), described.remedy))


def coverage(covered: Iterable[Coverage], *, missing: bool, file: TextIO | None = None) -> None:
    """How much of each medium was seen; with ``missing`` also what was not, but for the many pairs of edges."""
    out = console(file)
    covered = tuple(covered)
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("", *(each.media for each in covered)):
        rows.add_column(head, justify="left" if not head else "right")
    for kind in [part.kind for part in covered[0].parts] if covered else ():
        rows.add_row(kind, *(str(each.part(kind)) for each in covered))
    out.print(rows if covered else "nothing of any medium was seen", soft_wrap=False)
    for each in covered:
        for edges, count in each.undecided.items():
            took = " or ".join(map(named, edges))
            out.print(f"{each.media}: {counted(count, 'request')} took {took}: no line tells which")
    for each in covered if missing else ():
        for part in each.parts:
            if part.missing and part.kind != "pairs of edges":
                out.print(Text(f"\n{each.media}: {part.kind} not seen", "bold"))
                for one in part.missing:
                    out.print(f"  {named(one)}")


def differences(found: Iterable[Difference]) -> None:
    """In what two definitions differ: - only in the first, + only in the second, ~ in both, but not the same."""
    out = console()
    media = None
    for each in found:
        if each.media != media:
            media = each.media
            out.print(Text(media, "bold"))
        if each.right is None:
            out.print(Text(f"- {each.what}", "red"))
        elif each.left is None:
            out.print(Text(f"+ {each.what}", "green"))
        else:
            out.print(Text.assemble(("~ ", "yellow"), f"{each.what}: {_change(each.left, each.right)}"))


def _change(left: object, right: object) -> str:
    if type(left) is not type(right) or not hasattr(left, "__attrs_attrs__"):
        return f"{_worded(left)} -> {_worded(right)}"
    changes = ((each.name, getattr(left, each.name), getattr(right, each.name)) for each in fields_of(type(left)))
    return ", ".join(f"{name} {_worded(one)} -> {_worded(other)}" for name, one, other in changes if one != other)


def _worded(value: object) -> str:
    return ", ".join(map(_worded, value)) if isinstance(value, tuple) else str(value)
