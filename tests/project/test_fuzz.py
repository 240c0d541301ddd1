"""Junk at every entry: nothing raises what its row of `entries.ENTRIES` does not say, and nothing is half done.

Every find stays in `corpus.txt`. `python -m tests.fuzz --minutes N` draws for longer, as does the
variable ``FUZZ_DRAWS``: how many draws there are altogether. The entries around the core are drawn in
`test_fuzz_around.py`, so that two processes have as much to do.
"""

import inspect
from types import FunctionType

import pytest
from entries import ENTRIES
from fuzz import AROUND_NAMES, check, corpus, draw, drawn
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
import ixnstate.center
from ixnstate import bayeux, client, gws, reports, testing, trace


@pytest.mark.parametrize("find", corpus(), ids=lambda find: find[0].name)
def test_what_was_found_once_is_not_found_again(find):
    check(*find)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name not in AROUND_NAMES])
def test_an_entry_raises_only_what_it_says_and_leaves_nothing_half_done(name):
    draw(name)


@given(st.sampled_from(sorted(ENTRIES)), st.randoms(use_true_random=False))
def test_hypothesis_finds_nothing_either(name, chance):
    check(ENTRIES[name], drawn(ENTRIES[name], chance))


PUBLIC = {
    "ix": ix, "gws": gws, "center": ix.center, "machines": ix.machines, "export": ix.export, "bayeux": ix.bayeux,
    "trace": trace, "reports": reports, "testing": testing, "client": client,
}  # fmt: skip
"""What users import, by the name under which it stands in the table."""


def test_every_public_callable_has_a_row():
    rows = {name.partition("(")[0] for name in ENTRIES}
    missing = [
        f"{where}.{name}"
        for where, module in PUBLIC.items()
        for name in module.__all__
        if callable(getattr(module, name)) and name not in _ELSEWHERE
        and not rows & {f"{where}.{name}", f"ix.{name}"}
    ]  # fmt: skip
    assert missing == []


def test_every_method_of_a_public_class_has_a_row():
    public = [getattr(module, name) for module in PUBLIC.values() for name in module.__all__]
    classes = {kind for kind in public if isinstance(kind, type)}
    rows = {name.partition("(")[0] for name in ENTRIES}
    missing = [
        f"{kind.__module__}.{kind.__name__}.{name}"
        for kind in classes
        if kind.__module__.startswith("ixnstate") and kind not in _WITHOUT_METHODS
        for name, method in vars(kind).items()
        if isinstance(method, FunctionType | classmethod) and not name.startswith("_")
        and name not in _NAMES.get(kind, (None, ()))[1] and _has_arguments(getattr(kind, name))
        and f"{_NAMES.get(kind, (kind.__name__, ()))[0]}.{name}" not in rows
        and not any(row.endswith(f".{kind.__name__}.{name}") for row in rows)
    ]  # fmt: skip
    assert sorted(missing) == []


def _has_arguments(method):
    return any(name not in ("self", "cls") for name in inspect.signature(method).parameters)


_NAMES = {
    ix.ContactCenter: ("center", ("snapshot",)), ix.Outcome: ("outcome", ()), ix.Definition: ("ix.GWS", ()),
    ix.Medium: ("CHAT", ()), bayeux.Server: ("Bayeux", ()),
    # what the judge's own parts give each other
    trace.Judge: ("Judge", ("answered", "asked", "lost", "lost_reply", "missing", "notified", "pass_moment", "said")),
    # what the kit's own parts tell it, case after case
    testing.Coverage: ("testing.Coverage", ("saw", "showed")),
    testing.Bench: ("Bench", ("follow", "can")),
    testing.InProcessDriver: ("InProcessDriver", ("told",)), testing.MirrorDriver: ("MirrorDriver", ("told",)),
    gws.Malformed: ("Refusal", ()), client.Client: ("Client", ("changes", "perform", "until_current")),
}  # fmt: skip
"""By class: how the table calls a value of it, and the methods that are not in the table."""

_WITHOUT_METHODS = {
    # protocols and a base class, which users write
    testing.Driver, testing.Mirror, testing.InteractionConformance,
    # other programs answer: see test_testing_hostile.py
    testing.HttpDriver, testing.StdioDriver, testing.FaultyDriver,
}  # fmt: skip

_ELSEWHERE = {
    # enums, which take what they are given by Python's own rules; and so do tuples with names
    "State", "Evidence", "Family", "Who", "When", "Destination", "Does", "RefusalCode", "Condition", "NoticeKind",
    "SubscriptionState", "Change", "Kind", "Modality", "Severity", "Ability", "Verdict", "Progress", "Row",
    "StreamLine",
    # bases, unions and types, never called
    "Command", "Event", "CenterEvent", "Parsed", "AnyMessage", "HasNotices", "Violation", "Declared", "Action",
    "Script", "NewId",
    # what users write
    "Driver", "Mirror", "InteractionConformance",
    # exceptions that are raised for them
    "CrewError", "DriverError", "TargetError",
    # what reading makes; its parts are read in the rows of `parse_notification`, `parse_reply` and `parse_request`
    "Answer", "Reply", "Malformed", "RequestError", "MessageError", "Notification", "ChatMessage", "Message",
    "StateChange", "MessageLog", "WorkbinStateChange", "WorkbinSubscription", "WorkbinStats", "TwitterResponse",
    "InteractionState", "WorkbinContent", "Batch", "OtherMessage",
    # without arguments
    "json_schema", "asyncapi", "implementation", "record_schema", "suite_schema", "stdio_schema", "Timelines",
}  # fmt: skip
