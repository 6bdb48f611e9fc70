# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Helpers of the tests: toy models and corpora, recorded data, checkpoints in the published format."""
