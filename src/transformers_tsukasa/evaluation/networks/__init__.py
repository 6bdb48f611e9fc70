# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Networks that rate speech, from folders of the user: text aligner, DNSMOS, speech recogniser, speaker encoder."""
