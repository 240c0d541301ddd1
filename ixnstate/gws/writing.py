"""Commands, written: the request with which a client asks for one."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode

from ixnstate.commands import (
    ABOUT,
    FITS,
    AddInteraction,
    Command,
    Create,
    Custom,
    Follow,
    GetWorkbinContent,
    Kind,
    PlaceInWorkbin,
    PullInteraction,
    RequestAgentStats,
    RequestStats,
    Subscribe,
    parameters_of,
)
from ixnstate.decoding import is_json
from ixnstate.definition import Definition, checked
from ixnstate.gws.addresses import interaction_address, workbin_address
from ixnstate.gws.faults import Fault, MessageError, expected
from ixnstate.gws.pages import ADDRESSES, PREFIX, REPLIES, parameter, spelling_of
from ixnstate.gws.requests import (
    SIGNALS,
    Malformed,
    Parsed,
    Read,
    Request,
    RequestError,
    Upload,
    parse_request,
    unfit,
)
from ixnstate.table import GWS
from ixnstate.values import FrozenDict, Json, brief, fields_of
from ixnstate.vocabulary import RefusalCode


def request(said: Parsed, *, definition: Definition = GWS, strict: bool = True) -> Request:
    """The request that means ``said``: `parse_request` gives it back.

    If not ``strict``, it need not be in order: an argument that is missing is left out of the body (and so is
    ``operationName`` where the operation is None), one of another type stands there as it is. So a server is asked for
    what it must refuse.

    A command for one interaction must name it (``interaction=``), and goes to the address that all media share unless
    it names its medium, too. Raises `MessageError` for a command that no request can say: a signal of the platform, or
    one that carries more than its page has room for; `RequestError`, with the path of each, for arguments of another
    type than theirs. If not ``strict``, these are only the ones that no address and no JSON can have.
    """
    checked(definition)
    if not isinstance(strict, bool):
        raise ValueError(f"strict must be True or False, not {brief(strict)}")
    if faults := list(_unwritable(said, strict=strict)):
        command = said if isinstance(said, Command) else Custom(operation="GET" if isinstance(said, Read) else "POST")
        code, path = RefusalCode.INVALID_PARAMETER, faults[0].path
        raise RequestError(Malformed(code, None, command, path, definition, tuple(faults)))
    try:
        written = _written(said, definition)
    except UnicodeEncodeError as error:
        raise MessageError(f"no address can have {brief(error.object)} in it") from None
    if strict and (understood := parse_request(written, definition=definition)) != said:
        raise MessageError(*_left_out(said, understood))
    return written


def _left_out(said: Parsed, understood: Parsed) -> Iterator[Fault]:
    """Why a request does not say all of a command: the arguments that are not read back as they were given."""
    name = getattr(said, "operation", None) or type(said).__name__
    if type(understood) is not type(said):
        yield Fault("", f"{name} cannot be written: its request would be read as {type(understood).__name__}")
        return
    for field in fields_of(type(said)):
        value, read = getattr(said, field.name), getattr(understood, field.name)
        if value != read:
            why = "has no place for it" if read is None else f"would be read as {brief(read)}"
            yield Fault(field.name, f"{brief(value)} cannot be written: a request of {name} {why}")


def _unwritable(said: Parsed, *, strict: bool) -> Iterator[Fault]:
    """The arguments of another type: all of a strict request's, otherwise those that cannot be written at all."""
    if isinstance(said, Read | Upload):
        yield from _unfit_read(said)
        return
    if not isinstance(said, Command) or isinstance(said, SIGNALS):
        return  # there is no request for it, whatever its arguments are
    kinds = dict.fromkeys(ABOUT, Kind.NAME) | {each.name: each.kind for each in parameters_of(type(said))}
    for name, kind in kinds.items():
        value = getattr(said, name)
        if value is None:
            continue
        if name in _IN_ADDRESS or name == "interaction" or (name == "workbin" and _is_of_workbin(said)) or strict:
            yield from unfit(name, Kind.NAMES if name == "workbins" else kind, value)
        elif not is_json(value):
            yield expected(name, kind.value, value)
    if isinstance(said, Custom) and not (FITS[Kind.DATA](said.arguments) if strict else is_json(said.arguments)):
        yield expected("arguments", Kind.DATA.value, said.arguments)


def _unfit_read(said: Read | Upload) -> Iterator[Fault]:
    for field in fields_of(type(said)):
        value = getattr(said, field.name)
        if field.name in ("workbins", "fields", "subresources") and value is not None:
            yield from unfit(field.name, Kind.NAMES, value)
        elif field.name in ("start_index", "count") and value is not None:
            yield from unfit(field.name, Kind.SIZE, value)
        elif field.name == "mine":
            yield from unfit(field.name, Kind.FLAG, value)
        elif field.name == "filters":
            if not isinstance(value, FrozenDict) or not all(map(_is_wanted, value.values())):
                yield expected(field.name, "an object of strings, or of tuples of them", value)
        elif value is not None or field.name == "of":
            yield from unfit(field.name, Kind.NAME, value)


