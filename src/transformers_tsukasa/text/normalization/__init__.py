# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Written Japanese to text that is read as it stands: numbers, units, Latin letters, markup."""
