# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Facts of a request for the log and the metrics; never its text, unless that was asked for."""

import json
import logging
import re
import time
import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from .metrics import Metrics


logger = logging.getLogger(__name__)

_WATCHED = frozenset({"/health", "/version", "/metrics"})  # asked every second by programs that watch a server
_SCOPE_KEY = "tsukasa.record"
_REQUEST_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)


def request_id(given: str | None) -> str:
    """The id that a client gave its request, where it is harmless, or a new one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else f"req_{uuid.uuid4().hex}"


@dataclass
class RequestRecord:
    """A request.

    Args:
        id: in the log and in the answer's X-Request-Id.
        client: its key, or else its address, for turns in the queue.
        log_text: whether texts may be logged.
    """

    id: str
    client: str
    log_text: bool = False
    start: float = field(default_factory=time.monotonic)
    first_audio: float | None = None
    audio_seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    def text(self, text: str) -> None:
        """Note the text that is to be spoken."""
        self.facts["characters"] = self.facts.get("characters", 0) + len(text)
        if self.log_text:
            self.facts["text"] = text

    def audio(self, seconds: float) -> None:
        """Note that some seconds of speech are ready."""
        if self.first_audio is None:
            self.first_audio = time.monotonic() - self.start
        self.audio_seconds += seconds

    def finish(self, endpoint: str, method: str, status: int, metrics: Metrics) -> None:
        """Write the line of the log, and count the request."""
        total = time.monotonic() - self.start
        metrics.requests.add(1, endpoint, str(status))
        metrics.request_seconds.observe(total)
        metrics.characters.add(self.facts.get("characters", 0))
        line: dict[str, Any] = {"id": self.id, "method": method, "endpoint": endpoint, "status": status, **self.facts}
        if self.first_audio is not None:
            metrics.audio_seconds.add(self.audio_seconds)
            metrics.first_audio.observe(self.first_audio)
            if self.audio_seconds:
                metrics.real_time_factor.observe(total / self.audio_seconds)
            line |= {"audio": round(self.audio_seconds, 3), "first_audio": round(self.first_audio, 3)}
        level = logging.DEBUG if endpoint in _WATCHED and status in (200, 503) else logging.INFO
        logger.log(level, "%s", json.dumps({**line, "total": round(total, 3)}, ensure_ascii=False))


def put_record(scope: MutableMapping[str, Any], record: RequestRecord) -> None:
    """Attach the record to a request."""
    scope[_SCOPE_KEY] = record


def record_of(scope: MutableMapping[str, Any]) -> RequestRecord:
    """The record of a request."""
    return scope[_SCOPE_KEY]


__all__ = ["RequestRecord", "put_record", "record_of", "request_id"]
