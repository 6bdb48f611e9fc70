# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa train stage2` as a script, for launchers of several processes:

accelerate launch scripts/train_stage2.py configs/train/stage2.yaml [key=value ...] [--resume]
"""

import sys

from transformers_tsukasa.cli.main import main


if __name__ == "__main__":
    sys.exit(main(["train", "stage2", *sys.argv[1:]]))
