# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`python -m transformers_tsukasa` is the command `tsukasa`, which launchers of several processes start as a module:

accelerate launch -m transformers_tsukasa train stage1 configs/train/stage1.yaml [key=value ...] [--resume]
torchrun --nproc_per_node 2 -m transformers_tsukasa train stage1 configs/train/stage1.yaml [key=value ...] [--resume]
"""

import sys

from .cli.main import main


if __name__ == "__main__":
    sys.exit(main())
