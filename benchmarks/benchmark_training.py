#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""How fast training runs: steps per second, time per part of the step, peak memory and share of the matmul rate.

    python benchmarks/benchmark_training.py [--cases stage1-adversarial ...] [--device cuda|cpu]

On a GPU the published model at full size in bfloat16, on a CPU a scaled one (`configs/mini.yaml`) in float32, random
weights, made-up speech. Every step is set against the plain one of `training_yardstick.py`: first both must compute
the same losses (1e-4, in float64, without dropout), then they take turns, and the median of the ratios counts. Times
of parts come from further steps, because waiting for the device after each part costs time itself. Exit code 1 when
losses differ or a step is less than 2 times (CPU: 1.5 times) as fast as the plain one; the extra update of the joint
phase, one in ten, is only measured. Run it on a quiet machine.
"""

import argparse
import copy
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import Dataset
from torch.utils.flop_counter import FlopCounterMode
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from benchmark_synthesis import matmul_rate, peak_memory
from training_yardstick import PlainStage1, written_out
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
from transformers_tsukasa.training.engine.phases import Phase
from transformers_tsukasa.training.recipes.alignment import monotonic_alignment
from transformers_tsukasa.training.recipes.stage1 import Stage1Arguments, Stage1Trainer, stage1_models
from transformers_tsukasa.training.recipes.stage2.arguments import Stage2Arguments
from transformers_tsukasa.training.recipes.stage2.phases import SLM_ADVERSARY
from transformers_tsukasa.training.recipes.stage2.run import Stage2Start
from transformers_tsukasa.training.recipes.stage2.trainer import Stage2Trainer
from transformers_tsukasa.training.speech_models.speech_language_model import SpeechLanguageModel
from transformers_tsukasa.training.speech_models.whisper import WhisperStates


PRESETS = Path(__file__).resolve().parents[1] / "configs"
NEEDED = {"cuda": 2.0, "cpu": 1.5}
LOSS_TOLERANCE = 1e-4
NEVER = 10**6
# Width and hidden states of the smallest Whisper, which stands in on a CPU for the largest one.
SMALL_WHISPER = (384, 5)
# Of the duration head: 3.4 of 50 text frames a token, as speech has.
SHORT_DURATIONS = -2.6
PARTS = (
    *("data", "features", "aligner", "text", "style", "prosody", "diffusion", "decoder"),
    *("losses", "discriminators", "backward", "optimizers"),
)


class Speech(Dataset):
    """Made-up utterances with what preparation caches: log-mel, F0, energy, durations.

    Args:
        count: utterances, between 87 and 100 % as long as `mel_frames`, as the buckets of the batch sampler are.
        config: of the voice.
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
        """F0 and durations, as `tsukasa prepare` leaves them."""
        for item in self.items:
            item["f0"] = torch.zeros(item["mel"].shape[1])
        batch = {name: value.to(aligner.device) for name, value in TsukasaDataCollator()(self.items).items()}
        lengths = batch["mel_attention_mask"].sum(dim=1)
        tokens = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        heard = aligner(mel=batch["mel"], mel_lengths=lengths, **tokens)
        self.durations = durations_from_alignment(monotonic_alignment(heard, *tokens.values(), source)).cpu()
        pitches = pitch_extractor(batch["mel"], mel_lengths=lengths).f0.cpu()
        for item, durations, f0 in zip(self.items, self.durations, pitches, strict=True):
            item["durations"], item["f0"] = durations[: len(item["input_ids"])], f0[: item["mel"].shape[1]]


class Stopwatch:
    """Time by part. A part inside of another one belongs to the outer one."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.is_on, self._is_inside = device, False, False
        # With one thread, the time of the process is that of a quiet machine.
        self.clock = time.process_time if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
        self.seconds: dict[str, float] = defaultdict(float)

    def now(self) -> float:
        """Seconds, once the device has done all it was told."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return self.clock()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Counts what happens inside."""
        if not self.is_on or self._is_inside:
            yield
            return
        self._is_inside = True
        started = self.now()
        yield
        self.seconds[name] += self.now() - started
        self._is_inside = False

    def watch(self, owner: object, method: str, part: str) -> None:
        """Counts every call of a method."""
        inner = getattr(owner, method)

        def timed(*arguments, **keywords):
            with self.part(part):
                return inner(*arguments, **keywords)

        setattr(owner, method, timed)


