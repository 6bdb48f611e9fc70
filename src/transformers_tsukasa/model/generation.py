# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking: `generate()` turns token ids and a style into a waveform, sentence by sentence when asked to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from transformers import GenerationConfig, GenerationMixin
from transformers.generation.streamers import BaseStreamer

from .length_regulation import expand_by_durations, round_durations
from .outputs import TsukasaProsody, TsukasaSpeechOutput
from .sampler import draw_style_noise, sample_style
from .speech_options import SEGMENT_ENDINGS, SpeechOptions, item_seeds, pause_samples, read_options, seeded_generator
from .style_sources import as_style_batch, average_clips, blend, choose_style


_SENTENCE = SEGMENT_ENDINGS.index("sentence")
_STYLE_NOISE, _SOURCE_NOISE = 0, 1  # purposes of an utterance's random draws


@dataclass(frozen=True)
class _Segments:
    """The rows of `input_ids` that belong to each text, in order, and how each row ends."""

    rows: list[list[int]]
    endings: list[int]

    @property
    def steps(self) -> int:
        return max(len(rows) for rows in self.rows)

    def at(self, step: int) -> list[int]:
        """The texts that have a segment number `step`."""
        return [item for item, rows in enumerate(self.rows) if step < len(rows)]


class TsukasaGenerationMixin(GenerationMixin):
    """`generate()` for a model that speaks in one pass instead of token by token."""

    output_modalities = ("audio",)

    def can_generate(self) -> bool:
        return True

    @torch.no_grad()
    def generate(
        self,
        input_ids: torch.LongTensor | None = None,
        attention_mask: torch.Tensor | None = None,
        reference_features: torch.FloatTensor | None = None,
        reference_attention_mask: torch.Tensor | None = None,
        reference_counts: torch.LongTensor | None = None,
        voice: str | Mapping[str, float] | list | None = None,
        style_vector: torch.FloatTensor | None = None,
        prompt_input_ids: torch.LongTensor | None = None,
        prompt_attention_mask: torch.Tensor | None = None,
        style_text_input_ids: torch.LongTensor | None = None,
        style_text_attention_mask: torch.Tensor | None = None,
        style_weights: Mapping[str, float] | None = None,
        prosody: TsukasaProsody | list[TsukasaProsody] | None = None,
        durations: torch.LongTensor | None = None,
        f0: torch.FloatTensor | None = None,
        energy: torch.FloatTensor | None = None,
        segment_counts: torch.LongTensor | None = None,
        segment_endings: torch.LongTensor | None = None,
        generation_config: GenerationConfig | None = None,
        generator: torch.Generator | None = None,
        streamer: BaseStreamer | None = None,
        stream: bool = False,
        return_prosody: bool = False,
        return_dict_in_generate: bool | None = None,
        **kwargs,
    ) -> TsukasaSpeechOutput | Iterator[TsukasaSpeechOutput] | torch.FloatTensor:
        r"""Speaks.

        Args:
            input_ids (`torch.LongTensor` of shape `(rows, tokens)`):
                Phonemes, padded on the right. A row is a text, or a sentence of one when `segment_counts` is given.
            attention_mask (`torch.Tensor` of shape `(rows, tokens)`, *optional*):
                1 for phonemes, 0 for padding.
            reference_features (`torch.FloatTensor` of shape `(clips, num_mel_bins, frames)`, *optional*):
                Log-mels of clips in whose style to speak. Several clips of one text are averaged.
            reference_attention_mask (`torch.Tensor` of shape `(clips, frames)`, *optional*):
                1 for real frames.
            reference_counts (`torch.LongTensor` of shape `(batch,)`, *optional*):
                How many clips belong to each text; one each when not given.
            voice (`str`, mapping, or a list of them, *optional*):
                A named voice of the model folder, or a blend `{"name": weight}`; a list has one for every text.
            style_vector (`torch.FloatTensor` of shape `(2 * style_dim,)` or `(batch, 2 * style_dim)`, *optional*):
                The style itself.
            prompt_input_ids, prompt_attention_mask (`torch.Tensor` of shape `(batch, prompt_tokens)`, *optional*):
                A written description of the voice, for models with a prompt encoder.
            style_text_input_ids, style_text_attention_mask (`torch.Tensor` of shape `(batch, words)`, *optional*):
                The text itself, for models with a text sampler.
            style_weights (`dict[str, float]`, *optional*):
                Blends several sources of style (`style_vector`, `voice`, `audio`, `prompt`, `text`) by weight. Without
                it the first that is given, in this order, is taken.
            prosody (`TsukasaProsody`, or a list of them in long form, *optional*):
                Durations, F0 and energy to speak in place of the predicted ones.
            durations, f0, energy (`torch.Tensor`, *optional*):
                The same one by one, see [`TsukasaProsody`]; they win over `prosody`.
            segment_counts (`torch.LongTensor` of shape `(batch,)`, *optional*):
                Long form: how many rows of `input_ids` belong to each text.
            segment_endings (`torch.LongTensor` of shape `(rows,)`, *optional*):
                Long form: what ends each row, an index into `SEGMENT_ENDINGS`, which sets the pause.
            generation_config (`GenerationConfig`, *optional*):
                Speech options; the model's own when not given. Each of them can be given as an argument too: `alpha`,
                `beta`, `diffusion_steps`, `guidance_scale`, `speaking_rate`, `noise_scale`, `style_carry`, `pauses`,
                `seed` (see [`SpeechOptions`]).
            generator (`torch.Generator`, *optional*):
                Draws the seeds when `seed` is not given.
            streamer (`BaseStreamer`, *optional*):
                Gets the waveform (samples,) of every sentence as soon as it is spoken; for one text at a time.
            stream (`bool`, *optional*, defaults to `False`):
                Return an iterator over sentences instead; only one sentence is in memory at a time.
            return_prosody (`bool`, *optional*, defaults to `False`):
                Return durations, F0, energy and the times of every token too.
            return_dict_in_generate (`bool`, *optional*):
                `False` returns the waveform alone.

        Returns:
            [`TsukasaSpeechOutput`], or an iterator over one for every sentence.

        Raises:
            ValueError: for arguments that do not fit the model or each other.
            KeyError: for a voice that the model does not have.
            FloatingPointError: when a module returns something that is not finite; the sentence names it.
        """
        options = read_options(generation_config or self.generation_config, kwargs)
        input_ids, attention_mask = self._check_tokens(input_ids, attention_mask)
        segments = _group_rows(input_ids.shape[0], segment_counts, segment_endings)
        batch_size = len(segments.rows)
        if streamer is not None and batch_size != 1:
            raise ValueError(f"a streamer takes one text at a time, got {batch_size}")
        reference = self._reference(
            batch_size,
            options,
            style_weights,
            style_vector=style_vector,
            voice=voice,
            clips=(reference_features, reference_attention_mask, reference_counts),
            prompt=(prompt_input_ids, prompt_attention_mask),
            text=(style_text_input_ids, style_text_attention_mask),
        )
        given = _given_prosody(prosody, durations, f0, energy, segments.steps)
        seeds = item_seeds(options.seed, generator, batch_size)
        spoken = self._speak_segments(
            input_ids, attention_mask, segments, reference, given, options, seeds, return_prosody
        )
        if streamer is not None:
            spoken = _tell(streamer, spoken)
        if stream:
            return spoken
        speech = _join(list(spoken), return_prosody, long_form=segment_counts is not None)
        return speech.waveform if return_dict_in_generate is False else speech

    def _check_tokens(self, input_ids, attention_mask) -> tuple[torch.Tensor, torch.Tensor]:
        if input_ids is None:
            raise ValueError("generate() needs input_ids: the phonemes of a text, as the processor returns them")
        if input_ids.ndim != 2 or input_ids.numel() == 0:
            raise ValueError(f"input_ids must be (rows, tokens) with at least one token, got {tuple(input_ids.shape)}")
        input_ids = input_ids.to(self.device)
        lowest, highest = int(input_ids.min()), int(input_ids.max())
        if lowest < 0 or highest >= self.config.vocab_size:
            wrong = lowest if lowest < 0 else highest
            raise ValueError(f"input_ids holds {wrong}, but the model knows the ids 0 to {self.config.vocab_size - 1}")
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        attention_mask = attention_mask.to(self.device).long()
        if attention_mask.shape != input_ids.shape:
            raise ValueError(
                f"attention_mask {tuple(attention_mask.shape)} must have the shape of input_ids "
                f"{tuple(input_ids.shape)}"
            )
        if not attention_mask.any(dim=1).all() or (attention_mask.diff(dim=1) > 0).any():
            raise ValueError("attention_mask must have ones and then zeros in every row, with at least one 1")
        return input_ids, attention_mask

    def _reference(self, batch_size, options, style_weights, *, style_vector, voice, clips, prompt, text):
        """The style that was asked for, (batch, 2 * style_dim), or `None` when diffusion alone decides."""
        style_size = 2 * self.config.style_dim
        if voice is None and style_vector is None and clips[0] is None and prompt[0] is None and text[0] is None:
            voice = options.voice
        given = {
            "style_vector": (style_vector, lambda: as_style_batch(style_vector, batch_size, style_size)),
            "voice": (voice, lambda: self._voice_styles(voice, batch_size)),
            "audio": (clips[0], lambda: average_clips(self.encode_reference(*clips[:2]), clips[2], batch_size)),
            "prompt": (prompt[0], lambda: self._written_styles("prompt_encoder", *prompt)),
            "text": (text[0], lambda: self._written_styles("text_sampler", *text)),
        }

        def on_device(compute):
            return lambda: as_style_batch(compute(), batch_size, style_size).to(self.device)

        sources = {name: on_device(compute) for name, (value, compute) in given.items() if value is not None}
        return choose_style(sources, style_weights)

    def _voice_styles(self, voice, batch_size: int) -> torch.Tensor:
        voices = voice if isinstance(voice, list) else [voice] * batch_size
        if len(voices) != batch_size:
            raise ValueError(f"{batch_size} texts need one voice or {batch_size} of them, got {len(voices)}")
        return torch.stack([self._voice_style(one) for one in voices])

    def _voice_style(self, voice: str | Mapping[str, float]) -> torch.Tensor:
        if isinstance(voice, str):
            return self.voices[voice]
        return blend(voice, {name: self.voices[name] for name in voice})

    def _written_styles(self, encoder_name: str, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        encoder = getattr(self, encoder_name)
        if encoder is None:
            what = encoder_name.replace("_", " ")
            raise ValueError(f"this model has no {what}: give a voice, a clip or a style_vector instead")
        mask = torch.ones_like(ids) if mask is None else mask
        return encoder(ids.to(self.device), mask.to(self.device)).float()

    @torch.no_grad()
    def _speak_segments(
        self, input_ids, attention_mask, segments, reference, given, options, seeds, return_prosody
    ) -> Iterator[TsukasaSpeechOutput]:
        """Segment after segment of all texts at once. Texts that are finished stay as rows of length 0."""
        previous_style, elapsed = None, torch.zeros(len(segments.rows), dtype=torch.long, device=input_ids.device)
        for step in range(segments.steps):
            items = segments.at(step)
            rows = [segments.rows[item][step] for item in items]
            # Columns that are padding in every row of this step are dropped.
            width = int(attention_mask[rows].sum(dim=1).max())
            ids, mask = input_ids[rows, :width], attention_mask[rows, :width]
            style, sampled = self._segment_style(ids, mask, items, reference, previous_style, options, seeds, step)
            generators = [seeded_generator(seeds[item], step, _SOURCE_NOISE) for item in items]
            speech = self._speak_tokens(ids, mask, style, sampled, given[step], options, generators)
            pauses = [
                pause_samples(options.pause_seconds(segments.endings[row]), self.config.sampling_rate)
                if step + 1 < len(segments.rows[item])
                else 0
                for item, row in zip(items, rows, strict=True)
            ]
            speech = _place(speech, items, pauses, len(segments.rows))
            speech.prosody = self._timed(speech.prosody, elapsed) if return_prosody else None
            elapsed = elapsed + speech.waveform_lengths
            if previous_style is None:
                previous_style = speech.style_vector
            else:
                previous_style = previous_style.clone()
                previous_style[items] = speech.style_vector[items]
            speech.style_vector = previous_style
            yield speech

    def _segment_style(self, ids, mask, items, reference, previous_style, options: SpeechOptions, seeds, step):
        """The style of one segment, mixed from the reference and what diffusion draws; and PL-BERT's states."""
        text_states, plbert_states = self.encode_text(ids, mask)
        encoded = (text_states, plbert_states)
        own_reference = None if reference is None else reference[items]
        if own_reference is not None and options.alpha == 0 and options.beta == 0:
            return own_reference, encoded
        style_size = 2 * self.config.style_dim
        generators = [seeded_generator(seeds[item], step, _STYLE_NOISE) for item in items]
        noise, ancestral = draw_style_noise(generators, options.diffusion_steps, style_size, len(items))
        sampled = self.sample_styles(
            plbert_states,
            mask,
            own_reference,
            noise,
            ancestral,
            diffusion_steps=options.diffusion_steps,
            guidance_scale=options.guidance_scale,
        )
        if previous_style is not None:
            sampled = options.style_carry * previous_style[items] + (1 - options.style_carry) * sampled
        if own_reference is None:
            return sampled, encoded
        shares = torch.tensor([options.alpha, options.beta]).to(sampled)
        share = shares.repeat_interleave(self.config.style_dim)
        return share * sampled + (1 - share) * own_reference, encoded

    def sample_styles(
        self,
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
        """
        config = self.config.style_diffusion_config
        if not config.use_reference:
            reference_style = None
        elif reference_style is None:
            reference_style = torch.zeros(noise.shape, device=self.device)

        def denoise(style: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            return self.style_diffusion.denoise(
                style, sigma, plbert_hidden_states, attention_mask, reference_style, guidance_scale
            )

        return sample_style(
            denoise,
            noise.to(self.device),
            ancestral_noise,
            diffusion_steps,
            sigma_min=config.sigma_min,
            sigma_max=config.sigma_max,
            rho=config.rho,
        )

    def _speak_tokens(self, ids, mask, style, encoded, given, options: SpeechOptions, generators):
        """One segment of every text: durations, contours and waveform."""
        text_states, plbert_states = encoded
        _require_finite("the style (a reference, voice or encoder)", style)
        prosody_states = self.encode_prosody(plbert_states, style, mask)
        durations = given.get("durations")
        if durations is None:
            predicted = self.prosody_predictor.predict_durations(prosody_states).sigmoid().sum(dim=-1)
            _require_finite("prosody_predictor (durations)", predicted)
            durations = round_durations(predicted, mask, options.speaking_rate)
        else:
            durations = _check_durations(durations, mask)
        lengths = durations.sum(dim=1)
        padded_lengths = None if bool((lengths == lengths[0]).all()) else lengths
        f0, energy = self.contours(
            expand_by_durations(prosody_states, durations),
            style,
            padded_lengths,
            _as_curve(given.get("f0"), ids.device),
            _as_curve(given.get("energy"), ids.device),
        )
        _require_finite("prosody_predictor (F0)", f0)
        _require_finite("prosody_predictor (energy)", energy)
        aligned = expand_by_durations(text_states, durations)
        waveform = self.speak(aligned, f0, energy, style, padded_lengths, options.noise_scale, generators).float()
        _require_finite("decoder", waveform)
        samples = (lengths * self.config.samples_per_text_frame - self.config.trailing_samples_cut).clamp(min=1)
        waveform = waveform[:, : int(samples.max())]
        inside = torch.arange(waveform.shape[1], device=waveform.device) < samples[:, None]
        prosody = TsukasaProsody(durations=durations, f0=f0, energy=energy)
        return TsukasaSpeechOutput(waveform * inside, samples, style, prosody)

    def _timed(self, prosody: TsukasaProsody, elapsed: torch.Tensor) -> TsukasaProsody:
        """Adds seconds to a prosody whose segment begins `elapsed` (batch,) samples into each text."""
        seconds_per_frame = self.config.samples_per_text_frame / self.config.sampling_rate
        ends = prosody.durations.cumsum(dim=1) * seconds_per_frame + elapsed[:, None] / self.config.sampling_rate
        prosody.duration_seconds = prosody.durations * seconds_per_frame
        prosody.token_starts = ends - prosody.duration_seconds
        prosody.token_ends = ends
        return prosody


def _group_rows(num_rows: int, segment_counts, segment_endings) -> _Segments:
    if segment_endings is None:
        endings = [_SENTENCE] * num_rows
    else:
        endings = torch.as_tensor(segment_endings).flatten().tolist()
    if len(endings) != num_rows:
        raise ValueError(f"segment_endings has {len(endings)} values for {num_rows} rows of input_ids")
    if any(not 0 <= ending < len(SEGMENT_ENDINGS) for ending in endings):
        raise ValueError(f"segment_endings must be 0 to {len(SEGMENT_ENDINGS) - 1}, got {endings}")
    if segment_counts is None:
        return _Segments([[row] for row in range(num_rows)], endings)
    counts = torch.as_tensor(segment_counts).flatten().tolist()
    if sum(counts) != num_rows or min(counts) < 1:
        raise ValueError(f"segment_counts {counts} must be positive and add up to the {num_rows} rows of input_ids")
    rows = torch.arange(num_rows).split(counts)
    return _Segments([part.tolist() for part in rows], endings)


def _given_prosody(prosody, durations, f0, energy, steps: int) -> list[dict]:
    """For every segment, the parts of its prosody that were given."""
    parts = prosody if isinstance(prosody, (list, tuple)) else [prosody]
    if prosody is not None and len(parts) != steps:
        raise ValueError(f"prosody has {len(parts)} segments, but the text has {steps}")
    if prosody is None and steps > 1 and any(part is not None for part in (durations, f0, energy)):
        raise ValueError("in long form pass prosody as a list of TsukasaProsody, one for every segment")
    given = []
    for part in parts * steps if prosody is None else parts:
        values = dict(part.items()) if part is not None else {}
        own = {"durations": durations, "f0": f0, "energy": energy}
        values.update({name: value for name, value in own.items() if value is not None})
        given.append({name: values[name] for name in own if values.get(name) is not None})
    return given


def _check_durations(durations, mask: torch.Tensor) -> torch.Tensor:
    durations = torch.as_tensor(durations, device=mask.device)
    durations = durations[None] if durations.ndim == 1 else durations
    if durations.shape != mask.shape:
        raise ValueError(f"durations must be {tuple(mask.shape)}, one for every token, got {tuple(durations.shape)}")
    if durations.is_floating_point() and not (durations == durations.round()).all():
        raise ValueError("durations must be whole text frames")
    durations = durations.long() * mask
    if (durations < 0).any() or (durations.sum(dim=1) < 1).any():
        raise ValueError("durations must not be negative, and every text must last at least one text frame")
    return durations


def _as_curve(curve, device) -> torch.Tensor | None:
    if curve is None:
        return None
    curve = torch.as_tensor(curve, dtype=torch.float32, device=device)
    return curve[None] if curve.ndim == 1 else curve


def _require_finite(module: str, values: torch.Tensor) -> None:
    if not torch.isfinite(values).all():
        raise FloatingPointError(
            f"{module} returned values that are not finite: its weights or its input are damaged, or too large for "
            f"{values.dtype}"
        )


def _place(speech: TsukasaSpeechOutput, items: list[int], pauses: list[int], batch_size: int) -> TsukasaSpeechOutput:
    """Appends the pauses, and gives texts that are already finished a row of length 0."""
    silence = torch.tensor(pauses, device=speech.waveform.device)
    lengths = speech.waveform_lengths + silence
    missing = int(lengths.max()) - speech.waveform.shape[1]
    waveform = torch.nn.functional.pad(speech.waveform, (0, max(missing, 0)))
    prosody = TsukasaProsody(**_spread(dict(speech.prosody.items()), items, batch_size))
    values = {"waveform": waveform, "waveform_lengths": lengths, "style_vector": speech.style_vector}
    return TsukasaSpeechOutput(**_spread(values, items, batch_size), prosody=prosody)


def _spread(values: dict[str, torch.Tensor], items: list[int], batch_size: int) -> dict[str, torch.Tensor]:
    """Rows put where their items stand in the whole batch, zeros elsewhere."""
    if len(items) == batch_size:
        return values
    index = torch.tensor(items)
    return {
        name: rows.new_zeros(batch_size, *rows.shape[1:]).index_copy(0, index.to(rows.device), rows)
        for name, rows in values.items()
    }


def _tell(streamer: BaseStreamer, spoken: Iterator[TsukasaSpeechOutput]) -> Iterator[TsukasaSpeechOutput]:
    for speech in spoken:
        streamer.put(speech.waveform[0, : int(speech.waveform_lengths[0])].cpu())
        yield speech
    streamer.end()


def _join(parts: list[TsukasaSpeechOutput], return_prosody: bool, long_form: bool) -> TsukasaSpeechOutput:
    """All segments of every text in one waveform."""
    if len(parts) == 1:
        speech = parts[0]
        if return_prosody and long_form:
            speech.prosody = [speech.prosody]
        return speech
    lengths = sum(part.waveform_lengths for part in parts)
    waveform = parts[0].waveform.new_zeros(lengths.shape[0], int(lengths.max()))
    ends = torch.zeros_like(lengths)
    for part in parts:
        for item, samples in enumerate(part.waveform_lengths.tolist()):
            start = int(ends[item])
            waveform[item, start : start + samples] = part.waveform[item, :samples]
        ends = ends + part.waveform_lengths
    prosody = [part.prosody for part in parts] if return_prosody else None
    return TsukasaSpeechOutput(waveform, lengths, parts[-1].style_vector, prosody)


__all__ = ["TsukasaGenerationMixin"]
