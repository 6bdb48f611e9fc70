// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Every change of a project as a pure function: project, arguments -> new project.

import { validLength, validPitch, withKeptPhrases, LONGEST_PAUSE } from "./query.js";

export const SCALES = [
  "speedScale",
  "pitchScale",
  "intonationScale",
  "volumeScale",
  "pauseLengthScale",
  "prePhonemeLength",
  "postPhonemeLength",
];

export const emptyProject = () => ({ lines: [], presets: [] });

/** A line: its text, its voice, the query that is spoken, what was read and predicted, and a second voice. */
export const newLine = (text = "", voice = null, more = {}) => ({
  id: crypto.randomUUID?.() ?? `line-${Date.now()}-${Math.random().toString(36).slice(2)}`,
  text,
  voice,
  query: null,
  readText: null,
  readVoice: null,
  read: null,
  predicted: null,
  morph: null,
  ...more,
});

export const lineOf = (project, id) => project.lines.find((line) => line.id === id);

export function changeLine(project, id, changes) {
  return { ...project, lines: project.lines.map((line) => (line.id === id ? { ...line, ...changes } : line)) };
}

export function insertLines(project, lines, after = null) {
  const place = after === null ? project.lines.length : project.lines.findIndex((line) => line.id === after) + 1;
  return { ...project, lines: project.lines.toSpliced(place, 0, ...lines) };
}

export function removeLines(project, ids) {
  return { ...project, lines: project.lines.filter((line) => !ids.includes(line.id)) };
}

export function moveLine(project, id, by) {
  const from = project.lines.findIndex((line) => line.id === id);
  return moveLineTo(project, id, from + by);
}

export function moveLineTo(project, id, place) {
  const from = project.lines.findIndex((line) => line.id === id);
  const to = Math.min(Math.max(place, 0), project.lines.length - 1);
  if (from < 0 || from === to) return project;
  const lines = project.lines.filter((line) => line.id !== id);
  return { ...project, lines: lines.toSpliced(to, 0, project.lines[from]) };
}

/** Take what an engine read: the scales of the line stay, and so do edited phrases that read as before. */
export function takeReading(project, id, { text, voice, query, phrases, keepsEdits }) {
  const line = lineOf(project, id);
  const scales = line.query === null ? {} : Object.fromEntries(SCALES.map((name) => [name, line.query[name]]));
  const read = query ? query.accent_phrases : phrases;
  const spoken = keepsEdits && line.query ? withKeptPhrases(line.query.accent_phrases, read) : read;
  const base = query ?? line.query;
  const kept = query && line.query ? keptScales(line, scales) : scales;
  const next = { ...base, ...kept, accent_phrases: spoken };
  if (next.tsukasa) next.tsukasa = { ...next.tsukasa, text };
  const defaults = query ? edges(query) : line.defaults;
  return changeLine(project, id, { query: next, read, predicted: read, readText: text, readVoice: voice, defaults });
}

const edges = (query) => ({ prePhonemeLength: query.prePhonemeLength, postPhonemeLength: query.postPhonemeLength });

/** Scales that were set by hand; silences that were predicted are predicted again. */
function keptScales(line, scales) {
  const isSet = ([name, value]) => value !== undefined && value !== line.defaults?.[name];
  return Object.fromEntries(Object.entries(scales).filter(isSet));
}

/** Take predicted lengths and pitches for some phrases (all where none are named). */
export function takePrediction(project, id, predicted, changed = null) {
  const line = lineOf(project, id);
  const phrases = line.query.accent_phrases.map((phrase, number) =>
    changed === null || changed.includes(number) ? { ...predicted[number], accent: phrase.accent } : phrase,
  );
  return changeLine(project, id, { query: { ...line.query, accent_phrases: phrases }, predicted });
}

/** A query for another voice does not have the first one's seed. */
export function setVoice(project, id, voice) {
  return changeLine(project, id, { voice });
}

export function setScale(project, ids, name, value) {
  return {
    ...project,
    lines: project.lines.map((line) =>
      ids.includes(line.id) && line.query ? { ...line, query: { ...line.query, [name]: value } } : line,
    ),
  };
}

function changePhrases(project, id, change) {
  const line = lineOf(project, id);
  const phrases = change(line.query.accent_phrases);
  return phrases === line.query.accent_phrases
    ? project
    : changeLine(project, id, { query: { ...line.query, accent_phrases: phrases } });
}

const withPhrase = (phrases, number, changes) => phrases.with(number, { ...phrases[number], ...changes });

export function setAccent(project, id, phrase, accent) {
  return changePhrases(project, id, (phrases) =>
    phrases[phrase].accent === accent ? phrases : withPhrase(phrases, phrase, { accent }),
  );
}

/** Begin a phrase with a mora. */
export function splitPhrase(project, id, phrase, mora) {
  return changePhrases(project, id, (phrases) => {
    const { moras, accent, pause_mora, is_interrogative } = phrases[phrase];
    if (mora <= 0 || mora >= moras.length) return phrases;
    const first = { moras: moras.slice(0, mora), accent: Math.min(accent, mora), pause_mora: null, is_interrogative: false };
    const rest = moras.slice(mora);
    const nucleus = accent > mora ? accent - mora : rest.length;
    return phrases.toSpliced(phrase, 1, first, { moras: rest, accent: nucleus, pause_mora, is_interrogative });
  });
}

