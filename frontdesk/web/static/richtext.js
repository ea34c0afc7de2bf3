/** Plain text to paragraphs; web addresses and "拨打 12345" become links. Never parses markup. */

import { element } from "./element.js";

const LINK = /(https?:\/\/[^\s，。；、！？）】》"'<>]+)|((?:拨打|拨|致电)\s?)(\d[\d-]{1,13}\d)(?!\d)/g;

/** @param {string} text @returns {HTMLElement[]} one paragraph per line that is not empty */
export function paragraphs(text) {
  return text
    .split(/\n+/)
    .filter((line) => line.trim())
    .map((line) => element("p", {}, ...linked(line)));
}

function linked(line) {
  const parts = [];
  let from = 0;
  for (const match of line.matchAll(LINK)) {
    const [whole, address, verb, number] = match;
    parts.push(line.slice(from, match.index));
    if (address) {
      parts.push(element("a", { href: address, target: "_blank", rel: "noopener noreferrer", text: address }));
    } else {
      parts.push(verb, element("a", { href: `tel:${number.replaceAll("-", "")}`, class: "keep", text: number }));
    }
    from = match.index + whole.length;
  }
  parts.push(line.slice(from));
  return parts;
}
