"""A contact centre under any sequence of commands, offers and time, beside a model that knows the rules of containers.

The model is a dict of lists: what lies in each instance of a workbin, what waits in each queue, who is subscribed. It
is moved by what the commands say and by the states of the records, not by the events.
"""

import json

from centers import AGENTS, IDS, QUEUES, SCOPES, WHO, WORKBINS, check, commands
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import ixnstate as ix


class Centre(RuleBasedStateMachine):
    profile = ix.Profile()

    @initialize()
    def begin(self):
        self.center = self.fresh()
        self.log, self.lying, self.queues, self.subscribers = [], {}, {queue: [] for queue in QUEUES}, {}
        self.references = 0

    def fresh(self):
        definition = ix.GWS.with_profile(transfer=self.profile.transfer)
        return ix.ContactCenter(agents=AGENTS, workbins=WORKBINS, queues=QUEUES, definition=definition)

    # --- what can happen --------------------------------------------------------------------------------------------

    @rule(media=st.sampled_from(sorted(ix.GWS.media)), queue=st.sampled_from(QUEUES), id=st.sampled_from(IDS))
    def submit(self, media, queue, id):
        there = self.center.interaction(id)
        outcome = self.center.submit(media=media, queue=queue, id=id, user_data={"key": "value"})
        assert (outcome.refusal is not None) == (there is not None)
        self.seen(outcome)

    @rule(id=st.sampled_from(IDS), agent=st.sampled_from(WHO[:3]), media=st.sampled_from(sorted(ix.GWS.media)))
    def deliver(self, id, agent, media):
        """To the hands of an agent, as far as that is possible: the other rules seldom get there by chance."""
        if self.center.interaction(id) is None:
            self.submit(media, "Inbound", id)
        self.seen(self.center.offer(id, agent))
        self.seen(self.center.apply(ix.Accept(by=agent), id))

    @rule(id=st.sampled_from(IDS), scope=st.sampled_from(["own", "own place", "agent group", "place group"]))
    def put(self, id, scope):
        """Into a workbin, by whoever holds it."""
        record = self.center.interaction(id)
        if record is not None and record.holders:
            self.request(ix.AddInteraction(by=record.holders[0], **SCOPES[scope]), id, None)

    @rule(id=st.sampled_from(IDS), by=st.sampled_from(WHO), names=st.booleans())
    def take(self, id, by, names):
        """Out of the workbin in which it is, by anybody: agents race for it."""
        record = self.center.interaction(id)
        if record is not None and record.workbin is not None:
            place = record.workbin
            owner = "a2" if place.owner == "P2" else "a1" if place.owner == "P1" else place.owner
            named = {"workbin": place.id, "agent_group": place.agent_group, "place_group": place.place_group}
            self.request(ix.PullInteraction(by=by, **(named | {"owner": owner} if names else {})), id, None)

    @rule(id=st.sampled_from(IDS), owner=st.sampled_from(WHO[:4]), workbin=st.sampled_from(["own", "place"]))
    def supervise(self, id, owner, workbin):
        """Into an agent's workbin, from wherever it is."""
        self.request(ix.AddInteraction(by="boss", workbin=workbin, owner=owner), id, None)

    @rule(by=st.sampled_from(WHO[:5]), owner=st.sampled_from([None, "a1", "a2"]), joins=st.booleans(),
          which=st.sampled_from([["own"], ["place"], ["group"], ["places"], ["own", "place", "none"],
              ["own", "own2"]]))  # fmt: skip
    def subscribe(self, by, owner, joins, which):
        several = {"workbin": which[0]} if len(which) == 1 else {"workbins": which}
        scope = {"group": {"agent_group": "G"}, "places": {"place_group": "PG"}}.get(which[0], {"owner": owner})
        self.request((ix.Subscribe if joins else ix.Unsubscribe)(by=by, **several, **scope), None, None)

    @rule(data=st.data(), id=st.sampled_from(IDS))
    def work(self, data, id):
        """What whoever has it may do with it: mostly something that is legal."""
        for _ in range(4):
            record = self.center.interaction(id)
            if record is None or not (record.holders or record.invited):
                break
            legal = {e.operation for e in ix.GWS.edges(record.media) if e.source is record.state} - {"Stop", "Revoke"}
            has = record.holders + record.invited
            self.request(data.draw(commands(operations=tuple(sorted(legal)), by=has)), id, None)

    @rule(command=commands(), id=st.sampled_from([*IDS, None]), stale=st.sampled_from([None, None, None, 0, 3]))
    def request(self, command, id, stale):
        before = self.center.snapshot()
        was = {each: self.center.interaction(each) for each in IDS}
        expected = self.center.decide(command, id, stale)
        outcome = self.center.apply(command, id, revision=stale)
        if outcome.refusal is not None:
            assert isinstance(expected, ix.Refusal)
            assert outcome.events == outcome.notices == ()
            assert str(outcome.refusal)
            assert outcome.status_code in (1, 2, 3, 5, 6, 10)
            assert self.center.snapshot() == before
            return
        own = [each for each in outcome.events if not isinstance(each, ix.Answered)]
        assert list(expected) == own
        self.seen(outcome)
        if outcome.before is not None and outcome.interaction is not None:
            assert was[outcome.interaction.id] is outcome.before
            if stale is not None:
                assert outcome.before.revision == stale

    @rule(seconds=st.sampled_from([0, 1, 29, 31, 121, 10_900]))
    def advance(self, seconds):
        now = self.center.now
        outcome = self.center.advance(seconds=seconds)
        assert self.center.now == now + seconds
        times = [each.to for each in outcome.events if isinstance(each, ix.Advanced)]
        assert times == sorted(set(times))
        self.seen(outcome)
        for whose in self.center.memory.hands.all():
            assert whose[0] > self.center.now

    @rule(queue=st.sampled_from([None, *QUEUES]))
    def route(self, queue):
        outcome = self.center.route(queue)
        if outcome.parts:
            assert outcome.parts[0].before.id in [waiting[0] for waiting in self.queues.values() if waiting]
        self.seen(outcome)
        assert not any(self.center.waiting(each) for each in QUEUES if queue in (None, each))

    @rule(agent=st.sampled_from(AGENTS), groups=st.sampled_from([set(), {"G"}]))
    def regroup(self, agent, groups):
        self.log += self.center.set_agent(ix.Agent(agent.id, roles=agent.roles, agent_groups=groups, place="P1")).events
        for (workbin, owner), agents in self.subscribers.items():
            if agent.id in agents and agent.id not in self.center.subscribers(*self.address(workbin, owner)):
                assert workbin not in ("own", "own2") or agent.id == owner or agent.id in ("boss", "root")
                agents.remove(agent.id)

    @rule()
    def forget(self):
        self.log += self.center.forget().events

    @rule()
    def restore(self):
        saved = json.loads(json.dumps(self.center.snapshot()))
        back = ix.ContactCenter.restore(saved, definition=self.center.definition)
        assert back == self.center
        self.center = back

    # --- the model --------------------------------------------------------------------------------------------------

    def address(self, workbin, owner):
        kind = {each.id: each.type for each in WORKBINS}[workbin]
        field = {"AgentGroup": "agent_group", "PlaceGroup": "place_group"}.get(kind, "owner")
        return (ix.WorkbinPlace(workbin, **{field: owner}),)

    def seen(self, outcome):
        """Move the model, part by part."""
        if outcome.refusal is not None:
            return
        self.log += outcome.events
        for part in outcome.parts or outcome.results.values() or (outcome,):
            if part.refusal is None:
                self.step(part)

    def step(self, part):
        moved = [each for each in part.notices if isinstance(each, ix.WorkbinNotice)]
        expected = []
        record, was = part.interaction, part.before
        if was is not None and was.workbin != record.workbin:
            if was.workbin is not None:
                self.lying[self.key(was.workbin)].remove(record.id)
                expected += [(agent, False) for agent in self.subscribers.get(self.key(was.workbin), ())]
            if record.workbin is not None:
                self.lying.setdefault(self.key(record.workbin), []).append(record.id)
                expected += [(agent, True) for agent in self.subscribers.get(self.key(record.workbin), ())]
        assert [(each.agent, each.added) for each in moved] == expected
        for each in part.answers:
            if isinstance(each, ix.SubscriptionNotice):
                agents = self.subscribers.setdefault(self.key(each.workbin), [])
                if each.state == "Subscribed" and each.agent not in agents:
                    agents.append(each.agent)
                if each.state == "Unsubscribed":
                    agents.remove(each.agent)
        if part.reference_id is not None:
            self.references += 1
            assert part.reference_id == self.references

    def key(self, place):
        return place.id, place.agent_group or place.place_group or place.owner

    # --- what holds at all times ------------------------------------------------------------------------------------

    @invariant()
    def is_consistent(self):
        check(self.center)

    @invariant()
    def workbins_are_as_in_the_model(self):
        for key, ids in self.lying.items():
            assert [each.id for each in self.center.content(*self.address(*key))] == ids
        for key, agents in self.subscribers.items():
            assert list(self.center.subscribers(*self.address(*key))) == agents

    @invariant()
    def queues_are_first_in_first_out(self):
        """Those who were there keep their order; a newcomer comes last."""
        for queue, before in self.queues.items():
            now = [each.id for each in self.center.waiting(queue)]
            stayed = [id for id in before if id in now]
            assert [id for id in now if id in stayed] == stayed
            self.queues[queue] = now

    @invariant()
    def agents_see_only_what_they_have(self):
        for record in self.center.interactions():
            for agent in WHO:
                seen = self.center.view(record.id, agent)
                assert (seen is not None) == (agent in record.holders + record.invited)

    def teardown(self):
        if hasattr(self, "center"):
            assert self.fresh().replay(self.log) == self.center


class CentreOnAcceptance(Centre):
    profile = ix.Profile(transfer="on acceptance")


TestCentre = Centre.TestCase
TestCentreOnAcceptance = CentreOnAcceptance.TestCase
TestCentre.settings = TestCentreOnAcceptance.settings = settings(
    max_examples=100, stateful_step_count=60, deadline=None
)
