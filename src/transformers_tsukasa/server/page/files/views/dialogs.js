// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Dialogs: questions, settings, keys, export, and the user dictionary.

import { h, toast } from "../base/dom.js";
import { t } from "../base/strings.js";
import { SOUND_FORMATS, TEXT_FORMATS } from "../export/exporting.js";
import { chooseFile, download } from "../export/project.js";
import { toKatakana } from "../speech/query.js";

/** Show a dialog with a title, content and buttons {label, run}; it is gone when it is closed. */
function dialog(title, content, buttons = []) {
  const box = h("dialog", { "aria-label": title }, h("h2", {}, title), ...content);
  const close = () => box.close();
  const row = [...buttons, { label: t("close"), run: close }].map(({ label, run, isMain }) =>
    h("button", { type: "button", class: isMain ? "primary" : "", on: { click: () => run(close) } }, label),
  );
  box.append(h("div", { class: "actions" }, ...row));
  box.addEventListener("close", () => box.remove());
  box.addEventListener("keydown", (event) => event.stopPropagation());
  document.body.append(box);
  box.showModal();
  return box;
}

const field = (label, input) => h("label", { class: "field" }, h("span", {}, t(label)), input);

function choice(options, value) {
  const select = h("select", {}, ...options.map(([key, label]) => h("option", { value: key }, label)));
  select.value = String(value);
  return select;
}

/** Ask for a text; null when it is not given. */
export function ask(question, value = "") {
  return new Promise((resolve) => {
    const input = h("input", { value, "aria-label": question });
    const take = (close) => { resolve(input.value.trim() || null); close(); };
    const box = dialog(question, [input], [{ label: t("ok"), run: take, isMain: true }]);
    input.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) take(() => box.close()); });
    box.addEventListener("close", () => resolve(null));
    input.focus();
  });
}

/** Settings of this browser; `take` is called with what was changed. */
export function showSettings(settings, take) {
  const language = choice([["ja", "日本語"], ["en", "English"]], settings.language);
  const split = choice([["line", t("byLine")], ["sentence", t("bySentence")], ["never", t("never")]], settings.split);
  const key = h("input", { type: "password", value: settings.key, autocomplete: "off" });
  const content = [field("language", language), field("pasted", split), field("key", key), h("p", { class: "hint" }, t("keyHint"))];
  const run = (close) => { close(); take({ language: language.value, split: split.value, key: key.value.trim() }); };
  dialog(t("settings"), content, [{ label: t("ok"), run, isMain: true }]);
}

const KEYS = [
  ["Space", "keyPlay"], ["Shift+Space", "keyFrom"], ["Enter / Shift+Enter", "keyLine"], ["Alt+↑ ↓", "keyMoveLine"],
  ["Ctrl+S, O, E", "keyFiles"], ["1 2 3", "keyTabs"], ["← →", "keyMora"], ["↑ ↓", "keyValue"], ["A  /  P", "keyAccent"],
  ["Enter", "keyReading"], ["V", "keyVoicing"], ["R, Shift+R", "keyReset"], ["B", "keyCompare"],
  ["Ctrl+D, Shift+Delete", "keyDelete"], ["Ctrl+Z, Ctrl+Y", "keyUndo"],
];

export function showKeys() {
  const rows = KEYS.map(([keys, name]) => h("tr", {}, h("td", {}, h("kbd", {}, keys)), h("td", {}, t(name))));
  dialog(t("keys"), [h("table", {}, h("tbody", {}, ...rows))]);
}

/** What to export and how; `run` gets the settings. */
export function showExport(run) {
  const what = choice([["one", t("oneLine")], ["selected", t("selectedLines")], ["joined", t("joinedLines")], ["zip", t("zippedLines")]], "one");
  const format = choice([...SOUND_FORMATS, ...TEXT_FORMATS].map((name) => [name, name.toUpperCase()]), "wav");
  const rate = choice([24000, 44100, 48000].map((value) => [value, `${value} Hz`]), 24000);
  const stereo = h("input", { type: "checkbox" });
  const silence = h("input", { type: "number", min: 0, max: 10, step: 0.1, value: 0 });
  const pattern = h("input", { value: "{index}_{speaker}_{style}_{text}" });
  const content = [field("what", what), field("format", format), field("rate", rate), field("stereo", stereo), field("silenceBetween", silence), field("fileName", pattern)];
  const start = (close) => {
    close();
    const between = Math.max(silence.valueAsNumber || 0, 0);
    run({ what: what.value, format: format.value, rate: Number(rate.value), stereo: stereo.checked, silence: between, pattern: pattern.value, isJoined: what.value === "joined" });
  };
  dialog(t("exportTitle"), content, [{ label: t("export"), run: start, isMain: true }]);
}

