# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Where every module of an original checkpoint goes, and what of it is dropped."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import torch
from transformers import PreTrainedModel

from ...models.tsukasa.configuration_tsukasa import TsukasaConfig
from ...models.tsukasa.training_models.discriminators import TsukasaDiscriminators
from ...models.tsukasa.training_models.pitch_extractor import TsukasaPitchExtractor
from ...models.tsukasa.training_models.text_aligner import TsukasaTextAligner
from ..errors import ConversionError, shorten
from ..norm_folding import StoredTensor
from .decoder_keys import decoder_key
from .prosody_keys import predictor_key, text_encoder_key
from .style_keys import bert_encoder_key, diffusion_key, kotodama_key, plbert_key, style_encoder_key
from .training_keys import mpd_key, msd_key, pitch_extractor_key, text_aligner_key, wd_key


@dataclass(frozen=True)
class Room:
    """A module of the original and its place in ours.

    Attributes:
        key (`Callable[[str], str]`): our name of a folded tensor; raises KeyError for a name it does not know.
        place (`str`): the module of our model that the name is relative to; empty for the model itself.
    """

    key: Callable[[str], str]
    place: str = ""

    def name(self, original: str) -> str:
        """Our whole name of a folded tensor."""
        return f"{self.place}.{self.key(original)}" if self.place else self.key(original)


@dataclass(frozen=True)
class TrainingPart:
    """A network that only training needs, with a folder of its own.

    Attributes:
        folder (`str`): name of the sub-folder.
        model_class (`type[PreTrainedModel]`): our class.
        config (`str`): the attribute of `TsukasaConfig` that describes it.
        modules (`dict[str, Room]`): the original's modules that it is made of.
    """

    folder: str
    model_class: type[PreTrainedModel]
    config: str
    modules: dict[str, Room]


@dataclass
class TranslatedModule:
    """What became of one original module.

    Attributes:
        tensors (`dict[str, StoredTensor]`): by our name.
        dropped (`dict[str, list[str]]`): original names by the reason why they are left out.
        stored (`int`): how many tensors the file has.
        values (`int`): how many numbers they hold.
    """

    tensors: dict[str, StoredTensor] = field(default_factory=dict)
    dropped: dict[str, list[str]] = field(default_factory=dict)
    stored: int = 0
    values: int = 0


def speaking_modules(config: TsukasaConfig) -> dict[str, Room]:
    """The modules that make one model, without which it cannot speak."""
    # The original numbers the residual stacks of all stages through.
    stacks = len(config.decoder_config.resblock_kernel_sizes)
    return {
        "text_encoder": Room(text_encoder_key),
        "bert": Room(plbert_key, "plbert"),
        "bert_encoder": Room(bert_encoder_key, "plbert_projection"),
        "style_encoder": Room(style_encoder_key, "acoustic_style_encoder"),
        "predictor_encoder": Room(style_encoder_key, "prosodic_style_encoder"),
        "predictor": Room(predictor_key),
        "diffusion": Room(diffusion_key, "style_diffusion"),
        "decoder": Room(partial(decoder_key, num_stacks=stacks)),
    }


SPEAKING_MODULES = tuple(speaking_modules(TsukasaConfig()))
"""Their names in the original."""

KOTODAMA_MODULES = {"prompt_enc": Room(kotodama_key, "prompt_encoder"), "text_enc": Room(kotodama_key, "text_sampler")}
"""Optional parts, from their own checkpoints."""

TRAINING_PARTS = (
    TrainingPart("text_aligner", TsukasaTextAligner, "text_aligner_config", {"text_aligner": Room(text_aligner_key)}),
    TrainingPart(
        "pitch_extractor",
        TsukasaPitchExtractor,
        "pitch_extractor_config",
        {"pitch_extractor": Room(pitch_extractor_key)},
    ),
    TrainingPart(
        "discriminators",
        TsukasaDiscriminators,
        "discriminator_config",
        {"mpd": Room(mpd_key), "msd": Room(msd_key), "wd": Room(wd_key)},
    ),
)
"""What only training needs; each goes to its own sub-folder."""

