"""What happens in a contact centre besides what happens to its interactions.

With the events of the interactions these are the whole truth about a centre: replayed onto a centre of the same
configuration they make an equal one.
"""

from typing import ClassVar, TypeAlias

from ixnstate.center.members import Agent
from ixnstate.events import Event
from ixnstate.model import WorkbinPlace
from ixnstate.values import frozen


@frozen
class Answered:
    """A request of an agent was carried out, and answered with ``reference_id``.

    It is the last event of its request. Whoever holds the interaction that the request was for has shown that they
    are there: their handling timeout begins anew.
    """

    interaction: str | None
    operation: str
    by: str
    reference_id: int


@frozen
class Advanced:
    """The time is now ``to``, in seconds since the centre began."""

    interaction: ClassVar[None] = None
    to: float


@frozen
class SubscriptionChanged:
    """An agent subscribed to an instance of a workbin, or unsubscribed from it."""

    interaction: ClassVar[None] = None
    agent: str
    workbin: WorkbinPlace
    subscribed: bool


@frozen
class AgentChanged:
    """An agent came into the centre, or has other roles, groups, readiness or capacity; ``agent`` is the new one."""

    interaction: ClassVar[None] = None
    agent: Agent


@frozen
class Forgotten:
    """An interaction that had ended is no longer kept."""

    interaction: str


CenterEvent: TypeAlias = Event | Answered | Advanced | SubscriptionChanged | AgentChanged | Forgotten
