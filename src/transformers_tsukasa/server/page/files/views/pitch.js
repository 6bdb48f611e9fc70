// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The pitch of morae as a curve with a point each; the predicted curve stays visible as a thin line.

import { svg } from "../base/dom.js";
import { t } from "../base/strings.js";
import { HIGHEST_PITCH, LOWEST_PITCH, hertz, meanPitch, semitones } from "../speech/query.js";
import { HEIGHT, nearestItem } from "./layout.js";

const MARGIN = 18;
const LEAST_SPAN = 0.9; // ln Hz, 15 semitones
const STEP = 0.3;

/** The part of the scale that is shown: all pitches of a line, with room to move them. */
export function pitchRange(line) {
  const all = [line.query.accent_phrases, line.predicted ?? []];
  const pitches = all.flatMap((phrases) => phrases.flatMap((phrase) => phrase.moras.map((mora) => mora.pitch)));
  const voiced = pitches.filter((pitch) => pitch > 0);
  if (!voiced.length) return [5, 6];
  const low = Math.min(...voiced) - 0.2;
  const high = Math.max(...voiced) + 0.2;
  const more = Math.max(0, LEAST_SPAN - (high - low)) / 2;
  const snap = (value, round) => round(value / STEP) * STEP;
  return [Math.max(snap(low - more, Math.floor), LOWEST_PITCH), Math.min(snap(high + more, Math.ceil), HIGHEST_PITCH)];
}

const heightOf = (pitch, [low, high]) => HEIGHT - MARGIN - ((pitch - low) / (high - low)) * (HEIGHT - 2 * MARGIN);
const pitchAt = (y, [low, high]) => low + ((HEIGHT - MARGIN - y) / (HEIGHT - 2 * MARGIN)) * (high - low);

export function drawPitch(layout, line, range) {
  const { query, predicted } = line;
  const centre = (item) => item.x + item.width / 2;
  const known = layout.items.map((item) => ({ item, value: predicted?.[item.phrase]?.moras[item.mora] }));
  const curve = (points, name) => svg("polyline", { class: name, points: points.join(" ") });
  const own = layout.items.filter((item) => item.value.pitch > 0);
  const grid = [0.25, 0.5, 0.75].map((share) => range[0] + share * (range[1] - range[0]));
  return [
    ...grid.flatMap((pitch) => [
      svg("line", { class: "grid", x1: 0, x2: layout.width, y1: heightOf(pitch, range), y2: heightOf(pitch, range) }),
      svg("text", { class: "scale", x: 4, y: heightOf(pitch, range) - 4 }, `${Math.round(hertz(pitch))} Hz`),
    ]),
    ...byPhrase(known.filter(({ value }) => value?.pitch > 0), ({ item }) => item.phrase).map((part) =>
      curve(part.map(({ item, value }) => [centre(item), heightOf(value.pitch, range)]), "predicted-line"),
    ),
    ...byPhrase(own, (item) => item.phrase).map((part) =>
      curve(part.map((item) => [centre(item), heightOf(item.value.pitch, range)]), "pitch-line"),
    ),
    ...layout.items.map((item) =>
      item.value.pitch > 0
        ? svg("circle", { class: "point", cx: centre(item), cy: heightOf(item.value.pitch, range), r: 7 })
        : svg("circle", { class: "point off", cx: centre(item), cy: HEIGHT - MARGIN, r: 4 }),
    ),
    query.accent_phrases.length === 0 ? "" : null,
  ].filter((part) => part !== null && part !== "");
}

function byPhrase(items, phraseOf) {
  const groups = new Map();
  for (const item of items) groups.set(phraseOf(item), [...(groups.get(phraseOf(item)) ?? []), item]);
  return [...groups.values()];
}

/** A drag of a point, or of all points of its phrase. */
export function dragPitch(layout, line, range, { x, y }, editing, isByPhrase) {
  const item = nearestItem(layout, x);
  if (item === null || item.value.pitch === 0) return item && { ...item, move: () => null, end: () => {} };
  let last = item.value.pitch;
  const offset = heightOf(last, range) - y; // the point does not jump to the pointer
  const grabbed = Math.abs(offset) < 20 ? offset : 0;
  const move = (point) => {
    const pitch = pitchAt(point.y + grabbed, range);
    if (isByPhrase) editing.shiftPhrase(item.phrase, pitch - last);
    else editing.setPitch(item.phrase, item.mora, pitch);
    last = pitch;
    return { x: item.x + item.width / 2, y: point.y, text: pitchText(pitch, line) };
  };
  return { ...item, move, end: () => editing.edited(), begin: grabbed === 0 };
}

/** A pitch in Hz, and from the line's mean in semitones. */
export function pitchText(pitch, line) {
  const mean = meanPitch(line.query.accent_phrases);
  const away = mean === null ? 0 : semitones(pitch, mean);
  const sign = away < 0 ? "−" : "+";
  return `${Math.round(hertz(pitch))} Hz  ${t("semitones", { value: `${sign}${Math.abs(away).toFixed(1)}` })}`;
}
