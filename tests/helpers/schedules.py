"""A server, the client of one agent, and a transport between them that may do whatever the documented one may do.

Messages of a session come in their order and at least once: one may come twice, later once more, or in a run with those
that followed it. Replies come when they come. The connection may be lost, and then whatever was not delivered is. GETs
are answered by the server at one time and arrive at another.
"""

from collections import deque
from itertools import count

import ixnstate as ix
from ixnstate import gws
from ixnstate.commands import parameters_of
from ixnstate.space import by_name, exemplary
from ixnstate.table import GWS
from ixnstate.values import changed
from ixnstate.vocabulary import Who

CLIENT = "agent-1"
AGENTS = ("agent-1", "agent-2", "agent-3")
GROUP = "group"
PLACES = (("workbin-1", None), ("team", GROUP))


class Schedule:
    """``choose`` gives one of several: hypothesis's, or a Random's. What the mirror is told is kept in ``told``."""

    def __init__(self, choose, mirror, media, definition=GWS):
        self.choose, self.mirror, self.media, self.definition = choose, mirror, tuple(media), definition
        self.center = ix.ContactCenter(
            [
                *(ix.Agent(name, agent_groups={GROUP}) for name in AGENTS),
                ix.Agent("boss", roles={"agent", "supervisor"}),
            ],
            [ix.Workbin("workbin-1"), ix.Workbin("workbin-2"), ix.Workbin("team", type="AgentGroup")],
            definition=definition,
        )
        self.numbers = count(1)
        self.outbox, self.delivered = deque(), []
        self.replies, self.asked, self.answered = [], [], []
        self.is_lost = False
        self.known = set()
        """The interactions that the client has heard of."""
        self.told = []

    # --- what happens on the server -----------------------------------------------------------------------------------

    def send(self, sent):
        for each in sent:
            if each.agent == CLIENT and not self.is_lost:
                self.outbox.append(each.frame())

    def happen(self, outcome):
        self.send(gws.notifications(outcome, definition=self.definition))

    def arrive(self):
        media, id = self.choose(self.media), f"x{next(self.numbers)}"
        kind = "promotion" if media == "openmedia" else None
        self.happen(self.center.submit(media=media, queue="In", id=id, media_type=kind, user_data={"number": id}))
        self.happen(self.center.offer(id, self.choose(AGENTS[:2])))

    def wait(self):
        self.happen(self.center.advance(seconds=self.choose([1, 31, 10_801])))

    def command(self):
        """Something that somebody may ask for: mostly legal."""
        records = [each for each in self.center.interactions() if not each.state.is_final][-4:]
        if not records:
            return None
        record = self.choose(records)
        edges = [each for each in self.definition.edges(record.media) if each.source is record.state]
        if self.choose([True] * 9 + [False]):
            command = exemplary(record, self.choose(edges), definition=self.definition)
        else:
            names = [each.operation for each in self.definition.edges(record.media) if each.who is not Who.PLATFORM]
            command = by_name(self.choose(names), record, definition=self.definition)
        if getattr(command, "agent_group", None) is not None:
            command = changed(command, workbin="team")
        if isinstance(command, ix.PullInteraction) and record.workbin is not None:
            place = record.workbin
            command = changed(command, workbin=place.id, agent_group=place.agent_group)
        if isinstance(command, ix.AddInteraction) and getattr(command, "owner", None):
            command = changed(command, by="boss")
        elif any(each.who is Who.ANYONE and each.operation == command.operation for each in edges):
            command = changed(command, by=self.choose(AGENTS[:2]))
        if isinstance(command, ix.AttachUserData):
            command = changed(command, user_data={"key": self.choose([1, 2])})
        return changed(command, interaction=record.id)

    def act(self):
        command = self.command()
        if command is None:
            self.arrive()
        elif isinstance(command, ix.Offer):
            self.happen(self.center.offer(command.interaction, self.choose(AGENTS)))
        elif getattr(command, "by", None) == CLIENT and command.interaction in self.known:
            names = {each.name for each in parameters_of(type(command))} - {"by", "new_id"}
            given = {name: getattr(command, name) for name in sorted(names)}
            self.request(command.operation, command.interaction, {k: v for k, v in given.items() if v is not None})
        elif getattr(command, "by", None) != CLIENT:
            self.happen(self.center.apply(command))

    def create(self):
        media = self.choose([each for each in self.media if self.definition.medium(each).creates] or [None])
        if media is None:
            return
        self.request(
            "Create",
            None,
            {"media": media, "queue_name": "In"} | ({"media_type": "promotion"} if media == "openmedia" else {}),
        )

    def subscribe(self):
        workbin, group = self.choose(PLACES)
        scope = {"agent_group": group} if group else {}
        self.request(self.choose(["Subscribe", "Subscribe", "Unsubscribe"]), None, {"workbin": workbin, **scope})

    # --- what the client does and is told -----------------------------------------------------------------------------

    def request(self, operation, interaction, arguments):
        try:
            asked = self.mirror.request(operation, interaction, **arguments)
        except gws.MessageError:
            return
        self.told.append(("request", asked.number, operation, interaction, arguments))
        request = changed(asked.request, user=CLIENT, new_id=f"n{next(self.numbers)}")
        reply = gws.handle(self.center, request)
        self.send(reply.notifications)
        self.replies.append((asked, reply.body, reply.http_status))

    def reply(self):
        if self.replies:
            asked, body, status = self.replies.pop(self.choose(range(len(self.replies))))
            self.told.append(("reply", asked.number, body, status))
            self.mirror.reply(asked, body, status)

    def give_up(self):
        if self.replies:
            asked, *_ = self.replies.pop(self.choose(range(len(self.replies))))
            self.told.append(("give up", asked.number))
            self.mirror.give_up(asked)

    def take(self, frame):
        self.told.append(("take", frame))
        self.mirror.take(frame)

    def deliver(self):
        if self.outbox and not self.is_lost:
            frame = self.outbox.popleft()
            self.delivered.append(frame)
            self.take(frame)
            self.known |= {*self.mirror.views}

    def double(self):
        for frame in self.delivered[-1:]:
            self.take(frame)

    def resend(self):
        for frame in self.delivered[-self.choose([2, 3, 5]) :]:
            self.take(frame)

    def late(self):
        if self.delivered:
            self.take(self.choose(self.delivered[-8:]))

    def lose(self):
        if not self.is_lost:
            self.is_lost = True
            self.outbox.clear()
            self.told.append(("lost",))
            self.mirror.lost()

    def listen(self):
        if self.is_lost:
            self.is_lost = False
            self.delivered.clear()
            self.told.append(("listening",))
            self.mirror.listening()
            for place in self.mirror.workbins:
                scope = {"agent_group": place.agent_group} if place.agent_group else {}
                self.request("Subscribe", None, {"workbin": place.id, **scope})

    def ask(self):
        readings = self.mirror.start_reading()
        self.told.append(("start reading", [each.number for each in readings]))
        self.asked += readings

    def answer(self):
        if self.asked:
            reading = self.asked.pop(self.choose(range(len(self.asked))))
            reply = gws.handle(self.center, changed(reading.request, user=CLIENT))
            self.answered.append((reading, reply.body, reply.http_status))

    def read(self):
        if self.answered:
            reading, body, status = self.answered.pop(self.choose(range(len(self.answered))))
            self.told.append(("read", reading.number, body, status))
            self.mirror.read(reading, body, status)
            self.known |= {*self.mirror.views} | {
                item.id for items in self.mirror.workbins.values() for item in items or ()
            }

    SERVER = (arrive, act, act, act, act, create, wait)
    ORDERLY = (*SERVER, deliver, deliver, deliver, double, resend, reply, reply)
    ANY = (
        *ORDERLY,
        act,
        act,
        act,
        subscribe,
        late,
        lose,
        give_up,
        listen,
        listen,
        ask,
        ask,
        answer,
        answer,
        read,
        read,
    )

    def run(self, steps, size):
        for _ in range(size):
            self.choose(steps)(self)

    def settle(self):
        """The last message, and the last reply."""
        self.listen()
        while self.outbox:
            self.deliver()
        while self.replies:
            self.reply()

    def settle_readings(self):
        """And whatever the mirror asks for; how many times it has asked."""
        rounds = 0
        while True:
            self.ask()
            if not self.asked and not self.answered:
                return rounds
            rounds += 1
            assert rounds < 10, "the mirror asks without end"
            while self.asked:
                self.answer()
            while self.answered:
                self.read()

    # --- what must be -------------------------------------------------------------------------------------------------

    def shown(self):
        """What the server shows the agent: by interaction, the view and whether its user data are known to be told."""
        body = gws.handle(self.center, gws.Request("GET", "/api/v2/me/interactions?fields=*", user=CLIENT)).body
        messages = [gws.parse_notification(each, definition=self.definition) for each in body["interactions"]]
        return {each.interaction_id: each for each in messages}

    def check(self, *, data):
        right = {id: (str(each.state), each.capabilities) for id, each in self.shown().items()}
        mine = {id: (str(each.state), each.capabilities) for id, each in self.mirror.views.items()}
        assert mine == right
        for id, message in self.shown().items() if data else ():
            if CLIENT in self.center.interaction(id).holders:
                assert self.mirror.view(id).user_data == message.user_data

    def check_workbins(self):
        for place, items in self.mirror.workbins.items():
            assert items is not None, place
            there = self.center.content(
                place.id, agent_group=place.agent_group, owner=None if place.agent_group else CLIENT
            )
            assert {each.id for each in items} == {each.id for each in there}
            assert {each.id: each.media for each in items} == {each.id: each.media for each in there}
        subscribed = {place for place in PLACES if CLIENT in self.center.subscribers(
            place[0], agent_group=place[1], owner=None if place[1] else CLIENT)}  # fmt: skip
        assert {(place.id, place.agent_group) for place in self.mirror.workbins} <= subscribed
