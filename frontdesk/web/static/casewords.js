/** What a citizen reads about a case: its states, its desks, its times. */

/** Case states in the citizen's words; the desk page has its own. */
const STATES = {
  draft: "填写中",
  offered: "等待接收",
  accepted: "已有人接收",
  returned: "等待重新接收",
  in_progress: "办理中",
  resolved: "已办结",
  followed_up: "已回访",
  closed: "已归档",
};

const FINISHED = new Set(["resolved", "followed_up", "closed", "已办结", "已回访", "已归档"]);

const DESKS = {
  110: { name: "110报警服务台", person: "110接警员" },
  12345: { name: "12345政务服务热线", person: "12345话务员" },
};

/** @param {string} state code or an already readable title @returns {string} */
export function stateTitle(state) {
  return STATES[state] ?? state;
}

/** @param {string|undefined} state @returns {boolean} */
export function finished(state) {
  return FINISHED.has(state);
}

/** @param {string|null|undefined} queue @returns {string} */
export function deskName(queue) {
  return DESKS[queue]?.name ?? "工作人员";
}

/** @param {string|null|undefined} queue @returns {string} */
export function personName(queue) {
  return DESKS[queue]?.person ?? "工作人员";
}

const clock = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("zh-CN", { month: "long", day: "numeric", weekday: "short" });
const fullDay = new Intl.DateTimeFormat("zh-CN", { year: "numeric", month: "long", day: "numeric" });

/** @param {Date} at @returns {string} 21:07 */
export function clockTime(at) {
  return clock.format(at);
}

/** @param {Date} at @param {Date} now @returns {string} 今天, 昨天, or the date */
export function dayName(at, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(at)) / 86400000);
  if (days === 0) return "今天";
  if (days === 1) return "昨天";
  return at.getFullYear() === now.getFullYear() ? day.format(at) : fullDay.format(at);
}

/** @param {string} iso date or date and time @returns {string} 2026年11月21日, or the text itself */
export function plainDate(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  return parts ? `${parts[1]}年${Number(parts[2])}月${Number(parts[3])}日` : iso;
}

function midnight(at) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
