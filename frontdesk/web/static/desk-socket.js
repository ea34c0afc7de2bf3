// The desk's live connection: which conversation is followed, which cases are kept alive.

import { LiveSocket } from "./socket.js";

const MOST_HELD = 100; // cases in one `alive` frame

export class DeskSocket {
  #live = new LiveSocket(() => "/api/desk/socket");
  #watched = null;

  /** `onEvent(frame)`, `onState("live" | "lost", failures in a row)`. */
  constructor({ onEvent, onState }) {
    this.#live.addEventListener("open", () => {
      this.#live.send({ type: "watch", conversation: this.#watched });
      onState("live", 0);
    });
    this.#live.addEventListener("frame", ({ detail }) => onEvent(detail));
    this.#live.addEventListener("down", ({ detail }) => onState("lost", detail.failures));
    window.addEventListener("online", () => this.#live.wake());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#live.wake();
    });
  }

  open() {
    this.#live.start();
  }

  /** The connection looks open but requests get no answer: start over. */
  restart() {
    this.#live.restart();
  }

  /** Follow one conversation, or none. Remembered over reconnects. */
  watch(conversation) {
    this.#watched = conversation;
    this.#live.send({ type: "watch", conversation });
  }

  /** Keeps the leases of these cases. */
  alive(cases) {
    this.#live.send({ type: "alive", cases: cases.slice(0, MOST_HELD) });
  }
}
