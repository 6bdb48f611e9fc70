# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Runs of stage 2 and fine-tuning that draw and move nothing, so that parts of a batch can be compared with it."""

from pathlib import Path

import torch

from support.stage2_toys import SpokenHums, ToySpeechLanguageModel, stage2_trainer
from support.training_toys import after_gradients
from transformers_tsukasa.training.recipes.finetune import FinetuneArguments, FinetuneTrainer


# Update 0 is of the first phase, 1 of the second, 2 of the joint one, which the adversary follows.
STEPS = {"max_steps": 3, "diffusion_step": 1, "joint_step": 2}
STILL = dict.fromkeys(("plbert", "decoder", "acoustic_style_encoder"), 0.0)


def draw_nothing():
    """What is drawn is the same for every utterance, whatever its place; data sets have generators of their own."""
    kept = {name: getattr(torch, name) for name in ("rand", "randn", "randint")}

    def still(name, value):
        def draw(*size, **keywords):
            if keywords.get("generator") is not None:
                return kept[name](*size, **keywords)
            return value(kept[name](*size, **keywords), *size)

        return draw

    torch.rand = still("rand", lambda drawn, *size: torch.full_like(drawn, 0.5))
    torch.randn = still("randn", lambda drawn, *size: torch.zeros_like(drawn))
    torch.randn_like = torch.zeros_like
    torch.randint = still("randint", lambda drawn, *size: torch.full_like(drawn, size[0] if len(size) == 3 else 0))


def take_means_alone():
    """A ratio of sums, and a median over the batch, are other figures in its parts (docs/decisions/0009). And a pitch
    that is rounded differently is summed up to another phase, so that nothing sounds of it here.
    """
    import transformers_tsukasa.training.losses as losses
    import transformers_tsukasa.training.recipes.spoken_crops as spoken_crops
    from transformers_tsukasa.models.tsukasa.vocoder.harmonic_source import TsukasaHarmonicSource

    losses.relativistic_loss = lambda difference: difference.sum() * 0.0
    spoken_crops.mel_loss = lambda generated, recorded, rate: (generated - recorded).abs().mean()
    TsukasaHarmonicSource.forward = lambda self, f0, *rest: f0.new_zeros(f0.shape[0], f0.shape[1] * self.hop_length)


class UnevenHums(SpokenHums):
    """Of one length, but only some of the out-of-domain texts are long enough for the adversary."""

    def __init__(self, long):
        super().__init__(4, frames=(80,))
        self.long = long

    def __getitem__(self, index):
        item = super().__getitem__(index)
        return item if index in self.long else {**item, "ood_input_ids": item["ood_input_ids"][:2]}


def still_trainer(folder, long, kind="stage2", **changes):
    """For processes of their own: nothing is drawn, no weight moves, and all gradients are kept."""
    draw_nothing()
    take_means_alone()
    kinds = {"stage2": {}, "finetune": {"kind": FinetuneTrainer, "arguments_class": FinetuneArguments}}
    share = {"soft_alignment_share": 0.0} if kind == "finetune" else {}
    options = {"learning_rate": 0.0, "learning_rates": STILL, "slm_min_frames": 40, "slm_max_frames": 40}
    trainer = stage2_trainer(
        folder, UnevenHums(long), ToySpeechLanguageModel(), **kinds[kind], **share, **STEPS, **options, **changes
    )
    for module in trainer.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        # Spectral norms come closer to their value with every forward pass, of which parts of a batch need more.
        if hasattr(module, "n_power_iterations"):
            module.n_power_iterations = 0
    kept = {}

    def keep_gradients(kind):
        step = trainer.state.global_step - (1 if kind else 0)
        kept[f"{step}{kind}"] = {
            name: torch.cat([w.grad.flatten() if w.grad is not None else w.new_zeros(w.numel()) for w in weights])
            for name, module in trainer.modules().items()
            if any((w.grad is not None) for w in module.parameters()) and (weights := list(module.parameters()))
        }
        torch.save(kept, Path(folder) / f"gradients-{trainer.args.process_index}.pt")

    after_gradients(trainer, keep_gradients)
    return trainer
