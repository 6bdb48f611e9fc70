# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The interface of VOICEVOX's engine: queries that clients edit, and speech that obeys them."""
