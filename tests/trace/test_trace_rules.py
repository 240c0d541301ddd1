"""The rules of `ixnstate.trace` are rules for the rebuilt judge."""

import pytest
from days import judged

import ixnstate as ix

SHOWN = {"interaction": "W1", "media": "workitem", "agent": "a1"}
DAY = [{**SHOWN, "state": "Invited"}, {**SHOWN, "state": "Processing"}]
PROCESSING = ix.trace.Where(states=("Processing",))


@pytest.mark.parametrize(
    ("says", "then", "is_broken"),
    [
        ("never", PROCESSING, True),
        ("never", ix.trace.Where(states=("Completed",)), False),
        ("always", PROCESSING, True),
        ("always", ix.trace.Where(media=("workitem",)), False),
    ],
)
def test_a_rule_of_one_moment(says, then, is_broken):
    rule = ix.trace.Rule("the rule", ix.trace.Modality(says), then)
    assert bool(judged(DAY, rules=(rule,)).findings) is is_broken
