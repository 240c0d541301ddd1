"""Requests, their replies and the messages that answer them, put together by agent and ``referenceId``.

Only a recording that has replies is judged so. A reply belongs to the request that it names (``answers``), or else to
the agent's oldest one without a reply, for the same path where it has one. What the beginning or the end of a recording
cuts off is no finding: it is undetermined.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import attrs

from ixnstate.commands import Command
from ixnstate.definition import Definition, Edge
from ixnstate.gws import Answer, is_answered
from ixnstate.model import Step
from ixnstate.noticing import notices
from ixnstate.recording.records import Recorded, is_plain, plain_line, read_line
from ixnstate.refusals import Refusal
from ixnstate.trace.findings import Finding
from ixnstate.trace.saving import plain_finding, read_finding
from ixnstate.trace.worlds import Standing, Waiting
from ixnstate.vocabulary import State

K = TypeVar("K")
V = TypeVar("V")

MAX_OPEN = 1_000
"""How many requests of an agent wait for their replies; then the reply to the oldest was not recorded."""
MAX_ANSWERED = 100_000
"""How many replies are remembered."""
MAX_UNNUMBERED = 10_000
"""Of how many interactions the replies without a number, which are kept with their requests."""
MAX_REFUSED = 1_000
"""Of how many interactions the request that was refused last."""
MAX_UNPLACED = 1_000
"""Of how many interactions the requests that were done before the medium was known."""


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
    is_delivered: bool = False
    """Whether its message has come, with the number of another request."""
    is_shown: bool = False
    """Whether a message shows that it has been carried out, though it must be refused."""
    is_told: bool = False
    """Whether a message without a number has come, which may be its own if the reply has none either."""

    @property
    def about(self) -> str | None:
        """The interaction that its message is about; None for one that it brings into being."""
        return None if any(done.created for done in self.steps) else self.interaction

    @property
    def is_unplaced(self) -> bool:
        """Whether nobody knows what it does, since the medium is not known."""
        return self.command is not None and self.before is None and not self.steps

    @property
    def waiting(self) -> Waiting | None:
        """The same, for the worlds."""
        if self.number is None or self.command is None:
            return None
        return Waiting(self.number, self.command, self.recorded.agent, self.form)


@attrs.define
class Owed:
    """A message that a reply promises."""

    asked: Asked
    reply: Recorded
    notified: int
    """How many messages the agent had been sent."""
    number: int
    """Its number, or the last one before it: after a greater one it is too late."""
    doubted: Asked | None = None
    """A later request that must be refused and was done: illegal, if the message comes; else this reply was wrong."""

    @property
    def is_plain(self) -> bool:
        """Whether both lines can be written as JSON."""
        lines = [self.asked.recorded, self.reply, *([self.doubted.recorded] if self.doubted else [])]
        return all(map(is_plain, lines))


class _Uncaused(NamedTuple):
    """A message that answers no request, as far as the replies tell that have come."""

    number: int
    finding: Finding
    is_told: bool
    """Whether something else is wrong with it, which is enough."""


class Exchanges:
    """The requests that wait for a reply, and the replies that wait for their message."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._open: dict[str | None, deque[Asked]] = {}
        self._about: dict[str, list[Asked]] = {}
        self._answered: dict[tuple[str | None, int], str | None] = {}
        self._unnumbered: dict[tuple[str | None, str | None], list[Owed | None]] = {}
        """By agent and interaction, the replies that do not show their number; with their message, where one is due."""
        self._first: dict[str | None, int] = {}
        self._owed: dict[tuple[str | None, int], Owed] = {}
        self._owing: dict[str | None, dict[tuple[str | None, int], None]] = {}
        """By interaction, the keys of what is owed."""
        self._refused: dict[str, Asked] = {}
        """By interaction, the request that was refused last, until a notification fits that."""
        self._unplaced: dict[str, list[Asked]] = {}
        """By interaction, the requests that were done before its medium was known."""
        self._uncaused: dict[str | None, list[_Uncaused]] = {}
        self._strays: dict[tuple[str | None, str | None], bool] = {}
        """By agent and interaction, that a message has come which answers no request that was made before it."""
        self._arrived: dict[tuple[str | None, int], str] = {}
        """Which interaction the first message with a number was about."""
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

    def place(self, interaction: str) -> list[tuple[Asked, bool]]:
        """The medium of an interaction is known now: the requests made before it was, and whether they were done."""
        done = self._unplaced.pop(interaction, [])
        waiting = [each for each in self._about.get(interaction, ()) if each.is_unplaced]
        self.undetermined -= len(done) + len(waiting)
        return [*((each, True) for each in done), *((each, False) for each in waiting)]

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
        if asked.is_unplaced and asked.interaction is not None:
            earlier = self._unplaced.get(asked.interaction, [])
            _remember(self._unplaced, asked.interaction, [*earlier[-MAX_OPEN:], asked], MAX_UNPLACED)
        agent, number = reply.agent, reply.number(answer.reference_id)
        about = asked.about
        is_delivered = self._strays.pop((agent, asked.interaction), asked.is_delivered)
        is_due = (
            bool(asked.steps)
            and not is_delivered
            and all(agent is not None and is_answered(done, agent, definition=self._definition) for done in asked.steps)
        )
        owed = Owed(asked, reply, self._notified.get(agent, 0), self._last.get(agent, 0) if number is None else number)
        if number is None:
            waiting = self._unnumbered.get((agent, about), [])
            promised = owed if is_due and not asked.is_told else None
            _remember(self._unnumbered, (agent, about), [*waiting[-MAX_OPEN:], promised], MAX_UNNUMBERED)
            return
        self._first.setdefault(agent, number)
        arrived = self._arrived.get((agent, number))
        _remember(self._answered, (agent, number), about or arrived)
        if arrived is not None:
            self._passes(agent, number)
        elif is_due:
            self._owe((agent, number), owed)

    def _owe(self, key: tuple[str | None, int], owed: Owed) -> None:
        self._owed[key] = owed
        self._owing.setdefault(owed.asked.about, {})[key] = None

    def _discharge(self, key: tuple[str | None, int]) -> Iterator[Finding]:
        """Wait for a message no longer. What is wrong since it came."""
        owed = self._owed.pop(key, None)
        if owed is not None:
            keys = self._owing[owed.asked.about]
            del keys[key]
            if not keys:
                del self._owing[owed.asked.about]
            yield from _doubts(owed)

    def settled(self, agent: str | None) -> Iterator[Finding]:
        """After a reply: messages whose request could have been among those that waited, and was not."""
        if not self._open.get(agent):
            for each in self._uncaused.pop(agent, ()):
                yield from self._uncaused_by(agent, each)

    # --- what was not recorded --------------------------------------------------------------------------------------

    def lose_reply(self, asked: Asked) -> None:
        """A request has no reply that says what became of it: some message may have its number."""
        self._lend(asked.recorded.agent, asked.about)

    def lose_messages(self, agent: str | None) -> None:
        """Any message may have come to the agent that was due; or to all, where nobody knows whose they were."""
        for key in [key for key in self._owed if agent in (None, key[0])]:
            owed = self._owed[key]
            owed.doubted = None
            list(self._discharge(key))
        for (name, _), waiting in self._unnumbered.items():
            if agent in (None, name):
                waiting[:] = [None] * len(waiting)
        for name, open_requests in self._open.items():
            for asked in open_requests if agent in (None, name) else ():
                asked.is_delivered = True

    def lose_replies(self, agent: str | None) -> None:
        """Any open request may have been answered."""
        for name, open_requests in self._open.items():
            for asked in open_requests if agent in (None, name) else ():
                asked.overtaken, asked.complain = -MAX_OPEN, None
        for name in {*self.answerers, *self.told} if agent is None else (agent,):
            self._lend(name, None)

    def _lend(self, agent: str | None, about: str | None) -> None:
        """Some message about this may have a number that no reply has told."""
        waiting = self._unnumbered.get((agent, about), [])
        _remember(self._unnumbered, (agent, about), [*waiting[-MAX_OPEN:], None], MAX_UNNUMBERED)

    # --- notifications ----------------------------------------------------------------------------------------------

    def notify(self, agent: str | None, number: int | None, finding: Finding, *, is_told: bool) -> Iterator[Finding]:
        """A message came. ``finding`` is given back, now or later, if it answers no request about its interaction."""
        if agent not in self.told:
            self.told |= {agent}
        if not self.has_begun:
            return
        self._notified[agent] = self._notified.get(agent, 0) + 1
        if number is None:
            return
        if (agent, number) not in self._arrived:
            _remember(self._arrived, (agent, number), str(finding.interaction))
        yield from self._discharge((agent, number))
        uncaused = _Uncaused(number, finding, is_told)
        if self._open.get(agent) and (agent, number) not in self._answered:
            self._uncaused.setdefault(agent, []).append(uncaused)
        else:
            yield from self._uncaused_by(agent, uncaused)

    def _passes(self, agent: str | None, number: int) -> None:
        self._last[agent] = max(number, self._last.get(agent, number))

    def answers(self, agent: str | None, number: int | None, interaction: str) -> int | None:
        """By which number worlds know the request that a message must answer; None if it may answer another one."""
        waiting = self._open.get(agent, deque())
        is_done = self.is_done(agent, number, interaction)
        if (
            number is None
            or is_done
            or number <= self._first.get(agent, number)
            or len(waiting) != 1
            or waiting[0].interaction != interaction
        ):
            return None
        return waiting[0].number

    def is_done(self, agent: str | None, number: int | None, interaction: str) -> bool:
        """Whether the request of that number was done, as a reply to the agent has said."""
        unnumbered = (self._unnumbered.get((agent, each)) for each in (interaction, None))
        return number is not None and ((agent, number) in self._answered or any(unnumbered))

    def excuse(self, asked: Asked) -> None:
        """A reply refuses what was done: that its number is missing is no other fault."""
        agent = asked.recorded.agent
        kept = [each for each in self._uncaused.pop(agent, ()) if each.finding.interaction != asked.interaction]
        if kept:
            self._uncaused[agent] = kept

    def _uncaused_by(self, agent: str | None, uncaused: _Uncaused) -> Iterator[Finding]:
        """The finding, unless the number is that of a request about its interaction, or one of before the recording."""
        number, finding, is_told = uncaused
        interaction = str(finding.interaction)
        about = self._answered.get((agent, number), "")
        if about in (None, interaction) or (about == "" and self._adopts(agent, number, interaction)):
            self._answered[agent, number] = about or interaction
            self._passes(agent, number)
        elif about == "" and (agent is None or agent not in self._first or number < self._first[agent]):
            self.undetermined += agent in self._first
        else:
            yield from self._deliver(agent, interaction)
            if not is_told:
                yield finding

    def _deliver(self, agent: str | None, interaction: str) -> Iterator[Finding]:
        """A message with a wrong number, or too early: the one with the right number will not come, too."""
        for key in (*self._owing.get(interaction, ()), *self._owing.get(None, ())):
            if key[0] == agent:
                yield from self._discharge(key)
                return
        if self._has_come(agent, interaction, lambda _: True):
            return
        for asked in self._open.get(agent, ()):
            if asked.about in (interaction, None) and not asked.is_delivered:
                asked.is_delivered = True
                return
        _remember(self._strays, (agent, interaction), True)

    def tell(self, agent: str | None, interaction: str, state: State) -> None:
        """A message without a number came, which may answer a request whose reply has none."""
        if self._has_come(agent, interaction, lambda asked: self._shows(asked, state)):
            return
        for asked in self._open.get(agent, ()):
            asked.is_told |= asked.interaction == interaction and self._shows(asked, state)

    def _has_come(self, agent: str | None, interaction: str, is_its: Callable[[Asked], bool]) -> bool:
        """Whether a message may be one that a reply without a number has promised, which is waited for no longer."""
        waiting = self._unnumbered.get((agent, interaction), [])
        place = next((place for place, owed in enumerate(waiting) if owed is not None and is_its(owed.asked)), None)
        if place is not None:
            waiting[place] = None
        return place is not None

    def _shows(self, asked: Asked, state: State) -> bool:
        """Whether the agent who asked is shown this state."""
        return any(
            notice.agent == asked.recorded.agent and notice.view is not None and notice.view.state is state
            for done in asked.steps
            for notice in notices(done, definition=self._definition)
        )

    def _adopts(self, agent: str | None, number: int, interaction: str) -> bool:
        """Whether the number can be that of a request whose reply does not show it: some pages have such replies."""
        for key in ((agent, interaction), (agent, None)):
            waiting = self._unnumbered.get(key)
            if waiting:
                earlier = [(owed.number, -place) for place, owed in enumerate(waiting) if owed and owed.number < number]
                del waiting[-max(earlier)[1] if earlier else 0]
                if not waiting:
                    del self._unnumbered[key]
                return True
        return False

    # --- who is to blame --------------------------------------------------------------------------------------------

    def refuse(self, asked: Asked) -> None:
        """A request was refused: nothing may show that it was carried out."""
        if asked.interaction is not None and asked.command is not None:
            _remember(self._refused, asked.interaction, asked, MAX_REFUSED)

    def absolve(self, interaction: str) -> None:
        """A notification shows that what was refused last has not been done."""
        self._refused.pop(interaction, None)

    def refused(self, interaction: str, agent: str | None, number: int | None) -> Asked | None:
        """The request that was refused last, unless a message answers another one."""
        answers_another = (agent, number) in self._answered or any(
            asked.interaction == interaction for asked in self._open.get(agent, ())
        )
        return None if number is not None and answers_another else self._refused.get(interaction)

    def illegal(self, interaction: str) -> list[Asked]:
        """The requests about an interaction that must be refused."""
        return [each for each in self._about.get(interaction, ()) if each.complain is not None]

    def owed(self, interaction: str) -> Owed | None:
        """The last message about an interaction that a reply has promised, and that is still to come."""
        key = next(reversed(self._owing.get(interaction, {})), None)
        return None if key is None else self._owed[key]

    def drop(self, owed: Owed) -> None:
        """It will not come."""
        owed.doubted = None
        list(self._discharge((owed.reply.agent, owed.number)))

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
            "owed": [[key, *_written_owed(owed, number)] for (_, key), owed in self._owed.items() if owed.is_plain],
            "unnumbered": [
                [*key, [_written_owed(each, number) if each and each.is_plain else None for each in waiting]]
                for key, waiting in self._unnumbered.items()
            ],
            "refused": [_written(each, number) for each in self._refused.values() if is_plain(each.recorded)],
            "unplaced": [
                _written(each, number) for done in self._unplaced.values() for each in done if is_plain(each.recorded)
            ],
            "uncaused": [
                [key, plain_finding(finding), is_told]
                for waiting in self._uncaused.values()
                for key, finding, is_told in waiting
            ],
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
        for key, *each in said["owed"]:
            owed = _owed_again(each, again)
            self._owe((owed.reply.agent, key), owed)
        for each in said["refused"]:
            self.refuse(again(each, read_line(each["line"])))
        for each in said["unplaced"]:
            self._unplaced.setdefault(each["interaction"], []).append(again(each, read_line(each["line"])))
        for agent, about, waiting in said["unnumbered"]:
            self._unnumbered[agent, about] = [each and _owed_again(each, again) for each in waiting]
        for number, each, is_told in said["uncaused"]:
            self._uncaused.setdefault(each["agent"], []).append(_Uncaused(number, read_finding(each), is_told))
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
                elif agent in self.answerers and not asked.is_shown:
                    self._forget(asked)
                    self.undetermined += 1
                else:
                    yield from self._give_up(asked)
        for agent, uncaused in self._uncaused.items():
            for each in uncaused:
                self.undetermined += not self._adopts(agent, each.number, str(each.finding.interaction))
        for owed in (*self._owed.values(), *self._owing_without_number()):
            if self._is_overdue(owed):
                yield owed.asked, owed.reply
            else:
                self.undetermined += owed.doubted is None
                yield from _doubts(owed)
        self._open.clear()
        self._owed.clear()
        self._owing.clear()
        self._unnumbered.clear()
        self._uncaused.clear()

    def _owing_without_number(self) -> Iterator[Owed]:
        return (owed for waiting in self._unnumbered.values() for owed in waiting if owed)

    def _is_overdue(self, owed: Owed) -> bool:
        """Whether later messages have come: the agent's own, or for a number of which nobody knows more, many."""
        agent = owed.reply.agent
        has_number = (agent, owed.number) in self._owed
        late = has_number and self._notified.get(agent, 0) - owed.notified >= _MANY
        return late or self._last.get(agent, 0) > owed.number


