# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking: `generate()` turns token ids and a style into a waveform, sentence by sentence when asked to."""

from collections.abc import Iterator, Mapping

import torch
from transformers import GenerationConfig, GenerationMixin
from transformers.generation.streamers import BaseStreamer

from .outputs import TsukasaProsody, TsukasaSpeechOutput
from .prosody.length_regulation import expand_by_durations, round_durations
from .speaking.given_prosody import check_curve, check_durations, given_prosody, item_prosody
from .speaking.speech_assembly import collate, group_rows, join, with_pause
from .speaking.speech_options import SpeechOptions, item_seeds, pause_samples, read_options, seeded_generator
from .speaking.style_sources import as_style_batch, average_clips, blend, choose_style
from .style.diffusion_sampler import draw_style_noise, sample_style


_STYLE_NOISE, _SOURCE_NOISE = 0, 1  # purposes of an utterance's random draws


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
        input_features: torch.FloatTensor | None = None,
        input_features_mask: torch.Tensor | None = None,
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
            input_features (`torch.FloatTensor` of shape `(clips, num_mel_bins, frames)`, *optional*):
                Log-mels of clips in whose style to speak. Several clips of one text are averaged.
            input_features_mask (`torch.Tensor` of shape `(clips, frames)`, *optional*):
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
        segments = group_rows(input_ids.shape[0], segment_counts, segment_endings)
        batch_size = len(segments.rows)
        if streamer is not None and batch_size != 1:
            raise ValueError(f"a streamer takes one text at a time, got {batch_size}")
        reference = self._reference(
            batch_size,
            options,
            style_weights,
            style_vector=style_vector,
            voice=voice,
            clips=(input_features, input_features_mask, reference_counts),
            prompt=(prompt_input_ids, prompt_attention_mask),
            text=(style_text_input_ids, style_text_attention_mask),
        )
        given = given_prosody(prosody, durations, f0, energy, segments.steps)
        seeds = item_seeds(options.seed, generator, batch_size)
        spoken = self._speak_segments(
            input_ids, attention_mask, segments, reference, given, options, seeds, return_prosody
        )
        if streamer is not None:
            spoken = _tell(streamer, spoken)
        if stream:
            return spoken
        speech = join(list(spoken), return_prosody, long_form=segment_counts is not None)
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
        """Segment after segment; all texts that have a segment of that number together, the others as empty rows.

        Texts are spoken one by one at their own length, not as a padded batch: pitch is summed up over the whole
        utterance, so that the last bit of an F0, which differs between a batch and one item, can be heard.
        """
        batch_size = len(segments.rows)
        lengths = attention_mask.sum(dim=1).tolist()
        styles: list[torch.Tensor | None] = [None] * batch_size
        elapsed = [0] * batch_size
        for step in range(segments.steps):
            spoken: dict[int, TsukasaSpeechOutput] = {}
            for item in segments.at(step):
                row = segments.rows[item][step]
                ids = input_ids[row : row + 1, : lengths[row]]
                own_reference = None if reference is None else reference[item : item + 1]
                style, states = self._segment_style(ids, own_reference, styles[item], options, seeds[item], step)
                parts = item_prosody(given[step], item, batch_size, ids.shape[1])
                generator = seeded_generator(seeds[item], step, _SOURCE_NOISE)
                speech = self._speak_tokens(ids, style, states, parts, options, generator)
                speech.prosody = self._timed(speech.prosody, elapsed[item])
                if step + 1 < len(segments.rows[item]):
                    seconds = options.pause_seconds(segments.endings[row])
                    speech = with_pause(speech, pause_samples(seconds, self.config.sampling_rate))
                styles[item] = style
                elapsed[item] += speech.waveform.shape[1]
                spoken[item] = speech
            yield collate(spoken, styles, return_prosody)

    def _segment_style(self, ids, reference, previous_style, options: SpeechOptions, seed: int, step: int):
        """The style of one segment, mixed from the reference and what diffusion draws, and the text's states."""
        mask = torch.ones_like(ids)
        states = self.encode_text(ids, mask)
        if reference is not None and options.alpha == 0 and options.beta == 0:
            return reference, states
        style_size = 2 * self.config.style_dim
        generator = seeded_generator(seed, step, _STYLE_NOISE)
        noise, ancestral = draw_style_noise(generator, options.diffusion_steps, style_size, batch_size=1)
        sampled = self.sample_styles(
            states[1],
            mask,
            reference,
            noise,
            ancestral,
            diffusion_steps=options.diffusion_steps,
            guidance_scale=options.guidance_scale,
        )
        if previous_style is not None:
            sampled = options.style_carry * previous_style + (1 - options.style_carry) * sampled
        if reference is None:
            return sampled, states
        shares = torch.tensor([options.alpha, options.beta]).to(sampled)
        share = shares.repeat_interleave(self.config.style_dim)
        return share * sampled + (1 - share) * reference, states

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

    def _speak_tokens(self, ids, style, states, given, options: SpeechOptions, generator) -> TsukasaSpeechOutput:
        """One segment of one text: durations, contours and waveform."""
        text_states, plbert_states = states
        mask = torch.ones_like(ids)
        _require_finite("the style (a reference, voice or encoder)", style)
        prosody_states = self.encode_prosody(plbert_states, style, mask)
        if "durations" in given:
            durations = check_durations(given["durations"], ids)
        else:
            predicted = self.prosody_predictor.predict_durations(prosody_states).sigmoid().sum(dim=-1)
            _require_finite("prosody_predictor (durations)", predicted)
            durations = round_durations(predicted, mask, options.speaking_rate)
        frames = int(durations.sum())
        curves = {name: check_curve(name, given.get(name), frames, ids.device) for name in ("f0", "energy")}
        f0, energy = self.contours(expand_by_durations(prosody_states, durations), style, **curves)
        _require_finite("prosody_predictor (F0)", f0)
        _require_finite("prosody_predictor (energy)", energy)
        aligned = expand_by_durations(text_states, durations)
        waveform = self.speak(aligned, f0, energy, style, noise_scale=options.noise_scale, generator=generator).float()
        _require_finite("decoder", waveform)
        kept = max(waveform.shape[1] - self.config.trailing_samples_cut, 1)
        prosody = TsukasaProsody(durations=durations, f0=f0, energy=energy)
        return TsukasaSpeechOutput(waveform[:, :kept], torch.tensor([kept], device=ids.device), style, prosody)

    def _timed(self, prosody: TsukasaProsody, elapsed: int) -> TsukasaProsody:
        """Adds seconds to a prosody whose segment begins `elapsed` samples into its text."""
        seconds_per_frame = self.config.samples_per_text_frame / self.config.sampling_rate
        prosody.duration_seconds = prosody.durations * seconds_per_frame
        prosody.token_ends = prosody.durations.cumsum(dim=1) * seconds_per_frame + elapsed / self.config.sampling_rate
        prosody.token_starts = prosody.token_ends - prosody.duration_seconds
        return prosody


def _require_finite(module: str, values: torch.Tensor) -> None:
    if not torch.isfinite(values).all():
        raise FloatingPointError(
            f"{module} returned values that are not finite: its weights or its input are damaged, or too large for "
            f"{values.dtype}"
        )


def _tell(streamer: BaseStreamer, spoken: Iterator[TsukasaSpeechOutput]) -> Iterator[TsukasaSpeechOutput]:
    for speech in spoken:
        streamer.put(speech.waveform[0, : int(speech.waveform_lengths[0])].cpu())
        yield speech
    streamer.end()


__all__ = ["TsukasaGenerationMixin"]
