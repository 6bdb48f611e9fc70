# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Latin letters in a text: abbreviations, English or romaji, decided word by word with its neighbours.

Every word gets a score, positive for romaji. Its spelling counts, whether a list of English or of Japanese words has
it, and how its neighbours scored; the note of the piece says which of these decided.
"""

import re
import unicodedata
from dataclasses import dataclass

from . import english, numbers, romaji
from .quantities import Part


_LETTER = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_WORD = re.compile(rf"[{_LETTER}]+(?:['’][{_LETTER}]+)*(?:-(?=[{_LETTER}])[{_LETTER}]+(?:['’][{_LETTER}]+)*)*")
_TOKEN = re.compile(r"[A-Za-z0-9.&+#'’/-]+")
_PHRASE = re.compile(r"[A-Za-z']+(?: [A-Za-z']+){1,3}")
_TRAILING_LONG = re.compile(r"-(?![A-Za-z0-9-])")
_VOWEL = re.compile("[aiueoyAIUEOY]")
_SPACES_BETWEEN = re.compile(r"[ ,.!?、。！？…]*")
_JAPANESE = re.compile(r"[ぁ-ヺ一-鿿]")

# Japanese words often written in Latin letters that are English words as well, or look like them.
_JAPANESE_WORDS = frozenset(
    """
watashi boku ore anata kimi kare kanojo kore sore are dore kono sono ano dono koko soko asoko doko dare nani nan itsu ikura naze
desu masu deshita mashita masen desho deshou janai nai aru iru suru naru iku kuru miru taberu nomu kau yomu kaku hanasu kiku
da datta kara made yori ga wa wo ni ne yo na no to mo ka ya kana kamo demo dakedo keredo soshite sorekara hai iie un ee ano eto
kyou ashita kinou ima asa hiru yoru ban mainichi konshuu raishuu kotoshi rainen hito otoko onna kodomo tomodachi sensei gakusei
gakkou kaisha ie uchi heya eki densha kuruma michi machi kuni sekai nihon tokyo mizu ocha gohan pan niku sakana yasai sake sushi
inu neko tori hana yama kawa umi sora ame yuki kaze tenki me mimi kuchi te ashi atama kao kokoro koe namae hon kotoba eiga uta
ongaku denwa shigoto jikan okane takai yasui ookii chiisai ii yoi warui atarashii furui oishii sugoi kawaii kirei suki kirai
genki daijoubu hontou totemo motto mada mou sukoshi takusan zenbu minna issho arigatou gomen sumimasen ohayou konnichiwa konbanwa
sayounara oyasumi itadakimasu tadaima okaeri onegai shimasu kudasai ganbatte ganbaru mite kite itte shite tabete nonde matte
san chan kun sama sen hyaku ichi san shi go roku nana hachi kyuu juu man oku haru natsu aki fuyu kita minami nishi higashi aka
ao shiro kuro midori momo sakura kimochi kimono manga anime samurai ninja karate judo tsunami wasabi ramen udon soba tempura tofu
bento kakkoii sugee yabai mite mitai naka soto ue shita mae ushiro migi hidari mono koto toki tokoro hou yatto kitto zutto chotto
dame ikou ikimasu kimasu imasu arimasu hataraku kaeru deru hairu aruku hashiru oyogu asobu neru okiru omou shiru wakaru wasureru
doushite dou sou kou ah maa saa jaa ja mata sugu yappari tabun honto uso baka aho hen muri yada itai kowai tanoshii ureshii
kage tame kanashii sabishii samui atsui nemui isogashii muzukashii yasashii hayai osoi tsuyoi yowai nagai mijikai hiroi semai
""".split()
)
# English words that are spelled like romaji; without other evidence they are English.
_ENGLISH_WORDS = frozenset(
    """
