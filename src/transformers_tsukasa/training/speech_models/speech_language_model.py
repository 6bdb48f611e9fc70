# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A frozen speech language model, whose states of recordings and generated speech are compared (StyleTTS 2, 3.2.4).

Any Whisper encoder or WavLM, from a folder or by its name on the hub. Gradients pass through it into the waveform,
never into it.
"""

import os
from pathlib import Path

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoFeatureExtractor,
    AutoModel,
    HubertModel,
    Wav2Vec2Model,
    WavLMModel,
    WhisperModel,
)
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from ...audio.resampling import resample_waveform, resampled_length
from ...models.layers.masking import lengths_to_mask
from ..losses import slm_feature_loss
from .wavlm import WavLMStates
from .whisper import SAMPLING_RATE, WhisperStates


class SpeechLanguageModel(nn.Module):
    """Hidden states of a frozen encoder, from waveforms at any rate.

    Its weights are no parameters of this module: they move between devices with it, but stand in no `state_dict`,
    reach no optimizer, are not reduced across processes, and stay frozen and in evaluation mode whatever the
    module is set to.

    Args:
        states: the encoder at 16 kHz; see `from_pretrained`.

    Attributes:
        hidden_size (`int`): width of every hidden state.
        num_hidden_states (`int`): layers and the embedding in front of them. A discriminator on these states has
            `slm_hidden_size` and `slm_num_layers` of `discriminator_config` equal to both.
    """

    hidden_size: int
    num_hidden_states: int

    def __init__(self, states: WhisperStates | WavLMStates) -> None:
        super().__init__()
        # In a tuple, which registers nothing.
        self._unregistered = (states.eval().requires_grad_(False),)
        self.hidden_size, self.num_hidden_states = states.hidden_size, states.num_hidden_states

    @classmethod
    def from_pretrained(
        cls, name_or_folder: str | os.PathLike, dtype: torch.dtype = torch.float32
    ) -> "SpeechLanguageModel":
        """Loads the encoder of a Whisper model, a Whisper encoder alone, WavLM, HuBERT or wav2vec 2.0.

        Args:
            name_or_folder: a folder with config and weights, or a name on the hub.
            dtype: of the weights. Under autocast float32 weights are used in the type of autocast.

        Raises:
            OSError: when nothing can be loaded from there.
            ValueError: when it is another kind of model, or weights are missing.
        """
        name = str(name_or_folder)
        try:
            config = AutoConfig.from_pretrained(name)
            encoder, missing = _load_encoder(name, config, dtype)
        except (OSError, ValueError) as error:
            raise OSError(_cannot_load(name)) from error
        if missing:
            raise ValueError(
                f"'{name}' lacks {len(missing)} weights of a speech language model, among them {min(missing)}: the "
                "folder is not complete, or holds another model than its config"
            )
        if isinstance(encoder, WhisperEncoder):
            return cls(WhisperStates(encoder))
        if not isinstance(encoder, WavLMModel | HubertModel | Wav2Vec2Model):
            raise ValueError(
                f"'{name}' is a model of type '{config.model_type}', which is no speech language model that is known "
                "here: give a Whisper encoder, WavLM, HuBERT or wav2vec 2.0"
            )
        return cls(WavLMStates(encoder, _normalizes(name, config)))

    def forward(
        self, waveform: torch.Tensor, sampling_rate: int, lengths: torch.Tensor | None = None
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Computes the hidden states of clips.

        Args:
            waveform: (batch, samples).
            sampling_rate: of the waveform, in Hz, any integer.
            lengths: (batch,), real samples of every clip; padding after them is ignored. None when nothing is padded.

        Returns:
            `num_hidden_states` tensors (batch, frames, hidden_size), and a mask (batch, frames), True for real frames.
            Frames are 20 ms for all models named above. The states of padding frames have no meaning.

        Raises:
            ValueError: for another shape, and for clips that are too short or too long for the model.
        """
        if waveform.ndim != 2:
            raise ValueError(f"a speech language model takes waveforms (batch, samples), got {tuple(waveform.shape)}")
        (states,) = self._unregistered
        shortest = waveform.shape[1] if lengths is None else int(lengths.min())
        if resampled_length(shortest, sampling_rate, SAMPLING_RATE) < states.min_samples:
            raise ValueError(
                f"a clip of {shortest / sampling_rate:.3f} s is too short for the speech language model, which "
                f"needs at least {states.min_samples / SAMPLING_RATE:.3f} s: give longer crops"
            )
        if lengths is not None:
            waveform = waveform.masked_fill(~lengths_to_mask(lengths, waveform.shape[1]), 0.0)
            lengths = resampled_length(lengths, sampling_rate, SAMPLING_RATE)
        return states(resample_waveform(waveform, sampling_rate, SAMPLING_RATE), lengths)

    def _apply(self, fn, recurse: bool = True):
        """Moves the encoder with the module."""
        self._unregistered[0]._apply(fn, recurse)
        return super()._apply(fn, recurse)

    def extra_repr(self) -> str:
        """The encoder, which is not registered as a part."""
        encoder = self._unregistered[0].encoder
        return f"frozen {type(encoder).__name__}, {self.num_hidden_states} states of {self.hidden_size}"


def chosen_speech_language_model(option: str | None) -> SpeechLanguageModel | None:
    """The model that a config names; None for "none" and for nothing."""
    return None if option is None or option == "none" else SpeechLanguageModel.from_pretrained(option)


def speech_feature_loss(
    model: SpeechLanguageModel,
    recorded: torch.Tensor,
    generated: torch.Tensor,
    sampling_rate: int,
    lengths: torch.Tensor | None = None,
) -> torch.Tensor:
    """`losses.slm_feature_loss` of waveforms (batch, samples): the distance of their states.

    Gradients reach `generated` alone.
    """
    with torch.no_grad():
        real, mask = model(recorded, sampling_rate, lengths)
    states, _ = model(generated, sampling_rate, lengths)
    return slm_feature_loss(real, states, None if lengths is None else mask)


def _load_encoder(name: str, config, dtype: torch.dtype) -> tuple[nn.Module, set[str]]:
    """The encoder, and the names of its missing weights; a decoder is dropped."""
    model_class: type[AutoModel] | type[WhisperEncoder] | type[WhisperModel] = AutoModel
    if config.model_type == "whisper":
        is_alone = WhisperEncoder.__name__ in (config.architectures or ())
        model_class = WhisperEncoder if is_alone else WhisperModel
    # Annotated as returning the model alone, also with `output_loading_info`.
    loaded = model_class.from_pretrained(name, dtype=dtype, output_loading_info=True)
    model, about = loaded  # type: ignore[misc]
    missing = set(about["missing_keys"])
    if model_class is WhisperModel:
        return model.encoder, {weight for weight in missing if weight.startswith("encoder.")}
    # The mark of hidden places, from a model's own training, is not used.
    return model, missing - {"masked_spec_embed"}


def _normalizes(name: str, config) -> bool:
    """Whether the feature extractor normalizes; without one, large models (layer norm in the convolutions) do."""
    try:
        return bool(AutoFeatureExtractor.from_pretrained(name).do_normalize)
    except (OSError, ValueError):
        return config.feat_extract_norm == "layer"


def _cannot_load(name: str) -> str:
    if Path(name).is_dir():
        return f"the folder '{name}' holds no speech language model: it needs config.json and model.safetensors"
    return (
        f"there is no folder '{name}', and no speech language model of this name could be loaded from the hub: name a "
        "folder, or check the name and the connection"
    )


__all__ = ["SpeechLanguageModel", "chosen_speech_language_model", "speech_feature_loss"]
