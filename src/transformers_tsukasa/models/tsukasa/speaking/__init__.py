# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Parts of `generate()`: options, styles, prosody that is given, assembly of long speech, voices."""
