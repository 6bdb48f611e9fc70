# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The routes of the interface."""

from .routes import (
    dictionary_routes,
    preset_routes,
    query_routes,
    setting_routes,
    speaker_routes,
    streaming_routes,
    synthesis_routes,
)


ROUTERS = (
    speaker_routes.router,
    query_routes.router,
    synthesis_routes.router,
    streaming_routes.router,
    dictionary_routes.router,
    dictionary_routes.changing,
    preset_routes.router,
    preset_routes.changing,
    setting_routes.router,
    setting_routes.changing,
)

__all__ = ["ROUTERS"]
