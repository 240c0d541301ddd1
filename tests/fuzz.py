"""Draw junk for the arguments of every public entry, and say what raises anything that it should not.

    python -m tests.fuzz --minutes 10 [--entry center.apply] [--seed 1]
    python -m tests.fuzz --guided -max_total_time=600     # by coverage: pip install atheris

Each find is printed as a line for `tests/corpus.txt`.
"""

import argparse
import contextlib
import os
import sys
import time
import traceback
from pathlib import Path
from random import Random
from typing import Any

for _folder in ("", "helpers"):  # as pytest does it
    if (_place := str(Path(__file__).parent / _folder)) not in sys.path:
        sys.path.append(_place)

from entries import ENTRIES, Entry  # noqa: E402
from entries_around import AROUND  # noqa: E402
from junk import center, junk, one_of, value_of  # noqa: E402

import ixnstate as ix  # noqa: E402
from ixnstate import gws  # noqa: E402
from ixnstate.decoding import encode  # noqa: E402

CORPUS = Path(__file__).with_name("corpus.txt")


class FoundError(AssertionError):
    """An entry that does what its row does not allow. The text can be pasted into the corpus."""


def drawn(entry: Entry, chance: Any) -> dict[str, str]:
    """Arguments for an entry: sound ones, with junk in the place of some."""
    given = {
        name: one_of(sound, chance) if isinstance(sound, tuple) else sound(chance)
        for name, sound in entry.arguments.items()
    }
    for _ in range(1 + chance.randrange(2)):
        name = one_of(tuple(given), chance)
        if isinstance(entry.arguments[name], tuple):
            given[name] = junk(chance)
    return given


def attempt(entry: Entry, given: dict[str, str]) -> None:
    """Call an entry, and look at what it gives back. Raises `FoundError`."""
    try:
        values = {name: value_of(text) for name, text in given.items()}
    except Exception:
        return
    if not entry.of_center:
        _call(entry, given, lambda: entry.call(**values))
        return
    at = center()
    before = at.snapshot()
    done = _call(entry, given, lambda: entry.call(at, **values))
    if (done is _RAISED or getattr(done, "refusal", None) is not None) and at.snapshot() != before:
        raise FoundError(f"{line(entry, given)}\n  the contact centre has changed")


_RAISED = object()


def _call(entry: Entry, given: dict[str, str], call: Any) -> Any:
    try:
        made = call()
    except entry.raises as error:
        try:
            text = str(error)
        except Exception as another:
            raise FoundError(f"{line(entry, given)}\n  the text of {type(error).__name__}") from another
        if len(text) > 100_000 or not text:
            raise FoundError(f"{line(entry, given)}\n  a text of {len(text)} characters") from None
        return _RAISED
    except Exception as error:
        raise FoundError(f"{line(entry, given)}\n  {type(error).__name__}") from error
    try:
        look(made)
    except Exception as error:
        raise FoundError(f"{line(entry, given)}\n  looked at: {type(error).__name__}") from error
    return made


def line(entry: Entry, given: dict[str, str]) -> str:
    """A line of the corpus."""
    return f"{entry.name}: {given!r}"


def look(made: Any) -> None:
    """What anybody would do with a value: print it, and ask what it says of itself."""
    if type(made).__module__.startswith("ixnstate"):
        repr(made)
    if type(made) is tuple:
        for each in made[:3]:
            if type(each) is not tuple:
                look(each)
    elif isinstance(made, ix.Refusal):
        _ = str(made), made.path, made.allowed, made.operands, made.status_code, made.what, made.why(), made.is_surplus
        _ = made.operation, made.agent, made.state
    elif isinstance(made, ix.RefusedError):
        str(made)
    elif isinstance(made, ix.ContactCenter):
        made.snapshot()
    elif isinstance(made, ix.Verdict):
        _ = str(made), [str(each) for each in made.violations]
    elif isinstance(made, gws.Notification):
        _ = made.message, made.frame(), made.to_bytes()
    elif isinstance(made, gws.Reply):
        if type(made.http_status) is int and type(made.notifications) is tuple:
            encode(made.body)
            look(made.notifications[:3])
    elif isinstance(made, gws.Message):
        _ = made.to_json(), made.to_bytes(), made.user_data, made.participants, made.messages
        _ = made.interaction_id, made.state, made.capabilities, made.workbin, made.action, gws.observe(made)


