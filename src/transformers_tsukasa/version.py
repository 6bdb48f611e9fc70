# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
__version__ = "0.1.0"
