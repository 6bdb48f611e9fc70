# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversion of VALL-E and VALL-E X, and of Vocos, which decodes their codes."""
