# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Romaji to kana: Hepburn, Kunrei, Nihon and word-processor spellings, one word at a time.

A word is a row of syllables; `parse` finds them from left to right, the longest first, and says nothing when letters
are left over: the word is then not romaji. Long vowels may be written out (ou, oo), with macron or circumflex, with h
(Ohtani), or with a hyphen (ra-men).
"""

import re
import unicodedata
from functools import lru_cache
from importlib import resources


def _syllables() -> dict[str, str]:
    table: dict[str, str] = {}
    rows = {
        "": "アイウエオ",
        "k": "カキクケコ",
        "g": "ガギグゲゴ",
        "s": "サシスセソ",
        "z": "ザジズゼゾ",
        "t": "タチツテト",
        "d": "ダヂヅデド",
        "n": "ナニヌネノ",
        "h": "ハヒフヘホ",
        "b": "バビブベボ",
        "p": "パピプペポ",
        "m": "マミムメモ",
        "r": "ラリルレロ",
    }
    for onset, kana in rows.items():
        table |= {onset + vowel: sound for vowel, sound in zip("aiueo", kana, strict=True)}
    for onset, kana in {"ky": "キ", "gy": "ギ", "sy": "シ", "zy": "ジ", "jy": "ジ", "ty": "チ", "cy": "チ", "dy": "ヂ"}.items():
        table |= _palatal(onset, kana)
    for onset, kana in {"ny": "ニ", "hy": "ヒ", "by": "ビ", "py": "ピ", "my": "ミ", "ry": "リ"}.items():
        table |= _palatal(onset, kana)
    for onset, kana in {"sh": "シ", "ch": "チ", "j": "ジ"}.items():
        table |= _palatal(onset, kana) | {onset + "i": kana, onset + "e": kana + "ェ"}
    table |= {"ya": "ヤ", "yu": "ユ", "yo": "ヨ", "ye": "イェ", "wa": "ワ", "wi": "ウィ", "we": "ウェ", "wo": "ヲ"}
    table |= {"tsu": "ツ", "fu": "フ", "fa": "ファ", "fi": "フィ", "fe": "フェ", "fo": "フォ", "fyu": "フュ"}
    table |= {"tsa": "ツァ", "tsi": "ツィ", "tse": "ツェ", "tso": "ツォ", "thi": "ティ", "dhi": "ディ", "dhu": "デュ"}
    table |= {"va": "ヴァ", "vi": "ヴィ", "vu": "ヴ", "ve": "ヴェ", "vo": "ヴォ", "kwa": "クヮ", "gwa": "グヮ"}
    table |= {"twu": "トゥ", "dwu": "ドゥ"}
    return table


def _palatal(onset: str, kana: str) -> dict[str, str]:
    return {onset + "a": kana + "ャ", onset + "u": kana + "ュ", onset + "o": kana + "ョ"}


SYLLABLES: dict[str, str] = _syllables()
"""Syllables without ン and ッ, in every spelling."""

_MACRONS = {"ā": "aa", "ī": "ii", "ū": "uu", "ē": "ee", "ō": "ou", "â": "aa", "î": "ii", "û": "uu", "ê": "ee", "ô": "ou"}
_LONGEST = max(map(len, SYLLABLES))
_DOUBLED = set("kgsztdhbpcjfrmyw")
# Long vowels that the usual English spelling leaves out, and words whose ん stands before a vowel or y.
_KNOWN_WORDS = {
    word: kana
    for line in """
