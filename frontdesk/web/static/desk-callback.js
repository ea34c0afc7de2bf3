// A citizen who gave up waiting for a person: whom to ring, since when, and the one step that says how it went.

import { el, icon } from "./desk-dom.js";
import { clock } from "./desk-time.js";

const WHERE = { ringing: "振铃时挂断", queue: "排队时挂断" };

/** True while somebody still has to ring. */
export const isDue = (callback) => Boolean(callback) && !callback.attempts.some((attempt) => attempt.reached);

/** `record(reached)` notes a call; null when this operator may not. */
export function callbackNotice(callback, record) {
  if (!isDue(callback)) return null;
  const missed = callback.attempts.length;
  const last = callback.attempts.at(-1);
  const number = callback.number ? `回拨 ${callback.number}` : "来电没有显示号码，无法回拨";
  const button = (reached, text) => el("button", { type: "button", class: "button button-small", data: { focus: `callback-${reached}` }, text, on: { click: () => record(reached) } });
  return el(
    "div",
    { class: "notice notice-warn callback" },
    icon("phone"),
    el(
      "p",
      {},
      el("strong", { class: "figures", text: number }),
      `：${clock(callback.since)} ${WHERE[callback.why]}，没有接通`,
      missed > 0 && `；已拨 ${missed} 次未接，上次 ${last.by} ${clock(last.at)}`,
    ),
    record && el("div", { class: "callback-steps", role: "group", "aria-label": "已回拨" }, button(true, "已回拨，接通"), button(false, "已回拨，未接")),
  );
}
