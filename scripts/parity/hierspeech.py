# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""HierSpeech++: a checkpoint with drawn weights as published, converted, on recorded inputs."""

import subprocess
import sys
from pathlib import Path

import torch

from transformers_tsukasa.models.hierspeech.discriminators import HierSpeechDiscriminators
from transformers_tsukasa.models.hierspeech.feature_extraction_hierspeech import (
    HierSpeechFeatureExtractor,
    log_f0,
    match_f0,
)
from transformers_tsukasa.models.hierspeech.modeling_hierspeech import HierSpeechForVoiceConversion
from transformers_tsukasa.models.hierspeech.training_parts import HierSpeechTrainingParts

from .table import Comparison, Step, Values


FILES = (
    "features",
    "voice_conversion",
    "acoustic_path",
    "discriminator",
    "text_to_speech",
    "ttv_training",
    "denoiser",
)
"""Names of the recorded files; those without steps here fail, as the rule of the table is."""

_MANIFEST, _RECIPE = "manifest_hierspeech.json", "synthetic_checkpoint.py"
_CONFIG = "hierspeechpp_eng_kor_config.json"
_DISCRIMINATORS = "converted_hierspeech_discriminators"
_PCM = 32767.0


def holds_hierspeech(recorded: Path) -> bool:
    """Whether a folder, or the one above, has the manifest of HierSpeech++'s tensors."""
    return _beside(recorded, _MANIFEST) is not None


def convert_hierspeech(recorded: Path, work: Path) -> Path:
    """The model folder of a synthesizer with drawn weights; its recipe belongs to the recorded data."""
    manifest, recipe = _beside(recorded, _MANIFEST), _beside(recorded, _RECIPE)
    config = _beside(recorded, f"configs/{_CONFIG}")
    if manifest is None or recipe is None or config is None:
        raise SystemExit(f"{recorded} and its parent lack one of {_MANIFEST}, {_RECIPE} and configs/{_CONFIG}")
    source, output = work / "original_hierspeech", work / "converted_hierspeech"
    modules = ["--modules", "synthesizer", "discriminator"]
    subprocess.run([sys.executable, str(recipe), str(manifest), str(source), *modules], check=True)
    discriminators = source / "discriminator" / "D_0.pth"
    if discriminators.is_file():
        arguments = ["convert", str(discriminators), str(output.with_name(_DISCRIMINATORS))]
        subprocess.run([sys.executable, "-m", "transformers_tsukasa", *arguments], check=True)
    checkpoint = next(path for path in source.rglob("*.pth") if path != discriminators)
    arguments = ["convert", str(checkpoint), str(output), "--for-training", "--config", str(config)]
    subprocess.run([sys.executable, "-m", "transformers_tsukasa", *arguments], check=True)
    return output


def _beside(recorded: Path, name: str) -> Path | None:
    return next((path for folder in (recorded, recorded.parent) if (path := folder / name).is_file()), None)


