// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Keys of the page. None is the only way to anything, and none acts while an input method composes.

import { isComposing, takesText } from "./base/dom.js";
import { showKeys } from "./views/dialogs.js";

const TABS = { 1: "accent", 2: "pitch", 3: "lengths" };

export function listenToKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (isComposing(event) || document.querySelector("dialog[open]")) return;
    const run = event.ctrlKey || event.metaKey ? withControl(page, event) : plain(page, event);
    if (!run) return;
    event.preventDefault();
    run();
  });
}

function withControl(page, event) {
  const isWriting = takesText(event.target);
  const { current } = page.store.view;
  const runs = {
    enter: () => page.play(current),
    s: () => page.files.save(),
    o: () => page.files.open(),
    e: () => page.files.export(),
    d: () => page.duplicate(current),
  };
  const history = { z: () => (event.shiftKey ? page.redo() : page.undo()), y: () => page.redo() };
  const key = event.key.toLowerCase();
  return runs[key] ?? (isWriting ? undefined : history[key]); // a text field has its own undo
}

function plain(page, event) {
  const { target, key, shiftKey } = event;
  if (event.altKey || takesText(target)) return undefined;
  const isOnButton = target.tagName === "BUTTON" && !target.classList.contains("mora");
  const { editing } = page;
  const { current, playing } = page.store.view;
  if (key === " ") {
    if (isOnButton) return undefined;
    if (playing) return () => page.stop();
    return () => (shiftKey ? page.playFrom(current) : page.play(current));
  }
  if (TABS[key]) return () => page.store.show({ tab: TABS[key] });
  if (key === "Delete") return shiftKey ? () => page.remove([current]) : undefined;
  const runs = {
    a: () => editing.accentHere(),
    "/": () => editing.splitOrJoin(),
    p: () => editing.togglePause(),
    v: () => editing.toggleVoicing(),
    r: () => editing.reset(shiftKey ? "line" : "phrase"),
    b: () => page.compare(),
    "?": () => showKeys(),
  };
  return runs[key.toLowerCase()];
}
