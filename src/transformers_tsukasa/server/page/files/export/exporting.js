// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Lines as files: sound in every format, subtitles, phonemes, texts.

import { lab, srt, vtt } from "./captions.js";
import { frames, joinWavs, readWav } from "./wav.js";
import { zip } from "./zip.js";

const TYPES = { wav: "audio/wav", mp3: "audio/mpeg", opus: "audio/ogg", flac: "audio/flac" };
export const SOUND_FORMATS = Object.keys(TYPES);
export const TEXT_FORMATS = ["srt", "vtt", "lab", "txt"];

/** A name for a line's file. */
export function fileName(pattern, line, index) {
  const values = {
    index: String(index + 1).padStart(3, "0"),
    speaker: line.voice?.name ?? "",
    style: line.voice?.style ?? "",
    text: [...line.text].slice(0, 10).join(""),
  };
  const filled = pattern.replace(/\{(\w+)\}/g, (part, name) => values[name] ?? part);
  const safe = filled.replace(/[\u0000-\u001f<>:"/\\|?*\s]+/g, "_").replace(/^\.+/, "");
  return safe || values.index;
}

/**
 * Export lines. `speak(line, settings)` gives a line's WAV file, and `encode(wav, format)` one in another format.
 * Returns {name, content}; `onProgress` is called with the number of lines that are done.
 */
export async function exportLines(lines, settings, { speak, encode, onProgress }) {
  const { format, isJoined, pattern, silence } = settings;
  if (format === "txt") return text(lines, (line) => `${line.voice?.label ?? ""},${line.text}`, "txt");
  if (format === "lab" && !isJoined) return files(lines, pattern, "lab", async (line) => lab(line.query));
  const wavs = [];
  for (const line of lines) {
    wavs.push(readWav(await speak(line, settings)));
    onProgress(wavs.length);
  }
  if (format === "srt" || format === "vtt") {
    const written = (format === "srt" ? srt : vtt)(cues(lines, wavs, silence));
    return { name: `tsukasa.${format}`, content: new Blob([written], { type: "text/plain" }) };
  }
  const inFormat = async (wav) => (format === "wav" ? wav : new Uint8Array(await encode(wav, format)));
  if (isJoined && lines.length > 1) return sound(format, "tsukasa", await inFormat(joinWavs(wavs, silence)));
  return files(lines, pattern, format, (_, place) => inFormat(joinWavs([wavs[place]])), TYPES[format]);
}

/** When every line is spoken in the joined sound: counted in samples, so that nothing is rounded twice. */
export function cues(lines, wavs, silence) {
  let first = 0;
  return lines.map((line, place) => {
    const { rate } = wavs[place];
    const start = first / rate;
    const end = (first + frames(wavs[place])) / rate;
    first += frames(wavs[place]) + Math.round(silence * rate);
    return { text: line.text.replaceAll(/\n+/g, " "), start, end };
  });
}

const sound = (format, name, content) => ({ name: `${name}.${format}`, content: new Blob([content], { type: TYPES[format] }) });

const text = (lines, write, ending) => ({ name: `tsukasa.${ending}`, content: new Blob([lines.map(write).join("\n") + "\n"], { type: "text/plain" }) });

/** One file, or a ZIP file of several. */
async function files(lines, pattern, ending, make, type = "text/plain") {
  const made = [];
  const taken = new Set();
  for (const [place, line] of lines.entries()) {
    let name = fileName(pattern, line, place);
    while (taken.has(name)) name = `${name}_`;
    taken.add(name);
    const content = await make(line, place);
    made.push([`${name}.${ending}`, typeof content === "string" ? new TextEncoder().encode(content) : content]);
  }
  if (made.length === 1) return { name: made[0][0], content: new Blob([made[0][1]], { type }) };
  return { name: "tsukasa.zip", content: zip(made) };
}
