# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text, or phonemes, to the token ids of a model and back."""

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers.tokenization_python import PreTrainedTokenizer
from transformers.utils import CONFIG_NAME

from ...hub import HubShimMixin, hub_arguments, optional_model_file
from ...text.accent_levels import NO_MORA, accent_levels
from ...text.accents.sources import accent_source_of
from ...text.dictionary import USER_DICTIONARY_FILE, UserDictionary
from ...text.phonemes.symbols import PAD, PHONEMES_ONLY, symbol_table
from ...utils.atomic_files import write_text
from .carried_processor import carry_processor
from .configuration_tsukasa import TsukasaConfig


if TYPE_CHECKING:
    from ...text.other_languages.external_phonemizer import ExternalPhonemizer, PhonemizerFunction
    from ...text.phonemization import Phonemization
    from ...text.phonemizer import Phonemizer

logger = logging.getLogger(__name__)

VOCAB_FILE = "vocab.json"
_MOST_IDS = 65_536


def _without_gaps(vocab: dict[str, int]) -> dict[str, int]:
    """Gives ids without a symbol a name.

    StyleTTS 2's table holds the apostrophe twice, of which only the later id is used, and Kokoro's leaves out many
    ids; but transformers numbers added tokens from the count of names, which must therefore reach 178.
    """
    symbols = {index: symbol for symbol, index in vocab.items()}
    return {symbols.get(index, f"<unused{index}>"): index for index in range(max(symbols) + 1)}


