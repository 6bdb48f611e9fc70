# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import os


# Tests never reach for a hub: whatever is missing locally must fail with our own sentence.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
