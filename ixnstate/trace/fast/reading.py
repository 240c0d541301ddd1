"""Judging whole files: each line is decoded as far as judging needs, and what it makes of a belief is looked up.

Two decoders do that. Notifications alone come as columns (`columns`, `transitions`), which other processes can decode
ahead; as soon as requests come, each record becomes facts (`decoding`), which the judge takes as it takes those of a
line that was read strictly. Whatever is unusual is read strictly: so findings are the same without msgspec.
"""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO

from ixnstate.recording.compressed import BUFFER, decompressed
from ixnstate.recording.lines import Unreadable
from ixnstate.recording.numbered import MAX_LINE, NumberedLines, has_long_line
from ixnstate.recording.reading import Numbered, gathered, is_parquet, read_file, read_head, read_raw, until_damaged
from ixnstate.trace.fast import columns
from ixnstate.trace.fast.decoding import record_decoder
from ixnstate.trace.fast.records import Records
from ixnstate.trace.fast.transitions import Columns
from ixnstate.trace.findings import Finding
from ixnstate.trace.judge import Judge
from ixnstate.values import expect, expect_number, path_of

if TYPE_CHECKING:
    from ixnstate.trace.fast.workers import Crew

AT_ONCE = 100
"""How many records are decoded at once: few enough to stay in the cache of the processor until they are judged."""

Found = Iterator[Finding | Unreadable]


def read(judge: Judge, file: str | Path, crew: "Crew | None" = None, *, longest: int = MAX_LINE) -> Found:
    """What is wrong with the lines of a file; "-" is standard input. The same as taking them one by one, but quick.

    A ``crew`` of several processes is quicker still. ``longest`` is how many bytes a line may have. Raises OSError, and
    `CrewError` if one of the processes fails; ValueError for what is no judge, no path or no number.
    """
    expect("judge", judge, Judge)
    expect_number("longest", longest, 1)
    path_of("file", file)
    if crew is not None:
        from ixnstate.trace.fast.workers import Crew

        expect("crew", crew, Crew)
    if str(file) == "-":
        stream = decompressed(sys.stdin.buffer)
        yield from until_damaged(stream, "-", partial(_read, judge, crew=crew), longest=longest)
        return
    with Path(file).open("rb", BUFFER) as opened:
        if is_parquet(opened):
            for line in read_file(Path(file), longest=longest):
                yield from judge.take(line)
            return
        stream = decompressed(opened)
        is_plain = stream is opened and S_ISREG(os.fstat(opened.fileno()).st_mode)
        plain = opened if is_plain and not has_long_line(opened, longest) else None
        yield from until_damaged(stream, str(file), partial(_read, judge, crew=crew, plain=plain), longest=longest)


def _read(
    judge: Judge, numbered: NumberedLines, name: str, crew: "Crew | None" = None, plain: BinaryIO | None = None
) -> Found:
    for line in read_head(numbered, name):
        yield from judge.take(line)
    decode = columns.decoder()
    decode_record = record_decoder() if decode is not None else None
    if decode is None or decode_record is None:
        for number, raw in numbered:
            for line in read_raw(raw, number, name):
                yield from judge.take(line)
        return
    judge.account.is_followed = False
    records = Records(judge, decode_record, name)
    rest: Numbered = numbered
    try:
        if not judge.requests.has_begun:
            rest = yield from Columns(judge).read(numbered, name, decode, crew, plain, records.take)
        for lines in gathered(rest, AT_ONCE):
            yield from records.take(lines)
    finally:
        records.count()
        judge.account.is_followed = True