class ConversionSteps:
    """The steps of voice conversion; records are (batch, channels, steps), ours (batch, steps, channels).

    Args:
        model: the converted synthesizer.
        metadata: options of the recording.
    """

    def __init__(self, model: HierSpeechForVoiceConversion, metadata: dict[str, str]):
        self.model = model
        self.noise_scale, self.denoised = float(metadata["noise_scale_vc"]), float(metadata["denoise_ratio"])

    def all(self) -> list[Step]:
        """The steps in order."""
        return [self.style, self.semantic, self.flows, self.inner_flow, self.source, self.generate, self.finish]

    def style(self, values: Values) -> Values:
        """The style of both prompts, and their mixture."""
        encoder = self.model.speaker_encoder
        mel = values["prompt_mel"].transpose(1, 2)
        mask = mel.new_ones(*mel.shape[:2], 1)
        read = encoder.read(mel, mask)
        gated = encoder.gate(read, mask)
        speaker = self.model.encode_speaker(mel)
        plain, cleaned = values.get("speaker", speaker).split(1)
        mixed = (1 - self.denoised) * plain + self.denoised * cleaned
        return {
            "style.spectral": _channels_first(read),
            "style.temporal": _channels_first(gated),
            "style.attention": _channels_first(encoder.attend(gated, mask) - gated),
            "speaker": speaker,
            "speaker_mixed": mixed,
        }

    def semantic(self, values: Values) -> Values:
        """The prior, and a draw of it."""
        encoder, speaker = self.model.semantic_encoder, values["speaker_mixed"]
        features, f0 = values["w2v"].transpose(1, 2), values["log_f0"][:, 0]
        mask = features.new_ones(*features.shape[:2], 1)
        by_features, by_f0 = encoder.encode_features(features, speaker, mask), encoder.encode_f0(f0, speaker, mask)
        mean, log_scale = encoder(features, f0, speaker, mask)
        drawn = mean + self.noise_scale * values["noise"].transpose(1, 2) * log_scale.exp()
        results = {
            "semantic.source": by_features,
            "semantic.filter": by_f0,
            "semantic.joint": encoder.joint_encoder(by_features + by_f0, mask, speaker),
            "semantic_mean": mean,
            "semantic_log_scale": log_scale,
            "z_semantic": drawn,
        }
        return {name: _channels_first(state) for name, state in results.items()}

    def flows(self, values: Values) -> Values:
        """Both flows backwards."""
        speaker, latent = values["speaker_mixed"], values["z_semantic"].transpose(1, 2)
        mask = latent.new_ones(*latent.shape[:2], 1)
        related = self.model.semantic_flow(latent, speaker, mask, reverse=True)
        given = values["z_related"].transpose(1, 2) if "z_related" in values else related  # recorded, or our own
        acoustic = self.model.acoustic_flow(given, speaker, mask, reverse=True)
        return {"z_related": _channels_first(related), "z_acoustic": _channels_first(acoustic)}

    def inner_flow(self, values: Values) -> Values:
        """Conditions of the flows, and the inside of the coupling that runs first."""
        speaker, results = values["speaker_mixed"], {}
        for name, flow, latent in (
            ("semantic", self.model.semantic_flow, values["z_semantic"]),
            ("acoustic", self.model.acoustic_flow, values["z_related"]),
        ):
            condition = results[f"flow_{name}.condition"] = flow.condition(speaker)
            states = latent.transpose(1, 2).flip(2)
            mask = states.new_ones(*states.shape[:2], 1)
            coupling = flow.couplings[-1]
            results[f"flow_{name}.coupling_3"] = _channels_first(coupling(states, condition, mask, reverse=True))
            if name == "semantic":
                block, hidden = coupling.blocks[0], coupling.input_projection(states.chunk(2, dim=2)[0])
                modulation = block.modulation(torch.nn.functional.silu(condition))
                shift, scale, gate, feed_shift, feed_scale, _ = modulation[:, None].chunk(6, dim=2)
                attended = block.attend(block.attention_norm(hidden) * (1 + scale) + shift, mask)
                between = block.feed_forward_norm(hidden + gate * attended) * (1 + feed_scale) + feed_shift
                place = "flow_semantic.coupling_3.block_0"
                results[f"{place}.modulation"], results[f"{place}.attention"] = modulation, attended
                results[f"{place}.feed_forward"] = block.feed_forward(between, mask)
                results[place] = block(hidden, condition, mask)
        # The coupling that runs last gives the result of the flow.
        latent = values["z_semantic"].transpose(1, 2)
        mask = latent.new_ones(*latent.shape[:2], 1)
        results["flow_semantic.coupling_0"] = _channels_first(
            self.model.semantic_flow(latent, speaker, mask, reverse=True)
        )
        return results

    def source(self, values: Values) -> Values:
        """The source generator."""
        generator, latent = self.model.source_generator, values["z_acoustic"].transpose(1, 2).contiguous()
        speaker, results = values["speaker_mixed"], {}
        states = generator.input_conv(latent) + generator.speaker_projection(speaker[:, None])
        results["source.pre"] = _channels_first(states)
        for number, (upsample, stage) in enumerate(zip(generator.upsamples, generator.stages, strict=True)):
            states = stage(upsample(states))
            results[f"source.stage_{number}"] = _channels_first(states)
        hidden, f0 = generator(latent, speaker)
        return {**results, "source.hidden": _channels_first(hidden), "source.log_f0": f0[:, None]}

    def generate(self, values: Values) -> Values:
        """The waveform generator, and both generators without a style."""
        model, generator = self.model, self.model.waveform_generator
        latent, speaker = values["z_acoustic"].transpose(1, 2).contiguous(), values["speaker_mixed"]
        source, _ = model.source_generator(latent, speaker)
        states = (
            generator.input_conv(latent) + generator.reduce(source) + generator.speaker_projection(speaker[:, None])
        )
        raised, injected = generator.upsamples[0](states), generator.source_conv(source)
        results = {
            "generator.down": generator.reduce(source),
            "generator.pre": states,
            "generator.up_0": raised,
            "generator.source_projection": injected,
            "generator.block_0": generator.stages[0].blocks[0](raised + injected),
        }
        states = raised + injected
        for number, stage in enumerate(generator.stages):
            states = stage(generator.upsamples[number](states) if number else states)
            results[f"generator.stage_{number}"] = states
        results["generator.post"] = generator.output_conv(generator.activation(states))
        waveform = torch.cat(list(model.speak(latent, speaker)), dim=1)
        return {**{name: _channels_first(state) for name, state in results.items()}, "waveform": waveform[:, None]}

    def finish(self, values: Values) -> Values:
        """Without a style, and both forms of 16-bit samples; `forward` from features to the waveform."""
        alone = values["speaker"][:1]
        common = {
            "features": values["w2v"].transpose(1, 2),
            "log_f0": values["log_f0"][:, 0],
            "noise": values["noise"].transpose(1, 2),
            "noise_scale": self.noise_scale,
        }
        unconditional = self.model(**common, speaker=alone, unconditional=True).waveform
        complete = self.model(**common, speaker=values["speaker_mixed"]).waveform
        wave = values["waveform"][0, 0]
        loudest = wave / wave.abs().max()
        return {
            "waveform_unconditional": unconditional[:, None],
            "waveform (forward)": complete[:, None],
            "pcm_max": _as_pcm(loudest * 0.999),
            "pcm_prompt": _as_pcm(loudest * values["prompt_peak"]),
        }


