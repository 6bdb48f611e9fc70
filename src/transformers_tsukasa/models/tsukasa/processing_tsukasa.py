# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text, reference clips and written descriptions of a voice to the inputs of `generate()`."""

import logging
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import torch
from transformers.feature_extraction_utils import BatchFeature
from transformers.processing_utils import ProcessingKwargs, ProcessorMixin, TextKwargs, Unpack
from transformers.utils import cached_file

from ...audio.clips import is_one_clip
from ...hub import HubShimMixin, hub_arguments, write_hub_shim
from ...text.kotodama.kotodama_tokenizer import (
    TsukasaPromptTokenizer,
    TsukasaTextSamplerTokenizer,
    prompt_input,
    text_sampler_input,
)
from ...text.phonemizer import NothingToReadError
from ...text.segmentation import DEFAULT_LIMIT
from ...text.timing import TimedWord, time_words
from ...text.utterances import iter_utterances
from .speaking.speech_options import SEGMENT_ENDINGS


logger = logging.getLogger(__name__)


# Kotodama's tokenizers are optional and lie in folders of their own beside the model.
PROMPT_TOKENIZER_FOLDER = "prompt_tokenizer"
TEXT_TOKENIZER_FOLDER = "text_tokenizer"

# A text is spoken in one piece here. An hour of speech has some 25,000 characters; more is for the long form.
LONGEST_TEXT = 100_000


class TsukasaTextKwargs(TextKwargs, total=False):
    """
    phonemize (`bool`, *optional*):
        Whether the text is Japanese to be read, or phonemes already; as the tokenizer says when not given.
    split_sentences (`bool`, *optional*):
        Whether a text is spoken sentence by sentence (long form), each sentence a row of `input_ids`, or in one piece.
        When not given, texts of more than 200 characters are split.
    """

    phonemize: bool
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


class TsukasaProcessorKwargs(ProcessingKwargs, total=False):
    text_kwargs: TsukasaTextKwargs
    audio_kwargs: TsukasaAudioKwargs
    # Later versions have another place for defaults; transformers 5.20 reads them here only.
    _defaults = {"text_kwargs": {"padding": True}}


