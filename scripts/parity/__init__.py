# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The rooms of `check_parity.py`: checkpoints, the steps of every kind of recorded file, losses and the table."""
