"""What is believed of the messages about interactions: which of them are new, fit, and show what the agent has.

`ixnstate.client.mirror` says why. Here is how a message is told apart from a repeat, a late one and a last word.
"""

from collections.abc import Iterator
from hashlib import blake2b

from ixnstate import gws
from ixnstate.client.changes import Change, LogChanged, Reading, ViewChanged
from ixnstate.client.operations import Ledger, is_transfer
from ixnstate.client.repeats import Repeat, Repeats
from ixnstate.client.shown import Shown, shown_by
from ixnstate.definition import Definition
from ixnstate.gws.messages import MessageLog
from ixnstate.model import WorkbinPlace
from ixnstate.vocabulary import HELD_STATES, State

_LAST_WORDS = frozenset({State.REVOKED, State.COMPLETED, State.SENT, State.CANCELED, State.IN_WORKBIN})
"""The states that an agent is told of what they have no longer."""
MAX_THINGS = 10_000
"""Of how many interactions and workbins the messages are remembered that have come."""
_STATUS = ("StatusChange", "StatusChanged", None)
"""The notification types of a change of state; the pages of 8.5.0 and 8.5.1 name none."""


class Beliefs:
    """The views of one agent, and what is in doubt of them."""

    def __init__(self, agent: str, names: frozenset[str], definition: Definition) -> None:
        self.agent, self.names, self.definition = agent, names, definition
        self._views: dict[str, Shown] = {}
        self._ledger = Ledger()
        self._repeats: dict[object, Repeats] = {}
        self._numbers: dict[str, int] = {}
        """The highest number of a request that a message about each interaction has shown."""
        self._entries: dict[str, int] = {}
        """The highest index of an entry in the log of each session."""
        self._farewells: dict[int, None] = {}
        """The numbers of messages that showed a draft as before, when the agent had given it away."""
        self._given: set[str] = set()
        """Drafts that the agent has given away, where no message says so."""
        self._suspects: set[str] = set()
        """Interactions of which a last word came before anything else."""
        self._wanted: set[WorkbinPlace | None] = {None}
        """What is to be read: workbins, and the interactions (None)."""
        self._readings: dict[int, tuple[Reading, list[gws.AnyMessage]]] = {}
        """What is being read, with the messages that have come meanwhile."""

    def _is_known(self, message: gws.AnyMessage, about: object) -> bool:
        """Whether a message with a number, or the last message about something, has come again."""
        repeat = self._repeat(message, about)
        return repeat is Repeat.SAME or (repeat is not Repeat.NEW and message.reference_id is not None)

    def _repeat(self, message: gws.AnyMessage, about: object) -> Repeat:
        digest = blake2b(message.to_bytes(), digest_size=16).digest()
        repeats = self._repeats.setdefault(about, Repeats())
        if len(self._repeats) > MAX_THINGS:
            del self._repeats[next(iter(self._repeats))]
        return repeats.take(digest)

    def _take_view(self, message: gws.AnyMessage, id: str) -> Iterator[Change]:
        is_entry = id not in self._repeats
        repeat, number = self._repeat(message, id), message.reference_id
        if number is not None and repeat in (Repeat.SAME, Repeat.EARLIER):
            return
        is_late = number is not None and number < self._numbers.get(id, number) and repeat is not Repeat.RUN
        fits = not is_late and self._fits(message, id)
        is_double = repeat is Repeat.SAME and self._is_shown(message, id)
        is_doubtful = not fits or (not is_double and (repeat is not Repeat.NEW or self._suspect(message, id)))
        if is_doubtful:
            self._wanted.add(None)
        if number is not None:
            self._numbers[id] = max(number, self._numbers.get(id, number))
        is_away = self._is_away(message, id)
        yield from self._ledger.hear(message, is_away=is_away, is_entry=is_entry)
        for reading, meanwhile in self._readings.values():
            if reading.workbin is None and not is_late:
                meanwhile.append(message)
        if fits:
            yield from self._show(message, is_away=is_away)

    def _is_shown(self, message: gws.AnyMessage, id: str) -> bool:
        """Whether what a message says is shown already: what was read since it came first may say otherwise."""
        shown = self._views.get(id)
        if message.state in _LAST_WORDS:
            return shown is None
        return shown is not None and (shown.state, shown.capabilities) == (message.state, message.capabilities)

    def _fits(self, message: gws.AnyMessage, id: str) -> bool:
        """Whether the message can be the next one about the interaction, after what is shown."""
        before, state = self._views.get(id), message.state
        if before is not None:
            return not (state is State.INVITED and before.state in HELD_STATES)
        is_held = state in HELD_STATES and message.reference_id is None
        is_given = state is State.COMPOSING and id in self._given
        return not is_held or (message.notification_type in _STATUS and not is_given)

    def _suspect(self, message: gws.AnyMessage, id: str) -> bool:
        """Whether a message that fits is in doubt nevertheless: something before it has not come, or is not told."""
        before, state, number = self._views.get(id), message.state, message.reference_id
        if state in _LAST_WORDS:
            if before is None and number is None and not self._ledger.on(id):
                self._suspects.add(id)
            return False
        if id in self._suspects:
            self._suspects.discard(id)
            return True
        is_entry = before is None or (before.state is State.INVITED and state in HELD_STATES)
        if is_entry and state in HELD_STATES:
            return message.user_data is None or (before is None and number is None)
        is_change = number is None and message.notification_type in _STATUS[:2]
        return is_change and state is State.COMPOSING and before is not None and before.state is state

    def _gives_away(self, message: gws.AnyMessage, id: str) -> bool:
        """Whether a message answers the agent's own Transfer, or will be found to when the reply has come."""
        number = message.reference_id
        if number is None or number in self._farewells:
            return number is not None
        numbers = number, None
        asked = self._ledger.on(id) if id in self._views and message.notification_type in _STATUS else ()
        if not any(is_transfer(each) and each.reference_id in numbers for each in asked):
            return False
        self._farewells[number] = None
        if len(self._farewells) > MAX_THINGS:
            del self._farewells[next(iter(self._farewells))]
        return True

    def _is_away(self, message: gws.AnyMessage, id: str) -> bool:
        """Whether the message is a last word: the agent has the interaction no longer."""
        if message.state in _LAST_WORDS:
            return True
        if message.state is not State.COMPOSING or message.notification_type == "Error":
            return False
        name = _assigned_to(message)
        return self._gives_away(message, id) if name is None else name not in self.names

    def _show(self, message: gws.AnyMessage, *, is_away: bool, is_double: bool = False) -> Iterator[ViewChanged]:
        id, state = str(message.interaction_id), message.state
        before = self._views.get(id)
        assert state is not None
        if is_double and not self._fits(message, id):
            return
        if is_away:
            if self._views.pop(id, None) is not None:
                yield ViewChanged(id, before, None, state)
            return
        after = shown_by(message, state, before)
        self._given.discard(id)
        self._views[id] = after
        if after != before or after.resource != before.resource:
            yield ViewChanged(id, before, after)

    def _take_log(self, message: MessageLog) -> Iterator[Change]:
        """Entries are numbered: those that have come before are left out."""
        id = message.interaction_id or ""
        highest = self._entries.get(id, -1)
        new = tuple(entry for entry in message.messages if entry.index is None or entry.index > highest)
        self._entries[id] = max((highest, *(entry.index for entry in new if entry.index is not None)))
        if new:
            yield LogChanged(id, new)


def _assigned_to(message: gws.AnyMessage) -> str | None:
    """To which agent a message says that the interaction is assigned: the name, or the end of an address."""
    source = message.to_json()
    said = source.get("data", source) if isinstance(source, dict) else {}
    names = (part.get("assignedTo") for part in said.values() if isinstance(part, dict))
    return next((str(name).rstrip("/").rpartition("/")[2] for name in names if name is not None), None)
