"""The interaction and workbin lifecycle of the Genesys Web Services REST API v2, as state machines.

One interaction, pure: `submit`, `create`, `decide`, `evolve`, `step`, `replay`; what agents see and are told: `view`,
`capabilities`, `notices`. A whole sequence: `validate`. The definition behind it: ``GWS``, as a graph `reachable`,
`shortest_path`, `tour`, `illegal_cells`.

    >>> import ixnstate as ix
    >>> step = ix.submit(id="02F0ASAK8EAFA00W", media="workitem", queue="Inbound")
    >>> step = ix.step(step.interaction, ix.Offer(agent="a1"))
    >>> print(ix.decide(step.interaction, ix.Complete(by="a1")))
    can't Complete workitem 02F0ASAK8EAFA00W in state Invited; agent a1 may Accept or Reject
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ixnstate import commands as _commands
from ixnstate.commands import *
from ixnstate.definition import Capabilities, Definition, Edge, Medium, Shown, Told
from ixnstate.events import (
    ConsultRequested,
    ContentChanged,
    Created,
    Event,
    MessageSent,
    ParticipantsChanged,
    StateChanged,
    TransferFailed,
    UserDataChanged,
)
from ixnstate.graph import illegal_cells, reachable, shortest_path, tour
from ixnstate.model import (
    ContentNotice,
    Interaction,
    Notice,
    StatsNotice,
    Step,
    SubscriptionNotice,
    View,
    WorkbinNotice,
    WorkbinPlace,
)
from ixnstate.noticing import notices
from ixnstate.profile import Profile
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import create, decide, evolve, replay, step, submit
from ixnstate.table import GWS
from ixnstate.views import capabilities, view
from ixnstate.vocabulary import (
    Condition,
    Destination,
    Does,
    Evidence,
    Family,
    NoticeKind,
    RefusalCode,
    Source,
    State,
    SubscriptionState,
    When,
    Who,
)

if TYPE_CHECKING:
    from ixnstate import bayeux, gws, machines, trace
    from ixnstate.center import (
        Advanced,
        Agent,
        AgentChanged,
        Answered,
        CenterEvent,
        ContactCenter,
        Forgotten,
        Outcome,
        SubscriptionChanged,
        Workbin,
        event_from_json,
        event_to_json,
    )
    from ixnstate.sequences import Coverage, Verdict, Violation, validate

_LATER = {
    **dict.fromkeys(("validate", "Verdict", "Violation", "Coverage"), "sequences"),
    **dict.fromkeys(
        (
            "ContactCenter", "Agent", "Workbin", "Outcome",
            "CenterEvent", "Answered", "Advanced", "SubscriptionChanged", "AgentChanged", "Forgotten",
            "event_to_json", "event_from_json",
        ),
        "center",
    ),
}  # fmt: skip
"""What stands above the step, loaded when it is first asked for: names, with the module they stand in."""
_MODULES = ("bayeux", "gws", "machines", "trace")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"ixnstate.{name}")
    if name in _LATER:
        value = globals()[name] = getattr(import_module(f"ixnstate.{_LATER[name]}"), name)
        return value
    raise AttributeError(f"module 'ixnstate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [  # noqa: RUF022 (in the order in which a reader meets them)
    # one interaction
    "submit", "create", "decide", "evolve", "step", "replay", "view", "capabilities", "notices",
    "Interaction", "WorkbinPlace", "View", "Notice", "Step", "Refusal", "RefusedError",
    "WorkbinNotice", "SubscriptionNotice", "ContentNotice", "StatsNotice",
    # many interactions
    "ContactCenter", "Agent", "Workbin", "Outcome",
    "CenterEvent", "Answered", "Advanced", "SubscriptionChanged", "AgentChanged", "Forgotten",
    "event_to_json", "event_from_json",
    # sequences and the definition as a graph
    "validate", "Verdict", "Violation", "Coverage", "reachable", "shortest_path", "tour", "illegal_cells",
    # the definition
    "GWS", "Definition", "Medium", "Edge", "Capabilities", "Shown", "Told", "Profile", "Source",
    "State", "Evidence", "Family", "Who", "When", "Destination", "Does", "RefusalCode", "Condition",
    "NoticeKind", "SubscriptionState",
    # events
    "Event", "Created", "StateChanged", "ParticipantsChanged", "UserDataChanged", "ContentChanged", "MessageSent",
    "ConsultRequested", "TransferFailed",
    # documented JSON, the transitions library, recorded traces
    "bayeux", "gws", "machines", "trace",
]  # fmt: skip
__all__ += _commands.__all__
