# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import math

import numpy as np
import pytest
import torch

from support.tiny import tiny_config
from transformers_tsukasa.evaluation.error_rates import (
    ErrorRate,
    error_rate,
    is_sound,
    plain_characters,
    sounds,
    sounds_and_pauses,
    total_error_rate,
)
from transformers_tsukasa.evaluation.judges.phoneme_judge import PhonemeJudge, duration_errors
from transformers_tsukasa.evaluation.judges.speech_recognition import SpeechRecognizer, TextComparison
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import TsukasaAudioConfig
from transformers_tsukasa.models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from transformers_tsukasa.text.phonemes.symbols import PAD_ID, SYMBOL_TO_ID


def test_error_rates_by_hand():
    # k->g is one substitution, the second n is missing, an a is too many: 3 of 10.
    assert error_rate("gonitɕiwaa", "konnitɕiwa") == ErrorRate(3, 10)
    assert error_rate("", "ka") == ErrorRate(2, 2)
    assert ErrorRate(3, 10).percent == 30.0
    assert math.isnan(ErrorRate(1, 0).percent)


def test_a_corpus_counts_symbols_and_not_sentences():
    # 1 of 2 and 0 of 8 is 10 %, not 25 %.
    assert total_error_rate(["ka", "abcdefgh"], ["ko", "abcdefgh"]).percent == pytest.approx(10.0)
    with pytest.raises(ValueError, match="1 sequences were heard, but there are 2 references"):
        total_error_rate(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="hold no symbol"):
        total_error_rate(["a"], [""])


def test_only_sounds_count():
    assert sounds("ko↑nnitɕi, wa…! a↓ː?") == "konnitɕiwaaː"
    assert is_sound("ɴ") and is_sound("ː") and is_sound("ʲ") and not is_sound("$") and not is_sound("—")


def test_spaces_and_marks_take_no_time():
    assert sounds_and_pauses("ko↑nnitɕi, wa…! a↓ː?") == "konnitɕi,wa…!aː?"


def test_characters_are_folded():
    assert plain_characters("ＡＢＣ、今日は　いい天気！") == "abc今日はいい天気"


def test_kana_forgive_spelling_and_characters_do_not():
    texts = TextComparison()
    assert texts.kana("きょうはよいてんきです", "今日は良い天気です。").edits == 0
    assert texts.characters("きょうはよいてんきです", "今日は良い天気です。").edits > 0
    assert texts.kana("", "今日").percent == 100.0
    # いい for 良い: one kana.
    reference = "今日は良い天気です"
    assert texts.kana("今日はいい天気です", reference) == ErrorRate(1, len(texts.to_kana(reference)))


class _ToldAligner(TsukasaTextAligner):
    """Hears what the test says, frame by frame; silence behind."""

    told = ""

    def ctc_logits(self, memory):
        ids = [PAD_ID if symbol == "_" else SYMBOL_TO_ID[symbol] for symbol in self.told]
        ids += [PAD_ID] * (memory.shape[1] - len(ids))
        return 20.0 * torch.nn.functional.one_hot(torch.tensor(ids), self.config.vocab_size).float()[None]


@pytest.fixture
def judge():
    torch.manual_seed(0)
    return PhonemeJudge(_ToldAligner(tiny_config().text_aligner_config), TsukasaAudioConfig())


def _noise(seconds: float = 0.8) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(round(seconds * 24000))).astype(np.float32)


def test_a_judge_hears_by_the_best_path(judge):
    judge.aligner.told = "___kkoo_oɴ__a."
    assert judge.hear(_noise(), 24000) == "kooɴa."
    judge.aligner.told = ""
    assert judge.hear(_noise(), 24000) == ""


def test_a_judge_hears_other_rates(judge):
    judge.aligner.told = "__ka"
    assert judge.hear(_noise(), 24000) == judge.hear(np.repeat(_noise(), 2), 48000) == "ka"


def test_durations_of_what_a_judge_hears(judge):
    judge.aligner.told = "_____kkkaaaaaɴɴ"
    np.testing.assert_allclose(judge.durations(_noise(), 24000, "kaɴ"), [0.075, 0.125, 0.05])
    with pytest.raises(ValueError, match="200 symbols do not fit into"):
        judge.durations(_noise(), 24000, "ka" * 100)


def test_a_trained_judge_is_loaded_from_its_folder(tmp_path):
    torch.manual_seed(0)
    TsukasaTextAligner(tiny_config().text_aligner_config).save_pretrained(tmp_path / "judge")
    heard = PhonemeJudge(tmp_path / "judge", TsukasaAudioConfig()).hear(_noise(), 24000)
    assert isinstance(heard, str)
    with pytest.raises(FileNotFoundError, match="there is no trained aligner in"):
        PhonemeJudge(tmp_path / "nothing", TsukasaAudioConfig())
    with pytest.raises(ValueError, match="hears 80 mel bands, but the features have 100"):
        PhonemeJudge(tmp_path / "judge", TsukasaAudioConfig(num_mel_bins=100))


def test_duration_errors_leave_pauses_out():
    errors = duration_errors(np.array([0.1, 0.2, 0.9, 0.05]), np.array([0.15, 0.2, 0.1, 0.03]), "ka,n")
    np.testing.assert_allclose(errors, [50, 0, 20])
    with pytest.raises(ValueError, match="1 durations, 2 in the reference and 2 phonemes"):
        duration_errors(np.zeros(1), np.zeros(2), "ka")


def test_a_recogniser_needs_its_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder '.*' with a recogniser"):
        SpeechRecognizer(tmp_path / "whisper")
