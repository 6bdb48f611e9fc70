# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Trains one of VALL-E's two networks with transformers' Trainer: first the autoregressive one, then the refiner.

The networks share nothing: each is trained as a model of its own, in any order, and both are saved in one folder.
"""

import math
from typing import Any

import numpy as np
import torch
from transformers import Trainer, TrainingArguments

from ...models.valle.configuration_valle import VallEConfig
from ...models.valle.modeling_valle import VallEForCausalLM, VallERefiner
from ..engine.batches import EpochBatchSampler, EpochDataLoader
from .targets import LONGEST_PROMPT, Prefix, autoregressive_inputs, refiner_inputs
from .utterances import CodedUtterances, collate_utterances


class VallETrainer(Trainer):
    """A Trainer of `model.autoregressive` or `model.refiner`.

    Batches hold utterances of similar length, up to a number of seconds. Stages and prompts of the refiner are drawn
    from the seed, the epoch and the utterances of a batch, so that a resumed run draws what a straight one does.

    Args:
        network: of a model, with the weights to start from.
        args: of transformers; batches are made by seconds, whatever `per_device_train_batch_size` is.
        utterances: to learn from.
        eval_utterances: to measure the loss on, always with the same draws.
        max_seconds_per_batch: of a batch, padding included.
        count_padding: whether an end is learned on every frame of padding too, as the original does.
        keywords: others of transformers' Trainer, such as `optimizers` with `ScaledAdam` and `Eden`.
    """

    def __init__(
        self,
        network: VallEForCausalLM | VallERefiner,
        args: TrainingArguments,
        utterances: CodedUtterances,
        eval_utterances: CodedUtterances | None = None,
        max_seconds_per_batch: float = 80.0,
        count_padding: bool = False,
        **keywords: Any,
    ) -> None:
        self.max_frames_per_batch = int(max_seconds_per_batch * network.config.frame_rate)
        self.count_padding = count_padding
        self._config: VallEConfig = network.config
        self._is_autoregressive = isinstance(network, VallEForCausalLM)
        args.remove_unused_columns = False
        super().__init__(
            network, args, collate_utterances, train_dataset=utterances, eval_dataset=eval_utterances, **keywords
        )

    def get_train_dataloader(self) -> EpochDataLoader:
        """Batches by seconds; accelerate must not distribute them again."""
        return self._loader(self.train_dataset, shuffle=True)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> EpochDataLoader:
        """The longest utterances first, always in the same order."""
        return self._loader(self.eval_dataset if eval_dataset is None else eval_dataset, shuffle=False)

    def _loader(self, utterances: Any, shuffle: bool) -> EpochDataLoader:
        sampler = EpochBatchSampler(
            utterances,
            utterances.lengths,
            self.max_frames_per_batch,
            seed=self.args.seed if self.args.data_seed is None else self.args.data_seed,
            num_replicas=self.args.world_size,
            rank=self.args.process_index,
            shuffle=shuffle,
        )
        return EpochDataLoader(
            utterances,
            batch_sampler=sampler,
            collate_fn=self.data_collator,
            num_workers=self.args.dataloader_num_workers,
        )

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """The mean cross entropy of a batch, of one stage in the refiner's case."""
        text = {name: inputs[name] for name in ("text_ids", "text_mask", "language_ids") if name in inputs}
        codes, lengths = inputs["codes"], inputs["lengths"]
        if self._is_autoregressive:
            own = autoregressive_inputs(codes, lengths, self._config, self.count_padding)
            output = model(**own, **text)
        else:
            draws = self._draws(inputs["indices"], model.training)
            stage = int(draws.integers(1, self._config.num_codebooks))
            utterances = self.train_dataset if model.training else self.eval_dataset
            prefix = draw_prefix(draws, inputs, self._config, utterances)
            output = model(stage=stage, **refiner_inputs(codes, lengths, stage, prefix, self._config), **text)
        return (output.loss, output) if return_outputs else output.loss

    def prediction_step(
        self, model: Any, inputs: dict[str, Any], prediction_loss_only: bool, ignore_keys: Any = None
    ) -> tuple[torch.Tensor, None, None]:
        """The loss of a batch of evaluation; its logits are as many as its vocabulary and are not kept."""
        with torch.no_grad(), self.compute_loss_context_manager():
            loss = self.compute_loss(model, self._prepare_inputs(inputs))
        return loss.detach().mean(), None, None

    def _draws(self, indices: torch.Tensor, is_training: bool) -> np.random.Generator:
        """Random numbers of a batch; those of evaluation are the same in every epoch."""
        epoch = math.floor(self.state.epoch or 0) + 1 if is_training else 0
        return np.random.default_rng((self.args.seed, epoch, *indices.tolist()))


def draw_prefix(
    draws: np.random.Generator, batch: dict[str, torch.Tensor], config: VallEConfig, utterances: Any
) -> Prefix:
    """The prompts of a batch of the refiner, in the prefix mode of the model (docs/spec/valle.md, 4).

    Args:
        draws: random numbers.
        batch: of `collate_utterances`.
        config: of the model.
        utterances: `CodedUtterances` of the batch; only for prefix mode 4.
    """
    lengths, mode = batch["lengths"], config.prefix_mode
    quarter = int(lengths.min()) // 4
    if mode == 0:
        return Prefix()
    if mode == 1:
        return Prefix(min(int(draws.integers(quarter, 2 * quarter)), LONGEST_PROMPT))
    if mode == 2:
        length = min(quarter, LONGEST_PROMPT)
        starts = draws.integers(0, (lengths - length).cpu().numpy() + 1)
        return Prefix(length, starts=torch.from_numpy(starts).to(lengths.device))
    others = [_other_of_speaker(draws, index, utterances) for index in batch["indices"].tolist()]
    length = min(LONGEST_PROMPT, *(len(codes) for codes in others))
    begins = [int(draws.integers(0, len(codes) - length + 1)) for codes in others]
    pieces = [codes[begin : begin + length] for codes, begin in zip(others, begins, strict=True)]
    return Prefix(length, codes=torch.stack(pieces).long().to(lengths.device))


def _other_of_speaker(draws: np.random.Generator, index: int, utterances: CodedUtterances) -> torch.Tensor:
    """The codes of another utterance of the same speaker, or of the same where there is no other."""
    own = utterances.of_speaker[utterances.utterances[index].speaker]
    others = [other for other in own if other != index] or own
    return utterances.utterances[others[int(draws.integers(len(others)))]].codes


__all__ = ["VallETrainer", "draw_prefix"]
