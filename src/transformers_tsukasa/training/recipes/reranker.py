# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Trains the contrastive model that chooses among candidates, with slips as hard negatives."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from typing import Any

import torch
import torch.nn.functional as F
from huggingface_hub.errors import StrictDataclassError
from torch.nn.utils.rnn import pad_sequence
from transformers import ClvpEncoderConfig

from ...data.corpus import PreparedCorpus
from ...model_folders import existing_folder, is_preset
from ...models.clvp.configuration_clvp import TsukasaClvpConfig
from ...models.clvp.modeling_clvp import TsukasaClvpModel
from ...models.layers.masking import lengths_to_mask
from ...models.strict_loading import load_complete
from ...models.tsukasa.configuration_tsukasa import read_preset
from ...utils.wording import suggestion
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.batches import Batch
from ..engine.phases import Loss, Phase
from ..engine.run_options import RunOptions, corpus_data, record_features
from ..engine.trained_modules import TrainedModels
from ..engine.trainer import PhasedTrainer
from .reranker_negatives import damaged, edited, with_hiss


CONTRASTING = Phase("contrasting", learns=("clvp",), losses=(Loss("text_to_speech"), Loss("speech_to_text")))

_TOWERS = ("text_config", "speech_config")
_MOST_EDITS = 3
_HISSING_SHARE = 0.1  # of the true recordings, so that noise alone does not tell a slip


