# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The Tsukasa model: speech from phonemes and a style."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AlbertModel
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs
from transformers.utils.output_capturing import OutputRecorder, capture_outputs

from ...hub import HubShimMixin, hub_arguments, optional_model_file
from ...model_folders import is_model_folder, is_same_folder
from ...text.phonemes.symbols import PHONEMES_ONLY
from ..layers.masking import MaskedLSTM, lengths_to_mask
from ..layers.mlstm import MLSTMBlock
from ..layers.placement import execution_device, parameter_dtype
from .configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME, TsukasaConfig
from .generation_tsukasa import TsukasaGenerationMixin
from .model_card import Origin, write_model_card
from .modeling_utils import TsukasaPreTrainedModel
from .outputs import SpokenStates, TsukasaOutput
from .prosody.length_regulation import expand_to_frames, round_durations
from .prosody.plbert import phoneme_hidden_states
from .prosody.prosody_predictor import TsukasaProsodyPredictor
from .prosody.text_encoder import TsukasaTextEncoder
from .speaking.speech_options import add_speech_options, make_options_plain
from .speaking.voices import VOICES_NAME, TsukasaVoices
from .style.diffusion_sampler import estimate_sigma_data
from .style.kotodama import TsukasaKotodamaEncoder
from .style.style_diffusion import TsukasaStyleDiffusion
from .style.style_encoder import TsukasaStyleEncoder
from .vocoder.decoder import TsukasaDecoder


logger = logging.getLogger(__name__)

TRAINING_FOLDERS = ("text_aligner", "pitch_extractor", "discriminators", "reranker")
"""Sub-folders of a model folder with networks beside the model: of training, and of choosing among candidates."""


