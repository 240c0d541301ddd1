"""Days of a contact centre, recorded: what many agents ask, are answered and are sent, with the races of a real day.

`recorded` plays a day against a contact centre. `VIEWPOINTS` are the ways in which somebody else may have recorded the
same day; each is a function of its entries and a source of chance.
"""

import json
import pickle
import random
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

import ixnstate as ix
from benchmarks.days import Entry, resource_of
from ixnstate import gws
from ixnstate.commands import ALIASES, OPERATIONS
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.records import UNNAMED
from ixnstate.trace import Judge, Report, report

AGENTS = tuple(f"a{number}" for number in range(1, 7))
BOSS = "boss"
OWN, SEAT, TEAM, ROOM = "own", "seat", "team", "room"
HAVING = ("Invited", "Processing", "Chatting", "LeftChat", "Composing")
MEDIA = tuple(ix.GWS.media)
PLACES = (
    {"workbin": OWN},
    {"workbin": SEAT},
    {"workbin": TEAM, "agent_group": "G"},
    {"workbin": ROOM, "place_group": "PG"},
)


class Day:
    """A day under way. ``pace`` is how many seconds pass between two things that happen, ``lag`` how long a message
    may be on its way; ``definition`` is the lifecycle of the contact centre."""

    def __init__(self, seed: int, pace: float = 1.5, lag: float = 0.6, definition: ix.Definition = ix.GWS) -> None:
        self.definition = definition
        self.chance = random.Random(seed)
        self.pace, self.lag = pace, lag
        self.now = 1_767_600_000.0
        agents = [ix.Agent(each, agent_groups={"G"}, place=f"p-{each}", place_groups={"PG"}) for each in AGENTS]
        self.center = ix.ContactCenter(
            agents=[*agents,
                ix.Agent(BOSS, roles={"supervisor", "agent"}, agent_groups={"G"}, place="p-boss", place_groups={"PG"})],
            workbins=[ix.Workbin(OWN), ix.Workbin(SEAT, type="Place"), ix.Workbin(TEAM, type="AgentGroup"),
                      ix.Workbin(ROOM, type="PlaceGroup")],
            queues=["In", "Out"], handling_timeout=600, definition=definition,
        )  # fmt: skip
        self.items: dict[str, str] = {}
        self.tape: list[tuple[float, int, Entry]] = []
        self.heard: dict[str, float] = defaultdict(float)
        """When each agent's last message arrived: CometD keeps their order."""
        self.shown: dict[tuple[str, str], list[tuple[float, dict[str, Any]]]] = defaultdict(list)
        """When each agent was shown what of an interaction."""
        self.requests = 0
        self.names_requests = seed % 2 == 0
        """Whether a reply names the request that it answers; else agents ask nothing while they wait for one."""
        self.waits: dict[str, float] = defaultdict(float)

    # --- what happens -----------------------------------------------------------------------------------------------

    def play(self, size: int) -> list[Entry]:
        acts = [(self.arrive, 8), (self.offer, 22), (self.work, 100), (self.subscribe, 4), (self.blunder, 8),
                (self.pull, 12), (self.create, 4), (self.stop, 2), (self.idle, 0.7), (self.look, 3)]  # fmt: skip
        for agent in self.chance.sample(AGENTS, 3):
            self.subscribe(agent)
        while len(self.tape) < size:
            self.pass_time(self.chance.expovariate(1 / self.pace))
            act = self.chance.choices([each for each, _ in acts], [weight for _, weight in acts])[0]
            act()
        ordered = [entry for _, _, entry in sorted(self.tape, key=lambda each: each[:2])]
        numbered = [entry._replace(record={"seq": seq, **entry.record}) for seq, entry in enumerate(ordered, 1)]
        asked = {entry.cause: entry.record["seq"] for entry in numbered if entry.kind == "request"}
        if self.names_requests:
            for entry in numbered:
                if entry.kind == "response":
                    entry.record["answers"] = asked[entry.cause]
        return numbered

    def pass_time(self, seconds: float) -> None:
        """Second by second, so that what is over is told when it is."""
        while seconds > 0:
            self.now += min(seconds, 1)
            self.send(self.told(self.center.advance(min(seconds, 1))), None, self.now)
            seconds -= 1

    def arrive(self) -> None:
        media, id = self.chance.choice(MEDIA), f"X{len(self.items)}"
        self.items[id] = media
        self.center.submit(
            media=media, queue="In", id=id, user_data={"n": 1}, media_type="promotion" if media == "openmedia" else None
        )

    def offer(self) -> None:
        waiting = [id for id in self.items if self.center.interaction(id).state == "Queued"]
        if waiting:
            self.send(
                self.told(self.center.offer(self.chance.choice(waiting[:3]), self.chance.choice(AGENTS))),
                None,
                self.now,
            )

    def stop(self) -> None:
        live = [id for id in self.items if not self.center.interaction(id).state.is_final]
        if live:
            self.send(self.told(self.center.apply(ix.Stop(), self.chance.choice(live))), None, self.now)

    def idle(self) -> None:
        self.pass_time(self.chance.choice((8, 40, 700)))

    # --- what agents do ---------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Something that an agent is shown as allowed, or may do with a workbin."""
        agent = self.chance.choice(AGENTS)
        believed = [(id, shown) for id in self.items if (shown := self.believes(agent, id)) is not None]
        if believed:
            id, shown = self.chance.choice(believed)
            names = [*shown.get("capabilities", ()), "PlaceInQueue", "AddInteraction", "PlaceInWorkbin"]
            names += [name for name in self.definition.media[self.items[id]].operations if name.startswith("Add")]
            if shown["state"] == "Invited":
                names = ["Accept", "Accept", "Accept", "Reject"]
            self.ask(agent, id, self.chance.choice(names))

    def believes(self, agent: str, id: str) -> dict[str, Any] | None:
        """What the agent was last shown of an interaction, if they believe that they have it.

        It need not be so any more.
        """
        arrived = [shown for time, shown in self.shown[agent, id] if time <= self.now]
        return arrived[-1] if arrived and arrived[-1]["state"] in HAVING else None

    def knowing(self) -> str:
        """An agent for whom no message is still on its way."""
        return self.chance.choice([each for each in AGENTS if self.heard[each] <= self.now] or [BOSS])

    def blunder(self) -> None:
        """Anything, by anybody."""
        if self.items:
            id = self.chance.choice(list(self.items))
            names = [
                name
                for name in self.definition.media[self.items[id]].operations
                if name not in ("Offer", "Revoke", "Stop", "Create")
            ]
            self.ask(self.knowing(), id, self.chance.choice(names))

    def pull(self) -> None:
        stored = [id for id in self.items if self.center.interaction(id).state == "InWorkbin"]
        if stored:
            id = self.chance.choice(stored)
            place = self.center.interaction(id).workbin
            agent = (
                place.owner
                if place.owner in AGENTS
                else (place.owner or "").removeprefix("p-") or self.chance.choice(AGENTS)
            )
            agent = agent if self.chance.random() < 0.9 and self.heard[agent] <= self.now else self.knowing()
            scope = {"workbin": place.id, "agent_group": place.agent_group, "place_group": place.place_group}
            names = [name for name in self.definition.media[self.items[id]].operations if name.startswith("Pull")]
            self.ask(agent, id, self.chance.choice(names), **scope)
            if self.chance.random() < 0.2:  # two at once
                self.ask(self.knowing(), id, self.chance.choice(names), **scope)

    def subscribe(self, agent: str | None = None) -> None:
        agent = agent or self.chance.choice(AGENTS)
        kind = ix.Subscribe if self.chance.random() < 0.8 else ix.Unsubscribe
        self.post(kind(by=agent, **self.chance.choice(PLACES)), None)

    def create(self) -> None:
        media = self.chance.choice(("email", "facebook", "twitter", "workitem", "openmedia"))
        named = {"media_type": "promotion"} if media == "openmedia" else {}
        self.post(ix.Create(by=self.chance.choice(AGENTS), media=media, queue_name="Out", **named), None)

    def look(self) -> None:
        agent = self.chance.choice(AGENTS)
        self.exchange(
            gws.Request("GET", self.chance.choice(("/me/interactions?fields=*", "/me/workbins")), user=agent),
            None,
            None,
        )

    def ask(self, agent: str, id: str, name: str, **given: Any) -> None:
        name = ALIASES.get(name, name)
        command: Any = OPERATIONS[name]
        media = self.items[id]
        record = self.center.interaction(id)
        generic = self.chance.random() < 0.1
        about = {"interaction": id}
        if (
            not name.startswith(("Pull",))
            and not (name.startswith("Add") and name not in ("AddComment", "AddAttachment"))
            and not generic
        ):
            about |= {"media": media} | ({"media_type": "promotion"} if media == "openmedia" else {})
        self.post(command(by=agent, **about, **{**self.arguments(name, media, agent, record), **given}), id)

    def arguments(self, name: str, media: str, agent: str, record: ix.Interaction) -> dict[str, Any]:
        others = [each for each in AGENTS if each != agent]
        inside = [each for each in (*record.holders, *record.invited) if each != agent]
        found: dict[str, Any] = {}
        for parameter in ix.parameters_of(OPERATIONS[name]):
            match parameter.name:
                case "nickname" if media in ("chat", "smssession", "facebooksession"):
                    found["nickname"] = "Al"
                case "queue_name" if parameter.required or self.chance.random() < 0.3:
                    found["queue_name"] = "Out"
                case "user_data" if parameter.required:
                    found["user_data"] = {"key": self.chance.random()}
                case "content" if parameter.required:
                    found["content"] = {"subject": "Hi"}
                case "keys":
                    found["keys"] = ["key"]
                case "text" if parameter.required:
                    found["text"] = "Hello"
                case "target_agent":
                    found["target_agent"] = self.chance.choice(
                        inside if inside and name.startswith("Remove") else others
                    )
                case "disposition" | "comment" | "document_id" | "url" | "response_template_id":
                    found[parameter.name] = "d1"
        if name in ("Transfer", "Consult") and self.chance.random() < 0.3:
            found["target_queue"] = "Out"
            del found["target_agent"]
        if (name.startswith("Add") and name not in ("AddComment", "AddAttachment")) or name == "PlaceInWorkbin":
            found |= self.chance.choice(PLACES)
        return found

    def post(self, command: Any, id: str | None) -> None:
        try:
            request = gws.request(command, definition=self.definition)
        except gws.MessageError:
            return
        new_id = None
        if "new_id" in {each.name for each in ix.parameters_of(type(command))}:
            new_id = f"X{len(self.items)}"
            request = gws.Request(request.method, request.path, request.body, request.user, new_id)
        if self.exchange(request, id, command) and new_id is not None:
            made = self.center.interaction(new_id)
            if made is not None:
                self.items[new_id] = made.media

    # --- what is recorded -------------------------------------------------------------------------------------------

    def exchange(self, request: gws.Request, id: str | None, command: Any) -> bool:
        """Ask, and record what is asked, answered and sent."""
        if not self.names_requests and self.waits[str(request.user)] > self.now:
            return False
        self.requests += 1
        number = self.requests
        done = gws.handle(self.center, request)
        is_done = done.http_status == 200
        about = id or request.new_id
        asked = {
            "ts": self.now,
            "agent": request.user,
            "kind": "request",
            "method": request.method,
            "path": request.path,
        }
        if request.body is not None:
            asked["body"] = json.loads(json.dumps(request.body))
        if request.method == "GET":
            asked["body"] = None
        self.write(self.now, asked, about, number, command, is_done)
        answered = self.now + self.late()
        reply = {"ts": answered, "agent": request.user, "kind": "response", "method": request.method,
            "path": request.path,
                 "status": done.http_status, "body": done.body}  # fmt: skip
        self.waits[str(request.user)] = answered
        self.write(answered, reply, about, number, command, is_done)
        self.send(done.notifications, number, self.now, command)
        return is_done

    def told(self, outcome: ix.Outcome) -> tuple[gws.Notification, ...]:
        return gws.notifications(outcome, definition=self.definition)

    def send(self, sent: tuple[gws.Notification, ...], cause: int | None, since: float, command: Any = None) -> None:
        for each in sent:
            arrived = self.heard[each.agent] = max(self.heard[each.agent], since + self.late())
            message = each.message
            resource = resource_of(message)
            if "state" in resource:
                self.shown[each.agent, resource["id"]].append((arrived, resource))
            record = {
                "ts": arrived,
                "agent": each.agent,
                "kind": "notification",
                "channel": each.topic,
                "body": message,
            }
            self.write(arrived, record, resource_of(message).get("id"), cause, command)

    def late(self) -> float:
        return self.chance.random() * self.lag * (0.1 if self.chance.random() < 0.7 else 1)

    def write(
        self, time: float, record: dict[str, Any], item: str | None, cause: int | None, command: Any, done: bool = True
    ) -> None:
        self.tape.append((time, len(self.tape), Entry(record, item, cause, command, done)))


