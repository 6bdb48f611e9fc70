# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files of the hub, whose refusals become one error whatever library of connections its client uses."""

from typing import Any


class HubError(OSError):
    """The hub has not given a file; the message is its reason, in one line."""


def hub_file(repository: str, name: str, **arguments: Any) -> str:
    """Return the path of a file of a hub repository, downloaded unless the cache has it.

    A hub that cannot be reached, or does not have the file, is asked once.

    Args:
        repository: its id, such as "owner/name".
        name: of the file.
        arguments: of `huggingface_hub.hf_hub_download`: `revision`, `token`, `cache_dir` and the like.

    Raises:
        HubError: for a name that cannot be one of the hub, a repository or file that it does not have or does not
            show, and a connection that fails.
    """
    import huggingface_hub

    try:
        if not arguments.get("local_files_only") and not _is_cached(repository, name, arguments):
            # Downloading a file that is not there, or without a connection, asks five times more.
            place = {key: arguments.get(key) for key in ("subfolder", "revision")}
            url = huggingface_hub.hf_hub_url(repository, name, **place)
            huggingface_hub.get_hf_file_metadata(url, token=arguments.get("token"))
        return huggingface_hub.hf_hub_download(repository, name, **arguments)
    except hub_errors() as error:
        raise HubError(first_line(error)) from error


def hub_errors() -> tuple[type[Exception], ...]:
    """Return the classes of what the hub's client raises when it is refused, or has no connection."""
    from huggingface_hub import errors

    # The exceptions of connections have this ancestor, and are no errors of the operating system.
    failed_connection = getattr(errors, "HTTPError", OSError)
    return (OSError, errors.HfHubHTTPError, errors.HFValidationError, failed_connection)


def first_line(error: Exception) -> str:
    """Return the first line of an error, without the mark at its end; its kind where it has no message."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__


def _is_cached(repository: str, name: str, arguments: dict[str, Any]) -> bool:
    from huggingface_hub import try_to_load_from_cache

    path = "/".join(part for part in (arguments.get("subfolder"), name) if part)
    place = {key: arguments.get(key) for key in ("cache_dir", "revision")}
    return isinstance(try_to_load_from_cache(repository, path, **place), str)


__all__ = ["HubError", "first_line", "hub_errors", "hub_file"]
