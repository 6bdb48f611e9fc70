# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The training steps that `benchmark_training.py` measures: ours and the plain one, on a synthetic corpus."""

import argparse
import copy
from dataclasses import dataclass

import torch
from torch.utils.data import Dataset
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from measuring import Stopwatch
from training_yardstick import PlainStage1, PlainStep, write_out
from training_yardstick_slm import PlainAdversary
from training_yardstick_stage2 import PlainStage2
from transformers_tsukasa.audio.mel import energy_from_mel, log_mel_spectrogram
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaConfig, read_preset
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from transformers_tsukasa.models.tsukasa.training_models.alignment_search import durations_from_alignment
from transformers_tsukasa.models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from transformers_tsukasa.models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.training.engine.optimizers import adamw_arguments
from transformers_tsukasa.training.engine.phases import Phase
from transformers_tsukasa.training.recipes.aligned_models import monotonic_path, plan_alignments
from transformers_tsukasa.training.recipes.stage1 import Stage1Arguments, Stage1Models, Stage1Trainer
from transformers_tsukasa.training.recipes.stage2.arguments import Stage2Arguments
from transformers_tsukasa.training.recipes.stage2.phases import OUT_OF_DOMAIN
from transformers_tsukasa.training.recipes.stage2.start import Stage2Start
from transformers_tsukasa.training.recipes.stage2.trainer import Stage2Trainer
from transformers_tsukasa.training.speech_models.speech_language_model import SpeechLanguageModel
from transformers_tsukasa.training.speech_models.whisper import WhisperStates


NEVER = 10**6
# Width and hidden states of the smallest Whisper, which replaces the largest one on a CPU.
SMALL_WHISPER = (384, 5)
# Bias of the duration head: 3.4 of 50 text frames a token, as in speech.
SHORT_DURATIONS = -2.6


