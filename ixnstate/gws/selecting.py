"""What the query of a GET chooses: the items whose properties match, and the fields of each."""

from ixnstate.values import Json, JsonObject
from ixnstate.vocabulary import State


def matches(item: JsonObject, filters: JsonObject) -> bool:
    """Whether all the properties that are named have these values, which may be several (RequestTypes, 8.5.2)."""
    return all(name in item and _fits(_text(item[name]), value) for name, value in filters.items())


def _fits(text: str, value: Json) -> bool:
    return all(text == each for each in value) if isinstance(value, tuple) else text == value


def _text(value: Json) -> str:
    return value.value if isinstance(value, State) else str(value)


def selected(item: dict[str, Json], fields: tuple[str, ...] | None) -> dict[str, Json]:
    """The item with the fields that are asked for; with all, if none are named."""
    if fields is None or "*" in fields:
        return item
    return {name: item[name] for name in item if name in fields}
