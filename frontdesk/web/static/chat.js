/** The citizen's page: wires the thread, the socket, the unsent lines and everything that is shown. */

import { request } from "./api.js";
import { CaseCard } from "./casecard.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Delivery } from "./delivery.js";
import { listenForDigits } from "./digits.js";
import { locate, positionText } from "./locate.js";
import { MessageLog } from "./log.js";
import { Outbox } from "./outbox.js";
import { ALONE, showPresence, withLine } from "./presence.js";
import { LiveSocket } from "./socket.js";
import { Thread } from "./thread.js";
import "./typesize.js";

const TYPING_EVERY = 4000;
const PERSON_PAUSE = 4000;
const PAGE = 200;
const byId = (id) => document.getElementById(id);
const finePointer = window.matchMedia("(pointer: fine)").matches;

const thread = new Thread();
const outbox = new Outbox(thread.key);
const log = new MessageLog(byId("log"), byId("lines"), byId("jump"));
const cases = new CaseCard(byId("case"));
const connection = new Connection(byId("connection"));
const socket = new LiveSocket(() => `/api/conversations/${encodeURIComponent(thread.id)}/socket?after=${log.lastSeq}`);
const delivery = new Delivery(socket, outbox);
const composer = new Composer(byId("composer"), byId("length"), (text) => say(text));
let presence = ALONE;
let opening = null;

/* What the citizen does */

function say(text) {
  submit({ type: "say", text }, text);
}

function submit(event, text) {
  showUnsent(delivery.submit(event, text));
}

const context = {
  get queue() {
    return presence.queue ?? cases.latest?.queue ?? null;
  },
  choose(choice) {
    submit({ type: "choose", key: choice.key, label: choice.label.slice(0, 200) }, choice.label);
    composerOrLog();
  },
  async locate(button, notice) {
    button.disabled = true;
    notice.textContent = "正在定位…浏览器问起时请点“允许”。";
    try {
      const position = await locate();
      submit({ type: "locate", ...position }, positionText(position.accuracy));
      composerOrLog();
    } catch (failure) {
      notice.textContent = failure.message;
    } finally {
      button.disabled = false;
    }
  },
  disagree() {
    say("不是这个意思");
    composerOrLog();
  },
};

/** The pressed button goes away: focus must not fall to the top of the page, nor open a phone's keyboard. */
function composerOrLog() {
  if (finePointer) composer.focus();
  else byId("log").focus({ preventScroll: true });
}

function actsFor(line) {
  return {
    retry: () => delivery.retry(line.client_id),
    discard: () => {
      delivery.discard(line.client_id);
      log.removeUnsent(line.client_id);
      composerOrLog();
    },
    edit:
      line.event.type === "say"
        ? () => {
            delivery.discard(line.client_id);
            log.removeUnsent(line.client_id);
            composer.text = composer.text ? `${line.text}\n${composer.text}` : line.text;
            composer.focus();
          }
        : null,
  };
}

function showUnsent(line) {
  log.addUnsent(line, line.failed ?? (socket.open ? "sending" : "queued"), actsFor(line));
}

/* What the server tells */

function take(message) {
  if (message.client_id && message.speaker === "citizen") delivery.confirm(message.client_id);
  presence = withLine(presence, message);
  if (message.payload?.case) cases.update(message.payload.case);
  const fresh = log.add(message, context);
  if (fresh) showPresence(byId("presence"), presence);
}

async function fill() {
  let page;
  do {
    const after = log.lastSeq;
    const url = `/api/conversations/${encodeURIComponent(thread.id)}/messages?after=${after}`;
    page = (await request("GET", url)).messages;
    page.filter((message) => message.seq > after).forEach(take);
    if (log.lastSeq === after) break;
  } while (page.length >= PAGE);
}

socket.addEventListener("frame", ({ detail: frame }) => {
  if (frame.type === "message") {
    take(frame.message);
    if (frame.message.seq > log.lastSeq) fill().catch((failure) => connection.trouble(failure.message));
  } else if (frame.type === "ack") {
    delivery.confirm(frame.client_id);
    if (!frame.seq) log.release(frame.client_id);
  } else if (frame.type === "error") {
    if (frame.client_id) delivery.refuse(frame.client_id, frame.error);
    else connection.trouble(frame.error.message);
  }
});

