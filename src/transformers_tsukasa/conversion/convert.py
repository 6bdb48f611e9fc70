# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The part of `tsukasa convert` that all published systems share: a published checkpoint becomes a model folder.

Read the files, fold the norms, translate config and names, check every shape, write. Weights stay mapped from disk
until they are written, and only folded ones take memory of their own. Everything that differs between published
systems is hidden by the protocol `Source`.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig

from ..models.tsukasa.configuration_tsukasa import TsukasaConfig
from ..models.tsukasa.model_card import CARD_NAME, Ingredient, keep_written_card, write_model_card
from ..utils.wording import counted
from .checkpoint_reading import modules_in, read_checkpoint
from .conversion_report import Report, Row
from .errors import ConversionError, shorten
from .hierspeech.discriminators import DISCRIMINATORS
from .hierspeech.speechsr import SPEECHSR
from .hierspeech.synthesizer import SYNTHESIZERS
from .kokoro.installed_packages import KOKORO_MODEL, installed_kokoro
from .kokoro.onnx_weights import read_onnx_modules
from .kokoro.source import KokoroSource
from .network_writing import write_network
from .norm_folding import StoredTensor, fold
from .places import check_given, new_folder
from .single_network import PublishedNetwork, convert_network, find_network
from .source import Checkpoint, ModulePlace, Source, TrainingPart
from .source_files import SourceFiles, choose_checkpoint, open_files
from .styletts2.source import StyleTTS2Source
from .translation import TranslatedModule, translate_module
from .tsukasa.source import TsukasaSource
from .valle.convert_valle import NetworkFile, refuse_options
from .voices import given_voices, save_voices


SOURCES: tuple[type[Source], ...] = (TsukasaSource, StyleTTS2Source, KokoroSource)
"""The published systems that can be converted."""

NETWORKS: tuple[PublishedNetwork, ...] = (SPEECHSR, *SYNTHESIZERS, DISCRIMINATORS)
"""Networks that are published alone."""

Folded = Mapping[str, Mapping[str, StoredTensor]]
"""Tensors with norms folded, by module and published name."""


@dataclass(frozen=True)
class _Translation:
    """Tensors by our names, and the report's rows on the modules they come from."""

    tensors: dict[str, StoredTensor] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def convert(
    source: str | os.PathLike | SourceFiles,
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
    progress: Callable[[str], object] = lambda step: None,
) -> Report:
    """Convert a published checkpoint into a model folder. The source is only read.

    Args:
        source: a folder laid out like the published repository, a .pth or .onnx file, a hub id, or `"kokoro"` for
            the installed packages of the extra `kokoro`; also files that were opened before.
        output: the folder to write; it appears complete or not at all.
        checkpoint: which .pth or .onnx file of the source, when there are several.
        config: the checkpoint's config.yml or config.json; `"none"` to go by the tensors alone.
        for_training: whether aligner, pitch extractor and discriminators are kept, in sub-folders.
        voices: a folder of clips to make named voices of, or of voice packs, or a voice pack, in place of the voices
            of the source.
        dtype: type of the weights; that of the checkpoint by default.
        ignore: modules of unknown names to leave out.
        overwrite: whether a folder that is not empty is replaced.
        max_shard_size: size of the largest weights file.
        progress: receives a few words before each step that takes time.

    Returns:
        The report: what was used and dropped.

    Raises:
        ConversionError: with one sentence on what is wrong with source, config or output.
        ImportError: when a package is missing that reads the source.
        BlockingIOError: when another process writes the same folder.
        OSError: when the disk is full.
    """
    check_given(config, voices)
    with new_folder(Path(output), overwrite) as folder:
        progress(f"reading {source}")
        original = _read_checkpoint(source, checkpoint)
        if isinstance(original, NetworkFile):
            refuse_options(for_training, voices, config, ignore)
            return replace(original.write(folder, dtype, max_shard_size, progress), output=str(output))
        progress(f"translating {original.name}")
        network = find_network(NETWORKS, original)
        if network is not None:
            given_config = None if config is None else Path(config)
            rows, notes = convert_network(network, original, given_config, folder, dtype, max_shard_size, for_training)
            return Report(f"{original.files}: {original.name}", str(output), rows, notes=notes)
        published = _choose_source(original)(original, None if config is None else Path(config), for_training)
        folded = _fold(published)
        _refuse_unknown_modules(original, published, ignore)
        shapes = {module: {name: stored.shape for name, stored in state.items()} for module, state in folded.items()}
        model_config, notes = published.configure(shapes)

        progress("writing the model")
        speaking = _translate(published, folded, published.speaking_modules(model_config))
        write_network(published.model_class, model_config, speaking.tensors, folder, dtype, max_shard_size)
        rows = speaking.rows
        del speaking
        for part in published.training_parts if for_training else ():
            if any(module in published.modules for module in part.modules):
                progress(f"writing {part.folder}")
                rows = rows + _write_training_part(part, published, folded, model_config, folder, dtype)
            else:
                notes = [*notes, f"no {part.folder} in the source: its training starts from scratch"]
        rows = rows + _dropped_rows(published, for_training, ignore)

        notes = notes + published.write_processor(model_config, folder)
        _save_speech_options(published.speech_options(), folder)
        theirs = published.voices if voices is None else partial(given_voices, Path(voices))
        named = theirs(model_config)
        progress(f"writing {counted(len(named.clips) + len(named.styles), 'voice')}")
        voice_names, voice_notes = save_voices(named, folder, model_config)
        keep_written_card(output, folder)
        made_by = f"Converted from {original.name} by transformers-tsukasa."
        write_model_card(folder, made_by, [_weights(original), *published.credits()], published.language)
    return Report(
        source=f"{original.files}: {original.name}",
        output=str(output),
        rows=rows,
        voices=voice_names,
        notes=notes + voice_notes,
    )