class TsukasaModelForConditionalGeneration(HubShimMixin, TsukasaPreTrainedModel, TsukasaGenerationMixin):
    """Tsukasa Speech: expressive Japanese text-to-speech (StyleTTS 2, Li et al. 2023, with mLSTM text and prosody
    encoders), and with LSTMs in their place the other members of the family, StyleTTS 2 and Kokoro.

    Style encoders and style diffusion are parts that a config may leave out (docs/decisions/0024).

    Args:
        config ([`TsukasaConfig`]): the config of the model and of its parts.
    """

    config: TsukasaConfig
    # What lies between the layers of a part is computed on one device.
    _no_split_modules = [
        "TsukasaTextEncoder",
        "AlbertModel",
        "TsukasaStyleEncoder",
        "TsukasaProsodyPredictor",
        "TsukasaStyleDiffusion",
        "TsukasaDecoder",
        "TsukasaKotodamaEncoder",
    ]
    # Exponential gates, pitch and the style sampler need the range or the resolution of float32.
    _keep_in_fp32_modules_strict = ["input_gate", "forget_gate", "curve_projection", "source.mix", "style_diffusion"]
    # `output_hidden_states=True` returns the input of the text encoder's recurrence and the output of each layer.
    _can_record_outputs = {
        "hidden_states": [
            OutputRecorder(MLSTMBlock, layer_name="text_encoder"),
            OutputRecorder(MaskedLSTM, layer_name="text_encoder"),
        ]
    }

    def __init__(self, config: TsukasaConfig):
        super().__init__(config)
        style_dim, text = config.style_dim, config.text_encoder_config
        self.text_encoder = TsukasaTextEncoder(text)
        self.plbert = AlbertModel(config.plbert_config)
        self.plbert_projection = nn.Linear(config.plbert_config.hidden_size, text.hidden_size)
        encoder, diffusion = config.style_encoder_config, config.style_diffusion_config
        self.acoustic_style_encoder = None if encoder is None else TsukasaStyleEncoder(encoder, style_dim)
        self.prosodic_style_encoder = None if encoder is None else TsukasaStyleEncoder(encoder, style_dim)
        self.prosody_predictor = TsukasaProsodyPredictor(config.prosody_predictor_config, style_dim)
        self.style_diffusion = (
            None
            if diffusion is None
            else TsukasaStyleDiffusion(diffusion, config.plbert_config.hidden_size, 2 * style_dim)
        )
        self.decoder = TsukasaDecoder(config.decoder_config, text.hidden_size, style_dim, config.audio_config)
        self.prompt_encoder: TsukasaKotodamaEncoder | None = None
        self.text_sampler: TsukasaKotodamaEncoder | None = None
        # Only checkpoints that were converted together with Kotodama's encoders have these two.
        if config.prompt_encoder_config is not None:
            self.prompt_encoder = TsukasaKotodamaEncoder(config.prompt_encoder_config, style_dim)
        if config.text_sampler_config is not None:
            self.text_sampler = TsukasaKotodamaEncoder(config.text_sampler_config, style_dim)
        self.voices = TsukasaVoices(2 * style_dim)
        # What the model was made from, for the card of its folder; without it that is where it was loaded from.
        self.origin: Origin | None = None
        add_speech_options(self.generation_config, self.style_diffusion is not None)
        self.post_init()

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, *model_args, **kwargs):
        """Loads weights as transformers does, and the folder's named voices with them."""
        found_by = (kwargs.get("subfolder") or "", hub_arguments(kwargs))
        loaded = super().from_pretrained(pretrained_model_name_or_path, *model_args, **kwargs)
        model = loaded[0] if isinstance(loaded, tuple) else loaded
        add_speech_options(model.generation_config, model.style_diffusion is not None)
        path = pretrained_model_name_or_path and optional_model_file(
            pretrained_model_name_or_path, VOICES_NAME, *found_by
        )
        if path is not None:
            model.voices = TsukasaVoices.load(path, 2 * model.config.style_dim)
        return loaded

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Saves weights and configs as transformers does, with the named voices and a card that carries on credits.

        Whatever another model left in the folder is removed: its voices, and the networks that only trained it. A card
        that somebody wrote stays.
        """
        folder = Path(save_directory)
        replaces_another = not is_same_folder(folder, self.name_or_path or "")
        make_options_plain(self.generation_config)
        super().save_pretrained(save_directory, *args, **kwargs)
        if not kwargs.get("is_main_process", True):
            return
        if replaces_another or self.origin is not None:
            self._write_card(folder)
        self.voices.save_or_remove(folder)
        for name in TRAINING_FOLDERS if replaces_another else ():
            if is_model_folder(folder / name):
                logger.warning("'%s' belonged to the model that was here before, and is removed", folder / name)
                shutil.rmtree(folder / name)

    def _write_card(self, folder: Path) -> None:
        origin = Origin.of_saved(self.name_or_path) if self.origin is None else self.origin
        stated = [ingredient.language for ingredient in origin.ingredients if ingredient.language is not None]
        reads_japanese = self.config.text_profile != PHONEMES_ONLY
        language = stated[0] if stated else "ja" if reads_japanese else None
        write_model_card(folder, origin.made_by, origin.ingredients, language)

    def is_prosody_trained(self) -> bool:
        """Whether durations, F0 and energy have ever been learned; after stage 1 they are still noise."""
        return self.prosody_predictor.is_trained()

    @property
    def style_encoders(self) -> tuple[TsukasaStyleEncoder, TsukasaStyleEncoder]:
        """The acoustic and the prosodic style encoder.

        Raises:
            ValueError: for a model without them.
        """
        if self.acoustic_style_encoder is None or self.prosodic_style_encoder is None:
            raise ValueError(
                "this model has no style encoders, which find the style of a clip: give a voice or a style_vector "
                "instead"
            )
        return self.acoustic_style_encoder, self.prosodic_style_encoder

    @property
    def style_sampler(self) -> TsukasaStyleDiffusion:
        """The style diffusion.

        Raises:
            ValueError: for a model without it.
        """
        if self.style_diffusion is None:
            raise ValueError(
                "this model has no style diffusion, which draws a style for a text: give a voice or a style_vector "
                "instead"
            )
        return self.style_diffusion

    @property
    def accepts_loss_kwargs(self) -> bool:
        """Read by transformers' Trainer of every model that it is given, which is the time to say what to use.

        Raises:
            TypeError: always.
        """
        raise TypeError(
            "transformers' Trainer cannot train this model, whose losses depend on phases, an aligner and "
            "discriminators: use FinetuneTrainer.from_pretrained(model_folder, args, corpus) of "
            "transformers_tsukasa.training, or the trainer of another stage there (docs/training.md)"
        )

    def get_input_embeddings(self) -> nn.Embedding:
        return self.text_encoder.embedding

    def set_input_embeddings(self, value: nn.Module) -> None:
        if not isinstance(value, nn.Embedding):
            raise TypeError(f"the text encoder looks phonemes up in an nn.Embedding, got {type(value).__name__}")
        self.text_encoder.embedding = value

    def resize_token_embeddings(self, new_num_tokens=None, *args, **kwargs) -> nn.Embedding:
        """Changes the number of phoneme symbols, in the text encoder, in PL-BERT and in the config."""
        embedding = super().resize_token_embeddings(new_num_tokens, *args, **kwargs)
        self.plbert.resize_token_embeddings(embedding.num_embeddings)
        for part in (self.config.text_encoder_config, self.config.text_aligner_config):
            part.vocab_size = embedding.num_embeddings
        return embedding

    @property
    def weight_dtype(self) -> torch.dtype:
        """Type in which the model computes, except for the parts that always stay in float32."""
        return parameter_dtype(self.text_encoder)

    def encode_text(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Encodes phonemes with both text encoders.

        Args:
            input_ids: (batch, tokens).
            attention_mask: (batch, tokens), 1 for phonemes.

        Returns:
            Text states for the decoder (batch, tokens, hidden_size), and PL-BERT's states (batch, tokens,
            plbert_hidden_size), from which prosody is predicted and styles are sampled.
        """
        text_hidden_states = self.text_encoder(input_ids, attention_mask)
        return text_hidden_states, phoneme_hidden_states(self.plbert, input_ids, attention_mask)

    def encode_reference(
        self, input_features: torch.Tensor, input_features_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Encodes the styles of clips.

        Args:
            input_features: log-mels, (clips, num_mel_bins, frames).
            input_features_mask: (clips, frames), 1 for real frames.

        Returns:
            Style vectors (clips, 2 * style_dim), float32.

        Raises:
            ValueError: for a clip that is too short for the style encoders, and for a model without them.
        """
        device = self.device
        features = torch.as_tensor(input_features).to(device, self.weight_dtype)  # numpy's too
        lengths = None if input_features_mask is None else torch.as_tensor(input_features_mask).sum(dim=1).to(device)
        styles = [encoder(features, lengths).to(device) for encoder in self.style_encoders]
        return torch.cat(styles, dim=-1).float()

    @torch.no_grad()
    def estimate_sigma_data(
        self, input_features: torch.Tensor, input_features_mask: torch.Tensor | None = None
    ) -> float:
        """Estimates the `sigma_data` that fits the styles of clips; see `style.diffusion_sampler.estimate_sigma_data`.

        Put it into `config.style_diffusion_config.sigma_data` of a checkpoint whose value is unknown.

        Args:
            input_features: log-mels, (clips, num_mel_bins, frames).
            input_features_mask: (clips, frames), 1 for real frames.

        Raises:
            ValueError: without clips, or for styles that are constant or not finite.
        """
        return estimate_sigma_data(self.encode_reference(input_features, input_features_mask))

    def encode_prosody(
        self, plbert_hidden_states: torch.Tensor, style_vector: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """Joins PL-BERT's states with the prosodic style.

        Returns:
            States from which durations and contours are predicted, (batch, tokens, hidden_size + style_dim).
        """
        device = execution_device(self.prosody_predictor)
        return self.prosody_predictor.encode(
            self.plbert_projection(plbert_hidden_states).to(device),
            self._split_style(style_vector)[1].to(device),
            attention_mask.to(device),
        )

    def _split_style(self, style_vector: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        acoustic, prosodic = style_vector.to(self.weight_dtype).split(self.config.style_dim, dim=-1)
        return acoustic, prosodic

    @capture_outputs(tie_last_hidden_states=False)
    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        style_vector: torch.Tensor | None = None,
        input_features: torch.Tensor | None = None,
        input_features_mask: torch.Tensor | None = None,
        durations: torch.Tensor | None = None,
        alignment: torch.Tensor | None = None,
        f0: torch.Tensor | None = None,
        energy: torch.Tensor | None = None,
        speaking_rate: float = 1.0,
        noise_scale: float | None = None,
        generator: torch.Generator | list[torch.Generator] | None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> TsukasaOutput:
        r"""Speaks a batch with everything that training computes losses from.

        A padded batch is decoded with masks: every item equals the item alone up to rounding. To speak only, use
        [`~TsukasaGenerationMixin.generate`].

        Args:
            input_ids (`torch.LongTensor` of shape `(batch, tokens)`):
                Phonemes, padded on the right.
            attention_mask (`torch.Tensor` of shape `(batch, tokens)`, *optional*):
                1 for phonemes, 0 for padding; all ones when not given.
            style_vector (`torch.FloatTensor` of shape `(batch, 2 * style_dim)`, *optional*):
                Acoustic and prosodic style. Without it the reference's style is taken, and without a reference zeros.
            input_features (`torch.FloatTensor` of shape `(batch, num_mel_bins, frames)`, *optional*):
                Log-mels of one reference clip per item.
            input_features_mask (`torch.LongTensor` of shape `(batch, frames)`, *optional*):
                1 for real frames of the reference.
            durations (`torch.LongTensor` of shape `(batch, tokens)`, *optional*):
                Text frames of every token; predicted when neither they nor an alignment are given.
            alignment (`torch.FloatTensor` of shape `(batch, tokens, text_frames)`, *optional*):
                A soft or monotonic alignment to expand the states with, in place of durations.
            f0 (`torch.FloatTensor` of shape `(batch, 2 * text_frames)`, *optional*):
                F0 in Hz that the decoder speaks in place of the predicted one.
            energy (`torch.FloatTensor` of shape `(batch, 2 * text_frames)`, *optional*):
                Energy (log norm of the mel) that the decoder speaks in place of the predicted one.
            speaking_rate (`float`, *optional*, defaults to 1.0):
                Predicted durations are divided by it.
            noise_scale (`float`, *optional*):
                Loudness of the source's noise; 1 in training and 0 (deterministic) otherwise when not given.
            generator (`torch.Generator` or a list of them, *optional*):
                CPU generators of the source's noise, one for every item.
            kwargs (`TransformersKwargs`, *optional*):
                `output_hidden_states=True` also returns the states of the text encoder's recurrence, and
                `return_dict=False` a tuple.

        Returns:
            [`TsukasaOutput`].

        Raises:
            ValueError: for a given curve without two values per text frame.
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if style_vector is None:
            style_vector = self._reference_style(input_ids, input_features, input_features_mask)
        text_hidden_states, plbert_hidden_states = self.encode_text(input_ids, attention_mask)
        encoded = self.encode_prosody(plbert_hidden_states, style_vector, attention_mask)
        duration_logits = self.prosody_predictor.predict_durations(encoded, attention_mask.to(encoded.device))
        if durations is None and alignment is None:
            durations = round_durations(duration_logits.sigmoid().sum(dim=-1), attention_mask, speaking_rate)
        spoken = self.speak_states(
            text_hidden_states, encoded, style_vector, durations, alignment, f0, energy, noise_scale, generator
        )
        return TsukasaOutput(
            waveform=spoken.waveform,
            waveform_lengths=spoken.frame_lengths * self.config.samples_per_text_frame,
            duration_logits=duration_logits,
            durations=durations,
            f0=spoken.f0,
            energy=spoken.energy,
            style_vector=style_vector,
            text_hidden_states=text_hidden_states,
            aligned_text_hidden_states=spoken.aligned_text_hidden_states,
            plbert_hidden_states=plbert_hidden_states,
            prosodic_text_hidden_states=encoded,
        )

    def speak_states(
        self,
        text_hidden_states: torch.Tensor,
        prosodic_text_hidden_states: torch.Tensor,
        style_vector: torch.Tensor,
        durations: torch.Tensor | None = None,
        alignment: torch.Tensor | None = None,
        f0: torch.Tensor | None = None,
        energy: torch.Tensor | None = None,
        noise_scale: float | None = None,
        generator: torch.Generator | list[torch.Generator] | None = None,
        reshape_f0: Callable[[torch.Tensor], torch.Tensor] | None = None,
        is_decoded: bool = True,
    ) -> SpokenStates:
        """Speaks encoded text: expands it to frames, predicts the contours that are not given, and decodes.

        Args:
            text_hidden_states, prosodic_text_hidden_states: (batch, tokens, size), of `encode_text`, `encode_prosody`.
            style_vector: (batch, 2 * style_dim).
            durations: (batch, tokens) int64, in text frames; not used when an alignment is given.
            alignment: (batch, tokens, text_frames), soft or monotonic.
            f0, energy, noise_scale, generator: see `forward`.
            reshape_f0: changes a predicted F0 before it is spoken.
            is_decoded: False for silence in place of the waveform.

        Raises:
            ValueError: without durations and alignment, or for a curve without two values per text frame.
        """
        frame_lengths, (aligned_text, aligned_prosody) = expand_to_frames(
            (text_hidden_states, prosodic_text_hidden_states), durations, alignment, self.config.alignment_delay
        )
        padded_lengths = None if text_hidden_states.shape[0] == 1 else frame_lengths
        is_predicted = f0 is None
        f0, energy = self.contours(aligned_prosody, style_vector, padded_lengths, f0, energy)
        if is_predicted and reshape_f0 is not None:
            f0 = reshape_f0(f0)
        if is_decoded:
            waveform = self.speak(aligned_text, f0, energy, style_vector, padded_lengths, noise_scale, generator)
        else:
            waveform = f0.new_zeros(len(f0), aligned_text.shape[1] * self.config.samples_per_text_frame)
        return SpokenStates(waveform, frame_lengths, f0, energy, aligned_text)

    def _reference_style(
        self, input_ids: torch.Tensor, input_features: torch.Tensor | None, input_features_mask: torch.Tensor | None
    ) -> torch.Tensor:
        if input_features is not None:
            return self.encode_reference(input_features, input_features_mask)
        return torch.zeros(input_ids.shape[0], 2 * self.config.style_dim, device=input_ids.device)

    def contours(
        self,
        aligned_prosody: torch.Tensor,
        style_vector: torch.Tensor,
        frame_lengths: torch.Tensor | None = None,
        f0: torch.Tensor | None = None,
        energy: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Predicts F0 and energy, unless they are given.

        Args:
            aligned_prosody: prosodic states on text frames, (batch, text_frames, hidden_size + style_dim).
            style_vector: (batch, 2 * style_dim).
            frame_lengths: text frames of every item, (batch,); `None` when nothing is padded.
            f0, energy: (batch, 2 * text_frames), kept as they are.

        Returns:
            F0 in Hz and energy (log norm of the mel), both (batch, 2 * text_frames).

        Raises:
            ValueError: when a given curve does not have two values per text frame.
        """
        expected = MEL_FRAMES_PER_TEXT_FRAME * aligned_prosody.shape[1]
        for name, curve in (("f0", f0), ("energy", energy)):
            if curve is not None and tuple(curve.shape) != (aligned_prosody.shape[0], expected):
                raise ValueError(
                    f"{name} must be {(aligned_prosody.shape[0], expected)}, two values per text frame, got "
                    f"{tuple(curve.shape)}: edit it together with the durations it belongs to"
                )
        if f0 is None or energy is None:
            mask = self._frame_mask(frame_lengths, aligned_prosody)
            predicted = self.prosody_predictor.predict_f0_and_energy(
                aligned_prosody, self._split_style(style_vector)[1].to(aligned_prosody.device), mask
            )
            f0 = predicted[0] if f0 is None else f0
            energy = predicted[1] if energy is None else energy
        return f0, energy

    def _frame_mask(self, frame_lengths: torch.Tensor | None, states: torch.Tensor) -> torch.Tensor | None:
        if frame_lengths is None:
            return None
        return lengths_to_mask(frame_lengths, states.shape[1])[:, None].to(states)

    def speak(
        self,
        aligned_text: torch.Tensor,
        f0: torch.Tensor,
        energy: torch.Tensor,
        style_vector: torch.Tensor,
        frame_lengths: torch.Tensor | None = None,
        noise_scale: float | None = None,
        generator: torch.Generator | list[torch.Generator] | None = None,
        source_noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Decodes text states on text frames.

        Args:
            aligned_text: (batch, text_frames, hidden_size).
            f0, energy: (batch, 2 * text_frames), see `contours`.
            style_vector: (batch, 2 * style_dim).
            frame_lengths: text frames of every item, (batch,); `None` when nothing is padded.
            noise_scale, generator: see `forward`.
            source_noise: (batch, samples), in place of drawn noise; see the decoder.

        Returns:
            Waveform (batch, samples), float32.
        """
        if noise_scale is None:
            noise_scale = 1.0 if self.training else 0.0
        device = execution_device(self.decoder)
        return self.decoder(
            aligned_text.transpose(1, 2).to(device),
            f0.to(device),
            energy.to(device),
            self._split_style(style_vector)[0].to(device),
            frame_lengths=frame_lengths,
            generator=generator,
            noise_scale=noise_scale,
            source_noise=source_noise,
        )


__all__ = ["TRAINING_FOLDERS", "TsukasaModelForConditionalGeneration"]
