# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From aligned text, F0, energy and acoustic style to a waveform."""

import torch
from torch import nn
from torch.nn import functional as F

from ...layers.adaptive_norms import AdaptiveResidualBlock
from ...layers.reparametrization import weight_normed
from ..configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaAudioConfig, TsukasaDecoderConfig
from .harmonic_source import draw_source_noise
from .hifigan import TsukasaHiFiGANGenerator
from .istftnet import TsukasaISTFTNetGenerator
from .source_filter import TsukasaSourceFilterGenerator


# Training sees smoothed curves too, so that the decoder speaks flat predictions as well as measured ones.
_F0_SMOOTHING = (1, 3, 7)
_ENERGY_SMOOTHING = (1, 3, 7, 15)
_NUM_BLOCKS = 4
_GENERATORS = {
    "istftnet": TsukasaISTFTNetGenerator,
    "hifigan": TsukasaHiFiGANGenerator,
    "source_filter": TsukasaSourceFilterGenerator,
}


class TsukasaDecoder(nn.Module):
    """Adaptive residual blocks over text frames, and a generator of the waveform.

    Args:
        config: widths and generator.
        text_hidden_size: channels of the aligned text.
        style_dim: width of the acoustic style.
        audio_config: for the sampling rate and the hop.
    """

    def __init__(
        self, config: TsukasaDecoderConfig, text_hidden_size: int, style_dim: int, audio_config: TsukasaAudioConfig
    ):
        super().__init__()
        if config.samples_per_mel_frame != audio_config.hop_length:
            raise ValueError(
                f"decoder_config upsamples a mel frame to {config.samples_per_mel_frame} samples but "
                f"audio_config.hop_length is {audio_config.hop_length}"
            )
        self.samples_per_text_frame = MEL_FRAMES_PER_TEXT_FRAME * audio_config.hop_length
        self.f0_conv = weight_normed(nn.Conv1d(1, 1, 3, stride=MEL_FRAMES_PER_TEXT_FRAME, padding=1))
        self.energy_conv = weight_normed(nn.Conv1d(1, 1, 3, stride=MEL_FRAMES_PER_TEXT_FRAME, padding=1))
        self.text_shortcut = weight_normed(nn.Conv1d(text_hidden_size, config.residual_size, 1))
        hidden_size = config.hidden_size
        self.input_block = AdaptiveResidualBlock(text_hidden_size + 2, hidden_size, style_dim)
        joined_size = hidden_size + config.residual_size + 2
        self.blocks = nn.ModuleList(
            AdaptiveResidualBlock(joined_size, hidden_size, style_dim) for _ in range(_NUM_BLOCKS - 1)
        )
        self.blocks.append(AdaptiveResidualBlock(joined_size, config.output_size, style_dim, upsample=True))
        self.generator = _GENERATORS[config.generator_type](config, style_dim, audio_config.sampling_rate)
        # A smoothed curve glides to zero at the ends of voice: pulses would follow it, where sines fade into noise.
        self.smooths_source = config.generator_type != "source_filter"

    def forward(
        self,
        aligned_text_hidden_states: torch.Tensor,
        f0: torch.Tensor,
        energy: torch.Tensor,
        acoustic_style: torch.Tensor,
        frame_lengths: torch.Tensor | None = None,
        generator: torch.Generator | list[torch.Generator] | None = None,
        noise_scale: float = 1.0,
        source_noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Decodes text frames to a waveform.

        Args:
            aligned_text_hidden_states: (batch, text_hidden_size, text_frames).
            f0: Hz, (batch, 2 * text_frames), float32.
            energy: log norm of the mel, (batch, 2 * text_frames), float32.
            acoustic_style: (batch, style_dim).
            frame_lengths: real text frames of every item, (batch,); `None` when nothing is padded.
            generator: one on the CPU, or one for every item, for the noise of the source; see `draw_source_noise`.
            noise_scale: factor of that noise; 0 makes the decoder deterministic.
            source_noise: the noise itself, (batch, text_frames * samples_per_text_frame) normal numbers, in place of
                what `generator` and `noise_scale` would draw.

        Returns:
            Waveform (batch, text_frames * samples_per_text_frame), float32, zero in the padding.
        """
        batch_size, _, num_frames = aligned_text_hidden_states.shape
        num_samples = num_frames * self.samples_per_text_frame
        if source_noise is None:
            source_noise = draw_source_noise(batch_size, num_samples, noise_scale, generator, f0.device)
        inputs = (aligned_text_hidden_states, f0, energy, acoustic_style, source_noise)
        lengths = None if frame_lengths is None else frame_lengths.tolist()
        if lengths is None and batch_size > 1 and f0.device.type == "cpu" and not torch.is_grad_enabled():
            lengths = [num_frames] * batch_size  # utterances of many samples fill a processor one at a time
        if lengths is None:
            return self._speak(*inputs)
        waveforms = [self._speak_item(index, length, *inputs) for index, length in enumerate(lengths)]
        return torch.stack([F.pad(waveform, (0, num_samples - waveform.shape[-1])) for waveform in waveforms])

    def _speak_item(
        self,
        index: int,
        length: int,
        text: torch.Tensor,
        f0: torch.Tensor,
        energy: torch.Tensor,
        style: torch.Tensor,
        noise: torch.Tensor | None,
    ) -> torch.Tensor:
        """One item at its own length, (samples,): it equals the item alone, and no time is spent on padding."""
        item = slice(index, index + 1)
        mel_frames = MEL_FRAMES_PER_TEXT_FRAME * length
        if noise is not None:
            noise = noise[item, : length * self.samples_per_text_frame]
        return self._speak(
            text[item, :, :length], f0[item, :mel_frames], energy[item, :mel_frames], style[item], noise
        )[0]

    def _speak(
        self,
        text: torch.Tensor,
        f0: torch.Tensor,
        energy: torch.Tensor,
        style: torch.Tensor,
        noise: torch.Tensor | None,
    ) -> torch.Tensor:
        """Items of one length, (batch, samples)."""
        source_f0 = f0
        if self.training:
            f0 = _smooth(f0, _draw(_F0_SMOOTHING))
            energy = _smooth(energy, _draw(_ENERGY_SMOOTHING))
        curves = torch.cat(
            [
                self.f0_conv(f0.unsqueeze(1).to(text.dtype)),
                self.energy_conv(energy.unsqueeze(1).to(text.dtype)),
            ],
            dim=1,
        )
        conditions = torch.cat([self.text_shortcut(text), curves], dim=1)
        states = self.input_block(torch.cat([text, curves], dim=1), style)
        for block in self.blocks:
            states = block(torch.cat([states, conditions], dim=1), style)
        return self.generator(states, style, f0 if self.smooths_source else source_f0, noise)


@torch.compiler.disable  # the length determines the operations
def _draw(choices: tuple[int, ...]) -> int:
    return choices[int(torch.randint(len(choices), ()))]


def _smooth(curve: torch.Tensor, length: int) -> torch.Tensor:
    """Moving average over `length` frames, over fewer at the ends. (batch, frames)"""
    if length == 1:
        return curve
    averaged = F.avg_pool1d(curve.unsqueeze(1), length, stride=1, padding=length // 2, count_include_pad=False)
    return averaged.squeeze(1)
