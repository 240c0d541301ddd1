"""Notices, written: the CometD messages that tell agents what a step or a contact centre's outcome did.

A message is built when it is asked for. Its keys, their order and whether it carries the request's referenceId are
those of the page (`ixnstate.gws.pages`); its values come from the record and the view in the notice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeAlias

import attrs

from ixnstate.decoding import copied, encode, is_json
from ixnstate.definition import Definition, Derived, checked
from ixnstate.events import EVENTS, MessageSent, unfit
from ixnstate.gws.pages import (
    ENTRIES,
    GENERIC_VERSIONS,
    IN_WORKBIN,
    INTERACTIONS_TOPIC,
    PREFIX,
    SPELLINGS,
    WORKBINS_TOPIC,
    Layout,
    LogEntry,
    Spelling,
    entry_order,
    fields_printed,
    layout_of,
    log_order,
    sender_order,
    spelling_of,
)
from ixnstate.model import (
    ContentNotice,
    Interaction,
    Notice,
    StatsNotice,
    Step,
    SubscriptionNotice,
    View,
    WorkbinNotice,
)
from ixnstate.noticing import notices
from ixnstate.refusals import misfit
from ixnstate.table import GWS
from ixnstate.values import EMPTY, Json, JsonObject, brief, frozen, mistyped, short
from ixnstate.views import view
from ixnstate.vocabulary import Family, NoticeKind, State

AnyNotice: TypeAlias = Notice | WorkbinNotice | SubscriptionNotice | ContentNotice | StatsNotice


class HasNotices(Protocol):
    """What a contact centre gives back."""

    @property
    def notices(self) -> Iterable[AnyNotice]:
        """Who is told what."""


@frozen
class Server:
    """What a message says that is not in the record: where the server is, and what time it is.

    Raises ValueError for what is not an address or a time.
    """

    address: str = "http://localhost:8080"
    """Scheme, host and port of the resources' addresses."""
    now: datetime | None = None
    """The time of the messages in a session's log; without it they have none."""
    began: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """When the contact centre's seconds began: the statistics of workbins have times."""
    version: str = "8.5.200.50"
    """The version of Web Services that it says it is; this is the one of the page (InterpretingaResponse)."""
    names: Mapping[str, tuple[str, str]] = EMPTY
    """The first and the last names of agents, by their ids."""

    def __attrs_post_init__(self) -> None:
        if (name := mistyped(self)) is not None:
            raise ValueError(f"a server's {name} cannot be {brief(getattr(self, name))}")


_DEFAULT = Server()


@attrs.frozen(eq=False, repr=False)
class Notification:
    """One message to one agent: ``topic`` is the CometD channel, `message` the plain JSON, `frame` both together.

    Two are equal if they say the same to the same agent. Nothing is checked before it is built: then a ``build`` that
    is not a function or fails, and a value that is not valid JSON, raise ValueError.
    """

    agent: str
    topic: str
    build: Callable[[], object]
    """Makes the message, with parts that are shared and cannot be changed."""

    @property
    def message(self) -> Json:
        """The message without its envelope, as plain JSON of your own."""
        return copied(self._built())

    def frame(self) -> dict[str, Json]:
        """The message in the envelope in which CometD delivers it."""
        return {"data": self.message, "channel": self.topic}

    def to_bytes(self) -> bytes:
        """The message without its envelope, as JSON text."""
        return encode(self._built())

    def _built(self) -> object:
        if not callable(self.build):
            raise ValueError(f"a notification's build must be a function, not {brief(self.build)}")
        try:
            return self.build()
        except Exception as error:
            raise ValueError(f"the message cannot be built of its notice: {brief(error)}") from error

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notification):
            return NotImplemented
        return (self.agent, self.frame()) == (other.agent, other.frame())

    def __hash__(self) -> int:
        return hash((self.agent, self.topic))

    def __repr__(self) -> str:
        try:
            text = self.to_bytes().decode()
        except ValueError as error:
            text = str(error)
        return f"<Notification to {short(self.agent)} on {short(self.topic)}: {text}>"


