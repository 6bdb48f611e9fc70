# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversion of the files of this family: VALL-E, VALL-E X and Vocos, which hold one network each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ...models.valle.codecs.vocos import VocosConfig, VocosModel
from ...models.valle.modeling_valle import VallEForConditionalGeneration
from ...models.valle.processing_valle import VallEProcessor
from ...models.valle.tokenization_valle import VallETokenizer
from ..checkpoint_reading import is_state_dict, strip_parallel_prefix
from ..conversion_report import Report, Row
from ..errors import ConversionError
from ..network_writing import write_network
from ..source_files import SourceFiles
from .configs import config_of, is_vall_e_x
from .keys import translate
from .symbols import find_symbols
from .vocos_keys import translate_vocos, vocos_config


_OWN_VALL_E = "ar_text_embedding.word_embeddings.weight"
_OWN_VOCOS = "feature_extractor.codebook_weights"


@dataclass(frozen=True)
class NetworkFile:
    """A checkpoint of one network, with the files around it.

    Args:
        files: of the source.
        name: the checkpoint's among them.
        state: its tensors.
        arguments: what training saved beside them.
    """

    files: SourceFiles
    name: str
    state: Mapping[str, torch.Tensor]
    arguments: Mapping[str, Any]

    @classmethod
    def recognized(cls, files: SourceFiles, name: str, content: Mapping) -> "NetworkFile | None":
        """The checkpoint that a file holds, if it is one of this family by the names of its tensors; else None."""
        wrapped = content.get("model")
        state = wrapped if is_state_dict(wrapped) else content if is_state_dict(content) else None
        if state is None:
            return None
        state = strip_parallel_prefix(state)
        if _OWN_VALL_E not in state and _OWN_VOCOS not in state:
            return None
        arguments = {key: value for key, value in content.items() if isinstance(value, (bool, int, float, str))}
        return cls(files, name, state, arguments if state is not content else {})

    def write(
        self,
        folder: Path,
        dtype: torch.dtype | None,
        max_shard_size: str,
        progress: Callable[[str], object] = lambda step: None,
    ) -> Report:
        """Write the model folder of the checkpoint.

        Args:
            folder: an empty folder.
            dtype: of the weights; that of the checkpoint by default.
            max_shard_size: size of the largest weights file.
            progress: receives a few words before each step that takes time.

        Returns:
            The report; its output is the folder that was written to.

        Raises:
            ConversionError: when the checkpoint does not fill a model, or its symbol table is missing.
        """
        progress(f"translating {self.name}")
        report = Report(source=f"{self.files}: {self.name}", output=str(folder))
        if _OWN_VOCOS in self.state:
            self._write_vocos(folder, dtype, max_shard_size, report)
        else:
            self._write_vall_e(folder, dtype, max_shard_size, report)
        return report

    def _write_vall_e(self, folder: Path, dtype: torch.dtype | None, max_shard_size: str, report: Report) -> None:
        config = config_of(self.state, self.arguments)
        tensors, tied = translate(self.state, config)
        # Before the weights are written, which takes time.
        tokenizer = self._tokenizer(config.text_vocab_size, folder, report)
        write_network(VallEForConditionalGeneration, config, tensors, folder, dtype, max_shard_size)
        VallEProcessor(tokenizer).save_pretrained(folder)
        for prefix, place in (("ar_", "autoregressive"), ("nar_", "refiner")):
            own = [name for name in self.state if name.startswith(prefix)]
            dropped = [name for name in tied if name in own]
            notes = [f"{len(dropped)} dropped (another name of an embedding)"] if dropped else []
            report.rows.append(Row(prefix, len(own), sum(self.state[name].numel() for name in own), place, notes))
        report.notes.append(
            "no codec is in the checkpoint: give the processor one (open_codec), to read clips and to make waveforms"
        )

    def _tokenizer(self, vocab_size: int, folder: Path, report: Report) -> VallETokenizer:
        if is_vall_e_x(self.state):
            return VallETokenizer()
        symbols = find_symbols(self.files, str(self.arguments.get("text_tokens", "")), vocab_size)
        report.notes.append(f"{len(symbols)} symbols of the corpus; phones must be given as its front end wrote them")
        return VallETokenizer.of_symbols(symbols, folder)

    def _write_vocos(self, folder: Path, dtype: torch.dtype | None, max_shard_size: str, report: Report) -> None:
        config: VocosConfig = vocos_config(self.state)
        tensors, dropped = translate_vocos(self.state)
        write_network(VocosModel, config, tensors, folder, dtype, max_shard_size)
        values = sum(tensor.numel() for tensor in self.state.values())
        notes = [f"{len(dropped)} dropped (computed, or of the EnCodec beside it)"] if dropped else []
        report.rows.append(Row("vocos", len(self.state), values, "vocos", notes))


def refuse_options(for_training: bool, voices: object, config: object, ignore: tuple[str, ...]) -> None:
    """Refuses what only conversions of other families use.

    Raises:
        ConversionError: naming the argument.
    """
    given = {"for_training": for_training, "voices": voices, "config": config, "ignore": ignore}
    for name, value in given.items():
        if value:
            raise ConversionError(f"`{name}` is not for a checkpoint of VALL-E, VALL-E X or Vocos: leave it out")


__all__ = ["NetworkFile", "refuse_options"]
