// Single-key shortcuts. Silent while somebody types, while a dialog is open, and when switched off.

import { byId, isTyping } from "./desk-dom.js";
import { stepForKey, takeStep } from "./desk-steps.js";
import { read, write } from "./storage.js";

const SWITCH = "ydt.desk.keys";

export function listen({ store, queue, talk, open }) {
  const on = byId("keys-on");
  on.checked = read("local", SWITCH) ?? true;
  on.addEventListener("change", () => write("local", SWITCH, on.checked));
  const help = byId("help");
  byId("help-open").addEventListener("click", () => help.showModal());

  const keys = {
    j: () => queue.move(1),
    k: () => queue.move(-1),
    m: () => talk.focusComposer(),
    "/": () => byId("search-text").focus(),
    "?": () => help.showModal(),
    "？": () => help.showModal(),
    c: () => claim(),
  };

  /** C on a focused row takes that case; elsewhere it takes the open one. */
  async function claim() {
    const { focused } = queue;
    if (focused && focused !== store.number) await open(focused);
    step("C");
  }

  function step(key) {
    const found = store.detail && stepForKey(key, store.detail.steps);
    if (found) takeStep(store, found);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.repeat && !["j", "k"].includes(event.key.toLowerCase())) return;
    if (!on.checked || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const run = keys[key] ?? (["s", "t", "r", "n"].includes(key) ? () => step(key.toUpperCase()) : null);
    if (!run) return;
    event.preventDefault();
    run();
  });
}
