# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training steps written down plainly, as a yardstick for the trainers: `benchmark_training.py` runs both.

One would write this from the formulas in plain PyTorch, and the published system trains so (docs/spec/training.md).
Modules and weights are ours, with all their improvements except those that the last two items undo:

- nothing is cached: log-mels are computed from waveforms when an utterance is loaded, F0 by the pitch extractor on
  the complete padded batch, alignments by the aligner in every step;
- the aligner's decoder does all its work once per token: embedding, cell, query, location convolution, logits;
- the monotonic path is searched on the host, utterance by utterance, in numpy, one column of tokens at a time (no
  Python loop over cells);
- crops, and the losses of the aligner, are taken utterance by utterance, with lengths read by `.item()`;
- discriminators get recordings and generated speech one after the other, once for their own step and again for the
  generator's, whose backward pass runs through both and computes gradients of discriminator weights that are not used;
- every loss is read by `.item()` after every step, and every module has its own AdamW with torch's defaults;
- adaptive norms of the decoder are an instance norm, then `(1 + gamma) * x + beta`; Snake is `x + sin(a x)^2 / a`,
  term by term;
- discriminators convolve the folded waveform as it is, with kernels (5, 1), and spectrograms in the default layout.

Where our order of updates differs from the published system's, the yardstick follows ours (docs/decisions/0009):
otherwise it would compute other losses.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import MethodType
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from transformers_tsukasa.audio.mel import energy_from_mel, log_mel_spectrogram
from transformers_tsukasa.models.layers.adaptive_norms import AdaptiveInstanceNorm
from transformers_tsukasa.models.tsukasa.training_models.alignment_search import token_scores_from_ctc
from transformers_tsukasa.models.tsukasa.training_models.discriminators import (
    NEGATIVE_SLOPE,
    TsukasaDiscriminatorOutput,
    TsukasaPeriodDiscriminator,
    TsukasaResolutionDiscriminator,
)
from transformers_tsukasa.models.tsukasa.vocoder.generator_stage import TsukasaAdaptiveSnakeConv
from transformers_tsukasa.training.losses import ctc_loss, discriminator_loss, mel_loss, relativistic_loss
from transformers_tsukasa.training.recipes.aligned_models import AlignedModels
from transformers_tsukasa.training.recipes.stage1 import Stage1Models


Timer = Callable[[str], AbstractContextManager]


def best_path(scores: np.ndarray) -> np.ndarray:
    """The best monotonic path through scores (tokens, frames) as zeros and ones, by dynamic programming."""
    tokens, frames = scores.shape
    best = np.full((frames, tokens), -np.inf, dtype=np.float32)
    best[0, 0] = scores[0, 0]
    for frame in range(1, frames):
        advanced = np.concatenate([[-np.inf], best[frame - 1, :-1]]).astype(np.float32)
        best[frame] = np.maximum(best[frame - 1], advanced) + scores[:, frame]
    path = np.zeros((tokens, frames), dtype=np.float32)
    token = tokens - 1
    for frame in range(frames - 1, -1, -1):
        path[token, frame] = 1.0
        if token > 0 and (token == frame or best[frame - 1, token] < best[frame - 1, token - 1]):
            token -= 1
    return path


def search_on_the_host(scores: torch.Tensor, token_lengths: torch.Tensor, frame_lengths: torch.Tensor):
    """`search_monotonic_alignment`, utterance by utterance in numpy."""
    values = scores.detach().float().cpu().numpy()
    paths = np.zeros_like(values)
    for item in range(len(values)):
        tokens, frames = token_lengths[item].item(), frame_lengths[item].item()
        paths[item, :tokens, :frames] = best_path(values[item, :tokens, :frames])
    return torch.from_numpy(paths).to(scores.device)


