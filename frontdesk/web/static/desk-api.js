// The operator's HTTP API: JSON in, JSON out, errors as ApiError with the server's own words.

import { ApiError } from "./api.js";
import { learnClock } from "./desk-time.js";

const TIMEOUT = 15000; // milliseconds

/** Refusals of what was typed; every other 409 means that the case moved on. */
const WRITING = new Set(["text_required", "bad_value"]);

let csrf = "";

export { ApiError };

/** Somebody else was faster, or the case is no longer where the page thinks it is. */
export const isConflict = (error) => error instanceof ApiError && error.status === 409 && !WRITING.has(error.code);

export function signedIn(session) {
  csrf = session.csrf ?? "";
}

export const get = (path) => send("GET", path);

export const post = (path, body = {}) => change("POST", path, body);
export const put = (path, body) => change("PUT", path, body);

/** Fetches a new CSRF token once when the old one was refused. */
async function change(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "csrf") throw error;
    signedIn(await get("/api/session"));
    return send(method, path, body);
  }
}

export const signOut = () => send("DELETE", "/api/session");

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    text = await response.text();
  } catch (error) {
    const slow = error.name === "TimeoutError";
    throw new ApiError(0, {
      code: slow ? "timeout" : "offline",
      message: slow
        ? "服务器迟迟没有回应，不能确定是否生效。请看一眼最新记录再决定要不要重做。"
        : "网络不通，没有收到服务器的回应。写的内容还在，连上后看一眼再试。",
    });
  }
  learnClock(response.headers.get("Date"));
  const answer = parse(text);
  if (!response.ok) throw new ApiError(response.status, answer?.error ?? {});
  return answer;
}

/** Null for no content, and for what a proxy in between answered in its own words. */
function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
