"""Fills Markdown to 120 characters: ``python docs/filling.py PAGE...`` rewrites the paragraphs that have a longer line.

Tables and code stay as they are, since Markdown cannot break their lines. A paragraph without a long line stays, too.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

WIDTH = 120
_ITEM = re.compile(r"(\s*)((?:[-*]|\d+\.)(?: +|$))?")
_BLOCK = re.compile(r"\s*(\||#|<!--|:::|>|\{|!\[|$)")
_LIKE_AN_ITEM = re.compile(r" (?=(?:[-+*#>|]|\d+[.)])(?: |$))")  # a line must not begin so by accident


def filled(text: str) -> str:
    """The text with every paragraph and list item filled that has a line beyond ``WIDTH``."""
    return "\n".join(line for _, lines in groupby(_numbered(text), lambda pair: pair[0]) for line in _fill(lines))


def long_lines(text: str) -> list[str]:
    """The lines beyond ``WIDTH`` that could be broken."""
    return [line for block, line in _numbered(text) if block > 0 and len(line) > WIDTH]


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Each line with the number of its paragraph or list item, which is negative for what cannot be filled."""
    number, is_code, was_block = 1, False, True
    for line in text.split("\n"):
        is_fence = line.lstrip().startswith(("```", "~~~"))
        is_code ^= is_fence
        is_block = is_code or is_fence or _BLOCK.match(line) is not None
        if is_block or was_block or _ITEM.match(line)[2]:
            number += 1
        was_block = is_block
        yield -number if is_block else number, line


def _fill(pairs: Iterator[tuple[int, str]]) -> list[str]:
    numbers, lines = zip(*pairs, strict=True)
    if numbers[0] < 0 or max(map(len, lines)) <= WIDTH:
        return list(lines)
    margin, bullet = _ITEM.match(lines[0]).groups("")
    text = " ".join(line.strip() for line in lines).removeprefix(bullet).lstrip()
    bullet += " " * (bullet[-1:] not in ("", " "))
    fixed = _LIKE_AN_ITEM.sub("\0", text)
    return [
        line.replace("\0", " ")
        for line in textwrap.wrap(
            fixed, WIDTH, initial_indent=margin + bullet, subsequent_indent=margin + " " * len(bullet),
            break_long_words=False, break_on_hyphens=False,
        )
    ]  # fmt: skip


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
