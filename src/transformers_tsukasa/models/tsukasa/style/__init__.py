# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Style vectors: encoded from clips, sampled by diffusion, or predicted by Kotodama's encoders."""
