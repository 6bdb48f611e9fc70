# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaks the segments of texts, each with its style, its prosody and its pause, the best of its candidates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch.nn import functional as F

from ..configuration_tsukasa import TsukasaConfig
from ..prosody.length_regulation import round_durations, set_edge_pads
from ..style.diffusion_sampler import draw_style_noise
from .accent_contour import accented_f0
from .candidates import CandidateOptions, choose_candidate
from .given_prosody import check_curve, check_durations, raise_pitch
from .sentence_marks import Segment, Segments
from .speaking_model import SpeakingModel
from .speech_assembly import Ending, SpeechPiece, SpokenSegment, collate, fade_edges
from .speech_options import TsukasaSpeechOptions, pause_samples, seeded_generator
from .voices import row_of_length


_STYLE_NOISE, _SOURCE_NOISE = 0, 1  # purposes of an utterance's random draws


@dataclass(frozen=True)
class SpeechRequest:
    """Everything that a call of `generate()` decides before the first segment is spoken.

    Attributes:
        segments: those of every text.
        reference_styles: of every text, (rows, 2 * style_dim) by length; `None` when diffusion alone decides.
        prosody: for every text and each of its segments, the parts of the prosody that were given.
        seeds: one for every text.
        is_decoded: False for the prosody alone.
        candidates: how many are drawn for every segment, and what chooses.
    """

    segments: Segments
    reference_styles: list[torch.Tensor] | None
    prosody: list[list[dict[str, torch.Tensor]]]
    options: TsukasaSpeechOptions
    seeds: list[int]
    is_decoded: bool
    candidates: CandidateOptions = CandidateOptions()


@torch.no_grad()
def speak_segments(model: SpeakingModel, request: SpeechRequest) -> Iterator[SpeechPiece]:
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
    request: SpeechRequest,
    item: int,
    step: int,
    previous_style: torch.Tensor | None,
    elapsed: int,
) -> SpokenSegment:
    """One segment of one text, which begins `elapsed` samples into it, with the pause after it."""
    options, segments = request.options, request.segments.texts[item]
    ids = segments[step].ids
    reference = _reference_style(request, item, ids, model.config.pad_token_id)
    given = request.prosody[item][step]
    text_states, plbert_states = model.encode_text(ids, torch.ones_like(ids))
    ending = Ending.of(model.config, len(segments))

    def draw(candidate: int) -> SpokenSegment:
        seed = request.seeds[item] + candidate
        style = _segment_style(model, plbert_states, reference, previous_style, options, seed, step)
        generator = seeded_generator(seed, step, _SOURCE_NOISE)
        states = (text_states, plbert_states, style)
        decoded = request.is_decoded
        waveform, prosody = _speak_tokens(model, segments[step], *states, given, options, generator, ending, decoded)
        return SpokenSegment(waveform, style, prosody)

    chosen, choice = choose_candidate(draw, ids, request.candidates)
    lead, pause = _silences(segments, step, options, model.config.sampling_rate)
    waveform = F.pad(options.volume * chosen.waveform, (lead, pause))
    prosody = _with_times(chosen.prosody, model.config, elapsed + lead)
    return replace(chosen, waveform=waveform, prosody=prosody, choice=choice)


def _reference_style(request: SpeechRequest, item: int, ids: torch.Tensor, pad: int | None) -> torch.Tensor | None:
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


__all__ = ["SpeechRequest", "speak_segments"]
