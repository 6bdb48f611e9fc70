# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A contrastive model of speech and its text, after CLVP (Betker 2022, Tortoise)."""