def _as_pcm(waveform: torch.Tensor) -> torch.Tensor:
    return (waveform * _PCM).to(torch.int16)


def _channels_first(states: torch.Tensor) -> torch.Tensor:
    return states.transpose(1, 2)


def _crop(value: torch.Tensor, recorded: torch.Tensor | None) -> torch.Tensor:
    """The first columns of a result, as many as were recorded."""
    if recorded is None or value.ndim != recorded.ndim:
        return value
    return value[tuple(slice(0, size) for size in recorded.shape)]


def _cropping(step: Step, recorded: Values) -> Step:
    def cropped(values: Values) -> Values:
        return {name: _crop(value, recorded.get(name.split(" (")[0])) for name, value in step(values).items()}

    return cropped


class AcousticSteps:
    """The path that only training takes: posterior, both priors, flows in both directions, prosody.

    Args:
        model: the converted synthesizer.
        parts: what only training needs of it.
        waveform: (1, samples), of the file of features.
        features: (1, frames, feature_size), of the file of voice conversion.
    """

    def __init__(
        self,
        model: HierSpeechForVoiceConversion,
        parts: HierSpeechTrainingParts,
        waveform: torch.Tensor,
        features: torch.Tensor,
    ):
        self.model, self.parts, self.waveform, self.features = model, parts, waveform, features

    def all(self) -> list[Step]:
        """The steps in order."""
        return [self.style, self.posterior, self.priors, self.flows, self.prosody, self.generate]

    def style(self, values: Values) -> Values:
        """The style of the recording itself."""
        return {"speaker": self.model.encode_speaker(values["mel"].transpose(1, 2))}

    def posterior(self, values: Values) -> Values:
        """Latent states of the waveform and its spectrum."""
        encoder, speaker = self.parts.acoustic_encoder, values["speaker"]
        spectrum = values["power_spectrum"].transpose(1, 2)
        stages = encoder.encode_waveform(self.waveform)
        states = encoder.input_conv(self.waveform[:, :, None])
        mean, log_scale = encoder(self.waveform, spectrum, speaker)
        results = {
            "acoustic.audio_down_0": encoder.downsamples[0](states),
            **{f"acoustic.audio_stage_{number}": stage for number, stage in enumerate(stages[:-1])},
            "acoustic.audio": stages[-1],
            "acoustic.spectrum": encoder.encode_spectrum(spectrum, speaker),
            **_drawn("acoustic", mean, log_scale, values),
        }
        return {name: _channels_first(state) for name, state in results.items()}

    def priors(self, values: Values) -> Values:
        """Both semantic encoders."""
        speaker, f0, results = values["speaker"], values["log_f0"][:, 0], {}
        mask = self.features.new_ones(*self.features.shape[:2], 1)
        for name, encoder in (
            ("related", self.parts.related_encoder),
            ("semantic", self.model.semantic_encoder),
        ):
            by_features = encoder.encode_features(self.features, speaker, mask)
            by_f0 = encoder.encode_f0(f0, speaker, mask)
            results |= {
                f"{name}.source": by_features,
                f"{name}.filter": by_f0,
                f"{name}.joint": encoder.joint_encoder(by_features + by_f0, mask, speaker),
                **_drawn(name, *encoder(self.features, f0, speaker, mask), values),
            }
        return {name: _channels_first(state) for name, state in results.items()}

    def flows(self, values: Values) -> Values:
        """All four directions, and the divergences of what they map from the prior there."""
        results: Values = {}
        for start, end, flow in (
            ("acoustic", "related", self.model.acoustic_flow),
            ("related", "semantic", self.model.semantic_flow),
        ):
            for first, last, reverse in ((start, end, False), (end, start, True)):
                latent = values[f"z_{first}"].transpose(1, 2)
                mask = latent.new_ones(*latent.shape[:2], 1)
                mapped = flow(latent, values["speaker"], mask, reverse=reverse)
                results[f"{first}_to_{last}"] = _channels_first(mapped)
            mean, log_scale = values[f"{end} mean"], values[f"{end} log_scale"]
            distance = (results[f"{start}_to_{end}"] - mean).square() * torch.exp(-2 * log_scale)
            divergence = log_scale - values[f"{start} log_scale"] - 0.5 + 0.5 * distance
            results[f"kl_{start}"] = divergence.sum(dim=1).mean().reshape(1)
        return results

    def prosody(self, values: Values) -> Values:
        """The lowest bands of the log-mel."""
        decoder, latent = self.parts.prosody_decoder, values["z_related"].transpose(1, 2)
        mask = latent.new_ones(*latent.shape[:2], 1)
        read = decoder.read(latent, values["speaker"])
        results = {
            "prosody.pre": decoder.input_conv(latent),
            "prosody.encoded": decoder.encode(read, mask),
            "prosody": decoder(latent, values["speaker"], mask),
        }
        return {name: _channels_first(state) for name, state in results.items()}

    def generate(self, values: Values) -> Values:
        """Both generators from the posterior's states."""
        latent, speaker = values["z_acoustic"].transpose(1, 2).contiguous(), values["speaker"]
        hidden, f0 = self.model.source_generator(latent, speaker)
        waveform = torch.cat(list(self.model.speak(latent, speaker)), dim=1)
        return {
            "source.hidden": _channels_first(hidden),
            "source.log_f0": f0[:, None],
            "waveform": waveform[:, None],
        }


