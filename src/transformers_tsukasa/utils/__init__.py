# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Files, locks, resumable work, worker processes and wording: helpers that know nothing of speech."""
