# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""What the processor makes of texts, clips and descriptions, and what it refuses."""

import numpy as np
import pytest
import soundfile
import torch

from support.sentencepiece_models import train_model
from support.tiny import tiny_model
from transformers_tsukasa import TsukasaFeatureExtractor, TsukasaProcessor, TsukasaTokenizer
from transformers_tsukasa.text.kotodama.kotodama_tokenizer import TsukasaPromptTokenizer, TsukasaTextSamplerTokenizer
from transformers_tsukasa.text.pauses import SEGMENT_ENDINGS


@pytest.fixture(scope="module")
def processor():
    return TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())


def clip(seconds=1.0, seed=0):
    return 0.1 * np.random.default_rng(seed).normal(size=int(24000 * seconds)).astype(np.float32)


def test_text_is_the_first_argument(processor):
    inputs = processor("はい。", return_tensors="pt")
    assert set(inputs) == {"input_ids", "attention_mask"}
    assert torch.equal(inputs["input_ids"], processor.tokenizer("はい。", return_tensors="pt")["input_ids"])


def test_texts_of_a_batch_are_padded(processor):
    inputs = processor(["はい。", "はい、そうです。"], return_tensors="pt")
    assert inputs["input_ids"].shape == inputs["attention_mask"].shape
    assert inputs["attention_mask"].sum(dim=1).tolist() == [
        len(processor.tokenizer(text)["input_ids"]) for text in ("はい。", "はい、そうです。")
    ]


def test_text_and_clip_share_no_names(processor):
    inputs = processor("はい。", audio=clip(2), sampling_rate=24000, return_tensors="pt")
    assert inputs["input_features"].shape == (1, 80, 161)
    assert inputs["input_features_mask"].shape == (1, 161)
    assert inputs["attention_mask"].shape == inputs["input_ids"].shape


def test_the_rate_reaches_the_feature_extractor(processor):
    inputs = processor("はい。", audio=clip(), sampling_rate=48000, return_tensors="np")
    expected = processor.feature_extractor(clip(), sampling_rate=48000, return_tensors="np")
    assert np.array_equal(inputs["input_features"], expected["input_features"])


def test_a_clip_alone_gives_its_features(processor):
    assert set(processor(audio=clip(), return_tensors="pt")) == {"input_features", "input_features_mask"}


