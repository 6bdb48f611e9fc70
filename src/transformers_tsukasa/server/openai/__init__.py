# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""OpenAI's speech interface, with the additions of Kokoro's server and ours (docs/server.md)."""
