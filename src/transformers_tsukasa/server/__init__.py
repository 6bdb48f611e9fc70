# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Serving speech over HTTP: one process, one worker that speaks, and the interfaces that other software knows.

It needs the packages of the extra `serve`, and no module here imports torch before a model is loaded.
"""
