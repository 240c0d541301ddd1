"""The journal: requests, replies and messages as records that `ixnstate validate` reads; and the near misses."""

from collections import deque
from collections.abc import Callable, Iterable

from ixnstate import gws
from ixnstate.decoding import decode, encode
from ixnstate.refusals import Refusal
from ixnstate.server.engine import Message
from ixnstate.values import Json

MAX_BYTES = 64 << 20
"""How large the journal may be: the oldest records go first."""
MAX_MISSES = 500


class Recorder:
    """Keeps the newest ``most`` records, and the newest near misses. ``now`` gives the time as a date in ISO 8601."""

    def __init__(self, most: int, now: Callable[[], str]) -> None:
        self.most, self.now = most, now
        self.misses: deque[dict[str, object]] = deque(maxlen=MAX_MISSES)
        self.clear()

    def clear(self) -> None:
        """Forget everything. The numbers go on."""
        self._lines: deque[bytes] = deque()
        self._size = 0
        self.misses.clear()
        self.seq = getattr(self, "seq", 0)

    def request(self, agent: str, method: str, path: str, body: object) -> int:
        """A request has come: its number."""
        record: dict[str, object] = {"agent": agent, "kind": "request", "method": method, "path": path}
        return self._keep(record | ({"body": body} if method == "POST" else {}))

    def reply(self, agent: str, number: int, method: str, path: str, status: int, body: object) -> None:
        """Its reply."""
        record = {"agent": agent, "kind": "response", "method": method, "path": path, "status": status}
        self._keep({**record, "answers": number, "body": body})

    def messages(self, messages: Iterable[Message]) -> None:
        """What agents are sent."""
        for agent, channel, message in messages:
            self._keep({"agent": agent, "kind": "notification", "channel": channel, "body": message})

    def note(self, what: str, **said: object) -> None:
        """What the platform did: no request of an agent. Judges pass it over."""
        self._keep({"kind": "meta", "channel": f"/ixnstate/{what}", **said})

    def _keep(self, record: dict[str, object]) -> int:
        self.seq += 1
        line = encode({"seq": self.seq, "ts": self.now(), **record})
        self._lines.append(line)
        self._size += len(line)
        while len(self._lines) > self.most or self._size > MAX_BYTES:
            self._size -= len(self._lines.popleft())
        return self.seq

    def jsonl(self) -> bytes:
        """The journal as JSON Lines."""
        return b"".join(line + b"\n" for line in self._lines)

    def about(self, interaction: str) -> list[dict[str, Json]]:
        """The records of one interaction, in their order: what names it, and the replies to the requests that do."""
        name = interaction.encode()
        found: list[dict[str, object]] = []
        numbers: set[int] = set()
        for line in self._lines:
            if name in line or b'"kind":"response"' in line:
                record = decode(line)
                if record["kind"] == "request":
                    numbers.add(record["seq"])
                if record["kind"] != "response" or record["answers"] in numbers:
                    found.append(record)
        return found

    def __len__(self) -> int:
        return len(self._lines)

    # --- near misses ------------------------------------------------------------------------------------------------

    def refused(self, agent: str, number: int, request: gws.Request, reply: gws.Reply) -> dict[str, Json] | None:
        """What a refused request says of itself; None if it was not refused."""
        if reply.http_status < 400:
            return None
        body = reply.body if isinstance(reply.body, dict) else {}
        refusal = None if reply.outcome is None else reply.outcome.refusal
        miss = {
            "request": number, "agent": agent, "method": request.method, "path": request.path,
            "operation": operation_of(request.body), "status": reply.http_status,
            "statusCode": body.get("statusCode"), "why": why(body), **_help(refusal),
        }  # fmt: skip
        self.misses.append(miss)
        return miss


def _help(refusal: Refusal | None) -> dict[str, object]:
    """What was allowed, and what must be done before: None if nothing leads there."""
    if refusal is None:
        return {"allowed": None, "path": None}
    path = refusal.path
    return {"allowed": list(refusal.allowed), "path": None if path is None else list(path)}


def why(body: object) -> str | None:
    """The sentence of a reply that refuses."""
    if not isinstance(body, dict):
        return None
    return body.get("statusMessage") or body.get("errorDescription") or body.get("description")


def operation_of(body: object) -> str | None:
    """The operation that a body asks for."""
    name = body.get("operationName") if hasattr(body, "get") else None
    return name if isinstance(name, str) else None
