# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Signs, emoji, kaomoji and letters of other scripts: read by name, or left out with a reason.

Decorations are not read: emoji, kaomoji, arrows, stars, laughing `www` after a word. Signs with a name are read where
they stand between things that are read (A&B, 3×4).
"""

import re
import unicodedata

from ..types import Piece
from .english import DIGIT_NAMES
from .numbers import DIGIT_KANA
from .other_scripts import read_letter
from .rules import after, before, rewritten


_NAMES = {
    "&": "アンド",
    "@": "アットマーク",
    "+": "プラス",
    "÷": "ワル",
    "=": "イコール",
    "≠": "ノットイコール",
    "≒": "ニアリーイコール",
    "≈": "ニアリーイコール",
    "≡": "ゴウドウ",
    "±": "プラスマイナス",
    "∓": "マイナスプラス",
    "√": "ルート",
    "∞": "ムゲンダイ",
    "≦": "ショウナリイコール",
    "≤": "ショウナリイコール",
    "≧": "ダイナリイコール",
    "≥": "ダイナリイコール",
    "∴": "ユエニ",
    "∵": "ナゼナラバ",
    "%": "パーセント",
    "‰": "パーミル",
    "℃": "ド",
    "℉": "ド",
    "¥": "エン",
    "$": "ドル",
    "€": "ユーロ",
    "£": "ポンド",
    "¢": "セント",
    "〒": "ユウビンバンゴウ",
    "♯": "シャープ",
    "♭": "フラット",
    "§": "セクション",
    "™": "",
    "©": "コピーライト",
    "Σ": "シグマ",
    "∑": "シグマ",
    "∫": "インテグラル",
    "∂": "デル",
    "∈": "ゾクスル",
    "∩": "カツ",
    "∪": "マタハ",
    "Å": "オングストローム",
    "Ω": "オーム",
    "µ": "マイクロ",
}
_FRACTIONS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5)}
_FRACTIONS |= {
    "⅘": (4, 5),
    "⅙": (1, 6),
    "⅚": (5, 6),
    "⅛": (1, 8),
    "⅜": (3, 8),
    "⅝": (5, 8),
    "⅞": (7, 8),
    "⅐": (1, 7),
    "⅑": (1, 9),
}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

_NUMBER_BEFORE = re.compile(r"[\d)）πxyzXYZa-zA-Z%]\s?$")
_NUMBER_AFTER = re.compile(r"\s?[-+√(（]?[\d.πxyzXYZa-zA-Z]")
_DIGIT_AFTER = re.compile(r"[¥$€£]?\.?\d")

# --- decorations -----------------------------------------------------------------------------------------------------

EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u2604\u2607-\u2668\u2670-\u27bf\u2b00-\u2bff\u2300-\u23ff\u20d0-\u20ff\ufe0f\u200d"
    "\U000e0020-\U000e007f]+"
)
_FACE = (
    r"\^`´'\"*;:；：・ω∀▽Д皿_＿゜°>＜＞<≧≦●○◉◕¬￣－\-=~〜～ToO0ー□⌒д∇艸"
    r"。.,、!?！？|｜@＊※♡♥☆★σε∂〃╹ಠ益Uu＠ xXゝノｰ#∩◎◇△＾｀´"
)
_STRONG = frozenset("^`´ω∀▽Д皿_＿゜>＜＞<≧≦◉◕￣⌒д∇艸╹ಠ益＾｀T;；*＊・")
_KAOMOJI = re.compile(rf"[＼\\/ヽヾmoσ∩┐٩dqbψΣ]?[(（]([{_FACE}]{{1,14}})[)）](?:[／/ノﾉbmσo∩┌وゞψzZ＼;；]+|…[zZ]+)?")
_LAUGHTER = re.compile(r"[wｗWW]+(?![A-Za-z0-9.@])")


def read_kaomoji(text: str, position: int) -> list[Piece] | None:
    """A face such as (^^) or m(_ _)m: not read."""
    match = _KAOMOJI.match(text, position)
    if match is None:
        return None
    strong = sum(char in _STRONG for char in match[1])
    if strong < 2 and not any(char in "Дω∀▽д∇皿" for char in match[1]):
        return None
    return [rewritten(len(match.group()), "", "symbol", note="kaomoji: not read")]


def read_laughter(text: str, position: int) -> list[Piece] | None:
    """www after a word: laughter, not read."""
    match = _LAUGHTER.match(text, position)
    if match is None or position == 0:
        return None
    before = text[position - 1]
    if not ("ぁ" <= before <= "ヺ" or "一" <= before <= "鿿" or before in "ー！？。…々!?〜～"):
        return None
    return [rewritten(len(match.group()), "", "symbol", note="laughter: not read")]


# --- signs -----------------------------------------------------------------------------------------------------------


def read_sign(text: str, position: int) -> list[Piece] | None:
    """Reads the sign at `position`; None leaves it to the analysis (punctuation)."""
    char = text[position]
    if char in _CONTEXT_RULES:
        return _CONTEXT_RULES[char](text, position)
    if char in _NAMES:
        return [_named(char, _NAMES[char])]
    if char in _FRACTIONS:
        return _fraction_sign(text, position)
    if match := _SUPERSCRIPT.match(text, position):
        return _power(match.group(), len(match.group()))
    if "₀" <= char <= "₉":
        return [_subscript(text, position, char)]
    if match := EMOJI.match(text, position):
        return [rewritten(len(match.group()), "", "symbol", note="emoji: not read")]
    number = _enclosed_number(char)
    if number:
        separator = "、" if position and _enclosed_number(text[position - 1]) else ""
        return [rewritten(1, separator + number, note="number in a circle")]
    return read_letter(text, position)


def _subscript(text: str, position: int, char: str) -> Piece:
    """A subscript: in English in CO₂, in Japanese in x₁₂ and C₆H₁₂."""
    digit = char.translate(_SUBSCRIPTS)
    alone = not "₀" <= text[position + 1 : position + 2] <= "₉" and not "₀" <= text[position - 1 : position] <= "₉"
    if alone and text[position - 1 : position].isalpha():
        kana = DIGIT_NAMES[int(digit)]
        return rewritten(1, kana, "english", kana, "subscript", (DIGIT_KANA[int(digit)],), 1)
    return rewritten(1, digit, note="subscript")


def _named(char: str, kana: str, length: int = 1, note: str = "", alternatives: tuple[str, ...] = ()) -> Piece:
    if not kana:
        return rewritten(length, "", "symbol", note=f"{char} is not read")
    return rewritten(length, kana, "symbol", kana, note or f"name of {char}", alternatives)


def _enclosed_number(char: str) -> str:
    if "①" <= char <= "⑳" or "⑴" <= char <= "⒇" or "⒈" <= char <= "⒛" or "❶" <= char <= "❿" or "㉑" <= char <= "㊿":
        return str(int(unicodedata.numeric(char, 0)) or "")
    return ""


def _fraction_sign(text: str, position: int) -> list[Piece]:
    over, under = _FRACTIONS[text[position]]
    joint = "と" if position and text[position - 1].isdigit() else ""
    return [rewritten(1, f"{joint}{under}分の{over}", note="fraction")]


def _power(written: str, length: int) -> list[Piece]:
    exponent = written.translate(_SUPERSCRIPTS)
    return [rewritten(length, "の" + exponent.replace("-", "マイナス") + "乗", note="exponent")]


def _minus(text: str, position: int) -> list[Piece] | None:
    left, right = before(text, position), after(text, position + 1)
    if re.search("[ぁ-ん「『]$", left) and re.match("[をはがのと」』]", right):
        return [_named("-", "マイナス")]
    if not _DIGIT_AFTER.match(right) or re.search(r"[A-Za-z0-9)）]$", left):
        spaced = re.search(r"[\d)] $", left) and re.match(r" [\d(]", right)
        return (
            [_named("-", "マイナス", alternatives=("ヒク",))]
            if spaced
            else [rewritten(1, "" if not right or not left else " ", "symbol")]
        )
    return [_named("-", "マイナス")]


def _plus(text: str, position: int) -> list[Piece]:
    return [_named("+", "プラス", alternatives=("タス",))]


def _times(text: str, position: int) -> list[Piece]:
    left, right = before(text, position), after(text, position + 1)
    if blank := _blank_to_fill(text, position):
        return blank
    if text[position] == "*":
        if re.search(r"[\d)] ?$", left) and re.match(r" ?[\d(]", right):
            return [_named("*", "カケル")]
        return [_named("*", "")]
    if re.search(r"[○◯〇]$", left):
        return [_named("×", "バツ")]
    if (left.strip() and right.strip()) and not re.match(r"[月日年時さ君様ちとを]", right):
        return [_named("×", "カケル")]
    return [_named("×", "バツ")]


def _compare(text: str, position: int) -> list[Piece] | None:
    if _NUMBER_BEFORE.search(before(text, position)) and _NUMBER_AFTER.match(text, position + 1):
        return [_named(text[position], {"<": "ショウナリ", ">": "ダイナリ"}[text[position]])]
    return [rewritten(1, " ", "symbol", note="bracket")]


def _hash(text: str, position: int) -> list[Piece]:
    if re.match(r"\d", after(text, position + 1)):
        return [_named("#", "ナンバー", alternatives=("シャープ",))]
    if re.match(r"[^\W_]", after(text, position + 1)):
        return [_named("#", "ハッシュタグ", note="hashtag")]
    return [_named("#", "シャープ")]


def _slash(text: str, position: int) -> list[Piece]:
    return [rewritten(1, "、", "symbol", note="slash: a short pause")]


def _caret(text: str, position: int) -> list[Piece]:
    match = re.compile(r"\^-?\d+").match(text, position)
    if match and position and text[position - 1].isalnum():
        return _power(match.group()[1:], len(match.group()))
    return [_named("^", "")]


def _backslash(text: str, position: int) -> list[Piece]:
    return [rewritten(1, " ", "symbol", note="backslash: not read")]


# A row may be long: one that is not read is looked at again from each of its signs.
_CIRCLES = re.compile("[〇○◯]{1,32}")
_BLANK_SIGNS = re.compile("×{2,32}|△{2,32}|□{2,32}|▲{2,32}|■{2,32}")


def _circle(text: str, position: int) -> list[Piece] | None:
    match = _CIRCLES.match(text, position)
    assert match is not None
    around = text[position - 1 : position] + text[match.end() : match.end() + 1]
    if any(char in "一二三四五六七八九〇" or char.isdigit() for char in around):
        return None
    count = len(match.group())
    return [rewritten(count, match.group(), "symbol", "マル" * min(count, 4), "a blank to fill: marumaru", accent=0)]


_BLANKS = {"×": "バツ", "△": "サンカク", "▲": "サンカク", "□": "シカク", "■": "シカク"}


def _blank_to_fill(text: str, position: int) -> list[Piece] | None:
    """×× and △△ stand for a name, as 〇〇 does; between numbers they are signs."""
    match = _BLANK_SIGNS.match(text, position)
    if match is None or not re.match(r"[ぁ-ヺ一-鿿]", text[match.end() : match.end() + 1]):
        return None
    kana = _BLANKS[match.group()[0]] * min(len(match.group()), 4)
    return [rewritten(len(match.group()), kana, "symbol", kana, "a blank to fill", accent=1)]


def _star(text: str, position: int) -> list[Piece]:
    if position and text[position - 1].isdigit() and "1" <= text[position - 1] <= "7":
        return [rewritten(1, "つ星", "symbol", "ツボシ", "stars of a hotel", accent=1)]
    return [_named(text[position], "")]


def _degree(text: str, position: int) -> list[Piece]:
    return [_named("°", "ド")] if position and text[position - 1].isdigit() else [_named("°", "")]


def _silent(text: str, position: int) -> list[Piece]:
    if blank := _blank_to_fill(text, position):
        return blank
    return [rewritten(1, "", "symbol", note=f"{text[position]} is not read")]


def _blank(text: str, position: int) -> list[Piece]:
    return [rewritten(1, " ", "symbol")]


_CONTEXT_RULES = {
    "-": _minus,
    "‐": _minus,
    "+": _plus,
    "×": _times,
    "*": _times,
    "✕": _times,
    "<": _compare,
    ">": _compare,
    "#": _hash,
    "/": _slash,
    "／": _slash,
    "^": _caret,
    "\\": _backslash,
    "＼": _backslash,
    "〇": _circle,
    "○": _circle,
    "◯": _circle,
    "★": _star,
    "☆": _star,
    "°": _degree,
    "_": _blank,
    "|": _blank,
    "'": _silent,
    "`": _silent,
    "´": _silent,
    "®": _silent,
}
_CONTEXT_RULES |= dict.fromkeys("→←↑↓⇒⇐⇔↔➡※●◎■□◆◇▲△▼▽◯♀♂†‡¶•‣▶◀►◄", _silent)
