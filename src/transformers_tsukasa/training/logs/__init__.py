# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What a run tells its reader: its plan and phases, a line for every logged update, sounds and pictures."""
