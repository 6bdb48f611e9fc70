# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Kokoro as a source of conversions: v0.19, v1.0 and v1.1-zh, as checkpoints of torch or ONNX files."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from transformers import PreTrainedModel

from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...models.tsukasa.model_card import Ingredient
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processor_files import save_companions
from ...text.phonemes.symbols import KOKORO_SYMBOL_TO_ID
from ..checkpoint_reading import StateDict
from ..errors import ConversionError, shorten
from ..places import TENSORS_ALONE
from ..source import Checkpoint, ModulePlace, PublishedVoices, Shapes, TrainingPart
from ..source_files import matching
from ..styletts2.config_translation import PLBERT_WITHOUT_DROPOUT, complete_values, make_config
from ..styletts2.module_tables import TRAINING_PARTS, speaking_modules
from ..styletts2.symbol_table import complete_symbols, read_symbols
from ..voices import read_styles
from .config_translation import json_values, read_config


_MODULES = ("bert", "bert_encoder", "predictor", "decoder", "text_encoder")
_PACKS = ("voices/*.pt", "voices/*.bin", "voices*.npz", "voices*.bin", "voices*.json")
_DEFAULT_VOICES = {"kokoro": ("jf_alpha",), "ipa": ("af_heart", "af", "zf_001")}
# As in StyleTTS 2, which Kokoro was trained with; they are not published.
_DISCRIMINATORS = {"speech_language_model": "microsoft/wavlm-base-plus", "slm_hidden_size": 768, "slm_num_layers": 13}
_KONIWA = {
    "jf_gongitsune": "Gongitsune",
    "jf_nezumi": "Nezumi no Yomeiri",
    "jf_tebukuro": "Tebukuro o Kai ni",
    "jm_kumo": "Kumo no Ito",
}
_SEXES = {"f": "female", "m": "male"}
_LANGUAGES = {
    "a": "American English",
    "b": "British English",
    "e": "Spanish",
    "f": "French",
    "h": "Hindi",
    "i": "Italian",
    "j": "Japanese",
    "p": "Brazilian Portuguese",
    "z": "Chinese",
}


