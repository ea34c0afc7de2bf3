// The conversation pane: every line of citizen, front desk and operator, live, and the composer.

import { ApiError } from "./desk-api.js";
import { byId, el, isPlainEnter, onScreen } from "./desk-dom.js";
import { draft, keep } from "./desk-drafts.js";
import { clock } from "./desk-time.js";
import { CHANNELS } from "./desk-words.js";

const LIMIT = 2000; // characters of one message
const NEAR = 1800; // from here on the composer counts
const TYPING = 4000; // milliseconds that one sign of typing counts
const FOUND = 2500; // milliseconds a found line stays marked
const CLOSE = 80; // pixels from the end that still count as reading along
const SPEAKERS = { citizen: "市民", frontdesk: "机器人", operator: "操作员" };

export class TalkPane {
  unseen = 0; // citizen's lines that arrived while this pane was not on screen
  #store;
  #shown = { number: null, seq: 0 };
  #sending = false;
  #typingUntil = 0; // milliseconds, this computer's clock
  #behind = false; // lines came while the pane was not on screen

  constructor(store) {
    this.#store = store;
    store.on("case", () => this.render());
    store.on("messages", () => this.render());
    store.on("typing", () => this.#typing());
    const text = byId("compose-text");
    byId("compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    text.addEventListener("keydown", (event) => {
      if (isPlainEnter(event)) {
        event.preventDefault();
        this.#send();
      } else if (event.key === "Escape") {
        text.blur();
      }
    });
    text.addEventListener("input", () => this.#keep());
    byId("talk-newer").addEventListener("click", () => this.#toEnd());
    byId("talk-lines").addEventListener("scroll", () => {
      if (this.#atEnd()) byId("talk-newer").hidden = true;
    });
  }

  get #visible() {
    return onScreen(byId("talk"));
  }

  render() {
    const { number, detail } = this.#store;
    const lines = byId("talk-lines");
    byId("talk").classList.toggle("is-empty", !detail);
    if (this.#shown.number !== number) {
      this.#shown = { number, seq: 0 };
      this.unseen = 0;
      lines.replaceChildren();
      byId("talk-newer").hidden = true;
      byId("compose-text").value = draft(draftKey(number)) ?? "";
      byId("compose-error").hidden = true;
    }
    if (number) byId("talk-back").href = `#/case/${number}`;
    this.#channel();
    if (detail) this.#append(detail, lines);
    this.#composer();
  }

  /** Called when the pane comes on screen on a narrow page. */
  seen() {
    if (this.#behind) this.#toEnd();
    this.#behind = false;
    if (!this.unseen) return;
    this.unseen = 0;
    this.#store.emit("case");
  }

  /** Puts a suggested line into the composer, after what is there. */
  compose(text) {
    const box = byId("compose-text");
    const before = box.value.trim();
    box.value = before ? `${before}\n${text}` : text;
    this.#keep();
    if (!this.#visible) location.hash = `#/case/${this.#store.number}/talk`;
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  focusComposer() {
    if (byId("compose-text").disabled) return;
    if (!this.#visible) location.hash = `#/case/${this.#store.number}/talk`;
    byId("compose-text").focus();
  }

  /** Shows the citizen's line these words come from; false when it is not in this conversation. */
  find(quote) {
    const wanted = bare(quote);
    const line = [...byId("talk-lines").querySelectorAll(".line-citizen")].find((node) => bare(node.querySelector(".line-text").textContent).includes(wanted));
    if (!line) return false;
    if (!this.#visible) location.hash = `#/case/${this.#store.number}/talk`;
    line.scrollIntoView({ block: "center" });
    line.classList.add("is-found");
    setTimeout(() => line.classList.remove("is-found"), FOUND);
    return true;
  }

  #append({ case: row, messages }, lines) {
    const first = this.#shown.seq === 0;
    const fresh = messages.filter((line) => line.seq > this.#shown.seq);
    if (first && messages.length === 0) {
      lines.replaceChildren(...quotesInstead(row.quotes));
      return;
    }
    if (fresh.length === 0) return;
    if (fresh.some((line) => line.speaker === "citizen")) this.#typingUntil = 0;
    const stick = first || this.#atEnd() || fresh.some((line) => line.speaker === "operator");
    if (first) lines.replaceChildren();
    // A history that is merely being opened is not news: the log stays quiet for it.
    lines.setAttribute("aria-live", first ? "off" : "polite");
    lines.append(...fresh.map(lineOf));
    this.#shown.seq = fresh.at(-1).seq;
    const fromCitizen = fresh.filter((line) => line.speaker === "citizen").length;
    if (!first && !this.#visible) {
      this.unseen += fromCitizen;
      if (fromCitizen) this.#store.emit("case");
    }
    if (!this.#visible) this.#behind = true;
    if (stick) this.#toEnd();
    else if (fromCitizen) byId("talk-newer").hidden = false;
  }

  #channel() {
    const { detail } = this.#store;
    const channel = detail ? (CHANNELS[detail.case.origin.channel] ?? detail.case.origin.channel) : "";
    byId("talk-channel").textContent = this.#typingUntil > Date.now() ? "市民正在输入…" : channel;
  }

  #typing() {
    this.#typingUntil = Date.now() + TYPING;
    this.#channel();
    setTimeout(() => this.#channel(), TYPING + 50);
  }

  #composer() {
    const { detail, me } = this.#store;
    const may = Boolean(detail?.steps.includes("message")) && Boolean(detail?.case.origin.conversation);
    const text = byId("compose-text");
    byId("compose").hidden = !detail;
    text.disabled = !may;
    byId("compose-send").disabled = !may || this.#sending;
    text.placeholder = may ? "写给市民" : "";
    byId("compose").classList.toggle("is-off", !may);
    byId("compose-hint").textContent = may ? this.#count() : detail ? whyNot(detail.case, me) : "";
  }

  #count() {
    const { length } = byId("compose-text").value;
    if (length > LIMIT) return `超出 ${length - LIMIT} 字，最多 ${LIMIT} 字，请分成几条发`;
    if (length > NEAR) return `还能写 ${LIMIT - length} 字`;
    return "Enter 发送，Shift+Enter 换行";
  }

  #keep() {
    keep(draftKey(this.#store.number), byId("compose-text").value);
    this.#composer();
  }

  async #send() {
    const box = byId("compose-text");
    const { number } = this.#store;
    const text = box.value.trim();
    if (!text || this.#sending || box.disabled) return;
    if (box.value.length > LIMIT) return this.#complain(this.#count());
    this.#sending = true;
    byId("compose-error").hidden = true;
    const before = this.#shown.seq;
    this.#composer();
    try {
      await this.#store.step(number, "message", { text });
      this.#sent(number, text);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The answer may have been lost on the way back: believe the conversation, not the error.
      const arrived = number === this.#store.number && this.#store.detail?.messages.some((line) => line.seq > before && line.speaker === "operator" && line.text === text);
      if (arrived) this.#sent(number, text);
      else if (number === this.#store.number) this.#complain(error.message);
    } finally {
      this.#sending = false;
      this.#composer();
    }
    return undefined;
  }

  #sent(number, text) {
    if (draft(draftKey(number))?.trim() === text) keep(draftKey(number), "");
    if (number === this.#store.number && byId("compose-text").value.trim() === text) byId("compose-text").value = "";
  }

  #complain(text) {
    byId("compose-error").textContent = text;
    byId("compose-error").hidden = false;
  }

  #atEnd() {
    const lines = byId("talk-lines");
    return lines.scrollHeight - lines.scrollTop - lines.clientHeight < CLOSE;
  }

  #toEnd() {
    const lines = byId("talk-lines");
    lines.scrollTop = lines.scrollHeight;
    byId("talk-newer").hidden = true;
  }
}

function lineOf({ seq, speaker, text, at, payload = {} }) {
  const who = speaker === "operator" ? (payload.by ?? SPEAKERS.operator) : SPEAKERS[speaker];
  const choices = payload.choices?.map((choice) => choice.label).join(" / ");
  return el(
    "article",
    { class: `line line-${speaker}`, data: { seq } },
    el("p", { class: "line-who" }, el("strong", { text: who }), el("time", { class: "figures", datetime: at, text: clock(at) })),
    el("p", { class: "line-text", text }),
    choices && el("p", { class: "line-extra", text: `选项：${choices}` }),
    payload.provenance && el("p", { class: "line-extra", text: `来源：${payload.provenance.source}（核对于 ${payload.provenance.checked}）` }),
  );
}

/** Cases from the telephone or the API have no written conversation: the citizen's words as they were noted. */
function quotesInstead(quotes) {
  if (quotes.length === 0) return [el("p", { class: "talk-none", text: "没有对话记录" })];
  return [
    el("p", { class: "talk-none", text: "没有文字对话，以下是记下的原话" }),
    ...quotes.map((text) => el("article", { class: "line line-citizen" }, el("p", { class: "line-who" }, el("strong", { text: SPEAKERS.citizen })), el("p", { class: "line-text", text }))),
  ];
}

function whyNot(row, me) {
  if (!row.origin.conversation) return "这件事没有文字对话，请用电话联系市民。";
  if (me?.role !== "operator") return "只读：主管不给市民发消息。";
  if (row.queue !== me.queue) return `这件事在 ${row.queue} 席，由对方席与市民联系。`;
  if (row.assignee && row.assignee !== me?.name) return `由${row.assignee}与市民联系。`;
  if (row.state === "offered" || row.state === "returned") return "接收后可以给市民写消息。";
  return "现在不能给市民发消息。";
}

const draftKey = (number) => `${number}/message`;

/** Words without spaces and punctuation, for finding a quote in a line. */
const bare = (text) => text.replaceAll(/[\s\p{P}\p{S}]/gu, "");
