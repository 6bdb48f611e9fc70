// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Where the morae of a line stand in the strip, in pixels, for each of the three tabs.

import { moraLength, morae, pauseLength } from "../speech/query.js";

export const HEIGHT = 150;
const MORA = 44;
const GAP = 44;
const EDGE = 8;
export const PIXELS_PER_SECOND = 420;

/** {items: morae with x and width, gaps: after each phrase, width, scale: pixels per second or null} */
export function layoutOf(query, tab, zoom = 1) {
  const phrases = query.accent_phrases;
  const scale = tab === "lengths" ? PIXELS_PER_SECOND * zoom : null;
  const items = [];
  const gaps = [];
  let x = EDGE;
  for (const each of morae(phrases)) {
    const width = scale === null ? MORA * zoom : Math.max(moraLength(each.value) * scale, 2);
    items.push({ ...each, x, width });
    x += width;
    const phrase = phrases[each.phrase];
    if (each.mora !== phrase.moras.length - 1) continue;
    const isLast = each.phrase === phrases.length - 1;
    const pause = phrase.pause_mora && !isLast ? pauseLength(query, phrase.pause_mora) * (scale ?? 0) : 0;
    const gap = scale === null ? (isLast ? 0 : GAP) : pause;
    gaps.push({ phrase: each.phrase, x, width: gap, isLast });
    x += gap;
  }
  return { items, gaps, width: x + EDGE, scale };
}

/** The item of a place in the line. */
export const itemAt = (layout, phrase, mora) =>
  layout.items.find((item) => item.phrase === phrase && item.mora === mora) ?? null;

/** The mora that is closest to an x. */
export function nearestItem(layout, x) {
  const distance = (item) => Math.abs(item.x + item.width / 2 - x);
  return layout.items.reduce((best, item) => (best === null || distance(item) < distance(best) ? item : best), null);
}
