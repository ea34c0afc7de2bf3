/** Everything the front desk says by itself: found, heard, recorded. */

import { request } from "./api.js";
import { element } from "./element.js";
import { GROUPS, PromptCard } from "./prompts-card.js";

const PAGE = 30;

const byId = (id) => document.getElementById(id);
const words = byId("words");
const group = byId("group");
const state = byId("state");
let prompts = [];
let shown = PAGE;

/** Blanks and marks do not matter to who searches. */
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s，。？！、；：“”"'.,?!]/g, "");

function found() {
  const wanted = plain(words.value);
  return prompts.filter(
    (prompt) =>
      (!group.value || prompt.group === group.value) &&
      (!state.value || prompt.state === state.value) &&
      (!wanted || plain(`${prompt.title} ${prompt.text} ${prompt.id}`).includes(wanted)),
  );
}

function list() {
  const all = found();
  byId("prompts").replaceChildren(...all.slice(0, shown).map((prompt) => new PromptCard(prompt, changed).node));
  byId("more").hidden = all.length <= shown;
  count(all.length);
}

function count(matching) {
  const of = (wanted) => prompts.filter((prompt) => prompt.state === wanted).length;
  const outdated = of("outdated");
  byId("count").textContent =
    `共 ${prompts.length} 句，录音 ${of("recorded")} 句${outdated ? `，录音对不上的 ${outdated} 句` : ""}。` +
    (matching === prompts.length ? "" : `找到 ${matching} 句。`);
}

/** @param {object} before @param {object|null} after null: it is said no longer and its recording is gone */
function changed(before, after) {
  prompts = prompts.flatMap((prompt) => (prompt !== before ? [prompt] : after ? [after] : []));
  count(found().length);
}

function search() {
  shown = PAGE;
  list();
}

async function start() {
  group.append(...Object.entries(GROUPS).map(([value, text]) => element("option", { value, text })));
  byId("find").addEventListener("submit", (event) => event.preventDefault());
  for (const field of [words, group, state]) field.addEventListener("input", search);
  byId("more").addEventListener("click", () => {
    const first = shown;
    shown += PAGE;
    list();
    byId("prompts").children[first]?.querySelector("button")?.focus();
  });
  try {
    prompts = (await request("GET", "/api/prompts")).prompts;
    list();
  } catch (failure) {
    if (failure.status === 401) window.location.assign("/login?next=/prompts");
    byId("count").textContent = "";
    byId("problem").textContent = failure.message;
    byId("problem").hidden = false;
  }
}

start();