def notifications(
    told: Step | HasNotices,
    *,
    reference_id: int | None = None,
    server: Server | None = None,
    definition: Definition = GWS,
) -> tuple[Notification, ...]:
    """What agents are sent about a step, or about the outcome of a contact centre, in the order of its notices.

    ``reference_id`` is the number that the reply gave to the request; the acting agent's messages carry it where the
    page shows that they do. (An outcome knows its own.) ``definition`` is that of the step. Raises ValueError for an
    argument that is none of these, and for notices that do not fit.
    """
    writer = _Writer(_DEFAULT if server is None else server, checked(definition), _numbered(reference_id))
    if not isinstance(writer.server, Server):
        raise ValueError(f"server must be a gws.Server, not {brief(server)}")
    each_notice = notices(told, definition=definition) if isinstance(told, Step) else getattr(told, "notices", None)
    if not isinstance(each_notice, list | tuple):
        raise ValueError(f"told must be a Step or an Outcome, not {brief(told)}")
    try:
        return tuple(written for notice in each_notice for written in writer.write(notice))
    except Exception:
        for notice in each_notice:
            if (name := _unfit(notice, definition)) is not None:
                raise ValueError(f"a notice's {name} cannot be {brief(getattr(notice, name))}") from None
        raise


def _unfit(notice: AnyNotice, definition: Definition) -> str | None:
    """The first field of a notice that does not fit; None for one that is sound, and for what is not a notice."""
    if not isinstance(notice, AnyNotice):
        return None
    if (name := mistyped(notice)) is not None:
        return name
    record = getattr(notice, "interaction", None)
    if record is not None and misfit(record, definition) is not None:
        return "interaction"
    if isinstance(notice, Notice) and mistyped(notice.view) is not None:
        return "view"
    event = getattr(notice, "event", None)
    if event is not None and (not isinstance(event, EVENTS) or unfit(event) is not None):
        return "event"
    return None


def is_number(value: object) -> bool:
    """Whether it is a whole number that JSON can carry."""
    return type(value) is int and is_json(value)


def _numbered(reference_id: Json) -> int | None:
    if reference_id is not None and not is_number(reference_id):
        raise ValueError(f"reference_id must be a whole number, not {brief(reference_id)}")
    number: int | None = reference_id
    return number


def topics(definition: Definition = GWS) -> tuple[str, ...]:
    """The CometD topics on which agents are told of interactions and workbins: what a client must subscribe to."""
    checked(definition)
    own = [spelling_of(medium).topic for medium in definition.media.values()]
    generic = definition.profile.api_version in GENERIC_VERSIONS
    return (*(() if generic else own), WORKBINS_TOPIC, INTERACTIONS_TOPIC)


def is_answered(done: Step, agent: str, *, definition: Definition = GWS) -> bool:
    """Whether the agent who asked for a step is sent a message that carries the number of their request."""
    if checked(definition).profile.api_version in GENERIC_VERSIONS:
        return False
    return any(
        notice.agent == agent == notice.event.by
        and notice.kind is not NoticeKind.MESSAGE
        and notice.interaction is not None
        and _page(definition, notice.interaction, notice).has_reference
        for notice in notices(done, definition=definition)
    )


def twitter_response(agent: str, reference_id: int, error: str | None = None) -> Notification:
    """How a Follow or an Unfollow ended: the message that tells the agent (TwitterUnfollow).

    Raises ValueError for an agent or an error that is not a string, and for a reference id that is not a whole number.
    """
    if not isinstance(agent, str) or not isinstance(error, str | None):
        raise ValueError(f"agent and error must be strings, not {brief(agent)} and {brief(error)}")
    _numbered(reference_id)
    success = {"success": "true"} if error is None else {"success": "false", "errorMessage": error}
    message = {"messageType": "TwitterOperationResponse", "referenceId": reference_id, **success}
    return Notification(agent, SPELLINGS["twitter"].topic, partial(dict, message))


# === who gets which message =========================================================================================


