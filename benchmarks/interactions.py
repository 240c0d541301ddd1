"""What an interaction costs before its user data: time, and memory."""

import tracemalloc

import ixnstate as ix
from benchmarks.timing import Run


def submitting(count: int) -> Run:
    """Submit interactions, each with its step, its event and its record."""

    def run() -> int:
        submit = ix.submit
        for _ in range(count):
            submit(id="02F0ASAK8EAFA00W", media="workitem", queue="Inbound")
        return count

    return run


def constructing(count: int) -> Run:
    """Construct interactions directly."""

    def run() -> int:
        interaction = ix.Interaction
        for _ in range(count):
            interaction(id="02F0ASAK8EAFA00W", media="workitem", queue="Inbound")
        return count

    return run


def size(count: int) -> float:
    """Bytes an interaction, its id of 16 characters and its place in a list included."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [ix.submit(id=f"{each:016}", media="workitem", queue="Inbound").interaction for each in range(count)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / len(kept)