def decode_token_by_token(decoder: nn.Module, memory: torch.Tensor, frame_mask: torch.Tensor, input_ids):
    """`TsukasaAlignerDecoder.forward`, with everything inside the loop."""
    batch, frames, size = memory.shape
    hidden = cell = context = torch.zeros(batch, size).to(memory)
    weights = cumulative = torch.zeros(batch, frames).to(memory.device)
    logits, alignment = [], []
    keys = decoder.key(memory)
    for token in F.pad(input_ids, (1, 0), value=decoder.start_token_id).unbind(1):
        inputs = torch.cat([decoder.embedding(token), context], dim=1)
        hidden, cell = torch.lstm_cell(inputs, (hidden, cell), *decoder.cell(inputs.dtype))
        history = torch.stack([weights, cumulative], dim=1).to(memory.dtype)
        located = decoder.location_projection(decoder.location_conv(history).transpose(1, 2))
        energies = torch.tanh(decoder.query(hidden)[:, None] + keys + located)
        scores = decoder.score(energies)[..., 0].float().masked_fill(~frame_mask, float("-inf"))
        weights = torch.softmax(scores, dim=-1)
        cumulative = cumulative + weights
        context = torch.bmm(weights.to(memory.dtype)[:, None], memory)[:, 0]
        states = torch.tanh(decoder.hidden(torch.cat([hidden, context], dim=1)))
        logits.append(decoder.token_head(decoder.dropout(states)))
        alignment.append(weights)
    return torch.stack(logits, dim=1), torch.stack(alignment, dim=1)


def load(items: list[dict], device: torch.device) -> dict[str, torch.Tensor]:
    """Makes a padded batch of utterances and computes their log-mels."""
    mels = [log_mel_spectrogram(item["waveform"])[:, : item["mel"].shape[1]] for item in items]
    frames = max(mel.shape[1] for mel in mels)
    tokens = max(len(item["input_ids"]) for item in items)
    batch = {
        "mel": torch.zeros(len(items), mels[0].shape[0], frames),
        "input_ids": torch.zeros(len(items), tokens, dtype=torch.long),
        "token_lengths": torch.tensor([len(item["input_ids"]) for item in items]),
        "mel_lengths": torch.tensor([mel.shape[1] for mel in mels]),
    }
    for row, (item, mel) in enumerate(zip(items, mels, strict=True)):
        batch["mel"][row, :, : mel.shape[1]] = mel
        batch["input_ids"][row, : len(item["input_ids"])] = item["input_ids"]
    batch["token_mask"] = (torch.arange(tokens) < batch["token_lengths"][:, None]).long()
    batch = {name: value.to(device) for name, value in batch.items()}
    batch["waveforms"] = [item["waveform"].to(device) for item in items]
    return batch


def generator_losses(real: TsukasaDiscriminatorOutput, fake: TsukasaDiscriminatorOutput) -> dict[str, torch.Tensor]:
    """Losses of the generator, score by score and feature map by feature map; nothing is detached."""
    adversarial, matching = 0.0, 0.0
    for real_score, score in zip(real.scores, fake.scores, strict=True):
        adversarial = adversarial + ((1 - score) ** 2).mean() + relativistic_loss(score - real_score)
    for real_maps, fake_maps in zip(real.feature_maps, fake.feature_maps, strict=True):
        for real_map, fake_map in zip(real_maps, fake_maps, strict=True):
            matching = matching + F.l1_loss(fake_map.float(), real_map.float())
    return {"adversarial": adversarial, "feature_matching": matching}


def write_out(model: nn.Module) -> nn.Module:
    """Replaces adaptive norms, Snakes and discriminators of a model by their formulas, in place; returns the model."""
    for module in model.modules():
        if isinstance(module, AdaptiveInstanceNorm):
            module.forward = MethodType(_plain_norm, module)
        elif isinstance(module, TsukasaAdaptiveSnakeConv):
            module.activate = MethodType(_plain_activate, module)
            module.convolve = MethodType(_plain_convolve, module)
        elif isinstance(module, TsukasaPeriodDiscriminator):
            module.forward = MethodType(_plain_period, module)
        elif isinstance(module, TsukasaResolutionDiscriminator):
            module.forward = MethodType(_plain_resolution, module)
    return model


def _plain_norm(self, hidden_states, style, mask=None):
    if mask is not None:
        return AdaptiveInstanceNorm.forward(self, hidden_states, style, mask)
    trailing = [1] * (hidden_states.ndim - 2)
    scale, shift = (part.view(*part.shape, *trailing) for part in self.projection(style).chunk(2, dim=-1))
    return (1 + scale) * F.instance_norm(hidden_states, eps=self.eps) + shift


def _plain_activate(self, states, style):
    normed = self.norm(states, style)
    slope = self.slope[..., None]
    return normed + (1 / slope) * torch.sin(slope * normed) ** 2


def _plain_convolve(self, states):
    return self.conv(states.squeeze(2)).unsqueeze(2)