/** Join a phrase with the next one; the first accent stays. */
export function joinPhrases(project, id, phrase) {
  return changePhrases(project, id, (phrases) => {
    const [first, second] = [phrases[phrase], phrases[phrase + 1]];
    if (!second) return phrases;
    const isFlat = first.accent >= first.moras.length;
    const joined = {
      moras: [...first.moras, ...second.moras],
      accent: isFlat ? first.moras.length + second.accent : first.accent,
      pause_mora: second.pause_mora,
      is_interrogative: second.is_interrogative,
    };
    return phrases.toSpliced(phrase, 2, joined);
  });
}

const NEW_PAUSE = { text: "、", consonant: null, consonant_length: null, vowel: "pau", vowel_length: 0.3, pitch: 0 };

export function togglePause(project, id, phrase) {
  return changePhrases(project, id, (phrases) =>
    phrase === phrases.length - 1
      ? phrases
      : withPhrase(phrases, phrase, { pause_mora: phrases[phrase].pause_mora ? null : NEW_PAUSE }),
  );
}

export function toggleQuestion(project, id, phrase) {
  return changePhrases(project, id, (phrases) =>
    withPhrase(phrases, phrase, { is_interrogative: !phrases[phrase].is_interrogative }),
  );
}

/** Put other phrases in the place of one: another reading. */
export function replacePhrase(project, id, phrase, others) {
  return changePhrases(project, id, (phrases) => {
    const last = { ...others.at(-1), pause_mora: phrases[phrase].pause_mora };
    if (phrases[phrase].is_interrogative) last.is_interrogative = true;
    return phrases.toSpliced(phrase, 1, ...others.slice(0, -1), last);
  });
}

export function removePhrase(project, id, phrase) {
  return changePhrases(project, id, (phrases) => phrases.toSpliced(phrase, 1));
}

function changeMora(project, id, phrase, mora, change) {
  return changePhrases(project, id, (phrases) => {
    const old = phrases[phrase].moras[mora];
    return withPhrase(phrases, phrase, { moras: phrases[phrase].moras.with(mora, { ...old, ...change(old) }) });
  });
}

export function setPitch(project, id, phrase, mora, pitch) {
  return changeMora(project, id, phrase, mora, (old) => (old.pitch > 0 ? { pitch: validPitch(pitch) } : {}));
}

/** Move all voiced morae of a phrase. */
export function shiftPhrase(project, id, phrase, by) {
  return changePhrases(project, id, (phrases) =>
    withPhrase(phrases, phrase, {
      moras: phrases[phrase].moras.map((mora) => (mora.pitch > 0 ? { ...mora, pitch: validPitch(mora.pitch + by) } : mora)),
    }),
  );
}

export function setLength(project, id, phrase, mora, part, length) {
  return changeMora(project, id, phrase, mora, () => ({ [part]: validLength(length) }));
}

export function setPause(project, id, phrase, length) {
  return changePhrases(project, id, (phrases) =>
    phrases[phrase].pause_mora
      ? withPhrase(phrases, phrase, {
          pause_mora: { ...phrases[phrase].pause_mora, vowel_length: validLength(length, LONGEST_PAUSE) },
        })
      : phrases,
  );
}

const USUAL_PITCH = 5.5;

/** Give i and u their voice, or take it; other vowels always have it. */
export function toggleVoicing(project, id, phrase, mora) {
  const line = lineOf(project, id);
  const predicted = line.predicted?.[phrase]?.moras[mora]?.pitch;
  return changeMora(project, id, phrase, mora, (old) => {
    if ("iu".includes(old.vowel)) return { vowel: old.vowel.toUpperCase(), pitch: 0 };
    if ("IU".includes(old.vowel)) return { vowel: old.vowel.toLowerCase(), pitch: predicted > 0 ? predicted : USUAL_PITCH };
    return {};
  });
}

/** Lengths and pitches as they were predicted: of a mora, a phrase, or the line. */
export function resetValues(project, id, { phrase = null, mora = null }) {
  const { predicted } = lineOf(project, id);
  return changePhrases(project, id, (phrases) =>
    phrases.map((own, number) => {
      if ((phrase !== null && phrase !== number) || !predicted?.[number]) return own;
      const moras = own.moras.map((each, place) =>
        mora === null || mora === place ? (predicted[number].moras[place] ?? each) : each,
      );
      const pause = mora === null && own.pause_mora ? (predicted[number].pause_mora ?? own.pause_mora) : own.pause_mora;
      return { ...own, moras, pause_mora: pause };
    }),
  );
}

export function addPreset(project, preset) {
  return { ...project, presets: [...project.presets.filter((each) => each.name !== preset.name), preset] };
}

export function removePreset(project, name) {
  return { ...project, presets: project.presets.filter((each) => each.name !== name) };
}

export function applyPreset(project, ids, preset) {
  return SCALES.reduce(
    (changed, name) => (preset[name] === undefined ? changed : setScale(changed, ids, name, preset[name])),
    project,
  );
}
