# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The tiny model of the tests: every part in place, random weights from a fixed seed."""

from pathlib import Path

import torch

from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig, read_preset
from transformers_tsukasa.models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.processing_tsukasa import TsukasaProcessor
from transformers_tsukasa.models.tsukasa.tokenization_tsukasa import TsukasaTokenizer


CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def tiny_config(**changes) -> TsukasaConfig:
    """The preset `tiny`, with top-level values changed."""
    config = read_preset(CONFIGS / "tiny.yaml")
    for name, value in changes.items():
        setattr(config, name, value)
    return config


def lstm_config(**changes) -> TsukasaConfig:
    """The preset `tiny` with LSTMs, as in StyleTTS 2 and Kokoro, with top-level values changed."""
    config = tiny_config(**changes)
    config.text_encoder_config.recurrence = config.prosody_predictor_config.recurrence = "lstm"
    return config


def tiny_model(seed: int = 0, config: TsukasaConfig | None = None) -> TsukasaModelForConditionalGeneration:
    """A model with audible random weights, in evaluation mode."""
    torch.manual_seed(seed)
    model = TsukasaModelForConditionalGeneration(config or tiny_config()).eval()
    with torch.no_grad():
        # About four text frames a token: with fresh weights every token lasts half of max_duration.
        model.prosody_predictor.duration_projection.bias.fill_(-2.5)
    return model


def save_speaking(model: TsukasaModelForConditionalGeneration, folder: Path) -> Path:
    """Write a model with a processor; return the folder."""
    model.save_pretrained(folder)
    TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer()).save_pretrained(folder)
    return folder


def with_trained_prosody(model: TsukasaModelForConditionalGeneration) -> TsukasaModelForConditionalGeneration:
    """The model with forget gates, or biases of LSTMs, that have moved, as after stage 2."""
    for name, weight in model.prosody_predictor.named_parameters():
        if "forget_gate.weight" in name or "_lstm.bias_" in name:
            weight.data += 0.01
    return model


def tokens(*texts: str) -> dict[str, torch.Tensor]:
    """Padded ids and mask of phoneme texts."""
    from transformers_tsukasa.text.phonemes.symbols import SYMBOL_TO_ID

    rows = [[0, *(SYMBOL_TO_ID[symbol] for symbol in text)] for text in texts]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": mask}


@torch.no_grad()
def speak_given_f0(model: TsukasaModelForConditionalGeneration, text_frames: int = 20) -> torch.Tensor:
    """The waveform of made-up text states on a made-up F0, without noise.

    Two models that say the same can be compared here and not from text to waveform: matrix products round by where in
    memory a weight lies, F0 follows to the last bit, and the phase of iSTFTNet's source sums F0 up over ten thousand
    radians (docs/decisions/0013).
    """
    draw = torch.Generator().manual_seed(1)
    config = model.config
    text = torch.randn(1, text_frames, config.text_encoder_config.hidden_size, generator=draw)
    f0 = 180 + 30 * torch.randn(1, 2 * text_frames, generator=draw)
    energy = torch.randn(1, 2 * text_frames, generator=draw)
    style = 0.2 * torch.randn(1, 2 * config.style_dim, generator=draw)
    return model.speak(text, f0, energy, style, noise_scale=0.0)


def gradients_of_speech(model, style, checkpointing):
    """Gradients by name (None where there is none) of a model in training without dropout that speaks a short text."""
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    if checkpointing:
        model.gradient_checkpointing_enable()
    torch.manual_seed(0)
    output = model(**tokens("hai."), style_vector=style, noise_scale=0.0)
    (output.waveform.square().mean() + output.f0.mean() + output.duration_logits.mean()).backward()
    return {name: weight.grad for name, weight in model.named_parameters()}
