# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A small model of masked characters, trained on plain Japanese text."""