def recorded(seed: int, size: int = 400, **options: Any) -> list[Entry]:
    """A day of so many records, in the order of their times.

    It is played once. Whoever asks for it has entries of their own, and may change them.
    """
    return cast("list[Entry]", pickle.loads(_recorded(seed, size, **options)))


@cache
def _recorded(seed: int, size: int, **options: Any) -> bytes:
    return pickle.dumps(Day(seed, **options).play(size))


# === who recorded it ================================================================================================


def _agents(day: list[Entry]) -> list[str]:
    """The agents of a day, but for its supervisor who takes no part."""
    return sorted({entry.agent for entry in day} - {BOSS}, key=lambda name: (len(name), name))


def _full(day: list[Entry], chance: random.Random) -> list[Any]:
    return [entry.record for entry in day]


def _one_agent(day: list[Entry], chance: random.Random) -> list[Any]:
    """A client's own recording: what it asked, was answered and was sent."""
    agent = chance.choice(_agents(day))
    return [entry.record for entry in day if entry.agent == agent]


def _some_agents(day: list[Entry], chance: random.Random) -> list[Any]:
    """The clients of some agents among many."""
    agents = _agents(day)
    agents = chance.sample(agents, min(3, len(agents)))
    return [entry.record for entry in day if entry.agent in agents]


