"""Who runs against whom. ``fewer`` divides the number of operations."""

from collections.abc import Mapping

from benchmarks import center, floor, interactions, messages, peers, sequences
from benchmarks import walk as own
from benchmarks.timing import Run


def walk(fewer: int) -> Mapping[str, Run]:
    """A walk of 100,000 operations, with every library that is installed; and as many refusals."""
    count = 100_000 // fewer
    return {
        "the floor": floor.floor(count),
        "ix.step": own.stepping(count),
        "ix.decide, refusing": own.refusing(count),
        **{name: peers.walking(name, count) for name in peers.installed()},
    }


def values(fewer: int) -> Mapping[str, Run]:
    """A million names judged, and 100,000 interactions made."""
    names, count = 1_000_000 // fewer, 100_000 // fewer
    return {
        "a legal name": sequences.legal(names),
        "judging a violation": sequences.stray(names),
        "reading a violation": sequences.reading(names),
        "ix.submit": interactions.submitting(count),
        "ix.Interaction": interactions.constructing(count),
    }


def notifications(fewer: int) -> Mapping[str, Run]:
    """20,000 notifications of 60 keys, read and written."""
    count = 20_000 // fewer
    return {
        "orjson.loads": messages.decoding(count),
        "gws.parse_notification": messages.reading(count),
        "orjson.dumps": messages.encoding(count),
        "Notification.to_bytes": messages.writing(count),
    }


def requests(fewer: int) -> Mapping[str, Run]:
    """20,000 requests and signals, in a small contact centre and in one of 100,000 interactions."""
    return center.contest(fewer)


def snapshots(fewer: int) -> Mapping[str, Run]:
    """100,000 interactions, read back from a snapshot."""
    return center.restoring(fewer)
