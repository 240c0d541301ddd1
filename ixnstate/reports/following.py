"""What a recording shows, line by line: which edge an operation took, which list a notification has.

`Follower` judges nothing; the judge does. It follows one record an interaction, and says what can be said for certain:
where an unrecorded step led somewhere by any of several edges, none of them counts as seen.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from ixnstate.commands import AddInteraction, Create
from ixnstate.definition import Definition, Edge, known_state
from ixnstate.graph import illegal_cells, standing
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
from ixnstate.lines import Line, Place, Unreadable
from ixnstate.model import Interaction
from ixnstate.noticing import notices
from ixnstate.refusals import RefusedError
from ixnstate.stepping import applicable, create, step
from ixnstate.table import GWS
from ixnstate.trace.records import Kind, Recorded, optional, read_record
from ixnstate.values import FrozenDict, changed, frozen
from ixnstate.views import documented, view
from ixnstate.vocabulary import HELD_STATES, RefusalCode, State, Who

_SOMEBODY = "(somebody)"
_SOME_WORKBIN = "(some workbin)"

Cell = tuple[State, str]
"""A state, and an operation that is not legal in it."""


@frozen
class Seen:
    """What one line shows of one interaction.

    ``name`` is the operation or the state; ``state`` where the interaction stands afterwards. ``edge`` is the edge that
    was taken, where that is certain (a reply has that of its request); ``unclear`` that it got there by steps that
    nobody recorded; ``cell`` what was asked for though it is illegal; ``refused`` that the reply says no; ``listed``
    the documented list of capabilities.
    """

    place: Place
    interaction: str
    media: str
    agent: str | None
    kind: Literal["request", "reply", "notification", "state"]
    name: str
    state: State
    edge: Edge | None = None
    unclear: bool = False
    cell: Cell | None = None
    refused: bool = False
    listed: str | None = None


class Follower:
    """Takes line after line, and says what each shows; None for a line that shows nothing of any interaction."""

    def __init__(self, definition: Definition = GWS) -> None:
        self._definition = definition
        self._records: dict[str, Interaction] = {}
        self._told: dict[str, frozenset[State]] = {}
        self._asked: dict[str | None, deque[_Asked]] = {}
        self._illegal = {media: frozenset(illegal_cells(media, definition=definition)) for media in definition.media}

    def take(self, line: Line | Unreadable) -> Seen | None:
        """What the line shows."""
        if isinstance(line, Unreadable):
            return None
        try:
            return self._take(read_record(line))
        except (MessageError, ValueError):
            return None

    def _take(self, recorded: Recorded | None) -> Seen | None:
        if recorded is None:
            return None
        match recorded.kind:
            case Kind.NOTIFICATION:
                return self._notification(recorded, parse_notification(recorded.body))
            case Kind.REQUEST:
                return self._request(recorded)
            case Kind.RESPONSE:
                return self._reply(recorded)
            case _:
                return self._state(recorded)

    # --- where an interaction stands --------------------------------------------------------------------------------

    def _state(self, recorded: Recorded) -> Seen | None:
        value, agent = recorded.value, recorded.agent
        interaction = optional(value, "interaction")
        media = self._media(optional(value, "media"), interaction)
        if interaction is None or media is None:
            return None
        state = known_state(value.get("state"))  # type: ignore[arg-type]
        record = self._stand(interaction, media, state, agent)
        return Seen(recorded.line.place, interaction, media, agent, "state", state.value, record.state, unclear=True)

    def _stand(self, interaction: str, media: str, state: State, agent: str | None) -> Interaction:
        record = standing(interaction, media, state, agent or _SOMEBODY)
        self._records[interaction] = record
        self._told[interaction] = frozenset({state})
        return record

    def _media(self, media: str | None, interaction: str | None) -> str | None:
        if media is not None:
            return self._definition.medium(media).name
        record = self._records.get(interaction or "")
        return record.media if record else None

    # --- requests and replies ---------------------------------------------------------------------------------------

    def _request(self, recorded: Recorded) -> Seen | None:
        waiting = self._asked.setdefault(recorded.agent, deque(maxlen=_MAX_WAITING))
        asked = _Asked(recorded.seq, recorded.value.get("path"))
        if recorded.is_explicit:
            waiting.append(asked)
        asked.seen = self._operation(recorded, asked)
        return asked.seen

    def _operation(self, recorded: Recorded, asked: "_Asked") -> Seen | None:
        value, agent, place = recorded.value, recorded.agent, recorded.line.place
        path = value.get("path")
        target = Target(workbin=FrozenDict(_workbin(value))) if path is None else read_path(path)
        if target is None:
            return None
        operation = read_operation(recorded.body, target, by=agent, new_id="(unnamed)")
        interaction = operation.interaction or optional(value, "interaction")
        media = self._media(optional(value, "media") or operation.media, interaction) or self._only_medium(operation)
        if interaction is None or media is None:
            return None
        if isinstance(operation.command, Create):
            return self._creation(place, operation.command, interaction, media)
        record = self._records.get(interaction) or Interaction(id=interaction, media=media)
        if record.media != media:
            return None
        asked.before = record
        return self._carry_out(place, record, operation, agent)

    def _only_medium(self, operation: Operation) -> str | None:
        name = operation.command.operation
        fitting = [medium.name for medium in self._definition.media.values() if name in medium.operations]
        return fitting[0] if len(fitting) == 1 else None

    def _creation(self, place: Place, command: Create, interaction: str, media: str) -> Seen | None:
        try:
            done = create(
                changed(command, media=command.media or media, new_id=interaction), definition=self._definition
            )
        except RefusedError:
            return None
        self._records[interaction] = record = done.interaction
        self._told[interaction] = frozenset({record.state})
        return Seen(place, interaction, media, command.by, "request", "Create", record.state)

    def _carry_out(self, place: Place, record: Interaction, operation: Operation, agent: str | None) -> Seen:
        command, name = operation.command, operation.command.operation
        unnamed = isinstance(command, AddInteraction) and command.workbin is None
        if unnamed:
            command = changed(command, workbin=_SOME_WORKBIN)
        try:
            edge, done = self._step(record, command, agent)
        except RefusedError:
            cell = (record.state, name) if (record.state, name) in self._illegal[record.media] else None
            return Seen(place, record.id, record.media, agent, "request", name, record.state, cell=cell)
        told = notices(done, definition=self._definition)
        after = changed(done.interaction, workbin=None) if unnamed else done.interaction
        self._records[record.id] = after
        self._told[record.id] = frozenset(notice.view.state for notice in told)
        return Seen(place, record.id, record.media, agent, "request", name, after.state, edge)

    def _step(self, record: Interaction, command: Any, agent: str | None) -> Any:
        """The edge that the command takes and the step; whoever acts as the holder would is taken for `_SOMEBODY`."""
        try:
            done = step(record, command, definition=self._definition)
        except RefusedError as error:
            named = _recognised(record, agent)
            if error.refusal.code is RefusalCode.NOT_HOLDER and named != record:
                return self._step(named, command, agent)
            raise
        return applicable(record, command, definition=self._definition), done

    def _reply(self, recorded: Recorded) -> Seen | None:
        """What a reply says of its request; one that refuses it takes back what was thought to have happened."""
        asked = self._answered(recorded)
        seen = asked.seen if asked else None
        if asked is None or seen is None:
            return None
        refused = not parse_reply(recorded.body, recorded.value.get("status", 200)).ok
        state = seen.state
        if refused and seen.edge and asked.before:
            self._records[seen.interaction] = asked.before
            state = asked.before.state
        name = f"{seen.name}: {'refused' if refused else 'done'}"
        return changed(
            seen, place=recorded.line.place, agent=recorded.agent, kind="reply", name=name, state=state, refused=refused
        )

    def _answered(self, reply: Recorded) -> "_Asked | None":
        """The request that a reply answers: the one it names, or the first of that path that waits."""
        waiting = self._asked.get(reply.agent, deque())
        number, path = reply.value.get("answers"), reply.value.get("path")
        for asked in waiting:
            if (asked.seq == number) if number is not None else (path in (None, asked.path)):
                waiting.remove(asked)
                return asked
        return None

    # --- notifications ----------------------------------------------------------------------------------------------

    def _notification(self, recorded: Recorded, message: Message) -> Seen | None:
        agent, place = recorded.agent, recorded.line.place
        interaction, media = message.interaction_id, message.media
        if interaction is None or media is None or media not in self._definition.media:
            return None
        shown = State.IN_WORKBIN if message.action == "ItemAdded" else message.state
        removed = message.action == "ItemRemoved"
        name = message.action or shown or message.notification_type or message.message_type
        before = record = self._records.get(interaction)
        edge = None
        if record is None or record.media != media:
            state = known_state(shown) if shown else self._definition.media[media].active
            record = self._stand(interaction, media, state, agent)
        elif removed and record.state is State.IN_WORKBIN:
            state = record.resume or self._definition.media[media].active
            record = self._stand(interaction, media, state, agent)
        elif shown and not removed and shown not in self._shown(record):
            edge, record = self._unrecorded(record, known_state(shown), agent)
        listed = self._listed(message, media) if shown and message.action is None else None
        unclear = edge is None and record is not before
        return Seen(
            place, interaction, media, agent, "notification", str(name), record.state, edge, unclear, listed=listed
        )  # fmt: skip

    def _shown(self, record: Interaction) -> set[str]:
        """The states that somebody can be shown now, without another step."""
        views = (view(record, agent, definition=self._definition) for agent in (*record.holders, *record.invited))
        return {seen.state for seen in views if seen} | set(self._told[record.id])

    def _unrecorded(self, record: Interaction, shown: State, agent: str | None) -> tuple[Edge | None, Interaction]:
        """The one edge that leads to what is shown, None if there are several, and how the interaction stands then."""
        edges = [
            edge
            for edge in self._definition.edges(record.media)
            if edge.source is record.state
            and (shown in self._definition.targets(record.media, edge) if shown in _LIVE else edge.told is shown)
        ]
        by_platform = [edge for edge in edges if edge.who is Who.PLATFORM]
        edges = by_platform or edges
        leads = edges[0].target or shown if len({edge.target for edge in edges}) == 1 else shown
        after = self._stand(record.id, record.media, leads, agent)
        self._told[record.id] |= {shown}
        return (edges[0] if len(edges) == 1 else None), after

    def _listed(self, message: Message, media: str) -> str | None:
        assert message.state is not None
        lists = documented(media, message.state, definition=self._definition)
        return next((name for name, names in lists.items() if names == message.capabilities), None)


_MAX_WAITING = 1_000
"""How many requests of an agent wait for their replies."""


@attrs.define(eq=False)
class _Asked:
    """A request that waits for its reply; ``before`` is how the interaction stood."""

    seq: int | None
    path: Any
    seen: Seen | None = None
    before: Interaction | None = None


_LIVE = frozenset({*HELD_STATES, State.INVITED})
"""States that a notification shows to who has the interaction; the others are last words to who has let go."""

_WORKBIN_KEYS = {"workbin": "workbin", "agent_group": "agentGroup", "place_group": "placeGroup", "owner": "owner"}


def _workbin(value: Mapping[str, Any]) -> dict[str, str]:
    named = {field: optional(value, key) for field, key in _WORKBIN_KEYS.items()}
    return {field: name for field, name in named.items() if name is not None}


def _recognised(record: Interaction, agent: str | None) -> Interaction:
    """The record with ``agent`` in the place of `_SOMEBODY`."""
    if agent is None:
        return record
    named = {_SOMEBODY: agent}
    return changed(
        record,
        holders=tuple(named.get(each, each) for each in record.holders),
        invited=tuple(named.get(each, each) for each in record.invited),
    )
