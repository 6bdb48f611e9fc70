# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Pitch accent that is learned from people: borders of accent phrases and nuclei."""
