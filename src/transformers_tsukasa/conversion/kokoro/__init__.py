# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Kokoro's published checkpoints, its ONNX files, and the packages that hold one of them."""
