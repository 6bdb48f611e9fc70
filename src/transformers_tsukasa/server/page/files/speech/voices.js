// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The voices of an engine: speakers with styles, their pictures, and names in texts ("mei（喜び）、おはよう").

export class Voices {
  constructor(engine) {
    this.engine = engine;
    this.speakers = [];
    this.pictures = new Map();
  }

  async load() {
    this.speakers = (await this.engine.speakers())
      .map((speaker) => ({ ...speaker, styles: speaker.styles.filter((style) => (style.type ?? "talk") === "talk") }))
      .filter((speaker) => speaker.styles.length > 0);
    return this;
  }

  /** All styles as {style_id, speaker_uuid, name, label}. */
  get all() {
    return this.speakers.flatMap((speaker) => speaker.styles.map((style) => entry(speaker, style)));
  }

  get first() {
    return this.all[0] ?? null;
  }

  find(styleId) {
    return this.all.find((voice) => voice.style_id === Number(styleId)) ?? null;
  }

  /** The voice of this engine that one of a project is: by its id, else by its name, else null. */
  match(voice) {
    if (!voice) return null;
    const same = (own) => own.speaker_uuid === voice.speaker_uuid && own.style_id === voice.style_id;
    return this.all.find(same) ?? this.all.find((own) => own.label === voice.label) ?? null;
  }

  /** The voice that is written as a speaker's name, or name（style）. */
  named(text) {
    const written = text.trim().replace("(", "（").replace(")", "）");
    const speaker = this.speakers.find((each) => each.name === written);
    if (speaker) return entry(speaker, speaker.styles[0]);
    return this.all.find((voice) => voice.label === written) ?? null;
  }

  /** The address of a style's picture, once it is fetched; null for none. */
  picture(voice) {
    if (!voice) return Promise.resolve(null);
    if (!this.pictures.has(voice.speaker_uuid)) {
      this.pictures.set(voice.speaker_uuid, this.engine.speakerInfo(voice.speaker_uuid).catch(() => null));
    }
    return this.pictures.get(voice.speaker_uuid).then(async (info) => {
      const style = info?.style_infos.find((each) => each.id === voice.style_id);
      if (!style?.icon) return null;
      style.address ??= this.fetched(style.icon);
      return style.address;
    });
  }

  /** A picture through the engine, which may want a key; engines answer addresses or base64. */
  async fetched(icon) {
    if (!icon.startsWith("http")) return `data:image/png;base64,${icon}`;
    const name = icon.slice(icon.lastIndexOf("/_resources/") + 1);
    try {
      const bytes = await this.engine.bytes("GET", name);
      return URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    } catch {
      return null; // a letter is shown instead
    }
  }
}

const entry = (speaker, style) => ({
  style_id: style.id,
  speaker_uuid: speaker.speaker_uuid,
  name: speaker.name,
  style: style.name,
  label: `${speaker.name}（${style.name}）`,
});

/** Lines of a text with the voices that it names: {text, voice}, `null` where it names none. */
export function splitText(text, voices, how = "line") {
  let voice = null;
  const found = [];
  for (const row of text.replace(/\r\n?/g, "\n").split("\n")) {
    const comma = row.search(/[,，、]/);
    const alone = voices.named(row);
    const before = comma > 0 ? voices.named(row.slice(0, comma)) : null;
    if (alone) {
      voice = alone;
      continue;
    }
    voice = before ?? voice;
    const rest = before ? row.slice(comma + 1) : row;
    const pieces = how === "sentence" ? rest.split(/(?<=[。！？])/) : [rest];
    for (const piece of pieces) if (piece.trim()) found.push({ text: piece.trim(), voice });
  }
  return found;
}
