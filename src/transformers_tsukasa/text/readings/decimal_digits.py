# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Decimals without the drawl: the NJD rules say ニーテンゴー for 2.5, most people write and many say ニテンゴ."""

from typing import Any


_SHORT = {"ニー": "ニ", "ゴー": "ゴ"}
_POINTS = frozenset({"．", "点"})
_DIGITS = frozenset("〇一二三四五六七八九０")


def shorten_decimals(njd: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """NJD features with 二 and 五 of one mora before and after a decimal point; accents follow the lost morae."""
    for index, entry in enumerate(njd):
        if entry["string"] not in _POINTS or entry["pron"] != "テン" or index == 0:
            continue
        _shorten(njd, index - 1)
        following = index + 1
        while following < len(njd) and njd[following]["string"] in _DIGITS:
            _shorten(njd, following)
            following += 1
    return njd


def _shorten(njd: list[dict[str, Any]], index: int) -> None:
    entry = njd[index]
    if entry["string"] not in _DIGITS or entry["pron"] not in _SHORT:
        return
    head = index
    while head and njd[head]["chain_flag"] == 1:
        head -= 1
    end = sum(word["mora_size"] for word in njd[head : index + 1])
    if njd[head]["acc"] >= end:
        njd[head]["acc"] -= 1
    entry["pron"] = _SHORT[entry["pron"]]
    entry["mora_size"] -= 1
