# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Queries over HTTP, with a tiny model: spoken as `generate()` speaks where unedited, and obeyed where edited."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
import soundfile

from support.server_toys import asked
from transformers_tsukasa.audio.encoding import to_pcm16


TEXT = "橋の上で犬を見ました。本当ですか？はい、そうです。"


def styles(app):
    return [style["id"] for speaker in asked(app, "GET", "/speakers").json() for style in speaker["styles"]]


def made(app, text=TEXT, number=0):
    style = styles(app)[number]
    return style, asked(app, "POST", "/audio_query", params={"text": text, "speaker": style}).json()


def spoken(app, style, query, path="/synthesis", **parameters):
    answer = asked(app, "POST", path, params={"speaker": style, **parameters}, json=query)
    assert answer.status_code == 200, answer.text
    return soundfile.read(io.BytesIO(answer.content), dtype="int16", always_2d=True)


def morae(query):
    return [mora for phrase in query["accent_phrases"] for mora in phrase["moras"]]


def _flat(phrases):
    return [mora for phrase in phrases for mora in phrase["moras"]]


def seconds(query):
    lengths = [query["prePhonemeLength"], query["postPhonemeLength"]]
    lengths += [(mora["consonant_length"] or 0) + mora["vowel_length"] for mora in morae(query)]
    lengths += [p["pause_mora"]["vowel_length"] for p in query["accent_phrases"] if p["pause_mora"]]
    return sum(lengths) / query["speedScale"]


def generated(app, text, query, voice="a"):
    speaker = app.state.context.pool.speaker("tiny")
    return to_pcm16(speaker.speak(text, voice=voice, seed=query["tsukasa"]["seed"]).waveform)


@pytest.mark.parametrize(
    "text", [TEXT, "犬", "「はい」、ラーメンを食べる[pause:1.5s]そう。", "フャ、ヴァイオリンっぽい。"]
)
def test_an_unedited_query_is_spoken_as_generate_speaks(app, text):
    style, query = made(app, text)
    samples, rate = spoken(app, style, query)
    np.testing.assert_array_equal(samples[:, 0], generated(app, text, query))
    assert rate == query["outputSamplingRate"]
    assert len(samples) / rate == pytest.approx(seconds(query), abs=1e-3)


def test_the_text_is_found_again_when_a_client_drops_what_it_does_not_know(app):
    style, query = made(app)
    expected = spoken(app, style, query)[0]
    del query["tsukasa"], query["kana"]
    np.testing.assert_array_equal(spoken(app, style, query)[0], expected)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_speed_changes_the_length(app, factor):
    style, query = made(app)
    query["speedScale"] = factor
    samples, rate = spoken(app, style, query)
    assert len(samples) / rate == pytest.approx(seconds(query), abs=0.025 * 3)


def test_lengths_silences_and_pauses_are_obeyed(app):
    style, query = made(app)
    before = len(spoken(app, style, query)[0])
    morae(query)[3]["vowel_length"] += 0.1
    query["prePhonemeLength"] += 0.2
    query["postPhonemeLength"] += 0.3
    paused = [phrase for phrase in query["accent_phrases"] if phrase["pause_mora"]]
    for phrase in paused:
        phrase["pause_mora"]["vowel_length"] += 0.4
    samples, rate = spoken(app, style, query)
    added = 0.1 + 0.2 + 0.3 + 0.4 * len(paused)
    assert (len(samples) - before) / rate == pytest.approx(added, abs=0.0375)
    query["pauseLength"] = 0.0
    shorter = len(spoken(app, style, query)[0])
    silent = sum(phrase["pause_mora"]["vowel_length"] for phrase in paused)
    assert (len(samples) - shorter) / rate == pytest.approx(silent, abs=0.05)


def test_volume_rate_and_stereo(app):
    style, query = made(app, "犬だ。")
    mono, rate = spoken(app, style, query)
    query["outputStereo"] = True
    query["volumeScale"] = 0.5
    stereo, _ = spoken(app, style, query)
    np.testing.assert_array_equal(stereo[:, 0], stereo[:, 1])
    np.testing.assert_allclose(stereo[:, :1], mono / 2, atol=1)
    query["outputSamplingRate"] = 2 * rate
    assert spoken(app, style, query)[0].shape == (2 * len(mono), 2)


