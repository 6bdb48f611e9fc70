# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking: `generate()` turns token ids and a style into a waveform, sentence by sentence in long form."""

import logging
from collections.abc import Iterator, Mapping
from functools import cache

import torch
from transformers import GenerationConfig, GenerationMixin
from transformers.generation.streamers import BaseStreamer

from ..layers.placement import execution_device
from .outputs import TsukasaSpeechOutput
from .reranking.reranker_choice import RerankerChoice, read_candidates
from .speaking.argument_checks import check_tokens, check_without_diffusion
from .speaking.candidates import check_candidates, check_that_candidates_differ
from .speaking.given_prosody import GivenProsody, given_prosody
from .speaking.segment_speech import SpeechRequest, speak_segments
from .speaking.sentence_marks import read_segments, warn_of_unused_pauses
from .speaking.speaking_model import SpeakingModel
from .speaking.speech_assembly import SpeechPiece, join
from .speaking.speech_options import item_seeds, read_options
from .speaking.style_sources import StyleSources, VoiceChoice, asked_voices, reference_styles
from .style.diffusion_sampler import sample_style


logger = logging.getLogger(__name__)


class TsukasaGenerationMixin(GenerationMixin):
    """`generate()` for a model that speaks in one pass instead of token by token.

    The host class has the members of [`SpeakingModel`].
    """

    output_modalities = ("audio",)

    def can_generate(self) -> bool:
        return True

    # The arguments are those of a model that speaks in one pass, not those of transformers' loop over tokens.
    @torch.no_grad()
    def generate(  # type: ignore[override]
        self: SpeakingModel,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        input_features: torch.Tensor | None = None,
        input_features_mask: torch.Tensor | None = None,
        reference_counts: torch.Tensor | None = None,
        voice: VoiceChoice | None = None,
        style_vector: torch.Tensor | None = None,
        prompt_input_ids: torch.Tensor | None = None,
        prompt_attention_mask: torch.Tensor | None = None,
        style_text_input_ids: torch.Tensor | None = None,
        style_text_attention_mask: torch.Tensor | None = None,
        style_weights: Mapping[str, float] | None = None,
        prosody: GivenProsody | None = None,
        durations: torch.Tensor | None = None,
        f0: torch.Tensor | None = None,
        energy: torch.Tensor | None = None,
        accent_levels: torch.Tensor | None = None,
        generation_config: GenerationConfig | None = None,
        generator: torch.Generator | None = None,
        streamer: BaseStreamer | None = None,
        stream: bool = False,
        num_candidates: int = 1,
        reranker: RerankerChoice | None = None,
        stop_score: float | None = None,
        return_candidates: bool = False,
        stream_candidates: bool = False,
        return_prosody: bool = False,
        return_waveform: bool = True,
        return_dict_in_generate: bool | None = None,
        **kwargs,
    ) -> TsukasaSpeechOutput | Iterator[TsukasaSpeechOutput] | torch.Tensor | None:
        r"""Turns phonemes and a style into speech.

        Args:
            input_ids (`torch.LongTensor` of shape `(batch, tokens)`):
                Phonemes, padded on the right. In long form a row holds all sentences of a text, each closed by a mark:
                the negative id `-1 - ending`, an index into `SEGMENT_ENDINGS`, which sets the pause after it, or
                `-9 - milliseconds` for a pause that the text names.
            attention_mask (`torch.Tensor` of shape `(batch, tokens)`, *optional*):
                1 for phonemes and marks, 0 for padding.
            input_features (`torch.FloatTensor` of shape `(clips, num_mel_bins, frames)`, *optional*):
                Log-mels of clips in whose style to speak. Several clips of one text are averaged.
            input_features_mask (`torch.Tensor` of shape `(clips, frames)`, *optional*):
                1 for real frames.
            reference_counts (`torch.LongTensor` of shape `(batch,)`, *optional*):
                Number of clips of each text; one each when not given.
            voice (`str`, mapping, or a list of them, *optional*):
                A named voice of the model folder, or a blend `{"name": weight}`; a list has one for every text. Of a
                voice that is a table of styles, every segment takes the row of its number of tokens without pads.
            style_vector (`torch.FloatTensor` of shape `(2 * style_dim,)` or `(batch, 2 * style_dim)`, *optional*):
                The style itself.
            prompt_input_ids, prompt_attention_mask (`torch.Tensor` of shape `(batch, prompt_tokens)`, *optional*):
                A written description of the voice, for models with a prompt encoder.
            style_text_input_ids, style_text_attention_mask (`torch.Tensor` of shape `(batch, words)`, *optional*):
                The text itself, for models with a text sampler.
            style_weights (`dict[str, float]`, *optional*):
                Blends several sources of style (`style_vector`, `voice`, `audio`, `prompt`, `text`) by weight. Without
                it the first one given, in this order, is taken.
            prosody (`TsukasaProsody`, or a list of them in long form, *optional*):
                Durations, F0 and energy to speak in place of the predicted ones. Of a batch in long form also a list
                with one list for every text, of its sentences.
            durations, f0, energy (`torch.Tensor`, *optional*):
                The same one by one, see [`TsukasaProsody`]; they override `prosody`.
            accent_levels (`torch.LongTensor` of shape `(batch, tokens)`, *optional*):
                The accent of every token, as the processor returns it, for `accent_strength`; without it, and for an
                F0 that is given, the accent is the model's own.
            generation_config (`GenerationConfig`, *optional*):
                Speech options; the model's own hold for those that it does not set. It is read, never changed. Each
                option can be given as an argument too, which comes first: `alpha`, `beta`, `diffusion_steps`,
                `guidance_scale`, `speaking_rate`, `pitch`, `accent_strength`, `volume`, `noise_scale`, `style_carry`,
                `pauses`, `edge_silence`, `fade`, `seed` (see [`TsukasaSpeechOptions`]).
            generator (`torch.Generator`, *optional*):
                Draws the seeds when `seed` is not given.
            streamer (`BaseStreamer`, *optional*):
                Receives the waveform (samples,) of every sentence as soon as it is spoken; for one text at a time.
            stream (`bool`, *optional*, defaults to `False`):
                Return an iterator over sentences; only one sentence is in memory at a time.
            num_candidates (`int`, *optional*, defaults to 1):
                Most candidates of every sentence, 1 to 256, of which the one with the highest score is spoken.
                Candidate k is what the seed plus k gives alone. In long form each sentence is chosen before the next
                one takes up its style.
            reranker (callable, `str` or path, *optional*):
                Scores the candidates: `"clvp"` or `"aligner"`, the contrastive model or the text aligner in the
                folder of the model (`reranker`, `text_aligner`); the folder of another one; or a callable of a list
                of waveforms (samples,) and their `input_ids` (tokens,) that returns a score for each, the higher the
                better. Without it the first that the model has.
            stop_score (`float`, *optional*):
                A candidate whose score reaches it is taken, and no further one is drawn.
            return_candidates (`bool`, *optional*, defaults to `False`):
                Whether to return the waveforms of all candidates too.
            stream_candidates (`bool`, *optional*, defaults to `False`):
                Allow a stream of several candidates, whose first sentence comes when all its candidates are spoken.
            return_prosody (`bool`, *optional*, defaults to `False`):
                Whether to return durations, F0, energy and the times of every token too.
            return_waveform (`bool`, *optional*, defaults to `True`):
                `False` predicts the prosody alone, without the decoder, which takes most of the time: the waveform is
                silence as long as the speech.
            return_dict_in_generate (`bool`, *optional*):
                `False` returns the waveform alone. `True`, which pipelines set to take a batch apart by its texts,
                returns the prosody of long form by text: a list with one list for every text, of its sentences.

        Returns:
            [`TsukasaSpeechOutput`], or an iterator over one for every sentence.

        Raises:
            ValueError: for arguments that do not fit the model or each other.
            KeyError: for a voice that the model does not have.
            FloatingPointError: when a module returns values that are not finite; the message names it.
        """
        if not self.prosody_predictor.is_trained():
            _warn_of_untrained_prosody()
        options = read_options(self.generation_config, generation_config, kwargs)
        input_ids, attention_mask = check_tokens(self, input_ids, attention_mask)
        if accent_levels is not None:
            accent_levels = torch.as_tensor(accent_levels).to(input_ids.device)  # numpy's too
        segments = read_segments(input_ids, attention_mask, accent_levels)
        if kwargs.get("pauses") is not None:
            warn_of_unused_pauses(segments)
        batch_size = len(segments.texts)
        if streamer is not None and batch_size != 1:
            raise ValueError(f"a streamer takes one text at a time, got {batch_size}")
        sources = StyleSources(
            style_vector=style_vector,
            voice=asked_voices(voice),
            input_features=input_features,
            input_features_mask=input_features_mask,
            reference_counts=reference_counts,
            prompt_input_ids=prompt_input_ids,
            prompt_attention_mask=prompt_attention_mask,
            style_text_input_ids=style_text_input_ids,
            style_text_attention_mask=style_text_attention_mask,
        )
        if not sources.given:
            sources = StyleSources(voice=options.voice)
        references = reference_styles(self, sources, style_weights, batch_size)
        if self.style_diffusion is None:
            check_without_diffusion(options, references)
        candidates = read_candidates(self, num_candidates, reranker, stop_score, return_candidates)
        check_candidates(
            candidates,
            is_streamed=stream or streamer is not None,
            streams_candidates=stream_candidates,
            is_decoded=return_waveform,
        )
        check_that_candidates_differ(candidates.count, options, references is not None)
        request = SpeechRequest(
            segments=segments,
            reference_styles=references,
            prosody=given_prosody(prosody, durations, f0, energy, segments),
            options=options,
            seeds=item_seeds(options.seed, generator, batch_size),
            is_decoded=return_waveform,
            candidates=candidates,
        )
        pieces = speak_segments(self, request)
        if streamer is not None:
            pieces = _feed(streamer, pieces)
        if stream:
            return (piece.output(return_prosody) for piece in pieces)
        by_text = return_dict_in_generate is True
        speech = join(list(pieces), return_prosody, long_form=segments.is_long_form, by_text=by_text)
        return speech.waveform if return_dict_in_generate is False else speech

    def sample_styles(
        self: SpeakingModel,
        plbert_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor,
        reference_style: torch.Tensor | None,
        noise: torch.Tensor,
        ancestral_noise: torch.Tensor | None = None,
        diffusion_steps: int = 5,
        guidance_scale: float = 1.0,
    ) -> torch.Tensor:
        """Styles (batch, 2 * style_dim) drawn by diffusion for a text, around a reference style.

        Args:
            plbert_hidden_states: (batch, tokens, plbert_hidden_size).
            attention_mask: (batch, tokens).
            reference_style: (batch, 2 * style_dim); zeros when there is none. The single-speaker variant ignores it.
            noise: (batch, 2 * style_dim), standard normal.
            ancestral_noise: (diffusion_steps - 1, batch, 2 * style_dim), or `None` for none.

        Raises:
            ValueError: for a model without style diffusion.
        """
        sampler = self.style_sampler
        config, device = sampler.config, execution_device(sampler)
        plbert_hidden_states, attention_mask = plbert_hidden_states.to(device), attention_mask.to(device)
        if not config.use_reference:
            reference_style = None
        else:
            reference_style = torch.zeros(noise.shape) if reference_style is None else reference_style
            reference_style = reference_style.to(device)

        def denoise(style: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            return sampler.denoise(style, sigma, plbert_hidden_states, attention_mask, reference_style, guidance_scale)

        return sample_style(
            denoise,
            noise.to(device),
            ancestral_noise,
            diffusion_steps,
            sigma_min=config.sigma_min,
            sigma_max=config.sigma_max,
            rho=config.rho,
        ).to(self.device)


@cache
def _warn_of_untrained_prosody() -> None:
    """Logs once in a process that there is no prosody yet."""
    logger.warning(
        "the prosody of this model has never been trained, as after stage 1: durations, F0 and styles are noise, and "
        "so is the speech until stage 2 has run"
    )


def _feed(streamer: BaseStreamer, pieces: Iterator[SpeechPiece]) -> Iterator[SpeechPiece]:
    """Passes pieces on, and the waveform of each to a streamer."""
    for piece in pieces:
        streamer.put(piece.waveform[0, : int(piece.lengths[0])].cpu())
        yield piece
    streamer.end()


__all__ = ["TsukasaGenerationMixin"]