class KokoroSource:
    """A published Kokoro checkpoint, with config.json and voice packs; see `Source`."""

    system = "Kokoro"
    model_class: type[PreTrainedModel] = TsukasaModelForConditionalGeneration
    known_modules: Sequence[str] = _MODULES
    training_parts: Sequence[TrainingPart] = TRAINING_PARTS  # none of which is published
    modules: Mapping[str, StateDict]
    origins: Mapping[str, str] = {}
    language: str | None = None

    def __init__(self, checkpoint: Checkpoint, config: str | Path | None, for_training: bool) -> None:
        missing = [module for module in _MODULES if module not in checkpoint.modules]
        if missing:
            raise ConversionError(f"{checkpoint.name} lacks the modules {shorten(missing)}, which speaking needs")
        self._checkpoint = checkpoint
        self._config = self._read_config(config)
        self._symbols: dict[str, int] | None = None
        self._voices: list[str] = []
        self.modules = checkpoint.modules

    @staticmethod
    def recognizes(checkpoint: Checkpoint) -> bool:
        """Whether the prosody predictor has an LSTM, and neither style encoders nor style diffusion are published."""
        has_lstm = "lstm.weight_ih_l0" in checkpoint.modules.get("predictor", ())
        return has_lstm and not {"style_encoder", "diffusion"} & checkpoint.modules.keys()

    def _read_config(self, config: str | Path | None) -> dict[str, Any] | None:
        if config is not None:
            return None if str(config) == TENSORS_ALONE else read_config(Path(config))
        place = self._beside("config.json")
        return read_config(self._checkpoint.files.fetch(place)) if place is not None else None

    def _beside(self, name: str) -> str | None:
        """A file beside the checkpoint."""
        place = str(PurePosixPath(self._checkpoint.name).with_name(name))
        return place if place in self._checkpoint.files.names else None

    def configure(self, shapes: Mapping[str, Shapes]) -> tuple[TsukasaConfig, list[str]]:
        """The config of our model, from config.json and the shapes; see `Source`."""
        notes = list(self._checkpoint.notes)
        values = complete_values(shapes, json_values(self._config or {}), notes)
        if self._config is None:
            notes.append("no config.json: 24 kHz audio with Kokoro's window and hop was assumed")
        self._symbols = complete_symbols(self._find_symbols(notes), values["vocab_size"], notes)
        is_japanese = self._symbols is not None and KOKORO_SYMBOL_TO_ID.items() <= self._symbols.items()
        self.language = "ja" if is_japanese else "en" if self._symbols is None else None
        values["plbert_config"] |= PLBERT_WITHOUT_DROPOUT
        values["discriminator_config"] |= _DISCRIMINATORS
        values["decoder_config"]["istft_window_precision"] = "float32"
        values |= {
            "style_encoder_config": None,
            "style_diffusion_config": None,
            "text_profile": "kokoro" if is_japanese else "ipa",
            "text_suffix_pad": True,
        }
        return make_config(values), notes

    def _find_symbols(self, notes: list[str]) -> dict[str, int] | None:
        """The table in config.json or vocab.json; without one, that of the version, and None for StyleTTS 2's."""
        if self._config is not None and isinstance(self._config.get("vocab"), dict):
            return self._config["vocab"]
        table = self._beside("vocab.json")
        if table is not None:
            return read_symbols(self._checkpoint.files.fetch(table))
        if self._checkpoint.is_wrapped:  # v0.19 is stored as StyleTTS 2 is, and has its symbols
            return None
        name = PurePosixPath(self._checkpoint.name).name
        if "zh" in name:
            raise ConversionError(
                f"{name} has a symbol table of its own, which is in its config.json: put it beside the file, or name "
                "it in `config`"
            )
        notes.append("no config.json: the symbol table of Kokoro v1.0 was assumed")
        return dict(KOKORO_SYMBOL_TO_ID)

    def speaking_modules(self, config: TsukasaConfig) -> dict[str, ModulePlace]:
        """The five published modules; see `Source`."""
        return {module: place for module, place in speaking_modules(config).items() if module in _MODULES}

    def write_processor(self, config: TsukasaConfig, folder: Path) -> list[str]:
        """Write tokenizer, feature extractor and processor; see `Source`."""
        return save_companions(config, folder, symbols=self._symbols)

    def speech_options(self) -> dict[str, Any]:
        """Styles are never drawn; a model that never learned accents gets those of the dictionary; see `Source`."""
        return {"alpha": 0.0, "beta": 0.0} | ({"accent_strength": 1.0} if self.language == "ja" else {})

    def voices(self, config: TsukasaConfig) -> PublishedVoices:
        """Those of the voice packs beside the checkpoint; see `Source`."""
        files = self._checkpoint.files
        packs = next((found for pattern in _PACKS if (found := matching(files.names, pattern))), [])
        styles = read_styles([files.fetch(name) for name in packs], config)
        self._voices = list(styles)
        wanted = _DEFAULT_VOICES["kokoro" if self.language == "ja" else "ipa"]
        return PublishedVoices(
            styles=styles,
            descriptions={name: _describe(name) for name in styles},
            default=next((name for name in wanted if name in styles), None),
        )

    def credits(self) -> Sequence[Ingredient]:
        """Kokoro's authors, and the recordings that are to be named; see `Source`."""
        recorded = [f"{name} ({_KONIWA[name]})" for name in self._voices if name in _KONIWA]
        koniwa = Ingredient(
            "voices", "Koniwa", "CC BY", f"The voices {', '.join(recorded)} learned from recordings of Koniwa."
        )
        return [Ingredient("system", "hexgrad/Kokoro-82M", "Apache-2.0"), *([koniwa] if recorded else [])]


def _describe(name: str) -> str:
    """`jf_alpha` -> `Kokoro, Japanese, female`: the first letters of a published name tell language and sex."""
    letters = name.partition("_")[0]
    known = len(letters) == 2 and letters[0] in _LANGUAGES and letters[1] in _SEXES
    return f"Kokoro, {_LANGUAGES[letters[0]]}, {_SEXES[letters[1]]}" if known else "Kokoro"
