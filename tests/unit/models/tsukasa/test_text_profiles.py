# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""All that the front end does for text works in every profile, and for text that a function reads."""

import pytest

from support.tiny import tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.text import UserDictionary, phonemize
from transformers_tsukasa.text.phoneme_lines import write_phoneme_line
from transformers_tsukasa.text.phonemes.rendering import PROFILES
from transformers_tsukasa.text.phonemes.symbols import symbol_table
from transformers_tsukasa.text.sentence_readings import read_sentences


_TEXT = "「今日は、新宿で（夏目の）本を読んだ！」[pause:0.5s]Python 3.5と1,234円。\n\nえっ、京都？……そうですね。"


def _processor(**settings):
    return TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer(**settings))


@pytest.mark.parametrize("profile", PROFILES)
def test_phonemes_in_lines_are_spoken_as_their_text(profile):
    processor = _processor(profile=profile)
    read = [pair for pair in read_sentences(_TEXT, processor.tokenizer.phonemizer) if pair[1] is not None]
    lines = [
        write_phoneme_line(utterance, reading.phonemes, is_last=number == len(read))
        for number, (utterance, reading) in enumerate(read, 1)
    ]
    assert len(lines) == 3
    assert (
        processor("\n".join(lines), phonemize=False)["input_ids"]
        == processor(_TEXT, split_sentences=True)["input_ids"]
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_dictionary_ruby_and_kana_are_those_of_every_profile(profile):
    dictionary = UserDictionary.from_mapping({"司": "ツカサ"})
    reading = phonemize("司は｜理由《わけ》を言う。", profile, user_dictionary=dictionary)
    assert reading.kana == "ツカサワワケヲイウ"
    assert {word.source for word in reading.words[:1]} == {"user"}
    assert set(reading.phonemes) <= symbol_table(profile).keys()
    assert len(reading.alignment) == len(reading.phonemes)
    assert phonemize("彼は한국어を話す。", profile).unreadable[0].surface == "한국어"


@pytest.mark.parametrize("long_form", [False, True])
def test_speech_of_kokoro_has_times_of_words(long_form):
    model = tiny_model()
    processor = _processor(profile="kokoro", add_suffix_pad=True)
    text = "お姉さんと新聞を読んだ。（本当に）「一匹」いる？"
    inputs = processor([text], split_sentences=long_form, return_tensors="pt")
    speech = model.generate(**inputs, seed=0, return_prosody=True)
    words = processor.word_times(text, speech.prosody)
    assert all(text[slice(*word.place)] == word.surface for word in words)
    assert "".join(mora.kana for word in words for mora in word.morae) == phonemize(text).kana
    assert all(left.end <= right.start + 1e-6 for left, right in zip(words, words[1:], strict=False))


def test_text_that_a_function_reads_is_spoken_with_times_of_words():
    model = tiny_model()
    processor = _processor(profile="ipa", phonemizer=lambda text: text.lower().replace("th", "ð") + "`")
    text = "The first sentence is here. And this one follows it, after all."
    speech = Speaker(model, processor).speak(text, seed=0)
    assert [word.surface for word in speech.words] == text.split()
    assert all(text[slice(*word.place)] == word.surface for word in speech.words)
    assert all(word.start < word.end for word in speech.words)
    inputs = processor([text], return_tensors="pt")
    assert (inputs["input_ids"] < 0).sum() == 2  # two sentences


def test_phonemes_alone_are_spoken_by_a_model_of_ipa():
    processor = _processor(profile="ipa")
    speech = Speaker(tiny_model(), processor).speak("ðə fˈɜːst. sˈɛntəns.\nðə nˈɛkst.", seed=0)
    assert "".join(symbol.symbol for symbol in speech.symbols).startswith("ðə fˈɜːst. sˈɛntəns.")
    with pytest.raises(ValueError, match="no symbol '今'"):
        processor("今日")
