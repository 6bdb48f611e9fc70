# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Named voices of the speakers of a corpus: the mean style of their clips, as a model's style encoders find it."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from ..models.tsukasa.feature_extraction_tsukasa import TsukasaFeatureExtractor
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.speaking.voices import RowsCount
from .corpus import PreparedCorpus
from .preparation.encoded_audio import decode_audio


logger = logging.getLogger(__name__)

MOST_CLIPS = 40
"""Clips of a speaker that are averaged, when there are as many."""

# Of all speakers together, so that a corpus of thousands of speakers does not hold up every checkpoint.
_MOST_CLIPS_OF_ALL = 2000


@dataclass(frozen=True)
class SpeakerStyle:
    """The style of a speaker.

    Args:
        vector: (2 * style_dim,) float32 on the CPU, the mean of the speaker's clips.
        description: of the first clip; may be empty.
        clips: that were averaged.
    """

    vector: torch.Tensor
    description: str
    clips: int


def speaker_styles(
    model: TsukasaModelForConditionalGeneration, corpus: PreparedCorpus, clips: int = MOST_CLIPS
) -> dict[str, SpeakerStyle]:
    """The style of every speaker who has training rows, in the order of the corpus.

    A clip has the style that it would have as a reference: without the silence that training puts around it.

    Args:
        model: whose style encoders are used, on their device.
        corpus: prepared for the model.
        clips: most clips of a speaker.

    Raises:
        ValueError: when `clips` is not at least 1, and for a model without style encoders.
    """
    if clips < 1:
        raise ValueError(f"a style is the mean of at least one clip, got `clips` {clips}")
    rows = corpus.open("train").select_columns(["speaker_id", "description", "audio"]).with_format("arrow")
    speaker_ids = np.asarray(rows.data.column("speaker_id"))
    clips = min(clips, max(_MOST_CLIPS_OF_ALL // max(len(corpus.speakers), 1), 1))
    extractor = TsukasaFeatureExtractor.from_audio_config(model.config.audio_config)
    styles = {}
    with _evaluating(model), torch.no_grad():
        for number, name in enumerate(corpus.speakers):
            found = np.flatnonzero(speaker_ids == number)[:clips]
            vectors = []
            for index in found.tolist():
                samples, rate = decode_audio(rows[index]["audio"][0]["bytes"].as_py())
                features = extractor(samples[0], sampling_rate=rate, return_tensors="pt")
                vectors.append(model.encode_reference(**features)[0].cpu())
            if vectors:
                description = rows[int(found[0])]["description"][0].as_py() or ""
                styles[name] = SpeakerStyle(torch.stack(vectors).mean(dim=0), description, len(vectors))
    return styles


def name_speakers(
    model: TsukasaModelForConditionalGeneration, corpus: PreparedCorpus, clips: int = MOST_CLIPS
) -> None:
    """Gives the model a voice for every speaker of the corpus, and one of them as the default.

    Other voices of the model stay. Its default stays when it is a speaker's; else it becomes the first speaker's.
    A name that cannot be a voice's is left out, which is logged.
    """
    styles = speaker_styles(model, corpus, clips)
    put_voices(model, {name: (style.vector, style.description) for name, style in styles.items()})


def put_voices(
    model: TsukasaModelForConditionalGeneration,
    voices: Mapping[str, tuple[torch.Tensor, str]],
    rows_count: RowsCount | None = None,
) -> None:
    """Gives the model voices of speakers, and lets one of them be the default; see `name_speakers`.

    Args:
        model: that gets them.
        voices: by speaker, a style or a table of styles, and the description.
        rows_count: of tables, see `TsukasaVoices.add`.
    """
    named = []
    for name, (style, description) in voices.items():
        try:
            model.voices.add(name, style, description, rows_count)
        except ValueError as error:  # hours of training must not be lost for a name
            logger.warning("the speaker '%s' gets no voice: %s", name, error)
        else:
            named.append(name)
    if named and getattr(model.generation_config, "voice", None) not in named:
        model.generation_config.update(voice=named[0])


@contextmanager
def _evaluating(model: TsukasaModelForConditionalGeneration) -> Iterator[None]:
    """The style encoders in evaluation mode, in which their spectral norms do not move; as they were, afterwards."""
    encoders = model.style_encoders
    learning = [encoder.training for encoder in encoders]
    for encoder in encoders:
        encoder.eval()
    try:
        yield
    finally:
        for encoder, was_learning in zip(encoders, learning, strict=True):
            encoder.train(was_learning)


__all__ = ["MOST_CLIPS", "SpeakerStyle", "name_speakers", "put_voices", "speaker_styles"]
