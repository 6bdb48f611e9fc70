# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""VALL-E: checkpoints as published with drawn weights, and everything that was recorded of the original with them."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from transformers_tsukasa.conversion.valle.keys import our_name
from transformers_tsukasa.models.valle.code_sampling import CodeSampler
from transformers_tsukasa.models.valle.modeling_valle import VallEForConditionalGeneration
from transformers_tsukasa.training.valle.targets import Prefix, autoregressive_inputs, refiner_inputs

from .table import INTERMEDIATE_LIMIT, Comparison, Row, Values, relative_error, unequal_share


RECIPE = "synthetic_checkpoint.py"
SYMBOLS = "unique_text_tokens.k2symbols"
LIMIT = 1e-5
"""Of logits, hidden states and losses. Gradient norms, which sum what cancels, have the limit of other systems."""

CLOSE = 1e-3
"""Distance of the two best logits under which another machine may choose the other one."""


def beside(recorded: Path, name: str) -> Path:
    """A file of the recipe of the weights, beside the recorded data or one folder above.

    Raises:
        SystemExit: when it is in neither.
    """
    found = next((folder / name for folder in (recorded, recorded.parent) if (folder / name).is_file()), None)
    if found is None:
        raise SystemExit(f"neither {recorded} nor its parent has {name}")
    return found


def convert(recorded: Path, work: Path, manifest: str) -> Path:
    """The model folder of a checkpoint with drawn weights, by `tsukasa convert`."""
    name = Path(manifest).stem.removeprefix("manifest_")
    source, output = work / f"original_{name}", work / f"converted_{name}"
    if output.is_dir():
        return output
    source.mkdir(parents=True)
    # Only the ids of phones matter here; a checkpoint of VALL-E cannot be converted without a table of them.
    (source / SYMBOLS).write_text("".join(f"phone{index} {index}\n" for index in range(100)))
    command = [str(beside(recorded, RECIPE)), str(beside(recorded, manifest)), str(source / "checkpoint.pt")]
    subprocess.run([sys.executable, *command], check=True)
    print(f"$ tsukasa convert {source.name} {output.name}", flush=True)
    module = [sys.executable, "-m", "transformers_tsukasa", "convert"]
    subprocess.run([*module, str(source / "checkpoint.pt"), str(output)], check=True)
    (source / "checkpoint.pt").unlink()  # a full-size one is 1.5 GB
    return output


def long(values: Values) -> Values:
    """Ids and codes, which are stored small, as torch indexes with them."""
    return {name: value if value.is_floating_point() else value.long() for name, value in values.items()}


def add(file: Comparison, name: str, ours: torch.Tensor, expected: torch.Tensor, note: str = "") -> None:
    """Adds the row of one recorded tensor or number."""
    if expected.is_floating_point():
        limit = INTERMEDIATE_LIMIT if "gradient_norms" in name else LIMIT
        file.rows.append(Row(name, "computed", relative_error(ours.detach(), expected), limit, note=note))
    else:
        file.rows.append(Row(name, "computed", unequal_share(ours, expected), 0.0, note=note))


def add_codes(file: Comparison, name: str, ours: torch.Tensor, expected: torch.Tensor, margins: Any = None) -> None:
    """Adds the row of codes, which are equal; where two logits were close, no later stage is compared after them.

    Args:
        file: to add to.
        name: of the codes.
        ours: (1, frames, codebooks).
        expected: likewise.
        margins: distances of the two best logits, (1, frames, codebooks - 1), where they were recorded.
    """
    note = ""
    if margins is not None and ours.shape == expected.shape:
        for stage in range(1, expected.shape[2]):
            is_close = margins[..., stage - 1] < CLOSE
            differs = ours[..., stage] != expected[..., stage]
            if bool((differs & is_close).any()) and not bool((differs & ~is_close).any()):
                ours, expected = ours[..., :stage], expected[..., :stage]
                note = f"two logits are within {CLOSE:g} in codebook {stage + 1}: compared up to there"
                break
    file.rows.append(Row(name, "computed", unequal_share(ours, expected), 0.0, note=note))


