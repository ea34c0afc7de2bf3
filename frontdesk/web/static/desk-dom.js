// Builds and patches elements. Data reaches the page only as text nodes and attributes.

import { element, icon } from "./element.js";

export { icon };

export const byId = (id) => document.getElementById(id);

/** An element; children may be nested lists with gaps, and `value` is set as a property. */
export function el(tag, { value, ...options } = {}, ...children) {
  const node = element(tag, options, ...children.flat(Infinity));
  if (value !== undefined && value !== null) node.value = value;
  return node;
}

/** A time that ticks: seconds since `at`, refreshed by desk-time.js. */
export const ticking = (at, className = "") => el("span", { class: `ticking ${className}`.trim(), data: { since: at } });

/**
 * Makes the children of `parent` match `items`, keeping nodes (and with them focus and scroll) by key.
 * `render(item)` gives a fresh node; a node is replaced only when the item's JSON changed.
 */
export function reconcile(parent, items, keyOf, render) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let cursor = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const print = JSON.stringify(item);
    let node = old.get(key);
    old.delete(key);
    if (!node || node.dataset.print !== print) {
      const fresh = render(item);
      fresh.dataset.key = key;
      fresh.dataset.print = print;
      if (node) {
        if (cursor === node) cursor = fresh;
        swap(node, fresh);
      }
      node = fresh;
    }
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const node of old.values()) node.remove();
}

/** Replaces a node and puts focus back on the part with the same data-focus, if it had it. */
export function swap(before, after) {
  const active = document.activeElement;
  const held = before.contains(active) ? active.closest("[data-focus]")?.dataset.focus : undefined;
  before.replaceWith(after);
  if (held === undefined) return;
  const again = after.dataset.focus === held ? after : after.querySelector(`[data-focus="${CSS.escape(held)}"]`);
  again?.focus({ preventScroll: true });
}

/** Refills a container only when `data` changed since the last time. */
export function fill(container, data, render) {
  const print = JSON.stringify(data);
  if (container.dataset.print === print) return false;
  container.dataset.print = print;
  const active = document.activeElement;
  const held = container.contains(active) ? active.closest("[data-focus]")?.dataset.focus : undefined;
  container.replaceChildren(...[render()].flat(Infinity).filter(Boolean));
  if (held !== undefined) container.querySelector(`[data-focus="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  return true;
}

/** False inside a view that is not shown. */
export const onScreen = (node) => node.getClientRects().length > 0;

/** True where keys are text: no shortcut may act there. */
export function isTyping(node) {
  return node instanceof HTMLElement && (node.isContentEditable || node.matches("input, textarea, select"));
}

/** Enter that is meant as "send", not as picking a word in an input method. */
export const isPlainEnter = (event) =>
  event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
