// The queue pane: four lists, search, and one row per case.

import { byId, el, icon, reconcile, ticking } from "./desk-dom.js";
import { toastError } from "./desk-notice.js";
import { clock, tick } from "./desk-time.js";
import { LONG_WAIT, PRIORITIES } from "./desk-words.js";

const WAITING = new Set(["offered", "returned"]);

export class QueuePane {
  tab = "waiting";
  #store;
  #results = null; // {text, rows} while a search is shown

  constructor(store) {
    this.#store = store;
    store.on("queues", () => this.render());
    store.on("case", () => this.#markOpen());
    store.on("me", () => this.render());
    byId("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search(byId("search-text").value.trim());
    });
    byId("search-text").addEventListener("input", (event) => {
      if (!event.target.value) this.#clearSearch();
    });
    byId("search-text").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.target.value = "";
      this.#clearSearch();
      event.target.blur();
    });
    byId("tabs").addEventListener("keydown", (event) => this.#arrows(event));
  }

  get #tabs() {
    const { rows, desk, otherDesk, worksCases } = this.#store;
    const callbacks = rows.callbacks.length > 0 || this.tab === "callbacks" ? [{ id: "callbacks", title: "回拨", count: rows.callbacks.length }] : [];
    if (!worksCases) {
      return [
        { id: "waiting", title: `${desk} 席`, count: rows.waiting.length, urgent: hasP1(rows.waiting) },
        { id: "other", title: `${otherDesk} 席`, count: rows.other.waiting.length, urgent: hasP1(rows.other.waiting) },
        ...callbacks,
        { id: "recent", title: "最近" },
      ];
    }
    return [
      { id: "waiting", title: "待接收", count: rows.waiting.length, urgent: hasP1(rows.waiting) },
      { id: "mine", title: "我的", count: rows.mine.length },
      ...callbacks,
      { id: "recent", title: "最近" },
      { id: "other", title: "对方席", count: rows.other.waiting.length, urgent: hasP1(rows.other.waiting) },
    ];
  }

  /** Moves focus by `by` rows from the focused or the open one. */
  move(by) {
    const rows = [...byId("queue-body").querySelectorAll(".row")];
    if (!rows.length) return;
    const at = rows.findIndex((row) => row === document.activeElement);
    const from = at >= 0 ? at : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    const to = from < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + by));
    rows[to].focus();
    rows[to].scrollIntoView({ block: "nearest" });
  }

  /** Number of the case whose row has focus, or null. */
  get focused() {
    return document.activeElement?.closest?.(".row")?.dataset.number ?? null;
  }

  show(tab) {
    this.tab = tab;
    this.#results = null;
    byId("search-text").value = "";
    this.render();
    byId("queue-body").scrollTop = 0;
  }

  render() {
    if (!this.#store.me) return;
    reconcile(
      byId("tabs"),
      this.#tabs.map((tab) => ({ ...tab, selected: tab.id === this.tab && !this.#results })),
      (tab) => tab.id,
      (tab) => this.#tabButton(tab),
    );
    byId("queue-body").setAttribute("aria-labelledby", `tab-${this.tab}`);
    const { focused } = this;
    reconcile(byId("queue-body"), this.#sections(), (section) => section.id, (section) => this.#section(section));
    for (const section of this.#sections()) this.#rows(section);
    this.#markOpen();
    tick();
    if (focused && document.activeElement === document.body) this.#refocus(focused);
  }

  /** The row that had focus left the list: on to the case if that is open, else to the first row. */
  #refocus(number) {
    const target = number === this.#store.number ? byId("case-title") : byId("queue-body").querySelector(".row");
    target?.focus({ preventScroll: true });
  }

  #tabButton({ id, title, count, urgent, selected }) {
    return el(
      "button",
      {
        type: "button", role: "tab", id: `tab-${id}`, class: "queue-tab", data: { focus: `tab-${id}` },
        "aria-selected": String(selected), "aria-controls": "queue-body", tabindex: selected || (this.#results && id === this.tab) ? "0" : "-1",
        on: { click: () => this.show(id) },
      },
      title,
      count > 0 && el("span", { class: urgent ? "count count-urgent" : "count", text: String(count) }),
      urgent && el("span", { class: "visually-hidden", text: "，有 P1" }),
    );
  }

  #sections() {
    const { rows, desk, otherDesk, loaded, worksCases } = this.#store;
    if (this.#results) return [{ id: "found", title: `“${this.#results.text}”：${this.#results.rows.length} 件`, clear: true, empty: "没有找到。换个编号、路名或原话里的词试试" }];
    if (!loaded) return [{ id: "loading", empty: "正在读取队列…" }];
    if (this.tab === "other") {
      return [
        { id: "other-waiting", title: `${otherDesk} 席待接收`, empty: "对方席没有待接收的" },
        { id: "other-recent", title: `${otherDesk} 席最近`, empty: "没有最近的记录" },
      ];
    }
    if (this.tab === "recent") return [{ id: "recent", empty: "没有最近的记录" }];
    if (this.tab === "callbacks") return [{ id: "callbacks", title: "没接通就挂断的，等得最久的在前", empty: "没有要回拨的" }];
    if (this.tab === "mine") return [{ id: "mine", empty: "手上没有案件。按 J 选一件，C 接收" }];
    return [{ id: "waiting", title: worksCases ? null : `${desk} 席待接收`, empty: "都接完了，没有等待的", quiet: rows.waiting.length === 0 }];
  }

  #rowsOf(id) {
    const { rows } = this.#store;
    if (id === "found") return this.#results.rows;
    if (id === "recent" && !this.#store.worksCases) {
      return [...rows.recent, ...rows.other.recent].sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
    }
    if (id === "other-waiting") return rows.other.waiting;
    if (id === "other-recent") return rows.other.recent.filter((row) => !WAITING.has(row.state));
    return rows[id] ?? [];
  }

  #section({ id, title, clear }) {
    return el(
      "section",
      { class: "queue-section", data: { id } },
      (title || clear) &&
        el(
          "header",
          { class: "queue-section-head" },
          el("h3", { text: title }),
          clear && el("button", { type: "button", class: "button button-quiet button-small", text: "清除", on: { click: () => this.#clearSearch() } }),
        ),
      el("ol", { class: "rows", "aria-label": title ?? "案件" }),
      el("p", { class: "queue-empty", hidden: true }),
    );
  }

  #rows({ id, empty }) {
    const section = byId("queue-body").querySelector(`[data-id="${id}"]`);
    const rows = this.#rowsOf(id);
    reconcile(section.querySelector(".rows"), rows, (row) => row.number, (row) => this.#row(row, id));
    const note = section.querySelector(".queue-empty");
    note.hidden = rows.length > 0;
    note.textContent = empty;
  }

  #row(row, list) {
    const waiting = WAITING.has(row.state);
    const foreign = list === "found" || (list === "recent" && !this.#store.worksCases) || (list === "mine" && row.queue !== this.#store.desk);
    return el(
      "li",
      {},
      el(
        "a",
        { class: `row row-${row.priority}${waiting ? " is-waiting" : ""}`, href: `#/case/${row.number}`, data: { number: row.number, focus: `row-${row.number}`, wait: "" } },
        el("span", { class: `prio prio-${row.priority}` }, row.priority, el("span", { class: "prio-word", text: PRIORITIES[row.priority] })),
        el("span", { class: "row-title", text: row.title }),
        waiting
          ? el(
              "span",
              { class: "row-wait" },
              el("span", { class: "visually-hidden", text: "已等" }),
              el("span", { class: "ticking figures", data: { since: row.offered_at, limit: LONG_WAIT[row.priority] } }),
            )
          : el("span", { class: "row-wait row-when", text: clock(row.updated_at) }),
        el("span", { class: "row-place" }, row.location || el("span", { class: "row-noplace", text: "地点不明" })),
        rowMarks(row, waiting, foreign),
        row.reason && (waiting || list === "mine") && el("span", { class: "row-reason", text: row.reason }),
      ),
    );
  }

  #markOpen() {
    for (const row of byId("queue-body").querySelectorAll(".row")) {
      const open = row.dataset.number === this.#store.number;
      if (open) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  async #search(text) {
    if (!text) return this.#clearSearch();
    try {
      this.#results = { text, rows: await this.#store.search(text) };
      this.render();
    } catch (error) {
      toastError(error);
    }
    return undefined;
  }

  #clearSearch() {
    if (!this.#results && !byId("search-text").value) return;
    this.show(this.tab);
  }

  #arrows(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const ids = this.#tabs.map((tab) => tab.id);
    const next = ids[(ids.indexOf(this.tab) + step + ids.length) % ids.length];
    this.show(next);
    byId(`tab-${next}`).focus();
  }
}

function rowMarks(row, waiting, foreign) {
  const marks = [
    row.state === "returned" && el("span", { class: "mark mark-returned", text: "被退回" }),
    row.state === "offered" && row.transferred_from && el("span", { class: "mark mark-transferred", text: `${row.transferred_from} 席转来` }),
    row.callback_since && el("span", { class: "mark mark-returned", text: `待回拨 ${clock(row.callback_since)}` }),
    row.unread && el("span", { class: "mark mark-unread", text: "有新消息" }),
    !waiting && el("span", { class: "mark", text: row.assignee ? `${row.state_title} · ${row.assignee}` : row.state_title }),
    foreign && el("span", { class: `badge badge-${row.queue} mark-desk`, text: `${row.queue} 席` }),
    ...row.risks.map((risk) => el("span", { class: "risk", title: `“${risk.quote}”` }, icon("alert"), risk.title)),
  ].filter(Boolean);
  return marks.length > 0 && el("span", { class: "row-marks" }, marks);
}

const hasP1 = (rows) => rows.some((row) => row.priority === "P1");
