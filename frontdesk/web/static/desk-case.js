// The case pane: what it is in one line, what can be done next, and everything that is known.

import { ApiError } from "./desk-api.js";
import { callbackNotice } from "./desk-callback.js";
import { byId, el, fill, icon } from "./desk-dom.js";
import { card, consentCard, copy, guideCard, historyCard, linkageCard, resultCard, summaryCard, transferCard } from "./desk-cards.js";
import { FieldTable } from "./desk-fields.js";
import { toast, toastError } from "./desk-notice.js";
import { buttonsFor, conflictTitle, takeStep } from "./desk-steps.js";
import { clock, tick } from "./desk-time.js";
import { CAUTIONS, CHANNELS, FIELDS, LONG_WAIT, PRIORITIES, RISKS, ROUTES, STATES, gist } from "./desk-words.js";

const WAITING = new Set(["offered", "returned"]);
const DONE = new Set(["resolved", "followed_up", "closed"]);

export class CasePane {
  #store;
  #talk;
  #fields;
  #shown = null; // number whose frame is on the page
  #parts = {};

  constructor(store, talk) {
    this.#store = store;
    this.#talk = talk;
    this.#fields = new FieldTable(store, (quote) => {
      if (!talk.find(quote)) toast("这句话不在文字对话里", "warn");
    });
    store.on("case", () => this.render());
    store.on("conflict", () => this.render());
    store.on("me", () => this.render());
  }

  render() {
    const { number, detail, failure } = this.#store;
    const pane = byId("case");
    if (!number) return this.#blank(pane, "empty", this.#empty());
    if (failure) return this.#blank(pane, `failed-${number}`, this.#failed(failure));
    if (!detail) return this.#blank(pane, `opening-${number}`, [back(), el("p", { class: "case-blank", text: "正在打开…" })]);
    if (this.#shown !== number) this.#frame(pane, number);
    this.#fill(detail);
    tick();
    return undefined;
  }

  /** Puts the reader at the top of the case. */
  focus() {
    byId("case-title")?.focus({ preventScroll: true });
  }

  #blank(pane, print, content) {
    if (this.#shown === print) return;
    this.#shown = print;
    pane.scrollTop = 0;
    pane.replaceChildren(...[content].flat());
  }

  #empty() {
    return el(
      "div",
      { class: "case-blank" },
      icon("case"),
      el("p", { text: "从左边选一件打开" }),
      el("p", { class: "fine case-blank-keys" }, el("kbd", { text: "J" }), el("kbd", { text: "K" }), " 移动，", el("kbd", { text: "Enter" }), " 打开，", el("kbd", { text: "?" }), " 全部快捷键"),
    );
  }

  #failed(failure) {
    return [
      back(),
      el(
        "div",
        { class: "case-blank", role: "alert" },
        icon("alert"),
        el("p", { text: failure.message }),
        failure.requestId && el("p", { class: "fine", text: `编号 ${failure.requestId}` }),
        el("button", { type: "button", class: "button button-small", on: { click: () => this.#retry() } }, icon("retry"), "再试一次"),
      ),
    ];
  }

  #retry() {
    this.#store.failure = null;
    this.#shown = null;
    this.render();
    this.#store.refreshCase();
  }

  #frame(pane, number) {
    this.#shown = number;
    const part = (name, tag = "div") => (this.#parts[name] = el(tag, { class: `case-${name}` }));
    pane.replaceChildren(
      el("header", { class: "case-head" }, part("nav"), part("title"), part("risks"), part("conflict"), part("callback"), part("steps")),
      el("div", { class: "case-body" }, part("result"), part("facts"), part("cards")),
    );
    this.#parts.facts.append(card("fields", "要素", this.#fields.node, (this.#parts.missing = el("p", { class: "fields-missing" }))));
    pane.scrollTop = 0;
  }

  #fill({ case: row, summary, matter, steps }) {
    const { nav, title, risks, conflict, callback, steps: actions, missing, result, cards } = this.#parts;
    const where = { number: row.number, unseen: this.#talk.unseen };
    fill(nav, where, () => [
      back(),
      el("a", { class: "to-talk", href: `#/case/${row.number}/talk`, data: { focus: "to-talk" } }, "对话", where.unseen > 0 && el("span", { class: "count count-urgent", text: String(where.unseen) })),
    ]);
    fill(title, headOf(row), () => this.#title(row));
    fill(risks, row.risks, () => riskStrip(row.risks));
    fill(conflict, this.#store.conflict, () => this.#conflict());
    const mayRing = steps.includes("called_back");
    fill(callback, [row.number, row.callback, mayRing], () => callbackNotice(row.callback, mayRing ? (reached) => this.#calledBack(row.number, reached) : null));
    const buttons = buttonsFor(row, steps);
    fill(actions, [row.number, buttons], () => stepBar(buttons, (step) => takeStep(this.#store, step)));
    const gaps = row.missing.map((name) => FIELDS[name]).join("、");
    missing.textContent = gaps ? `还缺：${gaps}` : "";
    this.#fields.render();
    fill(result, [row.result, row.follow_up], () => resultCard(row));
    const may = { note: steps.includes("note"), message: steps.includes("message") };
    const { linkage, history, consent, transfers, also_asked: also } = row;
    fill(cards, [row.number, summary, matter, linkage, history, consent, transfers, also, may], () => [
      linkageCard(row, may.note ? (preset) => takeStep(this.#store, "note", preset) : null),
      guideCard(matter, may.message ? (text) => this.#talk.compose(text) : null),
      summaryCard(summary),
      transferCard(row),
      consentCard(row),
      also.length > 0 && card("also", "还提到", el("ul", { class: "also" }, also.map((text) => el("li", { text })))),
      historyCard(row),
    ]);
  }

  #title(row) {
    const { where, what } = gist(row.fields, row.title);
    const waiting = WAITING.has(row.state);
    const meta = [
      el("button", { type: "button", class: "meta-number figures", title: "复制编号", data: { focus: "number" }, on: { click: () => copy(row.number) } }, row.number, icon("copy")),
      el("span", { text: `${CHANNELS[row.origin.channel] ?? row.origin.channel}${row.origin.caller_number ? ` ${row.origin.caller_number}` : ""}` }),
      lineOf(row.origin) && el("span", { text: lineOf(row.origin) }),
      el("span", { text: `${clock(row.created_at)} 受理` }),
      ROUTES[row.route] && el("span", { text: ROUTES[row.route] }),
      row.code && el("span", { text: `类别 ${row.code}` }),
      row.appeal_type && el("span", { text: `诉求 ${row.appeal_type}` }),
      row.confidential && el("span", { class: "mark mark-returned", text: "要求保密" }),
    ];
    return [
      el(
        "p",
        { class: "case-line" },
        el("span", { class: `prio prio-${row.priority}` }, row.priority, el("span", { class: "prio-word", text: PRIORITIES[row.priority] })),
        el("span", { class: "case-kind", text: row.title }),
        el("span", { class: `badge badge-${row.queue}`, text: row.queue === row.first_queue ? `${row.queue} 席` : `${row.queue} 席 · 首接 ${row.first_queue}` }),
        el(
          "span",
          { class: `case-state state-${row.state}`, data: { wait: "" } },
          row.assignee && !waiting ? `${STATES[row.state]} · ${row.assignee}` : STATES[row.state],
          waiting && ["，已等 ", el("span", { class: "ticking figures", data: { since: row.offered_at, limit: LONG_WAIT[row.priority] } })],
        ),
      ),
      el("h2", { class: "case-gist", id: "case-title", tabindex: "-1" }, el("span", { class: "gist-what", text: what }), where ? el("span", { class: "gist-where" }, icon("pin"), where) : el("span", { class: "gist-where gist-nowhere" }, icon("pin"), "地点不明")),
      el("p", { class: "case-meta" }, meta.filter(Boolean)),
      handedOver(row),
    ].filter(Boolean);
  }

  async #calledBack(number, reached) {
    try {
      await this.#store.step(number, "called_back", { reached });
      toast(reached ? "已记下：回拨接通" : "已记下：未接，还要再拨");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  #conflict() {
    const { conflict } = this.#store;
    if (!conflict) return null;
    return el(
      "div",
      { class: "notice notice-warn conflict", role: "alert" },
      icon("alert"),
      el("p", {}, el("strong", { text: conflictTitle(conflict.code) }), `：${conflict.message}。下面已是最新。`.replace("。。", "。")),
      el("button", {
        type: "button", class: "button button-quiet button-small", text: "知道了",
        on: { click: () => { this.#store.conflict = null; this.render(); } },
      }),
    );
  }
}

/** Of a telephone call: the dialled line, and the trunk it came through. */
function lineOf({ channel, entry, trunk, caller_number: caller }) {
  if (channel !== "phone") return "";
  return [!caller && "未显示号码", entry && `拨打 ${entry}`, trunk && `中继 ${trunk}`].filter(Boolean).join("，");
}

/** Why the case is on this desk, while somebody works on it or waits to. */
function handedOver({ transfers, queue, state }) {
  const last = transfers.at(-1);
  if (!last || last.to_queue !== queue || DONE.has(state)) return null;
  const way = last.kind === "return" ? `${last.from_queue} 席退回` : `${last.from_queue} 席转来`;
  return el(
    "p",
    { class: "case-handed" },
    el("span", { class: last.kind === "return" ? "mark mark-returned" : "mark mark-transferred", text: way }),
    el("span", { text: last.reason }),
    el("span", { class: "fine", text: `${last.by} · ${clock(last.at)}` }),
  );
}

/** What the head of a case is drawn from, so that it is redrawn only when one of these changed. */
function headOf(row) {
  const { number, priority, title, queue, first_queue: first, state, assignee, offered_at: offered, fields, confidential, code, route, appeal_type: appeal } = row;
  return { number, priority, title, queue, first, state, assignee, offered, confidential, code, route, appeal, gist: gist(fields, title), transfers: row.transfers.length };
}

function back() {
  return el("a", { class: "back", href: "#/" }, el("span", { class: "icon icon-chevron icon-back", "aria-hidden": "true" }), "队列");
}

function riskStrip(risks) {
  if (risks.length === 0) return null;
  const cautions = risks.map((risk) => CAUTIONS[risk.flag]).filter(Boolean);
  return [
    el(
      "ul",
      { class: "risks", "aria-label": "风险" },
      risks.map((risk) => el("li", { class: "risk risk-said" }, icon("alert"), el("strong", { text: RISKS[risk.flag] ?? risk.flag }), el("span", { class: "risk-quote", text: `“${risk.quote}”` }))),
    ),
    ...cautions.map((text) => el("p", { class: "caution", text })),
  ];
}

function stepBar(buttons, run) {
  const button = ({ step, label, key, main, danger, minor }) =>
    el(
      "button",
      {
        type: "button",
        class: ["button button-small step", main && "button-primary", danger && "step-danger", minor && "button-quiet"].filter(Boolean).join(" "),
        data: { step, focus: `step-${step}` },
        "aria-keyshortcuts": key,
        on: { click: () => run(step) },
      },
      label,
      key && el("kbd", { "aria-hidden": "true", text: key }),
    );
  if (buttons.length === 0) return el("p", { class: "fine", text: "只读：这件事现在没有您可以做的步骤。" });
  return el("div", { class: "steps", role: "group", "aria-label": "下一步" }, buttons.map(button));
}
