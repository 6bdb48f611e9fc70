# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""StyleTTS 2's published checkpoints: file layout, config translation and tables of names.

The systems that were made from StyleTTS 2 have folders of their own, which use these (decision 0025).
"""