class TsukasaTokenizer(HubShimMixin, PreTrainedTokenizer):
    r"""
    One token is one phoneme symbol. Text is read by the phonemizer first; with `phonemize=False`, here or in a call,
    the text is taken to be phonemes.

    Args:
        vocab_file (`str`, *optional*):
            A JSON file of symbol to id; without it, the symbols of the profile: those of Kokoro v1.0 for `"kokoro"`,
            the 178 of Tsukasa and StyleTTS 2 for the others.
        user_dictionary_file (`str`, *optional*):
            The user's own readings, CSV or TSV; `user_dictionary.csv` of a model folder is found without it.
        phonemize (`bool`, *optional*, defaults to `True`):
            Whether text is to be read, or phonemes.
        profile (`str`, *optional*, defaults to `"legacy"`):
            How readings are written: `"legacy"` as the published checkpoints learned, `"clean"` without quirks,
            `"kokoro"` in the symbols of Kokoro v1.0; `"ipa"` for models of other languages: texts are phonemes, or
            are read by a `phonemizer`.
        phonemizer (`str` or `Callable[[str], str]`, *optional*):
            Reads text in place of this package's reading of Japanese: a function from text to phonemes, or the name of
            one that needs other packages ([`~text.other_languages.package_phonemizers.load_phonemizer`]), which is
            saved with the tokenizer. A function is not saved: pass it to `from_pretrained` again.
        accent (`bool`, *optional*, defaults to `False`):
            Whether rise and fall of the pitch are marked (`"clean"` only).
        accent_source (`str`, *optional*):
            Where accents are from: `"learned"` by the accent model, or `"rules"` by those of the dictionary alone.
            Without it they are learned, but the rules' where `accent` marks them.
        add_prefix_pad (`bool`, *optional*, defaults to `True`):
            Whether a pad is put in front, as the model expects it.
        add_suffix_pad (`bool`, *optional*, defaults to `False`):
            Whether a pad is put at the end too, as in training; a model folder holds `config.text_suffix_pad` here.
        return_accent_levels (`bool`, *optional*, defaults to `False`):
            Whether the processor returns the accent of every token of Japanese too, for voices that get their accent
            when they speak (`accent_strength`).
        unknown (`str`, *optional*):
            What happens to symbols that the model does not know: `"error"`, or `"drop"` with a warning. Without it
            they are errors, except those that a `phonemizer` has written, and those in a tokenizer that was made with
            `phonemize=False`, which is then an ordinary character tokenizer: these are dropped.
    """

    vocab_files_names = {"vocab_file": VOCAB_FILE, "user_dictionary_file": USER_DICTIONARY_FILE}
    model_input_names = ["input_ids", "attention_mask"]
    # Words that were split beforehand are joined as they are.
    add_prefix_space = False

    def __init__(
        self,
        vocab_file: str | None = None,
        user_dictionary_file: str | None = None,
        pad_token: str = PAD,
        phonemize: bool = True,
        profile: str = "legacy",
        accent: bool = False,
        add_prefix_pad: bool = True,
        add_suffix_pad: bool = False,
        return_accent_levels: bool = False,
        unknown: str | None = None,
        phonemizer: "str | PhonemizerFunction | None" = None,
        accent_source: str | None = None,
        **kwargs: Any,
    ) -> None:
        # Where remote code lies is written by the hub shim, and is no setting of the tokenizer.
        kwargs.pop("auto_map", None)
        # Under which a phonemizer is saved: transformers writes the attributes of the names of settings.
        phonemizer_name = kwargs.pop("phonemizer_name", None)
        if unknown not in (None, "error", "drop"):
            raise ValueError(f'unknown must be "error" or "drop", got {unknown!r}')
        self._vocab = _without_gaps(symbol_table(profile) if vocab_file is None else _read_vocab(vocab_file))
        self._symbols = {index: symbol for symbol, index in self._vocab.items()}
        self.phonemize = phonemize
        self.profile = profile
        self.accent = accent
        self.accent_source = accent_source_of(accent, accent_source)
        self.add_prefix_pad = add_prefix_pad
        self.add_suffix_pad = add_suffix_pad
        self.return_accent_levels = return_accent_levels
        self.unknown = unknown
        self._user_dictionary = UserDictionary.from_file(user_dictionary_file) if user_dictionary_file else None
        self._external: PhonemizerFunction | None = None
        self.phonemizer_name: str | None = None
        kwargs.setdefault("clean_up_tokenization_spaces", False)
        super().__init__(
            user_dictionary_file=user_dictionary_file,
            pad_token=pad_token,
            phonemize=phonemize,
            profile=profile,
            accent=accent,
            accent_source=self.accent_source,
            add_prefix_pad=add_prefix_pad,
            add_suffix_pad=add_suffix_pad,
            return_accent_levels=return_accent_levels,
            unknown=unknown,
            special_tokens_pattern="none",
            **kwargs,
        )
        self._is_saved_by_processor = False
        self.set_phonemizer(phonemizer_name if phonemizer is None else phonemizer)

    @classmethod
    def from_config(cls, config: TsukasaConfig, vocab_file: str | None = None) -> "TsukasaTokenizer":
        """The tokenizer that belongs to a model: it writes texts as the model learned them.

        Args:
            config: of the model.
            vocab_file: its symbol table, where it is another than its profile's.
        """
        return cls(
            vocab_file,
            profile=config.text_profile,
            accent=config.text_accent,
            accent_source=config.accent_source,
            add_suffix_pad=config.text_suffix_pad,
            return_accent_levels=config.text_profile == "kokoro",
        )

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Loads a tokenizer as transformers does, and refuses one that the model beside it does not understand.

        Raises:
            ValueError: when its profile or its accent marks, or where these are from, are not as the model's config
                says.
        """
        path = pretrained_model_name_or_path
        tokenizer = super().from_pretrained(path, *args, **kwargs)
        config = optional_model_file(path, CONFIG_NAME, kwargs.get("subfolder") or "", hub_arguments(kwargs))
        if config is not None:
            _check_fits(tokenizer, json.loads(Path(config).read_text(encoding="utf-8")), str(path))
        return tokenizer

    @property
    def vocab_size(self) -> int:
        """Number of ids of the symbol table, tokens added later not counted."""
        return len(self._vocab)

    def get_vocab(self) -> dict[str, int]:
        """Symbol to id, tokens added later included."""
        return {**self._vocab, **self._added_tokens_encoder}

    @property
    def user_dictionary(self) -> UserDictionary | None:
        """The user's readings; assign another dictionary to change them."""
        return self._user_dictionary

    @user_dictionary.setter
    def user_dictionary(self, dictionary: UserDictionary | None) -> None:
        self._user_dictionary = dictionary

    @property
    def reads_text(self) -> bool:
        """Whether texts are read, or phonemes already, where a call does not tell."""
        return self.phonemize and (self.profile != PHONEMES_ONLY or self._external is not None)

    @property
    def phonemizer(self) -> "Phonemizer | ExternalPhonemizer":
        """Reads text: Japanese with this tokenizer's profile and dictionary, or by the phonemizer that was given.

        It holds nothing but these settings and is not kept: whatever a tokenizer gains by use changes its hash, by
        which `datasets` finds what was computed before.
        """
        from ...text.other_languages.external_phonemizer import ExternalPhonemizer, as_phonemes

        if self._external is not None:
            return ExternalPhonemizer(self._external, lambda phonemes: self._known(phonemes, is_strict=False))
        if self.profile == PHONEMES_ONLY:
            return ExternalPhonemizer(as_phonemes, lambda phonemes: self._known(phonemes, is_strict=True))
        # Loads a dictionary of Japanese, which those who pass phonemes never need.
        from ...text.phonemizer import Phonemizer

        return Phonemizer(self.profile, self.accent, self._user_dictionary, self.accent_source)

    def set_phonemizer(self, phonemizer: "str | PhonemizerFunction | None") -> None:
        """Reads text by another phonemizer from now on; see the class. `None` is this package's reading of Japanese.

        Raises:
            ValueError: for a name that is not known.
            TypeError: for anything but a name and a function.
        """
        if isinstance(phonemizer, str):
            from ...text.other_languages.package_phonemizers import load_phonemizer

            self._external = load_phonemizer(phonemizer)
        elif phonemizer is None or callable(phonemizer):
            self._external = phonemizer
        else:
            raise TypeError(
                f"`phonemizer` must be a function from text to phonemes or a name, got {type(phonemizer).__name__}"
            )
        # Saved with the tokenizer; a function cannot be written into a file.
        self.phonemizer_name = phonemizer if isinstance(phonemizer, str) else None
        self.init_kwargs.pop("phonemizer_name", None)
        if self.phonemizer_name is not None:
            self.init_kwargs["phonemizer_name"] = self.phonemizer_name

    def to_phonemes(self, text: str) -> str:
        """The phonemes of a text, in which added tokens stay as they are; an empty text has none.

        Raises:
            NothingToReadError: when the text holds nothing that can be spoken.
        """
        return "".join(map(_phonemes_of, self._read_pieces(text)))

    def read(self, text: str) -> tuple[str, list[int]]:
        """The phonemes of a Japanese text, see `to_phonemes`, and the accent level of each of their characters."""
        pieces = self._read_pieces(text)
        levels: list[int] = []
        for piece in pieces:
            levels += [NO_MORA] * len(piece) if isinstance(piece, str) else accent_levels(piece)
        return "".join(map(_phonemes_of, pieces)), levels

    def _read_pieces(self, text: str) -> "list[str | Phonemization]":
        """The readings of a text and, between them, its added tokens; warns of what is left out."""
        from ...text.sentence_readings import warn_of_left_out
        from ...text.utterances import Utterance

        pieces: list[str | Phonemization] = []
        read: list[tuple[Utterance, Phonemization | None]] = []
        start = 0
        for piece in self._around_added_tokens(text):
            if piece in self._added_tokens_encoder:
                pieces.append(piece)
            elif piece.strip():
                reading = self.phonemizer(piece)
                pieces.append(reading)
                read.append((Utterance(piece, "none", start=start), reading))
            start += len(piece)
        warn_of_left_out(read)
        return pieces

    def token_levels(self, phonemes: str, levels: Sequence[int]) -> list[int]:
        """The accent level of every token, from those of the characters; symbols that are dropped have none."""
        found: list[int] = []
        start = 0
        for piece in self.tokens_trie.split(phonemes):
            own = levels[start : start + len(piece)]
            if piece in self._added_tokens_encoder:
                found.append(NO_MORA)
            else:
                found += [level for symbol, level in zip(piece, own, strict=True) if symbol in self._vocab]
            start += len(piece)
        return found

    def to_kana(self, text: str) -> str:
        """A Japanese text as it is spoken, in katakana without marks.

        Raises:
            ValueError: when the text is read by a phonemizer that gives no kana.
        """
        if self._external is not None or self.profile == PHONEMES_ONLY:
            raise ValueError("this tokenizer does not read Japanese, so texts have no kana: give the kana itself")
        return self.phonemizer(text).kana

    def prepare_for_tokenization(
        self, text: str, is_split_into_words: bool = False, phonemize: bool | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """The phonemes of `text`, with symbols that the model does not know refused or dropped (see the class).

        Raises:
            ValueError: when the text cannot be read, or for an unknown symbol, with its place.
        """
        if self.reads_text if phonemize is None else phonemize:
            text = self.to_phonemes(text)
        # Phonemes passed to a tokenizer of text were written by hand: dropping some would go unnoticed.
        return self._known(text, is_strict=self.phonemize), kwargs

    def _known(self, phonemes: str, is_strict: bool) -> str:
        """The phonemes without symbols that the model does not know; these are errors where `unknown` tells so, or,
        if it tells nothing, with `is_strict`."""
        unknown = self._unknown_symbols(phonemes)
        if not unknown:
            return phonemes
        if self.unknown == "error" or (self.unknown is None and is_strict):
            raise ValueError(_describe_unknown(phonemes, unknown))
        logger.warning("%s; it is dropped", _describe_unknown(phonemes, unknown))
        dropped = set(unknown)
        return "".join(symbol for index, symbol in enumerate(phonemes) if index not in dropped)

    def _around_added_tokens(self, text: str) -> list[str]:
        """The text, cut around tokens that were added to the symbols; a dollar sign is text and not a pad."""
        added = [token for token in self._added_tokens_encoder if token not in self._vocab]
        return self.tokens_trie.split(text) if any(token in text for token in added) else [text]

    def _unknown_symbols(self, text: str) -> list[int]:
        """Where in the text there are symbols that the model does not know."""
        unknown: list[int] = []
        start = 0
        for piece in self.tokens_trie.split(text):
            if piece not in self._added_tokens_encoder:
                unknown.extend(start + index for index, symbol in enumerate(piece) if symbol not in self._vocab)
            start += len(piece)
        return unknown

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        return list(text)

    def _convert_token_to_id(self, token: str) -> int | None:
        return self._vocab.get(token, self.unk_token_id)

    def _convert_id_to_token(self, index: int) -> str:
        if index < 0:  # the mark after a sentence of long form
            return "\n"
        # `None` for an id without a symbol, where transformers' own annotation does not expect it.
        return self._symbols.get(index, self.unk_token)

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """The phonemes in a row."""
        return "".join(tokens)

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Pads around the phonemes (docs/spec/model.md: one in front to speak, one at both ends to train)."""
        prefix, suffix = self._pads()
        return prefix + token_ids_0 + (token_ids_1 or []) + suffix

    def get_special_tokens_mask(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None, already_has_special_tokens: bool = False
    ) -> list[int]:
        """1 for pads, 0 for phonemes."""
        if already_has_special_tokens:
            return super().get_special_tokens_mask(token_ids_0, token_ids_1, already_has_special_tokens=True)
        prefix, suffix = self._pads()
        phonemes = len(token_ids_0) + len(token_ids_1 or [])
        return [1] * len(prefix) + [0] * phonemes + [1] * len(suffix)

    def _pads(self) -> tuple[list[int], list[int]]:
        pad = [self._vocab.get(PAD, 0)]
        return pad * self.add_prefix_pad, pad * self.add_suffix_pad

    def _set_processor_class(self, processor_class: str) -> None:
        # Called by a processor that saves its tokenizer, and everything of its own after that.
        super()._set_processor_class(processor_class)
        self._is_saved_by_processor = True

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Saves the tokenizer; beside a model without a processor, the processor that it was loaded beside, too.

        A pipeline, which uses a processor, saves its model and its tokenizer alone.
        """
        saved = super().save_pretrained(save_directory, *args, **kwargs)
        if not self._is_saved_by_processor:
            carry_processor(self.name_or_path or "", save_directory)
        return saved

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Writes the symbol table and, if there is one, the user dictionary; returns their paths."""
        folder = Path(save_directory)
        path = folder / (f"{filename_prefix}-{VOCAB_FILE}" if filename_prefix else VOCAB_FILE)
        write_text(path, json.dumps(self._vocab, ensure_ascii=False, indent=0) + "\n")
        if self._user_dictionary is None:
            (folder / USER_DICTIONARY_FILE).unlink(missing_ok=True)  # of a tokenizer that was saved here before
            return (str(path),)
        self._user_dictionary.save(folder / USER_DICTIONARY_FILE)
        return str(path), str(folder / USER_DICTIONARY_FILE)


def _phonemes_of(piece: "str | Phonemization") -> str:
    return piece if isinstance(piece, str) else piece.phonemes


def _read_vocab(path: str | os.PathLike) -> dict[str, int]:
    try:
        vocab = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"cannot read the symbol table '{path}' ({reason}): it must be a JSON file") from error
    ids = vocab.values() if isinstance(vocab, dict) else ()
    if (
        not ids
        or not all(isinstance(index, int) and 0 <= index < _MOST_IDS for index in ids)
        or len(set(ids)) < len(ids)
    ):
        raise ValueError(f"the symbol table '{path}' must map every symbol to an id of its own, an integer from 0")
    return vocab


def _check_fits(tokenizer: TsukasaTokenizer, config: dict[str, Any], path: str) -> None:
    if config.get("model_type") != TsukasaConfig.model_type:
        return
    has_marks = config.get("text_accent", TsukasaConfig.text_accent)
    source = accent_source_of(has_marks, config.get("text_accent_source")) if has_marks else None
    wanted = (config.get("text_profile", TsukasaConfig.text_profile), has_marks, source)
    own = (tokenizer.profile, tokenizer.accent, tokenizer.accent_source if tokenizer.accent else None)
    if own != wanted:
        raise ValueError(
            f"the tokenizer writes {_described(*own)}, but the model in '{path}' learned {_described(*wanted)}: save "
            "there what TsukasaTokenizer.from_config(model.config) makes"
        )


def _described(profile: str, has_marks: bool, source: str | None) -> str:
    marks = f"accent={has_marks}" + (f" ({source})" if source else "")
    return f"profile '{profile}' with {marks}"


def _describe_unknown(text: str, places: list[int]) -> str:
    first = places[0]
    more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
    return (
        f"the model has no symbol {text[first]!r} (U+{ord(text[first]):04X}), found at position {first}{more} of the "
        f"phonemes {text[max(0, first - 10) : first + 10]!r}"
    )


__all__ = ["TsukasaTokenizer"]
