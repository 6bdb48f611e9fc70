# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Any text to phonemes: profiles, alignment, explanation and errors."""

import pickle
import random
import threading

import pytest

from transformers_tsukasa.text import (
    NothingToReadError,
    Phonemizer,
    check_phonemes,
    explain,
    format_table,
    phonemize,
)
from transformers_tsukasa.text.phonemes.morae import comparable_morae
from transformers_tsukasa.text.phonemes.symbols import symbol_table


def test_legacy_has_no_accent_marks():
    with pytest.raises(ValueError, match="no accent marks"):
        phonemize("花", accent=True)
    with pytest.raises(ValueError, match="unknown profile 'pretty'"):
        phonemize("花", profile="pretty")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("彼女はモーツァルトが好きだ。", "kanodʑo wa moːtsarɯto ga sɯki da."),
        ("泳者は元気である。", "eiɕa wa geŋki de arɯ."),
        ("観光客が訪れます。", "kaŋkoɯ kʲakɯ ga otozɯɽemasɯ."),
        ("それは違うよ。", "soɽe wa tɕigaɯ jo."),
        ("散歩と心配", "sampo to ɕimpai"),
        ("先生、映画、時計", "sensei, eiga, tokei"),
        ("「待って」って言った。", '"maʔte"ʔte iʔta.'),
        ("そういうことなので", "soɯ iɯ koto na no de"),
        ("すごい！！！", "sɯgoi!!!"),
        ("お父さん", "otoɯsaɴ"),
        ("こんにちは。", "konnitɕiwa."),
    ],
)
def test_sentences_in_legacy(text, expected):
    assert phonemize(text).phonemes == expected


@pytest.mark.parametrize(
    "text", ["きょうはいいてんきですね", "わたしはがっこうへいく", "とうきょうとおおさか", "コーヒーをのむ"]
)
def test_kana_is_taken_as_it_is(text):
    spoken = phonemize(text).kana
    particles = spoken.replace("ワ", "ハ").replace("エ", "ヘ")
    written = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)
    assert particles == written.replace("ワ", "ハ").replace("エ", "ヘ")


def test_to_say_is_written_as_trained_or_as_spoken():
    assert phonemize("そういうことを言う").phonemes == "soɯ iɯ koto o iɯ"
    assert phonemize("そういうことを言う", "clean").phonemes == "soɯ jɯː koto o jɯː"
    assert phonemize("言った", "clean").phonemes == "iʔta"


def test_every_symbol_knows_its_mora_word_and_place():
    text = "今日は、東京へ行く。"
    result = phonemize(text)
    assert len(result.alignment) == len(result.phonemes)
    assert "".join(phoneme.symbol for phoneme in result.alignment) == result.phonemes
    for phoneme in result.alignment:
        if phoneme.mora is not None:
            mora = result.morae[phoneme.mora]
            assert (mora.word, mora.start, mora.end) == (phoneme.word, phoneme.start, phoneme.end)
    spans = [(text[w.start : w.end], w.pronunciation) for w in result.words]
    assert spans == [
        ("今日", "キョウ"),
        ("は", "ワ"),
        ("、", ""),
        ("東京", "トウキョウ"),
        ("へ", "エ"),
        ("行く", "イク"),
        ("。", ""),
    ]
    assert [phoneme.mora for phoneme in result.alignment if phoneme.mora is not None] == sorted(
        phoneme.mora for phoneme in result.alignment if phoneme.mora is not None
    )


def test_places_count_in_the_original_text():
    text = "  ﾄｳｷｮｳ は😀広い"
    result = phonemize(text)
    assert [text[w.start : w.end] for w in result.words if w.pronunciation] == ["ﾄｳｷｮｳ", "は", "広い"]


def test_the_error_shows_the_beginning_of_the_text_and_survives_pickling():
    with pytest.raises(NothingToReadError, match=f"text '{'…' * 40}\\.\\.\\.'") as raised:
        phonemize("…" * 50)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "…", "。。。", "\n"])
def test_nothing_to_read_is_one_clear_error(text):
    with pytest.raises(NothingToReadError, match="nothing readable in the text"):
        phonemize(text)


