# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The published Tsukasa system as a source of conversions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from transformers import PreTrainedModel

from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processor_files import save_companions
from ..checkpoint_reading import StateDict, read_module
from ..errors import ConversionError, shorten
from ..source import Checkpoint, ModulePlace, Shapes, TrainingPart
from .config_translation import read_yaml, translate_config
from .kotodama_checkpoints import fetch_tokenizer, read_kotodama
from .module_tables import KOTODAMA_MODULES, SPEAKING_MODULES, TRAINING_PARTS, speaking_modules
from .repository_layout import find_layout


_KOTODAMA_CONFIGS = {"prompt_enc": "prompt_encoder_config", "text_enc": "text_sampler_config"}
_TRAINING_MODULES = tuple(module for part in TRAINING_PARTS for module in part.modules)


class TsukasaSource:
    """A published Tsukasa checkpoint, with the files of its repository; see `Source`."""

    model_class: type[PreTrainedModel] = TsukasaModelForConditionalGeneration
    known_modules: Sequence[str] = (*SPEAKING_MODULES, *_TRAINING_MODULES)
    training_parts: Sequence[TrainingPart] = TRAINING_PARTS
    modules: Mapping[str, StateDict]
    origins: Mapping[str, str]

    def __init__(self, checkpoint: Checkpoint, config: str | Path | None, for_training: bool) -> None:
        self._files = checkpoint.files
        self._layout = find_layout(checkpoint.files.names, checkpoint.name, look_for_config=config is None)
        self._config_path = self._find_config(config)
        files, self._unused_files = self._choose_files(checkpoint, for_training)
        own = {module: _read_module_file(self._files.fetch(name), module) for module, name in files.items()}
        missing = [module for module in SPEAKING_MODULES if module not in {**checkpoint.modules, **own}]
        if missing:
            hint = "; the phoneme language model is looked for in Utils/PLBERT" if "bert" in missing else ""
            raise ConversionError(
                f"{checkpoint.name} lacks the modules {shorten(missing)}, which speaking needs{hint}"
            )
        kotodama = self._layout.kotodama
        self._kotodama = {part: read_kotodama(self._files, names) for part, names in kotodama.items()}
        encoders = {part: encoder.state for part, encoder in self._kotodama.items()}
        self.modules = {**checkpoint.modules, **own, **encoders}
        self.origins = files | {part: names[0].rsplit("/", 1)[0] for part, names in kotodama.items()}

    @staticmethod
    def recognizes(checkpoint: Checkpoint) -> bool:
        """Whether the text encoder or the prosody predictor has an xLSTM, as in no other system of the family."""
        return any(
            name.startswith("lstm.blocks.")
            for module in ("text_encoder", "predictor")
            for name in checkpoint.modules.get(module, ())
        )

    def _find_config(self, config: str | Path | None) -> Path | None:
        if config is not None:
            return None if str(config) == "none" else Path(config)
        return self._files.fetch(self._layout.config) if self._layout.config is not None else None

    def _choose_files(self, checkpoint: Checkpoint, for_training: bool) -> tuple[dict[str, str], list[str]]:
        """Files of modules that the checkpoint lacks, by module, and notes on those that are not used."""
        files, unused = {}, []
        for module, name in self._layout.auxiliary.items():
            if module in checkpoint.modules:
                unused.append(f"{name} is not used: the checkpoint has its own {module}")
            elif module in _TRAINING_MODULES and not for_training:
                unused.append(f"{name} is not used: only training needs the {module}")
            else:
                files[module] = name
        return files, unused

    def configure(self, shapes: Mapping[str, Shapes]) -> tuple[TsukasaConfig, list[str]]:
        """The config of our model, from config.yml and the shapes; see `Source`."""
        original = read_yaml(self._config_path) if self._config_path is not None else None
        plbert_path = self._layout.plbert_config
        plbert = read_yaml(self._files.fetch(plbert_path)) if plbert_path is not None else None
        config, notes = translate_config(shapes, original, plbert)
        notes = [*notes, *self._unused_files]
        if not self._kotodama:
            return config, notes
        encoders = {_KOTODAMA_CONFIGS[part]: encoder.config for part, encoder in self._kotodama.items()}
        # Built again, so that the new sub-configs become configs and are checked.
        return TsukasaConfig(**{**config.to_dict(), **encoders}), notes

    def speaking_modules(self, config: TsukasaConfig) -> dict[str, ModulePlace]:
        """The modules that make one model, the Kotodama encoders included; see `Source`."""
        return speaking_modules(config) | {part: KOTODAMA_MODULES[part] for part in self._kotodama}

    def write_processor(self, config: TsukasaConfig, folder: Path) -> list[str]:
        """Write tokenizers, feature extractor and processor; see `Source`."""
        tokenizers = {part: fetch_tokenizer(self._files, self._layout.kotodama[part]) for part in self._kotodama}
        return save_companions(config, folder, tokenizers)

    def clips(self) -> dict[str, Path]:
        """The repository's reference clips; see `Source`."""
        return {Path(name).stem: self._files.fetch(name) for name in self._layout.clips}


def _read_module_file(path: Path, module: str) -> StateDict:
    state = read_module(path)
    if module == "bert" and any(name.startswith("encoder.embeddings.") for name in state):
        # PL-BERT's own file holds the language model under `encoder.`, beside the heads of its training.
        return {name.removeprefix("encoder."): tensor for name, tensor in state.items()}
    return state
