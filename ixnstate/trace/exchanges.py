"""Requests, their replies and the messages that answer them, put together by agent and ``referenceId``.

Only a recording that has replies is judged so. A reply belongs to the request that it names (``answers``), or else to
the agent's oldest one without a reply, for the same path where it has one. What the beginning or the end of a recording
cuts off is no finding: it is undetermined.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from ixnstate.commands import Command
from ixnstate.definition import Definition, Edge
from ixnstate.gws import Answer, is_answered
from ixnstate.model import Step
from ixnstate.refusals import Refusal
from ixnstate.trace.findings import Finding
from ixnstate.trace.records import Recorded
from ixnstate.trace.saving import is_plain, plain_finding, plain_line, read_finding, read_line
from ixnstate.trace.worlds import Standing, Waiting

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
    complain: Callable[[], Finding] | None = None
    """Says what is wrong with it, unless the reply refuses it."""
    before: Standing | None = None
    """How the interaction stood."""
    overtaken: int = 0
    """How many later requests of the agent have been answered."""
    number: int | None = None
    """By which worlds know whether it has been carried out in them; None for one that changes nothing."""
    form: Hashable = None
    """What of the command decides what it does; None if its arguments are not in order."""
    steps: tuple[Step, ...] = ()
    """What it does in the worlds in which it is legal."""
    edges: tuple[Edge | None, ...] = ()
    """Those that the steps take."""
    refusal: Refusal | None = None

    @property
    def waiting(self) -> Waiting | None:
        """The same, for the worlds."""
        if self.number is None or self.command is None:
            return None
        return Waiting(self.number, self.command, self.recorded.agent, self.form)


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
        self.askers: frozenset[str | None] = frozenset()
        """Whose requests are recorded."""
        self.answerers: frozenset[str | None] = frozenset()
        """Who was answered."""
        self.told: frozenset[str | None] = frozenset()
        """Whose messages are recorded."""
        self.has_begun = False
        """Whether there has been a request: what comes before the first one answers none."""

    # --- requests ---------------------------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> Iterator[Finding]:
        """A request was made. What is wrong with one whose reply will not come any more is said."""
        self.has_begun = True
        self.askers |= {asked.recorded.agent}
        waiting = self._open.setdefault(asked.recorded.agent, deque())
        waiting.append(asked)
        if asked.interaction is not None:
            self._about.setdefault(asked.interaction, []).append(asked)
        if len(waiting) > MAX_OPEN:
            yield from self._give_up(waiting.popleft())

    def about(self, interaction: str) -> tuple[Waiting, ...]:
        """The requests about an interaction that wait for their reply, and may be carried out any time before it."""
        return tuple(waiting for asked in self._about.get(interaction, ()) if (waiting := asked.waiting))

    def free_number(self, interaction: str) -> int:
        """The least number that no request about the interaction has that waits for its reply."""
        used = {asked.number for asked in self._about.get(interaction, ())}
        return next(number for number in range(len(used) + 1) if number not in used)

    def answered(self, reply: Recorded) -> Asked | None:
        """The request that this replies to, which waits no longer; None if it was not recorded."""
        waiting = self._open.get(reply.agent, ())
        self.answerers |= {reply.agent}
        for asked in waiting:
            if reply.may_answer(asked.recorded.seq, asked.recorded.value.get("path")):
                for earlier in waiting:
                    if earlier is asked:
                        break
                    earlier.overtaken += 1
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
        if asked.complain is not None:
            yield asked.complain()

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
        is_told = bool(asked.steps) and all(
            agent is not None and is_answered(done, agent, definition=self._definition) for done in asked.steps
        )
        if is_told and (agent, number) not in self._arrived:
            self._owed[agent, number] = _Owed(asked, reply, self._notified.get(agent, 0))

    def settled(self, agent: str | None) -> Iterator[Finding]:
        """After a reply: messages whose request could have been among those that waited, and was not."""
        if not self._open.get(agent):
            for number, finding in self._uncaused.pop(agent, ()):
                yield from self._uncaused_by(agent, number, finding)

    # --- notifications ----------------------------------------------------------------------------------------------

    def notify(self, agent: str | None, number: int | None, interaction: str, finding: Finding) -> Iterator[Finding]:
        """A message came. ``finding`` is given back, now or later, if it answers no request about its interaction."""
        if agent not in self.told:
            self.told |= {agent}
        if not self.has_begun:
            return
        self._notified[agent] = self._notified.get(agent, 0) + 1
        if number is None:
            return
        self._last[agent] = max(number, self._last.get(agent, number))
        _remember(self._arrived, (agent, number), None)
        self._owed.pop((agent, number), None)
        if self._open.get(agent) and (agent, number) not in self._answered:
            self._uncaused.setdefault(agent, []).append((number, finding))
        else:
            yield from self._uncaused_by(agent, number, finding)

    def answers(self, agent: str | None, number: int | None, interaction: str) -> int | None:
        """By which number worlds know the request that a message must answer; None if it may answer another one."""
        waiting = self._open.get(agent, deque())
        unnumbered = (self._unnumbered.get((agent, each)) for each in (interaction, None))
        is_new = (
            number is not None and self._first.get(agent, number) < number and (agent, number) not in self._answered
        )
        if not is_new or any(unnumbered) or len(waiting) != 1 or waiting[0].interaction != interaction:
            return None
        return waiting[0].number

    def excuse(self, asked: Asked) -> None:
        """A reply refuses what was done: that its number is missing is no other fault."""
        agent = asked.recorded.agent
        kept = [each for each in self._uncaused.pop(agent, ()) if each[1].interaction != asked.interaction]
        if kept:
            self._uncaused[agent] = kept

    def _uncaused_by(self, agent: str | None, number: int, finding: Finding) -> Iterator[Finding]:
        """The finding, unless the number is that of a request about its interaction, or one of before the recording."""
        interaction = finding.interaction
        if (agent, number) in self._answered:
            if self._answered[agent, number] not in (None, interaction):
                yield finding
        elif self._adopts(agent, number, str(interaction)):
            pass
        elif agent is None or agent not in self._first or number < self._first[agent]:
            self.undetermined += agent in self._first
        else:
            self._deliver(agent, interaction)
            yield finding

    def _deliver(self, agent: str | None, interaction: str | None) -> None:
        """A message with a wrong number: the one with the right number will not come, too."""
        for key, owed in self._owed.items():
            if key[0] == agent and owed.asked.interaction == interaction:
                del self._owed[key]
                return

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
            "askers": _in_order(self.askers),
            "answerers": _in_order(self.answerers),
            "told": _in_order(self.told),
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
        self.askers = frozenset(said["askers"])
        self.answerers = frozenset(said["answerers"])
        self.told = frozenset(said["told"])
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

    def finish(self) -> Iterator[Finding | tuple[Asked, Recorded | None]]:
        """At the end: findings that waited for a reply; requests without one; and those whose message has not come.

        A reply or a message is missing where later ones have come to the agent; else the recording may have ended too
        early.
        """
        for agent, waiting in self._open.items():
            for asked in waiting:
                if asked.overtaken >= _FEW:
                    self._forget(asked)
                    yield asked, None
                elif agent in self.answerers:
                    self._forget(asked)
                    self.undetermined += 1
                else:
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


def _in_order(agents: frozenset[str | None]) -> list[str | None]:
    return sorted(agents, key=lambda agent: (agent is None, agent))


def _listed(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _written(asked: Asked, number: Callable[[Standing], int]) -> dict[str, Any]:
    return {
        "line": plain_line(asked.recorded),
        "interaction": asked.interaction,
        "before": None if asked.before is None else number(asked.before),
        "judged": asked.command is not None or asked.complain is not None,
        "number": asked.number,
        "overtaken": asked.overtaken,
    }


_FEW = 3
"""After so many replies to later requests of an agent, one that has not come will not come."""
_MANY = 20
"""After so many other messages to an agent, one that has not come will not come."""


def _remember(known: dict[K, V], key: K, value: V) -> None:
    """Keep it, and forget the oldest where there are too many."""
    if len(known) >= MAX_ANSWERED:
        del known[next(iter(known))]
    known[key] = value
