# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The training steps written down plainly, to measure the trainers against: `benchmark_training.py` runs both.

It is what one writes from the formulas in plain PyTorch, as the published system is (spec/training.md, "wrong or
weak", item 6). Modules and weights are ours, with every improvement inside of them but for those named last:

- nothing is cached: log-mels are computed from waveforms when an utterance is loaded, F0 by the pitch extractor on
  the whole padded batch, alignments by the aligner in every step;
- the aligner's decoder runs all it does once for every token: embedding, cell, query, location convolution, logits;
- the monotonic path is searched on the host, one utterance after the other, in numpy, a whole column of tokens at
  once (no Python loop over cells);
- crops, and the losses of the aligner, are taken utterance by utterance, with lengths read by `.item()`;
- discriminators hear recordings and generated speech one after the other, once for their own step and once more for
  the generator's, whose backward pass runs through both and computes gradients of their weights that nobody uses;
- every loss is read by `.item()` after every step, and every module has its own AdamW with torch's defaults;
- adaptive norms of the decoder are an instance norm, then `(1 + gamma) * x + beta`; Snake is `x + sin(a x)^2 / a`,
  term by term;
- discriminators convolve the folded waveform as it is folded, with kernels (5, 1), and pictures in torch's own layout.

Where the order of updates differs from the published system's, the yardstick follows ours (docs/decisions/0009), lest
it compute other losses.
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
from transformers_tsukasa.training.recipes.aligned_voice import AlignedModels
from transformers_tsukasa.training.recipes.stage1 import Stage1Models


Timer = Callable[[str], AbstractContextManager]


def one_path(scores: np.ndarray) -> np.ndarray:
    """The best monotonic path through (tokens, frames), zeros and ones: the usual dynamic programme."""
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


def searched_on_the_host(scores: torch.Tensor, token_lengths: torch.Tensor, frame_lengths: torch.Tensor):
    """`search_monotonic_alignment`, one utterance after the other in numpy."""
    values = scores.detach().float().cpu().numpy()
    paths = np.zeros_like(values)
    for item in range(len(values)):
        tokens, frames = token_lengths[item].item(), frame_lengths[item].item()
        paths[item, :tokens, :frames] = one_path(values[item, :tokens, :frames])
    return torch.from_numpy(paths).to(scores.device)


def spelled_token_by_token(decoder: nn.Module, memory: torch.Tensor, frame_mask: torch.Tensor, input_ids):
    """`TsukasaAlignerDecoder.forward`, with everything inside the loop."""
    batch, frames, size = memory.shape
    hidden = cell = context = torch.zeros(batch, size).to(memory)
    weights = cumulative = torch.zeros(batch, frames).to(memory.device)
    logits, alignment = [], []
    keys = decoder.key(memory)
    for token in F.pad(input_ids, (1, 0), value=decoder.start_token_id).unbind(1):
        hidden, cell = decoder.cell(torch.cat([decoder.embedding(token), context], dim=1), (hidden, cell))
        history = torch.stack([weights, cumulative], dim=1).to(memory.dtype)
        located = decoder.location_projection(decoder.location_conv(history).transpose(1, 2))
        compared = torch.tanh(decoder.query(hidden)[:, None] + keys + located)
        scores = decoder.score(compared)[..., 0].float().masked_fill(~frame_mask, float("-inf"))
        weights = torch.softmax(scores, dim=-1)
        cumulative = cumulative + weights
        context = torch.bmm(weights.to(memory.dtype)[:, None], memory)[:, 0]
        spelled = torch.tanh(decoder.hidden(torch.cat([hidden, context], dim=1)))
        logits.append(decoder.token_head(decoder.dropout(spelled)))
        alignment.append(weights)
    return torch.stack(logits, dim=1), torch.stack(alignment, dim=1)


def loaded(items: list[dict], device: torch.device) -> dict[str, torch.Tensor]:
    """Utterances to a padded batch, with log-mels computed now."""
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


def generator_losses(real: TsukasaDiscriminatorOutput, judged: TsukasaDiscriminatorOutput) -> dict[str, torch.Tensor]:
    """What the generator is told, score by score and map by map; nothing is detached."""
    adversarial, matching = 0.0, 0.0
    for real_score, score in zip(real.scores, judged.scores, strict=True):
        adversarial = adversarial + ((1 - score) ** 2).mean() + relativistic_loss(score - real_score)
    for real_maps, maps in zip(real.feature_maps, judged.feature_maps, strict=True):
        for real_map, one_map in zip(real_maps, maps, strict=True):
            matching = matching + F.l1_loss(one_map.float(), real_map.float())
    return {"adversarial": adversarial, "feature_matching": matching}


def written_out(model: nn.Module) -> nn.Module:
    """The model with its adaptive norms, Snakes and discriminators replaced by their formulas."""
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
    return _plainly_judged(self, folded.unflatten(2, (-1, self.period)))


def _plain_resolution(self, waveform):
    return _plainly_judged(self, self.magnitudes(waveform)[:, None])


def _plainly_judged(self, states):
    states, features = states.to(self.conv_out.weight.dtype), []
    for conv in self.convs:
        states = F.leaky_relu(conv(states), NEGATIVE_SLOPE, inplace=True)
        features.append(states)
    features.append(self.conv_out(states))
    return TsukasaDiscriminatorOutput([features[-1].flatten(1).float()], [features])


def listened(models: AlignedModels, batch: dict) -> dict[str, torch.Tensor]:
    """What the aligner hears, and the path through it."""
    aligner, ids = models.text_aligner, batch["input_ids"]
    frame_lengths = batch["mel_lengths"] // 2
    memory = aligner.encode(batch["mel"], batch["mel_lengths"])
    frame_mask = torch.arange(memory.shape[1], device=memory.device) < frame_lengths[:, None]
    token_logits, raw = spelled_token_by_token(aligner.decoder, memory, frame_mask, aligner.hide_tokens(ids))
    row = aligner.config.first_alignment_row
    soft = raw[:, row : row + ids.shape[1]] * batch["token_mask"][..., None]
    ctc_logits = aligner.ctc_logits(memory)
    scores = token_scores_from_ctc(ctc_logits, ids) if models.alignment_source == "ctc" else soft
    path = searched_on_the_host(scores, batch["token_lengths"], frame_lengths)
    return {"soft_alignment": soft, "token_logits": token_logits, "ctc_logits": ctc_logits, "path": path}


class Places(NamedTuple):
    """First text frames of every crop and of its style's, and their common length."""

    starts: list[int]
    style_starts: list[int]
    frames: int


def drawn_places(models: AlignedModels, batch: dict) -> Places:
    """Where an utterance is cropped, one after the other."""
    lengths = [length.item() // 2 for length in batch["mel_lengths"]]
    frames = min(*lengths, models.max_crop_frames // 2)
    rooms = torch.tensor([length - frames + 1 for length in lengths])
    draws = 2 if models.voice.config.multispeaker else 1
    starts = [(torch.rand(len(lengths), dtype=torch.float64) * rooms).long().tolist() for _ in range(draws)]
    return Places(starts[0], starts[-1], frames)


def cut(values: torch.Tensor, starts: list[int], length: int, scale: int = 1) -> torch.Tensor:
    """(batch, ..., frames), or a list of waveforms, to (batch, ..., scale * length), utterance by utterance."""
    return torch.stack([row[..., scale * s : scale * (s + length)] for row, s in zip(values, starts, strict=True)])


class PlainStep:
    """What the plain steps of both stages share.

    Args:
        discriminators: with weight norm.
        modules: parts that learn, by name; each gets an AdamW.
        loss_weights: of the generator's side.
        adamw: options of AdamW for every part, by name.
        max_grad_norm: for every module by itself.
        autocast: a context for the networks.
        timer: context for a named part of the step.
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
        """Adversarial losses where there are waveforms to judge, backward passes, clipping, optimizers, log."""
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        if recorded is not None:
            with self.timer("discriminators"), self.autocast():
                real, judged = self.discriminators(recorded), self.discriminators(generated)
            with self.timer("discriminators"):
                losses.update(generator_losses(real, judged))
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
        models: voice and aligner.
        pitch_extractor: in evaluation mode.
        is_adversarial: whether discriminators judge.
        aligner_learns: whether the aligner learns beside.
        The rest goes to `PlainStep`.
    """

    def __init__(
        self, models: Stage1Models, pitch_extractor: nn.Module, is_adversarial: bool, aligner_learns: bool, **arguments
    ) -> None:
        super().__init__(**arguments)
        self.models, self.pitch_extractor = models, pitch_extractor
        self.is_adversarial, self.aligner_learns = is_adversarial, aligner_learns

    def __call__(self, items: list[dict]) -> dict[str, float]:
        """One update; the losses by name."""
        voice = self.models.voice
        with self.timer("data"):
            batch = loaded(items, voice.device)
        is_soft = bool(torch.rand(()) < self.models.soft_alignment_share)
        with self.autocast():
            with self.timer("aligner"), torch.set_grad_enabled(self.aligner_learns):
                heard = listened(self.models, batch)
            with self.timer("features"), torch.no_grad():
                f0 = self.pitch_extractor(batch["mel"], mel_lengths=batch["mel_lengths"]).f0
            with self.timer("text"):
                text = voice.text_encoder(batch["input_ids"], batch["token_mask"])
            alignment = heard["soft_alignment"] if is_soft else heard["path"]
            aligned = (alignment.to(text.dtype).transpose(1, 2) @ text).transpose(1, 2)
            recorded, generated = self.speak(batch, aligned, f0)
        with self.timer("losses"):
            rate = voice.config.audio_config.sampling_rate
            losses = {"mel": mel_loss(generated.float(), recorded, rate)}
            if self.aligner_learns:
                losses.update(self.aligner_losses(batch, heard))
        return self.update(losses, *((recorded, generated.float()) if self.is_adversarial else ()))

    def speak(self, batch: dict, aligned: torch.Tensor, f0: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A crop of every utterance, as recorded and as generated."""
        voice = self.models.voice
        starts, style_starts, frames = drawn_places(self.models, batch)
        with self.timer("style"):
            style = voice.acoustic_style_encoder(cut(batch["mel"], style_starts, frames, 2))
        with self.timer("decoder"):
            energy = energy_from_mel(cut(batch["mel"], starts, frames, 2))
            generated = voice.decoder(cut(aligned, starts, frames), cut(f0, starts, frames, 2), energy, style)
        return cut(batch["waveforms"], starts, frames, voice.config.samples_per_text_frame), generated

    def aligner_losses(self, batch: dict, heard: dict) -> dict[str, torch.Tensor]:
        """Utterance by utterance, but for CTC, which torch has for batches."""
        s2s, monotonic = 0.0, 0.0
        for row in range(len(batch["mel"])):
            tokens, frames = batch["token_lengths"][row].item(), batch["mel_lengths"][row].item() // 2
            spelled = heard["token_logits"][row, :tokens].float()
            s2s = s2s + F.cross_entropy(spelled, batch["input_ids"][row, :tokens])
            soft, path = heard["soft_alignment"][row, :tokens, :frames], heard["path"][row, :tokens, :frames]
            monotonic = monotonic + 10.0 * F.l1_loss(soft.float(), path)
        count = len(batch["mel"])
        ids, mask = batch["input_ids"], batch["token_mask"]
        frame_lengths = batch["mel_lengths"] // 2
        ctc = ctc_loss(heard["ctc_logits"], frame_lengths, ids, mask, self.models.voice.config.pad_token_id)
        return {"s2s": s2s / count, "monotonic": monotonic / count, "ctc": ctc}


__all__ = ["PlainStage1", "PlainStep", "cut", "drawn_places", "listened", "loaded", "written_out"]