def _plain_period(self, waveform):
    folded = F.pad(waveform[:, None], (0, -waveform.shape[1] % self.period), mode="reflect")
    return _plain_discriminator_output(self, folded.unflatten(2, (-1, self.period)))


def _plain_resolution(self, waveform):
    return _plain_discriminator_output(self, self.magnitudes(waveform)[:, None])


def _plain_discriminator_output(self, states):
    states, features = states.to(self.conv_out.weight.dtype), []
    for conv in self.convs:
        states = F.leaky_relu(nn.Conv2d.forward(conv, states), NEGATIVE_SLOPE, inplace=True)
        features.append(states)
    features.append(nn.Conv2d.forward(self.conv_out, states))
    return TsukasaDiscriminatorOutput([features[-1].flatten(1).float()], [features])


def align(models: AlignedModels, batch: dict) -> dict[str, torch.Tensor]:
    """Outputs of the aligner, and the best path through them."""
    aligner, ids = models.text_aligner, batch["input_ids"]
    frame_lengths = batch["mel_lengths"] // 2
    memory = aligner.encode(batch["mel"], batch["mel_lengths"])
    frame_mask = torch.arange(memory.shape[1], device=memory.device) < frame_lengths[:, None]
    token_logits, raw = decode_token_by_token(aligner.decoder, memory, frame_mask, aligner.hide_tokens(ids))
    row = aligner.config.first_alignment_row
    soft = raw[:, row : row + ids.shape[1]] * batch["token_mask"][..., None]
    ctc_logits = aligner.ctc_logits(memory)
    scores = token_scores_from_ctc(ctc_logits, ids) if models.alignments.source == "ctc" else soft
    path = search_on_the_host(scores, batch["token_lengths"], frame_lengths)
    return {"soft_alignment": soft, "token_logits": token_logits, "ctc_logits": ctc_logits, "path": path}


class Crops(NamedTuple):
    """First text frame of every crop and of the clip for its style, and their common length in text frames."""

    starts: list[int]
    style_starts: list[int]
    frames: int


