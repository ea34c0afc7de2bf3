/** How one line of the conversation looks. Gives list items; knows nothing of order, sockets or storage. */

import { clockTime, personName, plainDate } from "./casewords.js";
import { element, icon } from "./element.js";
import { paragraphs } from "./richtext.js";

/**
 * @param {any} message as sent by the server
 * @param {{queue: string|null, choose: (choice: {key: string, label: string}) => void, locate: (button: HTMLElement,
 *   notice: HTMLElement) => void, disagree: () => void}} context `queue` is the desk of the case at this point
 * @returns {HTMLElement} li
 */
export function messageItem(message, context) {
  const payload = message.payload ?? {};
  const kind = kindOf(message);
  const at = new Date(message.at);
  const item = element("li", { class: `line line-${kind}`, data: { seq: String(message.seq), kind, at: message.at } });
  if (message.client_id) item.dataset.clientId = message.client_id;
  const queue = payload.queue ?? payload.case?.queue ?? context.queue;
  if (kind === "operator" && queue) item.dataset.queue = queue;
  item.append(heading(kind, at, kind === "operator" ? operatorLabel(payload, queue) : null));
  const words = element("div", { class: "words" }, ...paragraphs(message.text));
  if (payload.provenance) words.append(provenance(payload.provenance));
  item.append(words);
  if (kind === "citizen") item.append(element("p", { class: "fate", text: "已送达" }));
  else item.append(...extras(payload, context));
  return item;
}

/** @param {any} line an unsent line of the outbox @returns {HTMLElement} li */
export function unsentItem(line) {
  const at = new Date(line.at);
  return element(
    "li",
    { class: "line line-citizen", data: { clientId: line.client_id, kind: "citizen", at: at.toISOString() } },
    heading("citizen", at, null),
    element("div", { class: "words" }, ...paragraphs(line.text)),
    element("p", { class: "fate", text: "发送中…" }),
  );
}

/**
 * The unsent line is on the record now. The same element stays, so that a screen reader does not read it twice.
 * @param {HTMLElement} item from unsentItem
 * @param {any} message
 * @returns {HTMLElement}
 */
export function confirmedItem(item, message) {
  item.dataset.seq = String(message.seq);
  item.dataset.at = message.at;
  const time = item.querySelector("time");
  time.dateTime = message.at;
  time.textContent = clockTime(new Date(message.at));
  item.querySelector(".words").replaceChildren(...paragraphs(message.text));
  showFate(item, "sent");
  return item;
}

/** @param {string} text @returns {HTMLElement} li: a note of this page, not part of the record */
export function noteItem(text) {
  return element("li", { class: "line line-note", data: { kind: "note" } }, element("p", { text }));
}

/**
 * @param {HTMLElement} item
 * @param {"sending"|"queued"|"sent"|{code: string, message: string}} fate
 * @param {{retry: () => void, discard: () => void, edit: (() => void)|null}|null} acts
 */
export function showFate(item, fate, acts = null) {
  const place = item.querySelector(".fate");
  if (!place) return;
  place.replaceChildren();
  item.classList.toggle("is-failed", typeof fate === "object");
  item.classList.toggle("is-unsent", fate !== "sent");
  if (typeof fate === "string") {
    place.textContent = { sending: "发送中…", queued: "等网络恢复后自动发出", sent: "已送达" }[fate];
    return;
  }
  place.append(icon("alert"), element("span", { text: `没送出去：${fate.message}` }));
  if (!acts) return;
  const buttons = element("span", { class: "fate-acts" });
  buttons.append(button("重试", acts.retry));
  if (acts.edit) buttons.append(button("改一改", acts.edit));
  buttons.append(button("不发了", acts.discard));
  place.append(buttons);
}

function kindOf(message) {
  const payload = message.payload ?? {};
  if (message.speaker === "citizen" || message.speaker === "operator") return message.speaker;
  if (message.speaker === "system" || payload.notice) return "notice";
  return payload.case || payload.connect ? "notice" : "frontdesk";
}

function operatorLabel(payload, queue) {
  return payload.by ? `${personName(queue)} ${payload.by}` : personName(queue);
}

function heading(kind, at, label) {
  const names = { citizen: "您", frontdesk: "一电通前台", notice: "办理通知" };
  return element(
    "p",
    { class: "who" },
    kind === "operator" ? icon("person") : null,
    kind === "notice" ? icon("case") : null,
    element("span", { class: "who-name", text: label ?? names[kind] }),
    element("time", { datetime: at.toISOString(), text: clockTime(at) }),
  );
}

function provenance(source) {
  const list = element("dl", { class: "provenance", "aria-label": "这条回答的依据" });
  const row = (term, text) =>
    list.append(element("div", {}, element("dt", { text: term }), element("dd", { text })));
  row("来源", source.source);
  row("核对日期", plainDate(source.checked) + (source.volatile ? "，政策常有调整，以最新公布为准" : ""));
  row("适用范围", source.applies_to);
  if (source.varies?.length) row("各地不同", source.varies.join("、"));
  return list;
}

function extras(payload, context) {
  const parts = [];
  const choices = Array.isArray(payload.choices) ? payload.choices : [];
  if (choices.length || payload.slot === "location") {
    const options = element("div", { class: "options", role: "group", "aria-label": "可以直接选" });
    if (payload.slot) options.dataset.slot = payload.slot;
    if (payload.slot === "location") options.append(...locationParts(context));
    choices.forEach((choice, index) => options.append(option(choice, index, context)));
    parts.push(options);
  }
  if (payload.answers) {
    parts.push(
      element(
        "div",
        { class: "options options-quiet" },
        element("button", { type: "button", class: "link", text: "这不是我要问的", on: { click: context.disagree } }),
      ),
    );
  }
  return parts;
}

function option(choice, index, context) {
  const digit = index < 9 ? String(index + 1) : null;
  return element(
    "button",
    {
      type: "button",
      class: "option",
      "aria-keyshortcuts": digit,
      data: digit ? { digit } : {},
      on: { click: () => context.choose(choice) },
    },
    digit ? element("span", { class: "option-digit", "aria-hidden": "true", text: digit }) : null,
    element("span", { text: choice.label }),
  );
}

function locationParts(context) {
  const notice = element("p", { class: "option-notice", role: "status" });
  const button = element("button", { type: "button", class: "option option-locate" }, icon("pin"));
  button.append(element("span", { text: "用手机定位告诉我们" }));
  button.addEventListener("click", () => context.locate(button, notice));
  return [button, notice];
}

function button(text, act) {
  return element("button", { type: "button", class: "link", text, on: { click: act } });
}