const KINDS = ["PROPER_NOUN", "COMMON_NOUN", "VERB", "ADJECTIVE", "SUFFIX"];

/** Write a word of the user dictionary; `save` gets it, and its refusal is shown while the dialog stays open. */
export function showWord(title, word, save) {
  const surface = h("input", { value: word.surface ?? "", lang: "ja" });
  const reading = h("input", { value: word.pronunciation ?? "", lang: "ja" });
  const accent = h("input", { type: "number", min: 0, value: word.accent_type ?? 0 });
  const kind = choice(KINDS.map((name) => [name, t(name)]), word.word_type ?? "PROPER_NOUN");
  const priority = h("input", { type: "number", min: 0, max: 10, value: word.priority ?? 5 });
  const content = [field("surface", surface), field("pronunciation", reading), field("accentType", accent), field("wordType", kind), field("priority", priority), h("p", { class: "hint" }, t("oneAccent"))];
  const run = async (close) => {
    const pronunciation = reading.value.trim().replace(/[ぁ-ゖ]/g, toKatakana);
    const given = { surface: surface.value.trim(), pronunciation, accent_type: accent.value, word_type: kind.value, priority: priority.value };
    try {
      await save(given);
    } catch (error) {
      return toast(t("failed", { reason: error.message }));
    }
    close();
    toast(t("remembered", { surface: given.surface }));
  };
  dialog(title, content, [{ label: t("addWord"), run, isMain: true }]);
}

/** The table of all words. `page` has engine and remembered(surface). */
export async function showDictionary(page) {
  const { engine } = page;
  const words = await engine.dictionary();
  const body = h("tbody", {});
  const search = h("input", { type: "search", "aria-label": t("search"), placeholder: t("search") });
  const failing = (run) => () => run().catch((error) => toast(t("failed", { reason: error.message })));
  const edit = (uuid, word) => () => {
    box.close();
    showWord(t("changeWord"), word, async (given) => { await engine.changeWord(uuid, given); page.remembered(given.surface); });
  };
  const remove = (uuid) => failing(async () => { await engine.deleteWord(uuid); page.remembered(words[uuid].surface); delete words[uuid]; draw(); });
  const button = (label, run) => h("button", { type: "button", on: { click: run } }, label);
  const row = ([uuid, word]) =>
    h("tr", {}, h("td", {}, word.surface), h("td", {}, word.pronunciation), h("td", {}, String(word.accent_type)),
      h("td", {}, button(t("changeWord"), edit(uuid, word)), " ", button(t("delete"), remove(uuid))));
  const draw = () => {
    const wanted = search.value.trim();
    const found = Object.entries(words).filter(([, word]) => `${word.surface} ${word.pronunciation}`.includes(wanted));
    body.replaceChildren(...(found.length ? found.map(row) : [h("tr", {}, h("td", {}, t("noWords")))]));
  };
  search.addEventListener("input", draw);
  const add = (close) => {
    close();
    showWord(t("newWord"), {}, async (given) => { await engine.addWord(given); page.remembered(given.surface); });
  };
  const write = () => download("user_dict.json", JSON.stringify(words, null, 1), "application/json");
  const bring = async (file) => {
    const brought = JSON.parse(await file.text());
    await engine.importWords(brought);
    Object.assign(words, brought);
    for (const word of Object.values(brought)) page.remembered(word.surface);
    draw();
  };
  const read = () => chooseFile(".json", (file) => failing(() => bring(file))());
  const box = dialog(t("dictionaryTitle"), [search, h("table", {}, body)], [{ label: t("importWords"), run: read }, { label: t("exportWords"), run: write }, { label: t("newWord"), run: add, isMain: true }]);
  draw();
}
