# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Everything that a server is told when it starts."""

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..bundled import DEFAULT_MODEL


@dataclass(frozen=True)
class ServerSettings:
    """Settings of a server.

    Args:
        models: names of the models, as `Speaker.load` takes them; the first is the default one.
        host: address to bind to.
        port: to bind to; 0 takes a free one.
        device: where the models run.
        dtype: of the weights.
        max_memory: bytes that the weights of loaded models may take together; the least recently used are dropped.
            `None` drops none.
        api_keys: of which a request must have one; without any, every request is accepted.
        cors_policy_mode: "localapps" accepts pages of this machine and browser extensions, "all" every page.
        allow_origin: further origins to accept, such as "https://example.org".
        allow_host: further names in the Host header, for a server on a loopback address.
        state: the folder of voices, words and presets that were added.
        dictionary: a file with readings, in place of those in the model folders; added words overrule both.
        queue: most requests that wait.
        per_client: most requests of one client at a time.
        timeout: seconds from the arrival of a request after which it is given up.
        max_input: most characters of a text.
        max_body: most bytes of a request.
        seed: of requests without one; `None` draws it.
        reranker: folder of the network that chooses among the candidates of a request; `None` for each model's own.
        upspeak: how queries ask: "model" as the model does it, "classic" by one more mora, which is higher.
        voice_map: voices of the model for names of OpenAI's, such as "alloy".
        cpu_num_threads: of PyTorch; `None` leaves its own choice.
        disable_mutable_api: refuse to change voices, words, presets and settings.
        log_text: write texts into the log.

    Raises:
        ValueError: for a value out of its range.
    """

    models: tuple[str, ...] = (DEFAULT_MODEL,)
    host: str = "127.0.0.1"
    port: int = 50121
    device: str = "cpu"
    dtype: str = "float32"
    max_memory: float | None = None
    api_keys: tuple[str, ...] = ()
    cors_policy_mode: Literal["localapps", "all"] = "localapps"
    allow_origin: tuple[str, ...] = ()
    allow_host: tuple[str, ...] = ()
    state: Path = field(default_factory=lambda: default_state())
    dictionary: Path | None = None
    queue: int = 64
    per_client: int = 16
    timeout: float = 600.0
    max_input: int = 100_000
    max_body: int = 32 * 2**20
    seed: int | None = None
    reranker: Path | None = None
    upspeak: Literal["model", "classic"] = "model"
    voice_map: Mapping[str, str] = field(default_factory=dict)
    cpu_num_threads: int | None = None
    disable_mutable_api: bool = False
    log_text: bool = False

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError("`models` is empty: name at least one model")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"`port` must be 0 to 65535, got {self.port}")
        for name, least in (("queue", 0), ("per_client", 1), ("max_input", 1), ("max_body", 1), ("timeout", 0.001)):
            if not getattr(self, name) >= least:
                raise ValueError(f"`{name}` must be at least {least}, got {getattr(self, name)}")
        if self.max_memory is not None and not self.max_memory > 0:
            raise ValueError(f"`max_memory` must be more than 0 bytes, got {self.max_memory:g}")
        if self.cpu_num_threads is not None and self.cpu_num_threads < 1:
            raise ValueError(f"`cpu_num_threads` must be at least 1, got {self.cpu_num_threads}")
        if self.seed is not None and not 0 <= self.seed <= 2**62:
            raise ValueError(f"`seed` must be 0 to 2^62, got {self.seed}")
        if any(not key.strip() or not key.isascii() for key in self.api_keys):
            raise ValueError("an `api_key` must be letters, digits and signs of ASCII: give another one")

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine reach the server."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address leads to this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def default_state() -> Path:
    """The folder for this user's data."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "transformers-tsukasa"


__all__ = ["ServerSettings", "default_state", "is_loopback"]
