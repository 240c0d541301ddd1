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
from ixnstate.commands import (
    Command,
    Create,
    Follow,
    PullInteraction,
    Reply,
    RequestAgentStats,
    RequestStats,
    Subscribe,
    Unsubscribe,
)
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

    def may_be_told(self, message: Message, *, is_entry: bool) -> bool:
        """Whether a message may be about this. What is created has an id that nobody knows before."""
        asked = self.operation.command
        is_created = isinstance(asked, Create | Reply) and is_entry and message.media == asked.media
        return self.subject == message.interaction_id or is_created

    @property
    def brings_in(self) -> bool:
        """Whether it shows the agent what they were not shown before."""
        return isinstance(self.operation.command, Create | Reply | PullInteraction)


@attrs.frozen
class _Early:
    """A message with a number that no reply has told yet."""

    message: Message
    is_entry: bool
    progress: Progress
    why: str | None


class Ledger:
    """The operations of one agent that are not settled."""

    def __init__(self) -> None:
        self._count = 0
        self._entries: dict[int, _Entry] = {}
        self._early: dict[int, _Early] = {}
        self._subscriptions: dict[str, int] = {}
        """The last request about each workbin that was done, or may have been."""

    @property
    def pending(self) -> tuple[Operation, ...]:
        """What is not settled, in the order in which it was asked for."""
        return tuple(entry.operation for entry in self._entries.values())

    def on(self, interaction: str) -> tuple[Operation, ...]:
        """The pending operations on an interaction."""
        return tuple(entry.operation for entry in self._entries.values() if entry.subject == interaction)

    def about(self, workbin: str) -> tuple[Operation, ...]:
        """The pending requests about a workbin's subscription that no message has answered yet."""
        return tuple(entry.operation for entry in self._entries.values() if workbin in entry.waiting_for)

    def to_come(self, interaction: str) -> tuple[Operation, ...]:
        """Those of them of which no message has shown the effect yet."""
        entries = self._entries.values()
        return tuple(entry.operation for entry in entries if entry.subject == interaction and not entry.heard)

    def ask(self, command: Command, request: Request, by: By, state: State | str | None) -> Operation:
        """A new operation."""
        self._count += 1
        operation = Operation(self._count, command, request)
        self._entries[operation.number] = _Entry(operation, by, state, waiting_for={*workbins_of(command)})
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
        if entry.by is By.NUMBER and answer.reference_id is not None:
            entry.heard = False  # what was taken for its message was another's, unless it has the number
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
        """The message that came before the reply to a request, if one did; it is kept no longer."""
        number = entry.operation.reference_id
        if number is not None:
            return self._early.pop(number, None)
        early = self._early.values()
        told = (each for each in early if entry.may_be_told(each.message, is_entry=each.is_entry))
        return next(told, None) if entry.by is By.NUMBER else None

    def hear(self, message: Message, *, is_away: bool, is_entry: bool = False) -> Iterator[OperationChanged]:
        """A message to the agent: ``is_away`` if it is a last word, ``is_entry`` the first about its interaction."""
        if isinstance(message, WorkbinSubscription):
            yield from self._hear_subscription(message)
        elif message.reference_id is not None:
            yield from self._hear_number(message, message.reference_id, is_entry=is_entry)
        if message.interaction_id is not None and message.state is not None:
            yield from self._hear_state(message, is_away=is_away, is_entry=is_entry)

    def _hear_number(self, message: Message, number: int, *, is_entry: bool) -> Iterator[OperationChanged]:
        """A message with a reference: it settles the request of that number.

        Where the reply, which says the number, has not come yet, the message is kept for it.
        """
        progress, why = _outcome(message)
        told = [each for each in self._entries.values() if each.operation.reference_id == number]
        unnumbered = self._told_by(message, is_entry=is_entry)
        accepted = [each for each in unnumbered if each.operation.progress is Progress.ACCEPTED]
        for entry in (*told, *accepted)[:1]:
            entry.operation = changed(entry.operation, reference_id=number)
            yield self._settle(entry, progress, why)
        if told:
            return
        self._early[number] = _Early(message, is_entry, progress, why)
        while len(self._early) > MAX_EARLY:
            del self._early[next(iter(self._early))]
        for entry in () if accepted else unnumbered[:1]:
            entry.heard = True

    def _told_by(self, message: Message, *, is_entry: bool) -> list[_Entry]:
        """The operations without a number that a message with one may answer, the likeliest first."""
        entries = [
            entry
            for entry in self._entries.values()
            if entry.by is By.NUMBER
            and entry.operation.reference_id is None
            and not entry.heard
            and entry.may_be_told(message, is_entry=is_entry)
        ]
        return sorted(entries, key=lambda entry: (entry.brings_in is not is_entry, entry.is_orphan))

    def _hear_state(self, message: Message, *, is_away: bool, is_entry: bool) -> Iterator[OperationChanged]:
        for entry in [each for each in self._entries.values() if each.by is By.STATE]:
            if entry.may_be_told(message, is_entry=is_entry) and (is_away or message.state == entry.state):
                yield from self._hear(entry)

    def _hear_subscription(self, message: WorkbinSubscription) -> Iterator[OperationChanged]:
        """It answers the oldest request of its kind; those before it are over, too, if their messages were lost."""
        workbin = str(message.workbin)
        entries = [each for each in self._entries.values() if workbin in each.waiting_for]
        wanted = {"Subscribed": Subscribe, "Unsubscribed": Unsubscribe}.get(message.subscription)
        answered = [each for each in entries if wanted in (type(each.operation.command), None)]
        if not answered:
            return
        target = next((each for each in answered if not each.is_orphan), answered[-1])
        for entry in entries:
            if entry is target and wanted is None:
                yield self._settle(entry, Progress.FAILED, f"workbin {workbin}: the request failed")
            elif entry.operation.number <= target.operation.number and (entry is target or entry.is_orphan):
                entry.waiting_for.discard(workbin)
                if not entry.waiting_for:
                    yield from self._hear(entry)

    def _hear(self, entry: _Entry) -> Iterator[OperationChanged]:
        entry.heard = True
        if entry.operation.progress is Progress.ACCEPTED:
            yield self._settle(entry, Progress.DONE)

    def lose(self) -> None:
        """Messages may have been lost from now on."""
        for entry in self._entries.values():
            entry.is_orphan = True

    @property
    def awaits_reading(self) -> bool:
        """Whether something was accepted of which the message may have been lost."""
        return any(each.is_orphan and each.operation.progress is Progress.ACCEPTED for each in self._entries.values())

    def is_overtaken(self, operation: Operation, workbin: str) -> bool:
        """Whether a later request about a workbin was done, or may have been."""
        return self._subscriptions.get(workbin, 0) > operation.number

    def read(self) -> Iterator[OperationChanged]:
        """Everything was read anew: what was accepted before messages were lost is told no more."""
        for entry in [each for each in self._entries.values() if each.is_orphan]:
            if entry.operation.progress is Progress.ACCEPTED:
                yield self._settle(entry, Progress.DONE)

    def _settle(self, entry: _Entry, progress: Progress, why: str | None = None) -> OperationChanged:
        entry.operation = changed(entry.operation, progress=progress, why=why)
        asked = entry.operation.command
        for workbin in workbins_of(asked) if progress in (Progress.DONE, Progress.UNKNOWN) else ():
            self._subscriptions[workbin] = max(entry.operation.number, self._subscriptions.get(workbin, 0))
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


def workbins_of(command: Command) -> tuple[str, ...]:
    """The workbins of a request about subscriptions."""
    if not isinstance(command, Subscribe):
        return ()
    return tuple(map(str, command.workbins or (command.workbin,)))


def is_transfer(operation: Any) -> bool:
    """Whether an operation hands the interaction to somebody else."""
    return bool(operation.command.operation == "Transfer")
