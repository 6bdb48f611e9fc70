// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The page: makes its parts, and lets them know each other.

import { by, announce, toast } from "./base/dom.js";
import { keep, readSettings, restore, writeSettings } from "./base/storage.js";
import { Store } from "./base/store.js";
import { preferredLanguage, t, useLanguage } from "./base/strings.js";
import { Files } from "./export/files.js";
import { listenToKeys } from "./keys.js";
import * as commands from "./speech/commands.js";
import { Engine } from "./speech/engine.js";
import { Player } from "./speech/player.js";
import { isSpoken, phraseKana } from "./speech/query.js";
import { Reader } from "./speech/reader.js";
import { proposal } from "./speech/remembering.js";
import { Voices, splitText } from "./speech/voices.js";
import { BarView } from "./views/bar.js";
import { ask, showDictionary, showKeys, showSettings, showWord } from "./views/dialogs.js";
import { Editing } from "./views/editing.js";
import { LinesView } from "./views/lines.js";
import { SideView } from "./views/side.js";
import { StripView } from "./views/strip.js";

const PREFETCH_AFTER = 300; // milliseconds of quiet
const READ_AFTER = 500;
const FIRST_RETRY = 1; // seconds
const LAST_RETRY = 30;

class Page {
  constructor() {
    this.settings = readSettings({ language: preferredLanguage(), split: "line", key: "" });
    const base = new URLSearchParams(location.search).get("engine") ?? "";
    this.engine = new Engine(base, this.settings.key);
    const view = { current: null, selected: [], mora: null, tab: "accent", playing: null, isFollowing: false, problems: {}, busy: new Set() };
    this.store = new Store(commands.emptyProject(), view);
    this.player = new Player(this.engine);
    this.reader = new Reader(this.store, this.engine, (id, error) => this.onProblem(id, error));
    this.known = null;
    this.timers = new Map();
    this.typed = new Map(); // texts of lines that are being written, until they are taken
    this.playback = 0;
    useLanguage(this.settings.language);
    this.store.subscribe(() => this.draw()); // first: the views show what it finds out
    this.editing = new Editing(this);
    this.files = new Files(this);
    this.strip = new StripView(this.store, this.editing);
    this.bar = new BarView(this);
    this.lines = new LinesView(this.store, this);
    this.side = new SideView(this);
    this.listen();
    listenToKeys(this);
  }

  async start() {
    this.begin(); // at once: what is written while the last project is fetched is kept beside it
    const session = await restore().catch(() => null);
    if (session?.project?.lines?.length) this.resume(session);
    keep(this.store, () => this.flush(), () => toast(t("notKept")));
    await this.connect();
  }

  /** Take the project of the last visit; lines that were written since the page opened follow it. */
  resume(session) {
    this.flush();
    const { store } = this;
    const written = store.project.lines.filter((line) => line.text !== "");
    const project = { ...session.project, lines: [...session.project.lines, ...written] };
    Object.assign(store, { project, past: session.past, future: session.future, mergeKey: null });
    const { current } = store.view;
    this.choose(written.some(({ id }) => id === current) ? current : (session.current ?? project.lines[0].id));
    store.notify();
  }

  /** A project of one empty line. */
  begin() {
    const line = commands.newLine("", this.known?.first ?? null);
    this.store.project = { ...commands.emptyProject(), lines: [line] };
    this.choose(line.id);
  }

