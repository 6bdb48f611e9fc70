# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Tokenizers of the two Kotodama encoders, from local files, without remote code.

Both run sentencepiece on the published model file itself. transformers' own `DebertaV2Tokenizer` does not apply the
normalisation that is stored in that file when it is loaded from one (version 5.23: full-width letters become unknown
tokens) and has no byte fallback, so it is not the same tokenizer.
"""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from transformers.tokenization_utils_sentencepiece import SentencePieceBackend

from ..unidic import unidic_folder, unidic_tagger


if TYPE_CHECKING:
    import fugashi


_KANA_OR_KANJI = re.compile(
    r"[\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_LATIN_LETTER = re.compile(r"[A-Za-zĀ-ſ]")


class _KotodamaTokenizer(SentencePieceBackend):
    """Base of both tokenizers: the special tokens around a sentencepiece model."""

    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        cls_token: str = "[CLS]",
        sep_token: str = "[SEP]",
        pad_token: str = "[PAD]",
        unk_token: str = "[UNK]",
        mask_token: str = "[MASK]",
        **kwargs,
    ):
        # Published folders point at code of their own; it is neither run nor named again when this is saved.
        kwargs.pop("auto_map", None)
        if vocab_file is None or not Path(vocab_file).is_file():
            name = self.vocab_files_names["vocab_file"]
            raise ValueError(
                f"{type(self).__name__} needs the sentencepiece model '{name}', which is not in "
                f"'{kwargs.get('name_or_path', vocab_file)}': put it beside tokenizer_config.json"
            )
        super().__init__(
            vocab_file=vocab_file,
            cls_token=cls_token,
            sep_token=sep_token,
            pad_token=pad_token,
            unk_token=unk_token,
            mask_token=mask_token,
            special_tokens_pattern="cls_sep",
            **kwargs,
        )


class TsukasaPromptTokenizer(_KotodamaTokenizer):
    """Tokenizer of the prompt encoder: DeBERTa-v2's, `[CLS]` sentencepiece `[SEP]`.

    Give it `prompt_input(description, text)`.

    Args:
        vocab_file (`str`): the sentencepiece model, `spm.model`.
        do_lower_case (`bool`, *optional*, defaults to `False`): whether to fold case first.
        split_by_punct (`bool`, *optional*, defaults to `False`): only `False` is supported.
    """

    vocab_files_names = {"vocab_file": "spm.model"}

    def __init__(
        self, vocab_file: str | None = None, do_lower_case: bool = False, split_by_punct: bool = False, **kwargs
    ):
        if split_by_punct:
            raise ValueError(
                "split_by_punct=True in tokenizer_config.json is not supported: no Kotodama encoder used it"
            )
        self.do_lower_case = do_lower_case
        super().__init__(vocab_file=vocab_file, do_lower_case=do_lower_case, split_by_punct=False, **kwargs)

    def _tokenize(self, text: str, **kwargs) -> list[str]:
        return self.sp_model.encode(text.lower() if self.do_lower_case else text, out_type=str)


class TsukasaTextSamplerTokenizer(_KotodamaTokenizer):
    """Tokenizer of the text sampler: words by MeCab with unidic-lite, lower case, then sentencepiece.

    Spaces of the text are dropped by MeCab; every word begins a new sentencepiece word, so that no piece spans two.

    Args:
        vocab_file (`str`): the sentencepiece model, `spiece.model`.
        do_lower_case (`bool`, *optional*, defaults to `True`): whether to fold the case of words.
        word_tokenizer_type (`str`, *optional*, defaults to `"mecab"`): only this is supported.
        subword_tokenizer_type (`str`, *optional*, defaults to `"sentencepiece"`): only this is supported.
        mecab_kwargs (`dict`, *optional*): only `{"mecab_dic": "unidic_lite"}` is supported.
    """

    vocab_files_names = {"vocab_file": "spiece.model"}

    def __init__(
        self,
        vocab_file: str | None = None,
        do_lower_case: bool = True,
        word_tokenizer_type: str = "mecab",
        subword_tokenizer_type: str = "sentencepiece",
        mecab_kwargs: dict | None = None,
        **kwargs,
    ):
        dictionary = (mecab_kwargs or {}).get("mecab_dic", "unidic_lite")
        found = (word_tokenizer_type, dictionary, subword_tokenizer_type)
        if found != ("mecab", "unidic_lite", "sentencepiece"):
            raise ValueError(
                "the text sampler's tokenizer is mecab with unidic_lite and sentencepiece, but tokenizer_config.json "
                f"asks for {', '.join(map(str, found))}"
            )
        kwargs.pop("spm_file", None)  # the published class's own name of `vocab_file`
        self.do_lower_case = do_lower_case
        self._tagger = None
        super().__init__(
            vocab_file=vocab_file,
            do_lower_case=do_lower_case,
            word_tokenizer_type=word_tokenizer_type,
            subword_tokenizer_type=subword_tokenizer_type,
            mecab_kwargs={"mecab_dic": dictionary},
            **kwargs,
        )

    def __getstate__(self):
        return {**self.__dict__, "_tagger": None}  # MeCab's tagger cannot be pickled

    def _tokenize(self, text: str, **kwargs) -> list[str]:
        if self._tagger is None:
            self._tagger = unidic_lite_tagger()
        return self.sp_model.encode(spaced_words(text, self._tagger, self.do_lower_case), out_type=str)


def spaced_words(text: str, tagger: "fugashi.GenericTagger", do_lower_case: bool = True) -> str:
    """The words of a text with spaces between them, which the text sampler's sentencepiece model is made for."""
    words = [word.surface for word in tagger(unicodedata.normalize("NFKC", text))]
    if do_lower_case:
        words = [word.lower() for word in words]
    return " ".join(words).replace("``", '"').replace("''", '"')


def unidic_lite_tagger() -> "fugashi.GenericTagger":
    """MeCab with the dictionary of the text sampler."""
    return unidic_tagger(unidic_folder() / "mecabrc")


def prompt_input(description: str, text: str, to_kana: Callable[[str], str] | None = None) -> str:
    """The input of the prompt encoder: a description of the voice, and the text to speak.

    Args:
        description (`str`): how the voice should sound, in Japanese.
        text (`str`): the text that will be spoken.
        to_kana (`Callable`, *optional*): kana of a romaji text; called only when `text` is romaji.
    """
    return f"{description} \n text: {_in_japanese_writing(text, to_kana)}"


def text_sampler_input(text: str, speaker: str | None = None, to_kana: Callable[[str], str] | None = None) -> str:
    """The input of the text sampler: the text that will be spoken, after the speaker's name if there is one.

    Args:
        text (`str`): the text that will be spoken.
        speaker (`str`, *optional*): a name that the sampler was trained with.
        to_kana (`Callable`, *optional*): kana of a romaji text; called only when `text` is romaji.
    """
    text = _in_japanese_writing(text, to_kana)
    return text if speaker is None else f"{speaker}: {text}"


def is_romaji(text: str) -> bool:
    """Whether a text has Latin letters and neither kana nor kanji; Latin words in a Japanese text are none."""
    return _LATIN_LETTER.search(text) is not None and _KANA_OR_KANJI.search(text) is None


def _in_japanese_writing(text: str, to_kana: Callable[[str], str] | None) -> str:
    return to_kana(text) if to_kana is not None and is_romaji(text) else text


__all__ = [
    "TsukasaPromptTokenizer",
    "TsukasaTextSamplerTokenizer",
    "is_romaji",
    "prompt_input",
    "spaced_words",
    "text_sampler_input",
    "unidic_lite_tagger",
]
