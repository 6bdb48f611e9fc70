# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Better readings than the analysis gives: words that it does not know, and words whose reading depends on context.

Two steps over pyopenjtalk's NJD list: `reading_words` corrects what the analysis misreads whatever stands around it,
and `heteronyms` chooses among several readings by rules of the language. Both are frozen tables in `data/`.
"""

from .heteronyms import choose_readings
from .reading_words import read_known_words


def disambiguate(njd: list[dict], text: str | None = None) -> list[dict]:
    """The words of `njd` with readings that fit their context.

    Args:
        njd: words as pyopenjtalk's `run_frontend` returns them. Words with `is_reading_protected`, `tsukasa_fixed`
            or `tsukasa_piece` are never touched.
        text: the sentence; not needed, the words' strings tell it.

    Returns:
        A new list of new dicts. `string`s joined are the same as before, but words can be joined. A changed word has
        `read` and `pron` (equal, long vowels as written in a dictionary: コウ, not コー), `mora_size`, `acc`, and
        `tsukasa_source` ("rule:word", "rule:heteronym"), `tsukasa_note`. `tsukasa_alternatives` (other possible
        readings) and `tsukasa_confident` (False where the evidence is thin) stand on unchanged words too.
    """
    del text
    result = [dict(word) for word in njd]
    read_known_words(result)
    choose_readings(result)
    return result