delivery.addEventListener("delivered", ({ detail: clientId }) => log.setFate(clientId, "sent"));
delivery.addEventListener("retrying", ({ detail: clientId }) => log.setFate(clientId, socket.open ? "sending" : "queued"));
delivery.addEventListener("failed", ({ detail: { clientId, error } }) => {
  const line = outbox.lines().find((each) => each.client_id === clientId);
  if (line) log.setFate(clientId, error, actsFor(line));
  connection.trouble("有一条消息没送出去，请看那条消息下面的说明。紧急情况请直接拨打110。");
});

/* Connecting */

socket.addEventListener("open", () => {
  connection.up();
  for (const line of outbox.lines()) if (!line.failed) log.setFate(line.client_id, "sending");
});

socket.addEventListener("down", async ({ detail }) => {
  connection.down(detail.failures);
  for (const line of outbox.lines()) if (!line.failed) log.setFate(line.client_id, "queued");
  if (detail.opened || !thread.id) return;
  try {
    await fill();
  } catch (failure) {
    if (failure.status === 404) await reopen();
    else if (failure.status === 503) connection.trouble(failure.message);
  }
});

/** The server no longer knows this conversation: go on in a new one, with what is still unsent. */
async function reopen() {
  socket.stop();
  thread.forget();
  log.clear();
  presence = ALONE;
  showPresence(byId("presence"), presence);
  log.note("之前的对话已经结束，这里为您开了新的一段。");
  await connect();
}

function connect() {
  opening ??= open().finally(() => (opening = null));
  return opening;
}

async function open() {
  const entry = new URLSearchParams(window.location.search).get("entry");
  for (let failures = 1; !thread.id; failures += 1) {
    try {
      await thread.open(entry === "110" || entry === "12345" ? entry : null);
    } catch (failure) {
      connection.down(failures, failure.status ? failure.message : null);
      await connection.pause(Math.min(15000, (failure.retryAfter ?? 2 ** Math.min(failures, 4)) * 1000));
    }
  }
  try {
    await fill();
  } catch (failure) {
    if (failure.status === 404) {
      thread.forget();
      log.clear();
      return open();
    }
  }
  byId("log").setAttribute("aria-busy", "false");
  socket.start();
  return undefined;
}

function wake() {
  connection.hurry();
  socket.wake();
}

window.addEventListener("online", wake);
window.addEventListener("offline", () => socket.wake());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());

/* The rest of the page */

byId("lines").addEventListener("lines", () => byId("welcome").classList.toggle("is-spoken", log.spoken));

for (const chip of document.querySelectorAll("[data-say]")) {
  chip.addEventListener("click", () => {
    say(chip.dataset.say);
    composerOrLog();
  });
}

byId("person").addEventListener("click", ({ currentTarget: button }) => {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  setTimeout(() => button.removeAttribute("aria-disabled"), PERSON_PAUSE);
  say("转人工");
});

let typed = 0;
composer.field.addEventListener("input", () => {
  if (!composer.text || Date.now() - typed < TYPING_EVERY) return;
  typed = Date.now();
  socket.send({ type: "typing" });
});

const dialog = byId("renew");

byId("new").addEventListener("click", () => {
  if (!log.spoken) {
    composer.focus();
    return;
  }
  const unsent = outbox.lines().length;
  byId("renew-unsent").hidden = unsent === 0;
  byId("renew-unsent").textContent = `还有 ${unsent} 条消息没有送出去，开始新的对话后不会再发。`;
  byId("renew-case").hidden = cases.latest === null;
  byId("renew-number").textContent = cases.latest?.number ?? "";
  byId("renew-code").textContent = cases.latest?.access_code ?? "";
  dialog.returnValue = "";
  dialog.showModal();
});

dialog.addEventListener("close", () => {
  if (dialog.returnValue !== "yes") return;
  outbox.clear();
  composer.clear();
  thread.renew();
  window.location.reload();
});

listenForDigits({ options: () => log.openOptions, composer, hint: byId("hint") });
for (const line of outbox.lines()) showUnsent(line);
if (finePointer) composer.focus();
connect();
