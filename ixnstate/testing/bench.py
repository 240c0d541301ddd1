"""The bench: an implementation beside the model. Every action is done on both, and then everything is compared.

In this order: the reply, the notifications, what every agent is shown of every interaction, what lies in the workbins.
The first difference is raised. What the documents leave open (another list that a page prints for the state, a key that
is absent or empty) is noted, and the run goes on. So it does after a fault that is known: it must not hide the others.
"""

from collections.abc import Container, Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from time import monotonic, sleep
from traceback import extract_tb
from typing import Any, NoReturn, TypeAlias

import attrs

from ixnstate.commands import Command, Create, Offer, Reply, Submit
from ixnstate.definition import Definition
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.table import GWS
from ixnstate.testing import drivers, leeway
from ixnstate.testing.coverage import Coverage
from ixnstate.testing.details import is_alike
from ixnstate.testing.drivers import Ability, Blocking, Driver, DriverError, Seen, Told
from ixnstate.testing.forms import WORKBINS, Scope
from ixnstate.testing.histories import Call, Linearization, linearize, timeline
from ixnstate.testing.model import Action, AtOnce, Expected, Model, Wait, is_signal
from ixnstate.testing.observing import sight
from ixnstate.testing.overlapping import LIMIT, Asked, overlap
from ixnstate.values import changed, frozen

Script: TypeAlias = tuple[Action, ...]
_Stream: TypeAlias = tuple[str, str | None, bool]

PAUSE = 0.01
"""Seconds between two looks for messages that must come."""

EVERYTHING = frozenset({*GWS.media, *WORKBINS})
"""All that can be supported."""


@frozen
class Difference:
    """The first thing in which an implementation differs from the model: in which respect, what was expected."""

    index: int
    expected_of: Expected
    aspect: str
    expected: Any
    found: Any
    is_open: bool = False
    """Whether the documents leave it open."""
    fault: str | None = None
    """What to call the fault wherever it shows. None if the implementation is now in another state than the model."""
    past: tuple[str, ...] = ()
    """The faults that have been looked past in the same run."""

    @property
    def rule(self) -> str:
        """The rule that does not hold."""
        return self.expected_of.rule

    @property
    def name(self) -> str:
        """What failures that are the same have in common."""
        return self.fault or self.rule

    @property
    def respect(self) -> str:
        """In which respect it differs, whoever and whatever it is about: ``view: user data``."""
        subject, _, detail = self.aspect.partition(": ")
        words = [subject.split(" of ")[0].split(" to ")[0], *([detail] if detail else [])]
        return self.fault or ": ".join(words)

    def __str__(self) -> str:
        return f"{self.rule}: {self.aspect}: expected {said(self.expected)}, found {said(self.found)}"


def said(value: Any) -> str:
    """A value as a sentence shows it."""
    if isinstance(value, Told):
        of = f" of {value.interaction}" if value.interaction else ""
        return f"{value.kind}{of}" + (f": {value.state}" if value.state else "")
    if isinstance(value, Seen):
        return f"{value.state} {list(value.capabilities or ())}"
    return "nothing" if value is None or value == () else str(value)


class NonconformanceError(AssertionError):
    """Raised where an implementation differs from the model. ``difference`` says how, ``script`` what was done."""

    def __init__(self, difference: Difference, script: Script) -> None:
        super().__init__(str(difference))
        self.difference = difference
        self.script = script


def play(bench: "Bench", script: Iterable[Action]) -> Difference | None:
    """Do these actions: the first difference, or None."""
    try:
        bench.run(script)
    except NonconformanceError as error:
        return error.difference
    return None


