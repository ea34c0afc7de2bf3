// A new P1 rings, flashes in the tab's title and stands in a banner until somebody has seen it.

import { byId, el, ticking } from "./desk-dom.js";
import { announce } from "./desk-notice.js";
import { tick } from "./desk-time.js";
import { read, write } from "./storage.js";

const EVERY = 4; // beats between two rings
const SEEN = "ydt.desk.seen";
const SOUND = "ydt.desk.sound";
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Alarm {
  #store;
  #open;
  #seen = new Set(read("session", SEEN) ?? []);
  #ringing = [];
  #known = null; // waiting cases of the last refresh: their keys
  #sound = null; // AudioContext, once the browser lets us
  #beats = 0;

  constructor(store, openCase) {
    this.#store = store;
    this.#open = openCase;
    store.on("queues", () => this.#look());
    store.on("case", () => this.see(store.number));
    store.on("me", () => this.#showSound());
    byId("sound").addEventListener("click", () => this.#toggle());
    for (const gesture of ["pointerdown", "keydown"]) window.addEventListener(gesture, () => this.#unlock());
    this.#showSound();
  }

  get on() {
    return read("local", SOUND) ?? this.#store.worksCases;
  }

  /** The operator has the case before their eyes. */
  see(number) {
    const rows = this.#ringing.filter((row) => row.number === number);
    if (rows.length) this.#mark(rows);
  }

  /** Once a second. */
  beat() {
    this.#beats += 1;
    const count = this.#ringing.length;
    const base = `${this.#store.rows.waiting.length} 件待接收 · ${this.#store.desk} 席 · 一电通`;
    document.title = count && (calm.matches || this.#beats % 2) ? `【P1 ${count} 件】请立即接收` : base;
    if (count && this.#beats % EVERY === 0) this.#ring();
  }

  #look() {
    const { rows } = this.#store;
    const pool = this.#store.worksCases ? rows.waiting : [...rows.waiting, ...rows.other.waiting];
    const waiting = pool.filter((row) => row.priority === "P1");
    // A case in this operator's hands that rises to P1 rings too; one that was already there on loading does not.
    const mine = rows.mine.filter((row) => row.priority === "P1");
    if (!this.#known) for (const row of mine) this.#seen.add(keyOf(row));
    const keys = new Set(pool.map(keyOf));
    const fresh = this.#known ? pool.filter((row) => !this.#known.has(keyOf(row))) : [];
    this.#known = keys;
    if (this.#store.number) for (const row of [...waiting, ...mine]) if (row.number === this.#store.number) this.#seen.add(keyOf(row));
    const before = new Set(this.#ringing.map(keyOf));
    this.#ringing = [...waiting, ...mine].filter((row) => !this.#seen.has(keyOf(row)));
    this.#save();
    const urgent = this.#ringing.filter((row) => !before.has(keyOf(row)));
    if (urgent.length) {
      this.#ring();
      announce(`P1 立即：${urgent[0].title}，${urgent[0].location ?? "地点不明"}`, { urgent: true });
    } else if (fresh.some((row) => row.priority === "P2")) {
      this.#note(660, 0, 0.12, 0.12);
    }
    const calmNews = fresh.filter((row) => row.priority !== "P1");
    if (calmNews.length) announce(`新到 ${calmNews.length} 件：${calmNews[0].priority} ${calmNews[0].title}`);
    this.#show();
  }

  #mark(rows) {
    for (const row of rows) this.#seen.add(keyOf(row));
    this.#ringing = this.#ringing.filter((row) => !rows.includes(row));
    this.#save();
    this.#show();
  }

  #save() {
    write("session", SEEN, [...this.#seen].slice(-500));
  }

  #show() {
    const banner = byId("alarm");
    const [first, ...rest] = this.#ringing;
    banner.hidden = !first;
    if (!first) return banner.replaceChildren();
    const held = first.state !== "offered" && first.state !== "returned";
    banner.replaceChildren(
      el("span", { class: "prio prio-P1" }, "P1", el("span", { class: "prio-word", text: "立即" })),
      el(
        "p",
        { class: "desk-alarm-text" },
        el("strong", { text: held ? `您手上的升为 P1：${first.title}` : first.title }),
        el("span", { class: "desk-alarm-place", text: first.location ?? "地点不明" }),
        !held && el("span", { class: "desk-alarm-wait" }, "已等 ", ticking(first.offered_at, "figures")),
        rest.length > 0 && el("span", { class: "desk-alarm-rest", text: `另有 ${rest.length} 件 P1` }),
      ),
      el("button", { type: "button", class: "button button-small", on: { click: () => this.#open(first.number) }, text: "打开" }),
      el("button", { type: "button", class: "button button-small button-quiet", on: { click: () => this.#mark(this.#ringing) }, text: rest.length ? "全部知道了" : "知道了" }),
    );
    tick();
    return undefined;
  }

  #toggle() {
    if (this.on && this.#sound?.state !== "running") {
      this.#unlock();
    } else {
      write("local", SOUND, !this.on);
    }
    if (this.on) this.#note(880, 0, 0.12, 0.12);
    this.#showSound();
  }

  /** Browsers play sound only after the person has touched the page. */
  #unlock() {
    if (!this.on || this.#sound?.state === "running") return;
    this.#sound ??= new AudioContext();
    this.#sound.onstatechange = () => this.#showSound();
    this.#sound.resume().catch((error) => console.info("sound stays locked", error.name));
  }

  #showSound() {
    const ready = this.#sound?.state === "running";
    const button = byId("sound");
    button.setAttribute("aria-pressed", String(this.on));
    button.classList.toggle("is-warning", this.on && !ready);
    button.querySelector(".icon").className = `icon icon-${this.on && ready ? "sound" : "mute"}`;
    byId("sound-text").textContent = !this.on ? "声音已关" : ready ? "声音已开" : "启用声音";
  }

  #ring() {
    for (let turn = 0; turn < 3; turn += 1) {
      this.#note(880, turn * 0.36, 0.16, 0.28);
      this.#note(660, turn * 0.36 + 0.18, 0.16, 0.28);
    }
  }

  /** A tone: hertz, seconds from now, seconds long, loudness 0 to 1. */
  #note(pitch, start, length, loudness) {
    const sound = this.#sound;
    if (!this.on || sound?.state !== "running") return;
    const from = sound.currentTime + start;
    const tone = sound.createOscillator();
    const gain = sound.createGain();
    tone.type = "triangle";
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(loudness, from + 0.015);
    gain.gain.linearRampToValueAtTime(0, from + length);
    tone.connect(gain).connect(sound.destination);
    tone.start(from);
    tone.stop(from + length + 0.05);
  }
}

const keyOf = (row) => `${row.number}/${row.offered_at}/${row.priority}`;
