# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The base class of models with a folder of their own: strict loading, and weight norm for training."""

import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from transformers import PreTrainedModel
from transformers.utils import SAFE_WEIGHTS_INDEX_NAME, SAFE_WEIGHTS_NAME

from ...utils.atomic_files import settle_files
from ...utils.damaged_files import reading
from ..strict_loading import COPY_AGAIN, check_complete, check_model_type, with_loading_info
from .placement import execution_device
from .reparametrization import apply_norms, fold_norms, initialize_affine


_AFFINE = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)


class StrictPreTrainedModel(PreTrainedModel):
    """A model that loads all of its weights or none, and whose marked norms are put on for training."""

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path, *model_args, **kwargs):
        """Loads weights as transformers does, but refuses those of another model and incomplete ones.

        Raises:
            OSError: when there is no model.
            ValueError: when there is another model, its files are damaged, or weights are missing, too many or of
                another shape (`ignore_mismatched_sizes=True` allows the last).
        """
        path, wants_loading_info = pretrained_model_name_or_path, kwargs.pop("output_loading_info", False)
        config_class = cls.config_class
        if path is not None and kwargs.get("config") is None and config_class is not None:
            check_model_type(path, config_class.model_type, **kwargs)
        with reading(path, COPY_AGAIN, errors=(SafetensorError,)):
            loaded = super().from_pretrained(path, *model_args, output_loading_info=True, **kwargs)
        model, loading_info = with_loading_info(loaded)
        if path is not None:
            allowed = {"mismatched_keys": ()} if kwargs.get("ignore_mismatched_sizes") else {}
            check_complete(path, {**loading_info, **allowed})
        return (model, loading_info) if wants_loading_info else model

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> None:
        """Saves weights and config as transformers does, without leaving weights of an earlier model in the folder."""
        super().save_pretrained(save_directory, *args, **kwargs)
        if kwargs.get("is_main_process", True):
            _remove_other_weights(Path(save_directory))
            settle_files(save_directory, "*.safetensors")

    def post_init(self):
        # Norms come before the weights are initialised or loaded, so that both find the parameters they expect.
        if getattr(self.config, "weight_norm", False):
            apply_norms(self)
        super().post_init()

    @property
    def device(self) -> torch.device:
        """Device on which the model computes; its weights may lie elsewhere until then (see `execution_device`)."""
        return execution_device(self)

    @classmethod
    def is_custom_code(cls) -> bool:
        # In custom code, transformers skips the initialisers of modules without tensors of their own, lest they
        # overwrite loaded weights. Ours use only `transformers.initialization`, which leaves loaded weights alone.
        return False

    def apply_weight_norm(self) -> None:
        """Puts weight norm and spectral norm on, for training; outputs stay the same up to rounding."""
        apply_norms(self)
        self.config.weight_norm = True

    def remove_weight_norm(self) -> None:
        """Folds weight norm and spectral norm into the weights, for inference; the fold is exact."""
        fold_norms(self)
        self.config.weight_norm = False

    def _init_weights(self, module):
        if isinstance(module, _AFFINE):
            initialize_affine(module)
        else:
            super()._init_weights(module)
        # A module with parameters of its own initialises them itself.
        if hasattr(module, "initialize_parameters"):
            module.initialize_parameters()


def _remove_other_weights(folder: Path) -> None:
    """Keep one of two ways to store weights: transformers removes old shards, but not one file beside new shards.

    It would load that file.
    """
    is_sharded = any(folder.glob("model-*-of-*.safetensors"))
    (folder / (SAFE_WEIGHTS_NAME if is_sharded else SAFE_WEIGHTS_INDEX_NAME)).unlink(missing_ok=True)


__all__ = ["StrictPreTrainedModel"]
