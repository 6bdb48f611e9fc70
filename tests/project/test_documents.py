# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The site of documents builds without a warning, and its records and glossary keep their form."""

import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from support.notebooks import code_cells
from transformers_tsukasa.cli.main import build_parser


ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs")
    pytest.importorskip("mkdocstrings_handlers")
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "page, name",
    [
        ("model", "models.tsukasa.modeling_tsukasa.TsukasaModelForConditionalGeneration.generate"),
        ("processing", "models.tsukasa.processing_tsukasa.TsukasaProcessor.word_times"),
        ("processing", "models.tsukasa.processing_tsukasa.TsukasaProcessor.save_audio"),
        ("synthesis", "synthesis.speaker.Speaker.stream"),
        ("text", "text.phonemizer.phonemize"),
        ("training", "training.recipes.stage2.trainer.Stage2Trainer"),
        ("training", "training.losses.mel_loss"),
        ("conversion", "conversion.convert.convert"),
        ("evaluation", "evaluation.evaluator.Evaluator"),
    ],
)
def test_the_reference_shows(site, page, name):
    html = (site / "reference" / page / "index.html").read_text(encoding="utf-8")
    assert f'id="transformers_tsukasa.{name}"' in html


@pytest.mark.slow
def test_the_site_asks_no_other_server_for_fonts(site):
    assert "fonts.g" not in (site / "index.html").read_text(encoding="utf-8")


def _typed_commands() -> list[tuple[str, str]]:
    """Every `tsukasa` command in the code blocks of documents and notebooks, with its file; no patterns of usage."""
    found = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            lines = [line for source in code_cells(path) for line in source.splitlines() if line.startswith("!")]
        else:
            lines = [
                line
                for block in re.findall(r"```(?:sh|bash)?\n(.*?)```", text, flags=re.S)
                for line in block.splitlines()
            ]
        for line in lines:
            command = re.match(r"[ !]*(?:.*-m transformers_)?tsukasa ([a-z].*)", line)
            if command and not re.search(r"\[|\.\.\.", line):
                found.append((path.relative_to(ROOT).as_posix(), command[1]))
    return found


@pytest.mark.parametrize("document, command", _typed_commands())
def test_commands_in_documents_are_understood(document, command, capsys):
    words = shlex.split(command, comments=True)
    assert build_parser(words[0]).parse_args(words).command == words[0], document


def test_commands_of_every_guide_are_found():
    assert {"README.md", "docs/training.md", "docs/data.md", "notebooks/fine_tune.ipynb"} <= set(
        dict(_typed_commands())
    )


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem[:4])
def test_a_decision_is_a_numbered_page(path):
    text = path.read_text(encoding="utf-8")
    number = path.name[:4]
    assert re.match(rf"# {number}: \S", text), "the title begins with the number of the file"
    assert len(text.splitlines()) <= 60
    assert [other.name for other in RECORDS if other.name.startswith(number)] == [path.name]


def test_every_term_is_in_english_and_japanese():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [row.strip("|").split("|") for row in glossary.splitlines() if row.startswith("| ") and "<br>" in row]
    assert len(rows) > 40
    for english, japanese, meaning in rows:
        first, second = meaning.split("<br>")
        assert english.strip() and japanese.strip() and re.search(r"[ぁ-んァ-ン一-龠]", second), english
        assert re.search(r"[a-z]{2}", first), english
    terms = [row[0].strip() for row in rows]
    assert len(set(terms)) == len(terms)


def test_the_picture_is_text_on_a_background_of_its_own():
    picture = ElementTree.parse(ROOT / "docs" / "pictures" / "architecture.svg").getroot()
    namespace = "{http://www.w3.org/2000/svg}"
    written = " ".join("".join(text.itertext()) for text in picture.iter(f"{namespace}text"))
    for part in ("front-end", "text encoder", "PL-BERT", "style diffusion", "decoder", "waveform", "models", "utils"):
        assert part in written
    card = picture.find(f"{namespace}rect")
    assert card is not None and float(card.attrib["width"]) >= float(picture.attrib["width"]) - 1
    assert picture.find(f"{namespace}title") is not None
