# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Translation of published modules: every tensor gets our name, or a reason why it is dropped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from .errors import ConversionError, shorten
from .norm_folding import StoredTensor
from .source import ModulePlace


_EQUAL_TWIN = "stored twice, equal"
_OTHER_TWIN = "stored twice, differs from its twin, which is the one that the original ends up with"


@dataclass
class TranslatedModule:
    """The result for one published module.

    Args:
        tensors: by our names.
        dropped: published names by the reason why they are left out.
        stored: number of tensors in the file.
        values: number of values in them.
    """

    tensors: dict[str, StoredTensor] = field(default_factory=dict)
    dropped: dict[str, list[str]] = field(default_factory=dict)
    stored: int = 0
    values: int = 0


def translate_module(
    module: str, stored: Mapping[str, torch.Tensor], folded: Mapping[str, StoredTensor], place: ModulePlace
) -> TranslatedModule:
    """Translate the names of a module's tensors.

    Args:
        module: the module's published name.
        stored: its tensors as they are in the file.
        folded: the same with norms folded.
        place: its place in our model.

    Raises:
        ConversionError: listing the tensors that no rule knows.
    """
    result = TranslatedModule(stored=len(stored), values=sum(tensor.numel() for tensor in stored.values()))
    published: dict[str, str] = {}
    unknown = []
    for name, tensor in folded.items():
        reason = _reason_to_drop(name, place)
        if reason is not None:
            result.dropped.setdefault(reason, []).append(name)
            continue
        try:
            ours = place.name(name)
        except KeyError:
            unknown.append(name)
            continue
        if ours in result.tensors:
            # Two published tensors are one of ours: the later one in the file stays, as when the original loads both.
            twins = _EQUAL_TWIN if _are_equal(result.tensors[ours], tensor) else _OTHER_TWIN
            result.dropped.setdefault(twins, []).append(published[ours])
        result.tensors[ours], published[ours] = tensor, name
    if unknown:
        raise ConversionError(
            f"the module '{module}' has {len(unknown)} tensors of unknown names: {shorten(unknown)}; it is another "
            "architecture, or a newer one than this converter knows"
        )
    return result


def _reason_to_drop(name: str, place: ModulePlace) -> str | None:
    return next((leftover.reason for leftover in place.leftovers if re.fullmatch(leftover.names, name)), None)


def _are_equal(first: StoredTensor, second: StoredTensor) -> bool:
    return first.shape == second.shape and torch.equal(first.make(), second.make())
