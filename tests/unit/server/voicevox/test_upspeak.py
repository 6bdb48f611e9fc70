# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Questions by one more mora, and the arithmetic of scales, as VOICEVOX's engine computes them."""

import io

import numpy as np
import pytest
import soundfile

from support.server_toys import asked
from support.shared_data import recorded_cases
from transformers_tsukasa.server.voicevox.arithmetic.warping import scaled_pitches
from transformers_tsukasa.server.voicevox.lines import read_line
from transformers_tsukasa.server.voicevox.queries import AudioQuery
from transformers_tsukasa.server.voicevox.upspeak import lengthened, with_upspeak
from transformers_tsukasa.text import Phonemizer


FRAMES_PER_SECOND = 93.75  # of VOICEVOX's models


def phonemes(query):
    """Kind, seconds and, for morae and pauses, pitch of everything in a query, before the speed."""
    yield "pau", query.prePhonemeLength, 0.0
    for phrase in query.accent_phrases:
        for mora in phrase.moras:
            if mora.consonant is not None:
                yield mora.consonant, mora.consonant_length or 0.0, None
            yield mora.vowel, mora.vowel_length, mora.pitch
        if phrase.pause_mora is not None:
            yield "pau", query.pause_seconds(phrase.pause_mora), 0.0
    yield "pau", query.postPhonemeLength, 0.0


@pytest.mark.parametrize("case", recorded_cases("voicevox", "golden", "arithmetic.json"))
def test_lengths_and_pitches_are_those_of_the_engine(case):
    query = AudioQuery.model_validate(case["query"])
    if case["enable_interrogative_upspeak"]:
        query, _ = with_upspeak(query)
    found = list(phonemes(query))
    assert [kind for kind, _, _ in found] == case["phonemes"]
    seconds = [length / query.speedScale for _, length, _ in found]
    assert [round(length * FRAMES_PER_SECOND) for length in seconds] == case["frames_per_phoneme"]
    pitches = [pitch for _, _, pitch in found if pitch is not None]
    scaled = scaled_pitches(pitches, query.pitchScale, query.intonationScale)
    assert scaled == pytest.approx(case["pitch_per_mora"], abs=1e-6)


@pytest.mark.parametrize("text", ["そうですか？", "本当ですか、ラーメン？はい。", "本？", "ラーメンか？そうか。"])
def test_a_mora_is_added_to_the_word_that_asks(text):
    phonemizer = Phonemizer("clean", accent=True)
    line = read_line(text, phonemizer)
    morae = [mora.model_copy(update={"pitch": 5.0}) for phrase in line.phrases for mora in phrase.moras]
    phrases = []
    for phrase in line.phrases:
        phrases.append(phrase.model_copy(update={"moras": [morae.pop(0) for _ in phrase.moras]}))
    scales = dict.fromkeys(("speedScale", "intonationScale", "volumeScale"), 1.0)
    silences = dict.fromkeys(("pitchScale", "prePhonemeLength", "postPhonemeLength"), 0.0)
    query = AudioQuery(accent_phrases=phrases, outputSamplingRate=24000, outputStereo=False, **scales, **silences)
    asking, places = with_upspeak(query)
    longer = lengthened(line, places, asking.accent_phrases, phonemizer)
    assert len(places) == sum(phrase.is_interrogative for phrase in line.phrases) > 0
    assert len(longer.morae) == len(line.morae) + len(places)
    assert [mora.text for mora in longer.morae] == [mora.text for each in asking.accent_phrases for mora in each.moras]
    for (_, before), (_, after) in zip(line.sentences, longer.sentences, strict=True):
        kept = "".join(word.pronunciation for word in before.accented_words)
        own = "".join(word.pronunciation for word in after.accented_words)
        assert len(own) >= len(kept) and [*after.owners] != []
    numbers = [(mora.sentence, number) for mora in longer.morae for number in mora.own]
    assert numbers == sorted(set(numbers))


def test_a_question_is_longer_and_ends_higher(new_app):
    app = new_app(upspeak="classic")
    style = asked(app, "GET", "/speakers").json()[0]["styles"][0]["id"]
    query = asked(app, "POST", "/audio_query", params={"text": "犬ですか？", "speaker": style}).json()
    for mora in query["accent_phrases"][-1]["moras"]:
        mora["pitch"] = 5.5
    sounds = {}
    for asks in (True, False):
        parameters = {"speaker": style, "enable_interrogative_upspeak": asks}
        answer = asked(app, "POST", "/synthesis", params=parameters, json=query)
        assert answer.status_code == 200, answer.text
        sounds[asks] = soundfile.read(io.BytesIO(answer.content))[0]
    added = (len(sounds[True]) - len(sounds[False])) / query["outputSamplingRate"]
    assert added == pytest.approx(0.15, abs=0.05)
    assert not np.array_equal(sounds[True][: len(sounds[False])], sounds[False])
