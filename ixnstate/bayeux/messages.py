"""The messages of a POST: read strictly, before any of them is carried out."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn, TypeAlias

import attrs

from ixnstate.bayeux.channels import HANDSHAKE
from ixnstate.values import JsonObject, brief

Json: TypeAlias = dict[str, object]
"""A JSON object."""

MAX_ID_LENGTH = 128
"""Characters of the longest message id that is accepted."""


class MalformedError(ValueError):
    """A POST that is not Bayeux: nothing of it is carried out. ``status`` is the HTTP status that answers it."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@attrs.frozen
class Message:
    """One message of a client. ``timeout`` and ``interval`` are its advice in seconds, None if it gives none."""

    channel: str | None
    id: str | int | None
    client: str | None
    subscription: str | tuple[str, ...] | None
    """One name or several, valid or not. ``()`` for a value that is neither."""
    has_advice: bool
    timeout: float | None
    interval: float | None
    ack: Any
    """``ext.ack``: True or False in a handshake, the number of the last batch in a connect; None if absent."""


def read(body: bytes | str, max_body: int) -> tuple[Message, ...]:
    """The messages of a POST, of at most ``max_body`` bytes. Raises `MalformedError`."""
    if len(body) > max_body:
        raise MalformedError(f"the body has {len(body)} bytes, more than {max_body}", 413)
    try:
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise MalformedError(f"the body is not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"the body is not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:  # NaN, a number of too many digits, nested too deeply
        raise MalformedError(f"the body is not JSON: {error}") from None
    values = value if isinstance(value, list) else [value]
    if not values:
        raise MalformedError("the body has no messages")
    messages = tuple(_message(value, place) for place, value in enumerate(values, 1))
    if len(messages) > 1 and any(message.channel == HANDSHAKE for message in messages):
        raise MalformedError("bayeux protocol violation: /meta/handshake must be the only message of its request")
    return messages


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _message(value: object, place: int) -> Message:
    if not isinstance(value, dict):
        raise MalformedError(f"message {place} is not an object but {brief(value)}")
    id = value.get("id")
    if isinstance(id, bool) or not isinstance(id, str | int | None):
        _wrong(place, "id", "a string or a whole number", id)
    if len(str(id)) > MAX_ID_LENGTH:
        _wrong(place, "id", f"at most {MAX_ID_LENGTH} characters long", id)
    advice, ext = _object(value, "advice", place), _object(value, "ext", place)
    return Message(
        channel=_text(value, "channel", place),
        id=id,
        client=_text(value, "clientId", place),
        subscription=_names(value.get("subscription")),
        has_advice="advice" in value,
        timeout=_seconds(advice, "timeout", place),
        interval=_seconds(advice, "interval", place),
        ack=_ack(ext, place),
    )


def _text(value: Mapping[str, object], key: str, place: int) -> str | None:
    text = value.get(key)
    if text is not None and not isinstance(text, str):
        _wrong(place, key, "a string", text)
    return text


def _names(value: object) -> str | tuple[str, ...] | None:
    if value is None or isinstance(value, str):
        return value
    return tuple(value) if isinstance(value, list) and all(isinstance(name, str) for name in value) else ()


def _object(value: Mapping[str, object], key: str, place: int) -> Mapping[str, object]:
    inner = value.get(key)
    if inner is not None and not isinstance(inner, dict):
        _wrong(place, key, "an object", inner)
    return inner or {}


def _seconds(advice: JsonObject, key: str, place: int) -> float | None:
    """The milliseconds of an advice in seconds. A negative number asks for the default, as none does."""
    number = advice.get(key)
    if number is None:
        return None
    if not _is_number(number):
        _wrong(place, f"advice.{key}", "a number of milliseconds", number)
    return number / 1000 if number >= 0 else None


def _ack(ext: Mapping[str, object], place: int) -> object:
    ack = ext.get("ack")
    if ack is not None and not isinstance(ack, bool) and not _is_number(ack):
        _wrong(place, "ext.ack", "true, false or a number", ack)
    return ack


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _wrong(place: int, key: str, right: str, value: object) -> NoReturn:
    raise MalformedError(f"{key} of message {place} must be {right}, not {brief(value)}")
