"""What passed through as records of the documented format, in the order in which it passed.

A request has its place in the order when it has come as a whole, before any of it is passed on: so it stands before
whatever it causes. Whose it is may become known with its reply only; until then, what comes after it waits. A reply and
the messages of a poll have theirs when they have come as a whole, before any of them is passed on: so they stand before
whatever the agent does then.
"""

import json
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress

import attrs

from ixnstate.proxy.agents import Agents, Headers, user_in
from ixnstate.recording.bodies import MAX_BODY, LostError, json_of, text_of
from ixnstate.recording.har import BROKEN_OFF, NO_ANSWER, NOT_JSON, frames_of, reply_of
from ixnstate.values import Json

UNAUTHENTICATED = (401, 407)
"""By these a server says that nobody is signed in: the request was no agent's, and nothing came of it."""


@attrs.define(eq=False)
class _Slot:
    """A place in the order. ``records`` is None as long as nobody knows what will stand there."""

    ts: str
    records: list[dict[str, Json]] | None = None
    answers: "_Slot | None" = None
    """The request to which a reply in here replies."""
    seq: int = 0
    """The number of the last record, once it is written."""


class Transcript:
    """Writes the records of what passes. ``write`` is given each as JSON text; ``now`` is the time in ISO 8601."""

    def __init__(self, write: Callable[[str, dict[str, object]], None], now: Callable[[], str]) -> None:
        self._write, self._now = write, now
        self._slots: deque[_Slot] = deque()
        self._seq = 0
        self.agents = Agents()
        self.written_of: dict[str | None, None] = {}
        """The agents of whom there are records."""

    def begin(self, method: str, target: str, headers: Headers, body: bytes) -> "Exchange | Reset | None":
        """A request has come. None for one that has nothing to do with the API."""
        path = target.partition("?")[0]
        if method == "POST" and path.endswith(RESET):
            return Reset(self)
        parts = path.lower().split("/")
        posted = _json(body)
        is_cometd = "notifications" in parts or "cometd" in parts or _is_bayeux(posted)
        if method in ("OPTIONS", "HEAD") or not (is_cometd or "/api/v2/" in f"{path}/"):
            return None
        exchange = Exchange(self, method, target, list(headers), posted, is_cometd)
        exchange.ask()
        return exchange

    def slot(self, answers: _Slot | None = None) -> _Slot:
        """The next place in the order."""
        slot = _Slot(self._now(), answers=answers)
        self._slots.append(slot)
        return slot

    def flush(self) -> None:
        """Write what stands before the first place that is not filled."""
        while self._slots and (records := self._slots[0].records) is not None:
            slot = self._slots.popleft()
            for record in records:
                self._seq += 1
                self.written_of[record.get("agent")] = None
                slot.seq = self._seq
                answers = {"answers": slot.answers.seq} if slot.answers is not None else {}
                full = {"seq": self._seq, "ts": slot.ts, **record, **answers}
                self._write(json.dumps(full, ensure_ascii=False, separators=(",", ":")), full)

    def close(self) -> None:
        """Write what is left: of requests that nobody knows whose they are."""
        for slot in self._slots:
            slot.records = slot.records or []
        self.flush()


RESET = "/backdoor/reset"
"""Where `ixnstate serve` is told to begin anew: nothing that was is any more, and its numbers begin again."""


@attrs.define(eq=False)
class Reset:
    """The server is told to begin anew. Once it has, nobody knows anything of what was before."""

    transcript: Transcript

    def ended(self, status: int, headers: Headers, body: bytes | None) -> None:
        """The answer has come."""
        if status < 300:
            slot = self.transcript.slot()
            gap = {"kind": "gap", "missing": "anything", "why": "the server was reset"}
            slot.records = [{**gap, **({"agent": agent} if agent else {})} for agent in self.transcript.written_of]
            self.transcript.flush()

    def broken_off(self) -> None:
        """It may have been carried out."""
        self.ended(200, (), None)

    unanswered = broken_off


