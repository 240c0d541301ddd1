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
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import Any

import ixnstate as ix
from benchmarks.habits import PLAIN, SESSIONS, Habits, type_of, weights_of
from benchmarks.recorder import SESSION_PATH, Entry, Item, Recorder, address_of, passed, resource_of
from ixnstate import gws
from ixnstate.commands import OPERATIONS

__all__ = ["PLAIN", "Day", "Entry", "Habits", "resource_of", "write"]

OWN, SEAT, TEAM, ROOM = "own", "seat", "team", "room"
TYPES = {OWN: "Agent", SEAT: "Place", TEAM: "AgentGroup", ROOM: "PlaceGroup"}
GROUP_SIZE = 12
HELD = frozenset({"Processing", "Chatting", "LeftChat", "Composing"})


class Day(Recorder):
    """A day, as `entries` or as `records`, without an end; the same for the same seed, size and habits."""

    def __init__(self, seed: int = 0, *, agents: int = 20, habits: Habits | None = None) -> None:
        habits = habits or Habits()
        self.names = tuple(f"a{number}" for number in range(1, agents + 1))
        self.supervisors = self.names[:: max(2, min(10, agents))]
        self.groups = {name: number // GROUP_SIZE for number, name in enumerate(self.names)}
        self.teams: dict[int, list[str]] = defaultdict(list)
        for name, group in self.groups.items():
            self.teams[group].append(name)
        center = ix.ContactCenter(
            agents=[self._agent(name) for name in self.names],
            workbins=[ix.Workbin(name, type=kind) for name, kind in TYPES.items()],
            queues=["In", "Out"],
            delivering_timeout=habits.delivering_timeout,
            handling_timeout=habits.handling_timeout,
        )  # fmt: skip
        super().__init__(seed, center, habits)
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
        self.user_data = {f"Key_{number}": f"value {number}" for number in range(self.habits.user_data)}

    def _agent(self, name: str) -> ix.Agent:
        group = self.groups[name]
        roles = {"agent", "supervisor"} if name in self.supervisors else {"agent"}
        return ix.Agent(name, roles, {f"G{group}"}, f"p-{name}", {f"PG{group}"})

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

    # --- what the platform does -------------------------------------------------------------------------------------

    def _arrive(self, seconds: float) -> None:
        if self.under_way < self.habits.load * len(self.names):
            media = self.chance.choice(self.habits.media)
            item = self._made(f"{next(self.ids):08d}AB", media)
            submitted = self.center.submit(
                media=media, queue="In", id=item.id, user_data=self.user_data, media_type=type_of(media)
            )
            self._happened(submitted)
        self._plan(self.chance.expovariate(1 / seconds), self._arrive, seconds)

    def _made(self, id: str, media: str) -> Item:
        item = self.items[id] = Item(id, media, self.chance.randrange(2, 12))
        item.wanders = self.chance.random() < self.habits.wanderers
        if item.wanders:
            item.steps += 40
        self.live.append(item)
        self.under_way += 1
        if len(self.live) > 4 * self.under_way + 100:
            self.live = [item for item in self.live if not item.is_over]
        return item

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
        names, weights = weights_of(item.media, state, record is not None and len(record.holders) > 1, self.habits)
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
            about |= {"media": item.media, "media_type": type_of(item.media)}
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
            return ix.PlaceInWorkbin(**about, media=media, media_type=type_of(media), **place)
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
            self._ask(ix.Create(by=agent, media=media, media_type=type_of(media), queue_name="Out", new_id=id), None)

    def _blunder(self) -> None:
        """Anything, by anybody: most of it is refused."""
        item = self._any()
        if item is None:
            return
        agent = self.chance.choice(self.names)
        names = [*weights_of(item.media, "Processing", False, self.habits)[0], "Accept", "Reject", "Take"]
        name = self.chance.choice([*names, *weights_of(item.media, "Chatting", False, self.habits)[0]])
        if name == "Take":
            before, after = address_of(item.media)
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
            self._plan(0, passed, Entry(meta, None, None))
        body = {"operationName": "StartContactCenterSession", "channels": ["chat", "email", "workitem"]}
        self._send(gws.Request("POST", SESSION_PATH, body, agent), None, None)
        self._plan(self.habits.reply_after * 2, self._look_again, agent)
        self._plan(self.habits.reply_after * 3, self._subscribe, agent)

    def _look_again(self, agent: str) -> None:
        self._send(gws.Request("GET", "/api/v2/me/interactions?fields=*", user=agent), None, None)


@cache
def _named(prefix: str, media: str) -> tuple[str, ...]:
    """The operations of a medium that put into a workbin (Add), or take out of one (Pull)."""
    others = ("AddComment", "AddAttachment")
    return tuple(
        sorted(each for each in ix.GWS.media[media].operations if each.startswith(prefix) and each not in others)
    )


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
