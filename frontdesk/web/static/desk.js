// The operator desk: wires store, socket and panes together.

import { ApiError, signOut } from "./desk-api.js";
import { Alarm } from "./desk-alarm.js";
import { CasePane } from "./desk-case.js";
import { byId, onScreen } from "./desk-dom.js";
import * as drafts from "./desk-drafts.js";
import { listen } from "./desk-keys.js";
import { announce, toast, toastError } from "./desk-notice.js";
import { QueuePane } from "./desk-queue.js";
import { RecordingPane } from "./desk-recording.js";
import { DeskSocket } from "./desk-socket.js";
import { Store, ignoreOffline } from "./desk-store.js";
import { DeskPhone } from "./desk-phone.js";
import { TalkPane } from "./desk-talk.js";
import { tick } from "./desk-time.js";

const HEARTBEAT = 10; // beats
const SAFETY_POLL = 30; // beats between two refetches that do not rely on the socket
const OFFLINE_AFTER = 3; // beats of lost connection before the page says so in a banner

const store = new Store();
const queue = new QueuePane(store);
const talk = new TalkPane(store);
new RecordingPane(store); // after the transcript, whose lines it plays
const casePane = new CasePane(store, talk);
const alarm = new Alarm(store, (number) => go(number));
new DeskPhone(store, (number) => open(number));
const socket = new DeskSocket({
  onEvent: (event) => store.heard(event),
  onState: (state, attempt) => {
    const back = state === "live" && store.link.state === "lost";
    store.setLink(state, attempt);
    if (state === "live") store.refreshAll().catch(ignoreOffline);
    if (back) announce("已重新连上，列表已更新");
  },
});

let beats = 0;
let lostFor = 0;

function beat() {
  beats += 1;
  tick();
  alarm.beat();
  lostFor = store.link.state === "lost" ? lostFor + 1 : 0;
  showOffline();
  if (beats % HEARTBEAT === 0) socket.alive(store.held);
  if (beats % SAFETY_POLL === 0) {
    store.refreshQueues().catch((error) => {
      if (error instanceof ApiError && error.status === 0) socket.restart();
      ignoreOffline(error);
    });
  }
}

function showLink() {
  const { state, attempt } = store.link;
  byId("link").dataset.state = state;
  byId("link-text").textContent = { live: "实时", connecting: "正在连接", lost: `重连中（第 ${attempt} 次）` }[state];
  showOffline();
}

function showOffline() {
  const bar = byId("offline");
  const show = lostFor >= OFFLINE_AFTER;
  if (bar.hidden !== show) return;
  bar.hidden = !show;
  const leased = store.rows.mine.some((row) => row.state === "accepted");
  const words = ["与服务器断开，正在重连。列表可能不是最新。", leased && "已接收还没开始办理的，45 秒内连不上会退回队列。"];
  bar.textContent = show ? words.filter(Boolean).join("") : "";
}

function showMe() {
  const { me, worksCases } = store;
  drafts.own(me.name);
  byId("desk-name").textContent = worksCases ? `${me.queue} 席` : "两席";
  byId("desk-name").dataset.queue = me.queue ?? "both";
  byId("prompts-link").hidden = me.role !== "admin";
  byId("who").textContent = worksCases ? me.name : `${me.name} · ${{ supervisor: "主管", admin: "管理员" }[me.role] ?? me.role} · 只读`;
}

/** #/ the queue, #/case/NUMBER the case, #/case/NUMBER/talk its conversation. */
async function route() {
  const [, number = null, view = "case"] = location.hash.match(/^#\/case\/([\w-]+)(?:\/(talk))?$/) ?? [];
  document.body.dataset.view = number ? view : "queue";
  const left = store.number;
  const changed = number !== left;
  const opening = store.open(number).catch(ignoreOffline);
  if (view === "talk") talk.seen();
  await opening;
  socket.watch(store.detail?.case.origin.conversation ?? null);
  if (changed && number && store.detail) {
    announce(`已打开 ${store.detail.case.title}`);
    if (!onScreen(byId("queue"))) casePane.focus();
  }
  if (!number && changed) (document.querySelector(`.row[data-number="${left}"]`) ?? document.querySelector(".row"))?.focus();
}

function go(number) {
  const hash = `#/case/${number}`;
  if (location.hash !== hash) location.hash = hash;
  alarm.see(number);
}

/** Opens a case and waits until it is on the page. */
async function open(number) {
  history.pushState(null, "", `#/case/${number}`);
  await route();
}

store.on("me", showMe);
store.on("link", showLink);
store.on("lost", (numbers) => {
  for (const number of numbers) {
    const row = [...store.rows.waiting, ...store.rows.recent].find((each) => each.number === number);
    toast(`${number} 已不在您手上${row ? `，现在${row.state_title}` : ""}`, "warn", row?.title);
    if (number === store.number) store.refreshCase().catch(ignoreOffline);
  }
});

window.addEventListener("hashchange", route);
window.addEventListener("desk:signed-out", leave);
window.addEventListener("unhandledrejection", ({ reason }) => {
  if (!(reason instanceof ApiError)) return;
  if (reason.status === 401) leave();
  else toastError(reason);
});

byId("sign-out").addEventListener("click", async () => {
  await signOut();
  drafts.clear();
  location.assign("/login");
});

/** To the sign-in page; the open case is found again afterwards. */
function leave() {
  location.assign(`/login?next=${encodeURIComponent(`/desk${location.hash}`)}`);
}

/** Keeps trying while the server cannot be reached; any other refusal ends it. */
async function signIn() {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.start();
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 0 && error.status < 500)) throw error;
      store.setLink("lost", attempt);
      await new Promise((resolve) => {
        setTimeout(resolve, 3000);
      });
    }
  }
}

async function start() {
  listen({ store, queue, talk, open });
  await signIn();
  socket.open();
  new Worker("/static/desk-pulse.js").addEventListener("message", beat);
  await route();
}

start();
