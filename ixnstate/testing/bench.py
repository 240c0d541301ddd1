"""The bench: an implementation beside the model. Every action is done on both, and then everything is compared.

In this order: the reply, the notifications, what every agent is shown of every interaction, what lies in the workbins.
The first difference is raised. A bench that is told to look past its cause goes on: the model then takes over what the
implementation shows, so that what comes later is judged from there. What the documents leave open is noted.
"""

from collections.abc import Container, Iterable, Mapping

from ixnstate.commands import Command, Create, Custom, Offer, Reply, Submit
from ixnstate.definition import Definition
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.table import GWS
from ixnstate.testing import drivers
from ixnstate.testing.comparing import CORE, Comparing, state_of
from ixnstate.testing.coverage import Coverage
from ixnstate.testing.differing import Difference, NonconformanceError, Script, named, said
from ixnstate.testing.drivers import Ability, Blocking, Driver, DriverError, Seen
from ixnstate.testing.forms import WORKBINS, Scope
from ixnstate.testing.histories import Call, Linearization, linearize, timeline
from ixnstate.testing.model import Action, AtOnce, Expected, Model, Wait, checked_script, is_signal, names_new
from ixnstate.testing.observing import sight
from ixnstate.testing.overlapping import LIMIT, DriverCall, overlap
from ixnstate.testing.standing import observed
from ixnstate.values import changed, each_of, expect
from ixnstate.vocabulary import State

__all__ = ["EVERYTHING", "Bench", "Difference", "NonconformanceError", "Script", "named", "play", "said"]

EVERYTHING = frozenset({*GWS.media, *WORKBINS})
"""All that can be supported."""


def play(bench: "Bench", script: Iterable[Action]) -> Difference | None:
    """Do these actions: the first difference that is not looked past, or None."""
    try:
        bench.run(script)
    except NonconformanceError as error:
        return error.difference
    return None


