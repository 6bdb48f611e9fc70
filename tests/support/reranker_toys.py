# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A tiny contrastive model, and runs that train it on hums."""

import torch

from support.stage1_toys import Hums, options
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.clvp.configuration_clvp import TsukasaClvpConfig
from transformers_tsukasa.models.clvp.modeling_clvp import TsukasaClvpModel
from transformers_tsukasa.training.recipes.reranker import RerankerArguments, RerankerModels, RerankerTrainer


TOWER = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 1}
"""A tower of one layer, with the narrowest head that there is."""


def tiny_clvp(seed: int = 0, **changes) -> TsukasaClvpModel:
    """A contrastive model with fresh weights, in evaluation mode."""
    torch.manual_seed(seed)
    values = {"text_config": TOWER, "speech_config": TOWER, "projection_dim": 16, **changes}
    return TsukasaClvpModel(TsukasaClvpConfig(**values)).eval()


def reranker_trainer(folder, count=4, **changes):
    """A trainer of the reranker from fresh weights."""
    clvp = tiny_clvp()
    arguments = RerankerArguments(**options(folder, **{"max_frames_per_batch": 500, **changes}))
    return RerankerTrainer(
        RerankerModels(clvp, arguments.edited_copies, arguments.damaged_copies),
        arguments,
        train_dataset=Hums(count),
        eval_dataset=Hums(count),
        data_collator=TsukasaDataCollator(),
    )
