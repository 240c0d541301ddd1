"""The cheapest repair: exact against trying everything, and what it repairs is legal."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import MEDIA
from ixnstate.trace import Change, Edit, repair


def repaired(names, edits):
    """The sequence with the edits carried out."""
    names = [[name] for name in names]
    names.append([])
    for edit in edits:
        if edit.change is Change.INSERT:
            names[edit.index].insert(len(names[edit.index]) - (edit.index < len(names) - 1), edit.operation)
        else:
            names[edit.index][-1:] = [] if edit.change is Change.DELETE else [edit.operation]
    return [name for part in names for name in part]


@pytest.mark.parametrize(
    ("names", "edits"),
    [
        ([], []),
        (["Offer", "Accept", "Complete"], []),
        (["Offer", "Complete"], [Edit(Change.INSERT, 1, "Accept")]),
        (["Offer", "Accept", "Nonsense", "Complete", "Complete"], 2),
        (["Accept"], [Edit(Change.INSERT, 0, "Offer")]),
        (["Offer", "Accept", "Accept", "Complete"], 1),
    ],
)
def test_repairs(names, edits):
    found = repair("workitem", names)
    assert (found.cost if isinstance(edits, int) else list(found.edits)) == edits
    assert ix.validate("workitem", repaired(names, found.edits)).ok


@given(st.sampled_from(sorted({*MEDIA} - {"chat"})), st.data())
def test_what_is_repaired_is_legal(media, data):
    names = data.draw(st.lists(st.sampled_from(ix.GWS.media[media].operations), max_size=8))
    found = repair(media, names)
    assert ix.validate(media, repaired(names, found.edits)).ok
    assert found.cost <= sum(1 for _ in ix.validate(media, names).violations)


ALPHABET = ["Offer", "Accept", "Reject", "Complete"]


def variants(names):
    """Every sequence that is one edit away, of those that repairs could need."""
    operations = ix.GWS.media["workitem"].operations
    for at in range(len(names) + 1):
        yield from ([*names[:at], new, *names[at:]] for new in operations)
        if at < len(names):
            yield [*names[:at], *names[at + 1 :]]
            yield from ([*names[:at], new, *names[at + 1 :]] for new in operations)


@pytest.mark.parametrize(
    "names", [list(each) for size in (1, 2, 3) for each in product(ALPHABET, repeat=size)], ids="-".join
)
def test_no_cheaper_repair_exists(names):
    cost = repair("workitem", names).cost
    if cost:
        assert not ix.validate("workitem", names).ok
    if cost > 1:
        assert not any(ix.validate("workitem", each).ok for each in variants(names))


def test_other_starts_and_what_is_unknown():
    assert repair("email", ["Complete"], start="Processing").edits == ()
    assert str(repair("email", ["Accept"], start="Processing")) != ""
    assert str(repair("email", [])) == "nothing to repair"
    assert str(repair("workitem", ["Accept"])) == "insert Offer before 0"
    with pytest.raises(ValueError, match="unknown media"):
        repair("fax", [])
