# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Runs of the aligner, the pitch extractor and stage 1 on hums, for the tests of the trainers."""

from pathlib import Path

import torch
from torch.utils.data import Dataset

from support.devices import USE_CPU
from support.tiny import tiny_config, tiny_model
from support.training_toys import after_gradients
from transformers_tsukasa.audio.mel import energy_from_mel, log_mel_spectrogram
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.training.engine.arguments import TsukasaTrainingArguments
from transformers_tsukasa.training.recipes.aligned_models import plan_alignments
from transformers_tsukasa.training.recipes.aligner import AlignerModels, AlignerTrainer
from transformers_tsukasa.training.recipes.pitch import PitchArguments, PitchModels, PitchTrainer
from transformers_tsukasa.training.recipes.stage1 import Stage1Arguments, Stage1Models, Stage1Trainer
from transformers_tsukasa.training.speech_models.speech_language_model import SpeechLanguageModel


class Hums(Dataset):
    """Hummed vowels with the fields of `TsukasaDataset`."""

    def __init__(self, count=4, frames=(100, 90, 120, 84)):
        self.frame_counts = [frames[index % len(frames)] for index in range(count)]

    def __len__(self):
        return len(self.frame_counts)

    def __getitem__(self, index):
        frames = self.frame_counts[index]
        random = torch.Generator().manual_seed(index)
        time = torch.arange(frames * 300) / 24000
        f0 = 120.0 + 20 * index
        waveform = sum(0.1 / k * torch.cos(2 * torch.pi * k * f0 * time) for k in range(1, 8))
        waveform = waveform * (0.6 + 0.4 * torch.sin(2 * torch.pi * 4 * time))
        waveform = waveform + 0.001 * torch.randn(waveform.shape, generator=random)
        mel = log_mel_spectrogram(waveform)[:, :frames]
        ids = torch.randint(40, 60, (10 + index,), generator=random)
        ids[0] = ids[-1] = 0
        return {
            "index": index,
            "speaker_id": 0,
            "input_ids": ids,
            "mel": mel,
            "f0": torch.full((frames,), f0).masked_fill(torch.arange(frames) < 8, 0.0),
            "energy": energy_from_mel(mel),
            "waveform": waveform,
            "input_features": mel[:, :80],
        }


def options(folder, **changes):
    defaults = {
        "output_dir": str(folder),
        "use_cpu": USE_CPU,
        "max_frames_per_batch": 240,
        "max_steps": 2,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "learning_rate": 1e-3,
    }
    return {**defaults, **changes}


def stage1_trainer(folder, dataset=None, config=None, **changes):
    config = config or tiny_config()
    tts = tiny_model(config=config).train()
    torch.manual_seed(1)
    aligner = TsukasaTextAligner(config.text_aligner_config)
    discriminators = TsukasaDiscriminators(config.discriminator_config)
    discriminators.apply_weight_norm()
    arguments = Stage1Arguments(**options(folder, **{"tma_step": 1, "max_crop_frames": 80, **changes}))
    dataset = dataset or Hums()
    alignments = plan_alignments(
        aligner, arguments.alignment_source, arguments.soft_alignment_share, arguments.alignments, [dataset]
    )
    return Stage1Trainer(
        Stage1Models(tts, aligner, alignments, arguments.max_crop_frames),
        arguments,
        train_dataset=dataset,
        eval_dataset=dataset,
        data_collator=TsukasaDataCollator(),
        discriminators=discriminators,
    )


def aligner_trainer(folder, **changes):
    """A trainer of the text aligner from fresh weights."""
    torch.manual_seed(0)
    return AlignerTrainer(
        AlignerModels(TsukasaTextAligner(tiny_config().text_aligner_config)),
        TsukasaTrainingArguments(**options(folder, **changes)),
        train_dataset=Hums(),
        eval_dataset=Hums(),
        data_collator=TsukasaDataCollator(),
    )


def pitch_trainer(folder, **changes):
    """A trainer of the pitch extractor from fresh weights."""
    torch.manual_seed(0)
    arguments = PitchArguments(**options(folder, **{"max_crop_frames": 40, **changes}))
    return PitchTrainer(
        PitchModels(TsukasaPitchExtractor(tiny_config().pitch_extractor_config), arguments.max_crop_frames),
        arguments,
        train_dataset=Hums(),
        eval_dataset=Hums(),
        data_collator=TsukasaDataCollator(),
    )


def with_speech_model(folder, speech_model, dataset=None, **changes):
    plain = stage1_trainer(folder, dataset, **changes)
    return Stage1Trainer(
        plain.model,
        plain.args,
        train_dataset=plain.train_dataset,
        eval_dataset=plain.eval_dataset,
        data_collator=plain.data_collator,
        discriminators=plain.discriminators,
        speech_language_model=speech_model,
    )


def speech_features_trainer(folder, **changes):
    """For processes of their own: nothing is drawn, only slm_features are learned from, and gradients are kept."""
    folder = Path(folder)
    for name in ("randn", "randint"):
        # The data set draws from generators of its own.
        drawn = getattr(torch, name)
        setattr(torch, name, lambda *size, drawn=drawn, **kw: drawn(*size, **kw) * (1 if "generator" in kw else 0))
    weights = {"mel": 0, "monotonic": 0, "s2s": 0, "ctc": 0, "adversarial": 0, "feature_matching": 0}
    fixed = {"soft_alignment_share": 0.0, "tma_step": 0, "max_steps": 1, "loss_weights": weights}
    trainer = with_speech_model(
        folder, SpeechLanguageModel.from_pretrained(folder.parent / "whisper"), Hums(4, (80,)), **fixed, **changes
    )
    for module in trainer.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0

    def keep_gradients(kind):
        kept = {name: weight.grad for name, weight in trainer.model.named_parameters() if weight.grad is not None}
        torch.save(kept, folder / f"gradients-{trainer.args.process_index}.pt")

    after_gradients(trainer, keep_gradients)
    return trainer
