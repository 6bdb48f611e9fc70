# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published Tsukasa checkpoints: those of StyleTTS 2 with mLSTM blocks, and the Kotodama encoders."""
