/** The box the citizen writes in. Enter sends, Shift+Enter breaks the line, an open input method is left alone. */

import { read, remove, write } from "./storage.js";

/** Characters (code points) the server takes in one line. */
export const LIMIT = 4000;
const WARN_FROM = 3600;
const DRAFT = "ydt.draft";

export class Composer {
  #composing = false;

  /**
   * @param {HTMLFormElement} form with a textarea and a submit button
   * @param {HTMLElement} notice live element for the length
   * @param {(text: string) => void} submit
   */
  constructor(form, notice, submit) {
    this.form = form;
    this.field = form.querySelector("textarea");
    this.notice = notice;
    this.submit = submit;
    this.field.addEventListener("compositionstart", () => (this.#composing = true));
    this.field.addEventListener("compositionend", () => (this.#composing = false));
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.#changed());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.value = read("session", DRAFT) ?? "";
    this.#changed();
  }

  get composing() {
    return this.#composing;
  }

  get text() {
    return this.field.value;
  }

  set text(value) {
    this.field.value = value;
    this.#changed();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  clear() {
    this.text = "";
  }

  #key(event) {
    const busy = event.isComposing || this.#composing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || busy || event.defaultPrevented) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const text = this.field.value.trim();
    if (!text || [...text].length > LIMIT) {
      this.#changed();
      this.focus();
      return;
    }
    this.clear();
    this.submit(text);
  }

  #changed() {
    const text = this.field.value;
    if (text) write("session", DRAFT, text);
    else remove("session", DRAFT);
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
    const length = text.length > WARN_FROM ? [...text.trim()].length : 0;
    const over = length - LIMIT;
    this.field.setAttribute("aria-invalid", String(over > 0));
    this.form.classList.toggle("is-over", over > 0);
    if (over > 0) this.notice.textContent = `一条最多 ${LIMIT} 字，现在多了 ${over} 字。请删短，或分成几条发；文字都还在，没有丢。`;
    else this.notice.textContent = length > WARN_FROM ? `还能写 ${-over} 字` : "";
  }
}
