# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""HierSpeech++'s synthesizer, which is voice conversion: what is said from features, the voice from a clip.

Features and F0 give a prior of latent states (`semantic_encoder`); two flows bring a draw of it to the voice; two
generators make a waveform. The flows attend to the entire utterance; the generators reach some seconds, and run in
pieces.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from transformers import initialization as init
from transformers.utils import ModelOutput

from ..layers.masking import lengths_to_mask
from ..layers.placement import parameter_dtype
from ..layers.strict_model import StrictPreTrainedModel
from .configuration_hierspeech import F0_PER_FRAME, HierSpeechConfig
from .flow import HierSpeechFlow
from .generators import HierSpeechSourceGenerator, HierSpeechWaveformGenerator, generators_reach
from .semantic_encoder import HierSpeechSemanticEncoder
from .speaker_encoder import HierSpeechSpeakerEncoder


_UNCONDITIONAL_SCALE = 16.0
_PIECE = 500


@dataclass
class HierSpeechOutput(ModelOutput):
    """Converted speech.

    Attributes:
        waveform (`torch.Tensor` of shape `(batch, samples)`):
            In [-1, 1], zero past the end of an item.
        waveform_lengths (`torch.Tensor` of shape `(batch,)`):
            Samples of every item.
        speaker (`torch.Tensor` of shape `(batch, speaker_size)`):
            The style of the voice.
        latent (`torch.Tensor` of shape `(batch, frames, hidden_size)`):
            The states that the generators read.
    """

    waveform: torch.Tensor | None = None
    waveform_lengths: torch.Tensor | None = None
    speaker: torch.Tensor | None = None
    latent: torch.Tensor | None = None


