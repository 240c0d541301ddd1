"""Who is offered what next: the oldest that waits, to the ready agent who has gone longest without an offer."""

from heapq import heapify, heappop, heappush, heapreplace

from ixnstate.center.memory import Memory, QueueHeap

_Free = list[tuple[int, int, str]]
"""A heap of agents: the number of the last offer, the place in the list of agents, the agent."""


class Routing:
    """One run of the router over what waits now."""

    def __init__(self, memory: Memory, queue: str | None) -> None:
        self._memory = memory
        self._free: dict[str, _Free] = {}
        self._served: tuple[str, QueueHeap] | None = None
        self._heads: list[tuple[tuple[int, str], str, QueueHeap]] = []
        for (name, media), line in memory.lines.items():
            if queue is None or name == queue:
                self._look_at(media, line)

    def next(self) -> tuple[str, str] | None:
        """An interaction and the agent to offer it to, which must be done before the next; None if there is none."""
        if self._served is not None:
            self._look_at(*self._served)
        while self._heads:
            (_, interaction), media, line = heappop(self._heads)
            agent = self._agent_for(media)
            if agent is not None:
                self._served = media, line
                return interaction, agent
        return None

    def _look_at(self, media: str, line: QueueHeap) -> None:
        """Put the oldest that waits in a line among the heads of all lines."""
        oldest = line.first(self._memory.is_waiting)
        if oldest is not None:
            heappush(self._heads, (oldest, media, line))

    def _agent_for(self, media: str) -> str | None:
        """The agent whose turn it is. An entry of the heap says when they were last offered something."""
        memory = self._memory
        free = self._free.get(media)
        if free is None:
            free = self._free[media] = [
                (memory.offered.get(agent.id, 0), place, agent.id)
                for place, agent in enumerate(memory.agents.values())
                if agent.is_agent and agent.is_ready_for(media)
            ]
            heapify(free)
        while free:
            number, place, name = free[0]
            offered = memory.offered.get(name, 0)
            if offered != number:
                heapreplace(free, (offered, place, name))
            elif memory.agents[name].has_room(media, memory.hands.load(name)):
                return name
            else:
                heappop(free)
        return None
