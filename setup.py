# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The two things of a build that setup.cfg cannot state.

- `configs/`, which lies at the top of the repository, becomes part of the package. An editable install has nothing to
  copy: `bundled.py` finds the folder where it lies.
- The README is shown outside the repository too, on an index of packages, where its relative links would lead nowhere.
"""

import configparser
import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


ROOT = Path(__file__).parent


class BuildWithConfigs(build_py):
    """Copies the package, and the configs into it."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            self.copy_tree(str(ROOT / "configs"), str(Path(self.build_lib, "transformers_tsukasa", "configs")))


def with_absolute_links(markdown: str, address: str) -> str:
    """A text of the repository with links to its files, and its pictures themselves, at the repository's address."""
    relative = r"\]\((?!https?://|#)"
    markdown = re.sub(rf"(!\[[^\]]*){relative}", rf"\1]({address}/raw/main/", markdown)
    return re.sub(relative, f"]({address}/blob/main/", markdown)


def long_description() -> str:
    """The README as it reads outside the repository."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    return with_absolute_links((ROOT / "README.md").read_text(encoding="utf-8"), settings["metadata"]["url"])


setup(cmdclass={"build_py": BuildWithConfigs}, long_description=long_description())
