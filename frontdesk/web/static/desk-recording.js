// The recording of a case's calls and the transcript as one timeline: a line plays from where it was spoken, and the
// line being heard is marked. Where nothing was recorded none of this is on the page.

import { ApiError, get } from "./desk-api.js";
import { byId, el, fill, icon, onScreen } from "./desk-dom.js";
import { ignoreOffline } from "./desk-store.js";
import { clock } from "./desk-time.js";

const CALLS = new Set(["phone", "webphone"]);
const WHILE_LIVE = 10000; // milliseconds between two looks at a recording that still grows
const NEAR = 0.15; // seconds before its start at which a line counts as being heard

export class RecordingPane {
  #store;
  #number = null;
  #asked = null; // number whose recordings were asked for
  #recordings = [];
  #places = new Map(); // seq of a line -> {call, at}
  #call = null; // the call in the player
  #audio = el("audio", { preload: "none" });
  #pending = null; // second to begin at once the sound is there
  #failure = "";
  #dragging = false;
  #timer = 0;

  constructor(store) {
    this.#store = store;
    store.on("case", () => this.#follow());
    store.on("messages", () => this.#decorate());
    const audio = this.#audio;
    for (const event of ["play", "pause", "ended", "waiting", "playing"]) audio.addEventListener(event, () => this.#draw());
    audio.addEventListener("timeupdate", () => this.#moved());
    audio.addEventListener("seeked", () => this.#moved());
    audio.addEventListener("loadedmetadata", () => {
      if (this.#pending !== null) audio.currentTime = this.#pending;
      this.#pending = null;
    });
    audio.addEventListener("error", () => {
      if (!audio.getAttribute("src")) return;
      this.#failure = "录音放不出来。请再试一次，还不行请找管理员。";
      this.#draw();
    });
    byId("talk-lines").addEventListener("click", (event) => this.#clicked(event));
  }

  #follow() {
    const { number, detail, me } = this.#store;
    if (number !== this.#number) this.#reset(number);
    if (!detail || this.#asked === number || !CALLS.has(detail.case.origin.channel)) return;
    if (me?.role === "operator" && me.queue !== detail.case.queue) return;
    this.#asked = number;
    this.#fetch().catch(ignoreOffline);
  }

  #reset(number) {
    this.#number = number;
    this.#asked = null;
    clearTimeout(this.#timer);
    this.#recordings = [];
    this.#places = new Map();
    this.#unload();
    this.#draw();
  }

  #unload() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#call = null;
    this.#pending = null;
    this.#failure = "";
  }

  async #fetch() {
    const number = this.#number;
    let recordings;
    try {
      ({ recordings } = await get(`/api/cases/${encodeURIComponent(number)}/recording`));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "forbidden") this.#later();
      throw error;
    }
    if (number !== this.#number) return;
    this.#recordings = recordings;
    const heard = recordings.filter((each) => !each.live && !each.problem);
    this.#places = new Map(heard.flatMap(({ call, lines }) => lines.map(({ seq, at }) => [seq, { call, at }])));
    if (recordings.some((each) => each.live)) this.#later();
    this.#decorate();
    this.#draw();
  }

  /** Asks again: the call goes on, or the server did not answer. */
  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetch().catch(ignoreOffline), WHILE_LIVE);
  }

  /** The recording in the player; the first that can be heard until one is chosen. */
  get #current() {
    const heard = this.#recordings.filter((each) => !each.live && !each.problem);
    return heard.find((each) => each.call === this.#call) ?? heard[0] ?? null;
  }

  #play(call, at) {
    if (this.#call !== call || !this.#audio.getAttribute("src") || this.#failure) {
      this.#unload();
      this.#call = call;
      this.#audio.src = `/api/cases/${encodeURIComponent(this.#number)}/recording/${encodeURIComponent(call)}`;
    }
    if (this.#audio.readyState >= HTMLMediaElement.HAVE_METADATA) this.#audio.currentTime = at;
    else this.#pending = at;
    this.#start();
  }

  #start() {
    // What goes wrong is told by the "error" event; a start that a pause overtook is nothing.
    this.#audio.play().catch(() => undefined);
  }

  #toggle() {
    const current = this.#current;
    if (!current) return;
    if (!this.#audio.paused) this.#audio.pause();
    else if (this.#audio.getAttribute("src") && !this.#failure) this.#start();
    else this.#play(current.call, this.#at);
  }

  get #at() {
    return this.#pending ?? this.#audio.currentTime;
  }

  #clicked(event) {
    const line = event.target.closest(".line[data-seq]");
    const place = line && this.#places.get(Number(line.dataset.seq));
    if (!place || (!event.target.closest(".line-play") && !getSelection().isCollapsed)) return;
    this.#play(place.call, place.at);
  }

  /** Every line with a place gets its button: what a click on the line does, for the keyboard. */
  #decorate() {
    for (const line of byId("talk-lines").querySelectorAll(".line[data-seq]")) {
      const place = this.#places.get(Number(line.dataset.seq));
      line.classList.toggle("has-sound", Boolean(place));
      if (!place || line.querySelector(".line-play")) continue;
      byId("talk-lines").setAttribute("aria-live", "off"); // a button is no news; the next line speaks up again
      const label = minutes(place.at);
      line.querySelector(".line-who").append(el("button", { type: "button", class: "line-play figures", title: "从这里听", "aria-label": `从 ${label} 听这一句` }, icon("play"), label));
    }
    this.#mark();
  }

  #moved() {
    this.#mark();
    this.#draw();
  }

