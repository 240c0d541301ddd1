"""Replies, written and read: three dialects that the pages mix.

Which one an operation speaks stands in `ixnstate.gws.pages`. `reply` writes the documented body, with the HTTP status;
`parse_reply` reads any of them, also an empty 200 and a bare ``errorDescription``.
"""

from collections.abc import Iterable, Mapping

import attrs

from ixnstate.center.events import CenterEvent
from ixnstate.center.outcomes import Outcome
from ixnstate.commands import (
    AddInteraction,
    Command,
    PullInteraction,
    RequestAgentStats,
    RequestStats,
    Subscribe,
)
from ixnstate.decoding import copied, decode
from ixnstate.definition import Definition, checked
from ixnstate.gws.faults import Fault, MessageError, expected
from ixnstate.gws.notifying import Notification, is_number
from ixnstate.gws.pages import CODE, GENERIC_VERSIONS, HTTP_STATUS, NOTHING, NUMBER, OK, REFERENCE, ZERO, dialect
from ixnstate.gws.requests import Malformed, Parsed, Read, Upload
from ixnstate.gws.structuring import structured, wire
from ixnstate.refusals import Refusal
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, Json, brief, freeze, frozen

_OF_WORKBIN = (AddInteraction, PullInteraction, Subscribe, RequestStats, RequestAgentStats)


@frozen
class Reply:
    """The answer to a request: the HTTP status, the body as plain JSON (None for an empty one), and the messages."""

    http_status: int
    body: Json
    notifications: tuple[Notification, ...] = ()
    headers: Mapping[str, str] = attrs.field(default=EMPTY, converter=freeze, hash=False, kw_only=True)
    """What HTTP says beside the body: ``Allow`` where a method is not."""
    outcome: Outcome | None = attrs.field(default=None, eq=False, repr=False)
    """What the contact centre made of the request: None for a read, and for what never came to it."""

    @property
    def events(self) -> tuple[CenterEvent, ...]:
        """What happened, for a log: replayed onto a centre that was equal before, they make one that is equal now."""
        return () if self.outcome is None else self.outcome.events


def reply(
    said: Parsed | Malformed,
    refusal: Refusal | None = None,
    *,
    reference_id: int | None = None,
    reference_ids: Mapping[str, int] = EMPTY,
    failures: Mapping[str, Refusal] = EMPTY,
    definition: Definition = GWS,
) -> Reply:
    """The documented reply to a request: success, or why not.

    ``said`` is what `parse_request` made of it, or the refusal of a malformed one (`RequestError.refusal`).
    ``reference_id`` is the number that the reply gives to the request; it is shown where the page shows it. A request
    for several workbins has ``reference_ids``, one for each workbin that it was done for, and ``failures``, the refusal
    of each of the others: with both it was done in part. Raises ValueError for an argument that is none of these.
    """
    checked(definition)
    numbers, refusals = tuple(_values_of(reference_ids)), tuple(_values_of(failures))
    for name, value, fits in (
        ("said", said, isinstance(said, Command | Read | Upload | Malformed)),
        ("refusal", refusal, isinstance(refusal, Refusal | None)),
        ("reference_id", reference_id, reference_id is None or is_number(reference_id)),
        ("reference_ids", reference_ids, all(map(is_number, numbers))),
        ("failures", failures, all(isinstance(each, Refusal) for each in refusals)),
    ):
        if not fits:
            raise ValueError(f"{name} cannot be {brief(value)}")
    return written(said, refusal, reference_id, reference_ids, failures, definition)


def written(
    said: Parsed | Malformed,
    refusal: Refusal | None,
    reference_id: int | None,
    reference_ids: Mapping[str, int],
    failures: Mapping[str, Refusal],
    definition: Definition,
) -> Reply:
    """`reply` to what is known to fit."""
    refusal = said if isinstance(said, Malformed) else refusal
    spoken = dialect_of(said, definition)
    if reference_ids and failures:
        code = 4 if definition.profile.api_version == "8.5.0" else 7  # 7 came with 8.5.1 (ReturnValues)
        why = "; ".join(map(str, failures.values()))
        return Reply(200, {**failure(spoken, code, why), "referenceIds": dict(reference_ids)})
    if refusal is None:
        return Reply(200, _success(spoken, reference_id, reference_ids))
    code = refusal.status_code
    return Reply(HTTP_STATUS[code], failure(spoken, code, str(refusal)))


def _values_of(given: Json) -> Iterable[Json]:
    """The values of a mapping by names; what is none is its own only value, which will not fit."""
    is_named = isinstance(given, Mapping) and all(isinstance(name, str) for name in given)
    return given.values() if is_named else (given,)


