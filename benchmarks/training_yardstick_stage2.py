# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The step of stage 2 written down plainly; see `training_yardstick.py`.

Plain beyond that:

- styles of complete utterances are encoded utterance by utterance (weight norms are computed once for the loop);
- the unary code of durations is written token by token, and duration losses are taken utterance by utterance;
- only the aligner and the pitch extractor are frozen: all other modules get gradients, trained or not.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize

from training_yardstick import PlainStep, align, cut, draw_crops, load
from transformers_tsukasa.audio.mel import energy_from_mel
from transformers_tsukasa.training.losses import energy_loss, f0_loss, mel_loss, style_loss
from transformers_tsukasa.training.recipes.stage2.models import Stage2Models
from transformers_tsukasa.training.recipes.stage2.slm_speech import draw_styles
from transformers_tsukasa.training.speech_models.speech_language_model import SpeechLanguageModel, speech_feature_loss


def encode_one_by_one(encoder: nn.Module, mels: list[torch.Tensor]) -> torch.Tensor:
    """Styles of clips (num_mel_bins, frames), one at a time: (clips, style_dim)."""
    with parametrize.cached():
        return torch.cat([encoder(mel[None]) for mel in mels])


def styles_of_references(voice: nn.Module, batch: dict) -> torch.Tensor:
    """Both styles of the reference of every utterance, (batch, 2 * style_dim)."""
    encoders = voice.acoustic_style_encoder, voice.prosodic_style_encoder
    return torch.cat([encode_one_by_one(encoder, batch["references"]) for encoder in encoders], dim=-1).float()


