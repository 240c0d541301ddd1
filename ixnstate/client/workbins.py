"""The content of the workbins to which an agent has subscribed."""

from collections.abc import Iterable, Mapping
from typing import Any

from ixnstate.client.shown import Shown
from ixnstate.definition import Definition
from ixnstate.gws.messages import WorkbinStateChange, WorkbinSubscription
from ixnstate.gws.pages import MEDIA_PATHS, spelling_of
from ixnstate.model import WorkbinPlace
from ixnstate.values import Json, JsonObject, freeze
from ixnstate.vocabulary import State

Content = dict[str, Shown]
"""By the ids of interactions."""


class Workbins:
    """What is in each; None for one whose content is not known."""

    def __init__(self) -> None:
        self.contents: dict[WorkbinPlace, Content | None] = {}

    def places_of(self, message: WorkbinStateChange) -> tuple[WorkbinPlace, ...]:
        """The instances that a message may be about: it does not say whose an agent's workbin is."""
        said = message.workbin, message.agent_group, message.place_group
        known = tuple(each for each in self.contents if (each.id, each.agent_group, each.place_group) == said)
        return known or (WorkbinPlace(str(message.workbin), message.agent_group, message.place_group),)

    def find(self, interaction: str) -> tuple[WorkbinPlace, Shown] | None:
        """The interaction, if it is in one of them."""
        for place, content in self.contents.items():
            if content and interaction in content:
                return place, content[interaction]
        return None


def place_in(message: WorkbinSubscription, *, is_own: bool) -> WorkbinPlace:
    """The instance that a message about a subscription names."""
    owner = None if is_own else message.workbin_user_id
    return WorkbinPlace(str(message.workbin), message.agent_group, message.place_group, owner)


def changed_by(message: WorkbinStateChange, content: Content) -> Content:
    """The content after a message about it."""
    id = str(message.interaction_id)
    others = {each: shown for each, shown in content.items() if each != id}
    if message.action != "ItemAdded" or message.resource is None:
        return others
    resource = message.resource
    return {
        **others,
        id: Shown(id, message.media, State.IN_WORKBIN, resource.capabilities, resource.user_data, _fields(message)),
    }


def _fields(message: WorkbinStateChange) -> Any:
    data = message.to_json()
    inner = (value for value in data.get("data", data).values() if isinstance(value, dict))
    return freeze(next((value for value in inner if value.get("id") == message.interaction_id), {}))


def content_in(body: JsonObject, definition: Definition) -> Content:
    """The content that the answer to a GET of a workbin shows."""
    paths = {**{spelling_of(each).path: name for name, each in definition.media.items()}, **MEDIA_PATHS}
    workbin = body.get("workbin")
    lists = workbin.items() if isinstance(workbin, Mapping) else ()
    return {
        str(item["id"]): _item(item, paths.get(name))
        for name, items in lists
        if isinstance(items, list)
        for item in _objects(items)
    }


def _objects(items: Iterable[Json]) -> Iterable[JsonObject]:
    return [item for item in items if isinstance(item, Mapping) and isinstance(item.get("id"), str)]


def _item(item: JsonObject, media: str | None) -> Shown:
    names, data = item.get("capabilities"), item.get("userData")
    return Shown(
        str(item["id"]), media, State.IN_WORKBIN,
        tuple(map(str, names)) if isinstance(names, list) else None,
        freeze(data) if isinstance(data, Mapping) else None, freeze(item),
    )  # fmt: skip
