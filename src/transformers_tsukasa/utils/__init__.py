# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files, locks, worker processes and words: helpers that know nothing of speech."""
