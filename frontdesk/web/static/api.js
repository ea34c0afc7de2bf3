/** JSON over HTTP with the product's one error shape. */

/** What went wrong, ready to be shown. `status` 0 means that no answer came at all. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, field?: string, request_id?: string}} error
   * @param {number|null} retryAfter seconds
   */
  constructor(status, error, retryAfter = null) {
    super(error.message || "系统出了点问题，请稍后再试。");
    this.name = "ApiError";
    this.status = status;
    this.code = error.code || "unknown";
    this.field = error.field || null;
    this.requestId = error.request_id || null;
    this.retryAfter = retryAfter;
  }
}

/**
 * @param {string} method
 * @param {string} url
 * @param {{body?: unknown, upload?: Blob, csrf?: string|null, timeout?: number}} [options] timeout in milliseconds;
 *   `upload` is sent as it is
 * @returns {Promise<any>} the parsed body, null when there is none
 * @throws {ApiError}
 */
export async function request(method, url, { body, upload, csrf = null, timeout = 15000 } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (upload !== undefined) headers["Content-Type"] = "application/octet-stream";
  if (csrf) headers["X-CSRF-Token"] = csrf;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  let response;
  let text;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? upload : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: abort.signal,
    });
    text = await response.text();
  } catch {
    throw new ApiError(0, { code: "network", message: "现在连不上网络或服务器，请检查网络后再试。" });
  } finally {
    clearTimeout(timer);
  }
  const parsed = parse(text);
  if (!response.ok) {
    const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    throw new ApiError(response.status, parsed?.error ?? {}, Number.isFinite(wait) ? wait : null);
  }
  return parsed;
}

function parse(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