# transformers looks at a processor's first base class, so the hub mixin's three methods stand here.
class TsukasaProcessor(ProcessorMixin):
    r"""
    Makes the inputs of [`TsukasaModelForConditionalGeneration.generate`].

    Args:
        feature_extractor ([`TsukasaFeatureExtractor`]):
            Hears the reference clips.
        tokenizer ([`TsukasaTokenizer`]):
            Reads the text.

    A model with Kotodama encoders has tokenizers for them too, in the attributes `prompt_tokenizer` and
    `text_tokenizer`, which are `None` otherwise. They are saved and found in folders of these names.
    """

    valid_processor_kwargs = TsukasaProcessorKwargs

    def __init__(self, feature_extractor, tokenizer):
        super().__init__(feature_extractor, tokenizer)
        self.prompt_tokenizer: TsukasaPromptTokenizer | None = None
        self.text_tokenizer: TsukasaTextSamplerTokenizer | None = None

    @property
    def model_input_names(self) -> list[str]:
        """What a text with a reference clip becomes."""
        return [*self.tokenizer.model_input_names, "input_features", "input_features_mask"]

    def __call__(
        self,
        text: str | list[str] | None = None,
        audio: Any = None,
        prompt: str | list[str] | None = None,
        style_text: str | list[str] | None = None,
        **kwargs: Unpack[TsukasaProcessorKwargs],
    ) -> BatchFeature:
        """Text and what says how it should sound.

        Args:
            text: a text or several. Up to 200 characters become one sequence, which is spoken in one piece; longer
                ones a sequence for every sentence (`split_sentences` says otherwise).
            audio: reference clips: one for all texts, or a list with a clip, or a list of clips, for each. Several
                clips of one text are averaged. See [`~audio.clips.load_clip`] for what a clip can be.
            prompt: a written description of the voice, for each text or one for all; needs a prompt encoder.
            style_text: the text from which the text sampler takes the style, usually the text itself; "name: text"
                names a speaker that it was trained with.
            kwargs: `sampling_rate` of clips given as arrays, `phonemize=False` for phonemes, `return_tensors`,
                `padding` and the other options of tokenizers.

        Returns:
            `input_ids` and `attention_mask` `(batch, tokens)`; with audio `input_features` `(clips, bins, frames)`
            and `input_features_mask` `(clips, frames)`, and `reference_counts` `(batch,)` where a text has
            several clips; in long form `segment_counts` `(batch,)` and `segment_endings` `(rows,)`, the rows being
            sentences; with a prompt `prompt_input_ids` and `prompt_attention_mask`; with a style text
            `style_text_input_ids` and `style_text_attention_mask`.

        Raises:
            ValueError: with one sentence, for text that cannot be spoken, clips that cannot be heard, numbers of
                these that do not fit, and descriptions that the model cannot read.
        """
        if text is None and audio is None:
            raise ValueError("the processor needs a text, or a clip whose features to compute")
        merged = self._merge_kwargs(TsukasaProcessorKwargs, tokenizer_init_kwargs=self.tokenizer.init_kwargs, **kwargs)
        text_kwargs = merged["text_kwargs"]
        texts = None if text is None else check_texts(text)
        data: dict[str, Any] = {}
        split_sentences = text_kwargs.pop("split_sentences", None)
        if texts is not None and self._is_long_form(texts, split_sentences, text_kwargs):
            data.update(self._read_sentences(texts, text_kwargs))
        elif texts is not None:
            check_lengths(texts)
            data.update(self.tokenizer(text if isinstance(text, str) else texts, **text_kwargs))
        if audio is not None:
            data.update(self._hear(audio, texts, **merged["audio_kwargs"]))
        if prompt is not None or style_text is not None:
            data.update(self._read_style(texts, prompt, style_text, text_kwargs))
        return BatchFeature(data, tensor_type=text_kwargs.get("return_tensors"))

    def _is_long_form(self, texts: list[str], split_sentences: bool | None, text_kwargs: dict[str, Any]) -> bool:
        if not text_kwargs.get("phonemize", self.tokenizer.phonemize):
            if split_sentences:
                raise ValueError("phonemes are not split into sentences: give one text for each sentence")
            return False
        if split_sentences is None:
            return max(map(len, texts)) > DEFAULT_LIMIT
        return split_sentences

    def _read_sentences(self, texts: list[str], text_kwargs: dict[str, Any]) -> dict[str, Any]:
        """Every sentence a row, with how many rows a text has and what ends each of them."""
        phonemes, endings, counts = [], [], []
        for text in texts:
            before = len(phonemes)
            for utterance in iter_utterances(text.splitlines(keepends=True)):
                try:
                    phonemes.append(self.tokenizer.to_phonemes(utterance.text))
                except NothingToReadError:
                    logger.warning("'%s' holds nothing that can be spoken and is left out", utterance.text)
                    continue
                endings.append(SEGMENT_ENDINGS.index(utterance.ending))
            counts.append(len(phonemes) - before)
            if counts[-1] == 0:
                raise NothingToReadError.in_text(text)
        rows = self.tokenizer(phonemes, **{**text_kwargs, "phonemize": False})
        return {**rows, "segment_counts": np.asarray(counts), "segment_endings": np.asarray(endings)}

    def _hear(self, audio: Any, texts: list[str] | None, **audio_kwargs: Any) -> dict[str, Any]:
        clips, counts = group_clips(audio, None if texts is None else len(texts))
        features = self.feature_extractor(clips, **audio_kwargs)
        data = {
            "input_features": features["input_features"],
            "input_features_mask": features["input_features_mask"],
        }
        if counts is not None:
            data["reference_counts"] = np.asarray(counts)
        return data

    def _read_style(
        self,
        texts: list[str] | None,
        prompt: str | list[str] | None,
        style_text: str | list[str] | None,
        text_kwargs: dict[str, Any],
    ) -> dict[str, Any]:
        if texts is None:
            raise ValueError("a prompt or style text describes how a text is spoken: give the text too")
        return_tensors = text_kwargs.get("return_tensors")
        # Phonemes are no romaji, and have no other writing.
        to_kana = self._to_kana if text_kwargs.get("phonemize", self.tokenizer.phonemize) else None
        written = texts if style_text is None else _one_for_each(style_text, len(texts), "style texts")
        data: dict[str, Any] = {}
        if prompt is not None:
            if self.prompt_tokenizer is None:
                raise ValueError(_no_tokenizer("a prompt", "prompt encoder", PROMPT_TOKENIZER_FOLDER))
            prompts = _one_for_each(prompt, len(texts), "prompts")
            inputs = [prompt_input(*pair, to_kana) for pair in zip(prompts, written, strict=True)]
            data.update(_encode(self.prompt_tokenizer, inputs, "prompt", return_tensors))
        if style_text is not None and (prompt is None or self.text_tokenizer is not None):
            if self.text_tokenizer is None:
                raise ValueError(_no_tokenizer("a style text", "text sampler", TEXT_TOKENIZER_FOLDER))
            inputs = [text_sampler_input(line, to_kana=to_kana) for line in written]
            data.update(_encode(self.text_tokenizer, inputs, "style_text", return_tensors))
        return data

    def word_times(self, text: str, prosody: Any) -> list[TimedWord]:
        """When every word and mora of `text` is spoken, in seconds.

        Args:
            text: what was spoken, one text.
            prosody: what `generate(return_prosody=True)` returned for it; in long form the list of all sentences, in
                which the places of words count from the start of their sentence.

        Raises:
            ValueError: when the prosody is of another text.
        """
        if isinstance(prosody, (list, tuple)):
            spoken = [utterance.text for utterance in iter_utterances(text.splitlines(keepends=True))]
            if len(spoken) != len(prosody):
                raise ValueError(f"the text has {len(spoken)} sentences, but the prosody {len(prosody)}")
        else:
            spoken, prosody = [text], [prosody]
        first_token = int(self.tokenizer.add_prefix_pad)
        times: list[TimedWord] = []
        for sentence, part in zip(spoken, prosody, strict=True):
            starts, ends = part.token_starts[0].tolist(), part.token_ends[0].tolist()
            times += time_words(self.tokenizer.phonemizer(sentence), starts, ends, first_token)
        return times

    @property
    def _to_kana(self) -> Callable[[str], str]:
        return lambda text: self.tokenizer.phonemizer(text).kana

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> list[str]:
        """Saves processor and tokenizers, and what the hub needs beside them."""
        for name in (PROMPT_TOKENIZER_FOLDER, TEXT_TOKENIZER_FOLDER):
            tokenizer = getattr(self, name)
            if tokenizer is not None:
                tokenizer.save_pretrained(Path(save_directory) / name)
        saved = super().save_pretrained(save_directory, *args, **kwargs)
        write_hub_shim(save_directory)
        return saved

    def _upload_modified_files(self, working_dir: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        write_hub_shim(working_dir)
        return super()._upload_modified_files(working_dir, *args, **kwargs)

    register_for_auto_class = HubShimMixin.register_for_auto_class

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, **kwargs: Any) -> "TsukasaProcessor":
        """Loads the processor, with Kotodama's tokenizers where the folder has them."""
        hub_kwargs = hub_arguments(kwargs)
        loaded = super().from_pretrained(pretrained_model_name_or_path, **kwargs)
        processor = loaded[0] if isinstance(loaded, tuple) else loaded
        for name, tokenizer_class in (
            (PROMPT_TOKENIZER_FOLDER, TsukasaPromptTokenizer),
            (TEXT_TOKENIZER_FOLDER, TsukasaTextSamplerTokenizer),
        ):
            folder = os.path.join(kwargs.get("subfolder") or "", name)
            if _has_tokenizer(pretrained_model_name_or_path, folder, hub_kwargs):
                tokenizer = tokenizer_class.from_pretrained(
                    pretrained_model_name_or_path, subfolder=folder, **hub_kwargs
                )
                setattr(processor, name, tokenizer)
        return loaded


