# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How the accent model of the package is trained and measured (docs/readings.md#accent)."""
