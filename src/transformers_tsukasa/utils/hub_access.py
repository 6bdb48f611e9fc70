# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files of the hub, whose refusals become one error whatever library of connections its client uses."""

from typing import Any


class HubError(OSError):
    """The hub has not given a file; the message is its reason, in one line."""


def hub_file(repository: str, name: str, **arguments: Any) -> str:
    """Return the path of a file of a hub repository, downloaded unless the cache has it. The hub is asked once.

    Args:
        repository: its id, such as "owner/name".
        name: of the file.
        arguments: of `huggingface_hub.hf_hub_download`: `revision`, `token`, `cache_dir` and the like.

    Raises:
        HubError: for a name that cannot be one of the hub, a repository or file that it does not have or does not
            show, and a connection that fails.
    """
    from huggingface_hub import errors, hf_hub_download

    # The client's exceptions of connections have this ancestor, and are no errors of the operating system.
    failed_connection = getattr(errors, "HTTPError", OSError)
    try:
        return hf_hub_download(repository, name, **arguments)
    except (OSError, errors.HfHubHTTPError, errors.HFValidationError, failed_connection) as error:
        lines = str(error).strip().splitlines()
        raise HubError(lines[0].rstrip(".:") if lines else type(error).__name__) from error


__all__ = ["HubError", "hub_file"]
