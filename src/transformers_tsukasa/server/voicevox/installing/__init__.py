# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The folder that VOICEVOX's editor takes as an engine."""
