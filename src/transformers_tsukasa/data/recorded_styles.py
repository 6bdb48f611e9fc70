# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Styles of the recordings of a corpus, as a model's style encoders see them: computed once and kept."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.processing_tsukasa import TsukasaProcessor
from ..utils.atomic_files import atomic_file
from ..utils.damaged_files import reading
from ..utils.resumable import identity_digest, identity_of
from .batch_sampler import LengthBucketBatchSampler
from .corpus import PreparedCorpus
from .preparation.encoded_audio import decode_audio


# Mel frames of a batch for the style encoders.
_FRAMES_PER_BATCH = 8000


def recorded_styles(
    model: TsukasaModelForConditionalGeneration,
    processor: TsukasaProcessor,
    corpus: PreparedCorpus,
    split: str,
    path: Path,
    progress: Callable[[int, int], Callable[[int], None]] | None = None,
) -> torch.Tensor:
    """Acoustic and prosodic style of every recording of a split, as a reference clip would give them.

    Args:
        model: the model whose style encoders are used, on their device.
        processor: of the model.
        corpus: prepared for the model.
        split: of the corpus.
        path: `.npz` file that keeps the styles; read instead of computing when model and corpus are the same.
        progress: called with the number of recordings and 0; what it returns is called with those done since.

    Returns:
        (utterances, 2 * style_dim) float32 on the CPU.

    Raises:
        ValueError: for a model without style encoders.
    """
    rows = corpus.open(split)
    identity = identity_digest(_identity(model, processor, rows))
    if path.is_file():
        with reading(path, "remove it: the styles are then computed again"), np.load(path) as kept:
            if str(kept["identity"]) == identity:
                return torch.from_numpy(kept["styles"])
    frame_counts = np.asarray(rows.data.column("num_frames"))
    styles = torch.zeros(len(rows), 2 * model.config.style_dim)
    advance = progress(len(rows), 0) if progress else lambda count: None
    budget = max(_FRAMES_PER_BATCH, int(frame_counts.max()))
    audio = rows.select_columns(["audio"]).with_format("arrow")
    for indices in LengthBucketBatchSampler(frame_counts, budget, shuffle=False):
        clips = [decode_audio(audio[index]["audio"][0]["bytes"].as_py())[0][0] for index in indices]
        features = processor.feature_extractor(
            clips, sampling_rate=corpus.audio_config.sampling_rate, return_tensors="pt"
        )
        with torch.no_grad():
            styles[indices] = model.encode_reference(features["input_features"], features["input_features_mask"]).cpu()
        advance(len(indices))
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(file, styles=styles.numpy(), identity=np.asarray(identity))
    return styles


def _identity(model: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, rows: Any) -> dict[str, Any]:
    weights = hashlib.blake2b(digest_size=16)
    for encoder in model.style_encoders:
        for weight in encoder.state_dict().values():
            weights.update(weight.detach().float().cpu().numpy().tobytes())
    return identity_of(
        {
            "rows": rows._fingerprint,
            "count": len(rows),
            "features": processor.feature_extractor.to_json_string(),
            "style_encoders": weights.hexdigest(),
        }
    )
