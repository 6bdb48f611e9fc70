# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Scores candidates by how likely a text aligner finds their phonemes."""

import os

import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence

from ....text.phonemes.symbols import PAD_ID
from ..configuration_tsukasa import TsukasaAudioConfig
from ..training_models.aligner_features import aligner_log_mel
from ..training_models.alignment_search import best_path_symbols
from ..training_models.text_aligner import TsukasaTextAligner, load_aligner, text_frame_lengths


class AlignerReranker:
    """Log-likelihood of the text by an aligner's CTC head (Graves et al. 2006), for each of its phonemes.

    ```python
    reranker = AlignerReranker.from_pretrained("runs/aligner/final", model.config.audio_config)
    speech = model.generate(**inputs, num_candidates=8, reranker=reranker)
    ```
    Speech that is too short to hold its phonemes gets minus infinity.

    Args:
        aligner: trained with the log-mels of `audio_config` and with phonemes written as the model's.
        audio_config: of the model whose speech is scored.

    Raises:
        ValueError: when it was trained with other log-mels.
    """

    def __init__(self, aligner: TsukasaTextAligner, audio_config: TsukasaAudioConfig) -> None:
        audio_config.check_features(aligner.config.features, "the aligner")
        if aligner.config.num_mel_bins != audio_config.num_mel_bins:
            raise ValueError(
                f"the aligner was trained with {aligner.config.num_mel_bins} mel bands, but the model has "
                f"{audio_config.num_mel_bins}: take one that was trained for this model's features"
            )
        self.aligner, self.audio_config = aligner.eval(), audio_config

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike, audio_config: TsukasaAudioConfig) -> "AlignerReranker":
        """Load the aligner of a folder, which `tsukasa train aligner` makes.

        Raises:
            OSError, ValueError: when there is none, or one that was trained with other log-mels.
        """
        return cls(load_aligner(folder, audio_config), audio_config)

    @torch.no_grad()
    def __call__(self, waveforms: list[torch.Tensor], input_ids: torch.Tensor) -> torch.Tensor:
        """Scores of waveforms (samples,) for the phonemes (tokens,): (waveforms,) float32, at most 0."""
        logits, frame_lengths = self._ctc_logits(waveforms)
        targets = input_ids[input_ids != PAD_ID].to(logits.device)
        losses = F.ctc_loss(
            logits.log_softmax(dim=-1).transpose(0, 1),
            targets.expand(len(waveforms), -1),
            frame_lengths,
            torch.full((len(waveforms),), len(targets), device=logits.device),
            blank=PAD_ID,
            reduction="none",
        )
        return -losses / max(len(targets), 1)

    @torch.no_grad()
    def spell(self, waveform: torch.Tensor) -> str:
        """The phonemes that the aligner recognises in a waveform (samples,), by greedy decoding."""
        return best_path_symbols(self._ctc_logits([waveform])[0])

    def _ctc_logits(self, waveforms: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """(waveforms, text_frames, vocab_size) float32, and the text frames of every waveform."""
        # The model may have moved to another device since the last call.
        device = waveforms[0].device
        self.aligner.to(device)
        mels = [aligner_log_mel(one.float().cpu().numpy(), self.audio_config, device) for one in waveforms]
        mel_lengths = torch.tensor([mel.shape[1] for mel in mels], device=device)
        padded = pad_sequence([mel.T for mel in mels], batch_first=True).transpose(1, 2)
        logits = self.aligner.ctc_logits(self.aligner.encode(padded, mel_lengths)).float()
        return logits, text_frame_lengths(mel_lengths)


__all__ = ["AlignerReranker"]