  /** Marks the line being heard: the last one that has begun. */
  #mark() {
    const idle = !this.#audio.getAttribute("src") || this.#audio.ended;
    let heard = null;
    for (const [seq, { call, at }] of this.#places) {
      if (!idle && call === this.#call && at <= this.#at + NEAR && (heard === null || at >= heard.at)) heard = { seq, at };
    }
    const before = byId("talk-lines").querySelector(".line.is-heard");
    const now = heard && byId("talk-lines").querySelector(`.line[data-seq="${heard.seq}"]`);
    if (before === now) return;
    before?.classList.remove("is-heard");
    before?.removeAttribute("aria-current");
    now?.classList.add("is-heard");
    now?.setAttribute("aria-current", "true");
    if (now && !this.#audio.paused && onScreen(now)) now.scrollIntoView({ block: "nearest" });
  }

  #draw() {
    const box = byId("recording");
    const current = this.#current;
    const live = this.#recordings.some((each) => each.live);
    const problems = this.#recordings.map((each) => each.problem).filter(Boolean);
    const playing = Boolean(current) && !this.#audio.paused && !this.#audio.ended;
    const shown = { current, live, problems, playing, failure: this.#failure, calls: this.#recordings.length };
    box.hidden = this.#recordings.length === 0;
    fill(box, shown, () => [
      current && this.#player(current, playing),
      live && el("p", { class: "recording-note" }, "通话还在进行，正在录音"),
      current && noteOf(current) && el("p", { class: "recording-note recording-warn", text: noteOf(current) }),
      (this.#failure || problems[0]) && el("p", { class: "recording-note recording-warn", role: "alert", text: this.#failure || problems[0] }),
    ]);
    const seek = box.querySelector(".recording-seek");
    if (!seek || !current) return;
    if (!this.#dragging) seek.value = String(this.#at);
    seek.setAttribute("aria-valuetext", `${minutes(this.#at)}，共 ${minutes(current.seconds)}`);
    box.querySelector(".recording-time").textContent = `${minutes(this.#at)} / ${minutes(current.seconds)}`;
  }

  #player(current, playing) {
    const seek = el("input", {
      type: "range", class: "recording-seek", min: "0", max: String(current.seconds), step: "0.1", "aria-label": "录音位置", data: { focus: "seek" }, value: String(this.#at),
      on: {
        input: () => { this.#dragging = true; },
        change: () => {
          this.#dragging = false;
          this.#play(current.call, Number(seek.value));
        },
      },
    });
    const calls = this.#recordings.filter((each) => !each.live && !each.problem);
    return el(
      "div",
      { class: "recording-player" },
      el("button", { type: "button", class: "recording-play", "aria-label": playing ? "暂停录音" : "播放录音", data: { focus: "play" }, on: { click: () => this.#toggle() } }, icon(playing ? "pause" : "play")),
      seek,
      el("span", { class: "recording-time figures", text: "" }),
      calls.length > 1 && this.#chooser(calls, current),
    );
  }

  #chooser(calls, current) {
    const choose = el("select", { class: "recording-call", "aria-label": "哪一通电话", data: { focus: "call" } }, calls.map((each) => el("option", { value: each.call, selected: each.call === current.call }, clock(each.started_at))));
    choose.addEventListener("change", () => this.#play(choose.value, 0));
    return choose;
  }
}

function noteOf({ complete, failed_at: failedAt, seconds }) {
  if (failedAt !== null) return `从 ${minutes(failedAt)} 起没有录上：存录音的磁盘出了问题。`;
  return complete ? "" : `录到 ${minutes(seconds)} 就断了：当时服务停了。`;
}

function minutes(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
