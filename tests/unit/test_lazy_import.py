# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Importing the package imports next to nothing, and the Auto classes still find everything."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import transformers_tsukasa


SOURCE = Path(transformers_tsukasa.__file__).parents[1]


def run(code: str, *arguments: str) -> str:
    """What a new Python process prints."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_package_alone_imports_neither_torch_nor_transformers():
    loaded = run("import transformers_tsukasa, sys; print(*sys.modules)").split()
    assert "transformers_tsukasa.auto" in loaded
    heavy = {"torch", "transformers", "numpy", "tokenizers", "pyopenjtalk", "yaml", "soundfile", "soxr"}
    assert not heavy & set(loaded)
    ours = {name for name in loaded if name.startswith("transformers_tsukasa.")}
    assert ours == {f"transformers_tsukasa.{name}" for name in ("auto", "bundled", "version")}


def test_speaking_imports_nothing_of_training_or_evaluation():
    code = """
import sys
from transformers_tsukasa import TsukasaModelForConditionalGeneration, TsukasaProcessor, default_model
processor = TsukasaProcessor.from_pretrained(default_model())
model = TsukasaModelForConditionalGeneration.from_pretrained(default_model()).eval()
model.generate(**processor("はい。", return_tensors="pt"), diffusion_steps=3)
print(*sys.modules)
"""
    loaded = set(run(code).split())
    assert "transformers_tsukasa.models.tsukasa.generation_tsukasa" in loaded
    ours = {name.split(".")[1] for name in loaded if name.startswith("transformers_tsukasa.")}
    assert ours <= {"audio", "auto", "bundled", "hub", "model_folders", "models", "text", "utils", "version"}
    assert not {"datasets", "evaluate", "tensorboard", "swift_f0"} & loaded


LOAD_ALL = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
import transformers
for name in ("AutoTokenizer", "AutoFeatureExtractor", "AutoProcessor", "AutoModelForTextToWaveform", "AutoConfig"):
    print(type(getattr(transformers, name).from_pretrained(sys.argv[1])).__name__)
"""
ALL = ["TsukasaTokenizer", "TsukasaFeatureExtractor", "TsukasaProcessor"]
ALL += ["TsukasaModelForConditionalGeneration", "TsukasaConfig"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "imports",
    [
        ["transformers_tsukasa"],
        ["transformers.pipelines", "transformers_tsukasa"],
        # These import the Auto classes half-way through being imported themselves.
        ["transformers_tsukasa", "transformers.modeling_layers"],
        ["transformers_tsukasa.models.tsukasa.configuration_parts"],
    ],
    ids=lambda imports: " then ".join(imports),
)
def test_the_auto_classes_find_ours_in_whatever_order_things_are_imported(imports):
    assert run(LOAD_ALL, transformers_tsukasa.default_model(), *imports).split() == ALL


LOAD_AGAIN = """
import importlib, sys
import transformers_tsukasa
from transformers import AutoConfig
AutoConfig.from_pretrained(sys.argv[1])
{change}
import transformers_tsukasa
from transformers import AutoModel, AutoProcessor
model, processor = (auto.from_pretrained(sys.argv[1]) for auto in (AutoModel, AutoProcessor))
print(isinstance(model, transformers_tsukasa.TsukasaModelForConditionalGeneration))
print(isinstance(processor, transformers_tsukasa.TsukasaProcessor))
print(sum(type(finder).__name__ == "_WatchingFinder" for finder in sys.meta_path))
"""
FORGET = """
for name in list(sys.modules):
    if name.partition(".")[0] in {packages}:
        del sys.modules[name]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        "importlib.reload(transformers_tsukasa.auto); importlib.reload(transformers_tsukasa)",
        FORGET.format(packages=("transformers_tsukasa",)),
        FORGET.format(packages=("transformers_tsukasa", "transformers")),
    ],
    ids=["reloaded", "imported again", "imported again with transformers"],
)
def test_the_package_can_be_imported_again(change):
    assert run(LOAD_AGAIN.format(change=change), transformers_tsukasa.default_model()).split() == ["True", "True", "1"]


@pytest.mark.slow
def test_reloaded_auto_classes_find_ours():
    code = """
import importlib, sys
import transformers_tsukasa
import transformers.models.auto.modeling_auto as modeling_auto
importlib.reload(modeling_auto)
print(type(modeling_auto.AutoModel.from_pretrained(sys.argv[1])).__name__)
"""
    assert run(code, transformers_tsukasa.default_model()).split() == ["TsukasaModelForConditionalGeneration"]


def test_a_finder_that_asks_all_others_meets_ours_without_end():
    code = """
import sys
class Asking:
    asked = 0
    def find_spec(self, fullname, path, target=None):
        if not fullname.startswith("transformers_tsukasa."):
            return None
        Asking.asked += 1
        others = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        return next((spec for spec in others if spec is not None), None)
import transformers_tsukasa
sys.meta_path.insert(0, Asking())
import transformers_tsukasa.text.segmentation
print(Asking.asked > 0, "transformers_tsukasa.text.segmentation" in sys.modules)
"""
    assert run(code).split() == ["True", "True"]


@pytest.mark.slow
def test_a_pickled_config_finds_its_model_in_another_process():
    code = """
import pickle
from transformers import AutoModel
config = pickle.loads(bytes.fromhex({config!r}))
print(type(AutoModel.from_config(config)).__name__)
"""
    import pickle

    from support.tiny import tiny_config

    assert run(code.format(config=pickle.dumps(tiny_config()).hex())).split()[-1] == ALL[3]


def test_stand_ins_answer_as_their_classes_and_give_way_to_them():
    import pickle

    from transformers import AutoProcessor, AutoTokenizer
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING

    from transformers_tsukasa import TsukasaConfig, TsukasaTokenizer, auto

    AutoTokenizer.register(TsukasaConfig, auto.TsukasaTokenizer, exist_ok=True)
    stand_in = TOKENIZER_MAPPING[TsukasaConfig]
    assert stand_in is auto.TsukasaTokenizer is not TsukasaTokenizer
    assert pickle.loads(pickle.dumps(dict(TOKENIZER_MAPPING._extra_content)))[TsukasaConfig] is stand_in
    tokenizer = stand_in(add_suffix_pad=True)
    assert type(tokenizer) is TsukasaTokenizer and tokenizer.add_suffix_pad
    assert isinstance(tokenizer, stand_in) and issubclass(TsukasaTokenizer, stand_in)
    assert not isinstance(TsukasaConfig(), stand_in)
    assert stand_in.vocab_files_names == TsukasaTokenizer.vocab_files_names
    assert TOKENIZER_MAPPING[TsukasaConfig] is TsukasaTokenizer
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = stand_in.nothing
    assert isinstance(AutoProcessor.from_pretrained(transformers_tsukasa.default_model()).tokenizer, stand_in)


EAGER = ("default_model", "default_voice", "register_auto_classes")


def test_what_is_imported_lazily_is_what_type_checkers_see():
    tree = ast.parse(Path(transformers_tsukasa.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {name.name: node.module for node in block.body for name in node.names}
    assert seen == transformers_tsukasa._LAZY_MODULES
    assert set(transformers_tsukasa.__all__) == {*seen, "__version__", *EAGER}
    assert set(transformers_tsukasa.__all__) <= set(dir(transformers_tsukasa))
    for name in transformers_tsukasa.__all__:
        assert getattr(transformers_tsukasa, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'TsukasaNothing'"):
        _ = transformers_tsukasa.TsukasaNothing