@frozen
class _Writer:
    server: Server
    definition: Definition
    reference_id: int | None

    def write(self, notice: AnyNotice) -> Iterator[Notification]:
        match notice:
            case Notice():
                yield from self._of_interaction(notice)
            case WorkbinNotice():
                yield self._of_workbins(notice, partial(_workbin_change, notice, self.definition))
            case SubscriptionNotice():
                yield self._of_workbins(notice, partial(_subscription, notice, self._reference(notice)))
            case StatsNotice():
                yield self._of_workbins(notice, partial(_stats, notice, self._reference(notice), self.server.began))
            case ContentNotice():
                build = partial(_content, notice, self.definition)
                yield Notification(notice.agent, INTERACTIONS_TOPIC, build)

    def _reference(self, notice: Notice | SubscriptionNotice | StatsNotice) -> int | None:
        return self.reference_id if notice.reference_id is None else notice.reference_id

    def _of_workbins(self, notice: AnyNotice, build: Callable[[], Json]) -> Notification:
        return Notification(notice.agent, WORKBINS_TOPIC, build)

    def _of_interaction(self, notice: Notice) -> Iterator[Notification]:
        record = notice.interaction
        if record is None:
            return
        page = _page(self.definition, record, notice)
        generic = self.definition.profile.api_version in GENERIC_VERSIONS
        topic = INTERACTIONS_TOPIC if generic else page.spelling.topic
        if notice.kind is not NoticeKind.MESSAGE:
            reference = self._reference(notice) if notice.event.by == notice.agent else None
            state = partial(_state, notice, self.server.address, reference, self.definition)
            build = partial(_generic_message, record, notice.view, self.definition) if generic else state
            yield Notification(notice.agent, topic, build)
        if page.entry is not None:
            yield Notification(notice.agent, topic, partial(_log, notice, self.server, self.definition))


# === the message of an interaction ==================================================================================

_Build: TypeAlias = Callable[[Notice, Interaction, str, int | None], dict[str, Json]]


@frozen
class _Page:
    """What a page says of one kind of message, looked up once."""

    spelling: Spelling
    address: str
    """The resource's address without the server and the id."""
    build: _Build
    """The message: of a notice, its record, the server's address, and the reference id."""
    entry: LogEntry | None
    """What it writes into the session's log."""
    has_reference: bool


def _page(definition: Definition, record: Interaction, notice: Notice) -> _Page:
    key = record.media, record.media_type, notice.event.operation, notice.kind, notice.view.state
    return _PAGES.of(definition, key)


def _state(notice: Notice, server: str, reference: int | None, definition: Definition) -> dict[str, object]:
    record = notice.interaction
    assert record is not None
    return _page(definition, record, notice).build(notice, record, server, reference)


_PageKey: TypeAlias = tuple[str, str | None, str, NoticeKind, State]
"""The medium, the type of open media, the operation, the kind of the notice, and the state that it shows."""


def _look_up(definition: Definition, key: _PageKey) -> _Page:
    media, media_type, operation, what, state = key
    medium = definition.medium(media)
    spelling = spelling_of(medium, tweet=definition.profile.twitter == "tweet")
    address = f"{PREFIX}/{spelling.uri.replace('{type}', media_type or 'openmedia').removesuffix('{id}')}"
    goes_on = what is NoticeKind.PARTICIPANTS_UPDATED and state is State.CHATTING
    is_entry = what is NoticeKind.MESSAGE or (goes_on and operation in ENTRIES)
    kind = _kind(spelling, medium.family, what)
    layout = layout_of(spelling, medium.family, operation, kind, state)
    build = _compiled(spelling, layout, kind, operation, address, is_open=medium.family is Family.MAIL)
    entry = ENTRIES[operation] if is_entry else None
    return _Page(spelling, address, build, entry, "referenceId" in layout.head.split())


_PAGES = Derived(_look_up)


def notification_types(media: str, *, definition: Definition = GWS) -> dict[NoticeKind, str]:
    """The notificationType of each kind of notice about a medium. Raises ValueError for an unknown medium."""
    medium = checked(definition).medium(media)
    spelling = spelling_of(medium, tweet=definition.profile.twitter == "tweet")
    return {kind: _kind(spelling, medium.family, kind) for kind in NoticeKind}


def logged(media: str, *, definition: Definition = GWS) -> tuple[str, ...]:
    """The operations of a session that its log has an entry of: agents are sent it. Raises ValueError."""
    medium = checked(definition).medium(media)
    is_session = medium.family is Family.SESSIONS
    return tuple(name for name in medium.operations if name in ENTRIES) if is_session else ()


def _kind(spelling: Spelling, family: Family, kind: NoticeKind) -> str:
    """The notification type; an attachment has one of its own in emails only (EmailMessageType, ChatMessageType)."""
    if kind is NoticeKind.SAVED:
        return spelling.saved
    if kind in (NoticeKind.ATTACHMENT_ADDED, NoticeKind.ATTACHMENT_REMOVED) and spelling.key != "email":
        return NoticeKind.PROPERTIES_UPDATED.value
    return kind.value


