# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Arguments that a call of the processor takes beside its texts and clips."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TypedDict, get_type_hints

from transformers.processing_utils import ProcessingKwargs, TextKwargs

from .speaking.option_ranges import TsukasaSpeechOptions


ROW_ARGUMENTS = (
    "padding",
    "max_length",
    "pad_to_multiple_of",
    "padding_side",
    "return_attention_mask",
    "return_tensors",
)
"""Arguments of the tokenizer that concern a text in long form, and not each of its sentences."""


class TsukasaTextKwargs(TextKwargs, total=False):
    """
    phonemize (`bool`, *optional*):
        Whether the text is to be read, or phonemes already; as the tokenizer says when not given.
    split_sentences (`bool`, *optional*):
        Whether a text is spoken sentence by sentence (long form) or in one piece. When not given, every text of
        several sentences is split, as `Speaker` and `tsukasa say` do.
    return_accent_levels (`bool`, *optional*):
        Whether to return the accent of every token too, for `accent_strength`; as the tokenizer says when not given.
    """

    phonemize: bool
    return_accent_levels: bool | None
    split_sentences: bool | None


class TsukasaAudioKwargs(TypedDict, total=False):
    """
    sampling_rate (`int`, *optional*):
        Rate in Hz of clips given as arrays; files know their own. Without it arrays are taken to be at the model's.
    return_tensors (`str`, *optional*):
        `"pt"` or `"np"`.
    """

    sampling_rate: int | None
    return_tensors: str | None


# transformers has processors narrow the fields of this dict, and reads defaults from a class attribute (the only place
# for them in 5.20); type checkers allow neither in a TypedDict.
class TsukasaProcessorKwargs(ProcessingKwargs, total=False):
    text_kwargs: TsukasaTextKwargs  # type: ignore[misc]
    audio_kwargs: TsukasaAudioKwargs  # type: ignore[misc]
    _defaults = {"text_kwargs": {"padding": True}}  # type: ignore[misc]


CALL_ARGUMENTS = frozenset({*get_type_hints(TsukasaTextKwargs), *get_type_hints(TsukasaAudioKwargs)})
"""What a call of the processor takes beside its texts and clips."""


_SPEECH_OPTIONS = frozenset(field.name for field in fields(TsukasaSpeechOptions))


def refuse_speech_options(names: Iterable[str]) -> None:
    """Refuse what `generate()` takes, and transformers would ignore here.

    Raises:
        ValueError: naming the option.
    """
    for name in names:
        if name in _SPEECH_OPTIONS:
            raise ValueError(
                f"`{name}` is an option of speech, not of the processor: give it to generate(), a pipeline's "
                "generate_kwargs, or a Speaker"
            )


__all__ = [
    "CALL_ARGUMENTS",
    "ROW_ARGUMENTS",
    "TsukasaAudioKwargs",
    "TsukasaProcessorKwargs",
    "TsukasaTextKwargs",
    "refuse_speech_options",
]
