# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Stage 3, Kotodama: styles from words (docs/spec/training.md, Stage 3; the original never published its own).

The prompt encoder, (description + text) -> style, and the text sampler, text -> style, are regressed onto the styles
that the style encoders find in the recordings. The rest of the model does not change.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import PartialState

from ...data.corpus import PreparedCorpus
from ...data.recorded_styles import recorded_styles
from ...data.style_texts import PROMPT, TEXT, Reader, StyleRow, StyleTextCollator, StyleTexts, inputs_to_learn
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import TsukasaProcessor
from ..engine.batches import Batch
from ..engine.checkpoints import last_checkpoint
from ..engine.phases import Loss, Phase
from ..engine.run_options import RunOptions, check_style_encoders, load_finished
from ..engine.trained_modules import TrainedModels, folded_copy
from ..engine.trainer import PhasedTrainer
from ..losses import style_regression_loss
from .kotodama_encoders import ENCODERS, EncoderSource, begin_with, check_source, put_encoder, put_tokenizer
from .on_texts import TextTrainingArguments, progress_bar


logger = logging.getLogger(__name__)

STYLES_FOLDER = "styles"
"""In the output folder of a run, the styles of the recordings."""

_READERS = {"both": (PROMPT, TEXT), "prompt": (PROMPT,), "text": (TEXT,)}


STYLE_REGRESSION = Phase(
    "style regression",
    learns=tuple(ENCODERS.values()),
    losses=tuple(Loss(reader, teaches=name) for reader, name in ENCODERS.items()),
)


