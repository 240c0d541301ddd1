"""What one line says, as far as judging needs: one value for each kind of line.

Many lines say the same, but for who says it, of which interaction, when, and with which number. What they have in
common is their *shape*: one object for all of them, so that what was worked out for one is found for the others by
identity. Lines are read strictly (`gws`); the fast way (`ixnstate.trace.fast`) gives equal facts.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import attrs

from ixnstate.commands import CHECKS, AddInteraction, Command, Create, Custom
from ixnstate.definition import Definition
from ixnstate.gws import (
    Message,
    MessageError,
    Operation,
    Target,
    parse_notification,
    parse_reply,
    read_operation,
    read_path,
)
from ixnstate.gws.messages import WorkbinStateChange, WorkbinSubscription
from ixnstate.model import WorkbinPlace
from ixnstate.recording.lines import Line
from ixnstate.recording.reading import read_raw
from ixnstate.recording.records import WORKBIN_KEYS, Recorded, optional, read_record, required, workbin_of
from ixnstate.trace.caches import with_room
from ixnstate.trace.candidate import ADDED, ROLE_FIELDS
from ixnstate.trace.forms import deciding
from ixnstate.trace.steps import Steps
from ixnstate.values import FrozenDict, JsonObject, brief, changed
from ixnstate.views import documented
from ixnstate.vocabulary import NoticeKind, State

SOME_WORKBIN = "(some workbin)"
"""Stands for the workbin of an Add whose path was not recorded; afterwards nobody knows in which one it is."""

UNNAMED = "(unnamed)"
"""Stands for the id of what a recorded Create or Reply brings into being: the request does not name it."""

ABOUT_NO_INTERACTION = frozenset({
    "Subscribe", "Unsubscribe", "RequestStats", "RequestAgentStats", "StartContactCenterSession",
    "EndContactCenterSession", "Ready", "NotReady", "Follow", "Unfollow",
})  # fmt: skip
"""Documented operations on workbins, agents and accounts: a recording may have them; they are ignored."""

LISTING = ("GetWorkbinContent", "RequestStats", "RequestAgentStats")
"""Operations whose replies list something."""

SIGNALS = ("Offer", "Revoke", "Stop", "Submit")
"""What the platform does: a line may say so in the short form, but no agent can request it."""


class Instance(NamedTuple):
    """A workbin that has items: one of a group, or an agent's or a place's, which messages do not tell apart."""

    workbin: str
    agent_group: str | None
    place_group: str | None

    def __str__(self) -> str:
        return " of ".join(filter(None, self))


def instance(message: Message) -> Instance | None:
    """The workbin that a message about its content or its subscription is about; None for any other message."""
    if isinstance(message, WorkbinStateChange | WorkbinSubscription) and message.workbin is not None:
        return Instance(message.workbin, message.agent_group, message.place_group)
    return None


class SourceLine:
    """The line of some facts, kept as it was written until somebody asks what it says."""

    __slots__ = ("_recorded", "name", "number", "path", "raw", "seq")

    def __init__(
        self,
        seq: int | None,
        path: object,
        recorded: Recorded | None,
        raw: bytes = b"",
        number: int = 0,
        name: str = "",
    ) -> None:
        self.seq = seq
        self.path = path
        self._recorded = recorded
        self.raw = raw
        self.number = number
        self.name = name

    @property
    def recorded(self) -> Recorded:
        """What it says."""
        if self._recorded is not None:
            return self._recorded
        (line,) = read_raw(self.raw, self.number, self.name)
        assert isinstance(line, Line), "a line that was read can be read again"
        recorded = read_record(line)
        assert recorded is not None, "it was about an interaction"
        return recorded


@attrs.define(eq=False)
class NotificationShape:
    """What a notification says, but for whom it came to, of which interaction, and which request it answers."""

    media: str
    shown: str | None
    """The state that it shows, as it is written; None for a message that shows none."""
    state: State | None
    """The same, if notifications of the medium can show it."""
    word: str | None
    """The action, or the state: what the lifecycle has to explain."""
    kind: str | None
    name: str
    is_partial: bool
    """Whether it does not show all capabilities."""
    listed: tuple[str, str] | None
    """The medium and the name of the documented capability list that it shows."""
    is_misprinted: bool
    """Whether its capabilities are not a documented list of the state."""
    is_other_list: bool
    """Whether they are a list of some state of the medium: a wrong state beside them is one fault."""
    is_possible: bool
    """Whether it shows no state, or one that agents are shown."""
    is_change: bool
    """Whether it tells of a change of state, and not of anything else."""


@attrs.define(eq=False)
class Notified:
    """A notification."""

    source: SourceLine
    agent: str | None
    time: Any
    interaction: str
    number: int | None
    """The number of the request that it answers."""
    shape: NotificationShape
    workbin: str | None = None
    """The workbin into which it says that it came."""
    placed: "Placed | None" = None
    """What it tells of the content of a workbin."""


@attrs.define(eq=False)
class Placed:
    """What a message tells an agent of the content of a workbin; without an interaction, that they are subscribed."""

    source: SourceLine
    agent: str | None
    workbin: Instance
    interaction: str | None
    comes: bool = False


@attrs.define(eq=False)
class RequestShape:
    """What a request asks for, but for who asks, of which interaction, and which other agents it names."""

    command: Command
    """In the form that decides what it does, with the names of the fields in place of agents."""
    media: str | None
    operation: str
    fields: tuple[str, ...]
    """The parameters that name agents."""
    is_nameless: bool
    """Whether nobody knows of which workbin it speaks."""
    is_explicit: bool
    only: object = None
    """By what edges it is supposed to take effect: see `Pending.only`."""


@attrs.define(eq=False)
class Asked:
    """A request; without a shape, one that is about no interaction, or cannot be read."""

    source: SourceLine
    agent: str | None
    time: Any
    interaction: str | None = None
    shape: RequestShape | None = None
    agents: tuple[str | None, ...] = ()
    """Whom the fields of the shape name."""
    is_explicit: bool = True
    """Whether a reply is to come."""


@attrs.define(eq=False)
class Said:
    """A line that says in which state an interaction is."""

    source: SourceLine
    agent: str | None
    time: Any
    interaction: str
    media: str | None
    state: str
    place: WorkbinPlace | None


@attrs.define(eq=False)
class Answered:
    """A reply."""

    source: SourceLine
    agent: str | None
    time: Any
    ok: bool
    number: int | None
    answers: int | None
    interaction: str | None = None
    """That of the request, once it is known."""
    is_decided: bool = True
    """Whether it says that the request was done, or that it was refused."""

    @property
    def is_unnamed(self) -> bool:
        """Whether it does not say which request it answers."""
        return self.answers is None and self.source.path is None


class Shapes:
    """The shapes of lines under a definition."""

    def __init__(self, steps: Steps) -> None:
        self.definition: Definition = steps.definition
        self._steps = steps
        self._notifications: dict[object, NotificationShape] = {}
        self._requests: dict[object, RequestShape] = {}
        self._documented: dict[tuple[str, State], dict[str, tuple[str, ...] | None]] = {}
        self._shown: dict[str, list[State]] = {}

    def shown_states(self, media: str) -> list[State]:
        """The states that notifications of a medium can show."""
        known = self._shown.get(media)
        if known is None:
            states = self.definition.media[media].states
            known = [each for each in State if each is State.REVOKED or (each in states and each is not State.QUEUED)]
            self._shown[media] = known
        return known

    def lists_of(self, media: str, state: State) -> dict[str, tuple[str, ...] | None]:
        """The documented capability lists of a state, by name."""
        lists = self._documented.get((media, state))
        if lists is None:
            lists = self._documented[media, state] = documented(media, state, definition=self.definition)
        return lists

    # --- notifications ----------------------------------------------------------------------------------------------

    def notified(self, recorded: Recorded, message: Message) -> Notified | None:
        """What a notification says; None if it is about no interaction of the definition."""
        interaction, media = message.interaction_id, message.media
        if interaction is None or media is None or media not in self.definition.media or not message.resource:
            return None
        is_partial = bool(message.action or recorded.value.get("partial"))
        fallback = str(message.notification_type or message.message_type)
        key = (
            media, message.action, message.state, message.notification_type, message.capabilities, is_partial, fallback,
        )  # fmt: skip
        shape = self._notifications.get(key)
        if shape is None:
            shape = with_room(self._notifications)[key] = self._notification(media, message, fallback, is_partial)
        number = recorded.number(message.reference_id)
        time = recorded.value.get("ts")
        workbin = message.workbin if shape.word == ADDED else None
        source, place = SourceLine(recorded.seq, None, recorded), placed(recorded, message)
        return Notified(source, recorded.agent, time, interaction, number, shape, workbin, place)

    def _notification(self, media: str, message: Message, fallback: str, is_partial: bool) -> NotificationShape:
        shown = State.IN_WORKBIN if message.action == "ItemAdded" else message.state
        state = State(shown) if shown in self.shown_states(media) else None
        capabilities, is_judged = message.capabilities, state is not None and not is_partial
        lists = self.lists_of(media, state) if state is not None else {}
        listed = next((name for name, names in lists.items() if names == capabilities), None) if is_judged else None
        return NotificationShape(
            media, None if shown is None else str(shown), state, message.action or state, message.notification_type,
            str(message.action or shown or fallback), is_partial, (media, listed) if listed else None,
            is_judged and listed is None and bool(capabilities or all(lists.values())),
            any(capabilities in self.lists_of(media, each).values() for each in self.shown_states(media)),
            shown is None or state is not None, message.notification_type == NoticeKind.STATUS_CHANGE,
        )  # fmt: skip

    # --- requests ---------------------------------------------------------------------------------------------------

    def asked(self, recorded: Recorded) -> Asked:
        """What a request asks for. Raises `MessageError`."""
        value = recorded.value
        source, time = SourceLine(recorded.seq, value.get("path"), recorded), value.get("ts")
        target = _target(value)
        if target is None or recorded.method == "GET":
            return Asked(source, recorded.agent, time, is_explicit=recorded.is_explicit)
        if recorded.method not in (None, "POST"):
            raise MessageError(f"method: operations are posted, not {brief(value['method'])}")
        operation = read_operation(value["body"], target, by=recorded.agent, new_id=UNNAMED)
        interaction = required({"interaction": operation.interaction}, "interaction") if operation.interaction else None
        interaction = agreed("interaction", interaction, optional(value, "interaction"))
        try:
            media = agreed("media", operation.media, optional(value, "media"))
            media = self.definition.medium(media).name if media is not None else None
        except ValueError as error:
            raise MessageError(f"media: {error}") from None
        shape, agents = self._request(operation, media, is_explicit=recorded.is_explicit)
        return Asked(source, recorded.agent, time, interaction, shape, agents, recorded.is_explicit)

    def _request(
        self, operation: Operation, media: str | None, *, is_explicit: bool
    ) -> tuple[RequestShape, tuple[str | None, ...]]:
        """The shape of a request, and whom and what the fields name that are roles."""
        command, is_nameless = _complete(operation.command, media)
        fields = tuple(
            field
            for field in ROLE_FIELDS
            if getattr(command, field, None) is not None and not (is_nameless and field == "workbin")
        )
        agents = tuple(getattr(command, field) for field in fields)
        if CHECKS[type(command), frozenset()](command):
            command = changed(deciding(command), **{field: field for field in fields})
        else:
            fields = ("by",) if "by" in fields else ()
            by = "by" if fields else None
            command, agents = Custom(operation=command.operation, by=by, arguments=FrozenDict(invalid=True)), agents[:1]
            agents = agents[: len(fields)]
        key = command, media, fields, is_nameless, is_explicit
        shape = self._requests.get(key)
        if shape is None:
            shape = RequestShape(command, media, command.operation, *key[2:])
            with_room(self._requests)[key] = shape
        return shape, agents

    def operation(self, recorded: Recorded) -> Command:
        """The command of a request, as it was recorded."""
        value = recorded.value
        operation = read_operation(value["body"], _target(value), by=recorded.agent, new_id=UNNAMED)
        return _complete(operation.command, operation.media or optional(value, "media"))[0]

    def fitting(self, operation: str) -> str | None:
        """The only medium that has the operation: PullEmail is for emails."""
        fitting = [medium.name for medium in self.definition.media.values() if operation in medium.operations]
        return fitting[0] if len(fitting) == 1 else None


def _complete(command: Command, media: str | None) -> tuple[Command, bool]:
    """The command with what a line says beside it, or leaves out; and whether it names no workbin where it must.

    A line may say beside a Create of which medium it is. An Add may leave out the workbin: then it is some workbin.
    """
    if isinstance(command, Create) and command.media is None:
        return changed(command, media=media), False
    is_nameless = isinstance(command, AddInteraction) and command.workbin is None
    return changed(command, workbin=SOME_WORKBIN) if is_nameless else command, is_nameless


def placed(recorded: Recorded, message: Message) -> Placed | None:
    """What a message tells of the content of a workbin."""
    workbin, interaction = instance(message), message.interaction_id
    source = SourceLine(recorded.seq, None, recorded)
    if workbin is None:
        return None
    if isinstance(message, WorkbinSubscription):
        return Placed(source, recorded.agent, workbin, None)
    if interaction is None or message.action not in ("ItemAdded", "ItemRemoved"):
        return None
    return Placed(source, recorded.agent, workbin, interaction, message.action == "ItemAdded")


def answered(recorded: Recorded) -> Answered | None:
    """What a reply says; None for that of a read. Raises `MessageError`."""
    value = recorded.value
    status = value.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int):
        raise MessageError(f"status: must be a whole number, not {brief(status)}")
    answer = parse_reply(recorded.body, status)
    if recorded.method == "GET":
        return None
    source = SourceLine(recorded.seq, value.get("path"), recorded)
    number = recorded.number(answer.reference_id)
    return Answered(
        source, recorded.agent, value.get("ts"), answer.ok, number, value.get("answers"), is_decided=answer.is_decided
    )


def shows_content(line: Answered) -> bool:
    """Whether a reply lists something: that is what was read, and no answer to an operation on an interaction."""
    body = line.source.recorded.body
    return isinstance(body, Mapping) and any(
        isinstance(value, list | Mapping) for key, value in body.items() if key != "referenceIds"
    )


def asks_for_content(line: SourceLine) -> bool:
    """Whether the reply to this request lists something."""
    body = line.recorded.body
    return isinstance(body, Mapping) and body.get("operationName") in LISTING


def lost(recorded: Recorded) -> Answered:
    """What is known of a request, a reply or messages that were not recorded."""
    value = recorded.value
    source = SourceLine(recorded.seq, value.get("path"), recorded)
    return Answered(source, recorded.agent, value.get("ts"), False, None, value.get("answers"), is_decided=False)


def said(recorded: Recorded, definition: Definition) -> Said:
    """What a line says of the state of an interaction. Raises `MessageError`."""
    value = recorded.value
    interaction, state = required(value, "interaction"), required(value, "state")
    media = optional(value, "media")
    try:
        media = definition.medium(media).name if media is not None else None
    except ValueError as error:
        raise MessageError(f"{error}") from None
    scope = workbin_of(value)
    place = WorkbinPlace(*(scope.get(field) for field in WORKBIN_KEYS)) if "workbin" in scope else None  # type: ignore[arg-type]
    source = SourceLine(recorded.seq, None, recorded)
    return Said(source, recorded.agent, value.get("ts"), interaction, media, state, place)


def message_of(recorded: Recorded) -> Message:
    """The message of a notification. Raises `MessageError`."""
    return parse_notification(recorded.body)


def _target(value: JsonObject) -> Target | None:
    """What an operation line names, by its path or by keys beside its body; None for a request about no interaction."""
    body, path = value.get("body"), value.get("path")
    operation = body.get("operationName") if isinstance(body, Mapping) else None
    if isinstance(operation, str) and operation in ABOUT_NO_INTERACTION:
        return None
    if path is None:
        return Target(workbin=FrozenDict(workbin_of(value)))
    if not isinstance(path, str):
        raise MessageError(f"path: must be a string, not {brief(path)}")
    return read_path(path)


def agreed(key: str, one: str | None, other: str | None) -> str | None:
    """What the path or the body names, and the line beside it: the same, or only one of them."""
    if one is not None and other is not None and one != other:
        raise MessageError(f"{key}: the line says {brief(other)}, its path or body {brief(one)}")
    return one or other
