# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""StyleTTS 2 as a source of conversions: the models of LJSpeech and LibriTTS, and fine-tunes of these."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...models.tsukasa.model_card import Ingredient
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processor_files import save_companions
from ..checkpoint_reading import StateDict, read_module
from ..errors import ConversionError, shorten
from ..places import TENSORS_ALONE
from ..source import Checkpoint, ModulePlace, PublishedVoices, Shapes, TrainingPart
from .config_translation import PLBERT_WITHOUT_DROPOUT, complete_values, make_config, read_yaml, yaml_values
from .module_tables import SPEAKING_MODULES, TRAINING_PARTS, speaking_modules
from .repository_layout import find_layout
from .symbol_table import complete_symbols, read_symbols, written_symbols


_TRAINING_MODULES = tuple(module for part in TRAINING_PARTS for module in part.modules)
_MULTISPEAKER_CUT = 50  # samples that the notebook of the model of many speakers cuts at the end
_MULTISPEAKER_LONG_FORM_CUT = 100  # and at the end of every sentence of a longer text
_SINGLE_SPEAKER_FRAMES = 5  # text frames by which that of the single speaker prolongs the last token
_HIFIGAN_DELAY = 1  # text frames by which the expanded states of models with HiFi-GAN lag
# Training measures the deviation of styles, and writes it into config.yml.
_SINGLE_SPEAKER_SIGMA, _MULTISPEAKER_SIGMA = 0.45731624995853165, 0.19926648961191362
_CONDITIONS = (
    "StyleTTS 2 is (c) 2023 Aaron (Yinghao) Li, MIT. Its pre-trained models may be used on the condition that "
    "listeners are told that the speech is synthetic, unless the speaker has agreed to the use of the voice."
)


class StyleTTS2Source:
    """A published StyleTTS 2 checkpoint, with the files of its repository; see `Source`."""

    system = "StyleTTS 2"
    model_class: type[PreTrainedModel] = TsukasaModelForConditionalGeneration
    known_modules: Sequence[str] = (*SPEAKING_MODULES, *_TRAINING_MODULES)
    training_parts: Sequence[TrainingPart] = TRAINING_PARTS
    modules: Mapping[str, StateDict]
    origins: Mapping[str, str]
    language: str | None = "en"

    def __init__(self, checkpoint: Checkpoint, config: str | Path | None, for_training: bool) -> None:
        self._files = checkpoint.files
        self._layout = find_layout(checkpoint.files.names, checkpoint.name, look_for_config=config is None)
        self._config_path = self._find_config(config)
        self._symbols: dict[str, int] | None = None
        files, self._unused_files = self._choose_files(checkpoint, for_training)
        own = {module: _read_module_file(self._files.fetch(name), module) for module, name in files.items()}
        missing = [module for module in SPEAKING_MODULES if module not in {**checkpoint.modules, **own}]
        if missing:
            hint = "; the phoneme language model is looked for in Utils/PLBERT" if "bert" in missing else ""
            raise ConversionError(
                f"{checkpoint.name} lacks the modules {shorten(missing)}, which speaking needs{hint}"
            )
        self.modules = {**checkpoint.modules, **own}
        self.origins = files

    @staticmethod
    def recognizes(checkpoint: Checkpoint) -> bool:
        """Whether the prosody predictor has an LSTM, and there is a style encoder or style diffusion."""
        has_lstm = "lstm.weight_ih_l0" in checkpoint.modules.get("predictor", ())
        return has_lstm and any(module in checkpoint.modules for module in ("style_encoder", "diffusion"))

    def _find_config(self, config: str | Path | None) -> Path | None:
        if config is not None:
            return None if str(config) == TENSORS_ALONE else Path(config)
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
        notes: list[str] = []
        original = read_yaml(self._config_path) if self._config_path is not None else {}
        plbert_path = self._layout.plbert_config
        plbert = read_yaml(self._files.fetch(plbert_path)) if plbert_path is not None else {}
        values = complete_values(shapes, yaml_values(original, plbert), notes)
        if self._config_path is None:
            notes.append(f"no config.yml: 24 kHz audio with {self.system}'s window and hop was assumed")
        self._add_own_values(values, original, notes)
        return make_config(values), [*notes, *self._unused_files]

    def _add_own_values(self, values: dict[str, Any], original: Mapping[str, Any], notes: list[str]) -> None:
        """Add what neither config.yml nor shapes have: the way of the published notebooks from text to speech."""
        table = self._layout.symbols
        found = read_symbols(self._files.fetch(table)) if table is not None else written_symbols(original)
        self._symbols = complete_symbols(found, values["vocab_size"], notes)
        if self._symbols is not None:
            self.language = None
        is_single = not values["multispeaker"]
        if "sigma_data" not in values["style_diffusion_config"]:
            sigma_data = _SINGLE_SPEAKER_SIGMA if is_single else _MULTISPEAKER_SIGMA
            values["style_diffusion_config"]["sigma_data"] = sigma_data
            notes.append(f"sigma_data is in no file: {sigma_data:.4f} of the published model of this kind was assumed")
        values["plbert_config"] |= PLBERT_WITHOUT_DROPOUT
        values["text_profile"] = "ipa"
        values["text_suffix_pad"] = False
        values["trailing_samples_cut"] = 0 if is_single else _MULTISPEAKER_CUT
        values["long_form_samples_cut"] = None if is_single else _MULTISPEAKER_LONG_FORM_CUT
        values["final_frames_added"] = _SINGLE_SPEAKER_FRAMES if is_single else 0
        is_hifigan = values["decoder_config"]["generator_type"] == "hifigan"
        values["alignment_delay"] = _HIFIGAN_DELAY if is_hifigan else 0

    def speaking_modules(self, config: TsukasaConfig) -> dict[str, ModulePlace]:
        """The modules that make one model; see `Source`."""
        return speaking_modules(config)

    def write_processor(self, config: TsukasaConfig, folder: Path) -> list[str]:
        """Write tokenizer, feature extractor and processor; see `Source`."""
        return save_companions(config, folder, symbols=self._symbols)

    def speech_options(self) -> dict[str, Any]:
        """None: the notebooks' alpha, beta and steps are our defaults; see `Source`."""
        return {}

    def voices(self, config: TsukasaConfig) -> PublishedVoices:
        """Those of the repository's reference clips; see `Source`."""
        return PublishedVoices(clips={Path(name).stem: self._files.fetch(name) for name in self._layout.clips})

    def credits(self) -> Sequence[Ingredient]:
        """The conditions of StyleTTS 2's authors; see `Source`."""
        return [Ingredient("system", self.system, "MIT", _CONDITIONS)]


def _read_module_file(path: Path, module: str) -> StateDict:
    state = read_module(path)
    if module == "bert" and any(name.startswith("encoder.embeddings.") for name in state):
        # PL-BERT's own file holds the language model under `encoder.`, beside the heads of its training.
        return {name.removeprefix("encoder."): tensor for name, tensor in state.items()}
    return state
