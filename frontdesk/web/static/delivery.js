/**
 * Takes the citizen's lines to the server: in order, one at a time, until each is acknowledged or refused.
 *
 * Events: "delivered" (detail: client id), "failed" (detail: {clientId, error}), "retrying" (detail: client id).
 */

import { STALE_AFTER } from "./outbox.js";

const ACK_WITHIN = 12000;
const PAUSES = [1500, 4000, 9000];

/** Errors of the line itself: the same line can never be taken. */
const FINAL = new Set(["bad_message", "bad_request", "empty", "invalid", "too_large", "too_long", "forbidden"]);

const TIRED = "系统一时收不下，试了几次都没成功。";
const SILENT = { code: "no_answer", message: "服务器一直没有确认这条消息。" };
const STALE = { code: "stale", message: "这条消息上次没有送出去。还需要的话，请点“重试”。" };

export class Delivery extends EventTarget {
  #flight = null;
  #timer = 0;
  #attempts = new Map();

  /** @param {import("./socket.js").LiveSocket} socket @param {import("./outbox.js").Outbox} outbox */
  constructor(socket, outbox) {
    super();
    this.socket = socket;
    this.outbox = outbox;
    const now = Date.now();
    for (const line of outbox.lines()) if (!line.failed && now - line.at > STALE_AFTER) outbox.mark(line.client_id, STALE);
    socket.addEventListener("open", () => this.#next());
    socket.addEventListener("down", () => this.#land());
  }

  /** @param {Record<string, unknown>} event @param {string} text @returns {any} the stored line */
  submit(event, text) {
    const line = this.outbox.add(event, text);
    this.#next();
    return line;
  }

  /** The server has the line: it said so, or the line came back in the conversation. @param {string} clientId */
  confirm(clientId) {
    this.outbox.drop(clientId);
    this.#attempts.delete(clientId);
    if (this.#flight === clientId) this.#land();
    this.dispatchEvent(new CustomEvent("delivered", { detail: clientId }));
    this.#next();
  }

  /** @param {string} clientId @param {{code: string, message: string}} error */
  refuse(clientId, error) {
    if (this.#flight !== clientId) return;
    this.#land();
    const attempts = this.#count(clientId);
    if (FINAL.has(error.code)) {
      this.#fail(clientId, error);
    } else if (attempts > PAUSES.length) {
      this.#fail(clientId, { code: error.code, message: TIRED });
    } else {
      this.#flight = clientId;
      this.#timer = window.setTimeout(() => this.#again(), PAUSES[attempts - 1]);
      this.dispatchEvent(new CustomEvent("retrying", { detail: clientId }));
    }
  }

  /** The citizen asks for another try. @param {string} clientId */
  retry(clientId) {
    this.#attempts.delete(clientId);
    this.outbox.mark(clientId, null);
    this.dispatchEvent(new CustomEvent("retrying", { detail: clientId }));
    if (this.socket.open) this.#next();
    else this.socket.wake();
  }

  /** The citizen takes the line back. @param {string} clientId */
  discard(clientId) {
    this.outbox.drop(clientId);
    this.#attempts.delete(clientId);
    if (this.#flight === clientId) this.#land();
    this.#next();
  }

  #next() {
    if (this.#flight || !this.socket.open) return;
    const line = this.outbox.lines().find((each) => !each.failed);
    if (!line || !this.socket.send({ ...line.event, client_id: line.client_id })) return;
    this.#flight = line.client_id;
    this.#timer = window.setTimeout(() => this.#unanswered(line.client_id), ACK_WITHIN);
  }

  #unanswered(clientId) {
    this.#land();
    if (this.#count(clientId) > PAUSES.length) this.#fail(clientId, SILENT);
    else this.socket.restart();
  }

  #again() {
    this.#land();
    this.#next();
  }

  #fail(clientId, error) {
    this.#attempts.delete(clientId);
    this.outbox.mark(clientId, { code: error.code, message: error.message });
    this.dispatchEvent(new CustomEvent("failed", { detail: { clientId, error } }));
    this.#next();
  }

  #count(clientId) {
    const attempts = (this.#attempts.get(clientId) ?? 0) + 1;
    this.#attempts.set(clientId, attempts);
    return attempts;
  }

  #land() {
    clearTimeout(this.#timer);
    this.#flight = null;
  }
}
