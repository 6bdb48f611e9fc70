// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Project files: ours, and the talk part of VOICEVOX's (.vvproj).

import { emptyProject, newLine } from "../speech/commands.js";

const FORMAT = "tsukasa-editor";
const VERSION = 1;

/** A project as JSON; keys that we do not know are kept. */
export function writeProject(project, engine) {
  return JSON.stringify({ ...project.others, format: FORMAT, version: VERSION, engine, lines: project.lines, presets: project.presets }, null, 1);
}

/** The project of a file's text. Throws an Error that tells what is wrong. */
export function readProject(text) {
  const given = JSON.parse(text);
  if (typeof given !== "object" || given === null) throw new Error("no object");
  if (given.talk?.audioKeys) return readVoicevox(given);
  if (given.format !== FORMAT) throw new Error(`its format is not ${FORMAT}`);
  if (given.version > VERSION) throw new Error(`version ${given.version} is newer than this page`);
  if (!Array.isArray(given.lines)) throw new Error("it has no lines");
  const { format, version, engine, lines, presets, ...others } = given;
  return { ...emptyProject(), others, presets: (presets ?? []).filter((each) => typeof each?.name === "string"), lines: lines.map(checkedLine) };
}

function checkedLine(given, number) {
  if (typeof given?.text !== "string") throw new Error(`line ${number + 1} has no text`);
  const line = newLine(given.text, given.voice ?? null, given);
  if (line.query && !isQuery(line.query)) throw new Error(`line ${number + 1} has a query that is none`);
  return typeof line.id === "string" ? line : { ...line, id: newLine().id };
}

function isQuery(query) {
  const isMora = (mora) => typeof mora?.text === "string" && typeof mora.vowel_length === "number" && typeof mora.pitch === "number";
  const isPhrase = (phrase) => Array.isArray(phrase?.moras) && phrase.moras.length > 0 && phrase.moras.every(isMora);
  return Array.isArray(query.accent_phrases) && query.accent_phrases.every(isPhrase) && typeof query.speedScale === "number";
}

/** The lines of a VOICEVOX project; its queries have names in camelCase. */
function readVoicevox(given) {
  const lines = given.talk.audioKeys.map((key, number) => {
    const item = given.talk.audioItems[key];
    if (typeof item?.text !== "string") throw new Error(`line ${number + 1} has no text`);
    const voice = item.voice ? { style_id: item.voice.styleId, speaker_uuid: item.voice.speakerId, name: "", style: "", label: "" } : null;
    return newLine(item.text, voice, item.query ? voicevoxQuery(item, voice) : {});
  });
  return { ...emptyProject(), lines };
}

function voicevoxQuery(item, voice) {
  const mora = (own) => ({
    text: own.text,
    consonant: own.consonant ?? null,
    consonant_length: own.consonantLength ?? null,
    vowel: own.vowel,
    vowel_length: own.vowelLength,
    pitch: own.pitch,
  });
  const { query } = item;
  const phrases = query.accentPhrases.map((phrase) => ({
    moras: phrase.moras.map(mora),
    accent: phrase.accent,
    pause_mora: phrase.pauseMora ? mora(phrase.pauseMora) : null,
    is_interrogative: phrase.isInterrogative ?? false,
  }));
  const own = {
    accent_phrases: phrases,
    speedScale: query.speedScale,
    pitchScale: query.pitchScale,
    intonationScale: query.intonationScale,
    volumeScale: query.volumeScale,
    prePhonemeLength: query.prePhonemeLength,
    postPhonemeLength: query.postPhonemeLength,
    pauseLength: null,
    pauseLengthScale: query.pauseLengthScale ?? 1,
    outputSamplingRate: typeof query.outputSamplingRate === "number" ? query.outputSamplingRate : 24000,
    outputStereo: query.outputStereo ?? false,
    kana: query.kana ?? "",
  };
  if (!isQuery(own)) throw new Error("it has a query that is none");
  return { query: own, read: phrases, predicted: phrases, readText: item.text, readVoice: voice?.style_id ?? null };
}

/** The text of a file: UTF-8, or else Shift_JIS. */
export function decodeText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("shift_jis").decode(bytes);
  }
}

/** Give a file to the person who uses the page. */
export function download(name, content, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** Let the person choose a file. */
export function chooseFile(kinds, take) {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = kinds;
  input.addEventListener("change", () => input.files[0] && take(input.files[0]));
  input.click();
}
