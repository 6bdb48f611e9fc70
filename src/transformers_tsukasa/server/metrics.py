# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Counts and times of a server in the text format of Prometheus (version 0.0.4)."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from threading import Lock


_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_FACTORS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0)


class Counter:
    """A number that grows, one for every combination of labels."""

    kind = "counter"

    def __init__(self, *labels: str) -> None:
        self._labels, self._lock = labels, Lock()
        self._values: dict[tuple[str, ...], float] = {} if labels else {(): 0.0}

    def add(self, amount: float, *labels: str) -> None:
        """Add to the number with these values of the labels."""
        with self._lock:
            self._values[labels] = self._values.get(labels, 0.0) + amount

    def samples(self) -> Iterator[tuple[str, str, float]]:
        """Yield suffix of the name, labels and value."""
        with self._lock:
            values = sorted(self._values.items())
        for given, value in values:
            yield "", _labels(zip(self._labels, given, strict=True)), value


class Gauge:
    """A number that is asked for."""

    kind = "gauge"

    def __init__(self, value: Callable[[], float]) -> None:
        self._value = value

    def samples(self) -> Iterator[tuple[str, str, float]]:
        """Yield suffix of the name, labels and value."""
        yield "", "", self._value()


class Histogram:
    """How many values were at most as large as each of some bounds."""

    kind = "histogram"

    def __init__(self, bounds: tuple[float, ...] = _SECONDS) -> None:
        self._bounds, self._lock = bounds, Lock()
        self._counts, self._sum = [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._sum += value

    def samples(self) -> Iterator[tuple[str, str, float]]:
        """Yield suffix of the name, labels and value."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        below = 0
        for bound, count in zip([*map("{:g}".format, self._bounds), "+Inf"], counts, strict=True):
            below += count
            yield "_bucket", _labels([("le", bound)]), below
        yield "_sum", "", total
        yield "_count", "", below


class Metrics:
    """The metrics of a server.

    Args:
        queue_length: returns the number of requests here.
        model_memory: returns the bytes of loaded weights.
    """

    def __init__(self, queue_length: Callable[[], float], model_memory: Callable[[], float]) -> None:
        self.requests = Counter("endpoint", "status")
        self.audio_seconds, self.characters = Counter(), Counter()
        self.first_audio, self.request_seconds = Histogram(), Histogram()
        self.real_time_factor = Histogram(_FACTORS)
        self._all: dict[str, tuple[str, Counter | Gauge | Histogram]] = {
            "tsukasa_requests_total": ("Requests that were answered.", self.requests),
            "tsukasa_audio_seconds_total": ("Seconds of speech.", self.audio_seconds),
            "tsukasa_characters_total": ("Characters of the texts that were spoken.", self.characters),
            "tsukasa_queue_length": ("Requests that are spoken or wait.", Gauge(queue_length)),
            "tsukasa_model_memory_bytes": ("Bytes of the weights in memory.", Gauge(model_memory)),
            "tsukasa_first_audio_seconds": ("From a request to its first audio.", self.first_audio),
            "tsukasa_request_seconds": ("From a request to the end of its answer.", self.request_seconds),
            "tsukasa_real_time_factor": ("Seconds of a request for a second of speech.", self.real_time_factor),
        }

    def text(self) -> str:
        """All metrics in the text format."""
        lines = []
        for name, (description, metric) in self._all.items():
            lines += [f"# HELP {name} {description}", f"# TYPE {name} {metric.kind}"]
            lines += [f"{name}{suffix}{labels} {value:.10g}" for suffix, labels, value in metric.samples()]
        return "\n".join(lines) + "\n"


def _labels(pairs: Iterable[tuple[str, str]]) -> str:
    escaped = {name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in pairs}
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}" if escaped else ""


__all__ = ["Counter", "Gauge", "Histogram", "Metrics"]