@attrs.define(eq=False)
class Exchange:
    """A request that passes, and its answer. One of ``ended``, ``broken_off`` and ``unanswered`` ends it."""

    transcript: Transcript
    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    posted: object
    is_cometd: bool
    agent: str | None = None
    _request: _Slot | None = None

    def ask(self) -> None:
        """The request has come."""
        agents = self.transcript.agents
        self.agent = agents.named(self.headers)
        if self.is_cometd:
            return
        self._request = self.transcript.slot()
        if self.agent is not None and agents.has_entered(self.headers, self.agent):
            self._fill_request()

    def ended(self, status: int, headers: Headers, body: bytes | None) -> None:
        """The answer has come: ``body`` as it was sent, None if it was too long to be kept."""
        answered = list(headers)
        response = _response(status, answered, body)
        if status in UNAUTHENTICATED:
            if self._request is not None and self._request.records is None:
                self._request.records = []
                self.transcript.flush()
                return
        elif self.agent is None or status < 400:
            self._learn(answered, response)
        if self.is_cometd:
            self._tell(self._messages(status, response))
        else:
            self._reply(reply_of(status, response, is_read=self.method == "GET"))

    def broken_off(self) -> None:
        """The client has gone, or the server, before the answer was whole."""
        self._lose(BROKEN_OFF)

    def unanswered(self) -> None:
        """The server could not be reached, or has given no answer."""
        self._lose(NO_ANSWER)

    def _lose(self, why: str) -> None:
        if self.is_cometd:
            self._tell([{"kind": "gap", "missing": "messages", "why": why}])
        else:
            self._reply({"kind": "gap", "missing": "reply", "why": why})

    def _learn(self, answered: Headers, response: dict[str, object]) -> None:
        """Who asked, and to whom these cookies were given."""
        agents = self.transcript.agents
        if self.agent is None and self.method == "GET":
            with suppress(LostError):
                self.agent = user_in(json_of(text_of(response, "content")))
        if self.agent is None:
            self.agent = agents.unnamed()
        agents.learn(self.agent, self.headers, answered)

    # --- records ----------------------------------------------------------------------------------------------------

    @property
    def _named(self) -> dict[str, object]:
        return {} if self.agent is None else {"agent": self.agent}

    def _fill_request(self) -> None:
        assert self._request is not None
        body = {"body": self.posted} if self.method == "POST" or self.posted is not None else {}
        about = {"kind": "request", "method": self.method, "path": self.target}
        self._request.records = [{**self._named, **about, **body}]
        self.transcript.flush()

    def _reply(self, record: dict[str, object]) -> None:
        assert self._request is not None
        if self._request.records is None:
            self._fill_request()
        if record["kind"] == "gap" and self.method == "GET":  # what was only looked at changes nothing
            return
        slot = self.transcript.slot(self._request)
        about = {"kind": record["kind"], "method": self.method, "path": self.target}
        slot.records = [{**self._named, **about, **record}]
        self.transcript.flush()

    def _tell(self, records: Iterable[dict[str, object]]) -> None:
        slot = self.transcript.slot()
        slot.records = [{**self._named, **record} for record in records]
        self.transcript.flush()

    def _messages(self, status: int, response: dict[str, object]) -> list[dict[str, object]]:
        """The messages in the answer; or that there may have been some."""
        if not 200 <= status < 300:
            return []
        try:
            text = text_of(response, "content")
            frames = frames_of(text)
        except LostError as error:
            return [{"kind": "gap", "missing": "messages", "why": str(error)}]
        if frames is None:
            return [{"kind": "gap", "missing": "messages", "why": NOT_JSON}] if text.strip() else []
        return [{"kind": "notification", "channel": frame["channel"], "body": frame["data"]} for frame in frames]


def _json(body: bytes) -> object:
    """The JSON of a request's body, None for anything else."""
    try:
        return json_of(body.decode("utf-8")) if 0 < len(body) <= MAX_BODY else None
    except (LostError, UnicodeDecodeError):
        return None


def _is_bayeux(posted: object) -> bool:
    """Whether that is a batch of Bayeux messages."""
    batch = posted if isinstance(posted, list) else [posted]
    return bool(batch) and all(isinstance(each, dict) and isinstance(each.get("channel"), str) for each in batch)


def _response(status: int, headers: list[tuple[bytes, bytes]], body: bytes | None) -> dict[str, object]:
    """The answer as HAR has it, for what reads that."""
    named = [{"name": name.decode("latin-1"), "value": value.decode("latin-1")} for name, value in headers]
    content = {} if body is None else {"text": b64encode(body).decode("ascii"), "encoding": "base64"}
    size = -1 if body is None else len(body)
    return {"status": status, "headers": named, "content": {"size": size, **content}}
