# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
from transformers_tsukasa.conversion.styletts2.repository_layout import find_layout
from transformers_tsukasa.conversion.tsukasa.kotodama_checkpoints import find_kotodama


PUBLISHED = [
    "Models/Style_Tsukasa/Top.pth",
    "Models/Style_Tsukasa/config.yml",
    "Configs/other.yml",
    "Utils/ASR/config.yml",
    "Utils/ASR/epoch_00080.pth",
    "Utils/JDC/bst.t7",
    "Utils/PLBERT/config.yml",
    "Utils/PLBERT/step_1000000.t7",
    "Utils/PLBERT/step_950000.t7",
    "Utils/KTD/prompt_enc/checkpoint-900/model.safetensors",
    "Utils/KTD/prompt_enc/checkpoint-1200/config.json",
    "Utils/KTD/prompt_enc/checkpoint-1200/model.safetensors",
    "Utils/KTD/text_enc/checkpoint-30/pytorch_model.bin",
    "reference_sample_wavs/hana.wav",
    "README.md",
]


def test_the_published_layout_is_found():
    layout = find_layout(PUBLISHED, "Models/Style_Tsukasa/Top.pth")
    assert layout.config == "Models/Style_Tsukasa/config.yml"
    assert layout.auxiliary == {
        "text_aligner": "Utils/ASR/epoch_00080.pth",
        "pitch_extractor": "Utils/JDC/bst.t7",
        "bert": "Utils/PLBERT/step_1000000.t7",
    }
    assert layout.plbert_config == "Utils/PLBERT/config.yml"
    assert layout.clips == ["reference_sample_wavs/hana.wav"]
    assert layout.symbols is None


def test_the_latest_kotodama_encoders_are_found():
    folder = "Utils/KTD/prompt_enc/checkpoint-1200"
    assert find_kotodama(PUBLISHED) == {
        "prompt_enc": [f"{folder}/config.json", f"{folder}/model.safetensors"],
        "text_enc": ["Utils/KTD/text_enc/checkpoint-30/pytorch_model.bin"],
    }


def test_a_symbol_table_beside_the_checkpoint_comes_first():
    tables = ["vocab.json", "Models/Style_Tsukasa/vocab.json"]
    assert find_layout([*PUBLISHED, *tables], "Models/Style_Tsukasa/Top.pth").symbols == tables[1]
    assert find_layout([*PUBLISHED, tables[0]], "Models/Style_Tsukasa/Top.pth").symbols == tables[0]
