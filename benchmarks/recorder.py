"""What happens at a contact centre in the course of time, and what of it is recorded: requests, replies, messages."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import attrs

import ixnstate as ix
from benchmarks.habits import Habits, type_of
from ixnstate import gws

BEGINNING = 1_767_600_000.0
SESSION_PATH = "/api/v2/me"
PATIENCE = 2
"""While a request of theirs is not answered, agents make at most so many more: a client then takes it for lost."""


class Entry(NamedTuple):
    """A record, and what nobody who judges it is told: what it is about, and the request that caused it."""

    record: dict[str, Any]
    item: str | None
    cause: int | None
    """The number of the request, in the day; None for what the platform did."""
    command: Any = None
    done: bool = True

    @property
    def kind(self) -> str:
        return self.record["kind"]

    @property
    def agent(self) -> str:
        return self.record["agent"]

    @property
    def shown(self) -> str | None:
        """The state that a notification shows."""
        return None if self.kind != "notification" else resource_of(self.record["body"]).get("state")


def resource_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """What a message tells of an interaction."""
    return next((value for value in message.values() if isinstance(value, dict) and "id" in value), {})


@cache
def address_of(media: str) -> tuple[str, str]:
    """What stands before the id and after it in the address of an interaction."""
    request = gws.request(ix.SetInFocus(by="a", interaction="~", media=media, media_type=type_of(media)))
    before, _, after = request.path.partition("~")
    return before, after


SPELLED = {"user_data": "userData", "text": "text", "nickname": "nickname", "interaction": None, "media": None,
           "media_type": None, "by": None}  # fmt: skip
"""Arguments that every page spells alike, so that their requests need not be looked up."""


@attrs.define(eq=False)
class Item:
    """An interaction, as far as the day has plans for it."""

    id: str
    media: str
    steps: int
    """How many operations are still wanted."""
    wanders: bool = False
    is_planned: bool = False
    """Whether somebody is about to offer it, or to take it out of its workbin."""
    is_over: bool = False


class Recorder:
    """A contact centre with an agenda. A subclass puts onto it what is to happen (`_begin`)."""

    def __init__(self, seed: int, center: ix.ContactCenter, habits: Habits) -> None:
        self.chance, self.center, self.habits = random.Random(seed), center, habits
        self.is_numbered = habits.replies == "with numbers"
        self.now = 0.0
        self.agenda: list[tuple[float, int, Callable[..., Entry | None], tuple[Any, ...]]] = []
        self.ticks = count()
        self.causes = count(1)
        self.heard: dict[str, float] = defaultdict(float)
        """When each agent's last message arrives."""
        self.in_flight: dict[str, list[int]] = defaultdict(list)
        """The open requests of an agent, and those that they have made since the first of them."""
        self.carried_out: dict[str, float] = defaultdict(float)
        self.answered: dict[str, float] = defaultdict(float)

    # --- what a subclass adds ---------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Plan the first things."""
        raise NotImplementedError

    def _see(self, entry: Entry) -> Entry:
        """A message arrives."""
        return entry

    def _made(self, id: str, media: str) -> Item:
        """A request has made an interaction."""
        raise NotImplementedError

    def _settle(self, id: str) -> None:
        """Something has happened to an interaction: see to it that somebody goes on."""

    # --- the agenda -------------------------------------------------------------------------------------------------

    def records(self) -> Iterator[dict[str, Any]]:
        """The lines of the recording."""
        return (entry.record for entry in self.entries())

    def entries(self) -> Iterator[Entry]:
        """The lines, each with what it is about."""
        self._begin()
        agenda, asked, numbers = self.agenda, {}, count(1)
        while agenda:
            self.now, _, act, given = heappop(agenda)
            entry = act(*given)
            if entry is None:
                continue
            record = {"seq": next(numbers), "ts": round(BEGINNING + self.now, 3), **entry.record}
            if entry.kind == "request":
                asked[entry.cause] = record["seq"]
            elif entry.kind == "response":
                seq = asked.pop(entry.cause)
                if self.is_numbered:
                    record["answers"] = seq
            yield entry._replace(record=record)

    def _plan(self, after: float, act: Callable[..., Entry | None], *given: Any) -> None:
        self._plan_at(self.now + after, act, *given)

    def _plan_at(self, time: float, act: Callable[..., Entry | None], *given: Any) -> None:
        heappush(self.agenda, (time, next(self.ticks), act, given))

    def _pass_time(self) -> None:
        passed = self.center.advance(to=self.now)
        for part in passed.parts:
            self._happened(part)

    def _happened(self, outcome: Any) -> None:
        """The platform has done something: agents are told, and it goes on."""
        if outcome.refusal is None:
            self._tell(gws.notifications(outcome), None, None)
            for record in outcome.interactions:
                self._settle(record.id)

    # --- requests, replies, messages --------------------------------------------------------------------------------

    def _ask(self, command: Any, item: Item | None, *then: Any) -> None:
        try:
            self._send(self._spelled(command), command, item, *then)
        except gws.MessageError:  # no request can say it
            if then:
                self._plan(0, then[0], False, *then[1:])

    def _spelled(self, command: Any) -> gws.Request:
        """The request; what is asked most is put together here, since looking up how pages spell it takes longer."""
        given = {name: value for name in _fields(type(command)) if (value := getattr(command, name)) is not None}
        if command.media is not None and given.keys() <= SPELLED.keys():
            before, after = address_of(command.media)
            body = {"operationName": command.operation}
            body |= {spelled: given[name] for name in given if (spelled := SPELLED[name]) is not None}
            return gws.Request("POST", f"{before}{command.interaction}{after}", body, command.by)
        return gws.request(command)

    def _send(self, request: gws.Request, command: Any, item: Item | None, *then: Any) -> None:
        """A request is recorded, and is carried out a little later."""
        agent, cause = str(request.user), next(self.causes)
        in_flight = self.in_flight[agent]
        if len(in_flight) > PATIENCE:
            self._plan(self.habits.reply_after, self._send, request, command, item, *then)
            return
        in_flight.append(cause)
        asked = {
            "agent": agent, "kind": "request", "method": request.method, "path": request.path, "body": request.body,
        }  # fmt: skip
        about = getattr(command, "new_id", None) if item is None else item.id
        entry = Entry(asked, about, cause, command)
        at = self.now + self._latency() / 2
        if not self.is_numbered:
            at = self.carried_out[agent] = max(at, self.carried_out[agent])
        self._plan(0, passed, entry)
        self._plan_at(at, self._carry_out, request, entry, item, then)

    def _latency(self) -> float:
        usual = self.habits.reply_after * self.chance.uniform(0.5, 1.5)
        return usual * 20 if self.chance.random() < 0.02 else usual

    def _carry_out(self, request: gws.Request, entry: Entry, item: Item | None, then: Sequence[Any]) -> None:
        self._pass_time()
        command = entry.command
        reply = gws.handle(self.center, request) if request.path != SESSION_PATH else gws.Reply(200, {"statusCode": 0})
        entry = entry._replace(done=reply.http_status == 200)
        if entry.done and (new_id := getattr(command, "new_id", None)) is not None:
            self._made(new_id, item.media if item is not None else command.media)
        self._reply(request, reply, entry, then)
        self._tell(reply.notifications, entry.cause, command)
        if item is not None:
            self._settle(item.id)

    def _reply(self, request: gws.Request, reply: gws.Reply, entry: Entry, then: Sequence[Any]) -> None:
        agent = entry.agent
        at = self.now + self._latency() / 2
        if not self.is_numbered:
            at = self.answered[agent] = max(at, self.answered[agent])
        record = {"agent": agent, "kind": "response", "status": reply.http_status, "body": reply.body}
        if self.habits.replies == "with paths":
            record |= {"method": request.method, "path": request.path}
        self._plan_at(at, self._close, entry._replace(record=record))
        if then:
            self._plan_at(at, then[0], entry.done, *then[1:])

    def _close(self, entry: Entry) -> Entry:
        """A request is answered. Those before it in flight may still be open."""
        in_flight = self.in_flight[entry.agent]
        in_flight[in_flight.index(entry.cause)] = 0
        while in_flight and in_flight[0] == 0:
            in_flight.pop(0)
        return entry

    def _tell(self, sent: tuple[gws.Notification, ...], cause: int | None, command: Any) -> None:
        for notification in sent:
            agent, message = notification.agent, notification.message
            at = self.heard[agent] = max(self.heard[agent], self.now + self._lateness())
            record = {"agent": agent, "kind": "notification", "channel": notification.topic, "body": message}
            entry = Entry(record, resource_of(message).get("id"), cause, command)
            self._plan_at(at, self._see, entry)

    def _lateness(self) -> float:
        usual = self.habits.late * self.chance.uniform(0.2, 1.8)
        return usual * 20 if self.chance.random() < 0.05 else usual


def passed(entry: Entry) -> Entry:
    return entry


@cache
def _fields(command: type[Any]) -> tuple[str, ...]:
    return tuple(attrs.fields_dict(command))