class Bench:
    """Does actions on a driver and on the model, and compares. Raises `NonconformanceError` at the first difference.

    ``notes`` are differences in what the documents leave open; ``coverage`` is what has been gone through.
    ``faults`` are names of faults that are known already: they are kept in ``met`` instead of raised.
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
        self.subject = driver if isinstance(driver, Blocking) else Blocking(driver)
        self.scope = Scope(definition, self.subject.world, frozenset(supports), self.subject.lacks)
        self.model = Model(self.scope)
        self.agents = tuple(agent.id for agent in self.subject.world.agents)
        self.places = dict.fromkeys(self.scope.places)
        self.coverage = Coverage() if coverage is None else coverage
        self.done: list[Action] = []
        self.ids: dict[str, str] = {}
        """By the interaction's name in actions, its id in the implementation."""
        self.names: dict[str, str] = {}
        self.notes: list[Difference] = []
        self.faults = faults
        self.met: list[Difference] = []
        self.references: set[int] = set()
        self.subject.ask("reset")
        if self.can(Ability.NOTIFICATIONS):
            self.subject.ask("notifications")

    def can(self, ability: Ability) -> bool:
        """Whether the driver can do it."""
        return ability not in self.scope.lacks

    def run(self, script: Iterable[Action]) -> None:
        """Do these, one after the other."""
        for action in script:
            self.do(action)

    def do(self, action: Action) -> Expected:
        """Do one thing on both sides, and compare all that can be seen."""
        self.done.append(action)
        if isinstance(action, AtOnce):
            return self._do_at_once(action)
        expected = self.expected = self.model.act(action)
        self.coverage.saw(expected)
        reply = self._ask(action)
        self._compare_reply(expected, reply)
        if self.can(Ability.NOTIFICATIONS):
            self._compare_told(expected, reply)
        self._compare_views(expected)
        if self.can(Ability.CONTENT):
            self._compare_content(expected)
        return expected

    def _do_at_once(self, action: AtOnce) -> Expected:
        """Make the calls, find an order that explains them and what is shown then, and follow it with the model.

        What agents are told is not compared: it may differ with the order, and several may explain the rest.
        """
        before = self.model.center.interaction(action.interaction)
        if before is None:
            raise ValueError(f"there is no interaction {action.interaction}")
        self.expected = Expected(action, drivers.DONE, (), before, before)
        calls = self._overlap(action.lanes)
        shown = self._shown(action.interaction)
        if not any(shown.values()) and self.can(Ability.OFFER):  # is it waiting, or has it ended?
            offer = Offer(agent=self.scope.world.workers[-1], interaction=action.interaction, media=before.media)
            calls += self._overlap([(offer,)])
            shown = self._shown(action.interaction)
        found = linearize(before, calls, decide=self.model.decide, fits=lambda record: self._is_as_shown(record, shown))
        if found.order is None:
            history = "one in which this can have happened", _history(found, shown)
            raise NonconformanceError(self._difference(self.expected, "order", *history), tuple(self.done))
        if self.can(Ability.NOTIFICATIONS):
            self.subject.ask("notifications")
        for call in found.order:
            self.model.act(call.command)
        if all(call.is_known for call in calls):
            self._compare_views(self.expected)
            if self.can(Ability.CONTENT):
                self._compare_content(self.expected)
        return self.expected

    # --- asking -----------------------------------------------------------------------------------------------------

    def _overlap(self, lanes: Iterable[Iterable[Command]]) -> list[Call]:
        """Ask the driver for all of it at once; what came of it."""
        asked = [[(command, Asked(*self._asking(command))) for command in lane] for lane in lanes]
        overlap(self.subject, [[call for _, call in lane] for lane in asked])
        return [self._call(command, call) for lane in asked for command, call in lane if call.began is not None]

    def _asking(self, command: Command) -> tuple[str, tuple[Any, ...]]:
        """The method that a command is for, and its arguments."""
        if isinstance(command, Offer) and self.model.center.agents.get(command.agent or "") is not None:
            return "offer", (self.ids.get(command.interaction or "", command.interaction), command.agent)
        return "perform", (self._addressed(command),)

    def _call(self, command: Command, asked: Asked) -> Call:
        """A call as part of a history. The platform is not answered: what it asked for may be done or refused."""
        assert asked.began is not None
        if asked.is_unanswered:
            self._differ(self.expected, command.operation, "an answer", f"none within {LIMIT:g} s")
        if asked.is_lost:
            return Call(command, asked.began)
        if asked.error is not None:
            self._raised(asked.method, asked.error)
        reply = asked.answer or drivers.DONE
        assert asked.ended is not None
        return Call(command, asked.began, asked.ended, None if is_signal(command) and reply.ok else reply.ok)

    def _shown(self, name: str) -> dict[str, Seen | None]:
        """What every agent is shown of an interaction."""
        return {agent: self._of("view", self.ids[name], agent) for agent in self.agents}

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

    def _ask(self, action: Command | Wait) -> drivers.Reply:
        if isinstance(action, Wait):
            self._of("advance", action.seconds)
            return drivers.DONE
        if isinstance(action, Submit):
            self._know(str(action.new_id), self._of("create", action))
            return drivers.DONE
        method, arguments = self._asking(action)
        reply: drivers.Reply = self._of(method, *arguments) or drivers.DONE
        if reply.created is not None and isinstance(action, Create | Reply):
            self._know(str(action.new_id), reply.created)
        return reply

    def _of(self, method: str, *arguments: Any) -> Any:
        """Ask the driver. An exception is an answer, too: the implementation does what it should not.

        But a signal of the platform, which nobody is answered, may be refused by one.
        """
        try:
            return self.subject.ask(method, *arguments)
        except (NotImplementedError, DriverError):
            raise
        except Exception as error:
            if self.expected.refusal is not None and is_signal(self.expected.action):
                return drivers.Reply(False, why=str(error))
            self._raised(method, error)

    def _raised(self, method: str, error: Exception) -> NoReturn:
        """An exception where there must be none: the implementation does what it should not."""
        where = extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno})"
        difference = self._difference(self.expected, f"{method} of the driver", "an answer", said)
        raise NonconformanceError(difference, tuple(self.done)) from error

    def _know(self, name: str, id: str) -> None:
        self.ids[name] = id
        self.names[id] = name

    def _addressed(self, command: Command) -> Command:
        """The command with the implementation's own ids."""
        id = self.ids.get(command.interaction or "", command.interaction)
        return command if id == command.interaction else changed(command, interaction=id)

    # --- comparing --------------------------------------------------------------------------------------------------

    def _differ(self, expected: Expected, aspect: str, wanted: Any, found: Any, fault: str | None = None) -> None:
        difference = self._difference(expected, aspect, wanted, found, fault)
        if fault is None or fault not in self.faults:
            raise NonconformanceError(difference, tuple(self.done))
        self.met.append(difference)

    def _difference(
        self, expected: Expected, aspect: str, wanted: Any, found: Any, fault: str | None = None
    ) -> Difference:
        past = tuple(dict.fromkeys(each.fault for each in self.met if each.fault not in (None, fault)))
        return Difference(len(self.done) - 1, expected, aspect, wanted, found, False, fault, past)

    def _note(self, expected: Expected, aspect: str, wanted: Any, found: Any) -> None:
        self.notes.append(Difference(len(self.done) - 1, expected, aspect, wanted, found, True))

    def _compare_reply(self, expected: Expected, reply: drivers.Reply) -> None:
        wanted = expected.reply
        if is_signal(expected.action) and reply.ok:
            return  # the platform is not answered: what a signal did is seen in the views
        if wanted.ok is not reply.ok:
            self._differ(expected, "reply", _outcome(wanted, expected.refusal), _outcome(reply, reply.why))
        if reply.status_code is not None and wanted.status_code != reply.status_code:
            codes = "status code", wanted.status_code, reply.status_code
            if reply.status_code in leeway.other_reasons(expected):
                self._note(expected, *codes)
            else:
                self._differ(expected, *codes, _wrong_code(expected, reply.status_code))
        if wanted.created is not None and reply.created is None:
            self._differ(expected, "reply", "the id of what was created", None)
        if reply.reference_id is not None:
            if reply.reference_id in self.references:
                self._differ(expected, "referenceId of the reply", "a new one", reply.reference_id, "referenceId again")
            self.references.add(reply.reference_id)

    def _compare_told(self, expected: Expected, reply: drivers.Reply) -> None:
        found = [self._named(each) for each in self._collected(len(expected.told))]
        streams: dict[_Stream, tuple[list[Told], list[Told]]] = {}
        for side, messages in enumerate((expected.told, found)):
            for each in messages:
                streams.setdefault(_stream(each), ([], []))[side].append(each)
        for stream, (wanted, got) in streams.items():
            self._compare_stream(expected, stream[0], wanted, got)
            if [(each.kind, each.state) for each in wanted] == [(each.kind, each.state) for each in got]:
                self._compare_shown(expected, wanted, got)
                self._compare_references(expected, wanted, got)
        for each in found:
            if None not in (each.reference_id, reply.reference_id) and each.reference_id != reply.reference_id:
                ids = reply.reference_id, each.reference_id
                self._differ(expected, f"referenceId told to {each.agent}", *ids, f"{expected.rule}: referenceId")

    def _compare_stream(self, expected: Expected, agent: str, wanted: list[Told], got: list[Told]) -> None:
        """What an agent is told of one interaction: the only order that the documents know."""
        if self._fits(wanted, got):
            return
        if not leeway.is_welcome(expected) and self._fits(leeway.without_company(wanted), leeway.without_company(got)):
            self._note(expected, f"company told to {agent}", leeway.company(wanted), leeway.company(got))
        elif leeway.is_unsubscribed(wanted) and leeway.is_unsubscribed(got):
            self._note(expected, f"notifications to {agent}", wanted[0].kind, got[0].kind)
        else:
            self._compare_messages(expected, agent, [*map(self._with_data, wanted, got), *wanted[len(got) :]], got)

    def _compare_references(self, expected: Expected, wanted: list[Told], got: list[Told]) -> None:
        """What answers a request names it, if the implementation names requests at all."""
        self.subject.tells_references |= any(each.reference_id is not None for each in got)
        for one, other in zip(wanted, got, strict=False):
            if one.reference_id is not None and other.reference_id is None and self.subject.tells_references:
                aspect = f"referenceId told to {one.agent}"
                self._differ(expected, aspect, "that of the reply", None, f"{expected.rule}: referenceId")

    def _compare_shown(self, expected: Expected, wanted: list[Told], got: list[Told]) -> None:
        """What messages show besides: as the page prints it, or as it is."""
        sight = self.model.sight(got[0].interaction or "") if got else None
        if sight is None:
            return
        record, truth = sight.record, sight.details
        for each in got:
            shown = each.details or {}
            for name in [name for name in truth if name in shown]:
                self.coverage.showed(record.media, name)
                printed = [one.details[name] for one in wanted if one.details is not None and name in one.details]
                if not any(self._is_alike(name, one, shown[name]) for one in (truth[name], *printed)):
                    aspect = f"{name} told to {each.agent}"
                    self._differ(expected, aspect, truth[name], shown[name], f"{expected.rule}: notifications")

    def _is_alike(self, name: str, wanted: Any, found: Any) -> bool:
        if name == "parentId":
            found = self.names.get(found, found)
        return bool(wanted == found) or is_alike(name, wanted, found, self.model.center.agents)

    def _fits(self, wanted: list[Told], got: list[Told]) -> bool:
        return len(wanted) == len(got) and all(
            _same(self._with_data(one, other), other) for one, other in zip(wanted, got, strict=True)
        )

    def _with_data(self, wanted: Told, found: Told) -> Told:
        """Where the page prints no user data in a message, the interaction's may stand there all the same."""
        if wanted.user_data is not None or found.user_data is None:
            return wanted
        record = self.model.center.interaction(wanted.interaction or "")
        return wanted if record is None else changed(wanted, user_data=record.user_data)

    def _collected(self, least: int) -> list[Told]:
        """What has been sent; a driver with ``patience`` is asked again for so many seconds, until enough is there."""
        found = list(self._of("notifications"))
        until = monotonic() + float(getattr(self.subject.driver, "patience", 0.0))
        while len(found) < least and monotonic() < until:
            sleep(PAUSE)
            found += self._of("notifications")
        return found

    def _compare_messages(self, expected: Expected, agent: str, wanted: list[Told], got: list[Told]) -> None:
        """Where the messages to an agent are not the same: which, and whether the documents leave it open."""
        aspect, fault = f"notifications to {agent}", f"{expected.rule}: notifications"
        for one, other in zip(wanted, got, strict=False):
            if not _same(one, other):
                if not _same(one, changed(other, capabilities=one.capabilities)):
                    self._differ(expected, aspect, *_first_unlike(one, other), fault)
                    return  # what comes after it would be compared with the wrong message
                lists = f"capabilities told to {agent}", one.capabilities, other.capabilities
                if self._is_documented(one, other.capabilities):
                    self._note(expected, *lists)
                else:
                    self._differ(expected, *lists, _wrong_list(one.media, one.state))
        if len(wanted) != len(got):
            missing, surplus = next(iter(wanted[len(got) :]), None), next(iter(got[len(wanted) :]), None)
            self._differ(expected, aspect, missing, surplus, fault)

    def _named(self, told: Told) -> Told:
        name = self.names.get(told.interaction or "", told.interaction)
        return told if name == told.interaction else changed(told, interaction=name)

    def _is_documented(self, about: Told | Interaction, found: tuple[str, ...] | None) -> bool:
        return leeway.is_documented(self.scope.definition, about, found)

    def _compare_views(self, expected: Expected) -> None:
        for name, id in self.ids.items():
            sight = self.model.sight(name)
            for agent in self.agents:
                wanted = None if sight is None else sight.shown.get(agent)
                found = self._of("view", id, agent)
                if sight is not None and wanted is not None and found is not None:
                    self._compare_view(expected, sight.record, f"view of {agent} on {name}", wanted, found)
                elif wanted is not found:
                    self._differ(expected, f"view of {agent} on {name}", wanted, found)

    def _compare_view(self, expected: Expected, record: Interaction, aspect: str, wanted: Seen, found: Seen) -> None:
        if wanted.state != found.state:
            self._differ(expected, f"{aspect}: state", wanted.state, found.state)
        if wanted.capabilities != found.capabilities:
            is_open = self._is_documented(record, found.capabilities)
            is_open |= not wanted.capabilities and not found.capabilities
            lists = f"{aspect}: capabilities", wanted.capabilities, found.capabilities
            if is_open:
                self._note(expected, *lists)
            else:
                self._differ(expected, *lists, _wrong_list(record.media, wanted.state))
        if found.user_data is not None and wanted.user_data != found.user_data:
            self._differ(expected, f"{aspect}: user data", dict(wanted.user_data or {}), dict(found.user_data))
        self._compare_details(expected, record, aspect, wanted, found)

    def _compare_details(self, expected: Expected, record: Interaction, aspect: str, wanted: Seen, found: Seen) -> None:
        """What it has shown in that state before it must show; what it never shows it may be unable to tell."""
        tells, shown = self.subject.tells, found.details or {}
        for name, value in (wanted.details or {}).items():
            kind = record.media, record.state.value, name
            if name in shown:
                tells.add(kind)
                self.coverage.showed(record.media, name)
                if not self._is_alike(name, value, shown[name]):
                    self._differ(expected, f"{aspect}: {name}", value, shown[name])
            elif value and kind in tells:
                self._differ(expected, f"{aspect}: {name}", value, None)
            elif value:
                self.coverage.showed(record.media, name, is_hidden=True)

    def _places(self, expected: Expected) -> Iterable[WorkbinPlace]:
        """The workbins into which something has come; and after what concerns workbins all of them."""
        about = [expected.before, expected.after]
        if not any(record is not None and record.workbin is not None for record in about):
            return self.model.places
        return {**self.model.places, **self.places}

    def _compare_content(self, expected: Expected) -> None:
        for place in self._places(expected):
            listed = self._of("content", place)
            wanted = self.model.content(place)
            found = tuple([self.names.get(each, each) for each in listed])
            if isinstance(listed, AbstractSet):
                known = {name: index for index, name in enumerate(wanted)}
                found = tuple(sorted(found, key=lambda each: known.get(each, len(known))))
            if wanted != found:
                whose = place.agent_group or place.owner
                self._differ(expected, f"content of workbin {place.id} of {whose}", wanted, found)


