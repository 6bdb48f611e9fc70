# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversion of published checkpoints into model folders: one general machine, and a folder for each system."""
