# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The parts of a server that the routes of every interface share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from .added_voices import AddedVoices
from .metrics import Metrics
from .model_pool import ModelPool, model_ids
from .problems import ServerProblem
from .service import Service
from .settings import ServerSettings
from .voicevox.dictionary.store import UserWords


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker


@dataclass(frozen=True)
class ServerContext:
    """The parts of a running server.

    Args:
        settings: of the server.
        service: speaks.
        added_voices: voices that clients added.
        user_words: words that clients added, which every interface reads.
        metrics: counts.
    """

    settings: ServerSettings
    service: Service
    added_voices: AddedVoices
    user_words: UserWords
    metrics: Metrics

    @property
    def pool(self) -> ModelPool:
        """The models."""
        return self.service.pool

    @classmethod
    def start(cls, settings: ServerSettings) -> "ServerContext":
        """Start the threads of a server; no model is loaded yet.

        Raises:
            ValueError: when two models have the same id, or what the state folder holds is damaged.
        """
        added, words = AddedVoices(settings.state), UserWords(settings.state)

        def load(identifier: str, name: str) -> "Speaker":
            from transformers.utils.logging import disable_progress_bar

            from ..synthesis.speaker import Speaker

            disable_progress_bar()  # loading takes a second, and is logged
            speaker = Speaker.load(name, device=settings.device, dtype=settings.dtype, dictionary=settings.dictionary)
            added.put_into(identifier, speaker)
            words.put_into(speaker)
            return speaker

        pool = ModelPool(model_ids(settings.models), load, settings.max_memory)
        service = Service(pool, queue=settings.queue, per_client=settings.per_client, timeout=settings.timeout)
        return cls(settings, service, added, words, Metrics(lambda: service.active, lambda: pool.memory))


def context_of(request: Request) -> ServerContext:
    """The parts of the server that a request came to."""
    return request.app.state.context


def changeable_context(request: Request) -> ServerContext:
    """The parts of a server that clients may change.

    Raises:
        ServerProblem: 403 when it was started so that they may not.
    """
    context = context_of(request)
    if context.settings.disable_mutable_api:
        message = "変更は許可されていません: this server was started so that nothing can be changed"
        raise ServerProblem(403, "not_mutable", message)
    return context


__all__ = ["ServerContext", "changeable_context", "context_of"]
