// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Keeping the project and its history in the browser, so that closing the tab loses nothing, and settings.

const DATABASE = "tsukasa-editor";
const TABLE = "kept";
const SETTINGS = "tsukasa-editor-settings";
const SAVE_AFTER = 400; // milliseconds of quiet

function opened() {
  return new Promise((resolve, reject) => {
    const asking = indexedDB.open(DATABASE, 1);
    asking.onupgradeneeded = () => asking.result.createObjectStore(TABLE);
    asking.onsuccess = () => resolve(asking.result);
    asking.onerror = () => reject(asking.error);
  });
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** What was kept of the last visit, or null. */
export async function restore() {
  const database = await opened();
  return (await finished(database.transaction(TABLE).objectStore(TABLE).get("session"))) ?? null;
}

/**
 * Keep project and history after every change, when it has been quiet for a moment, and when the page is left: then
 * `flush` takes what is being typed first.
 */
export function keep(store, flush, onFailure) {
  let timer;
  let kept = store.project;
  let database = null; // open before it is needed: a page that is left waits for nothing
  opened().then((own) => { database = own; }, onFailure);
  const save = async () => {
    database ??= await opened();
    const session = { project: store.project, past: store.past, future: store.future, current: store.view.current };
    const transaction = database.transaction(TABLE, "readwrite");
    const putting = transaction.objectStore(TABLE).put(session, "session");
    transaction.commit(); // or it is given up with the page that is left
    await finished(putting);
  };
  const saveNow = () => {
    clearTimeout(timer);
    if (store.project !== kept) save().then(() => {}, onFailure);
    kept = store.project;
  };
  store.subscribe(() => {
    if (store.project === kept) return;
    clearTimeout(timer);
    timer = setTimeout(saveNow, SAVE_AFTER);
  });
  const leave = () => { flush(); saveNow(); };
  document.addEventListener("visibilitychange", leave);
  window.addEventListener("pagehide", leave);
}

/** Settings of this browser. */
export function readSettings(defaults) {
  try {
    return { ...defaults, ...JSON.parse(localStorage.getItem(SETTINGS) ?? "{}") };
  } catch {
    return { ...defaults }; // storage is switched off, or holds something else
  }
}

/** Keep settings; without storage they last until the page is closed. */
export function writeSettings(settings) {
  try {
    localStorage.setItem(SETTINGS, JSON.stringify(settings));
  } catch {
    // Nothing is lost that was there before.
  }
}
