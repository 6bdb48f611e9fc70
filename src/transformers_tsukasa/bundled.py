# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The voice in the box: a small model that comes with the package, so that nothing need be downloaded to speak."""

from pathlib import Path


_FOLDER = Path(__file__).parent / "voice"


def default_voice() -> str:
    """The folder of the small voice that comes with the package, for `from_pretrained` and `pipeline`.

    Raises:
        FileNotFoundError: when this copy of the package was made without it.
    """
    if not (_FOLDER / "model.safetensors").is_file():
        raise FileNotFoundError(
            f"this copy of transformers-tsukasa has no voice of its own ('{_FOLDER}'): name a model folder, which "
            "`tsukasa convert` makes from a published checkpoint"
        )
    return str(_FOLDER)


__all__ = ["default_voice"]