@dataclass
class Stage3Arguments(TextTrainingArguments):
    """A run of stage 3.

    Args:
        speaker_share: share of texts with the speaker's name in front, for the text sampler, when the corpus has
            several speakers.
    """

    speaker_share: float = field(default=0.5, metadata={"help": "share of texts with the speaker's name in front"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.speaker_share <= 1:
            raise ValueError(f"speaker_share must be from 0 to 1, got {self.speaker_share}")


@dataclass
class Stage3RunOptions(RunOptions):
    """The models that a run of stage 3 starts from.

    Args:
        model: folder of a model whose style encoders are trained (the result of stage 2, or a converted one).
        encoders: "both", "prompt" (the prompt encoder, from descriptions) or "text" (the text sampler).
        prompt_backbone, text_backbone: name or folder of a pretrained text model that an encoder begins as. Without
            one the model's own encoder is trained on; without that a new one is made.
        prompt_encoder_config, text_sampler_config: of a new encoder, as in `TsukasaConfig`.
        prompt_tokenizer, text_tokenizer: name or folder of a tokenizer. Without one it is the backbone's, the model's,
            or one made of the corpus.
    """

    encoders: str = "both"
    prompt_backbone: str | None = None
    text_backbone: str | None = None
    prompt_encoder_config: dict | None = None
    text_sampler_config: dict | None = None
    prompt_tokenizer: str | None = None
    text_tokenizer: str | None = None

    def __post_init__(self) -> None:
        if self.encoders not in _READERS:
            raise ValueError(f"encoders must be both, prompt or text, got '{self.encoders}'")

    @property
    def sources(self) -> list[EncoderSource]:
        """The origins of the encoders that learn."""
        every = [
            EncoderSource(PROMPT, self.prompt_backbone, self.prompt_encoder_config, self.prompt_tokenizer),
            EncoderSource(TEXT, self.text_backbone, self.text_sampler_config, self.text_tokenizer),
        ]
        return [source for source in every if source.reader in _READERS[self.encoders]]


class Stage3Models(TrainedModels):
    """The encoders that learn; a checkpoint is the folder of the complete model.

    Args:
        tts: the model with the encoders in it.
        processor: of the model, with their tokenizers.
        readers: which learn, of `PROMPT` and `TEXT`.
    """

    FOLDERS = {"": "tts"}

    def __init__(
        self, tts: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, readers: tuple[str, ...]
    ) -> None:
        super().__init__()
        # In a tuple, so that it is no part of this module: nothing else of it learns, moves, or is averaged.
        self._tts, self.processor = (tts.eval(),), processor
        for reader in readers:
            setattr(self, ENCODERS[reader], getattr(tts, ENCODERS[reader]))

    @property
    def tts(self) -> TsukasaModelForConditionalGeneration:
        """The complete model; it shares the encoders."""
        return self._tts[0]

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """By reader, its styles (rows, 2 * style_dim) for a batch of `StyleTextCollator`."""
        return {
            reader: getattr(self, name)(batch[f"{reader}_input_ids"], batch[f"{reader}_attention_mask"])
            for reader, name in ENCODERS.items()
            if f"{reader}_input_ids" in batch and phase.has(reader)
        }


class Stage3Trainer(PhasedTrainer):
    """The trainer of stage 3; its data sets are `StyleTexts`.

    Args:
        model: `Stage3Models`.
        args: the run.
        mean_style: (2 * style_dim,), of the recordings to train with, the baseline of the log.
        arguments: see `PhasedTrainer`.
    """

    PHASES = (STYLE_REGRESSION,)
    MODULES = {name: name for name in ENCODERS.values()}
    OPTIONS = Stage3RunOptions
    ARGUMENTS = Stage3Arguments

    model: Stage3Models
    args: Stage3Arguments

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "Stage3Trainer":
        """The trainer of a run from a finished model."""
        tts = load_finished(options.model, "stage 3 needs", "stage 3")
        check_style_encoders(tts, "stage 3")
        processor = TsukasaProcessor.from_pretrained(options.model)
        corpus = PreparedCorpus(options.corpus)
        corpus.check_fits(tts.config)
        splits = ["train"] if args.eval_strategy == "no" else ["train", "validation"]
        rows = {split: _rows(corpus, split) for split in splits}
        for source in options.sources:
            check_source(tts, source)
            _put_tokenizer(processor, tts, source, rows["train"], args)
        new = [source.place for source in options.sources if put_encoder(tts, processor, source)]
        styles = _styles(tts, processor, corpus, splits, args)
        datasets = _datasets(tts, processor, options.sources, rows, styles, args)
        mean_style = datasets["train"].mean_style
        for place in new:
            begin_with(getattr(tts, place), mean_style)
        pad_token_ids = {
            source.reader: getattr(processor, source.tokenizer_place).pad_token_id for source in options.sources
        }
        return cls(
            Stage3Models(tts, processor, tuple(pad_token_ids)),
            args,
            mean_style=mean_style,
            train_dataset=datasets["train"],
            eval_dataset=datasets.get("validation"),
            data_collator=StyleTextCollator(pad_token_ids),
        )

    def __init__(
        self, model: Stage3Models, args: Stage3Arguments, *, mean_style: torch.Tensor, **arguments: Any
    ) -> None:
        super().__init__(model, args, **arguments)
        self.mean_style = mean_style

    def absent_modules(self) -> dict[str, str]:
        """Encoders that are frozen or not trained."""
        missing = {name: f"{name} is not trained" for name in self.MODULES if not self.model.has_part(name)}
        return {**super().absent_modules(), **missing}

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """Mean squared error of every encoder's styles, over the rows that it could read."""
        return {reader: style_regression_loss(style, inputs[f"{reader}_styles"]) for reader, style in outputs.items()}

    def figures(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """For every encoder, the cosine similarity, and as a baseline the error of always returning the mean style."""
        figures = {}
        for reader, style in outputs.items():
            true_style = inputs[f"{reader}_styles"]
            mean_style = self.mean_style.to(true_style.device).expand_as(true_style)
            figures[f"{reader}_cosine"] = F.cosine_similarity(style.float(), true_style).mean()
            figures[f"{reader}_baseline"] = style_regression_loss(mean_style, true_style)
        return figures

    def derived_metrics(self, metrics: dict[str, float], prefix: str) -> dict[str, float]:
        """Adds `explained`: the share of the baseline's error that was removed. At 0 and below nothing was learned."""
        explained = {}
        for reader in ENCODERS:
            name = f"{prefix}_{reader}"
            if metrics.get(f"{name}_baseline", 0) > 0:
                explained[f"{name}_explained"] = 1 - metrics[name] / metrics[f"{name}_baseline"]
        return {**metrics, **explained}

    def save_companions(self, folder: Path) -> None:
        """The processor, with the tokenizers of the encoders."""
        self.model.processor.save_pretrained(folder)

    def export(self, folder: str | os.PathLike) -> Path:
        """The model, with its norms folded, and its processor."""
        with self.exported_weights():
            folded_copy(self.model.tts).save_pretrained(folder)
        self.save_companions(Path(folder))
        return Path(folder)


def _rows(corpus: PreparedCorpus, split: str) -> list[StyleRow]:
    columns = corpus.open(split).select_columns(["text", "description", "speaker"])
    return [StyleRow(row["text"] or "", row["description"] or "", row["speaker"] or "") for row in columns]


def _to_kana(processor: TsukasaProcessor):
    return lambda text: processor.tokenizer.phonemizer(text).kana


def _put_tokenizer(
    processor: TsukasaProcessor,
    tts: TsukasaModelForConditionalGeneration,
    source: EncoderSource,
    rows: Sequence[StyleRow],
    arguments: Stage3Arguments,
) -> None:
    """Gives the processor a tokenizer. One that has to be made is made by one process, and before a resume."""
    texts = inputs_to_learn(source.reader, rows, _to_kana(processor))
    folder = Path(arguments.run_folder) / source.tokenizer_place

    def train(trainer: Callable, vocab_size: int):
        is_made = folder.is_dir() and last_checkpoint(arguments.run_folder) is not None
        with PartialState().main_process_first():
            if arguments.process_index == 0 and not is_made:
                return trainer(texts, folder, vocab_size)
            return source.tokenizer_class.from_pretrained(folder)

    put_tokenizer(processor, tts, source, train)


def _styles(tts, processor, corpus: PreparedCorpus, splits: list[str], arguments: Stage3Arguments) -> dict:
    """By split, the styles of the recordings; one process computes them, and the others read its file."""
    folder = Path(arguments.run_folder) / STYLES_FOLDER
    styles = {}
    with PartialState().main_process_first():
        tts.eval().to(arguments.device)
        for split in splits:
            path = folder / f"{split}.npz"
            styles[split] = recorded_styles(tts, processor, corpus, split, path, progress_bar(arguments, "recording"))
        tts.to("cpu")
    return styles


def _datasets(tts, processor, sources, rows: dict, styles: dict, arguments: Stage3Arguments) -> dict[str, StyleTexts]:
    readers = {
        source.reader: Reader(getattr(processor, source.tokenizer_place), getattr(tts, source.place).maximum_length)
        for source in sources
    }
    # A single speaker need not be named.
    speaker_share = arguments.speaker_share if len({row.speaker for row in rows["train"]}) > 1 else 0.0
    seed = arguments.drawing_seed
    datasets = {}
    for split in rows:
        datasets[split] = StyleTexts(rows[split], styles[split], readers, _to_kana(processor), seed, speaker_share)
        counts = ", ".join(f"{count:,} for {reader}" for reader, count in datasets[split].counts.items())
        logger.info("%s: %s", split, counts)
    return datasets


__all__ = [
    "STYLE_REGRESSION",
    "Stage3Arguments",
    "Stage3Models",
    "Stage3RunOptions",
    "Stage3Trainer",
]
