# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Accents of the accent model: what they change, and what they leave."""

import re
import subprocess
import sys

import pytest

from support.shared_data import recorded_path
from transformers_tsukasa.text import Phonemizer, UserDictionary, explain, phonemize
from transformers_tsukasa.text.accent_levels import accent_levels, mora_levels
from transformers_tsukasa.text.accents.learned_accents import with_accent_origins, with_learned_accents
from transformers_tsukasa.text.phonemes.units import accent_phrases, mora_places


TEXTS = (
    "水をマレーシアから買わなくてはならないのです。",
    "彼は、昨日の夜に3人で😀映画を見に行ったらしい！",
    "GPTとＰｙｔｈｏｎ、それからZyxwを学ぶ。kyou wa ii tenki desu ne.",
    "「はい」と言った。っ、うん…ー。",
    "한국어と日本語。",
)


def without_accents(words):
    return [word._replace(accent=0, starts_accent_phrase=False) for word in words]


def phrases(words):
    """The accent phrases, each as its kana and its nucleus."""
    return [
        ("".join(words[index].pronunciation for index in one), words[one[0]].accent) for one in accent_phrases(words)
    ]


def check_only_accents_change(text):
    words = Phonemizer().words(text)
    accented = with_learned_accents(words)
    assert without_accents(accented) == without_accents(words)
    for phrase in accent_phrases(accented):
        assert 0 <= accented[phrase[0]].accent <= len(mora_places(accented, phrase))
    assert len(mora_levels(accented)) == len(mora_levels(words))


@pytest.mark.parametrize("text", TEXTS)
def test_only_accents_change(text):
    check_only_accents_change(text)
    for profile in ("legacy", "clean", "kokoro"):
        by_rules = phonemize(text, profile, accent_source="rules")
        learned = phonemize(text, profile)
        assert (by_rules.phonemes, by_rules.words) == (learned.phonemes, learned.words)
    learned, by_rules = (
        re.sub("([aiɯeo])ː", r"\1\1", re.sub("[↑↓]", "", phonemize(text, "clean", True, None, source).phonemes))
        for source in ("learned", "rules")
    )
    assert learned == by_rules


def test_only_accents_change_in_many_texts():
    for line in recorded_path("texts", "sentences.tsv").read_text(encoding="utf-8").splitlines()[:300]:
        check_only_accents_change(line.split("\t")[-1])


def test_rules_can_be_had_alone():
    text = TEXTS[0]
    words = Phonemizer().words(text)
    learned = with_learned_accents(words)
    assert phrases(words) != phrases(learned)
    assert phrases(phonemize(text).accented_words) == phrases(learned)
    assert phrases(phonemize(text, accent_source="rules").accented_words) == phrases(words)
    rules, own = (phonemize(text, "clean", True, accent_source=source).phonemes for source in ("rules", "learned"))
    assert rules != own
    with pytest.raises(ValueError, match="unknown source of accents 'rule'"):
        Phonemizer(accent_source="rule")


def test_levels_and_marks_have_the_same_accents():
    reading = phonemize(TEXTS[0], "kokoro")
    high = [level & 1 for level in mora_levels(with_learned_accents(reading.words))]
    first = [level & 1 for level in accent_levels(reading) if level >= 0 and level & 2]
    assert first == high


@pytest.mark.parametrize("accent", [0, 1, 3, 4])
def test_accents_that_the_user_gives_stay(accent):
    words = UserDictionary.from_lines([f"推し活,オシカツ,{accent}", "箸,ハシ,2"])
    for text in ("推し活を楽しむ人", "今日は推し活の日です", "その箸が箸"):
        by_rules, learned = (Phonemizer("clean", True, words, source).words(text) for source in ("rules", "learned"))
        learned = with_learned_accents(learned)
        given = [phrase for phrase in accent_phrases(by_rules) if any(by_rules[i].source == "user" for i in phrase)]
        assert given and all(phrase in list(accent_phrases(learned)) for phrase in given)
        assert all(learned[phrase[0]].accent == by_rules[phrase[0]].accent for phrase in given)


def test_accents_of_ruby_stay():
    words = Phonemizer().words("｜東京《とうけい》へ行く")
    assert phrases(with_learned_accents(words))[0] == phrases(words)[0]


def test_words_without_an_entry_are_accented_in_their_context():
    """The rules cut what no dictionary has between its characters: 推し 活は."""
    words = Phonemizer().words("推し活は楽しい")
    assert phrases(words)[:2] == [("オシ", 0), ("カツワ", 1)]
    assert phrases(with_learned_accents(words))[0][0] == "オシカツワ"


def test_a_fall_after_the_last_mora_is_the_rules():
    """No label tells 橋 from 端 where nothing follows: there the dictionary knows."""
    ends_high = Phonemizer().words("橋")
    assert with_learned_accents(ends_high) == ends_high and ends_high[0].accent == 2
    assert with_learned_accents(Phonemizer().words("端"))[0].accent == 0


def test_explanations_tell_where_accents_are_from():
    words = UserDictionary.from_lines(["推し活,オシカツ,0"])
    rows = {row.word: row for row in explain("推し活と、Zyxwと、橋を渡る", words)}
    assert (rows["推し活"].accent_source, rows["推し活"].accent_probability) == ("given", None)
    assert (rows["Zyxw"].accent_source, rows["Zyxw"].accent_probability) == (
        "learned",
        rows["Zyxw"].accent_probability,
    )
    assert rows["橋"].accent_source == "learned" and 0 < rows["橋"].accent_probability <= 1
    assert rows["を"].accent_source == "" and rows["を"].accent == "-"
    assert with_accent_origins(Phonemizer().words("、橋"))[1].keys() == {1}


def test_nothing_spoken_has_no_accents():
    marks = [word for word in Phonemizer().words("橋、。") if not word.pronunciation]
    assert with_learned_accents(marks) == marks and with_accent_origins(marks) == (marks, {})


def test_torch_is_not_needed():
    code = (
        "import sys; from transformers_tsukasa.text import phonemize, explain; "
        "phonemize('橋', 'clean', True); explain('橋'); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["False"]
