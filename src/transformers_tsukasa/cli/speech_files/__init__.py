# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where `tsukasa say` puts speech: files, files beside them, and the loudspeaker."""
