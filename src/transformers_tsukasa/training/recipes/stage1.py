# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 1: alignment and reconstruction (Li et al. 2023, StyleTTS 2, section 3.1; spec/training.md, Stage 1).

The decoder learns to speak crops of recordings from their text, F0, energy and style: first by the mel loss alone,
then against discriminators, while the aligner learns with it.
"""

import os
from pathlib import Path

import torch

from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..engine.adversary import ADVERSARY_WEIGHTS, TsukasaGanTrainer
from ..engine.phases import Phase, Schedule
from ..losses import aligner_losses, mel_loss
from ..speech_models.speech_language_model import SpeechLanguageModel, speech_feature_loss
from .aligned_voice import MIN_CROP_FRAMES, AlignedModels, choose_alignment_source, decide_alignments, export_voice
from .crops import crop
from .stage1_arguments import ADVERSARIAL, RECONSTRUCTION, Stage1Arguments, adversarial_phase


class Stage1Models(AlignedModels):
    """The voice and the aligner.

    Args:
        aligner_learns: whether it does in the adversarial phase.
        The rest goes to `AlignedModels`.
    """

    def __init__(self, *arguments, aligner_learns: bool = True) -> None:
        super().__init__(*arguments)
        self.aligner_learns = aligner_learns

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """Speaks a crop of every utterance of a batch of `TsukasaDataCollator`.

        Returns:
            `recorded`, `generated` (batch, samples) of a crop; `alignment` of the whole utterances, and where the
            aligner runs `soft_alignment`; while it learns also `token_logits` and `ctc_logits`.
        """
        aligner_learns = phase == ADVERSARIAL.name and self.aligner_learns
        heard, alignment, chosen = self._align(batch, aligner_learns)
        text = self.voice.text_encoder(batch["input_ids"], batch["attention_mask"])
        aligned = chosen.to(text.dtype).transpose(1, 2) @ text
        outputs = {**self._speak_crops(aligned, batch), "alignment": alignment}
        if heard is not None:
            outputs["soft_alignment"] = heard.soft_alignment
        if aligner_learns:
            outputs.update(token_logits=heard.token_logits, ctc_logits=heard.ctc_logits)
        return outputs

    def _speak_crops(self, aligned: torch.Tensor, batch: dict) -> dict[str, torch.Tensor]:
        """aligned: (batch, text_frames, hidden_size). The crop is the same length for the whole batch."""
        starts, style_starts, text_frames = self._draw_crops(batch)
        mel_starts, mel_frames = MEL_FRAMES_PER_TEXT_FRAME * starts, MEL_FRAMES_PER_TEXT_FRAME * text_frames
        heard = crop(batch["mel"], MEL_FRAMES_PER_TEXT_FRAME * style_starts, mel_frames)
        generated = self.voice.decoder(
            crop(aligned.transpose(1, 2), starts, text_frames),
            crop(batch["f0"], mel_starts, mel_frames),
            crop(batch["energy"], mel_starts, mel_frames),
            self.voice.acoustic_style_encoder(heard),
            noise_scale=self.noise_scale,
        )
        samples = self.voice.config.samples_per_text_frame
        recorded = crop(batch["waveform"], starts * samples, text_frames * samples)
        return {"recorded": recorded, "generated": generated}


class Stage1Trainer(TsukasaGanTrainer):
    """The trainer of stage 1.

    Args:
        model: `Stage1Models`.
        discriminators: `TsukasaDiscriminators` with weight norm.
        speech_language_model: with whose ears recordings and generated speech are compared in the adversarial phase;
            None does without.
        The rest goes to `TsukasaTrainer`.

    Raises:
        ValueError: when `alignments` is "cached" and the data sets have none.
    """

    MODULES = {
        "text_encoder": "voice.text_encoder",
        "acoustic_style_encoder": "voice.acoustic_style_encoder",
        "decoder": "voice.decoder",
        "text_aligner": "text_aligner",
    }
    # The aligner's CTC head is kept right while its encoder moves; the original has no use for it here.
    LOSS_WEIGHTS = {"mel": 5.0, "monotonic": 1.0, "s2s": 1.0, "ctc": 1.0, "slm_features": 1.0, **ADVERSARY_WEIGHTS}
    MIN_FRAMES = MIN_CROP_FRAMES

    args: Stage1Arguments

    def __init__(self, *arguments, speech_language_model: SpeechLanguageModel | None = None, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.speech_language_model = speech_language_model
        if speech_language_model is not None:
            speech_language_model.to(self.args.device)
        self.phases = (
            RECONSTRUCTION,
            adversarial_phase(self.args.aligner_obstacle, speech_language_model is not None),
        )
        run_losses = {name for phase in self.phases for name in phase.losses}
        self.loss_weights = {name: weight for name, weight in self.loss_weights.items() if name in run_losses}
        decide_alignments(self.model, self.args.alignments, (self.train_dataset, self.eval_dataset))

    def make_schedule(self, updates_per_epoch: int) -> Schedule:
        """Reconstruction, and from the TMA epoch on the adversarial phase."""
        start = self.args.tma_step
        if start is None:
            start = round(self.args.tma_epoch * updates_per_epoch)
        return Schedule([0, start], self.phases)

    def compute_losses(self, outputs: dict, inputs: dict, phase: Phase) -> dict[str, torch.Tensor]:
        """Mel, what the speech language model hears, and what the aligner is told while it learns."""
        rate = self.model.voice.config.audio_config.sampling_rate
        recorded, generated = outputs["recorded"], outputs["generated"].float()
        losses = {"mel": mel_loss(generated, recorded, rate)}
        if "slm_features" in phase.losses:
            with self.compute_loss_context_manager():
                losses["slm_features"] = speech_feature_loss(self.speech_language_model, recorded, generated, rate)
        if "token_logits" in outputs:
            losses.update(aligner_losses(outputs, inputs, self.model.voice.config.pad_token_id))
        return losses

    def export(self, folder: str | os.PathLike) -> Path:
        """The voice with its norms folded, the aligner and the discriminators in folders inside it."""
        with self.exported_weights():
            return export_voice(self.model, self.discriminators, folder)


def stage1_models(
    voice: TsukasaModelForConditionalGeneration, text_aligner: TsukasaTextAligner, arguments: Stage1Arguments
) -> Stage1Models:
    """The models of a run, with "auto" options decided, which the log says."""
    source, share = choose_alignment_source(
        text_aligner.config, arguments.alignment_source, arguments.soft_alignment_share
    )
    aligner_learns = arguments.aligner_obstacle is None
    return Stage1Models(voice, text_aligner, source, share, arguments.max_crop_frames, aligner_learns=aligner_learns)


__all__ = [
    "ADVERSARIAL",
    "MIN_CROP_FRAMES",
    "RECONSTRUCTION",
    "Stage1Arguments",
    "Stage1Models",
    "Stage1Trainer",
    "adversarial_phase",
    "stage1_models",
]
