# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""URLs, e-mail addresses, domains and file names, as people read them aloud."""

import re

from ..types import Piece
from . import english, numbers, romaji
from .rules import rewritten


_VOWEL = re.compile("[aiueoyAIUEOY]")
_DOMAIN_ENDS = "com|net|org|jp|co|io|dev|edu|gov|info|biz|tv|me|app|ai|uk|de|fr|cn|kr|us|eu"
_URL = re.compile(r"(?:https?|ftp)://[A-Za-z0-9._~:/?#\[\]@!$&*+,;=%-]+(?<![.,!?;:])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DOMAIN = re.compile(rf"(?:[A-Za-z0-9-]+\.)+(?:{_DOMAIN_ENDS})(?!\.*[A-Za-z0-9])(?:/[A-Za-z0-9._~/?#&=%-]*)?")
_FILE = re.compile(
    r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:txt|md|py|pdf|docx?|xlsx?|pptx?|csv|tsv|json|xml|html?|css|js|ts|jpe?g|png|gif|svg|mp[34]|wav|zip|gz"
    r"|tar|exe|dll|sh|ya?ml|toml|ini|log|c|cpp|h|java|go|rs|rb|php|sql)(?![A-Za-z0-9])"
)
# Each with the most characters that it looks at: browsers accept about 2,048, and an e-mail address (RFC 5321) or the
# name of a file has no more than 256.
_PATTERNS = ((_URL, 2048), (_EMAIL, 256), (_DOMAIN, 2048), (_FILE, 256))
_ADDRESS_PARTS = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z0-9]")
_ADDRESS_SIGNS = {
    ".": "ドット",
    "/": "スラッシュ",
    ":": "コロン",
    "@": "アットマーク",
    "-": "ハイフン",
    "_": "アンダーバー",
    "?": "クエスチョン",
    "=": "イコール",
    "&": "アンド",
    "#": "シャープ",
    "~": "チルダ",
    "%": "パーセント",
    "+": "プラス",
}
_ADDRESS_WORDS = {
    "www": "ダブリューダブリューダブリュー",
    "com": "コム",
    "net": "ネット",
    "org": "オーグ",
    "info": "インフォ",
    "dev": "デブ",
    "co": "シーオー",
    "jp": "ジェーピー",
    "md": "エムディー",
    "py": "パイ",
    "readme": "リードミー",
    "tv": "ティービー",
    "http": "エイチティーティーピー",
    "https": "エイチティーティーピーエス",
    "or": "オーアール",
    "ac": "エーシー",
    "go": "ジーオー",
    "ne": "エヌイー",
    "io": "アイオー",
    "example": "エグザンプル",
    "index": "インデックス",
    "zip": "ジップ",
    "exe": "エグゼ",
}


def read_address(text: str, position: int) -> list[Piece] | None:
    """URLs, e-mail addresses, domains and file names, as people read them aloud: the scheme is left out."""
    if position and text[position - 1].isascii() and (text[position - 1].isalnum() or text[position - 1] in "._-@"):
        return None
    for pattern, longest in _PATTERNS:
        match = pattern.match(text, position, position + longest)
        if match:
            return _spell_address(match.group())
    return None


def _spell_address(written: str) -> list[Piece]:
    """An address word by word and sign by sign."""
    pieces: list[Piece] = []
    scheme = re.match(r"\w+://", written)
    skipped = len(scheme.group()) if scheme else 0
    if scheme:
        pieces.append(rewritten(skipped, "", "url", note="scheme: not read"))
    rest = written[skipped:]
    trimmed = rest.rstrip("/")
    for match in _ADDRESS_PARTS.finditer(trimmed):
        token = match.group()
        if token.isdigit():
            kana = numbers.integer_kana(token) if len(token) < 5 and token[0] != "0" else numbers.digits_kana(token)
        elif token.isalpha() and token.isascii():
            kana = _address_word(token)
        else:
            kana = _ADDRESS_SIGNS.get(token, "")
        pieces.append(rewritten(len(token), kana, "url", kana or None, "part of an address"))
    if len(trimmed) < len(rest):
        pieces.append(rewritten(len(rest) - len(trimmed), "", "url", note="closing slash: not read"))
    return pieces


def _address_word(token: str) -> str:
    """Katakana for a word of an address: English, romaji, or letter by letter."""
    plain = token.lower()
    if plain in _ADDRESS_WORDS:
        return _ADDRESS_WORDS[plain]
    if english.is_word(token) and len(token) > 2:
        return english.read_word(token).kana
    parsed = romaji.parse(plain)
    if parsed and len(token) > 2:
        return parsed
    if len(token) <= 4 or not _VOWEL.search(token):
        return english.spell(token).kana
    return english.read_word(token).kana