DRAWS = int(os.environ.get("FUZZ_DRAWS", "200_000"))
"""How many draws the tests make altogether."""
AROUND_NAMES = frozenset(entry.name for entry in AROUND)
DEAR = 8
"""A row that takes a millisecond or more is drawn so many times less often than another."""
DEAR_ROWS = frozenset({
    "testing.looked_past", "testing.conform", "reports.as_json", "client.Client", "trace.validate", "trace.report",
    "ix.capabilities", "ix.validate", "ix.create", "ix.ContactCenter.restore(...)",
    *(name for name in ENTRIES if name.startswith("Mirror.")),
})  # fmt: skip


def draw(name: str) -> None:
    """The share of the draws that a row has. Fails as a test does."""
    chance = Random(name)
    share = DRAWS // len(ENTRIES) // (DEAR if name in DEAR_ROWS else 1)
    for _ in range(max(1, share)):
        check(ENTRIES[name], drawn(ENTRIES[name], chance))


def check(entry: Entry, given: dict[str, str]) -> None:
    """Fail as a test does, without the report of pytest, which prints every value on the way."""
    import pytest

    try:
        attempt(entry, given)
        return
    except FoundError as error:
        where = "".join(traceback.format_tb((error.__cause__ or error).__traceback__)[-2:])
        text = f"{error}\n{where}"
    pytest.fail(text, pytrace=False)


def corpus() -> list[tuple[Entry, dict[str, str]]]:
    """Every find, as an entry and its arguments."""
    lines = [each.partition(": ") for each in CORPUS.read_text().splitlines() if each and not each.startswith("#")]
    return [(ENTRIES[name], value_of(given)) for name, _, given in lines]


class Bytes:
    """Choices that a coverage-guided fuzzer makes by its bytes."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def randrange(self, count: int) -> int:
        return self._provider.ConsumeIntInRange(0, count - 1)


def guided(arguments: list[str]) -> None:
    """Let atheris choose; it takes the options of libFuzzer, and ends with the first find."""
    import atheris

    names = sorted(ENTRIES)

    def one(data: bytes) -> None:
        chance = Bytes(atheris.FuzzedDataProvider(data))
        entry = ENTRIES[one_of(names, chance)]
        attempt(entry, drawn(entry, chance))

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def main() -> int:
    """Draw for some minutes; exit status 1 if something was found."""
    if "--guided" in sys.argv:
        guided([each for each in sys.argv[1:] if each != "--guided"])
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--entry", action="append")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--most", type=int, default=3, help="finds of one entry after which it is left out")
    parser.add_argument("--trace", action="store_true")
    chosen = parser.parse_args()
    entries = [ENTRIES[name] for name in chosen.entry or ENTRIES]
    chance, end, count = Random(chosen.seed), time.monotonic() + chosen.minutes * 60, 0
    finds: dict[tuple[str, str], str] = {}
    while entries and time.monotonic() < end:
        for entry in list(entries):
            for _ in range(20):
                count += 1
                try:
                    attempt(entry, drawn(entry, chance))
                except FoundError as error:
                    where = "".join(traceback.format_tb((error.__cause__ or error).__traceback__)[-1:]).split("\n")[0]
                    key = entry.name, where
                    if key not in finds:
                        finds[key] = str(error)
                        print(f"{error} {where.strip()}", flush=True)
                        if chosen.trace and error.__cause__ is not None:
                            with contextlib.suppress(Exception):
                                traceback.print_exception(error.__cause__)
                        if sum(name == entry.name for name, _ in finds) >= chosen.most:
                            entries.remove(entry)
                            break
    print(f"{count:,} draws, seed {chosen.seed}: {len(finds)} finds", file=sys.stderr)
    return int(bool(finds))


if __name__ == "__main__":
    raise SystemExit(main())
