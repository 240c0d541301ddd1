"""Requests, their replies and the messages that answer them, put together by agent and ``referenceId``.

Only a recording that has replies is judged so. A reply belongs to the request that it names (``answers``), or else to
the agent's oldest one without a reply, for the same path where it has one. What the beginning or the end of a recording
cuts off is no finding: it is undetermined.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from ixnstate.commands import Command
from ixnstate.definition import Definition, Edge
from ixnstate.gws import Answer, notifications
from ixnstate.model import Step
from ixnstate.refusals import Refusal
from ixnstate.trace.findings import Finding
from ixnstate.trace.records import Recorded
from ixnstate.trace.saving import is_plain, plain_finding, plain_line, read_finding, read_line
from ixnstate.trace.worlds import Standing
from ixnstate.vocabulary import State

K = TypeVar("K")
V = TypeVar("V")

MAX_OPEN = 1_000
"""How many requests of an agent wait for their replies; then the reply to the oldest was not recorded."""
MAX_ANSWERED = 100_000
"""How many replies are remembered."""


@attrs.define
class Asked:
    """A request that waits for its reply."""

    recorded: Recorded
    interaction: str | None = None
    command: Command | None = None
    finding: Finding | None = None
    """What is wrong with it, unless the reply refuses it."""
    steps: tuple[Step, ...] = ()
    edges: tuple[Edge | None, ...] = ()
    """Those that the steps take."""
    refusal: Refusal | None = None
    before: Standing | None = None
    shown: list[tuple[State, str | None]] = attrs.Factory(list)
    """What notifications have shown of the interaction since."""


@attrs.define
class _Owed:
    """A message that a reply promises."""

    asked: Asked
    reply: Recorded
    notified: int
    """How many messages the agent had been sent."""


class Exchanges:
    """The requests that wait for a reply, and the replies that wait for their message."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._open: dict[str | None, deque[Asked]] = {}
        self._about: dict[str, list[Asked]] = {}
        self._answered: dict[tuple[str | None, int], str | None] = {}
        self._unnumbered: dict[tuple[str | None, str | None], int] = {}
        self._first: dict[str | None, int] = {}
        self._owed: dict[tuple[str | None, int], _Owed] = {}
        self._uncaused: dict[str | None, list[tuple[int, Finding]]] = {}
        self._arrived: dict[tuple[str | None, int], None] = {}
        self._notified: dict[str | None, int] = {}
        self._last: dict[str | None, int] = {}
        self.undetermined = 0
        self.has_begun = False
        """Whether there has been a request: what comes before the first one answers none."""

    # --- requests ---------------------------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> Iterator[Finding]:
        """A request was made. What is wrong with one whose reply will not come any more is said."""
        self.has_begun = True
        waiting = self._open.setdefault(asked.recorded.agent, deque())
        waiting.append(asked)
        if asked.interaction is not None:
            self._about.setdefault(asked.interaction, []).append(asked)
        if len(waiting) > MAX_OPEN:
            yield from self._give_up(waiting.popleft())

    def about(self, interaction: str) -> list[Asked]:
        """The requests about an interaction that wait for their reply."""
        return self._about.get(interaction, [])

    def answered(self, reply: Recorded) -> Asked | None:
        """The request that this replies to, which waits no longer; None if it was not recorded."""
        waiting = self._open.get(reply.agent, ())
        number, path = reply.value.get("answers"), reply.value.get("path")
        for asked in waiting:
            is_its = (
                asked.recorded.seq == number if number is not None else path in (None, asked.recorded.value.get("path"))
            )
            if is_its:
                self._open[reply.agent].remove(asked)
                self._forget(asked)
                return asked
        self.undetermined += 1
        return None

    def _forget(self, asked: Asked) -> None:
        if asked.interaction is not None:
            self._about[asked.interaction].remove(asked)
            if not self._about[asked.interaction]:
                del self._about[asked.interaction]

    def _give_up(self, asked: Asked) -> Iterator[Finding]:
        self._forget(asked)
        if asked.finding is not None:
            yield asked.finding

    # --- replies ----------------------------------------------------------------------------------------------------

    def promise(self, asked: Asked, reply: Recorded, answer: Answer) -> None:
        """Remember what the reply to a request that was done promises."""
        agent, number = reply.agent, answer.reference_id if answer.reference_id is not None else reply.reference_id
        about = None if any(done.created for done in asked.steps) else asked.interaction
        if number is None:
            _remember(self._unnumbered, (agent, about), self._unnumbered.get((agent, about), 0) + 1)
            return
        self._first.setdefault(agent, number)
        _remember(self._answered, (agent, number), about)
        is_told = any(self._tells(done, agent, number) for done in asked.steps[:1])
        if is_told and (agent, number) not in self._arrived:
            self._owed[agent, number] = _Owed(asked, reply, self._notified.get(agent, 0))

    def _tells(self, done: Step, agent: str | None, number: int) -> bool:
        """Whether the agent is sent a message with the number of his request."""
        sent = notifications(done, reference_id=number, definition=self._definition)
        return any(each.agent == agent and each.message.get("referenceId") == number for each in sent)

    def settled(self, agent: str | None) -> Iterator[Finding]:
        """After a reply: messages whose request could have been among those that waited, and was not."""
        if not self._open.get(agent):
            for number, finding in self._uncaused.pop(agent, ()):
                if (agent, number) not in self._answered and not self._adopts(agent, number, str(finding.interaction)):
                    yield finding

    # --- notifications ----------------------------------------------------------------------------------------------

    def notify(self, agent: str | None, number: int | None, interaction: str, finding: Finding) -> Iterator[Finding]:
        """A message came. ``finding`` is given back, now or later, if it answers no request about its interaction."""
        if not self.has_begun:
            return
        self._notified[agent] = self._notified.get(agent, 0) + 1
        if number is None:
            return
        self._last[agent] = max(number, self._last.get(agent, number))
        _remember(self._arrived, (agent, number), None)
        self._owed.pop((agent, number), None)
        if (agent, number) in self._answered:
            if self._answered[agent, number] not in (None, interaction):
                yield finding
        elif self._adopts(agent, number, interaction):
            pass
        elif agent is None or agent not in self._first or number < self._first[agent]:
            self.undetermined += agent in self._first
        elif self._open.get(agent):
            self._uncaused.setdefault(agent, []).append((number, finding))
        else:
            yield finding

    def _adopts(self, agent: str | None, number: int, interaction: str) -> bool:
        """Whether the number can be that of a request whose reply does not show it: some pages have such replies."""
        for key in ((agent, interaction), (agent, None)):
            if self._unnumbered.get(key):
                self._unnumbered[key] -= 1
                _remember(self._answered, (agent, number), key[1])
                return True
        return False

    # --- from one run to the next -----------------------------------------------------------------------------------

    def save(self, number: Callable[[Standing], int]) -> dict[str, Any]:
        """What is kept, as plain JSON, for `resume`; ``number`` stands for a standing there."""
        return {
            "begun": self.has_begun,
            "open": [
                [agent, [_written(each, number) for each in waiting if is_plain(each.recorded)]]
                for agent, waiting in self._open.items()
            ],
            "owed": [
                [key, _written(owed.asked, number), plain_line(owed.reply), owed.notified]
                for (_, key), owed in self._owed.items()
                if is_plain(owed.asked.recorded) and is_plain(owed.reply)
            ],
            "uncaused": [[key, plain_finding(each)] for waiting in self._uncaused.values() for key, each in waiting],
            **{
                name: [[*_listed(key), value] for key, value in getattr(self, f"_{name}").items()]
                for name in (*_BY_AGENT, *_BY_TWO)
            },
        }

    def resume(self, said: Mapping[str, Any], again: Callable[[Mapping[str, Any], Recorded], Asked]) -> None:
        """Go on from there; ``again`` makes a request of what was written of it, and of its record."""
        self.has_begun = said["begun"]
        for agent, waiting in said["open"]:
            self._open[agent] = deque()
            for each in waiting:
                list(self.ask(again(each, read_line(each["line"]))))
        for number, each, line, notified in said["owed"]:
            reply, asked = read_line(line), again(each, read_line(each["line"]))
            self._owed[reply.agent, number] = _Owed(asked, reply, notified)
        for number, each in said["uncaused"]:
            self._uncaused.setdefault(each["agent"], []).append((number, read_finding(each)))
        for name in _BY_AGENT:
            getattr(self, f"_{name}").update(said[name])
        for name in _BY_TWO:
            getattr(self, f"_{name}").update({(agent, key): value for agent, key, value in said[name]})

    # --- the end ----------------------------------------------------------------------------------------------------

    def finish(self) -> Iterator[Finding | tuple[Asked, Recorded]]:
        """At the end: findings that waited for a reply; and replies, with their requests, whose message has not come.

        A message is missing where a later one has come to the agent; else the recording may have ended too early.
        """
        for waiting in self._open.values():
            for asked in waiting:
                yield from self._give_up(asked)
        for (agent, number), owed in self._owed.items():
            if self._last.get(agent, number) > number or self._notified.get(agent, 0) - owed.notified >= _MANY:
                yield owed.asked, owed.reply
            else:
                self.undetermined += 1
        self.undetermined += sum(map(len, self._uncaused.values()))
        self._open.clear()
        self._owed.clear()
        self._uncaused.clear()


_BY_AGENT = ("first", "last", "notified")
_BY_TWO = ("answered", "unnumbered", "arrived")


def _listed(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _written(asked: Asked, number: Callable[[Standing], int]) -> dict[str, Any]:
    return {
        "line": plain_line(asked.recorded),
        "interaction": asked.interaction,
        "before": None if asked.before is None else number(asked.before),
        "judged": asked.command is not None or asked.finding is not None,
        "shown": asked.shown,
    }


_MANY = 20
"""After so many other messages to an agent, one that has not come will not come."""


def _remember(known: dict[K, V], key: K, value: V) -> None:
    """Keep it, and forget the oldest where there are too many."""
    if len(known) >= MAX_ANSWERED:
        del known[next(iter(known))]
    known[key] = value