soseki ソウセキ|basho バショウ|ryunosuke リュウノスケ|shinzo シンゾウ|shinjiro シンジロウ|shintaro シンタロウ|ryoma リョウマ|ryoko リョウコ
yusaku ユウサク|shinsuke シンスケ|kosuke コウスケ|daisuke ダイスケ|yosuke ヨウスケ|ryosuke リョウスケ|ryuichi リュウイチ|koichi コウイチ
shoko ショウコ|kyoko キョウコ|yuichi ユウイチ|soichi ソウイチ|yuji ユウジ|kenzo ケンゾウ|ryo リョウ|gogatsu ゴガツ|jujutsu ジュウジュツ
tokyo トウキョウ|kyoto キョウト|osaka オオサカ|kobe コウベ|kyushu キュウシュウ|honshu ホンシュウ|hokkaido ホッカイドウ|oita オオイタ
kochi コウチ|otsu オオツ|omiya オオミヤ|ryukyu リュウキュウ|shinjuku シンジュク|ueno ウエノ|nintendo ニンテンドウ|tohoku トウホク
sato サトウ|ito イトウ|kato カトウ|saito サイトウ|goto ゴトウ|endo エンドウ|kondo コンドウ|naito ナイトウ|ono オノ|oono オオノ|ota オオタ
otani オオタニ|onishi オオニシ|oshima オオシマ|oe オオエ|ando アンドウ|kudo クドウ|sudo スドウ|muto ムトウ|eto エトウ|shoji ショウジ
taro タロウ|ichiro イチロウ|jiro ジロウ|saburo サブロウ|goro ゴロウ|shiro シロウ|kotaro コウタロウ|ryo リョウ|ryota リョウタ|sho ショウ
shohei ショウヘイ|yusuke ユウスケ|yuta ユウタ|yuya ユウヤ|yuko ユウコ|yoko ヨウコ|yohei ヨウヘイ|kohei コウヘイ|koji コウジ|soichiro ソウイチロウ
junichi ジュンイチ|kenichi ケンイチ|shinichi シンイチ|kenichiro ケンイチロウ|junichiro ジュンイチロウ|shinichiro シンイチロウ
judo ジュウドウ|kendo ケンドウ|aikido アイキドウ|sumo スモウ|tofu トウフ|shogun ショウグン|shogi ショウギ|shoyu ショウユ|bento ベントウ
gyoza ギョウザ|bushido ブシドウ|arigato アリガトウ|ohayo オハヨウ|sayonara サヨウナラ|domo ドウモ|dozo ドウゾ|doumo ドウモ|omedeto オメデトウ
daijobu ダイジョウブ|honto ホントウ|kyo キョウ|sensei センセイ|ryokan リョカン|yukata ユカタ|kimono キモノ|sayounara サヨウナラ
konya コンヤ|shinyuu シンユウ|shinyu シンユウ|kinyuu キンユウ|kinyoubi キンヨウビ|kinyou キンヨウ|honya ホンヤ|panya パンヤ|kanyuu カニュウ
sanyou サンヨウ|junyuu ジュンユウ|genin ゲンイン|geninn ゲンイン|tenin テンイン|zenin ゼンイン|renai レンアイ|shinai シナイ|kanyou カンヨウ
hanyou ハンヨウ|kenyaku ケンヤク|konyaku コンヤク|honyaku ホンヤク|denen デンエン|kinen キネン|konin コンイン|onyomi オンヨミ|kunyomi クンヨミ
sinyuu シンユウ|kinyu キンユウ|kinyobi キンヨウビ|shinyou シンヨウ|shinyo シンヨウ|yinyang インヨウ|manyoushuu マンヨウシュウ
konnichiha コンニチワ|konnnichiha コンニチワ|konbanha コンバンワ|konnbannha コンバンワ|konnichiwa コンニチワ|konbanwa コンバンワ
kombanwa コンバンワ|oosaka オオサカ|eeto エート|eto エト|anou アノウ|nee ネエ|koohii コーヒー|biiru ビール|raamen ラーメン|keeki ケーキ
geemu ゲーム|teeburu テーブル|suupaa スーパー|konpyuutaa コンピューター|apaato アパート|depaato デパート|takushii タクシー
nihon ニホン|nippon ニッポン|sushi スシ|sake サケ|karaoke カラオケ|manga マンガ|anime アニメ|otaku オタク|kawaii カワイイ|ramen ラーメン
edamame エダマメ|wasabi ワサビ|teriyaki テリヤキ|tempura テンプラ|karate カラテ|ninja ニンジャ|samurai サムライ|geisha ゲイシャ
tsunami ツナミ|emoji エモジ|sudoku スウドク|umami ウマミ|matcha マッチャ|miso ミソ|dashi ダシ|mochi モチ|onigiri オニギリ|udon ウドン|soba ソバ
""".strip().splitlines()
    for entry in line.split("|")
    for word, kana in [entry.split()]
}
PROPER_NAMES = frozenset(
    """
