// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The bar below the strip: buttons and fields for the chosen mora and its phrase, so that no key and no drag is needed.

import { by, h, isComposing, toast } from "../base/dom.js";
import { t } from "../base/strings.js";
import { phraseKana } from "../speech/query.js";

export class BarView {
  /** @param page has store, reader, editing, remember(phrase) and compare() */
  constructor(page) {
    this.page = page;
    this.drawn = [];
    page.store.subscribe(() => this.draw());
    this.listen();
  }

  listen() {
    const { editing } = this.page;
    const runs = {
      "accent-here": () => editing.accentHere(),
      "split-join": () => editing.splitOrJoin(),
      "toggle-pause": () => editing.togglePause(),
      "toggle-question": () => editing.toggleQuestion(),
      "remove-phrase": () => editing.removePhrase(),
      "toggle-voicing": () => editing.toggleVoicing(),
      "reset-mora": () => editing.reset("mora"),
      "reset-phrase": () => editing.reset("phrase"),
      "reset-line": () => editing.reset("line"),
      compare: () => this.page.compare(),
      remember: () => this.page.remember(editing.chosen?.phrase ?? 0),
    };
    for (const [id, run] of Object.entries(runs)) by(id).addEventListener("click", run);
    by("reading").addEventListener("keydown", (event) => this.onReadingKey(event));
    by("reading").addEventListener("blur", () => this.draw(true));
    const number = (id, take) =>
      by(id).addEventListener("change", () => {
        editing.begin();
        if (Number.isFinite(by(id).valueAsNumber)) take(by(id).valueAsNumber);
        this.draw(true);
      });
    number("hertz", (value) => editing.setHertz(value));
    number("consonant-ms", (value) => this.setPart("consonant_length", value));
    number("vowel-ms", (value) => this.setPart("vowel_length", value));
    number("pause-ms", (value) => {
      editing.setPause(editing.chosen.phrase, value / 1000);
      editing.edited();
    });
  }

  setPart(part, milliseconds) {
    const { editing } = this.page;
    const { phrase, mora } = editing.chosen;
    editing.setLength(phrase, mora, part, milliseconds / 1000);
    editing.edited();
  }

  async onReadingKey(event) {
    if (isComposing(event)) return;
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      this.draw(true);
      this.page.focusMora();
    }
    if (event.key !== "Enter") return;
    event.preventDefault();
    const { editing, reader } = this.page;
    const { chosen, id } = editing;
    const reading = by("reading").value.trim();
    if (!chosen || reading === "" || reading === phraseKana(editing.phrases[chosen.phrase])) return this.page.focusMora();
    try {
      const isRead = await reader.rereadPhrase(id, chosen.phrase, reading);
      if (!isRead) return toast(t("notReadable"));
    } catch (error) {
      return toast(t("cannotRead", { reason: error.message }));
    }
    editing.edited();
    this.page.focusMora();
    this.page.offerToRemember(chosen.phrase);
  }

  draw(isForced = false) {
    const { editing, store } = this.page;
    const { chosen, line } = editing;
    const { tab } = store.view;
    const now = [line, tab, chosen?.phrase, chosen?.mora, document.documentElement.lang];
    if (!isForced && now.every((part, place) => part === this.drawn[place])) return;
    this.drawn = now;
    by("bar").hidden = !chosen;
    for (const part of by("bar").querySelectorAll("[data-tab]")) part.hidden = !part.dataset.tab.split(" ").includes(tab);
    if (!chosen) return;
    const phrase = editing.phrases[chosen.phrase];
    const isLast = chosen.phrase === editing.phrases.length - 1;
    const show = (id, value) => {
      if (document.activeElement !== by(id) || isForced) by(id).value = value ?? "";
      by(id).disabled = value === null;
    };
    by("bar-mora").textContent = chosen.value.text;
    show("reading", phraseKana(phrase));
    by("reading").setAttribute("aria-label", t("readingOf", { kana: phraseKana(phrase) }));
    by("remember").textContent = t("remember", { kana: phraseKana(phrase) });
    by("split-join").textContent = t(chosen.mora > 0 ? "split" : "join");
    by("split-join").disabled = chosen.mora === 0 && chosen.phrase === 0;
    by("toggle-pause").setAttribute("aria-pressed", Boolean(phrase.pause_mora));
    by("toggle-pause").disabled = isLast;
    by("toggle-question").setAttribute("aria-pressed", phrase.is_interrogative);
    by("accent-here").setAttribute("aria-pressed", phrase.accent === chosen.mora + 1);
    by("remove-phrase").disabled = editing.phrases.length < 2;
    by("toggle-voicing").disabled = !"iuIU".includes(chosen.value.vowel);
    by("toggle-voicing").setAttribute("aria-pressed", chosen.value.pitch > 0);
    show("hertz", editing.hertz);
    const milliseconds = (seconds) => (seconds === null || seconds === undefined ? null : Math.round(seconds * 1000));
    show("consonant-ms", chosen.value.consonant ? milliseconds(chosen.value.consonant_length) : null);
    show("vowel-ms", milliseconds(chosen.value.vowel_length));
    show("pause-ms", isLast ? null : milliseconds(phrase.pause_mora?.vowel_length));
  }
}
