# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import json
import pickle

import pytest
import sentencepiece

from support.sentencepiece_models import SENTENCES, train_model
from transformers_tsukasa.text.kotodama.kotodama_tokenizer import (
    TsukasaPromptTokenizer,
    TsukasaTextSamplerTokenizer,
    is_romaji,
    prompt_input,
    text_sampler_input,
)


def write_config(folder, **values):
    (folder / "tokenizer_config.json").write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


@pytest.fixture(scope="module")
def prompt_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prompt")
    train_model(folder, "spm")
    write_config(
        folder,
        tokenizer_class="DebertaV2Tokenizer",
        do_lower_case=False,
        split_by_punct=False,
        bos_token="[CLS]",
        eos_token="[SEP]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=512,
    )
    return folder


@pytest.fixture(scope="module")
def text_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    train_model(folder, "spiece")
    write_config(
        folder,
        tokenizer_class="DistilBertJapaneseTokenizer",
        auto_map={"AutoTokenizer": ["distilbert_japanese_tokenizer.DistilBertJapaneseTokenizer", None]},
        do_lower_case=True,
        do_word_tokenize=True,
        do_subword_tokenize=True,
        word_tokenizer_type="mecab",
        subword_tokenizer_type="sentencepiece",
        mecab_kwargs={"mecab_dic": "unidic_lite"},
        spm_file="somewhere/else/spiece.model",
        model_max_length=512,
    )
    # Remote code lies beside the files and must never run.
    (folder / "distilbert_japanese_tokenizer.py").write_text("raise RuntimeError('remote code was run')")
    return folder


@pytest.mark.parametrize(
    "text",
    [
        *SENTENCES,
        "ＡＢＣ　１２３",
        "①㈱ ｱｲｳ",
        "優しい声 \n text: 今日は、　いい天気",
        "  二つ  空白 ",
        "𠮷野家\tです",
        "か\u3099",
    ],
)
def test_prompt_tokenizer_is_the_sentencepiece_model_between_cls_and_sep(prompt_folder, text):
    tokenizer = TsukasaPromptTokenizer.from_pretrained(prompt_folder)
    pieces = sentencepiece.SentencePieceProcessor(str(prompt_folder / "spm.model")).encode(text)
    assert tokenizer(text)["input_ids"] == [2, *pieces, 3]


def test_byte_fallback_of_the_model_is_kept(tmp_path):
    model = train_model(tmp_path, "spm", byte_fallback=True, vocab_size=400)
    write_config(tmp_path, tokenizer_class="DebertaV2Tokenizer")
    tokenizer = TsukasaPromptTokenizer.from_pretrained(tmp_path)
    ids = tokenizer("鷗")["input_ids"]
    assert ids[1:-1] == model.encode("鷗") and len(ids) > 4 and tokenizer.unk_token_id not in ids


def test_special_ids_come_from_the_config_when_the_model_has_none(tmp_path):
    train_model(tmp_path, "spm", user_defined_symbols="")
    tokens = {"200": "[CLS]", "201": "[SEP]", "202": "[MASK]"}
    write_config(
        tmp_path,
        added_tokens_decoder={index: {"content": content, "special": True} for index, content in tokens.items()},
    )
    tokenizer = TsukasaPromptTokenizer.from_pretrained(tmp_path)
    ids = tokenizer("今日")["input_ids"]
    assert (ids[0], ids[-1], tokenizer.mask_token_id, tokenizer.pad_token_id) == (200, 201, 202, 0)


def test_batches_are_padded_on_the_right_and_truncated_with_their_ends(prompt_folder):
    tokenizer = TsukasaPromptTokenizer.from_pretrained(prompt_folder)
    batch = tokenizer(["今日", SENTENCES[1]], padding=True, truncation=True, max_length=6)
    assert sorted(batch) == ["attention_mask", "input_ids"]
    assert [len(ids) for ids in batch["input_ids"]] == [6, 6]
    assert batch["input_ids"][1][0] == 2 and batch["input_ids"][1][-1] == 3
    assert batch["input_ids"][0][-1] == 0 and batch["attention_mask"][0][-1] == 0


