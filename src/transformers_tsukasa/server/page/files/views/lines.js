// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The list of lines.

import { by, h, icon, iconButton, isComposing, keyed } from "../base/dom.js";
import { t } from "../base/strings.js";
import { isLineEdited, seconds } from "../speech/query.js";
import { needsReading } from "../speech/reader.js";

export class LinesView {
  /** @param actions what the page does with lines, see main.js */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.list = by("lines");
    this.list.addEventListener("dragover", (event) => event.preventDefault());
    store.subscribe(() => this.draw());
  }

  draw() {
    const { project, view } = this.store;
    keyed(this.list, project.lines, (line) => line.id, (line) => this.make(line), (row, line) => {
      this.update(row, line, project.lines.indexOf(line) + 1, view);
    });
  }

  make(line) {
    const { id } = line;
    const actions = this.actions;
    const text = h("textarea", {
      rows: 1,
      lang: "ja",
      spellcheck: "false",
      class: "text",
      on: {
        focus: (event) => actions.choose(id, event),
        input: () => { fit(text); actions.typing(id, text.value); },
        change: () => actions.write(id, text.value),
        keydown: (event) => this.onKey(event, id, text),
        paste: (event) => this.onPaste(event, id, text),
      },
    });
    const voice = h("select", {
      class: "voice",
      on: {
        focus: () => actions.choose(id),
        pointerdown: () => this.fillVoices(voice),
        keydown: () => this.fillVoices(voice),
        change: () => actions.setVoice(id, voice.value),
      },
    });
    const row = h(
      "li",
      { class: "line" },
      h("span", { class: "grip", draggable: "true", "aria-hidden": "true" }, icon("i-grip")),
      h("span", { class: "portrait" }),
      h("div", { class: "written" }, voice, text, h("p", { class: "problem", role: "alert", hidden: true })),
      h("span", { class: "marks" }, h("span", { class: "edited" }), h("span", { class: "length" })),
      iconButton("i-play", t("play"), () => actions.play(id), { class: "play" }),
      h("span", { class: "tools" }, ...this.tools(id)),
    );
    row.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("button, select, textarea, .grip")) actions.choose(id, event);
      else if (event.ctrlKey || event.shiftKey) actions.choose(id, event);
    });
    this.letDrag(row, id);
    return row;
  }

  tools(id) {
    const actions = this.actions;
    return [
      iconButton("i-up", t("moveUp"), () => actions.move(id, -1)),
      iconButton("i-down", t("moveDown"), () => actions.move(id, 1)),
      iconButton("i-copy", t("duplicate"), () => actions.duplicate(id)),
      iconButton("i-bin", t("delete"), () => actions.remove([id])),
    ];
  }

  update(row, line, number, view) {
    const text = row.querySelector(".text");
    const voice = row.querySelector(".voice");
    const isChosen = view.current === line.id;
    row.classList.toggle("current", isChosen);
    row.classList.toggle("selected", view.selected.length > 1 && view.selected.includes(line.id));
    row.classList.toggle("playing", view.playing === line.id);
    if (text.value !== line.text && (document.activeElement !== text || text.dataset.written !== line.text)) {
      text.value = line.text;
      fit(text);
    }
    text.dataset.written = line.text;
    text.placeholder = t("placeholder");
    text.setAttribute("aria-label", t("lineText", { number }));
    voice.setAttribute("aria-label", t("lineVoice", { number }));
    this.updateVoice(row, voice, line);
    this.updateMarks(row, line, view);
    const play = row.querySelector(".play");
    const isPlaying = view.playing === line.id;
    if (play.dataset.playing !== String(isPlaying)) {
      play.dataset.playing = isPlaying;
      play.replaceChildren(icon(isPlaying ? "i-stop" : "i-play"));
    }
    const label = t(isPlaying ? "stop" : "play");
    play.setAttribute("aria-label", label);
    play.title = label;
    if (isPlaying && view.isFollowing) row.scrollIntoView({ block: "nearest" });
  }

  updateVoice(row, select, line) {
    const own = line.voice;
    if (select.dataset.style === String(own?.style_id) && select.options.length) return;
    select.dataset.style = String(own?.style_id);
    if (![...select.options].some((option) => option.value === String(own?.style_id))) {
      select.replaceChildren(h("option", { value: String(own?.style_id ?? "") }, own?.label ?? "…"));
    }
    select.value = String(own?.style_id ?? "");
    const portrait = row.querySelector(".portrait");
    portrait.replaceChildren(h("span", { class: "letter" }, own?.name?.[0] ?? ""));
    this.actions.voices()?.picture(own).then((address) => {
      if (address && select.dataset.style === String(own.style_id)) {
        portrait.replaceChildren(h("img", { src: address, alt: "", width: 36, height: 36 }));
      }
    });
  }

  fillVoices(select) {
    const voices = this.actions.voices();
    if (voices && select.options.length <= 1) fillVoiceSelect(select, voices, select.value);
  }

  updateMarks(row, line, view) {
    const problem = view.problems[line.id];
    const message = row.querySelector(".problem");
    message.hidden = !problem;
    if (message.textContent !== (problem ?? "")) message.textContent = problem ?? "";
    const isRead = line.query && line.query.accent_phrases.length && !needsReading(line);
    row.querySelector(".edited").textContent = isRead && isLineEdited(line) ? t("edited") : "";
    row.querySelector(".length").textContent = view.busy.has(line.id)
      ? "…"
      : isRead ? t("seconds", { value: seconds(line.query).toFixed(1) }) : "";
  }

  onKey(event, id, text) {
    if (isComposing(event)) return;
    const { actions } = this;
    const isAtStart = text.selectionStart === 0 && text.selectionEnd === 0;
    const isAtEnd = text.selectionStart === text.value.length;
    const act = (run) => { event.preventDefault(); event.stopPropagation(); run(); };
    if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      act(() => { actions.write(id, text.value); actions.insertAfter(id); });
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      act(() => actions.move(id, event.key === "ArrowUp" ? -1 : 1));
    } else if (event.key === "ArrowUp" && isAtStart) act(() => actions.step(-1));
    else if (event.key === "ArrowDown" && isAtEnd) act(() => actions.step(1));
    else if (event.key === "Backspace" && text.value === "") act(() => actions.remove([id], true));
  }

  onPaste(event, id, text) {
    const pasted = event.clipboardData.getData("text/plain");
    if (!pasted.includes("\n") && !/[,，、]/.test(pasted)) return;
    if (this.actions.paste(id, pasted, text)) event.preventDefault();
  }

  letDrag(row, id) {
    row.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/x-tsukasa-line", id);
      event.dataTransfer.setDragImage(row, 20, 20);
    });
    row.addEventListener("dragover", (event) => {
      if (event.dataTransfer.types.includes("text/x-tsukasa-line")) row.classList.add("target");
    });
    row.addEventListener("dragleave", () => row.classList.remove("target"));
    row.addEventListener("drop", (event) => {
      row.classList.remove("target");
      const moved = event.dataTransfer.getData("text/x-tsukasa-line");
      if (!moved) return;
      event.preventDefault();
      this.actions.moveTo(moved, this.store.project.lines.findIndex((line) => line.id === id));
    });
  }

  /** Put the cursor into a line's text. */
  focus(id) {
    const text = this.list.querySelector(`[data-key="${CSS.escape(id)}"] .text`);
    text?.focus();
    text?.setSelectionRange(text.value.length, text.value.length);
  }
}

/** Options of all voices, by speaker. */
export function fillVoiceSelect(select, voices, value, first = null) {
  const groups = voices.speakers.map((speaker) =>
    h(
      "optgroup",
      { label: speaker.name },
      ...speaker.styles.map((style) => h("option", { value: String(style.id) }, `${speaker.name}（${style.name}）`)),
    ),
  );
  select.replaceChildren(...(first === null ? [] : [h("option", { value: "" }, first)]), ...groups);
  select.value = String(value);
}

/** Let a text field be as high as its text, where the browser does not do it by itself. */
function fit(text) {
  if (CSS.supports("field-sizing", "content")) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}
