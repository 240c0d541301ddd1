"""A contact centre of 1,000 agents and 1,000 workbins: what a request costs in it, what time does, what it weighs.

The walk here takes an interaction out of its workbin, through the hands of two agents and a queue, and back; commands
are built beforehand. A bare step does the same walk, over as many records in a dict.
"""

import gc
import json
import random
import tracemalloc
from collections.abc import Callable, Mapping
from itertools import cycle, islice
from time import perf_counter

import ixnstate as ix
from benchmarks.timing import Run

MEMBERS = 1_000
VISITS = 2_000
"""How many interactions are led through the walk in one turn."""


def identity(number: int) -> str:
    return f"{number:016}"


def centre(live: int) -> ix.ContactCenter:
    """Interactions with a few keys of user data, each in a workbin of its own agent."""
    center = ix.ContactCenter(
        agents=[ix.Agent(f"a{each}") for each in range(MEMBERS)],
        workbins=[ix.Workbin(f"w{each}") for each in range(MEMBERS)],
        queues=["Inbound"],
    )
    for number in range(live):
        agent, id = f"a{number % MEMBERS}", identity(number)
        center.submit(media="workitem", queue="Inbound", id=id, user_data={"Subject": id, "Priority": number % 10})
        center.offer(id, agent)
        center.apply(ix.Accept(by=agent), id)
        center.apply(ix.AddWorkitem(by=agent, workbin=f"w{number % MEMBERS}"), id)
    return center


def walk(member: int) -> tuple[ix.Command, ...]:
    """The ten commands of an interaction that lies in the workbin of this agent."""
    agent, other, workbin = f"a{member}", f"a{(member + 1) % MEMBERS}", f"w{member}"
    return (
        ix.PullWorkitem(by=agent, workbin=workbin),
        ix.UpdateUserData(by=agent, user_data={"Priority": 5, "Note": "new"}),
        ix.AddWorkitem(by=agent, workbin=workbin),
        ix.PullWorkitem(by=agent, workbin=workbin),
        ix.Transfer(by=agent, target_agent=other),
        ix.Accept(by=other),
        ix.PlaceInQueue(by=other, queue_name="Inbound"),
        ix.Offer(agent=agent),
        ix.Accept(by=agent),
        ix.AddWorkitem(by=agent, workbin=workbin),
    )


WALKS = [walk(member) for member in range(MEMBERS)]


def _rotating(live: int) -> Callable[[], list[int]]:
    numbers = cycle(range(live))
    return lambda: list(islice(numbers, VISITS))


def _random(live: int) -> Callable[[], list[int]]:
    dice = random.Random(5)
    return lambda: [dice.randrange(live) for _ in range(VISITS)]


def applying(center: ix.ContactCenter, order: Callable[[], list[int]], fewer: int) -> Run:
    """Requests and signals, one interaction after the other."""

    def run() -> int:
        visits = [(identity(each), WALKS[each % MEMBERS]) for each in order()[: VISITS // fewer]]
        apply = center.apply
        for id, commands in visits:
            for command in commands:
                outcome = apply(command, id)
        assert outcome.refusal is None
        return len(visits) * len(WALKS[0])

    return run


def stepping(center: ix.ContactCenter, order: Callable[[], list[int]], fewer: int) -> Run:
    """The same, as bare steps: the least that a store of records must do."""
    records = {each.id: each for each in center.interactions()}

    def run() -> int:
        visits = [(identity(each), WALKS[each % MEMBERS]) for each in order()[: VISITS // fewer]]
        step = ix.step
        for id, commands in visits:
            for command in commands:
                records[id] = step(records[id], command).interaction
        return len(visits) * len(WALKS[0])

    return run


def contest(fewer: int) -> Mapping[str, Run]:
    """`apply` and bare steps in a small centre and in a large one."""
    few, many = centre(1_000), centre(100_000 // fewer)
    size = len(many.interactions())
    return {
        "apply, small, rotating": applying(few, _rotating(1_000), fewer),
        "apply, large, rotating": applying(many, _rotating(size), fewer),
        "apply, small, random": applying(few, _random(1_000), fewer),
        "apply, large, random": applying(many, _random(size), fewer),
        "step, small, rotating": stepping(few, _rotating(1_000), fewer),
        "step, large, rotating": stepping(many, _rotating(size), fewer),
    }


def expiring(live: int, expired: int) -> float:
    """Microseconds for each of so many invitations that are over, of so many that are open: the best of three turns."""
    return min(_expiring(live, expired) for _ in range(3))


def _expiring(live: int, expired: int) -> float:
    center = ix.ContactCenter(agents=[ix.Agent(f"a{each}") for each in range(MEMBERS)], queues=["Inbound"])
    for number in range(live):
        if number == expired:
            center.advance(seconds=10)
        center.submit(media="workitem", queue="Inbound", id=identity(number))
        center.offer(identity(number), f"a{number % MEMBERS}")
    gc.collect()
    began = perf_counter()
    over = center.advance(to=35)
    spent = perf_counter() - began
    assert len(over.parts) == expired
    return spent / expired * 1e6


def size(live: int) -> float:
    """Bytes an interaction holds in a centre, its id included, without user data; half of them in agents' hands."""
    tracemalloc.start()
    try:
        center = ix.ContactCenter(
            agents=[ix.Agent(f"a{each}") for each in range(MEMBERS)],
            workbins=[ix.Workbin(f"w{each}") for each in range(MEMBERS)],
        )
        before, _ = tracemalloc.get_traced_memory()
        for number in range(live):
            agent, id = f"a{number % MEMBERS}", identity(number)
            center.submit(media="workitem", queue="Inbound", id=id)
            center.offer(id, agent)
            center.apply(ix.Accept(by=agent), id)
            if number % 2:
                center.apply(ix.AddWorkitem(by=agent, workbin=f"w{number % MEMBERS}"), id)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / live


def restoring(fewer: int) -> Mapping[str, Run]:
    """`json.loads` of a snapshot, and making a centre of what it gives."""
    live = 100_000 // fewer
    text = json.dumps(centre(live).snapshot())
    saved = json.loads(text)

    def loads() -> int:
        json.loads(text)
        return live

    def restore() -> int:
        ix.ContactCenter.restore(saved)
        return live

    return {"json.loads": loads, "restore": restore}
