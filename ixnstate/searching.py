"""The one search: from some nodes to all others, the nearest first."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import count
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Taken = TypeVar("Taken")


def nearest_first(
    starts: Iterable[Node],
    arcs: Callable[[Node], Iterable[tuple[Taken, Node]]],
    *,
    cost: Callable[[Taken], int] = lambda _: 1,
) -> Iterator[tuple[Node, tuple[Taken, ...]]]:
    """Every node that ``arcs`` lead to from one of ``starts``, with the cheapest way there: () for a start.

    ``arcs`` are what can be taken from a node, each with the node behind it; a node is asked for its arcs once, and not
    before the search goes on after it. What is taken costs 1 unless ``cost`` says otherwise; it cannot cost less than
    0. Of ways that cost the same, the one that was found first is taken: so the order of ``arcs`` decides.
    """
    from heapq import heappop, heappush

    numbers = count()
    heap: list[tuple[int, int, Node, tuple[Taken, ...]]] = []
    cheapest: dict[Node, int] = {}
    for start in starts:
        if start not in cheapest:
            cheapest[start] = 0
            heap.append((0, next(numbers), start, ()))
    while heap:
        price, _, node, way = heappop(heap)
        if price > cheapest[node]:
            continue  # there was a cheaper way
        yield node, way
        for taken, after in arcs(node):
            further = price + cost(taken)
            if after not in cheapest or further < cheapest[after]:
                cheapest[after] = further
                heappush(heap, (further, next(numbers), after, (*way, taken)))
