"""What a judge consists of: each line reads the parts, and writes what came of it into them.

The lines of each kind have a module of their own (`notified`, `asked`, `answered`, `statements`), whose functions take
the parts. Here is what lines of several kinds have in common.
"""

from collections.abc import Iterable, Iterator

from ixnstate.model import Interaction
from ixnstate.trace import wording
from ixnstate.trace.account import LATE, Account
from ixnstate.trace.attribution import Attribution, Situation, Verdict
from ixnstate.trace.belief import pending_without, without
from ixnstate.trace.cases import Case, Cases
from ixnstate.trace.exchange import Fault, Uncaused
from ixnstate.trace.facts import Answered, Asked, Notified, Said
from ixnstate.trace.findings import Finding
from ixnstate.trace.knowledge import Knowledge
from ixnstate.trace.requests import Requests
from ixnstate.trace.rules import Rule
from ixnstate.trace.temporal import Rules, Since, Touch
from ixnstate.trace.viewpoint import Viewpoint
from ixnstate.trace.workbins import Workbins
from ixnstate.values import changed
from ixnstate.vocabulary import State


class Parts:
    """The parts of a judge."""

    def __init__(
        self,
        knowledge: Knowledge,
        viewpoint: Viewpoint,
        rules: tuple[Rule, ...],
        max_live: int,
        *,
        workbins: bool,
        explain: bool,
    ) -> None:
        self.knowledge = knowledge
        self.viewpoint = viewpoint
        self.temporal = Rules(rules)
        self.cases = Cases(knowledge.model, viewpoint, max_live, self.temporal.forget)
        self.requests = Requests()
        self.workbins = Workbins(is_judged=workbins)
        self.account = Account()
        self.attribution = Attribution(knowledge, self.requests)
        self.attribution.is_thorough = explain

    # --- what counts ------------------------------------------------------------------------------------------------

    def report(self, faults: Iterable[Fault]) -> list[Finding]:
        """The findings about what belongs to nothing, or has not come, but for those an unreadable line excuses."""
        return self.drop_excused(map(self.attribution.missing, self.certain(faults)))

    def certain(self, faults: Iterable[Fault]) -> Iterator[Fault]:
        """Those that are not left out."""
        return (fault for fault in faults if not self._pass_over(fault))

    def _pass_over(self, fault: Fault) -> bool:
        """Whether a message is left out: what it answers may be forgotten, or be in flight since before the recording.

        The latter has no reply yet.
        """
        if not isinstance(fault, Uncaused):
            return False
        exchange = self.requests.of(fault.source.recorded.agent)
        is_late = self.viewpoint.is_piece and exchange.notified < LATE and fault.number not in exchange.answered
        is_lost = bool(self.cases.lost) and exchange.answered.get(fault.number) in self.cases.lost
        self.account.undetermined += is_lost or is_late
        return is_lost or is_late

    def drop_excused(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings but for those that may follow from what could not be read, or was forgotten."""
        return self.drop_uncertain([finding for finding in findings if not self.excuse(finding)])

    def drop_uncertain(self, findings: list[Finding]) -> list[Finding]:
        """The findings but for those about interactions of which something was forgotten."""
        lost = self.cases.lost
        if not lost or not findings:
            return findings
        certain = [finding for finding in findings if finding.interaction not in lost]
        self.account.undetermined += len(findings) - len(certain)
        return certain

    def excuse(self, finding: Finding, case: Case | None = None) -> bool:
        """Excuse a finding that may follow from a line that could not be read: it excuses no more then. Whether so."""
        holes = self.cases.holes
        is_excused = holes.count > 0 and (self.cases.excuse(case) if case is not None else holes.excuse(finding.code))
        self.account.undetermined += is_excused
        return is_excused

    # --- what came of a line ----------------------------------------------------------------------------------------

    def accept(
        self, at: Situation, case: Case, verdict: Verdict, number: int | None = None, *, is_excused: bool = False
    ) -> Case:
        """Go on from an explanation; the request of that number has its reply.

        If it ``is_excused``, requests in flight need not be illegal: what could not be read may have made them legal.
        """
        self.requests.update(verdict.effects, at.interaction)
        self.account.undetermined += verdict.effects.undetermined
        pending, candidates = at.belief.pending, verdict.candidates
        if is_excused:
            pending = tuple([request._replace(is_illegal=False) for request in pending])
            for request in self.requests.illegal(at.interaction):
                request.meaning = changed(request.meaning, is_illegal=False)
        if number is not None:
            pending, candidates = pending_without(pending, number), without(candidates, number)
        requested = verdict.requested or number is not None or at.belief.requested
        return self.cases.believe(at.interaction, case, candidates, verdict.cast, requested=requested, pending=pending)

    def of_another_medium(self, line: Notified | Asked, what: str, media: str, case: Case) -> Finding:
        """That ``what`` is about an interaction of another medium."""
        self.cases.call(str(line.interaction), media)
        return wording.other_media(line.source.recorded, str(line.interaction), what, case.belief.media)

    def passed(
        self,
        line: Notified | Asked | Answered | Said,
        case: Case,
        *,
        shown: State | None = None,
        operation: str | None = None,
        is_possible: bool = True,
    ) -> list[Finding]:
        """The rules over time that the moment after a line breaks."""
        if not case.belief.candidates:  # of a fork whose edge cannot have been taken
            return []
        record = case.belief.record
        touch = self.temporal.touch(record.media, record.state, shown, operation, line.agent)
        return self.pass_moment(line, record, touch, shown, operation, is_possible=is_possible)

    def pass_moment(
        self,
        line: Notified | Asked | Answered | Said,
        record: Interaction,
        touch: Touch,
        shown: State | None,
        operation: str | None = None,
        *,
        is_possible: bool = True,
    ) -> list[Finding]:
        """The same, of a moment that has been looked up."""
        rules, interaction = self.temporal, str(line.interaction)
        if rules.meet(interaction, touch, line.agent, line.time):
            return []
        since = Since(touch.begins, line, record, shown, operation)
        if interaction not in rules.pending and not touch.holds and not touch.breaks:
            if is_possible:
                rules.pending[interaction] = since
            return []
        breaches = rules.take(touch, since.moment(interaction), is_possible=is_possible)
        return self.drop_excused(map(wording.breach, breaches))
