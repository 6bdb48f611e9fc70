// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Lets queries fit their lines: what is typed is read, and what is edited is predicted again. The newest request of a
// line wins; answers to older states are dropped.

import { changeLine, lineOf, replacePhrase, takePrediction, takeReading } from "./commands.js";
import { changedPhrases, isLineEdited, isSameStructure, kanaNotation } from "./query.js";

export class Reader {
  /** @param onProblem is called with a line's id and an error, or null when it is over. */
  constructor(store, engine, onProblem) {
    this.store = store;
    this.engine = engine;
    this.onProblem = onProblem;
    this.work = new Map();
  }

  /** Wait until nothing is asked for a line any more. */
  async settled(id) {
    while (this.work.has(id)) await this.work.get(id).done;
  }

  isBusy(id) {
    return this.work.has(id);
  }

  /** Read every line whose query does not fit its text or voice. */
  readAll() {
    for (const line of this.store.project.lines) {
      if (line.voice && needsReading(line) && !this.work.has(line.id)) this.read(line.id);
    }
  }

  /** Read a line, and keep the phrases that were edited and read as before. */
  read(id, { again = false } = {}) {
    return this.start(id, async (signal) => {
      const { text, voice, query, readText } = lineOf(this.store.project, id);
      const isOtherText = again || text !== readText || query === null;
      const answer = isOtherText ? await this.readText(id, signal) : await this.readVoice(id, signal);
      this.store.amend((project) => {
        const line = lineOf(project, id);
        if (!line || line.text !== text || line.voice?.style_id !== voice.style_id) return project;
        return answer(project);
      });
    });
  }

  async readText(id, signal) {
    const line = lineOf(this.store.project, id);
    const { text, voice } = line;
    const keepsEdits = isLineEdited(line);
    const speaker = voice.style_id;
    if (keepsEdits && line.readVoice === speaker) {
      const phrases = await this.engine.accentPhrases(text, speaker, signal);
      return (project) => takeReading(project, id, { text, voice: speaker, phrases, keepsEdits });
    }
    const query = await this.engine.audioQuery(text, speaker, signal);
    return (project) => takeReading(project, id, { text, voice: speaker, query, keepsEdits });
  }

  /** Another voice speaks the same phrases; lengths and pitches are its own. */
  async readVoice(id, signal) {
    const line = lineOf(this.store.project, id);
    const speaker = line.voice.style_id;
    if (isSameStructure(line.query.accent_phrases, line.read)) {
      const query = await this.engine.audioQuery(line.text, speaker, signal);
      return (project) => takeReading(project, id, { text: line.text, voice: speaker, query, keepsEdits: false });
    }
    const phrases = await this.engine.moraData(line.query.accent_phrases, speaker, signal);
    return (project) => {
      const { query } = lineOf(project, id);
      const { seed, ...tsukasa } = query.tsukasa ?? {};
      const own = query.tsukasa ? { ...query, tsukasa } : query;
      return takePrediction(changeLine(project, id, { query: own, readVoice: speaker }), id, phrases);
    };
  }

  /** Predict a line again after accents, phrases or pauses were edited; only changed phrases take it. */
  predict(id) {
    return this.start(id, async (signal) => {
      const { query, predicted, voice } = lineOf(this.store.project, id);
      const changed = changedPhrases(query.accent_phrases, predicted);
      const phrases = await this.engine.moraData(query.accent_phrases, voice.style_id, signal);
      this.store.amend((project) => {
        const line = lineOf(project, id);
        const isSame = line?.query && isSameStructure(line.query.accent_phrases, query.accent_phrases);
        return isSame ? takePrediction(project, id, phrases, changed) : project;
      });
    });
  }

  /** Give a phrase another reading: kana, or any text. */
  async rereadPhrase(id, phrase, reading) {
    const { voice } = lineOf(this.store.project, id);
    const notation = kanaNotation(reading);
    let phrases = null;
    if (notation !== null) {
      phrases = await this.engine.kanaPhrases(notation, voice.style_id).catch((error) => {
        if (error.status !== 400) throw error;
        return null; // not in the notation: it is read as a text
      });
    }
    phrases ??= await this.engine.accentPhrases(reading, voice.style_id);
    if (phrases.length === 0) return false;
    this.store.change((project) => replacePhrase(project, id, phrase, phrases));
    await this.predict(id);
    return true;
  }

  start(id, task) {
    this.work.get(id)?.abort.abort();
    const abort = new AbortController();
    const own = { abort, done: null };
    this.work.set(id, own);
    own.done = task(abort.signal)
      .then(() => this.onProblem(id, null))
      .catch((error) => {
        if (!abort.signal.aborted) this.onProblem(id, error);
      })
      .finally(() => {
        if (this.work.get(id) === own) this.work.delete(id);
        this.store.notify();
      });
    this.store.notify();
    return own.done;
  }
}

export const needsReading = (line) =>
  line.query === null || line.text !== line.readText || line.voice?.style_id !== line.readVoice;
