/**
 * A WebSocket that comes back by itself.
 *
 * Events: "open"; "frame" (detail: the parsed frame); "down" (detail: {opened, failures, wait}) where `opened` tells
 * whether this attempt had connected at all and `wait` is the pause before the next one in milliseconds.
 */

const PAUSES = [400, 1000, 2000, 4000, 8000, 15000];
const PING_EVERY = 20000;
const PONG_WITHIN = 8000;
const OPEN_WITHIN = 10000;

export class LiveSocket extends EventTarget {
  #socket = null;
  #retry = 0;
  #watch = 0;
  #heard = 0;
  #stopped = true;

  /** @param {() => string} address path and query; asked again before every attempt */
  constructor(address) {
    super();
    this.address = address;
    this.failures = 0;
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  start() {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#detach();
  }

  /** @param {unknown} frame @returns {boolean} whether it was handed to the network */
  send(frame) {
    if (!this.open) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** The page or the network woke up: reconnect now, or make sure that the connection still lives. */
  wake() {
    if (this.#stopped) return;
    if (this.open) this.#ping(4000);
    else if (!this.#socket) {
      clearTimeout(this.#retry);
      this.#connect();
    }
  }

  /** Drop a connection that no longer answers, and start again at once. */
  restart() {
    if (this.#stopped || !this.#socket) return;
    this.#lost();
  }

  #connect() {
    clearTimeout(this.#retry);
    const url = new URL(this.address(), window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.#socket = socket;
    let opened = false;
    this.#watch = window.setTimeout(() => this.#lost(), OPEN_WITHIN);
    socket.addEventListener("open", () => {
      if (socket !== this.#socket) return;
      opened = true;
      this.failures = 0;
      this.#heard = Date.now();
      this.#rest();
      this.dispatchEvent(new Event("open"));
    });
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      this.#heard = Date.now();
      const frame = parse(event.data);
      if (frame && frame.type !== "pong") this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) this.#lost(opened);
    });
  }

  /** Quiet time until the next ping. */
  #rest() {
    clearTimeout(this.#watch);
    this.#watch = window.setTimeout(() => this.#ping(PONG_WITHIN), PING_EVERY);
  }

  #ping(within) {
    const asked = Date.now();
    this.send({ type: "ping" });
    clearTimeout(this.#watch);
    this.#watch = window.setTimeout(() => {
      if (this.#heard >= asked) this.#rest();
      else this.#lost(true);
    }, within);
  }

  #lost(opened = this.open) {
    this.#detach();
    if (this.#stopped) return;
    this.failures += 1;
    const base = PAUSES[Math.min(this.failures, PAUSES.length) - 1];
    const wait = Math.round(base * (0.75 + Math.random() * 0.5));
    this.#retry = window.setTimeout(() => this.#connect(), wait);
    this.dispatchEvent(new CustomEvent("down", { detail: { opened, failures: this.failures, wait } }));
  }

  #detach() {
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
