# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import struct

import pytest
import soundfile

from support.corpora import RATE, hum
from transformers_tsukasa.data.checks import (
    check_complete,
)
from transformers_tsukasa.data.preparation.corpus_rows import RowRejected
from transformers_tsukasa.data.preparation.encoded_audio import promised_samples


def _encoded(**options):
    buffer = io.BytesIO()
    soundfile.write(buffer, hum(), RATE, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["WAV", "WAVEX", "RF64", "AIFF", "AU", "MP3"])
@pytest.mark.parametrize("as_file", [True, False])
def test_a_file_that_is_shorter_than_its_header_states_is_found(tmp_path, format, as_file):
    complete = _encoded(format=format)
    for data, promised in ((complete, RATE), (complete[: len(complete) // 2], RATE)):
        if as_file:
            (tmp_path / "a").write_bytes(data)
        assert promised_samples(tmp_path / "a" if as_file else data) == pytest.approx(promised, abs=RATE // 1000)
    with pytest.raises(RowRejected, match="states 1.00 s, but the file ends after 0.50 s") as caught:
        check_complete(RATE // 2, RATE, RATE)
    assert caught.value.reason == "cut_off"


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF, 0x7FFFFFFF - 36, 48000 + 44, 48001])
def test_headers_without_the_length_state_the_samples_of_the_file(size):
    """As programs write them into a pipe, count the header with the samples, or count a byte of padding."""
    data = bytearray(_encoded(format="WAV", subtype="PCM_16"))
    place = data.index(b"data") + 4
    data[place : place + 4] = struct.pack("<I", size)
    check_complete(RATE, promised_samples(bytes(data)), RATE)
