// The operator's telephone: which one it is, what it is doing, and the case that opens by itself when it is answered.

import { ApiError, get, post, put } from "./desk-api.js";
import { byId, el, icon } from "./desk-dom.js";
import { announce, toast, toastError } from "./desk-notice.js";
import { coalesced, ignoreOffline } from "./desk-store.js";

export class DeskPhone {
  #store;
  #open;
  #phone = { phone: null, phones: [], call: null };
  #answered = null; // case of the call that has been opened
  #before = null; // case that was open when the call came
  #fetch = coalesced(() => this.#load());

  /** `open(number)` opens a case and waits until it is on the page. */
  constructor(store, open) {
    this.#store = store;
    this.#open = open;
    store.on("link", () => store.link.state === "live" && this.#refresh());
    store.on("phone", ({ phone }) => phone === this.#phone.phone && this.#refresh());
    store.on("queues", () => this.#show());
    store.on("case", () => this.#show());
    byId("phone-select").addEventListener("change", ({ target }) => this.#choose(target.value || null));
  }

  #refresh() {
    if (this.#store.worksCases) this.#fetch().catch(ignoreOffline);
  }

  async #load() {
    this.#take(await get("/api/phone"));
  }

  #take(phone) {
    this.#phone = phone;
    this.#showChoice();
    this.#show();
    const { call } = phone;
    if (!call) {
      this.#answered = null;
      this.#before = null;
    } else if (call.talking && call.case && call.case !== this.#answered) {
      this.#answered = call.case;
      this.#answer(call.case);
    }
  }

  /** What is being written stays as a draft of its own case. */
  async #answer(number) {
    const { store, before } = { store: this.#store, before: this.#store.number };
    this.#before = before && before !== number ? before : null;
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    await this.#open(number);
    if (store.number !== number || !store.detail) return;
    announce(`电话已接通，打开了 ${store.detail.case.title}`, { urgent: true });
    this.#show();
    if (!store.detail.steps.includes("claim")) return;
    try {
      await store.step(number, "claim");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // a colleague was faster: the case says so
    }
  }

  async #choose(phone) {
    try {
      this.#take(await put("/api/phone", { phone }));
      toast(phone ? `话机 ${phone} 接通时，案件会自己打开` : "没有选话机");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
      this.#showChoice();
    }
  }

  async #handBack(button) {
    button.disabled = true;
    try {
      this.#take(await post("/api/phone/hand_back"));
      toast("已交还机器人，机器人接着和市民说");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    } finally {
      button.disabled = false;
    }
  }

  #showChoice() {
    const { phone, phones } = this.#phone;
    byId("phone-choice").hidden = phones.length === 0;
    const known = phone && !phones.includes(phone) ? [phone, ...phones] : phones;
    byId("phone-select").replaceChildren(
      el("option", { value: "", text: "我的话机：未选" }),
      ...known.map((name) => el("option", { value: name, text: `话机 ${name}`, selected: name === phone })),
    );
  }

  #show() {
    const { phone, call } = this.#phone;
    const strip = byId("phone-strip");
    const print = JSON.stringify([phone, call, this.#title(call?.case), this.#before, this.#store.number]);
    if (strip.dataset.print === print) return;
    strip.dataset.print = print;
    strip.hidden = !call;
    strip.classList.toggle("is-ringing", Boolean(call) && !call.talking);
    strip.replaceChildren(...(call ? this.#strip(phone, call) : []));
  }

  #strip(phone, call) {
    const number = call.case;
    const words = [call.caller ?? "来电未显示号码", number ? this.#title(number) : "没有案件编号"].filter(Boolean).join(" · ");
    const link = (to, text) => el("a", { class: "button button-small", href: `#/case/${to}`, data: { focus: `phone-${to}` }, text });
    return [
      icon("phone"),
      el("p", { class: "phone-words" }, el("strong", { text: call.talking ? `${phone} 通话中` : `${phone} 响铃` }), el("span", { text: words })),
      el(
        "div",
        { class: "phone-steps" },
        number && number !== this.#store.number && link(number, `打开 ${number}`),
        this.#before && this.#before !== this.#store.number && link(this.#before, "回到刚才那件"),
        call.talking &&
          el("button", { type: "button", class: "button button-small", data: { focus: "phone-hand-back" }, on: { click: ({ currentTarget }) => this.#handBack(currentTarget) } }, "交还机器人"),
      ),
    ];
  }

  #title(number) {
    if (!number) return null;
    const { rows, detail } = this.#store;
    if (detail?.case.number === number) return detail.case.title;
    const lists = [rows.waiting, rows.mine, rows.recent, rows.other.waiting, rows.other.recent];
    return lists.flat().find((row) => row.number === number)?.title ?? `编号 ${number}`;
  }
}