def check_texts(text: str | list[str]) -> list[str]:
    """The texts as a list.

    Raises:
        ValueError: when one is not a string, is empty or holds control characters.
    """
    texts = [text] if isinstance(text, str) else text
    if not isinstance(texts, (list, tuple)) or not all(isinstance(item, str) for item in texts):
        raise ValueError("`text` must be a string or a list of strings")
    if not texts:
        raise ValueError("no text was given: the list of texts is empty")
    for number, item in enumerate(texts):
        which = "the text" if len(texts) == 1 else f"text {number}"
        if not item.strip():
            raise ValueError(f"{which} is empty: give it at least one word")
        for place, character in enumerate(item):
            if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\v\f\r\x85":
                raise ValueError(
                    f"{which} has the control character U+{ord(character):04X} at position {place}: remove it"
                )
    return list(texts)


def check_lengths(texts: list[str]) -> None:
    """Refuses texts that are far too long to be spoken in one piece, with a ValueError."""
    longest = max(map(len, texts))
    if longest > LONGEST_TEXT:
        raise ValueError(
            f"a text has {longest:,} characters, more than {LONGEST_TEXT:,} in one piece: speak it by sentences "
            "(split_sentences=True)"
        )


def group_clips(audio: Any, num_texts: int | None) -> tuple[list[Any], list[int] | None]:
    """Clips as they belong to texts, flattened.

    Args:
        audio: one clip, a list with one clip or list of clips for each text, or several clips of a single text.
        num_texts: number of texts; `None` when only features are wanted.

    Returns:
        All clips one after the other, and how many each text has; `None` in place of ones.

    Raises:
        ValueError: when the clips do not fit the number of texts.
    """
    if is_one_clip(audio):
        shape = audio.shape if isinstance(audio, (np.ndarray, torch.Tensor)) else ()
        if len(shape) == 2 and num_texts is not None and shape[0] == num_texts > 1:
            raise ValueError(
                f"audio of shape {tuple(shape)} with {num_texts} texts could be {num_texts} clips or one with "
                f"{num_texts} channels: give a list"
            )
        return [audio], None
    groups = [[item] if is_one_clip(item) else list(item) for item in audio]
    if num_texts == 1 and len(groups) > 1:
        groups = [[clip for group in groups for clip in group]]
    if not groups or not all(groups):
        raise ValueError("no clip was given: the list of clips is empty, or one in it is")
    if num_texts is not None and len(groups) not in (1, num_texts):
        raise ValueError(f"{len(groups)} clips do not fit {num_texts} texts: give one for all, or one for each")
    counts = [len(group) for group in groups]
    return [clip for group in groups for clip in group], (counts if max(counts) > 1 else None)


