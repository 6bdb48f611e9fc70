# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""SpeechSR: speech at 16 kHz raised to 24 or 48 kHz (Lee et al. 2023, HierSpeech++)."""
