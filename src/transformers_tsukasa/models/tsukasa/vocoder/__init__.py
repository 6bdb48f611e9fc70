# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From aligned text, F0, energy and style to the waveform."""
