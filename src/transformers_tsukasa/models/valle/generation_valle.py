# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking: codes of the first codebook frame by frame, then the others, for a batch of texts and prompts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import LogitsProcessorList

from ..layers.masking import lengths_to_mask
from .code_sampling import CodeSampler, SamplingOptions, row_generators
from .configuration_valle import VallEConfig
from .outputs import VallEOutput
from .speech_request import SpeechRequest, text_without_prompt


LONGEST_CONTINUED_PROMPT = 225
"""Frames of an utterance that `continual` takes as the prompt, at most: 3 s of EnCodec at 24 kHz."""


class SpeakingModel(Protocol):
    """A model of both networks, as speaking uses it."""

    config: VallEConfig
    autoregressive: Any
    refiner: Any

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...


class VallEGenerationMixin:
    """`generate` of [`VallEForConditionalGeneration`]."""

    @torch.no_grad()
    def generate(
        self: SpeakingModel,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        prompt_codes: torch.Tensor | None = None,
        prompt_mask: torch.Tensor | None = None,
        prompt_text_lengths: torch.Tensor | None = None,
        language_ids: torch.Tensor | None = None,
        continual: bool = False,
        seed: int | Sequence[int] | None = None,
        generator: torch.Generator | None = None,
        use_cache: bool = True,
        **options: Any,
    ) -> VallEOutput:
        """Speaks texts in the voices of prompts. An item of a batch is what it is alone.

        Args:
            input_ids: ids of the prompt's text and of the text to speak, (batch, tokens).
            attention_mask: (batch, tokens), 1 for real tokens, padded on the right.
            prompt_codes: codes of the prompts, (batch, frames, num_codebooks), padded on the right.
            prompt_mask: (batch, frames), 1 for real frames.
            prompt_text_lengths: phones of the prompt in `input_ids`, marks around the text not counted, (batch,);
                needed by prefix modes 2 and 4.
            language_ids: language of every token, (batch, tokens), in a model with languages.
            continual: whether the prompt is a complete utterance with its text, of which the first half (at most 225
                frames) is the prompt, and codebooks 1 and later of the rest are predicted again; measures the refiner.
            seed: makes draws repeatable, one for all items or one each; an item draws what it draws alone.
            generator: draws for all items in turn, as the original does, instead of `seed`.
            use_cache: whether keys and values are kept; without, the same is computed more slowly.
            options: of [`SamplingOptions`]: `top_k`, `temperature`, `best_of`, `worst_of`, `length_penalty`,
                `min_frames`, `max_frames`.

        Returns:
            The codes after the prompt, their lengths and scores.

        Raises:
            ValueError: for inputs that do not fit each other or the model, a model without a start token and no
                prompt, and options out of range.
        """
        request = SpeechRequest.checked(
            self.config, input_ids, attention_mask, prompt_codes, prompt_mask, prompt_text_lengths, language_ids
        ).to(self.device)
        if continual:
            return _continue(self, request)
        sampling = SamplingOptions(**options)
        sampling.check()
        generators = row_generators(seed, len(request.text_ids), sampling.best_of) if generator is None else generator
        spoken, scores = _first_codebook(self, request, sampling, generators, use_cache)
        codes = _refine(self, request, spoken)
        return _output(codes, scores)


