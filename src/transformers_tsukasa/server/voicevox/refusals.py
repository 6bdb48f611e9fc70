# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Refusals in the form that VOICEVOX's clients expect."""

from ..problems import ServerProblem


def invalid(message: str) -> ServerProblem:
    """The problem of a request that VOICEVOX's clients expect as 422."""
    return ServerProblem(422, None, message, also={"message": message})


__all__ = ["invalid"]
