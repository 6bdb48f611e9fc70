# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""No public call changes what it is given: every argument is deeply equal before and after."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GenerationConfig, PreTrainedConfig, pipeline

from support.published import checkpoint_copy, publish
from support.tiny import CONFIGS, tiny_config, tiny_model, tokens
from transformers_tsukasa import (
    TsukasaConfig,
    TsukasaFeatureExtractor,
    TsukasaProcessor,
    TsukasaTokenizer,
    TsukasaVoices,
    read_preset,
)
from transformers_tsukasa.audio.clips import load_clip
from transformers_tsukasa.audio.files import resample, to_mono, trim_silence, write_audio
from transformers_tsukasa.audio.mel import energy_from_mel, log_mel_for, log_mel_spectrogram
from transformers_tsukasa.audio.resampling import resample_waveform
from transformers_tsukasa.conversion.convert import convert
from transformers_tsukasa.text import UserDictionary, phonemize


TEXTS = ["はい。", "今日はいい天気ですから、散歩に行きましょう。"]
NOTHING_DRAWN = {"alpha": 0.0, "beta": 0.0, "noise_scale": 0.0}


def snapshot(value: Any) -> Any:
    """A value made of plain types, equal to that of another time only if nothing in it has changed."""
    if isinstance(value, torch.Tensor):
        bits = value.detach().contiguous().view(torch.uint8) if value.ndim else value.detach().reshape(1)
        return ("tensor", value.dtype, tuple(value.shape), value.requires_grad, bits.numpy().tobytes())
    if isinstance(value, np.ndarray):
        return ("array", value.dtype, value.shape, value.flags.writeable, value.tobytes())
    if isinstance(value, GenerationConfig):
        return (type(value), snapshot(vars(value)))
    if isinstance(value, PreTrainedConfig):
        # Not its private attributes: transformers notes there how a model that is made of it computes attention.
        return (type(value), snapshot(value.to_dict()))
    if isinstance(value, TsukasaVoices):
        return ("voices", snapshot(dict(value)), {name: value.describe(name) for name in value})
    if isinstance(value, Mapping):
        return (type(value), [(key, snapshot(item)) for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return (type(value), [snapshot(item) for item in value])
    if isinstance(value, UserDictionary):
        return ("dictionary", repr(vars(value)))
    assert value is None or isinstance(value, (bool, int, float, str, Path, torch.dtype)), f"cannot compare {value!r}"
    return value


def contents(*folders: Path) -> dict[Path, bytes]:
    """Every file in some folders."""
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("value", "change"),
    [
        (torch.zeros(3), lambda value: value.add_(1)),
        (torch.tensor(0.0), lambda value: value.add_(1)),
        (torch.zeros(3), lambda value: value.requires_grad_()),
        (np.zeros(3), lambda value: value.__setitem__(0, 1)),
        ({"a": [1, {"b": np.zeros(2)}]}, lambda value: value["a"][1]["b"].__setitem__(0, 1)),
        ({"a": 1}, lambda value: value.pop("a")),
        ({"a": 1, "b": 2}, lambda value: value.update({"a": value.pop("a")})),
        (GenerationConfig(), lambda value: setattr(value, "alpha", 0.3)),
        (TsukasaConfig(), lambda value: setattr(value.style_diffusion_config, "sigma_data", 0.5)),
        (TsukasaVoices(2), lambda value: value.add("a", torch.zeros(2))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_change_is_noticed(value, change):
    before = snapshot(value)
    assert snapshot(value) == before == snapshot(copy.deepcopy(value))
    change(value)
    assert snapshot(value) != before


@dataclass
class Parts:
    """What the calls below are made on."""

    folder: Path
    model: Any
    processor: TsukasaProcessor
    speak: Any
    speech: Any
    published: Path


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model = tiny_model()
    for number, name in enumerate(("mei", "takumi")):
        model.voices.add(name, torch.full((2 * model.config.style_dim,), float(number)))
    model.save_pretrained(folder)
    extractor = TsukasaFeatureExtractor.from_audio_config(model.config.audio_config)
    TsukasaProcessor(extractor, TsukasaTokenizer()).save_pretrained(folder)
    processor = TsukasaProcessor.from_pretrained(folder)
    speech = model.generate(
        **processor(TEXTS, split_sentences=True, return_tensors="pt"), seed=0, return_prosody=True, **NOTHING_DRAWN
    )
    write_audio(folder / "clip.wav", clip(), 24000)
    published = publish(tmp_path_factory.mktemp("published"), checkpoint_copy())
    return Parts(folder, model, processor, pipeline("text-to-speech", model=str(folder)), speech, published)


def clip(seconds: float = 1.0, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).normal(size=int(24000 * seconds)).astype(np.float32)


def unchanged(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Calls, and compares every argument with what it was before."""
    before = snapshot([list(arguments), keywords])
    returned = call(*arguments, **keywords)
    assert snapshot([list(arguments), keywords]) == before
    return returned


def mine(**options: Any) -> GenerationConfig:
    config = GenerationConfig()
    for name, value in options.items():
        setattr(config, name, value)
    return config


def style(parts: Parts, items: int = 1) -> torch.Tensor:
    return torch.linspace(-0.5, 0.5, 2 * parts.model.config.style_dim).repeat(items, 1)


def prosody_of(parts: Parts, text: str) -> tuple[Mapping[str, torch.Tensor], Any]:
    inputs = parts.processor(text, return_tensors="pt")
    return inputs, parts.model.generate(**inputs, seed=0, return_prosody=True, **NOTHING_DRAWN).prosody


GENERATE: dict[str, Callable[[Parts], dict[str, Any]]] = {
    "a config of ones own": lambda parts: {"generation_config": mine(alpha=0.1, speaking_rate=1.5), "seed": 1},
    "a bare config": lambda parts: {"generation_config": GenerationConfig()},
    "a list of seeds and voices": lambda parts: {"seed": [1, 2], "voice": ["mei", "takumi"]},
    "a blend and pauses": lambda parts: {"voice": {"mei": 0.5, "takumi": 0.5}, "pauses": {"sentence": 0.1}},
    "a list of blends": lambda parts: {"voice": [{"mei": 1.0}, {"mei": 0.2, "takumi": 0.1}]},
    "a style of one text": lambda parts: {"style_vector": style(parts)[0], **NOTHING_DRAWN},
    "styles that are blended": lambda parts: {
        "style_vector": style(parts, 2),
        "voice": "mei",
        "style_weights": {"style_vector": 0.5, "voice": 0.5},
    },
    "clips": lambda parts: {
        **parts.processor(audio=[clip(), clip(2)], return_tensors="pt"),
        "reference_counts": torch.tensor([1, 1]),
    },
}


@pytest.mark.parametrize("case", GENERATE)
@pytest.mark.parametrize("stream", [False, True])
def test_generate(parts, case, stream):
    inputs = dict(parts.processor(TEXTS, split_sentences=True, return_tensors="pt"))
    config = copy.deepcopy(parts.model.config)
    voices, defaults = snapshot(parts.model.voices), snapshot(parts.model.generation_config)
    spoken = unchanged(
        lambda **keywords: [
            len(part.audio)
            for part in (
                [parts.model.generate(**keywords)] if not stream else parts.model.generate(stream=True, **keywords)
            )
        ],
        **inputs,
        **GENERATE[case](parts),
    )
    assert all(count == len(TEXTS) for count in spoken)
    assert snapshot(parts.model.voices) == voices and snapshot(parts.model.generation_config) == defaults
    assert snapshot(parts.model.config) == snapshot(config)


def test_generate_with_given_prosody(parts):
    inputs, prosody = prosody_of(parts, TEXTS[0])
    unchanged(parts.model.generate, **inputs, prosody=prosody, **NOTHING_DRAWN)
    unchanged(parts.model.generate, **inputs, **{name: prosody[name] for name in ("durations", "f0", "energy")})
    rows = dict(parts.processor(TEXTS[:1], split_sentences=True, return_tensors="pt"))
    unchanged(parts.model.generate, **rows, prosody=[prosody], **NOTHING_DRAWN)


def test_the_other_methods_of_the_model(parts):
    model, inputs = parts.model, tokens("haɪ", "iːe soɯ")
    features = torch.randn(2, 80, 100)
    mask = torch.ones(2, 100, dtype=torch.long)
    mask[1, 90:] = 0
    unchanged(model.encode_reference, features, mask)
    unchanged(model.estimate_sigma_data, features, mask)
    unchanged(model.forward, **inputs, input_features=features, input_features_mask=mask)
    outputs = unchanged(model.forward, **inputs, style_vector=style(parts, 2))
    given = {name: outputs[name].detach() for name in ("durations", "f0", "energy")}
    unchanged(model.forward, **inputs, style_vector=style(parts, 2), **given)
    plbert = outputs.plbert_hidden_states.detach()
    unchanged(
        model.sample_styles, plbert, inputs["attention_mask"], style(parts, 2), torch.randn(2, style(parts).numel())
    )
    unchanged(model.encode_prosody, plbert, style(parts, 2), inputs["attention_mask"])


def test_voices(parts, tmp_path):
    voices, vector = TsukasaVoices(2), torch.tensor([1.0, 2.0])
    unchanged(voices.add, "mei", vector, "calm")
    vector.zero_()
    assert voices["mei"].tolist() == [1.0, 2.0]
    before = snapshot(voices)
    voices.describe("mei")
    unchanged(voices.save, tmp_path)
    assert snapshot(TsukasaVoices.load(tmp_path / "voices.safetensors", 2)) == snapshot(voices) == before


def conversation(parts: Parts) -> list[dict[str, Any]]:
    audio = {"type": "audio", "audio": clip()}
    return [
        {"role": "guest", "content": [audio, {"type": "text", "text": TEXTS[0]}]},
        {"role": "guest", "content": "あ"},
    ]


PROCESSOR: dict[str, Callable[[Parts], tuple[Callable[..., Any], list[Any], dict[str, Any]]]] = {
    "texts": lambda parts: (
        parts.processor,
        [list(TEXTS)],
        {"text_kwargs": {"padding": True, "split_sentences": True}},
    ),
    "texts and arguments by part": lambda parts: (
        parts.processor,
        [list(TEXTS)],
        {
            "audio": [clip(), [clip(1), clip(2)]],
            "text_kwargs": {"phonemize": True, "split_sentences": False},
            "audio_kwargs": {"sampling_rate": 48000},
            "common_kwargs": {"return_tensors": "pt"},
        },
    ),
    "a batch of clips in one array": lambda parts: (parts.processor, [], {"audio": np.stack([clip()[None]] * 2)}),
    "word_times": lambda parts: (parts.processor.word_times, ["".join(TEXTS)], {"prosody": _long_prosody(parts)}),
    "apply_chat_template": lambda parts: (
        parts.processor.apply_chat_template,
        [conversation(parts)],
        {"tokenize": True, "return_dict": True, "processor_kwargs": {"sampling_rate": 48000, "padding": True}},
    ),
    "apply_chat_template to text": lambda parts: (parts.processor.apply_chat_template, [conversation(parts)], {}),
    "the feature extractor": lambda parts: (
        parts.processor.feature_extractor,
        [
            [
                clip(),
                torch.from_numpy(clip()),
                (clip() * 32767).astype(np.int16),
                {"array": clip(), "sampling_rate": 16000},
            ]
        ],
        {"return_tensors": "np"},
    ),
    "loading a quiet start": lambda parts: (
        parts.processor.feature_extractor.load,
        [np.concatenate([np.zeros(9000, np.float32), clip()])],
        {},
    ),
    "a clip with channels": lambda parts: (load_clip, [torch.from_numpy(clip())[None].repeat(2, 1), 48000, 24000], {}),
    "the tokenizer": lambda parts: (parts.processor.tokenizer, [list(TEXTS)], {"padding": True}),
    "decoding": lambda parts: (parts.processor.tokenizer.decode, [torch.tensor([0, 60, 61])], {}),
}


def _long_prosody(parts: Parts) -> Any:
    inputs = parts.processor(["".join(TEXTS)], split_sentences=True, return_tensors="pt")
    return parts.model.generate(**inputs, seed=0, return_prosody=True, **NOTHING_DRAWN).prosody


@pytest.mark.parametrize("case", PROCESSOR)
def test_the_processor_and_its_parts(parts, case):
    call, arguments, keywords = PROCESSOR[case](parts)
    defaults = snapshot(vars(parts.processor.feature_extractor))
    unchanged(call, *arguments, **keywords)
    assert snapshot(vars(parts.processor.feature_extractor)) == defaults


def test_save_audio(parts, tmp_path):
    loud = 2.0 * clip()  # is clipped on writing
    for audio in (dict(parts.speech), [loud, torch.from_numpy(loud)], {"audio": [loud, loud], "sampling_rate": 24000}):
        unchanged(parts.processor.save_audio, audio, [tmp_path / "1.wav", tmp_path / "2.wav"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"text_inputs": list(TEXTS), "batch_size": 2, "generate_kwargs": {"seed": 1, "voice": {"mei": 1.0}}},
        {"text_inputs": list(TEXTS), "forward_params": {"style_vector": None, "seed": [1], "pauses": {"line": 0.5}}},
        {"text_inputs": ["haɪ"], "preprocess_params": {"phonemize": False}},
        {"text_inputs": [{"role": "mei", "content": [{"type": "text", "text": TEXTS[0]}]}]},
    ],
    ids=["batch", "list", "phonemes", "conversation"],
)
def test_a_pipeline(parts, arguments):
    texts = arguments.pop("text_inputs")
    unchanged(parts.speak, texts, **arguments)
    unchanged(parts.speak, texts, **arguments)


def test_configs():
    values = copy.deepcopy(tiny_config().to_dict())
    unchanged(TsukasaConfig, **values)
    unchanged(TsukasaConfig.from_dict, values | {"auto_map": {"AutoConfig": "x.Y"}})
    before = contents(CONFIGS)
    read_preset(CONFIGS / "tiny.yaml")
    assert contents(CONFIGS) == before
    config = tiny_config()
    unchanged(tiny_model, config=config)
    unchanged(TsukasaFeatureExtractor.from_audio_config, config.audio_config)


def test_reading_text():
    readings = {"司": "ツカサ"}
    dictionary = unchanged(UserDictionary.from_mapping, readings)
    unchanged(phonemize, "司です。", user_dictionary=dictionary)


def test_audio_functions(tmp_path):
    samples = np.concatenate([np.zeros(9000, np.float32), 3.0 * clip()])
    stereo = np.stack([samples, samples])
    for call, arguments in (
        (to_mono, [stereo]),
        (resample, [stereo, 24000, 16000]),
        (trim_silence, [samples]),
        (write_audio, [tmp_path / "out.wav", samples, 24000]),
        (log_mel_spectrogram, [torch.from_numpy(samples)]),
        (log_mel_for, [torch.from_numpy(samples), tiny_config().audio_config]),
        (energy_from_mel, [torch.randn(80, 9)]),
        (resample_waveform, [torch.from_numpy(stereo), 24000, 16000]),
    ):
        unchanged(call, *arguments)


def test_convert(parts, tmp_path):
    voices = tmp_path / "voices"
    voices.mkdir()
    write_audio(voices / "mei.wav", clip(2), 24000)
    before = contents(parts.published, voices)
    convert(parts.published, tmp_path / "out", voices=voices, dtype=torch.float32)
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert contents(parts.published, voices) == before
