# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The family of VALL-E and VALL-E X: language models over the codes of an audio codec."""
