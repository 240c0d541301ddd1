"""A driver that makes another one unreliable: messages are dropped, delayed, put in another order, or doubled."""

from collections.abc import Collection
from random import Random
from typing import Any

from ixnstate.commands import Command, Submit
from ixnstate.model import WorkbinPlace
from ixnstate.testing.drivers import Ability, Blocking, Driver, Reply, Seen, Told
from ixnstate.values import brief, expect


class FaultyDriver(Driver):
    """Whatever ``driver`` does; but of its messages this share (0 to 1) goes wrong. The same ``seed``, the same faults.

    ``delay`` keeps a message until messages are asked for again; ``reorder`` changes places with the next.
    """

    def __init__(
        self,
        driver: Driver,
        *,
        drop: float = 0.0,
        delay: float = 0.0,
        reorder: float = 0.0,
        double: float = 0.0,
        seed: int = 0,
    ) -> None:
        expect("seed", seed, int)
        for name, share in (("drop", drop), ("delay", delay), ("reorder", reorder), ("double", double)):
            if not isinstance(share, int | float) or not 0 <= share <= 1:
                raise ValueError(f"{name} must be a share from 0 to 1, not {brief(share)}")
        self.subject = Blocking(driver)
        self.world = self.subject.world
        self.lacks: Collection[Ability] = {*self.subject.lacks, Ability.CONCURRENCY}
        self.shares = {"drop": drop, "delay": delay, "reorder": reorder, "double": double}
        self.dice = Random(seed)  # noqa: S311 (faults that can be repeated)
        self.late: list[Told] = []

    def notifications(self) -> tuple[Told, ...]:
        """The messages, with their faults."""
        found, self.late = self.late, []
        for each in self._ask("notifications"):
            if self._happens("drop"):
                continue
            if self._happens("delay"):
                self.late.append(each)
                continue
            found += [each, each] if self._happens("double") else [each]
        for index in range(1, len(found)):
            if self._happens("reorder"):
                found[index - 1], found[index] = found[index], found[index - 1]
        return tuple(found)

    def _happens(self, fault: str) -> bool:
        return self.dice.random() < self.shares[fault]

    def _ask(self, name: str, *arguments: Any) -> Any:
        return self.subject.ask(name, *arguments)

    def reset(self) -> None:
        """Delegate to the driver."""
        self.late = []
        self._ask("reset")

    def create(self, new: Submit, /) -> str:
        """Delegate to the driver."""
        return str(self._ask("create", new))

    def offer(self, interaction: str, agent: str, /) -> None:
        """Delegate to the driver."""
        self._ask("offer", interaction, agent)

    def perform(self, command: Command, /) -> Reply:
        """Delegate to the driver."""
        reply: Reply = self._ask("perform", command)
        return reply

    def view(self, interaction: str, agent: str, /) -> Seen | None:
        """Delegate to the driver."""
        seen: Seen | None = self._ask("view", interaction, agent)
        return seen

    def content(self, place: WorkbinPlace, agent: str | None = None, /) -> Collection[str]:
        """Delegate to the driver."""
        named = (place, agent) if agent is not None and self.subject.lists_by_agent else (place,)
        found: Collection[str] = self._ask("content", *named)
        return found

    def interactions(self, agent: str, /) -> Collection[str]:
        """Delegate to the driver."""
        found: Collection[str] = self._ask("interactions", agent)
        return found

    def advance(self, seconds: float, /) -> None:
        """Delegate to the driver."""
        self._ask("advance", seconds)
