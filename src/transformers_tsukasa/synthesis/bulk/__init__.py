# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech of long lists of texts, in shards that several processes share and later runs continue."""
