# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking: `generate()` turns token ids and a style into a waveform, sentence by sentence in long form."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

import torch
from torch.nn import functional as F
from transformers import GenerationConfig, GenerationMixin
from transformers.generation.streamers import BaseStreamer

from ..layers.placement import execution_device
from .configuration_tsukasa import TsukasaConfig
from .outputs import TsukasaSpeechOutput
from .prosody.length_regulation import round_durations, set_edge_pads
from .speaking.accent_contour import accented_f0
from .speaking.argument_checks import check_tokens, check_without_diffusion
from .speaking.given_prosody import GivenProsody, check_curve, check_durations, given_prosody, raise_pitch
from .speaking.sentence_marks import Segment, Segments, read_segments, warn_of_unused_pauses
from .speaking.speaking_model import SpeakingModel
from .speaking.speech_assembly import Ending, SpeechPiece, SpokenSegment, collate, fade_edges, join
from .speaking.speech_options import TsukasaSpeechOptions, item_seeds, pause_samples, read_options, seeded_generator
from .speaking.style_sources import StyleSources, VoiceChoice, asked_voices, reference_styles
from .speaking.voices import row_of_length
from .style.diffusion_sampler import draw_style_noise, sample_style


logger = logging.getLogger(__name__)

_STYLE_NOISE, _SOURCE_NOISE = 0, 1  # purposes of an utterance's random draws


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
        request = _SpeechRequest(
            segments=segments,
            reference_styles=references,
            prosody=given_prosody(prosody, durations, f0, energy, segments),
            options=options,
            seeds=item_seeds(options.seed, generator, batch_size),
            is_decoded=return_waveform,
        )
        pieces = _speak_segments(self, request)
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


@dataclass(frozen=True)
class _SpeechRequest:
    """Everything that a call of `generate()` decides before the first segment is spoken.

    Attributes:
        segments: those of every text.
        reference_styles: of every text, (rows, 2 * style_dim) by length; `None` when diffusion alone decides.
        prosody: for every text and each of its segments, the parts of the prosody that were given.
        seeds: one for every text.
        is_decoded: False for the prosody alone.
    """

    segments: Segments
    reference_styles: list[torch.Tensor] | None
    prosody: list[list[dict[str, torch.Tensor]]]
    options: TsukasaSpeechOptions
    seeds: list[int]
    is_decoded: bool


@cache
def _warn_of_untrained_prosody() -> None:
    """Logs once in a process that there is no prosody yet."""
    logger.warning(
        "the prosody of this model has never been trained, as after stage 1: durations, F0 and styles are noise, and "
        "so is the speech until stage 2 has run"
    )


@torch.no_grad()
def _speak_segments(model: SpeakingModel, request: _SpeechRequest) -> Iterator[SpeechPiece]:
    """Segment after segment; all texts that have a segment of that number together, the others as empty rows.

    Texts are spoken one by one at their own length, not as a padded batch: pitch is summed up over the complete
    utterance, so that the last bit of an F0, which differs between a batch and one item, can be heard.
    """
    segments, batch_size = request.segments, len(request.segments.texts)
    styles: dict[int, torch.Tensor] = {}  # the latest of every text: the first step has a segment of each
    elapsed = [0] * batch_size
    for step in range(segments.steps):
        spoken: dict[int, SpokenSegment] = {}
        for item in segments.at(step):
            spoken[item] = _speak_segment(model, request, item, step, styles.get(item), elapsed[item])
            styles[item] = spoken[item].style_vector
            elapsed[item] += spoken[item].waveform.shape[1]
        yield collate(spoken, [styles[item] for item in range(batch_size)])


