"""The running contact centre: requests in; replies, messages and a log out. One thread; no sockets.

Whatever changes the centre goes through `Engine._settle`: the events are kept in the store first, and only then is
anything told to anybody. If the store cannot keep them, the centre is read back from it, and nothing has happened.
"""

import secrets
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ixnstate import gws
from ixnstate.center import CenterEvent, ContactCenter, Outcome
from ixnstate.commands import Offer
from ixnstate.server.clock import Clock
from ixnstate.server.config import Config, Seed
from ixnstate.server.store import Entry, Store
from ixnstate.values import Json
from ixnstate.vocabulary import FINAL_STATES

Message: TypeAlias = tuple[str, str, Json]
"""A message to an agent: the agent, the CometD channel, the message."""

LOGS = "MessageLogUpdated"
KEEP_ENDED = 1_000
"""How many interactions that have ended are kept to be looked at."""
NOT_STORED = {"statusCode": 4, "statusMessage": "the state could not be stored; nothing has been done"}


def new_id() -> str:
    """An id for an interaction: sixteen letters and digits, as Interaction Server gives them."""
    return secrets.token_hex(8).upper()


class Engine:
    """A contact centre with a clock, a store, and those who listen.

    ``listen`` is called with the messages of each change, after they have been stored. Raises `StoreError` for a store
    that cannot be read.
    """

    def __init__(
        self, config: Config, store: Store, *, center: ContactCenter | None = None, clock: Clock | None = None
    ) -> None:
        self.store = store
        self.config = config
        self.automatic = config.automatic_routing
        self.listen: list[Callable[[list[Message]], None]] = []
        is_new = store.is_empty
        self.center = (center or config.center()) if is_new else store.load(config.definition)
        self.clock = clock or Clock(self.center.now)
        self._pending: list[CenterEvent] = []
        self._ended: deque[str] = deque(self._all_ended())
        self.address = config.address
        if is_new:
            store.reset(self.center)
            self.seed(config.seeds)

    @property
    def config(self) -> Config:
        """What the centre consists of, and how the server behaves."""
        return self._config

    @config.setter
    def config(self, config: Config) -> None:
        people = config.people.items()
        self._names = {id: (person.first_name or id, person.last_name) for id, person in people}
        self._config = config

    # --- requests ---------------------------------------------------------------------------------------------------

    def request(self, request: gws.Request, address: str = "") -> gws.Reply:
        """Answer an agent's request. What it made is stored when this returns, and its messages are on their way."""
        server = self.server(address)
        try:
            if request.method == "POST":
                self._catch_up(server)
            else:
                self.tick()
            reply = gws.handle(self.center, request, server=server, transcript=self.store.transcript)
            if reply.outcome is not None:
                self._settle(reply.outcome, reply.notifications, server)
        except sqlite3.Error:
            self._read_back()
            return gws.Reply(500, dict(NOT_STORED))
        return reply

    def perform(self, change: Callable[[ContactCenter], Outcome]) -> Outcome:
        """Do what no agent can: the platform's business. Raises sqlite3.Error if it could not be stored."""
        server = self.server()
        try:
            self._catch_up(server)
            outcome = change(self.center)
            self._settle(outcome, self._written(outcome, server), server)
        except sqlite3.Error:
            self._read_back()
            raise
        return outcome

    def tick(self) -> None:
        """Revoke what is over by now. Does nothing, if nothing is."""
        deadline = self.center.deadline
        if deadline is not None and deadline <= self.clock.now:
            try:
                self._catch_up(self.server())
            except sqlite3.Error:
                self._read_back()

    @property
    def seconds_left(self) -> float | None:
        """After how many seconds `tick` has something to do; None if nothing is ahead, or the clock is frozen."""
        deadline = self.center.deadline
        return None if deadline is None or self.clock.is_frozen else max(0.0, deadline - self.clock.now)

    def server(self, address: str = "") -> gws.Server:
        """What messages say of this server."""
        here = self.config.address or address or self.address
        return gws.Server(here, self.clock.moment, self.clock.began, names=self._names)

    # --- the platform -----------------------------------------------------------------------------------------------

    def seed(self, seeds: Iterable[Seed]) -> list[str]:
        """Let interactions arrive, and offer them to whom they say; their ids. Raises ValueError for a refusal."""
        return [self._seeded(each) for each in seeds]

    def _seeded(self, seed: Seed) -> str:
        id = seed.id or new_id()

        def submit(center: ContactCenter) -> Outcome:
            return center.submit(
                media=seed.media, queue=seed.queue, id=id, user_data=seed.user_data, content=seed.content,
                media_type=seed.media_type or ("promotion" if seed.media == "openmedia" else None),
            )  # fmt: skip

        automatic = self.automatic
        self.automatic = automatic and seed.agent is None  # the router would be faster
        try:
            self.demand(submit)
            if seed.agent is not None:
                self.demand(lambda center: center.apply(Offer(agent=seed.agent), id))
        finally:
            self.automatic = automatic
        return id

    def demand(self, change: Callable[[ContactCenter], Outcome]) -> Outcome:
        """`perform`, and ValueError with the sentence of the refusal, if there is one."""
        outcome = self.perform(change)
        if outcome.refusal is not None:
            raise ValueError(str(outcome.refusal))
        return outcome

    def advance(self, seconds: float) -> None:
        """Let time pass, from deadline to deadline: whatever is revoked is told at its own time.

        Raises sqlite3.Error if that could not be stored.
        """
        until = self.clock.now + seconds
        try:
            while (deadline := self.center.deadline) is not None and deadline <= until:
                self.clock.advance(max(0.0, deadline - self.clock.now))
                self._catch_up(self.server())
            self.clock.advance(max(0.0, until - self.clock.now))
            self._catch_up(self.server())
            if self._pending:
                self.store.append(self._pending)
                self._pending = []
        except sqlite3.Error:
            self._read_back()
            raise

    def reset(self, config: Config | None = None) -> None:
        """Begin anew: with the configuration that there was, or with another."""
        self.config = config or self.config
        center = self.config.center()
        self.store.reset(center)
        self.center, self._pending, self.automatic = center, [], self.config.automatic_routing
        self._ended.clear()
        was_frozen = self.clock.is_frozen
        self.clock = Clock()
        if was_frozen:
            self.clock.freeze()
        self.seed(self.config.seeds)

    def reconfigure(self, config: Config) -> None:
        """Go on with another configuration and the interactions that there are. Raises ValueError if they clash."""
        fresh = config.center().snapshot()
        saved = self.center.snapshot()
        names = {row[0] for row in fresh["agents"]}
        busy = {agent for row in saved["interactions"] for agent in (*row[3], *row[4])}
        lost = sorted(busy - names)
        if lost:
            raise ValueError(f"agents {', '.join(lost)} have interactions, and are not in the new configuration")
        kept = {"agents", "workbins", "queues", "features", "timeouts"}
        merged = {**saved, **{key: fresh[key] for key in kept}}
        merged["offered"] = {agent: number for agent, number in saved["offered"].items() if agent in names}
        merged["instances"] = [
            [*row[:5], [agent for agent in row[5] if agent in names]] for row in saved["instances"]
        ]  # fmt: skip
        center = ContactCenter.restore(merged, definition=config.definition)
        self.store.save(center)
        self.center, self.config, self._pending = center, config, []
        self.automatic = config.automatic_routing

    def close(self) -> None:
        """Keep the centre as it is, and close the store."""
        self.store.save(self.center)
        self.store.close()

    # --- inside -----------------------------------------------------------------------------------------------------

    def _catch_up(self, server: gws.Server) -> None:
        """Let the centre's time be the clock's. That alone is kept with what happens next."""
        passed = self.center.advance(to=max(self.clock.now, self.center.now))
        if passed.parts:
            self._settle(passed, self._written(passed, server), server)
        else:
            self._pending += passed.events

    def _settle(self, outcome: Outcome, sent: Iterable[gws.Notification], server: gws.Server) -> None:
        """Keep what happened, and what the router makes of it; then tell everybody."""
        if not outcome.events:
            return
        messages = [(each.agent, each.topic, each.message) for each in sent]
        outcomes = [outcome]
        if self.automatic and self.has_waiting:
            routed = self.center.route()
            outcomes.append(routed)
            messages += [(each.agent, each.topic, each.message) for each in self._written(routed, server)]
        outcomes += self._forget(outcomes)
        self._pending += [event for each in outcomes for event in each.events]
        self.store.append(self._pending, _entries(messages))
        self._pending = []
        if self.store.is_due:
            self.store.save(self.center)
        for listener in self.listen:
            listener(messages)

    def _written(self, outcome: Outcome, server: gws.Server) -> tuple[gws.Notification, ...]:
        return gws.notifications(outcome, server=server, definition=self.center.definition)

    @property
    def has_waiting(self) -> bool:
        """Whether anything waits in a queue."""
        return any(line.waiting for line in self.center.memory.lines.values())

    def _forget(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Keep no more than so many interactions that have ended."""
        for outcome in outcomes:
            for record in outcome.interactions if outcome.events else ():
                if record.state in FINAL_STATES:
                    self._ended.append(record.id)
        gone = []
        while len(self._ended) > KEEP_ENDED:
            id = self._ended.popleft()
            if self.center.interaction(id) is not None:
                gone.append(id)
        return [self.center.forget(*gone)] if gone else []

    def _all_ended(self) -> list[str]:
        return [record.id for record in self.center.interactions() if record.state in FINAL_STATES]

    def _read_back(self) -> None:
        """The store has not kept what happened: so it has not happened."""
        self.center = self.store.load(self.config.definition)
        self._pending = []
        self._ended = deque(self._all_ended())


def _entries(messages: Iterable[Message]) -> list[Entry]:
    """What messages say of a session's log, once for all who are told."""
    found: dict[tuple[str, int], Any] = {}
    for _, _, message in messages:
        if isinstance(message, dict) and message.get("messageType") == LOGS:  # a workbin's content is a list
            address = next((value for key, value in message.items() if key.endswith("Uri")), "")
            interaction = str(address).rpartition("/")[2]
            for entry in message["messages"]:
                found[interaction, entry["index"]] = entry
    return [(interaction, at, entry) for (interaction, at), entry in found.items()]
