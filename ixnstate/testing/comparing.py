"""What a bench compares after an action: the reply, the messages, what agents are shown, what lies in the workbins."""

from collections.abc import Container, Iterable, Mapping
from collections.abc import Set as AbstractSet
from time import monotonic, sleep
from typing import Any, NoReturn, TypeAlias

import attrs

from ixnstate.commands import Offer
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.testing import drivers, leeway
from ixnstate.testing.coverage import Coverage
from ixnstate.testing.details import ELSE_EMPTY, is_alike, is_same
from ixnstate.testing.differing import (
    Difference,
    NonconformanceError,
    data_differ,
    exception_kind,
    lists_differ,
    message,
    named,
    operation_of,
    outcome,
    raised,
    reply_differs,
    said,
)
from ixnstate.testing.drivers import Ability, Blocking, DriverError, Seen, Told
from ixnstate.testing.forms import Scope
from ixnstate.testing.model import Action, AtOnce, Expected, Model, is_signal, names_new
from ixnstate.values import changed
from ixnstate.vocabulary import RefusalCode

_Stream: TypeAlias = tuple[str, str | None, bool]

_ELSE = dict.fromkeys(ELSE_EMPTY)

PAUSE = 0.01
"""Seconds between two looks for messages that must come."""

HIDDEN = "leads elsewhere, as what comes after it shows"

CORE = 4
"""The number of agents that are asked for their views after every action; others are asked once they take part."""


