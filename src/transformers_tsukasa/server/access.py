# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which pages and programs may use a server: origins, names of the host, and keys."""

import hmac
import ipaddress
import re
from collections.abc import Mapping

from .problems import ServerProblem
from .settings import ServerSettings, is_loopback


EXPOSED_HEADERS = (
    "X-Request-Id, X-Tsukasa-Seed, X-Tsukasa-Sample-Rate, X-Tsukasa-Voice, X-Tsukasa-Duration, "
    "X-Tsukasa-Ignored, X-Tsukasa-Captions, Retry-After, Content-Disposition"
)
"""Headers that the scripts of a page may read."""

OPEN_PATHS = frozenset({"/", "/health", "/version"})
"""Paths that need no key."""

_OPEN_FOLDER = "/page/"  # the files of the page, which asks for the key itself

# Pages of this machine, the VOICEVOX editor, and extensions of browsers.
_LOCAL_ORIGIN = re.compile(
    r"app://\.|(?:chrome|moz|ms-browser|safari|safari-web)-extension://.*"
    r"|[a-z][a-z0-9+.-]*://(?:(?:[a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?",
    re.IGNORECASE | re.ASCII,
)
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@?#\s]+)(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
_FORBIDDEN = 403


def check_host(host: str | None, settings: ServerSettings) -> None:
    """Refuse a request for another host, by which a page that renames itself could reach a server on loopback.

    Raises:
        ServerProblem: 403.
    """
    if not settings.is_loopback:
        return
    match = _HOST.fullmatch(host or "")
    name = match[1].strip("[]").lower() if match is not None else ""
    if not is_loopback(name) and name not in map(str.lower, settings.allow_host):
        raise ServerProblem(
            _FORBIDDEN, "host_not_allowed", "Host not allowed: use the address that the server printed"
        )


def check_origin(origin: str | None, host: str | None, settings: ServerSettings) -> None:
    """Refuse a page that may not use this server; programs send no origin.

    The server's own page may, under an address or a name that the settings allow: any other name could be one that a
    page elsewhere has let lead to this server.

    Raises:
        ServerProblem: 403.
    """
    if origin is None or settings.cors_policy_mode == "all" or origin in settings.allow_origin:
        return
    if _LOCAL_ORIGIN.fullmatch(origin) is None and not _is_own(origin, host, settings):
        raise ServerProblem(_FORBIDDEN, "origin_not_allowed", "Origin not allowed")


def _is_own(origin: str, host: str | None, settings: ServerSettings) -> bool:
    """Whether a page was served by this server, by its address or an allowed name."""
    match = _HOST.fullmatch(host or "")
    if match is None or origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
        return False
    name = match[1].strip("[]").lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in map(str.lower, settings.allow_host)
    return True


def given_key(headers: Mapping[str, str]) -> str | None:
    """The key of a request: what follows Bearer in its Authorization."""
    scheme, _, key = headers.get("authorization", "").strip().partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


def check_key(path: str, key: str | None, settings: ServerSettings) -> None:
    """Refuse a request without one of the keys, compared in constant time.

    Raises:
        ServerProblem: 401.
    """
    if not settings.api_keys or path in OPEN_PATHS or path.startswith(_OPEN_FOLDER):
        return
    given = (key or "").encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(given, known.encode()) for known in settings.api_keys]
    if not any(matches):
        message = "the key is missing or wrong: send 'Authorization: Bearer KEY'"
        raise ServerProblem(401, "invalid_api_key", message)


def cors_headers(origin: str | None, asked: Mapping[str, str] | None = None) -> dict[str, str]:
    """Headers that let a page read the answer.

    Args:
        origin: of the page, already checked; `None` for a program.
        asked: headers of a request that asks in advance (preflight), else `None`.
    """
    if origin is None:
        return {}
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
        "Vary": "Origin",
    }
    if asked is not None:
        headers["Access-Control-Allow-Methods"] = asked.get("access-control-request-method", "GET")
        headers["Access-Control-Allow-Headers"] = asked.get("access-control-request-headers", "*")
        headers["Access-Control-Max-Age"] = "600"
        if asked.get("access-control-request-private-network") == "true":
            headers["Access-Control-Allow-Private-Network"] = "true"
    return headers


__all__ = [
    "EXPOSED_HEADERS",
    "OPEN_PATHS",
    "check_host",
    "check_key",
    "check_origin",
    "cors_headers",
    "given_key",
]
