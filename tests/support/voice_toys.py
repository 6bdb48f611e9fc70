# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Runs that learn voices from speech of models, for their tests."""

import torch
from torch.utils.data import Dataset

from support.stage1_toys import options
from support.tiny import tiny_config, tiny_model, with_trained_prosody
from transformers_tsukasa.audio.mel import log_mel_spectrogram
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.training.recipes.aligned_models import plan_alignments
from transformers_tsukasa.training.recipes.voice import VoiceArguments, VoiceModels, VoiceTrainer
from transformers_tsukasa.training.recipes.voice_styles import VoiceStyles


class Spoken(Dataset):
    """Made-up texts that a model has spoken with one style, with the fields of `TsukasaDataset`.

    F0 and energy are those that the model has predicted. So there is a style that explains everything.
    """

    @torch.no_grad()
    def __init__(self, tts, style, seeds):
        self.items = []
        for index, seed in enumerate(seeds):
            random = torch.Generator().manual_seed(seed)
            ids = torch.randint(40, 60, (1, 16 + seed % 4), generator=random)
            ids[0, 0] = ids[0, -1] = 0
            spoken = tts(ids, style_vector=style[None], noise_scale=0.0)
            durations, delay = spoken.durations[0], tts.config.alignment_delay
            durations[0], durations[-1] = durations[0] + delay, durations[-1] - delay  # when the sound is there
            mel = log_mel_spectrogram(spoken.waveform[0])[:, : spoken.f0.shape[1]]
            self.items.append(
                {
                    "index": index,
                    "speaker_id": 0,
                    "input_ids": ids[0],
                    "durations": durations,
                    "mel": mel,
                    "f0": spoken.f0[0],
                    "energy": spoken.energy[0],
                    "waveform": spoken.waveform[0],
                    "input_features": mel[:, :80],
                }
            )
        self.frame_counts = [item["mel"].shape[1] for item in self.items]
        self.durations = [item["durations"] for item in self.items]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


def small_family_model(seed: int = 0) -> TsukasaModelForConditionalGeneration:
    """A model as Kokoro is: with LSTMs, and without style encoders and diffusion."""
    config = tiny_config(style_encoder_config=None, style_diffusion_config=None, text_suffix_pad=True)
    for part in (config.text_encoder_config, config.prosody_predictor_config):
        part.recurrence = "lstm"
    model = tiny_model(seed, config)
    with torch.no_grad():
        for name, bias in model.prosody_predictor.named_parameters():
            if "lstm" in name and "bias" in name:
                bias += 0.01  # as after training
    return model


def voice_trainer(folder, tts=None, rank=1, **changes):
    """A trainer of one voice, "hum", from zeros towards the style of speech of a model with fresh weights.

    It is evaluated on other texts.
    """
    tts = tts or with_trained_prosody(tiny_model())
    style = 2.0 * torch.randn(2 * tts.config.style_dim, generator=torch.Generator().manual_seed(5))
    dataset, others = Spoken(tts, style, range(4)), Spoken(tts, style, range(4, 6))
    settings = {"max_crop_frames": 80, "max_frames_per_batch": 1000, "learning_rate": 0.1}
    arguments = VoiceArguments(**options(folder, **{**settings, **changes}))
    alignments = plan_alignments(None, "auto", 0.0, "auto", [dataset])
    styles = VoiceStyles(torch.zeros(1, 24, len(style)), rank, 14, 17)
    return VoiceTrainer(
        VoiceModels(styles, arguments.max_crops, tts, None, alignments, arguments.max_crop_frames),
        arguments,
        utterances={"hum": len(dataset)},
        train_dataset=dataset,
        eval_dataset=others,
        data_collator=TsukasaDataCollator(),
    )
