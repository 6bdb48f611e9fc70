# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A run of stage 3, from its config file to the result."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ...data.corpus import PreparedCorpus
from ...data.recorded_styles import recorded_styles
from ...data.style_texts import PROMPT, TEXT, Reader, StyleRow, StyleTextCollator, StyleTexts, inputs_to_learn
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import TsukasaProcessor
from ..engine.run import RunOptions, existing_folder, is_preset, last_checkpoint, run_config
from .kotodama_encoders import EncoderSource, begin_with, check_source, put_encoder, put_tokenizer
from .on_texts import progress_bar
from .stage3 import Stage3Arguments, Stage3Models, Stage3Trainer


logger = logging.getLogger(__name__)

STYLES_FOLDER = "styles"
"""In the output folder of a run, the styles of the recordings."""

_READERS = {"both": (PROMPT, TEXT), "prompt": (PROMPT,), "text": (TEXT,)}


@dataclass
class Stage3RunOptions(RunOptions):
    """What a run of stage 3 starts from.

    Args:
        model: folder of a voice whose style encoders have learned (the result of stage 2, or a converted one).
        encoders: "both", "prompt" (the prompt encoder, from descriptions) or "text" (the text sampler).
        prompt_backbone, text_backbone: name or folder of a pretrained text model that an encoder begins as. Without
            one the encoder that the voice has learns on; without that a new one is made.
        prompt_encoder_config, text_sampler_config: of a new encoder, as in `TsukasaConfig`.
        prompt_tokenizer, text_tokenizer: name or folder of a tokenizer. Without one it is the backbone's, the voice's,
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
        """Where the encoders come from that learn."""
        every = [
            EncoderSource(PROMPT, self.prompt_backbone, self.prompt_encoder_config, self.prompt_tokenizer),
            EncoderSource(TEXT, self.text_backbone, self.text_sampler_config, self.text_tokenizer),
        ]
        return [source for source in every if source.reader in _READERS[self.encoders]]


CLASSES = (Stage3RunOptions, Stage3Arguments)


def make_trainer(options: Stage3RunOptions, arguments: Stage3Arguments) -> Stage3Trainer:
    """The trainer of a run."""
    if is_preset(options.model):
        raise ValueError(f"'{options.model}' is a preset: stage 3 needs a voice that has learned (a model folder)")
    voice = TsukasaModelForConditionalGeneration.from_pretrained(
        existing_folder(options.model, "model"), dtype=torch.float32
    )
    processor = TsukasaProcessor.from_pretrained(options.model)
    corpus = PreparedCorpus(options.corpus)
    corpus.check_fits(voice.config)
    splits = ["train"] if arguments.eval_strategy == "no" else ["train", "validation"]
    rows = {split: _rows(corpus, split) for split in splits}
    for source in options.sources:
        check_source(voice, source)
        _put_tokenizer(processor, voice, source, rows["train"], arguments)
    new = [source.place for source in options.sources if put_encoder(voice, processor, source)]
    styles = _styles(voice, processor, corpus, splits, arguments)
    datasets = _datasets(voice, processor, options.sources, rows, styles, arguments)
    mean_style = datasets["train"].mean_style
    for place in new:
        begin_with(getattr(voice, place), mean_style)
    pad_token_ids = {
        source.reader: getattr(processor, source.tokenizer_place).pad_token_id for source in options.sources
    }
    return Stage3Trainer(
        Stage3Models(voice, processor, tuple(pad_token_ids)),
        arguments,
        mean_style=mean_style,
        train_dataset=datasets["train"],
        eval_dataset=datasets.get("validation"),
        data_collator=StyleTextCollator(pad_token_ids),
    )


def run(path: str | os.PathLike, overrides: list[str], resume: bool = False) -> Path:
    """Trains stage 3 by a config file and returns the folder with the result; see `run_config` for errors."""
    return run_config(path, overrides, CLASSES, make_trainer, resume)


def _rows(corpus: PreparedCorpus, split: str) -> list[StyleRow]:
    columns = corpus.open(split).select_columns(["text", "description", "speaker"])
    return [StyleRow(row["text"] or "", row["description"] or "", row["speaker"] or "") for row in columns]


def _to_kana(processor: TsukasaProcessor):
    return lambda text: processor.tokenizer.phonemizer(text).kana


def _put_tokenizer(
    processor: TsukasaProcessor,
    voice: TsukasaModelForConditionalGeneration,
    source: EncoderSource,
    rows: Sequence[StyleRow],
    arguments: Stage3Arguments,
) -> None:
    """Gives the processor a tokenizer. One that has to be made is made by one process, and before a resume."""
    texts = inputs_to_learn(source.reader, rows, _to_kana(processor))
    folder = Path(arguments.output_dir) / source.tokenizer_place

    def train(trainer: Callable, vocab_size: int):
        is_made = folder.is_dir() and last_checkpoint(arguments.output_dir) is not None
        with arguments.main_process_first(local=False):
            if arguments.process_index == 0 and not is_made:
                return trainer(texts, folder, vocab_size)
            return source.tokenizer_class.from_pretrained(folder)

    put_tokenizer(processor, voice, source, train)


def _styles(voice, processor, corpus: PreparedCorpus, splits: list[str], arguments: Stage3Arguments) -> dict:
    """By split, the styles of the recordings; one process hears them, and the others find what it has written."""
    folder = Path(arguments.output_dir) / STYLES_FOLDER
    styles = {}
    with arguments.main_process_first(local=False):
        voice.eval().to(arguments.device)
        for split in splits:
            path = folder / f"{split}.npz"
            styles[split] = recorded_styles(
                voice, processor, corpus, split, path, progress_bar(arguments, "recording")
            )
        voice.to("cpu")
    return styles


def _datasets(
    voice, processor, sources, rows: dict, styles: dict, arguments: Stage3Arguments
) -> dict[str, StyleTexts]:
    readers = {
        source.reader: Reader(getattr(processor, source.tokenizer_place), getattr(voice, source.place).maximum_length)
        for source in sources
    }
    # Whoever speaks alone need not be named.
    speaker_share = arguments.speaker_share if len({row.speaker for row in rows["train"]}) > 1 else 0.0
    seed = arguments.drawing_seed
    datasets = {}
    for split in rows:
        datasets[split] = StyleTexts(rows[split], styles[split], readers, _to_kana(processor), seed, speaker_share)
        counts = ", ".join(f"{count:,} for {reader}" for reader, count in datasets[split].counts.items())
        logger.info("%s: %s", split, counts)
    return datasets


__all__ = ["CLASSES", "Stage3RunOptions", "make_trainer", "run"]