class HierSpeechForVoiceConversion(StrictPreTrainedModel):
    """Speaks features with the voice of a clip.

    Args:
        config ([`HierSpeechConfig`]): rates and sizes.
    """

    config: HierSpeechConfig
    config_class = HierSpeechConfig
    base_model_prefix = "hierspeech"
    main_input_name = "features"
    input_modalities = ["audio"]
    output_modalities = ("audio",)
    _supports_sdpa = True

    def __init__(self, config: HierSpeechConfig) -> None:
        super().__init__(config)
        flow = (config.hidden_size, config.speaker_size)
        depth = (config.num_flow_heads, config.num_couplings, config.num_coupling_blocks)
        self.speaker_encoder = HierSpeechSpeakerEncoder(config.num_mel_bins, config.speaker_size)
        self.semantic_encoder = HierSpeechSemanticEncoder(config)
        self.semantic_flow = HierSpeechFlow(*flow, *depth)
        self.acoustic_flow = HierSpeechFlow(*flow, *depth)
        self.source_generator = HierSpeechSourceGenerator(config)
        self.waveform_generator = HierSpeechWaveformGenerator(config)
        self.unconditional = nn.Embedding(1, config.speaker_size)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if module is self.unconditional:
            init.normal_(module.weight, std=self.config.speaker_size**-0.5)

    def forward(
        self,
        features: torch.Tensor,
        log_f0: torch.Tensor,
        prompt_mel: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        prompt_mask: torch.Tensor | None = None,
        speaker: torch.Tensor | None = None,
        noise: torch.Tensor | None = None,
        noise_scale: float = 0.333,
        seed: int | None = None,
        unconditional: bool = False,
    ) -> HierSpeechOutput:
        """Converts a batch, each item as if it were alone.

        Args:
            features (`torch.Tensor` of shape `(batch, frames, feature_size)`):
                Of a self-supervised model, a frame for every `hop_length` samples.
            log_f0 (`torch.Tensor` of shape `(batch, 4 * frames)`):
                Logarithm of F0 in Hz plus 1; 0 where unvoiced.
            prompt_mel (`torch.Tensor` of shape `(batch, prompt_frames, num_mel_bins)`, *optional*):
                Log-mel of the clip with the voice.
            attention_mask (`torch.Tensor` of shape `(batch, frames)`, *optional*):
                1 for real frames, which come first.
            prompt_mask (`torch.Tensor` of shape `(batch, prompt_frames)`, *optional*):
                Likewise of the clip.
            speaker (`torch.Tensor` of shape `(batch, speaker_size)`, *optional*):
                A style in place of the clip's; see `encode_speaker`.
            noise (`torch.Tensor` of shape `(batch, frames, hidden_size)`, *optional*):
                Standard normal numbers in place of drawn ones.
            noise_scale (`float`, *optional*, defaults to 0.333):
                Share of the prior's deviation; 0 makes conversion deterministic.
            seed (`int`, *optional*):
                Makes the draw repeatable, on every device and for every item of a batch by itself.
            unconditional (`bool`, *optional*, defaults to `False`):
                Whether the generators speak without a style, as the network learned to for a tenth of its training.

        Raises:
            ValueError: for shapes that do not fit, and without clip and style.
        """
        mask = self._checked_mask(features, log_f0, attention_mask)
        if speaker is None:
            if prompt_mel is None:
                raise ValueError("nothing tells the voice: give prompt_mel, the log-mel of a clip, or speaker")
            speaker = self.encode_speaker(prompt_mel, prompt_mask)
        dtype = parameter_dtype(self)
        features, speaker = features.to(dtype), speaker.to(dtype)
        log_f0 = log_f0.to(dtype) * mask.repeat_interleave(F0_PER_FRAME, dim=1).squeeze(2)
        mean, log_scale = self.semantic_encoder(features, log_f0, speaker, mask)
        if noise is None:
            noise = _draw_noise(mean, seed)
        latent = (mean + noise_scale * noise.to(dtype) * log_scale.exp()) * mask
        latent = self.to_voice(latent, speaker, mask)
        style = self.unconditional_style(len(latent)) if unconditional else speaker
        lengths = mask.sum(dim=(1, 2)).long()
        return HierSpeechOutput(
            waveform=self._speak(latent, style, lengths),
            waveform_lengths=lengths * self.config.hop_length,
            speaker=speaker.float(),
            latent=latent,
        )

    def encode_speaker(self, prompt_mel: torch.Tensor, prompt_mask: torch.Tensor | None = None) -> torch.Tensor:
        """(batch, prompt_frames, num_mel_bins) -> the style (batch, speaker_size)"""
        mask = None if prompt_mask is None else prompt_mask[:, :, None]
        return self.speaker_encoder(prompt_mel.to(parameter_dtype(self)), mask)

    def to_voice(self, latent: torch.Tensor, speaker: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """A draw of the prior to what the generators read, through the inverse of both flows."""
        related = self.semantic_flow(latent, speaker, mask, reverse=True)
        return self.acoustic_flow(related, speaker, mask, reverse=True)

    def unconditional_style(self, batch: int) -> torch.Tensor:
        """The style of no voice, (batch, speaker_size)."""
        return _UNCONDITIONAL_SCALE * self.unconditional.weight.expand(batch, -1)

    def speak(
        self, latent: torch.Tensor, speaker: torch.Tensor, piece_length: int | None = None
    ) -> Iterator[torch.Tensor]:
        """Generates the waveform in pieces, which joined are that of all frames at once.

        Args:
            latent: (batch, frames, hidden_size), nothing padded.
            speaker: (batch, speaker_size).
            piece_length: frames of a piece; `None` for all.

        Yields:
            (batch, samples) float32.
        """
        frames, hop = latent.shape[1], self.config.hop_length
        step, reach = piece_length or frames, generators_reach(self.config)
        for start in range(0, frames, step):
            first, last = max(start - reach, 0), min(start + step + reach, frames)
            piece = latent[:, first:last].contiguous()
            source, _ = self.source_generator(piece, speaker)
            waveform = self.waveform_generator(piece, source, speaker)
            yield waveform[:, (start - first) * hop : (min(start + step, frames) - first) * hop]

    def _speak(self, latent: torch.Tensor, speaker: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        piece = None if torch.is_grad_enabled() else _PIECE
        if int(lengths.min()) == latent.shape[1]:
            return torch.cat(list(self.speak(latent, speaker, piece)), dim=1)
        rows = []
        for number, length in enumerate(lengths.tolist()):
            pieces = list(self.speak(latent[number : number + 1, :length], speaker[number : number + 1], piece))
            missing = (latent.shape[1] - length) * self.config.hop_length
            rows.append(F.pad(torch.cat(pieces, dim=1), (0, missing)))
        return torch.cat(rows)

    def _checked_mask(
        self, features: torch.Tensor, log_f0: torch.Tensor, attention_mask: torch.Tensor | None
    ) -> torch.Tensor:
        """The mask (batch, frames, 1) in the type of the weights, after checks of the shapes."""
        if features.ndim != 3 or features.shape[2] != self.config.feature_size or features.shape[1] == 0:
            raise ValueError(
                f"features must be (batch, frames, {self.config.feature_size}), got {tuple(features.shape)}"
            )
        batch, frames = features.shape[:2]
        if log_f0.shape != (batch, F0_PER_FRAME * frames):
            raise ValueError(
                f"log_f0 must have {F0_PER_FRAME} values for each of {frames} frames, ({batch}, "
                f"{F0_PER_FRAME * frames}), got {tuple(log_f0.shape)}"
            )
        if attention_mask is None:
            return features.new_ones(batch, frames, 1, dtype=parameter_dtype(self))
        lengths = attention_mask.bool().sum(dim=1)
        if int(lengths.min()) == 0 or not torch.equal(attention_mask.bool(), lengths_to_mask(lengths, frames)):
            raise ValueError("attention_mask must begin with the real frames of every item, at least one of them")
        return attention_mask[:, :, None].to(parameter_dtype(self))


def _draw_noise(like: torch.Tensor, seed: int | None) -> torch.Tensor:
    """Standard normal numbers in the shape of a tensor, drawn on the CPU, the same for every item."""
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    if generator is None:
        return torch.randn(like.shape).to(like.device)
    return torch.randn(like.shape[1:], generator=generator).expand(like.shape).to(like.device)


__all__ = ["HierSpeechForVoiceConversion", "HierSpeechOutput"]