class SyntheticCorpus(Dataset):
    """Synthetic utterances with all that preparation caches: log-mel, F0, energy, durations.

    Args:
        count: of utterances.
        mel_frames: of the longest; the others have at least 87 % of it, as in a bucket of the batch sampler.
        config: of the model.
    """

    def __init__(self, count: int, mel_frames: int, config: TsukasaConfig) -> None:
        draw = torch.Generator().manual_seed(0)
        self.items = []
        for index in range(count):
            frames = 2 * round(mel_frames * (1.0 - 0.13 * index / count) / 2)
            samples = torch.arange(frames * config.audio_config.hop_length) / config.sampling_rate
            hum = sum(0.1 / k * torch.cos(2 * torch.pi * k * (110 + 7 * index) * samples) for k in range(1, 8))
            waveform = hum * (0.6 + 0.4 * torch.sin(25 * samples)) + 0.003 * torch.randn(len(samples), generator=draw)
            mel = log_mel_spectrogram(waveform)[:, :frames]
            ids = torch.randint(40, 60, (frames // 7,), generator=draw)
            ids[0] = ids[-1] = config.pad_token_id
            item = {"index": index, "speaker_id": 0, "input_ids": ids, "mel": mel, "waveform": waveform}
            self.items.append({**item, "energy": energy_from_mel(mel), "input_features": mel[:, :80]})
        self.frame_counts = [item["mel"].shape[1] for item in self.items]
        self.durations = None

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> dict:
        return self.items[index]

    @torch.no_grad()
    def cache(self, aligner, pitch_extractor, source: str) -> None:
        """Computes F0 and durations, as `tsukasa prepare` caches them."""
        for item in self.items:
            item["f0"] = torch.zeros(item["mel"].shape[1])
        batch = {name: value.to(aligner.device) for name, value in TsukasaDataCollator()(self.items).items()}
        lengths = batch["mel_attention_mask"].sum(dim=1)
        tokens = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        alignment_output = aligner(mel=batch["mel"], mel_lengths=lengths, **tokens)
        alignment = monotonic_path(alignment_output, *tokens.values(), source)
        self.durations = durations_from_alignment(alignment).cpu()
        pitches = pitch_extractor(batch["mel"], mel_lengths=lengths).f0.cpu()
        for item, durations, f0 in zip(self.items, self.durations, pitches, strict=True):
            item["durations"], item["f0"] = durations[: len(item["input_ids"])], f0[: item["mel"].shape[1]]


class TrainerStep:
    """One update of a trainer per call, as its own loop makes it."""

    def __init__(self, trainer, watch: Stopwatch) -> None:
        self.trainer, self.watch = trainer, watch
        trainer.get_train_dataloader()
        trainer.create_optimizer_and_scheduler(num_training_steps=1000)
        trainer.model_wrapped, trainer.optimizer = trainer.accelerator.prepare(trainer.model, trainer.optimizer)
        trainer.current_gradient_accumulation_steps = 1
        tts = trainer.model.tts
        for owner, method, part in (
            (trainer, "compute_losses", "losses"),
            *((adversary, "backward", "discriminators") for adversary in trainer.adversaries.values()),
            (trainer, "finish_gradients", "optimizers"),
            (trainer.accelerator, "backward", "backward"),
            (trainer.model, "run_aligner", "aligner"),
            (tts.text_encoder, "forward", "text"),
            (tts.plbert, "forward", "text"),
            (tts.acoustic_style_encoder, "forward", "style"),
            (tts.prosodic_style_encoder, "forward", "style"),
            (tts.prosody_predictor, "encode", "prosody"),
            (tts.prosody_predictor, "predict_durations", "prosody"),
            (tts.prosody_predictor, "predict_f0_and_energy", "prosody"),
            (tts.style_diffusion, "loss", "diffusion"),
            (tts, "sample_styles", "diffusion"),
            (tts.decoder, "forward", "decoder"),
        ):
            watch.watch(owner, method, part)

    def __call__(self, items: list[dict]) -> dict[str, float]:
        """One update; the losses by name."""
        trainer = self.trainer
        trainer.training_step(trainer.model_wrapped, self.inputs(items))
        with self.watch.part("optimizers"):
            trainer.optimizer.step()
            trainer.lr_scheduler.step()
            trainer.optimizer.zero_grad()
        return {}

    def inputs(self, items: list[dict]) -> dict[str, torch.Tensor]:
        """Switches the model to training mode and returns a batch as the trainer's own loop gets it."""
        with self.watch.part("data"):
            inputs = self.trainer._prepare_inputs(self.trainer.data_collator(items))
        self.trainer.model.train()
        return inputs

    def losses(self) -> dict[str, float]:
        """Mean losses over all updates since the last call."""
        return self.trainer._losses.read(self.trainer.accelerator)


class AdversaryStep(TrainerStep):
    """The extra update of the joint phase alone."""

    def __call__(self, items: list[dict]) -> dict[str, float]:
        """One update; the losses by name."""
        self.trainer.extra_update([self.inputs(items)])
        return {}


@dataclass
class Case:
    """A phase of a stage: our step, the plain step, and the utterances of a batch."""

    name: str
    ours: TrainerStep
    plain: PlainStep
    items: list[dict]


@dataclass
class Parts:
    """The models that both stages train, from one seed, and the utterances."""

    model: TsukasaModelForConditionalGeneration
    aligner: TsukasaTextAligner
    pitch_extractor: TsukasaPitchExtractor
    discriminators: TsukasaDiscriminators
    corpus: SyntheticCorpus

    @classmethod
    def fresh(cls, options: argparse.Namespace) -> "Parts":
        """New parts by the preset, on the device; the trainer moves the model there itself."""
        torch.manual_seed(0)
        config = read_preset(options.preset)
        if options.device.type == "cpu":
            discriminator_config = config.discriminator_config
            discriminator_config.slm_hidden_size, discriminator_config.slm_num_layers = SMALL_WHISPER
        model = TsukasaModelForConditionalGeneration(config)
        aligner = TsukasaTextAligner(config.text_aligner_config).eval().to(options.device)
        pitch_extractor = TsukasaPitchExtractor(config.pitch_extractor_config).eval().to(options.device)
        discriminators = TsukasaDiscriminators(config.discriminator_config)
        discriminators.apply_weight_norm()
        corpus = SyntheticCorpus(options.batch_size, options.frames, config)
        corpus.cache(aligner, pitch_extractor, aligner.config.alignment_source)
        return cls(model, aligner, pitch_extractor, discriminators, corpus)


def run_options(options: argparse.Namespace, folder: str) -> dict:
    """Arguments that both stages share."""
    return {
        "output_dir": folder,
        "use_cpu": options.device.type == "cpu",
        "bf16": options.bf16,
        "compile_parts": options.compile,
        "report_to": "none",
        "save_strategy": "no",
        "max_crop_frames": options.crop_frames,
        "max_frames_per_batch": 10**6,
    }


def stage1_case(options: argparse.Namespace, phase: str, watches: tuple[Stopwatch, Stopwatch], folder: str) -> Case:
    """`phase` is "reconstruction" or "adversarial"."""
    parts = Parts.fresh(options)
    is_adversarial = phase == "adversarial"
    arguments = Stage1Arguments(**run_options(options, folder), tma_step=0 if is_adversarial else NEVER)
    alignments = plan_alignments(
        parts.aligner,
        arguments.alignment_source,
        arguments.soft_alignment_share,
        arguments.alignments,
        [parts.corpus],
    )
    models = Stage1Models(parts.model, parts.aligner, alignments, arguments.max_crop_frames)
    twins = copy.deepcopy(models), copy.deepcopy(parts.discriminators)
    trainer = Stage1Trainer(
        models,
        arguments,
        train_dataset=parts.corpus,
        data_collator=TsukasaDataCollator(),
        discriminators=parts.discriminators,
    )
    ours = TrainerStep(trainer, watches[0])
    plain = PlainStage1(
        pitch_extractor=parts.pitch_extractor,
        is_adversarial=is_adversarial,
        aligner_learns=is_adversarial,
        **plain_arguments(trainer, *twins, watches[1], options.device),
    )
    return Case(f"stage 1, {phase}", ours, plain, parts.corpus.items)


def random_whisper(config: TsukasaConfig, options: argparse.Namespace) -> SpeechLanguageModel:
    """A Whisper encoder of the shape that the discriminators expect, with random weights."""
    expected = config.discriminator_config
    encoder_config = WhisperConfig(
        d_model=expected.slm_hidden_size,
        encoder_layers=expected.slm_num_layers - 1,
        encoder_attention_heads=expected.slm_hidden_size // 64,
        encoder_ffn_dim=4 * expected.slm_hidden_size,
        num_mel_bins=128,
    )
    with options.device:
        return SpeechLanguageModel(WhisperStates(WhisperEncoder(encoder_config)))


def stage2_case(options: argparse.Namespace, phase: str, watches: tuple[Stopwatch, Stopwatch], folder: str) -> Case:
    """`phase` is "prosody", "diffusion", "joint" (without its extra update) or "adversary" (only that update)."""
    parts = Parts.fresh(options)
    draws_styles, is_joint = phase != "prosody", phase in ("joint", "adversary")
    steps = {"diffusion_step": 0 if draws_styles else NEVER, "joint_step": 0 if is_joint else NEVER}
    arguments = Stage2Arguments(**run_options(options, folder), **steps, slm_every=NEVER)
    slm = random_whisper(parts.model.config, options) if is_joint else None
    start = Stage2Start(parts.model, parts.aligner, parts.discriminators, slm, None)
    models = start.models(arguments, [parts.corpus])
    twins = copy.deepcopy(models), copy.deepcopy(parts.discriminators)
    trainer = Stage2Trainer(
        models,
        arguments,
        train_dataset=parts.corpus,
        data_collator=TsukasaDataCollator(),
        **start.trainer_arguments,
    )
    if phase == "adversary":
        # With random weights, a text would last half a minute.
        with torch.no_grad():
            for tts in (models.tts, twins[0].tts):
                tts.prosody_predictor.duration_projection.bias.fill_(SHORT_DURATIONS)
        ours = AdversaryStep(trainer, watches[0])
        shared = plain_arguments(trainer, *twins, watches[1], options.device, OUT_OF_DOMAIN)
        plain = PlainAdversary(speech_language_model=slm, options=arguments, **shared)
        return Case("stage 2, adversary on the speech language model", ours, plain, parts.corpus.items)
    ours = TrainerStep(trainer, watches[0])
    plain = PlainStage2(
        pitch_extractor=parts.pitch_extractor,
        draws_styles=draws_styles,
        decoder_learns=is_joint,
        speech_language_model=slm,
        **plain_arguments(trainer, *twins, watches[1], options.device),
    )
    return Case(f"stage 2, {phase}", ours, plain, parts.corpus.items)


def plain_arguments(
    trainer, models, discriminators, watch: Stopwatch, device: torch.device, phase: Phase | None = None
) -> dict:
    """Arguments of a plain step that computes the same as a trainer: copies of its models in the same modes, options.

    Args:
        phase: decides which modules learn; None is the first phase of the run.
    """
    models, discriminators = (write_out(part).to(device) for part in (models.eval(), discriminators))
    learners = (phase or trainer.schedule.at(0)).learns
    modules = {name: models.get_submodule(path) for name, path in trainer.MODULES.items() if name in learners}
    for module in modules.values():
        module.train()
    adamw = {name: value for name, value in adamw_arguments(trainer.args).items() if name != "fused"}
    adamw["lr"] = trainer.args.learning_rate
    options = {name: {**adamw, **trainer.OPTIMIZER_OPTIONS.get(name, {})} for name in (*modules, "discriminators")}
    return {
        "models": models,
        "discriminators": discriminators,
        "modules": modules,
        "loss_weights": trainer.loss_weights,
        "adamw": options,
        "max_grad_norm": trainer.args.max_grad_norm,
        "autocast": trainer.accelerator.autocast,
        "timer": watch.part,
    }


CASES = {
    "stage1-reconstruction": (stage1_case, "reconstruction"),
    "stage1-adversarial": (stage1_case, "adversarial"),
    "stage2-prosody": (stage2_case, "prosody"),
    "stage2-diffusion": (stage2_case, "diffusion"),
    "stage2-joint": (stage2_case, "joint"),
    "stage2-adversary": (stage2_case, "adversary"),
}
# One update in ten (`slm_every`), and mostly matrix products that both steps compute: measured without a target.
RARE = {"stage2-adversary"}
