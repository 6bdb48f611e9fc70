# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Requests that do not fit, or only just, made from the server's own description of every call."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from server_attacks.outcome import Outcome
from support.malformed_requests import malformed_requests


_AT_ONCE = 4
_SECONDS = 60  # until a request counts as forgotten
_SERVER_FAULT = 500
_NOT_DONE = 501  # singing
_FULL = 503

Request = tuple[str, str, dict[str, Any]]


def send_malformed(address: str, seed: int, count: int) -> Outcome:
    """Send so many requests, and note what is answered.

    Args:
        address: of the server.
        seed: of the requests.
        count: of them.
    """
    api = httpx.get(f"{address}/openapi.json", timeout=_SECONDS, trust_env=False).json()
    requests = malformed_requests(api, seed, count)
    statuses, faults = asyncio.run(_send_all(address, requests))
    found = ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items(), key=str))
    return Outcome("malformed requests", count, tuple(faults), found)


async def _send_all(address: str, requests: Iterator[Request]) -> tuple[Counter[int | str], list[str]]:
    statuses: Counter[int | str] = Counter()
    faults: list[str] = []
    numbered = zip(itertools.count(1), requests, strict=False)

    async def client(web: httpx.AsyncClient) -> None:
        for number, (method, path, arguments) in numbered:
            status, fault = await _send(web, method, path, arguments)
            statuses[status] += 1
            if fault:
                faults.append(f"request {number}, {method} {path} with {str(arguments)[:300]}: {fault}")

    async with httpx.AsyncClient(base_url=address, timeout=_SECONDS, trust_env=False) as web:
        await asyncio.gather(*(client(web) for _ in range(_AT_ONCE)))
    return statuses, faults


async def _send(web: httpx.AsyncClient, method: str, path: str, arguments: dict[str, Any]) -> tuple[int | str, str]:
    """The status of an answer, and what is wrong with it, if anything."""
    try:
        answer = await web.request(method, path, **arguments)
    except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):
        return "not sent", ""  # no client could
    except httpx.HTTPError as error:
        return "broken", f"{error!r}"
    status = answer.status_code
    is_refused = status == _NOT_DONE or (status == _FULL and "retry-after" in answer.headers)
    if status >= _SERVER_FAULT and not is_refused:
        return status, answer.text[:300]
    if status >= 400 and not answer.json().get("detail"):
        return status, f"a refusal without a reason: {answer.text[:300]}"
    return status, ""


__all__ = ["send_malformed"]
