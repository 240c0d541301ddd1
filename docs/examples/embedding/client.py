"""A client that keeps a mirror: what its agent may believe to see, by the messages that came."""

from collections.abc import Callable
from typing import Any

import ixnstate as ix
from ixnstate import gws

Post = Callable[[str, dict[str, Any]], tuple[int, Any]]
"""Posts a body to a path; gives back the HTTP status and the body of the reply."""
Get = Callable[[str], dict[str, Any]]
"""Gets a path; gives back the body of the reply."""


LAST_WORDS = (ix.State.REVOKED, ix.State.COMPLETED, ix.State.SENT, ix.State.CANCELED, ix.State.IN_WORKBIN)


class Mirror:
    """The views of one agent, and their requests."""

    def __init__(self, agent: str, post: Post) -> None:
        self.agent, self.post = agent, post
        self.views: dict[str, ix.View] = {}

    def take(self, frame: object) -> None:
        """Believe a message. What the agent has no longer is forgotten: these states are last words."""
        message = gws.parse_notification(frame)
        seen = gws.observe(message)
        if seen is None or message.interaction_id is None:
            return
        if seen.state in LAST_WORDS or assigned_to(frame) not in (None, self.agent):  # a draft may be given away
            self.views.pop(message.interaction_id, None)
        else:
            self.views[message.interaction_id] = seen

    def reconnect(self, get: Get) -> None:
        """Forget everything, and see what there is: while nobody listened, anything may have happened."""
        self.views.clear()
        body = get("/api/v2/me/interactions?fields=*")
        for shown in body["interactions"]:
            self.take(shown)

    def perform(self, operation: str, interaction: str, media: str, **arguments: Any) -> gws.Answer:
        """Ask the server for an operation, by name."""
        command = ix.command(operation, by=self.agent, interaction=interaction, media=media, **arguments)
        asked = gws.request(command)
        status, body = self.post(asked.path, dict(asked.body))
        return gws.parse_reply(body, status)


def assigned_to(frame: Any) -> str | None:
    """To which agent a message says that the interaction is assigned: the name, or the end of an address."""
    said = frame.get("data", frame) if isinstance(frame, dict) else {}
    found = (each.get("assignedTo") for each in said.values() if isinstance(each, dict))
    return next((str(each).rpartition("/")[2] for each in found if each is not None), None)
