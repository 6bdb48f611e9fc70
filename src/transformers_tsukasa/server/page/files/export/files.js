// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Files that the page opens and writes: projects, texts, and exported lines.

import { announce, toast } from "../base/dom.js";
import { t } from "../base/strings.js";
import * as commands from "../speech/commands.js";
import { isSpoken } from "../speech/query.js";
import { splitText } from "../speech/voices.js";
import { showExport } from "../views/dialogs.js";
import { exportLines } from "./exporting.js";
import { chooseFile, decodeText, download, readProject, writeProject } from "./project.js";

export class Files {
  /** @param page has store, reader, player, engine, settings, known, manifest, flush(), choose(id), insert(lines, after) and matchVoices() */
  constructor(page) {
    this.page = page;
  }

  save() {
    this.page.flush();
    const { name, uuid, version } = { ...this.page.manifest, version: this.page.manifest?.manifest_version };
    download("project.tsukasa.json", writeProject(this.page.store.project, { name, uuid, version }), "application/json");
  }

  open() {
    chooseFile(".json,.vvproj,.txt,.csv", (file) => this.take(file));
  }

  /** Open a project, or take a text as lines. */
  async take(file) {
    this.page.flush();
    const text = decodeText(await file.arrayBuffer());
    if (/\.(txt|csv)$/i.test(file.name)) return this.takeText(text);
    try {
      const project = readProject(text);
      if (project.lines.length === 0) project.lines.push(commands.newLine());
      this.page.store.replace(project);
      this.page.choose(project.lines[0].id);
    } catch (error) {
      return toast(t("noProject", { name: file.name, reason: error.message }));
    }
    if (!this.page.known) return;
    this.page.matchVoices();
    this.page.reader.readAll();
  }

  takeText(text) {
    if (!this.page.known) return toast(t("engineAway"));
    const lines = splitText(text, this.page.known, this.page.settings.split).map((each) => commands.newLine(each.text, each.voice ?? this.page.known.first));
    if (lines.length) this.page.insert(lines, this.page.store.project.lines.at(-1).id);
  }

  export() {
    showExport((settings) => this.exportNow(settings));
  }

  async exportNow(settings) {
    this.page.flush();
    const { project, view } = this.page.store;
    const ids = { one: [view.current], selected: view.selected }[settings.what];
    const wanted = (ids ? ids.map((id) => commands.lineOf(project, id)) : project.lines).filter(Boolean);
    for (const { id } of wanted) await this.page.reader.settled(id);
    const lines = wanted.map(({ id }) => commands.lineOf(this.page.store.project, id)).filter(isSpoken);
    if (lines.length === 0) return toast(t("nothingToExport"));
    const query = (line) => ({ ...line.query, outputSamplingRate: settings.rate, outputStereo: settings.stereo });
    const ways = {
      speak: (line) => this.page.player.fetch(line, query(line)),
      encode: (wav, format) => this.page.engine.encode(wav, format),
      onProgress: (done) => announce(t("exporting", { done, count: lines.length })),
    };
    try {
      const { name, content } = await exportLines(lines, settings, ways);
      download(name, content, content.type);
      toast(t("exported", { name }));
    } catch (error) {
      toast(t("failed", { reason: error.message }));
    }
  }
}
