# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa train stage1` as a script, for launchers of several processes:

accelerate launch scripts/train_stage1.py configs/train/stage1.yaml [key=value ...] [--resume]
"""

import sys

from transformers_tsukasa.cli.main import main


if __name__ == "__main__":
    sys.exit(main(["train", "stage1", *sys.argv[1:]]))
