"""The floor: the least that a step over frozen values can do, written as plainly as Python allows.

Per operation a dict lookup with its guard, one frozen attrs record of 12 fields, and one event of 5.
"""

import attrs

from benchmarks.timing import Run


@attrs.frozen(slots=True)
class Record:
    """A plain frozen record of 12 fields. The peers append one an operation."""

    id: str
    media: str
    state: str
    holders: tuple[str, ...]
    invited: tuple[str, ...]
    queue: str | None
    workbin: str | None
    user_data: dict[str, str]
    content: dict[str, str]
    media_type: str | None
    parent_id: str | None
    revision: int


@attrs.frozen(slots=True)
class Happened:
    """A plain frozen event of 5 fields."""

    interaction: str
    operation: str
    by: str
    state: str
    holders: tuple[str, ...]


TABLE = {"Processing": {"UpdateUserData": ("Processing", "a1")}}
"""Where an operation leads, and who may perform it."""


def floor(operations: int) -> Run:
    """The floor, that many times. Whatever the record and the event carry is there already."""
    data: dict[str, str] = {}
    holders = ("a1",)

    def run() -> int:
        for _ in range(operations):
            state, holder = TABLE["Processing"]["UpdateUserData"]
            if holder == "a1":
                Record("0001", "workitem", state, holders, (), "Inbound", None, data, data, None, None, 1)
                Happened("0001", "UpdateUserData", holder, state, holders)
        return operations

    return run
