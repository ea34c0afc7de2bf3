"""Counts for Prometheus, one registry per application."""

from __future__ import annotations

from contextlib import AbstractContextManager

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """What the server counts. Labels are patterns and kinds, never ids."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "frontdesk_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "frontdesk_request_seconds",
            "Time to answer",
            ("route",),
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._sockets = Gauge("frontdesk_open_sockets", "Sockets open", ("kind",), registry=self._registry)
        self._chat = Counter(
            "frontdesk_chat_messages",
            "Lines in web chat sockets: received (stored), sent (delivered), refused",
            ("what",),
            registry=self._registry,
        )
        self._cases = Gauge("frontdesk_cases", "Cases by desk and state", ("queue", "state"), registry=self._registry)

        self._speech = Gauge(
            "frontdesk_speech_sentences",
            "Fixed sentences: wanted, and ready in the cache",
            ("what",),
            registry=self._registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request. Sockets, which stay open for hours, are left out of the times."""
        self._requests.labels(method, route, str(status)).inc()
        if status != 101:
            self._seconds.labels(route).observe(seconds)

    def open_socket(self, kind: str) -> AbstractContextManager[object]:
        """Count a socket while the context is open."""
        return self._sockets.labels(kind).track_inprogress()

    def chat(self, what: str) -> None:
        """Count a line: received, sent or refused."""
        self._chat.labels(what).inc()

    def cases(self, counts: dict[tuple[str, str], int]) -> None:
        """Set the number of cases by (queue, state)."""
        self._cases.clear()
        for (queue, state), count in counts.items():
            self._cases.labels(queue, state).set(count)

    def speech(self, ready: int, wanted: int) -> None:
        """Set how many fixed sentences are ready to be said."""
        self._speech.labels("ready").set(ready)
        self._speech.labels("wanted").set(wanted)

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)
