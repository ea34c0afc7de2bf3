// The cards under a case's fields: result, summary, guidance, linkage, consent, transfers, history.

import { copyText } from "./copy.js";
import { el, icon, ticking } from "./desk-dom.js";
import { toast } from "./desk-notice.js";
import { clock } from "./desk-time.js";
import { TRANSFER_KINDS, unitTitle } from "./desk-words.js";

/** A titled card; `tools` sit at the right of its title. */
export function card(name, title, content, tools = null) {
  return el("section", { class: `card card-${name}`, "aria-labelledby": `card-${name}` }, el("header", { class: "card-head" }, el("h3", { id: `card-${name}`, text: title }), tools), content);
}

export function resultCard({ result, follow_up: visit }) {
  if (!result && !visit) return null;
  const satisfied = { true: "满意", false: "不满意", null: "未评价" };
  const outcome = { true: "已解决", false: "没有解决", null: "没有联系上" };
  return card("result", "处理结果", [
    result && el("p", { class: "result-text", text: result.text }),
    result && el("p", { class: "fine", text: `${result.by} · ${clock(result.at)}` }),
    visit &&
      el(
        "p",
        { class: "result-visit" },
        el("strong", { text: "回访" }),
        ` ${outcome[String(visit.resolved)]}，${satisfied[String(visit.satisfied)]}${visit.comment ? `：${visit.comment}` : ""}`,
        el("span", { class: "fine", text: ` ${visit.by} · ${clock(visit.at)}` }),
      ),
  ]);
}

export function summaryCard(summary) {
  return card(
    "summary",
    "摘要",
    el("div", { class: "summary-text" }, summary.split("\n").map(summaryLine)),
    el("button", { type: "button", class: "button button-quiet button-small", data: { focus: "copy" }, on: { click: () => copy(summary) } }, icon("copy"), "复制"),
  );
}

/** Lines come as "事由：…"; the label is set apart. */
function summaryLine(line) {
  const [, label, rest] = /^([^：“”]{2,5}：)(.*)$/u.exec(line) ?? [null, null, line];
  return el("p", {}, label && el("span", { class: "summary-label", text: label }), rest);
}

/** `use(text)` puts a line into the composer; null when this operator may not write. */
export function guideCard(matter, use) {
  if (!matter) return null;
  const { guidance, advice } = matter;
  const lines = (title, items) =>
    items?.length > 0 && [
      el("h4", { text: title }),
      el(
        "ul",
        { class: "guide-lines" },
        items.map((text, index) =>
          el(
            "li",
            {},
            use
              ? el("button", { type: "button", class: "guide-use", title: "放进回复框", data: { focus: `guide-${title}-${index}` }, text, on: { click: () => use(text) } })
              : el("span", { text }),
          ),
        ),
      ),
    ];
  const words = (title, text, className) => text && [el("h4", { text: title }), el("p", { class: className, text })];
  return card("guide", "处置指引", [
    el(
      "div",
      { class: "guide" },
      el("div", { class: "guide-part" }, lines("要问", guidance?.ask)),
      el("div", { class: "guide-part" }, lines("可以说", guidance?.say), advice && words("给市民的提示", advice, "guide-told")),
      el("div", { class: "guide-part guide-warn" }, words("注意", guidance?.watch)),
      el("div", { class: "guide-part guide-warn" }, words("何时升级", guidance?.escalate)),
    ),
  ]);
}

/** `record(unit)` writes down that a unit was told; null when nothing may be written. */
export function linkageCard({ linkage, history }, record) {
  if (linkage.length === 0) return null;
  const told = (unit) => history.findLast((entry) => entry.action === "note" && entry.text.startsWith(linkageNote(unit)));
  return card(
    "linkage",
    "联动单位",
    el(
      "ul",
      { class: "units" },
      linkage.map((unit) => {
        const entry = told(unit);
        return el(
          "li",
          { class: entry ? "unit is-told" : "unit" },
          el("span", { class: "unit-name", text: unitTitle(unit) }),
          entry
            ? el("span", { class: "unit-told", title: entry.text }, icon("check"), `已通知 ${clock(entry.at)}`)
            : record && el("button", { type: "button", class: "chip", data: { focus: `unit-${unit}` }, text: "记已通知", on: { click: () => record(`${linkageNote(unit)}：`) } }),
        );
      }),
    ),
  );
}

const linkageNote = (unit) => `已通知 ${unitTitle(unit)}`;

export function consentCard({ consent, priority }) {
  if (!consent) {
    const why = priority === "P1" || priority === "P2" ? "危险事项先转后说，未征求同意。" : "没有征求同意的记录。";
    return card("consent", "转交前的同意", el("p", { class: "fine", text: why }));
  }
  return card("consent", "转交前的同意", [
    el(
      "dl",
      { class: "pairs" },
      el("dt", { text: "告知" }), el("dd", { text: consent.told }),
      el("dt", { text: "回答" }), el("dd", {}, `“${consent.answer}”`, el("span", { class: consent.given ? "consent-yes" : "consent-no", text: consent.given ? "同意" : "不同意" })),
    ),
    el("p", { class: "fine", text: clock(consent.at) }),
  ]);
}

export function transferCard({ transfers, first_queue: first }) {
  if (transfers.length === 0) return null;
  const returned = transfers.some((transfer) => transfer.kind === "return");
  return card("transfers", "互转记录", [
    returned && el("p", { class: "transfer-rule", text: `已退回过一次，按首接负责由 ${first} 席办到底。` }),
    el(
      "ol",
      { class: "transfers" },
      transfers.map((transfer) =>
        el(
          "li",
          {},
          el("p", { class: "transfer-way" }, el("strong", { text: TRANSFER_KINDS[transfer.kind] ?? transfer.kind }), el("span", { text: `${transfer.from_queue} 席 → ${transfer.to_queue} 席` }), el("span", { class: "fine", text: `${transfer.by} · ${clock(transfer.at)}` })),
          el("p", { class: "transfer-reason", text: transfer.reason }),
          el(
            "p",
            { class: "fine" },
            `回执 ${transfer.receipt} · `,
            transfer.accepted_at ? `${transfer.accepted_by} 于 ${clock(transfer.accepted_at)} 接收` : el("strong", { class: "transfer-open" }, "对方未接收，已等 ", ticking(transfer.at, "figures")),
          ),
        ),
      ),
    ),
  ]);
}

export function historyCard({ history }) {
  return card(
    "history",
    "经过",
    el(
      "ol",
      { class: "history" },
      [...history].reverse().map((entry) =>
        el(
          "li",
          { class: "history-entry" },
          el("time", { class: "figures", datetime: entry.at, text: clock(entry.at) }),
          el("span", { class: "history-by", text: entry.by === "frontdesk" ? "机器人" : entry.by }),
          el("span", { class: "history-text" }, entry.action === "note" && el("span", { class: "history-tag", text: "备注" }), entry.text),
        ),
      ),
    ),
  );
}

export async function copy(text) {
  if (await copyText(text)) toast("已复制");
  else toast("浏览器不让复制，请选中后按 Ctrl+C", "warn");
}
