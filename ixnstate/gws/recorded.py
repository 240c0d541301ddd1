"""Operations as recordings have them: right or wrong, they become the command that they ask for."""

from collections.abc import Mapping

from ixnstate.commands import ALIASES, OPERATIONS, AddInteraction, Command, Custom, PullInteraction, parameters_of
from ixnstate.gws.addresses import Target
from ixnstate.gws.faults import MessageError
from ixnstate.gws.pages import NOTICES, SPELLED, argument, last_segment
from ixnstate.values import Json, JsonObject, brief, frozen


@frozen
class Operation:
    """A recorded operation: the command, the interaction that it acts on, and its medium where the request tells."""

    media: str | None
    interaction: str | None
    command: Command


def read_operation(
    body: object, target: Target | None = None, *, by: str | None = None, new_id: str = "new"
) -> Operation:
    """A POST request's body, with what its address names (see `read_path`), as the command of agent ``by``.

    An operation that does not exist, or a parameter that it does not take, becomes a command that ``decide`` refuses.
    ``new_id`` is the id of what a Create or a Reply brings into being, which no request names. Raises `MessageError`
    for a body or a path that is not a documented shape, ValueError for a ``target`` that is none.
    """
    if not isinstance(target, Target | None):
        raise ValueError(f"target must be a gws.Target, not {brief(target)}")
    if not isinstance(body, Mapping):
        raise MessageError(f"body: must be an object with an operationName, not {brief(body)}")
    name = body.get("operationName")
    if not isinstance(name, str):
        raise MessageError(f"body.operationName: must be the name of an operation, not {brief(name)}")
    target = target or Target()
    name = ALIASES.get(name, name)
    known = OPERATIONS.get(name, Command)
    interaction = target.interaction
    if target.workbin or issubclass(known, AddInteraction | PullInteraction):
        interaction = _text(body, "id") or last_segment(_text(body, "uri")) or interaction
        body = {key: value for key, value in body.items() if key not in ("id", "uri")}
    takes = {parameter.name for parameter in parameters_of(known)}
    fields = {**target.workbin, "by": by, "agent": by, "new_id": new_id, "media": target.media}
    fields = {field: value for field, value in fields.items() if field in takes and value is not None}
    surplus = _fill(fields, takes, name, {key: value for key, value in body.items() if key != "operationName"})
    if known is Command or surplus:
        return Operation(target.media, interaction, Custom(operation=name, by=by, arguments=surplus))
    return Operation(target.media, interaction, known(**fields))


def _fill(fields: dict[str, Json], takes: set[str], operation: str, body: JsonObject) -> dict[str, Json]:
    """Fill in what the body says; give back what the operation does not take, or what is said in two spellings."""
    surplus: dict[str, Json] = {}
    said: set[str] = set()
    for key, value in body.items():
        field, fit = argument(operation, key, value)
        if field == "content" and isinstance(fit, Mapping) and isinstance(fields.get(field), Mapping):
            fields[field] = {**fields[field], **fit}
        elif field not in takes or field in said:
            surplus[key] = value
        else:
            fields[field] = fit
        said.add(field)
    return surplus


def _text(body: JsonObject, key: str) -> str | None:
    value = body.get(key)
    if value is None or isinstance(value, str):
        return value
    raise MessageError(f"body.{key}: must be a string, not {brief(value)}")


def spelled(operation: str) -> Mapping[str, str]:
    """The wire name of each field of a command; where pages have several, the one that most of them use."""
    return {**SPELLED, "text": "noticeText"} if isinstance(operation, str) and operation in NOTICES else SPELLED
