# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""New voices for a model that stays as it is: tables of styles learn from recordings, and no weight of the network.

Every speaker of the corpus becomes a voice of that name. Along the alignments durations, F0 and energy are predicted,
and crops are spoken with the F0 and energy of the recordings. Both are compared with the recordings, and the gradients
pass through the network into the styles: those of speech into the acoustic half, the others into the prosodic one. So
a voice can be added to a model without style encoders, such as Kokoro (docs/training.md, A new voice).
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from ...data.corpus import PreparedCorpus
from ...data.dataset import TsukasaDataset
from ...data.speaker_voices import put_voices, speaker_styles
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ...models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ...models.tsukasa.processing_tsukasa import TsukasaProcessor
from ...models.tsukasa.prosody.plbert import phoneme_hidden_states
from ...models.tsukasa.speaking.style_sources import blend, with_rows
from ...models.tsukasa.training_models.alignment_search import durations_from_alignment
from ...models.tsukasa.training_models.text_aligner import load_aligner
from ...utils.wording import counted
from ..engine.arguments import TsukasaTrainingArguments
from ..engine.batches import Batch
from ..engine.phases import Phase
from ..engine.run_options import RunOptions, corpus_data, load_finished
from ..engine.trained_modules import read_weight_file
from ..engine.trainer import PhasedTrainer
from .aligned_models import (
    ALIGNMENT_SOURCES,
    DURATION_SOURCES,
    MIN_CROP_FRAMES,
    AlignedModels,
    crop,
    plan_alignments,
    save_beside,
)
from .spoken_crops import (
    CONTOURS,
    DURATIONS,
    SPOKEN_LOSSES,
    generate_crops,
    predict_complete_contours,
    spoken_losses,
)
from .stage2.start import inner_folder
from .voice_styles import VoiceStyles


logger = logging.getLogger(__name__)

VOICE = Phase("voice", learns=("styles",), losses=SPOKEN_LOSSES)

STYLES_FILE = "styles.safetensors"
"""In a checkpoint, what has been learned: the network is that of the model folder that the run started from."""

_SPOKEN_FIELDS = ("input_ids", "attention_mask", "mel_attention_mask", "f0", "energy", "waveform")
_ROWS = 511  # of a table, for 0 to 510 tokens: as many as the published models' PL-BERT reads at once


