# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Readings chosen among those of the dictionaries by a model that was trained on texts with readings."""