def _one_for_each(given: str | list[str], count: int, what: str) -> list[str]:
    given = [given] if isinstance(given, str) else list(given)
    if len(given) not in (1, count):
        raise ValueError(f"{len(given)} {what} do not fit {count} texts: give one for all, or one for each")
    if not all(isinstance(item, str) and item.strip() for item in given):
        raise ValueError(f"{what} must be strings that are not empty")
    return given * count if len(given) == 1 else given


def _encode(tokenizer, inputs: list[str], name: str, return_tensors: str | None) -> dict[str, Any]:
    encoded = tokenizer(inputs, padding=True, return_tensors=return_tensors)
    return {f"{name}_input_ids": encoded["input_ids"], f"{name}_attention_mask": encoded["attention_mask"]}


def _no_tokenizer(given: str, encoder: str, folder: str) -> str:
    return (
        f"{given} was given, but this model has no {encoder} (its folder has no '{folder}'): use a model that has "
        "one, or give a clip or a voice"
    )


def _has_tokenizer(path: str | os.PathLike, folder: str, hub_kwargs: dict[str, Any]) -> bool:
    name = "tokenizer_config.json"
    if os.path.isdir(path):
        return (Path(path) / folder / name).is_file()
    found = cached_file(path, name, subfolder=folder, _raise_exceptions_for_missing_entries=False, **hub_kwargs)
    return found is not None


__all__ = ["TsukasaProcessor", "TsukasaProcessorKwargs"]
