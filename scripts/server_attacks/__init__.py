# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Attacks of `check_server.py`: requests that do not fit, clients that leave, and kills while a server writes."""
