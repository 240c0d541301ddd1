"""The walk: ten commands, built beforehand, that lead a workitem round and back to its queue; and a refusal."""

import ixnstate as ix
from benchmarks.timing import Run

USER_DATA = {f"key-{number}": f"value-{number}" for number in range(20)}
WALK: tuple[ix.Command, ...] = (
    ix.Offer(agent="a1"),
    ix.Accept(by="a1"),
    ix.AddWorkitem(by="a1", workbin="drafts"),
    ix.PullWorkitem(by="a1", workbin="drafts"),
    ix.UpdateUserData(by="a1", user_data={"key-3": "new", "key-7": "new", "key-11": "new"}),
    ix.AddWorkitem(by="a1", workbin="drafts"),
    ix.PullWorkitem(by="a1", workbin="drafts"),
    ix.Transfer(by="a1", target_agent="a2"),
    ix.Accept(by="a2"),
    ix.PlaceInQueue(by="a2", queue_name="Inbound"),
)
"""One step of the ten merges user data."""


def queued() -> ix.Interaction:
    """The workitem before its first walk."""
    return ix.submit(id="02F0ASAK8EAFA00W", media="workitem", queue="Inbound", user_data=USER_DATA).interaction


def stepping(operations: int) -> Run:
    """Walk with `ix.step`."""
    first = queued()

    def run() -> int:
        step, record = ix.step, first
        for _ in range(operations // len(WALK)):
            for command in WALK:
                record = step(record, command).interaction
        assert record.revision == operations
        return operations

    return run


def refusing(operations: int) -> Run:
    """Refuse Complete on an Invited workitem with `ix.decide`."""
    record, command = ix.step(queued(), ix.Offer(agent="a1")).interaction, ix.Complete(by="a1")
    assert isinstance(ix.decide(record, command), ix.Refusal)

    def run() -> int:
        decide = ix.decide
        for _ in range(operations):
            decide(record, command)
        return operations

    return run
