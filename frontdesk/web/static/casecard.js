/** The card "正在办理": the citizen's cases of this conversation, newest open, with number, code, state and desk. */

import { deskName, finished, stateTitle } from "./casewords.js";
import { copyText } from "./copy.js";
import { element, icon } from "./element.js";

const COPIED_FOR = 2500;

export class CaseCard {
  #cases = new Map();

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.open = false;
    place.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.open) return;
      this.#unfold(false);
      place.querySelector(".case-toggle").focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (this.open && event.target instanceof Node && !place.contains(event.target)) this.#unfold(false);
    });
  }

  /** @param {any} payloadCase {number, access_code, queue, state, title}; later lines override earlier ones */
  update(payloadCase) {
    if (!payloadCase?.number) return;
    const before = this.#cases.get(payloadCase.number) ?? {};
    const given = Object.entries(payloadCase).filter(([, value]) => value !== null && value !== undefined);
    const after = { ...before, ...Object.fromEntries(given) };
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.#cases.set(payloadCase.number, after);
    this.#show();
  }

  /** @returns {any} the newest case, or null */
  get latest() {
    return [...this.#cases.values()].at(-1) ?? null;
  }

  clear() {
    this.#cases.clear();
    this.#show();
  }

  #unfold(open) {
    this.open = open;
    this.place.classList.toggle("is-open", open);
    this.place.querySelector(".case-toggle")?.setAttribute("aria-expanded", String(open));
  }

  #show() {
    const latest = this.latest;
    this.place.hidden = latest === null;
    if (!latest) return this.place.replaceChildren();
    const heading = finished(latest.state) ? "已办结" : "正在办理";
    const details = element("div", { class: "case-details", id: "case-details" });
    for (const each of [...this.#cases.values()].reverse()) details.append(caseRows(each));
    const toggle = element(
      "button",
      { type: "button", class: "case-toggle", "aria-expanded": String(this.open), "aria-controls": "case-details" },
      element("span", { class: "case-heading" }, icon("case"), element("span", { text: heading })),
      element("span", { class: "case-title", text: latest.title ?? "" }),
      element("span", { class: `badge badge-${latest.queue}`, text: stateTitle(latest.state) }),
      icon("chevron"),
    );
    toggle.addEventListener("click", () => this.#unfold(!this.open));
    this.place.replaceChildren(
      element("h2", { class: "case-head", text: heading }),
      toggle,
      details,
    );
    return undefined;
  }
}

function caseRows(each) {
  const rows = element("dl", { class: "case-rows" });
  const row = (term, ...content) =>
    rows.append(element("div", {}, element("dt", { text: term }), element("dd", {}, ...content)));
  row("受理编号", element("span", { class: "figures case-number", text: each.number }));
  if (each.access_code) row("查询码", element("span", { class: "figures case-code", text: each.access_code }));
  row("进度", element("span", { class: `badge badge-${each.queue}`, text: stateTitle(each.state) }));
  row("办理方", element("span", { text: deskName(each.queue) }));
  const fragment = new URLSearchParams({ number: each.number, code: each.access_code ?? "" });
  return element(
    "section",
    { class: "case", data: { queue: each.queue ?? "" }, "aria-label": each.title ?? each.number },
    element("h3", { text: each.title ?? "" }),
    rows,
    element(
      "p",
      { class: "case-acts" },
      copyButton(each),
      element("a", { class: "button button-small", href: `/status#${fragment}` }, icon("clock"), "看办理进度"),
    ),
  );
}

function copyButton(each) {
  const label = element("span", { text: "复制编号" });
  const said = element("span", { class: "visually-hidden", role: "status" });
  const text = `一电通受理编号 ${each.number}${each.access_code ? `，查询码 ${each.access_code}` : ""}`;
  const button = element("button", { type: "button", class: "button button-small" }, icon("copy"), label, said);
  button.addEventListener("click", async () => {
    const copied = await copyText(text);
    label.textContent = copied ? "已复制" : "请手动抄写";
    said.textContent = copied ? "编号和查询码已复制" : "浏览器不允许复制，请手动抄写编号";
    setTimeout(() => {
      label.textContent = "复制编号";
      said.textContent = "";
    }, COPIED_FOR);
  });
  return button;
}
