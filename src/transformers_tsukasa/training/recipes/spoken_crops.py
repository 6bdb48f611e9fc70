# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Crops of recordings spoken again from their own alignments, with predicted F0 and energy, and what such speech is
compared by: the part that stage 2, fine-tuning and the training of voices have in common.

Styles are given, by encoders or by a table (Li et al. 2023, StyleTTS 2, section 3.2; docs/spec/training.md, Stage 2).
"""

import torch

from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..engine.batches import Batch
from ..engine.phases import Loss, Phase
from ..losses import duration_ce_loss, duration_loss, energy_loss, f0_loss, mel_loss
from .aligned_models import Crops, crop
from .speech_adversaries import SPEECH


DURATIONS, CONTOURS = frozenset({"duration_logits"}), frozenset({"f0", "energy"})
SPOKEN_LOSSES = (
    Loss("mel", 5.0, needs=SPEECH),
    Loss("duration", needs=DURATIONS),
    Loss("duration_ce", 20.0, needs=DURATIONS),
    Loss("f0", needs=CONTOURS),
    Loss("energy", needs=CONTOURS),
)


def predict_contours(
    tts: TsukasaModelForConditionalGeneration,
    batch: Batch,
    crops: Crops,
    alignment: torch.Tensor,
    encoded: torch.Tensor,
    prosodic_style: torch.Tensor,
) -> Batch:
    """F0 and energy of a crop of every utterance, true and predicted; all crops have one length.

    Args:
        tts: the synthesizer.
        batch: of the collator.
        crops: their places.
        alignment: (batch, tokens, text_frames).
        encoded: (batch, tokens, hidden_size + style_dim).
        prosodic_style: (batch, style_dim).

    Returns:
        `f0`, `energy`, `true_f0`, `true_energy`, (batch, mel_frames).
    """
    aligned = crop(alignment, crops.starts, crops.frames).to(encoded.dtype).transpose(1, 2) @ encoded
    f0, energy = tts.prosody_predictor.predict_f0_and_energy(aligned, prosodic_style)
    starts, frames = MEL_FRAMES_PER_TEXT_FRAME * crops.starts, MEL_FRAMES_PER_TEXT_FRAME * crops.frames
    true_f0, true_energy = (crop(batch[name], starts, frames) for name in ("f0", "energy"))
    return {"f0": f0, "energy": energy, "true_f0": true_f0, "true_energy": true_energy}


def predict_complete_contours(
    tts: TsukasaModelForConditionalGeneration,
    batch: Batch,
    alignment: torch.Tensor,
    encoded: torch.Tensor,
    prosodic_style: torch.Tensor,
) -> Batch:
    """F0 and energy of complete utterances, true and predicted; see `predict_contours`.

    Returns:
        `f0`, `energy`, `true_f0`, `true_energy` and `contour_mask`, 1 for real frames, (batch, mel_frames).
    """
    mask = batch["mel_attention_mask"]
    frames = mask[:, ::MEL_FRAMES_PER_TEXT_FRAME].to(encoded)[:, None]
    aligned = alignment.to(encoded.dtype).transpose(1, 2) @ encoded
    f0, energy = tts.prosody_predictor.predict_f0_and_energy(aligned, prosodic_style, frames)
    true = {"true_f0": batch["f0"], "true_energy": batch["energy"]}
    return {"f0": f0, "energy": energy, **true, "contour_mask": mask}


def generate_crops(
    tts: TsukasaModelForConditionalGeneration,
    batch: Batch,
    crops: Crops,
    alignment: torch.Tensor,
    contours: Batch,
    acoustic_style: torch.Tensor,
    noise_scale: float,
    from_recordings: bool,
) -> Batch:
    """The crops, generated with predicted contours, and what they are compared with.

    Args:
        tts: the synthesizer.
        batch: of the collator.
        crops: their places.
        alignment: (batch, tokens, text_frames), of the text.
        contours: of `predict_contours`.
        acoustic_style: (batch, style_dim).
        noise_scale: of the decoder's source.
        from_recordings: whether recordings are the targets, and not the decoder's own speech from true contours.

    Returns:
        `recorded`, `generated`, (batch, samples).
    """
    text = tts.text_encoder(batch["input_ids"], batch["attention_mask"])
    aligned = crop(alignment, crops.starts, crops.frames).to(text.dtype).transpose(1, 2) @ text

    def generate(f0: torch.Tensor, energy: torch.Tensor) -> torch.Tensor:
        return tts.decoder(aligned.transpose(1, 2), f0, energy, acoustic_style, noise_scale=noise_scale)

    if from_recordings:
        samples = tts.config.samples_per_text_frame
        recorded = crop(batch["waveform"], crops.starts * samples, crops.frames * samples)
    else:
        with torch.no_grad():
            recorded = generate(contours["true_f0"], contours["true_energy"])
    return {"recorded": recorded, "generated": generate(contours["f0"], contours["energy"])}


def spoken_losses(outputs: Batch, inputs: Batch, phase: Phase, sampling_rate: int) -> Batch:
    """Those of `SPOKEN_LOSSES` that a phase has, by name.

    Args:
        outputs: of the forward pass, as far as the losses need them.
        inputs: the batch.
        phase: of the run.
        sampling_rate: of the waveforms, in Hz.
    """
    losses = {}
    for name, loss in (("duration", duration_loss), ("duration_ce", duration_ce_loss)):
        if phase.has(name):
            losses[name] = loss(outputs["duration_logits"], outputs["durations"], inputs["attention_mask"])
    if phase.has("f0"):
        losses["f0"] = f0_loss(outputs["f0"], outputs["true_f0"], outputs.get("contour_mask"))
    if phase.has("energy"):
        losses["energy"] = energy_loss(outputs["energy"], outputs["true_energy"], outputs.get("contour_mask"))
    if phase.has("mel"):
        losses["mel"] = mel_loss(outputs["generated"].float(), outputs["recorded"].float(), sampling_rate)
    return losses


__all__ = [
    "CONTOURS",
    "DURATIONS",
    "SPOKEN_LOSSES",
    "generate_crops",
    "predict_complete_contours",
    "predict_contours",
    "spoken_losses",
]
