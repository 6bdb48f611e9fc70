# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The extra update of the joint phase written down plainly; see `training_yardstick.py`.

Plain beyond that and stage 2: durations are expanded to frames utterance by utterance, all texts of a batch go through
the text encoder instead of only those that are used, and the speech language model encodes the clips again for the
discriminator.
"""

import torch
from torch import nn

from training_yardstick import PlainStep, cut, load
from training_yardstick_stage2 import styles_of_references
from transformers_tsukasa.models.tsukasa.training_models.alignment_search import soft_alignment_from_logits
from transformers_tsukasa.models.tsukasa.training_models.discriminators import stack_hidden_states
from transformers_tsukasa.training.losses import slm_discriminator_loss, slm_generator_loss
from transformers_tsukasa.training.recipes.aligned_models import draw_starts
from transformers_tsukasa.training.recipes.stage2.arguments import Stage2Arguments
from transformers_tsukasa.training.recipes.stage2.models import Stage2Models
from transformers_tsukasa.training.recipes.stage2.slm_speech import choose_clips, draw_styles
from transformers_tsukasa.training.speech_models.speech_language_model import SpeechLanguageModel


class PlainAdversary(PlainStep):
    """An update of the discriminator on a speech language model, and of the generator against it.

    Args:
        models: of stage 2.
        speech_language_model: frozen.
        options: of the run.
        arguments: of `PlainStep`.
    """

    def __init__(
        self, models: Stage2Models, speech_language_model: SpeechLanguageModel, options: Stage2Arguments, **arguments
    ) -> None:
        super().__init__(**arguments)
        self.models, self.speech_language_model, self.options = models, speech_language_model, options

    def __call__(self, items: list[dict]) -> dict[str, float]:
        """One update; the losses by name."""
        voice, discriminator = self.models.tts, self.discriminators
        with self.timer("data"):
            batch = load(items, voice.device)
            batch["references"] = [item["input_features"].to(voice.device) for item in items]
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        voice.zero_grad()
        with self.autocast():
            recorded, generated = self.speak(batch)
            with self.timer("discriminators"):
                loss = slm_generator_loss(discriminator(None, self.states(generated)).scores[0])
        with self.timer("backward"):
            (self.loss_weights["slm_adversarial"] * loss).backward()
        with self.timer("discriminators"):
            discriminator.zero_grad()
            with self.autocast():
                with torch.no_grad():
                    real, fake = self.states(recorded), self.states(generated.detach())
                scores = (discriminator(None, states).scores[0] for states in (real, fake))
                discriminator_loss = slm_discriminator_loss(*scores)
            discriminator_loss.backward()
        with self.timer("optimizers"):
            self.scale_gradients()
            for name, part in self.modules.items():
                nn.utils.clip_grad_norm_(part.parameters(), self.max_grad_norm)
                self.optimizers[name].step()
        return {"slm_adversarial": loss.item(), "slm_discriminator": discriminator_loss.item()}

    def states(self, waveform: torch.Tensor) -> torch.Tensor:
        """All hidden states of clips, stacked along the channels."""
        states, _ = self.speech_language_model(waveform.float(), self.models.tts.config.sampling_rate)
        return stack_hidden_states(states).float()

    def speak(self, batch: dict) -> tuple[torch.Tensor, torch.Tensor]:
        """Clips of recordings, and of texts spoken in sampled styles, (clips, samples)."""
        voice, ids, mask = self.models.tts, batch["input_ids"], batch["token_mask"]
        with self.timer("text"):
            text, plbert = voice.encode_text(ids, mask)
        with self.timer("style"), torch.no_grad():
            reference = styles_of_references(voice, batch)
        with self.timer("diffusion"):
            style = draw_styles(voice, plbert, mask, reference)
        with self.timer("prosody"):
            encoded = voice.encode_prosody(plbert, style, mask)
            logits = voice.prosody_predictor.predict_durations(encoded)
            expanded = [
                soft_alignment_from_logits(row[None, : length.item()])
                for row, length in zip(logits, batch["token_lengths"], strict=True)
            ]
        spoken_lengths = torch.cat([length for _, length in expanded])
        recorded_lengths = batch["mel_lengths"] // 2
        rows, frames, _ = choose_clips(torch.minimum(spoken_lengths, recorded_lengths), self.options.clip_window)
        starts = draw_starts(spoken_lengths[rows], frames).tolist()
        chosen = rows.tolist()
        spoken = []
        for row, start in zip(chosen, starts, strict=True):
            alignment = expanded[row][0][0, :, start : start + frames]
            states = [part[row, : len(alignment)] for part in (text, encoded)]
            spoken.append([alignment.to(part.dtype).T @ part for part in states])
        aligned_text, aligned_prosody = (torch.stack(part) for part in zip(*spoken, strict=True))
        with self.timer("prosody"):
            f0, energy = voice.contours(aligned_prosody, style[rows])
        samples = voice.config.samples_per_text_frame
        recorded_starts = draw_starts(recorded_lengths[rows], frames).tolist()
        recorded = cut([batch["waveforms"][row] for row in chosen], recorded_starts, frames, samples)
        with self.timer("decoder"):
            return recorded, voice.speak(aligned_text, f0, energy, style[rows], noise_scale=1.0)

    def scale_gradients(self) -> None:
        """Scales down all gradients where the predictor's norm is too large; sensitive modules further."""
        voice = self.models.tts
        predictor = voice.prosody_predictor
        norm = sum((weight.grad**2).sum() for weight in predictor.parameters() if weight.grad is not None) ** 0.5
        if norm.item() > self.options.slm_max_gradient:
            for weight in voice.parameters():
                if weight.grad is not None:
                    weight.grad /= norm
        for part in (predictor.duration_projection, predictor.duration_mlstm, voice.style_diffusion):
            for weight in part.parameters():
                if weight.grad is not None:
                    weight.grad *= self.options.slm_gradient_scale


__all__ = ["PlainAdversary"]
