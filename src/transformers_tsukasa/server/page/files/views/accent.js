// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The accent as a line of high and low morae; dragging or clicking it moves the nucleus.

import { svg } from "../base/dom.js";
import { isHigh } from "../speech/query.js";
import { HEIGHT, nearestItem } from "./layout.js";

const HIGH = 40;
const LOW = HEIGHT - 40;

export function drawAccent(layout, query) {
  return query.accent_phrases.flatMap((phrase, number) => {
    const items = layout.items.filter((item) => item.phrase === number);
    const points = items.map((item) => [item.x + item.width / 2, isHigh(phrase, item.mora) ? HIGH : LOW]);
    const nucleus = Math.min(Math.max(phrase.accent, 1), items.length) - 1;
    const isFlat = nucleus === items.length - 1;
    const [lastX] = points.at(-1);
    // A fall, or none, is seen after the last mora, too.
    const tail = isFlat && isHigh(phrase, nucleus) ? [[lastX + 18, HIGH]] : [];
    return [
      svg("rect", { class: "band", x: items[0].x + 2, y: 8, width: lastX - items[0].x + items[0].width / 2 - 4, height: HEIGHT - 16, rx: 10 }),
      svg("polyline", { class: "accent-line", points: [...points, ...tail].join(" ") }),
      ...points.map(([x, y], mora) =>
        svg("circle", { class: mora === nucleus ? "point nucleus" : "point", cx: x, cy: y, r: mora === nucleus ? 9 : 5 }),
      ),
    ];
  });
}

/** A drag on the line: the phrase is the one where it began. */
export function dragAccent(layout, query, { x }, editing) {
  const begun = nearestItem(layout, x);
  if (begun === null) return null;
  const items = layout.items.filter((item) => item.phrase === begun.phrase);
  const move = (point) => {
    const item = nearestItem({ items }, point.x);
    editing.setAccent(item.phrase, item.mora + 1);
    return null;
  };
  return { ...begun, move, end: () => editing.predict(), begin: true };
}
