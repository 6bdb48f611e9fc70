// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The voice of the chosen lines: sliders, presets, and a second voice to mix in.

import { by, h } from "../base/dom.js";
import { t } from "../base/strings.js";
import { SCALES, addPreset, applyPreset, changeLine, lineOf, setScale } from "../speech/commands.js";
import { fillVoiceSelect } from "./lines.js";

const RANGES = {
  speedScale: [0.5, 2, 0.01, 1],
  pitchScale: [-0.15, 0.15, 0.01, 0],
  intonationScale: [0, 2, 0.01, 1],
  volumeScale: [0, 2, 0.01, 1],
  pauseLengthScale: [0, 2, 0.01, 1],
  prePhonemeLength: [0, 1.5, 0.01, 0.1],
  postPhonemeLength: [0, 1.5, 0.01, 0.1],
};

export class SideView {
  /** @param page has store, voices(), prefetch(id) and ask(...) */
  constructor(page) {
    this.page = page;
    this.store = page.store;
    this.sliders = new Map();
    this.drags = 0;
    by("sliders").replaceChildren(...SCALES.map((name) => this.slider(name)));
    this.listen();
    this.store.subscribe(() => this.draw());
  }

  slider(name) {
    const [min, max, step] = RANGES[name];
    const field = { min, max, step, data: { name } };
    const begin = () => (this.drags += 1);
    const take = (event) => this.set(name, event.target.valueAsNumber);
    const range = h("input", { type: "range", id: `${name}-range`, ...field, on: { pointerdown: begin, keydown: begin, input: take, dblclick: () => this.reset(name) } });
    const number = h("input", { type: "number", ...field, on: { focus: begin, change: take } });
    const label = h("label", { for: `${name}-range`, "data-t": name }, t(name));
    label.addEventListener("dblclick", () => this.reset(name));
    this.sliders.set(name, { range, number });
    return h("div", { class: "slider" }, label, number, range);
  }

  get ids() {
    const { selected, current } = this.store.view;
    return selected.length > 1 ? selected : [current];
  }

  get line() {
    return lineOf(this.store.project, this.store.view.current);
  }

  set(name, value) {
    if (!Number.isFinite(value)) return this.draw();
    const [min, max] = RANGES[name];
    const kept = Math.min(Math.max(value, min), max);
    this.store.change((project) => setScale(project, this.ids, name, kept), `${name} ${this.drags}`);
    for (const id of this.ids) this.page.prefetch(id);
  }

  reset(name) {
    this.drags += 1;
    this.set(name, this.line?.defaults?.[name] ?? RANGES[name][3]);
  }

  listen() {
    by("voice").addEventListener("change", () => this.page.setVoice(by("voice").value));
    by("mix").addEventListener("change", () => this.mix(by("mix").value, this.line?.morph?.rate || 0.5));
    by("share").addEventListener("pointerdown", () => (this.drags += 1));
    by("share").addEventListener("input", () => this.mix(by("mix").value, by("share").valueAsNumber));
    by("preset").addEventListener("change", () => this.usePreset(this.ids));
    by("preset-save").addEventListener("click", () => this.savePreset());
    by("preset-all").addEventListener("click", () => this.usePreset(this.store.project.lines.map((line) => line.id)));
  }

  mix(styleId, rate) {
    const voice = styleId === "" ? null : this.page.voices().find(styleId);
    const morph = voice ? { style_id: voice.style_id, speaker_uuid: voice.speaker_uuid, label: voice.label, rate } : null;
    const { ids } = this;
    this.store.change((project) => ids.reduce((next, id) => changeLine(next, id, { morph }), project), `mix ${this.drags}`);
    for (const id of ids) this.page.prefetch(id);
  }

  usePreset(ids) {
    const preset = this.store.project.presets.find((each) => each.name === by("preset").value);
    if (preset) this.store.change((project) => applyPreset(project, ids, preset));
  }

  async savePreset() {
    const { line } = this;
    if (!line?.query) return;
    const name = await this.page.ask(t("presetName"), by("preset").value);
    if (!name) return;
    const values = Object.fromEntries(SCALES.map((scale) => [scale, line.query[scale]]));
    this.store.change((project) => addPreset(project, { name, ...values }));
    this.chosenPreset = name;
  }

  draw() {
    const { line } = this;
    const isReady = Boolean(line?.query);
    for (const [name, fields] of this.sliders) {
      const value = line?.query?.[name] ?? RANGES[name][3];
      for (const field of Object.values(fields)) {
        field.disabled = !isReady;
        if (document.activeElement !== field || field.type === "range") field.value = Number(value.toFixed(3));
      }
      fields.range.setAttribute("aria-valuetext", String(Number(value.toFixed(3))));
    }
    this.drawVoices(line);
    this.drawPresets();
  }

  drawVoices(line) {
    const voices = this.page.voices();
    if (!voices) return;
    const now = `${voices.all.map((voice) => voice.style_id).join()} ${document.documentElement.lang}`;
    if (this.known !== now) {
      this.known = now;
      fillVoiceSelect(by("voice"), voices, line?.voice?.style_id ?? "");
      fillVoiceSelect(by("mix"), voices, line?.morph?.style_id ?? "", t("noMix"));
    }
    by("voice").value = String(line?.voice?.style_id ?? "");
    by("mix").value = String(line?.morph?.style_id ?? "");
    by("share").value = line?.morph?.rate ?? 0;
    by("share").disabled = !line?.morph;
    by("share-value").textContent = `${Math.round((line?.morph?.rate ?? 0) * 100)} %`;
  }

  drawPresets() {
    const { presets } = this.store.project;
    const { lang } = document.documentElement;
    if (this.presets === presets && this.presetLanguage === lang) return;
    [this.presets, this.presetLanguage] = [presets, lang];
    const chosen = this.chosenPreset ?? by("preset").value;
    by("preset").replaceChildren(h("option", { value: "" }, t("noPreset")), ...presets.map(({ name }) => h("option", { value: name }, name)));
    by("preset").value = presets.some(({ name }) => name === chosen) ? chosen : "";
  }
}
