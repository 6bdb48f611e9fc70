# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 2: prosody, style diffusion, and the adversary on a speech language model."""
