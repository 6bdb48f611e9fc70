# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The steps from text to waveform."""

import torch

from transformers_tsukasa.audio.mel import log_mel_for
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.prosody.length_regulation import expand_by_durations, round_durations
from transformers_tsukasa.models.tsukasa.tokenization_tsukasa import TsukasaTokenizer

from .table import Comparison, Values


def log_mel(model: TsukasaModelForConditionalGeneration, audio: torch.Tensor) -> torch.Tensor:
    """Our log-mel spectrogram of a complete clip (..., samples), nothing trimmed."""
    return log_mel_for(audio, model.config.audio_config)


class SynthesisSteps:
    """The steps of one utterance. Each takes the values so far and returns new ones by their recorded names.

    Args:
        model (`TsukasaModelForConditionalGeneration`): the converted model.
        metadata (`dict[str, str]`): text and options.
        waveform (`str`): the name under which the waveform of this model's decoder is recorded.
    """

    def __init__(self, model: TsukasaModelForConditionalGeneration, metadata: dict[str, str], waveform: str):
        self.model = model
        self.text = metadata["text"]
        self.alpha, self.beta, self.rate = (float(metadata[name]) for name in ("alpha", "beta", "rate"))
        self.num_steps, self.guidance_scale = int(metadata["steps"]), float(metadata["scale"])
        self.waveform = waveform

    def all(self) -> list:
        """The steps in order."""
        return [
            self.features,
            self.encode_text,
            self.sample_style,
            self.mix_styles,
            self.encode_prosody,
            self.durations,
            self.expand,
            self.contours,
            self.speak,
        ]

    def features(self, values: Values) -> Values:
        """The reference clip's features, and the ids of the text."""
        ids = TsukasaTokenizer()(self.text, phonemize=False, return_tensors="pt")["input_ids"].to(self.model.device)
        return {"input_ids": ids, "reference_mel": log_mel(self.model, values["reference_audio"])[None]}

    def encode_text(self, values: Values) -> Values:
        """The clip's style, and the states of text encoder and PL-BERT."""
        ids = values["input_ids"]
        text_states, plbert_states = self.model.encode_text(ids, torch.ones_like(ids))
        return {
            "reference_style": self.model.encode_reference(values["reference_mel"]),
            "text_encoding": text_states.transpose(1, 2),
            "bert_hidden": plbert_states,
        }

    def sample_style(self, values: Values) -> Values:
        """The style that diffusion samples; recorded also where alpha and beta leave it unused."""
        sampled = self.model.sample_styles(
            values["bert_hidden"],
            torch.ones_like(values["input_ids"]),
            values["reference_style"],
            values["style_noise"][:, 0],
            diffusion_steps=self.num_steps,
            guidance_scale=self.guidance_scale,
        )
        return {"sampled_style": sampled}

    def mix_styles(self, values: Values) -> Values:
        """The mixture of both styles that the speech gets."""
        share = torch.tensor([self.alpha, self.beta], device=self.model.device).repeat_interleave(
            self.model.config.style_dim
        )
        style = share * values["sampled_style"] + (1 - share) * values["reference_style"]
        acoustic, prosodic = style.split(self.model.config.style_dim, dim=-1)
        return {"acoustic_style": acoustic, "prosodic_style": prosodic}

    def encode_prosody(self, values: Values) -> Values:
        """States from which durations and contours are predicted."""
        plbert_states, mask = values["bert_hidden"], torch.ones_like(values["input_ids"])
        return {
            "prosodic_text": self.model.plbert_projection(plbert_states).transpose(1, 2),
            "duration_encoding": self.model.encode_prosody(plbert_states, self._style(values), mask),
        }

    def durations(self, values: Values) -> Values:
        """Durations, from logits to rounded text frames."""
        predictor, encoded = self.model.prosody_predictor, values["duration_encoding"]
        logits = predictor.predict_durations(encoded)
        spoken = values.get("duration_logits", logits).sigmoid().sum(dim=-1)
        return {
            "duration_mlstm": predictor.duration_mlstm(encoded),
            "duration_logits": logits,
            "durations": spoken / self.rate,
            "rounded_durations": round_durations(spoken, torch.ones_like(values["input_ids"]), self.rate)[0],
        }

    def expand(self, values: Values) -> Values:
        """Text states on frames."""
        text_states = values["text_encoding"].transpose(1, 2)
        aligned = expand_by_durations(text_states, values["rounded_durations"][None])
        return {"aligned_text": aligned.transpose(1, 2)}

    def contours(self, values: Values) -> Values:
        """F0 and energy."""
        expanded = expand_by_durations(values["duration_encoding"], values["rounded_durations"][None])
        f0, energy = self.model.contours(expanded, self._style(values))
        return {"f0": f0, "energy": energy}

    def speak(self, values: Values) -> Values:
        """The waveform, from the decoder alone and through `generate()`."""
        style, f0, energy = self._style(values), values["f0"], values["energy"]
        waveform = self.model.speak(values["aligned_text"].transpose(1, 2), f0, energy, style, noise_scale=0.0)
        generated = self.model.generate(
            input_ids=values["input_ids"],
            style_vector=style,
            alpha=0.0,
            beta=0.0,
            noise_scale=0.0,
            durations=values["rounded_durations"][None],
            f0=f0,
            energy=energy,
        )
        return {self.waveform: waveform[:, None], f"{self.waveform} (generate)": generated.waveform[:, None]}

    def _style(self, values: Values) -> torch.Tensor:
        return torch.cat([values["acoustic_style"], values["prosodic_style"]], dim=-1)


@torch.inference_mode()
def compare_synthesis(file: Comparison, model: TsukasaModelForConditionalGeneration, waveform: str) -> None:
    """Adds the rows of a `synthesis_*` file.

    End to end, the decoder still gets the recorded F0: the phase of the source is its running sum over thousands of
    samples, so a difference in the seventh digit shifts the upper harmonics after a second or two. Everything else is
    our own.

    Args:
        file (`Comparison`): the recorded results.
        model (`TsukasaModelForConditionalGeneration`): the converted model.
        waveform (`str`): name of the recorded waveform of this model's decoder.
    """
    only = () if not file.rows else (waveform,)
    if not file.rows:
        file.given("reference_audio", "style_noise")
    file.run(SynthesisSteps(model, file.metadata, waveform).all(), kept=("f0",), only=only)


@torch.inference_mode()
def compare_kotodama(file: Comparison, model: TsukasaModelForConditionalGeneration) -> None:
    """Adds the rows of a `kotodama_*` file; its name tells the encoder, or else its ids do."""
    file.rows.clear()
    file.given("input_ids", "attention_mask")
    encoders = {"prompt": model.prompt_encoder, "text": model.text_sampler}
    named = [name for name in encoders if name in file.path.stem.removeprefix("kotodama")]
    if named:
        encoder = encoders[named[0]]
    else:  # the prompt encoder has the larger vocabulary
        ids = file.recorded["input_ids"]
        encoder = encoders["prompt" if int(ids.max()) >= encoders["text"].backbone.config.vocab_size else "text"]
    file.run([lambda values: {"style": encoder(values["input_ids"], values["attention_mask"])}])
