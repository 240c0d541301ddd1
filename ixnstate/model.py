"""The record, what agents see of it, and what a step gives back."""

from collections.abc import Iterable, Mapping
from typing import final

import attrs

from ixnstate.events import Event
from ixnstate.places import WorkbinPlace
from ixnstate.values import EMPTY, FrozenDict, JsonObject, filler, freeze, frozen
from ixnstate.vocabulary import NoticeKind, State, SubscriptionState

__all__ = [
    "ContentNotice", "Interaction", "Notice", "StatsNotice", "Step", "SubscriptionNotice", "View", "WorkbinNotice",
    "WorkbinPlace",
]  # fmt: skip

_STATES: Mapping[str, State] = {state.value: state for state in State}


def _state(value: object) -> object:
    """The state of that name; anything else stays as it is, for ``decide`` to refuse."""
    return _STATES.get(value, value) if isinstance(value, str) else value


def _agents(value: object) -> object:
    if value.__class__ is tuple:
        return value
    if isinstance(value, str):
        return (value,)
    if isinstance(value, range):  # no names are in it, but it may be without an end
        return (value,)
    return tuple(value) if isinstance(value, Iterable) else value


@final
@frozen
class Interaction:
    """The record: one interaction as the contact centre knows it. Frozen, hashable, compared by value.

    It is born by `submit`, `create` or `replay`, or built directly, for example from your own store; then it is
    Queued unless ``state`` says otherwise. A constructor freezes what it is given and trusts the rest; `decide` refuses
    a record that does not fit.
    """

    id: str
    media: str
    """One of chat, email, workitem, openmedia, facebook, facebooksession, twitter, smssession, or a derived one."""
    state: State
    holders: tuple[str, ...]
    """The agents who hold it, in the order in which they came; only a session has several."""
    invited: tuple[str, ...]
    """The agents with an open invitation."""
    queue: str | None
    """The queue in which it is, or to which it goes back."""
    workbin: WorkbinPlace | None
    """The workbin instance in which it is."""
    resume: State | None
    """The state in which it was put away, if that was not the medium's active state: LeftChat, Composing."""
    user_data: FrozenDict = attrs.field(hash=False)
    content: FrozenDict = attrs.field(hash=False)
    """What it carries besides user data: a draft's fields, the agent's comment, attachments."""
    nicknames: FrozenDict = attrs.field(hash=False)
    """The names under which the agents of a session are shown to the customer."""
    consulted: tuple[str, ...]
    """Those of ``holders`` and ``invited`` whom the customer does not see."""
    media_type: str | None
    """The user's name for a type of open media, such as ``promotion``."""
    parent_id: str | None
    revision: int
    """How many events made it, after the one that created it."""
    fits: bool = attrs.field(init=False, eq=False, repr=False)
    """Whether it is known to be sound: what a step made is; what was built directly is looked at by each function."""

    def __init__(
        self,
        id: str,
        media: str,
        state: str = State.QUEUED,
        holders: Iterable[str] = (),
        invited: Iterable[str] = (),
        queue: str | None = None,
        workbin: WorkbinPlace | None = None,
        resume: str | None = None,
        user_data: JsonObject = EMPTY,
        content: JsonObject = EMPTY,
        nicknames: Mapping[str, str] = EMPTY,
        consulted: Iterable[str] = (),
        media_type: str | None = None,
        parent_id: str | None = None,
        revision: int = 0,
    ) -> None:
        _fill(
            self, id, media, state if state.__class__ is State else _state(state), _agents(holders), _agents(invited),
            queue, workbin, _state(resume), freeze(user_data), freeze(content), freeze(nicknames), _agents(consulted),
            media_type, parent_id, revision, False,
        )  # fmt: skip


_fill = filler(Interaction)


@frozen
class View:
    """What one agent sees of an interaction: its state, and the operations that they are shown, in documented order.

    ``capabilities`` is () for a list that is there and empty, None where the page shows no such key.
    """

    state: State
    capabilities: tuple[str, ...] | None = ()


@frozen
class Notice:
    """What a step tells one agent: ``view`` is what they see after it, or the last word to one who let go."""

    agent: str
    view: View
    kind: NoticeKind
    event: Event
    interaction: Interaction | None = attrs.field(default=None, eq=False, repr=False)
    """The record after ``event``: what a message to the agent is about."""
    reference_id: int | None = None
    """The number of the agent's own request that this answers; a contact centre gives it."""


@frozen
class WorkbinNotice:
    """What a subscriber is told: an interaction came into an instance of a workbin (``added``), or left it."""

    agent: str
    workbin: WorkbinPlace
    added: bool
    event: Event
    interaction: Interaction | None = attrs.field(default=None, eq=False, repr=False)
    """The record after ``event``."""


@frozen
class SubscriptionNotice:
    """What an agent is told of their subscription to an instance of a workbin.

    ``owner`` is named where it is another agent's: the supervisor's scope.
    """

    agent: str
    workbin: WorkbinPlace
    state: SubscriptionState
    reference_id: int | None = None


@frozen
class ContentNotice:
    """The content of an instance of a workbin, for the agent who asked for it, in the order of arrival."""

    agent: str
    workbin: WorkbinPlace
    interactions: tuple[Interaction, ...]
    reference_id: int | None = None


@frozen
class StatsNotice:
    """How many interactions workbins have, for the agent who asked.

    ``stats`` is by owner for one workbin (RequestStats, ``workbin`` and ``type`` say which), and by workbin id for all
    of an owner (RequestAgentStats). Its inner objects have the documented keys.
    """

    agent: str
    stats: FrozenDict = attrs.field(converter=freeze, hash=False)
    workbin: WorkbinPlace | None = None
    type: str | None = None
    reference_id: int | None = None


@frozen
class Step:
    """One command, carried out: the record before and after it, the events between, and a new child if there is one.

    ``before`` is None for a creation. ``created`` is the interaction that the step brought into being: the child of a
    Reply, or what Create created.
    """

    before: Interaction | None
    interaction: Interaction
    events: tuple[Event, ...]
    created: Interaction | None = None
    fits: bool = attrs.field(default=False, init=False, eq=False, repr=False)
    """Whether it is known to be sound, as of a record: what `ixnstate.step` made is."""