def _first_codebook(
    model: SpeakingModel,
    request: SpeechRequest,
    options: SamplingOptions,
    generators: "list[torch.Generator] | torch.Generator",
    use_cache: bool,
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """The best row of every text, without prompt and marks, and its score."""
    config = model.config
    prompts = [codes[:, 0] for codes in request.prompts()]
    if config.bos_token_id is not None:
        prompts = [torch.cat([codes.new_tensor([config.bos_token_id]), codes]) for codes in prompts]
    elif any(len(codes) == 0 for codes in prompts):
        raise ValueError("this model has no start token, and cannot speak without a prompt: give `prompt_codes`")
    rows = [codes for codes in prompts for _ in range(options.best_of)]
    lengths = torch.tensor([len(codes) for codes in rows], device=model.device)
    input_ids = pad_sequence(rows, True, float(config.codebook_size), padding_side="left")
    token_counts = request.text_mask.sum(dim=1).repeat_interleave(options.best_of)
    limits = config.max_frames_per_token * token_counts + (0 if config.prepend_bos else 1)
    if options.max_frames is not None:
        limits = limits.clamp(max=options.max_frames)
    sampler = CodeSampler(config, input_ids.shape[1], limits, options, generators)
    repeated = {name: value.repeat_interleave(options.best_of, dim=0) for name, value in request.text_inputs().items()}
    produced = model.autoregressive.generate(
        input_ids=input_ids,
        attention_mask=lengths_to_mask(lengths, input_ids.shape[1]).flip(1).long(),
        logits_processor=LogitsProcessorList([sampler]),
        do_sample=False,  # the sampler has drawn, and leaves one token
        max_new_tokens=int(limits.max()) + 1,
        use_cache=use_cache,
        **repeated,
    )
    spoken = [row[row < config.codebook_size] for row in produced[:, input_ids.shape[1] :]]
    counts = lengths + torch.tensor([len(codes) for codes in spoken], device=model.device)
    scores = sampler.log_probabilities() / counts**options.length_penalty
    by_text = scores.view(-1, options.best_of)
    best = by_text.argmin(dim=1) if options.worst_of else by_text.argmax(dim=1)
    chosen = (best + torch.arange(len(best), device=best.device) * options.best_of).tolist()
    return [spoken[row] for row in chosen], scores[chosen]


def _refine(model: SpeakingModel, request: SpeechRequest, first_codes: list[torch.Tensor]) -> list[torch.Tensor]:
    """All codebooks of the frames after the prompt: one pass for every stage, all items together.

    Args:
        model: whose refiner computes.
        request: texts and prompts.
        first_codes: the first codebook after the prompt, (frames,) each.

    Returns:
        (frames, num_codebooks) each.
    """
    config, prompts = model.config, request.prompts()
    rows = []
    for prompt, first in zip(prompts, first_codes, strict=True):
        frames = prompt.new_zeros(len(first), config.num_codebooks)
        frames[:, 0] = first
        rows.append(torch.cat([prompt, frames]))
    codes = pad_sequence(rows, batch_first=True)
    width = codes.shape[1]
    prompt_lengths = torch.tensor([len(prompt) for prompt in prompts], device=codes.device)
    is_prompt = lengths_to_mask(prompt_lengths, width)
    attention_mask = lengths_to_mask(torch.tensor([len(row) for row in rows], device=codes.device), width)
    if config.prefix_mode in (2, 4):
        request = text_without_prompt(request)
    for stage in range(1, config.num_codebooks):
        logits = model.refiner(
            codes=codes,
            stage=stage,
            attention_mask=attention_mask.long(),
            prompt_mask=None if config.prefix_mode == 0 else is_prompt,
            **request.text_inputs(),
        ).logits
        codes[..., stage] = torch.where(is_prompt, codes[..., stage], logits.argmax(dim=-1))
    return [row[len(prompt) : len(given)] for row, prompt, given in zip(codes, prompts, rows, strict=True)]


def _continue(model: SpeakingModel, request: SpeechRequest) -> VallEOutput:
    """The rest of given utterances, with all codebooks but the first predicted again."""
    utterances = request.prompts()
    lengths = [min(len(codes) // 2, LONGEST_CONTINUED_PROMPT) for codes in utterances]
    if not all(lengths):
        raise ValueError("an utterance to be continued needs at least two frames of `prompt_codes`")
    begun = pad_sequence([codes[:length] for codes, length in zip(utterances, lengths, strict=True)], batch_first=True)
    prompt_lengths = torch.tensor(lengths, device=begun.device)
    # The text is that of the complete utterance, whatever the prefix mode.
    shortened = replace(
        request,
        prompt_codes=begun,
        prompt_mask=lengths_to_mask(prompt_lengths, begun.shape[1]),
        prompt_text_lengths=torch.zeros_like(prompt_lengths),
    )
    rest = [codes[length:, 0] for codes, length in zip(utterances, lengths, strict=True)]
    return _output(_refine(model, shortened, rest), None)


def _output(codes: list[torch.Tensor], scores: torch.Tensor | None) -> VallEOutput:
    lengths = torch.tensor([len(row) for row in codes], device=codes[0].device)
    return VallEOutput(codes=pad_sequence(codes, batch_first=True), lengths=lengths, scores=scores)


__all__ = ["VallEGenerationMixin"]
