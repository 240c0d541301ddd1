"""What an agent's client knows. No sockets, no clock: messages, replies and answers go in, changes come out.

A *view* is what the server was last heard to show. Messages to one session come in their order and at least once, so
the last message about an interaction decides, and a repeat at worst takes the mirror through what it has been through
before. Three things are beyond that, and for all of them the mirror asks for a GET (`Mirror.start_reading`):

* the connection was lost: whatever was missed is read, and nothing that is older is believed;
* messages come while a GET is answered. The answer may be older or newer than each. So it is believed first, and then
  the messages once more; where that makes a difference to the answer, it is asked again;
* a message is in doubt: an earlier one again, one with a lower number than one before it, or one that does not follow
  from what is shown. What fits the lifecycle is believed until the answer comes, the rest is not.

Of what agents are not told, a mirror knows what it has asked for itself: a draft that was given away by Transfer may be
shown as before (FacebookTransfer), and is somebody else's nevertheless.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ixnstate import gws
from ixnstate.client.beliefs import Beliefs
from ixnstate.client.changes import (
    Change,
    ContentChanged,
    Heard,
    Operation,
    OperationChanged,
    Progress,
    Reading,
    ViewChanged,
)
from ixnstate.client.legality import Legality, legality, refusal_of
from ixnstate.client.operations import By, is_transfer, settled_by, workbins_of
from ixnstate.client.repeats import Repeat
from ixnstate.client.shown import Shown, record_of, shown_by
from ixnstate.client.workbins import Content, Workbins, changed_by, content_in, place_in
from ixnstate.commands import (
    ALIASES,
    OPERATIONS,
    AddInteraction,
    Command,
    Create,
    PullInteraction,
    Unsubscribe,
    command,
    is_name,
)
from ixnstate.definition import Definition, checked
from ixnstate.gws.messages import Batch, MessageLog, WorkbinStateChange, WorkbinSubscription
from ixnstate.gws.pages import GENERIC_VERSIONS
from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.stepping import create, decide, replay
from ixnstate.table import GWS
from ixnstate.values import Json, brief, changed, each_of, expect
from ixnstate.views import view
from ixnstate.vocabulary import State

INTERNAL_ERROR = 4
"""The statusCode of a fault of the server's own (ReturnValues, 8.5.2)."""
_WORKBIN = (AddInteraction, PullInteraction)
"""Requests to a workbin: their address names no medium."""


