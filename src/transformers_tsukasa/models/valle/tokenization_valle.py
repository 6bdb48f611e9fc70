# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text or phones to the token ids of VALL-E and VALL-E X."""

import json
import os
from pathlib import Path
from typing import Any, Literal

from transformers.tokenization_python import PreTrainedTokenizer

from ...text.phonemes.vall_e_x import SPACE_SYMBOL, SYMBOL_TO_ID, tokens_of
from ...utils.atomic_files import write_text
from ...utils.damaged_files import read_json


VOCAB_FILE = "vocab.json"
PHONE_SEPARATOR = "|"
"""Between the phones of VALL-E, which may have several characters each; `_` is a phone of its own between words."""

_PAD, _BEGIN, _END, _UNKNOWN = "<pad>", "<bos>", "<eos>", "[UNK]"


class VallETokenizer(PreTrainedTokenizer):
    r"""
    Phones to ids. In the format `"characters"` of VALL-E X, a token is a character, and Japanese text is read by this
    package and written in the checkpoint's symbols; phones of other languages are given. In the format `"phones"` of
    lifeiteng's VALL-E, all phones are given, separated by `|`.

    Args:
        vocab_file (`str`, *optional*):
            A JSON file of symbol to id; without it, the 70 symbols of VALL-E X.
        phone_format (`str`, *optional*, defaults to `"characters"`):
            `"characters"` or `"phones"`.
        add_marks (`bool`, *optional*, defaults to `False`):
            Whether `<bos>` and `<eos>` stand around a text.
    """

    vocab_files_names = {"vocab_file": VOCAB_FILE}
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        phone_format: Literal["characters", "phones"] = "characters",
        add_marks: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("auto_map", None)
        if phone_format not in ("characters", "phones"):
            raise ValueError(f'phone_format must be "characters" or "phones", got {phone_format!r}')
        self._vocab = dict(SYMBOL_TO_ID) if vocab_file is None else _read_vocab(vocab_file)
        self._symbols = {index: symbol for symbol, index in self._vocab.items()}
        self.phone_format, self.add_marks = phone_format, add_marks
        missing = [mark for mark in (_BEGIN, _END) if mark not in self._vocab] if add_marks else []
        if missing:
            raise ValueError(f"the vocabulary lacks {' and '.join(missing)}, which `add_marks` puts around a text")
        kwargs.setdefault("clean_up_tokenization_spaces", False)
        kwargs.setdefault("pad_token", _PAD if _PAD in self._vocab else "[PAD]")
        super().__init__(phone_format=phone_format, add_marks=add_marks, special_tokens_pattern="none", **kwargs)

    @classmethod
    def of_symbols(cls, symbols: dict[str, int], folder: str | os.PathLike) -> "VallETokenizer":
        """The tokenizer of phones with these ids, whose table is written into a model folder.

        Args:
            symbols: phones, `<pad>`, `<bos>` and `<eos>` with their ids.
            folder: of the model.
        """
        path = Path(folder) / VOCAB_FILE
        _write_vocab(path, symbols)
        return cls(str(path), phone_format="phones", add_marks=True)

    @property
    def vocab_size(self) -> int:
        """Number of ids of the symbol table."""
        return len(self._vocab)

    def get_vocab(self) -> dict[str, int]:
        """Symbol to id, tokens added later included."""
        return {**self._vocab, **self._added_tokens_encoder}

    def read_japanese(self, text: str) -> str:
        """The phones of a Japanese text, without marks that the vocabulary lacks.

        Raises:
            ValueError: in the format `"phones"`, and when the text holds nothing that can be spoken.
        """
        if self.phone_format != "characters":
            raise ValueError(
                "this tokenizer reads no text: give the phones of the model's own front end, separated by "
                f"'{PHONE_SEPARATOR}', with phonemize=False"
            )
        # These load dictionaries of Japanese, which those who pass phones never need.
        from ...text.accents.learned_accents import with_learned_accents
        from ...text.phonemes.vall_e_x_reading import render_vall_e_x
        from ...text.phonemizer import Phonemizer

        phones = render_vall_e_x(with_learned_accents(Phonemizer().words(text)))
        return "".join(symbol for symbol in phones if symbol == " " or symbol in self._vocab)

    def phone_ids(self, phones: str) -> list[int]:
        """The ids of phones, without marks around them.

        Raises:
            ValueError: for a phone that is not in a vocabulary without `[UNK]`.
        """
        return [self._convert_token_to_id(token) for token in self._tokenize(phones)]

    def with_marks(self, ids: list[int]) -> list[int]:
        """The ids of a complete text, with the marks around it that the model learned."""
        return [self._vocab[_BEGIN], *ids, self._vocab[_END]] if self.add_marks else ids

    def separator_ids(self) -> list[int]:
        """The ids between the text of a prompt and the text to speak."""
        return [self._vocab[SPACE_SYMBOL]] if self.phone_format == "phones" and SPACE_SYMBOL in self._vocab else []

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Puts the marks around one text or two, as they are spoken in one."""
        return self.with_marks([*token_ids_0, *(token_ids_1 or [])])

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str]:
        """Writes the symbol table into a folder, and returns its path."""
        name = f"{filename_prefix}-{VOCAB_FILE}" if filename_prefix else VOCAB_FILE
        path = Path(save_directory) / name
        _write_vocab(path, self._vocab)
        return (str(path),)

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        if self.phone_format == "characters":
            return tokens_of(text)
        return [phone for phone in text.split(PHONE_SEPARATOR) if phone]

    def _convert_token_to_id(self, token: str) -> int:
        index = self._vocab.get(token, self._vocab.get(_UNKNOWN))
        if index is None:
            raise ValueError(f"the phone {token!r} is not one that the model knows (its {VOCAB_FILE} lists them)")
        return index

    def _convert_id_to_token(self, index: int) -> str:
        return self._symbols.get(index, _UNKNOWN)

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """The phones of tokens as they are given."""
        if self.phone_format == "phones":
            return PHONE_SEPARATOR.join(tokens)
        return "".join(tokens).replace(SPACE_SYMBOL, " ")


def _write_vocab(path: Path, vocab: dict[str, int]) -> None:
    write_text(path, json.dumps(vocab, ensure_ascii=False, indent=2) + "\n")


def _read_vocab(path: str | os.PathLike) -> dict[str, int]:
    vocab = read_json(path, "copy it again")
    if not isinstance(vocab, dict) or not all(isinstance(index, int) and index >= 0 for index in vocab.values()):
        raise ValueError(f"'{path}' is no symbol table: expected an object of symbols with their ids")
    return vocab


__all__ = ["PHONE_SEPARATOR", "VallETokenizer"]