def test_what_cannot_be_read_is_reported_and_not_dropped():
    result = phonemize("彼は한국어を話す")
    assert [unread.surface for unread in result.unreadable] == ["한국어"]
    table = format_table(explain("彼は한국어を話す"))
    assert "한국어" in table
    assert "(not read)" in table


def test_long_text_is_read_to_its_end():
    text = "今日はいい天気です。" * 400
    result = phonemize(text)
    assert len([w for w in result.words if w.surface == "天気"]) == 400
    assert result.words[-1].end == len(text)
    unbroken = phonemize("あ" * 5000)
    assert len(unbroken.morae) == 5000


@pytest.mark.parametrize(("profile", "count"), [("legacy", 1500), ("kokoro", 800)])
def test_only_inventory_symbols_come_out_of_random_strings(profile, count):
    generator = random.Random(7)
    phonemizer, table = Phonemizer(profile), symbol_table(profile).keys() - {"$"}
    spoken = 0
    for _ in range(count):
        length = generator.randint(1, 16)
        kinds = [(0x20, 0x7F), (0x3040, 0x3100), (0x4E00, 0x9FFF), (0xFF00, 0xFFF0), (0x0, 0x110000)]
        text = "".join(chr(generator.randrange(*generator.choice(kinds))) for _ in range(length))
        try:
            result = phonemizer(text)
        except NothingToReadError:
            continue
        spoken += 1
        assert set(result.phonemes) <= table, repr(text)
        assert profile == "kokoro" or not set("ɸɲɾ") & set(result.phonemes)
        assert len(result.owners) == len(result.phonemes)
        assert all(0 <= w.start <= w.end <= len(text) for w in result.words)
    assert spoken > 2 * count / 3


def test_a_phonemizer_is_shared_between_threads():
    phonemizer = Phonemizer()
    texts = ["今日はいい天気ですね。", "明日は雨が降る。", "東京と大阪と京都", "先生と映画"]
    expected = [phonemizer(text).phonemes for text in texts]
    results: list[list[str]] = []

    def work() -> None:
        results.append([phonemizer(text).phonemes for _ in range(20) for text in texts])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected * 20] * 4


def test_phonemes_given_directly_are_checked():
    assert check_phonemes("kʲoɯ wa.") == "kʲoɯ wa."
    with pytest.raises(ValueError, match="'ȷ' at place 2"):
        check_phonemes("kȷoɯ")
    with pytest.raises(ValueError, match="empty"):
        check_phonemes(" ")
    assert check_phonemes("ʣeɾo (a)", "kokoro") == "ʣeɾo (a)"
    with pytest.raises(ValueError, match="'g' at place 1"):
        check_phonemes("ga", "kokoro")


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("けふは使ひませう", "キョーワツカイマショー"),
        ("彼は笑ひながら言つた", "カレワワライナガライッタ"),
        ("立つてゐるのを思ひ出す", "タッテイルノオオモイダス"),
        ("駅へ立つたびに", "エキエタツタビニ"),
        ("ヘンリーVIII世", "ヘンリーハッセー"),
        ("ファイナルファンタジーVII", "ファイナルファンタジーセブン"),
        ("四五人と十四五歳", "シゴニントジューシゴサイ"),
        ("昭和五六年", "ショーワゴジューロクネン"),
        ("二三百円", "ニサンビャクエン"),
        ("20XX年とH30年", "ニセンエックスエックスネントヘーセーサンジューネン"),
        ("10分の1を10分で", "ジューブンノイチオジュップンデ"),
        ("1億2,400万人", "イチオクニセンヨンヒャクマンニン"),
        ("I have 3 cats.", "アイハブスリーキャッツ"),
        ("In 1999", "インセンキューヒャクキュージューキュー"),
        ("kono game wa 10pun", "コノゲームワジュップン"),
        ("CO₂の量", "シーオーツーノリョー"),
        ("△△さん", "サンカクサンカクサン"),
    ],
)
def test_writings_that_need_a_rule(text, kana):
    assert list(comparable_morae(phonemize(text).kana)) == list(comparable_morae(kana))