fuji nara nagoya fukuoka sapporo sendai hiroshima yokohama kawasaki saitama chiba niigata hamamatsu kumamoto okayama nagasaki
kagoshima okinawa naha aomori akita iwate morioka miyagi yamagata fukushima ibaraki mito tochigi gunma gumma kanagawa toyama ishikawa
kanazawa fukui yamanashi kofu nagano gifu shizuoka aichi mie tsu shiga otsu hyogo hyougo himeji wakayama tottori shimane matsue
yamaguchi tokushima kagawa takamatsu ehime matsuyama saga miyazaki shibuya harajuku akihabara ikebukuro roppongi ginza asakusa
shinagawa meguro ebisu namba nanba umeda kamakura hakone nikko nikkou karuizawa narita haneda shimbashi shinbashi kanda
suzuki takahashi tanaka watanabe yamamoto nakamura kobayashi yoshida yamada sasaki yamaguchi matsumoto inoue kimura hayashi
shimizu yamazaki mori abe ikeda hashimoto yamashita ishikawa nakajima maeda fujita ogawa okada murakami hasegawa kondou ishii
sakamoto aoki fujii nishimura fukuda ota miura takeuchi fujiwara nakagawa okamoto matsuda nakano harada tamura kaneko wada nakayama
ishida ueda morita hara shibata sakai yokoyama kudou miyamoto uchida takagi taniguchi maruyama imai takada fujimoto murata takeda
ueno sugiyama masuda hirano otsuka kojima chiba kubo matsui iwasaki nomura kinoshita kikuchi sano sugawara arai kawaguchi
hanako yumi yuko naoko keiko akiko tomoko megumi ayumi sakura haruka misaki nanami rin aoi hina yui mio akira takashi hiroshi
kenji kenta takumi daiki tsubasa makoto satoshi manabu hideki kazuya naoki haruto sota ren minato itsuki yamato hiroto murasaki
mishima kurosawa miyazaki murakami dazai soseki natsume basho matsuo hokusai hiroshige
""".split()
)
"""Japanese names often written in Latin letters, none of them a common English word."""

_HYPHEN_BOUNDARY_BEFORE = {"o", "go"}  # o-tera
_HYPHEN_BOUNDARY_AFTER = set(
    "san sama kun chan sensei senpai shi eki ken fu to shi ku cho machi mura gun jima san kawa gawa dori jo ji jinja dono tachi ra ya"
    " desu no wa ga wo ni de he mo ka ne yo kai sha go teki ten hen tou dai gai chou wan koku jin domo".split()
)

PARTICLES = {"wa": "は", "ha": "は", "e": "へ", "he": "へ", "o": "を", "wo": "を"}
"""Particles whose sound is not their spelling, or that are written as a word of their own."""
PARTICLE_SOUNDS = {"は": "ワ", "へ": "エ", "を": "オ"}
PLAIN_PARTICLES = frozenset("no ni de to ga mo ka ne yo na ya kara made yori dake shika demo nado ne sa zo wo he desu da".split())


def normalize_word(word: str) -> str:
    """Lower case, macrons and circumflexes written out, one kind of apostrophe."""
    lowered = unicodedata.normalize("NFC", word.lower()).replace("’", "'").replace("ʼ", "'")
    if lowered[:1] in ("ō", "ô"):  # at the beginning nearly always おお: Ōsaka, ōkii
        lowered = "oo" + lowered[1:]
    return "".join(_MACRONS.get(char, char) for char in lowered)


_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


def to_hiragana(kana: str) -> str:
    """Katakana as hiragana: the analysis then knows verbs, endings and particles among romaji words."""
    return kana.translate(_TO_HIRAGANA)


@lru_cache(maxsize=1)
def _noun_accents() -> dict[str, int]:
    source = resources.files(__package__).joinpath("data/romaji_nouns.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in source.splitlines() if not line.startswith("#")]
    return {kana: int(accent) for kana, accent in rows}


def noun_accent(kana: str) -> int | None:
    """The accent nucleus of a common noun or adverb in kana; None for other words (verbs, endings, rare nouns)."""
    return _noun_accents().get(kana)


def known_word(word: str) -> str | None:
    """The reading of a Japanese word whose usual spelling in Latin letters is short of something (Tokyo, kinyoubi)."""
    return _KNOWN_WORDS.get(normalize_word(word).replace("'", ""))


@lru_cache(maxsize=4096)
def parse(word: str) -> str | None:
    """The kana of one romaji word, or None when it is not spelled as romaji.

    Args:
        word: letters, apostrophes and hyphens: "kin'en", "Ôsaka", "ra-men".

    Returns:
        Katakana, long vowels as spelled (トウキョウ; ー only for a hyphen), を as ヲ.
    """
    plain = normalize_word(word)
    if plain in _KNOWN_WORDS and not any(char in _MACRONS for char in word.lower()):
        return _KNOWN_WORDS[plain]
    if "-" in plain.strip("-"):
        return _parse_hyphenated(plain)
    length_mark = "ー" if plain.endswith("-") else ""
    kana = _parse_plain(plain.rstrip("-"))
    return kana + length_mark if kana else None


def _parse_hyphenated(word: str) -> str | None:
    parts = word.split("-")
    kana = []
    for index, part in enumerate(parts):
        if not part:
            kana.append("")
            continue
        reading = _KNOWN_WORDS.get(part) or _parse_plain(part)
        if reading is None:
            return None
        boundary = index == 0 or parts[index - 1] in _HYPHEN_BOUNDARY_BEFORE or part in _HYPHEN_BOUNDARY_AFTER
        if not boundary and not (len(part) >= 4 and len(parts[index - 1]) >= 4):
            kana.append("ー")
        kana.append(reading)
    return "".join(kana) + ("ー" if word.endswith("-") else "")


def _parse_plain(word: str) -> str | None:
    kana: list[str] = []
    position = 0
    while position < len(word):
        sound, length = _next_sound(word, position)
        if not length:
            return None
        kana.append(sound)
        position += length
    result = "".join(kana)
    return result if result and not result.startswith("ッ") else None


def _next_sound(word: str, position: int) -> tuple[str, int]:
    char = word[position]
    following = word[position + 1 : position + 2]
    for length in range(min(_LONGEST, len(word) - position), 0, -1):
        kana = SYLLABLES.get(word[position : position + length])
        if kana:
            return _with_h(word, position, length, kana)
    if char in "nm":
        return _nasal(word, position, char, following)
    if char == "t" and word.startswith("tch", position):
        return "ッ", 1
    if char == following and char in _DOUBLED:
        return "ッ", 1
    if char == "'" and position:
        return "", 1
    return "", 0


def _with_h(word: str, position: int, length: int, kana: str) -> tuple[str, int]:
    """oh before a consonant or at the end is a long o: Ohtani, Satoh."""
    end = position + length
    if word[end - 1] == "o" and word[end : end + 1] == "h":
        after = word[end + 1 : end + 2]
        if not after or after not in "aiueoy":
            return kana + ("オ" if end == 1 else "ウ"), length + 1
    return kana, length


def _nasal(word: str, position: int, char: str, following: str) -> tuple[str, int]:
    if char == "n":
        if following == "'":
            return "ン", 2
        if following == "n" and word[position + 2 : position + 3] in ("", "n", "'") + tuple("kgsztdhbpmrjcfw"):
            return "ン", 2  # nn as word processors want it
        if not following or following not in "aiueoy":
            return "ン", 1
    elif following and following in "bpm":
        return "ン", 1
    return "", 0


_JAPANESE_LOOKS = re.compile(
    r"ou|uu|ii|shi|chi|tsu|kyo|ryo|gyo|hyo|ryu|kyu|sho|cho|ju|sh[ou]u|kk|tt[eao]|ss[hu]|nn[aio]|zu$|tsu|mas[ue]|desu|masu|mashi|te$|tai$|nai$|ku$|ru$|su$|ko$|aka|ama|awa"
)
_ENGLISH_LOOKS = re.compile(
    r"[aiueo][^aiueo]e$|^(?:be|re|de|in)|er|ing$|ee|oo|ea|ie$|io|ia$|^e[^aiueonhk]|dd|bb|gg|rr|zz|ff|cc|v|f(?!u)|je|[cs]he|au|oa|ue$|que|[tnl]te$"
)
# Endings that Japanese words have too; they count when an English list has the word.
_ENGLISH_ENDINGS = re.compile(r"[^aiueoy]e$|[^aiueo]en$|ion$|[^aiueo]on$|ain$|man$|oon$|tion$|oo$|oe$|ie$|y[aeo]n$")


def looks(word: str, listed: bool = False) -> float:
    """How Japanese (positive) or English (negative) the spelling of a word looks that parses as romaji.

    Args:
        word: a word that `parse` can read.
        listed: whether a list of English words has it; its ending then says more.
    """
    plain = normalize_word(word)
    listed_score = -1.0 * len(_ENGLISH_ENDINGS.findall(plain)) if listed and len(plain) > 3 else 0.0
    score = listed_score + 0.6 * len(_JAPANESE_LOOKS.findall(plain)) - 0.6 * len(_ENGLISH_LOOKS.findall(plain))
    if any(char in _MACRONS for char in word.lower()):
        score += 3.0
    return max(min(score, 2.0), -2.0)