class Mirror(Beliefs):
    """What ``agent`` is shown and has asked for. ``names`` are other names under which the server knows the agent.

    Whatever goes in gives back the changes that it has made. Raises ValueError for an agent or a name that is none.
    """

    def __init__(self, agent: str, *, names: Iterable[str] = (), definition: Definition = GWS) -> None:
        listed = (agent, *each_of("names", names, str))
        for name in listed:
            if not is_name(name):
                raise ValueError(f"agent and names must be strings of 1 to 512 characters, not {brief(name)}")
        self.names = frozenset(listed)
        super().__init__(agent, self.names, checked(definition))
        self._workbins = Workbins()
        self._count = 0
        self._is_lost = False

    # --- what is known ----------------------------------------------------------------------------------------------

    @property
    def views(self) -> Mapping[str, Shown]:
        """What the server shows the agent, by the ids of interactions: held, or invited to."""
        return dict(self._views)

    def view(self, interaction: str) -> Shown | None:
        """What the server shows of an interaction, as far as it was heard: None if nothing."""
        return self._views.get(interaction) if isinstance(interaction, str) else None

    @property
    def workbins(self) -> Mapping[WorkbinPlace, tuple[Shown, ...] | None]:
        """What is in the workbins to which the agent has subscribed; None where that is not known yet."""
        contents = self._workbins.contents
        return {place: None if items is None else tuple(items.values()) for place, items in contents.items()}

    @property
    def pending(self) -> tuple[Operation, ...]:
        """The operations of which the outcome is not known yet, in the order in which they were asked for."""
        return self._ledger.pending

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be read: false at first, after a lost connection, and in doubt."""
        return not (self._is_lost or self._wanted or self._readings)

    @property
    def wants_reading(self) -> bool:
        """Whether `start_reading` would give something."""
        underway = {reading.workbin for reading, _ in self._readings.values()}
        return not self._is_lost and not self._wanted <= underway

    def expected(self, interaction: str) -> Shown | None:
        """What will be shown if every pending operation is done: the view, ahead of the server."""
        shown, place = self._known(interaction)
        operations = self._ledger.to_come(interaction)
        record = record_of(shown, self.agent, self.definition, place) if shown and operations else None
        if shown is None or record is None:
            return None if place else shown
        for operation in operations:
            decided = decide(record, operation.command, definition=self.definition)
            if not isinstance(decided, Refusal):
                record = replay(decided, start=record)
        seen = view(record, self.agent, definition=self.definition)
        if seen is None:
            return None
        return changed(shown, state=seen.state, capabilities=seen.capabilities, user_data=record.user_data)

    def legal(self, interaction: str) -> Legality:
        """Which operations would be accepted now, which are advertised, and why the others are not.

        It is ahead of the server: pending operations count as done. Of what the agent neither has nor sees in a
        workbin, nothing is legal.
        """
        shown, place = self._known(interaction)
        if self._ledger.to_come(interaction):
            shown, place = self.expected(interaction), None
        return Legality() if shown is None else legality(shown, self.agent, self.definition, place)

    def refusal(self, operation: str, interaction: str, **arguments: Json) -> Refusal | None:
        """Why the server would refuse an operation with these arguments; None if nothing speaks against it.

        It is ahead of the server, as `legal` is. Raises `gws.MessageError` for an argument ``by``: it is the agent's.
        """
        asked = self._command(operation, interaction, arguments)
        shown, place = self._known(interaction)
        if self._ledger.to_come(interaction):
            shown, place = self.expected(interaction), None
        record = None if shown is None else record_of(shown, self.agent, self.definition, place)
        return None if record is None else refusal_of(record, asked, self.definition)

    def _known(self, interaction: str) -> tuple[Shown | None, WorkbinPlace | None]:
        """What is shown of an interaction, and the workbin if it is seen in one."""
        shown = self.view(interaction)
        if shown is not None or not isinstance(interaction, str):
            return shown, None
        place, item = self._workbins.find(interaction) or (None, None)
        return item, place

    # --- operations -------------------------------------------------------------------------------------------------

    def request(self, operation: str, interaction: str | None = None, **arguments: Json) -> Operation:
        """Ask for an operation, by its name: the request to send is in it. Its medium is that of the interaction.

        Nothing is checked but that it can be written: what would be refused is the server's to refuse. Raises
        `gws.MessageError` for what cannot be written.
        """
        shown, _ = self._known(interaction) if interaction is not None else (None, None)
        name = ALIASES.get(operation, operation) if isinstance(operation, str) else ""
        if shown is not None and not issubclass(OPERATIONS.get(name, Command), _WORKBIN):
            arguments = {"media": shown.media, "media_type": shown.media_type, **arguments}
        asked = self._command(operation, interaction, arguments)
        request = gws.request(asked, definition=self.definition)
        by, state = self._foreseen(asked)
        if isinstance(asked, PullInteraction):
            self._given.discard(str(interaction))
        return self._ledger.ask(asked, request, by, state)

    def _command(self, operation: str, interaction: str | None, arguments: dict[str, Json]) -> Command:
        if "by" in arguments:
            raise gws.MessageError(gws.Fault("by", f"is {brief(self.agent)} already"))
        return command(operation, by=self.agent, interaction=interaction, **arguments)

    def reply(self, operation: Operation, body: object, http_status: int = 200) -> tuple[Change, ...]:
        """The reply to an operation: plain JSON, its text, or nothing.

        Raises `gws.MessageError` for a body that is none, and ValueError for what is not an operation.
        """
        expect("operation", operation, Operation)
        settled = tuple(self._ledger.reply(operation.number, gws.parse_reply(body, http_status)))
        if self._ledger.awaits_reading:
            self._wanted.add(None)
        return (*settled, *self._give(settled))

    def _give(self, settled: Iterable[OperationChanged]) -> Iterator[ViewChanged]:
        """A draft that was given away is shown no longer, though messages that nothing numbers show it as before."""
        if self.definition.profile.api_version not in GENERIC_VERSIONS:
            return
        for operation in (change.operation for change in settled):
            id = str(operation.command.interaction)
            if is_transfer(operation) and operation.progress is Progress.DONE:
                shown = self._views.get(id)
                if shown is not None and shown.state is State.COMPOSING:
                    self._wanted.add(None)
                    self._given.add(id)
                    yield ViewChanged(id, self._views.pop(id), None, State.COMPOSING)

    def give_up(self, asked: Operation | Reading) -> tuple[Change, ...]:
        """No answer came to an operation, or to a reading, and none will. Raises ValueError for what is neither."""
        expect("asked", asked, Operation, Reading)
        if isinstance(asked, Reading):
            if self._readings.pop(asked.number, None) is not None:
                self._wanted.add(asked.workbin)
            return ()
        changes = tuple(self._ledger.give_up(asked.number))
        if changes:
            self._wanted.add(None)
        return changes

    def _foreseen(self, asked: Command) -> tuple[By, State | str | None]:
        """What will settle a command, as the lifecycle has it."""
        before, done = self._step(asked)
        if done is None:
            return settled_by(asked, is_answered=False, is_moved=False), None
        is_answered = gws.is_answered(done, self.agent, definition=self.definition)
        was = None if before is None else view(before, self.agent, definition=self.definition)
        seen = view(done.interaction, self.agent, definition=self.definition)
        is_moved = (was and was.state) is not (seen and seen.state)
        is_given = was is not None and was.state is State.COMPOSING and seen is None
        if is_given and asked.operation == "Transfer" and not is_answered:
            is_moved = False  # the message shows it as before
        return settled_by(asked, is_answered=is_answered, is_moved=is_moved), None if seen is None else seen.state

    def _step(self, asked: Command) -> tuple[Interaction | None, Step | None]:
        if isinstance(asked, Create):
            new = changed(asked, new_id="new", interaction=None)
            return None, create(new, definition=self.definition) if asked.media in self.definition.media else None
        shown = None if asked.interaction is None else self.expected(asked.interaction)
        place = None
        if shown is None and asked.interaction is not None:
            shown, place = self._known(asked.interaction)
        record = None if shown is None else record_of(shown, self.agent, self.definition, place)
        if record is None:
            return None, None
        if getattr(asked, "new_id", "") is None:
            asked = changed(asked, new_id="new")
        events = decide(record, asked, definition=self.definition)
        if isinstance(events, Refusal):
            return None, None
        return record, Step(record, replay(events, start=record), events)

    # --- the connection ---------------------------------------------------------------------------------------------

    def lost(self) -> tuple[Change, ...]:
        """The connection is lost. What comes until `listening` is called is of the old session, and ignored."""
        self._is_lost = True
        self._ledger.lose()
        return ()

    def listening(self) -> tuple[Change, ...]:
        """The agent has subscribed: from now on every message comes. What is being read is no longer waited for."""
        self._is_lost = False
        self._ledger.lose()
        self._readings.clear()
        self._wanted |= {None, *self._workbins.contents}
        return ()

    def start_reading(self) -> tuple[Reading, ...]:
        """What is to be asked of the server now, each a GET: send them at once, and give the answers to `read`.

        Nothing while the connection is lost, and nothing twice at a time.
        """
        if self._is_lost:
            return ()
        underway = {reading.workbin for reading, _ in self._readings.values()}
        started = tuple(self._reading(place) for place in self._wanted - underway)
        for reading in started:
            self._wanted.discard(reading.workbin)
            self._readings[reading.number] = reading, []
        return started

    def _reading(self, place: WorkbinPlace | None) -> Reading:
        self._count += 1
        asked = gws.Read(of="interactions", by=self.agent, mine=True, fields=("*",))
        if place is not None:
            asked = gws.Read(
                of="workbin", by=self.agent, mine=place.owner is None, workbin=place.id, agent_group=place.agent_group,
                place_group=place.place_group, owner=place.owner, subresources=("*",),
            )  # fmt: skip
        return Reading(self._count, gws.request(asked, definition=self.definition), place)

    def read(self, reading: Reading, body: object, http_status: int = 200) -> tuple[Change, ...]:
        """The answer to a reading. One that is not waited for any more is ignored.

        After a failure it is to be read again; but not a workbin that the server says the agent may not read. Raises
        `gws.MessageError` for an answer that is none; then, too. Raises ValueError for what is not a reading.
        """
        expect("reading", reading, Reading)
        if reading.number not in self._readings:
            return ()
        _, meanwhile = self._readings.pop(reading.number)
        try:
            answer = gws.parse_reply(body, http_status)
            source = answer.to_json()
            shown = self._interactions_in(source) if reading.workbin is None and answer.ok else {}
        except gws.MessageError:
            self._wanted.add(reading.workbin)
            raise
        if not answer.ok:
            is_refused = answer.is_decided and http_status < 500 and answer.status_code != INTERNAL_ERROR
            if reading.workbin is None or not is_refused:
                self._wanted.add(reading.workbin)
            return ()
        if reading.workbin is None:
            settled = tuple(self._ledger.read())
            for change in settled:
                self._subscribe(change.operation)
            return (*settled, *self._believe_read(shown, meanwhile))
        return tuple(self._believe_content(reading.workbin, content_in(source, self.definition), meanwhile))

    def _interactions_in(self, source: Json) -> dict[str, Shown]:
        items = source.get("interactions") if isinstance(source, dict) else None
        if not isinstance(items, list):
            raise gws.MessageError(gws.Fault("interactions", "must be a list of interactions"))
        messages = [gws.parse_notification(item, definition=self.definition) for item in items]
        return {
            message.interaction_id: shown_by(message, message.state, None)
            for message in messages
            if message.interaction_id is not None and message.state is not None
        }

    def _believe_read(self, shown: dict[str, Shown], meanwhile: list[gws.AnyMessage]) -> Iterator[ViewChanged]:
        """First the answer, then once more the messages that came while it was waited for."""
        before, self._views = self._views, dict(shown)
        last_words = {}
        for message in meanwhile:
            is_away = self._is_away(message, str(message.interaction_id))
            for change in self._show(message, is_away=is_away, is_double=True):
                if change.after is None:
                    last_words[change.interaction] = change.last_word
        touched = {message.interaction_id for message in meanwhile}
        if any(self._views.get(str(id)) != shown.get(str(id)) for id in touched):
            self._wanted.add(None)
        self._suspects &= {str(id) for id in touched}
        for id in dict.fromkeys((*before, *self._views)):
            if before.get(id) != self._views.get(id):
                yield ViewChanged(id, before.get(id), self._views.get(id), last_words.get(id))

    # --- messages ---------------------------------------------------------------------------------------------------

    def take(self, frame: object) -> tuple[Change, ...]:
        """A message, with or without the envelope in which CometD brings it: plain JSON, or its text.

        Raises `gws.MessageError`, and has changed nothing, for what is no message.
        """
        message = gws.parse_notification(frame, definition=self.definition)
        return () if self._is_lost else tuple(self._take(message))

    def _take(self, message: gws.AnyMessage) -> Iterator[Change]:
        match message:
            case Batch():
                for part in message.parts:
                    yield from self._take(part)
            case MessageLog():
                yield from self._take_log(message)
            case WorkbinStateChange():
                yield from self._take_content(message)
            case WorkbinSubscription():
                yield from self._take_subscription(message)
            case _ if message.interaction_id is not None and message.state is not None:
                yield from self._take_view(message, message.interaction_id)
            case _:
                if not self._is_known(message, type(message).__name__):
                    yield from self._ledger.hear(message, is_away=False)
                    yield Heard(message)

    # --- workbins ---------------------------------------------------------------------------------------------------

    def _take_content(self, message: WorkbinStateChange) -> Iterator[Change]:
        about = message.workbin, message.agent_group, message.place_group, message.interaction_id
        repeat = self._repeat(message, about)
        places = self._workbins.places_of(message)
        for reading, meanwhile in self._readings.values():
            if reading.workbin in places:
                meanwhile.append(message)
        if len(places) > 1:
            self._wanted |= {*places}
            return
        (place,) = places
        content = self._workbins.contents.setdefault(place, None)
        is_there = message.interaction_id in (content or ())
        is_double = repeat is Repeat.SAME and is_there is (message.action == "ItemAdded")
        if content is None or (repeat is not Repeat.NEW and not is_double):
            self._wanted.add(place)
        if content is not None:
            yield from self._fill(place, changed_by(message, content))

    def _take_subscription(self, message: WorkbinSubscription) -> Iterator[Change]:
        about = message.workbin, message.agent_group, message.place_group, message.workbin_user_id
        asked = self._requests_for(message)
        is_answer = any(message.subscription in (f"{each.operation}d", "RequestFailed") for each in asked)
        if self._repeat(message, ("subscription", *about)) is not Repeat.NEW and not is_answer:
            return  # no GET can tell whether it is a late one
        place = place_in(message, is_own=any(each.owner is None for each in asked))
        yield from self._ledger.hear(message, is_away=False)
        if message.subscription == "Subscribed":
            self._workbins.contents.setdefault(place, None)
            self._wanted.add(place)
        elif message.subscription == "Unsubscribed" and place in self._workbins.contents:
            yield from self._fill(place, None)
            del self._workbins.contents[place]
            self._wanted.discard(place)

    def _subscribe(self, operation: Operation) -> None:
        """What a subscription has done whose message was lost."""
        asked: Any = operation.command
        for name in workbins_of(asked):
            if self._ledger.is_overtaken(operation, name):
                continue
            place = WorkbinPlace(name, asked.agent_group, asked.place_group, asked.owner)
            if isinstance(asked, Unsubscribe):
                self._workbins.contents.pop(place, None)
                self._wanted.discard(place)
            else:
                self._workbins.contents.setdefault(place, None)
                self._wanted.add(place)

    def _requests_for(self, message: WorkbinSubscription) -> list[Any]:
        """The pending requests that a message about a subscription may answer.

        One that names no owner is about the agent's own, whatever the message calls it.
        """
        return [operation.command for operation in self._ledger.about(str(message.workbin))]

    def _believe_content(
        self, place: WorkbinPlace, read: Content, meanwhile: list[gws.AnyMessage]
    ) -> Iterator[ContentChanged]:
        content = read
        for message in meanwhile:
            if isinstance(message, WorkbinStateChange):
                content = changed_by(message, content)
        if content != read:
            self._wanted.add(place)
        if place in self._workbins.contents:
            yield from self._fill(place, content)

    def _fill(self, place: WorkbinPlace, content: Content | None) -> Iterator[ContentChanged]:
        before = self._workbins.contents.get(place)
        self._workbins.contents[place] = content
        if before != content:
            old, new = (None if each is None else tuple(each.values()) for each in (before, content))
            yield ContentChanged(place, old, new)
