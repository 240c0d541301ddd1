"""How a judge stands, as plain JSON: a run on one day's file goes on with the next day's.

Kept are the interactions and what is believed of them, the requests in flight and the messages that are due, the
moments from which rules over time wait, what agents know to be in workbins, and who is recorded. Each belief is written
once; transitions are not kept, they are worked out again. `saving` writes a state, and `resuming` reads it.
"""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import attrs

from ixnstate.values import Json, JsonObject

VERSION = 8


@attrs.define
class SavedCandidate:
    """A candidate; its edge by its place among those of the medium."""

    media: str
    state: str
    holders: list[str]
    invited: list[str]
    workbin: list[str | None] | None
    resume: str | None
    attachments: Json
    outboxes: dict[str, list[str]]
    done: list[int]
    edge: int | None


@attrs.define
class SavedCommand:
    """A command: its class, and what it is given."""

    name: str
    given: dict[str, Json]


@attrs.define
class SavedPending:
    """A request in flight, as beliefs know it."""

    number: int | None
    command: SavedCommand
    agent: str | None
    is_illegal: bool


@attrs.define
class SavedBelief:
    """A belief."""

    requested: bool
    candidates: list[SavedCandidate]
    pending: list[SavedPending]
    askers: list[str]
    others: bool
    several: bool
    begun: bool


@attrs.define
class SavedCase:
    """An interaction: its belief by its number, and its agents."""

    belief: int
    roles: list[str]
    edge: int | None
    holes: int


@attrs.define
class SavedRequest:
    """A request, with what it does."""

    line: dict[str, Json]
    agent: str | None
    interaction: str | None
    before: int | None
    roles: list[str]
    edge: int | None
    operation: str | None
    number: int | None
    is_unplaced: bool
    turn: int
    last: int
    overtaken: int
    is_delivered: bool
    is_shown: bool
    is_told: bool
    is_guessed: bool
    command: SavedCommand
    edges: list[int | None]
    is_illegal: bool
    has_effect: bool
    creates: bool
    is_due: bool
    shows: list[str]
    accepted: dict[str, Json] | None = None


@attrs.define
class SavedDue:
    """A message that is due."""

    request: SavedRequest
    reply: dict[str, Json]
    notified: int
    number: int
    bound: int | None
    asked: int
    has_number: bool
    doubted: SavedRequest | None


@attrs.define
class SavedUnnumbered:
    """A reply without a number."""

    turn: int
    due: SavedDue | None


@attrs.define
class SavedUncaused:
    """A message that waits to be explained by a reply."""

    line: dict[str, Json]
    interaction: str
    number: int
    asked: int
    is_reported: bool


@attrs.define
class SavedExchange:
    """What is known of one agent's requests, replies and messages."""

    agent: str | None
    is_answered: bool
    is_told: bool
    asked: int
    notified: int
    first: int | None
    last: int
    given: int
    open: list[SavedRequest]
    answered: list[tuple[int, str | None]]
    arrived: list[tuple[int, str]]
    due: list[SavedDue]
    unnumbered: list[tuple[str | None, list[SavedUnnumbered]]]
    uncaused: list[SavedUncaused]
    unrecorded: list[int | None]
    strays: list[str | None]
    guessed: list[int]


@attrs.define
class SavedMoment:
    """A moment from which a rule waits."""

    rule: int
    media: str
    state: str
    shown: str | None
    operation: str | None
    agent: str | None
    time: float | None
    file: str
    line: int
    text: str
    seq: int | None


@attrs.define
class SavedState:
    """A judge."""

    version: int
    definition: str
    rules: list[str]
    beliefs: list[SavedBelief]
    interactions: dict[str, SavedCase]
    called: dict[str, str]
    expected: dict[str, tuple[str | None, int | None]]
    early: int
    has_begun: bool
    has_answers: bool
    has_messages: bool
    exchanges: list[SavedExchange]
    refused: list[SavedRequest]
    unplaced: list[SavedRequest]
    workbins: list[tuple[str, list[str | None], dict[str, bool]]]
    waiting: dict[str, list[SavedMoment]]
    latest: Json
    askers: list[str | None]
    is_anonymous: bool
    is_whole: bool
    is_cut: bool
    is_piece: bool
    file: str | None
    seq: int
    record: tuple[Json, str]
    holes: int
    excused: dict[str, int]
    lost: list[str]
    is_any_lost: bool


# --- whole and unchanged --------------------------------------------------------------------------------------------


def sealed(state: Mapping[str, object]) -> dict[str, Json]:
    """The state with a digest: one that was changed since is not gone on with."""
    return {**state, "digest": digest_of(state)}


def digest_of(state: JsonObject) -> str:
    """The digest of a state."""
    said = {key: value for key, value in state.items() if key != "digest"}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def read_state(file: Path) -> Json:
    """The state in a file, None if there is no such file. Raises OSError, and ValueError for what is not JSON."""
    try:
        if file.exists() and not file.is_file():
            raise ValueError("it is no file, but a folder or a device")
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (RecursionError, ValueError) as error:
        raise ValueError(f"not a saved judge state: {error}") from None


def write_state(file: Path, state: object) -> None:
    """Put the state into a file: all of it or, if that fails, nothing, and what was there stays. Raises OSError."""
    whole = file.resolve()
    part = whole.with_name(f".{whole.name}.{os.getpid()}")
    try:
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(whole)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
