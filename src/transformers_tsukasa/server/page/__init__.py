# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The page at `/`: an editor of lines in the browser, which uses the same HTTP interfaces as other programs."""
