# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa train finetune` as a script, for launchers of several processes:

accelerate launch scripts/train_finetune.py configs/train/finetune.yaml [key=value ...] [--resume]
"""

import sys

from transformers_tsukasa.cli.main import main


if __name__ == "__main__":
    sys.exit(main(["train", "finetune", *sys.argv[1:]]))
