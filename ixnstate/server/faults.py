"""Faults on purpose: slow answers, errors for the next requests that fit, messages dropped, doubled or out of order."""

from collections.abc import Mapping

import attrs

from ixnstate.server.engine import Message
from ixnstate.values import Json, brief

MAX_LATENCY = 600.0
MAX_RULES = 1_000
MESSAGE_FAULTS = ("drop", "double", "reorder")


class FaultError(ValueError):
    """Raised for a rule that cannot be used: what is wrong with it."""


@attrs.define(kw_only=True)
class FaultRule:
    """One fault, for the next ``count`` requests or messages that fit (None: for all of them).

    It fits where everything that is given fits: ``method``, the beginning of ``path`` after ``/api/v2``, the
    ``operation``, the ``agent``; for messages the ``channel`` and the ``agent``.
    """

    id: int = 0
    count: int | None = 1
    method: str | None = None
    path: str | None = None
    operation: str | None = None
    agent: str | None = None
    channel: str | None = None
    latency: float = 0.0
    status: int | None = None
    body: Json = None
    message: str | None = None

    def describe(self) -> dict[str, Json]:
        """The rule as JSON data."""
        return {key: value for key, value in attrs.asdict(self).items() if value is not None and value != 0.0}


def read_rule(said: object) -> FaultRule:
    """The rule that plain JSON says. Raises `FaultError`."""
    if not isinstance(said, Mapping):
        raise FaultError(f"a fault is an object, not {brief(said)}")
    known = [field.name for field in attrs.fields(FaultRule) if field.name != "id"]
    for name in said:
        if name not in known:
            raise FaultError(f"there is no {name}; there are {', '.join(known)}")
    for name in ("method", "path", "operation", "agent", "channel", "message"):
        if said.get(name) is not None and not isinstance(said[name], str):
            raise FaultError(f"{name}: expected a string, found {brief(said[name])}")
    count = said.get("count", 1)
    if count is not None and (type(count) is not int or count < 1):
        raise FaultError(f"count: expected a whole number, 1 or more, or null, found {brief(count)}")
    latency = said.get("latency", 0)
    is_number = isinstance(latency, int | float) and not isinstance(latency, bool)
    if not is_number or not 0 <= latency <= MAX_LATENCY:
        raise FaultError(f"latency: expected seconds from 0 to {MAX_LATENCY:g}, found {brief(latency)}")
    status = said.get("status")
    if status is not None and (type(status) is not int or not 400 <= status < 600):
        raise FaultError(f"status: expected an HTTP status from 400 to 599, found {brief(status)}")
    message = said.get("message")
    if message is not None and message not in MESSAGE_FAULTS:
        raise FaultError(f"message: expected {', '.join(MESSAGE_FAULTS)}, found {brief(message)}")
    if message is None and status is None and not latency:
        raise FaultError("says no fault: give latency, status or message")
    if message is not None and (
        status is not None or latency or any(said.get(k) for k in ("method", "path", "operation"))
    ):
        raise FaultError("a fault of messages takes channel, agent and count only")
    if message is None and said.get("channel") is not None:
        raise FaultError("a fault of requests takes no channel")
    return FaultRule(**{**said, "latency": float(latency)})


class Faults:
    """The rules that are in force."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []
        self._number = 0
        self._held_back: list[Message] = []

    def add(self, rule: FaultRule) -> FaultRule:
        """Add a rule. Raises `FaultError` if there are too many."""
        if len(self.rules) >= MAX_RULES:
            raise FaultError(f"there are {MAX_RULES} faults already")
        self._number += 1
        rule.id = self._number
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """No more faults."""
        self.rules.clear()

    def of_request(self, method: str, path: str, operation: str | None, agent: str | None) -> list[FaultRule]:
        """The faults of a request: each has been counted."""
        if not self.rules:
            return []
        return [
            self._use(rule)
            for rule in list(self.rules)
            if rule.message is None
            and rule.method in (None, method)
            and (rule.path is None or path.startswith(rule.path))
            and rule.operation in (None, operation)
            and rule.agent in (None, agent)
        ]

    def _use(self, rule: FaultRule) -> FaultRule:
        if rule.count is not None:
            rule.count -= 1
            if rule.count < 1:
                self.rules.remove(rule)
        return rule

    def of_messages(self, messages: list[Message]) -> list[Message]:
        """The messages as they are to be sent. One out of order comes after the next one of its agent."""
        if not self.rules and not self._held_back:
            return messages
        sent: list[Message] = []
        for message in messages:
            rule = next((rule for rule in self.rules if self._fits(rule, message)), None)
            fault = None if rule is None else self._use(rule).message
            if fault == "reorder":
                self._held_back.append(message)
                continue
            sent += [message] * {"drop": 0, "double": 2, None: 1}[fault]
            late = [each for each in self._held_back if each[0] == message[0]]
            sent += late
            self._held_back = [each for each in self._held_back if each[0] != message[0]]
        return sent

    @staticmethod
    def _fits(rule: FaultRule, message: Message) -> bool:
        agent, channel, _ = message
        return rule.message is not None and rule.agent in (None, agent) and rule.channel in (None, channel)
