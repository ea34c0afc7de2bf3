// Chinese titles of the codes in the case document, and the waiting time each priority bears.

export const PRIORITIES = { P1: "立即", P2: "紧急", P3: "一般", P4: "常规" };

/** Seconds of waiting after which the waiting time is set in bold. */
export const LONG_WAIT = { P1: 30, P2: 120, P3: 900, P4: 3600 };

export const FIELDS = {
  location: "地点",
  time: "时间",
  people: "人物",
  event: "事件",
  demand: "诉求",
  injury: "人员受伤",
  weapon: "持械",
  ongoing: "正在发生",
  phone: "联系电话",
  name: "称呼",
  plate: "车牌",
  amount: "金额（元）",
};

/** The five elements: always on the page, filled or not. */
export const FIVE_ELEMENTS = ["location", "time", "people", "event", "demand"];

export const YES_NO_FIELDS = new Set(["injury", "weapon", "ongoing"]);

export const RISKS = {
  life: "生命危险",
  self_harm: "轻生",
  violence: "暴力",
  weapon: "持械",
  casualties: "有人伤亡",
  fire: "火情",
  gas: "燃气",
  water: "落水被淹",
  trapped: "被困",
  missing: "走失失联",
  crowd: "聚集",
  hazardous: "危险物",
  fraud: "正在受骗",
  silent: "不便说话",
};

/** What an operator must not get wrong when a risk is present. */
export const CAUTIONS = {
  silent: "市民不便说话：不要回拨、不要让手机出声，用一句一答的是非题。",
  self_harm: "先陪着说话，不追问细节，不讲大道理，不中断。",
};

export const STATES = {
  draft: "填写中",
  offered: "待接收",
  accepted: "已接收",
  returned: "被退回",
  in_progress: "办理中",
  resolved: "已办结",
  followed_up: "已回访",
  closed: "已归档",
};

export const SOURCES = { said: "原话", keyed: "输入", looked_up: "查得", inferred: "推断", operator: "操作员" };

export const CHANNELS = {
  webchat: "网页聊天",
  phone: "电话",
  webphone: "网页通话",
  telegram: "Telegram",
  wechat: "微信",
  sms: "短信",
  shell: "终端",
  api: "接口",
};

export const ROUTES = {
  "110_emergency": "110 紧急警情",
  "110_nonemergency": "110 非紧急警情",
  joint_110_lead: "公安牵头、部门联动",
  linkage_119: "110 联动 119 救援",
  linkage_120: "110 联动 120 急救",
  "12345_complaint": "12345 投诉",
  "12345_help": "12345 求助",
  "12345_report": "12345 举报",
  "12345_suggestion": "12345 建议",
  "12345_thanks": "12345 感谢表扬",
  onsite_four_platforms: "基层治理四平台现场处置",
  handoff_human: "转人工",
  clarify: "先问清楚",
  clarify_emergency: "疑似紧急",
  handoff_priority_first: "几件事，先办最急的",
};

const UNITS = {
  110: "公安",
  119: "消防",
  120: "急救",
  122: "交警",
  12355: "青少年服务",
  12356: "心理援助",
  12338: "妇女维权",
  12315: "市场监管",
  12389: "涉警投诉",
  95598: "供电",
  96110: "反诈专线",
  96333: "电梯应急",
};

/** "119" gives "119 消防"; names stay as they are. */
export const unitTitle = (unit) => (UNITS[unit] ? `${unit} ${UNITS[unit]}` : unit);

export const TRANSFER_KINDS = { transfer: "转交", return: "退回", escalation: "紧急升级" };

export const otherDesk = (queue) => (queue === "110" ? "12345" : "110");

/** A field's content as an operator reads it. */
export function shown(content) {
  if (content === true) return "是";
  if (content === false) return "否";
  if (typeof content === "number") return content.toLocaleString("zh-CN");
  return content === null || content === undefined ? "" : String(content);
}

/** The case in one line: where, what, and the facts that decide who is sent. */
export function gist(fields, title) {
  const where = shown(fields.location?.value);
  const what = shown(fields.event?.value) || title;
  const facts = [
    fields.injury?.value === true && "有人受伤",
    fields.weapon?.value === true && "有人持械",
    fields.ongoing?.value === true && "正在发生",
  ].filter((fact) => fact && !what.includes(fact));
  return { where, what: [what, ...facts].join("，") };
}
