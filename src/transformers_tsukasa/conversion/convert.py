# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa convert`: a published checkpoint becomes a model folder.

Read the files, fold the norms, translate config and names, check every shape, write. Weights stay mapped from disk
until they are written, and only folded ones take memory of their own.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from ..models.tsukasa.configuration_tsukasa import TsukasaConfig
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.processor_files import save_companions
from .checkpoint_reading import StateDict, read_module, read_modules
from .clip_voices import clips_in_folder, save_voices
from .conversion_report import Report, Row
from .errors import ConversionError, shorten
from .norm_folding import StoredTensor, fold
from .output_folder import appearing_folder
from .source_files import HubFiles, LocalFiles, open_source
from .tsukasa.config_translation import read_yaml, translate_config
from .tsukasa.kotodama_checkpoints import fetch_tokenizer, read_kotodama
from .tsukasa.module_tables import (
    KOTODAMA_MODULES,
    SPEAKING_MODULES,
    TRAINING_PARTS,
    TranslatedModule,
    check_against,
    speaking_modules,
    translate_module,
)
from .tsukasa.source_layout import Layout, find_layout


_KOTODAMA_CONFIGS = {"prompt_enc": "prompt_encoder_config", "text_enc": "text_sampler_config"}
_TRAINING_MODULES = {module for part in TRAINING_PARTS for module in part.modules}


@dataclass
class _Original:
    """What was read of the source: tensors by module, and where each came from."""

    files: LocalFiles | HubFiles
    layout: Layout
    modules: dict[str, StateDict]
    origins: dict[str, str]
    unused_files: list[str]
    folded: dict[str, dict[str, StoredTensor]] = field(default_factory=dict)


def convert(
    source: str | os.PathLike,
    output: str | os.PathLike,
    *,
    checkpoint: str | None = None,
    config: str | os.PathLike | None = None,
    for_training: bool = False,
    voices: str | os.PathLike | None = None,
    dtype: torch.dtype | None = None,
    ignore: tuple[str, ...] = (),
    overwrite: bool = False,
    max_shard_size: str = "5GB",
) -> Report:
    """Converts an original checkpoint into a model folder.

    Args:
        source (`str`): a folder laid out like the published repository, a .pth file, or a hub id.
        output (`str`): the folder to write; it appears whole or not at all.
        checkpoint (`str`, *optional*): which .pth file of the source, when there are several.
        config (`str`, *optional*): the checkpoint's config.yml; `"none"` to go by the tensors alone.
        for_training (`bool`, *optional*, defaults to `False`):
            whether aligner, pitch extractor and discriminators are kept, in sub-folders.
        voices (`str`, *optional*): a folder of clips to make named voices of, in place of those of the source.
        dtype (`torch.dtype`, *optional*): type of the weights; that of the checkpoint by default.
        ignore (`tuple[str, ...]`, *optional*): modules of unknown names to leave out.
        overwrite (`bool`, *optional*, defaults to `False`): whether a folder that is not empty is replaced.
        max_shard_size (`str`, *optional*, defaults to `"5GB"`): largest weights file.

    Returns:
        [`Report`]: what was used and dropped.

    Raises:
        ConversionError: with one sentence on what is wrong with source, config or output.
    """
    with appearing_folder(Path(output), overwrite) as folder:
        original = _read(source, checkpoint, config, for_training)
        report = Report(source=f"{original.files}: {original.layout.checkpoint}", output=str(output))
        _refuse_unknown_modules(original, ignore)
        tsukasa_config, kotodama = _configure(original, config, report)
        tensors = _translate_speaking(original, tsukasa_config, kotodama, report)
        _save(TsukasaModelForConditionalGeneration, tsukasa_config, tensors, folder, dtype, max_shard_size)
        del tensors
        for part in TRAINING_PARTS:
            if for_training:
                _save_training_part(part, original, tsukasa_config, folder, dtype, report)
        _report_dropped(original, for_training, ignore, report)
        tokenizers = {part: fetch_tokenizer(original.files, original.layout.kotodama[part]) for part in kotodama}
        save_companions(tsukasa_config, folder, tokenizers, report.notes)
        clips = clips_in_folder(Path(voices)) if voices is not None else _source_clips(original)
        report.voices = save_voices(clips, folder, report.notes)
    return report


