/**
 * Lines the server has not acknowledged yet, kept in the browser until it has.
 *
 * Each line is stored under its own key: two tabs can add and remove without overwriting each other.
 * A line: {client_id, thread, event, text, at, order, failed}; `event` is the frame to send, `failed` an error or null.
 */

import { newId } from "./identity.js";
import { keys, read, remove, write } from "./storage.js";

const PREFIX = "ydt.unsent.";

/** A line older than this is not sent by itself after a reload: the situation may have changed. Milliseconds. */
export const STALE_AFTER = 15 * 60 * 1000;

export class Outbox {
  #order = 0;

  /** @param {string} thread */
  constructor(thread) {
    this.thread = thread;
  }

  /** @returns {Array<any>} unsent lines of this thread, oldest first */
  lines() {
    return keys("local", `${PREFIX}${this.thread}.`)
      .map((key) => read("local", key))
      .filter((line) => line && typeof line.client_id === "string")
      .sort((a, b) => a.at - b.at || a.order - b.order);
  }

  /** @param {Record<string, unknown>} event frame without client_id @param {string} text what the citizen sees */
  add(event, text) {
    const line = {
      client_id: newId(),
      thread: this.thread,
      event,
      text,
      at: Date.now(),
      order: (this.#order += 1),
      failed: null,
    };
    this.#put(line);
    return line;
  }

  /** @param {string} clientId @param {{code: string, message: string}|null} failed */
  mark(clientId, failed) {
    const line = read("local", this.#key(clientId));
    if (line) this.#put({ ...line, failed });
  }

  /** @param {string} clientId */
  drop(clientId) {
    remove("local", this.#key(clientId));
  }

  clear() {
    for (const line of this.lines()) this.drop(line.client_id);
  }

  #put(line) {
    write("local", this.#key(line.client_id), line);
  }

  #key(clientId) {
    return `${PREFIX}${this.thread}.${clientId}`;
  }
}
