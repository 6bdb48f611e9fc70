# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phonemizers of other packages by name, each as the texts of a published model were read.

None of these packages is needed by this one, and none is imported before its phonemizer reads. espeak-ng and the
package `phonemizer` are under the GPL 3, misaki under Apache 2.0.

| name | model | packages |
|---|---|---|
| `misaki` | Kokoro v1.0, English | `misaki[en]` |
| `ljspeech` | StyleTTS 2, LJSpeech | `phonemizer`, espeak-ng |
| `libritts` | StyleTTS 2, LibriTTS, and models fine-tuned from it | `phonemizer`, espeak-ng |
| `kokoro-v0.19` | Kokoro v0.19, English | `phonemizer`, espeak-ng |

A language follows after a colon (`misaki:en-gb`, `libritts:de`), `en-us` without it. espeak-ng is that of the system,
or that of the package `espeakng-loader`.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from ...utils.wording import suggestion
from .external_phonemizer import PhonemizerFunction


_lock = threading.Lock()
_SPACY_MODEL = "en_core_web_sm"


def load_phonemizer(name: str) -> PhonemizerFunction:
    """The phonemizer of a name, with or without a language; the packages are loaded when it first reads.

    Raises:
        ValueError: for a name that is not in the table above.
    """
    kind, _, language = name.partition(":")
    if kind == "misaki":
        return MisakiPhonemizer(language or "en-us")
    if kind in _FINISH:
        return EspeakPhonemizer(kind, language or "en-us")
    names = ["misaki", *_FINISH]
    raise ValueError(
        f"unknown phonemizer {name!r}; choose one of {', '.join(names)}, or pass a function{suggestion(kind, names)}"
    )


@dataclass(frozen=True)
class MisakiPhonemizer:
    """English in the symbols of Kokoro v1.0, by the package misaki; `language` is en-us or en-gb."""

    language: str = "en-us"

    def __post_init__(self) -> None:
        if self.language not in ("en-us", "en-gb"):
            raise ValueError(f"misaki reads en-us and en-gb here, got {self.language!r}: pass a function for others")

    def __call__(self, text: str) -> str:
        """The phonemes of `text`; words that misaki does not know are read by espeak-ng where it is installed."""
        read = _misaki(self.language == "en-gb")
        with _lock:
            phonemes, _ = read(text)
        return phonemes.strip()


@dataclass(frozen=True)
class EspeakPhonemizer:
    """Any language of espeak-ng, with stress and marks, as the texts of StyleTTS 2 or of Kokoro v0.19 were read."""

    style: str
    language: str = "en-us"

    def __call__(self, text: str) -> str:
        """The phonemes of `text`."""
        backend = _espeak(self.language)
        with _lock:
            (phonemes,) = backend.phonemize([prepare_text(text, self.style)])
        return _FINISH[self.style](phonemes, self.language)


def prepare_text(text: str, style: str) -> str:
    """The text as it is given to espeak-ng: LJSpeech's without quotation marks, the others' as it is."""
    text = text.strip()
    return text.replace('"', "") if style == "ljspeech" else text


def separate_marks(phonemes: str, language: str = "en-us") -> str:
    """Phonemes of espeak-ng as StyleTTS 2 learned them: spaces around marks.

    Its texts went through the word tokenizer of NLTK, by the conventions of the Penn Treebank: a double quotation mark
    becomes `` at the beginning of a word and '' at its end, of which the models know the second; a full stop is apart
    only at the end of the text.
    """
    for pattern, replacement in _TREEBANK:
        phonemes = pattern.sub(replacement, phonemes)
    return " ".join(phonemes.split())


_TREEBANK = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r'(^|(?<=[ (\[{<]))"', " `` "),
        (r'"', " '' "),
        (r"([«»“”„‘’?!;@#$%&*()\[\]{}<>])", r" \1 "),
        (r"([:,])(?!\d)", r" \1 "),
        (r"(\.{2,}|--)", r" \1 "),
        (r"(?<![. ])\.(?=[\s'”’»)\]}>]*$)", " . "),
    )
)

# Sounds of espeak-ng as Kokoro v0.19 learned them.
_OLD_KOKORO = str.maketrans({"ʲ": "j", "r": "ɹ", "x": "k", "ɬ": "l"})


def old_kokoro_sounds(phonemes: str, language: str = "en-us") -> str:
    """Phonemes of espeak-ng as Kokoro v0.19 learned them."""
    phonemes = phonemes.replace("kəkˈoːɹoʊ", "kˈoʊkəɹoʊ").replace("kəkˈɔːɹəʊ", "kˈəʊkəɹəʊ").translate(_OLD_KOKORO)
    phonemes = re.sub(r"(?<=[a-zɹː])(?=hˈʌndɹɪd)", " ", phonemes)
    phonemes = re.sub(r' z(?=[;:,.!?¡¿—…"«»“” ]|$)', "z", phonemes)
    if language == "en-us":
        phonemes = re.sub("(?<=nˈaɪn)ti(?!ː)", "di", phonemes)
    return phonemes.strip()


_FINISH: dict[str, Callable[[str, str], str]] = {
    "ljspeech": separate_marks,
    "libritts": separate_marks,
    "kokoro-v0.19": old_kokoro_sounds,
}


@lru_cache(maxsize=2)
def _misaki(is_british: bool) -> Callable[[str], tuple[str, Any]]:
    try:
        from misaki import en
    except ImportError as error:
        raise ImportError(_HINT.format("misaki", "'misaki[en]'")) from error
    if find_spec(_SPACY_MODEL) is None:  # misaki would fetch it without a word
        raise ImportError(f"misaki needs spaCy's model {_SPACY_MODEL}: run `python -m spacy download {_SPACY_MODEL}`")
    try:
        from misaki import espeak

        fallback = espeak.EspeakFallback(british=is_british)
    except ImportError:
        fallback = None
    return en.G2P(trf=False, british=is_british, fallback=fallback, unk="")


@lru_cache(maxsize=8)
def _espeak(language: str) -> Any:
    try:
        from phonemizer.backend import EspeakBackend
        from phonemizer.backend.espeak.wrapper import EspeakWrapper
    except ImportError as error:
        raise ImportError(_HINT.format("phonemizer", "phonemizer espeakng-loader")) from error
    if not EspeakBackend.is_available():
        _use_packaged_espeak(EspeakWrapper)
    if not EspeakBackend.is_supported_language(language):
        raise ValueError(f"espeak-ng has no language {language!r}: take a code that it knows, as en-us, en-gb or de")
    return EspeakBackend(language, preserve_punctuation=True, with_stress=True)


def _use_packaged_espeak(wrapper: Any) -> None:
    """Take espeak-ng from the package espeakng-loader, where the system has none."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise ImportError(_HINT.format("espeak-ng", "espeakng-loader")) from error
    wrapper.set_library(espeakng_loader.get_library_path())
    if hasattr(wrapper, "set_data_path"):
        wrapper.set_data_path(espeakng_loader.get_data_path())
    else:
        espeakng_loader.make_library_available()


_HINT = "this phonemizer needs {}, which is not installed: run `pip install {}`, or give phonemes"


__all__ = ["EspeakPhonemizer", "MisakiPhonemizer", "load_phonemizer", "old_kokoro_sounds", "separate_marks"]