def _compiled(spelling: Spelling, layout: Layout, kind: str, operation: str, address: str, *, is_open: bool) -> _Build:
    """The function that fills in a layout, as one flat piece of code: messages are the hot path of a server."""
    fields = [spelling.type_key if name == "*" else name for name in layout.fields.split()]
    scope: dict[str, Any] = {}
    lines = ["def build(notice, record, server, reference):", "    content, resource = record.content, {}"]
    for number, name in enumerate(fields):
        scope[f"work_out{number}"] = _derivation(name, operation)
        lines += [f"    {line}" for line in _filling(name.removesuffix("=[]"), number, address, spelling.type_key)]
    if is_open:
        lines.append("    for name, value in content.items():")
        lines.append("        resource.setdefault(name, value)")
    lines.append("    message = {}")
    for name in layout.head.split():
        said = {"messageType": repr(spelling.message_type), "notificationType": repr(kind), "*": "resource"}
        key = spelling.key if name == "*" else name
        line = f"message[{key!r}] = {said.get(name, 'reference')}"
        lines.append(f"    if reference is not None: {line}" if name == "referenceId" else f"    {line}")
    exec("\n".join([*lines, "    return message"]), scope)
    build: _Build = scope["build"]
    return build


_ALWAYS = {
    "id": "record.id",
    "state": "notice.view.state._value_",
    "userData": "record.user_data",
}
_MAY_BE_EMPTY = ("suggestedQueueUris", "revelantResponseTemplateGroups")


def _filling(name: str, number: int, address: str, type_key: str) -> list[str]:
    """The code that fills in one field, if there is something to fill in."""
    if name in _ALWAYS:
        return [f"resource[{name!r}] = {_ALWAYS[name]}"]
    if name == "uri":
        return [f"resource['uri'] = f'{{server}}{address}{{record.id}}'"]
    if name in _MAY_BE_EMPTY:
        return [f"resource[{name!r}] = content.get({name!r}, ())"]
    value = f"content.get({name!r})"
    if name == "capabilities":
        value = "notice.view.capabilities"
    elif name in _WORKED_OUT or name == type_key:
        value = f"work_out{number}(record)"
    return [f"value = {value}", "if value is not None:", f"    resource[{name!r}] = value"]


def resource(record: Interaction, seen: View, *, server: Server, definition: Definition = GWS) -> dict[str, Json]:
    """An interaction as a GET shows it to an agent who sees ``seen``: all its fields, in the order of its page."""
    event = MessageSent(record.id, "GET", None, None, None)
    notice = Notice("", seen, NoticeKind.STATUS_CHANGE, event, record)
    page = _page(definition, record, notice)
    shown: dict[str, object] = page.build(notice, record, server.address, None)[page.spelling.key]
    return shown


def as_message(record: Interaction, shown: dict[str, object], definition: Definition) -> dict[str, Json]:
    """What a GET of all interactions shows of one: "same message format as CometD notifications"."""
    version = definition.profile.api_version
    if version in GENERIC_VERSIONS:
        return {"interaction": shown} if version == "8.5.1" else shown
    spelling = _spelling(definition, record)
    kind = NoticeKind.STATUS_CHANGE.value
    return {spelling.key: shown, "notificationType": kind, "messageType": spelling.message_type}


def _derivation(name: str, operation: str) -> Callable[[Interaction], object]:
    if name == "participants=[]":
        return lambda record: ()
    if (name, operation) == ("openmediaType", "Create"):  # OpenMediaAPICreate
        return lambda record: "Outbound"
    return _WORKED_OUT.get(name) or (lambda record: record.content.get(name) or _direction(record))


_OUTBOUND = (State.COMPOSING, State.SENT, State.CANCELED)


def _direction(record: Interaction) -> str:
    """Drafts are outbound, wherever they are put away."""
    return "Outbound" if record.state in _OUTBOUND or record.resume is State.COMPOSING else "Inbound"


def _participants(record: Interaction) -> list[object]:
    """The agents, in the order in which they came, and then those whom the record's content names: customers."""
    others = record.content.get("participants")
    return [*(_agent(record, agent) for agent in record.holders), *(others if isinstance(others, tuple) else ())]


