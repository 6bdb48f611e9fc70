# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 1: alignment and reconstruction (Li et al. 2023, StyleTTS 2, section 3.1; spec/training.md, Stage 1).

The decoder learns to speak crops of recordings from their text, F0, energy and style: first by the mel loss alone,
then against discriminators, while the aligner learns with it.
"""

import logging
import os
from pathlib import Path

import torch

from ..conversion.companions import save_companions
from ..model.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ..model.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..model.text_aligner import TsukasaTextAligner, TsukasaTextAlignerOutput
from .alignment import (
    AlignmentSource,
    cached_alignment,
    default_alignment_source,
    has_durations,
    monotonic_alignment,
)
from .crops import crop, draw_starts
from .gan_trainer import ADVERSARY_WEIGHTS, TsukasaGanTrainer
from .losses import ctc_loss, mel_loss, monotonic_loss, s2s_loss
from .phases import DISCRIMINATORS, Phase, Schedule
from .speech_language_model import SpeechLanguageModel, speech_feature_loss
from .stage1_arguments import ADVERSARIAL, MIN_CROP_FRAMES, RECONSTRUCTION, Stage1Arguments, adversarial_phase
from .trained_models import TrainedModels, folded_copy


logger = logging.getLogger(__name__)


class Stage1Models(TrainedModels):
    """The voice and the aligner.

    Args:
        voice: the model; weight norm is put on here.
        text_aligner: hears which text frame belongs to which token.
        alignment_source: where monotonic paths are searched.
        soft_alignment_share: share of batches spoken from the attention.
        max_crop_frames: longest crop in mel frames.
        aligner_learns: whether it does in the adversarial phase.

    Attributes:
        uses_durations (`bool`):
            Whether batches bring `durations`, which are taken for the path while the aligner does not learn.
    """

    FOLDERS = {"": "voice", "text_aligner": "text_aligner"}

    def __init__(
        self,
        voice: TsukasaModelForConditionalGeneration,
        text_aligner: TsukasaTextAligner,
        alignment_source: AlignmentSource,
        soft_alignment_share: float,
        max_crop_frames: int,
        aligner_learns: bool = True,
    ) -> None:
        super().__init__()
        voice.apply_weight_norm()
        self.voice, self.text_aligner = voice, text_aligner
        self.alignment_source, self.soft_alignment_share = alignment_source, soft_alignment_share
        self.max_crop_frames, self.aligner_learns = max_crop_frames, aligner_learns
        self.uses_durations = False

    def forward(self, phase: str, batch: dict) -> dict[str, torch.Tensor]:
        """Speaks a crop of every utterance of a batch of `TsukasaDataCollator`.

        Returns:
            `recorded`, `generated` (batch, samples) of a crop; `alignment` of the whole utterances, and where the
            aligner runs `soft_alignment`; while it learns also `token_logits` and `ctc_logits`.
        """
        aligner_learns = phase == ADVERSARIAL.name and self.aligner_learns
        is_soft = self.training and bool(torch.rand(()) < self.soft_alignment_share)
        heard = None
        if aligner_learns or is_soft or not self.uses_durations:
            with torch.set_grad_enabled(aligner_learns and torch.is_grad_enabled()):
                heard = self._listen(batch)
        if heard is None:
            alignment = cached_alignment(batch)
        else:
            alignment = monotonic_alignment(heard, batch["input_ids"], batch["attention_mask"], self.alignment_source)
        chosen = heard.soft_alignment if is_soft else alignment
        text = self.voice.text_encoder(batch["input_ids"], batch["attention_mask"])
        aligned = chosen.to(text.dtype).transpose(1, 2) @ text
        outputs = {**self._speak_crops(aligned, batch), "alignment": alignment}
        if heard is not None:
            outputs["soft_alignment"] = heard.soft_alignment
        if aligner_learns:
            outputs.update(token_logits=heard.token_logits, ctc_logits=heard.ctc_logits)
        return outputs

    def _listen(self, batch: dict) -> TsukasaTextAlignerOutput:
        return self.text_aligner(
            mel=batch["mel"],
            mel_lengths=batch["mel_attention_mask"].sum(dim=1),
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
        )

    def _speak_crops(self, aligned: torch.Tensor, batch: dict) -> dict[str, torch.Tensor]:
        """aligned: (batch, text_frames, hidden_size). The crop is the same length for the whole batch."""
        config = self.voice.config
        frame_lengths = batch["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        text_frames = min(int(frame_lengths.min()), self.max_crop_frames // MEL_FRAMES_PER_TEXT_FRAME)
        mel_frames = MEL_FRAMES_PER_TEXT_FRAME * text_frames
        if mel_frames < MIN_CROP_FRAMES:
            raise ValueError(
                f"the shortest utterance of a batch has {mel_frames} mel frames, but a crop needs {MIN_CROP_FRAMES}"
            )
        starts = draw_starts(frame_lengths, text_frames)
        mel_starts = MEL_FRAMES_PER_TEXT_FRAME * starts
        style_starts = mel_starts
        if config.multispeaker:
            # Another part of the utterance, so that the style says who speaks and not what.
            style_starts = MEL_FRAMES_PER_TEXT_FRAME * draw_starts(frame_lengths, text_frames)
        style = self.voice.acoustic_style_encoder(crop(batch["mel"], style_starts, mel_frames))
        generated = self.voice.decoder(
            crop(aligned.transpose(1, 2), starts, text_frames),
            crop(batch["f0"], mel_starts, mel_frames),
            crop(batch["energy"], mel_starts, mel_frames),
            style,
            noise_scale=1.0 if self.training else 0.0,
        )
        samples = config.samples_per_text_frame
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
        self.phases = (RECONSTRUCTION, adversarial_phase(self.args.aligner_learns, speech_language_model is not None))
        run_losses = {name for phase in self.phases for name in phase.losses}
        self.loss_weights = {name: weight for name, weight in self.loss_weights.items() if name in run_losses}
        self._decide_alignments()

    def _decide_alignments(self) -> None:
        """Whether durations of the corpus stand in for the aligner, which is said."""
        datasets = [data for data in (self.train_dataset, self.eval_dataset) if data is not None]
        is_there = bool(datasets) and all(map(has_durations, datasets))
        if self.args.alignments == "cached" and not is_there:
            raise ValueError(
                "alignments is 'cached', but the corpus has none: make them with `tsukasa prepare ... --aligner`, or "
                "say alignments: auto"
            )
        self.model.uses_durations = is_there and self.args.alignments != "aligner"
        if self.model.uses_durations:
            runs = "in batches that are spoken from its attention" if self.model.soft_alignment_share else "not at all"
            logger.info(
                "alignments are the cached ones of the corpus: while the aligner does not learn, it runs %s", runs
            )
        else:
            reason = "as alignments says" if is_there else "because the corpus has no cached ones"
            logger.info("the aligner runs in every batch, %s", reason)

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
            losses.update(self._aligner_losses(outputs, inputs))
        return losses

    def _aligner_losses(self, outputs: dict, inputs: dict) -> dict[str, torch.Tensor]:
        losses = {}
        input_ids, token_mask = inputs["input_ids"], inputs["attention_mask"]
        frame_lengths = inputs["mel_attention_mask"].sum(dim=1) // MEL_FRAMES_PER_TEXT_FRAME
        soft = outputs["soft_alignment"]
        frame_mask = torch.arange(soft.shape[-1], device=soft.device) < frame_lengths[:, None]
        losses["monotonic"] = monotonic_loss(soft, outputs["alignment"], token_mask, frame_mask)
        losses["s2s"] = s2s_loss(outputs["token_logits"], input_ids, token_mask)
        blank_id = self.model.voice.config.pad_token_id
        losses["ctc"] = ctc_loss(outputs["ctc_logits"], frame_lengths, input_ids, token_mask, blank_id)
        return losses

    def export(self, folder: str | os.PathLike) -> Path:
        """The voice with its norms folded, the aligner and the discriminators in folders inside it."""
        folder = Path(folder)
        with self.exported_weights():
            voice = folded_copy(self.model.voice)
            voice.save_pretrained(folder)
            save_companions(voice.config, folder, {}, [])
            self.model.text_aligner.save_pretrained(folder / "text_aligner")
        self.discriminators.save_pretrained(folder / DISCRIMINATORS)
        return folder


def stage1_models(
    voice: TsukasaModelForConditionalGeneration, text_aligner: TsukasaTextAligner, arguments: Stage1Arguments
) -> Stage1Models:
    """The models of a run, with "auto" options decided, which the log says."""
    source = arguments.alignment_source
    if source == "auto":
        source = default_alignment_source(text_aligner.config)
    share = arguments.soft_alignment_share
    if share is None:
        share = 0.5 if source == "attention" else 0.0
    logger.info(
        "alignments come from %s, and %.0f %% of the batches are spoken from the attention itself", source, 100 * share
    )
    return Stage1Models(voice, text_aligner, source, share, arguments.max_crop_frames, arguments.aligner_learns)


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
