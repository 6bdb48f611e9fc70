# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The base class of the models of this family that have a folder of their own."""

from torch import nn
from transformers import PreTrainedConfig
from transformers import initialization as init

from ..layers.strict_model import StrictPreTrainedModel
from .configuration_tsukasa import TsukasaConfig


class TsukasaPreTrainedModel(StrictPreTrainedModel):
    """Strict loading, weight norm for training, and the initial weights."""

    config_class: type[PreTrainedConfig] = TsukasaConfig
    base_model_prefix = "tsukasa"
    main_input_name = "input_ids"
    input_modalities = ["text"]
    output_modalities = ("audio",)
    supports_gradient_checkpointing = True
    _supports_sdpa = True

    def _init_weights(self, module):
        if isinstance(module, nn.LSTMCell):
            for name, parameter in module.named_parameters():
                if "weight" in name:
                    init.xavier_uniform_(parameter)
                else:
                    init.zeros_(parameter)
        else:
            super()._init_weights(module)


__all__ = ["TsukasaPreTrainedModel"]
