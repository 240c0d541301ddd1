"""The contact centre: many interactions, workbins, queues and agents, kept consistent, and what time does to them.

`ContactCenter` is the door. Behind it each module has one thing: `members` what a centre consists of; `events` what
happens in it besides what happens to its interactions; `memory` what it knows, made by events alone, and `hands` who
has what, and until when; `scopes` which instance of a workbin a request means; `rules` what a command does; `outcomes`
what it answers; `codec` its events as JSON data; `routing` whose turn it is; `snapshots` the whole as JSON data;
`contact` puts them together.
"""

from ixnstate.center.codec import event_from_json, event_to_json
from ixnstate.center.contact import ContactCenter
from ixnstate.center.events import Advanced, AgentChanged, Answered, CenterEvent, Forgotten, SubscriptionChanged
from ixnstate.center.members import Agent, Workbin
from ixnstate.center.outcomes import Outcome

__all__ = [
    "Advanced",
    "Agent",
    "AgentChanged",
    "Answered",
    "CenterEvent",
    "ContactCenter",
    "Forgotten",
    "Outcome",
    "SubscriptionChanged",
    "Workbin",
    "event_from_json",
    "event_to_json",
]