@dataclass
class VoiceArguments(TsukasaTrainingArguments):
    """A run that learns voices.

    Args:
        learning_rate: of the styles, whose values are around 0.2.
        weight_decay: pulls what is added to the styles that a voice begins with to nothing.
        length_rank: vectors beside the one for all lengths of text; 0 adds the same to every row of a table.
        max_crop_frames: longest crop in mel frames that is spoken.
        max_crops: most crops of a batch that are spoken, which is nearly all of the work; evaluation speaks one of
            every utterance.
        alignment_source: "ctc" or "attention", see `AlignmentPlan`; "auto" takes the one that fits the aligner.
        alignments: where alignments come from, "cached" in the corpus or the "aligner"; "auto" takes what is there.
    """

    learning_rate: float = field(default=3e-3, metadata={"help": "of the styles"})
    length_rank: int = field(default=2, metadata={"help": "vectors beside the one for all lengths of text"})
    max_crop_frames: int = field(default=160, metadata={"help": "longest crop in mel frames"})
    max_crops: int = field(default=4, metadata={"help": "most crops of a batch that are spoken"})
    alignment_source: str = field(default="auto", metadata={"help": "auto, ctc or attention"})
    alignments: str = field(default="auto", metadata={"help": "auto, cached or aligner"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length_rank < 0:
            raise ValueError(f"length_rank must not be negative, got {self.length_rank}")
        if self.max_crop_frames < MIN_CROP_FRAMES or self.max_crop_frames % MEL_FRAMES_PER_TEXT_FRAME:
            raise ValueError(
                f"max_crop_frames must be an even number of at least {MIN_CROP_FRAMES}, got {self.max_crop_frames}"
            )
        if self.max_crops < 1:
            raise ValueError(f"max_crops must be at least 1, got {self.max_crops}")
        if self.alignment_source not in ("auto", *ALIGNMENT_SOURCES):
            raise ValueError(f"alignment_source must be auto, ctc or attention, got '{self.alignment_source}'")
        if self.alignments not in DURATION_SOURCES:
            raise ValueError(f"alignments must be auto, cached or aligner, got '{self.alignments}'")


@dataclass
class VoiceRunOptions(RunOptions):
    """The model that gets voices, and where they begin.

    Args:
        model: a model folder whose prosody is trained.
        corpus: of the speakers who become voices.
        aligner: folder of the text aligner; None takes the one inside the model folder, if it is there.
        start_voice: the voice of the model that new ones begin as. None takes the voice of the speaker's own name, to
            train on; without it the mean style of the speaker's clips, where the model has style encoders, or else
            the mean of all its voices.
    """

    aligner: str | None = None
    start_voice: str | None = None


class VoiceModels(AlignedModels):
    """A synthesizer that stays as it is, and the styles that learn.

    Args:
        styles: a voice for every speaker of the corpus.
        max_crops: see `VoiceArguments`.
        arguments: of `AlignedModels`.
    """

    SYNTHESIZER_LEARNS = False

    def __init__(self, styles: VoiceStyles, max_crops: int, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.styles, self.max_crops = styles, max_crops

    def train_container(self) -> None:
        """As always, but for LSTMs, through which cuDNN passes gradients in training mode only; it changes nothing
        else in those of one layer."""
        super().train_container()
        for module in self.modules():
            if isinstance(module, nn.LSTM):
                module.train()

    def forward(self, phase: Phase, batch: Batch) -> Batch:
        """Predicts the prosody of a batch of `TsukasaDataCollator` and speaks crops of it, with the speakers' styles.

        Returns:
            Of the outputs of `Stage2Models.forward` those that are compared with recordings; `f0` and `energy` are of
            complete utterances here, (batch, mel_frames) with `contour_mask`, 1 for real frames.
        """
        tts, mask = self.tts, batch["attention_mask"]
        aligner_output, alignment, chosen = self.align(batch, phase)
        tokens = (mask.bool() & (batch["input_ids"] != tts.config.pad_token_id)).sum(dim=1)
        acoustic_style, prosodic_style = self.styles(batch["speaker_ids"], tokens).split(tts.config.style_dim, dim=-1)
        outputs = {
            "alignment": alignment,
            "durations": durations_from_alignment(alignment),
            **self.aligner_outputs(aligner_output, phase),
        }
        if phase.needs & (DURATIONS | CONTOURS):
            plbert = phoneme_hidden_states(tts.plbert, batch["input_ids"], mask)
            encoded = tts.prosody_predictor.encode(tts.plbert_projection(plbert), prosodic_style, mask)
            outputs["duration_logits"] = tts.prosody_predictor.predict_durations(encoded, mask)
            if phase.needs & CONTOURS:
                outputs.update(predict_complete_contours(tts, batch, alignment, encoded, prosodic_style))
        if "generated" in phase.needs:
            outputs.update(self._speak_crops(batch, chosen, acoustic_style))
        return outputs

    def _speak_crops(self, batch: Batch, alignment: torch.Tensor, acoustic_style: torch.Tensor) -> Batch:
        """Crops with the F0 and energy of the recordings, so that only timbre differs, and those of the recordings."""
        rows = torch.randperm(len(alignment))[: self.max_crops] if self.training else torch.arange(len(alignment))
        part = {name: batch[name][rows] for name in _SPOKEN_FIELDS}
        crops = self.draw_crops(part)
        places = (MEL_FRAMES_PER_TEXT_FRAME * crops.starts, MEL_FRAMES_PER_TEXT_FRAME * crops.frames)
        contours = {name: crop(part[name], *places) for name in ("f0", "energy")}
        return generate_crops(
            self.tts, part, crops, alignment[rows], contours, acoustic_style[rows], self.noise_scale, True
        )

    def save(self, folder: str | os.PathLike) -> None:
        """Writes the styles."""
        save_file(self.styles.state_dict(), Path(folder) / STYLES_FILE)

    def load(self, folder: str | os.PathLike) -> None:
        """Reads the styles, strictly by name."""
        self.styles.load_state_dict(read_weight_file(Path(folder) / STYLES_FILE))


class VoiceTrainer(PhasedTrainer):
    """The trainer of voices; its model is `VoiceModels`, whose network is frozen.

    The result has the weights that the model folder has, bit by bit, and a voice more for every speaker of the corpus.

    Args:
        model: `VoiceModels`.
        args: the run.
        utterances: by speaker, in the order of the corpus, how many there are to learn from.
        arguments: see `PhasedTrainer`. `processing_class` is the processor for the result.
    """

    PHASES = (VOICE,)
    MODULES = {"styles": "styles"}
    MIN_FRAMES = MIN_CROP_FRAMES
    OPTIONS = VoiceRunOptions
    ARGUMENTS = VoiceArguments

    model: VoiceModels
    args: VoiceArguments

    @classmethod
    def from_options(cls, options: Any, args: Any) -> "VoiceTrainer":
        """The trainer of a run from a model folder."""
        tts = load_finished(options.model, "voices are learned for", "a voice")
        data = corpus_data(options.corpus, args, tts.config)
        train: TsukasaDataset = data["train_dataset"]
        folder = inner_folder(Path(options.model), "text_aligner", options.aligner, "aligner")
        aligner = None if folder is None else load_aligner(folder, tts.config.audio_config)
        datasets = (train, data["eval_dataset"])
        alignments = plan_alignments(aligner, args.alignment_source, 0.0, args.alignments, datasets)
        start = starting_styles(tts, train.corpus, options.start_voice)
        lengths = np.percentile(np.maximum(train.token_counts - 2, 1), (5, 95))  # without the pads
        styles = VoiceStyles(start, args.length_rank, *(int(length) for length in lengths))
        counts = np.bincount(train.speaker_ids, minlength=len(train.corpus.speakers)).tolist()
        return cls(
            VoiceModels(styles, args.max_crops, tts, aligner, alignments, args.max_crop_frames),
            args,
            utterances=dict(zip(train.corpus.speakers, counts, strict=True)),
            processing_class=TsukasaProcessor.from_pretrained(options.model),
            **data,
        )

    def __init__(
        self, model: VoiceModels, args: VoiceArguments, *, utterances: Mapping[str, int], **arguments: Any
    ) -> None:
        super().__init__(model, args, **arguments)
        self.utterances = utterances

    def compute_losses(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """The losses of speech that is compared with recordings."""
        return spoken_losses(outputs, inputs, phase, self.model.sampling_rate)

    def figures(self, outputs: Batch, inputs: Batch, phase: Phase) -> Batch:
        """The root mean square of what was added to the styles at the beginning."""
        return {"added": self.model.styles.added.detach().square().mean().sqrt()}

    def complete_models(self) -> None:
        """Gives the synthesizer a voice for every speaker who has training rows."""
        tables = self.model.styles.tables().cpu()
        voices = {
            name: (table, f"learned from {counted(count, 'utterance')}")
            for table, (name, count) in zip(tables, self.utterances.items(), strict=True)
            if count
        }
        put_voices(self.model.tts, voices, rows_count="symbols")

    def export(self, folder: str | os.PathLike) -> Path:
        """The model with its new voices, and the aligner in a folder inside it, where the run had one."""
        with self.exported_weights():
            self.complete_models()
        self.model.tts.save_pretrained(folder)
        save_beside(self.model.tts, Path(folder), self.processing_class)
        if self.model.text_aligner is not None:
            self.model.text_aligner.save_pretrained(Path(folder) / "text_aligner")
        return Path(folder)


def starting_styles(
    tts: TsukasaModelForConditionalGeneration, corpus: PreparedCorpus, start_voice: str | None
) -> torch.Tensor:
    """The styles of all speakers of a corpus before anything is learned, (speakers, rows, 2 * style_dim) by length.

    Args:
        tts: the model.
        corpus: of the speakers.
        start_voice: see `VoiceRunOptions`.

    Raises:
        KeyError: when the model has no such voice.
        ValueError: when it has neither voices nor style encoders.
    """
    by_length, speakers = {name: tts.voices.by_length(name) for name in tts.voices}, corpus.speakers
    if start_voice is not None:
        found, origin = dict.fromkeys(speakers, tts.voices.by_length(start_voice)), f"as '{start_voice}'"
    elif all(name in tts.voices for name in speakers):
        found, origin = by_length, "as the model's voices of the same names"
    elif tts.config.style_encoder_config is not None:
        found = {name: style.vector[None] for name, style in speaker_styles(tts, corpus).items()}
        origin = "as the mean styles of the speakers' clips"
    elif by_length:
        found = dict.fromkeys(speakers, blend(dict.fromkeys(by_length, 1.0), by_length))
        origin = f"as the mean of the model's voices ({', '.join(by_length)})"
    else:
        raise ValueError(
            "the model (model) has neither voices nor style encoders, and a new voice needs a style to begin with: "
            "add one with `tsukasa voices add`"
        )
    logger.info("new voices begin %s", origin)
    no_style = torch.zeros(1, 2 * tts.config.style_dim)  # of speakers without training rows, who get no voice
    return torch.stack([with_rows(found.get(name, no_style), _ROWS) for name in speakers])


__all__ = [
    "STYLES_FILE",
    "VOICE",
    "VoiceArguments",
    "VoiceModels",
    "VoiceRunOptions",
    "VoiceTrainer",
    "starting_styles",
]
