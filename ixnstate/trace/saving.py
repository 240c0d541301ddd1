"""Writing a judge's state. See `saved` for what it holds."""

import json
from collections.abc import Iterable

import attrs

from ixnstate.commands import Command
from ixnstate.definition import Definition, Edge
from ixnstate.recording.records import is_plain, plain_line
from ixnstate.trace.belief import Belief
from ixnstate.trace.candidate import Candidate
from ixnstate.trace.cases import Case
from ixnstate.trace.exchange import AgentExchange, Due, Request
from ixnstate.trace.parts import Parts
from ixnstate.trace.rules import Moment
from ixnstate.trace.saved import (
    VERSION,
    SavedBelief,
    SavedCandidate,
    SavedCase,
    SavedCommand,
    SavedDue,
    SavedExchange,
    SavedMoment,
    SavedPending,
    SavedRequest,
    SavedState,
    SavedUncaused,
    SavedUnnumbered,
    sealed,
)
from ixnstate.values import Json, fields_of


def save(judge: Parts) -> dict[str, Json]:
    """How a judge stands, as plain JSON, for `resume`: the interactions, and all that waits for something to come."""
    definition = judge.knowledge.definition
    writer = _Writer(definition)
    cases, requests, viewpoint = judge.cases, judge.requests, judge.viewpoint
    state = SavedState(
        VERSION, definition.fingerprint, [rule.name for rule in judge.temporal.rules], writer.beliefs,
        {name: writer.case(case) for name, case in (cases.live | cases.ended).items()},
        dict(cases.called), dict(cases.expected), min(judge.account.earlier + judge.account.notifications, 20),
        requests.has_begun, requests.has_answers, requests.has_messages,
        [writer.exchange(exchange) for exchange in requests.exchanges.values()],
        writer.requests(requests.refused.values()),
        writer.requests(request for waiting in requests.unplaced.values() for request in waiting),
        judge.workbins.save(),
        {
            name: [_moment(number, moment) for number, moment in waiting.items()]
            for name in judge.temporal.pending
            for waiting in (judge.temporal.waiting(name),)
        },
        judge.temporal.latest, list(viewpoint.askers), viewpoint.is_anonymous, viewpoint.is_whole, viewpoint.is_cut,
        viewpoint.is_piece, viewpoint.file, viewpoint.seq, viewpoint.last_record, cases.holes.count,
        dict(cases.holes.excused), list(cases.lost), cases.is_any_lost,
    )  # fmt: skip
    return sealed(json.loads(json.dumps(attrs.asdict(state))))


def _moment(number: int, moment: Moment) -> SavedMoment:
    return SavedMoment(
        number, moment.media, moment.state, moment.shown, moment.operation, moment.agent, moment.time,
        moment.place.file, moment.place.line, moment.text, moment.seq,
    )  # fmt: skip


class _Writer:
    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._numbers: dict[Belief, int] = {}
        self.beliefs: list[SavedBelief] = []

    def number(self, belief: Belief) -> int:
        """Under which number a belief is written."""
        number = self._numbers.setdefault(belief, len(self.beliefs))
        if number == len(self.beliefs):
            unrecorded = belief.unrecorded
            self.beliefs.append(
                SavedBelief(
                    belief.requested, list(map(self._candidate, belief.candidates)),
                    [
                        SavedPending(each.number, _command(each.command), each.agent, each.is_illegal)
                        for each in belief.pending
                    ],
                    sorted(unrecorded.askers), unrecorded.others, unrecorded.several, unrecorded.begun,
                )
            )  # fmt: skip
        return number

    def case(self, case: Case) -> SavedCase:
        """An interaction."""
        return SavedCase(
            self.number(case.belief), list(case.roles), self._edge(case.belief.media, case.edge), case.holes
        )

    def _candidate(self, candidate: Candidate) -> SavedCandidate:
        record, place = candidate.record, candidate.record.workbin
        return SavedCandidate(
            record.media, record.state, list(record.holders), list(record.invited),
            [place.id, place.agent_group, place.place_group, place.owner] if place else None, record.resume,
            record.content.get("attachments"), {name: list(queue) for name, queue in candidate.outboxes},
            sorted(candidate.done), self._edge(record.media, candidate.edge),
        )  # fmt: skip

    def _edge(self, media: str, edge: Edge | None) -> int | None:
        return None if edge is None else self._definition.media[media].edges.index(edge)

    def exchange(self, exchange: AgentExchange) -> SavedExchange:
        """An exchange, without lines that cannot be written."""
        return SavedExchange(
            exchange.agent, exchange.is_answered, exchange.is_told, exchange.asked, exchange.notified, exchange.first,
            exchange.last, exchange.given, self.requests(exchange.open), list(exchange.answered.items()),
            list(exchange.arrived.items()),
            [saved for due in exchange.due.values() if (saved := self._due(due))],
            [
                (about, [SavedUnnumbered(each.turn, self._due(each.due)) for each in waiting])
                for about, waiting in exchange.unnumbered.items()
            ],
            [
                SavedUncaused(
                    plain_line(each.source.recorded), each.interaction, each.number, each.asked, each.is_reported
                )
                for each in exchange.uncaused
                if is_plain(each.source.recorded)
            ],
            list(exchange.unrecorded), list(exchange.strays), list(exchange.guessed),
        )  # fmt: skip

    def requests(self, requests: Iterable[Request]) -> list[SavedRequest]:
        """Requests, without those whose lines cannot be written."""
        return [saved for request in requests if (saved := self._request(request))]

    def _request(self, request: Request | None) -> SavedRequest | None:
        if request is None or not is_plain(request.source.recorded):
            return None
        meaning, before, accepted = request.meaning, request.before, request.accepted
        return SavedRequest(
            plain_line(request.source.recorded), request.agent, request.interaction,
            None if before is None else self.number(before), list(request.roles),
            None if before is None else self._edge(before.media, request.edge), request.operation, request.number,
            request.is_unplaced, request.turn, request.last, request.overtaken, request.is_delivered, request.is_shown,
            request.is_told, request.is_guessed, _command(meaning.command),
            [None if before is None else self._edge(before.media, edge) for edge in meaning.edges],
            meaning.is_illegal, meaning.has_effect, meaning.creates, meaning.is_due, sorted(meaning.shows),
            plain_line(accepted.recorded) if accepted is not None and is_plain(accepted.recorded) else None,
        )  # fmt: skip

    def _due(self, due: Due | None) -> SavedDue | None:
        request = None if due is None else self._request(due.request)
        if due is None or request is None or not is_plain(due.reply.recorded):
            return None
        reply, doubted = plain_line(due.reply.recorded), self._request(due.doubted)
        return SavedDue(request, reply, due.notified, due.number, due.bound, due.asked, due.has_number, doubted)


def _command(command: Command) -> SavedCommand:
    fields = {field.name: getattr(command, field.name) for field in fields_of(type(command))}
    given = {name: value for name, value in fields.items() if value is not None}
    return SavedCommand(type(command).__name__, given)