def test_pitches_change_the_speech_and_silence_has_the_length_asked_for(app):
    style, query = made(app, "犬だ。")
    plain = spoken(app, style, query)[0]
    for name, value in (("pitchScale", 0.1), ("intonationScale", 1.5)):
        assert not np.array_equal(spoken(app, style, {**query, name: value})[0], plain)
    edited = json.loads(json.dumps(query))
    morae(edited)[0]["pitch"] = 5.9
    assert not np.array_equal(spoken(app, style, edited)[0], plain)
    empty = {**query, "accent_phrases": [], "prePhonemeLength": 0.25, "postPhonemeLength": 0.5}
    silence, rate = spoken(app, style, empty)
    assert len(silence) == round(0.75 * rate) and not silence.any()


def test_mora_data_of_what_was_asked_is_the_same_and_keeps_texts(app):
    style, query = made(app)
    phrases = query["accent_phrases"]
    blank = json.loads(json.dumps(phrases))
    for phrase in blank:
        for mora in phrase["moras"]:
            mora["vowel_length"], mora["pitch"] = 0.3, 5.0
    assert asked(app, "POST", "/mora_data", params={"speaker": style}, json=blank).json() == phrases
    lengths = asked(app, "POST", "/mora_length", params={"speaker": style}, json=blank).json()
    pitches = asked(app, "POST", "/mora_pitch", params={"speaker": style}, json=blank).json()
    for own, length, pitch in zip(*map(_flat, (phrases, lengths, pitches)), strict=True):
        assert (length["vowel_length"], length["pitch"]) == (own["vowel_length"], 5.0)
        assert (pitch["vowel_length"], pitch["pitch"]) == (0.3, own["pitch"])


def test_an_accent_that_moves_moves_the_pitches_of_its_phrase(app):
    style, query = made(app, "橋の上で犬を見ました。")
    phrases = query["accent_phrases"]
    moved = json.loads(json.dumps(phrases))
    moved[0]["accent"] = 1 if moved[0]["accent"] != 1 else 2
    answer = asked(app, "POST", "/mora_data", params={"speaker": style}, json=moved).json()
    assert [mora["text"] for mora in answer[0]["moras"]] == [mora["text"] for mora in phrases[0]["moras"]]
    assert answer[0]["accent"] == moved[0]["accent"]
    assert answer != moved
    spoken(app, style, {**query, "accent_phrases": answer})


@pytest.mark.parametrize("edit", ["split", "join", "pause", "no pause", "question"])
def test_phrases_pauses_and_questions_can_be_changed(app, edit):
    style, query = made(app, "新しい自転車、昨日買いました。")
    first, second = query["accent_phrases"][:2]
    rest = query["accent_phrases"][2:]
    if edit == "split":
        tail = {**first, "moras": first["moras"][2:], "accent": 1}
        phrases = [{**first, "moras": first["moras"][:2], "accent": 1, "pause_mora": None}, tail, second, *rest]
    elif edit == "join":
        phrases = [{**second, "moras": first["moras"] + second["moras"], "accent": 2}, *rest]
    elif edit == "pause":
        pause = {"text": "、", "vowel": "pau", "vowel_length": 0.3, "pitch": 0.0}
        phrases = [{**phrase, "pause_mora": pause} for phrase in query["accent_phrases"]]
    elif edit == "no pause":
        phrases = [{**phrase, "pause_mora": None} for phrase in query["accent_phrases"]]
    else:
        phrases = [*query["accent_phrases"][:-1], {**query["accent_phrases"][-1], "is_interrogative": True}]
    answer = asked(app, "POST", "/mora_data", params={"speaker": style}, json=phrases)
    assert answer.status_code == 200, answer.text
    edited = {**query, "accent_phrases": answer.json()}
    samples, rate = spoken(app, style, edited)
    expected = seconds(edited) - (query["postPhonemeLength"] if edit == "pause" else 0)
    last = answer.json()[-1]["pause_mora"]
    expected += query["postPhonemeLength"] - (last["vowel_length"] if last else 0) if edit == "pause" else 0
    assert len(samples) / rate == pytest.approx(expected, abs=0.05)


