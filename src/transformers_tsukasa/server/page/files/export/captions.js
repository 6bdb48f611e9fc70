// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Subtitles of lines, and phonemes with their times (LAB).

import { timeline } from "../speech/query.js";

const pad = (value, digits) => String(value).padStart(digits, "0");

function clock(seconds, mark) {
  const all = Math.round(seconds * 1000);
  const [hours, minutes, rest] = [Math.floor(all / 3600000), Math.floor(all / 60000) % 60, Math.floor(all / 1000) % 60];
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(rest, 2)}${mark}${pad(all % 1000, 3)}`;
}

/** SRT of [{text, start, end}] in seconds of the joined sound. */
export function srt(cues) {
  return cues
    .map(({ text, start, end }, number) => `${number + 1}\n${clock(start, ",")} --> ${clock(end, ",")}\n${text}\n`)
    .join("\n");
}

/** WebVTT of the same. */
export function vtt(cues) {
  const blocks = cues.map(({ text, start, end }) => `${clock(start, ".")} --> ${clock(end, ".")}\n${text}\n`);
  return ["WEBVTT\n", ...blocks].join("\n");
}

const UNITS = 1e7; // 100 ns

/** LAB: start, end and symbol of every phoneme of a query, in units of 100 ns. */
export function lab(query) {
  const plain = (symbol) => (["N", "cl", "pau"].includes(symbol) ? symbol : symbol.toLowerCase());
  return timeline(query)
    .map(({ symbol, start, end }) => `${Math.round(start * UNITS)} ${Math.round(end * UNITS)} ${plain(symbol)}\n`)
    .join("");
}
