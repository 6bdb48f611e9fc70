# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest
import torch

from transformers_tsukasa.models.tsukasa.speaking.sentence_marks import LOWEST_MARK, close_sentences, read_segments
from transformers_tsukasa.text.pauses import SEGMENT_ENDINGS
from transformers_tsukasa.text.utterances import Utterance


def read(row):
    ids = torch.tensor([row])
    return read_segments(ids, torch.ones_like(ids))


def test_endings_and_pauses_are_read_as_they_were_written():
    sentences = [
        ([1, 2], Utterance("", "question", lead=0.5)),
        ([3], Utterance("", "clause", pause=1.25)),
        ([4, 5], Utterance("", "line", pause=0.0)),
        ([6], Utterance("", "paragraph", pause=100.001)),
    ]
    row = close_sentences(sentences)
    assert min(row) >= LOWEST_MARK
    found = read(row)
    assert found.is_long_form
    (segments,) = found.texts
    assert [segment.ids[0].tolist() for segment in segments] == [ids for ids, _ in sentences]
    assert [segment.lead for segment in segments] == [0.5, 0.0, 0.0, 0.0]
    assert [segment.pause for segment in segments] == [None, 1.25, 0.0, pytest.approx(100.001)]
    assert SEGMENT_ENDINGS[segments[0].ending] == "question"


def test_a_row_without_marks_is_one_segment():
    found = read([1, 2, 3])
    assert not found.is_long_form and found.texts[0][0].ids.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("row", [[-9], [-1009, -1009]])
def test_a_row_of_pauses_alone_is_refused(row):
    with pytest.raises(ValueError, match="text 0 has no phonemes in input_ids"):
        read(row)