@dataclass
class RerankerArguments(TsukasaTrainingArguments):
    """A run of the reranker.

    Args:
        edited_copies: of every text, with 1 to 3 edits, as further texts that its recording is not of.
        damaged_copies: of every recording, as further recordings that its text is not of.
    """

    edited_copies: int = field(default=1, metadata={"help": "edited copies of every text"})
    damaged_copies: int = field(default=1, metadata={"help": "damaged copies of every recording"})

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("edited_copies", "damaged_copies"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")


@dataclass
class RerankerRunOptions(RunOptions):
    """The model and the corpus that a run of the reranker starts from.

    Args:
        model: a preset of a Tsukasa model (.yaml), for a new reranker of its symbols and log-mels, or the folder of a
            reranker to train on.
        corpus: folder made by `tsukasa prepare`.
        clvp_config: of a new one, arguments of `TsukasaClvpConfig`.
    """

    clvp_config: dict | None = None


class RerankerModels(TrainedModels):
    """The contrastive model; a checkpoint is a folder that `TsukasaClvpModel.from_pretrained` loads.

    Args:
        clvp: that learns.
        edited_copies, damaged_copies: see `RerankerArguments`.
    """

    FOLDERS = {"": "clvp"}

    def __init__(self, clvp: TsukasaClvpModel, edited_copies: int = 1, damaged_copies: int = 1) -> None:
        super().__init__()
        self.clvp, self.edited_copies, self.damaged_copies = clvp, edited_copies, damaged_copies

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """`text_embeds` (texts, width) and `speech_embeds` (recordings, width) of a batch of `TsukasaDataCollator`,
        the true ones first and then the slips, and `scale`.

        Slips are drawn by torch's generator, which a checkpoint holds.
        """
        device = batch["mel"].device
        random = Random(int(torch.randint(2**62, ())))
        texts = [
            ids[mask.bool()].tolist() for ids, mask in zip(batch["input_ids"], batch["attention_mask"], strict=True)
        ]
        lengths = batch["mel_attention_mask"].sum(dim=1).tolist()
        mels = [mel[:, :length] for mel, length in zip(batch["mel"], lengths, strict=True)]
        wrong_texts = [
            edited(text, random.randint(1, _MOST_EDITS), random) for _ in range(self.edited_copies) for text in texts
        ]
        wrong_mels = [damaged(mel, random) for _ in range(self.damaged_copies) for mel in mels]
        if self.training:
            mels = [with_hiss(mel, random) if random.random() < _HISSING_SHARE else mel for mel in mels]
        rows = [torch.tensor(text, device=device) for text in (*texts, *wrong_texts)]
        token_lengths = torch.tensor([len(row) for row in rows], device=device)
        input_ids = pad_sequence(rows, batch_first=True)
        frames = torch.tensor([mel.shape[1] for mel in (*mels, *wrong_mels)], device=device)
        log_mels = pad_sequence([mel.T for mel in (*mels, *wrong_mels)], batch_first=True).transpose(1, 2)
        return {
            "text_embeds": self.clvp.get_text_features(input_ids, lengths_to_mask(token_lengths, input_ids.shape[1])),
            "speech_embeds": self.clvp.get_speech_features(log_mels, lengths_to_mask(frames, log_mels.shape[2])),
            "scale": self.clvp.scale,
        }


class RerankerTrainer(PhasedTrainer):
    """The trainer of the reranker; its model is `RerankerModels`."""

    PHASES = (CONTRASTING,)
    MODULES = {"clvp": "clvp"}
    OPTIONS = RerankerRunOptions
    ARGUMENTS = RerankerArguments

    model: RerankerModels
    args: RerankerArguments

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "RerankerTrainer":
        """The trainer of a run from a preset or a reranker."""
        config = None
        if is_preset(options.model):
            config = read_preset(options.model)
            clvp = TsukasaClvpModel(_new_config(options.clvp_config, config.vocab_size, config.audio_config))
        elif options.clvp_config is not None:
            raise ValueError(f"clvp_config is of a new reranker, but '{options.model}' (model) has one: leave it out")
        else:
            clvp = load_complete(TsukasaClvpModel, existing_folder(options.model, "model"))
        data = corpus_data(options.corpus, args, config, text="symbols")
        _record_profile(clvp, options)
        record_features(clvp, options)
        return cls(RerankerModels(clvp, args.edited_copies, args.damaged_copies), args, **data)

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """Cross-entropy of the right recording of every text among all, and of the right text of every recording.

        Recordings of one sentence are no slips of each other: they do not compete.
        """
        count = len(inputs["input_ids"])
        similarities = outputs["scale"] * outputs["text_embeds"] @ outputs["speech_embeds"].T
        similarities = similarities.masked_fill(_of_one_text(inputs, similarities.shape), float("-inf"))
        own = torch.arange(count, device=similarities.device)
        losses = {
            "text_to_speech": F.cross_entropy(similarities[:count], own),
            "speech_to_text": F.cross_entropy(similarities.T[:count], own),
        }
        return {name: loss for name, loss in losses.items() if phase.has(name)}

    def figures(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """`accuracy`, the share of recordings whose own text is the nearest of the true ones, and `prefers_true`, the
        share whose text is nearer than its edited copy."""
        count = len(inputs["input_ids"])
        similarities = outputs["speech_embeds"][:count] @ outputs["text_embeds"].T
        similarities = similarities.masked_fill(_of_one_text(inputs, similarities.shape), float("-inf"))
        own = torch.arange(count, device=similarities.device)
        figures = {"accuracy": (similarities[:, :count].argmax(dim=1) == own).float().mean()}
        if self.model.edited_copies:
            right, wrong = similarities[own, own], similarities[own, count + own]
            figures["prefers_true"] = (right > wrong).float().mean()
        return figures

    def export(self, folder: str | os.PathLike) -> Path:
        """The reranker as a folder."""
        with self.exported_weights():
            self.model.clvp.save_pretrained(folder)
        return Path(folder)


def _of_one_text(inputs: Batch, shape: Sequence[int]) -> torch.Tensor:
    """True, in a table of that shape of texts and recordings, where two different items have the same text."""
    ids = inputs["input_ids"]
    count = len(ids)
    is_same = (ids[:, None] == ids[None]).all(dim=-1) & ~torch.eye(count, dtype=torch.bool, device=ids.device)
    return F.pad(is_same, (0, shape[1] - count, 0, shape[0] - count))


def _new_config(given: dict | None, vocab_size: int, audio_config: Any) -> TsukasaClvpConfig:
    values = dict(given or {})
    _refuse_unknown("clvp_config", values, TsukasaClvpConfig)
    for tower in _TOWERS:
        _refuse_unknown(f"clvp_config.{tower}", values.get(tower) or {}, ClvpEncoderConfig)
    text = {**(values.get("text_config") or {}), "vocab_size": vocab_size}
    try:
        return TsukasaClvpConfig(**{**values, "text_config": text, "num_mel_bins": audio_config.num_mel_bins})
    except StrictDataclassError as error:
        raise ValueError(f"clvp_config cannot be used: {error.__cause__ or error}") from error


def _refuse_unknown(place: str, given: Any, config_class: type) -> None:
    """Refuse keys that a config would keep without a use."""
    if not isinstance(given, dict):
        raise ValueError(f"{place} must be a mapping, got {given!r}")
    known = [member.name for member in fields(config_class)]
    for key in given:
        if key not in known:
            raise ValueError(f"unknown key '{place}.{key}'{suggestion(key, known)}")


def _record_profile(clvp: TsukasaClvpModel, options: RunOptions) -> None:
    profile = PreparedCorpus(options.corpus).profile
    own = clvp.config.text_profile
    if own not in (None, profile):
        raise ValueError(
            f"the reranker '{options.model}' was trained with phonemes of profile '{own}', but the corpus has "
            f"'{profile}': prepare it with another `config`"
        )
    clvp.config.text_profile = profile


__all__ = ["CONTRASTING", "RerankerArguments", "RerankerModels", "RerankerRunOptions", "RerankerTrainer"]
