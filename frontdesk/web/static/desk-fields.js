// The fields of a case: value and the words it was heard in, side by side; click to edit in place.

import { ApiError } from "./desk-api.js";
import { el, isPlainEnter, reconcile } from "./desk-dom.js";
import { draft, keep } from "./desk-drafts.js";
import { toast } from "./desk-notice.js";
import { clock } from "./desk-time.js";
import { FIELDS, FIVE_ELEMENTS, SOURCES, YES_NO_FIELDS, shown } from "./desk-words.js";

const UNSURE = 0.6; // confidence below which a value is marked

export class FieldTable {
  #store;
  #findQuote;
  #editing = null; // {number, name, text} while a field is open
  #list = el("ul", { class: "fields-rows" });
  #spare = el("p", { class: "fields-spare" });
  node = el("div", { class: "fields" }, this.#list, this.#spare);

  /** `findQuote(quote)` shows the words in the conversation. */
  constructor(store, findQuote) {
    this.#store = store;
    this.#findQuote = findQuote;
  }

  render() {
    const { case: row, steps } = this.#store.detail;
    if (this.#editing && this.#editing.number !== row.number) this.#editing = null;
    const editable = steps.includes("edit");
    const missing = new Set(row.missing);
    const open = this.#editing?.name;
    const names = Object.keys(FIELDS).filter(
      (name) => FIVE_ELEMENTS.includes(name) || missing.has(name) || row.fields[name] || name === open,
    );
    const items = names.map((name) => ({
      name, editable, missing: missing.has(name), field: row.fields[name] ?? null, editing: name === open, number: row.number,
    }));
    // While a field is being edited its row stays as it is, whatever arrives; saving overrules.
    reconcile(this.#list, items.map((item) => (item.editing ? { name: item.name, editing: true, number: row.number } : item)), (item) => item.name, (item) => this.#row(item));
    const spare = Object.keys(FIELDS).filter((name) => !names.includes(name));
    this.#spare.hidden = !editable || spare.length === 0;
    this.#spare.replaceChildren(
      el("span", { class: "fields-spare-label", text: "再填" }),
      ...spare.map((name) => el("button", { type: "button", class: "chip", text: FIELDS[name], data: { focus: `spare-${name}` }, on: { click: () => this.#edit(name) } })),
    );
  }

  #row(item) {
    const { name } = item;
    const className = ["field-row", item.missing && "is-missing", item.editing && "is-editing"].filter(Boolean).join(" ");
    if (item.editing) return el("li", { class: className }, el("span", { class: "field-name", text: FIELDS[name] }), this.#editor(name));
    const { field } = item;
    return el(
      "li",
      { class: className },
      el("span", { class: "field-name", text: FIELDS[name] }),
      el("div", { class: "field-value" }, this.#value(item), field && item.missing && el("span", { class: "field-unclear", text: "还不清楚，请问清" })),
      el("div", { class: "field-quote" }, field?.quote ? this.#quote(field.quote) : null),
      el("div", { class: "field-source" }, field && sourceBadge(field)),
    );
  }

  #value({ name, field, editable, missing }) {
    const text = field ? shown(field.value) : missing ? "缺，请问清" : "未说";
    const className = field ? "field-text" : missing ? "field-text field-gap" : "field-text field-none";
    if (!editable) return el("span", { class: className, text });
    return el(
      "button",
      { type: "button", class: `${className} field-edit`, data: { focus: `field-${name}` }, on: { click: () => this.#edit(name) } },
      el("span", { class: "visually-hidden", text: `修改${FIELDS[name]}：` }),
      text,
    );
  }

  #quote(quote) {
    return el(
      "button",
      { type: "button", class: "quote", title: "在对话里找到这句话", on: { click: () => this.#findQuote(quote) } },
      el("span", { class: "quote-text", text: `“${quote}”` }),
    );
  }

  #edit(name) {
    const { case: row } = this.#store.detail;
    const value = row.fields[name]?.value;
    const text = draft(draftKey(row.number, name)) ?? (value === undefined ? "" : String(value));
    this.#editing = { number: row.number, name, text };
    this.render();
    const input = this.#list.querySelector(".field-editor [name=value]");
    input.focus();
    if (input.select) input.select();
  }

  #stop() {
    const { number, name } = this.#editing;
    keep(draftKey(number, name), "");
    this.#editing = null;
    this.render();
    document.querySelector(`[data-focus="field-${name}"], [data-focus="spare-${name}"]`)?.focus();
  }

  #editor(name) {
    const state = this.#editing;
    const input = inputFor(name, state.text);
    const problem = el("p", { class: "field-error", role: "alert", hidden: true });
    const save = el("button", { type: "submit", class: "button button-primary button-small", text: "保存" });
    const fail = (text) => {
      problem.textContent = text;
      problem.hidden = false;
      input.focus();
    };
    const send = async (value) => {
      save.disabled = true;
      try {
        await this.#store.step(state.number, "edit", { field: name, value });
        if (this.#editing === state) this.#stop();
        toast(`${FIELDS[name]}已${value === null ? "清空" : "保存"}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        fail(error.message);
      } finally {
        save.disabled = false;
      }
    };
    const form = el(
      "form",
      { class: "field-editor", novalidate: true },
      el("label", { class: "visually-hidden", for: input.id, text: FIELDS[name] }),
      input,
      el(
        "div",
        { class: "field-editor-row" },
        save,
        el("button", { type: "button", class: "button button-small", text: "取消", on: { click: () => this.#stop() } }),
        this.#store.detail.case.fields[name] && el("button", { type: "button", class: "button button-small button-quiet", text: "清空", on: { click: () => send(null) } }),
      ),
      problem,
    );
    input.addEventListener("input", () => {
      keep(draftKey(state.number, name), input.value);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        this.#stop();
      } else if (isPlainEnter(event) && event.target === input) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = contentOf(name, input.value);
      if (value === undefined) return fail("金额请填数字，例如 38600");
      if (value === null) return fail("还没有填。要去掉这一项请按“清空”");
      return send(value);
    });
    return form;
  }
}

/** An input for the field's type, with its present text. */
function inputFor(name, text) {
  const common = { id: `edit-${name}`, name: "value", class: "input", autocomplete: "off" };
  if (YES_NO_FIELDS.has(name)) {
    const select = el("select", common, el("option", { value: "", text: "请选择" }), el("option", { value: "true", text: "是" }), el("option", { value: "false", text: "否" }));
    select.value = text;
    return select;
  }
  if (name === "amount" || name === "phone" || name === "plate" || name === "name") {
    return el("input", { ...common, type: name === "phone" ? "tel" : "text", inputmode: name === "amount" ? "decimal" : null, maxlength: 120, value: text });
  }
  return el("textarea", { ...common, rows: 2, maxlength: 2000, value: text });
}

/** The typed content: null when empty, undefined when it is no number. */
function contentOf(name, text) {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (YES_NO_FIELDS.has(name)) return trimmed === "true";
  if (name !== "amount") return trimmed;
  const number = Number(trimmed.replaceAll(/[,，\s元]/gu, ""));
  return Number.isFinite(number) ? number : undefined;
}

function sourceBadge(field) {
  const title = SOURCES[field.source] ?? field.source;
  const who = field.source === "operator" ? `${field.by ?? ""} ${clock(field.at)}`.trim() : clock(field.at);
  return [
    el("span", { class: `source source-${field.source}`, text: title, title: who }),
    field.confidence !== null && field.confidence !== undefined && field.confidence < UNSURE && el("span", { class: "source-unsure", text: "待核实" }),
  ].filter(Boolean);
}

const draftKey = (number, name) => `${number}/field/${name}`;
