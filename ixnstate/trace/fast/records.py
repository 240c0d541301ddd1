"""Full traces: requests, replies and notifications, each looked up where it has been met before.

This is the pipeline of `judge` with decoded fields: the same tables, the same order of steps. A line whose transition
is known, and of which nothing else is to be said, is done here; any other is made `facts` of and goes to the judge,
which learns the transition. A test holds both against each other.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ixnstate.recording.lines import Unreadable
from ixnstate.recording.reading import read_raw
from ixnstate.trace import answered, asked, notified
from ixnstate.trace.attribution import answer_of
from ixnstate.trace.belief import Belief
from ixnstate.trace.cases import Case
from ixnstate.trace.exchange import MAX_NUMBERS, MAX_OPEN, NOTHING, SHIFTED, AgentExchange, Request, keep
from ixnstate.trace.facts import Answered, Asked, NotificationShape, Notified
from ixnstate.trace.fast.columns import decoded
from ixnstate.trace.fast.decoding import IGNORED, LOGGED, Reader
from ixnstate.trace.findings import Finding
from ixnstate.trace.judge import Judge
from ixnstate.trace.observation import DONE, NO_NUMBER, NOBODY_NAMED, Transition, who
from ixnstate.trace.temporal import Touch
from ixnstate.vocabulary import NoticeKind

Found = Iterator[Finding | Unreadable]


class Records:
    """Takes the records of one file for a judge."""

    def __init__(self, judge: Judge, decode: Callable[[bytes], Any], name: str) -> None:
        self._judge = judge
        self._decode = decode
        self._name = name
        self._reader = Reader(judge.knowledge.shapes)
        self._touches: dict[Transition, Touch] = {}
        self._shown: dict[NotificationShape, int] = {}
        """How often each shape was shown."""
        self._begun: tuple[int, Belief] | None = None
        """The belief in what is new, in this epoch of the viewpoint."""

    def take(self, lines: list[tuple[int, bytes]]) -> Found:
        """Judge records; those that cannot be decoded are read strictly."""
        judge, name, reader = self._judge, self._name, self._reader
        viewpoint, notify, ask, answer = judge.viewpoint, self.notified, self.asked, self.answered
        for (number, raw), line in zip(lines, decoded([raw for _, raw in lines], self._decode), strict=True):
            facts = None
            if line is not None and (line.seq is None or line.seq != viewpoint.last) and not viewpoint.names_agent:
                facts = reader.facts(line, raw, number, name)
            if facts is None:
                for each in read_raw(raw, number, name):
                    yield from judge.take(each)
                continue
            if facts is IGNORED:
                viewpoint.pass_line({"seq": line.seq}, name, is_other=True)
                continue
            seq = viewpoint.last = line.seq
            viewpoint.text = raw if seq is not None else ""
            if viewpoint.is_going_on:
                viewpoint.pass_seq(seq, name)
            kind = facts.__class__
            if kind is Notified:
                findings = notify(facts)
            elif kind is Asked:
                findings = ask(facts)
            elif kind is Answered:
                findings = answer(facts)
            else:
                assert facts is LOGGED
                judge.account.notifications += 1
                continue
            if findings:
                yield from findings

    def count(self) -> None:
        """Count what was shown."""
        for shape, times in self._shown.items():
            if shape.listed is not None:
                self._judge.account.list(shape.listed, times)
        self._shown.clear()

    def notified(self, line: Notified) -> list[Finding]:  # noqa: PLR0915 (a function more costs a call for each line)
        """What is wrong with a notification."""
        judge, shape, interaction, agent, number = self._judge, line.shape, line.interaction, line.agent, line.number
        cases, requests = judge.cases, judge.requests
        case = cases.live.get(interaction) or cases.ended.get(interaction)
        if cases.carried_over:
            cases.come_up((interaction,))
        exchange = requests.exchanges.get(agent)
        if (
            exchange is None or agent is None or shape.is_misprinted or judge.knowledge.model.gaps
            or interaction in cases.expected or not requests.has_begun
        ):  # fmt: skip
            return notified.take(judge, line)
        roles: tuple[str, ...]
        if case is None:
            if interaction in requests.about or interaction in requests.unplaced or not shape.is_possible:
                return notified.take(judge, line)
            belief, roles = self._start(), ()
        elif case.epoch != judge.viewpoint.epoch or case.belief.media != shape.media:
            return notified.take(judge, line)
        else:
            belief, roles = case.belief, case.roles
        if interaction in requests.about and any(requests.supposable(interaction)):
            return notified.take(judge, line)
        if number is None or case is None:
            answer = NO_NUMBER
        elif number in exchange.answered:
            answer = DONE
        else:
            answer = answer_of(requests, exchange, number, interaction)
        workbin = NOBODY_NAMED
        if agent in roles:
            role = roles.index(agent)
        else:
            role, roles = -2 - judge.viewpoint.asks(agent), (*roles, agent)
        if line.workbin is not None:
            names = [*roles]
            workbin = who(line.workbin, names, len(case.roles) if case is not None else 0, asks=False)
            roles = tuple(names)
        transition = belief.transitions.get((shape, role, answer, workbin))
        if transition is None or (line.placed is not None and not judge.workbins.fits(line.placed)):
            return notified.take(judge, line)
        if line.placed is not None:
            judge.workbins.take(line.placed)
        account = judge.account
        account.notifications += 1
        account.gaps += transition.gaps
        account.repeats += transition.repeats
        self._shown[shape] = self._shown.get(shape, 0) + 1
        if interaction in requests.refused:
            requests.absolve(interaction)
        if case is None:
            case = cases.move(interaction, None, transition, roles)
        elif transition.belief is not belief or transition.roles is not None:
            self._move(interaction, case, transition, roles)
        if number is None:
            exchange.is_told = requests.has_messages = True
            exchange.notified += 1
            if shape.state and (exchange.unnumbered or exchange.open) and shape.kind != NoticeKind.PARTICIPANTS_UPDATED:
                requests.tell(exchange, interaction, shape.state)
            findings: list[Finding] = []
        else:
            faults = requests.notify(exchange, number, interaction, line.source, is_reported=False)
            findings = judge.report(faults) if faults else []
        return self._passed(line, case, transition, shape.state, None, findings)

    def _start(self) -> Belief:
        """The belief in an interaction of which nothing has come yet."""
        epoch = self._judge.viewpoint.epoch
        if self._begun is None or self._begun[0] != epoch:
            self._begun = epoch, self._judge.cases.start()
        return self._begun[1]

    def asked(self, line: Asked) -> list[Finding]:
        """What is wrong with a request."""
        judge, shape, interaction = self._judge, line.shape, line.interaction
        exchange = judge.requests.exchanges.get(line.agent)
        if interaction is None or shape is None or exchange is None or line.agent is None:
            return asked.take(judge, line)
        cases = judge.cases
        case = cases.live.get(interaction) or cases.ended.get(interaction)
        if cases.carried_over:
            cases.come_up((interaction,))
        if (
            case is None or case.epoch != judge.viewpoint.epoch or len(exchange.open) >= MAX_OPEN
            or line.agent not in judge.viewpoint.askers or not judge.requests.has_messages
        ):  # fmt: skip
            return asked.take(judge, line)
        belief = case.belief
        if shape.media is not None and shape.media != belief.media:
            return asked.take(judge, line)
        names, known = [*case.roles], len(case.roles)
        whos = tuple([who(agent, names, known, asks=judge.viewpoint.asks(agent)) for agent in line.agents])
        transition = belief.transitions.get((shape, whos))
        if transition is None:
            return asked.take(judge, line)
        judge.account.operations += 1
        roles = tuple(names)
        request = Request(
            line.source, line.agent, interaction, transition.meaning or NOTHING, transition.number, belief, roles,
            case.edge, shape.operation,
        )  # fmt: skip
        self._move(interaction, case, transition, roles)
        if request.number is not None:
            case.pending = (*case.pending, request)
        judge.requests.ask(exchange, request)
        return self._passed(line, case, transition, None, shape.operation, [])

    def answered(self, line: Answered) -> list[Finding]:
        """What is wrong with a reply."""
        judge, requests = self._judge, self._judge.requests
        exchange = requests.exchanges.get(line.agent)
        if exchange is None or not exchange.open:
            return answered.take(judge, line)
        request = exchange.open[0]
        if line.answers is None and (
            (len(exchange.open) > 1 and line.is_unnamed)
            or (judge.viewpoint.is_cut and (judge.account.is_early or request.turn < SHIFTED))
        ):
            return answered.take(judge, line)
        interaction, number, source = request.interaction, request.number, request.source
        if (
            interaction is None or request.is_shown or (request.meaning.is_illegal and (line.ok or number is not None))
            or (
                source.seq != line.answers if line.answers is not None
                else line.source.path not in (None, source.path)
            )
        ):  # fmt: skip
            return answered.take(judge, line)
        cases = judge.cases
        case = cases.live.get(interaction) or cases.ended.get(interaction)
        if cases.carried_over:
            cases.come_up((interaction,))
        if case is None or case.epoch != judge.viewpoint.epoch:
            return answered.take(judge, line)
        if number is not None:
            is_told = requests.is_told(line.agent, is_all=judge.viewpoint.is_everything)
            transition = case.belief.transitions.get((number, line.ok, is_told))
            if transition is None or transition.has_moved or request not in case.pending:
                return answered.take(judge, line)
            self._move(interaction, case, transition, case.roles)
            case.land(request)
            if transition.meaning is not None and transition.meaning is not request.meaning:
                request.meaning = request.meaning.or_later(transition.meaning)
        exchange.is_answered = requests.has_answers = True
        del exchange.open[0]
        requests.land(request)
        if line.ok:
            self._promise(exchange, request, line)
        elif number is not None or request.meaning.is_illegal:
            requests.refuse(request)
        faults = requests.settled(exchange) if exchange.uncaused else ()
        return judge.report(faults) if faults else []

    def _promise(self, exchange: AgentExchange, request: Request, line: Answered) -> None:
        """What the reply promises; quickly, where its message has come already."""
        number, requests = line.number, self._judge.requests
        arrived = None if number is None else exchange.arrived.get(number)
        if number is None or arrived is None or exchange.unbound or exchange.strays:
            requests.promise(exchange, request, line.source, number)
            return
        if exchange.first is None:
            exchange.first = number
        keep(exchange.answered, number, request.about or arrived, MAX_NUMBERS)
        exchange.last, exchange.given = max(exchange.last, number), max(exchange.given, number)

    def _move(self, interaction: str, case: Case, transition: Transition, names: tuple[str, ...]) -> None:
        """Take a transition; ``names`` are those of the roles before it, and of who has come to them."""
        after, roles = transition.belief, case.roles
        if transition.roles is not None:
            roles = tuple([names[number] for number in transition.roles])
        if after.has_ended is not case.belief.has_ended or after.is_over is not case.belief.is_over:
            self._judge.cases.set(interaction, case, after, roles)
        else:
            case.belief, case.roles = after, roles
        if transition.edge is not None:
            case.edge = transition.edge

    def _passed(
        self, line: Any, case: Case, transition: Transition, shown: Any, operation: str | None, findings: list[Finding]
    ) -> list[Finding]:
        """The rules over time, for the moment after a line."""
        rules = self._judge.temporal
        if line.time is not None:
            rules.latest = line.time
        touch = self._touches.get(transition)
        if touch is None or rules.names_agents:
            record = case.belief.record
            touch = self._touches[transition] = rules.touch(record.media, record.state, shown, operation, line.agent)
        if touch.is_idle and line.interaction not in rules.pending:
            return findings
        return findings + self._judge.pass_moment(line, case.belief.record, touch, shown, operation)
