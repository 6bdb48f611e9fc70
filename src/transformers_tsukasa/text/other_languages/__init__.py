# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text of other languages than Japanese, by phonemizers of the user or of other packages."""
