"""Full traces read quickly have the same findings and counts as the same lines judged one by one."""

import json
import random

import pytest
from days import recorded
from faults_of_days import FAULTS, plant, said
from realistic import UNREADABLE, realistic

from ixnstate.trace import Judge, judged, open_lines, read, report


def both(path):
    """What is reported of a file, read quickly and line by line."""
    quick, slow = Judge(), Judge()
    found = [*read(quick, path), *quick.finish()]
    by_line = [*judged(slow, open_lines(path)), *slow.finish()]
    return report(quick, found), report(slow, by_line)


def written(path, records):
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("seed", range(4))
def test_realistic_days_are_judged_alike(seed, tmp_path):
    records = [entry.record for entry in realistic(seed)]
    quick, slow = both(written(tmp_path / "day.jsonl", records))
    assert quick == slow
    assert quick.findings == ()


@pytest.mark.parametrize("name", FAULTS)
def test_days_with_a_fault_are_judged_alike(name, tmp_path):
    for seed in range(40):
        planted = plant(name, recorded(seed, 250, lag=0.4), random.Random(seed))
        if planted is not None:
            quick, slow = both(written(tmp_path / "day.jsonl", said(planted, "full")[0]))
            assert quick == slow
            return
    raise AssertionError("no day has a place for the fault")


@pytest.mark.parametrize("seed", range(4))
def test_days_with_unreadable_and_odd_lines_are_judged_alike(seed, tmp_path):
    chance = random.Random(seed)
    records = [dict(entry.record) for entry in realistic(seed)]
    for at in chance.sample(range(len(records)), 12):
        ways = UNREADABLE.get(records[at]["kind"], ())
        change = chance.choice([*ways, lambda record: {**record, "extra": 1}, lambda record: {**record, "ts": "noon"}])
        records[at] = change(records[at])
    quick, slow = both(written(tmp_path / "day.jsonl", records))
    assert quick == slow
