# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""One training each: text aligner, pitch extractor, PL-BERT, stages 1 to 3, fine-tuning."""
