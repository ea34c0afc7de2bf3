/** The telephone in the page: dials, shows what both sides say, keeps the keys at hand. */

import { CallAudio, NoMicrophone } from "./call-audio.js";
import { element } from "./element.js";
import { newId } from "./identity.js";
import { write } from "./storage.js";
import "./typesize.js";

const SPEAKERS = { citizen: "您", frontdesk: "前台", operator: "工作人员" };
const STATES = {
  connecting: "正在接通…",
  talking: "通话中，请讲",
  ringing: "正在为您接人工，您可以接着说",
  person: "工作人员正在和您说",
  handed_over: "正在转给工作人员，请不要挂断",
};
const KEYS = [..."123456789*0#"];
const FULL = 16000;

const byId = (id) => document.getElementById(id);
const page = byId("main");

class Call {
  #audio = new CallAudio();
  #socket = null;
  #timer = 0;
  #over = false;
  #conversation = null;

  /** @param {"110"|"12345"} entry */
  async dial(entry) {
    await this.#audio.open(
      (pcm, peak) => this.#speak(pcm, peak),
      (mark) => this.#send({ type: "played", mark }),
    );
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    this.#socket = new WebSocket(`${scheme}://${window.location.host}/api/call/socket?entry=${entry}`);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("message", ({ data }) => this.#take(data));
    this.#socket.addEventListener("close", ({ code }) => this.#closed(code));
    const started = Date.now();
    this.#timer = window.setInterval(() => showClock(Date.now() - started), 500);
  }

  key(digit) {
    this.#send({ type: "key", digit });
    showChoices([]);
  }

  hangUp() {
    this.#send({ type: "hangup" });
    this.#end();
  }

  /** The same conversation, in writing. */
  toChat() {
    const thread = { key: newId(), id: this.#conversation };
    write("session", "ydt.thread", thread);
    write("local", "ydt.thread", thread);
    window.location.assign("/");
  }

  #speak(pcm, peak) {
    byId("level").value = Math.sqrt(peak);
    // A network that lags must not make the caller late: what it cannot take now is left out.
    if (this.#socket?.readyState === WebSocket.OPEN && this.#socket.bufferedAmount < FULL * 2) this.#socket.send(pcm);
  }

  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #take(data) {
    if (data instanceof ArrayBuffer) {
      this.#audio.play(data);
      return;
    }
    const frame = JSON.parse(data);
    if (frame.type === "call") {
      this.#conversation = frame.conversation;
      show("talking");
    } else if (frame.type === "mark") this.#audio.mark(frame.mark);
    else if (frame.type === "flush") this.#audio.flush();
    else if (frame.type === "line") this.#line(frame.line);
    else if (frame.type === "now") showNow(frame);
    else if (frame.type === "state") this.#state(frame);
  }

  #line(line) {
    const { payload } = line;
    byId("lines").append(
      element("li", { class: `call-line call-line-${line.speaker}`, data: { seq: line.seq } },
        element("b", { text: SPEAKERS[line.speaker] }),
        element("span", { class: "words", text: line.text }),
      ),
    );
    if (line.speaker === "citizen") showPartial("");
    if (payload.case) showCase(payload.case);
    if (line.speaker !== "citizen") showChoices(payload.choices ?? []);
    byId("lines").lastElementChild.scrollIntoView({ block: "nearest" });
  }

  #state(frame) {
    if (frame.state === "ended") {
      this.#end();
      return;
    }
    show(frame.state);
    byId("onward").hidden = frame.state !== "handed_over";
    if (frame.state === "handed_over" && !frame.case)
      trouble("系统暂时接不下这件事。请改用文字接着说，或直接拨打12345；情况紧急请拨打110。");
  }

  #closed(code) {
    if (this.#over) return;
    trouble(
      code === 1000
        ? "通话结束了。"
        : "通话断开了。请再呼叫一次，或直接拨打12345；情况紧急请拨打110。",
    );
    this.#end();
    byId("onward").hidden = this.#conversation === null;
  }

  async #end() {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#socket?.close(1000);
    showChoices([]);
    showPartial("");
    show("idle");
    await this.#audio.close();
  }
}

let call = null;

function show(state) {
  page.dataset.state = state;
  const idle = state === "idle";
  byId("dial").hidden = !idle;
  byId("live").hidden = idle;
  if (!idle) byId("state").textContent = STATES[state];
  for (const button of document.querySelectorAll("[data-entry]")) button.disabled = !idle;
}

function showClock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  byId("clock").textContent = [Math.floor(seconds / 60), seconds % 60].map((n) => String(n).padStart(2, "0")).join(":");
}

function showNow(now) {
  if (now.text !== undefined) showPartial(now.text);
  if (now.person !== undefined) show(now.person ? "person" : "talking");
}

function showPartial(text) {
  byId("partial").hidden = text === "";
  byId("partial").textContent = text;
}

function showCase(card) {
  byId("case").hidden = false;
  byId("case-number").textContent = card.number;
  byId("case-code").textContent = card.access_code;
}

function showChoices(choices) {
  byId("choices").hidden = choices.length === 0;
  byId("choices").replaceChildren(
    ...choices.map(({ key, label }) =>
      element("button", { type: "button", class: "button", text: label, on: { click: () => call?.key(key) } }),
    ),
  );
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = text === "";
}

async function dial(entry) {
  trouble("");
  byId("onward").hidden = true;
  byId("case").hidden = true;
  byId("lines").replaceChildren();
  show("connecting");
  call = new Call();
  try {
    await call.dial(entry);
  } catch (failure) {
    show("idle");
    trouble(failure instanceof NoMicrophone ? failure.message : "声音打不开，请刷新页面再试，也可以直接打字。");
    if (!(failure instanceof NoMicrophone)) throw failure;
  }
}

function prepare() {
  if (!byId("dial")) return;
  for (const button of document.querySelectorAll("[data-entry]"))
    button.addEventListener("click", () => dial(button.dataset.entry));
  byId("stop").addEventListener("click", () => call?.hangUp());
  byId("person").addEventListener("click", () => call?.key("0"));
  byId("to-chat").addEventListener("click", () => call?.toChat());
  byId("keys").append(
    ...KEYS.map((digit) =>
      element("button", { type: "button", class: "button", text: digit, on: { click: () => call?.key(digit) } }),
    ),
  );
  byId("keys-open").addEventListener("click", ({ currentTarget: button }) => {
    byId("keys").hidden = !byId("keys").hidden;
    button.setAttribute("aria-expanded", String(!byId("keys").hidden));
  });
}

prepare();