def _read(source, checkpoint: str | None, config, for_training: bool) -> _Original:
    files, named = open_source(source)
    layout = find_layout(files.names, checkpoint or named, look_for_config=config is None)
    modules = read_modules(files.fetch(layout.checkpoint))
    original = _Original(files, layout, modules, dict.fromkeys(modules, ""), [])
    for module, name in layout.auxiliary.items():
        if module in modules:
            original.unused_files.append(f"{name} is not used: the checkpoint has its own {module}")
        elif module in _TRAINING_MODULES and not for_training:
            original.unused_files.append(f"{name} is not used: only training needs the {module}")
        else:
            state = read_module(files.fetch(name))
            modules[module] = _strip_plbert_prefix(state) if module == "bert" else state
            original.origins[module] = name
    missing = [module for module in SPEAKING_MODULES if module not in modules]
    if missing:
        hint = "; the phoneme language model is looked for in Utils/PLBERT" if "bert" in missing else ""
        raise ConversionError(f"{layout.checkpoint} lacks the modules {shorten(missing)}, which speaking needs{hint}")
    for module, state in modules.items():
        try:
            original.folded[module] = fold(state)
        except ConversionError as error:
            raise ConversionError(f"the module '{module}': {error}") from error
    return original


def _strip_plbert_prefix(state: StateDict) -> StateDict:
    """PL-BERT's own file holds the language model under `encoder.`, beside the heads of its training."""
    if not any(name.startswith("encoder.embeddings.") for name in state):
        return state
    return {name.removeprefix("encoder."): tensor for name, tensor in state.items()}


def _refuse_unknown_modules(original: _Original, ignore: tuple[str, ...]) -> None:
    known = {*SPEAKING_MODULES, *_TRAINING_MODULES, *ignore}
    unknown = [module for module in original.modules if module not in known]
    if unknown:
        raise ConversionError(
            f"{original.layout.checkpoint} has modules of unknown names: {shorten(unknown)}; leave them out with "
            "--ignore"
        )


def _configure(original: _Original, config, report: Report) -> tuple[TsukasaConfig, dict[str, StateDict]]:
    """The config, and the tensors of the Kotodama encoders, whose configs are part of it."""
    files, layout = original.files, original.layout
    path = None
    if config is not None and str(config) != "none":
        path = Path(config)
    elif config is None and layout.config is not None:
        path = files.fetch(layout.config)
    plbert = read_yaml(files.fetch(layout.plbert_config)) if layout.plbert_config else None
    shapes = {module: {name: t.shape for name, t in folded.items()} for module, folded in original.folded.items()}
    tsukasa_config, notes = translate_config(shapes, read_yaml(path) if path else None, plbert)
    report.notes += [*notes, *original.unused_files]
    kotodama = {}
    for name, file_names in layout.kotodama.items():
        kotodama[name], values = read_kotodama(files, file_names)
        setattr(tsukasa_config, _KOTODAMA_CONFIGS[name], values)
    # Built again, so that the new sub-configs become configs and are checked.
    return TsukasaConfig(**tsukasa_config.to_dict()) if kotodama else tsukasa_config, kotodama


def _translate_speaking(
    original: _Original, config: TsukasaConfig, kotodama: Mapping[str, StateDict], report: Report
) -> dict[str, StoredTensor]:
    """Every tensor of the speaking model by our name."""
    tensors: dict[str, StoredTensor] = {}
    for module, room in speaking_modules(config).items():
        translated = translate_module(module, original.modules[module], original.folded[module], room)
        tensors |= translated.tensors
        report.rows.append(_row(module, translated, original.origins[module]))
    for module, state in kotodama.items():
        room = KOTODAMA_MODULES[module]
        translated = translate_module(module, state, fold(state), room)
        tensors |= translated.tensors
        report.rows.append(_row(module, translated, original.layout.kotodama[module][0].rsplit("/", 1)[0]))
    return tensors