class TrainerStep:
    """An update of a trainer as its own loop makes it, one call each."""

    def __init__(self, trainer, watch: Stopwatch) -> None:
        self.trainer, self.watch = trainer, watch
        trainer.get_train_dataloader()
        trainer.create_optimizer_and_scheduler(num_training_steps=1000)
        trainer.model_wrapped, trainer.optimizer = trainer.accelerator.prepare(trainer.model, trainer.optimizer)
        trainer.current_gradient_accumulation_steps = 1
        voice = trainer.model.voice
        for owner, method, part in (
            (trainer, "compute_losses", "losses"),
            (trainer, "adversary_losses", "discriminators"),
            (trainer, "finish_gradients", "optimizers"),
            (trainer.accelerator, "backward", "backward"),
            (trainer.model, "_listen", "aligner"),
            (voice.text_encoder, "forward", "text"),
            (voice.plbert, "forward", "text"),
            (voice.acoustic_style_encoder, "forward", "style"),
            (voice.prosodic_style_encoder, "forward", "style"),
            (voice.prosody_predictor, "encode", "prosody"),
            (voice.prosody_predictor, "predict_durations", "prosody"),
            (voice.prosody_predictor, "predict_f0_and_energy", "prosody"),
            (voice.style_diffusion, "loss", "diffusion"),
            (voice, "sample_styles", "diffusion"),
            (voice.decoder, "forward", "decoder"),
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
        """A batch as the trainer's own loop gets it, and the model in training mode."""
        with self.watch.part("data"):
            inputs = self.trainer._prepare_inputs(self.trainer.data_collator(items))
        self.trainer.model.train()
        return inputs

    def losses(self) -> dict[str, float]:
        """Of all updates since the last call, their mean."""
        return self.trainer._losses.read(self.trainer.accelerator)


class AdversaryStep(TrainerStep):
    """The extra update of the joint phase by itself."""

    def __call__(self, items: list[dict]) -> dict[str, float]:
        """One update; the losses by name."""
        self.trainer._adversary_update([self.inputs(items)])
        return {}


@dataclass
class Case:
    """A phase of a stage: ours, the plain one, and the utterances of a batch."""

    name: str
    ours: TrainerStep
    plain: Callable[[list[dict]], dict[str, float]]
    items: list[dict]


@dataclass
class Parts:
    """What both stages train, made anew from one seed, and the utterances."""

    voice: TsukasaModelForConditionalGeneration
    aligner: TsukasaTextAligner
    pitch_extractor: TsukasaPitchExtractor
    discriminators: TsukasaDiscriminators
    speech: Speech

    @classmethod
    def fresh(cls, options: argparse.Namespace) -> "Parts":
        """By the preset, on the device; only the voice is put there by the trainer."""
        torch.manual_seed(0)
        config = read_preset(options.preset)
        if options.device.type == "cpu":
            judged = config.discriminator_config
            judged.slm_hidden_size, judged.slm_num_layers = SMALL_WHISPER
        voice = TsukasaModelForConditionalGeneration(config)
        aligner = TsukasaTextAligner(config.text_aligner_config).eval().to(options.device)
        pitch_extractor = TsukasaPitchExtractor(config.pitch_extractor_config).eval().to(options.device)
        discriminators = TsukasaDiscriminators(config.discriminator_config)
        discriminators.apply_weight_norm()
        speech = Speech(options.batch_size, options.frames, config)
        speech.cache(aligner, pitch_extractor, aligner.config.alignment_source)
        return cls(voice, aligner, pitch_extractor, discriminators, speech)


def run_options(options: argparse.Namespace, folder: str) -> dict:
    """What the arguments of both stages are told."""
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
    models = stage1_models(parts.voice, parts.aligner, arguments)
    twins = copy.deepcopy(models), copy.deepcopy(parts.discriminators)
    trainer = Stage1Trainer(
        models,
        arguments,
        train_dataset=parts.speech,
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
    return Case(f"stage 1, {phase}", ours, plain, parts.speech.items)


def random_whisper(config: TsukasaConfig, options: argparse.Namespace) -> SpeechLanguageModel:
    """The encoder that the discriminators on it are made for, with random weights."""
    judged = config.discriminator_config
    encoder_config = WhisperConfig(
        d_model=judged.slm_hidden_size,
        encoder_layers=judged.slm_num_layers - 1,
        encoder_attention_heads=judged.slm_hidden_size // 64,
        encoder_ffn_dim=4 * judged.slm_hidden_size,
        num_mel_bins=128,
    )
    with options.device:
        return SpeechLanguageModel(WhisperStates(WhisperEncoder(encoder_config)))


def stage2_case(options: argparse.Namespace, phase: str, watches: tuple[Stopwatch, Stopwatch], folder: str) -> Case:
    """`phase` is "prosody", "diffusion", "joint" without its extra update, or "adversary", that update alone."""
    parts = Parts.fresh(options)
    draws_styles, is_joint = phase != "prosody", phase in ("joint", "adversary")
    steps = {"diffusion_step": 0 if draws_styles else NEVER, "joint_step": 0 if is_joint else NEVER}
    arguments = Stage2Arguments(**run_options(options, folder), **steps, slm_every=NEVER)
    slm = random_whisper(parts.voice.config, options) if is_joint else None
    start = Stage2Start(parts.voice, parts.aligner, parts.discriminators, slm, None)
    models = start.models(Stage2Trainer.PHASES, arguments)
    twins = copy.deepcopy(models), copy.deepcopy(parts.discriminators)
    trainer = Stage2Trainer(
        models,
        arguments,
        train_dataset=parts.speech,
        data_collator=TsukasaDataCollator(),
        **start.trainer_arguments,
    )
    if phase == "adversary":
        # Texts of random weights would last half a minute.
        with torch.no_grad():
            for voice in (models.voice, twins[0].voice):
                voice.prosody_predictor.duration_projection.bias.fill_(SHORT_DURATIONS)
        ours = AdversaryStep(trainer, watches[0])
        shared = plain_arguments(trainer, *twins, watches[1], options.device, SLM_ADVERSARY)
        plain = PlainAdversary(speech_language_model=slm, options=arguments, **shared)
        return Case("stage 2, adversary on the speech language model", ours, plain, parts.speech.items)
    ours = TrainerStep(trainer, watches[0])
    plain = PlainStage2(
        pitch_extractor=parts.pitch_extractor,
        draws_styles=draws_styles,
        decoder_learns=is_joint,
        speech_language_model=slm,
        **plain_arguments(trainer, *twins, watches[1], options.device),
    )
    return Case(f"stage 2, {phase}", ours, plain, parts.speech.items)


def plain_arguments(
    trainer, models, discriminators, watch: Stopwatch, device: torch.device, phase: Phase | None = None
) -> dict:
    """What a plain step needs to compute what a trainer does: copies of its models in the same modes, and options.

    Args:
        phase: what learns; the first of the run when None.
    """
    models, discriminators = (written_out(part).to(device) for part in (models.eval(), discriminators))
    learners = (phase or trainer.schedule.at(0)).learns
    modules = {name: models.get_submodule(path) for name, path in trainer.MODULES.items() if name in learners}
    for module in modules.values():
        module.train()
    adamw = {name: value for name, value in trainer.adamw_arguments().items() if name != "fused"}
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


@contextmanager
def without_dropout(*modules: torch.nn.Module) -> Iterator[None]:
    """Both draw alike, but not in the same shapes."""
    dropouts = [part for module in modules for part in module.modules() if isinstance(part, torch.nn.Dropout)]
    kept = [part.p for part in dropouts]
    for part in dropouts:
        part.p = 0.0
    yield
    for part, p in zip(dropouts, kept, strict=True):
        part.p = p


def losses_differ(case: Case) -> bool:
    """Takes two updates with each and compares what they computed.

    In float64: the sines of the decoder's source turn so often that F0 off by a rounding of float32 is heard
    (docs/decisions/0003), and one utterance rounds otherwise than a batch.
    """
    differ = False
    trainer = case.ours.trainer
    for models in (trainer.model, case.plain.models, trainer.speech_language_model):
        if models is not None:
            models.double()
    with without_dropout(trainer.model, *case.plain.modules.values()):
        for seed in range(2):
            torch.manual_seed(seed)
            case.ours(case.items)
            ours = case.ours.losses()
            torch.manual_seed(seed)
            plain = case.plain(case.items)
            for name, value in plain.items():
                if not abs(value - ours[name]) <= LOSS_TOLERANCE * max(1.0, abs(value)):
                    print(f"{case.name}, update {seed}: {name} is {ours[name]:.6f}, plain {value:.6f}")
                    differ = True
    return differ


def timed(step: Callable, items: list[dict], watch: Stopwatch) -> float:
    started = watch.now()
    step(items)
    return watch.now() - started


def measure(case: Case, watches: tuple[Stopwatch, Stopwatch], options: argparse.Namespace) -> float:
    """Prints what one case takes, and returns how many times as fast as the plain step ours is."""
    steps = (case.ours, case.plain)
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(options.repeats + 1):
        for taken, step, watch in zip(seconds, steps, watches, strict=True):
            taken.append(timed(step, case.items, watch))
    ours, plain = (statistics.median(taken[1:]) for taken in seconds)
    # Of neighbours: what else the machine does for a while then slows both.
    gain = statistics.median(taken[1] / taken[0] for taken in list(zip(*seconds, strict=True))[1:])
    with FlopCounterMode(display=False) as counter:
        case.ours(case.items)
    rate = matmul_rate(torch.bfloat16 if options.bf16 else torch.float32, device=options.device)
    share = counter.get_total_flops() / ours / rate
    peaks: list[float] = []
    for step in steps:
        with device_memory(options.device, peaks):
            step(case.items)
    print(f"\n{case.name}: {1 / ours:.3f} steps/s, plain {1 / plain:.3f}: {gain:.2f} times as fast")
    print(
        f"  peak memory {peaks[0]:.0f} MiB, plain {peaks[1]:.0f}; {share:.1%} of the matmul rate, "
        f"{rate / 1e9:.0f} GFLOP/s"
    )
    for label, step, watch in zip(("ours", "plain"), steps, watches, strict=True):
        watch.is_on, watch.seconds = True, defaultdict(float)
        total = sum(timed(step, case.items, watch) for _ in range(options.repeats)) / options.repeats
        watch.is_on = False
        parts = {name: watch.seconds[name] / options.repeats for name in PARTS}
        parts["rest"] = total - sum(parts.values())
        print(f"  {label:5s} " + ", ".join(f"{name} {1000 * taken:.0f}" for name, taken in parts.items()) + " ms")
    return gain


@contextmanager
def device_memory(device: torch.device, into: list[float]) -> Iterator[None]:
    """Appends the peak while inside in MiB: of the GPU's memory, or of the process."""
    if device.type == "cpu":
        with peak_memory(into):
            yield
        return
    torch.cuda.reset_peak_memory_stats(device)
    yield
    into.append(torch.cuda.max_memory_allocated(device) / 2**20)


def main() -> int:
    default = "cuda" if torch.cuda.is_available() else "cpu"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--device", type=torch.device, default=torch.device(default))
    parser.add_argument("--preset", type=Path, help="by default tsukasa.yaml on a GPU, mini.yaml on a CPU")
    parser.add_argument("--batch-size", type=int, help="by default 16 on a GPU, 4 on a CPU")
    parser.add_argument("--frames", type=int, default=560, help="mel frames of the longest utterance")
    parser.add_argument("--crop-frames", type=int, help="by default 280, CPU 80")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--float32", action="store_true", help="no bfloat16 on a GPU")
    parser.add_argument("--compile", action="store_true", help="our step with compile_parts")
    options = parser.parse_args()
    is_gpu = options.device.type == "cuda"
    options.preset = options.preset or PRESETS / ("tsukasa.yaml" if is_gpu else "mini.yaml")
    options.batch_size = options.batch_size or (16 if is_gpu else 4)
    options.crop_frames = options.crop_frames or (280 if is_gpu else 80)
    wants_bf16 = is_gpu and not options.float32
    failed = []
    for name in options.cases:
        with tempfile.TemporaryDirectory() as folder:
            watches = Stopwatch(options.device), Stopwatch(options.device)
            options.bf16 = False
            make, phase = CASES[name]
            if losses_differ(make(options, phase, watches, folder)):
                failed.append(f"{name}: other losses")
            options.bf16 = wants_bf16
            watches = Stopwatch(options.device), Stopwatch(options.device)
            gain = measure(make(options, phase, watches, folder), watches, options)
        if name not in RARE and gain < NEEDED[options.device.type]:
            failed.append(f"{name}: {gain:.2f} times, {NEEDED[options.device.type]} needed")
    print("\n" + ("; ".join(failed) or "every step is fast enough and computes the losses of the plain one"))
    return int(bool(failed))


CASES = {
    "stage1-reconstruction": (stage1_case, "reconstruction"),
    "stage1-adversarial": (stage1_case, "adversarial"),
    "stage2-prosody": (stage2_case, "prosody"),
    "stage2-diffusion": (stage2_case, "diffusion"),
    "stage2-joint": (stage2_case, "joint"),
    "stage2-adversary": (stage2_case, "adversary"),
}
# One update in ten (`slm_every`), and most of it products of matrices that both make: measured, but not judged.
RARE = {"stage2-adversary"}


if __name__ == "__main__":
    sys.exit(main())
