# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""StyleTTS 2 and Kokoro: checkpoints as published with drawn weights, and the steps from text to waveform."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.prosody.length_regulation import expand_to_frames, round_durations
from transformers_tsukasa.models.tsukasa.speaking.voices import TsukasaVoices
from transformers_tsukasa.models.tsukasa.tokenization_tsukasa import TsukasaTokenizer

from .table import Comparison, Step, Values


FAMILY = ("ljspeech", "libritts", "kokoro")
"""The models, by the beginning of the names of their recorded files."""

_RECIPE = "synthetic_family.py"
# After a sentence of long form, an id of `generate()` that asks for no pause.
_MARK = -1
_GIVEN = ("style_noise", "ancestral_noise", "reference_mel", "voice_rows")


def convert_family(recorded: Path, work: Path, name: str) -> Path:
    """The model folder of a published checkpoint with drawn weights.

    The recipe of the weights belongs to the recorded data, and lies beside them or one folder above.

    Args:
        recorded: folder of the recorded files.
        work: an empty folder to write to.
        name: of `FAMILY`.
    """
    recipe = next((folder / _RECIPE for folder in (recorded, recorded.parent) if (folder / _RECIPE).is_file()), None)
    if recipe is None:
        raise SystemExit(f"neither {recorded} nor its parent has the recipe of the weights, {_RECIPE}")
    source, output = work / f"original_{name}", work / f"converted_{name}"
    subprocess.run([sys.executable, str(recipe), name, str(source)], check=True)
    command = [sys.executable, "-m", "transformers_tsukasa", "convert", str(source), str(output)]
    print(f"$ tsukasa convert {source.name} {output.name}", flush=True)
    subprocess.run(command, check=True)
    return output


