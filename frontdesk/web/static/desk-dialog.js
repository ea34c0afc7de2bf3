// Small dialogs that ask for a reason. What was typed survives closing, and a refused step leaves it in place.

import { ApiError } from "./desk-api.js";
import { el, isPlainEnter } from "./desk-dom.js";
import { draft, keep } from "./desk-drafts.js";

/**
 * Opens a dialog and submits it.
 * fields: {name, label, kind: "text" | "choice", required, quick: [text], options: [{value, label}], value, hint}
 * `key` names the draft. submit(values) may throw ApiError: the dialog stays open and says why. Resolves true when submitted, false when closed.
 */
export function ask({ title, lead, fields = [], confirm, danger = false, key, submit }) {
  const inputs = new Map();
  const error = el("p", { class: "dialog-error", role: "alert", hidden: true });
  const send = el("button", { type: "submit", class: `button button-small ${danger ? "button-danger" : "button-primary"}`, text: confirm });
  const form = el(
    "form",
    { method: "dialog", novalidate: true },
    el("h2", { id: "ask-title", text: title }),
    lead && el("p", { class: "dialog-lead", text: lead }),
    fields.map((field) => fieldOf(field, draft(`${key}/${field.name}`), inputs)),
    error,
    el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "button button-small", text: "取消", on: { click: () => dialog.close() } }), send),
  );
  const dialog = el("dialog", { class: "desk-dialog", "aria-labelledby": "ask-title" }, form);
  const opener = document.activeElement;
  const openerKey = opener?.closest?.("[data-focus]")?.dataset.focus;

  return new Promise((resolve) => {
    let done = false;
    form.addEventListener("keydown", (event) => {
      if (isPlainEnter(event) && event.target.matches("textarea, input[type=radio]")) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (send.disabled) return;
      const values = Object.fromEntries([...inputs].map(([name, input]) => [name, input.read()]));
      const empty = fields.find((field) => field.required && !values[field.name]);
      if (empty) return complain(`请填写${empty.label}`, inputs.get(empty.name).node);
      send.disabled = true;
      send.textContent = "正在提交…";
      error.hidden = true;
      try {
        await submit(values);
        done = true;
        dialog.close();
      } catch (problem) {
        if (!(problem instanceof ApiError)) {
          dialog.close();
          throw problem;
        }
        complain(problem.message);
      } finally {
        send.disabled = false;
        send.textContent = confirm;
      }
      return undefined;
    });
    dialog.addEventListener("close", () => {
      for (const [name, input] of inputs) keep(`${key}/${name}`, done ? "" : input.read());
      dialog.remove();
      const back = opener?.isConnected ? opener : openerKey && document.querySelector(`[data-focus="${CSS.escape(openerKey)}"]`);
      (back || document.querySelector("#case-title"))?.focus({ preventScroll: true });
      resolve(done);
    });
    document.body.append(dialog);
    dialog.showModal();
    (inputs.values().next().value?.node ?? send).focus();
  });

  function complain(text, node) {
    error.textContent = text;
    error.hidden = false;
    node?.focus();
  }
}

function fieldOf(field, kept, inputs) {
  return field.kind === "choice" ? choiceOf(field, kept, inputs) : textOf(field, kept, inputs);
}

function choiceOf({ name, label, options, value }, kept, inputs) {
  const chosen = kept ?? value;
  const radios = options.map((option) =>
    el("input", { type: "radio", name, value: option.value, checked: option.value === chosen }),
  );
  inputs.set(name, {
    node: radios.find((radio) => radio.checked) ?? radios[0],
    read: () => radios.find((radio) => radio.checked)?.value ?? "",
  });
  return el(
    "fieldset",
    { class: "dialog-choice" },
    el("legend", { text: label }),
    el("div", { class: "dialog-options" }, options.map((option, index) => el("label", { class: "dialog-option" }, radios[index], el("span", { text: option.label })))),
  );
}

function textOf({ name, label, value = "", quick = [], required, hint }, kept, inputs) {
  const area = el("textarea", { class: "input", id: `ask-${name}`, rows: 3, maxlength: 2000, value: kept ?? value, "aria-required": required ? "true" : null });
  inputs.set(name, { node: area, read: () => area.value.trim() });
  return el(
    "div",
    { class: "field" },
    el("label", { for: `ask-${name}` }, label, !required && el("span", { class: "dialog-optional", text: "可不填" })),
    quick.length > 0 &&
      el(
        "div",
        { class: "dialog-quick", role: "group", "aria-label": "常用说法" },
        quick.map((text) =>
          el("button", {
            type: "button",
            class: "chip",
            text,
            on: {
              click: () => {
                area.value = area.value.trim() ? `${area.value.trim().replace(/[，。；]$/u, "")}，${text}` : text;
                area.focus();
              },
            },
          }),
        ),
      ),
    area,
    el("p", { class: "field-hint", text: hint ?? "Enter 提交，Shift+Enter 换行" }),
  );
}
