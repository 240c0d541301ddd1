"""Phase three: what one interaction is told, in order, judged by the judge.

It is the same `Judge` that judges a whole recording, with stand-ins for what it would ask of the recording.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ixnstate.recording.lines import Line, Unreadable
from ixnstate.recording.records import read_record
from ixnstate.trace import answered, facts, statements
from ixnstate.trace.account import Seen
from ixnstate.trace.attribution import Attribution
from ixnstate.trace.cases import Case, Cases
from ixnstate.trace.facts import Answered, Asked, Notified
from ixnstate.trace.fast.records import Records
from ixnstate.trace.findings import Finding
from ixnstate.trace.judge import Judge
from ixnstate.trace.partition.counts import Counts
from ixnstate.trace.partition.facts import NEVER, Known
from ixnstate.trace.partition.rows import Row, in_order
from ixnstate.trace.partition.settings import JudgeOptions
from ixnstate.trace.partition.stand_ins import PartAccount, PartHoles, PartRequests, PartViewpoint, PartWorkbins
from ixnstate.trace.partition.told import SORTED, Told
from ixnstate.trace.settling import Settling


class PartFinding(NamedTuple):
    """Something that was found."""

    decided: int
    """The order of the line after which it was."""
    step: int
    found: Finding | Unreadable
    is_excusable: bool = False
    """Whether a line that cannot be read excuses it, as long as it excuses nothing else: see `settling`."""


Watch = Callable[[Seen], None]
"""Looks at what lines show."""


class PartJudge(Judge):
    """Judges what interactions are told; somebody may ``watch`` what their lines show."""

    def __init__(self, settings: JudgeOptions, known: Known, watch: Watch | None = None) -> None:
        super().__init__(
            settings.definition, gaps=settings.gaps, rules=settings.rules, separate=settings.separate,
            recorded=settings.recorded, agent=settings.agent, explain=settings.explain, like=settings.judge,
        )  # fmt: skip
        self._known = known
        self._settings = settings
        self.viewpoint: PartViewpoint = PartViewpoint(settings, known)
        self.workbins: PartWorkbins = PartWorkbins()
        self.account: PartAccount = PartAccount(known)
        self.account.is_followed = watch is not None
        self._watch = watch
        self.attribution = Attribution(self.knowledge, self.requests)
        self.attribution.is_thorough = settings.explain
        self._records = Records(self, bytes, "")
        self._met = self._undetermined = self._forgotten = 0
        self._excusable: list[Finding] = []
        self.begin()

    def begin(self) -> None:
        """Of the next interaction nothing is known."""
        self._met += self.cases.count
        self._undetermined += self.requests.undetermined
        self._forgotten += self.requests.forgotten
        self.requests: PartRequests = PartRequests(self._known)
        self.attribution.requests = self.requests
        self.cases = Cases(self.knowledge.model, self.viewpoint)
        self.holes = self.cases.holes = PartHoles(self._known)
        self._settling = Settling(self) if self._watch is not None else None

    def excuse(self, finding: Finding, case: Case | None = None) -> bool:
        """Whether a finding is excused; what a line about something else may excuse is when all are there."""
        if case is None:
            self._excusable.append(finding)
            return False
        return super().excuse(finding, case)

    def outcomes(self, told: Told) -> Iterator[PartFinding]:
        """What comes of what an interaction is told."""
        order = told.order
        self._go_to(order)
        yield from self._outcomes(order, told.step, self._found(told))

    def _go_to(self, order: int) -> None:
        self.viewpoint.go_to(order)
        self.requests.go_to(order)
        self.holes.order = order
        self.account.order = order

    def _outcomes(self, order: int, step: int, found: Iterable[Finding | Unreadable]) -> Iterator[PartFinding]:
        for each in list(found):
            yield PartFinding(order, step, each, any(each is excusable for excusable in self._excusable))
        self._excusable.clear()

    def _found(self, told: Told) -> list[Finding | Unreadable]:
        requests, agent, order = self.requests, told.agent, told.request
        match told.kind:
            case "line" | "reply" | "unsure":
                return self._line(told)
            case "settle":
                assert order is not None
                return [*self.report(requests.settle(agent, order, told.context))]
            case "delivered":
                return [*self.report(requests.discharge(requests.of(agent), *told.more))]
            case "replaced":
                requests.of(agent).due.pop(told.more[0], None)
            case "lost":
                requests.lose_messages(agent)
            case "given up":
                requests.give_up(agent, order or 0)
            case "marked":
                requests.mark(order or 0)
            case "adopted":
                requests.deliver(order or 0)
            case "doubted":
                self.holes.doubts += 1
            case "count":
                notifications, repeats = told.more
                self.account.notifications += notifications
                self.account.repeats += repeats
            case "end":
                requests.end(agent, told.context, *told.more)
        return []

    def _line(self, told: Told) -> list[Finding | Unreadable]:
        assert told.row is not None
        exchange = self.requests.load(told.agent, told.context)
        self.requests.answers = NEVER if told.request is None else told.request
        is_reply = told.kind != "line"
        self.workbins.fault = None if is_reply or not told.more else told.more
        found = self._take_unsure(told.row) if told.kind == "unsure" else self._take(told.row)
        self.requests.unload(exchange)
        for order, context in told.more if is_reply else ():
            found += self.report(self.requests.settle(told.agent, order, context))
        return found

    def _take(self, row: Row) -> list[Finding | Unreadable]:
        """A line: what has been met before is looked up, unless somebody watches."""
        if self._watch is not None and self._settling is not None:
            found = self.take(row.line())
            if (seen := self.seen) is not None:
                self._watch(self._settling.settled(seen))
            return found
        says, _ = self._settings.reader.quickly(row)
        if says.__class__ is Notified:
            return [*self._records.notified(says)]
        if says.__class__ is Asked:
            return [*self._records.asked(says)]
        if says.__class__ is Answered:
            return self._take_reply(says)
        return self.take(row.line())

    def _take_reply(self, line: Answered) -> list[Finding | Unreadable]:
        """A reply: one to the oldest request in flight, and that for certain, is looked up, too."""
        requests, exchange = self.requests, self.requests.of(line.agent)
        request = requests.answered_now
        if request is None or exchange.open[0] is not request or exchange.context.is_guessed:
            return [*answered.take(self, line)]
        found = self._records.answered(line)
        requests.in_flight.pop(requests.answers, None)
        return [*found]

    def _take_unsure(self, row: Row) -> list[Finding | Unreadable]:
        """A reply that may be to any of several requests."""
        line = row.line()
        recorded = read_record(line) if isinstance(line, Line) else None
        reply = recorded and facts.answered(self.viewpoint.named(recorded))
        return [*statements.lost_reply(self, reply)] if reply else []

    def ended(self) -> Iterator[PartFinding]:
        """What comes of the end of the recording."""
        self._go_to(NEVER)
        self.temporal.latest = self._known.latest
        yield from self._outcomes(NEVER, 0, self.finish())

    def counts(self) -> Counts:
        """How much there was."""
        self._records.count()
        account = self.account
        return Counts(
            account.operations, account.notifications, self._met + self.cases.count, account.repeats, account.gaps,
            self._undetermined + self.undetermined, self._forgotten + self.requests.forgotten, dict(self.lists),
            self.rules,
        )  # fmt: skip


def by_interaction(
    told: Iterable[Told], known: Known, settings: JudgeOptions, watch: Watch | None = None
) -> Iterator[PartFinding | Counts]:
    """What is wrong with what some interactions are told, and in the end how much there was.

    ``watch`` is called with what each line shows (`Seen`), in the order of each interaction. Raises ValueError for rows
    that are out of order.
    """
    judge, key = PartJudge(settings, known, watch), None
    for each in in_order(told, SORTED, "by interaction"):
        if each.key != key:
            if key is not None:
                yield from judge.ended()
                judge.begin()
            key = each.key
        yield from judge.outcomes(each)
    if key is not None:
        yield from judge.ended()
        yield judge.counts()
