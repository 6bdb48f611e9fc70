// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Arithmetic on queries: lengths and times, pitches, kana. Nothing here changes its arguments.

export const LOWEST_PITCH = 3.0;
export const HIGHEST_PITCH = 6.5;
export const LONGEST_MORA = 0.6; // seconds that a drag can reach
export const LONGEST_PAUSE = 3.0;

const round = (value, digits) => Number(value.toFixed(digits));
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** All morae of a query: {phrase, mora, number (in the line), value}. */
export function morae(phrases) {
  let number = 0;
  return phrases.flatMap((each, phrase) =>
    each.moras.map((value, mora) => ({ phrase, mora, number: number++, value })),
  );
}

export const moraLength = (mora) => (mora.consonant_length ?? 0) + mora.vowel_length;

/** Seconds of a pause, as the query's scales make it, before the speed. */
export function pauseLength(query, pause) {
  return (query.pauseLength ?? pause.vowel_length) * (query.pauseLengthScale ?? 1);
}

/** Everything that is spoken, with times in seconds of the sound: {kind, phrase, mora, symbol, start, end}. */
export function timeline(query) {
  const parts = [];
  let time = 0;
  const add = (kind, symbol, length, phrase = null, mora = null) => {
    const end = time + length / query.speedScale;
    parts.push({ kind, symbol, phrase, mora, start: time, end });
    time = end;
  };
  add("silence", "pau", query.prePhonemeLength);
  query.accent_phrases.forEach((phrase, number) => {
    phrase.moras.forEach((mora, place) => {
      if (mora.consonant) add("consonant", mora.consonant, mora.consonant_length ?? 0, number, place);
      add("vowel", mora.vowel, mora.vowel_length, number, place);
    });
    if (phrase.pause_mora) add("pause", "pau", pauseLength(query, phrase.pause_mora), number);
  });
  add("silence", "pau", query.postPhonemeLength);
  return parts;
}

/** Seconds of speech that a query asks for. */
export const seconds = (query) => timeline(query).at(-1).end;

export const hertz = (pitch) => Math.exp(pitch);
export const pitchOf = (frequency) => Math.log(frequency);

/** Mean pitch of the voiced morae, or null. */
export function meanPitch(phrases) {
  const voiced = morae(phrases).map(({ value }) => value.pitch).filter((pitch) => pitch > 0);
  return voiced.length ? voiced.reduce((sum, pitch) => sum + pitch, 0) / voiced.length : null;
}

/** Semitones between two pitches. */
export const semitones = (pitch, from) => ((pitch - from) * 12) / Math.LN2;

export const validPitch = (pitch) => round(clamp(pitch, LOWEST_PITCH, HIGHEST_PITCH), 3);
export const validLength = (length, most = LONGEST_MORA) => round(clamp(length, 0, most), 3);

/** Whether mora number `mora` of a phrase is high; the accent is its nucleus. */
export function isHigh(phrase, mora) {
  const accent = clamp(phrase.accent, 1, phrase.moras.length);
  return mora === 0 ? accent === 1 : mora < accent;
}

/** Whether a line has anything to speak. */
export const isSpoken = (line) => Boolean(line?.query?.accent_phrases.length);

/** The kana of a phrase. */
export const phraseKana = (phrase) => phrase.moras.map((mora) => mora.text).join("");

/** A key that tells whether two phrases read alike. */
export const readingKey = (phrase) =>
  `${phrase.moras.map((mora) => mora.text).join(" ")}|${phrase.pause_mora ? "、" : ""}|${phrase.is_interrogative}`;

/** Whether lengths and pitches of the same morae can be compared. */
export function isSameStructure(first, second) {
  const shape = (phrases) => phrases.map((each) => `${readingKey(each)}${each.accent}`).join("/");
  return shape(first) === shape(second);
}

/** Whether a mora differs from what the engine predicted for it. */
export function isEdited(mora, predicted) {
  if (!predicted || predicted.text !== mora.text) return true;
  const close = (a, b) => Math.abs((a ?? 0) - (b ?? 0)) < 1e-6;
  return !(
    close(mora.pitch, predicted.pitch) &&
    close(mora.vowel_length, predicted.vowel_length) &&
    close(mora.consonant_length, predicted.consonant_length) &&
    mora.vowel === predicted.vowel
  );
}

