"""What an agent's client is shown of an interaction, and the record that would be shown so."""

from collections.abc import Iterator, Mapping
from itertools import chain

import attrs

from ixnstate.definition import Definition
from ixnstate.gws.messages import Message, Resource
from ixnstate.model import Interaction, View, WorkbinPlace
from ixnstate.values import EMPTY, FrozenDict, Json, JsonObject, freeze, frozen
from ixnstate.views import view
from ixnstate.vocabulary import HELD_STATES, State, Who

OTHER = "another agent"
"""The name of a participant whose name is not known."""


@frozen
class Shown:
    """An interaction as the server has shown it to the agent, by messages and by answers to a GET.

    ``capabilities`` are in their documented order, None where the page shows no such key. ``user_data`` is None as long
    as nothing has told them. ``resource`` has every field that was told, under its documented name, the latest of each.
    """

    id: str
    media: str | None
    state: State | str
    """A string for a state that no page knows."""
    capabilities: tuple[str, ...] | None = ()
    user_data: FrozenDict | None = attrs.field(default=None, hash=False)
    resource: FrozenDict = attrs.field(default=EMPTY, hash=False, repr=False)

    @property
    def media_type(self) -> str | None:
        """The user's name for a type of open media."""
        name = self.resource.get("mediaType")
        return name if isinstance(name, str) else None

    @property
    def view(self) -> View:
        """State and capabilities alone."""
        return View(self.state, self.capabilities)  # type: ignore[arg-type]


def shown_by(message: Message, state: State | str, before: Shown | None) -> Shown:
    """What is shown after a message: what it says, and of what it leaves out that which was told before."""
    resource = message.resource or Resource()
    told = freeze({**(before.resource if before else {}), **_resource_in(message.to_json(), resource.id)})
    data = resource.user_data if resource.user_data is not None else before.user_data if before else None
    media = message.media or (before.media if before else None)
    return Shown(str(message.interaction_id), media, state, message.capabilities, data, told)


def _resource_in(source: Json, id: str | None) -> JsonObject:
    """The interaction's own object in a message, with all its fields."""
    data = source.get("data", source)
    inner = next((value for value in data.values() if isinstance(value, dict) and value.get("id") == id), data)
    return {str(name): value for name, value in inner.items()}


def record_of(
    shown: Shown, agent: str, definition: Definition, place: WorkbinPlace | None = None
) -> Interaction | None:
    """A record that the agent would be shown so; None if there is none: an unknown medium or state.

    Of several the first that has the same list, or else the same state. ``place`` is the workbin in which it is.
    """
    candidates = tuple(_candidates(shown, agent, definition, place))
    seen = shown.view
    exact = (each for each in candidates if place or view(each, agent, definition=definition) == seen)
    alike = (each for each in candidates if each.state is seen.state)
    return next(chain(exact, alike, candidates), None)


def _candidates(shown: Shown, agent: str, definition: Definition, place: WorkbinPlace | None) -> Iterator[Interaction]:
    medium = definition.media.get(shown.media or "")
    if medium is None or not isinstance(shown.state, State):
        return
    common: dict[str, Json] = {
        "id": shown.id, "media": medium.name, "user_data": shown.user_data or EMPTY, "media_type": shown.media_type,
        "content": {"attachments": shown.resource["attachments"]} if shown.resource.get("attachments") else EMPTY,
    }  # fmt: skip
    if place is not None:
        yield Interaction(state=State.IN_WORKBIN, workbin=place, **common)
        return
    others = _others(shown.resource.get("participants"), agent)
    for row in medium.shown:
        if not row.holds_under(definition.profile) or shown.state not in (
            row.shown,
            *_resumed(row.shown, medium.active),
        ):
            continue
        resume = shown.state if row.shown is None and shown.state is not medium.active else None
        if row.to is Who.INVITEE:
            holders = others or (OTHER,) if row.state in HELD_STATES else ()
            yield Interaction(state=row.state, holders=holders, invited=(agent,), **common)
        else:
            invited = (OTHER,) if row.state is State.INVITED else ()
            with_others = (agent, *(others or (OTHER,)))
            for holders in (with_others,) if row.several else ((agent, *others), with_others, (agent,)):
                if len(holders) == 1 or row.state is State.CHATTING:
                    yield Interaction(state=row.state, holders=holders, invited=invited, resume=resume, **common)


def _resumed(shown: State | None, active: State) -> tuple[State, ...]:
    """The states that a row without one of its own shows: those in which an interaction may be put away."""
    return (active, *HELD_STATES) if shown is None else ()


def _others(participants: Json, agent: str) -> tuple[str, ...]:
    """The other agents of a session. The ids of participants need not be the names of agents."""
    agents = [each for each in participants or () if isinstance(each, Mapping) and each.get("type") == "Agent"]
    names = dict.fromkeys(str(each.get("participantId") or each.get("id")) for each in agents)
    if agent not in names:
        return tuple(names)[1:]
    return tuple(name for name in names if name != agent)
