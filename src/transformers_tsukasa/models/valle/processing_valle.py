# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Texts and clips to the inputs of `generate()`, and its codes to waveforms."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers.feature_extraction_utils import BatchFeature
from transformers.processing_utils import ProcessorMixin

from ...audio.clips import load_clip
from ...audio.files import write_audio
from .codecs.codec import AudioCodec
from .codecs.opening import open_codec
from .outputs import VallEOutput
from .prompts import LANGUAGES, VallEPrompt, check_language
from .tokenization_valle import VallETokenizer


CODEC_FOLDER = "codec"
"""Folder of the codec in a model folder."""

SHORTEST_PROMPT, LONGEST_PROMPT = 1.0, 15.0
"""Seconds of a clip that can be a prompt: shorter ones hold too little of a voice, longer ones were not learned."""

_TAGS = {"[JA]": "ja", "[EN]": "en", "[ZH]": "zh"}
_TAGGED = re.compile(r"(\[(?:JA|EN|ZH)\])(.*?)\1", re.DOTALL)


class VallEProcessor(ProcessorMixin):
    r"""
    Makes the inputs of [`VallEForConditionalGeneration.generate`], and waveforms of what it returns.

    Args:
        tokenizer ([`VallETokenizer`]):
            Reads the text.

    The attribute `codec` reads clips and makes waveforms; it is saved in the folder `codec` of a model folder and
    found there. A folder without one speaks once a codec is given: `processor.codec = open_codec(folder)`.
    """

    tokenizer: VallETokenizer

    def __init__(self, tokenizer: VallETokenizer) -> None:
        super().__init__(tokenizer)
        self._codec: AudioCodec | None = None

    @property
    def codec(self) -> AudioCodec:
        """The codec.

        Raises:
            ValueError: when the processor has none.
        """
        if self._codec is None:
            raise ValueError(
                "this processor has no codec: give it the one that the model was trained with, processor.codec = "
                "open_codec(folder)"
            )
        return self._codec

    @codec.setter
    def codec(self, codec: AudioCodec) -> None:
        self._codec = codec

    @property
    def model_input_names(self) -> list[str]:
        """The inputs of `generate()` for a text with a prompt."""
        return ["input_ids", "attention_mask", "prompt_codes", "prompt_mask", "prompt_text_lengths", "language_ids"]

    def __call__(
        self,
        text: str | Sequence[str],
        prompt: VallEPrompt | Sequence[VallEPrompt] | None = None,
        *,
        language: str | None = None,
        accent: str | None = None,
        phonemize: bool = True,
    ) -> BatchFeature:
        """Reads texts, to be spoken in the voices of prompts.

        Args:
            text: a text or several. With languages, stretches of other ones may stand in tags: `[EN]...[EN]`.
            prompt: one for all texts or one for each (`make_prompt`, `VallEPrompt.from_file`).
            language: of the text, where a model has languages: "ja" (read by this package), "en" or "zh" (whose
                phones must be given). Give it for models with languages only.
            accent: the language whose accent the text is spoken with, in place of its own.
            phonemize: whether Japanese is to be read; `False` for phones, the only input of models that read no text.

        Returns:
            `input_ids` and `attention_mask` (batch, tokens); with a prompt `prompt_codes` (batch, frames, codebooks),
            `prompt_mask` (batch, frames) and `prompt_text_lengths` (batch,); with a language `language_ids`.

        Raises:
            ValueError: for a text without phones, prompts that do not fit the texts, and languages that there are not.
        """
        texts = [text] if isinstance(text, str) else list(text)
        if not texts:
            raise ValueError("there is no text: give at least one")
        prompts = [prompt] * len(texts) if prompt is None or isinstance(prompt, VallEPrompt) else list(prompt)
        if len(prompts) != len(texts):
            raise ValueError(f"{len(texts)} texts need one prompt or {len(texts)} of them, got {len(prompts)}")
        rows = [self._encode(*pair, language, accent, phonemize) for pair in zip(texts, prompts, strict=True)]
        ids = [torch.tensor(row[0]) for row in rows]
        inputs = {
            "input_ids": pad_sequence(ids, batch_first=True, padding_value=float(self.tokenizer.pad_token_id or 0)),
            "attention_mask": pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
        }
        if language is not None:
            inputs["language_ids"] = pad_sequence([torch.tensor(row[1]) for row in rows], batch_first=True)
        given = [each for each in prompts if each is not None]
        if given:
            inputs["prompt_codes"] = pad_sequence([each.codes for each in given], batch_first=True)
            inputs["prompt_mask"] = pad_sequence([torch.ones(len(each.codes)) for each in given], batch_first=True)
            inputs["prompt_text_lengths"] = torch.tensor([len(each.text_ids) for each in given])
        return BatchFeature(inputs)

    def make_prompt(
        self,
        audio: Any,
        text: str,
        *,
        language: str | None = None,
        sampling_rate: int | None = None,
        phonemize: bool = True,
    ) -> VallEPrompt:
        """A prompt of a clip and what is said in it.

        Args:
            audio: a clip of 1 to 15 s; see [`~audio.clips.load_clip`] for what it can be.
            text: exactly what is said, in one language.
            language: of the text, for models with languages.
            sampling_rate: of a clip given as samples.
            phonemize: whether Japanese is to be read; `False` for phones.

        Raises:
            ValueError: for a clip that is too short, too long or cannot be used, and for a text without phones.
        """
        waveform = load_clip(audio, sampling_rate, self.codec.sampling_rate)
        seconds = len(waveform) / self.codec.sampling_rate
        if not SHORTEST_PROMPT <= seconds <= LONGEST_PROMPT:
            raise ValueError(
                f"the clip of the prompt lasts {seconds:.1f} s, but must be {SHORTEST_PROMPT:g} to "
                f"{LONGEST_PROMPT:g} s long, best about 3 s: give another one, with exactly its text"
            )
        if language is not None:
            check_language(language)
        return VallEPrompt(self.codec.encode(waveform), self._phone_ids(text, language, phonemize), language)

    def decode(self, speech: VallEOutput) -> list[np.ndarray]:
        """The waveform of every item of what `generate()` returned; (samples,) each."""
        if speech.codes is None or speech.lengths is None:
            raise ValueError("there is no speech: pass what generate() returned")
        lengths = speech.lengths.tolist()
        return [self.codec.decode(codes[:length]) for codes, length in zip(speech.codes, lengths, strict=True)]

    def save_audio(self, speech: VallEOutput, path: str | os.PathLike) -> None:
        """Writes a single item of what `generate()` returned as a WAV file.

        Raises:
            ValueError: for a batch of several.
        """
        waveforms = self.decode(speech)
        if len(waveforms) != 1:
            raise ValueError(f"a file holds one text, got {len(waveforms)}: write those of `decode` yourself")
        write_audio(path, waveforms[0], self.codec.sampling_rate)

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Saves as transformers does, with the codec if there is one."""
        saved = super().save_pretrained(save_directory, *args, **kwargs)
        if self._codec is not None:
            self._codec.save_pretrained(Path(save_directory) / CODEC_FOLDER)
        return saved

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Loads as transformers does, with the codec in the folder `codec` if there is one."""
        processor = super().from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
        folder = Path(pretrained_model_name_or_path) / CODEC_FOLDER
        if folder.is_dir():
            processor.codec = open_codec(folder)
        return processor

    def _encode(
        self, text: str, prompt: VallEPrompt | None, language: str | None, accent: str | None, phonemize: bool
    ) -> tuple[list[int], list[int]]:
        """The ids of a prompt's text and a text with marks around them, and the language of each."""
        ids: list[int] = []
        languages: list[int] = []
        for own, stretch in _stretches(text, language):
            found = self._phone_ids(stretch, own, phonemize)
            ids += found
            if language is not None:
                languages += [LANGUAGES[check_language(accent or own or language)]] * len(found)
        if prompt is None:
            return self.tokenizer.with_marks(ids), languages
        if language is not None:
            spoken = check_language(prompt.language or language)
            languages = [LANGUAGES[spoken]] * len(prompt.text_ids) + languages
        between = self.tokenizer.separator_ids() if prompt.text_ids else []
        return self.tokenizer.with_marks([*prompt.text_ids, *between, *ids]), languages

    def _phone_ids(self, text: str, language: str | None, phonemize: bool) -> list[int]:
        is_read = phonemize and language in (None, "ja")
        ids = self.tokenizer.phone_ids(self.tokenizer.read_japanese(text) if is_read else text.strip())
        if not ids:
            raise ValueError(f"the text {text!r} has no phones: give at least one to speak")
        return ids


def _stretches(text: str, language: str | None) -> list[tuple[str | None, str]]:
    """Stretches of one language each: those in tags, and those of the text's own language around them."""
    if language is None:
        return [(None, text)]
    check_language(language)
    stretches, end = [], 0
    for match in _TAGGED.finditer(text):
        stretches += [(language, text[end : match.start()]), (_TAGS[match[1]], match[2])]
        end = match.end()
    stretches.append((language, text[end:]))
    return [(own, stretch) for own, stretch in stretches if stretch.strip()] or [(language, text)]


__all__ = ["CODEC_FOLDER", "VallEProcessor"]