class FamilySteps:
    """The steps of one sentence. Each takes the values so far and returns new ones by their recorded names.

    Args:
        model: the converted model.
        tokenizer: of its folder.
        metadata: text and options.
        sentence: which one of long form, whose names end in its number; `None` for a text of one sentence.
    """

    def __init__(
        self,
        model: TsukasaModelForConditionalGeneration,
        tokenizer: TsukasaTokenizer,
        metadata: dict[str, str],
        sentence: int | None = None,
    ):
        self.model, self.tokenizer, self.metadata, self.sentence = model, tokenizer, metadata, sentence
        self.rate = float(metadata.get("speed", 1.0))
        text = metadata.get("text_phonemes", metadata["text"])
        self.text = text if sentence is None else text.split("|")[sentence]

    def all(self) -> list[Step]:
        """The steps in order."""
        steps = [self.encode_text, *self._style_steps(), self.encode_prosody, self.durations, self.contours]
        if self.sentence is None:
            steps += [self.speak, self.generate]
        return [self._tokenize, *(self._numbered(step) for step in steps)]

    def _style_steps(self) -> list[Step]:
        if self.model.style_diffusion is None:
            return [self.take_row]
        encode = [] if self.model.config.style_diffusion_config.use_reference is False else [self.encode_reference]
        return [*encode, self.sample_style, self.mix_styles]

    def _numbered(self, step: Step) -> Step:
        """A step on the values of this sentence, without the number in their names."""
        if self.sentence is None:
            return step
        ending = f"_{self.sentence}"

        def run(values: Values) -> Values:
            own = {name.removesuffix(ending): value for name, value in values.items() if name.endswith(ending)}
            return {f"{name}{ending}": value for name, value in step({**values, **own}).items()}

        return run

    def _tokenize(self, values: Values) -> Values:
        ids = self.tokenizer(self.text, phonemize=False, return_tensors="pt")["input_ids"].to(self.model.device)
        return {"input_ids" if self.sentence is None else f"input_ids_{self.sentence}": ids}

    def encode_text(self, values: Values) -> Values:
        """The states of text encoder and PL-BERT."""
        ids = values["input_ids"]
        text_states, plbert_states = self.model.encode_text(ids, torch.ones_like(ids))
        return {"text_encoding": text_states.transpose(1, 2), "bert_hidden": plbert_states}

    def encode_reference(self, values: Values) -> Values:
        """The style of the clip; long form records it and not the clip."""
        if "reference_mel" not in values:
            return {}
        return {"reference_style": self.model.encode_reference(values["reference_mel"])}

    def sample_style(self, values: Values) -> Values:
        """The style that diffusion draws."""
        sampled = self.model.sample_styles(
            values["bert_hidden"],
            torch.ones_like(values["input_ids"]),
            values.get("reference_style"),
            values["style_noise"][:, 0],
            values["ancestral_noise"][:, :, 0],
            diffusion_steps=int(self.metadata["steps"]),
            guidance_scale=float(self.metadata["scale"]),
        )
        return {"sampled_style": sampled}

    def mix_styles(self, values: Values) -> Values:
        """The style that is spoken: drawn, carried over from the sentence before, and mixed with the reference."""
        style = values["sampled_style"]
        if self.sentence:
            carry = float(self.metadata["t"])
            style = carry * values[f"style_vector_{self.sentence - 1}"] + (1 - carry) * style
        if "reference_style" in values:
            shares = [float(self.metadata[name]) for name in ("alpha", "beta")]
            share = torch.tensor(shares, device=style.device).repeat_interleave(self.model.config.style_dim)
            style = share * style + (1 - share) * values["reference_style"]
        return {"style_vector": style}

    def take_row(self, values: Values) -> Values:
        """The row of the voice that fits the text, lost symbols counted; some files record it and not the voice."""
        if "voice_rows" not in values:
            return {"style_vector": values["style_vector"]}
        voices = TsukasaVoices(2 * self.model.config.style_dim)
        voices.add("recorded", values["voice_rows"])
        return {"style_vector": voices.style("recorded", len(self.text))[None].to(self.model.device)}

    def encode_prosody(self, values: Values) -> Values:
        """States from which durations and contours are predicted."""
        plbert_states, mask = values["bert_hidden"], torch.ones_like(values["input_ids"])
        return {
            "prosodic_text": self.model.plbert_projection(plbert_states).transpose(1, 2),
            "duration_encoding": self.model.encode_prosody(plbert_states, values["style_vector"], mask),
        }

    def durations(self, values: Values) -> Values:
        """Durations, from logits to rounded text frames."""
        predictor, encoded = self.model.prosody_predictor, values["duration_encoding"]
        logits = predictor.predict_durations(encoded)
        spoken = values.get("duration_logits", logits).sigmoid().sum(dim=-1)
        rounded = round_durations(spoken, torch.ones_like(values["input_ids"]), self.rate)[0]
        if self.sentence is None:
            rounded[-1] += self.model.config.final_frames_added
        return {
            "duration_lstm": predictor.duration_lstm(encoded),
            "duration_logits": logits,
            "durations": spoken / self.rate,
            "rounded_durations": rounded,
        }

    def contours(self, values: Values) -> Values:
        """F0 and energy."""
        expanded = self._expand(values["duration_encoding"], values)
        f0, energy = self.model.contours(expanded, values["style_vector"])
        states = self.model.prosody_predictor.contour_lstm(expanded)
        return {"contour_lstm_every8": states[..., ::8], "f0": f0, "energy": energy}

    def speak(self, values: Values) -> Values:
        """The waveform, on the recorded noise of the source, and states of the decoder on the way there."""
        aligned = self._expand(values["text_encoding"].transpose(1, 2), values)
        samples = aligned.shape[1] * self.model.config.samples_per_text_frame
        draw = np.random.Generator(np.random.PCG64(int(self.metadata["noise_seed"])))
        noise = torch.from_numpy(draw.standard_normal((1, samples)).astype(np.float32)).to(aligned.device)
        decoder, seen = self.model.decoder, {}
        source = decoder.generator.source
        places = {"decoder_input_block_every16": decoder.input_block, "generator_input_every8": decoder.blocks[-1]}
        hooks = [
            part.register_forward_hook(lambda module, inputs, output, name=name: seen.update({name: output}))
            for name, part in places.items()
        ]
        decoder.generator.source = _RecordedSource(source)
        waveform = self.model.speak(
            aligned, values["f0"], values["energy"], values["style_vector"], source_noise=noise
        )
        decoder.generator.source = source
        for hook in hooks:
            hook.remove()
        thinned = {name: states[:, :: int(name.rpartition("every")[2])] for name, states in seen.items()}
        return {**thinned, "waveform": waveform[:, None]}

    def generate(self, values: Values) -> Values:
        """The same prosody through `generate()`, which knows of this model what it does at the end of a text."""
        prosody = self.model.generate(
            input_ids=values["input_ids"],
            style_vector=values["style_vector"],
            alpha=0.0,
            beta=0.0,
            speaking_rate=self.rate,
            noise_scale=0.0,
            return_prosody=True,
        ).prosody
        return _of_generate(prosody)

    def _expand(self, states: torch.Tensor, values: Values) -> torch.Tensor:
        """States of tokens (batch, tokens, channels) on frames."""
        delay = self.model.config.alignment_delay
        return expand_to_frames((states,), values["rounded_durations"][None], delay=delay)[1][0]


