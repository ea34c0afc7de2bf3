/** The status page: number and code in, the steps of the case out. Prefilled by #number=…&code=…, which no server sees. */

import { request } from "./api.js";
import { clockTime, finished, plainDate } from "./casewords.js";
import { element, icon } from "./element.js";
import { paragraphs } from "./richtext.js";
import "./typesize.js";

const byId = (id) => document.getElementById(id);
const form = byId("query");
const fields = { number: byId("number"), digits: byId("digits") };
const problem = byId("problem");
const place = byId("status");
const submit = byId("submit");

/** Full-width digits, blanks and dashes are what people type and paste. */
const plain = (text) => text.normalize("NFKC").replace(/[^0-9A-Za-z]/g, "");

function check() {
  const number = plain(fields.number.value);
  const digits = plain(fields.digits.value);
  show(fields.number, !number ? "请填写受理编号" : /^\d{12,}$/.test(number) ? "" : "编号是12位数字，请再核对一下");
  show(fields.digits, !digits ? "请填写查询码" : /^\d{4,}$/.test(digits) ? "" : "查询码至少4位数字，请再核对一下");
  const wrong = [fields.number, fields.digits].find((field) => field.getAttribute("aria-invalid") === "true");
  wrong?.focus();
  return wrong ? null : { number, digits };
}

function show(field, message) {
  const error = byId(`${field.id}-error`);
  error.textContent = message;
  error.hidden = !message;
  field.setAttribute("aria-invalid", String(Boolean(message)));
}

async function look(question) {
  problem.hidden = true;
  submit.disabled = true;
  submit.textContent = "正在查…";
  try {
    const status = await request("GET", `/api/status?${new URLSearchParams(question)}`);
    place.replaceChildren(...sheet(status, question));
    place.hidden = false;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  } catch (failure) {
    place.hidden = true;
    tell(failure);
  } finally {
    submit.disabled = false;
    submit.textContent = "查询";
  }
}

function tell(failure) {
  const words = {
    404: "没有查到。请核对编号和查询码：查询码在受理时给过您；留过电话的，是电话后4位。",
    429: failure.retryAfter ? `查得太频繁了，请等 ${failure.retryAfter} 秒再试。` : "查得太频繁了，请过一会儿再试。",
  };
  problem.replaceChildren(icon("alert"), element("p", { text: words[failure.status] ?? failure.message }));
  problem.hidden = false;
}

function sheet(status, question) {
  const done = finished(status.state);
  const steps = [...status.steps].reverse();
  return [
    element(
      "div",
      { class: "status-head" },
      element("h2", { id: "status-title", text: status.title }),
      element("span", { class: `badge badge-state${done ? " badge-done" : ""}`, text: status.state_title }),
    ),
    element(
      "dl",
      { class: "status-facts" },
      element("div", {}, element("dt", { text: "编号" }), element("dd", { class: "figures", text: status.number })),
      element("div", {}, element("dt", { text: "现由" }), element("dd", { text: `${status.desk}负责` })),
    ),
    status.result
      ? element("div", { class: "result" }, element("h3", { text: "处理结果" }), ...paragraphs(status.result))
      : null,
    element("ol", { class: "steps", "aria-label": "办理过程，最近的在前" }, ...steps.map(step)),
    element(
      "div",
      { class: "status-foot" },
      element("p", {}, "想补充情况，或对结果不满意？", element("a", { href: "/", text: "回到对话里说" })),
      element(
        "button",
        { type: "button", class: "button button-small", on: { click: () => look(question) } },
        icon("retry"),
        "刷新",
      ),
    ),
  ].filter(Boolean);
}

function step(each, index) {
  const at = new Date(each.at);
  const now = index === 0;
  return element(
    "li",
    { class: `step${now ? " is-now" : ""}`, "aria-current": now ? "step" : null },
    element("p", { class: "step-text", text: each.text }),
    element("time", { datetime: each.at, text: `${plainDate(localDay(at))} ${clockTime(at)}` }),
  );
}

function localDay(at) {
  return [at.getFullYear(), String(at.getMonth() + 1).padStart(2, "0"), String(at.getDate()).padStart(2, "0")].join("-");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = check();
  if (question) look(question);
});

for (const field of Object.values(fields)) {
  field.addEventListener("input", () => field.getAttribute("aria-invalid") === "true" && show(field, ""));
}

function prefill() {
  const given = new URLSearchParams(window.location.hash.slice(1));
  if (!given.has("number")) return;
  fields.number.value = given.get("number");
  fields.digits.value = given.get("code") ?? "";
  // The code must not stay in the address bar, the history or a shared link.
  history.replaceState(null, "", window.location.pathname);
  const question = check();
  if (question) look(question);
}

window.addEventListener("hashchange", prefill);
prefill();
