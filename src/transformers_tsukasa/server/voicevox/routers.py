# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The routes of the interface."""

from . import query_routes, speaker_routes, synthesis_routes


ROUTERS = (speaker_routes.router, query_routes.router, synthesis_routes.router)

__all__ = ["ROUTERS"]
