"""The judge: one line after the other, many interactions interleaved; it says what is not legal.

What the platform does (offers, timeouts, a customer who leaves) is not a request, so a recording may show it by its
notifications alone; the judge takes such a step unseen, and any step of whoever is not recorded. After a finding it
goes on from what was reported.

A line passes each part once: it is read (`facts`); by its kind (`notified`, `asked`, `answered`) it is put together
with what it answers (`requests`), and looked up or worked out (`observation`); where it contradicts what is believed,
it is explained (`attribution`). Those three alone put what came of a line into the belief, requests and account.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import NoneType
from typing import Any

from ixnstate.definition import Definition, checked
from ixnstate.gws import MessageError
from ixnstate.recording.lines import Line, Place, Unreadable, unreadable
from ixnstate.recording.records import Kind, Recorded, read_record
from ixnstate.table import GWS
from ixnstate.trace import answered, asked, facts, notified, resuming, saving, statements, wording
from ixnstate.trace.account import Seen
from ixnstate.trace.cases import MAX_LIVE
from ixnstate.trace.findings import Finding, RuleOutcome
from ixnstate.trace.knowledge import Knowledge
from ixnstate.trace.parts import Parts
from ixnstate.trace.rules import Rule, invitation
from ixnstate.trace.viewpoint import Declared, Viewpoint
from ixnstate.values import Json, each_of, expect, expect_number, expect_seconds

DEFAULT_RULES = (invitation(),)


class Judge(Parts):
    """Judges line after line.

    ``recorded`` says what is recorded: "everything", "session", or the agents whose requests are; see `viewpoint` for
    what is taken for granted where it is None. ``gaps`` is how many steps may have gone unseen between two
    notifications of one interaction; None takes as many as it needs after the agent has let go of it, and else none.
    ``rules`` are rules over time. ``like`` is a judge of the same definition that has worked out already what this one
    need not work out again. Without ``workbins`` it does not look at what is in them. ``separate`` says that others are
    recorded elsewhere, by another clock: whoever asks for nothing here may act unseen. ``agent`` is whose session it is
    where a line does not say so. With ``explain`` findings say what was believed before their line, and what rules each
    of it out (`Finding.candidates`). ``max_live`` is how many interactions under way are remembered: beyond that the
    one that came up first is forgotten. If it comes up again, what contradicts it is undetermined.

    Raises ValueError for an argument of another type.
    """

    def __init__(
        self,
        definition: Definition = GWS,
        *,
        gaps: int | None = None,
        rules: Iterable[Rule] = DEFAULT_RULES,
        like: "Judge | None" = None,
        workbins: bool = True,
        separate: bool = False,
        recorded: Declared | None = None,
        agent: str | None = None,
        explain: bool = False,
        max_live: int = MAX_LIVE,
    ) -> None:
        expect("like", like, Judge, NoneType)
        expect("agent", agent, str, NoneType)
        if gaps is not None:
            expect_number("gaps", gaps)
        expect_number("max_live", max_live, 1)
        checked(definition)
        super().__init__(
            like.knowledge if like else Knowledge(definition, gaps, separate=separate),
            Viewpoint(recorded, separate=separate, agent=agent),
            tuple(each_of("rules", rules, Rule)),
            max_live,
            workbins=workbins,
            explain=explain,
        )

    def take(self, line: Line | Unreadable) -> list[Finding | Unreadable]:
        """What is wrong with one line; the interaction that it is about moves on. Raises ValueError for no line."""
        expect("line", line, Line, Unreadable)
        self.account.entry = None
        if isinstance(line, Unreadable):
            self.viewpoint.pass_line(None, line.place.file)
            self.cases.holes.count += 1
            return [line]
        recorded = None
        try:
            recorded = read_record(line)
            recorded = recorded and self.viewpoint.named(recorded)
            if recorded is not None and self.viewpoint.pass_record(recorded):
                self.account.repeats += 1
                return []
            self.viewpoint.pass_line(line.value, line.place.file, is_other=recorded is None)
            return [*self.weigh(recorded)] if recorded is not None else []
        except MessageError as error:
            self.viewpoint.pass_line(None, line.place.file)
            self.cases.holes.count += recorded is None or recorded.is_explicit
            return [unreadable(line, str(error))]

    def weigh(self, recorded: Recorded) -> list[Finding]:
        """What is wrong with a line that has been read, of an agent who is named.

        Raises `MessageError` for one that cannot be judged, and ValueError for what is no such line.
        """
        expect("recorded", recorded, Recorded)
        shapes = self.knowledge.shapes
        if recorded.problem is not None:
            self.account.note(recorded.problem, recorded.line.place)
        match recorded.kind:
            case Kind.NOTIFICATION:
                message = facts.message_of(recorded)
                shown = shapes.notified(recorded, message)
                if shown is not None:
                    return notified.take(self, shown)
                self.account.notifications += 1
                subscribed = facts.placed(recorded, message)
                return self.workbins.take(subscribed) if subscribed is not None else []
            case Kind.REQUEST:
                try:
                    request = shapes.asked(recorded)
                except MessageError:
                    asked.take(self, asked.unread(recorded))
                    raise
                return asked.take(self, request)
            case Kind.RESPONSE:
                reply = facts.answered(recorded)
                if reply is None:
                    return []
                return answered.take(self, reply) if reply.is_decided else statements.lost_reply(self, reply)
            case Kind.GAP:
                return statements.lost(self, recorded)
            case _:
                return statements.said(self, facts.said(recorded, self.knowledge.definition))

    def overdue(self, now: float) -> list[Finding]:
        """The rules over time that do not hold, if it is that time, in seconds since 1970, and nothing has come.

        Of a recording they are found by the lines that come, and at its end. Raises ValueError for no number.
        """
        expect_seconds("now", now)
        return self.drop_excused(map(wording.breach, self.temporal.overdue(now)))

    def finish(self, *, is_over: bool = True) -> list[Finding]:
        """What is wrong at the end: requests, replies and invitations after which what must come did not come.

        With ``is_over=False`` the recording goes on elsewhere, and all of these with it.
        """
        if not is_over:
            return []
        missing = map(self.attribution.missing, self.certain(self.requests.finish()))
        findings = [*missing, *map(wording.breach, self.temporal.finish())]
        return self.drop_excused(sorted(findings, key=lambda finding: (finding.place.file, finding.place.line)))

    def save(self) -> dict[str, Json]:
        """How it stands, as plain JSON, for `resume`."""
        return saving.save(self)

    def resume(self, state: Any) -> None:
        """Go on where another judge of the same definition and rules was saved. Raises ValueError."""
        resuming.resume(self, state)

    # --- the account ------------------------------------------------------------------------------------------------

    @property
    def seen(self) -> Seen | None:
        """What the line that was taken last shows of an interaction; None for one that shows nothing of any."""
        entry = self.account.entry
        case = self.cases.get(entry.interaction) if entry is not None else None
        return entry.seen(case.belief, self.knowledge.model) if entry is not None and case is not None else None

    @property
    def definition(self) -> Definition:
        """The definition under which it judges."""
        return self.knowledge.definition

    @property
    def operations(self) -> int:
        """How many operations it has seen."""
        return self.account.operations

    @property
    def notifications(self) -> int:
        """How many notifications it has seen."""
        return self.account.notifications

    @property
    def interactions(self) -> int:
        """How many interactions its lines are about: of those of an earlier run the ones that have come up again."""
        return self.cases.count - len(self.cases.carried_over)

    @property
    def repeats(self) -> int:
        """How many notifications showed what was known already."""
        return self.account.repeats

    @property
    def gaps(self) -> int:
        """How many steps must have happened that no line shows."""
        return self.account.gaps

    @property
    def undetermined(self) -> int:
        """How much could not be judged, since the recording ends too early or leaves the order open."""
        return self.account.undetermined + self.requests.undetermined + self.cases.forgotten

    @property
    def lists(self) -> Mapping[str, int]:
        """How often each documented capability list was shown, by medium and name."""
        return self.account.lists_shown()

    @property
    def generations(self) -> Mapping[str, int]:
        """How often a list was shown that only one generation of lists has."""
        return self.account.generations(self.definition)

    @property
    def unrecorded(self) -> Mapping[str, tuple[int, Place]]:
        """What was not recorded or cannot be read, by the reason: how often, and where first."""
        return self.account.unrecorded

    @property
    def rules(self) -> tuple[RuleOutcome, ...]:
        """How each rule has come out."""
        return self.temporal.outcomes

    @property
    def known(self) -> Iterator[str]:
        """The interactions that it remembers."""
        return self.cases.known
