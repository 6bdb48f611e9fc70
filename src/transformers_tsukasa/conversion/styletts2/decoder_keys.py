# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Names of the decoder's tensors in a published checkpoint, for both generators, and ours.

The AdaIN residual block is the same in the decoder and in the prosody predictor.
"""

import re


_BLOCK_NAMES = {
    "conv1": "conv1",
    "conv2": "conv2",
    "norm1.fc": "norm1.projection",
    "norm2.fc": "norm2.projection",
    "conv1x1": "shortcut",
    "pool": "upsample",
}
_STEMS = {
    "F0_conv": "f0_conv",
    "N_conv": "energy_conv",
    "asr_res.0": "text_shortcut",
    "generator.m_source.l_linear": "generator.source.mix",
}


def adaptive_block_key(original_key: str) -> str:
    """Our name of a tensor of an AdaIN residual block: `norm1.fc.bias` -> `norm1.projection.bias`.

    Raises:
        KeyError: for a name that it does not know.
    """
    stem, _, leaf = original_key.rpartition(".")
    return f"{_BLOCK_NAMES[stem]}.{leaf}"


def decoder_key(original_key: str, num_stacks: int = 3) -> str:
    """Our name of a tensor of the original module `decoder`.

    Args:
        original_key: relative to the module, with norms folded (`weight`, never `weight_g`).
        num_stacks: parallel residual stacks of a stage; the original numbers those of all stages in one sequence.

    Raises:
        KeyError: for a name that it does not know.
    """
    if match := re.fullmatch(r"encode\.(.+)", original_key):
        return f"decoder.input_block.{adaptive_block_key(match[1])}"
    if match := re.fullmatch(r"decode\.(\d+)\.(.+)", original_key):
        return f"decoder.blocks.{match[1]}.{adaptive_block_key(match[2])}"
    if match := re.fullmatch(r"generator\.resblocks\.(\d+)\.(.+)", original_key):
        stage, stack = divmod(int(match[1]), num_stacks)
        return f"decoder.generator.stages.{stage}.stacks.{stack}.{_stack_key(match[2])}"
    if match := re.fullmatch(r"generator\.noise_res\.(\d+)\.(.+)", original_key):
        return f"decoder.generator.stages.{match[1]}.source_stack.{_stack_key(match[2])}"
    if match := re.fullmatch(r"generator\.(noise_convs|ups)\.(\d+)\.(\w+)", original_key):
        name = {"noise_convs": "source_conv", "ups": "upsample"}[match[1]]
        return f"decoder.generator.stages.{match[2]}.{name}.{match[3]}"
    if match := re.fullmatch(r"generator\.alphas\.(\d+)", original_key):
        return f"decoder.generator.slopes.{match[1]}"
    if match := re.fullmatch(r"generator\.conv_post\.(\w+)", original_key):
        return f"decoder.generator.output_conv.{match[1]}"
    stem, _, leaf = original_key.rpartition(".")
    return f"decoder.{_STEMS[stem]}.{leaf}"


def _stack_key(rest: str) -> str:
    """Our name inside a residual stack of `convs1.0.weight`, `adain2.1.fc.bias` or `alpha1.2`.

    The first number is the member of a pair (1 dilated, 2 plain), the second the pair.
    """
    match = re.fullmatch(r"(convs|adain|alpha)([12])\.(\d+)(?:\.(.+))?", rest)
    if match is None:
        raise KeyError(rest)
    pair = f"{('dilated', 'plain')[int(match[2]) - 1]}.{match[3]}"
    if match[1] == "alpha":
        return f"{pair}.slope"
    if match[1] == "adain":
        return f"{pair}.norm.{match[4].replace('fc.', 'projection.')}"
    return f"{pair}.conv.{match[4]}"
