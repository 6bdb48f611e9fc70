# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""HierSpeech++: voice conversion over self-supervised features (Lee et al. 2023)."""
