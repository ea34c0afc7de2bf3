/** The line above the box that tells whether messages get through. */

import { element, icon } from "./element.js";

const TROUBLE_FOR = 12000;

export class Connection {
  #timer = 0;
  #resume = null;

  /** @param {HTMLElement} place live element */
  constructor(place) {
    this.place = place;
  }

  up() {
    if (!this.place.dataset.kind) clearTimeout(this.#timer);
    if (this.place.dataset.kind !== "down") return;
    this.#show("up", "check", "已重新连上");
    this.#timer = window.setTimeout(() => this.#hide(), 2500);
  }

  /** @param {number} failures in a row @param {string|null} reason told by the server */
  down(failures, reason = null) {
    if (failures < 2 && !reason) return this.#later();
    if (reason) return this.#show("down", "retry", `${reason.replace(/。$/, "")}。您写的会留着，恢复后自动发出。`);
    const text = navigator.onLine ? "正在重连…" : "网络断开了，正在等它恢复…";
    return this.#show("down", "retry", `${text}您写的不会丢，连上后自动发出。紧急情况请直接`, true);
  }

  /** Something went wrong that does not concern the connection itself. @param {string} message */
  trouble(message) {
    this.#show("trouble", "alert", message);
    this.#timer = window.setTimeout(() => this.#hide(), TROUBLE_FOR);
  }

  /** @param {number} milliseconds @returns {Promise<void>} ends early when the page wakes up */
  pause(milliseconds) {
    return new Promise((resolve) => {
      this.#resume = resolve;
      setTimeout(resolve, milliseconds);
    });
  }

  hurry() {
    this.#resume?.();
  }

  /** A blink of the network is not worth a word: tell it only when it lasts. */
  #later() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.down(2), 1200);
  }

  #show(kind, symbol, text, call = false) {
    clearTimeout(this.#timer);
    const same = this.place.dataset.kind === kind && this.place.dataset.text === text;
    this.place.hidden = false;
    if (same) return;
    this.place.dataset.kind = kind;
    this.place.dataset.text = text;
    const words = element("span", { text });
    if (call) words.append(element("a", { href: "tel:110", class: "keep", text: "拨打110" }));
    this.place.replaceChildren(icon(symbol), words);
  }

  #hide() {
    this.place.hidden = true;
    delete this.place.dataset.kind;
    this.place.replaceChildren();
  }
}
