# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import io
import struct

import numpy as np
import pytest
import soundfile

from support.signals import RATE, tone
from transformers_tsukasa.audio.encoding import encode_sound
from transformers_tsukasa.audio.ogg_pages import with_ogg_serial


@pytest.fixture(scope="module")
def opus():
    return encode_sound("opus", [tone(2.5)], RATE)


def test_the_encoders_own_serial_gives_the_encoders_own_bytes(opus):
    # Among them the checksums, which libogg has computed.
    assert opus.count(b"OggS") > 2 and with_ogg_serial(opus, struct.unpack_from("<I", opus, 14)[0]) == opus


def test_another_serial_is_the_same_sound(opus):
    changed = with_ogg_serial(opus, 2**40 + 7)
    assert changed != opus and struct.unpack_from("<I", changed, 14) == (7,)
    first, second = (soundfile.read(io.BytesIO(data))[0] for data in (opus, changed))
    assert np.array_equal(first, second) and len(first) > 0


@pytest.mark.parametrize("damage", [lambda ogg: ogg[:-1], lambda ogg: b"x" + ogg, lambda ogg: ogg + b"OggS"])
def test_what_is_no_complete_file_is_refused(opus, damage):
    with pytest.raises(ValueError, match="no complete Ogg file: there is no page at byte"):
        with_ogg_serial(damage(opus), 1)
