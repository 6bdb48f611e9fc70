# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Corpora: from recordings to a prepared data set, and from that to the batches of a training step."""
