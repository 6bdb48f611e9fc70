// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The strip of a line's morae: the graphics of the chosen tab, and a button for every mora.

import { by, h, isComposing, svg } from "../base/dom.js";
import { t } from "../base/strings.js";
import { lineOf } from "../speech/commands.js";
import { isEdited, isHigh, moraLength, phraseKana, timeline } from "../speech/query.js";
import { drawAccent, dragAccent } from "./accent.js";
import { HEIGHT, itemAt, layoutOf } from "./layout.js";
import { dragLength, drawLengths } from "./lengths.js";
import { dragPitch, drawPitch, pitchRange, pitchText } from "./pitch.js";

const ZOOMS = [0.6, 3];

export class StripView {
  /** @param editing changes the current line, see editing.js */
  constructor(store, editing) {
    this.store = store;
    this.editing = editing;
    this.scroller = by("strip-scroll");
    this.graph = by("graph");
    this.row = by("moras");
    this.zoom = 1;
    this.drag = null;
    this.held = null;
    this.drawn = [];
    this.touches = new Map();
    store.subscribe(() => this.draw());
    this.listen();
  }

  get line() {
    const line = lineOf(this.store.project, this.store.view.current);
    return line?.query?.accent_phrases.length ? line : null;
  }

  draw() {
    const { line } = this;
    const { tab, mora } = this.store.view;
    by("no-line").hidden = line !== null;
    by("strip").hidden = line === null;
    const now = [line, tab, mora, this.zoom, this.held, document.documentElement.lang];
    if (now.every((part, place) => part === this.drawn[place])) return;
    const isOther = line?.id !== this.drawn[0]?.id;
    this.drawn = now;
    if (line === null) return this.row.replaceChildren(), this.graph.replaceChildren();
    this.layout = layoutOf(line.query, tab, this.zoom);
    // While a point is dragged the scale stays, or it would move away under the pointer.
    if (tab === "pitch" && !(this.drag && this.range)) this.range = pitchRange(line);
    this.drawGraph(line, tab);
    this.drawMoras(line, tab, mora);
    if (isOther) this.scroller.scrollLeft = 0;
  }

  drawGraph(line, tab) {
    const { graph, layout } = this;
    graph.setAttribute("width", layout.width);
    graph.setAttribute("height", HEIGHT);
    const parts = tab === "accent" ? drawAccent(layout, line.query) : tab === "pitch" ? drawPitch(layout, line, this.range) : drawLengths(layout, line.query);
    graph.replaceChildren(...parts, svg("line", { id: "cursor", y1: 4, y2: HEIGHT - 4 }));
    if (this.held) {
      const x = Math.min(Math.max(this.held.x, 60), Math.max(layout.width - 60, 60));
      graph.append(svg("text", { class: "held", x, y: Math.max(this.held.y - 14, 14) }, this.held.text));
    }
  }

