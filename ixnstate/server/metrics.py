"""Figures for Prometheus, at ``/metrics``."""

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ixnstate.commands import OPERATIONS
from ixnstate.gws.desktop import END_SESSION, NOT_READY, READY, START_SESSION
from ixnstate.server.engine import Message

_KNOWN = frozenset({*OPERATIONS, START_SESSION, END_SESSION, READY, NOT_READY})
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"})


class Metrics:
    """The figures of one server. Labels have few values, whatever clients send."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "ixnstate_http_requests", "HTTP requests", ["part", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "ixnstate_http_request_seconds", "How long requests of the API took; held polls are not among them",
            registry=self.registry, buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5),
        )  # fmt: skip
        self._operations = Counter(
            "ixnstate_operations", "Operations of agents", ["operation", "done"], registry=self.registry
        )
        self._known: dict[tuple[object, ...], Counter] = {}
        self._messages = Counter("ixnstate_messages", "Messages to agents", ["channel"], registry=self.registry)

    def watch(self, gauges: Callable[[], dict[str, dict[str, float]]]) -> None:
        """Ask for figures that change by themselves whenever somebody looks: by name, by the value of a label."""
        self.registry.register(_Gauges(gauges))

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """A request has been answered."""
        part = "cometd" if path.startswith("/api/v2/notifications") else "api"
        self._count(self._requests, part, method if method in _METHODS else "other", str(status))
        if part == "api":
            self._seconds.observe(seconds)

    def operation(self, operation: str | None, status: int) -> None:
        """An operation was carried out, or refused."""
        if operation is not None:
            name = operation if operation in _KNOWN else "other"
            self._count(self._operations, name, "true" if status < 400 else "false")

    def messages(self, messages: Iterable[Message]) -> None:
        """Messages have been sent."""
        for _, channel, _ in messages:
            self._count(self._messages, channel)

    def _count(self, counter: Counter, *labels: str) -> None:
        key = (counter, *labels)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = counter.labels(*labels)
        known.inc()

    def text(self) -> bytes:
        """All of them, in the format of Prometheus."""
        return generate_latest(self.registry)


class _Gauges(Collector):
    def __init__(self, gauges: Callable[[], dict[str, dict[str, float]]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Any]:
        for name, values in self._gauges().items():
            family = GaugeMetricFamily(f"ixnstate_{name}", name.replace("_", " "), labels=["of"])
            for of, value in values.items():
                family.add_metric([of], value)
            yield family
