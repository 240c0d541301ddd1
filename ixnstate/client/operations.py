"""What the agent has asked for, and how far it has come.

An operation is settled by what its kind can be settled by. The page of most shows a message with the number of the
request (`By.NUMBER`): message and reply may come in either order, so a number that no reply has told yet is kept. Where
the message has no number, the state that it shows must do (`By.STATE`); where no message comes, the reply (`By.REPLY`).
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

import attrs

from ixnstate.client.changes import Operation, OperationChanged, Progress
from ixnstate.commands import Command, Create, Follow, Reply, RequestAgentStats, RequestStats, Subscribe, Unsubscribe
from ixnstate.gws import Answer, Request
from ixnstate.gws.messages import Message, TwitterResponse, WorkbinSubscription
from ixnstate.values import changed
from ixnstate.vocabulary import State

MAX_EARLY = 256
"""How many numbers are kept that no reply has told yet: other clients of the same agent have some, too."""


class By(Enum):
    """What settles an operation, besides a refusal."""

    NUMBER = auto()
    STATE = auto()
    SUBSCRIPTION = auto()
    REPLY = auto()


@attrs.define
class _Entry:
    operation: Operation
    by: By
    state: State | str | None
    """The state that a message will show, for `By.STATE`; None for any last word."""
    heard: bool = False
    """Whether what settles it has come before the reply."""
    waiting_for: set[str] = attrs.field(factory=set)
    """The workbins of which a message must come yet, for `By.SUBSCRIPTION`."""
    is_orphan: bool = False
    """Whether its message may have been lost."""

    @property
    def subject(self) -> str | None:
        return self.operation.command.interaction

    @property
    def is_creation(self) -> bool:
        return isinstance(self.operation.command, Create | Reply)


@attrs.frozen
class _Early:
    """A message with a number that no reply has told yet."""

    interaction: str | None
    progress: Progress
    why: str | None


class Ledger:
    """The operations of one agent that are not settled."""

    def __init__(self) -> None:
        self._count = 0
        self._entries: dict[int, _Entry] = {}
        self._early: dict[int, _Early] = {}

    @property
    def pending(self) -> tuple[Operation, ...]:
        """What is not settled, in the order in which it was asked for."""
        return tuple(entry.operation for entry in self._entries.values())

    def on(self, interaction: str) -> tuple[Operation, ...]:
        """The pending operations on an interaction."""
        return tuple(entry.operation for entry in self._entries.values() if entry.subject == interaction)

    def to_come(self, interaction: str) -> tuple[Operation, ...]:
        """Those of them of which no message has shown the effect yet."""
        entries = self._entries.values()
        return tuple(entry.operation for entry in entries if entry.subject == interaction and not entry.heard)

    def ask(self, command: Command, request: Request, by: By, state: State | str | None) -> Operation:
        """A new operation."""
        self._count += 1
        operation = Operation(self._count, command, request)
        names = command.workbins or (command.workbin,) if isinstance(command, Subscribe) else ()
        self._entries[operation.number] = _Entry(operation, by, state, waiting_for={str(name) for name in names})
        return operation

    def reply(self, number: int, answer: Answer) -> Iterator[OperationChanged]:
        """The server's reply to an operation; nothing if it is settled."""
        entry = self._entries.get(number)
        if entry is None or entry.operation.progress is not Progress.SENT:
            return
        if not answer.is_decided:
            yield self._settle(entry, Progress.UNKNOWN, answer.why)
            return
        if not answer.ok:
            yield self._settle(entry, Progress.REFUSED, answer.why)
            return
        entry.operation = changed(entry.operation, progress=Progress.ACCEPTED, reference_id=answer.reference_id)
        early = self._early_for(entry)
        if early is not None and entry.by is not By.SUBSCRIPTION:
            yield self._settle(entry, early.progress, early.why)
        elif entry.heard or entry.by is By.REPLY:
            yield self._settle(entry, Progress.DONE)
        else:
            yield OperationChanged(entry.operation)

    def give_up(self, number: int) -> Iterator[OperationChanged]:
        """No reply came, and none will."""
        entry = self._entries.get(number)
        if entry is not None and entry.operation.progress is Progress.SENT:
            yield self._settle(entry, Progress.UNKNOWN, "no reply came")

    def _early_for(self, entry: _Entry) -> _Early | None:
        number = entry.operation.reference_id
        if number is not None:
            return self._early.pop(number, None)
        for reference, early in self._early.items():
            if entry.by is By.NUMBER and self._is_about(entry, early.interaction):
                return self._early.pop(reference)
        return None

    def _is_about(self, entry: _Entry, interaction: str | None) -> bool:
        return entry.subject == interaction or (entry.is_creation and not self.on(interaction or ""))

    def hear(self, message: Message, *, is_away: bool) -> Iterator[OperationChanged]:
        """A message to the agent. ``is_away`` is whether it is a last word."""
        if isinstance(message, WorkbinSubscription):
            yield from self._hear_subscription(message)
        elif message.reference_id is not None:
            yield from self._hear_number(message, message.reference_id)
        if message.interaction_id is not None and message.state is not None:
            yield from self._hear_state(message.interaction_id, message.state, is_away=is_away)

    def _hear_number(self, message: Message, number: int) -> Iterator[OperationChanged]:
        progress, why = _outcome(message)
        entry = self._answered_by(message.interaction_id, number)
        if entry is not None:
            entry.operation = changed(entry.operation, reference_id=number)
            yield self._settle(entry, progress, why)
            return
        self._early[number] = _Early(message.interaction_id, progress, why)
        while len(self._early) > MAX_EARLY:
            del self._early[next(iter(self._early))]
        waiting = next((each for each in self._entries.values() if self._may_be(each, message.interaction_id)), None)
        if waiting is not None:
            waiting.heard = True

    def _may_be(self, entry: _Entry, interaction: str | None) -> bool:
        """Whether a number that no reply has told may be this one's."""
        is_open = entry.operation.progress is Progress.SENT and entry.by is By.NUMBER and not entry.heard
        return is_open and self._is_about(entry, interaction)

    def _answered_by(self, interaction: str | None, number: int) -> _Entry | None:
        entries = self._entries.values()
        told = next((each for each in entries if each.operation.reference_id == number), None)
        if told is not None:
            return told
        for entry in entries:
            is_waiting = entry.operation.progress is Progress.ACCEPTED and entry.operation.reference_id is None
            if is_waiting and entry.by is By.NUMBER and self._is_about(entry, interaction):
                return entry
        return None

    def _hear_state(self, interaction: str, state: State | str, *, is_away: bool) -> Iterator[OperationChanged]:
        for entry in [each for each in self._entries.values() if each.subject == interaction and each.by is By.STATE]:
            if is_away or state == entry.state:
                entry.heard = True
                if entry.operation.progress is Progress.ACCEPTED:
                    yield self._settle(entry, Progress.DONE)

    def _hear_subscription(self, message: WorkbinSubscription) -> Iterator[OperationChanged]:
        wanted = Unsubscribe if message.subscription == "Unsubscribed" else Subscribe
        for entry in [each for each in self._entries.values() if str(message.workbin) in each.waiting_for]:
            if message.subscription == "RequestFailed":
                yield self._settle(entry, Progress.FAILED, f"workbin {message.workbin}: the request failed")
                return
            if type(entry.operation.command) is wanted:
                entry.waiting_for.discard(str(message.workbin))
                entry.heard = not entry.waiting_for
                if entry.heard and entry.operation.progress is Progress.ACCEPTED:
                    yield self._settle(entry, Progress.DONE)
                return

    def lose(self) -> None:
        """Messages may have been lost from now on."""
        for entry in self._entries.values():
            entry.is_orphan = True

    def read(self) -> Iterator[OperationChanged]:
        """Everything was read anew: what was accepted before messages were lost is told no more."""
        for entry in [each for each in self._entries.values() if each.is_orphan]:
            if entry.operation.progress is Progress.ACCEPTED:
                yield self._settle(entry, Progress.DONE)

    def _settle(self, entry: _Entry, progress: Progress, why: str | None = None) -> OperationChanged:
        entry.operation = changed(entry.operation, progress=progress, why=why)
        del self._entries[entry.operation.number]
        return OperationChanged(entry.operation)


def _outcome(message: Message) -> tuple[Progress, str | None]:
    """What a message with a number says of the operation."""
    if isinstance(message, TwitterResponse):
        is_done = message.success in (True, "true")
        return (Progress.DONE, None) if is_done else (Progress.FAILED, message.error_message)
    if message.notification_type == "Error":
        return Progress.FAILED, "the server tells an error"
    return Progress.DONE, None


def settled_by(command: Command, *, is_answered: bool, is_moved: bool) -> By:
    """What will settle a command of which this is foreseen: a message with its number, a message with a new state."""
    if isinstance(command, Subscribe):
        return By.SUBSCRIPTION
    if is_answered or isinstance(command, RequestStats | RequestAgentStats | Follow):
        return By.NUMBER
    return By.STATE if is_moved else By.REPLY


def is_transfer(operation: Any) -> bool:
    """Whether an operation hands the interaction to somebody else."""
    return bool(operation.command.operation == "Transfer")
