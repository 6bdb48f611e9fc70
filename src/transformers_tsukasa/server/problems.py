# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A refusal of the server as an exception, which becomes an answer in one place."""

import logging
from collections.abc import Generator, Mapping
from typing import Any, TypeVar


logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


class ServerProblem(Exception):
    """A request cannot be answered.

    Args:
        status: of HTTP.
        code: a name for programs, or `None`.
        message: a sentence: what is wrong, and what to do.
        param: the field of the request, or `None`.
        retry_after: seconds after which the same request may work.
        retry: False where a client should not try again although the status suggests it.
        also: further parts of the body of the answer, for an interface whose clients read others.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        retry_after: int | None = None,
        retry: bool = True,
        also: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param
        self.retry_after, self.retry = retry_after, retry
        self.also = also or {}

    @property
    def headers(self) -> dict[str, str]:
        """Headers that the answer needs whatever its form."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if not self.retry:
            headers["x-should-retry"] = "false"
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


def finite_pieces(pieces: Generator[T, None, R]) -> Generator[T, None, R]:
    """Pass on what a model speaks, and what it returns at last.

    Raises:
        ServerProblem: 500 for values that are not finite, which the model would return again: clients are told so.
    """
    try:
        return (yield from pieces)
    except FloatingPointError as error:
        logger.error("a model cannot speak: %s", error)
        message = "the model returned values that are not finite: another voice, seed or text may work"
        raise ServerProblem(500, None, message, retry=False) from error


__all__ = ["ServerProblem", "finite_pieces"]