  drawMoras(line, tab, chosen) {
    const hadFocus = this.row.contains(document.activeElement);
    const { layout } = this;
    const phrases = line.query.accent_phrases;
    this.row.style.width = `${layout.width}px`;
    const groups = phrases.map((phrase, number) => {
      const label = t("phraseName", { number: number + 1, count: phrases.length, kana: phraseKana(phrase), accent: phrase.accent });
      const items = layout.items.filter((item) => item.phrase === number);
      const buttons = items.map((item) => this.moraButton(line, tab, phrase, item, chosen));
      return h("div", { role: "group", "aria-label": label, class: "phrase" }, ...buttons, ...this.between(tab, phrase, number));
    });
    this.row.replaceChildren(...groups);
    if (hadFocus) this.row.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  moraButton(line, tab, phrase, item, chosen) {
    const { value } = item;
    const isChosen = chosen ? chosen.phrase === item.phrase && chosen.mora === item.mora : item.number === 0;
    const predicted = line.predicted?.[item.phrase]?.moras[item.mora];
    const names = ["mora"];
    if (isChosen) names.push("chosen");
    if (value.pitch === 0) names.push("unvoiced");
    if (predicted && tab !== "accent" && isEdited(value, predicted)) names.push("changed");
    const button = h(
      "button",
      {
        type: "button",
        class: names.join(" "),
        tabindex: isChosen ? 0 : -1,
        data: { phrase: item.phrase, mora: item.mora },
        style: { left: `${item.x}px`, width: `${item.width}px` },
        ...this.described(line, tab, phrase, item),
      },
      value.text,
    );
    return button;
  }

  described(line, tab, phrase, { value, mora }) {
    if (tab === "accent") {
      const parts = [value.text, t(isHigh(phrase, mora) ? "high" : "low"), mora + 1 === phrase.accent ? t("nucleus") : ""];
      return { "aria-label": parts.filter(Boolean).join(", ") };
    }
    if (tab === "pitch") {
      const isVoiced = value.pitch > 0;
      const text = isVoiced ? `${value.text}, ${value.pitch.toFixed(2)}, ${pitchText(value.pitch, line)}` : `${value.text}, ${t("unvoiced")}`;
      return { role: "slider", "aria-label": value.text, "aria-valuemin": 3, "aria-valuemax": 6.5, "aria-valuenow": value.pitch, "aria-valuetext": text };
    }
    const length = moraLength(value);
    return { role: "slider", "aria-label": value.text, "aria-valuemin": 0, "aria-valuemax": 1.2, "aria-valuenow": length.toFixed(3), "aria-valuetext": `${value.text}, ${Math.round(length * 1000)} ms` };
  }

  /** Buttons between phrases and morae, for the pointer; the bar below and keys do the same. */
  between(tab, phrase, number) {
    if (tab !== "accent") return [];
    const gap = this.layout.gaps[number];
    const cuts = this.layout.items
      .filter((item) => item.phrase === number && item.mora > 0)
      .map((item) => this.gapButton("cut", t("split"), "", item.x, 12, () => this.editing.split(number, item.mora)));
    if (gap.isLast) return cuts;
    const pause = phrase.pause_mora;
    return [
      ...cuts,
      this.gapButton("join", t("join"), "⌒", gap.x + gap.width / 2, 40, () => this.editing.join(number)),
      this.gapButton(pause ? "pause on" : "pause", t(pause ? "removePause" : "addPause"), pause ? pause.text : "・", gap.x + gap.width / 2, 40, () => this.editing.togglePause(number)),
    ];
  }

  gapButton(name, label, text, x, width, run) {
    return h(
      "button",
      { type: "button", class: `gap ${name}`, "aria-label": label, title: label, tabindex: -1, style: { left: `${x - width / 2}px`, width: `${width}px` }, on: { click: run } },
      text,
    );
  }

  listen() {
    this.row.addEventListener("click", (event) => {
      const button = event.target.closest(".mora");
      if (!button) return;
      this.choose(Number(button.dataset.phrase), Number(button.dataset.mora));
      if (this.store.view.tab === "accent") this.editing.openReading();
      else if (event.detail === 0) this.editing.openValue();
    });
    this.row.addEventListener("keydown", (event) => this.onKey(event));
    this.graph.addEventListener("pointerdown", (event) => this.onDown(event));
    this.graph.addEventListener("pointermove", (event) => this.onMove(event));
    for (const end of ["pointerup", "pointercancel"]) this.graph.addEventListener(end, (event) => this.onUp(event));
    this.graph.addEventListener("dblclick", () => this.editing.reset("mora"));
    this.scroller.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
  }

  choose(phrase, mora) {
    this.store.show({ mora: { phrase, mora } });
  }

  point(event) {
    const box = this.graph.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  onDown(event) {
    if (event.button !== 0 || this.line === null) return;
    this.touches.set(event.pointerId, this.point(event));
    this.graph.setPointerCapture(event.pointerId);
    if (this.touches.size > 1) return this.beginPinch();
    const { tab } = this.store.view;
    const { layout, line, editing } = this;
    const point = this.point(event);
    editing.begin();
    const isByPhrase = event.altKey || by("by-phrase").checked;
    if (tab === "accent") this.drag = dragAccent(layout, line.query, point, editing);
    else if (tab === "pitch") this.drag = dragPitch(layout, line, this.range, point, editing, isByPhrase);
    else this.drag = dragLength(layout, line, point, editing);
    if (!this.drag) return;
    this.choose(this.drag.phrase, this.drag.mora);
    if (this.drag.begin) this.onMove(event);
  }

  onMove(event) {
    if (this.touches.has(event.pointerId)) this.touches.set(event.pointerId, this.point(event));
    if (this.pinch) return this.onPinch();
    if (!this.drag) return;
    this.held = this.drag.move(this.point(event));
    this.store.notify();
  }

  onUp(event) {
    this.touches.delete(event.pointerId);
    this.pinch = null;
    if (!this.drag) return;
    const { drag } = this;
    this.drag = this.held = null;
    drag.end();
    this.store.notify();
  }

  beginPinch() {
    this.drag = this.held = null;
    this.pinch = { distance: this.spread(), zoom: this.zoom };
  }

  onPinch() {
    this.zoomTo((this.pinch.zoom * this.spread()) / this.pinch.distance);
  }

  spread() {
    const [first, second] = [...this.touches.values()];
    return Math.max(Math.hypot(first.x - second.x, first.y - second.y), 10);
  }

  zoomTo(zoom) {
    this.zoom = Math.min(Math.max(zoom, ZOOMS[0]), ZOOMS[1]);
    this.store.notify();
  }

  /** Over the chosen mora's point the wheel is fine work; elsewhere it scrolls as everywhere. */
  onWheel(event) {
    const { tab, mora } = this.store.view;
    if (tab === "accent" || !mora || !this.graph.contains(event.target) || document.activeElement?.closest("#moras") === null) return;
    const item = itemAt(this.layout, mora.phrase, mora.mora);
    const { x } = this.point(event);
    if (item === null || x < item.x || x > item.x + item.width) return;
    event.preventDefault();
    this.editing.nudge(event.deltaY < 0 ? 1 : -1, event.ctrlKey ? "fine" : "usual", event.altKey);
  }

  onKey(event) {
    if (isComposing(event) || this.line === null) return;
    const { tab } = this.store.view;
    const size = event.shiftKey ? "coarse" : event.ctrlKey || event.metaKey ? "fine" : "usual";
    const runs = {
      ArrowLeft: () => this.step(-1, event.ctrlKey || event.metaKey),
      ArrowRight: () => this.step(1, event.ctrlKey || event.metaKey),
      ArrowUp: () => (tab === "accent" ? null : this.editing.nudge(1, size, event.altKey)),
      ArrowDown: () => (tab === "accent" ? null : this.editing.nudge(-1, size, event.altKey)),
      Home: () => this.go(this.layout.items[0]),
      End: () => this.go(this.layout.items.at(-1)),
      Enter: () => (tab === "accent" ? this.editing.openReading() : this.editing.openValue()),
    };
    if (!Object.hasOwn(runs, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    runs[event.key]();
  }

  step(by, isPhrase) {
    const { phrase, mora } = this.store.view.mora ?? { phrase: 0, mora: 0 };
    const { items } = this.layout;
    const place = items.findIndex((item) => item.phrase === phrase && item.mora === mora);
    const next = isPhrase ? items.find((item) => item.phrase === phrase + by && item.mora === 0) : items[place + by];
    if (next) this.go(next);
  }

  go(item) {
    this.choose(item.phrase, item.mora);
    const right = item.x + item.width - this.scroller.clientWidth;
    this.scroller.scrollLeft = Math.min(Math.max(this.scroller.scrollLeft, right + 40), Math.max(item.x - 40, 0));
  }

  /** Show which part of the sound is played, at a time of it in seconds. */
  showTime(time) {
    const { line, layout } = this;
    const cursor = this.graph.querySelector("#cursor");
    if (!cursor || line === null) return;
    const parts = time === null ? [] : timeline(line.query).filter((part) => part.mora !== null);
    const part = parts.find((each) => time < each.end);
    const item = part && itemAt(layout, part.phrase, part.mora);
    cursor.classList.toggle("on", Boolean(item));
    if (!item) return;
    const own = parts.filter((each) => each.phrase === part.phrase && each.mora === part.mora);
    const [start, end] = [own[0].start, own.at(-1).end];
    const share = Math.min(Math.max((time - start) / Math.max(end - start, 1e-6), 0), 1);
    const x = item.x + share * item.width;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    if (x > this.scroller.scrollLeft + this.scroller.clientWidth - 40) this.scroller.scrollLeft = x - 80;
  }
}
