"""Findings with their exact repairs: a second pass, after everything is judged.

A finding shows the edits of the cheapest script that mends all of its interaction, as far as they are its own. A script
is shown only if the judge finds nothing in the lines that it leaves.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.numbered import MAX_LINE
from ixnstate.recording.ordering import Order, one_after_the_other
from ixnstate.recording.records import Kind
from ixnstate.trace.findings import ALIGNED, Change, Finding, LineEdit, Witness
from ixnstate.trace.judge import Judge
from ixnstate.trace.repair.search import Aligner, StoryEdit
from ixnstate.trace.repair.story import Story, StoryLine, read_again, stories
from ixnstate.trace.wording import AGAIN, listed, testimony
from ixnstate.values import Json, brief, changed, each_of, expect_number, path_of

MAX_FINDINGS = 1_000
"""More of them are not held back: each is told as it comes, with the repair of its line alone."""


def mended(
    found: Iterable[Finding | Unreadable],
    files: Sequence[str | Path],
    new_judge: Callable[[], Judge],
    *,
    strict: bool = False,
    order: Order = one_after_the_other,
    longest: int = MAX_LINE,
) -> Iterator[Finding | Unreadable]:
    """What is found in files, with exact repairs; for that the files are read again when all is judged.

    ``new_judge`` makes a judge like the one that finds it, who stands as that one did before the files; with ``strict``
    it stops at what it cannot read.
    ``order`` puts the lines of the files in the order in which they were judged.
    Findings keep the repair of their line alone if standard input or a pipe is among the files, which cannot be read
    again, or if there are more than `MAX_FINDINGS`.
    """
    if not callable(new_judge):
        raise ValueError(f"new_judge must be a function that makes a judge, not {brief(new_judge)}")
    expect_number("longest", longest, 1)
    files = [path_of("files", file) for file in each_of("files", files, object)]
    coming = each_of("found", found, Finding, Unreadable)
    held: list[Finding | Unreadable] = []
    if all(map(_can_be_read_again, files)):
        held += islice(coming, MAX_FINDINGS)
    following = next(coming, None)
    if following is None:
        yield from _with_repairs(
            held, lambda about: order(read_again(files, about, longest=longest)), new_judge, strict=strict
        )
        return
    yield from (*held, following)
    yield from coming


def _can_be_read_again(file: str | Path) -> bool:
    try:
        return str(file) != "-" and (Path(file).is_file() or not Path(file).exists())
    except (OSError, ValueError):  # a name that no file can have
        return True


def _with_repairs(
    found: list[Finding | Unreadable],
    read: Callable[[list[str]], Iterator[Line | Unreadable]],
    new_judge: Callable[[], Judge],
    *,
    strict: bool,
) -> Iterator[Finding | Unreadable]:
    findings = [each for each in found if isinstance(each, Finding) and each.code in ALIGNED and each.interaction]
    repaired: dict[int, Finding] = {}
    causes: dict[int, Witness] = {}
    if findings:
        lines = read([str(each.interaction) for each in findings])
        judge = new_judge()
        aligner = Aligner(judge)
        for story in stories(lines, findings, judge, strict=strict):
            repaired |= {id(old): new for old, new in _repaired(story, aligner)}
            causes |= {id(finding): _witness(entry) for finding, entry in _causes(story)}
    for each in found:
        new = repaired.get(id(each), each)
        yield changed(new, cause=causes[id(each)]) if isinstance(new, Finding) and id(each) in causes else new


def _causes(story: Story) -> Iterator[tuple[Finding, StoryLine]]:
    """The findings about a state, each with the last line before it that may have led there."""
    before: StoryLine | None = None
    for entry in story.entries:
        if before is not None:
            yield from ((each, before) for each in entry.findings if each.code in _OF_STATES and each.cause is None)
        if not entry.is_refused and entry.name is not None:
            before = entry


_OF_STATES = ("IXN101", "IXN201")


def _witness(entry: StoryLine) -> Witness:
    is_request = entry.recorded.kind is Kind.REQUEST
    return testimony(entry.recorded, entry.recorded.kind, f"{'' if is_request else 'state '}{entry.name}")


def _repaired(story: Story, aligner: Aligner) -> Iterator[tuple[Finding, Finding]]:
    """The findings of a story, and the same with their repairs."""
    faulty = [at for at, entry in enumerate(story.entries) if entry.findings]
    try:
        edits = aligner.align(story)
        if edits is None or not _is_mended(story, edits, aligner):
            return
    except RecursionError:  # a line as deep as JSON can be read is too deep to be worked with
        return
    for at, own in _shared_out(edits, faulty).items():
        for finding in story.entries[at].findings:
            said = "; then ".join(_worded(story, edit, finding) for edit in own)
            yield finding, changed(finding, edits=tuple(_line_edit(story, each) for each in own), repair=said)


def _shared_out(edits: Sequence[StoryEdit], faulty: Sequence[int]) -> dict[int, list[StoryEdit]]:
    """The edits by the fault that they mend: the first one at or after them. One without any has its neighbour's."""
    own: dict[int, list[StoryEdit]] = {at: [] for at in faulty}
    for edit in edits:
        own[next((at for at in faulty if at >= edit.at), faulty[-1])].append(edit)
    latest: list[StoryEdit] = []
    for at in (*faulty, *reversed(faulty)):
        latest = own[at] = own[at] or latest
    return own


