# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The styles that a voice hears in the recordings of a corpus, computed once and kept."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.processing_tsukasa import TsukasaProcessor
from ..utils.atomic_files import atomic_file
from ..utils.damaged_files import reading
from .batch_sampler import LengthBucketBatchSampler
from .corpus import PreparedCorpus
from .preparation.encoded_audio import decode_audio


# Mel frames that the style encoders hear at once.
_FRAMES_PER_BATCH = 8000


def recorded_styles(
    voice: TsukasaModelForConditionalGeneration,
    processor: TsukasaProcessor,
    corpus: PreparedCorpus,
    split: str,
    path: Path,
    progress: Callable[[int, int], Callable[[int], None]] | None = None,
) -> torch.Tensor:
    """Acoustic and prosodic style of every recording of a split, as a reference clip would give it.

    Args:
        voice: whose style encoders hear, on their device.
        processor: the voice's own.
        corpus: prepared for the voice.
        split: of the corpus.
        path: `.npz` file that keeps the styles; taken as it is when voice and corpus are the same.
        progress: called with the number of recordings and 0; what it returns is called with those heard since.

    Returns:
        (utterances, 2 * style_dim) float32 on the CPU.
    """
    rows = corpus.open(split)
    identity = _identity(voice, processor, rows)
    if path.is_file():
        with reading(path, "remove it: the recordings are then heard again"), np.load(path) as kept:
            if str(kept["identity"]) == identity:
                return torch.from_numpy(kept["styles"])
    frame_counts = np.asarray(rows.data.column("num_frames"))
    styles = torch.zeros(len(rows), 2 * voice.config.style_dim)
    advance = progress(len(rows), 0) if progress else lambda count: None
    budget = max(_FRAMES_PER_BATCH, int(frame_counts.max()))
    audio = rows.select_columns(["audio"]).with_format("arrow")
    for indices in LengthBucketBatchSampler(frame_counts, budget, shuffle=False):
        clips = [decode_audio(audio[index]["audio"][0]["bytes"].as_py())[0][0] for index in indices]
        heard = processor.feature_extractor(
            clips, sampling_rate=corpus.audio_config.sampling_rate, return_tensors="pt"
        )
        with torch.no_grad():
            styles[indices] = voice.encode_reference(heard["input_features"], heard["input_features_mask"]).cpu()
        advance(len(indices))
    _write(path, styles.numpy(), identity)
    return styles


def _identity(voice: TsukasaModelForConditionalGeneration, processor: TsukasaProcessor, rows) -> str:
    about = f"{rows._fingerprint} {len(rows)} {processor.feature_extractor.to_json_string()}"
    digest = hashlib.blake2b(about.encode(), digest_size=16)
    for encoder in (voice.acoustic_style_encoder, voice.prosodic_style_encoder):
        for weight in encoder.state_dict().values():
            digest.update(weight.detach().float().cpu().numpy().tobytes())
    return digest.hexdigest()


def _write(path: Path, styles: np.ndarray, identity: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(file, styles=styles, identity=np.asarray(identity))
