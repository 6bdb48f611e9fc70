# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A padded batch through aligner, pitch extractor, predictor, discriminators and losses.

The original encodes a batch with its padding; ours encodes every item as if alone, unless lengths are left out, as
here where the recording has no mask.
"""

from dataclasses import dataclass

import numpy as np
import torch

from transformers_tsukasa.audio.mel import energy_from_mel
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.alignment_search import (
    search_monotonic_alignment,
    soft_alignment_from_logits,
)
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.training import losses

from .synthesis import log_mel
from .table import Comparison, Values


_GIVEN = (
    "input_lengths",
    "diffusion_noise",
    "diffusion_reference",
    "diffusion_sigmas",
    "diffusion_target",
    "fake_audio",
    "real_audio",
)
# Added to the file's seed, this seeds the random hidden states of the recording.
_SLM_SEED_OFFSET = 20
_SLM_FRAMES = 6


@dataclass
class TrainingSteps:
    """The steps of one batch. Each takes the values so far and returns new ones by their recorded names.

    Attributes:
        model (`TsukasaModelForConditionalGeneration`): the converted model.
        aligner (`TsukasaTextAligner`): its aligner.
        pitch_extractor (`TsukasaPitchExtractor`): its pitch extractor.
        discriminators (`TsukasaDiscriminators`): its discriminators.
        seed (`int`): the file's seed.
    """

    model: TsukasaModelForConditionalGeneration
    aligner: TsukasaTextAligner
    pitch_extractor: TsukasaPitchExtractor
    discriminators: TsukasaDiscriminators
    seed: int

    def all(self) -> list:
        """The steps in order."""
        return [
            self.features,
            self.encode,
            self.align,
            self.predict,
            self.soften,
            self.discriminate,
            self.other_losses,
        ]

    def features(self, values: Values) -> Values:
        """Log-mels of an even number of frames, padded with zeros."""
        names = sorted((name for name in values if name.startswith("audio_")), key=lambda name: int(name[6:]))
        mels = [log_mel(self.model, values[name]) for name in names]
        lengths = [mel.shape[1] // MEL_FRAMES_PER_TEXT_FRAME * MEL_FRAMES_PER_TEXT_FRAME for mel in mels]
        padded = torch.zeros(len(mels), mels[0].shape[0], max(lengths), device=mels[0].device)
        for row, mel, length in zip(padded, mels, lengths, strict=True):
            row[:, :length] = mel[:, :length]
        return {"mels": padded, "mel_lengths": torch.tensor(lengths, device=padded.device)}

    def encode(self, values: Values) -> Values:
        """Outputs of the encoders of speech and of text."""
        mels, ids, mask = values["mels"], values["input_ids"], self._mask(values)
        memory = self.aligner.encode(mels)
        alignment_output = self.aligner.align(memory, values["mel_lengths"] // MEL_FRAMES_PER_TEXT_FRAME, ids, mask)
        text_states, plbert_states = self.model.encode_text(ids, mask)
        return {
            "f0": self.pitch_extractor(mels).f0,
            "log_energy": energy_from_mel(mels),
            "prosodic_style": self.model.prosodic_style_encoder(mels),
            "ctc_logits": alignment_output.ctc_logits,
            "s2s_logits": alignment_output.token_logits,
            "s2s_attention_raw": alignment_output.raw_alignment,
            "s2s_attention": alignment_output.soft_alignment,
            "text_encoding": text_states.transpose(1, 2),
            "bert_hidden": plbert_states,
        }

    def align(self, values: Values) -> Values:
        """The best monotonic alignment."""
        frame_lengths = values["mel_lengths"] // MEL_FRAMES_PER_TEXT_FRAME
        path = search_monotonic_alignment(values["s2s_attention"], values["input_lengths"], frame_lengths)
        return {"monotonic_alignment": path}

    def predict(self, values: Values) -> Values:
        """Duration logits, and prosodic states on the frames of the alignment."""
        predictor, mask = self.model.prosody_predictor, self._mask(values)
        projected = self.model.plbert_projection(values["bert_hidden"])
        encoded = predictor.encode(projected, values["prosodic_style"], mask)
        return {
            "duration_logits": predictor.predict_durations(encoded),
            "aligned_prosody": encoded.transpose(1, 2) @ values["monotonic_alignment"],
        }

    def soften(self, values: Values) -> Values:
        """Differentiable alignments from duration logits, item by item."""
        results = {}
        for index, length in enumerate(values["input_lengths"].tolist()):
            alignment, _ = soft_alignment_from_logits(values["duration_logits"][index : index + 1, :length])
            results[f"soft_alignment_{index}"] = alignment[0]
        return results

    def discriminate(self, values: Values) -> Values:
        """Scores of the discriminators, and their losses."""
        generator = np.random.Generator(np.random.PCG64(self.seed + _SLM_SEED_OFFSET))
        channels = self.discriminators.speech_language_model.in_channels
        states = generator.standard_normal((len(values["input_ids"]), channels, _SLM_FRAMES)).astype(np.float32)
        scores = self.discriminators(stacked_states=torch.from_numpy(states).to(self.model.device)).scores[0]
        real, fake = self.discriminators(waveform=(values["real_audio"], values["fake_audio"]))
        return {
            "slm_discriminator_scores": scores,
            "loss_discriminator": losses.discriminator_loss(real, fake),
            "loss_generator": losses.generator_loss(real, fake),
        }

    def other_losses(self, values: Values) -> Values:
        """The other losses."""
        mask, logits = self._mask(values), values["duration_logits"]
        durations = values["monotonic_alignment"].sum(dim=-1)
        diffusion = self.model.style_diffusion.loss(
            values["diffusion_target"][:, 0],
            values["bert_hidden"],
            reference_style=values["diffusion_reference"],
            sigmas=values["diffusion_sigmas"],
            noise=values["diffusion_noise"][:, 0],
        )
        rate = self.model.config.sampling_rate
        return {
            "loss_stft": losses.mel_loss(values["fake_audio"], values["real_audio"], rate),
            "loss_s2s": losses.s2s_loss(values["s2s_logits"], values["input_ids"], mask),
            "loss_mono": losses.monotonic_loss(values["s2s_attention"], values["monotonic_alignment"]),
            "loss_duration_ce": losses.duration_ce_loss(logits, durations, mask),
            "loss_duration": losses.duration_loss(logits, durations, mask),
            "loss_diffusion": diffusion,
        }

    def _mask(self, values: Values) -> torch.Tensor:
        places = torch.arange(values["input_ids"].shape[1], device=self.model.device)
        return (places < values["input_lengths"][:, None]).long()


@torch.inference_mode()
def compare_training(file: Comparison, model, aligner, pitch_extractor, discriminators) -> None:
    """Adds the rows of a `training*` file."""
    file.given(*_GIVEN, *(name for name in file.recorded if name.startswith("audio_")), "input_ids")
    seed = int(file.metadata["seed"])
    file.run(TrainingSteps(model, aligner, pitch_extractor, discriminators, seed).all())