@pytest.mark.parametrize(
    ("texts", "audio", "clips", "counts"),
    [
        ("はい。", [clip()], 1, None),
        ("はい。", [clip(), clip(), clip()], 3, [3]),
        ("はい。", [[clip(), clip()]], 2, [2]),
        (["はい。", "いいえ。"], clip(), 1, None),
        (["はい。", "いいえ。"], [clip(), clip()], 2, None),
        (["はい。", "いいえ。"], [clip(), [clip(), clip()]], 3, [1, 2]),
        (["はい。", "いいえ。"], [[clip(), clip()]], 2, [2]),
        (["はい。", "いいえ。"], np.stack([clip()[None], clip()[None]]), 2, None),
    ],
)
def test_clips_find_their_texts(processor, texts, audio, clips, counts):
    inputs = processor(texts, audio=audio, return_tensors="pt")
    assert len(inputs["input_features"]) == clips
    assert ("reference_counts" in inputs) == (counts is not None)
    if counts is not None:
        assert inputs["reference_counts"].tolist() == counts


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({}, "needs a text"),
        ({"text": ""}, "the text is empty"),
        ({"text": " \n"}, "the text is empty"),
        ({"text": ["はい。", ""]}, "text 1 is empty"),
        ({"text": []}, "list of texts is empty"),
        ({"text": 5}, "must be a string"),
        ({"text": ["はい。", None]}, "must be a string"),
        ({"text": "は\x07い。"}, r"control character U\+0007 at position 1"),
        ({"text": "konœk本", "phonemize": False}, "no symbol '本'"),
        ({"text": "。。。"}, "nothing readable"),
        ({"text": "はい。", "audio": []}, "no clip"),
        ({"text": "はい。", "audio": [[]]}, "no clip"),
        ({"text": ["はい。", "いいえ。"], "audio": [clip()] * 3}, "3 clips do not fit 2 texts"),
        ({"text": ["はい。", "いいえ。"], "audio": np.stack([clip(), clip()])}, "could be 2 clips or one with 2"),
        ({"text": "はい。", "audio": clip(0.01)}, "10 ms"),
        ({"text": "はい。", "audio": clip(), "sampling_rate": 0}, "sampling_rate must"),
        ({"text": "はい。", "prompt": "低い声"}, "no prompt encoder"),
        ({"text": "はい。", "style_text": "はい。"}, "no text sampler"),
        ({"audio": clip(), "prompt": "低い声"}, "give the text too"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(processor, arguments, part):
    with pytest.raises(ValueError, match=part) as caught:
        processor(**arguments)
    assert "\n" not in str(caught.value)


def test_a_megabyte_in_one_piece_is_refused(processor):
    with pytest.raises(ValueError, match="1,000,000 characters"):
        processor("a" * 1_000_000, phonemize=False)


class Words:
    """Stands in for a Kotodama tokenizer: every character is its code."""

    def __call__(self, texts, padding, return_tensors):
        self.texts = texts
        width = max(map(len, texts))
        ids = [[*map(ord, text)] + [0] * (width - len(text)) for text in texts]
        return {"input_ids": torch.tensor(ids), "attention_mask": (torch.tensor(ids) > 0).long()}


@pytest.fixture
def kotodama():
    processor = TsukasaProcessor(TsukasaFeatureExtractor(), TsukasaTokenizer())
    processor.prompt_tokenizer, processor.text_tokenizer = Words(), Words()
    return processor


def test_a_prompt_is_read_with_every_text(kotodama):
    inputs = kotodama(["はい。", "いいえ。"], prompt="低い声", return_tensors="pt")
    assert kotodama.prompt_tokenizer.texts == ["低い声 \n text: はい。", "低い声 \n text: いいえ。"]
    assert inputs["prompt_input_ids"].shape == inputs["prompt_attention_mask"].shape == (2, 16)
    with pytest.raises(ValueError, match="3 prompts do not fit 2 texts"):
        kotodama(["はい。", "いいえ。"], prompt=["低い声"] * 3)
    with pytest.raises(ValueError, match="not empty"):
        kotodama("はい。", prompt=" ")


def test_a_style_text_is_read_as_kana(kotodama):
    inputs = kotodama("hai", style_text="hai", return_tensors="pt")
    assert kotodama.text_tokenizer.texts == ["ハイ"]
    assert inputs["style_text_input_ids"].tolist() == [[ord("ハ"), ord("イ")]]


def test_a_folder_keeps_kotodamas_tokenizers(tmp_path, processor):
    for name in ("spm", "spiece"):
        train_model(tmp_path, name)
    kotodama = TsukasaProcessor(processor.feature_extractor, processor.tokenizer)
    kotodama.prompt_tokenizer = TsukasaPromptTokenizer(str(tmp_path / "spm.model"))
    kotodama.text_tokenizer = TsukasaTextSamplerTokenizer(str(tmp_path / "spiece.model"))
    kotodama.save_pretrained(tmp_path / "voice")
    loaded = TsukasaProcessor.from_pretrained(tmp_path / "voice")
    pytest.importorskip("fugashi")
    arguments = {"prompt": "静かな声", "style_text": "今日は。", "return_tensors": "pt"}
    ours, theirs = (each("今日はいい天気ですね。", **arguments) for each in (kotodama, loaded))
    assert {"prompt_input_ids", "style_text_input_ids"} < set(ours)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_folder_keeps_the_processor(tmp_path, processor):
    processor.save_pretrained(tmp_path)
    loaded = TsukasaProcessor.from_pretrained(tmp_path)
    assert loaded.to_dict() == processor.to_dict()
    assert loaded.prompt_tokenizer is None and loaded.text_tokenizer is None
    ours, theirs = (each("はい。", audio=clip(), return_tensors="pt") for each in (processor, loaded))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


READABLE = "今日はいい天気ですから散歩に行きましょう。", "明日は雨が降るそうですから休みます。"


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_words_are_timed_although_a_sentence_of_the_text_cannot_be_read(processor, model, place, caplog):
    unreadable = "ก็ไม่เป็นไรหรอกนะครับ。"
    lines = list(READABLE)
    lines.insert(place, unreadable)
    text = "\n".join(lines)
    speech = model.generate(
        **processor([text], split_sentences=True, return_tensors="pt"), seed=0, return_prosody=True
    )
    assert f"'{unreadable}' holds nothing that can be spoken" in caplog.text
    assert len(speech.prosody) == len(READABLE)
    words = processor.word_times(text, speech.prosody)
    assert "".join(word.surface for word in words) == "".join(READABLE).replace("。", "")
    assert all(left.end <= right.start + 1e-6 for left, right in zip(words, words[1:], strict=False))
    assert words[-1].end <= speech.waveform.shape[1] / 24000


def test_short_and_long_form_read_alike(processor):
    (text,) = READABLE[:1]
    short, long = (processor([text], split_sentences=split, return_tensors="pt") for split in (False, True))
    mark = -1 - SEGMENT_ENDINGS.index("sentence")
    assert long["input_ids"].tolist() == [[*short["input_ids"][0].tolist(), mark]]
    assert set(long) == set(short)


def test_sentences_of_a_text_are_one_row_and_can_be_decoded(processor):
    texts = [f"{READABLE[0]}\n\n{READABLE[1]}", READABLE[0]]
    inputs = processor(texts, split_sentences=True, return_tensors="pt")
    alone = [processor(text)["input_ids"] for text in READABLE]
    marks = [-1 - SEGMENT_ENDINGS.index(ending) for ending in ("paragraph", "sentence")]
    rows = [[*alone[0], marks[0], *alone[1], marks[1]], [*alone[0], marks[1]]]
    assert inputs["attention_mask"].sum(dim=1).tolist() == [len(row) for row in rows]
    assert [row[: len(expected)].tolist() for row, expected in zip(inputs["input_ids"], rows, strict=True)] == rows
    assert processor(texts, split_sentences=True, padding=False)["input_ids"] == rows
    padded = processor(texts, split_sentences=True, padding="max_length", max_length=999, return_tensors="np")
    assert padded["input_ids"].shape == padded["attention_mask"].shape == (2, 999)
    read = [processor.tokenizer.to_phonemes(text) for text in READABLE]
    decoded = processor.batch_decode(inputs["input_ids"], skip_special_tokens=True)
    assert [line.splitlines() for line in decoded] == [read, read[:1]]


def test_a_text_of_the_long_form_is_read_once(processor, monkeypatch):
    read = []
    phonemizer = processor.tokenizer.phonemizer
    counting = property(lambda tokenizer: lambda text: read.append(text) or phonemizer(text))
    monkeypatch.setattr(TsukasaTokenizer, "phonemizer", counting)
    processor("".join(READABLE), split_sentences=True)
    processor(READABLE[0])
    assert read == [*READABLE, READABLE[0]]


def test_speech_of_a_text_is_saved_at_the_rate_of_the_model(processor, model, tmp_path):
    speech = model.generate(**processor("はい。", return_tensors="pt"), seed=0)
    processor.save_audio(speech, tmp_path / "out.wav", encoding="float")
    samples, rate = soundfile.read(tmp_path / "out.wav", dtype="float32")
    assert rate == 24000 and np.array_equal(samples, speech.waveform[0].numpy())


def test_every_text_of_a_batch_has_its_own_file_and_length(processor, model, tmp_path):
    texts = ["はい。", READABLE[0]]
    speech = model.generate(**processor(texts, return_tensors="pt"), seed=0)
    processor.save_audio(speech, [tmp_path / "1.wav", str(tmp_path / "2.flac")])
    lengths = [soundfile.info(tmp_path / name).frames for name in ("1.wav", "2.flac")]
    assert lengths == speech.waveform_lengths.tolist() and lengths[0] < lengths[1]


@pytest.mark.parametrize(
    ("audio", "count"),
    [
        (np.zeros(9), 1),
        (torch.zeros(9, dtype=torch.bfloat16, requires_grad=True), 1),
        (torch.zeros(2, 9), 2),
        ([np.zeros(9), torch.zeros(5)], 2),
        ({"audio": np.zeros(9), "sampling_rate": 16000}, 1),
        ([{"audio": np.zeros(9), "sampling_rate": 16000}, {"audio": [np.zeros(5)] * 2}], 3),
    ],
)
def test_arrays_tensors_and_what_pipelines_return_are_saved(processor, tmp_path, audio, count):
    paths = [tmp_path / f"{number}.wav" for number in range(count)]
    processor.save_audio(audio, paths, sampling_rate=16000)
    assert {soundfile.info(path).samplerate for path in paths} == {16000}
    assert soundfile.info(paths[0]).frames == 9


@pytest.mark.parametrize(
    ("audio", "paths", "sentence"),
    [
        (torch.zeros(2, 9), "out.wav", "2 waveforms need 2 paths in `saving_path`, got 1"),
        (torch.zeros(2, 9), ["out.wav", "./out.wav"], "saved to the same path"),
        (torch.zeros(2, 9), ["out.wav", "out.aiff"], "must end in .wav, .flac, .mp3 or .opus"),
        (
            [torch.zeros(9), torch.tensor([0.0, float("nan")])],
            ["out.wav", "2.wav"],
            "audio 1 has samples",
        ),
        (torch.zeros(0), "out.wav", "no samples"),
        ([], [], "the list is empty"),
        (torch.zeros(1, 1, 9), "out.wav", r"cannot save a Tensor of shape \(1, 1, 9\)"),
        ("speech", "out.wav", "cannot save a str"),
        (np.zeros(9, bool), "out.wav", "audio samples of type bool"),
        (np.zeros(9, complex), "out.wav", "audio samples of type complex128"),
        (np.array(["a"]), "out.wav", "audio samples of type <U1"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_nothing_is_written(
    processor, tmp_path, monkeypatch, audio, paths, sentence
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=sentence):
        processor.save_audio(audio, paths)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float64, np.float16, torch.int16, torch.bfloat16, list])
def test_samples_of_every_type_are_saved_at_full_scale(processor, tmp_path, dtype):
    samples = 0.5 * np.sin(np.arange(480) / 20).astype(np.float32)
    if dtype is list:
        audio = samples.tolist()
    elif isinstance(dtype, torch.dtype):
        scale = 1 if dtype.is_floating_point else 2**15
        audio = torch.from_numpy(scale * samples).to(dtype)
    else:
        scale = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
        audio = (scale * samples.astype(np.float64)).astype(dtype)
    processor.save_audio(audio, tmp_path / "out.wav")
    written, rate = soundfile.read(tmp_path / "out.wav", dtype="float32")
    assert rate == 24000
    np.testing.assert_allclose(written, samples, atol=2e-3)


def test_the_output_of_a_pipeline_is_saved_at_its_own_rate(processor, tmp_path):
    output = {"audio": np.zeros(9, np.float32), "sampling_rate": 16000}
    for audio in (output, [output]):
        processor.save_audio(audio, tmp_path / "out.wav")
        assert soundfile.info(tmp_path / "out.wav").samplerate == 16000
    with pytest.raises(ValueError, match="audio at 16000 and 24000 Hz cannot be saved in one call"):
        processor.save_audio(output, tmp_path / "other.wav", sampling_rate=24000)
    assert not (tmp_path / "other.wav").exists()


@pytest.mark.parametrize("rate", [0, -1, True, 24000.5, "24000", 10**12, float("nan")])
def test_a_rate_that_is_none_of_audio_is_refused(processor, tmp_path, rate):
    with pytest.raises(ValueError, match="sampling_rate must"):
        processor.save_audio(np.zeros(9), tmp_path / "out.wav", sampling_rate=rate)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [None, 3, b"out.wav", [None], [["out.wav"]]])
def test_what_is_no_path_is_refused(processor, path):
    with pytest.raises(ValueError, match="`saving_path` must be a path, or a list with one for every waveform"):
        processor.save_audio(np.zeros(9), path)


def test_an_interrupted_file_does_not_appear(processor, tmp_path, monkeypatch):
    monkeypatch.setattr(soundfile.SoundFile, "write", lambda *_: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space left"):
        processor.save_audio(np.zeros(9), tmp_path / "out.wav")
    assert not list(tmp_path.iterdir())
