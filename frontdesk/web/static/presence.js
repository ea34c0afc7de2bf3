/** Who is at the other end, read from the lines of the conversation. */

import { finished, personName } from "./casewords.js";
import { element, icon } from "./element.js";

/** Nobody but the front desk. `stage`: none, calling, joined; `queue`: desk; `name`: operator; `urgent`: P1. */
export const ALONE = Object.freeze({ stage: "none", queue: null, name: null, urgent: false });

/** @param {typeof ALONE} state @param {any} message @returns {typeof ALONE} the state after this line */
export function withLine(state, message) {
  const payload = message.payload ?? {};
  const urgent = state.urgent || payload.urgent === true;
  const queue = payload.connect?.queue ?? payload.queue ?? payload.case?.queue ?? state.queue;
  if (finished(payload.case?.state)) return { ...ALONE, queue };
  if (payload.left) return { ...ALONE, urgent, queue };
  if (message.speaker === "operator" || payload.joined) {
    return { stage: "joined", queue, name: payload.by ?? state.name, urgent };
  }
  const taken = payload.case?.state === "accepted" || payload.case?.state === "in_progress";
  if (state.stage === "calling" && taken) return { ...state, stage: "joined", queue, urgent };
  if (payload.connect) return { stage: state.stage === "joined" ? "joined" : "calling", queue, name: state.name, urgent };
  if (message.speaker === "citizen") return { ...state, urgent };
  const talksAgain = payload.answers || payload.slot || payload.choices?.length;
  if (state.stage === "joined" && talksAgain) return { ...ALONE, urgent, queue };
  return { ...state, urgent, queue };
}

/** @param {HTMLElement} place @param {typeof ALONE} state */
export function showPresence(place, state) {
  const shown = JSON.stringify(state);
  if (place.dataset.shown === shown) return;
  place.dataset.shown = shown;
  document.body.classList.toggle("is-urgent", state.urgent);
  place.setAttribute("aria-live", state.urgent ? "assertive" : "polite");
  place.replaceChildren();
  place.hidden = state.stage === "none" && !state.urgent;
  place.className = `presence ${state.urgent ? "presence-urgent" : `presence-${state.queue ?? "12345"}`}`;
  if (place.hidden) return;
  const person = personName(state.queue);
  const words = element("div", { class: "presence-words" });
  const title = (text) =>
    words.append(
      element(
        "p",
        { class: "presence-title" },
        element("span", { class: `pulse${state.stage === "joined" ? " pulse-on" : ""}`, "aria-hidden": "true" }),
        text,
      ),
    );
  if (state.stage === "joined") {
    title(`${person}${state.name ? ` ${state.name} ` : ""}已接入`);
    words.append(element("p", { text: "您发的每句话，对方马上能看到。" }));
  } else if (state.urgent) {
    title(state.stage === "calling" ? `正在接通${person}` : "已按紧急情况上报");
    words.append(element("p", { text: "能说话，请马上拨打110；不方便出声，就在这里打字，接警员看得到。" }));
  } else {
    title(`正在为您接通${person}`);
    words.append(element("p", { text: "请不要关闭页面，可以先把事情写下来。" }));
  }
  place.append(words);
  if (!state.urgent) return;
  place.append(
    element(
      "p",
      { class: "presence-calls" },
      call("110", "button button-danger", icon("phone"), "拨打110"),
      call("120", "button button-small", "急救120"),
      call("119", "button button-small", "火警119"),
    ),
  );
}

function call(number, style, ...content) {
  return element("a", { href: `tel:${number}`, class: style }, ...content);
}