def _speak_segment(
    model: SpeakingModel,
    request: _SpeechRequest,
    item: int,
    step: int,
    previous_style: torch.Tensor | None,
    elapsed: int,
) -> SpokenSegment:
    """One segment of one text, which begins `elapsed` samples into it, with the pause after it."""
    options, seed, segments = request.options, request.seeds[item], request.segments.texts[item]
    ids = segments[step].ids
    reference = _reference_style(request, item, ids, model.config.pad_token_id)
    given = request.prosody[item][step]
    text_states, plbert_states = model.encode_text(ids, torch.ones_like(ids))
    style = _segment_style(model, plbert_states, reference, previous_style, options, seed, step)
    generator = seeded_generator(seed, step, _SOURCE_NOISE)
    states = (text_states, plbert_states, style)
    ending = Ending.of(model.config, len(segments))
    decoded = request.is_decoded
    waveform, prosody = _speak_tokens(model, segments[step], *states, given, options, generator, ending, decoded)
    lead, pause = _silences(segments, step, options, model.config.sampling_rate)
    waveform = F.pad(options.volume * waveform, (lead, pause))
    return SpokenSegment(waveform, style, _with_times(prosody, model.config, elapsed + lead))


def _reference_style(request: _SpeechRequest, item: int, ids: torch.Tensor, pad: int | None) -> torch.Tensor | None:
    """The reference style (1, 2 * style_dim) of a segment of that text, by the number of its tokens without pads."""
    if request.reference_styles is None:
        return None
    styles = request.reference_styles[item]
    return styles if styles.shape[0] == 1 else row_of_length(styles, sum(token != pad for token in ids[0].tolist()))


def _silences(
    segments: list[Segment], step: int, options: TsukasaSpeechOptions, sampling_rate: int
) -> tuple[int, int]:
    """Samples of silence before and after a segment. Pauses that the text names are as long as it says."""
    segment = segments[step]
    pause = segment.pause
    if pause is None:
        pause = options.pause_seconds(segment.ending) if step + 1 < len(segments) else 0.0
    return pause_samples(segment.lead, sampling_rate), pause_samples(pause, sampling_rate)


def _segment_style(
    model: SpeakingModel,
    plbert_states: torch.Tensor,
    reference: torch.Tensor | None,
    previous_style: torch.Tensor | None,
    options: TsukasaSpeechOptions,
    seed: int,
    step: int,
) -> torch.Tensor:
    """The style of one segment, (1, 2 * style_dim), mixed from the reference and a style drawn by diffusion."""
    if reference is not None and options.alpha == 0 and options.beta == 0:
        return reference
    style_dim = model.config.style_dim
    generator = seeded_generator(seed, step, _STYLE_NOISE)
    noise, ancestral_noise = draw_style_noise(generator, options.diffusion_steps, 2 * style_dim, batch_size=1)
    sampled = model.sample_styles(
        plbert_states,
        torch.ones(plbert_states.shape[:2], dtype=torch.long, device=plbert_states.device),
        reference,
        noise,
        ancestral_noise,
        diffusion_steps=options.diffusion_steps,
        guidance_scale=options.guidance_scale,
    )
    if previous_style is not None:
        sampled = options.style_carry * previous_style + (1 - options.style_carry) * sampled
    if reference is None:
        return sampled
    share = torch.tensor([options.alpha, options.beta]).to(sampled).repeat_interleave(style_dim)
    return share * sampled + (1 - share) * reference


