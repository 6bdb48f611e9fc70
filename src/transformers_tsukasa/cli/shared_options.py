# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Options that several commands have: the model, and the device it runs on."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model_folders import existing_folders


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker
    from ..text import Phonemizer
    from ..text.other_languages.external_phonemizer import ExternalPhonemizer


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """Add --model."""
    parser.add_argument(
        "--model",
        default=os.environ.get("TSUKASA_MODEL") or "default",
        help="a model folder or hub id, or kokoro for Kokoro's voices (extra kokoro); default: the variable "
        "TSUKASA_MODEL, or the small model of the package",
    )


def add_device_argument(parser: argparse._ActionsContainer, what: str) -> None:
    """Add --device.

    Args:
        parser: or a group of one.
        what: what runs there, as in "the model runs", for the help.
    """
    parser.add_argument("--device", default="cpu", help=f"where {what}: cpu, cuda, mps (default: %(default)s)")


def add_candidate_arguments(group: argparse._ActionsContainer) -> None:
    """Add --candidates and --reranker."""
    group.add_argument(
        "--candidates",
        dest="num_candidates",
        type=int,
        metavar="N",
        help="speak every sentence as the best of N by a reranker, 1 to 256; takes N times as long",
    )
    group.add_argument(
        "--reranker",
        metavar="NAME|DIR",
        help="what scores candidates: clvp or aligner (in the model's folder), or the folder of one of these",
    )


def candidate_options(options: argparse.Namespace) -> dict[str, Any]:
    """The speech options of --candidates and --reranker that were given.

    Raises:
        FileNotFoundError: when there is no folder of this name.
        ValueError: for a number of candidates out of its range.
    """
    from ..models.tsukasa.speaking.candidate_limits import RERANKER_FOLDERS, check_count

    given: dict[str, Any] = {}
    if options.num_candidates is not None:
        given["num_candidates"] = check_count(options.num_candidates)
    if options.reranker is not None:
        is_kind = options.reranker in RERANKER_FOLDERS
        given["reranker"] = options.reranker if is_kind else existing_folders(reranker=options.reranker)["reranker"]
    return given


def load_speaker(
    model: str,
    *,
    device: str = "cpu",
    dtype: str = "float32",
    dictionary: Path | None = None,
    output_rate: int | None = None,
    upsampler: str | None = None,
) -> "Speaker":
    """Load what speaks; see `Speaker.load`.

    Raises:
        OSError, ValueError: when there is no such model, or it cannot be loaded.
    """
    from ..model_folders import check_holds_model
    from ..model_names import find_model
    from ..utils.devices import check_device

    check_device(device)
    path = find_model(model)  # a wrong name is answered before torch is imported
    if os.path.isdir(path):
        check_holds_model(path)
    from transformers.utils.logging import disable_progress_bar

    from ..synthesis.speaker import Speaker

    disable_progress_bar()  # loading takes a second, and speaking has a bar of its own
    return Speaker.open(
        path, device=device, dtype=dtype, dictionary=dictionary, output_rate=output_rate, upsampler=upsampler
    )


def load_phonemizer(
    model: str, *, profile: str | None = None, accent: bool | None = None, dictionary: Path | None = None
) -> "Phonemizer | ExternalPhonemizer":
    """Load what reads text as a model does, from the settings of its tokenizer alone, without torch.

    Only the tokenizer of a model that reads another language is loaded itself: it drops what the model does not know.

    Args:
        model: a model folder, a hub id, "default" or "kokoro".
        profile, accent, dictionary: in place of the model's.

    Raises:
        OSError, ValueError: when there is no such model, its tokenizer cannot be read, or its texts are phonemes.
    """
    import json

    from ..model_names import find_model_file

    path = Path(find_model_file(model, "tokenizer_config.json"))
    if not path.is_file():
        raise FileNotFoundError(f"'{path.parent}' has no {path.name}: name a folder with a model and its tokenizer")
    from ..text import USER_DICTIONARY_FILE, Phonemizer
    from ..text.accents.sources import accent_source_of
    from ..text.phonemes.symbols import PHONEMES_ONLY

    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        own_profile, own_accent = settings.get("profile", "legacy"), settings.get("accent", False)
        accent_source = accent_source_of(own_accent, settings.get("accent_source"))
    except (ValueError, AttributeError) as error:
        raise ValueError(f"'{path}' cannot be read: it is damaged; save the model again") from error
    if profile is None and (own_profile == PHONEMES_ONLY or settings.get("phonemizer_name")):
        return _phonemizer_of_model(model)
    if profile is None:
        profile = own_profile
    if accent is None:
        accent = own_accent and profile == own_profile
    if dictionary is None and (path.parent / USER_DICTIONARY_FILE).is_file():
        dictionary = path.parent / USER_DICTIONARY_FILE
    return Phonemizer(profile, accent, dictionary, accent_source)


def _phonemizer_of_model(model: str) -> "Phonemizer | ExternalPhonemizer":
    from ..models.tsukasa.tokenization_tsukasa import TsukasaTokenizer

    tokenizer = TsukasaTokenizer.from_pretrained(model)
    if not tokenizer.reads_text:
        raise ValueError(f"the model '{model}' reads phonemes, not text: speak them with `tsukasa say` (`phonemes`)")
    return tokenizer.phonemizer


__all__ = [
    "add_candidate_arguments",
    "add_device_argument",
    "add_model_argument",
    "candidate_options",
    "load_phonemizer",
    "load_speaker",
]