/** Whether anything of a line differs from how its text was read and predicted. */
export function isLineEdited(line) {
  if (!line.query || !line.read) return false;
  if (!isSameStructure(line.query.accent_phrases, line.read)) return true;
  return line.query.accent_phrases.some((phrase, number) => isPhraseEdited(phrase, line.predicted?.[number]));
}

export function isPhraseEdited(phrase, predicted) {
  const pause = phrase.pause_mora;
  if (pause && Math.abs(pause.vowel_length - (predicted?.pause_mora?.vowel_length ?? pause.vowel_length)) > 1e-6) {
    return true;
  }
  return phrase.moras.some((mora, place) => isEdited(mora, predicted?.moras[place]));
}

const VOWELS = { a: "アカサタナハマヤラワガザダバパァャヮ", i: "イキシチニヒミリギジヂビピィヰ", u: "ウクスツヌフムユルグズヅブプゥュヴ", e: "エケセテネヘメレゲゼデベペェヱ", o: "オコソトノホモヨロヲゴゾドボポォョ" };
const VOWEL_KANA = { a: "ア", i: "イ", u: "ウ", e: "エ", o: "オ" };

/** Hiragana as katakana, with long vowels written out, as the kana notation has them. */
export function toKatakana(text) {
  let kana = "";
  for (const sign of text.normalize("NFKC").replace(/[?]/g, "？").replace(/[,，]/g, "、")) {
    if (/[ぁ-ゖ]/.test(sign)) kana += String.fromCharCode(sign.charCodeAt(0) + 0x60);
    else if (sign === "ー") kana += VOWEL_KANA[Object.keys(VOWELS).find((vowel) => VOWELS[vowel].includes(kana.at(-1)))] ?? "";
    else kana += sign;
  }
  return kana;
}

/** A typed reading in the kana notation, or null where it is no kana. */
export function kanaNotation(text) {
  const kana = toKatakana(text.trim());
  if (!/^[ァ-ヴヮヰヱヲ_'／/、？]+$/.test(kana)) return null;
  return kana
    .replace(/／/g, "/")
    .replace(/[、/]+$/, "")
    .split(/([、/])/)
    .map((part) => (part === "、" || part === "/" || part.includes("'") ? part : part.replace(/(？?)$/, "'$1")))
    .join("");
}

/** The kana of a line in the notation. */
export function writeKana(phrases) {
  return phrases
    .map((phrase, number) => {
      const kana = phrase.moras.map((mora, place) => {
        const devoiced = "AIUEO".includes(mora.vowel) ? "_" : "";
        return devoiced + mora.text + (place + 1 === phrase.accent ? "'" : "");
      });
      const join = number === phrases.length - 1 ? "" : phrase.pause_mora ? "、" : "/";
      return kana.join("") + (phrase.is_interrogative ? "？" : "") + join;
    })
    .join("");
}

/** For every item of `fresh` the place of the same one in `old`, in order (longest common subsequence), or -1. */
function matches(old, fresh) {
  const rows = old.length + 1;
  const best = Array.from({ length: rows }, () => new Uint16Array(fresh.length + 1));
  for (let i = rows - 2; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      best[i][j] = old[i] === fresh[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    }
  }
  const found = new Array(fresh.length).fill(-1);
  for (let i = 0, j = 0; i < old.length && j < fresh.length; ) {
    if (old[i] === fresh[j]) found[j++] = i++;
    else if (best[i + 1][j] >= best[i][j + 1]) i += 1;
    else j += 1;
  }
  return found;
}

/** New phrases in which those that read as before keep their accents, pitches and lengths. */
export function withKeptPhrases(old, fresh) {
  const places = matches(old.map(readingKey), fresh.map(readingKey));
  return fresh.map((phrase, number) => (places[number] < 0 ? phrase : old[places[number]]));
}

/** Numbers of phrases that were never predicted as they are now. */
export function changedPhrases(phrases, predicted) {
  const key = (phrase) => `${readingKey(phrase)}${phrase.accent}`;
  const places = matches(predicted.map(key), phrases.map(key));
  return places.flatMap((place, number) => (place < 0 ? [number] : []));
}