def test_kana_without_a_text(app):
    style = styles(app)[0]
    parameters = {"text": "キャ'ット、_シテ/ヂュース'？", "speaker": style, "is_kana": True}
    answer = asked(app, "POST", "/accent_phrases", params=parameters)
    assert answer.status_code == 400 and answer.json()["detail"]["error_name"] == "ACCENT_NOTFOUND"
    parameters["text"] = "キャ'ット、_シテ'/ヂュウス'？"
    phrases = asked(app, "POST", "/accent_phrases", params=parameters).json()
    assert phrases[1]["moras"][0]["vowel"] == "I" and phrases[-1]["is_interrogative"]
    assert all(mora["vowel_length"] > 0 for phrase in phrases for mora in phrase["moras"])
    _, query = made(app, "犬")
    samples, rate = spoken(app, style, {**query, "accent_phrases": phrases, "tsukasa": None})
    assert len(samples) / rate == pytest.approx(seconds({**query, "accent_phrases": phrases}), abs=0.03)


def test_several_queries_and_waves(app):
    style, query = made(app, "犬だ。")
    answer = asked(app, "POST", "/multi_synthesis", params={"speaker": style}, json=[query, query])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["001.wav", "002.wav"]
        wave = archive.read("001.wav")
    other = io.BytesIO()
    soundfile.write(other, np.zeros((480, 2)), 48_000, format="WAV")
    files = [base64.b64encode(each).decode() for each in (wave, other.getvalue())]
    joined, rate = soundfile.read(io.BytesIO(asked(app, "POST", "/connect_waves", json=files).content))
    assert joined.shape[1] == 2 and rate == 48_000
    mono, own_rate = soundfile.read(io.BytesIO(wave))
    assert len(joined) == -(-len(mono) * 48_000 // own_rate) + 480


def test_morphing_keeps_the_lengths_and_ends_at_both_voices(app):
    (base, target), (_, query) = styles(app)[:2], made(app, "犬だ。")
    sounds = {}
    for share in (0.0, 0.5, 1.0):
        parameters = {"base_speaker": base, "target_speaker": target, "morph_rate": share}
        answer = asked(app, "POST", "/synthesis_morphing", params=parameters, json=query)
        sounds[share] = soundfile.read(io.BytesIO(answer.content), dtype="int16")[0]
    np.testing.assert_array_equal(sounds[0.0], spoken(app, base, query)[0][:, 0])
    assert len({len(sound) for sound in sounds.values()}) == 1
    assert not np.array_equal(sounds[0.5], sounds[0.0]) and not np.array_equal(sounds[0.5], sounds[1.0])


def test_speech_that_would_not_fit_into_memory_is_refused(app):
    style, query = made(app, "犬だ。")
    query["speedScale"] = 0.1
    phrase = query["accent_phrases"][0]
    phrase["moras"][0]["vowel_length"] = 30.0
    answer = asked(app, "POST", "/synthesis", params={"speaker": style}, json=query)
    assert answer.status_code == 422 and "more than 180 s" in answer.json()["detail"]
    query["accent_phrases"] = [phrase] * 40
    query |= {"outputSamplingRate": 192_000, "outputStereo": True}
    for path in ("/synthesis", "/streaming_synthesis"):
        answer = asked(app, "POST", path, params={"speaker": style}, json=query)
        assert answer.status_code == 422 and "in parts" in answer.json()["detail"]


def test_a_voice_that_gets_the_name_of_another_is_predicted_again(new_app):
    app = new_app()
    voices = app.state.context.pool.speaker("tiny").voices
    found = []
    for value in (0.3, -0.3):
        voices.add("c", np.full(16, value, np.float32))
        style = next(
            each["id"]
            for speaker in asked(app, "GET", "/speakers").json()
            if speaker["name"] == "c"
            for each in speaker["styles"]
        )
        query = asked(app, "POST", "/audio_query", params={"text": "犬だ。", "speaker": style}).json()
        found.append([mora["pitch"] for mora in morae(query)])
        voices.remove("c")
    assert found[0] != found[1]
