# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Runs of stage 2 and of fine-tuning on hums, for their tests."""

import torch
from torch import nn

from support.stage1_toys import Hums, options
from support.tiny import tiny_config, tiny_model
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.training.recipes.finetune import FinetuneArguments, FinetuneTrainer
from transformers_tsukasa.training.recipes.stage2.arguments import Stage2Arguments
from transformers_tsukasa.training.recipes.stage2.start import Stage2Start
from transformers_tsukasa.training.recipes.stage2.trainer import Stage2Trainer


NEVER = 1000


class SpokenHums(Hums):
    """Hums of two utterances a speaker, with durations and an out-of-domain text."""

    def __init__(self, count=4, frames=(100, 90, 120, 84), ood_tokens=14):
        super().__init__(count, frames)
        self.ood_tokens = ood_tokens
        self.durations = [self._durations(index) for index in range(count)]

    def _durations(self, index):
        tokens, frames = 10 + index, self.frame_counts[index] // 2
        durations = torch.full((tokens,), frames // tokens)
        durations[: frames % tokens] += 1
        return durations

    def __getitem__(self, index):
        random = torch.Generator().manual_seed(50 + index)
        ids = torch.randint(40, 60, (self.ood_tokens,), generator=random)
        return {
            **super().__getitem__(index),
            "durations": self.durations[index],
            "ood_input_ids": ids,
            "input_features": super().__getitem__((index + 1) % len(self))["mel"][:, :80],
        }


class ToySpeechLanguageModel(nn.Module):
    """Three hidden states of 16 values every 20 ms, frozen."""

    hidden_size, num_hidden_states = 16, 3

    def __init__(self):
        super().__init__()
        random = torch.Generator().manual_seed(9)
        self.register_buffer("kernel", torch.randn(16, 1, 480, generator=random) / 10)

    def forward(self, waveform, sampling_rate, lengths=None):
        states = torch.tanh(nn.functional.conv1d(waveform[:, None], self.kernel, stride=480)).transpose(1, 2)
        mask = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
        return [states, states.square(), states.sin()], mask


def stage2_trainer(
    folder,
    dataset=None,
    slm=None,
    kind=Stage2Trainer,
    arguments_class=Stage2Arguments,
    has_aligner=True,
    config=None,
    **changes,
):
    """A trainer of stage 2 from fresh weights; `slm` is a speech language model."""
    config = config or tiny_config()
    tts = tiny_model(config=config).train()
    torch.manual_seed(1)
    aligner = TsukasaTextAligner(config.text_aligner_config) if has_aligner else None
    discriminators = TsukasaDiscriminators(config.discriminator_config)
    discriminators.apply_weight_norm()
    steps = {"diffusion_step": NEVER, "joint_step": NEVER}
    window = {"slm_every": 1, "slm_min_frames": 40, "slm_max_frames": 80, "slm_batch_share": 1.0}
    arguments = arguments_class(**options(folder, **{**steps, **window, "max_crop_frames": 80, **changes}))
    start = Stage2Start(tts, aligner, discriminators, slm, None)
    dataset = dataset or SpokenHums()
    return kind(
        start.models(arguments, [dataset]),
        arguments,
        train_dataset=dataset,
        eval_dataset=dataset,
        data_collator=TsukasaDataCollator(),
        **start.trainer_arguments,
    )


def finetune_trainer(folder, dataset=None, slm=None, **changes):
    """A trainer of fine-tuning from fresh weights."""
    return stage2_trainer(folder, dataset, slm, FinetuneTrainer, FinetuneArguments, **changes)
