# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Texts and prompts of a batch, checked: what `generate` is given."""

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence

from .configuration_valle import VallEConfig


@dataclass(frozen=True)
class SpeechRequest:
    """Texts and prompts of a batch, padded on the right.

    Args:
        text_ids: (batch, tokens).
        text_mask: (batch, tokens), 1 for real tokens.
        prompt_codes: (batch, frames, num_codebooks), without frames where there is no prompt.
        prompt_mask: (batch, frames), True for real frames.
        prompt_text_lengths: phones of the prompt's text, (batch,); `None` when unknown.
        language_ids: (batch, tokens), in a model with languages.
    """

    text_ids: torch.Tensor
    text_mask: torch.Tensor
    prompt_codes: torch.Tensor
    prompt_mask: torch.Tensor
    prompt_text_lengths: torch.Tensor | None = None
    language_ids: torch.Tensor | None = None

    @classmethod
    def checked(
        cls,
        config: VallEConfig,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None,
        prompt_codes: torch.Tensor | None,
        prompt_mask: torch.Tensor | None,
        *others: torch.Tensor | None,
    ) -> "SpeechRequest":
        """Completes and checks what `generate` was given.

        Raises:
            ValueError: for shapes that do not fit, ids and codes out of range, and texts without tokens.
        """
        if input_ids.ndim != 2:
            raise ValueError(f"input_ids must be (batch, tokens), got shape {tuple(input_ids.shape)}")
        text_mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        if prompt_codes is None:
            prompt_codes = input_ids.new_zeros(len(input_ids), 0, config.num_codebooks)
        if prompt_codes.ndim != 3 or prompt_codes.shape[::2] != (len(input_ids), config.num_codebooks):
            raise ValueError(
                f"prompt_codes must be (batch, frames, {config.num_codebooks}) with a prompt for each of "
                f"{len(input_ids)} texts, got shape {tuple(prompt_codes.shape)}: are they of another codec?"
            )
        if prompt_mask is None:
            prompt_mask = torch.ones_like(prompt_codes[..., 0])
        if text_mask.shape != input_ids.shape or prompt_mask.shape != prompt_codes.shape[:2]:
            raise ValueError("a mask must have the shape of what it masks: (batch, tokens) and (batch, frames)")
        if not bool(text_mask.any(dim=1).all()):
            raise ValueError("a text has no phones: give at least one to speak")
        _check_range("an id of the text", input_ids, config.text_vocab_size)
        _check_range("a code of the prompt", prompt_codes[prompt_mask.bool()], config.codebook_size)
        lengths, languages = others
        if languages is not None and config.num_languages:
            _check_range("a language", languages, config.num_languages)
        if lengths is None and config.prefix_mode in (2, 4) and prompt_codes.shape[1]:
            raise ValueError(
                f"prefix mode {config.prefix_mode} speaks without the prompt's text: give `prompt_text_lengths`"
            )
        return cls(input_ids, text_mask, prompt_codes, prompt_mask.bool(), lengths, languages)

    def to(self, device: torch.device) -> "SpeechRequest":
        """The same on a device."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        moved: dict[str, Any] = {name: value if value is None else value.to(device) for name, value in values.items()}
        return replace(self, **moved)

    def prompts(self) -> list[torch.Tensor]:
        """The codes of every prompt without padding, (frames, num_codebooks) each."""
        return [codes[mask] for codes, mask in zip(self.prompt_codes, self.prompt_mask, strict=True)]

    def text_inputs(self) -> dict[str, torch.Tensor]:
        """The text as both networks take it, by argument."""
        inputs = {"text_ids": self.text_ids, "text_mask": self.text_mask}
        return inputs if self.language_ids is None else {**inputs, "language_ids": self.language_ids}


def text_without_prompt(request: SpeechRequest) -> SpeechRequest:
    """The request without the phones of the prompts: the first token of a text and those after its prompt stay."""
    if request.prompt_text_lengths is None:
        return request
    rows = []
    for ids, mask, length in zip(request.text_ids, request.text_mask, request.prompt_text_lengths, strict=True):
        tokens = ids[mask.bool()]
        rows.append(torch.cat([tokens[:1], tokens[int(length) + 1 :]]))
    masks = [torch.ones_like(row) for row in rows]
    return replace(
        request, text_ids=pad_sequence(rows, batch_first=True), text_mask=pad_sequence(masks, batch_first=True)
    )


def _check_range(name: str, values: torch.Tensor, size: int) -> None:
    outside = (values < 0) | (values >= size)
    if bool(outside.any()):
        raise ValueError(
            f"{name} must be 0 to {size - 1}, got {int(values[outside][0])}: it belongs to another model or codec"
        )


__all__ = ["SpeechRequest", "text_without_prompt"]
