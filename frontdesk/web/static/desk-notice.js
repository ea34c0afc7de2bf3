// Short messages at the foot of the page, and words for screen readers.

import { isConflict } from "./desk-api.js";
import { byId, el, icon } from "./desk-dom.js";

const STAY = { good: 4000, warn: 9000, danger: 12000 }; // milliseconds

/** kind: "good", "warn" or "danger". Bad news stays longer, and can be closed. */
export function toast(text, kind = "good", detail = "") {
  const node = el(
    "div",
    { class: `toast toast-${kind}` },
    icon(kind === "good" ? "check" : "alert"),
    el("p", {}, text, detail && el("span", { class: "toast-detail", text: detail })),
    el("button", { type: "button", class: "toast-close", "aria-label": "关闭提示", on: { click: () => node.remove() } }, icon("close")),
  );
  const box = byId("toasts");
  for (const twin of box.children) if (twin.dataset.text === text) twin.remove();
  node.dataset.text = text;
  box.append(node);
  setTimeout(() => node.remove(), STAY[kind]);
}

/** An ApiError as a toast, with the number support will ask for. */
export function toastError(error) {
  toast(error.message, isConflict(error) ? "warn" : "danger", error.requestId ? `编号 ${error.requestId}` : "");
}

export function announce(text, { urgent = false } = {}) {
  const box = byId(urgent ? "announce-now" : "announce");
  box.textContent = "";
  setTimeout(() => {
    box.textContent = text;
  }, 50);
}