def _wrong_code(expected: Expected, found: int) -> str:
    why = "done" if expected.refusal is None else expected.refusal.code.value
    return f"status code {found} instead of {expected.reply.status_code} ({why})"


def _wrong_list(media: str | None, state: str | None) -> str:
    return f"{media}: capabilities in {state}"


def _stream(told: Told) -> _Stream:
    """Messages whose order counts: of an agent, about one interaction, of one topic."""
    return told.agent, told.interaction, told.workbin is not None


def _history(found: Linearization, shown: Mapping[str, Seen | None]) -> str:
    """What happened, as a timeline; and what agents are shown after it, if that is what no order leads to."""
    after = [f"{agent} is shown {said(each)}" for agent, each in shown.items() if each is not None]
    end = "" if found.fits else f"\nafter that {', '.join(after) or 'it is shown to no agent'}"
    return f"\n{timeline(found.witness)}{end}"


def _outcome(reply: drivers.Reply, why: Refusal | str | None) -> str:
    if reply.ok:
        return "done"
    return f"refused with {reply.status_code}" + (f" ({why})" if why else "")


_COMPARED = tuple(
    field.name
    for field in attrs.fields(Told)  # type: ignore[arg-type]
    if field.name not in ("reference_id", "details")
)


def _same(one: Told, other: Told) -> bool:
    return one == other or all(_agree(name, getattr(one, name), getattr(other, name)) for name in _COMPARED)


def _agree(name: str, wanted: Any, found: Any) -> bool:
    """What a driver cannot tell (None) it is not asked about, but for what every message has."""
    return bool(wanted == found) or (found is None and name in ("media", "user_data", "text", "workbin"))


def _first_unlike(one: Told, other: Told) -> tuple[str, str]:
    """What differs between two messages, and what they are about."""
    unlike = [name for name in _COMPARED if not _agree(name, getattr(one, name), getattr(other, name))]
    head = ["kind", *([] if "kind" in unlike else unlike)]

    def text(told: Told) -> str:
        return ", ".join(f"{name} {said(getattr(told, name))}" for name in head)

    return text(one), text(other)
