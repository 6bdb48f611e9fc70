# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""VALL-E X, Vocos, ScaledAdam, the symbols of texts, and Lyra against what was recorded of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from transformers_tsukasa.models.valle.codecs.lyra import LyraCodec
from transformers_tsukasa.models.valle.codecs.opening import open_codec
from transformers_tsukasa.models.valle.codecs.vocos import VocosModel
from transformers_tsukasa.models.valle.modeling_valle import VallEForConditionalGeneration
from transformers_tsukasa.models.valle.prompts import LANGUAGES
from transformers_tsukasa.models.valle.tokenization_valle import VallETokenizer
from transformers_tsukasa.text.phonemes.vall_e_x import cut_at_marks, is_word_piece, join_pieces, phones_of_labels
from transformers_tsukasa.training.valle.scaled_adam import Eden, ScaledAdam, eden_factor

from .table import Comparison, Row, Values, relative_error
from .valle import LIMIT, CodesSpy, add, add_codes, convert, hidden_states, load, long


@torch.no_grad()
def compare_vallex(file: Comparison, recorded: Path, work: Path) -> None:
    """Adds the rows of `vallex.safetensors`: every case in its languages."""
    details, tensors = json.loads(file.metadata["json"]), long(file.recorded)
    model = load(recorded, work, details["weights"])
    for name, case in details["cases"].items():
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        inputs = _case_inputs(name, case, tensors, details["enroll_length"])
        with CodesSpy(model) as spy:
            codes = model.generate(**inputs, **_options(case)).codes
        add_codes(file, f"{name}/codes", codes, own["codes"], own.get("nar_margins"))
        file.given(f"{name}/nar_margins")
        if "samples" in own:
            _compare_draws(file, name, spy, own)
        if "ar_logits" in own:
            _compare_steps(file, name, model, inputs, own, tensors)
    file.given("nar_frames", "positions", "prompt", "text")


def _case_inputs(name: str, case: dict, tensors: Values, enroll_length: int) -> dict[str, torch.Tensor]:
    """Text, languages and prompt of a case, as `generate` takes them."""
    has_prompt = name != "no_prompt"
    text = tensors["text"] if has_prompt else tensors["text"][:, enroll_length:]
    spoken, prompt_length = case["text_language"], enroll_length if has_prompt else 0
    if isinstance(spoken, str):
        spoken = [spoken] * (text.shape[1] - prompt_length)
    languages = [case["prompt_language"]] * prompt_length + spoken
    inputs = {"input_ids": text, "language_ids": torch.tensor([[LANGUAGES[each] for each in languages]])}
    return {**inputs, "prompt_codes": tensors["prompt"]} if has_prompt else inputs


def _options(case: dict) -> dict[str, Any]:
    """The options of a case, with the original's draws."""
    options = {"top_k": max(case["top_k"], 0), "temperature": case.get("temperature", 1.0), "min_frames": 0}
    if "seed" in case:
        options["generator"] = torch.Generator().manual_seed(case["seed"])
    if "best_of" in case:
        options |= {"best_of": case["best_of"], "length_penalty": case["length_penalty"]}
        options["worst_of"] = case.get("return_worst", False)
    return options


def _compare_draws(file: Comparison, name: str, spy: "CodesSpy", own: Values) -> None:
    """All draws of all rows: those after the end of a row decide nothing, and are compared all the same."""
    sampler = spy.sampler
    add(file, f"{name}/samples", torch.stack(sampler.all_draws, dim=1), own["samples"])
    add(file, f"{name}/log_probabilities", torch.stack(sampler.all_log_probabilities, dim=1), own["log_probabilities"])


def _compare_steps(
    file: Comparison,
    name: str,
    model: VallEForConditionalGeneration,
    inputs: dict[str, torch.Tensor],
    own: Values,
    tensors: Values,
) -> None:
    """Logits and hidden states of both networks on the recorded codes."""
    text = {"text_ids": inputs["input_ids"], "language_ids": inputs["language_ids"]}
    prompt, codes, positions = inputs["prompt_codes"], own["codes"], tensors["positions"]
    begin = torch.full_like(prompt[:, :1, 0], model.config.bos_token_id)
    spoken = torch.cat([begin, prompt[..., 0], codes[..., 0]], dim=1)
    add(file, f"{name}/ar_logits", model.autoregressive(spoken, **text).logits[:, prompt.shape[1] :], own["ar_logits"])
    with hidden_states(model.autoregressive.transformer) as states:
        model.autoregressive(spoken[:, : 1 + prompt.shape[1]], **text)
    for layer in (key for key in own if key.startswith("ar_hidden_")):
        add(file, f"{name}/{layer}", states[layer.removeprefix("ar_hidden_")][:, positions], own[layer])
    everything = torch.cat([prompt, codes], dim=1)
    is_prompt = (torch.arange(everything.shape[1]) < prompt.shape[1])[None]
    for stage in range(1, model.config.num_codebooks):
        with hidden_states(model.refiner.transformer) as states:
            logits = model.refiner(everything, stage, prompt_mask=is_prompt, **text).logits
        frames = tensors["nar_frames"] + prompt.shape[1]
        add(file, f"{name}/nar_logits_stage{stage}", logits[:, frames], own[f"nar_logits_stage{stage}"])
    for layer in (key for key in own if key.startswith("nar_hidden_")):
        add(file, f"{name}/{layer}", states[layer.removeprefix("nar_hidden_")][:, positions], own[layer])


