# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import torch

from transformers_tsukasa.evaluation.networks.speaker_identity import (
    XVectorEmbedder,
    centroids,
    cosine_similarity,
    nearest,
)


def test_nearest_looks_from_the_middle():
    # All share a large part, from which a plain cosine would see no difference.
    known = {"a": np.array([100.0, 1.0, 0.0]), "b": np.array([100.0, 0.0, 1.0])}
    assert nearest(np.array([90.0, 0.9, 0.3]), known) == "a"
    assert nearest(np.array([110.0, 0.2, 0.3]), known) == "b"


def test_cosines_and_means():
    assert cosine_similarity([1, 0], [1, 1]) == pytest.approx(2**-0.5)
    assert cosine_similarity([1, 2], [-2, -4]) == pytest.approx(-1)
    for vectors, message in (([1], [1, 2]), "vectors of 1 and 2"), (([0, 0], [1, 2]), "is zero"):
        with pytest.raises(ValueError, match=message):
            cosine_similarity(*vectors)
    assert centroids([[1, 2], [3, 4], [5, 5]], ["a", "a", "b"])["a"].tolist() == [2, 3]


def test_a_speaker_network_of_transformers(tmp_path):
    from transformers import Wav2Vec2FeatureExtractor, WavLMConfig, WavLMForXVector

    torch.manual_seed(0)
    config = WavLMConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=[8, 8],
        conv_stride=[80, 4],
        conv_kernel=[160, 4],
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        tdnn_dim=[8, 8, 16],
        tdnn_kernel=[3, 3, 1],
        tdnn_dilation=[1, 2, 1],
        xvector_output_dim=12,
    )
    WavLMForXVector(config).save_pretrained(tmp_path)
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    embed = XVectorEmbedder(tmp_path)
    noise = (0.1 * np.random.default_rng(0).standard_normal(24000)).astype(np.float32)
    vector = embed(noise, 24000)
    assert vector.shape == (12,) and np.isfinite(vector).all()
    assert cosine_similarity(vector, embed(noise, 24000)) == pytest.approx(1)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        XVectorEmbedder(tmp_path / "nothing")
