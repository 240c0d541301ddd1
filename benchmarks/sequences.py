"""Judging a million names with `ix.validate`: legal ones, and nearly a million violations after one stray name."""

import ixnstate as ix
from benchmarks.timing import Run
from benchmarks.walk import WALK

NAMES = [command.operation for command in WALK]


def legal(count: int) -> Run:
    """Judge a legal sequence, coverage included."""
    names = NAMES * (count // len(NAMES))

    def run() -> int:
        verdict = ix.validate("workitem", names)
        assert verdict.ok
        assert verdict.coverage.edges
        return count

    return run


def stray(count: int) -> Run:
    """Judge a sequence that completes the workitem early: whatever follows is a violation."""
    names = _stray(count)

    def run() -> int:
        return len(ix.validate("workitem", names).violations)

    return run


def reading(count: int) -> Run:
    """Look at each of the violations."""
    violations = ix.validate("workitem", _stray(count)).violations

    def run() -> int:
        for violation in violations:
            assert violation.refusal
        return len(violations)

    return run


def _stray(count: int) -> list[str]:
    names = NAMES * (count // len(NAMES))
    names[2] = "Complete"
    return names
