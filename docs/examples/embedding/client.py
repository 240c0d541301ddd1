"""A client over any transport: what its agent is shown, may do, and has asked for."""

from collections.abc import Callable
from typing import Any

from ixnstate.client import Change, Mirror, Operation, OperationChanged

Post = Callable[[str, Any], tuple[int, bytes]]
"""Posts a body to a path; gives back the HTTP status and the body of the reply."""
Get = Callable[[str], tuple[int, bytes]]
"""Gets a path; gives back the same."""


class Desk:
    """An agent's. Messages go to ``mirror.take`` as they come; this is the rest."""

    def __init__(self, agent: str, post: Post) -> None:
        self.mirror, self.post = Mirror(agent), post

    def perform(self, operation: str, interaction: str | None = None, **arguments: Any) -> Operation:
        """Ask for an operation, by name; how far it has come with the reply."""
        asked = self.mirror.request(operation, interaction, **arguments)
        status, body = self.post(asked.request.path, asked.request.body)
        changes = self.mirror.reply(asked, body, status)
        return next((each.operation for each in changes if isinstance(each, OperationChanged)), asked)

    def reconnect(self, get: Get) -> list[Change]:
        """The agent has subscribed, for the first time or again: ask for whatever the mirror wants to know."""
        changes = list(self.mirror.listening())
        while readings := self.mirror.start_reading():
            for reading in readings:
                status, body = get(reading.request.path)
                changes += self.mirror.read(reading, body, status)
        return changes
