# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Folders have a card with the licences and credits of what the model was made from, and cards of people are kept."""

import yaml

from support.tiny import tiny_model
from transformers_tsukasa.models.tsukasa.model_card import Ingredient, write_model_card
from transformers_tsukasa.models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration


PUBLISHED = "---\nlicense: cc-by-4.0\n---\n# Weights\n\nRecorded by Hanako. Thanks to **all**.\n"


def front_matter(text):
    return yaml.safe_load(text.split("---")[1])


def test_a_model_carries_on_the_card_of_the_folder_that_it_was_loaded_from(tmp_path):
    tiny_model().save_pretrained(tmp_path / "published")
    (tmp_path / "published" / "README.md").write_text(PUBLISHED, encoding="utf-8")
    model = TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "published")
    model.save_pretrained(tmp_path / "tuned")
    card = (tmp_path / "tuned" / "README.md").read_text(encoding="utf-8")
    assert front_matter(card)["license"] == "cc-by-4.0"
    assert "| weights | published | cc-by-4.0 |" in card and "Recorded by Hanako. Thanks to **all**." in card
    assert str(tmp_path) not in card
    TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "tuned").save_pretrained(tmp_path / "again")
    again = (tmp_path / "again" / "README.md").read_text(encoding="utf-8")
    assert front_matter(again)["license"] == "cc-by-4.0" and "Recorded by Hanako" in again
    model.save_pretrained(tmp_path / "published")
    assert (tmp_path / "published" / "README.md").read_text(encoding="utf-8") == PUBLISHED


def test_a_model_of_another_language_keeps_it(tmp_path):
    tiny_model().save_pretrained(tmp_path / "published")
    write_model_card(tmp_path / "published", "Made.", [], "en")
    TsukasaModelForConditionalGeneration.from_pretrained(tmp_path / "published").save_pretrained(tmp_path / "saved")
    card = (tmp_path / "saved" / "README.md").read_text(encoding="utf-8")
    assert front_matter(card)["language"] == "en" and "こんにちは" not in card


def test_a_card_of_ours_is_replaced_and_one_that_was_changed_is_kept(tmp_path):
    path = tmp_path / "README.md"
    write_model_card(tmp_path, "Made once.", [])
    write_model_card(tmp_path, "Made twice.", [])
    assert "Made twice." in path.read_text(encoding="utf-8")
    changed = path.read_text(encoding="utf-8").replace("Made twice.", "Made by me.")
    path.write_text(changed, encoding="utf-8")
    write_model_card(tmp_path, "Made again.", [])
    assert path.read_text(encoding="utf-8") == changed


def test_licences_that_differ_or_are_unknown_are_not_made_up(tmp_path):
    path = tmp_path / "README.md"
    write_model_card(tmp_path, "Made.", [Ingredient("weights", "a", "mit"), Ingredient("corpus", "b", "cc0-1.0")])
    card = path.read_text(encoding="utf-8")
    assert "license" not in front_matter(card) and "| corpus | b | cc0-1.0 |" in card
    write_model_card(tmp_path, "Made.", [Ingredient("weights", "a", "mit"), Ingredient("corpus", "b")])
    card = path.read_text(encoding="utf-8")
    assert "license" not in front_matter(card) and "| corpus | b | not stated |" in card and "ask the authors" in card


def test_a_broken_card_is_quoted_without_a_licence(tmp_path):
    (tmp_path / "source.md").write_text("---\nlicense: [\n---\nBy Hanako.\n", encoding="utf-8")
    ingredient = Ingredient.with_card("weights", "a", tmp_path / "source.md")
    assert ingredient.licence is None and ingredient.card == "By Hanako."
    assert Ingredient.with_card("weights", "a", tmp_path / "nothing.md") == Ingredient("weights", "a")