def _drawn(name: str, mean: torch.Tensor, log_scale: torch.Tensor, values: Values) -> Values:
    """Moments of latent states, of which few columns are recorded, also under names of their own, and a draw."""
    noise = values[f"noise_{name}"].transpose(1, 2)
    return {
        f"{name}_mean": mean,
        f"{name}_log_scale": log_scale,
        f"{name} mean": mean,
        f"{name} log_scale": log_scale,
        f"z_{name}": mean + noise * log_scale.exp(),
    }


class DiscriminatorSteps:
    """Scores and maps of a recording and of generated speech, and the losses that they make.

    Args:
        model: the converted discriminators.
    """

    def __init__(self, model: HierSpeechDiscriminators):
        self.model = model

    def score(self, values: Values) -> Values:
        """Everything that is recorded of both waveforms."""
        results: Values = {}
        outputs = {kind: self.model(values[f"{kind}_audio"][:, 0]) for kind in ("real", "fake")}
        for kind, output in outputs.items():
            for number, (scores, maps) in enumerate(output):
                place = f"{kind}.{number}"
                results[f"{place}.score"], results[f"{place}.map_1"] = scores, maps[1]
                norms = [state.double().norm() for state in maps]
                results[f"{place}.map_norms"] = torch.stack(norms).float()
        pairs = list(zip(outputs["real"], outputs["fake"], strict=True))
        losses = {
            "discriminator_loss": sum(
                (1 - real).square().mean() + fake.square().mean() for (real, _), (fake, _) in pairs
            ),
            "generator_loss": sum((1 - fake).square().mean() for _, (fake, _) in pairs),
            "feature_loss": sum(
                2 * (first - second).abs().mean()
                for (_, real), (_, fake) in pairs
                for first, second in zip(real, fake, strict=True)
            ),
        }
        return {**results, **{name: torch.as_tensor(loss).reshape(1) for name, loss in losses.items()}}


