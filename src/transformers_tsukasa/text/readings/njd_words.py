# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Small edits of pyopenjtalk's NJD word list: give a word another reading, or make several words one.

The NJD list is what pyopenjtalk's `run_frontend` returns: one dict per word. The nucleus of a whole accent phrase
stands in `acc` of the phrase's first word, and `chain_flag` is 1 where a word continues the phrase before it; both
are kept consistent here when a reading gets longer or shorter.
"""

import re


_SMALL_KANA = re.compile("[ァィゥェォャュョヮ’]")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def katakana(text: str) -> str:
    """`text` with every hiragana written as katakana."""
    return text.translate(_HIRAGANA_TO_KATAKANA)


def count_morae(kana: str) -> int:
    """The number of morae of a katakana reading: small vowels and the mark of a silent vowel count nothing."""
    return len(_SMALL_KANA.sub("", kana))


def is_fixed(word: dict) -> bool:
    """True where the user, ruby or normalisation chose the reading: nothing may touch it."""
    return bool(word.get("is_reading_protected") or word.get("tsukasa_fixed") or word.get("tsukasa_piece"))


def reread(njd: list[dict], index: int, reading: str, *, pron: str | None = None, accent: int | None = None) -> None:
    """Gives word `index` the katakana `reading`; the nucleus of its accent phrase moves along.

    `pron` is the same as the reading (オウ and エイ stay as written) unless given. `accent` is the nucleus of the word
    by itself and counts when the word begins its phrase and the nucleus lay within it, or only particles follow.
    """
    word = njd[index]
    old_size = word["mora_size"]
    word["read"] = reading
    word["pron"] = pron or reading
    word["mora_size"] = count_morae(word["pron"])
    head = _phrase_head(njd, index)
    before = sum(njd[k]["mora_size"] for k in range(head, index))
    nucleus = njd[head]["acc"]
    if nucleus > before + old_size:
        njd[head]["acc"] = nucleus + word["mora_size"] - old_size
    elif nucleus > before:
        if head == index and accent is not None:
            njd[head]["acc"] = accent
        else:
            njd[head]["acc"] = min(nucleus, before + word["mora_size"])
    elif head == index and accent is not None and _only_particles_follow(njd, index):
        njd[head]["acc"] = accent
    if word["acc"] > word["mora_size"] and head != index:
        word["acc"] = word["mora_size"]


def merge(njd: list[dict], start: int, end: int, reading: str, *, accent: int | None = None) -> None:
    """Makes the words `start:end` one word with `reading`; their strings are joined, the first accent phrase stays.

    The part of speech is that of the last word when it inflects (so that the conjugation stays known), else a noun's.
    """
    parts = njd[start:end]
    last = parts[-1]
    merged = dict(last if last["pos"] in ("動詞", "形容詞") else parts[0])
    merged["string"] = "".join(part["string"] for part in parts)
    merged["orig"] = "".join(part["string"] for part in parts[:-1]) + last["orig"]
    merged["chain_flag"] = parts[0]["chain_flag"]
    merged["chain_rule"] = last["chain_rule"]
    if merged["pos"] not in ("動詞", "形容詞"):
        merged.update(pos="名詞", pos_group1="一般", pos_group2="*", pos_group3="*", ctype="*", cform="*")
    merged["read"] = merged["pron"] = reading
    merged["mora_size"] = count_morae(reading)
    merged["acc"] = _merged_nucleus(njd, start, end, merged["mora_size"], accent)
    njd[start:end] = [merged]


def _merged_nucleus(njd: list[dict], start: int, end: int, size: int, accent: int | None) -> int:
    """The nucleus for a merged word: its own when given, else the last joined phrase's, shifted to its new place."""
    if accent is not None:
        return accent
    heads = [k for k in range(start, end) if k == start or njd[k]["chain_flag"] != 1]
    last_head = heads[-1]
    nucleus = njd[last_head]["acc"]
    if nucleus == 0:
        return 0
    old_before = sum(njd[k]["mora_size"] for k in range(start, last_head))
    old_size = sum(njd[k]["mora_size"] for k in range(start, end))
    return max(1, min(nucleus + old_before + size - old_size, size + max(0, nucleus + old_before - old_size)))


def _phrase_head(njd: list[dict], index: int) -> int:
    while index > 0 and njd[index]["chain_flag"] == 1:
        index -= 1
    return index


def _only_particles_follow(njd: list[dict], index: int) -> bool:
    """True where the rest of the accent phrase leaves the nucleus of an accented word in its place."""
    for word in njd[index + 1 :]:
        if word["chain_flag"] != 1:
            return True
        if word["pos"] != "助詞" and word["string"] not in ("た", "だ"):
            return False
    return True