class Bench(Comparing):
    """Does actions on a driver and on the model, and compares. Raises `NonconformanceError` at the first difference.

    ``notes`` are differences in what the documents leave open; ``coverage`` is what has been gone through. ``faults``
    are causes of differences (`Difference.cause`) that are known already: they are kept in ``met`` instead of raised.
    """

    def __init__(
        self,
        driver: Driver | Blocking,
        definition: Definition = GWS,
        *,
        supports: Iterable[str] = EVERYTHING,
        coverage: Coverage | None = None,
        faults: Container[str] = (),
    ) -> None:
        super().__init__()
        self.subject = driver if isinstance(driver, Blocking) else Blocking(driver)
        lacks, without = self.subject.lacks, self.subject.without
        self.scope = Scope(
            definition, self.subject.world, frozenset(each_of("supports", supports, str)), lacks, without
        )
        self.model = Model(self.scope)
        self.taking_part = dict.fromkeys(agent.id for agent in self.subject.world.agents[:CORE])
        self.all_places = dict.fromkeys(self.scope.places)
        self.coverage = Coverage() if coverage is None else coverage
        self.faults = faults
        self.is_over = False
        """Whether nobody knows any more how anything stands: what comes then is not done."""
        self._is_untimed = False
        """Whether the model has taken over how an interaction stands: nobody knows since when it stands so."""
        self._trail: int | None = 0
        self._made: set[str] = set()
        """The names of what was to come into being."""
        self._born: set[str] = set()
        """New interactions that were not left waiting: the first offer has been made already."""
        self._begin()

    def _begin(self) -> None:
        """A fresh implementation, of which nobody has been told anything."""
        reset = Custom(operation="reset", media="driver")
        self.expected = Expected(reset, drivers.DONE, ())
        self.done.append(reset)
        self._of("reset")
        if self.can(Ability.NOTIFICATIONS):
            self._of("notifications")
        self.done.clear()

    def _agents(self) -> Iterable[str]:
        return self.taking_part

    def run(self, script: Iterable[Action]) -> None:
        """Do these, one after the other. Raises ValueError for what is not an action."""
        for action in checked_script(script):
            self.do(action)

    def follow(self, script: Script, about: int) -> None:
        """Do these. Before ``about`` what was compared once, and did not differ, is compared in its replies only."""
        for index, action in enumerate(script):
            if self._trail is not None:
                self._trail = hash((self._trail, id(self.scope.definition), id(action)))
            is_known = index < about and (self._trail in self.subject.known.verified or _is_one_of_many(script, index))
            self.do(action, in_full=not is_known)
            if self.met or self.notes:
                self._trail = None
            elif self._trail is not None and not is_known:
                self.subject.known.verified[self._trail] = action  # kept, so that its identity stays its own

    def do(self, action: Action, *, in_full: bool = True) -> Expected:
        """Do one thing on both sides, and compare all that can be seen. Raises ValueError for what is not an action."""
        expect("action", action, Command, Wait, AtOnce)
        for field in ("by", "agent", "target_agent", "interaction", "new_id"):
            expect(f"action.{field}", getattr(action, field, None), str, int, float, type(None))
        self.done.append(action)
        if (new := names_new(action)) is not None:
            self._made.add(new)
        if isinstance(action, Wait) and self._is_untimed:
            self.is_over = True
        if self.is_over or self._is_of_none(action):
            self.history.append(self.expected)
            return self.expected
        if isinstance(action, AtOnce):
            return self._do_at_once(action)
        for name in (
            getattr(action, "by", None),
            getattr(action, "agent", None),
            getattr(action, "target_agent", None),
        ):
            if isinstance(name, str) and name not in self.taking_part and name in self.model.center.agents:
                self.taking_part[name] = None
        expected = self.expected = self.model.act(action)
        self.history.append(expected)
        self.coverage.saw(expected)
        try:
            self._do(action, expected, in_full)
        except NonconformanceError as error:
            if error.difference.cause not in self.faults:
                raise
            self.met.append(error.difference)  # an exception: nobody knows what was done
            self.is_over = True
        return expected

    def _do(self, action: Command | Wait, expected: Expected, in_full: bool) -> None:
        reply = self._ask(action)
        if isinstance(action, Submit) and not self._waits(str(action.new_id)):
            return
        name = str(getattr(action, "interaction", None) or "")
        agrees = self._compare_reply(expected, reply)
        if not agrees:
            self.astray.add(name)
            if self.can(Ability.NOTIFICATIONS):
                self._of("notifications")  # of what is not as it should be
        elif self.can(Ability.NOTIFICATIONS):
            self._compare_told(expected, reply)
        if in_full or self.astray:
            self._compare_views(expected, None if agrees else name)
            if self.astray:
                self._adopt(expected)
            if self.can(Ability.CONTENT):
                self._compare_content(expected)
            if expected.refusal is None:
                self._compare_lists(expected)
        self._remember_hidden(expected)

    def _waits(self, name: str) -> bool:
        """Whether a new interaction waits in its queue; else it is born Invited, which the first one shows."""
        if self.can(Ability.QUEUE):
            is_first, self.subject.known.has_submitted = not self.subject.known.has_submitted, True
            seen = self._seen(name) if is_first else {}
            if [each.state for each in seen.values()] == [State.INVITED.value]:
                (agent,), first = seen, self.scope.world.workers[0]
                if agent != first:
                    said = (
                        f"a new interaction is Invited at once, to {agent}, and the first agent of the world is {first}"
                    )
                    raise DriverError(f"{said}: name {agent} first")
                self.subject.known.learned.add(Ability.QUEUE.value)
                raise NotImplementedError("a new interaction is Invited at once, and does not wait in its queue")
            return True
        self._born.add(name)
        return False

    def _is_of_none(self, action: Action) -> bool:
        """Whether it is about an interaction that nobody can tell any more how it stands, or that was not created."""
        if isinstance(action, Submit | Create):
            return False
        name = getattr(action, "interaction", None)
        return name in self._made and (name not in self.ids or self.model.center.interaction(name) is None)

    def _adopt(self, expected: Expected) -> None:
        """The model takes over how interactions stand that are astray, as far as that can be seen."""
        for name in (*self.astray, *_new(expected)):
            record = self.model.center.interaction(name)
            if record is None:
                continue
            if name not in self.ids:
                self.model.forget(name)
                continue
            before = expected.before if expected.before is not None and expected.before.id == name else None
            likely = [record, *([] if before is None else [before])]
            found = observed(likely, self._seen(name), self._where(name), self.scope.definition)
            if found is None:
                self.model.forget(name)
                del self.ids[name]
            else:
                self.model.adopt(found)
                self._is_untimed = True
                self._remember_stale(name)
        self.astray.clear()

    def _remember_stale(self, name: str) -> None:
        """What agents are still shown though they have no part in it: it is told once."""
        sight = self.model.sight(name)
        assert sight is not None
        for agent, found in self._shown(name).items():
            states = state_of(sight.shown.get(agent)), state_of(found)
            if states[0] != states[1]:
                self.stale[name, agent] = states

    def _seen(self, name: str) -> dict[str, Seen]:
        return {agent: seen for agent, seen in self._shown(name).items() if seen is not None}

    def _where(self, name: str) -> list[WorkbinPlace]:
        if not self.can(Ability.CONTENT):
            record = self.model.center.interaction(name)
            return [] if record is None or record.workbin is None else [record.workbin]
        return [
            place for place in {**self.model.places, **self.all_places} if self.ids[name] in self._of("content", place)
        ]

    def _remember_hidden(self, expected: Expected) -> None:
        """Which action led to where nobody is shown the interaction."""
        record = expected.after
        if record is None:
            return
        now = self.model.center.interaction(record.id)
        if now is None or now.holders or now.invited or now.workbin is not None:
            self.hidden.pop(record.id, None)
        elif expected.refusal is None and expected.edge is not None and not (record.holders or record.invited):
            self.hidden[record.id] = expected

    # --- asking -----------------------------------------------------------------------------------------------------

    def _ask(self, action: Command | Wait) -> drivers.Reply:
        if isinstance(action, Wait):
            self._of("advance", action.seconds)
            return drivers.DONE
        if isinstance(action, Submit):
            self._know(str(action.new_id), self._of("create", action))
            return drivers.DONE
        if isinstance(action, Offer) and action.interaction in self._born:
            self._born.discard(action.interaction)
            return drivers.DONE
        method, arguments = self._asking(action)
        reply: drivers.Reply = self._of(method, *arguments) or drivers.DONE
        if reply.created is not None and isinstance(action, Create | Reply):
            self._know(str(action.new_id), reply.created)
        return reply

    def _asking(self, command: Command) -> tuple[str, tuple[object, ...]]:
        """The method that a command is for, and its arguments."""
        if isinstance(command, Offer) and self.model.center.agents.get(command.agent or "") is not None:
            return "offer", (self.ids.get(command.interaction or "", command.interaction), command.agent)
        return "perform", (self._addressed(command),)

    def _know(self, name: str, id: str) -> None:
        self.ids[name] = id
        self.names[id] = name

    def _addressed(self, command: Command) -> Command:
        """The command with the implementation's own ids."""
        id = self.ids.get(command.interaction or "", command.interaction)
        return command if id == command.interaction else changed(command, interaction=id)

    # --- at once ----------------------------------------------------------------------------------------------------

    def _do_at_once(self, action: AtOnce) -> Expected:
        """Make the calls, find an order that explains them and what is shown then, and follow it with the model.

        Notifications are not compared: they depend on the order, and several orders may explain the outcome.
        """
        before = self.model.center.interaction(action.interaction)
        if before is None:
            raise ValueError(f"there is no interaction {action.interaction}")
        self.expected = Expected(action, drivers.DONE, (), before, before)
        self.history.append(self.expected)
        calls = self._overlap(action.lanes)
        shown = self._shown(action.interaction)
        if not any(shown.values()) and self.can(Ability.OFFER):  # is it waiting, or has it ended?
            offer = Offer(agent=self.scope.world.workers[-1], interaction=action.interaction, media=before.media)
            calls += self._overlap([(offer,)])
            shown = self._shown(action.interaction)
        found = linearize(before, calls, decide=self.model.decide, fits=lambda record: self._is_as_shown(record, shown))
        if found.order is None:
            history = "one in which this can have happened", _history(found, shown)
            what = "operations that overlap have no order"
            raise NonconformanceError(self._difference(self.expected, "order", *history, what), tuple(self.done))
        if self.can(Ability.NOTIFICATIONS):
            self.subject.ask("notifications")
        for call in found.order:
            self.model.act(call.command)
        if all(call.is_known for call in calls):
            self._compare_views(self.expected)
            if self.can(Ability.CONTENT):
                self._compare_content(self.expected)
        return self.expected

    def _overlap(self, lanes: Iterable[Iterable[Command]]) -> list[Call]:
        """Ask the driver for all of it at once; what came of it."""
        asked = [[(command, DriverCall(*self._asking(command))) for command in lane] for lane in lanes]
        overlap(self.subject, [[call for _, call in lane] for lane in asked])
        return [self._call(command, call) for lane in asked for command, call in lane if call.began is not None]

    def _call(self, command: Command, asked: DriverCall) -> Call:
        """A call as part of a history. The platform is not answered: what it asked for may be done or refused."""
        assert asked.began is not None
        if asked.is_unanswered:
            words = command.operation, "an answer", f"none within {LIMIT:g} s"
            self._differ(self.expected, *words, "operations that overlap are not answered", blocks=True)
        if asked.is_lost:
            return Call(command, asked.began)
        if asked.error is not None:
            self._raised(asked.method, asked.error)
        reply = asked.answer or drivers.DONE
        assert asked.ended is not None
        return Call(command, asked.began, asked.ended, None if is_signal(command) and reply.ok else reply.ok)

    def _shown(self, name: str) -> dict[str, Seen | None]:
        """What every agent is shown of an interaction."""
        return {agent: self._of("view", self.ids[name], agent) for agent in self.taking_part}

    def _is_as_shown(self, record: Interaction, shown: Mapping[str, Seen | None]) -> bool:
        """Whether agents can have been shown that of the record, and it lies where it should."""
        views = sight(record, self.scope.definition).shown
        for agent, found in shown.items():
            wanted = views.get(agent)
            if wanted is None or found is None:
                if wanted is not found:
                    return False
            elif wanted.state != found.state or found.user_data not in (None, wanted.user_data):
                return False
        if record.workbin is None or not self.can(Ability.CONTENT):
            return True
        return self.ids[record.id] in self._of("content", record.workbin)


LONG, SOMETIMES = 60, 25
"""In a script of so many actions everything is compared after every 25th, and the replies and messages after each."""


def _is_one_of_many(script: Script, index: int) -> bool:
    return len(script) > LONG and index % SOMETIMES != 0


def _new(expected: Expected) -> tuple[str, ...]:
    new = names_new(expected.action)
    return () if new is None else (new,)


def _history(found: Linearization, shown: Mapping[str, Seen | None]) -> str:
    """What happened, as a timeline; and what agents are shown after it, if that is what no order leads to."""
    after = [f"{agent} is shown {said(each)}" for agent, each in shown.items() if each is not None]
    end = "" if found.fits else f"\nafter that {', '.join(after) or 'it is shown to no agent'}"
    return f"\n{timeline(found.witness)}{end}"