_BY_AGENT = ("first", "last", "notified")
_BY_TWO = ("answered", "arrived", "strays")


def _in_order(agents: frozenset[str | None]) -> list[str | None]:
    return sorted(agents, key=lambda agent: (agent is None, agent))


def _listed(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


KEPT = ("number", "overtaken", "is_delivered", "is_shown", "is_told")
"""What of a request is not found again by carrying it out once more."""


def _written(asked: Asked, number: Callable[[Standing], int]) -> dict[str, Any]:
    return {
        "line": plain_line(asked.recorded),
        "interaction": asked.interaction,
        "before": None if asked.before is None else number(asked.before),
        "judged": asked.command is not None or asked.complain is not None,
        **{name: getattr(asked, name) for name in KEPT},
    }


def _written_owed(owed: Owed, number: Callable[[Standing], int]) -> list[Any]:
    doubted = owed.doubted and _written(owed.doubted, number)
    return [_written(owed.asked, number), plain_line(owed.reply), owed.notified, owed.number, doubted]


def _doubts(owed: Owed) -> Iterator[Finding]:
    if owed.doubted is not None and owed.doubted.complain is not None:
        yield owed.doubted.complain()


def _owed_again(said: list[Any], again: Callable[[Mapping[str, Any], Recorded], Asked]) -> Owed:
    asked, line, notified, number, doubted = said
    return Owed(
        again(asked, read_line(asked["line"])), read_line(line), notified, number,
        doubted and again(doubted, read_line(doubted["line"])),
    )  # fmt: skip


_FEW = 3
"""After so many replies to later requests of an agent, one that has not come will not come."""
_MANY = 20
"""After so many other messages to an agent, one that has not come will not come."""


def _remember(known: dict[K, V], key: K, value: V, most: int = MAX_ANSWERED) -> None:
    """Keep it, and forget the oldest where there are too many."""
    if len(known) >= most:
        del known[next(iter(known))]
    known[key] = value
