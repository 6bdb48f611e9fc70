// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// WAV files of 16 bits: read, joined, and silence between them.

const HEADER = 44;
const FRAME_BYTES = 2;

const name = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)));

/** A WAV file's rate, channels and samples (bytes). */
export function readWav(buffer) {
  const view = new DataView(buffer);
  let format = null;
  for (let at = 12; at + 8 <= buffer.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (name(view, at) === "fmt ") {
      format = { channels: view.getUint16(at + 10, true), rate: view.getUint32(at + 12, true) };
    }
    if (name(view, at) === "data") {
      const end = Math.min(at + 8 + size, buffer.byteLength);
      return { ...format, data: new Uint8Array(buffer, at + 8, end - at - 8) };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error("no WAV file");
}

export const frames = (wav) => wav.data.byteLength / (FRAME_BYTES * wav.channels);

/** One WAV file of several with equal rates and channels, with seconds of silence between them. */
export function joinWavs(wavs, silence = 0) {
  const { rate, channels } = wavs[0];
  const gap = Math.round(silence * rate) * FRAME_BYTES * channels;
  const size = wavs.reduce((sum, wav) => sum + wav.data.byteLength, gap * (wavs.length - 1));
  const bytes = new Uint8Array(HEADER + size);
  const view = new DataView(bytes.buffer);
  const text = (at, letters) => [...letters].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, HEADER - 8 + size, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels * FRAME_BYTES, true);
  view.setUint16(32, channels * FRAME_BYTES, true);
  view.setUint16(34, 8 * FRAME_BYTES, true);
  text(36, "data");
  view.setUint32(40, size, true);
  let at = HEADER;
  for (const wav of wavs) {
    bytes.set(wav.data, at);
    at += wav.data.byteLength + gap;
  }
  return bytes.buffer;
}