def words_of(tokenizer, text: str) -> list[str]:
    return "".join(tokenizer.tokenize(text)).replace("▁", " ").split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("無洗米 10kg", ["無洗", "米", "10", "kg"]),
        ("ＡｐｐｌｅのiPhone", ["apple", "の", "iphone"]),
        ("今日はいい天気ですね。", ["今日", "は", "いい", "天気", "です", "ね", "。"]),
    ],
)
def test_text_sampler_tokenizer_finds_words_and_folds_case_and_width(text_folder, text, words):
    tokenizer = TsukasaTextSamplerTokenizer.from_pretrained(text_folder)
    assert words_of(tokenizer, text) == words
    ids = tokenizer(text)["input_ids"]
    pieces = sentencepiece.SentencePieceProcessor(str(text_folder / "spiece.model")).encode(" ".join(words))
    assert ids == [2, *pieces, 3]


def test_saved_tokenizers_load_again_without_naming_remote_code(text_folder, prompt_folder, tmp_path):
    for kind, folder in ((TsukasaTextSamplerTokenizer, text_folder), (TsukasaPromptTokenizer, prompt_folder)):
        tokenizer = kind.from_pretrained(folder)
        saved = tmp_path / kind.__name__
        tokenizer.save_pretrained(saved)
        assert "auto_map" not in json.loads((saved / "tokenizer_config.json").read_text(encoding="utf-8"))
        again = kind.from_pretrained(saved)
        for sentence in SENTENCES:
            assert again(sentence)["input_ids"] == tokenizer(sentence)["input_ids"]


def test_tokenizers_can_be_pickled_after_use(text_folder):
    tokenizer = TsukasaTextSamplerTokenizer.from_pretrained(text_folder)
    expected = tokenizer(SENTENCES[0])["input_ids"]
    assert pickle.loads(pickle.dumps(tokenizer))(SENTENCES[0])["input_ids"] == expected


@pytest.mark.parametrize("kind", [TsukasaTextSamplerTokenizer, TsukasaPromptTokenizer])
def test_a_folder_without_the_model_is_refused_with_what_is_missing(kind, tmp_path):
    write_config(tmp_path, tokenizer_class="X")
    with pytest.raises(ValueError, match=f"needs the sentencepiece model '{kind.vocab_files_names['vocab_file']}'"):
        kind.from_pretrained(tmp_path)


def test_another_kind_of_tokenizer_is_refused(text_folder, prompt_folder):
    with pytest.raises(ValueError, match="asks for mecab, ipadic, sentencepiece"):
        TsukasaTextSamplerTokenizer.from_pretrained(text_folder, mecab_kwargs={"mecab_dic": "ipadic"})
    with pytest.raises(ValueError, match="split_by_punct"):
        TsukasaPromptTokenizer.from_pretrained(prompt_folder, split_by_punct=True)


def test_inputs_are_written_as_the_encoders_learned_them():
    assert prompt_input("優しい声", "今日は") == "優しい声 \n text: 今日は"
    assert text_sampler_input("今日は") == "今日は"
    assert text_sampler_input("今日は", speaker="花子") == "花子: 今日は"


@pytest.mark.parametrize(
    ("text", "romaji"),
    [
        ("kyou wa", True),
        ("kyō wa!", True),
        ("今日はOK", False),
        ("アップル", False),
        ("123", False),
        ("ｱｲｳ abc", False),
    ],
)
def test_romaji_alone_is_given_as_kana(text, romaji):
    assert is_romaji(text) is romaji
    expected = "かな" if romaji else text
    assert text_sampler_input(text, to_kana=lambda _: "かな") == expected
    assert prompt_input("優しい声", text, to_kana=lambda _: "かな") == f"優しい声 \n text: {expected}"
