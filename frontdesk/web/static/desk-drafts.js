// Words typed and not yet sent: they outlive a closed dialog, a reload and an expired session,
// but never reach another operator on the same computer.

import { read, write } from "./storage.js";

const KEY = "ydt.desk.drafts";
const OWNER = "ydt.desk.drafts.owner";

const kept = new Map(Object.entries(read("session", KEY) ?? {}));

const store = () => write("session", KEY, Object.fromEntries(kept));

/** Drafts of somebody else who used this tab before are dropped. */
export function own(name) {
  if (read("session", OWNER) !== name) clear();
  write("session", OWNER, name);
}

export function clear() {
  kept.clear();
  store();
}

export const draft = (key) => kept.get(key);

/** An empty text forgets the draft. */
export function keep(key, text) {
  if (text) kept.set(key, text);
  else kept.delete(key);
  store();
}
