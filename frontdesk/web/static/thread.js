/**
 * Which conversation this page belongs to.
 *
 * A thread has a `key` made here at once, and an `id` given by the server when it opens the conversation. Unsent lines
 * hang on the key, so they survive even when the server could not be reached yet. The tab keeps its own thread; a new
 * tab continues the latest one of this browser.
 */

import { request } from "./api.js";
import { newId } from "./identity.js";
import { read, write } from "./storage.js";

const KEY = "ydt.thread";

export class Thread {
  constructor() {
    const stored = read("session", KEY) ?? read("local", KEY);
    const valid = stored && typeof stored.key === "string";
    this.key = valid ? stored.key : newId();
    this.id = valid && typeof stored.id === "string" ? stored.id : null;
    this.#keep();
  }

  /**
   * Opens the conversation unless it is open.
   * @param {"110"|"12345"|null} entry door the citizen chose, if any
   * @throws {import("./api.js").ApiError}
   */
  async open(entry) {
    if (this.id) return this.id;
    const key = this.key;
    return exclusive(async () => {
      const other = read("local", KEY);
      const known = other?.key === key && typeof other.id === "string" ? other.id : null;
      const id = known ?? (await request("POST", "/api/conversations", { body: { entry } })).conversation;
      if (this.key === key) {
        this.id = id;
        this.#keep();
      }
      return id;
    });
  }

  /** The server does not know the conversation any more: open another one under the same key. */
  forget() {
    this.id = null;
    this.#keep();
  }

  /** A new thread; the old one is left as it is on the server. */
  renew() {
    this.key = newId();
    this.id = null;
    this.#keep();
  }

  #keep() {
    const value = { key: this.key, id: this.id };
    write("session", KEY, value);
    write("local", KEY, value);
  }
}

/** Two tabs that start together must not open two conversations for one thread. */
function exclusive(work) {
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}
