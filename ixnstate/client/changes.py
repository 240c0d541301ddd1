"""What a mirror gives back: what has changed by a message, a reply, or the answer to a GET."""

from enum import StrEnum
from typing import TypeAlias

import attrs

from ixnstate.client.shown import Shown
from ixnstate.commands import Command
from ixnstate.gws import Request
from ixnstate.gws.messages import ChatMessage, Message
from ixnstate.model import WorkbinPlace
from ixnstate.values import frozen
from ixnstate.vocabulary import State


class Progress(StrEnum):
    """How far an operation has come."""

    SENT = "sent"  # no reply yet
    ACCEPTED = "accepted"  # the reply says that it was passed on; what came of it a message tells
    DONE = "done"
    REFUSED = "refused"  # the reply says that nothing was done
    FAILED = "failed"  # accepted, and then a message says that it could not be done
    UNKNOWN = "unknown"  # no reply came: it may have been done or not

    def __repr__(self) -> str:
        return f"Progress.{self.name}"

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to come."""
        return self not in (Progress.SENT, Progress.ACCEPTED)


@frozen
class Operation:
    """What the agent has asked for: the request to send, and what became of it."""

    number: int
    """The mirror's own, in the order in which they were asked for."""
    command: Command
    request: Request
    progress: Progress = Progress.SENT
    reference_id: int | None = None
    """The server's number, once a reply or a message has told it."""
    why: str | None = None
    """What a refusal or a failure says of itself."""


@frozen
class ViewChanged:
    """What the agent is shown of an interaction has changed: None is nothing.

    ``last_word`` is the state that a message showed the agent who has it no longer, such as Completed or Revoked; None
    after a GET, which only shows that it is gone.
    """

    interaction: str
    before: Shown | None
    after: Shown | None
    last_word: State | str | None = None


@frozen
class OperationChanged:
    """An operation has come further."""

    operation: Operation


@frozen
class ContentChanged:
    """What is in a workbin to which the agent has subscribed: by id, in no order. None is not known."""

    workbin: WorkbinPlace
    before: tuple[Shown, ...] | None
    after: tuple[Shown, ...] | None


@frozen
class LogChanged:
    """New entries in the log of a session."""

    interaction: str
    entries: tuple[ChatMessage, ...]


@frozen
class Heard:
    """A message about neither a view nor the content of a workbin: statistics, or a type that is not modelled."""

    message: Message = attrs.field(hash=False)


Change: TypeAlias = ViewChanged | OperationChanged | ContentChanged | LogChanged | Heard


@frozen
class Reading:
    """A GET that the mirror wants answered: of all interactions of the agent, or of a workbin."""

    number: int
    request: Request
    workbin: WorkbinPlace | None = None
    """None for the interactions."""
