# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The user dictionary: words as engines of VOICEVOX store them, read by every interface, and kept."""

import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

import transformers_tsukasa
from support.server_toys import asked, running_app, server_settings
from support.shared_data import recorded_cases
from transformers_tsukasa.server.voicevox.dictionary.store import USER_DICTIONARY_NAME, UserWords
from transformers_tsukasa.server.voicevox.dictionary.words import UserDictWord, WordTypes, compiled
from transformers_tsukasa.text import Phonemizer


WORD = {"surface": "月代雪", "pronunciation": "ツキシロユキ", "accent_type": 2}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(transformers_tsukasa.__file__).parents[1])}


def word(surface="猫", pronunciation="ネコ", accent=1, kind=WordTypes.PROPER_NOUN, priority=5):
    return UserDictWord.of_kind(surface, pronunciation, accent, kind, priority)


def added(app, **changes):
    answer = asked(app, "POST", "/user_dict_word", params={**WORD, **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


def phrases(app, text):
    style = asked(app, "GET", "/speakers").json()[0]["styles"][0]["id"]
    answer = asked(app, "POST", "/audio_query", params={"text": text, "speaker": style})
    return ["".join(m["text"] for m in phrase["moras"]) for phrase in answer.json()["accent_phrases"]]


@pytest.mark.parametrize("case", recorded_cases("voicevox", "golden", "dictionary.json"))
def test_words_are_stored_and_refused_as_engines_do(case):
    given = [case["surface"], case["pronunciation"], case["accent_type"]]
    kind = WordTypes(case["word_type"] or "PROPER_NOUN")
    priority = 5 if case["priority"] is None else case["priority"]
    if case["group"] == "refused":
        with pytest.raises(ValueError):
            UserDictWord.of_kind(*given, kind, priority)
    else:
        assert UserDictWord.of_kind(*given, kind, priority).model_dump() == case["stored"]


@pytest.mark.parametrize(
    "changes",
    [
        {"surface": ""},
        {"surface": "　"},
        {"surface": "改\n行"},
        {"pronunciation": "ねこ"},
        {"pronunciation": "キッャト"},
        {"accent_type": 7},
        {"accent_type": -1},
        {"priority": 11},
        {"word_type": "NOUN"},
        {"accent_type": "two"},
    ],
)
def test_words_that_cannot_be_are_refused(app, changes):
    before = asked(app, "GET", "/user_dict").json()
    answer = asked(app, "POST", "/user_dict_word", params={**WORD, **changes})
    assert answer.status_code == 422 and answer.json()["detail"]
    assert asked(app, "GET", "/user_dict").json() == before


def test_a_word_is_read_at_once_by_all_interfaces_until_it_is_deleted(new_app):
    app = new_app()
    before = phrases(app, "月代雪です。")
    phonemes = asked(app, "POST", "/dev/phonemize", json={"text": "月代雪です。"}).json()["phonemes"]
    identifier = added(app)
    assert str(uuid.UUID(identifier)) == identifier
    assert phrases(app, "月代雪です。") == ["ツキシロユキデス"]
    assert asked(app, "POST", "/dev/phonemize", json={"text": "月代雪です。"}).json()["phonemes"] != phonemes
    changed = {**WORD, "pronunciation": "ゲツダイセツ", "accent_type": 0}
    assert asked(app, "PUT", f"/user_dict_word/{identifier.upper()}", params=changed).status_code == 204
    assert phrases(app, "月代雪です。") == ["ゲツダイセツデス"]
    assert asked(app, "DELETE", f"/user_dict_word/{identifier}").status_code == 204
    assert asked(app, "GET", "/user_dict").json() == {}
    assert phrases(app, "月代雪です。") == before
    assert asked(app, "DELETE", f"/user_dict_word/{identifier}").status_code == 422


def test_accents_and_kinds_of_words_are_obeyed():
    def read(*words, text):
        found = Phonemizer("clean", accent=True, user_dictionary=compiled(words))(text).accented_words
        return [(each.surface, each.pronunciation, each.accent) for each in found if each.pronunciation]

    for accent in range(7):
        own = word("月代雪", "ツキシロユキ", accent)
        assert read(own, text="月代雪が来た。")[0] == ("月代雪", "ツキシロユキ", accent)
    suffix = word("氏郎", "シロウ", 1, WordTypes.SUFFIX)
    assert ("氏郎", "シロウ") in [each[:2] for each in read(suffix, text="田中氏郎が来た。")]
    # The notation of clients has one mora where ours has two, and the other way round.
    assert compiled([word("猫", "キィカ", 1)]).find("猫")[0].entry.accent == 2
    assert compiled([word("猫", "フャカ", 2)]).find("猫")[0].entry.accent == 1


def test_of_words_with_one_surface_the_highest_priority_is_used_and_zero_never():
    used = compiled([word(pronunciation="ニャー", priority=9), word(), word(pronunciation="ミャー", priority=0)])
    assert [entry.kana for entry in used] == ["ニャー"]
    latest = compiled([word(), word(pronunciation="ニャー"), word(pronunciation="ー", accent=0, priority=10)])
    assert [entry.kana for entry in latest] == ["ニャー"]


def test_words_of_the_folder_stay_and_are_overruled(new_app, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("月代雪,ゲッダイユキ\n花散里,ハナチルサト\n", encoding="utf-8")
    app = new_app(dictionary=file)
    assert phrases(app, "月代雪です。") == ["ゲッダイユキデス"]
    added(app)
    assert phrases(app, "月代雪です。") == ["ツキシロユキデス"]
    assert phrases(app, "花散里です。") == ["ハナチルサトデス"]


def test_import_takes_the_words_of_another_engine(new_app):
    app = new_app()
    identifier = added(app)
    known = asked(app, "GET", "/user_dict").json()
    other = str(uuid.uuid4())
    words = {
        identifier.upper(): {**known[identifier], "pronunciation": "ゲツダイ", "accent_type": 1},
        other: {**known[identifier], "surface": "neko"},
    }
    imported = {"params": {"override": False}, "json": words}
    assert asked(app, "POST", "/import_user_dict", **imported).status_code == 204
    after = asked(app, "GET", "/user_dict").json()
    assert after[identifier] == known[identifier] and after[other]["surface"] == "ｎｅｋｏ"
    assert asked(app, "POST", "/import_user_dict", **imported | {"params": {"override": True}}).status_code == 204
    after = asked(app, "GET", "/user_dict").json()
    assert (after[identifier]["pronunciation"], after[identifier]["mora_count"]) == ("ゲツダイ", 4)
    for key, change in (("no-uuid", {}), (other, {"context_id": 1}), (other, {"part_of_speech": "動詞"})):
        answer = asked(
            app, "POST", "/import_user_dict", params={"override": True}, json={key: {**known[identifier], **change}}
        )
        assert answer.status_code == 422, answer.text
    assert asked(app, "GET", "/user_dict").json() == after


def test_words_are_there_after_a_restart(new_app, tmp_path):
    state = tmp_path / "kept"
    identifier = added(new_app(state=state))
    again = new_app(state=state)
    assert list(asked(again, "GET", "/user_dict").json()) == [identifier]
    assert phrases(again, "月代雪です。") == ["ツキシロユキデス"]


def test_a_killed_server_has_all_or_nothing_of_a_change(tmp_path):
    """The process adds words until it is killed in the middle; what is left can always be read."""
    program = """
import sys
from pathlib import Path
from transformers_tsukasa.server.voicevox.dictionary.store import UserWords
from transformers_tsukasa.server.voicevox.dictionary.words import UserDictWord, WordTypes
words = UserWords(Path(sys.argv[1]))
for number in range(10**6):
    words.add(UserDictWord.of_kind(f"猫{number}", "ネコ", 1, WordTypes.PROPER_NOUN, 5))
    print(number, flush=True)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        for _ in range(40):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    kept = UserWords(tmp_path).all()
    assert len(kept) >= 40
    assert [each.surface for each in kept.values()] == [word(f"猫{number}").surface for number in range(len(kept))]


def test_a_damaged_file_is_not_overwritten(model_folder, tmp_path):
    for content in ("{", '{"a": {"surface": "猫"}}', "[]", "\udcff"):
        (tmp_path / USER_DICTIONARY_NAME).write_text(content, encoding="utf-8", errors="surrogateescape")
        with pytest.raises(ValueError, match="user dictionary .* is damaged .*: repair it, or move it away"):
            with running_app(server_settings(model_folder, tmp_path)):
                pass


def test_a_server_that_must_not_be_changed_refuses_before_it_looks(new_app):
    app = new_app(disable_mutable_api=True)
    calls = [("POST", "/user_dict_word"), ("PUT", "/user_dict_word/a"), ("DELETE", "/user_dict_word/a")]
    for method, path in [*calls, ("POST", "/import_user_dict")]:
        answer = asked(app, method, path, content=b"{")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_mutable"), path
    assert asked(app, "GET", "/user_dict").json() == {}


def test_the_file_has_what_the_calls_answer(tmp_path):
    words = UserWords(tmp_path)
    identifier = words.add(word())
    written = json.loads((tmp_path / USER_DICTIONARY_NAME).read_text(encoding="utf-8"))
    assert written == {identifier: word().model_dump()}
