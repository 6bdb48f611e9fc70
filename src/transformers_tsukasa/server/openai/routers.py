# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The routes of the interface."""

from . import batch_routes, model_routes, phoneme_routes, speech_routes, voice_routes


ROUTERS = (
    speech_routes.router,
    batch_routes.router,
    voice_routes.router,
    model_routes.router,
    phoneme_routes.router,
)

__all__ = ["ROUTERS"]
