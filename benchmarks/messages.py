"""The documented JSON: reading and writing a notification with 60 keys of user data, beside the bare orjson."""

from collections.abc import Callable

import orjson

import ixnstate as ix
from benchmarks.timing import Run
from ixnstate import gws

USER_DATA = {
    f"RTargetObject{number}": number if number % 10 == 0 else None if number % 17 == 0 else f"value of {number}"
    for number in range(60)
}


def _notification() -> gws.Notification:
    record = ix.Interaction(
        "02F0ASAK8EAFA00W", "workitem", ix.State.INVITED, invited=("a1",), user_data=USER_DATA,
        content={"receivedDate": "2014-04-16 21:03:21.000-0700"},
    )  # fmt: skip
    (sent,) = gws.notifications(ix.step(record, ix.Accept(by="a1")), reference_id=17)
    return sent


def _repeat(work: Callable[[], object], count: int) -> Run:
    def run() -> int:
        for _ in range(count):
            work()
        return count

    return run


def decoding(count: int) -> Run:
    """The bare decode of its bytes."""
    raw = _notification().to_bytes()
    return _repeat(lambda: orjson.loads(raw), count)


def reading(count: int) -> Run:
    """The same, into the typed value."""
    raw = _notification().to_bytes()
    return _repeat(lambda: gws.parse_notification(raw), count)


def encoding(count: int) -> Run:
    """The bare encode of the finished message."""
    message = _notification().message
    return _repeat(lambda: orjson.dumps(message), count)


def writing(count: int) -> Run:
    """The same, with the message built from the notice."""
    sent = _notification()
    return _repeat(sent.to_bytes, count)
