# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""English phones (ARPAbet, as the CMU dictionary writes them) and spelling to katakana.

Japanese takes an English word partly by sound and partly by spelling: unstressed vowels follow the letter (student ->
スチューデント), stops after a short vowel double (rock -> ロック). So phones are first aligned with letters.
"""

VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())  # noqa: SIM905
_ORDER = {"a": 0, "i": 1, "u": 2, "e": 3, "o": 4}
# Onset -> its kana with a, i, u, e, o.
_ROWS = {
    onset: kana.split()
    for onset, kana in {
        "": "ア イ ウ エ オ",
        "K": "カ キ ク ケ コ",
        "G": "ガ ギ グ ゲ ゴ",
        "S": "サ シ ス セ ソ",
        "Z": "ザ ジ ズ ゼ ゾ",
        "T": "タ ティ トゥ テ ト",
        "D": "ダ ディ ドゥ デ ド",
        "N": "ナ ニ ヌ ネ ノ",
        "HH": "ハ ヒ フ ヘ ホ",
        "B": "バ ビ ブ ベ ボ",
        "P": "パ ピ プ ペ ポ",
        "M": "マ ミ ム メ モ",
        "Y": "ヤ イ ユ イエ ヨ",
        "R": "ラ リ ル レ ロ",
        "L": "ラ リ ル レ ロ",
        "W": "ワ ウィ ウ ウェ ウォ",
        "KW": "ワ イ ウ エ オ",
        "F": "ファ フィ フ フェ フォ",
        "V": "バ ビ ブ ベ ボ",
        "SH": "シャ シ シュ シェ ショ",
        "CH": "チャ チ チュ チェ チョ",
        "JH": "ジャ ジ ジュ ジェ ジョ",
        "ZH": "ジャ ジ ジュ ジェ ジョ",
        "TH": "サ シ ス セ ソ",
        "DH": "ザ ジ ズ ゼ ゾ",
        "NG": "ンガ ンギ ング ンゲ ンゴ",
    }.items()
}
_ALONE = {
    "K": "ク",
    "G": "グ",
    "S": "ス",
    "Z": "ズ",
    "T": "ト",
    "D": "ド",
    "P": "プ",
    "B": "ブ",
    "F": "フ",
    "V": "ブ",
    "M": "ム",
    "N": "ン",
    "NG": "ング",
    "L": "ル",
    "CH": "チ",
    "JH": "ジ",
    "SH": "シュ",
    "ZH": "ジュ",
    "TH": "ス",
    "DH": "ズ",
    "HH": "",
    "W": "ウ",
    "Y": "イ",
    "R": "",
    "KW": "",
}
_PALATAL = {
    "K": "キ",
    "G": "ギ",
    "S": "シ",
    "Z": "ジ",
    "T": "チ",
    "D": "デ",
    "N": "ニ",
    "HH": "ヒ",
    "B": "ビ",
    "P": "ピ",
    "M": "ミ",
    "R": "リ",
    "L": "リ",
    "F": "フ",
    "V": "ビ",
    "TH": "シ",
    "W": "ウ",
}
# Letters that may stand for a phone, the usual ones first.
_SPELLINGS = {
    phone: letters.split()
    for phone, letters in {
        "AA": "o a au ou e ah aa ea",
        "AE": "a ai au",
        "AH": "a e i o u ou oo ai ia ea io eo ie y eou iou ah au oe",
        "AO": "o a au aw ou oa ough augh oo",
        "AW": "ou ow au",
        "AY": "i y ie igh eigh ei ai ye uy ay",
        "EH": "e a ea ai ie u ay eo ei ae",
        "ER": "er ir ur or ar ear our yr re err ure eur urr irr",
        "EY": "a ai ay ei ey ea e eigh ae aigh et",
        "IH": "i e y a u ui ee ea ie ei ai ia o",
        "IY": "e ee ea i ie y ey ei eo ae oe ay",
        "OW": "o oa ow oe ou ough au eau ew oh",
        "OY": "oi oy",
        "UH": "oo u ou o",
        "UW": "oo u ou ew o ue ui eu ough oe w",
        "K": "k c ck ch q cc que kh cqu x",
        "G": "g gg gh gu x",
        "S": "s ss c sc ps st z x",
        "Z": "z s zz ss x",
        "T": "t tt ed th d bt te",
        "D": "d dd ed",
        "N": "n nn kn gn pn",
        "NG": "ng n ngue",
        "HH": "h wh j",
        "B": "b bb",
        "P": "p pp",
        "M": "m mm mb mn",
        "Y": "y i u e j",
        "R": "r rr wr rh",
        "L": "l ll",
        "W": "w u wh o ui",
        "F": "f ff ph gh ft",
        "V": "v f vv ph",
        "SH": "sh ti ci ch s ss ssi si sch c t",
        "CH": "ch tch t c ti",
        "JH": "j g dg d gg di dj ge",
        "ZH": "s si g z j ge",
        "TH": "th",
        "DH": "th the",
    }.items()
}
_SILENT_COST, _RARE_SILENT_COST, _UNSPELLED_COST = 1.0, 1.6, 1.5
_RANK_COST, _LENGTH_GAIN = 0.06, 0.25
_OFTEN_SILENT = "eghwbptlkdus"


def align(word: str, phones: list[str]) -> list[str]:
    """The letters of every phone ("" for a phone that is not spelled), by least cost."""
    size, count = len(word), len(phones)
    best = [[float("inf")] * (count + 1) for _ in range(size + 1)]
    back: dict[tuple[int, int], tuple[int, int]] = {}
    best[0][0] = 0.0
    for i in range(size + 1):
        for j in range(count + 1):
            for (to_i, to_j), cost in _steps(word, phones, i, j):
                if best[i][j] + cost < best[to_i][to_j]:
                    best[to_i][to_j] = best[i][j] + cost
                    back[to_i, to_j] = (i, j)
    letters = [""] * count
    i, j = size, count
    while (i, j) != (0, 0):
        from_i, from_j = back[i, j]
        for phone in range(from_j, j):
            letters[phone] = word[from_i:i]
        i, j = from_i, from_j
    return letters


def _steps(word: str, phones: list[str], i: int, j: int):
    if i < len(word):
        yield (i + 1, j), (_SILENT_COST if word[i] in _OFTEN_SILENT else _RARE_SILENT_COST)
    if j == len(phones):
        return
    phone = phones[j].rstrip("012")
    for rank, letters in enumerate(_SPELLINGS[phone]):
        if word.startswith(letters, i):
            yield (i + len(letters), j + 1), _RANK_COST * rank - _LENGTH_GAIN * (len(letters) - 1)
    yield (i, j + 1), _UNSPELLED_COST
    if i < len(word) and j + 1 < len(phones) and word[i] == "x" and phone in ("K", "G"):
        yield (i + 1, j + 2), 0.0


def to_katakana(word: str, phones: list[str]) -> str:
    """Katakana of `word` with the phones of the CMU dictionary (["R", "AA1", "K"])."""
    return _Spelling(word, phones).katakana()


class _Spelling:
    """One word on its way from phones to katakana: `onset` is a consonant that still waits for its vowel."""

    def __init__(self, word: str, phones: list[str]):
        self.word = word
        self.letters = align(word, phones)
        self.phones = [phone.rstrip("012") for phone in phones]
        self.stress = [phone[-1] if phone[-1].isdigit() else "" for phone in phones]
        self.kana: list[str] = []
        self.onset: str | None = None

    def katakana(self) -> str:
        index = 0
        while index < len(self.phones):
            index += self._vowel(index) if self.phones[index] in VOWELS else self._consonant(index)
        self._close()
        return "".join(self.kana).replace("ーー", "ー").replace("ンン", "ン")

    def _phone(self, index: int) -> str:
        return self.phones[index] if index < len(self.phones) else ""

    def _is_vowel(self, index: int) -> bool:
        return self._phone(index) in VOWELS

    def _close(self) -> None:
        if self.onset is not None:
            self.kana.append(_ALONE[self.onset])
        self.onset = None

    def _consonant(self, index: int) -> int:
        """Takes the consonant at `index`; how many phones that used up."""
        phone, following = self.phones[index], self._phone(index + 1)
        if (phone == "T" and following == "S" and not self._is_vowel(index + 2)) or (
            phone == "D" and following == "Z"
        ):
            self._close()
            self.kana.append("ツ" if phone == "T" else "ズ")
            return 2
        if phone == "Y" and self.onset in _PALATAL and following in VOWELS:
            used = self._palatal(index)
            if used:
                return used
        if phone == "R" and following not in VOWELS:  # it has coloured the vowel
            self._close()
        elif (phone == "NG" and following in ("K", "G")) or (phone == "M" and following in ("P", "B", "M")):
            self._close()
            self.kana.append("ン")
        elif phone == "W" and self.onset in ("K", "G") and following in VOWELS:
            self.kana.append(_ALONE[self.onset])
            self.onset = "KW"
        elif not (phone == "N" and following == "N"):
            self._close()
            self.onset = phone
        return 1

    def _palatal(self, index: int) -> int:
        """A consonant, Y and a vowel: キュー."""
        base, vowel = _PALATAL[self.onset], self.phones[index + 1]
        small = {"UW": "ュー", "UH": "ュ", "AH": "ュ", "ER": "ャー", "AA": "ャ", "AO": "ョー", "OW": "ョー"}.get(
            vowel, ""
        )
        used = 2
        if vowel == "UH" and self._phone(index + 2) == "R":
            coloured = not self._is_vowel(index + 3)
            small, used = "ュ" + ("ア" if coloured else ""), 3 if coloured else 2
        elif vowel == "UW" and self._is_vowel(index + 2):
            small = "ュ"
        if not small:
            return 0
        self.kana.append(base + small)
        self.onset = None
        return used

    def _vowel(self, index: int) -> int:
        phone, letters = self.phones[index], self.letters[index]
        if phone == "ER" and self._is_vowel(index + 1):  # the r belongs to the next vowel: camera カメラ
            self._write({"e": "e", "i": "i", "u": "a", "o": "o", "a": "a"}.get(letters[:1], "a"), "", letters)
            self.onset = "R"
            return 1
        coloured = self._phone(index + 1) == "R" and not self._is_vowel(index + 2)
        vowel, tail, short = _quality(self, index, coloured)
        if vowel is None:
            self._close()
        else:
            self._write(vowel, tail, letters, fronted=phone == "AE")
        following = index + 2 if coloured else index + 1
        if short and vowel is not None and following < len(self.phones) and self._doubles(index, following):
            self.kana.append("ッ")
        return following - index

    def _write(self, vowel: str, tail: str, letters: str, fronted: bool = False) -> None:
        onset, self.onset = self.onset or "", None
        kana = _ROWS[onset][_ORDER[vowel]]
        if onset in ("K", "G") and vowel == "a" and fronted:
            kana = {"K": "キャ", "G": "ギャ"}[onset]
        elif onset in ("T", "D") and vowel == "u" and letters[:1] in ("u", "e"):
            kana = {"T": "チュ", "D": "デュ"}[onset]
        self.kana.append(kana + tail)

    def _doubles(self, index: int, following: int) -> bool:
        """Whether the consonant after a short vowel is written with ッ: rock, happy, cats, little."""
        vowel, consonant = self.phones[index], self.phones[following]
        if self.stress[index] == "0" and vowel != "IH":
            return False
        rest = len(self.phones) - following
        if rest == 1:
            return (
                consonant in ("K", "T", "P", "CH", "JH", "SH")
                or (consonant == "D" and vowel in ("EH", "AE", "AA", "AO", "IH", "UH"))
                or (consonant == "G" and vowel in ("AA", "AO", "AE", "EH", "IH"))
            )
        spelled_double = self.letters[following] in ("pp", "ck", "tch", "cc", "kk", "ssi", "ss")
        if spelled_double and consonant in ("P", "K", "CH", "SH") and self._is_vowel(following + 1):
            return True
        return consonant in ("T", "K", "P") and rest == 2 and self.phones[following + 1] in ("S", "Z", "L")


def _quality(spelling: _Spelling, index: int, coloured: bool) -> tuple[str | None, str, bool]:
    """Vowel, what follows it (ー, イ, ウ, ア), and whether it is short enough to double a stop."""
    phone, letters, stress = spelling.phones[index], spelling.letters[index], spelling.stress[index]
    before_vowel, last = spelling._is_vowel(index + 1), index == len(spelling.phones) - 1
    before_r = spelling._phone(index + 1) == "R"
    if phone in ("AW", "AY", "OY"):
        return {"AW": ("a", "ウ", False), "AY": ("a", "イ", False), "OY": ("o", "イ", False)}[phone]
    if phone == "AA":
        return ("a", "ー", False) if coloured else ("o", "", True) if "o" in letters else ("a", "", False)
    if phone == "AE":
        return "a", "", True
    if phone == "AH":
        return ("a", "", True) if stress in ("1", "2") else _schwa(spelling, index)
    if phone == "AO":
        if before_r:
            return "o", "ー" if coloured else "", False
        return ("o", "", True) if letters == "o" else ("o", "ー", False)
    if phone == "EH":
        vowel = "a" if before_r and not coloured and letters == "a" else "e"
        return (vowel, "ア", False) if coloured else (vowel, "", True)
    if phone == "ER":
        return "a", "ー", False
    if phone == "EY":
        return "e", "イ" if before_vowel else "ー", False
    if phone == "IH":
        vowel = "e" if letters in ("a", "e") and stress == "0" else "i"
        return (vowel, "ア", False) if coloured else (vowel, "", True)
    if phone == "IY":
        return "i", _after_iy(letters, stress, before_vowel, last, coloured), False
    if phone == "OW":
        return "o", "" if letters == "o" and stress == "0" and not coloured else "ー", False
    if phone == "UH":
        return ("u", "ア", False) if coloured else ("u", "", True)
    return "u", "" if before_vowel else "ー", False


def _after_iy(letters: str, stress: str, before_vowel: bool, last: bool, coloured: bool) -> str:
    if before_vowel:
        return ""
    if coloured:
        return "ア"
    if stress == "0" and not last:
        return "" if letters in ("i", "e", "y") else "ー"
    return "" if letters == "e" and not last and stress != "1" else "ー"


def _schwa(spelling: _Spelling, index: int) -> tuple[str | None, str, bool]:
    """An unstressed vowel follows its letter; before a final L without a letter of its own it is silent (table)."""
    letters, following = spelling.letters[index], spelling._phone(index + 1)
    next_is_last = index + 2 >= len(spelling.phones)
    if not letters:
        return (None if following == "L" and next_is_last else "u" if following else "a"), "", False
    if letters == "a" and following == "T" and next_is_last and spelling.word.endswith("ate"):
        return "e", "ー", False
    if letters in ("io", "eo"):
        return "o", "", False
    if letters in ("ou", "iou") or (not following and letters[0] == "e"):
        return "a", "", False
    return {"a": "a", "e": "e", "i": "i", "o": "o", "u": "a", "y": "i"}.get(letters[0], "a"), "", False
