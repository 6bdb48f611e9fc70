# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from support.tiny import tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
from transformers_tsukasa.text import phonemize
from transformers_tsukasa.text.phonemes.rendering import PROFILES
from transformers_tsukasa.text.timing import time_words


_MERGING = "家にいます。 ああああああ！ 赤い家に居る。 いちいちいいに 三日間に ハァァァ グゥ、ギャァ っ、あああ"


def test_words_and_morae_take_the_times_of_their_tokens():
    phonemization = phonemize("犬が、来た。")
    count = len(phonemization.phonemes) + 1
    words = time_words(phonemization, [float(i) for i in range(count)], [i + 1.0 for i in range(count)])
    assert [word.surface for word in words] == ["犬", "が", "来", "た"]
    assert [mora.kana for word in words for mora in word.morae] == ["イ", "ヌ", "ガ", "キ", "タ"]
    symbols = phonemization.phonemes
    for word in words:
        place = int(word.start) - 1  # one token a second, after one pad
        assert symbols[place] not in " ,." and symbols[int(word.end) - 2] not in " ,."
        assert word.start == word.morae[0].start and word.end == word.morae[-1].end
    assert all(left.end <= right.start for left, right in zip(words, words[1:], strict=False))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("text", _MERGING.split())
def test_every_word_and_mora_has_a_time(text, profile):
    phonemization = phonemize(text, profile=profile)
    count = len(phonemization.phonemes) + 1
    words = time_words(phonemization, list(range(count)), list(range(1, count + 1)))
    assert [word.surface for word in words] == [word.surface for word in phonemization.words if word.pronunciation]
    morae = [mora for word in words for mora in word.morae]
    assert [mora.kana for mora in morae] == [mora.kana for mora in phonemization.morae]
    assert all(mora.start < mora.end for mora in morae)
    assert all(left.end <= right.start for left, right in zip(morae, morae[1:], strict=False))


def test_a_mora_that_merges_into_a_long_vowel_has_its_length_mark():
    phonemization = phonemize("家にいます。")
    assert phonemization.phonemes == "ie niːmasɯ."
    words = time_words(phonemization, list(range(13)), list(range(1, 14)))
    assert [(word.surface, word.start, word.end) for word in words][1:3] == [("に", 4, 6), ("い", 6, 7)]


def test_places_count_from_the_start_of_a_longer_text():
    text = "今日はいい天気です。犬が来た。"
    phonemization = phonemize(text[10:])
    words = time_words(phonemization, list(range(20)), list(range(1, 21)), offset=10)
    assert [text[slice(*word.place)] for word in words] == ["犬", "が", "来", "た"]


def test_times_of_another_text_are_refused():
    with pytest.raises(ValueError, match="another text"):
        time_words(phonemize("犬が来た。"), [0.0, 1.0], [1.0, 2.0])


@pytest.mark.parametrize("long_form", [False, True])
def test_generated_speech_has_times_of_words(long_form):
    model = tiny_model()
    processor = TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())
    text = "今日はとてもいい天気ですね。明日は雨が降るそうです。"
    inputs = processor([text], split_sentences=long_form, return_tensors="pt")
    speech = model.generate(**inputs, seed=0, return_prosody=True)
    words = processor.word_times(text, speech.prosody)
    assert "".join(word.surface for word in words) == text.replace("。", "")
    assert all(text[slice(*word.place)] == word.surface for word in words)
    assert all(left.end <= right.start + 1e-6 for left, right in zip(words, words[1:], strict=False))
    assert 0 < words[-1].end <= speech.waveform.shape[1] / 24000
