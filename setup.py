# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The one step of a build that setup.cfg cannot state: `configs/`, at the top of the repository, becomes part of the package.

An editable install has nothing to copy: `bundled.py` finds the folder where it stands.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfigs(build_py):
    """Copies the package, and the configs into it."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            self.copy_tree("configs", str(Path(self.build_lib, "transformers_tsukasa", "configs")))


setup(cmdclass={"build_py": BuildWithConfigs})
