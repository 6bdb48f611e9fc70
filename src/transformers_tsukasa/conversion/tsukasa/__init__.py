# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published Tsukasa checkpoints: file layout, config translation and tables of names."""