def _row(module: str, translated: TranslatedModule, origin: str, folder: str = "") -> Row:
    place = folder or next(iter(translated.tensors)).split(".")[0]
    notes = [f"from {origin}"] if origin else []
    notes += [f"{len(names)} dropped ({reason}): {shorten(names, 1)}" for reason, names in translated.dropped.items()]
    return Row(module, translated.stored, translated.values, place, notes)


def _save_training_part(part, original: _Original, config: TsukasaConfig, folder: Path, dtype, report: Report) -> None:
    """A sub-folder for one network of training, if the source has it."""
    present = [module for module in part.modules if module in original.modules]
    if not present:
        report.notes.append(f"no {part.folder} in the source: training starts it anew")
        return
    missing = [module for module in part.modules if module not in present]
    if missing:
        raise ConversionError(f"{original.layout.checkpoint} has {shorten(present)} but not {shorten(missing)}")
    tensors: dict[str, StoredTensor] = {}
    for module, room in part.modules.items():
        translated = translate_module(module, original.modules[module], original.folded[module], room)
        tensors |= translated.tensors
        report.rows.append(_row(module, translated, original.origins[module], f"{part.folder}/"))
    _save(part.model_class, getattr(config, part.config), tensors, folder / part.folder, dtype, "5GB")


def _report_dropped(original: _Original, for_training: bool, ignore: tuple[str, ...], report: Report) -> None:
    for module, state in original.modules.items():
        reason = ""
        if module in ignore:
            reason = "left out by --ignore"
        elif module in _TRAINING_MODULES and not for_training:
            reason = "only training needs it (--for-training keeps it)"
        if reason:
            values = sum(tensor.numel() for tensor in state.values())
            report.rows.append(Row(module, len(state), values, "dropped", [reason]))


def _source_clips(original: _Original) -> dict[str, Path]:
    return {Path(name).stem: original.files.fetch(name) for name in original.layout.clips}


def _save(
    model_class: type[PreTrainedModel],
    config: Any,
    tensors: Mapping[str, StoredTensor],
    folder: Path,
    dtype: torch.dtype | None,
    max_shard_size: str,
) -> None:
    """Writes config and weights of one network; the network itself stays without memory."""
    with torch.device("meta"):
        model = model_class(config)
    check_against(model, tensors, type(model).__name__)
    model.to(dtype or _common_dtype(tensors))
    precise = set(model._keep_in_fp32_modules_strict or ())
    state = {}
    for name, tensor in tensors.items():
        value = tensor.make()
        if value.is_floating_point():
            if not torch.isfinite(value).all():
                raise ConversionError(f"the checkpoint is broken: {tensor.sources[0]} holds NaN or infinity ({name})")
            if dtype is not None and not precise.intersection(name.split(".")):
                value = value.to(dtype)
        # LSTM weights saved on a GPU are pieces of one storage, which safetensors would refuse.
        is_whole = value.is_contiguous() and value.untyped_storage().nbytes() == value.nbytes
        state[name] = value if is_whole else value.clone(memory_format=torch.contiguous_format)
    model.save_pretrained(folder, state_dict=state, max_shard_size=max_shard_size)


def _common_dtype(tensors: Mapping[str, StoredTensor]) -> torch.dtype:
    """The type of most values."""
    sizes: dict[torch.dtype, int] = {}
    for tensor in tensors.values():
        if tensor.dtype.is_floating_point:
            sizes[tensor.dtype] = sizes.get(tensor.dtype, 0) + torch.Size(tensor.shape).numel()
    return max(sizes, key=sizes.get)