# --- the recording with the edits -----------------------------------------------------------------------------------


def _is_mended(story: Story, edits: Sequence[StoryEdit], aligner: Aligner) -> bool:
    """Whether the judge finds nothing that the lifecycle forbids in the edited lines, and nothing new."""
    after = aligner.judge(story, _edited(story, edits))
    if not after:
        return True
    before = aligner.judge(story, ((each.line.place, each.value) for each in story.records))
    return after <= before - {*ALIGNED}


def _edited(story: Story, edits: Sequence[StoryEdit]) -> Iterator[tuple[Place, Json]]:
    """The lines of a story with the edits carried out, each with the place at which it stands or is to stand."""
    numbers = {id(entry.recorded): at for at, entry in enumerate(story.entries)}
    inserted: dict[int, list[Json]] = {}
    instead: dict[int, list[Json]] = {}
    for edit in edits:
        new = [edit.new.line(story.interaction)] if edit.new else []
        (inserted if edit.change is Change.INSERT else instead).setdefault(edit.at, []).extend(new)
    gone = {id(story.entries[at].reply) for at in instead}
    for recorded in story.records:
        at = numbers.get(id(recorded), -1)
        values = instead.get(at, (recorded.value,)) if id(recorded) not in gone else ()
        yield from ((recorded.line.place, value) for value in (*inserted.get(at, ()), *values))


# --- in words -------------------------------------------------------------------------------------------------------


def _line_edit(story: Story, edit: StoryEdit) -> LineEdit:
    entry = story.entries[edit.at]
    new = json.dumps(_new_line(story, edit), ensure_ascii=False) if edit.new else None
    reply = entry.reply.line.place if entry.reply and edit.change is not Change.INSERT else None
    return LineEdit(edit.change, entry.recorded.line.place, new, _said(story, edit), reply)


def _new_line(story: Story, edit: StoryEdit) -> dict[str, Json]:
    """The new line; one that stands in the place of another has its number and its time."""
    assert edit.new is not None
    old = story.entries[edit.at].recorded.value if edit.change is Change.REPLACE else {}
    return {key: old[key] for key in ("seq", "ts") if key in old} | edit.new.line(story.interaction)


def _said(story: Story, edit: StoryEdit) -> str:
    return edit.new.said(of_several=len(story.agents) > 1) if edit.new else ""


def _worded(story: Story, edit: StoryEdit, finding: Finding) -> str:
    """An edit, as the finding says it: "this line" is its own."""
    entry = story.entries[edit.at]
    place = entry.recorded.line.place
    is_own = finding in entry.findings
    where = "this line" if is_own else f"line {place.line}" if place.file == finding.place.file else str(place)
    reply = " and its reply" if entry.reply else ""
    if edit.change is Change.INSERT:
        return f"insert {_said(story, edit)} before {where}"
    if edit.change is Change.DELETE:
        return f"delete {where}{reply}"
    assert edit.new is not None
    operation = edit.new.operation
    if operation is not None and operation.operation == entry.name:
        local = finding.repair or ""
        return local if is_own and local.startswith(AGAIN) else f"replace {where}{reply} by {_same(story, edit)}"
    if edit.new.state == entry.name:
        whose = "its capabilities" if is_own else f"the capabilities of {where}"
        return f"replace {whose} by {listed(edit.new.capabilities)}"
    return f"replace {where}{reply} by {_said(story, edit)}"


def _same(story: Story, edit: StoryEdit) -> str:
    """The same operation, and in what it is not the same."""
    assert edit.new is not None
    old, new = story.entries[edit.at].recorded.value, edit.new.line(story.interaction)
    by = f" by {edit.new.agent}" if edit.new.agent != old.get("agent") else ""
    given = {key: value for key, value in new["body"].items() if key not in ("operationName", "id")}
    was = {key: value for key, value in old["body"].items() if key not in ("operationName", "id", "uri")}
    parameters = "" if given == was else f" with {json.dumps(given)}" if given else " without parameters"
    return (
        f"the same operation{by}{parameters}"
        if by or parameters
        else "the same operation on the workbin in which it lies"
    )
