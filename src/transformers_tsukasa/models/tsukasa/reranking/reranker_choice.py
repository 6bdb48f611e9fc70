# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Which reranker scores the candidates of a model: the one given, or one of the model's own folder."""

import os
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import torch
from transformers import AutoModel, PreTrainedConfig

from ....hub import optional_model_file
from ....model_folders import CONFIG_NAME, check_holds_model
from ...strict_loading import check_complete, with_loading_info
from ..configuration_tsukasa import TsukasaConfig
from ..speaking.candidate_limits import RERANKER_FOLDERS, check_count
from ..speaking.candidates import CandidateOptions, Reranker, read_stop_score
from ..speaking.speaking_model import SpeakingModel
from ..training_models.text_aligner import TsukasaTextAligner
from .aligner_reranker import AlignerReranker
from .clvp_reranker import CLVP_MODEL_TYPE, ClvpReranker


RerankerChoice = str | os.PathLike | Reranker

_loaded: WeakKeyDictionary[Any, dict[str, Reranker]] = WeakKeyDictionary()
_loading = Lock()


def read_candidates(
    model: SpeakingModel,
    num_candidates: Any,
    reranker: RerankerChoice | None,
    stop_score: float | None,
    returns_candidates: bool,
) -> CandidateOptions:
    """The candidates that a call of `generate()` asks for; see its arguments, and `find_reranker` for the errors."""
    count = check_count(num_candidates)
    return CandidateOptions(
        count, find_reranker(model, reranker, count), read_stop_score(stop_score), returns_candidates
    )


def find_reranker(model: SpeakingModel, reranker: RerankerChoice | None, count: int) -> Reranker | None:
    """The reranker of a call; a network is loaded once for a model.

    Args:
        model: that speaks.
        reranker: a callable, a folder with a network that scores, the name of a kind for that of the model's folder,
            or `None` for the first kind that is there.
        count: of candidates; a single one needs no reranker.

    Raises:
        ValueError: when the model has no such reranker, or the reranker does not fit the model.
        TypeError: for anything that is neither a name, a folder nor a callable.
        OSError: when a folder is not there or cannot be read.
    """
    if reranker is None and count == 1:
        return None
    if callable(reranker):
        return reranker
    if reranker is not None and not isinstance(reranker, str | os.PathLike):
        raise TypeError(
            f"a reranker is {_kinds()}, a folder, or a callable of waveforms and input_ids, got "
            f"{type(reranker).__name__}"
        )
    with _loading:  # several threads may speak with one model
        loaded = _loaded.setdefault(model, {})
        key = "" if reranker is None else os.fspath(reranker)
        if key not in loaded:
            loaded[key] = _load(model, key)
        return loaded[key]


def load_reranker(folder: str | os.PathLike, config: TsukasaConfig, subfolder: str = "") -> Reranker:
    """Load the network of a folder as a reranker of models with a config.

    Raises:
        OSError, ValueError: when there is none, or it does not fit the config.
    """
    place = Path(folder, subfolder)
    if place.is_dir():
        check_holds_model(place)
    kind = PreTrainedConfig.get_config_dict(folder, subfolder=subfolder)[0].get("model_type")
    if kind == TsukasaTextAligner.config_class.model_type:
        aligner = TsukasaTextAligner.from_pretrained(folder, subfolder=subfolder, dtype=torch.float32)
        return AlignerReranker(aligner, config.audio_config)
    if kind == CLVP_MODEL_TYPE:
        loaded = AutoModel.from_pretrained(folder, subfolder=subfolder, dtype=torch.float32, output_loading_info=True)
        network, loading_info = with_loading_info(loaded)
        check_complete(place, loading_info)
        return ClvpReranker(network.eval(), config)
    raise ValueError(
        f"'{place}' holds a model of type '{kind}', which is no reranker: name the folder of an aligner, or of what "
        "`tsukasa train reranker` has made"
    )


def _load(model: SpeakingModel, name: str) -> Reranker:
    """The reranker of that name or folder; that of the model's own folder by default."""
    if name and name not in RERANKER_FOLDERS:
        if not Path(name).is_dir():
            raise FileNotFoundError(f"there is no folder '{name}' with a reranker: name one, or {_kinds()}")
        return load_reranker(name, model.config)
    folder = getattr(model, "name_or_path", None) or ""  # of transformers, for a model that was loaded
    wanted = [RERANKER_FOLDERS[name]] if name else list(RERANKER_FOLDERS.values())
    for subfolder in wanted if folder else ():
        if optional_model_file(folder, CONFIG_NAME, subfolder, {}) is not None:
            return load_reranker(folder, model.config, subfolder)
    raise ValueError(
        f"this model has no {name or 'reranker'} to choose among candidates with (its folder has no "
        f"{' and no '.join(map(repr, wanted))}): train one with `tsukasa train aligner` or `tsukasa train "
        "reranker`, and pass its folder as `reranker`"
    )


def _kinds() -> str:
    return " or ".join(map(repr, RERANKER_FOLDERS))


__all__ = ["RerankerChoice", "find_reranker", "load_reranker", "read_candidates"]