def dialect_of(said: Parsed | Malformed, definition: Definition = GWS) -> str:
    """Which dialect the reply speaks."""
    if isinstance(said, Malformed):
        return said.dialect
    if not isinstance(said, Command):
        is_old = definition.profile.api_version in GENERIC_VERSIONS
        return NUMBER if is_old and isinstance(said, Read) and said.of in ("workbin", "workbins") else CODE
    return dialect(
        said.media if isinstance(said.media, str) else None,
        said.operation,
        of_workbin=isinstance(said, _OF_WORKBIN),
        api_version=definition.profile.api_version,
    )


def _success(spoken: str, reference_id: int | None, reference_ids: Mapping[str, int]) -> Json:
    if spoken == NOTHING:
        return None
    if spoken == OK:
        return {"status": "ok"}
    if spoken in (ZERO, NUMBER):
        return {"status": 0}
    if spoken == REFERENCE and reference_ids:
        return {"statusCode": 0, "referenceIds": dict(reference_ids)}
    return {"statusCode": 0} | (
        {"referenceId": reference_id} if spoken == REFERENCE and reference_id is not None else {}
    )


def failure(spoken: str, code: int, why: str) -> dict[str, Json]:
    """The body of a failure in a dialect."""
    if spoken == OK:
        return {"status": "error", "errorDescription": why}
    if spoken == NUMBER:
        return {"status": code, "description": why}
    return {"statusCode": code, "statusMessage": why}


# === reading ========================================================================================================


@frozen
class Answer:
    """A reply, read. ``status_code`` is 0 for success; None for a failure that has no number."""

    ok: bool
    status_code: int | None
    why: str | None
    """What a failure says of itself."""
    reference_id: int | None
    reference_ids: FrozenDict = attrs.field(converter=freeze, hash=False)
    source: object = attrs.field(hash=False)
    """The body as plain JSON, shared: `to_json` gives one of your own."""
    is_decided: bool = True
    """Whether the API has answered at all; not so by a status below 200 or from 300 to 399."""

    def to_json(self) -> Json:
        """The body as it was read."""
        return copied(self.source)


@frozen
class _Body:
    status_code: int | None = wire("statusCode")
    status_message: str | None = wire("statusMessage")
    reference_id: int | None = wire("referenceId")
    reference_ids: FrozenDict | None = wire("referenceIds")
    error_description: str | None = wire("errorDescription")
    description: str | None = None


_SUCCESS = range(200, 300)


def is_decided(http_status: int) -> bool:
    """Whether a reply of this status says that a request was done, or that it was refused."""
    return http_status in _SUCCESS or http_status >= 400


def parse_reply(body: object, http_status: int = 200) -> Answer:
    """A reply in any of the dialects: plain JSON, its text, or nothing. Raises `MessageError` with every fault.

    Done is what an HTTP status of 200 to 299 says and the body does not deny. A redirection, or no status at all, is
    no answer of the API: ``ok`` is False, as it is of a refusal; ``is_decided`` tells the two apart.
    """
    if not isinstance(http_status, int):
        raise MessageError(expected("http_status", "a whole number", http_status))
    try:
        is_text = isinstance(body, str | bytes | bytearray)
        source = (decode(body) if body.strip() else None) if is_text else copied(body)  # type: ignore[arg-type, attr-defined]
    except ValueError as error:
        raise MessageError(str(error)) from None
    if source is None or source == {}:
        is_ok = http_status in _SUCCESS
        return Answer(is_ok, 0 if is_ok else None, None, None, EMPTY, source, is_decided(http_status))
    said = structured(_Body, source, "")
    faults = [
        expected(f"referenceIds.{name}", "a whole number", value)
        for name, value in (said.reference_ids or {}).items()
        if value.__class__ is not int
    ]
    status = source.get("status")
    if status is not None and status.__class__ is not int and status not in ("ok", "error"):
        faults.append(expected("status", 'a whole number, "ok" or "error"', status))
    if status is None and said.status_code is None and said.error_description is None:
        faults.append(Fault("statusCode", "is missing, and so are status and errorDescription"))
    if faults:
        raise MessageError(*faults)
    code = _code(said, status)
    why = said.status_message or said.error_description or said.description
    ok = code in (0, 7) and status != "error" and said.error_description is None and http_status in _SUCCESS
    decided = is_decided(http_status)
    return Answer(ok, code, why, said.reference_id, said.reference_ids or EMPTY, source, decided)


def _code(said: _Body, status: object) -> int | None:
    if said.status_code is not None:
        return said.status_code
    if status.__class__ is int:
        number: int = status
        return number
    return 0 if status == "ok" else None
