"""A state machine of hypothesis over workitems, as one would write it without the kit: seven rules, and an invariant.

Each rule does one thing on the driver. The agent is whoever has the interaction, so what fits its state is legal, and
the rest must be refused. What is expected is kept in a dict.
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import ixnstate as ix
from ixnstate.testing import InProcessDriver

AGENTS = ("a1", "a2", "a3", "boss")
ITEMS = ("x1", "x2", "x3", "x4")
"""As many as the kit's machine has at a time."""

LISTS = {
    "Invited": ("Accept", "Reject"),
    "Processing": ("Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete"),
}
"""The states in which an agent is shown a workitem, with the capabilities of each."""

item = st.sampled_from(ITEMS)


class Unchecked(RuleBasedStateMachine):
    """Four workitems, three agents and a supervisor. It looks at the reply, and at nothing else."""

    actions = 0

    def __init__(self):
        super().__init__()
        self.driver = InProcessDriver()
        self.known = {}
        """By interaction: its state, who has it, and its user data."""
        for name in ITEMS:
            Unchecked.actions += 1
            self.driver.create(ix.Submit(new_id=name, media="workitem", queue="Inbound", user_data={"key": "old"}))
            self.known[name] = "Queued", None, {"key": "old"}

    @rule(item=item, agent=st.sampled_from(AGENTS[:3]))
    def offer(self, item, agent):
        Unchecked.actions += 1
        self.driver.offer(item, agent)
        state, _, data = self.known[item]
        if state == "Queued":
            self.known[item] = "Invited", agent, data

    @rule(item=item)
    def accept(self, item):
        self.perform(ix.Accept, item, "Invited", "Processing")

    @rule(item=item)
    def reject(self, item):
        self.perform(ix.Reject, item, "Invited", "Queued")

    @rule(item=item)
    def complete(self, item):
        self.perform(ix.Complete, item, "Processing", "Completed")

    @rule(item=item, value=st.integers(0, 9))
    def attach(self, item, value):
        self.perform(ix.AttachUserData, item, "Processing", "Processing", user_data={"value": value})

    @rule(item=item)
    def put_away(self, item):
        self.perform(ix.AddWorkitem, item, "Processing", "InWorkbin", workbin="own-1")

    @rule()
    def wait(self):
        Unchecked.actions += 1
        self.driver.advance(31)
        for name, (state, _, data) in self.known.items():
            if state == "Invited":
                self.known[name] = "Queued", None, data

    def perform(self, command, item, source, target, **arguments):
        """What is legal in one state."""
        Unchecked.actions += 1
        state, agent, data = self.known[item]
        reply = self.driver.perform(command(by=agent or AGENTS[0], interaction=item, **arguments))
        assert reply.ok is (state == source)
        if reply.ok:
            data = data | arguments.get("user_data", {})
            self.known[item] = target, agent if target in LISTS else None, data


class ByHand(Unchecked):
    """After each step every agent's view of every interaction is read: state, capabilities and user data."""

    @invariant()
    def everybody_is_shown_what_is_there(self):
        for name, (state, holder, data) in self.known.items():
            for agent in AGENTS:
                seen = self.driver.view(name, agent)
                if agent == holder:
                    assert (seen.state, seen.capabilities, seen.user_data) == (state, LISTS[state], data)
                else:
                    assert seen is None
