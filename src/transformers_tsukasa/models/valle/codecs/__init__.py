# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Audio codecs with one interface: waveforms to codes and back."""
