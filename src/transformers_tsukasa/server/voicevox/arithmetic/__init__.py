# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Morae, accents, durations and curves as numbers: no model, no server."""
