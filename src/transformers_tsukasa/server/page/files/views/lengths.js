// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Lengths as a strip whose cells are as wide as they are long; their right edges are dragged.

import { svg } from "../base/dom.js";
import { HEIGHT, nearestItem } from "./layout.js";

const TOP = 34;
const CELL = HEIGHT - 58;
const GRID_SECONDS = 0.025; // a text frame
const REACH = 14; // pixels around an edge

export function drawLengths(layout, query) {
  const grid = [];
  const step = GRID_SECONDS * layout.scale;
  for (let x = layout.items[0]?.x ?? 0; x < layout.width; x += step) {
    grid.push(svg("line", { class: "grid", x1: x, x2: x, y1: TOP - 8, y2: TOP + CELL + 8 }));
  }
  const cells = layout.items.flatMap((item) => {
    const first = (item.value.consonant_length ?? 0) * layout.scale;
    return [
      first > 0 && svg("rect", { class: "consonant", x: item.x, y: TOP, width: first, height: CELL }),
      svg("rect", { class: "vowel", x: item.x + first, y: TOP, width: Math.max(item.width - first, 0), height: CELL }),
    ].filter(Boolean);
  });
  const pauses = layout.gaps
    .filter((gap) => gap.width > 0)
    .map((gap) => svg("rect", { class: "pause-cell", x: gap.x, y: TOP, width: gap.width, height: CELL }));
  const handles = edges(layout, query).map((edge) =>
    svg("line", { class: `edge ${edge.kind}`, x1: edge.x, x2: edge.x, y1: TOP - (edge.kind === "consonant_length" ? 0 : 6), y2: TOP + CELL }),
  );
  return [...grid, ...cells, ...pauses, ...handles];
}

/** All edges that can be dragged, with the seconds of the cell before each. */
function edges(layout, query) {
  const inside = layout.items.flatMap((item) => {
    const own = { phrase: item.phrase, mora: item.mora };
    const consonant = item.value.consonant_length;
    const end = { ...own, kind: "vowel_length", x: item.x + item.width, seconds: item.value.vowel_length };
    if (!item.value.consonant || consonant === null) return [end];
    return [{ ...own, kind: "consonant_length", x: item.x + consonant * layout.scale, seconds: consonant }, end];
  });
  const pauses = layout.gaps
    .filter((gap) => gap.width > 0)
    .map((gap) => ({
      phrase: gap.phrase,
      mora: query.accent_phrases[gap.phrase].moras.length - 1,
      kind: "pause",
      x: gap.x + gap.width,
      seconds: query.accent_phrases[gap.phrase].pause_mora.vowel_length,
    }));
  return [...inside, ...pauses];
}

export function dragLength(layout, line, { x }, editing) {
  const near = edges(layout, line.query).filter((edge) => Math.abs(edge.x - x) <= REACH);
  const edge = near.reduce((best, each) => (best === null || Math.abs(each.x - x) < Math.abs(best.x - x) ? each : best), null);
  if (edge === null) {
    const item = nearestItem(layout, x);
    return item && { ...item, move: () => null, end: () => {} };
  }
  const scale = layout.scale * (edge.kind === "pause" ? (line.query.pauseLengthScale ?? 1) || 1 : 1);
  const move = (point) => {
    const length = Math.max(edge.seconds + (point.x - x) / scale, 0);
    if (edge.kind === "pause") editing.setPause(edge.phrase, length);
    else editing.setLength(edge.phrase, edge.mora, edge.kind, length);
    return { x: point.x, y: TOP - 12, text: `${Math.round(length * 1000)} ms` };
  };
  return { phrase: edge.phrase, mora: edge.mora, move, end: () => editing.edited() };
}
