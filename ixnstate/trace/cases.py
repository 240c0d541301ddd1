"""Which interactions a recording has shown, what is believed of each, and who plays which role in it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

from ixnstate.definition import Edge
from ixnstate.trace.belief import Belief, Candidates
from ixnstate.trace.candidate import MAYBE_OTHERS, Pending, parts_of_request, renamed_command, role
from ixnstate.trace.exchange import Request, keep
from ixnstate.trace.holes import Holes
from ixnstate.trace.inference import Model
from ixnstate.trace.observation import Cast, Transition
from ixnstate.trace.steps import TooDearError
from ixnstate.trace.unobserved import PLATFORM
from ixnstate.trace.viewpoint import Viewpoint
from ixnstate.values import changed

MAX_ENDED = 100_000
"""How many interactions that have ended are remembered: messages about one come seconds later. One that comes up again
after that many others is new."""
MAX_LIVE = 1_000_000
"""How many interactions are under way at once, unless another limit is chosen: more than any contact centre has. Beyond
that the one that came up first is forgotten."""
MAX_LOST = 100_000
"""Of how many interactions is remembered that they were forgotten. Beyond that any that comes up may be one of them."""
MAX_CALLED = 10_000
"""Of how many interactions is remembered that a line called them one of another medium, or showed an illegal step."""


class Case:
    """An interaction: what is believed of it, and the names of its agents by their roles."""

    __slots__ = ("belief", "edge", "epoch", "holes", "pending", "roles")

    def __init__(self, belief: Belief, roles: tuple[str, ...] = (), epoch: int = 0, holes: int = 0) -> None:
        self.belief = belief
        self.roles = roles
        self.epoch = epoch
        self.holes = holes
        """How many lines could not be read that excuse nothing of it any more: they came before it."""
        self.edge: Edge | None = None
        """That of the likeliest last step."""
        self.pending: tuple[Request, ...] = ()
        """The requests that the belief has in flight, in its order."""

    def land(self, request: Request) -> None:
        """A request is in flight no longer; the belief has left it out."""
        self.pending = tuple(each for each in self.pending if each is not request)
        request.number = None
        for number, each in enumerate(self.pending):
            each.number = number


class Cases:
    """The interactions of a recording."""

    def __init__(
        self,
        model: Model,
        viewpoint: Viewpoint,
        max_live: int = MAX_LIVE,
        forget: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._model = model
        self._viewpoint = viewpoint
        self.max_live = max_live
        self._forget = forget
        """Is told which interaction under way is forgotten."""
        self.holes = Holes()
        self.live: dict[str, Case] = {}
        self.ended: dict[str, Case] = {}
        self.count = 0
        self.carried_over: set[str] = set()
        """Those that an earlier run has saved, as long as no line of this one is about them."""
        self.forgotten = 0
        """How many interactions under way were forgotten, since there were too many."""
        self.lost: dict[str, None] = {}
        """Those of which something may have been forgotten: nothing that contradicts them counts."""
        self.is_any_lost = False
        """Whether any that comes up may be one that was forgotten: not all of these are remembered."""
        self.called: dict[str, str] = {}
        """By interaction, the medium that the last finding about it was told of."""
        self.expected: dict[str, tuple[str | None, int | None]] = {}
        """By interaction, whose request was illegal and done, and the number of the message that shows how."""
        self.stated: dict[str, str] = {}
        """By interaction, the file in which a line last said in which state it is."""

    def get(self, interaction: str) -> Case | None:
        """What is known of an interaction; None for a new one."""
        return self.live.get(interaction) or self.ended.get(interaction)

    def bring_up(self, interaction: str) -> Case | None:
        """The same, with what has become known since of whose requests are recorded."""
        case = self.get(interaction)
        return case if case is None or case.epoch == self._viewpoint.epoch else self._seen_anew(case)

    def come_up(self, interactions: Iterable[str | None]) -> None:
        """Lines are about these."""
        if self.carried_over:
            self.carried_over.difference_update(interactions)

    def claimed(self, interaction: str, media: str) -> Case | None:
        """The same, by a line that gives it this medium; a second line in a row that gives it another is believed."""
        case = self.bring_up(interaction)
        if case is not None and case.belief.media != media and self.called.get(interaction) == media:
            del self.called[interaction]
            return None
        return case

    def _seen_anew(self, case: Case) -> Case:
        """The case, after it has become known whose requests are recorded."""
        viewpoint, belief = self._viewpoint, case.belief
        askers = frozenset(role(number) for number, name in enumerate(case.roles) if viewpoint.asks(name))
        unrecorded = viewpoint.unrecorded(askers, requested=belief.requested)
        if unrecorded != belief.unrecorded:
            after = belief.transitions.get(unrecorded)
            if after is None:
                certain = [each for each in belief.candidates if MAYBE_OTHERS not in each.record.holders]
                candidates = certain if certain and unrecorded == PLATFORM else belief.candidates
                after = belief.transitions[unrecorded] = self._model.belief(
                    candidates, requested=belief.requested, pending=belief.pending, unrecorded=unrecorded
                )
            case.belief = after
        case.epoch = viewpoint.epoch
        return case

    def start(self) -> Belief:
        """The belief in an interaction of which nothing has come yet."""
        unrecorded = self._viewpoint.unrecorded(frozenset(), requested=False)
        return self._model.belief((), requested=False, unrecorded=unrecorded)

    def set(self, interaction: str, case: Case | None, belief: Belief, roles: tuple[str, ...]) -> Case:
        """Believe this of an interaction from now on; ``case`` is what was known of it."""
        if case is None:
            if self.is_any_lost:
                self._lose(interaction)
            case = Case(belief, roles, self._viewpoint.epoch, self.holes.count)
            old = self.live.pop(interaction, None) or self.ended.pop(interaction, None)
            self.count += old is None
            for request in old.pending if old is not None else ():
                request.number = None
            self._file(interaction, case)
            return case
        had_ended, was_over = case.belief.has_ended, case.belief.is_over
        case.belief, case.roles = belief, roles
        if belief.is_over and not was_over:
            # whatever a line before said that could not be read, it is over now
            case.holes = self.holes.count
        if belief.has_ended is not had_ended:
            (self.ended if had_ended else self.live).pop(interaction, None)
            self._file(interaction, case)
        return case

    def _file(self, interaction: str, case: Case) -> None:
        kept, most = (self.ended, MAX_ENDED) if case.belief.has_ended else (self.live, self.max_live)
        while len(kept) >= most:
            name = next(iter(kept))
            for request in kept.pop(name).pending:
                request.number = None
            if kept is self.live:
                self.forgotten += 1
                self._lose(name)
                self._forget(name)
        kept[interaction] = case

    def _lose(self, interaction: str) -> None:
        self.lost[interaction] = None
        if len(self.lost) > MAX_LOST + self.is_any_lost * self.max_live:
            del self.lost[next(iter(self.lost))]
            self.is_any_lost = True

    def move(self, interaction: str, case: Case | None, transition: Transition, names: Sequence[str]) -> Case:
        """Take a transition; ``names`` are those of the roles before it, and of who has come to them."""
        before = case.roles if case is not None else ()
        roles = before if transition.roles is None else tuple([names[number] for number in transition.roles])
        case = self.set(interaction, case, transition.belief, roles)
        if transition.edge is not None:
            case.edge = transition.edge
        return case

    def excuse(self, case: Case) -> bool:
        """Whether a line that could not be read may have changed an interaction since; that excuses no more then."""
        if case.holes >= self.holes.count:
            return False
        case.holes = self.holes.count
        return True

    def suppose(self, interaction: str, case: Case, requests: Iterable[Request]) -> bool:
        """Believe that requests which had to be refused may have been carried out, too; whether there are any.

        A request that is refused, as it must be, makes no difference to what is believed. So those that must be are
        pending only from the line on that may show that one was not.
        """
        belief, cast = case.belief, Cast(list(case.roles))
        pending = belief.pending
        for request in requests:
            names = {role(number): str(cast.role(name)) for number, name in enumerate(request.roles)}
            command = renamed_command(request.meaning.command, names)
            request.number = len(pending)
            is_illegal = request.meaning.is_illegal
            pending = (*pending, Pending(request.number, command, cast.role(request.agent), is_illegal=is_illegal))
            case.pending = (*case.pending, request)
        if pending == belief.pending:
            return False
        self.believe(interaction, case, belief.candidates, cast, requested=True, pending=pending)
        return True

    def reconsider(self, interaction: str, case: Case, requests: Iterable[Request]) -> None:
        """Believe that requests which had to be refused may be carried out, if they are legal by now.

        The platform may have acted since they were made.
        """
        legal = []
        with suppress(TooDearError), self._model.steps.limited():  # the others when the next line comes
            for request in requests:
                if request.checked is not case.belief:
                    cast, command = Cast(list(case.roles)), request.meaning.command
                    named = {name for name, _ in parts_of_request(Pending(None, command, None))}
                    names = {name: str(cast.role(request.roles[int(name[1:])])) for name in named}
                    asked = Pending(None, renamed_command(command, names), cast.role(request.agent))
                    is_legal = bool(self._model.carried_out(case.belief.candidates, asked, is_late=True)[0])
                    request.checked = case.belief
                    if is_legal:
                        request.meaning = changed(request.meaning, is_illegal=False)
                        legal.append(request)
        if legal:
            self.suppose(interaction, case, legal)

    def believe(
        self,
        interaction: str,
        case: Case | None,
        candidates: Candidates,
        cast: Cast,
        *,
        requested: bool,
        pending: tuple[Pending, ...] = (),
    ) -> Case:
        """Believe in these candidates from now on, whose roles the cast plays."""
        viewpoint = self._viewpoint
        askers = frozenset(role(number) for number, name in enumerate(cast.names) if viewpoint.asks(name))
        unrecorded = viewpoint.unrecorded(askers, requested=requested)
        belief, roles = self._model.numbered(candidates, requested, pending, unrecorded)
        edge = next((candidate.edge for candidate in candidates), None)
        case = self.set(interaction, case, belief, tuple(cast.names[number] for number in roles))
        case.edge = edge or case.edge
        return case

    @property
    def known(self) -> Iterator[str]:
        """The interactions that are remembered."""
        return chain(self.live, self.ended)

    def take_statement(self, interaction: str, file: str) -> bool:
        """A line says in which state the interaction is; whether another one of the file has said so before.

        If none has, the file begins with the interaction as the line says, whatever another file has shown.
        """
        has_before = self.stated.pop(interaction, None) == file
        keep(self.stated, interaction, file, MAX_CALLED)
        return has_before

    def expect(self, interaction: str, agent: str | None, number: int | None) -> None:
        """A message will show what an illegal request has done."""
        keep(self.expected, interaction, (agent, number), MAX_CALLED)

    def take_expected(self, interaction: str, agent: str | None, number: int | None) -> bool:
        """Whether a message shows what an illegal request has done: that is a finding already. It is so once."""
        done = self.expected.get(interaction)
        if done is None or done[0] != agent or done[1] not in (None, number):
            return False
        del self.expected[interaction]
        return True

    def call(self, interaction: str, media: str) -> None:
        """A line has called the interaction one of another medium."""
        keep(self.called, interaction, media, MAX_CALLED)