def _read_checkpoint(source: str | os.PathLike | SourceFiles, wanted: str | None) -> Checkpoint | NetworkFile:
    """The checkpoint of a source, whose file is read once whatever it turns out to hold."""
    files, named = _open(source)
    name = choose_checkpoint(files.names, wanted or named)
    path = files.fetch(name)
    if name.lower().endswith(".onnx"):
        stored = read_onnx_modules(path)
    else:
        content = read_checkpoint(path)
        network_file = NetworkFile.recognized(files, name, content)
        if network_file is not None:
            return network_file
        stored = modules_in(content, path)
    return Checkpoint(files, name, stored.modules, stored.is_wrapped, stored.notes)


def _open(source: str | os.PathLike | SourceFiles) -> tuple[SourceFiles, str | None]:
    """The files of a source, and the name of the checkpoint among them if the source is one."""
    if not isinstance(source, (str, os.PathLike)):
        return source, None
    if source == KOKORO_MODEL and not os.path.exists(source):
        return installed_kokoro(), None
    return open_files(os.fspath(source))


def _save_speech_options(options: Mapping[str, Any], folder: Path) -> None:
    """Change those of the model that was written to `folder`."""
    generation_config = GenerationConfig.from_pretrained(folder)
    for name, value in options.items():
        setattr(generation_config, name, value)
    generation_config.save_pretrained(folder)


def _weights(original: Checkpoint) -> Ingredient:
    """The published weights, with the card of their repository."""
    card = original.files.fetch(CARD_NAME) if CARD_NAME in original.files.names else None
    return Ingredient.weights(str(original.files), card)


def _choose_source(checkpoint: Checkpoint) -> type[Source]:
    for source in SOURCES:
        if source.recognizes(checkpoint):
            return source
    names = shorten([name or "none, but tensors without a module" for name in checkpoint.modules])
    known = [*(source.system for source in SOURCES), *(network.system for network in NETWORKS)]
    systems = ", ".join(dict.fromkeys(known))
    raise ConversionError(
        f"{checkpoint.name} belongs to no published system that can be converted ({systems}): it has the modules "
        f"{names}"
    )


def _fold(published: Source) -> Folded:
    folded = {}
    for module, state in published.modules.items():
        try:
            folded[module] = fold(state)
        except ConversionError as error:
            raise ConversionError(f"the module '{module}': {error}") from error
    return folded


def _refuse_unknown_modules(checkpoint: Checkpoint, published: Source, ignore: tuple[str, ...]) -> None:
    unknown = [module for module in checkpoint.modules if module not in {*published.known_modules, *ignore}]
    if unknown:
        raise ConversionError(
            f"{checkpoint.name} has modules of unknown names: {shorten(unknown)}; leave them out with `ignore`"
        )


def _translate(published: Source, folded: Folded, places: Mapping[str, ModulePlace], folder: str = "") -> _Translation:
    """Translate modules into one network; `folder` is named as their place in the report."""
    result = _Translation()
    for module, place in places.items():
        translated = translate_module(module, published.modules[module], folded[module], place)
        result.tensors.update(translated.tensors)
        result.rows.append(_row(module, translated, published.origins.get(module, ""), folder))
    return result


def _row(module: str, translated: TranslatedModule, origin: str, folder: str) -> Row:
    place = folder or next(iter(translated.tensors)).split(".")[0]
    notes = [f"from {origin}"] if origin else []
    notes += [f"{len(names)} dropped ({reason}): {shorten(names, 1)}" for reason, names in translated.dropped.items()]
    return Row(module, translated.stored, translated.values, place, notes)


def _write_training_part(
    part: TrainingPart,
    published: Source,
    folded: Folded,
    config: TsukasaConfig,
    folder: Path,
    dtype: torch.dtype | None,
) -> list[Row]:
    """Write a sub-folder for a network that only training needs; return the report's rows."""
    missing = [module for module in part.modules if module not in published.modules]
    if missing:
        present = [module for module in part.modules if module in published.modules]
        raise ConversionError(f"the source has {shorten(present)} but not {shorten(missing)}")
    translation = _translate(published, folded, part.modules, f"{part.folder}/")
    write_network(part.model_class, getattr(config, part.config), translation.tensors, folder / part.folder, dtype)
    return translation.rows


def _dropped_rows(published: Source, for_training: bool, ignore: tuple[str, ...]) -> list[Row]:
    training = {module for part in published.training_parts for module in part.modules}
    rows = []
    for module, state in published.modules.items():
        reason = ""
        if module in ignore:
            reason = "left out by `ignore`"
        elif module in training and not for_training:
            reason = "only training needs it (`for_training=True` keeps it)"
        if reason:
            values = sum(tensor.numel() for tensor in state.values())
            rows.append(Row(module, len(state), values, "dropped", [reason]))
    return rows
