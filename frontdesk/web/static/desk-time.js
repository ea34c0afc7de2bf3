// Times as an operator reads them, on the server's clock.

let skew = 0; // milliseconds the server is ahead of this computer

/** Learns the server's clock from a response's Date header (whole seconds). */
export function learnClock(header) {
  const server = Date.parse(header ?? "");
  if (Number.isNaN(server)) return;
  const seen = server - Date.now();
  if (Math.abs(seen - skew) > 1500) skew = seen;
}

export const now = () => Date.now() + skew;

export const secondsSince = (at) => Math.max(0, Math.floor((now() - Date.parse(at)) / 1000));

const two = (n) => String(n).padStart(2, "0");

/** 02:13 below an hour, then 1 小时 02 分, then 2 天 3 小时. */
export function elapsed(seconds) {
  if (seconds < 3600) return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 24) return `${hours} 小时 ${two(Math.floor((seconds % 3600) / 60))} 分`;
  return `${Math.floor(hours / 24)} 天 ${hours % 24} 小时`;
}

/** 14:02:11 today, 11-20 14:02 otherwise. */
export function clock(at) {
  const time = new Date(at);
  const today = new Date(now());
  const hours = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === today.toDateString()) return `${hours}:${two(time.getSeconds())}`;
  const day = `${two(time.getMonth() + 1)}-${two(time.getDate())} ${hours}`;
  return time.getFullYear() === today.getFullYear() ? day : `${time.getFullYear()}-${day}`;
}

/** Refreshes every waiting time on the page; called once a second. */
export function tick() {
  for (const node of document.querySelectorAll("[data-since]")) {
    const seconds = secondsSince(node.dataset.since);
    const text = elapsed(seconds);
    if (node.textContent !== text) node.textContent = text;
    if (node.dataset.limit) {
      const long = seconds >= Number(node.dataset.limit);
      const holder = node.closest("[data-wait]") ?? node;
      if (holder.classList.contains("is-long") !== long) holder.classList.toggle("is-long", long);
    }
  }
}
