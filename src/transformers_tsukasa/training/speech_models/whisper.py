# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Hidden states of a Whisper encoder at 16 kHz (Radford et al. 2022), with gradients, at the length of the clip.

Whisper was trained on 30 s, and its own forward pass refuses less. A crop of three seconds would cost ten times its
length, and its states would be those of silence: only the frames of the clip run, with the positions of the beginning.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import nn
from transformers import WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from ...models.layers.masking import lengths_to_mask


SAMPLING_RATE = 16000
N_FFT = 400
HOP_LENGTH = 160
# Decades below the loudest place of the clip that are told apart.
DYNAMIC_RANGE = 8.0


@lru_cache(maxsize=8)
def _constants(num_mel_bins: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The filters (num_mel_bins, 201) and the window (400,), in float32 whatever type the encoder has."""
    # Tensors born in inference mode could not take part in a later training step.
    with torch.inference_mode(False):
        filters = torch.from_numpy(WhisperFeatureExtractor(feature_size=num_mel_bins).mel_filters.T.copy())
        return filters.float().to(device), torch.hann_window(N_FFT, device=device)


def whisper_log_mel(waveform: torch.Tensor, lengths: torch.Tensor, num_mel_bins: int) -> torch.Tensor:
    """The features of `WhisperFeatureExtractor`, as it computes them for a clip that is not padded to 30 s.

    Args:
        waveform: (batch, samples) at 16 kHz.
        lengths: (batch,), real samples; each clip is mirrored at its own end and scaled by its own loudest place.
        num_mel_bins: of the encoder, 80 or 128.

    Returns:
        (batch, num_mel_bins, samples // 160), float32; zero after a clip's own `lengths // 160` frames.
    """
    frames = waveform.shape[1] // HOP_LENGTH
    with torch.autocast(waveform.device.type, enabled=False):
        filters, window = _constants(num_mel_bins, waveform.device)
        mirrored = _mirror_ends(waveform.float(), lengths)[:, : (frames - 1) * HOP_LENGTH + N_FFT]
        spectrum = torch.stft(mirrored, N_FFT, HOP_LENGTH, window=window, center=False, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        log_mel = torch.log10((filters @ power).clamp(min=1e-10))
    mask = lengths_to_mask(lengths // HOP_LENGTH, frames)[:, None]
    loudest = log_mel.masked_fill(~mask, float("-inf")).amax(dim=(1, 2), keepdim=True)
    return (torch.maximum(log_mel, loudest - DYNAMIC_RANGE) + 4.0) / 4.0 * mask


def _mirror_ends(waveform: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Half a transform on both sides of every clip: its own samples backwards."""
    half = N_FFT // 2
    places = torch.arange(-half, waveform.shape[1] + half, device=waveform.device).abs()
    last = lengths[:, None] - 1
    places = torch.where(places > last, 2 * last - places, places).clamp(min=0)
    return waveform.gather(1, places)


class WhisperStates(nn.Module):
    """All hidden states of a Whisper encoder.

    Args:
        encoder: transformers' `WhisperEncoder`.
    """

    min_samples = N_FFT

    hidden_size: int
    num_hidden_states: int

    def __init__(self, encoder: WhisperEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.hidden_size = encoder.config.d_model
        self.num_hidden_states = encoder.config.encoder_layers + 1

    def forward(self, waveform: torch.Tensor, lengths: torch.Tensor | None) -> tuple[list[torch.Tensor], torch.Tensor]:
        """See `SpeechLanguageModel.forward`, at 16 kHz. Both convolutions get zeros after every clip's end.

        Raises:
            ValueError: for clips longer than the encoder has positions for.
        """
        is_padded = lengths is not None
        if lengths is None:
            lengths = torch.full((len(waveform),), waveform.shape[1], device=waveform.device)
        self._check_length(waveform.shape[1])
        encoder = self.encoder
        features = whisper_log_mel(waveform, lengths, encoder.config.num_mel_bins).to(encoder.conv1.weight.dtype)
        hidden_states = F.gelu(encoder.conv1(features))
        hidden_states = hidden_states * lengths_to_mask(lengths // HOP_LENGTH, features.shape[-1])[:, None]
        hidden_states = F.gelu(encoder.conv2(hidden_states)).transpose(1, 2)
        frames = hidden_states.shape[1]
        mask = lengths_to_mask((lengths // HOP_LENGTH + 1) // 2, frames)
        hidden_states = hidden_states + encoder.embed_positions(torch.arange(frames, device=hidden_states.device))
        blocked = None
        if is_padded:
            blocked = torch.zeros(mask.shape, dtype=hidden_states.dtype, device=mask.device)
            blocked = blocked.masked_fill(~mask, torch.finfo(hidden_states.dtype).min)[:, None, None, :]
        states = [hidden_states]
        for layer in encoder.layers:
            hidden_states = layer(hidden_states, blocked)
            states.append(hidden_states)
        # The last state is taken after the final norm of the encoder, as in transformers.
        states[-1] = encoder.layer_norm(states[-1])
        return states, mask

    def _check_length(self, num_samples: int) -> None:
        longest = 2 * HOP_LENGTH * self.encoder.config.max_source_positions
        if num_samples // HOP_LENGTH > longest // HOP_LENGTH:
            raise ValueError(
                f"a clip of {num_samples / SAMPLING_RATE:.2f} s is longer than the {longest / SAMPLING_RATE:.2f} s "
                "that this Whisper encoder has positions for: give shorter crops"
            )


__all__ = ["WhisperStates", "whisper_log_mel"]