@torch.no_grad()
def compare_vocos(file: Comparison, recorded: Path, work: Path) -> None:
    """Adds the rows of `vocos.safetensors`."""
    manifest = json.loads(file.metadata["json"])["weights"]
    model = VocosModel.from_pretrained(convert(recorded, work, manifest)).eval()
    codes = file.recorded["codes"].long().permute(1, 2, 0)
    features = model.features(codes)
    add(file, "features", features, file.recorded["features"])
    recorded_id = json.loads(file.metadata["json"])["bandwidth_id"]
    every = -(-codes.shape[1] // file.recorded["hidden"].shape[1])
    add(file, "hidden", model.hidden_states(features, recorded_id)[:, ::every], file.recorded["hidden"])
    for name in (name for name in file.recorded if name.startswith("waveform")):
        add(file, name, model(codes, int(name.removeprefix("waveform_bandwidth_id"))), file.recorded[name])
    file.given("codes")


def compare_optimizer(file: Comparison) -> None:
    """Adds the rows of `optimizer.safetensors`: all tensors after every step, and learning rates."""
    settings, recorded = json.loads(file.metadata["json"]), file.recorded
    eden, names = settings["eden"], settings["order"]
    tensors = {name: torch.nn.Parameter(recorded[f"start/{name}"].clone()) for name in names}
    own = ("clipping_scale", "clipping_update_period", "scalar_lr_scale", "eps", "param_min_rms", "param_max_rms")
    options = {name: settings[name] for name in (*own, "scalar_max", "size_update_period")}
    optimizer = ScaledAdam(list(tensors.values()), settings["lr"], tuple(settings["betas"]), **options)
    schedule = Eden(optimizer, **eden)
    after: dict[str, list[torch.Tensor]] = {name: [] for name in names}
    rates = []
    for step in range(len(recorded["learning_rate_after"])):
        schedule.set_epoch(step // 10)  # as it was recorded
        for name, tensor in tensors.items():
            tensor.grad = recorded[f"gradient/{name}"][step].clone()
        optimizer.step()
        schedule.step()
        rates.append(schedule.get_last_lr()[0])
        for name, tensor in tensors.items():
            after[name].append(tensor.detach().clone())
    for name in names:
        add(file, f"after/{name}", torch.stack(after[name]), recorded[f"after/{name}"])
    add(file, "learning_rate_after", torch.tensor(rates, dtype=torch.float64), recorded["learning_rate_after"])
    values = [
        settings["lr"] * eden_factor(batch, epoch, *eden.values()) for batch, epoch in recorded["eden_points"].tolist()
    ]
    add(file, "eden_values", torch.tensor(values, dtype=torch.float64), recorded["eden_values"])
    file.given("eden_points", *(f"{kind}/{name}" for kind in ("start", "gradient") for name in names))


def compare_texts(path: Path) -> Comparison:
    """The rows of `g2p.jsonl`: shares of texts whose symbols or ids differ.

    Symbols are made of the labels of the program's own front end, which reads a text in pieces: the mapping must be
    equal, whatever this project reads differently.
    """
    import pyopenjtalk

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    cases, tokenizer = [line for line in lines if "text" in line], VallETokenizer()
    file = Comparison(path)
    japanese = [case for case in cases if case["language"] == "ja"]
    add_share(file, "phones of Japanese", japanese, lambda case: _symbols(case["text"], pyopenjtalk) == case["phones"])
    add_share(file, "ids", cases, lambda case: tokenizer.phone_ids(case["phones"]) == case["ids"])
    return file


def add_share(file: Comparison, name: str, cases: list[dict], holds: Callable[[dict], bool]) -> None:
    """Adds the row of the share of texts that do not hold, which it names."""
    wrong = [case["text"] for case in cases if not holds(case)]
    file.rows.append(Row(name, "computed", len(wrong) / max(len(cases), 1), 0.0, note=" ".join(wrong)))


def _symbols(text: str, open_jtalk: Any) -> str:
    pieces = cut_at_marks(text)
    return join_pieces(
        (phones_of_labels(open_jtalk.extract_fullcontext(piece)), True) if is_word_piece(piece) else (piece, False)
        for piece in pieces
    )


def compare_lyra(file: Comparison) -> None:
    """Adds the rows of `lyra.safetensors`, whose networks lie beside it."""
    codec = open_codec(file.path.parent, num_codebooks=23)
    assert isinstance(codec, LyraCodec)
    recorded = file.recorded
    add(
        file,
        "features",
        torch.from_numpy(codec.features(recorded["audio"].numpy().reshape(-1, 320))),
        recorded["features"],
    )
    codes = torch.from_numpy(codec.quantize(recorded["features"].numpy()))
    add(file, "codes", codes, recorded["codes"].long())
    for name in recorded:
        kind, _, number = name.partition("_")
        if kind == "dequantized":
            ours = codec.dequantize(recorded["codes"].numpy()[:, : int(number)])
        elif kind == "decoded":
            ours = codec.synthesize(recorded[f"dequantized_{number}"].numpy())
        else:
            continue
        error = relative_error(torch.from_numpy(ours), recorded[name])
        file.rows.append(Row(name, "computed", error, LIMIT))
    file.given("audio")


__all__ = ["compare_lyra", "compare_optimizer", "compare_texts", "compare_vallex", "compare_vocos"]
