"""What a line makes of a belief: the transitions of the automaton that the judge fills as it goes.

Each function is pure: a belief, the shape of a line and the roles of its agents go in, a transition comes out, or None
where the line contradicts the belief. It is worked out once and remembered with the belief.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from ixnstate.commands import Command, Create
from ixnstate.definition import Edge
from ixnstate.gws import is_answered
from ixnstate.model import Step
from ixnstate.noticing import notices
from ixnstate.refusals import RefusedError
from ixnstate.stepping import applicable, create
from ixnstate.trace.belief import (
    Belief,
    Candidates,
    has_newcomer,
    lying,
    pending_without,
    trusted,
    without,
)
from ixnstate.trace.caches import with_room
from ixnstate.trace.candidate import NO_ID, Candidate, Pending, in_workbin, renamed_command, role
from ixnstate.trace.exchange import Meaning
from ixnstate.trace.facts import NotificationShape, RequestShape
from ixnstate.trace.inference import Model
from ixnstate.trace.steps import TooDearError
from ixnstate.trace.unobserved import ANYONE, NOBODY, PLATFORM, Unobserved
from ixnstate.values import changed
from ixnstate.vocabulary import NoticeKind, State

NO_NUMBER, DONE, UNKNOWN = -1, -2, -3
"""What the number of a message tells: it has none; its request was done, as a reply has said; no reply has said so. A
number from 0 on is that of the pending request that it must answer."""

NOBODY_NAMED = -1
"""Who an agent is to an interaction, if none is named. From 0 on it is a role. The others are strangers: -2 is the
first one whom a line brings, -3 the same if requests of theirs are recorded, -4 and -5 the second, and so on."""


def who(agent: str | None, names: list[str], known: int, *, asks: bool) -> int:
    """Who an agent is, by the names of the roles, of which so many were known before; a stranger comes to them."""
    if agent is None:
        return NOBODY_NAMED
    if agent not in names:
        names.append(agent)
    number = names.index(agent)
    return number if number < known else -2 - 2 * (number - known) - asks


def role_of(number: int, known: int) -> str | None:
    """The role of somebody who is that to an interaction with so many roles."""
    if number == NOBODY_NAMED:
        return None
    return role(number if number >= 0 else known + (-number - 2) // 2)


@attrs.define(eq=False)
class Transition:
    """The belief after a line, and which number each of its roles had before; None if they are the same."""

    belief: Belief
    roles: tuple[int, ...] | None
    edge: Edge | None = None
    """The edge of the likeliest last step; None if there was none."""
    gaps: int = 0
    """How many steps must have happened unseen."""
    repeats: int = 0
    count: int = 0
    """How often it was taken by the fast way."""
    meaning: Meaning | None = None
    """What a request does; of a reply, what its request has done late."""
    number: int | None = None
    """The number that a request has among those pending."""
    has_moved: bool = False
    """Of a refusal: whether it may have been carried out before."""


@attrs.define(eq=False)
class Cast:
    """Who plays which role: the agents of an interaction, then those whom a line adds to them."""

    names: list[str]

    def role(self, agent: str | None) -> str | None:
        """The role of an agent, a new one if they have none."""
        if agent is None:
            return None
        if agent not in self.names:
            self.names.append(agent)
        return role(self.names.index(agent))


TOO_DEAR = object()
"""Stands before the key of a transition that would take too much work: it is not tried again."""


class Observer:
    """Works out transitions, once each: the public functions look them up, `_notified` and the like work them out."""

    def __init__(self, model: Model, *, separate: bool = False) -> None:
        self.model = model
        self.separate = separate
        """Whether others are recorded elsewhere, and may have acted on an interaction whose operations are recorded."""
        self._meanings: dict[object, Meaning] = {}

    # --- looked up --------------------------------------------------------------------------------------------------

    def notified(
        self, belief: Belief, shape: NotificationShape, who: int, answer: int, workbin: int, known: int
    ) -> Transition | None:
        """What a notification makes of a belief in an interaction with so many roles; ``who`` it came to.

        Raises `TooDearError` where that would take too much work.
        """
        key = shape, who, answer, workbin
        return self._kept(belief, key, lambda: self._notified(belief, shape, who, answer, workbin, known))

    def asked(
        self, belief: Belief, shape: RequestShape, whos: tuple[int, ...], known: int, *, is_told: bool
    ) -> Transition:
        """What a request makes of a belief; ``whos`` are the agents whom the fields of the shape name.

        ``is_told`` says that the recording has what agents are told: else the platform may have acted unseen.
        """
        key: Any = (shape, whos) if is_told else (shape, whos, is_told)
        transition = belief.transitions.get(key)
        if transition is None:
            transition = self._asked(belief, shape, whos, known, is_told=is_told)
            with_room(belief.transitions)[key] = transition
        return transition

    def answered(self, belief: Belief, number: int, known: int, *, ok: bool, is_told: bool) -> Transition | None:
        """What the reply to a pending request makes of a belief; None if the request can't be answered so.

        Raises `TooDearError` where that would take too much work.
        """
        key = number, ok, is_told
        return self._kept(belief, key, lambda: self._answered(belief, number, known, ok=ok, is_told=is_told))

    def _kept(self, belief: Belief, key: object, work: Callable[[], Transition | None]) -> Transition | None:
        """The transition of that key, which is worked out once: or that it takes too much work."""
        transitions = belief.transitions
        transition: Transition | None = transitions.get(key)
        if transition is None:
            if (TOO_DEAR, key) in transitions:
                raise TooDearError
            try:
                with self.model.steps.limited():
                    transition = work()
            except TooDearError:
                with_room(transitions)[TOO_DEAR, key] = TOO_DEAR
                raise
            if transition is not None:
                with_room(transitions)[key] = transition
        return transition

    # --- notifications ----------------------------------------------------------------------------------------------

    def _notified(
        self, belief: Belief, shape: NotificationShape, who: int, answer: int, workbin: int, known: int
    ) -> Transition | None:
        agent, unrecorded = role_of(who, known), _with(belief.unrecorded, (who,), known)
        candidates, unseen, repeats = belief.candidates, 0, 0
        if not candidates:
            origins = self.model.origins
            is_all = belief.unrecorded == PLATFORM
            seen = origins.seen(shape.media, shape.word, agent, is_all=is_all) if shape.word else None
            candidates = tuple(seen or origins.unseen(shape.media))
        elif shape.word is not None:
            explained = []
            for possible in answering(candidates, answer):
                is_part = len(possible) < len(candidates)
                for acting, last in self.may_have_acted(belief, possible, agent, unrecorded, answer):
                    shown = self.model.shown(
                        possible, shape.word, agent, acting, belief.pending, last, is_change=shape.is_change
                    )
                    if shown is not None:
                        explained += [(each, shown[1]) for each in shown[0] if not is_part or answer in each.done]
                        break
            if not explained:
                return None
            after, unseen = tuple(each for each, _ in explained), min(steps for _, steps in explained)
            if shape.kind == NoticeKind.PARTICIPANTS_UPDATED and belief.requested and unrecorded.others:
                after = self.model.in_other_company(after, shape.word, agent, unrecorded)
            if shape.kind == NoticeKind.ERROR:
                after = self.model.handed_back(after, shape.word, agent, unrecorded)
            is_same = after == belief.candidates
            repeats = int(is_same and not belief.requested and shape.kind in (None, "StatusChange"))
            candidates = after
        if workbin != NOBODY_NAMED:
            candidates = lying(candidates, str(role_of(workbin, known)))
        return self.transition(candidates, belief, unrecorded, known, gaps=unseen, repeats=repeats)

    def may_have_acted(
        self, belief: Belief, candidates: Candidates, agent: str | None, anybody: Unobserved, answer: int
    ) -> Iterator[tuple[Unobserved, Unobserved]]:
        """Who may have acted unseen before a message, and who by the step that it shows: the likeliest first.

        What a message with a number shows, a request of the agent's own has done.
        """
        themselves = anybody._replace(others=False)
        has_asked = any(request.agent == agent for request in belief.pending)
        if answer == DONE or (answer != NO_NUMBER and any(each.done for each in candidates)):
            yield anybody if has_asked else themselves, themselves
            return
        if has_asked and answer != NO_NUMBER:
            yield anybody, themselves
        yield anybody, anybody

    # --- requests ---------------------------------------------------------------------------------------------------

    def origin(self, belief: Belief, media: str, *, is_new: bool) -> Transition:
        """The belief in an interaction of which a request is the first that comes."""
        origins = self.model.origins
        return self.transition(
            tuple(origins.new(media) if is_new else origins.unseen(media)), belief, belief.unrecorded, 0
        )

    def _asked(
        self, belief: Belief, shape: RequestShape, whos: tuple[int, ...], known: int, *, is_told: bool
    ) -> Transition:
        unrecorded = _with(belief.unrecorded, whos, known)
        if not shape.is_explicit and unrecorded == ANYONE and not self.separate:
            unrecorded = NOBODY
        agents = tuple(role_of(each, known) for each in whos)
        names: dict[str, str] = dict(zip(shape.fields, map(str, agents), strict=True))
        command = renamed_command(shape.command, names)
        agent = names.get("by") or names.get("agent")
        number = len(belief.pending) if shape.is_explicit else None
        request = Pending(number, command, agent, only=shape.only)
        is_part = shape.is_explicit or self.separate
        known_before = belief.candidates if is_part else trusted(belief.candidates)
        after, steps = self.model.carried_out(known_before, request)
        is_dear = False
        if not after and shape.is_explicit and not is_told:
            try:
                with self.model.steps.limited():
                    after, steps = self.model.carried_out_later(
                        known_before, request, unrecorded, is_told=False, is_near=True
                    )
            except TooDearError:
                is_dear = True
        pending = belief.pending
        if not after and shape.only is None:
            refusal = self.model.refusal(known_before, request)
            is_open = shape.is_explicit and (is_dear or (refusal is not None and refusal.failed == "attachment"))
            is_illegal = refusal is not None and not is_open
            meaning, after, number = Meaning(command, (), refusal, is_illegal), known_before, None
        else:
            meaning = self.meaning(command, steps, agent)
            if not shape.is_explicit:
                number = None
            elif not after or self.model.is_moved(steps) or has_newcomer(after, known_before):
                after = (*after, *known_before)
            else:
                same = {candidate.record for candidate in after}
                others = tuple(each for each in known_before if each.record not in same)
                after = (*(each._replace(done=each.done - {number}) for each in after), *others)
                number = None
        if number is not None:
            pending = (*pending, request._replace(command=self.model.forms.canonical(command, belief.media)))
        if shape.is_nameless:
            after = tuple(each._replace(record=in_workbin(each.record, None)) for each in after)
        return self.transition(
            after,
            belief,
            unrecorded,
            known,
            requested=True,
            pending=pending,
            meaning=meaning,
            number=number,
        )

    def created(self, belief: Belief, shape: RequestShape) -> Transition:
        """What comes of a Create: the first agent is the one who asks."""
        transition: Transition | None = belief.transitions.get(shape)
        if transition is None:
            transition = with_room(belief.transitions)[shape] = self._created(belief, shape)
        return transition

    def _created(self, belief: Belief, shape: RequestShape) -> Transition:
        command = renamed_command(shape.command, {"by": role(0)})
        if isinstance(command, Create):
            command = changed(command, media=command.media or shape.media, new_id=NO_ID)
        try:
            done = create(command, definition=self.model.definition)  # type: ignore[arg-type]
        except RefusedError as error:
            return Transition(belief, None, None, meaning=Meaning(command, (), error.refusal, is_illegal=True))
        meaning = self.meaning(command, (done,), role(0))
        return self.transition(
            (self.model.origins.created(done),), belief, belief.unrecorded, 0, requested=True, meaning=meaning
        )

    def meaning(self, command: Command, steps: tuple[Step, ...], agent: str | None) -> Meaning:
        """What steps mean for the agent who has asked for them."""
        if len(steps) == 1:
            return self._meaning_of(command, steps[0], agent)
        meanings = [self._meaning_of(command, done, agent) for done in steps]
        return Meaning(
            command,
            tuple([edge for meaning in meanings for edge in meaning.edges]),
            has_effect=bool(steps),
            creates=any(meaning.creates for meaning in meanings),
            is_due=bool(steps) and all(meaning.is_due for meaning in meanings),
            shows=frozenset().union(*(meaning.shows for meaning in meanings)),
        )

    def _meaning_of(self, command: Command, done: Step, agent: str | None) -> Meaning:
        """The same of one step; it is worked out once."""
        key = done.before, command, agent
        meaning = self._meanings.get(key)
        if meaning is None:
            definition = self.model.definition
            views = [(each.agent, each.view.state) for each in notices(done, definition=definition) if each.view]
            meaning = with_room(self._meanings)[key] = Meaning(
                command,
                (applicable(done.before, command, definition=definition),) if done.before else (),
                has_effect=True,
                creates=bool(done.created),
                is_due=agent is not None and is_answered(done, agent, definition=definition),
                shows=frozenset([state for told, state in views if told == agent and isinstance(state, State)]),
            )
        return meaning

    # --- replies ----------------------------------------------------------------------------------------------------

    def _answered(self, belief: Belief, number: int, known: int, *, ok: bool, is_told: bool) -> Transition | None:
        after, meaning = self.outcome(belief, number, ok=ok, is_told=is_told)
        if not after and (not ok or belief.pending[number].is_illegal):
            return None
        has_moved = not ok and any(number in each.done for each in belief.candidates)
        return self.settled(belief, after or belief.candidates, number, known, meaning=meaning, has_moved=has_moved)

    def outcome(self, belief: Belief, number: int, *, ok: bool, is_told: bool) -> tuple[Candidates, Meaning | None]:
        """The candidates in which a pending request has been done by now, or has not; and what it has done late.

        Raises `TooDearError` where that would take too much work.
        """
        undone = tuple(each for each in belief.candidates if number not in each.done)
        if not ok:
            return undone, None
        done = tuple(each for each in belief.candidates if number in each.done)
        if not undone:
            return done, None
        request = belief.pending[number]
        after, steps, is_dear = list(done), list[Step](), False
        with self.model.steps.limited():
            for alike in self._parted(undone, request, is_told=is_told):
                try:
                    carried, made = self.model.carried_out(alike, request)
                    if not carried:
                        carried, made = self.model.carried_out_later(alike, request, belief.unrecorded, is_told=is_told)
                except TooDearError:
                    is_dear = True
                    break
                after += carried
                steps += made
        if is_dear and not after:
            raise TooDearError
        return tuple(after), self.meaning(request.command, tuple(steps), request.agent) if steps else None

    def _parted(self, candidates: Candidates, request: Pending, *, is_told: bool) -> Iterable[Candidates]:
        """The candidates, parted by which requests in flight have taken effect in them: no reply has told that yet.

        Without messages nothing tells apart, either, those in which a request is legal only after an unseen step.
        """
        parts: dict[object, list[Candidate]] = {}
        for candidate in candidates:
            is_legal = is_told or bool(self.model.carried_out((candidate,), request)[0])
            parts.setdefault((candidate.done, is_legal), []).append(candidate)
        return map(tuple, parts.values())

    def settled(self, belief: Belief, candidates: Candidates, number: int, known: int, **more: Any) -> Transition:
        """The transition to candidates in which a pending request has its reply."""
        pending = pending_without(belief.pending, number)
        return self.transition(
            without(candidates, number), belief, belief.unrecorded, known, requested=True, pending=pending, **more
        )

    # --- all of them ------------------------------------------------------------------------------------------------

    def transition(
        self,
        candidates: Candidates,
        belief: Belief,
        unrecorded: Unobserved,
        known: int,
        *,
        requested: bool | None = None,
        pending: tuple[Pending, ...] | None = None,
        **more: Any,
    ) -> Transition:
        """The transition to these candidates, with their roles numbered anew where something has changed."""
        requested = belief.requested if requested is None else requested
        pending = belief.pending if pending is None else pending
        edge = candidates[0].edge if candidates else None
        if (candidates, requested, pending, unrecorded) == (
            belief.candidates, belief.requested, belief.pending, belief.unrecorded,
        ):  # fmt: skip
            return Transition(belief, None, edge, **more)
        after, roles = self.model.numbered(candidates, requested, pending, unrecorded)
        return Transition(after, None if roles == tuple(range(known)) else roles, edge, **more)


def answering(candidates: Candidates, number: int) -> Iterator[Candidates]:
    """The candidates that a message can be shown in, which answers the pending request of that number if there is one.

    The request has taken effect before the message, or takes effect by the step that the message shows.
    """
    done = tuple(each for each in candidates if number in each.done)
    undone = tuple(each for each in candidates if number not in each.done)
    yield from (possible for possible in (done, undone) if possible)


def _with(unrecorded: Unobserved, whos: tuple[int, ...], known: int) -> Unobserved:
    """The same, if strangers come whose requests are recorded."""
    new = [str(role_of(number, known)) for number in whos if number < NOBODY_NAMED and number % 2]
    return unrecorded._replace(askers=unrecorded.askers.union(new)) if new and unrecorded.others else unrecorded
