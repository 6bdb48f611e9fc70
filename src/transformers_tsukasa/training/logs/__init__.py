# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Output of a run for its reader: plan and phases, a line for every logged update, sounds and pictures."""
