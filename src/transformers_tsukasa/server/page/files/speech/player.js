// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Lines as sound: fetched once for each query, decoded, and played from any time in them.

const MOST_BYTES = 64 * 2 ** 20; // of samples that are kept

export class Player {
  constructor(engine) {
    this.engine = engine;
    this.cache = new Map(); // by query; the oldest first
    this.size = 0;
    this.context = null;
    this.source = null;
    this.startedAt = 0;
    this.sounding = null;
  }

  /** The WAV file of a line. */
  wav(line, query = line.query) {
    const key = JSON.stringify([query, line.voice.style_id, line.morph]);
    let known = this.cache.get(key);
    if (known) {
      this.cache.delete(key);
    } else {
      known = { wav: this.fetch(line, query), size: 0 };
      known.wav.then((bytes) => this.grow(key, known, bytes.byteLength), () => this.cache.delete(key));
    }
    this.cache.set(key, known);
    return known.wav;
  }

  fetch(line, query) {
    const { morph, voice } = line;
    return morph?.rate > 0
      ? this.engine.morphing(query, voice.style_id, morph.style_id, morph.rate)
      : this.engine.synthesis(query, voice.style_id);
  }

  grow(key, known, bytes) {
    known.size = bytes;
    this.size += bytes;
    for (const [oldest, other] of this.cache) {
      if (this.size <= MOST_BYTES || oldest === key) break;
      this.size -= other.size;
      this.cache.delete(oldest);
    }
  }

  /** Play a WAV file from a time; resolves with true at its end, and with false when it is stopped. */
  async play(bytes, from = 0) {
    this.stop();
    this.context ??= new AudioContext();
    const sounding = {};
    this.sounding = sounding; // from here on another play or stop ends this one
    await this.context.resume();
    const sound = await this.context.decodeAudioData(bytes.slice(0));
    if (this.sounding !== sounding) return false;
    const source = new AudioBufferSourceNode(this.context, { buffer: sound });
    source.connect(this.context.destination);
    this.source = source;
    this.startedAt = this.context.currentTime - from;
    this.lastSound = sound;
    return new Promise((resolve) => {
      source.onended = () => {
        const isEnd = this.source === source;
        if (isEnd) this.source = this.sounding = null;
        resolve(isEnd);
      };
      source.start(0, from);
    });
  }

  stop() {
    const { source } = this;
    this.source = this.sounding = null;
    source?.stop();
  }

  /** Seconds of the sound that have been played, or null. */
  get position() {
    return this.source === null ? null : this.context.currentTime - this.startedAt;
  }
}