def pick(tensor: torch.Tensor, places: torch.Tensor | None) -> torch.Tensor:
    """The recorded steps of (batch, steps, ...): those at the places, or all."""
    return tensor if places is None else tensor[:, places]


class ValleRecord:
    """The rows of one set of recorded results with one model.

    Args:
        file: to which rows are added.
        model: the converted model.
        recorded: the tensors of the set.
        details: its numbers.
        prefix: of the names of the set in the file.
    """

    def __init__(
        self, file: Comparison, model: VallEForConditionalGeneration, recorded: Values, details: dict, prefix: str = ""
    ):
        self.file, self.model, self.recorded, self.details, self.prefix = file, model, recorded, details, prefix
        self.codes, self.lengths = recorded["codes"], recorded["code_lengths"]
        places = torch.arange(recorded["text"].shape[1])
        self.text = {"text_ids": recorded["text"], "text_mask": (places < recorded["text_lengths"][:, None]).long()}

    def compare(self) -> None:
        """Adds all rows."""
        with reads_padding(self.model, self.model.config.add_prenet):
            self._compare_autoregressive()
            self._compare_stages()
            self._compare_losses()
            self._compare_both()
        self._compare_generation()
        inputs = ("codes", "code_lengths", "text", "text_lengths", "prompt_codes", "generation_text", "nar_frames")
        inputs += ("generation_prompt", "positions")
        self.file.given(*(self.prefix + name for name in inputs))
        self.file.given(*(self.prefix + name for name in self.recorded if "margins" in name))

    def _add(self, name: str, ours: torch.Tensor, note: str = "") -> None:
        add(self.file, self.prefix + name, ours, self.recorded[name], note)

    def _add_number(self, name: str, ours: float, expected: float) -> None:
        add(self.file, self.prefix + name, torch.tensor(ours), torch.tensor(expected))

    def _compare_autoregressive(self) -> None:
        inputs = autoregressive_inputs(self.codes, self.lengths, self.model.config, count_padding=True)
        network, places = self.model.autoregressive, self.recorded.get("positions")
        wanted = [name for name in self.recorded if name.startswith("ar_hidden_")]
        with hidden_states(network.transformer) as states:
            output = network(**inputs, **self.text)
        every = -(-output.logits.shape[1] // self.recorded["ar_logits"].shape[1])
        self._add("ar_logits", output.logits[:, ::every])
        for name in wanted:
            self._add(name, pick(states[name.removeprefix("ar_hidden_")], places))
        total = output.loss * inputs["labels"].numel()
        self._add_number("ar loss", float(total), self.details["ar"]["loss"])
        total.backward()
        self._add("ar_gradient_norms", self._gradient_norms(self.details["ar_gradient_names"]))

    def _compare_stages(self) -> None:
        network = self.model.refiner
        for stage in range(1, self.model.config.num_codebooks):
            details = self.details[f"nar_stage{stage}"]
            prefix = Prefix(details["prefix_length"])
            inputs = self._refiner_inputs(stage, prefix, 1)
            with torch.no_grad(), hidden_states(network.transformer) as states:
                output = network(stage=stage, **inputs, **self.text)
            spoken = output.logits[:, prefix.length :]
            recorded = self.recorded[f"nar_logits_stage{stage}"].shape[1]
            frames = self.recorded.get("nar_frames")
            # Where a file does not tell, they are the first, the last, and others as far from each other.
            frames = torch.linspace(0, spoken.shape[1] - 1, recorded).long() if frames is None else frames
            self._add(f"nar_logits_stage{stage}", spoken[:, frames])
            self._add_number(f"nar loss of stage {stage}", self._total(output, inputs, prefix, 1), details["loss"])
            for name in self.recorded:
                if stage == 3 and name.startswith("nar_hidden_"):
                    self._add(name, pick(states[name.removeprefix("nar_hidden_")], self.recorded.get("positions")))

    def _compare_losses(self) -> None:
        for name, details in self.details["nar_losses"].items():
            mode, number = int(name[4]), int(name.split("_")[1])
            prefix = self._prefix(mode, details)
            inputs = self._refiner_inputs(details["stage"], prefix, mode)
            self.model.zero_grad()
            output = self.model.refiner(stage=details["stage"], **inputs, **self.text)
            self._add_number(f"nar loss {name}", self._total(output, inputs, prefix, mode), details["loss"])
            if number == 0:
                scale = self._total(output, inputs, prefix, mode) / float(output.loss.detach())
                (output.loss * scale).backward()
                norms = self._gradient_norms(self.details["nar_gradient_names"])
                self._add(f"nar_gradient_norms_mode{mode}", norms)
        self.model.zero_grad()

    @torch.no_grad()
    def _compare_both(self) -> None:
        details = self.details.get("both_stages")
        if details is None:
            return
        first = autoregressive_inputs(self.codes, self.lengths, self.model.config, count_padding=True)
        prefix = Prefix(details["prefix_length"])
        others = self._refiner_inputs(details["stage"], prefix, 1)
        first_total = float(self.model.autoregressive(**first, **self.text).loss) * first["labels"].numel()
        output = self.model.refiner(stage=details["stage"], **others, **self.text)
        ours = (first_total + self._total(output, others, prefix, 1)) / 2
        self._add_number("loss of both networks", ours, details["loss"])

    def _compare_generation(self) -> None:
        given = self.details["generation"]
        for name, expected in self.recorded.items():
            if not name.startswith(("greedy_codes", "sampled_codes", "continual")):
                continue
            own = name.partition("_mode")
            margins = self.recorded.get(f"greedy_margins_mode{own[2]}") if name.startswith("greedy") else None
            with prefix_mode(self.model, int(own[2]) if own[1] else 1):
                if name.startswith("continual"):
                    codes = self._continued()
                elif name.startswith("greedy"):
                    codes = self._speak(given["enroll_length"], top_k=1)
                else:
                    details = given.get(name.replace("sampled_codes", "sampled"))
                    codes = self._speak(
                        given["enroll_length"],
                        top_k=max(details["top_k"], 0),
                        temperature=details["temperature"],
                        generator=torch.Generator().manual_seed(details["seed"]),
                    )
            add_codes(self.file, self.prefix + name, codes, expected, margins)

    def _speak(self, enroll_length: int, **options: Any) -> torch.Tensor:
        return self.model.generate(
            self.recorded["generation_text"],
            prompt_codes=self.recorded["generation_prompt"],
            prompt_text_lengths=torch.tensor([enroll_length - 2]),  # without the marks around it
            min_frames=0,
            **options,
        ).codes

    def _continued(self) -> torch.Tensor:
        with position_before_prenet(self.model):
            return self.model.generate(
                self.recorded["generation_text"],
                prompt_codes=self.codes[:1],
                prompt_text_lengths=torch.tensor([0]),
                continual=True,
            ).codes

    def _refiner_inputs(self, stage: int, prefix: Prefix, mode: int) -> Values:
        with prefix_mode(self.model, mode):
            return refiner_inputs(self.codes, self.lengths, stage, prefix, self.model.config)

    def _prefix(self, mode: int, details: dict) -> Prefix:
        if mode == 2:
            return Prefix(min(225, int(self.lengths.min()) // 4), starts=torch.tensor(details["starts"]))
        if mode == 4:
            prompts = self.recorded["prompt_codes"]
            return Prefix(prompts.shape[1], codes=prompts)
        return Prefix(details["prefix_length"] or 0)

    def _total(self, output: Any, inputs: dict, prefix: Prefix, mode: int) -> float:
        """The loss as the original sums it: over frames, scaled up for those that the prompts take."""
        total = float(output.loss.detach()) * int((inputs["labels"] >= 0).sum())
        frames = int(self.lengths.sum())
        return total * frames / (frames - prefix.length * len(self.lengths)) if mode in (1, 2) else total

    def _gradient_norms(self, names: list[str]) -> torch.Tensor:
        parameters = dict(self.model.named_parameters())
        norms = []
        for name in names:
            row = name.removeprefix("nar_stage_embeddings.").partition(".")[0]
            is_stage = name.startswith("nar_stage_embeddings.")
            is_last_head = name.startswith("nar_predict_layers.") and self.model.config.share_embedding
            ours = "refiner.stage_embedding.weight" if is_stage else our_name(name)
            if name.startswith("nar_predict_layers."):
                ours = f"refiner.heads.{0 if is_last_head else name.split('.')[1]}.weight"
            gradient = parameters[ours].grad if ours in parameters else None  # the refiner learns no alpha
            gradient = gradient[int(row)] if is_stage and gradient is not None else gradient
            norms.append(0.0 if gradient is None else float(gradient.norm()))
        return torch.tensor(norms)


@contextmanager
def hidden_states(transformer: torch.nn.Module):
    """The outputs of all layers of a network by their number, and of its last norm, as long as the block lasts."""
    found: Values = {}

    def keep(name: str):
        return lambda module, inputs, output: found.update({name: output.detach()})

    modules = {str(index): layer for index, layer in enumerate(transformer.layers)}
    if transformer.norm is not None:
        modules["norm"] = transformer.norm
    handles = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


class CodesSpy:
    """Keeps the sampler of a model's next `generate`, as long as the block lasts."""

    sampler: CodeSampler

    def __init__(self, model: VallEForConditionalGeneration):
        self._network = model.autoregressive

    def __enter__(self) -> "CodesSpy":
        generate = self._network.generate

        def kept(**inputs: Any) -> torch.Tensor:
            (self.sampler,) = inputs["logits_processor"]
            return generate(**inputs)

        self._network.generate = kept
        return self

    def __exit__(self, *error: object) -> None:
        del self._network.generate


@contextmanager
def prefix_mode(model: VallEForConditionalGeneration, mode: int):
    """Another prefix mode, as long as the block lasts."""
    own = model.config.prefix_mode
    model.config.prefix_mode = mode
    try:
        yield
    finally:
        model.config.prefix_mode = own


@contextmanager
def reads_padding(model: VallEForConditionalGeneration, has_prenet: bool):
    """Prenets that read the padding of texts, as the original's do in a batch."""
    prenets = [network.inputs.text_prenet for network in (model.autoregressive, model.refiner)] if has_prenet else []
    for prenet in prenets:
        prenet.reads_padding = True
    try:
        yield
    finally:
        for prenet in prenets:
            prenet.reads_padding = False


@contextmanager
def position_before_prenet(model: VallEForConditionalGeneration):
    """The order of the original's `continual` in prefix mode 0, unlike that of its training (a fault ours has not)."""
    inputs = model.refiner.inputs
    if inputs.audio_prenet is None or model.config.prefix_mode != 0:
        yield
        return
    inputs.audio = lambda embeddings, places: inputs.audio_prenet(inputs.audio_position(embeddings, places))
    try:
        yield
    finally:
        del inputs.audio


def compare_valle(file: Comparison, recorded: Path, work: Path) -> None:
    """Adds the rows of `valle.safetensors`, or of the sets of `valle_tiny.safetensors`."""
    details, tensors = json.loads(file.metadata["json"]), long(file.recorded)
    if "weights" in details:
        ValleRecord(file, load(recorded, work, details["weights"]), tensors, details).compare()
        return
    for name, own in details.items():
        if isinstance(own, dict):
            part = {
                key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")
            }
            ValleRecord(file, load(recorded, work, own["weights"]), part, own, f"{name}/").compare()


def load(recorded: Path, work: Path, manifest: str) -> VallEForConditionalGeneration:
    """The converted model of a manifest, in evaluation mode."""
    return VallEForConditionalGeneration.from_pretrained(convert(recorded, work, manifest)).eval()


__all__ = ["LIMIT", "CodesSpy", "add", "add_codes", "compare_valle", "convert", "hidden_states", "load", "long"]
