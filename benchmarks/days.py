"""Clean days of a contact centre of any size, recorded line by line: what agents ask, are answered and are sent.

A contact centre decides what happens, so a day breaks no rule whatever its agents do. They act upon what they have been
shown, sometimes before a reply has come, sometimes upon what is no longer so: then they are refused.

- A request is carried out at some moment between its record and its reply; an agent may have several in flight.
- Messages are late, before replies or after them; the messages to one agent keep their order.
- `Day` is a realistic day: conferences, transfers, timeouts, workbins with subscribers, supervisors, drafts, refusals,
  customers who hang up, agents who log in again. `PLAIN` leaves an ordinary life of each item, request by request.

``python -m benchmarks.days FILE --agents 200 --lines 100000`` writes one.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from heapq import heappop, heappush
from itertools import accumulate, count, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

import attrs

import ixnstate as ix
from ixnstate import gws
from ixnstate.commands import OPERATIONS

OWN, SEAT, TEAM, ROOM = "own", "seat", "team", "room"
TYPES = {OWN: "Agent", SEAT: "Place", TEAM: "AgentGroup", ROOM: "PlaceGroup"}
BEGINNING = 1_767_600_000.0
SESSION_PATH = "/api/v2/me"
GROUP_SIZE = 12
PATIENCE = 2
"""While a request of theirs is not answered, agents make at most so many more: a client then takes it for lost."""
SESSIONS = ("chat", "facebooksession", "smssession")
HELD = frozenset({"Processing", "Chatting", "LeftChat", "Composing"})

Weights = tuple[tuple[str, ...], tuple[float, ...]]


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


@attrs.frozen
class Habits:
    """How a contact centre works. Times are in seconds, and each is the usual one; shares are of 1."""

    media: tuple[str, ...] = ("workitem", "openmedia", "email", "facebook", "twitter", "chat", "chat", *SESSIONS)
    load: float = 3.0
    """Live interactions for each agent."""
    think: float = 12.0
    """Between two operations on an interaction."""
    reply_after: float = 0.04
    late: float = 0.02
    """How late messages are; some are twenty times as late."""
    delivering_timeout: float = 30.0
    handling_timeout: float = 240.0
    conferences: float = 0.08
    """Of the operations in a session, those that bring in another agent."""
    in_flight: float = 0.12
    """Operations that are followed by another one at once, without waiting for the reply."""
    rejected: float = 0.03
    unanswered: float = 0.03
    forgotten: float = 0.006
    """Of the operations, those after which the agent does nothing more until the timeout."""
    wanderers: float = 0.04
    """Interactions that are handed on and on."""
    incidents: bool = True
    """Whether customers hang up, supervisors, refused requests and new sessions of agents come into it."""
    replies: Literal["with numbers", "with paths", "bare"] = "with numbers"
    """Whether a reply names the request that it answers. Else those to an agent come in the order of requests."""
    user_data: int = 20
    """How many keys an interaction has."""
    operations: tuple[tuple[str, float], ...] = ()
    """Operations with their weights, instead of the usual ones."""


PLAIN = Habits(
    media=("workitem", "openmedia", "email", "facebook", "chat", "smssession"), reply_after=0, late=0, conferences=0,
    in_flight=0, rejected=0.01, unanswered=0, forgotten=0, wanderers=0, incidents=False,
    operations=(("UpdateUserData", 40), ("SetInFocus", 12), ("Store", 12), ("Complete", 25), ("SendMessage", 20)),
)  # fmt: skip
"""Offer, Accept, some operations, Complete; a workbin now and then. Each reply and its messages follow the request."""

USUAL = {
    "UpdateUserData": 26, "AttachUserData": 8, "DeleteUserData": 3, "SetInFocus": 10, "SetDisposition": 6,
    "AddComment": 5, "Transfer": 7, "Complete": 14, "PlaceInQueue": 2, "Store": 14, "AddAttachment": 2,
    "RemoveAttachment": 1, "Reply": 9, "ReplyAll": 3, "Retweet": 2, "MarkFavorite": 2, "RemoveFavorite": 1,
}  # fmt: skip
DRAFT = {
    "Save": 26, "UpdateUserData": 6, "AddComment": 5, "SetDisposition": 5, "SetInFocus": 4, "AddAttachment": 4,
    "RemoveAttachment": 2, "Transfer": 5, "Store": 5, "Send": 22, "Cancel": 5,
}  # fmt: skip
SESSION = {
    "SendMessage": 60, "SendStartTypingNotification": 8, "SendStopTypingNotification": 7, "SendToAgents": 3,
    "SendUrl": 3, "SendCustomNotice": 1, "SendNicknameUpdatedNotice": 1, "UpdateUserData": 14, "AttachUserData": 4,
    "DeleteUserData": 2, "SetInFocus": 6, "SetDisposition": 3, "AddComment": 2, "AddAttachment": 1,
    "ReportResponseTemplateUsage": 1,
    "Transfer": 3, "Leave": 5, "LeaveAndComplete": 2, "Complete": 8, "Store": 1.5, "PlaceInQueue": 0.5,
}  # fmt: skip
LEFT = {"Complete": 12, "Transfer": 2, "Leave": 1}
COMPANY = {
    "SendToAgents": 10,
    "SendStartTypingToAgentsNotification": 3,
    "RemoveParticipantFromConference": 4,
    "Leave": 12,
}
"""What is done besides in a session with other agents."""


@cache
def _weights(media: str, state: str, in_company: bool, habits: Habits) -> Weights:
    """What an agent may want to do, with cumulative weights."""
    known = ix.GWS.media[media].operations
    if habits.operations:
        chosen = dict(habits.operations)
    else:
        chosen = {"Composing": DRAFT, "Chatting": SESSION, "LeftChat": LEFT}.get(state, USUAL).copy()
        if state == "Chatting":
            share = habits.conferences * sum(chosen.values())
            chosen |= {"Invite": share * 0.6, "Consult": share * 0.4}
            chosen |= COMPANY if in_company else {}
    chosen = {name: weight for name, weight in chosen.items() if weight and (name in known or name == "Store")}
    return tuple(chosen), tuple(accumulate(chosen.values()))


@cache
def _address(media: str) -> tuple[str, str]:
    """What stands before the id and after it in the address of an interaction."""
    request = gws.request(ix.SetInFocus(by="a", interaction="~", media=media, media_type=_type_of(media)))
    before, _, after = request.path.partition("~")
    return before, after


def _type_of(media: str) -> str | None:
    return "promotion" if media == "openmedia" else None


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


class Day:
    """A day, as `entries` or as `records`, without an end; the same for the same seed, size and habits."""

    def __init__(self, seed: int = 0, *, agents: int = 20, habits: Habits | None = None) -> None:
        self.chance = random.Random(seed)
        self.habits = habits or Habits()
        self.names = tuple(f"a{number}" for number in range(1, agents + 1))
        self.supervisors = self.names[:: max(2, min(10, agents))]
        self.groups = {name: number // GROUP_SIZE for number, name in enumerate(self.names)}
        self.teams: dict[int, list[str]] = defaultdict(list)
        for name, group in self.groups.items():
            self.teams[group].append(name)
        self.center = ix.ContactCenter(
            agents=[self._agent(name) for name in self.names],
            workbins=[ix.Workbin(name, type=kind) for name, kind in TYPES.items()],
            queues=["In", "Out"], delivering_timeout=self.habits.delivering_timeout,
            handling_timeout=self.habits.handling_timeout,
        )  # fmt: skip
        self.is_numbered = self.habits.replies == "with numbers"
        self.now = 0.0
        self.agenda: list[tuple[float, int, Callable[..., Entry | None], tuple[Any, ...]]] = []
        self.ticks = count()
        self.causes = count(1)
        self.ids = count()
        self.items: dict[str, Item] = {}
        self.live: list[Item] = []
        """Those under way, and some that are over."""
        self.under_way = 0
        self.loads = dict.fromkeys(self.names, 0)
        self.believed: dict[tuple[str, str], tuple[str, int]] = {}
        """What an agent has that they were shown, in which state, and since which moment of the agenda."""
        self.invitations: set[tuple[str, str]] = set()
        """Those that agents have been shown, and not been told to be over."""
        self.heard: dict[str, float] = defaultdict(float)
        """When each agent's last message arrives."""
        self.in_flight: dict[str, list[int]] = defaultdict(list)
        """The open requests of an agent, and those that they have made since the first of them."""
        self.carried_out: dict[str, float] = defaultdict(float)
        self.answered: dict[str, float] = defaultdict(float)
        self.user_data = {f"Key_{number}": f"value {number}" for number in range(self.habits.user_data)}

    def _agent(self, name: str) -> ix.Agent:
        group = self.groups[name]
        roles = {"agent", "supervisor"} if name in self.supervisors else {"agent"}
        return ix.Agent(name, roles, {f"G{group}"}, f"p-{name}", {f"PG{group}"})

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

    def _begin(self) -> None:
        agents, chance = len(self.names), self.chance
        self._plan(1, self._tick)
        self._plan(0, self._arrive, self.habits.think / 2 / agents)
        if self.habits.incidents:
            for name in self.names[:: 2 if agents < 10 else 4]:
                self._plan(chance.random(), self._subscribe, name)
            for act, seconds in ((self._hang_up, 90), (self._supervise, 70), (self._blunder, 40), (self._log_in, 400),
                                 (self._look, 120), (self._ask_of_workbin, 200), (self._create, 150)):  # fmt: skip
                self._plan(chance.random() * seconds / agents, self._again, act, seconds / agents)

    def _again(self, act: Callable[[], None], seconds: float) -> None:
        """Something that happens every so many seconds."""
        act()
        self._plan(self.chance.expovariate(1 / seconds), self._again, act, seconds)

    def _tick(self) -> None:
        """Once a second, so that what is over is told when it is."""
        self._pass_time()
        self._plan(1, self._tick)

    def _pass_time(self) -> None:
        passed = self.center.advance(to=self.now)
        for part in passed.parts:
            self._happened(part)

    # --- what the platform does -------------------------------------------------------------------------------------

    def _arrive(self, seconds: float) -> None:
        if self.under_way < self.habits.load * len(self.names):
            media = self.chance.choice(self.habits.media)
            item = self._item(f"{next(self.ids):08d}AB", media)
            submitted = self.center.submit(
                media=media, queue="In", id=item.id, user_data=self.user_data, media_type=_type_of(media)
            )
            self._happened(submitted)
        self._plan(self.chance.expovariate(1 / seconds), self._arrive, seconds)

    def _item(self, id: str, media: str) -> Item:
        item = self.items[id] = Item(id, media, self.chance.randrange(2, 12))
        item.wanders = self.chance.random() < self.habits.wanderers
        if item.wanders:
            item.steps += 40
        self.live.append(item)
        self.under_way += 1
        if len(self.live) > 4 * self.under_way + 100:
            self.live = [item for item in self.live if not item.is_over]
        return item

    def _happened(self, outcome: Any) -> None:
        """The platform has done something: agents are told, and it goes on."""
        if outcome.refusal is None:
            self._tell(gws.notifications(outcome), None, None)
            for record in outcome.interactions:
                self._settle(record.id)

    def _settle(self, id: str) -> None:
        """See to it that somebody goes on with an interaction."""
        item, record = self.items.get(id), self.center.interaction(id)
        if item is None or record is None:
            return
        if record.state.is_final:
            if not item.is_over:
                item.is_over = True
                self.under_way -= 1
                self._plan(self.habits.handling_timeout, self._forget, item)
        elif record.state in ("Queued", "InWorkbin") and not item.is_planned:
            item.is_planned = True
            if record.state == "Queued":
                self._plan(self.chance.uniform(0.2, 4), self._offer, item)
            else:
                self._plan(self.chance.uniform(0.2, 4) * self.habits.think, self._fetch, item)

    def _forget(self, item: Item) -> None:
        self.center.forget(item.id)
        del self.items[item.id]

    def _offer(self, item: Item) -> None:
        item.is_planned = False
        self._pass_time()
        if self.center.interaction(item.id).state == "Queued":  # type: ignore[union-attr]
            self._happened(self.center.offer(item.id, self._free()))
        else:
            self._settle(item.id)

    def _free(self) -> str:
        """One of those who have less to do."""
        one, other = self.chance.choice(self.names), self.chance.choice(self.names)
        return one if self.loads[one] <= self.loads[other] else other

    def _hang_up(self) -> None:
        item = self._any()
        if item is not None:
            self._pass_time()
            self._happened(self.center.apply(ix.Stop(), item.id))

    def _any(self) -> Item | None:
        """Something that is under way."""
        for _ in range(8):
            item = self.chance.choice(self.live) if self.live else None
            if item is not None and not item.is_over:
                return item
        return None

    # --- what agents do ---------------------------------------------------------------------------------------------

    def _see(self, entry: Entry) -> Entry:
        """A message arrives, and its agent acts upon it."""
        state, id, agent = entry.shown, entry.item, entry.agent
        item = self.items.get(id) if state is not None else None  # type: ignore[arg-type]
        if item is None:
            return entry
        key = (agent, item.id)
        self.invitations.discard(key)
        given_away = state == "Composing" and entry.command.__class__ is ix.Transfer
        if state in HELD and not given_away:
            known = self.believed.get(key)
            if known is None:
                self.loads[agent] += 1
                self._begin_work(agent, item, str(state))
            else:
                self.believed[key] = (str(state), known[1])
        else:
            if self.believed.pop(key, None) is not None:
                self.loads[agent] -= 1
            if state == "Invited":
                self.invitations.add(key)
                self._consider(agent, item)
        return entry

    def _begin_work(self, agent: str, item: Item, state: str) -> None:
        since = next(self.ticks)
        self.believed[agent, item.id] = (state, since)
        self._plan(self._thought(), self._work, agent, item, since)

    def _thought(self) -> float:
        return self.habits.think * self.chance.uniform(0.2, 1.8)

    def _consider(self, agent: str, item: Item) -> None:
        """An invitation: answered, at the last moment perhaps, or not at all."""
        chance, limit = self.chance, self.habits.delivering_timeout
        fate = chance.random()
        if fate < self.habits.unanswered:
            if fate < self.habits.unanswered / 4:
                self._plan(chance.uniform(0.98, 1.02) * limit, self._answer, "Accept", agent, item)
        elif fate < self.habits.unanswered + self.habits.rejected:
            self._plan(self._thought() / 4, self._answer, "Reject", agent, item)
        else:
            self._plan(self._thought() / 3, self._answer, "Accept", agent, item)

    def _answer(self, name: str, agent: str, item: Item) -> None:
        if (agent, item.id) in self.invitations:
            is_named = name == "Accept" and item.media in SESSIONS
            self._do(name, agent, item, **({"nickname": f"N {agent}"} if is_named else {}))

    def _work(self, agent: str, item: Item, since: int) -> None:
        """An operation on what the agent believes to have, and the next one when it is answered."""
        state, begun = self.believed.get((agent, item.id), ("", -1))
        if begun != since or self.chance.random() < self.habits.forgotten:
            return
        chance, record = self.chance, self.center.interaction(item.id)
        names, weights = _weights(item.media, state, record is not None and len(record.holders) > 1, self.habits)
        name = chance.choices(names, cum_weights=weights)[0]
        item.steps -= 1
        if item.wanders and chance.random() < 0.4:
            name = "Transfer"
        elif item.steps < 0 and chance.random() < 0.6:
            name = "Send" if state == "Composing" else "Complete"
        self._do(name, agent, item, self._go_on, agent, item, since)
        if chance.random() < self.habits.in_flight:
            name = chance.choices(names, cum_weights=weights)[0]
            self._plan(chance.uniform(0.1, 1) * self.habits.reply_after, self._do, name, agent, item)

    def _go_on(self, is_done: bool, agent: str, item: Item, since: int) -> None:
        """A reply has come."""
        self._plan(self._thought(), self._work, agent, item, since)

    def _do(self, name: str, agent: str, item: Item, *then: Any, **given: Any) -> None:
        about = {"by": agent, "interaction": item.id}
        if name == "Store":
            self._ask(self._storing(about, item.media), item, *then)
            return
        if self.chance.random() < 0.95 or not self.habits.incidents:
            about |= {"media": item.media, "media_type": _type_of(item.media)}
        self._ask(OPERATIONS[name](**about, **given, **self._arguments(name, agent, item)), item, *then)

    def _arguments(self, name: str, agent: str, item: Item) -> dict[str, Any]:
        chance = self.chance
        match name:
            case "UpdateUserData" | "AttachUserData":
                return {"user_data": {f"key{chance.randrange(3)}": chance.randrange(1000)}}
            case "SendMessage" | "SendToAgents" | "SendCustomNotice" | "SendNicknameUpdatedNotice":
                return {"text": f"hello {chance.randrange(1000)}"}
            case "DeleteUserData":
                return {"keys": [f"key{chance.randrange(3)}"]}
            case "Transfer" | "Consult" if chance.random() < 0.25:
                return {"target_queue": "Out"}
            case "Transfer" | "Invite" | "Consult":
                return {"target_agent": self._colleague(agent)}
            case "RemoveParticipantFromConference":
                record = self.center.interaction(item.id)
                others = (
                    [] if record is None else [each for each in (*record.holders, *record.invited) if each != agent]
                )
                return {"target_agent": chance.choice(others or self.names)}
            case "Complete" if chance.random() < 0.08 and self.habits.incidents:
                return {"queue_name": "Out"}
            case "PlaceInQueue":
                return {"queue_name": "Out"}
            case "Send":
                return {"queue_name": "Out"}
            case "Reply" | "ReplyAll":
                return {"queue_name": "Out", "new_id": f"{next(self.ids):08d}AB"}
            case "Save":
                return {"content": {"subject": f"Re {chance.randrange(1000)}"}}
            case "AddAttachment" | "RemoveAttachment":
                return {"document_id": f"d{chance.randrange(2)}"}
            case "SetDisposition":
                return {"disposition": f"code {chance.randrange(5)}"}
            case "AddComment":
                return {"comment": "seen"}
            case "SendUrl":
                return {"url": "http://localhost/help"}
            case "ReportResponseTemplateUsage":
                return {"response_template_id": "t1"}
        return {}

    def _colleague(self, agent: str) -> str:
        while (other := self.chance.choice(self.names)) == agent:
            pass
        return other

    # --- workbins ---------------------------------------------------------------------------------------------------

    def _place(self, agent: str) -> dict[str, Any]:
        """A workbin that the agent may reach."""
        workbin = self.chance.choices((OWN, SEAT, TEAM, ROOM), (4, 1, 3, 1))[0]
        group = self.groups[agent]
        named = {TEAM: {"agent_group": f"G{group}"}, ROOM: {"place_group": f"PG{group}"}}
        return {"workbin": workbin, **named.get(workbin, {})}

    def _storing(self, about: dict[str, Any], media: str) -> Any:
        place = self._place(about["by"])
        if place["workbin"] in (OWN, SEAT) and self.chance.random() < 0.15:
            return ix.PlaceInWorkbin(**about, media=media, media_type=_type_of(media), **place)
        return OPERATIONS[self.chance.choice(_named("Add", media))](**about, **place)

    def _fetch(self, item: Item) -> None:
        """Somebody takes an interaction out of its workbin; two at once, now and then."""
        item.is_planned = False
        self._pass_time()
        record = self.center.interaction(item.id)
        place = None if record is None else record.workbin
        if place is None:
            self._settle(item.id)
            return
        if place.owner is not None:
            agent, scope = place.owner.removeprefix("p-"), {"workbin": place.id}
        else:
            agent = self.chance.choice(self.teams[int((place.agent_group or place.place_group or "").lstrip("PG"))])
            scope = {"workbin": place.id, "agent_group": place.agent_group, "place_group": place.place_group}
        if self.habits.incidents and self.chance.random() < 0.08:
            agent, scope = self.chance.choice(self.names), {**scope, **self._place(agent)}
        self._pull(agent, item, scope, self._fetched, item)
        if self.habits.in_flight and place.owner is None and self.chance.random() < 0.15:
            self._pull(self.chance.choice(self.names), item, scope)

    def _pull(self, agent: str, item: Item, scope: Mapping[str, Any], *then: Any) -> None:
        name = self.chance.choice(_named("Pull", item.media))
        named = {"nickname": f"N {agent}"} if name == "PullChat" else {}
        self._ask(OPERATIONS[name](by=agent, interaction=item.id, **scope, **named), item, *then)

    def _fetched(self, is_done: bool, item: Item) -> None:
        if not is_done:
            self._settle(item.id)

    def _subscribe(self, agent: str) -> None:
        if self.chance.random() < 0.1:
            self._ask(ix.Subscribe(by=agent, workbins=(OWN, SEAT)), None)
        else:
            self._ask(ix.Subscribe(by=agent, **self._place(agent)), None)

    def _ask_of_workbin(self) -> None:
        agent = self.chance.choice(self.names)
        kind = self.chance.choices((ix.Subscribe, ix.Unsubscribe, ix.RequestStats), (4, 1, 1))[0]
        self._ask(kind(by=agent, **self._place(agent)), None)

    def _supervise(self) -> None:
        """A supervisor puts something into the workbin of an agent, be it in others' hands."""
        item = self._any()
        if item is not None:
            owner, by = self.chance.choice(self.names), self.chance.choice(self.supervisors)
            name = self.chance.choice(_named("Add", item.media))
            place = {"workbin": self.chance.choice((OWN, SEAT)), "owner": owner}
            self._ask(OPERATIONS[name](by=by, interaction=item.id, **place), item)

    # --- now and then -----------------------------------------------------------------------------------------------

    def _create(self) -> None:
        media = self.chance.choice(("email", "facebook", "twitter", "workitem", "openmedia"))
        if media in self.habits.media:
            agent, id = self.chance.choice(self.names), f"{next(self.ids):08d}AB"
            self._ask(ix.Create(by=agent, media=media, media_type=_type_of(media), queue_name="Out", new_id=id), None)

    def _blunder(self) -> None:
        """Anything, by anybody: most of it is refused."""
        item = self._any()
        if item is None:
            return
        agent = self.chance.choice(self.names)
        names = [*_weights(item.media, "Processing", False, self.habits)[0], "Accept", "Reject", "Take"]
        name = self.chance.choice([*names, *_weights(item.media, "Chatting", False, self.habits)[0]])
        if name == "Take":
            before, after = _address(item.media)
            request = gws.Request("POST", f"{before}{item.id}{after}", {"operationName": "Take"}, agent)
            self._send(request, None, item)
        elif self.chance.random() < 0.2:
            self._pull(agent, item, self._place(agent))
        else:
            self._do(name, agent, item)

    def _look(self) -> None:
        path = self.chance.choice(("/api/v2/me/interactions?fields=*", "/api/v2/me/workbins"))
        self._send(gws.Request("GET", path, user=self.chance.choice(self.names)), None, None)

    def _log_in(self) -> None:
        """A new CometD session, of an agent for whom no message is on its way."""
        agent = self.chance.choice(self.names)
        if self.heard[agent] >= self.now:
            return
        for channel in ("/meta/disconnect", "/meta/handshake", "/meta/connect"):
            meta = {"agent": agent, "kind": "meta", "channel": channel, "body": {"successful": True}}
            self._plan(0, _passed, Entry(meta, None, None))
        body = {"operationName": "StartContactCenterSession", "channels": ["chat", "email", "workitem"]}
        self._send(gws.Request("POST", SESSION_PATH, body, agent), None, None)
        self._plan(self.habits.reply_after * 2, self._look_again, agent)
        self._plan(self.habits.reply_after * 3, self._subscribe, agent)

    def _look_again(self, agent: str) -> None:
        self._send(gws.Request("GET", "/api/v2/me/interactions?fields=*", user=agent), None, None)

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
            before, after = _address(command.media)
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
        self._plan(0, _passed, entry)
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
            self._item(new_id, item.media if item is not None else command.media)
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


def _passed(entry: Entry) -> Entry:
    return entry


@cache
def _named(prefix: str, media: str) -> tuple[str, ...]:
    """The operations of a medium that put into a workbin (Add), or take out of one (Pull)."""
    others = ("AddComment", "AddAttachment")
    return tuple(
        sorted(each for each in ix.GWS.media[media].operations if each.startswith(prefix) and each not in others)
    )


@cache
def _fields(command: type[Any]) -> tuple[str, ...]:
    return tuple(attrs.fields_dict(command))


def write(path: Path, lines: int, day: Day) -> None:
    """The first so many lines of a day."""
    import msgspec

    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        for record in islice(day.records(), lines):
            file.write(encode(record) + b"\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="no conferences, transfers, timeouts, refusals")
    given = parser.parse_args()
    habits = PLAIN if given.plain else Habits()
    write(given.file, given.lines, Day(given.seed, agents=given.agents, habits=habits))


if __name__ == "__main__":
    main()
