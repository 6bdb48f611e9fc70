# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published Tsukasa system as a source of conversions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...models.tsukasa.model_card import Ingredient
from ...models.tsukasa.processor_files import save_companions
from ..source import Checkpoint, ModulePlace, Shapes
from ..styletts2.source import StyleTTS2Source
from .kotodama_checkpoints import fetch_tokenizer, find_kotodama, read_kotodama
from .kotodama_keys import KOTODAMA_MODULES


_KOTODAMA_CONFIGS = {"prompt_enc": "prompt_encoder_config", "text_enc": "text_sampler_config"}
_TRAILING_CUT = 50  # samples that the original cuts at the end of every utterance


class TsukasaSource(StyleTTS2Source):
    """A published Tsukasa checkpoint, with the files of its repository; see `Source`."""

    system = "Tsukasa"
    language: str | None = "ja"

    def __init__(self, checkpoint: Checkpoint, config: str | Path | None, for_training: bool) -> None:
        super().__init__(checkpoint, config, for_training)
        self._kotodama_files = find_kotodama(checkpoint.files.names)
        self._kotodama = {part: read_kotodama(self._files, names) for part, names in self._kotodama_files.items()}
        self.modules = {**self.modules, **{part: encoder.state for part, encoder in self._kotodama.items()}}
        folders = {part: names[0].rsplit("/", 1)[0] for part, names in self._kotodama_files.items()}
        self.origins = {**self.origins, **folders}

    @staticmethod
    def recognizes(checkpoint: Checkpoint) -> bool:
        """Whether the text encoder or the prosody predictor has an xLSTM, as in no other system of the family."""
        return any(
            name.startswith("lstm.blocks.")
            for module in ("text_encoder", "predictor")
            for name in checkpoint.modules.get(module, ())
        )

    def configure(self, shapes: Mapping[str, Shapes]) -> tuple[TsukasaConfig, list[str]]:
        """The config of our model, with those of the Kotodama encoders; see `Source`."""
        config, notes = super().configure(shapes)
        if not self._kotodama:
            return config, notes
        encoders = {_KOTODAMA_CONFIGS[part]: encoder.config for part, encoder in self._kotodama.items()}
        # Built again, so that the new sub-configs become configs and are checked.
        return TsukasaConfig(**{**config.to_dict(), **encoders}), notes

    def _add_own_values(self, values: dict[str, Any], original: Mapping[str, Any], notes: list[str]) -> None:
        values["trailing_samples_cut"] = _TRAILING_CUT
        # The original trains with a pad at both ends and speaks without the last one, as its recorded results do.
        values["text_suffix_pad"] = False

    def speaking_modules(self, config: TsukasaConfig) -> dict[str, ModulePlace]:
        """The modules that make one model, the Kotodama encoders included; see `Source`."""
        return super().speaking_modules(config) | {part: KOTODAMA_MODULES[part] for part in self._kotodama}

    def write_processor(self, config: TsukasaConfig, folder: Path) -> list[str]:
        """Write tokenizers, feature extractor and processor; see `Source`."""
        tokenizers = {part: fetch_tokenizer(self._files, names) for part, names in self._kotodama_files.items()}
        return save_companions(config, folder, tokenizers)

    def credits(self) -> Sequence[Ingredient]:
        """None but the weights, whose card states their terms; see `Source`."""
        return []
