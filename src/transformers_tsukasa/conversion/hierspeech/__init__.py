# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published networks of HierSpeech++ (Lee et al. 2023), each a checkpoint of its own."""
