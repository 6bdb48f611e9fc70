# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Rating of voices by networks that no one here trained, clip by clip; see scripts/rate_voice.py."""
