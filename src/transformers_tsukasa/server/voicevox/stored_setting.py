# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Settings that are changed in the browser and hold from the next start on, unless the command line has others."""

import re
from enum import Enum
from pathlib import Path

import yaml
from pydantic import BaseModel, field_validator

from ...utils.atomic_files import write_text


SETTING_NAME = "setting.yml"

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@\\]+", re.IGNORECASE | re.ASCII)
_LONGEST = 10_000  # characters of all origins


class CorsPolicyMode(str, Enum):
    """Pages that may use the server: every page, or those of this machine and browser extensions."""

    all = "all"
    localapps = "localapps"


class StoredSetting(BaseModel):
    """Settings as they are kept.

    Args:
        cors_policy_mode: see `CorsPolicyMode`.
        allow_origin: further origins, between spaces.
    """

    cors_policy_mode: CorsPolicyMode = CorsPolicyMode.localapps
    allow_origin: str | None = None

    @field_validator("allow_origin")
    @classmethod
    def _check_origins(cls, text: str | None) -> str | None:
        origins = (text or "").split()
        if len(text or "") > _LONGEST or not all(map(_ORIGIN.fullmatch, origins)):
            raise ValueError("オリジンが正しくありません: write origins such as https://example.org between spaces")
        return " ".join(origins) or None

    @property
    def origins(self) -> tuple[str, ...]:
        """Further origins."""
        return tuple((self.allow_origin or "").split())


def read_setting(folder: Path) -> StoredSetting:
    """The settings of a state folder.

    Raises:
        ValueError: when their file is damaged.
        OSError: when it cannot be read.
    """
    path = folder / SETTING_NAME
    if not path.exists():
        return StoredSetting()
    try:
        return StoredSetting.model_validate(yaml.safe_load(path.read_bytes()) or {})
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"the settings '{path}' are damaged ({reason}): repair the file, or move it away") from error


def write_setting(folder: Path, setting: StoredSetting) -> None:
    """Keep settings in a state folder.

    Raises:
        OSError: when the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / SETTING_NAME, yaml.safe_dump(setting.model_dump(mode="json"), sort_keys=False))


__all__ = ["SETTING_NAME", "CorsPolicyMode", "StoredSetting", "read_setting", "write_setting"]
