// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The word of the user dictionary that an edited phrase suggests.

import { phraseKana } from "./query.js";

const MARKS = /[。、！？!?.,\s]+$/u;

/**
 * A word for a phrase of a line: the words of the text that it covers, without the particles at its end, and the reading
 * and accent that it has now. `words` are those of the text (GET /tsukasa/words), or null where the engine has no such
 * call: then it is the text of a line with one phrase, and else `selected`.
 */
export function proposal(line, number, words, selected) {
  const { accent_phrases: phrases } = line.query;
  const phrase = phrases[number];
  const covered = words === null ? [] : coveredWords(line, number, words);
  const particles = trailingParticles(covered);
  const count = phrase.moras.length - particles.reduce((sum, word) => sum + word.moras[1] - word.moras[0], 0);
  const own = covered.slice(0, covered.length - particles.length);
  if (own.length === 0 || count < 1) {
    const surface = phrases.length === 1 ? line.text.replace(MARKS, "") : selected;
    return { surface, pronunciation: phraseKana(phrase), accent_type: accentOf(phrase.accent, phrase.moras.length, false) };
  }
  const moras = phrase.moras.slice(0, count);
  return {
    surface: own.map((word) => word.surface).join(""),
    pronunciation: moras.map((mora) => mora.text).join(""),
    accent_type: accentOf(phrase.accent, count, particles.length > 0),
  };
}

/** A fall after the last mora is one where a particle follows; at the end of a phrase it is none, and most words are flat. */
function accentOf(accent, count, isFollowed) {
  if (accent < count) return accent;
  return accent === count && isFollowed ? count : 0;
}

/** The words of the phrase's morae: those of the text as it was read, between what is left unedited before and after. */
function coveredWords(line, number, words) {
  const { accent_phrases: phrases } = line.query;
  const count = (some) => some.reduce((sum, phrase) => sum + phrase.moras.length, 0);
  const first = count(phrases.slice(0, number));
  const last = count(line.read) - count(phrases.slice(number + 1));
  const inside = words.filter(({ moras }) => moras[0] < last && moras[1] > first);
  const isComplete = inside.length > 0 && inside[0].moras[0] >= first && inside.at(-1).moras[1] <= last;
  return isComplete ? inside : [];
}

function trailingParticles(words) {
  const last = words.findLastIndex((word) => !word.is_particle);
  return words.slice(last + 1);
}