class PlainStage2(PlainStep):
    """A step of stage 2, without the update of the adversary on the speech language model.

    Args:
        models: of stage 2.
        pitch_extractor: in evaluation mode.
        draws_styles: whether the style sampler is trained and discriminators take part.
        decoder_learns: whether recordings are the target, as in the joint phase.
        speech_language_model: whose hidden states of recorded and generated speech are compared; None for neither.
        arguments: of `PlainStep`.
    """

    def __init__(
        self,
        models: Stage2Models,
        pitch_extractor: nn.Module,
        draws_styles: bool,
        decoder_learns: bool = False,
        speech_language_model: SpeechLanguageModel | None = None,
        **arguments,
    ) -> None:
        super().__init__(**arguments)
        self.models, self.pitch_extractor = models, pitch_extractor
        self.draws_styles, self.decoder_learns = draws_styles, decoder_learns
        self.speech_language_model = speech_language_model
        self._deviations: list[float] = []

    def __call__(self, items: list[dict]) -> dict[str, float]:
        """One update; the losses by name."""
        voice = self.models.tts
        voice.zero_grad()
        with self.timer("data"):
            batch = load(items, voice.device)
            batch["references"] = [item["input_features"].to(voice.device) for item in items]
        torch.rand(())  # our step draws here whether to speak from the soft alignment
        with self.autocast():
            with self.timer("aligner"), torch.no_grad():
                path = align(self.models, batch)["path"]
            with self.timer("features"), torch.no_grad():
                f0 = self.pitch_extractor(batch["mel"], mel_lengths=batch["mel_lengths"]).f0
            with self.timer("text"):
                text, plbert = voice.encode_text(batch["input_ids"], batch["token_mask"])
            mels = [mel[:, : length.item()] for mel, length in zip(batch["mel"], batch["mel_lengths"], strict=True)]
            with self.timer("style"):
                style = encode_one_by_one(voice.prosodic_style_encoder, mels)
            with self.timer("prosody"):
                projected = voice.plbert_projection(plbert)
                encoded = voice.prosody_predictor.encode(projected, style, batch["token_mask"])
            aligned = tuple(path.to(states.dtype).transpose(1, 2) @ states for states in (text, encoded))
            spoken = self.speak(batch, aligned, f0)
            with self.timer("prosody"):
                logits = voice.prosody_predictor.predict_durations(encoded)
            drawn = self.draw(batch, mels, style, plbert) if self.draws_styles else {}
        with self.timer("losses"):
            losses = {**self.spoken_losses(spoken), **self.duration_losses(batch, logits, path.sum(dim=-1)), **drawn}
            if self.speech_language_model is not None:
                speech = (spoken[name].float() for name in ("recorded", "generated"))
                with self.autocast():
                    losses["slm_features"] = speech_feature_loss(
                        self.speech_language_model, *speech, voice.config.sampling_rate
                    )
        waveforms = (spoken["recorded"].float(), spoken["generated"].float()) if self.draws_styles else ()
        return self.update(losses, *waveforms)

    def speak(self, batch: dict, aligned: tuple[torch.Tensor, torch.Tensor], f0: torch.Tensor) -> dict:
        """Speech of crops, from predicted and from true contours, and both contours."""
        voice = self.models.tts
        starts, style_starts, frames = draw_crops(self.models, batch)
        with self.timer("style"):
            clips = cut(batch["mel"], style_starts, frames, 2)
            acoustic_style, prosodic_style = voice.acoustic_style_encoder(clips), voice.prosodic_style_encoder(clips)
        text, prosody = (cut(states.transpose(1, 2), starts, frames) for states in aligned)
        true_f0, true_energy = cut(f0, starts, frames, 2), energy_from_mel(cut(batch["mel"], starts, frames, 2))
        with self.timer("prosody"):
            contours = voice.prosody_predictor.predict_f0_and_energy(prosody.transpose(1, 2), prosodic_style)
        with self.timer("decoder"):
            if self.decoder_learns:
                recorded = cut(batch["waveforms"], starts, frames, voice.config.samples_per_text_frame)
            else:
                with torch.no_grad():
                    recorded = voice.decoder(text, true_f0, true_energy, acoustic_style)
            generated = voice.decoder(text, *contours, acoustic_style)
        return {
            "recorded": recorded,
            "generated": generated,
            "f0": (contours[0], true_f0),
            "energy": (contours[1], true_energy),
        }

    def draw(self, batch: dict, mels: list[torch.Tensor], prosodic_style: torch.Tensor, plbert: torch.Tensor) -> dict:
        """Losses of the style sampler; updates `sigma_data` by the styles."""
        voice, mask = self.models.tts, batch["token_mask"]
        with self.timer("style"), torch.no_grad():
            reference = styles_of_references(voice, batch)
            acoustic_style = encode_one_by_one(voice.acoustic_style_encoder, mels)
        target = torch.cat([acoustic_style, prosodic_style.detach()], dim=-1).float()
        with self.timer("diffusion"):
            sampled = draw_styles(voice, plbert, mask, reference)
            diffusion = voice.style_diffusion.loss(target, plbert, mask, reference)
        self._deviations += [row.std().item() for row in target]
        voice.config.style_diffusion_config.sigma_data = sum(self._deviations) / len(self._deviations)
        return {"style": style_loss(sampled, target), "diffusion": diffusion}

    def spoken_losses(self, spoken: dict) -> dict[str, torch.Tensor]:
        """Losses of the crops, which are of one length."""
        rate = self.models.tts.config.sampling_rate
        return {
            "mel": mel_loss(spoken["generated"].float(), spoken["recorded"].float(), rate),
            "f0": f0_loss(*spoken["f0"]),
            "energy": energy_loss(*spoken["energy"]),
        }

    def duration_losses(self, batch: dict, logits: torch.Tensor, durations: torch.Tensor) -> dict[str, torch.Tensor]:
        """Duration losses utterance by utterance, the unary code token by token."""
        duration, cross_entropy = 0.0, 0.0
        for row in range(len(logits)):
            tokens = batch["token_lengths"][row].item()
            unary = torch.zeros_like(logits[row, :tokens])
            for token in range(tokens):
                unary[token, : int(durations[row, token])] = 1.0
            predicted = torch.sigmoid(logits[row, :tokens]).sum(dim=1)
            duration = duration + F.l1_loss(predicted[1:-1], durations[row, 1 : tokens - 1])
            cross_entropy = cross_entropy + F.binary_cross_entropy_with_logits(logits[row, :tokens], unary)
        return {"duration": duration / len(logits), "duration_ce": cross_entropy / len(logits)}


__all__ = ["PlainStage2", "styles_of_references"]
