# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Clips in the forms that libraries have them: rows of data sets, pairs, decoders, open files, addresses."""

import array
import io
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
from datasets import Audio, Dataset

from transformers_tsukasa.audio.clip_forms import as_clips, is_one_clip, read_clip, states_rate


RATE = 16000
SAMPLES = (0.3 * np.sin(np.arange(RATE) / 20)).astype(np.float32)


def encoded(file_format="WAV", channels=1):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.stack([SAMPLES] * channels, axis=1), RATE, format=file_format, subtype="PCM_16")
    return buffer.getvalue()


class Decoder:
    """Stands in for torchcodec's: samples are decoded when they are asked for."""

    def get_all_samples(self):
        return SimpleNamespace(data=torch.from_numpy(SAMPLES)[None], sample_rate=RATE)


WITH_A_RATE = {
    "bytes": lambda path: encoded(),
    "bytearray": lambda path: bytearray(encoded("FLAC")),
    "memoryview": lambda path: memoryview(encoded()),
    "BytesIO": lambda path: io.BytesIO(encoded("FLAC")),
    "open file": lambda path: path.open("rb"),
    "path": lambda path: path,
    "path as text": str,
    "row, encoded": lambda path: {"bytes": encoded(), "path": None},
    "row, encoded, with a name": lambda path: {"bytes": encoded(), "path": "elsewhere.wav"},
    "row, on disk": lambda path: {"bytes": None, "path": str(path)},
    "row, decoded": lambda path: {"array": SAMPLES, "sampling_rate": RATE, "path": None},
    "row, as tensors": lambda path: {"array": torch.from_numpy(SAMPLES), "sampling_rate": torch.tensor(RATE)},
    "row, as lists": lambda path: {"array": SAMPLES.tolist(), "sampling_rate": RATE},
    "input of a pipeline": lambda path: {"raw": SAMPLES, "sampling_rate": RATE},
    "output of a pipeline": lambda path: {"audio": SAMPLES[None], "sampling_rate": RATE},
    "row with a decoder": lambda path: {"audio": Decoder()},
    "decoder": lambda path: Decoder(),
    "decoded samples": lambda path: Decoder().get_all_samples(),
    "rate and array": lambda path: (RATE, SAMPLES),
    "rate and integers": lambda path: (RATE, np.round(SAMPLES * 32768).astype(np.int16)),
    "rate and list": lambda path: [RATE, SAMPLES.tolist()],
    "array and rate": lambda path: (SAMPLES, RATE),
    "tensor and rate": lambda path: (torch.from_numpy(SAMPLES)[None], RATE),
    "numpy's rate": lambda path: (np.int64(RATE), SAMPLES),
}


@pytest.fixture
def path(tmp_path):
    (tmp_path / "clip.wav").write_bytes(encoded())
    return tmp_path / "clip.wav"


@pytest.mark.parametrize("form", WITH_A_RATE)
def test_every_form_with_a_rate_is_one_clip_at_that_rate(form, path):
    clip = WITH_A_RATE[form](path)
    assert is_one_clip(clip) and states_rate(clip)
    read = read_clip(clip)
    assert read.rate == RATE
    assert read.channels.shape == (1, RATE) and read.channels.dtype == np.float32
    assert np.abs(read.channels - SAMPLES).max() < 1e-4


@pytest.mark.parametrize("form", WITH_A_RATE)
def test_a_batch_of_every_form(form, path):
    clips = [WITH_A_RATE[form](path) for _ in range(3)]
    for batch in (clips, tuple(clips), iter(clips)):
        assert not is_one_clip(batch)
        assert [read_clip(clip).channels.shape for clip in as_clips(batch)] == [(1, RATE)] * 3
        for clip in clips:
            if hasattr(clip, "seek"):
                clip.seek(0)


@pytest.mark.parametrize(
    "clip",
    [SAMPLES, torch.from_numpy(SAMPLES), SAMPLES.tolist(), array.array("f", SAMPLES), np.stack([SAMPLES, SAMPLES])],
)
def test_samples_alone_state_no_rate(clip):
    assert is_one_clip(clip) and not states_rate(clip)
    assert read_clip(clip).rate is None
    assert not states_rate({"array": clip})


def test_two_clips_are_no_pair_of_rate_and_samples():
    for batch in ([SAMPLES, SAMPLES], (SAMPLES.tolist(), [0.5]), np.array([SAMPLES] * 2, dtype=object)):
        assert not is_one_clip(batch)
        assert len(as_clips(batch)) == 2
    assert is_one_clip([0.5, 0.25])


def test_a_column_of_a_data_set_is_a_batch():
    rows = Dataset.from_dict({"audio": [{"bytes": encoded(), "path": None}] * 2})
    column = rows.cast_column("audio", Audio(decode=False))["audio"]
    assert not is_one_clip(column)
    assert [read_clip(clip).rate for clip in as_clips(column)] == [RATE, RATE]


def test_an_open_file_can_be_read_again():
    file = io.BytesIO(b"head" + encoded())
    file.seek(4)
    assert read_clip(file).channels.shape == read_clip(file).channels.shape == (1, RATE)
    assert file.tell() == 4


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda path: {"bytes": encoded(), "sampling_rate": 44100}, "44100.*16000 Hz"),
        (lambda path: (48000, (RATE, SAMPLES)), "48000.*16000 Hz"),
        (lambda path: {"path": str(path), "sampling_rate": 8000}, "8000.*16000 Hz"),
        (lambda path: {"array": SAMPLES, "sampling_rate": True}, "integer number"),
        (lambda path: {"array": None, "bytes": None, "path": None}, "'bytes' or 'path'"),
        (lambda path: b"", "cannot read 'the clip'"),
        (lambda path: b"no audio", "cannot read 'the clip'"),
        (lambda path: path.with_name("text.txt").open("w+"), "mode 'rb'"),
        (lambda path: [SAMPLES, SAMPLES[:5]], "differ in length"),
        (lambda path: 1j, "complex"),
    ],
)
def test_what_is_no_clip_is_refused_in_a_sentence(make, part, path):
    with pytest.raises(ValueError, match=part) as caught:
        read_clip(make(path))
    assert "\n" not in str(caught.value)


@contextmanager
def served(folder):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_clip_at_an_address_keeps_its_channels_and_its_rate(tmp_path):
    (tmp_path / "clip.flac").write_bytes(encoded("FLAC", channels=2))
    with served(tmp_path) as address:
        read = read_clip(f"{address}/clip.flac")
        assert read.channels.shape == (2, RATE) and read.rate == RATE
        with pytest.raises(OSError, match=r"cannot load the clip from '.*/nothing.wav' \(HTTP Error 404"):
            read_clip(f"{address}/nothing.wav")
    with pytest.raises(OSError, match="check the address and the network"):
        read_clip(f"{address}/clip.flac")  # nobody answers there now
    with pytest.raises(OSError, match="check the address and the network"):
        read_clip("http://")
