"""What agents are told, compared: each message to each agent, in the orders that the documents know."""

from time import monotonic, sleep
from typing import Any, TypeAlias

import attrs

from ixnstate.testing import drivers, leeway
from ixnstate.testing.details import ELSE_EMPTY, OF_ENTRIES
from ixnstate.testing.differing import message, said
from ixnstate.testing.drivers import Ability, Told
from ixnstate.testing.model import Expected
from ixnstate.testing.telling import Differing
from ixnstate.values import changed

_Stream: TypeAlias = tuple[str, str | None, bool]

ELSE = dict.fromkeys(ELSE_EMPTY)

PAUSE = 0.01
"""Seconds between two looks for messages that must come."""


class Hearing(Differing):
    """The comparisons of messages."""

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
        names = {**truth, **ELSE}
        for one, each in zip(wanted, got, strict=True):
            self._compare_entry(expected, one, each)
            shown = each.details or {}
            for name in [name for name in names if name in shown]:
                self.coverage.showed(record.media, name)
                real = truth.get(name)
                if self._is_alike(name, real, shown[name]):
                    continue
                printed = [one.details[name] for one in wanted if one.details is not None and name in one.details]
                if not any(self._is_alike(name, value, shown[name]) for value in printed):
                    self._differ(expected, f"{name} told to {each.agent}", real, shown[name], f"{name} in messages")
            self._compare_place(expected, record, f"workbin told to {each.agent}", shown)

    def _compare_entry(self, expected: Expected, one: Told, other: Told) -> None:
        """Who said it, who sees it, and what kind of entry it is, in the log of a session."""
        wanted, shown = one.details or {}, other.details or {}
        for name in OF_ENTRIES:
            if name in wanted and name in shown and not self._is_alike(name, wanted[name], shown[name]):
                aspect = f"{name} of a message to {other.agent}"
                self._differ(expected, aspect, wanted[name], shown[name], f"{name} in the log of a session")

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


def _stream(told: Told) -> _Stream:
    """Messages whose order counts: of an agent, about one interaction, of one topic."""
    return told.agent, told.interaction, told.workbin is not None


_COMPARED = tuple(
    field.name
    for field in attrs.fields(Told)  # type: ignore[arg-type]
    if field.name not in ("reference_id", "details")
)