# Names that no network reads, and why they are in a file nevertheless.
_KNOWN_LEFTOVERS = (
    (r"bert", r"embeddings\.position_ids", "positions that older transformers stored"),
    (r"bert", r"(mask_predictor|word_predictor|predictions|sop_classifier|cls)\..*", "head of PL-BERT's own training"),
    (r"(prompt|text)_enc", r"backbone\.embeddings\.position_ids", "positions that older transformers stored"),
)
_EQUAL_TWIN = "stored twice, equal"
_OTHER_TWIN = "stored twice, differs from its twin, which is what the original ends with"


def translate_module(module: str, stored: Mapping[str, torch.Tensor], folded: Mapping[str, StoredTensor], room: Room):
    """Our names for the tensors of one original module.

    Args:
        module (`str`): the original's name of it.
        stored (`Mapping[str, torch.Tensor]`): its tensors as they are in the file.
        folded (`Mapping[str, StoredTensor]`): the same with norms folded.
        room (`Room`): where it goes.

    Returns:
        `TranslatedModule`

    Raises:
        ConversionError: listing the tensors that no rule knows.
    """
    result = TranslatedModule(stored=len(stored), values=sum(tensor.numel() for tensor in stored.values()))
    originals: dict[str, str] = {}
    unknown = []
    for name, tensor in folded.items():
        reason = _leftover_reason(module, name)
        if reason is not None:
            result.dropped.setdefault(reason, []).append(name)
            continue
        try:
            ours = room.name(name)
        except KeyError:
            unknown.append(name)
            continue
        if ours in result.tensors:
            _settle_twins(result, ours, (originals[ours], name), tensor)
        else:
            result.tensors[ours], originals[ours] = tensor, name
    if unknown:
        raise ConversionError(
            f"the module '{module}' has {len(unknown)} tensors of unknown names: {shorten(unknown)}; it is another "
            "architecture, or a newer one than this converter knows"
        )
    return result


def _leftover_reason(module: str, name: str) -> str | None:
    for modules, names, reason in _KNOWN_LEFTOVERS:
        if re.fullmatch(modules, module) and re.fullmatch(names, name):
            return reason
    return None


def _settle_twins(result: TranslatedModule, ours: str, names: tuple[str, str], tensor: StoredTensor) -> None:
    """Two original tensors are one of ours: the later name in the file stays, as when the original loads both."""
    first = result.tensors[ours]
    equal = first.shape == tensor.shape and torch.equal(first.make(), tensor.make())
    result.tensors[ours] = tensor
    result.dropped.setdefault(_EQUAL_TWIN if equal else _OTHER_TWIN, []).append(names[0])


def check_against(model: torch.nn.Module, tensors: Mapping[str, StoredTensor], what: str) -> None:
    """Every tensor of `model` has a source of its own shape, and nothing is left over.

    Raises:
        ConversionError: listing missing and superfluous tensors, and those of another shape.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    missing = [name for name in wanted if name not in tensors]
    left_over = [name for name in tensors if name not in wanted]
    wrong = [
        f"{name} is {tensors[name].shape} instead of {shape} (from {tensors[name].sources[0]})"
        for name, shape in wanted.items()
        if name in tensors and tensors[name].shape != shape
    ]
    problems = [
        f"{len(missing)} tensors are missing: {shorten(missing)}" if missing else "",
        f"{len(left_over)} tensors have no place: {shorten(left_over)}" if left_over else "",
        f"{len(wrong)} tensors have the wrong shape: {shorten(wrong, 4)}" if wrong else "",
    ]
    if any(problems):
        raise ConversionError(f"the checkpoint does not fill {what}: {'; '.join(filter(None, problems))}")