def _agent(record: Interaction, agent: str) -> dict[str, str]:
    shown = {"nickname": record.nicknames.get(agent, agent), "type": "Agent", "participantId": agent}
    return {**shown, "visibility": "Agents"} if agent in record.consulted else shown


def _assigned(record: Interaction) -> object:
    return record.content.get("assignedTo") or next(iter(record.holders), None)


_WORKED_OUT: Mapping[str, Callable[[Interaction], object]] = {
    "assignedTo": _assigned,
    "mediaType": lambda record: record.media_type,
    "parentId": lambda record: record.parent_id,
    "participants": _participants,
}


def details(record: Interaction, definition: Definition = GWS) -> dict[str, Json]:
    """What the pages of its medium show of a record besides its state and user data: by the keys of resources."""
    medium = definition.medium(record.media)
    printed = fields_printed(spelling_of(medium), medium.family)
    is_open = medium.family is Family.MAIL
    shown: dict[str, Json] = {name: value for name, value in record.content.items() if is_open or name in printed}
    for name, derive in _WORKED_OUT.items():
        if name in printed and (value := derive(record)) is not None:
            shown[name] = value
    return shown


# === the log of a session ===========================================================================================


def _log(notice: Notice, server: Server, definition: Definition) -> dict[str, object]:
    record = notice.interaction
    assert record is not None
    page = _page(definition, record, notice)
    entry, key = page.entry, page.spelling.key
    assert entry is not None
    event = notice.event
    sender = event.by or ""
    said = getattr(event, "url" if entry.key == "url" else "text", None)
    parts: dict[str, object] = {
        "index": record.revision, "from": _sender(record, sender, entry, server.address), entry.key: said,
        "visibility": entry.visibility, "type": entry.type,
    }  # fmt: skip
    if server.now is not None:
        parts["timestamp"] = date(server.now)
        parts["timestampSeconds"] = int(_zoned(server.now).timestamp() * 1000)
    written = {name: parts[name] for name in entry_order(record.media, entry) if name in parts}
    message = {
        "messages": [written], "notificationType": NoticeKind.MESSAGE.value, "messageType": "MessageLogUpdated",
        f"{key}Uri": f"{server.address}{page.address}{record.id}",
        f"{key}Path": f"{page.address.removeprefix(PREFIX)}{record.id}",
    }  # fmt: skip
    return {name: message[name] for name in log_order(key, entry)}


def _sender(record: Interaction, agent: str, entry: LogEntry, server: str) -> dict[str, object]:
    visibility = "Agents" if agent in record.consulted else "All"
    path = f"/users/{agent}"
    parts = {
        **_agent(record, agent),
        "visibility": visibility,
        "id": agent,
        "path": path,
        "uri": f"{server}{PREFIX}{path}",
    }
    return {name: parts[name] for name in sender_order(record.media, entry)}


def date(moment: datetime) -> str:
    """How most pages write a date: ``2016-04-08 15:05:57.000+0300``. A moment without a zone is taken for UTC."""
    moment = _zoned(moment)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}{moment:%z}"


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# === messages of workbins ===========================================================================================


def _workbin_change(notice: WorkbinNotice, definition: Definition) -> dict[str, object]:
    """In alphabetical order, as the samples are (WorkbinAddInteractionToGW, PullInteraction from a Group Workbin)."""
    place, record = notice.workbin, notice.interaction
    parts: dict[str, object] = {
        "action": "ItemAdded" if notice.added else "ItemRemoved", "agentGroup": place.agent_group, "id": place.id,
        "messageType": "WorkbinStateChangeMessage", "placeGroup": place.place_group,
    }  # fmt: skip
    if record is not None:
        spelling = in_workbin_spelled(definition, record.media)
        parts[f"{spelling.key}{IN_WORKBIN}"] = in_workbin(record, spelling)
    return {name: parts[name] for name in sorted(parts) if parts[name] is not None}


def in_workbin_spelled(definition: Definition, media: str) -> Spelling:
    """How a workbin spells a medium: the later way (WorkbinGetGWContent and WorkbinAddInteractionToGW name tweets)."""
    return spelling_of(definition.medium(media), tweet=True)


