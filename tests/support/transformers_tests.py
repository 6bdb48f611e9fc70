# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""transformers' own common tests, from a copy of its source outside this project.

They are not in its wheel: `scripts/run_transformers_tests.sh` fetches its source archive and runs them. By hand,
unpack the archive and set TRANSFORMERS_TESTS to the folder `tests` in it; without that the tests that need them skip.
"""

import importlib
import os
import sys
import types
from pathlib import Path

import pytest
import transformers
import transformers.utils


PACKAGE = "transformers_own_tests"


def common_tests(name: str) -> types.ModuleType:
    """The module `name` of transformers' tests, such as "test_modeling_common"; skips the calling module without."""
    folder = os.environ.get("TRANSFORMERS_TESTS")
    if not folder or not Path(folder, f"{name}.py").is_file():
        pytest.skip(
            f"transformers' own {name}.py is not at hand (set TRANSFORMERS_TESTS to the folder tests of its source)",
            allow_module_level=True,
        )
    pytest.importorskip("parameterized")
    _prepare(folder)
    return importlib.import_module(f"{PACKAGE}.{name}")


def _prepare(folder: str) -> None:
    """Makes the folder a package, with empty stand-ins for the parts that the source archive leaves out."""
    if PACKAGE in sys.modules:
        return
    package = types.ModuleType(PACKAGE)
    package.__path__ = [folder]
    sys.modules[PACKAGE] = package
    if not Path(folder, "__init__.py").is_file():
        transformers.utils.direct_transformers_import = lambda path: transformers
    _stand_in("fetch_hub_objects_for_ci", url_to_local_path=lambda url: url)
    for path, values in {
        "exporters.test_export": {"ExportTesterMixin": type("ExportTesterMixin", (), {})},
        "generation.test_utils": {"GenerationTesterMixin": type("GenerationTesterMixin", (), {})},
        "utils.test_configuration_utils": {"config_common_kwargs": {}},
    }.items():
        if not Path(folder, f"{path.replace('.', '/')}.py").is_file():
            _stand_in(f"{PACKAGE}.{path.split('.')[0]}", __path__=[])
            _stand_in(f"{PACKAGE}.{path}", **values)


def _stand_in(name: str, **values: object) -> None:
    module = types.ModuleType(name)
    vars(module).update(values)
    sys.modules[name] = module
