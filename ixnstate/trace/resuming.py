"""Reading a judge's state. See `saved` for what it holds.

A state is read whole and checked before anything of the judge is changed, so one that is damaged leaves it as it was.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter

from ixnstate.commands import OPERATIONS, Command, Custom
from ixnstate.definition import Edge
from ixnstate.gws import MessageError
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.recording.lines import Line, Place
from ixnstate.recording.records import read_record
from ixnstate.shapes import Either, Fields, Listed, Mapped, Row, Shape, misshapen
from ixnstate.trace.belief import Belief
from ixnstate.trace.candidate import NO_ID, Candidate, Pending, is_role, role
from ixnstate.trace.cases import Case
from ixnstate.trace.exchange import Due, Meaning, Request, Uncaused, Unnumbered
from ixnstate.trace.facts import Instance, SourceLine
from ixnstate.trace.holes import Holes
from ixnstate.trace.inference import Model
from ixnstate.trace.parts import Parts
from ixnstate.trace.requests import Requests
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
    SavedRequest,
    SavedState,
    digest_of,
)
from ixnstate.trace.unobserved import Unobserved
from ixnstate.values import Json, JsonObject, brief, fields_of, freeze
from ixnstate.vocabulary import State

S = TypeVar("S")


def resume(judge: Parts, state: Json) -> None:
    """Go on where another judge of the same definition and rules was saved. Raises ValueError."""
    saved = _checked(state, judge)
    try:
        reader = _Reader(saved, judge.knowledge.model)
        restored = reader.requests()
        cases = {name: reader.case(name, case) for name, case in saved.interactions.items()}
        pending = {name: dict(reader.moments(name, waiting)) for name, waiting in saved.waiting.items()}
        workbins = [(agent, Instance._make(about), items) for agent, about, items in saved.workbins]
    except (MessageError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise ValueError(f"the state is damaged: {error}") from None
    for requests in restored.about.values():
        for request in sorted((each for each in requests if each.number is not None), key=_number):
            if request.interaction in cases:
                cases[request.interaction].pending += (request,)
    for name, case in cases.items():
        if len(case.pending) != len(case.belief.pending):
            raise ValueError(
                f"the state is damaged: interactions.{name}: its requests in flight are not those of its belief"
            )
    judge.requests = judge.attribution.requests = restored
    judge.cases.lost, judge.cases.is_any_lost = dict.fromkeys(saved.lost), saved.is_any_lost
    judge.cases.carried_over.update(cases)
    for name, case in cases.items():
        known = judge.cases.set(name, None, case.belief, case.roles)
        known.edge, known.pending, known.holes = case.edge, case.pending, case.holes
    judge.cases.called.update(saved.called)
    judge.cases.expected.update(saved.expected)
    judge.account.earlier = saved.early
    judge.cases.holes = Holes(saved.holes, saved.excused)
    judge.workbins.resume(workbins)
    judge.temporal.pending.update(pending)
    judge.temporal.latest = saved.latest
    judge.viewpoint.resume(
        saved.askers, saved.record, saved.file, saved.seq,
        is_whole=saved.is_whole, is_cut=saved.is_cut, is_piece=saved.is_piece, is_anonymous=saved.is_anonymous,
    )  # fmt: skip
    for case in (*judge.cases.live.values(), *judge.cases.ended.values()):
        case.epoch = judge.viewpoint.epoch


def _number(request: Request) -> int:
    return request.number or 0


def _checked(state: Json, judge: Parts) -> SavedState:
    """The state, if a judge like this one has saved it. Raises ValueError."""
    version = state.get("version") if isinstance(state, Mapping) else None
    rules = [rule.name for rule in judge.temporal.rules]
    if version is None:
        raise ValueError("not a saved judge state")
    if version != VERSION:
        raise ValueError(f"the state is of version {brief(version)}, and this judge reads {VERSION}: begin a new one")
    if state.get("definition") != judge.knowledge.definition.fingerprint:
        raise ValueError("the state was saved under another definition or profile")
    if state.get("rules") != rules:
        raise ValueError(f"the state was saved with the rules {brief(state.get('rules'))}, and not with {rules}")
    return structured(state, SavedState)


def structured(state: JsonObject, kind: type[S]) -> S:
    """The state with a digest, as such a class. Raises ValueError for one that was changed, or is of another shape."""
    if state.get("digest") != digest_of(state):
        raise ValueError("the state is damaged: it is not what the judge has saved")
    plain = {key: each for key, each in state.items() if key != "digest"}
    shape: Shape = _shape(cast("Any", kind))
    if (problem := misshapen(plain, shape)) is not None:
        raise ValueError(f"the state is damaged: {problem}")
    return _CONVERTER.structure(plain, kind)


_CONVERTER = Converter()
_CONVERTER.register_structure_hook(float | None, lambda value, _: value)


@cache
def _shape(kind: Any) -> Shape:
    """What plain JSON must look like of which a value of this type is made."""
    inner = get_args(kind)
    if kind is Any:
        return (str, int, float, bool, NoneType, list, dict)
    if attrs.has(kind):
        return Fields({name: _shape(hint) for name, hint in get_type_hints(kind).items()})
    if get_origin(kind) is list:
        return Listed(_shape(inner[0]))
    if get_origin(kind) is dict:
        return Mapped(_shape(inner[1]))
    if get_origin(kind) is tuple:
        return Row(tuple(map(_shape, inner)))
    if inner:
        return Either(tuple(map(_shape, inner)))
    shape: Shape = kind
    return shape


class _Reader:
    def __init__(self, saved: SavedState, model: Model) -> None:
        self._saved = saved
        self._model = model
        self._definition = model.definition
        for name, number in {"early": saved.early, "holes": saved.holes, "seq": saved.seq}.items():
            if number < 0:
                raise ValueError(f"{name}: it is negative")
        self._beliefs = [self._belief(belief) for belief in saved.beliefs]

    def case(self, name: str, case: SavedCase) -> Case:
        """An interaction."""
        belief = self._at(self._beliefs, case.belief, f"interactions.{name}.belief")
        if not belief.candidates:
            raise ValueError(f"interactions.{name}.belief: there are no candidates")
        names = {
            each for candidate in belief.candidates for each in (*candidate.record.holders, *candidate.record.invited)
        } | {request.agent for request in belief.pending if request.agent is not None}
        if {each for each in names if each[:1] == "@"} - {role(number) for number in range(len(case.roles))}:
            raise ValueError(f"interactions.{name}.roles: a role has no agent")
        known = Case(belief, tuple(case.roles))
        known.edge, known.holes = self._edge(belief.media, case.edge), case.holes
        return known

    def _belief(self, saved: SavedBelief) -> Belief:
        pending = tuple(
            Pending(each.number, self._command(each.command), each.agent, each.is_illegal) for each in saved.pending
        )
        for agent in (request.agent for request in pending if request.agent is not None):
            if not is_role(agent or "-") or not agent[1:].isdecimal():
                raise ValueError(f"beliefs: the agent of a request is a role like @0, and not {brief(agent)}")
        unrecorded = Unobserved(frozenset(saved.askers), saved.others, saved.several, saved.begun)
        candidates = tuple(map(self._candidate, saved.candidates))
        return self._model.belief(candidates, requested=saved.requested, pending=pending, unrecorded=unrecorded)

    def _candidate(self, saved: SavedCandidate) -> Candidate:
        content = {"attachments": saved.attachments} if saved.attachments else {}
        resume = None if saved.resume is None else State(saved.resume)
        record = Interaction(
            NO_ID, saved.media, State(saved.state), saved.holders, saved.invited,
            workbin=WorkbinPlace(*saved.workbin) if saved.workbin else None, resume=resume, content=content,  # type: ignore[arg-type]
        )  # fmt: skip
        outboxes = tuple((name, tuple(queue)) for name, queue in saved.outboxes.items())
        return Candidate(record, outboxes, self._edge(saved.media, saved.edge), frozenset(saved.done))

    def _edge(self, media: str, number: int | None) -> Edge | None:
        edges = self._definition.medium(media).edges
        return None if number is None else self._at(edges, number, f"edges of {media}")

    def _command(self, saved: SavedCommand) -> Command:
        kind = Custom if saved.name == "Custom" else OPERATIONS.get(saved.name, Command)
        known = {field.name for field in fields_of(kind)}
        if not saved.given.keys() <= known:
            raise ValueError(f"{saved.name} takes no {', '.join(sorted(saved.given.keys() - known))}")
        return kind(**freeze(saved.given))

    @staticmethod
    def _at(values: Json, number: int, what: str) -> Json:
        if not 0 <= number < len(values):
            raise ValueError(f"{what}: there is no number {number}")
        return values[number]

    def moments(self, name: str, waiting: list[SavedMoment]) -> Iterable[tuple[int, Moment]]:
        """The moments from which rules wait."""
        for saved in waiting:
            self._at(self._saved.rules, saved.rule, f"waiting.{name}.rule")
            yield saved.rule, Moment(
                name, saved.media, saved.state, saved.shown, saved.operation, saved.agent, saved.time,
                Place(saved.file, saved.line), saved.text, saved.seq,
            )  # fmt: skip

    def requests(self) -> Requests:
        """The exchanges of all agents."""
        requests = Requests()
        saved = self._saved
        requests.has_begun, requests.has_answers, requests.has_messages = (
            saved.has_begun, saved.has_answers, saved.has_messages,
        )  # fmt: skip
        for exchange in saved.exchanges:
            self._exchange(requests, exchange)
        for each in self._saved.refused:
            requests.refuse(self._request(each))
        for each in self._saved.unplaced:
            requests.unplaced.setdefault(str(each.interaction), []).append(self._request(each))
        return requests

    def _exchange(self, requests: Requests, saved: SavedExchange) -> None:
        exchange = requests.of(saved.agent)
        exchange.is_answered, exchange.is_told, exchange.asked = saved.is_answered, saved.is_told, saved.asked
        exchange.notified, exchange.first = saved.notified, saved.first
        exchange.last, exchange.given = saved.last, saved.given
        for each in saved.open:
            requests.fly(exchange, self._request(each))
        exchange.answered.update(saved.answered)
        exchange.arrived.update(saved.arrived)
        for due in saved.due:
            requests.expect(exchange, self._due(due))
        for about, waiting in saved.unnumbered:
            promised = [Unnumbered(each.turn, None if each.due is None else self._due(each.due)) for each in waiting]
            exchange.unnumbered[about] = promised
            exchange.unbound += [each.due for each in promised if each.due is not None and each.due.bound is None]
        exchange.uncaused += [
            Uncaused(_source(each.line), each.interaction, each.number, each.asked, each.is_reported)
            for each in saved.uncaused
        ]
        exchange.unrecorded += saved.unrecorded
        exchange.strays.update(dict.fromkeys(saved.strays, True))
        exchange.guessed.update(dict.fromkeys(saved.guessed, True))

    def _request(self, saved: SavedRequest) -> Request:
        before = None if saved.before is None else self._at(self._beliefs, saved.before, "request.before")
        command = self._command(saved.command)
        edges = tuple(None if before is None else self._edge(before.media, edge) for edge in saved.edges)
        refusal = None
        if saved.is_illegal and before is not None:
            agent = role(saved.roles.index(saved.agent)) if saved.agent in saved.roles else saved.agent
            refusal = self._model.refusal(before.candidates, Pending(None, command, agent))
        meaning = Meaning(
            command, edges, refusal, saved.is_illegal, saved.has_effect, saved.creates, saved.is_due,
            frozenset(map(State, saved.shows)),
        )  # fmt: skip
        return Request(
            _source(saved.line), saved.agent, saved.interaction, meaning, saved.number, before, tuple(saved.roles),
            None if before is None else self._edge(before.media, saved.edge), saved.operation,
            saved.is_unplaced, saved.turn, saved.last, saved.overtaken, saved.is_delivered, saved.is_shown,
            saved.is_told, saved.is_guessed, None if saved.accepted is None else _source(saved.accepted),
        )  # fmt: skip

    def _due(self, saved: SavedDue) -> Due:
        doubted = None if saved.doubted is None else self._request(saved.doubted)
        return Due(
            self._request(saved.request), _source(saved.reply), saved.notified, saved.number, saved.bound,
            saved.asked, saved.has_number, doubted,
        )  # fmt: skip


def _source(line: JsonObject) -> SourceLine:
    recorded = read_record(Line(Place(line["file"], line["line"]), line["text"], line["value"]))
    if recorded is None:
        raise ValueError("a line that is about no interaction")
    return SourceLine(recorded.seq, recorded.value.get("path"), recorded)