class _WavesOnly(torch.nn.Module):
    """Takes the place of a source's mixer, and keeps what it is given."""

    def __init__(self):
        super().__init__()
        self.waves, self.noise = [], []

    def forward(self, waves: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        self.waves.append(waves)
        self.noise.append(noise)
        return noise[..., None]


class _RecordedSource(torch.nn.Module):
    """The source with the noise of the recording: each wave has its own, and products are added one after another.

    Ours adds their sum, which is the same but for rounding. The first frame of the source's spectrum is symmetric, and
    whether an angle in it is pi or minus pi is a matter of the last bit.
    """

    def __init__(self, source: torch.nn.Module):
        super().__init__()
        self.source = source

    def forward(self, f0: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        mix, kept = self.source.mix, _WavesOnly()
        self.source.mix = kept
        self.source(f0, torch.ones_like(noise))
        self.source.mix = mix
        waves, deviation = torch.cat(kept.waves, dim=1), torch.cat(kept.noise, dim=1)
        weight = mix.weight[0]
        waves = waves + deviation[..., None] * (noise[..., None] * (weight / weight.norm()))
        mixed = torch.zeros_like(noise)
        for number, factor in enumerate(weight):
            mixed = mixed + waves[..., number] * factor
        return torch.tanh(mixed + mix.bias)


class LongFormSteps:
    """The steps of a text of several sentences."""

    def __init__(
        self, model: TsukasaModelForConditionalGeneration, tokenizer: TsukasaTokenizer, metadata: dict[str, str]
    ):
        self.model = model
        self.sentences = [
            FamilySteps(model, tokenizer, metadata, number) for number in range(metadata["text"].count("|") + 1)
        ]

    def all(self) -> list[Step]:
        """The steps in order."""
        return [step for sentence in self.sentences for step in sentence.all()] + [self.generate]

    def generate(self, values: Values) -> Values:
        """The same prosody through `generate()`, every sentence with its own recorded style."""
        numbers = range(len(self.sentences))
        mark = torch.full((1, 1), _MARK, device=self.model.device)
        ids = torch.cat([part for number in numbers for part in (values[f"input_ids_{number}"], mark)], dim=1)
        results: Values = {}
        for number in numbers:
            speech = self.model.generate(
                input_ids=ids,
                style_vector=values[f"style_vector_{number}"],
                alpha=0.0,
                beta=0.0,
                noise_scale=0.0,
                return_prosody=True,
            )
            results |= _of_generate(speech.prosody[number], f"_{number}")
        return results


def _of_generate(prosody, ending: str = "") -> Values:
    way = f"{ending} (generate)"
    return {
        f"rounded_durations{way}": prosody.durations[0],
        f"f0{way}": prosody.f0,
        f"energy{way}": prosody.energy,
    }


@torch.inference_mode()
def compare_family(file: Comparison, model: TsukasaModelForConditionalGeneration, folder: Path) -> None:
    """Adds the rows of a file of the family.

    End to end, the decoder still gets the recorded F0, as in `compare_synthesis`.

    Args:
        file: the recorded results.
        model: the converted model.
        folder: that it was loaded from.
    """
    numbered = [f"{name}_{number}" for name in _GIVEN for number in range(9)]
    is_long, given = "rounded_durations_0" in file.recorded, [*_GIVEN, *numbered]
    if is_long:
        given.append("reference_style")
    if model.style_diffusion is None and "voice_rows" not in file.recorded:
        given.append("style_vector")
    file.given(*given)
    # The original loses unknown symbols without a word; our tokenizer would refuse them.
    tokenizer = TsukasaTokenizer.from_pretrained(folder, unknown="drop")
    steps = (LongFormSteps if is_long else FamilySteps)(model, tokenizer, file.metadata)
    file.run(steps.all(), kept=("f0",))