def _spelling(definition: Definition, record: Interaction) -> Spelling:
    return spelling_of(definition.medium(record.media), tweet=definition.profile.twitter == "tweet")


_WITH_PARTICIPANTS = ("chat", "facebooksession", "smssession")


def in_workbin(record: Interaction, spelling: Spelling) -> dict[str, Json]:
    """An interaction as messages and lists of a workbin show it: without state and address, nobody takes part."""
    shown: dict[str, Json] = {
        "capabilities": (), spelling.type_key: _direction(record), "id": record.id, "mediaType": record.media_type,
        "participants": () if spelling.key in _WITH_PARTICIPANTS else None,
        "receivedDate": record.content.get("receivedDate"), "userData": record.user_data,
    }  # fmt: skip
    return {name: value for name, value in sorted(shown.items()) if value is not None}


def _subscription(notice: SubscriptionNotice, reference: int | None) -> dict[str, Json]:
    """A group's carries the reference id, an agent's does not (WorkbinSubscribeNotifications, ...ToGWNotif)."""
    place, said = notice.workbin, {"stateResource": notice.state.value, "id": notice.workbin.id}
    kind = {"messageType": "WorkbinSubscriptionStateChangeMessage"}
    group = {"agentGroup": place.agent_group, "placeGroup": place.place_group}
    named = {name: value for name, value in group.items() if value is not None}
    if named:
        parts = {**named, **said, **kind} | ({} if reference is None else {"referenceId": reference})
        return dict(sorted(parts.items()))
    owner = {} if place.owner in (None, notice.agent) else {"workbinUserId": place.owner}
    return {**owner, **said, **kind}


def _stats(notice: StatsNotice, reference: int | None, began: datetime) -> dict[str, Json]:
    stats = {name: _timed(each, began) for name, each in notice.stats.items()}
    one = {} if notice.workbin is None else {"id": notice.workbin.id, "workbinType": notice.type}
    parts = {"workbinStats": stats, **one, "messageType": "WorkbinStatsMessage"}
    return parts if reference is None else {**parts, "referenceId": reference}


_TIMES = ("MaxMovedToQueueAt", "MinMovedToQueueAt")


def _timed(stats: JsonObject, began: datetime) -> dict[str, object]:
    """Seconds as the date that the page shows: ``2017-09-12T18:05:40Z`` (WorkbinRequestStats, 2017-11-30)."""
    is_time = {name: name in _TIMES and isinstance(value, int | float) for name, value in stats.items()}
    return {name: _instant(began, value) if is_time[name] else value for name, value in stats.items()}


def _instant(began: datetime, seconds: float) -> str:
    try:
        return f"{(_zoned(began) + timedelta(seconds=seconds)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:  # after the year 9999
        return f"{seconds:.0f} s"


# === the pages of 8.5.0 and 8.5.1 ===================================================================================


def _content(notice: ContentNotice, definition: Definition) -> list[object]:
    shown = ((record, view(record, notice.agent, definition=definition)) for record in notice.interactions)
    return [_generic_message(record, seen or View(State.IN_WORKBIN, ()), definition) for record, seen in shown]


def generic(record: Interaction, seen: View, definition: Definition) -> dict[str, Json]:
    """An interaction as the pages about all media show it (InteractionsOnEmailNotifications, 8.5.0)."""
    key = _spelling(definition, record).key
    inner = {"subject": record.content.get("subject"), "interactionId": record.id}
    message: dict[str, object] = {
        "messageTypeName": "InteractionStateMessage", "id": record.id, "channel": key,
        f"{key}_object": {name: value for name, value in inner.items() if value is not None},
    }  # fmt: skip
    if seen.state is not State.REVOKED:
        message |= {
            "interactionType": key.capitalize(), "interactionSubType": f"{_direction(record)}New",
            "userData": record.user_data, "currentQueue": record.queue,
        }  # fmt: skip
    message |= {"state": seen.state.value, "capabilities": seen.capabilities}
    return {name: value for name, value in message.items() if value is not None}


def _generic_message(record: Interaction, seen: View, definition: Definition) -> dict[str, object]:
    """8.5.1 puts an object around it (InteractionsNotifications, 8.5.1)."""
    message = generic(record, seen, definition)
    return {"interaction": message} if definition.profile.api_version == "8.5.1" else message