class FeatureSteps:
    """Audio and F0 before the network.

    Args:
        extractor: of the converted model.
        metadata: of the recording.
    """

    def __init__(self, extractor: HierSpeechFeatureExtractor, metadata: dict[str, str]):
        self.extractor, self.length = extractor, int(metadata["source_length"])

    def pad(self, values: Values) -> Values:
        """The source, whose own length the metadata tells, padded again."""
        source = values["source_audio_padded"][0, : self.length].numpy()
        return {"source_audio_padded": torch.from_numpy(self.extractor.pad_source(source))[None]}

    def f0(self, values: Values) -> Values:
        """F0 of the source in the register of the prompt."""
        source, prompt = (values[f"{name}_f0_hz"].numpy() for name in ("source", "prompt"))
        return {"log_f0_converted": torch.from_numpy(log_f0(match_f0(source, prompt)))}

    def mel(self, values: Values) -> Values:
        """Log-mels of the prompt, and of the stand-in for a denoised one: a smoothed prompt at nine tenths."""
        prompt = values["prompt_audio"]
        smooth = torch.tensor([[[0.25, 0.5, 0.25]]])
        denoised = 0.9 * torch.nn.functional.conv1d(prompt[:, None], smooth, padding=1)[:, 0]
        mels = [self.extractor.log_mel(waveform[0]).T for waveform in (prompt, denoised)]
        return {"prompt_mel": torch.stack(mels)}


@torch.inference_mode()
def compare_hierspeech(file: Comparison, folder: Path, device: torch.device) -> None:
    """Adds the rows of a file of records.

    Args:
        file: the recorded results.
        folder: of the converted synthesizer.
        device: where ours computes.
    """
    name = file.path.stem
    if name == "features":
        file.given("source_audio_padded", "prompt_audio", *(key for key in file.recorded if "_f0_hz" in key))
        steps = FeatureSteps(HierSpeechFeatureExtractor.from_pretrained(folder), file.metadata)
        file.run([steps.pad, steps.f0, steps.mel])
    elif name == "voice_conversion":
        file.given("w2v", "log_f0", "prompt_mel", "noise", "prompt_peak")
        model = HierSpeechForVoiceConversion.from_pretrained(folder).eval().to(device)
        file.run([_cropping(step, file.recorded) for step in ConversionSteps(model, file.metadata).all()])
    elif name == "discriminator":
        file.given("real_audio", "fake_audio")
        discriminators = HierSpeechDiscriminators.from_pretrained(folder.with_name(_DISCRIMINATORS)).eval().to(device)
        file.run([_cropping(DiscriminatorSteps(discriminators).score, file.recorded)])
    elif name == "acoustic_path":
        file.given("mel", "power_spectrum", "log_f0", "noise_acoustic", "noise_related", "noise_semantic")
        model = HierSpeechForVoiceConversion.from_pretrained(folder).eval().to(device)
        parts = HierSpeechTrainingParts.from_pretrained(folder / "training_parts").eval().to(device)
        waveform = _sibling(file, "features").recorded["source_audio_padded"].to(device)
        features = _sibling(file, "voice_conversion").recorded["w2v"].transpose(1, 2).to(device)
        steps = AcousticSteps(model, parts, waveform, features).all()
        file.run([_cropping(step, file.recorded) for step in steps])


def _sibling(file: Comparison, name: str) -> Comparison:
    """Another recorded file of the same folder, which has inputs of this one."""
    path = file.path.with_stem(name)
    if not path.is_file():
        raise SystemExit(f"{file.path.name} needs the inputs of {path.name} beside it")
    return Comparison.open(path, torch.device("cpu"))
