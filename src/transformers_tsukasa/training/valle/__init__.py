# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training of VALL-E: the autoregressive network, then the refiner."""