def draw_crops(models: AlignedModels, batch: dict) -> Crops:
    """Draws the crops, utterance by utterance."""
    lengths = [length.item() // 2 for length in batch["mel_lengths"]]
    frames = min(*lengths, models.max_crop_frames // 2)
    choices = torch.tensor([length - frames + 1 for length in lengths])
    draws = 2 if models.tts.config.multispeaker else 1
    starts = [(torch.rand(len(lengths), dtype=torch.float64) * choices).long().tolist() for _ in range(draws)]
    return Crops(starts[0], starts[-1], frames)


def cut(values: torch.Tensor, starts: list[int], length: int, scale: int = 1) -> torch.Tensor:
    """Crops of (batch, ..., frames), or of a list of waveforms: (batch, ..., scale * length)."""
    return torch.stack([row[..., scale * s : scale * (s + length)] for row, s in zip(values, starts, strict=True)])


class PlainStep:
    """Base of the plain steps.

    Args:
        discriminators: with weight norm.
        modules: the trained modules by name; each gets its own AdamW.
        loss_weights: of the generator's losses, by name.
        adamw: options of AdamW for every module, by name.
        max_grad_norm: for every module separately.
        autocast: context that the networks run in.
        timer: context that times a named part of the step.
    """

    def __init__(
        self,
        discriminators: nn.Module,
        modules: dict[str, nn.Module],
        loss_weights: dict[str, float],
        adamw: dict[str, dict],
        max_grad_norm: float,
        autocast: Callable[[], AbstractContextManager],
        timer: Timer,
    ) -> None:
        self.discriminators, self.modules = discriminators, {**modules, "discriminators": discriminators}
        self.loss_weights, self.max_grad_norm = loss_weights, max_grad_norm
        self.autocast, self.timer = autocast, timer
        self.optimizers = {
            name: torch.optim.AdamW(part.parameters(), **adamw[name]) for name, part in self.modules.items()
        }

    def update(self, losses: dict[str, torch.Tensor], recorded=None, generated=None) -> dict[str, float]:
        """Adversarial losses where waveforms are given, backward passes, clipping, optimizers; the losses by name."""
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        if recorded is not None:
            with self.timer("discriminators"), self.autocast():
                real, fake = self.discriminators(recorded), self.discriminators(generated)
            with self.timer("discriminators"):
                losses.update(generator_losses(real, fake))
        with self.timer("backward"):
            sum(self.loss_weights[name] * loss for name, loss in losses.items()).backward()
        if recorded is not None:
            with self.timer("discriminators"):
                self.optimizers["discriminators"].zero_grad()
                with self.autocast():
                    real, fake = self.discriminators(recorded), self.discriminators(generated.detach())
                losses["discriminator"] = discriminator_loss(real, fake)
                losses["discriminator"].backward()
        with self.timer("optimizers"):
            for name, part in self.modules.items():
                nn.utils.clip_grad_norm_(part.parameters(), self.max_grad_norm)
                self.optimizers[name].step()
        with self.timer("rest"):
            return {name: loss.item() for name, loss in losses.items()}


class PlainStage1(PlainStep):
    """A step of stage 1.

    Args:
        models: of stage 1.
        pitch_extractor: in evaluation mode.
        is_adversarial: whether discriminators take part.
        aligner_learns: whether the aligner is trained too.
        arguments: of `PlainStep`.
    """

    def __init__(
        self, models: Stage1Models, pitch_extractor: nn.Module, is_adversarial: bool, aligner_learns: bool, **arguments
    ) -> None:
        super().__init__(**arguments)
        self.models, self.pitch_extractor = models, pitch_extractor
        self.is_adversarial, self.aligner_learns = is_adversarial, aligner_learns

    def __call__(self, items: list[dict]) -> dict[str, float]:
        """One update; the losses by name."""
        voice = self.models.tts
        with self.timer("data"):
            batch = load(items, voice.device)
        is_soft = bool(torch.rand(()) < self.models.alignments.soft_share)
        with self.autocast():
            with self.timer("aligner"), torch.set_grad_enabled(self.aligner_learns):
                alignment_output = align(self.models, batch)
            with self.timer("features"), torch.no_grad():
                f0 = self.pitch_extractor(batch["mel"], mel_lengths=batch["mel_lengths"]).f0
            with self.timer("text"):
                text = voice.text_encoder(batch["input_ids"], batch["token_mask"])
            alignment = alignment_output["soft_alignment" if is_soft else "path"]
            aligned = (alignment.to(text.dtype).transpose(1, 2) @ text).transpose(1, 2)
            recorded, generated = self.speak(batch, aligned, f0)
        with self.timer("losses"):
            rate = voice.config.audio_config.sampling_rate
            losses = {"mel": mel_loss(generated.float(), recorded, rate)}
            if self.aligner_learns:
                losses.update(self.aligner_losses(batch, alignment_output))
        return self.update(losses, *((recorded, generated.float()) if self.is_adversarial else ()))

    def speak(self, batch: dict, aligned: torch.Tensor, f0: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Crops of every utterance: recorded and generated, (batch, samples)."""
        voice = self.models.tts
        starts, style_starts, frames = draw_crops(self.models, batch)
        with self.timer("style"):
            style = voice.acoustic_style_encoder(cut(batch["mel"], style_starts, frames, 2))
        with self.timer("decoder"):
            energy = energy_from_mel(cut(batch["mel"], starts, frames, 2))
            generated = voice.decoder(cut(aligned, starts, frames), cut(f0, starts, frames, 2), energy, style)
        return cut(batch["waveforms"], starts, frames, voice.config.samples_per_text_frame), generated

    def aligner_losses(self, batch: dict, output: dict) -> dict[str, torch.Tensor]:
        """Utterance by utterance, except for CTC, which torch computes for batches."""
        s2s, monotonic = 0.0, 0.0
        for row in range(len(batch["mel"])):
            tokens, frames = batch["token_lengths"][row].item(), batch["mel_lengths"][row].item() // 2
            logits = output["token_logits"][row, :tokens].float()
            s2s = s2s + F.cross_entropy(logits, batch["input_ids"][row, :tokens])
            soft, path = (output[name][row, :tokens, :frames] for name in ("soft_alignment", "path"))
            monotonic = monotonic + 10.0 * F.l1_loss(soft.float(), path)
        count = len(batch["mel"])
        ids, mask = batch["input_ids"], batch["token_mask"]
        frame_lengths = batch["mel_lengths"] // 2
        ctc = ctc_loss(output["ctc_logits"], frame_lengths, ids, mask, self.models.tts.config.pad_token_id)
        return {"s2s": s2s / count, "monotonic": monotonic / count, "ctc": ctc}


__all__ = ["PlainStage1", "PlainStep", "align", "cut", "draw_crops", "load", "write_out"]