class Comparing:
    """The comparisons of a bench. Differences that are not looked past are raised; the others are kept in ``met``."""

    subject: Blocking
    scope: Scope
    model: Model
    coverage: Coverage
    faults: Container[str]
    expected: Expected

    def __init__(self) -> None:
        self.done: list[Action] = []
        self.history: list[Expected] = []
        """What had to come of each action that was compared."""
        self.ids: dict[str, str] = {}
        """By the interaction's name in actions, its id in the implementation."""
        self.names: dict[str, str] = {}
        self.met: list[Difference] = []
        self.notes: list[Difference] = []
        self.references: set[int] = set()
        self.astray: set[str] = set()
        """The interactions that do not stand as the model's do, by what was seen after the last action."""
        self.hidden: dict[str, Expected] = {}
        """By interaction that nobody is shown: the action since which that is so."""
        self.stale: dict[tuple[str, str], tuple[str | None, str | None]] = {}
        """By interaction and agent: what they should be shown and are shown since a difference, which was told."""
        self._gaps: set[tuple[str, str, str]] = set()
        """What differs for as long as nothing changes: it is told once."""

    def can(self, ability: Ability) -> bool:
        """Whether the driver can do it."""
        return ability not in self.scope.lacks

    # --- what differs -----------------------------------------------------------------------------------------------

    def _differ(
        self, expected: Expected, aspect: str, wanted: Any, found: Any, what: str, *, where: str | None = None,
        blocks: bool = False,
    ) -> None:  # fmt: skip
        culprit = self._culprit(expected) if blocks else None
        if culprit is not None:
            aspect, what = f"{operation_of(expected.action)} after it: {aspect}", HIDDEN
            expected = culprit
        elif blocks and expected.refusal is None:
            self.subject.known.broken.add(operation_of(expected.action))
        difference = self._difference(expected, aspect, wanted, found, what, where=where, blocks=blocks)
        if difference.cause not in self.faults:
            raise NonconformanceError(difference, tuple(self.done))
        self.met.append(difference)

    def _difference(
        self, expected: Expected, aspect: str, wanted: Any, found: Any, what: str, *, where: str | None = None,
        blocks: bool = False,
    ) -> Difference:  # fmt: skip
        place = operation_of(expected.action) if where is None else where
        if where is None and isinstance(expected.action, AtOnce):
            operations = [command.operation for command in expected.action.commands]
            place = next((each for each in operations if f"{each}: {what}" in self.faults), place)
        past = dict.fromkeys(each.cause for each in self.met if each.what != what)
        index = len(self.done) - 1
        return Difference(index, expected, aspect, wanted, found, what, place, blocks=blocks, past=tuple(past))

    def _note(self, expected: Expected, aspect: str, wanted: Any, found: Any, what: str) -> None:
        place = operation_of(expected.action)
        self.notes.append(Difference(len(self.done) - 1, expected, aspect, wanted, found, what, place, is_open=True))

    def _gapes(self, expected: Expected, aspect: str, wanted: Any, found: Any, what: str, where: str | None) -> None:
        """A difference that stays after every action until something changes: it is told once."""
        gap = aspect, str(wanted), str(found)
        if gap not in self._gaps:
            self._differ(expected, aspect, wanted, found, what, where=where)
            self._gaps.add(gap)

    def _of(self, method: str, *arguments: Any) -> Any:
        """Ask the driver. An exception is an answer, too: the implementation does what it should not.

        But a signal of the platform, which nobody is answered, may be refused by one; and so may an unknown name.
        """
        try:
            return self.subject.ask(method, *arguments)
        except (NotImplementedError, DriverError):
            raise
        except Exception as error:
            if method in ("perform", "offer") and self._may_raise(error):
                return drivers.Reply(False, why=str(error))
            self._raised(method, error)

    def _may_raise(self, error: Exception) -> bool:
        """Whether an exception is as good as a refusal: of a signal, or where the driver knows no such name either."""
        refusal = self.expected.refusal
        if refusal is None or isinstance(error, OSError):
            return False
        return is_signal(self.expected.action) or refusal.code is RefusalCode.NOT_FOUND

    def _raised(self, method: str, error: Exception) -> NoReturn:
        """An exception where there must be none: after it nobody knows how anything stands."""
        difference = self._difference(
            self.expected, f"{method} of the driver", "an answer", raised(error), exception_kind(error), blocks=True
        )
        raise NonconformanceError(difference, tuple(self.done)) from error

    # --- the reply --------------------------------------------------------------------------------------------------

    def _compare_reply(self, expected: Expected, reply: drivers.Reply) -> bool:
        """Whether the operation was done or refused as it had to be."""
        wanted = expected.reply
        if is_signal(expected.action) and reply.ok:
            return True  # the platform is not answered: what a signal did is seen in the views
        if wanted.ok is not reply.ok:
            words = outcome(wanted, expected.refusal), outcome(reply, reply.why)
            self._differ(expected, "reply", *words, reply_differs(expected, reply), blocks=True)
            return False
        if reply.status_code is not None and wanted.status_code != reply.status_code:
            codes = "status code", wanted.status_code, reply.status_code
            why = "done" if expected.refusal is None else expected.refusal.code.value
            what = f"status code {reply.status_code} instead of {wanted.status_code} ({why})"
            if reply.status_code in leeway.other_reasons(expected):
                self._note(expected, *codes, "the statusCode of another reason that there is, too")
            else:
                self._differ(expected, *codes, what, where="")
        if wanted.created is not None and reply.created is None:
            what = "the reply does not lead to what was created"
            self._differ(expected, "reply", "the id of what was created", None, what, blocks=True)
        if reply.reference_id is not None:
            if reply.reference_id in self.references:
                aspect = "referenceId of the reply"
                self._differ(
                    expected, aspect, "a new one", reply.reference_id, "a referenceId is given again", where=""
                )
            self.references.add(reply.reference_id)
        return True

    def _culprit(self, expected: Expected) -> Expected | None:
        """The action before, if nobody could see what came of it until now, and this one is not known to fail."""
        before = self.hidden.get(getattr(expected.action, "interaction", None) or "")
        if before is None or before.before is None:
            return None
        is_telling = expected.refusal is None or isinstance(expected.action, Offer)
        return before if is_telling and operation_of(expected.action) not in self.subject.known.broken else None

    # --- messages ---------------------------------------------------------------------------------------------------

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
                self._differ(expected, f"referenceId told to {each.agent}", *ids, "another referenceId in a message")
        if len(streams) > 1:
            self._compare_order(expected, found)

    def _compare_order(self, expected: Expected, found: list[Told]) -> None:
        """What an agent is told of an interaction and of its workbin: no page says which comes first, but one does."""
        kinds: dict[tuple[str, str | None], set[bool]] = {}
        for each in found:
            kinds.setdefault((each.agent, each.interaction), set()).add(each.workbin is not None)
        for (agent, interaction), both in kinds.items():
            if len(both) == 2 and interaction is not None:
                mine = [each for each in found if (each.agent, each.interaction) == (agent, interaction)]
                is_workbin_first = mine[0].workbin is not None
                self.subject.known.orders.add(is_workbin_first)
                words = f"order of messages to {agent}", "the same as ever", ", then ".join(map(message, mine))
                if len(self.subject.known.orders) == 2:
                    self._differ(expected, *words, "a message about a workbin comes now before, now after the other")
                elif is_workbin_first:
                    self._note(expected, *words, "messages about workbins come first")

    def _compare_stream(self, expected: Expected, agent: str, wanted: list[Told], got: list[Told]) -> None:
        """What an agent is told of one interaction: the only order that the documents know."""
        if self._fits(wanted, got):
            return
        if not leeway.is_welcome(expected) and self._fits(leeway.without_company(wanted), leeway.without_company(got)):
            company = leeway.company(wanted), leeway.company(got)
            self._note(expected, f"company told to {agent}", *company, "who takes part is told, or not told, besides")
        elif leeway.is_unsubscribed(wanted) and leeway.is_unsubscribed(got):
            self._note(
                expected, f"notifications to {agent}", wanted[0].kind, got[0].kind, "how Unsubscribe is answered"
            )
        else:
            self._compare_messages(expected, agent, [*map(self._with_data, wanted, got), *wanted[len(got) :]], got)

    def _compare_references(self, expected: Expected, wanted: list[Told], got: list[Told]) -> None:
        """What answers a request names it, if the implementation names requests at all; what does not, does not."""
        self.subject.known.tells_references |= any(each.reference_id is not None for each in got)
        for one, other in zip(wanted, got, strict=False):
            aspect, by = f"referenceId told to {one.agent}", getattr(expected.action, "by", None)
            if one.reference_id is not None and other.reference_id is None and self.subject.known.tells_references:
                self._differ(expected, aspect, "that of the reply", None, "no referenceId in a message that answers")
            elif other.reference_id is not None and one.agent != by:
                what = "the referenceId of a request is told to another agent"
                self._differ(expected, aspect, None, other.reference_id, what)

    def _compare_shown(self, expected: Expected, wanted: list[Told], got: list[Told]) -> None:
        """What messages show besides: as the page prints it, or as it is."""
        sight = self.model.sight(got[0].interaction or "") if got else None
        if sight is None:
            return
        record, truth = sight.record, sight.details
        for each in got:
            shown = each.details or {}
            for name in [name for name in {**truth, **_ELSE} if name in shown]:
                self.coverage.showed(record.media, name)
                printed = [one.details[name] for one in wanted if one.details is not None and name in one.details]
                real = truth.get(name)
                if not any(self._is_alike(name, one, shown[name]) for one in (real, *printed)):
                    self._differ(expected, f"{name} told to {each.agent}", real, shown[name], f"{name} in messages")
            self._compare_place(expected, record, f"workbin told to {each.agent}", shown)

    def _is_alike(self, name: str, wanted: Any, found: Any) -> bool:
        if name == "parentId":
            found = self.names.get(found, found)
        return bool(wanted == found) or is_alike(name, wanted, found, self.model.center.agents)

    def _fits(self, wanted: list[Told], got: list[Told]) -> bool:
        return len(wanted) == len(got) and all(
            self._same(self._with_data(one, other), other) for one, other in zip(wanted, got, strict=True)
        )

    def _same(self, one: Told, other: Told) -> bool:
        return one == other or all(self._agree(name, getattr(one, name), getattr(other, name)) for name in _COMPARED)

    def _agree(self, name: str, wanted: Any, found: Any) -> bool:
        """What a driver cannot tell (None) it is not asked about, but for what every message has."""
        if wanted == found or (found is None and name in ("media", "user_data", "text", "workbin")):
            return True
        if name != "capabilities":
            return False
        return (found is None and not self.subject.known.tells_lists) or not self.can(Ability.CAPABILITIES)

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
        aspect = f"notifications to {agent}"
        for one, other in zip(wanted, got, strict=False):
            if self._same(one, other):
                continue
            if not self._same(one, changed(other, capabilities=one.capabilities)):
                what = f"another message: {message(other)} instead of {message(one)}"
                if (one.kind, one.state) == (other.kind, other.state):
                    what = f"another {self._unlike(one, other)[0].replace('_', ' ')} in {one.kind}"
                self._differ(expected, aspect, *self._first_unlike(one, other), what)
                return  # what comes after it would be compared with the wrong message
            self._compare_list(
                expected, f"capabilities told to {agent}", one, f"{one.media} {one.state}", one.capabilities,
                other.capabilities,
            )  # fmt: skip
        missing, surplus = next(iter(wanted[len(got) :]), None), next(iter(got[len(wanted) :]), None)
        if missing is not None:
            self._differ(expected, aspect, missing, None, f"a message is missing: {message(missing)}")
        elif surplus is not None:
            self._differ(expected, aspect, None, surplus, f"a message too many: {message(surplus)}")

    def _unlike(self, one: Told, other: Told) -> list[str]:
        return [name for name in _COMPARED if not self._agree(name, getattr(one, name), getattr(other, name))]

    def _first_unlike(self, one: Told, other: Told) -> tuple[str, str]:
        """What differs between two messages, and what they are about."""
        unlike = self._unlike(one, other)
        head = ["kind", *([] if "kind" in unlike else unlike)]

        def text(told: Told) -> str:
            return ", ".join(f"{name} {said(getattr(told, name))}" for name in head)

        return text(one), text(other)

    def _named(self, told: Told) -> Told:
        self.subject.known.tells_lists |= bool(told.capabilities)
        name = self.names.get(told.interaction or "", told.interaction)
        return told if name == told.interaction else changed(told, interaction=name)

    # --- views ------------------------------------------------------------------------------------------------------

    def _agents(self) -> Iterable[str]:
        """Who is asked: the first agents of the world, and whoever has taken part."""
        raise NotImplementedError

    def _compare_views(self, expected: Expected, explained: str | None = None) -> None:
        """Compare what every agent is shown of every interaction but for how the one stands that is ``explained``."""
        for name, id in self.ids.items():
            sight = self.model.sight(name)
            for agent in self._agents():
                wanted = None if sight is None else sight.shown.get(agent)
                found = self._of("view", id, agent)
                if wanted is found is None:
                    continue
                if sight is not None and wanted is not None and found is not None and wanted.state == found.state:
                    if name != explained:
                        self._compare_view(expected, sight.record, f"view of {agent} on {name}", wanted, found)
                elif self.stale.get((name, agent)) == (state_of(wanted), state_of(found)):
                    continue
                elif name not in self.astray:
                    self.astray.add(name)
                    if name != explained:
                        aspect = f"view of {agent} on {name}" + (": state" if wanted and found else "")
                        words: tuple[Any, Any] = (wanted, found)
                        if wanted and found:
                            words = wanted.state, found.state
                        what = self._stands_elsewhere(expected, name, wanted, found)
                        self._differ(expected, aspect, *words, what, blocks=True)

    def _stands_elsewhere(self, expected: Expected, name: str, wanted: Seen | None, found: Seen | None) -> str:
        is_own = name in _about(expected, name)
        if expected.refusal is not None:
            return "refused, and yet done" if is_own else "refused, and yet another interaction is changed"
        if not is_own and not isinstance(expected.action, AtOnce) and hasattr(expected.action, "interaction"):
            return "another interaction is changed"
        if wanted is None:
            return f"shown to an agent who has no part in it ({found.state if found else None})"
        return (
            f"not shown to its agent ({wanted.state})" if found is None else f"{found.state} instead of {wanted.state}"
        )

    def _compare_view(self, expected: Expected, record: Interaction, aspect: str, wanted: Seen, found: Seen) -> None:
        self.subject.known.tells_lists |= bool(found.capabilities)
        if wanted.capabilities != found.capabilities:
            where = f"{record.media} {wanted.state}"
            self._compare_list(
                expected, f"{aspect}: capabilities", record, where, wanted.capabilities, found.capabilities
            )
        if found.user_data is not None and not is_same(wanted.user_data, found.user_data):
            self.astray.add(record.id)
            data = dict(wanted.user_data or {}), dict(found.user_data)
            refused = "refused, and yet " if expected.refusal is not None else ""
            is_own = record.id in _about(expected, record.id)
            other = "" if is_own else "another interaction's "
            what = f"{refused}{other}{data_differ(*data)}"
            self._differ(expected, f"{aspect}: user data", *data, what, blocks=True)
        self._compare_details(expected, record, aspect, wanted, found)

    def _compare_list(
        self, expected: Expected, aspect: str, about: Told | Interaction, where: str,
        wanted: tuple[str, ...] | None, found: tuple[str, ...] | None,
    ) -> None:  # fmt: skip
        if not self.can(Ability.CAPABILITIES):
            return
        if found is None and wanted and not self.subject.known.tells_lists:
            if isinstance(about, Interaction):
                self.coverage.showed(about.media, "capabilities", is_hidden=True)
            return
        if (not wanted and not found) or leeway.is_documented(self.scope.definition, about, found):
            what = "a list that another page prints, or none for an empty one"
            self._note(expected, aspect, named(wanted), named(found), what)
        else:
            self._gapes(expected, aspect, named(wanted), named(found), lists_differ(wanted, found), where)

    def _compare_details(self, expected: Expected, record: Interaction, aspect: str, wanted: Seen, found: Seen) -> None:
        """What it has shown in that state before it must show; what it never shows it may be unable to tell."""
        tells, shown, truth = self.subject.known.tells, found.details or {}, wanted.details or {}
        for name in {**truth, **_ELSE} if shown else truth:
            value = truth.get(name)
            kind = record.media, record.state.value, name
            if name in shown:
                tells.add(kind)
                self.coverage.showed(record.media, name)
                if not self._is_alike(name, value, shown[name]):
                    self._gapes(expected, f"{aspect}: {name}", value, shown[name], f"{name} in views", None)
            elif value and kind in tells:
                self._gapes(expected, f"{aspect}: {name}", value, None, f"{name} in views", None)
            elif value:
                self.coverage.showed(record.media, name, is_hidden=True)
        self._compare_place(expected, record, f"{aspect}: workbin", shown)

    def _compare_place(self, expected: Expected, record: Interaction, aspect: str, shown: Mapping[str, Any]) -> None:
        """Whoever shows in which workbin an interaction lies must not do so when it lies there no more."""
        place = shown.get("workbin")
        if place and record.workbin is None:
            self._gapes(expected, aspect, None, place, "still shown in a workbin that it has left", None)

    # --- workbins ---------------------------------------------------------------------------------------------------

    def _places(self, expected: Expected) -> Iterable[WorkbinPlace]:
        """The workbins into which something has come; and after what concerns workbins all of them."""
        about = [expected.before, expected.after]
        if not any(record is not None and record.workbin is not None for record in about):
            return self.model.places
        return {**self.model.places, **self.all_places}

    all_places: dict[WorkbinPlace, None]

    def _listed(self, place: WorkbinPlace) -> tuple[list[str], bool]:
        """The names of what lies there, and whether their order is known."""
        listed = self._of("content", place)
        return [self.names.get(each, each) for each in listed], not isinstance(listed, AbstractSet)

    def _compare_content(self, expected: Expected) -> None:
        for place in self._places(expected):
            found, is_ordered = self._listed(place)
            wanted = self.model.content(place)
            if tuple(found) == wanted or (not is_ordered and sorted(found) == sorted(wanted)):
                continue
            aspect = f"content of workbin {place.id} of {place.agent_group or place.owner}"
            self._gapes(expected, aspect, wanted, tuple(found), self._misplaced(wanted, found), None)

    def _misplaced(self, wanted: tuple[str, ...], found: list[str]) -> str:
        if len(set(found)) < len(found):
            return "an interaction lies in a workbin twice"
        if surplus := [name for name in found if name not in wanted]:
            record = self.model.center.interaction(surplus[0])
            if record is None or record.workbin is not None:
                return "an interaction lies in a workbin where it is not"
            return f"left in a workbin, though it is {record.state.value}"
        return "an interaction is missing in its workbin" if set(wanted) - set(found) else "the order in a workbin"


def state_of(seen: Seen | None) -> str | None:
    """The state that is shown."""
    return None if seen is None else seen.state


def _about(expected: Expected, name: str) -> tuple[str | None, ...]:
    """The interactions that an action is about: ``name`` if it names none, as time does."""
    action = expected.action
    return getattr(action, "interaction", name), names_new(action)


def _stream(told: Told) -> _Stream:
    """Messages whose order counts: of an agent, about one interaction, of one topic."""
    return told.agent, told.interaction, told.workbin is not None


_COMPARED = tuple(
    field.name
    for field in attrs.fields(Told)  # type: ignore[arg-type]
    if field.name not in ("reference_id", "details")
)
