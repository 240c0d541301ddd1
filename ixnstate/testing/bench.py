"""The bench: an implementation beside the model. Every action is done on both, and then everything is compared.

In this order: the reply, the notifications, what every agent is shown of every interaction, what lies in the workbins.
The first difference is raised. What the documents leave open (another list that a page prints for the state, a key that
is absent or empty) is noted, and the run goes on.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from time import monotonic, sleep
from typing import Any, TypeAlias

import attrs

from ixnstate.commands import Command, Create, Offer, Reply, Submit
from ixnstate.definition import Definition
from ixnstate.model import Interaction
from ixnstate.table import GWS
from ixnstate.testing import drivers
from ixnstate.testing.coverage import Coverage
from ixnstate.testing.drivers import Ability, Blocking, Driver, Seen, Told
from ixnstate.testing.forms import WORKBINS, Scope
from ixnstate.testing.model import Action, Expected, Model, Wait, is_signal
from ixnstate.values import changed, frozen
from ixnstate.views import documented
from ixnstate.vocabulary import RefusalCode

Script: TypeAlias = tuple[Action, ...]

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

    @property
    def rule(self) -> str:
        """The rule that does not hold."""
        return self.expected_of.rule

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


class Bench:
    """Does actions on a driver and on the model, and compares. Raises `NonconformanceError` at the first difference.

    ``notes`` are differences in what the documents leave open; ``coverage`` is what has been gone through.
    """

    def __init__(
        self,
        driver: Driver | Blocking,
        definition: Definition = GWS,
        *,
        supports: Iterable[str] = EVERYTHING,
        coverage: Coverage | None = None,
    ) -> None:
        self.subject = driver if isinstance(driver, Blocking) else Blocking(driver)
        self.scope = Scope(definition, self.subject.world, frozenset(supports), self.subject.lacks)
        self.model = Model(self.scope)
        self.coverage = Coverage() if coverage is None else coverage
        self.done: list[Action] = []
        self.ids: dict[str, str] = {}
        """By the interaction's name in actions, its id in the implementation."""
        self.names: dict[str, str] = {}
        self.notes: list[Difference] = []
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

    # --- asking -----------------------------------------------------------------------------------------------------

    def _ask(self, action: Action) -> drivers.Reply:
        if isinstance(action, Wait):
            self._of("advance", action.seconds)
            return drivers.DONE
        if isinstance(action, Submit):
            self._know(str(action.new_id), self._of("create", action))
            return drivers.DONE
        if isinstance(action, Offer) and self.model.center.agents.get(action.agent or "") is not None:
            id = self.ids.get(action.interaction or "", action.interaction)
            said = self._of("offer", id, action.agent)
            return drivers.DONE if said is None else said
        reply: drivers.Reply = self._of("perform", self._addressed(action))
        if reply.created is not None and isinstance(action, Create | Reply):
            self._know(str(action.new_id), reply.created)
        return reply

    def _of(self, method: str, *arguments: Any) -> Any:
        """Ask the driver. An exception is an answer, too: the implementation does what it should not."""
        try:
            return self.subject.ask(method, *arguments)
        except NotImplementedError:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            difference = Difference(len(self.done) - 1, self.expected, f"{method} of the driver", "an answer", said)
            raise NonconformanceError(difference, tuple(self.done)) from error

    def _know(self, name: str, id: str) -> None:
        self.ids[name] = id
        self.names[id] = name

    def _addressed(self, command: Command) -> Command:
        """The command with the implementation's own ids."""
        if command.interaction is None or command.interaction not in self.ids:
            return command
        return changed(command, interaction=self.ids[command.interaction])

    # --- comparing --------------------------------------------------------------------------------------------------

    def _differ(self, expected: Expected, aspect: str, wanted: Any, found: Any) -> None:
        raise NonconformanceError(
            Difference(len(self.done) - 1, expected, aspect, wanted, found), tuple(self.done)
        )  # fmt: skip

    def _note(self, expected: Expected, aspect: str, wanted: Any, found: Any) -> None:
        self.notes.append(Difference(len(self.done) - 1, expected, aspect, wanted, found, True))

    def _compare_reply(self, expected: Expected, reply: drivers.Reply) -> None:
        wanted = expected.reply
        if is_signal(expected.action) and reply.ok:
            return  # the platform is not answered: what a signal did is seen in the views
        if wanted.ok is not reply.ok:
            self._differ(expected, "reply", _outcome(wanted), _outcome(reply))
        if reply.status_code is not None and wanted.status_code != reply.status_code:
            differ = self._note if self._has_several_reasons(expected) else self._differ
            differ(expected, "status code", wanted.status_code, reply.status_code)
        if wanted.created is not None and reply.created is None:
            self._differ(expected, "reply", "the id of what was created", None)

    def _has_several_reasons(self, expected: Expected) -> bool:
        """Whether a refusal could be given for another reason, too: no page says which comes first."""
        refusal = expected.refusal
        if refusal is None or refusal.record is None:
            return False
        has = (*refusal.record.holders, *refusal.record.invited)
        return refusal.agent not in has and refusal.code in (RefusalCode.ILLEGAL, RefusalCode.FINAL)

    def _compare_told(self, expected: Expected, reply: drivers.Reply) -> None:
        found = [self._named(each) for each in self._collected(len(expected.told))]
        for agent in dict.fromkeys(each.agent for each in (*expected.told, *found)):
            wanted = [each for each in expected.told if each.agent == agent]
            got = [each for each in found if each.agent == agent]
            if len(wanted) != len(got) or any(not _same(*pair) for pair in zip(wanted, got, strict=True)):
                self._compare_messages(expected, agent, wanted, got)
            for each in got:
                if None not in (each.reference_id, reply.reference_id) and each.reference_id != reply.reference_id:
                    self._differ(expected, f"referenceId told to {agent}", reply.reference_id, each.reference_id)

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
        for one, other in zip(wanted, got, strict=False):
            if not _same(one, other):
                tolerable = changed(other, capabilities=one.capabilities)
                if _same(one, tolerable) and self._is_documented(one, other.capabilities):
                    self._note(expected, f"capabilities told to {agent}", one.capabilities, other.capabilities)
                else:
                    self._differ(expected, f"notifications to {agent}", *_first_unlike(one, other))
        if len(wanted) != len(got):
            missing, surplus = next(iter(wanted[len(got) :]), None), next(iter(got[len(wanted) :]), None)
            self._differ(expected, f"notifications to {agent}", missing, surplus)

    def _named(self, told: Told) -> Told:
        return changed(told, interaction=self.names.get(told.interaction or "", told.interaction))

    def _is_documented(self, about: Told | Interaction, found: tuple[str, ...] | None) -> bool:
        """Whether a page prints the list for that state, though nothing here shows it; absent is as good as empty."""
        if about.state is None or about.media is None:
            return False
        wanted = about.capabilities if isinstance(about, Told) else ("",)
        if not wanted and not found:
            return True
        definition = self.scope.definition
        printed = {
            each.operations
            for each in definition.medium(about.media).lists
            if each.printed_under is not None and each.printed_under.value == about.state
        }
        return found in printed and found in documented(about.media, about.state, definition=definition).values()

    def _compare_views(self, expected: Expected) -> None:
        for name, id in self.ids.items():
            record = self.model.center.interaction(name)
            for agent in self.scope.world.agents:
                wanted = self.model.view(name, agent.id)
                found = self._of("view", id, agent.id)
                if wanted != found:
                    self._compare_view(expected, record, f"view of {agent.id} on {name}", wanted, found)

    def _compare_view(
        self, expected: Expected, record: Interaction | None, aspect: str, wanted: Seen | None, found: Seen | None
    ) -> None:
        if wanted is None or found is None:
            self._differ(expected, aspect, wanted, found)
            return
        if wanted.state != found.state:
            self._differ(expected, f"{aspect}: state", wanted.state, found.state)
        if wanted.capabilities != found.capabilities:
            is_open = record is not None and self._is_documented(record, found.capabilities)
            is_open |= not wanted.capabilities and not found.capabilities
            differ = self._note if is_open else self._differ
            differ(expected, f"{aspect}: capabilities", wanted.capabilities, found.capabilities)
        if found.user_data is not None and wanted.user_data != found.user_data:
            self._differ(expected, f"{aspect}: user data", dict(wanted.user_data or {}), dict(found.user_data))

    def _compare_content(self, expected: Expected) -> None:
        for place in self.model.places:
            listed = self._of("content", place)
            known = {name: index for index, name in enumerate(self.model.content(place))}
            found = tuple(self.names.get(each, each) for each in listed)
            wanted = tuple(known)
            if isinstance(listed, AbstractSet):
                found = tuple(sorted(found, key=lambda each: known.get(each, len(known))))
            if wanted != found:
                whose = place.agent_group or place.owner
                self._differ(expected, f"content of workbin {place.id} of {whose}", wanted, found)


def _outcome(reply: drivers.Reply) -> str:
    if reply.ok:
        return "done"
    return f"refused with {reply.status_code}" + (f" ({reply.why})" if reply.why else "")


_COMPARED = tuple(
    field.name
    for field in attrs.fields(Told)  # type: ignore[arg-type]
    if field.name != "reference_id"
)


def _same(one: Told, other: Told) -> bool:
    return all(_agree(name, getattr(one, name), getattr(other, name)) for name in _COMPARED)


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
