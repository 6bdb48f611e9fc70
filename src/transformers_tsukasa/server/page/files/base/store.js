// Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
// The state of the page: a project, which has a history, and a view, which has none.

const MOST_STEPS = 200;

export class Store {
  constructor(project, view) {
    this.project = project;
    this.view = view;
    this.past = [];
    this.future = [];
    this.listeners = [];
    this.mergeKey = null;
    this.isQueued = false;
  }

  /** Change the project by a pure function; changes with one merge key in a row are one step of the history. */
  change(command, mergeKey = null) {
    const next = command(this.project);
    if (next === this.project) return;
    if (mergeKey === null || mergeKey !== this.mergeKey || this.past.length === 0) {
      this.past.push({ project: this.project, current: this.view.current });
      if (this.past.length > MOST_STEPS) this.past.shift();
    }
    this.future = [];
    this.mergeKey = mergeKey;
    this.project = next;
    this.notify();
  }

  /** Let a change of the past be complete by what an engine answered later: no step of its own. */
  amend(command) {
    const next = command(this.project);
    if (next === this.project) return;
    this.project = next;
    this.notify();
  }

  /** Change what is shown; not undone. */
  show(changes) {
    this.view = { ...this.view, ...changes };
    this.notify();
  }

  /** Take another project, as one step. */
  replace(project) {
    this.change(() => project);
  }

  undo() {
    this.travel(this.past, this.future);
  }

  redo() {
    this.travel(this.future, this.past);
  }

  travel(from, to) {
    const step = from.pop();
    if (step === undefined) return;
    to.push({ project: this.project, current: this.view.current });
    this.project = step.project;
    this.mergeKey = null;
    this.view = { ...this.view, current: step.current, selected: [step.current] };
    this.notify();
  }

  subscribe(listener) {
    this.listeners.push(listener);
  }

  /** Draw once for all changes of a moment. */
  notify() {
    if (this.isQueued) return;
    this.isQueued = true;
    queueMicrotask(() => {
      this.isQueued = false;
      for (const listener of this.listeners) listener(this);
    });
  }
}