a i me he we to so go do no be is in on an home name are made make take time some come same hope rope tone zone bone nose rose
ride side wide hide mine wine nine dine pine tide fire hire wire tire sure more here there were one done gone none note date
gate hate mate rate late fate tomato potato banana piano radio auto memo demo menu tuna soda sofa zero hero ok okay use used
rude mode node code game fame bike hike like nice rice dice page stage june tune dune cute mute wake sake rake bake
pure tube cube joke poke woke yoke hose pose dose note vote tote home dome rome gone too zoo moo boo two who out our you
your see tea sea pen ten men hen den ban pan man tan van can fan ran sun fun run gun bun sin pin win tin bin son won ton
token women person human gene genre hurry sorry worry happy puppy yummy mommy daddy sunny funny money honey honor minor major
tomorrow window yellow video studio ratio patio audio romeo taboo bamboo shampoo kangaroo igloo ago also into onto
open pine bone name take here hire bore core sore tore wore
japan china mexico america panama havana ohio kenya tokio hawaii nevada arizona manila
button mountain fountain kitchen issue issues route gonna wanna tissue noun mono antenna gazette amazon mitten cotton ottoman montage
abandon above adore ache agree animate arise arrive assume assure ate attain awake awesome awoke azure baboon beaten begun began behave
beside beverage beware bitten bonfire boon booze chore chose chosen choose daze deepen define definite denote dense depose derive devote
ditto divine dominate donate duration ease eaten engine ensure entire genuine guitar huge imagine immune ignore inside outside machine
magazine massage message minute mission moon mouse nature noise noon opinion onion orange outage page passion pension poison potion
raccoon rage raise reason region rotate rotten route ruin sausage savage season seen session shaken shone soon someone sometime spoken
station suppose surname teenage temperature tension texture token toon tuition union unison unite usage vacation venture virtue wage
wooden woke wore woven marine japanese chinese imagination donation nation motion emotion mansion
zone anyone everyone bee cookie movie zombie genie pie tie die lie shoe toe hoe woe foe banana gorilla mania media idea
one sonata soprano tempo tango bingo domino casino amigo macho gusto bravo
chair share there these those hero ozone sane cane mane wane bane pane tune toe hoe shoe
""".split()
)
_HONORIFICS = frozenset("san sama kun chan sensei senpai".split())


def is_latin(char: str) -> bool:
    """Whether a character is a letter of the Latin script, accents included."""
    return ("A" <= char <= "Z") or ("a" <= char <= "z") or ("\u00c0" <= char <= "\u024f" and char not in "×÷") or "\u1e00" <= char <= "\u1eff"


@dataclass
class _Word:
    text: str
    start: int
    end: int
    kana: str | None  # as romaji
    score: float  # > 0: romaji
    reason: str


class LatinReader:
    """The Latin words of one text, decided together."""

    def __init__(self, text: str):
        self.text = text
        self._words: dict[int, _Word] | None = None

    def read(self, position: int) -> list[Part] | None:
        """What to read for the Latin letters that begin at `position`."""
        token = _read_token(self.text, position)
        if token is not None:
            return token
        phrase = self._read_phrase(position)
        if phrase is not None:
            return phrase
        word = self._decided().get(position)
        if word is None:
            word = _Word(self.text[position], position, position + 1, None, -1.0, "letter")
        parts = self._read_word(word)
        return parts + self._tail(word)

    def _read_phrase(self, position: int) -> list[Part] | None:
        """Phrases of the list that are said as one: thank you, New York."""
        match = _PHRASE.match(self.text, position)
        written = match.group() if match else ""
        while " " in written:
            reading = english.lookup(written)
            if reading is not None:
                return [Part(len(written), reading.kana, "english", reading.kana, "phrase of the lexicon", accent=reading.accent)]
            written = written.rpartition(" ")[0]
        return None

    def _decided(self) -> dict[int, _Word]:
        if self._words is None:
            words = [_judge(self.text, match) for match in _WORD.finditer(self.text)]
            _listen_to_neighbours(self.text, words)
            self._words = {word.start: word for word in words}
        return self._words

    def _read_word(self, word: _Word) -> list[Part]:
        if word.score > 0 and word.kana:
            return self._read_romaji(word)
        return _read_english(self.text, word)

    def _read_romaji(self, word: _Word) -> list[Part]:
        length = word.end - word.start
        if _TRAILING_LONG.match(self.text, word.end):
            length += 1
            word = _Word(word.text, word.start, word.end + 1, (word.kana or "") + "ー", word.score, word.reason)
        note = f"romaji ({word.reason})"
        plain = romaji.normalize_word(word.text)
        others = (english.read_word(word.text).kana,) if english.is_word(word.text) and len(word.text) > 2 else ()
        particle = romaji.PARTICLES.get(plain)
        if particle and self._follows_romaji(word):
            sound = romaji.PARTICLE_SOUNDS[particle]
            return [Part(length, sound, "romaji", sound, note + ", particle", accent=0, pos=("助詞", "係助詞" if sound == "ワ" else "格助詞"))]
        kana = word.kana or ""
        accent = romaji.noun_accent(kana)
        is_name = word.text[0].isupper() and plain not in _JAPANESE_WORDS
        if accent is not None or is_name or "ハ" in kana or "ヘ" in kana:  # the latter might be taken for particles
            pos = ("名詞", "固有名詞" if is_name else "一般")
            return [Part(length, kana, "romaji", kana, note, others, accent, pos)]
        return [Part(length, romaji.to_hiragana(kana), "romaji", note=note, alternatives=others)]

    def _follows_romaji(self, word: _Word) -> bool:
        before = self.text[: word.start].rstrip(" ")
        return bool(before) and (is_latin(before[-1]) or bool(_JAPANESE.match(before[-1])) or before[-1].isdigit() or before[-1] in "'\"”」』)ー-")

    def _tail(self, word: _Word) -> list[Part]:
        """The space between two romaji words is not spoken."""
        following = self._decided().get(word.end + 1)
        if word.score > 0 and following and following.score > 0 and self.text[word.end : word.end + 1] == " ":
            return [Part(1, "", "romaji", note="space between romaji words")]
        return []


def _judge(text: str, match: re.Match[str]) -> _Word:
    """The score of a word by itself."""
    written = match.group()
    plain = romaji.normalize_word(written)
    kana = romaji.parse(written)
    start, end = match.span()
    if kana is None:
        return _Word(written, start, end, None, -2.0, "not spelled like romaji")
    if len(written) > 1 and written.isupper() and len(written) < 5:
        return _Word(written, start, end, kana, -3.0, "capitals")
    if any(char in "āīūēōâîûêô" for char in unicodedata.normalize("NFC", written.lower())):
        return _Word(written, start, end, kana, 3.0, "long vowel marks")
    in_english = english.is_word(written)
    in_japanese = plain in _JAPANESE_WORDS or _is_japanese_name(written)
    common = plain in _ENGLISH_WORDS
    if len(plain) == 1:
        return _Word(written, start, end, kana, -0.8 if plain in "ai" else -0.4, "one letter")
    if in_japanese and not common:
        score = 2.0 if not in_english else 1.5
        return _Word(written, start, end, kana, score, "a Japanese word")
    if in_japanese:
        return _Word(written, start, end, kana, -0.2, "a word of both languages")
    if plain in romaji.PLAIN_PARTICLES or plain in romaji.PARTICLES:
        return _Word(written, start, end, kana, -0.2 if common else 0.3, "particle or English word")
    noun = 0.5 if len(plain) > 2 and romaji.noun_accent(kana) is not None else 0.0
    if not in_english and not common and english.has_english_sound(plain):
        return _Word(written, start, end, kana, 0.5 + noun + romaji.looks(written, listed=True), "spelled like romaji, or an English name")
    if not in_english and not common:
        return _Word(written, start, end, kana, 1.2 + romaji.looks(written) / 2, "spelled like romaji, not an English word")
    return _Word(written, start, end, kana, (-1.2 if common else -0.6) + noun + romaji.looks(written, listed=True), "also an English word")


def _listen_to_neighbours(text: str, words: list[_Word]) -> None:
    """Words between romaji are romaji, words between English words are English."""
    own = [word.score for word in words]
    for index, word in enumerate(words):
        if word.kana is None or word.reason == "capitals":
            continue
        influence = 0.0
        for distance, weight in ((1, 0.7), (2, 0.35), (3, 0.15)):
            for other in (index - distance, index + distance):
                if 0 <= other < len(words) and _connected(text, words, min(index, other), max(index, other)):
                    influence += weight * max(min(own[other], 2.0), -2.0)
        if abs(influence) > 0.05:
            word.score = own[index] + influence
            if word.score <= 0 and _is_japanese_name(word.text):
                word.score = 0.1
            if (word.score > 0) != (own[index] > 0):
                word.reason += "; like the words around it"


def _is_japanese_name(written: str) -> bool:
    """sushi and Tokyo stay Japanese among English words."""
    return romaji.known_word(written) is not None or romaji.normalize_word(written) in romaji.PROPER_NAMES


def _connected(text: str, words: list[_Word], left: int, right: int) -> bool:
    return all(_SPACES_BETWEEN.fullmatch(text, words[i].end, words[i + 1].start) for i in range(left, right))


# --- tokens with signs in them ---------------------------------------------------------------------------------------


def _read_token(text: str, position: int) -> list[Part] | None:
    """Writings of the list with signs or digits in them (Ph.D., C++, MP3, CD-ROM), the longest first."""
    match = _TOKEN.match(text, position)
    if match is None:
        return None
    token = match.group().replace("’", "'")
    for end in range(len(token), 1, -1):
        candidate = token[:end]
        if candidate.isalpha() and end < len(token):
            break
        if end < len(token) and token[end].isalnum() and candidate[-1].isalnum():
            continue
        if candidate.isalpha() or (candidate[-1] == "." and candidate[:-1].isalpha() and not _abbreviation(text, position, end)):
            continue
        reading = english.lookup(candidate)
        if reading is not None:
            parts = [Part(end, reading.kana, "english", reading.kana, "lexicon", accent=reading.accent)]
            if candidate.lower() == "no." and (first := re.compile(r" ?1(?![\d.])").match(text, position + end)):
                parts.append(Part(len(first.group()), "ワン", "english", "ワン", "number one", ("イチ",), 1))
            return parts
    return _dotted(text, position)


def _abbreviation(text: str, position: int, end: int) -> bool:
    """Mr. Smith, No.5: a point that belongs to the word, not to the end of a sentence."""
    if text[position : position + 3].lower() == "no.":
        return re.match(r" ?\d", text[position + end :]) is not None
    return True


_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,}[A-Za-z]?")


def _dotted(text: str, position: int) -> list[Part] | None:
    match = _DOTTED.match(text, position)
    if match is None:
        return None
    reading = english.spell(match.group().replace(".", ""))
    return [Part(len(match.group()), reading.kana, "acronym", reading.kana, reading.how, accent=reading.accent)]


# --- English ---------------------------------------------------------------------------------------------------------

_DIGIT_TAIL = re.compile(r"-?(\d)(?![\d.,/:年月日時分秒回個本番枚人円]|-\d)")
_NUMBER_TAIL = re.compile(r"-(?=\d)")


def _read_english(text: str, word: _Word) -> list[Part]:
    written = word.text
    if "-" in written and english.lookup(written) is None:
        return _read_hyphenated(text, word)
    spelled = _is_abbreviation(text, word)
    reading = english.spell(_letters(written)) if spelled else english.read_word(_letters(written))
    if written == "a" and _has_english_after(text, word):
        reading = english.EnglishReading("ア", 1, "article")
    others = (word.kana,) if word.kana and not spelled and len(written) > 1 else ()
    source = "acronym" if spelled else "english"
    kana = reading.kana or "エックス"
    part = Part(word.end - word.start, kana, source, kana, f"{reading.how} ({word.reason})", others, reading.accent)
    return [part, *_digits_after(text, word, spelled)]


def _letters(written: str) -> str:
    """Accents removed: café -> cafe."""
    return "".join(char for char in unicodedata.normalize("NFD", written) if not unicodedata.combining(char))


def _has_english_after(text: str, word: _Word) -> bool:
    return re.match(r" [A-Za-z]{2}", text[word.end :]) is not None


def _is_abbreviation(text: str, word: _Word) -> bool:
    written = word.text
    if len(written) == 1:
        return not (written == "I" and re.match(r"['’ ][a-z]", text[word.end :])) and not (
            written == "a" and _has_english_after(text, word)
        )
    if written in _own_capitals() or english.lookup(written) is not None and not written.isupper():
        return False
    if written.isupper():
        if len(written) > 3 and english.is_word(written):
            return False
        return len(written) < 6 or not _VOWEL.search(written)
    return not _VOWEL.search(_letters(written)) and english.lookup(written) is None


def _own_capitals() -> frozenset[str]:
    return english.own_capitals()


def _read_hyphenated(text: str, word: _Word) -> list[Part]:
    parts: list[Part] = []
    position = word.start
    for piece in re.findall(r"[^-]+|-", word.text):
        if piece == "-":
            parts.append(Part(1, "", "symbol", note="hyphen"))
        else:
            inner = _Word(piece, position, position + len(piece), romaji.parse(piece), word.score, word.reason)
            parts += _read_english(text, inner)[:1]
        position += len(piece)
    return [*parts, *_digits_after(text, word, False)]


def _digits_after(text: str, word: _Word, spelled: bool) -> list[Part]:
    """GPT-4, HTML5: one digit after an abbreviation or English word is read in English; a hyphen before more is silent."""
    if len(word.text) > 1 and (match := _DIGIT_TAIL.match(text, word.end)):
        kana = english.DIGIT_NAMES[int(match[1])]
        native = numbers.DIGIT_KANA[int(match[1])]
        return [Part(len(match.group()), kana, "english", kana, "digit after an abbreviation", (native,), 1)]
    if _NUMBER_TAIL.match(text, word.end):
        return [Part(1, "", "symbol", note="hyphen before a number")]
    return []


# --- addresses -------------------------------------------------------------------------------------------------------

_DOMAIN_ENDS = "com|net|org|jp|co|io|dev|edu|gov|info|biz|tv|me|app|ai|uk|de|fr|cn|kr|us|eu"
_URL = re.compile(r"(?:https?|ftp)://[A-Za-z0-9._~:/?#\[\]@!$&*+,;=%-]+(?<![.,!?;:])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DOMAIN = re.compile(rf"(?:[A-Za-z0-9-]+\.)+(?:{_DOMAIN_ENDS})(?![A-Za-z0-9.]*[A-Za-z0-9])(?:/[A-Za-z0-9._~/?#&=%-]*)?")
_FILE = re.compile(
    r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:txt|md|py|pdf|docx?|xlsx?|pptx?|csv|tsv|json|xml|html?|css|js|ts|jpe?g|png|gif|svg|mp[34]|wav|zip|gz"
    r"|tar|exe|dll|sh|ya?ml|toml|ini|log|c|cpp|h|java|go|rs|rb|php|sql)(?![A-Za-z0-9])"
)
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
_ADDRESS_WORDS = {"www": "ダブリューダブリューダブリュー", "com": "コム", "net": "ネット", "org": "オーグ", "info": "インフォ", "dev": "デブ"}
_ADDRESS_WORDS |= {"co": "シーオー", "jp": "ジェーピー", "md": "エムディー", "py": "パイ", "readme": "リードミー", "tv": "ティービー"}
_ADDRESS_WORDS |= {"http": "エイチティーティーピー", "https": "エイチティーティーピーエス", "or": "オーアール", "ac": "エーシー", "go": "ジーオー"}
_ADDRESS_WORDS |= {"ne": "エヌイー", "io": "アイオー", "example": "エグザンプル", "index": "インデックス", "zip": "ジップ", "exe": "エグゼ"}


def read_address(text: str, position: int) -> list[Part] | None:
    """URLs, e-mail addresses, domains and file names, read as a person says them: the scheme is left out."""
    if position and text[position - 1].isascii() and (text[position - 1].isalnum() or text[position - 1] in "._-@"):
        return None
    for pattern in (_URL, _EMAIL, _DOMAIN, _FILE):
        match = pattern.match(text, position)
        if match:
            return _spell_address(match.group())
    return None


def _spell_address(written: str) -> list[Part]:
    parts: list[Part] = []
    scheme = re.match(r"\w+://", written)
    skipped = len(scheme.group()) if scheme else 0
    if scheme:
        parts.append(Part(skipped, "", "url", note="scheme: not read"))
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
        parts.append(Part(len(token), kana, "url", kana or None, "part of an address"))
    if len(trimmed) < len(rest):
        parts.append(Part(len(rest) - len(trimmed), "", "url", note="closing slash: not read"))
    return parts


def _address_word(token: str) -> str:
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


def read_code(text: str, position: int) -> list[Part] | None:
    """Writings of the list that begin with a digit: 3D, 5G, 1st."""
    match = re.compile(r"\d+[A-Za-z]+(?![A-Za-z0-9])").match(text, position)
    if match is None or (position and text[position - 1].isdigit()):
        return None
    reading = english.lookup_exact(match.group())
    if reading is None:
        return None
    return [Part(len(match.group()), reading.kana, "english", reading.kana, "lexicon", accent=reading.accent)]
