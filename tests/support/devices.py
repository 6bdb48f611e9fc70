# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where the tests of the trainers train: on the CPU, or with TSUKASA_TEST_DEVICE=cuda on a GPU."""

import os


USE_CPU = os.environ.get("TSUKASA_TEST_DEVICE", "cpu") == "cpu"
