/**
 * The list of lines: every line once, in the order of the record, unsent lines last.
 *
 * `lastSeq` is the end of the unbroken record from line 1; a line beyond it means that something in between is missing.
 */

import { dayName } from "./casewords.js";
import { element } from "./element.js";
import { confirmedItem, messageItem, noteItem, showFate, unsentItem } from "./messages.js";

const TOGETHER = 3 * 60 * 1000;
const NEAR_END = 96;

export class MessageLog {
  #items = new Map();
  #unsent = new Map();
  #anchor = null;
  #frame = 0;
  #atEnd = true;

  /**
   * @param {HTMLElement} region scrolling element with role log
   * @param {HTMLElement} list
   * @param {HTMLElement} jump button that leads back to the newest line
   */
  constructor(region, list, jump) {
    this.region = region;
    this.list = list;
    this.jump = jump;
    this.lastSeq = 0;
    region.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    jump.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#atEnd && this.spoken && this.toEnd()).observe(region);
  }

  /** @param {any} message @param {any} context see messageItem @returns {boolean} false when it was there already */
  add(message, context) {
    if (this.#items.has(message.seq)) return false;
    const unsent = message.client_id ? this.#unsent.get(message.client_id) : null;
    const item = unsent ? confirmedItem(unsent, message) : messageItem(message, context);
    this.#unsent.delete(message.client_id);
    this.#items.set(message.seq, item);
    while (this.#items.has(this.lastSeq + 1)) this.lastSeq += 1;
    this.#place(item, message.seq);
    this.#changed(item, message.speaker === "citizen");
    return true;
  }

  /** @param {any} line of the outbox @param {any} fate @param {any} acts */
  addUnsent(line, fate, acts) {
    if (this.#unsent.has(line.client_id)) return;
    const item = unsentItem(line);
    this.#unsent.set(line.client_id, item);
    this.list.append(item);
    showFate(item, fate, acts);
    this.#changed(item, true);
  }

  /** @param {string} clientId @param {any} fate @param {any} acts */
  setFate(clientId, fate, acts = null) {
    const item = this.#unsent.get(clientId);
    if (!item) return;
    showFate(item, fate, acts);
    this.#settle();
    if (this.#atEnd) this.toEnd();
  }

  /** The server took the line but keeps no text of it: it stays where it is. @param {string} clientId */
  release(clientId) {
    const item = this.#unsent.get(clientId);
    if (!item) return;
    this.#unsent.delete(clientId);
    delete item.dataset.clientId;
  }

  /** @param {string} clientId */
  removeUnsent(clientId) {
    this.#unsent.get(clientId)?.remove();
    this.#unsent.delete(clientId);
    this.#settle();
  }

  /** @param {string} text */
  note(text) {
    const item = noteItem(text);
    const firstUnsent = this.#unsent.values().next().value ?? null;
    this.list.insertBefore(item, firstUnsent);
    this.#changed(item, false);
  }

  /** Forgets the record; unsent lines stay. */
  clear() {
    this.#items.clear();
    this.lastSeq = 0;
    const unsent = new Set(this.#unsent.values());
    for (const item of [...this.list.children]) if (!unsent.has(item)) item.remove();
    this.#settle();
  }

  /** @returns {boolean} whether the citizen has said anything */
  get spoken() {
    return this.list.querySelector(".line-citizen") !== null;
  }

  /** @returns {HTMLElement|null} buttons that answer the open question */
  get openOptions() {
    return this.list.querySelector(".options:not(.options-quiet):not([hidden])");
  }

  toEnd() {
    this.#anchor = null;
    this.#atEnd = true;
    this.jump.hidden = true;
    this.region.scrollTop = this.region.scrollHeight;
  }

  #place(item, seq) {
    let before = null;
    for (const each of [...this.list.children].reverse()) {
      if (each === item) continue;
      const other = Number(each.dataset.seq ?? Number.NaN);
      if (other < seq) break;
      if (other > seq || this.#isUnsent(each)) before = each;
    }
    const there = item.parentNode === this.list && item.nextElementSibling === before;
    if (!there) this.list.insertBefore(item, before);
  }

  #isUnsent(item) {
    return item.dataset.clientId !== undefined && item.dataset.seq === undefined;
  }

  #changed(item, own) {
    this.#settle();
    this.list.dispatchEvent(new CustomEvent("lines", { bubbles: true }));
    if (own) {
      this.toEnd();
    } else if (this.#atEnd && this.spoken) {
      this.#anchor ??= item;
      cancelAnimationFrame(this.#frame);
      this.#frame = requestAnimationFrame(() => this.#follow());
    } else if (this.spoken && item.dataset.kind !== "note") {
      this.jump.hidden = false;
    }
  }

  /** Show the newest lines, but never scroll the start of what just arrived out of sight. */
  #follow() {
    const top = this.#anchor ? this.#anchor.offsetTop - 16 : Infinity;
    const end = this.region.scrollHeight - this.region.clientHeight;
    this.region.scrollTop = Math.min(end, top);
    this.#anchor = null;
    this.jump.hidden = end - this.region.scrollTop < NEAR_END;
  }

  #scrolled() {
    const rest = this.region.scrollHeight - this.region.clientHeight - this.region.scrollTop;
    this.#atEnd = rest < NEAR_END;
    if (this.#atEnd) this.jump.hidden = true;
  }

  /** What a line shows depends on its neighbours: day, speaker, fate, and which question is open. */
  #settle() {
    const items = [...this.list.children].filter((item) => item.dataset.kind !== "note");
    let previous = null;
    for (const item of items) {
      this.#day(item, previous);
      const close = previous && new Date(item.dataset.at) - new Date(previous.dataset.at) < TOGETHER;
      const same = close && previous.dataset.kind === item.dataset.kind && item.dataset.kind !== "notice";
      item.classList.toggle("is-follow", Boolean(same && !item.querySelector(".day")));
      previous = item;
    }
    const said = items.filter((item) => item.dataset.kind === "citizen");
    for (const item of said) item.classList.toggle("is-latest", item === said.at(-1));
    const answered = said.filter((item) => !item.classList.contains("is-failed")).at(-1);
    const after = answered ? items.slice(items.indexOf(answered) + 1) : items;
    const open = after.filter((item) => item.querySelector(".options")).at(-1);
    for (const item of items) for (const each of item.querySelectorAll(".options")) each.hidden = item !== open;
  }

  #day(item, previous) {
    const name = dayName(new Date(item.dataset.at));
    const same = previous && dayName(new Date(previous.dataset.at)) === name;
    const shown = item.querySelector(".day");
    if (same || (!previous && name === "今天")) shown?.remove();
    else if (!shown) item.prepend(element("p", { class: "day", text: name }));
  }
}
