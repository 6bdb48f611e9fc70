# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The card of a corpus: what its source tells of whose recordings it holds."""

import shutil

import pytest

from support.corpora import prepare_tones, write_tones


pytest.importorskip("datasets")
pytest.importorskip("swift_f0")

from transformers_tsukasa.data.corpus_credits import corpus_credits
from transformers_tsukasa.data.sources import open_source


CARD = "---\nlicense: cc-by-sa-4.0\n---\n# Voices of Hanako\n\nRecorded by Hanako.\n"


def card_of(corpus):
    return (corpus / "README.md").read_text(encoding="utf-8")


def test_a_corpus_carries_on_the_card_of_its_recordings(tmp_path):
    write_tones(tmp_path / "source", {"mei": 2})
    (tmp_path / "source" / "README.md").write_text(CARD, encoding="utf-8")
    corpus = prepare_tones(tmp_path, {"mei": 2}, 1.0)
    assert "| recordings | source | cc-by-sa-4.0 |" in card_of(corpus) and "> Recorded by Hanako." in card_of(corpus)
    assert str(tmp_path) not in card_of(corpus)
    credited = corpus_credits(corpus)
    assert (credited.kind, credited.name, credited.licence) == ("corpus", "corpus", "cc-by-sa-4.0")
    assert "Recorded by Hanako." in credited.card


def test_a_card_that_somebody_wrote_for_a_corpus_stays_when_it_is_made_again(tmp_path):
    corpus = prepare_tones(tmp_path, {"mei": 2}, 1.0)
    assert "| recordings | source | not stated |" in card_of(corpus) and "ask the authors" in card_of(corpus)
    (corpus / "README.md").write_text("Recorded by me.", encoding="utf-8")
    prepare_tones(tmp_path, {"mei": 3}, 1.0, "--overwrite")
    assert card_of(corpus) == "Recorded by me."
    assert corpus_credits(corpus).card == "Recorded by me."


@pytest.mark.parametrize(("name", "stated"), [("LICENCE.txt", "see LICENCE.txt"), ("NOTICE", "see NOTICE")])
@pytest.mark.parametrize("given", ["folder", "transcript"])
def test_a_licence_file_beside_recordings_is_repeated(tmp_path, name, stated, given):
    transcript = write_tones(tmp_path / "voices", {"mei": 1})
    (tmp_path / "voices" / name).write_text("Use as you like.\n" + 30_000 * "x", encoding="utf-8")
    shutil.move(tmp_path / "voices" / "mei-000.wav", tmp_path / "mei-000.wav")
    source = open_source(str(transcript if given == "transcript" else tmp_path / "voices"), audio_dir=str(tmp_path))
    credited = source.credits()
    assert (credited.name, credited.licence) == ("voices", stated)
    assert credited.card.startswith(f"{name}:\n\nUse as you like.") and len(credited.card) < 21_000


def test_a_data_set_tells_the_licence_that_it_was_saved_with(tmp_path):
    datasets = pytest.importorskip("datasets")
    audio = {"bytes": b"", "path": "a.wav"}
    rows = datasets.Dataset.from_list(
        [{"audio": audio, "text": "はい。"}], info=datasets.DatasetInfo(license="cc0-1.0")
    )
    rows.save_to_disk(tmp_path / "saved")
    assert open_source(str(tmp_path / "saved")).credits().licence == "cc0-1.0"
    (tmp_path / "saved" / "README.md").write_text(CARD, encoding="utf-8")
    credited = open_source(str(tmp_path / "saved")).credits()
    assert credited.licence == "cc-by-sa-4.0" and "Recorded by Hanako." in credited.card
