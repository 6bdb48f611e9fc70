// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The HTTP interface, call by call. Everything here is public and documented in docs/server.md.

const MOST_TRIES = 5;
const LONGEST_WAIT = 60; // seconds

/** An answer that is a refusal, or no answer (status 0). */
export class EngineError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Nobody answered. */
  get isAway() {
    return this.status === 0;
  }
}

const sleep = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

async function refusal(answer) {
  const text = await answer.text();
  try {
    const detail = JSON.parse(text).detail;
    if (typeof detail === "string") return detail;
    if (typeof detail?.text === "string") return detail.text;
    if (Array.isArray(detail)) return detail.map((fault) => `${fault.loc.join(".")}: ${fault.msg}`).join("; ");
  } catch {
    // Not of this server: a proxy's page, for example.
  }
  return `${answer.status} ${answer.statusText}`;
}

export class Engine {
  /** @param base address of the engine, "" for the one that served this page; @param key of its requests, or "". */
  constructor(base, key) {
    this.base = base.replace(/\/$/, "");
    this.key = key;
  }

  async request(method, path, { params = {}, json, body, signal } = {}) {
    const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]));
    const address = `${this.base === "" ? "." : this.base}/${path}${query.size ? `?${query}` : ""}`;
    const headers = this.key ? { Authorization: `Bearer ${this.key}` } : {};
    if (json !== undefined) headers["Content-Type"] = "application/json";
    const content = json === undefined ? body : JSON.stringify(json);
    for (let tries = 1; ; tries += 1) {
      let answer;
      try {
        answer = await fetch(address, { method, headers, body: content, signal });
      } catch (error) {
        if (signal?.aborted) throw error;
        throw new EngineError(0, String(error.message));
      }
      if (answer.ok) return answer;
      const isBusy = (answer.status === 503 || answer.status === 429) && tries < MOST_TRIES;
      if (!isBusy) throw new EngineError(answer.status, await refusal(answer));
      await sleep(Math.min(Number(answer.headers.get("Retry-After")) || 1, LONGEST_WAIT), signal);
    }
  }

  async json(method, path, options) {
    return (await this.request(method, path, options)).json();
  }

  async bytes(method, path, options) {
    return (await this.request(method, path, options)).arrayBuffer();
  }

  manifest = () => this.json("GET", "engine_manifest");
  speakers = () => this.json("GET", "speakers");
  speakerInfo = (uuid) => this.json("GET", "speaker_info", { params: { speaker_uuid: uuid, resource_format: "url" } });

  audioQuery = (text, speaker, signal) => this.json("POST", "audio_query", { params: { text, speaker }, signal });
  accentPhrases = (text, speaker, signal) =>
    this.json("POST", "accent_phrases", { params: { text, speaker }, signal });
  kanaPhrases = (text, speaker) =>
    this.json("POST", "accent_phrases", { params: { text, speaker, is_kana: true } });
  moraData = (phrases, speaker, signal) =>
    this.json("POST", "mora_data", { params: { speaker }, json: phrases, signal });

  synthesis = (query, speaker, signal) =>
    this.bytes("POST", "synthesis", { params: { speaker }, json: query, signal });
  morphing = (query, base, target, rate, signal) =>
    this.bytes("POST", "synthesis_morphing", {
      params: { base_speaker: base, target_speaker: target, morph_rate: rate },
      json: query,
      signal,
    });

  // Ours; other engines have none of these.
  words = (text) => this.json("GET", "tsukasa/words", { params: { text } });
  encode = (wav, format) => this.bytes("POST", "tsukasa/encode", { params: { format }, body: wav });

  dictionary = () => this.json("GET", "user_dict");
  addWord = (word) => this.json("POST", "user_dict_word", { params: word });
  changeWord = (uuid, word) => this.request("PUT", `user_dict_word/${uuid}`, { params: word });
  importWords = (words) => this.request("POST", "import_user_dict", { params: { override: true }, json: words });
  deleteWord = (uuid) => this.request("DELETE", `user_dict_word/${uuid}`);
}
