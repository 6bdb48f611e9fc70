// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// What the strip, the bar below it and the keys do to the current line.

import * as commands from "../speech/commands.js";
import { hertz, pitchOf, validPitch } from "../speech/query.js";

const PITCH_STEPS = { usual: 0.05, coarse: 0.2, fine: 0.01 };
const LENGTH_STEPS = { usual: 0.01, coarse: 0.05, fine: 0.001 };

export class Editing {
  /** @param page has store, reader, prefetch(id), focusReading() and focusValue() */
  constructor(page) {
    this.page = page;
    this.store = page.store;
    this.drags = 0;
  }

  get id() {
    return this.store.view.current;
  }

  get line() {
    return commands.lineOf(this.store.project, this.id);
  }

  get phrases() {
    return this.line?.query?.accent_phrases ?? [];
  }

  /** The chosen mora: {phrase, mora, value}, or null where the line has none. */
  get chosen() {
    const { phrase, mora } = this.store.view.mora ?? { phrase: 0, mora: 0 };
    const value = this.phrases[phrase]?.moras[mora];
    return value ? { phrase, mora, value } : null;
  }

  /** Begin a drag: all that it changes is one step of the history. */
  begin() {
    this.drags += 1;
  }

  change(command, kind = null) {
    const key = kind === null ? null : `${kind} ${this.id} ${this.drags}`;
    this.store.change((project) => command(project, this.id), key);
  }

  predict() {
    if (this.line?.query) this.page.reader.predict(this.id).then(() => this.edited());
  }

  /** Lengths or pitches were changed: the sound is fetched when it has been quiet for a moment. */
  edited() {
    this.page.prefetch(this.id);
  }

  setAccent(phrase, accent) {
    this.change((project, id) => commands.setAccent(project, id, phrase, accent), `accent ${phrase}`);
  }

  accentHere() {
    const { chosen } = this;
    if (!chosen) return;
    this.begin();
    this.setAccent(chosen.phrase, chosen.mora + 1);
    this.predict();
  }

  split(phrase, mora) {
    this.restructure((project, id) => commands.splitPhrase(project, id, phrase, mora));
    this.store.show({ mora: { phrase: phrase + 1, mora: 0 } });
  }

  join(phrase) {
    const mora = this.phrases[phrase].moras.length;
    this.restructure((project, id) => commands.joinPhrases(project, id, phrase));
    this.store.show({ mora: { phrase, mora } });
  }

  /** Begin a phrase with the chosen mora; where one begins already, join it with the one before. */
  splitOrJoin() {
    const { chosen } = this;
    if (!chosen) return;
    if (chosen.mora > 0) this.split(chosen.phrase, chosen.mora);
    else if (chosen.phrase > 0) this.join(chosen.phrase - 1);
  }

  togglePause(phrase = this.chosen?.phrase) {
    if (phrase !== undefined) this.restructure((project, id) => commands.togglePause(project, id, phrase));
  }

  toggleQuestion() {
    const { chosen } = this;
    if (chosen) this.restructure((project, id) => commands.toggleQuestion(project, id, chosen.phrase));
  }

  removePhrase() {
    const { chosen } = this;
    if (!chosen || this.phrases.length < 2) return;
    this.restructure((project, id) => commands.removePhrase(project, id, chosen.phrase));
    this.store.show({ mora: { phrase: Math.max(chosen.phrase - 1, 0), mora: 0 } });
  }

  restructure(command) {
    const before = this.store.project;
    this.change(command);
    if (this.store.project !== before) this.predict();
  }

  setPitch(phrase, mora, pitch) {
    this.change((project, id) => commands.setPitch(project, id, phrase, mora, pitch), `pitch ${phrase} ${mora}`);
  }

  shiftPhrase(phrase, by) {
    this.change((project, id) => commands.shiftPhrase(project, id, phrase, by), `shift ${phrase}`);
  }

  setLength(phrase, mora, part, length) {
    this.change((project, id) => commands.setLength(project, id, phrase, mora, part, length), `${part} ${phrase} ${mora}`);
  }

  setPause(phrase, length) {
    this.change((project, id) => commands.setPause(project, id, phrase, length), `pause ${phrase}`);
  }

  setHertz(frequency) {
    const { chosen } = this;
    if (chosen && frequency > 0) this.setPitch(chosen.phrase, chosen.mora, validPitch(pitchOf(frequency)));
    this.edited();
  }

  get hertz() {
    const { chosen } = this;
    return chosen && chosen.value.pitch > 0 ? Math.round(hertz(chosen.value.pitch) * 10) / 10 : null;
  }

  /** Move the chosen mora's pitch, or its vowel's length, by a step. */
  nudge(by, size, isByPhrase = false) {
    const { chosen } = this;
    if (!chosen) return;
    const { phrase, mora, value } = chosen;
    if (this.store.view.tab === "lengths") {
      this.setLength(phrase, mora, "vowel_length", value.vowel_length + by * LENGTH_STEPS[size]);
    } else if (isByPhrase || this.page.movesPhrase()) this.shiftPhrase(phrase, by * PITCH_STEPS[size]);
    else if (value.pitch > 0) this.setPitch(phrase, mora, value.pitch + by * PITCH_STEPS[size]);
    this.edited();
  }

  toggleVoicing() {
    const { chosen } = this;
    if (chosen) this.change((project, id) => commands.toggleVoicing(project, id, chosen.phrase, chosen.mora));
    this.edited();
  }

  /** Reset the chosen "mora", its "phrase", or the "line". */
  reset(what) {
    const { chosen } = this;
    if (!chosen) return;
    const place = { mora: chosen, phrase: { phrase: chosen.phrase }, line: {} }[what];
    this.change((project, id) => commands.resetValues(project, id, { phrase: place.phrase, mora: place.mora }));
    this.edited();
  }

  openReading() {
    this.page.focusReading();
  }

  openValue() {
    this.page.focusValue();
  }
}
