"""An agent's client: what it knows (`Mirror`), and a connection that feeds it (`Client`, with the extra ``client``).

>>> from ixnstate.client import Mirror
>>> mirror = Mirror("a1")
>>> message = {"messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange",
...            "workitem": {"id": "w1", "state": "Invited", "capabilities": ["Accept", "Reject"]}}
>>> changes = mirror.take(message)
>>> mirror.legal("w1").advertised
('Accept', 'Reject')
>>> mirror.legal("w1").why_not["Complete"]
"can't Complete workitem w1 in state Invited; agent a1 may Accept or Reject"
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ixnstate.client.changes import (
    Change,
    ContentChanged,
    Heard,
    LogChanged,
    Operation,
    OperationChanged,
    Progress,
    Reading,
    ViewChanged,
)
from ixnstate.client.legality import Legality
from ixnstate.client.mirror import Mirror
from ixnstate.client.shown import Shown

if TYPE_CHECKING:
    from ixnstate.client.connection import Client

__all__ = [
    "Change", "Client", "ContentChanged", "Heard", "Legality", "LogChanged", "Mirror", "Operation", "OperationChanged",
    "Progress", "Reading", "Shown", "ViewChanged",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "Client":
        return import_module("ixnstate.client.connection").Client
    raise AttributeError(f"module 'ixnstate.client' has no attribute {name!r}")