def _is_wanted(value: object) -> bool:
    """Whether a property can be asked to have this value, or these values all at once."""
    return isinstance(value, str) or (isinstance(value, tuple) and all(isinstance(one, str) for one in value))


def _written(said: Parsed, definition: Definition) -> Request:
    if isinstance(said, Read):
        return Request("GET", _read_address(said, definition), None, said.by)
    if isinstance(said, Upload):
        path = interaction_address(said.media, said.media_type, said.interaction, definition)
        return Request("POST", f"{path}/attachments", None, said.by)
    return _post(said, definition)


def _post(command: Command, definition: Definition) -> Request:
    if not isinstance(command, Command) or isinstance(command, SIGNALS):
        raise MessageError(f"{brief(command)} is not an agent's operation, so there is no request for it")
    by, new_id = getattr(command, "by", None), getattr(command, "new_id", None)
    named = {} if command.operation is None else {"operationName": command.operation}
    body = {**named, **dict(_arguments(command))}
    if isinstance(command, AddInteraction | PullInteraction | Subscribe | RequestStats | RequestAgentStats):
        path = workbin_address(command, workbins=getattr(command, "workbins", None))
        if isinstance(command, AddInteraction | PullInteraction):
            key = "id" if isinstance(command, PullInteraction) or "?" in path else "uri"
            address = quote(str(command.interaction), safe="")
            body[key] = command.interaction if key == "id" else f"{PREFIX}/interactions/{address}"
    elif isinstance(command, Create | Follow):
        path = interaction_address(command.media, command.media_type, None, definition)
    elif command.interaction is None:
        raise MessageError(Fault("interaction", f"is missing: which one to {command.operation}"))
    else:
        path = interaction_address(command.media, command.media_type, command.interaction, definition)
    return Request("POST", path, body, by, new_id)


def _arguments(command: Command) -> Iterator[tuple[str, Json]]:
    """The body's parameters: each argument under the name that the operation's page has for it."""
    if isinstance(command, Custom):
        yield from command.arguments.items()
        return
    for each in parameters_of(type(command)):
        value = getattr(command, each.name)
        if value is None or each.name in _IN_ADDRESS or (each.name == "workbin" and _is_of_workbin(command)):
            continue
        name = parameter(each.name, command.media, command.operation)
        if not _is_written(value, each.kind):
            yield name, value
        elif each.name == "content" and command.operation in REPLIES:
            yield from value.items()
        elif each.name == "keys" and command.media is None:
            yield "userData", dict.fromkeys(value, "")  # Interactions API Operations
        elif each.name in ("target_agent", "target_queue", "queue_name") and name in ADDRESSES:
            kind = "users" if each.name == "target_agent" else "queues"
            yield name, f"/{kind}/{quote(value, safe='')}"
        else:
            yield name, list(value) if each.kind is Kind.NAMES else value


def _is_written(value: Json, kind: Kind) -> bool:
    """Whether a value is of the type that can be written as its page has it."""
    match kind:
        case Kind.DATA:
            return isinstance(value, Mapping)
        case Kind.NAMES:
            return isinstance(value, list | tuple)
        case Kind.NAME | Kind.TEXT:
            return isinstance(value, str)
        case _:
            return True


_IN_ADDRESS = ("by", "new_id", "media", "media_type", "agent_group", "place_group", "owner", "workbins")


def _is_of_workbin(command: Command) -> bool:
    return not isinstance(command, PlaceInWorkbin | GetWorkbinContent) or isinstance(command, AddInteraction)


def _read_address(said: Read, definition: Definition) -> str:
    lists = (("fields", said.fields), ("subresources", said.subresources))
    numbers = (("startIndex", said.start_index), ("count", said.count))
    query = [(name, ",".join(value)) for name, value in lists if value]
    query += [(name, str(value)) for name, value in numbers if value is not None]
    query += [(name, each) for name, value in said.filters.items() for each in _values(value)]
    path = (
        _read_workbin(said, definition) if said.of in ("workbins", "workbin") else _read_interaction(said, definition)
    )
    return path + (("&" if "?" in path else "?") + urlencode(query, safe="*,") if query else "")


def _read_workbin(said: Read, definition: Definition) -> str:
    if said.media is None:
        return workbin_address(said, workbins=said.workbins, scope="/me" if said.mine else "")
    owner, workbin = (quote(str(each), safe="") for each in (said.owner, said.workbin))
    return f"{PREFIX}/{owner}/workbins/{workbin}/{spelling_of(definition.medium(said.media)).path}"


def _read_interaction(said: Read, definition: Definition) -> str:
    kind = said.media_type if said.mine or said.media_type is None else f"{said.media_type}s"
    path = interaction_address(said.media, kind, said.interaction, definition)
    path = path if said.mine else path.replace("/me/", "/", 1)
    if said.of == "attachment":
        return f"{path}/attachments/{quote(str(said.attachment), safe='')}"
    return path if said.of in ("interactions", "interaction") else f"{path}/{said.of}"


def _values(value: Json) -> tuple[Json, ...]:
    return value if isinstance(value, tuple) else (value,)