def _speak_tokens(
    model: SpeakingModel,
    segment: Segment,
    text_states: torch.Tensor,
    plbert_states: torch.Tensor,
    style: torch.Tensor,
    given: dict[str, torch.Tensor],
    options: TsukasaSpeechOptions,
    generator: torch.Generator,
    ending: Ending,
    is_decoded: bool,
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The waveform (1, samples) of one segment of one text, and its durations, F0 and energy.

    The text frames of `ending` are added to the last token's predicted duration, and its samples are cut. What is not
    decoded is silence.
    """
    ids = segment.ids
    mask = torch.ones_like(ids)
    _require_finite("the style (a reference, voice or encoder)", style)
    prosody_states = model.encode_prosody(plbert_states, style, mask)
    if "durations" in given:
        durations = check_durations(given["durations"], ids)
    else:
        predicted = model.prosody_predictor.predict_durations(prosody_states, mask).sigmoid().sum(dim=-1)
        _require_finite("prosody_predictor (durations)", predicted)
        durations = round_durations(predicted, mask, options.speaking_rate)
        durations[:, -1] += ending.frames_added
        if options.edge_silence is not None:
            silence = _text_frames(options.edge_silence, model.config)
            durations = set_edge_pads(durations, ids, model.config.pad_token_id, silence)
    frames = int(durations.sum())
    spoken = model.speak_states(
        text_states,
        prosody_states,
        style,
        durations=durations,
        f0=check_curve("f0", given.get("f0"), frames, ids.device),
        energy=check_curve("energy", given.get("energy"), frames, ids.device),
        noise_scale=options.noise_scale,
        generator=generator,
        reshape_f0=partial(_reshape_f0, model.config, options, durations, segment.accent_levels),
        is_decoded=is_decoded,
    )
    # In the order of computation: the first one to break is named.
    _require_finite("prosody_predictor (F0)", spoken.f0)
    _require_finite("prosody_predictor (energy)", spoken.energy)
    waveform = spoken.waveform.float()
    _require_finite("decoder", waveform)
    kept = max(waveform.shape[1] - ending.samples_cut, 1)
    waveform = fade_edges(waveform[:, :kept], pause_samples(options.fade, model.config.sampling_rate))
    return waveform, {"durations": durations, "f0": spoken.f0, "energy": spoken.energy}


def _reshape_f0(
    config: TsukasaConfig,
    options: TsukasaSpeechOptions,
    durations: torch.Tensor,
    accent_levels: torch.Tensor | None,
    f0: torch.Tensor,
) -> torch.Tensor:
    """A predicted F0 in Hz with the accent and at the pitch that the options ask for."""
    threshold = config.decoder_config.voiced_threshold
    if accent_levels is not None:
        f0 = accented_f0(
            f0,
            durations,
            accent_levels,
            options.accent_strength,
            frame_seconds=config.audio_config.hop_length / config.sampling_rate,
            voiced_threshold=threshold,
            delay=config.alignment_delay,
        )
    return raise_pitch(f0, options.pitch, threshold) if options.pitch != 0 else f0


def _text_frames(seconds: float, config: TsukasaConfig) -> int:
    return round(seconds * config.sampling_rate / config.samples_per_text_frame)


def _with_times(prosody: dict[str, torch.Tensor], config: TsukasaConfig, elapsed: int) -> dict[str, torch.Tensor]:
    """The fields of `TsukasaProsody` of a segment that begins `elapsed` samples into its text."""
    durations = prosody["durations"]
    seconds_per_frame = config.samples_per_text_frame / config.sampling_rate
    duration_seconds = durations * seconds_per_frame
    begin = elapsed / config.sampling_rate + config.alignment_delay * seconds_per_frame
    token_ends = durations.cumsum(dim=1) * seconds_per_frame + begin
    token_starts = token_ends - duration_seconds
    times = {"duration_seconds": duration_seconds, "token_starts": token_starts, "token_ends": token_ends}
    return {**prosody, **times}


def _require_finite(module: str, values: torch.Tensor) -> None:
    if not torch.isfinite(values).all():
        raise FloatingPointError(
            f"{module} returned values that are not finite: its weights or its input are damaged, or too large for "
            f"{values.dtype}"
        )


def _feed(streamer: BaseStreamer, pieces: Iterator[SpeechPiece]) -> Iterator[SpeechPiece]:
    """Passes pieces on, and the waveform of each to a streamer."""
    for piece in pieces:
        streamer.put(piece.waveform[0, : int(piece.lengths[0])].cpu())
        yield piece
    streamer.end()


__all__ = ["TsukasaGenerationMixin"]