  /** Ask the engine for its voices until it answers. */
  async connect() {
    for (let wait = FIRST_RETRY; ; wait = Math.min(wait * 2, LAST_RETRY)) {
      try {
        this.known = await new Voices(this.engine).load();
        this.manifest = await this.engine.manifest();
        break;
      } catch (error) {
        this.banner(t(error.status === 401 ? "wantsKey" : "engineAway"));
        if (error.status === 401) return;
      }
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
    this.banner(null);
    this.matchVoices();
    this.reader.readAll();
  }

  banner(text) {
    by("banner").hidden = text === null;
    by("banner").textContent = text ?? "";
  }

  /** Give every line a voice of this engine. */
  matchVoices() {
    const { known } = this;
    let isOther = false;
    this.store.amend((project) => ({
      ...project,
      lines: project.lines.map((line) => {
        const voice = known.match(line.voice) ?? known.first;
        isOther ||= line.voice !== null && line.voice.style_id !== voice?.style_id;
        return { ...line, voice };
      }),
    }));
    if (isOther) toast(t("otherVoices", { voice: known.first?.label }));
  }

  draw() {
    const { store, reader } = this;
    const { view, project } = store;
    view.busy = new Set(project.lines.filter((line) => reader.isBusy(line.id)).map((line) => line.id));
    if (!commands.lineOf(project, view.current) && project.lines.length) return this.choose(project.lines[0].id);
    by("undo").disabled = store.past.length === 0;
    by("redo").disabled = store.future.length === 0;
    for (const tab of by("tabs").children) {
      tab.setAttribute("aria-selected", tab.dataset.tab === view.tab);
      tab.tabIndex = tab.dataset.tab === view.tab ? 0 : -1;
    }
  }

  listen() {
    const runs = {
      undo: () => this.undo(),
      redo: () => this.redo(),
      open: () => this.files.open(),
      save: () => this.files.save(),
      export: () => this.files.export(),
      dictionary: () => this.dictionary(),
      settings: () => this.changeSettings(),
      keys: () => showKeys(),
      "add-line": () => this.insertAfter(this.store.project.lines.at(-1)?.id ?? null),
      "play-from": () => (this.store.view.playing ? this.stop() : this.playFrom(this.store.view.current)),
    };
    for (const [id, run] of Object.entries(runs)) by(id).addEventListener("click", run);
    by("tabs").addEventListener("click", (event) => {
      const { tab } = event.target.dataset;
      if (tab) this.store.show({ tab });
    });
    by("tabs").addEventListener("keydown", (event) => this.onTabKey(event));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer.files;
      if (!file) return;
      event.preventDefault();
      this.files.take(file);
    });
  }

  onTabKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const tabs = [...by("tabs").children];
    const next = tabs[(tabs.findIndex((tab) => tab.dataset.tab === this.store.view.tab) + step + tabs.length) % tabs.length];
    this.store.show({ tab: next.dataset.tab });
    next.focus();
  }

  onProblem(id, error) {
    const { [id]: _, ...problems } = this.store.view.problems;
    if (error?.isAway) this.connect();
    else if (error?.status === 401) this.banner(t("wantsKey"));
    if (error) problems[id] = t("cannotRead", { reason: error.message });
    this.store.show({ problems });
  }

  // Lines

  voices() {
    return this.known;
  }

  choose(id, event = null) {
    const { view, project } = this.store;
    if (event?.ctrlKey || event?.metaKey) {
      const isIn = view.selected.includes(id) && view.selected.length > 1;
      return this.store.show({ selected: isIn ? view.selected.filter((each) => each !== id) : [...view.selected, id] });
    }
    if (event?.shiftKey) {
      const places = [view.current, id].map((each) => project.lines.findIndex((line) => line.id === each));
      return this.store.show({ selected: project.lines.slice(Math.min(...places), Math.max(...places) + 1).map((line) => line.id) });
    }
    if (view.current !== id) this.store.show({ current: id, selected: [id], mora: null });
    else if (view.selected.length !== 1) this.store.show({ selected: [id] });
  }

  after(key, milliseconds, run) {
    clearTimeout(this.timers.get(key));
    this.timers.set(key, setTimeout(run, milliseconds));
  }

  /** A text is being typed: it is read when it has been quiet for a moment. */
  typing(id, text) {
    this.typed.set(id, text);
    this.after(`read ${id}`, READ_AFTER, () => this.write(id, text));
  }

  /** Take what is being typed, without waiting for quiet. */
  flush() {
    for (const [id, text] of [...this.typed]) this.write(id, text);
  }

  write(id, text) {
    this.typed.delete(id);
    clearTimeout(this.timers.get(`read ${id}`));
    const line = commands.lineOf(this.store.project, id);
    if (!line || line.text === text) return;
    this.store.change((project) => commands.changeLine(project, id, { text }), `text ${id}`);
    this.store.show({ mora: null });
    if (this.known) this.reader.read(id).then(() => this.prefetch(id));
  }

  insertAfter(id) {
    const voice = commands.lineOf(this.store.project, id)?.voice ?? this.known?.first ?? null;
    this.insert([commands.newLine("", voice)], id);
  }

  insert(lines, after) {
    this.store.change((project) => commands.insertLines(project, lines, after));
    this.choose(lines[0].id);
    if (this.known) this.reader.readAll();
    queueMicrotask(() => queueMicrotask(() => this.lines.focus(lines[0].id)));
  }

  remove(ids, isBackward = false) {
    const { lines } = this.store.project;
    const place = lines.findIndex((line) => line.id === ids[0]);
    if (lines.length === ids.length) {
      if (ids.length === 1 && lines[0].text === "") return;
      const line = commands.newLine("", lines[0].voice);
      this.store.change((project) => ({ ...project, lines: [line] }));
      return this.choose(line.id);
    }
    this.store.change((project) => commands.removeLines(project, ids));
    const rest = this.store.project.lines;
    const next = rest[Math.min(Math.max(isBackward ? place - 1 : place, 0), rest.length - 1)];
    this.choose(next.id);
    this.lines.focus(next.id);
    if (!isBackward) toast(t("linesDeleted", { count: ids.length }), { label: t("undo"), run: () => this.undo() });
  }

  duplicate(id) {
    const { id: _, ...line } = commands.lineOf(this.store.project, id);
    this.insert([commands.newLine(line.text, line.voice, line)], id);
  }

  move(id, by) {
    this.store.change((project) => commands.moveLine(project, id, by));
  }

  moveTo(id, place) {
    this.store.change((project) => commands.moveLineTo(project, id, place));
  }

  step(by) {
    const { lines } = this.store.project;
    const next = lines[lines.findIndex((line) => line.id === this.store.view.current) + by];
    if (!next) return;
    this.choose(next.id);
    this.lines.focus(next.id);
  }

  setVoice(...given) {
    const [id, styleId] = given.length === 2 ? given : [null, given[0]];
    const voice = this.known.find(styleId);
    if (!voice) return;
    const ids = id === null ? this.side.ids : [id];
    this.store.change((project) => ids.reduce((next, each) => commands.setVoice(next, each, voice), project));
    this.reader.readAll();
  }

  /** Lines of a pasted text; false where the field takes it as it is. */
  paste(id, text, field) {
    if (!this.known || this.settings.split === "never") return false;
    const found = splitText(text, this.known, this.settings.split);
    if (found.length === 0 || (found.length === 1 && found[0].voice === null)) return false;
    const line = commands.lineOf(this.store.project, id);
    const made = found.map((each) => commands.newLine(each.text, each.voice ?? line.voice));
    const isEmpty = field.value === "";
    this.insert(made, id);
    if (isEmpty) this.store.amend((project) => commands.removeLines(project, [id]));
    return true;
  }

  undo() {
    this.store.undo();
    if (this.known) this.reader.readAll();
  }

  redo() {
    this.store.redo();
    if (this.known) this.reader.readAll();
  }

  // Sound

  /** Fetch a line's sound when it has been quiet for a moment, so that it can be heard at once. */
  prefetch(id) {
    this.after(`sound ${id}`, PREFETCH_AFTER, () => {
      const line = commands.lineOf(this.store.project, id);
      if (isSpoken(line) && !this.reader.isBusy(id)) this.player.wav(line).catch(() => {}); // told when it is played
    });
  }

  play(id) {
    if (this.store.view.playing === id) return this.stop();
    return this.playLines([id], false);
  }

  playFrom(id) {
    const { lines } = this.store.project;
    return this.playLines(lines.slice(lines.findIndex((line) => line.id === id)).map((line) => line.id), true);
  }

  compare() {
    const { line } = this.editing;
    if (isSpoken(line)) this.playLines([line.id], false, (own) => ({ ...own.query, accent_phrases: own.read }));
  }

  async playLines(ids, isFollowing, queryOf = (line) => line.query) {
    const own = (this.playback += 1);
    for (const [place, id] of ids.entries()) {
      this.store.show({ playing: id, isFollowing });
      const field = this.lines.list.querySelector(`[data-key="${CSS.escape(id)}"] .text`);
      if (field) this.write(id, field.value);
      await this.reader.settled(id);
      if (own !== this.playback) return;
      const line = commands.lineOf(this.store.project, id);
      if (!isSpoken(line)) continue;
      if (isFollowing) this.choose(id);
      announce(t("playing", { number: this.store.project.lines.indexOf(line) + 1 }));
      try {
        const wav = await this.player.wav(line, queryOf(line));
        if (own !== this.playback) return;
        if (ids[place + 1]) this.prefetch(ids[place + 1]);
        this.follow(id, own);
        if (!(await this.player.play(wav))) break;
      } catch (error) {
        toast(t("cannotPlay", { reason: error.message }));
        break;
      }
    }
    if (own === this.playback) this.stop();
  }

  /** Let the strip show what is heard. */
  follow(id, own) {
    const isOver = own !== this.playback;
    if (!isOver && this.store.view.current === id) this.strip.showTime(this.player.position);
    if (!isOver) requestAnimationFrame(() => this.follow(id, own));
    else this.strip.showTime(null);
  }

  stop() {
    this.playback += 1;
    this.player.stop();
    this.store.show({ playing: null, isFollowing: false });
  }

  // Editing

  focusReading() {
    this.store.show({ tab: "accent" });
    queueMicrotask(() => queueMicrotask(() => by("reading").select()));
  }

  focusValue() {
    by(this.store.view.tab === "lengths" ? "vowel-ms" : "hertz").select();
  }

  focusMora() {
    by("moras").querySelector('[tabindex="0"]')?.focus();
  }

  movesPhrase() {
    return by("by-phrase").checked;
  }

  offerToRemember(phrase) {
    const own = this.editing.phrases[phrase];
    if (own) toast("", { label: t("remember", { kana: phraseKana(own) }), run: () => this.remember(phrase) });
  }

  async remember(number) {
    const { line, phrases } = this.editing;
    if (!phrases[number]) return;
    const words = await this.engine.words(line.text).catch(() => null); // another engine, which has no such call
    showWord(t("rememberTitle"), proposal(line, number, words, this.selectedText(line.id)), async (given) => {
      await this.engine.addWord(given);
      this.remembered(given.surface);
    });
  }

  selectedText(id) {
    const field = this.lines.list.querySelector(`[data-key="${CSS.escape(id)}"] .text`);
    return field ? field.value.slice(field.selectionStart, field.selectionEnd) : "";
  }

  /** A word was changed: lines with it are read again; phrases that were edited stay. */
  remembered(surface) {
    for (const line of this.store.project.lines) {
      if (line.voice && line.text.normalize("NFKC").includes(surface.normalize("NFKC"))) this.reader.read(line.id, { again: true });
    }
  }

  ask(question, value) {
    return ask(question, value);
  }

  dictionary() {
    showDictionary(this).catch((error) => toast(t("failed", { reason: error.message })));
  }

  changeSettings() {
    showSettings(this.settings, (changed) => {
      this.settings = { ...this.settings, ...changed };
      writeSettings(this.settings);
      this.engine.key = this.settings.key;
      useLanguage(this.settings.language);
      this.store.notify();
      if (!this.known) this.connect();
    });
  }
}

new Page().start();
