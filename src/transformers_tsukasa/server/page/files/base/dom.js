// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// Making and finding elements. Texts are only ever set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: properties, then children (elements and texts). */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for graphics. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "style") {
      for (const [key, part] of Object.entries(value)) element.style.setProperty(key, part);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (name === "value" || name === "checked" || name === "disabled") {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The element with an id. */
export const by = (id) => document.getElementById(id);

/** A picture from the page's set of symbols. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("use", { href: `#${name}` }));
}

/** A button with a picture and a name that is read aloud and shown when pointed at. */
export function iconButton(name, label, onClick, more = {}) {
  const { class: own = "", ...rest } = more;
  const properties = { type: "button", class: `quiet ${own}`, "aria-label": label, title: label, ...rest };
  return h("button", { ...properties, on: { click: onClick } }, icon(name));
}

/** Let the rows of a list be those of keyed items: rows are removed, kept, moved and made. */
export function keyed(parent, items, keyOf, make, update) {
  const wanted = new Set(items.map((item) => String(keyOf(item))));
  const rows = new Map([...parent.children].map((row) => [row.dataset.key, row]));
  // First, so that no row is moved because of one that goes: a field that is moved loses the cursor.
  for (const [key, row] of rows) if (!wanted.has(key)) row.remove();
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let row = rows.get(key);
    if (row === undefined) {
      row = make(item);
      row.dataset.key = key;
    }
    if (row === place) place = place.nextElementSibling;
    else parent.insertBefore(row, place);
    update(row, item);
  }
}

/** Whether a key belongs to an input method that is composing a word. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** Whether an element takes typed text. */
export function takesText(element) {
  if (element === null) return false;
  const isText = element.tagName === "INPUT" && !["range", "checkbox", "button", "radio"].includes(element.type);
  return isText || element.tagName === "TEXTAREA" || element.tagName === "SELECT";
}

/** Show a message, politely read aloud as well. */
export function announce(text) {
  by("status").textContent = text;
}

let toastTimer;

/** Show a message for some seconds, with an action where there is one. */
export function toast(text, action) {
  const box = by("toast");
  const hide = () => (box.hidden = true);
  box.replaceChildren(h("span", {}, text));
  if (action) {
    box.append(h("button", { type: "button", on: { click: () => { hide(); action.run(); } } }, action.label));
  }
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hide, action ? 15000 : 6000);
}
