// What the page knows: who is signed in, the queues, the open case. Fetches, and tells the views what changed.
// Topics: "me", "queues", "case", "messages", "link", "conflict", "phone" (news of a telephone),
// "lost" (cases that left this operator's hands).

import { ApiError, get, isConflict, post, signedIn } from "./desk-api.js";
import { otherDesk } from "./desk-words.js";

const OWN_STEP = 20000; // milliseconds
const OPEN_STATES = new Set(["accepted", "in_progress"]);

export class Store {
  me = null;
  link = { state: "connecting", attempt: 0 };
  rows = { waiting: [], mine: [], callbacks: [], recent: [], other: { waiting: [], recent: [] } };
  loaded = false;
  number = null; // the open case
  detail = null; // {case, summary, matter, messages, steps}
  failure = null; // ApiError of the last attempt to open the case
  conflict = null; // {code, message}: somebody was faster, shown on the case
  #listeners = new Map();
  #queues = coalesced(() => this.#fetchQueues());
  #case = coalesced(() => this.#fetchCase());
  #lines = coalesced(() => this.#fetchMessages());
  #ownSteps = new Map(); // case number -> until when its leaving is this operator's own doing

  on(topic, listener) {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  emit(topic, data) {
    for (const listener of this.#listeners.get(topic) ?? []) listener(data);
  }

  async start() {
    this.me = await get("/api/session");
    signedIn(this.me);
    this.emit("me");
    await this.refreshQueues();
  }

  /** Works cases; supervisors and admins read. */
  get worksCases() {
    return this.me?.role === "operator";
  }

  get desk() {
    return this.me?.queue ?? "110";
  }

  get otherDesk() {
    return otherDesk(this.desk);
  }

  /** Numbers of the cases in this operator's hands. */
  get held() {
    return this.rows.mine.filter((row) => OPEN_STATES.has(row.state)).map((row) => row.number);
  }

  setLink(state, attempt) {
    this.link = { state, attempt };
    this.emit("link");
  }

  refreshQueues = () => this.#queues();
  refreshCase = () => this.#case();
  refreshMessages = () => this.#lines();

  async refreshAll() {
    await Promise.all([this.refreshQueues(), this.number ? this.refreshCase() : null]);
  }

  async #fetchQueues() {
    const [own, other] = await Promise.all([
      get(`/api/desk?queue=${this.desk}`),
      get(`/api/desk?queue=${this.otherDesk}`),
    ]);
    const before = this.loaded ? this.held : [];
    this.rows = {
      waiting: inOrder(own.queue),
      mine: inOrder(own.mine),
      callbacks: this.worksCases ? own.callbacks : [...own.callbacks, ...other.callbacks],
      recent: own.recent,
      other: { waiting: inOrder(other.queue), recent: other.recent },
    };
    this.loaded = true;
    const held = new Set(this.held);
    const gone = before.filter((number) => !held.has(number) && !(this.#ownSteps.get(number) > Date.now()));
    this.emit("queues");
    if (gone.length) this.emit("lost", gone);
  }

  /** Opens a case, or none. */
  async open(number) {
    if (number === this.number) return;
    Object.assign(this, { number, detail: null, failure: null, conflict: null });
    this.emit("case");
    if (number) await this.refreshCase();
  }

  async #fetchCase() {
    const number = this.number;
    if (!number) return;
    try {
      const detail = await get(`/api/cases/${encodeURIComponent(number)}`);
      if (number !== this.number) return;
      this.detail = detail;
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401) throw error;
      if (number !== this.number) return;
      if (!this.detail) this.failure = error;
    }
    this.emit("case");
    this.emit("messages");
  }

  async #fetchMessages() {
    const { detail, number } = this;
    const conversation = detail?.case.origin.conversation;
    if (!conversation) return;
    for (;;) {
      const last = this.detail.messages.at(-1)?.seq ?? 0;
      const { messages } = await get(`/api/conversations/${encodeURIComponent(conversation)}/messages?after=${last}`);
      if (number !== this.number || !this.detail) return;
      const known = this.detail.messages.at(-1)?.seq ?? 0;
      const fresh = messages.filter((line) => line.seq > known);
      if (fresh.length === 0) return;
      this.detail.messages = [...this.detail.messages, ...fresh];
      this.emit("messages");
    }
  }

  /** Takes a step on a case. Throws ApiError; after a conflict the page is already fresh. */
  async step(number, step, body = {}) {
    this.#ownSteps.set(number, Date.now() + OWN_STEP);
    try {
      const { case: changed } = await post(`/api/cases/${encodeURIComponent(number)}/steps/${step}`, body);
      if (number === this.number && this.detail && changed) {
        this.detail = { ...this.detail, case: changed, steps: [] }; // what may be done next comes with the refresh
        this.conflict = null;
        this.emit("case");
      }
      this.refreshAll().catch(ignoreOffline);
    } catch (error) {
      if (isConflict(error) && number === this.number) {
        this.conflict = { code: error.code, message: error.message };
        this.emit("conflict");
      }
      await this.refreshAll().catch(ignoreOffline);
      throw error;
    }
  }

  async search(text) {
    const { cases } = await get(`/api/cases?search=${encodeURIComponent(text)}`);
    return cases;
  }

  /** An event of the desk socket. */
  heard(event) {
    if (event.type === "changed") {
      this.refreshQueues().catch(ignoreOffline);
      if (event.number === this.number) this.refreshCase().catch(ignoreOffline);
    } else if (event.type === "phone") {
      this.emit("phone", event);
    } else if (event.type === "error" && event.error.code === "not_signed_in") {
      window.dispatchEvent(new CustomEvent("desk:signed-out"));
    } else if (event.conversation && event.conversation === this.detail?.case.origin.conversation) {
      if (event.type === "conversation") this.refreshMessages().catch(ignoreOffline);
      if (event.type === "typing") this.emit("typing");
    }
  }
}

/** A failed refresh shows in the connection state and is tried again; anything else is a real error. */
export function ignoreOffline(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) window.dispatchEvent(new CustomEvent("desk:signed-out"));
}

function inOrder(rows) {
  return [...rows].sort(
    (a, b) => a.priority.localeCompare(b.priority) || Date.parse(a.offered_at) - Date.parse(b.offered_at),
  );
}

/** At most one run at a time; calls during a run share one more run after it. */
export function coalesced(run) {
  let current = null;
  let next = null;
  return function call() {
    if (!current) {
      current = run().finally(() => {
        current = null;
      });
      return current;
    }
    next ??= current
      .catch(() => undefined)
      .then(() => {
        next = null;
        return call();
      });
    return next;
  };
}
