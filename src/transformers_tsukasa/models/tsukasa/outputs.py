# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Outputs of the model."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from transformers.utils import ModelOutput


@dataclass
class TsukasaOutput(ModelOutput):
    """Reconstructed speech, and the states and predictions from which training computes its losses.

    Args:
        waveform (`torch.FloatTensor` of shape `(batch, samples)`):
            Speech of the aligned text; zero past the end of each item.
        waveform_lengths (`torch.LongTensor` of shape `(batch,)`):
            Samples of every item.
        duration_logits (`torch.FloatTensor` of shape `(batch, tokens, max_duration)`):
            The sum of their sigmoids is the duration of a token in text frames.
        durations (`torch.LongTensor` of shape `(batch, tokens)`):
            Durations in text frames that were spoken; `None` when an alignment was given.
        f0 (`torch.FloatTensor` of shape `(batch, mel_frames)`):
            F0 in Hz that was predicted, or given.
        energy (`torch.FloatTensor` of shape `(batch, mel_frames)`):
            Log norm of the mel that was predicted, or given.
        style_vector (`torch.FloatTensor` of shape `(batch, 2 * style_dim)`):
            Acoustic and prosodic style.
        text_hidden_states (`torch.FloatTensor` of shape `(batch, tokens, hidden_size)`):
            States of the acoustic text encoder.
        aligned_text_hidden_states (`torch.FloatTensor` of shape `(batch, text_frames, hidden_size)`):
            The same on text frames: the input of the decoder.
        plbert_hidden_states (`torch.FloatTensor` of shape `(batch, tokens, plbert_hidden_size)`):
            States of the phoneme language model: the input of the style sampler.
        prosodic_text_hidden_states (`torch.FloatTensor` of shape `(batch, tokens, hidden_size + style_dim)`):
            States from which durations and contours are predicted.
        hidden_states (`tuple[torch.FloatTensor]`, *optional*):
            With `output_hidden_states=True`: the input of the text encoder's mLSTM blocks and the output of each,
            `(batch, tokens, mlstm_hidden_size)`.
    """

    waveform: torch.Tensor | None = None
    waveform_lengths: torch.Tensor | None = None
    duration_logits: torch.Tensor | None = None
    durations: torch.Tensor | None = None
    f0: torch.Tensor | None = None
    energy: torch.Tensor | None = None
    style_vector: torch.Tensor | None = None
    text_hidden_states: torch.Tensor | None = None
    aligned_text_hidden_states: torch.Tensor | None = None
    plbert_hidden_states: torch.Tensor | None = None
    prosodic_text_hidden_states: torch.Tensor | None = None
    hidden_states: tuple[torch.Tensor, ...] | None = None


@dataclass
class TsukasaProsody(ModelOutput):
    """Durations, F0 and energy of an utterance. Edit it and pass it back to `generate(prosody=...)`.

    Args:
        durations (`torch.LongTensor` of shape `(batch, tokens)`):
            Text frames of every token; 0 for padding.
        f0 (`torch.FloatTensor` of shape `(batch, 2 * text_frames)`):
            F0 in Hz per mel frame; values up to `voiced_threshold` are unvoiced.
        energy (`torch.FloatTensor` of shape `(batch, 2 * text_frames)`):
            Log norm of the mel per mel frame.
        duration_seconds (`torch.FloatTensor` of shape `(batch, tokens)`):
            The durations in seconds.
        token_starts (`torch.FloatTensor` of shape `(batch, tokens)`):
            When every token begins, in seconds from the start of the waveform.
        token_ends (`torch.FloatTensor` of shape `(batch, tokens)`):
            When every token ends.
    """

    durations: torch.Tensor | None = None
    f0: torch.Tensor | None = None
    energy: torch.Tensor | None = None
    duration_seconds: torch.Tensor | None = None
    token_starts: torch.Tensor | None = None
    token_ends: torch.Tensor | None = None


@dataclass
class TsukasaSpeechOutput(ModelOutput):
    """Speech of a batch of texts.

    Args:
        waveform (`torch.FloatTensor` of shape `(batch, samples)`):
            Speech in -1..1, float32; zero past the end of each item.
        waveform_lengths (`torch.LongTensor` of shape `(batch,)`):
            Samples of every item.
        style_vector (`torch.FloatTensor` of shape `(batch, 2 * style_dim)`):
            Acoustic and prosodic style of the speech (of the last sentence, in long form).
        prosody (`TsukasaProsody`, *optional*):
            Durations, F0, energy and times, when asked for with `return_prosody=True`. In long form a list, one for
            every sentence, or with `return_dict_in_generate=True` a list with such a list for every text.
        audio (`list[torch.FloatTensor]`):
            The same speech without padding: one tensor `(samples,)` of exact length for every item. Of a text that is
            finished, the later pieces of a stream are empty.
        candidate_scores (`torch.FloatTensor` of shape `(batch, num_candidates)`, *optional*):
            What the reranker gave every candidate, by its number; NaN for those that were not drawn. In long form
            this and all that follows is a list, with one for every sentence, as `prosody` is.
        candidate_index (`torch.LongTensor` of shape `(batch,)`, *optional*):
            Which candidate is spoken; -1 for a text that is finished.
        candidates (`torch.FloatTensor` of shape `(batch, num_candidates, samples)`, *optional*):
            With `return_candidates=True` all of them, at a volume of 1 and without the pause after a sentence.
        candidate_lengths (`torch.LongTensor` of shape `(batch, num_candidates)`, *optional*):
            Samples of every candidate; 0 for those that were not drawn.
    """

    waveform: torch.Tensor | None = None
    waveform_lengths: torch.Tensor | None = None
    style_vector: torch.Tensor | None = None
    prosody: TsukasaProsody | list[TsukasaProsody] | list[list[TsukasaProsody]] | None = None
    audio: list[torch.Tensor] | None = None
    candidate_scores: torch.Tensor | list | None = None
    candidate_index: torch.Tensor | list | None = None
    candidates: torch.Tensor | list | None = None
    candidate_lengths: torch.Tensor | list | None = None


class SpokenStates(NamedTuple):
    """The waveform of encoded text, and what it was made from.

    Attributes:
        waveform: (batch, samples), float32; zero past the end of each item.
        frame_lengths: text frames of every item, (batch,).
        f0: Hz, (batch, 2 * text_frames).
        energy: log norm of the mel, (batch, 2 * text_frames).
        aligned_text_hidden_states: (batch, text_frames, hidden_size).
    """

    waveform: torch.Tensor
    frame_lengths: torch.Tensor
    f0: torch.Tensor
    energy: torch.Tensor
    aligned_text_hidden_states: torch.Tensor


__all__ = ["SpokenStates", "TsukasaOutput", "TsukasaProsody", "TsukasaSpeechOutput"]
