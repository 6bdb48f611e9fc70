# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Training and speaking see one text alike: the tokens of a prepared corpus are those of the model's processor."""

import pytest
import soundfile

from support.corpora import RATE, hum
from support.tiny import CONFIGS
from transformers_tsukasa.bundled import default_model
from transformers_tsukasa.cli.main import main
from transformers_tsukasa.data.collator import TsukasaDataCollator
from transformers_tsukasa.data.dataset import TsukasaDataset
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_preset
from transformers_tsukasa.models.tsukasa.processing_tsukasa import TsukasaProcessor
from transformers_tsukasa.models.tsukasa.processor_files import save_companions
from transformers_tsukasa.models.tsukasa.tokenization_tsukasa import TsukasaTokenizer
from transformers_tsukasa.text.phonemes.symbols import PAD_ID


TEXTS = (
    "今日はとてもいい天気ですね。",
    "え、本当に行くの？",
    "「3時に駅で」と、彼は言った……",
    "Tokyoタワーは333メートル！",
)
PHONEMES = ("ðə fˈɜːst sˈɛntəns .", "ɪz ɪt ðə sˈɛkənd ?", "nˈoʊ , ɪt ˈɪznt .", "ˈɔːl ʌv ɪt !")
PRESETS = sorted(path.name for path in CONFIGS.glob("*.yaml"))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    pytest.importorskip("datasets")
    pytest.importorskip("swift_f0")
    folder = tmp_path_factory.mktemp("recordings")
    for number in range(len(TEXTS)):
        soundfile.write(folder / f"{number}.wav", hum(4.0, 140 + number, seed=number), RATE)
    for column, texts in {"text": TEXTS, "phonemes": PHONEMES}.items():
        lines = [f"file_name,{column}", *(f'{number}.wav,"{text}"' for number, text in enumerate(texts))]
        (folder / f"{column}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _prepare(recordings, column, folder, preset):
    command = ["prepare", str(recordings / f"{column}.csv"), str(folder), "--config", str(CONFIGS / preset)]
    return main([*command, "--validation", "0", "--quiet", "--workers", "1"])


@pytest.mark.parametrize("preset", PRESETS)
def test_a_prepared_text_has_the_tokens_that_are_spoken(recordings, tmp_path, preset):
    config = read_preset(CONFIGS / preset)
    is_ipa = config.text_profile == "ipa"
    assert is_ipa or config.text_suffix_pad
    texts, column = (PHONEMES, "phonemes") if is_ipa else (TEXTS, "text")
    assert _prepare(recordings, column, tmp_path / "corpus", preset) == 0
    dataset = TsukasaDataset(tmp_path / "corpus")
    written = [row["phonemes" if is_ipa else "text"] for row in dataset.corpus.open("train")]
    items = [dataset[written.index(text)] for text in texts]
    assert len(written) == len(texts)
    trained = TsukasaDataCollator()(items)
    save_companions(read_preset(CONFIGS / preset), tmp_path / "model")
    processor = TsukasaProcessor.from_pretrained(tmp_path / "model")
    processor.tokenizer.add_suffix_pad = True  # StyleTTS 2 learned with a last pad, and speaks without it
    spoken = processor(text=list(texts), return_tensors="pt")
    for name in ("input_ids", "attention_mask"):
        assert trained[name].tolist() == spoken[name].tolist()


def test_text_alone_does_not_train_a_model_of_phonemes(recordings, tmp_path, capsys):
    assert _prepare(recordings, "text", tmp_path / "corpus", "styletts2-ljspeech.yaml") == 1
    assert "the model reads phonemes, and the row has text only" in capsys.readouterr().err


def test_the_packaged_model_is_spoken_as_it_was_trained():
    ids = TsukasaTokenizer.from_pretrained(default_model())("んー", phonemize=True)["input_ids"]
    assert ids[0] == ids[-1] == PAD_ID and PAD_ID not in ids[1:-1]