def _notifications(day: list[Entry], chance: random.Random) -> list[Any]:
    return [entry.record for entry in day if entry.kind == "notification"]


def _notifications_of_one(day: list[Entry], chance: random.Random) -> list[Any]:
    agent = chance.choice(_agents(day))
    return [entry.record for entry in day if entry.kind == "notification" and entry.agent == agent]


def _messages_of_one(day: list[Entry], chance: random.Random) -> list[Any]:
    return [record["body"] for record in _notifications_of_one(day, chance)]


def _frames(day: list[Entry], chance: random.Random) -> list[Any]:
    records = _notifications_of_one(day, chance)
    frames = [{"channel": record["channel"], "data": record["body"]} for record in records]
    return [frames[at : at + 3] for at in range(0, len(frames), 3)]


def _without_times(day: list[Entry], chance: random.Random) -> list[Any]:
    return [{key: value for key, value in entry.record.items() if key != "ts"} for entry in day]


def _cut(day: list[Entry], chance: random.Random) -> list[Any]:
    """Begun in the middle of the day, and ended before it was over."""
    begin, end = sorted(chance.sample(range(len(day) + 1), 2))
    return [entry.record for entry in day[min(begin, len(day) - 40) : max(end, begin + 40)]]


def _cut_of_one(day: list[Entry], chance: random.Random) -> list[Any]:
    agent = chance.choice(_agents(day))
    own = [entry for entry in day if entry.agent == agent]
    return [entry.record for entry in own[len(own) // 4 : 3 * len(own) // 4]]


def _doubled(day: list[Entry], chance: random.Random) -> list[Any]:
    return [entry.record for entry in day for _ in range(1 + (chance.random() < 0.2))]


def _with_meta(day: list[Entry], chance: random.Random) -> list[Any]:
    meta = {"kind": "meta", "seq": 0, "channel": "/meta/connect"}
    return [record for entry in day for record in ([meta, entry.record] if chance.random() < 0.2 else [entry.record])]


def _reordered(day: list[Entry], chance: random.Random) -> list[Any]:
    """Messages that arrived still later; those to one agent stay in order, and the agent did nothing in between."""
    records = [entry.record for entry in day]
    for _ in range(len(records)):
        at = chance.randrange(len(records) - 1)
        here, there = records[at], records[at + 1]
        is_late = abs(here["ts"] - there["ts"]) < 1 and "request" not in (here["kind"], there["kind"])
        if is_late and here["agent"] != there["agent"]:
            records[at : at + 2] = there, here
    return records


VIEWPOINTS = {
    "full": _full, "one agent": _one_agent, "some agents": _some_agents, "notifications": _notifications,
    "notifications of one agent": _notifications_of_one, "messages of one agent": _messages_of_one, "frames": _frames,
    "without times": _without_times, "cut": _cut, "cut, of one agent": _cut_of_one, "doubled": _doubled,
    "with meta messages": _with_meta, "reordered": _reordered,
}  # fmt: skip
"""How somebody may have recorded a day."""


@cache
def _knowing(**options: Any) -> Judge:
    """A judge from which others learn what it has worked out once."""
    return Judge(**options)


def judged(values: Iterable[Any], **options: Any) -> Report:
    """What the judge reports of recorded values, a line each, or an array of several; a string is no JSON."""
    values = list(values)
    options.setdefault("agent", None if '"agent"' in json.dumps(values) else UNNAMED)
    knowing = {name: options[name] for name in ("definition", "gaps", "separate") if name in options}
    judge, found = Judge(**{"like": _knowing(**knowing), **options}), []
    records = [record for value in values for record in (value if isinstance(value, list) else [value])]
    for number, record in enumerate(records, 1):
        place = Place("-", number)
        if isinstance(record, str):
            found += judge.take(Unreadable(place, record, "it is not valid JSON"))
        else:
            found += judge.take(Line(place, json.dumps(record), record))
    return report(judge, [*found, *judge.finish()])
