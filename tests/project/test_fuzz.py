"""Junk at every entry: nothing raises what its row of `entries.ENTRIES` does not say, and nothing is half done.

Every find stays in `corpus.txt`. `python tests/fuzz.py --minutes N` draws for longer, as does the variable
``FUZZ_DRAWS``: how many draws there are altogether.
"""

import os
import traceback
from random import Random

import pytest
from entries import ENTRIES
from fuzz import FoundError, attempt, corpus, drawn
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate import gws

DRAWS = int(os.environ.get("FUZZ_DRAWS", "200_000" if os.environ.get("CI") else "40_000"))


@pytest.mark.parametrize("find", corpus(), ids=lambda find: find[0].name)
def test_what_was_found_once_is_not_found_again(find):
    check(*find)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_raises_only_what_it_says_and_leaves_nothing_half_done(name):
    chance = Random(name)
    for _ in range(max(1, DRAWS // len(ENTRIES))):
        check(ENTRIES[name], drawn(ENTRIES[name], chance))


def check(entry, given):
    """Without the report of pytest, which prints every value on the way."""
    try:
        attempt(entry, given)
        return
    except FoundError as error:
        where = "".join(traceback.format_tb((error.__cause__ or error).__traceback__)[-2:])
        text = f"{error}\n{where}"
    pytest.fail(text, pytrace=False)


@given(st.sampled_from(sorted(ENTRIES)), st.randoms(use_true_random=False))
def test_hypothesis_finds_nothing_either(name, chance):
    check(ENTRIES[name], drawn(ENTRIES[name], chance))


def test_every_public_callable_has_a_row():
    rows = {name.partition("(")[0] for name in ENTRIES}
    missing = []
    for where, module in (("ix", ix), ("gws", gws)):
        missing += [
            f"{where}.{name}"
            for name in module.__all__
            if callable(getattr(module, name)) and f"{where}.{name}" not in rows and name not in _ELSEWHERE
        ]
    missing += [
        f"center.{name}"
        for name in vars(ix.ContactCenter)
        if not name.startswith("_") and callable(getattr(ix.ContactCenter, name)) and name != "snapshot"
        and f"center.{name}" not in rows and f"ix.ContactCenter.{name}" not in rows
    ]  # fmt: skip
    drawn_with_a_program = {"svg"}
    machines = {*ix.machines.__all__} - drawn_with_a_program
    missing += [f"machines.{name}" for name in machines if f"machines.{name}" not in rows]
    assert missing == []


_ELSEWHERE = {
    # enums, which take what they are given by Python's own rules
    "State", "Evidence", "Family", "Who", "When", "Destination", "Does", "RefusalCode", "Condition", "NoticeKind",
    "SubscriptionState",
    # bases and unions, never called
    "Command", "Event", "CenterEvent", "Parsed", "AnyMessage", "HasNotices", "Violation", "Verdict",
    # what reading makes; its parts are read in the rows of `parse_notification`, `parse_reply` and `parse_request`
    "Answer", "Reply", "Malformed", "RequestError", "MessageError", "Notification", "ChatMessage", "Message",
    "StateChange", "MessageLog", "WorkbinStateChange", "WorkbinSubscription", "WorkbinStats", "TwitterResponse",
    "InteractionState", "WorkbinContent", "Batch", "OtherMessage",
    # without arguments
    "json_schema", "asyncapi",
}  # fmt: skip
