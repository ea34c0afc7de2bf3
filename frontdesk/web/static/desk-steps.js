// The steps an operator can take: their buttons, keys and dialogs. Which are allowed comes from the API.

import { ApiError, isConflict } from "./desk-api.js";
import { ask } from "./desk-dialog.js";
import { toast, toastError } from "./desk-notice.js";
import { PRIORITIES, otherDesk } from "./desk-words.js";

const TO_12345 = ["不涉及违法犯罪，属民生诉求", "属邻里调解，未动手", "属镇街或部门职责"];
const TO_110 = ["正在发生，需要到场制止", "涉嫌违法犯罪", "有人身安全风险"];
const RETURN_REASONS = ["不属于本席职责", "要素不全，请先补地点和时间", "情况已变化，由首接席继续"];
const DANGERS = ["现场有人受伤", "有人持械", "起火或燃气泄漏", "有轻生的表述", "有人被困"];
const STARTS = { 110: ["已派警", "已通知属地派出所", "已通知联动单位到场"], 12345: ["已派镇街工作人员", "已转责任部门", "已联系市民核实"] };
const RESULTS = {
  110: ["民警到场处置完毕", "双方调解，未再争执", "到场未发现异常，已告知市民", "已移送派出所受案"],
  12345: ["责任部门已处理并答复市民", "已现场解决，市民认可", "已解释政策，市民知晓", "多次联系不上市民，已留言"],
};

/** In the order of the buttons. `run(context)` opens a dialog or acts at once; `main` steps are offered first. */
const STEPS = {
  claim: { label: () => "接收", key: "C", main: true, done: "已接收" },
  take_over: {
    label: () => "接手",
    main: true,
    ask: ({ row }) => ({ title: "接手这件事", lead: `现在由${row.assignee ?? "同事"}办理。接手后由您继续，对方会看到。`, confirm: "接手" }),
    done: "已接手",
  },
  start: {
    label: () => "开始办理",
    key: "S",
    main: true,
    ask: ({ row }) => ({
      title: "开始办理",
      lead: "市民会收到“已开始办理”的通知。",
      fields: [{ name: "note", label: "办理说明", quick: STARTS[row.queue] }],
      confirm: "开始办理",
    }),
    done: "已开始办理",
  },
  resolve: {
    label: () => "登记结果",
    key: "R",
    main: true,
    ask: ({ row }) => ({
      title: "登记处理结果",
      lead: "结果会告诉市民，请写成市民看得懂的话。",
      fields: [{ name: "text", label: "处理结果", required: true, quick: RESULTS[row.queue] }],
      confirm: "办结",
    }),
    done: "已办结",
  },
  follow_up: {
    label: () => "回访",
    key: "R",
    main: true,
    ask: () => ({
      title: "登记回访",
      lead: "解决与满意分开问。选“没有解决”会回到待接收，重新办理；没有联系上的写明怎么联系的。",
      fields: [
        { name: "resolved", kind: "choice", label: "问题解决了吗", required: true, options: [{ value: "yes", label: "解决了" }, { value: "no", label: "没有解决" }, { value: "unreached", label: "没有联系上" }] },
        { name: "satisfied", kind: "choice", label: "对办理满意吗", value: "none", options: [{ value: "yes", label: "满意" }, { value: "no", label: "不满意" }, { value: "none", label: "未评价" }] },
        { name: "comment", label: "市民的话，或怎么联系的" },
      ],
      confirm: "登记回访",
    }),
    body: ({ resolved, satisfied, comment }) => ({ resolved: { yes: true, no: false, unreached: null }[resolved], satisfied: { yes: true, no: false, none: null }[satisfied], comment }),
    done: "已登记回访",
  },
  close: { label: () => "归档", main: true, ask: () => ({ title: "归档", lead: "归档后不再改动，记录一直保留。", confirm: "归档" }), done: "已归档" },
  transfer: {
    label: (row) => `转交 ${otherDesk(row.queue)} 席`,
    key: "T",
    ask: ({ row }) => ({
      title: `转交 ${otherDesk(row.queue)} 席`,
      lead: "编号不变，对方席接收后有回执，市民会收到通知。对方可以退回一次。",
      fields: [{ name: "reason", label: "转交理由", required: true, quick: row.queue === "110" ? TO_12345 : TO_110 }],
      confirm: "转交",
    }),
    done: "已转交",
  },
  return: {
    label: (row) => `退回 ${row.first_queue} 席`,
    key: "T",
    ask: ({ row }) => ({
      title: `退回 ${row.first_queue} 席`,
      lead: `只能退回一次。退回后按首接负责，由 ${row.first_queue} 席办到底。`,
      fields: [{ name: "reason", label: "退回理由", required: true, quick: RETURN_REASONS }],
      confirm: "退回",
    }),
    done: "已退回",
  },
  escalate: {
    label: (row) => (row.queue === "110" ? "升为 P1" : "升级 110"),
    danger: true,
    ask: ({ row }) => ({
      title: row.queue === "110" ? "升为 P1" : "紧急升级到 110",
      lead: row.queue === "110" ? "立即按最高优先级处理。" : "立即以 P1 转到 110 席，不等回复，不占退回次数。",
      fields: [{ name: "reason", label: "现场情况", required: true, quick: DANGERS }],
      confirm: row.queue === "110" ? "升为 P1" : "升级 110",
      danger: true,
    }),
    done: "已升级",
  },
  note: {
    label: () => "备注",
    key: "N",
    ask: ({ preset }) => ({
      title: "写备注",
      lead: "只有席位上看得到，市民看不到。",
      fields: [{ name: "text", label: "备注", required: true, value: preset ?? "" }],
      confirm: "保存备注",
    }),
    done: "备注已保存",
  },
  reprioritise: {
    label: () => "改优先级",
    minor: true,
    ask: ({ row }) => ({
      title: "改优先级",
      fields: [
        { name: "priority", kind: "choice", label: "优先级", value: row.priority, options: Object.entries(PRIORITIES).map(([value, word]) => ({ value, label: `${value} ${word}` })) },
        { name: "reason", label: "原因", required: true },
      ],
      confirm: "修改",
    }),
    done: "优先级已改",
  },
  hand_back: {
    label: () => "交回机器人",
    minor: true,
    ask: () => ({ title: "交回机器人", lead: "机器人继续陪市民说话，这件事仍由您办理。", confirm: "交回" }),
    done: "已交回机器人",
  },
  release: { label: () => "放回队列", minor: true, done: "已放回队列" },
};

const HEADLINES = {
  already_claimed: "已被同事接收",
  not_holder: "已不在您手上",
  wrong_state: "状态已经变化",
  wrong_desk: "已不在本席",
  stale_version: "刚被别人改过",
  already_yours: "已在您手上",
  first_receiver_keeps: "首接负责",
  transfer_limit: "首接负责",
  danger_first: "险情优先",
  follow_up_first: "请先回访",
  no_conversation: "会话已经不在",
  read_only: "只能查看",
};

/** A conflict in plain words: what happened, then the server's own sentence. */
export const conflictTitle = (code) => HEADLINES[code] ?? "没有生效";

/** The buttons for a case, in order: [{step, label, key, main, danger, minor}]. The first main step is the next action. */
export function buttonsFor(row, allowed) {
  const open = new Set(allowed);
  if (row.queue === "110" && row.priority === "P1") open.delete("escalate"); // nothing above it
  if (row.origin.channel === "phone") open.delete("hand_back"); // a caller is given back where the telephone is
  const found = Object.entries(STEPS).filter(([step]) => open.has(step));
  const next = found.find(([, { main }]) => main)?.[0];
  return found.map(([step, { label, key, danger = false, minor = false }]) => ({
    step, label: label(row), key, danger, minor, main: step === next,
  }));
}

/** The step behind a shortcut key for this case, if it is allowed now. */
export function stepForKey(key, allowed) {
  return Object.keys(STEPS).find((step) => STEPS[step].key === key && allowed.includes(step)) ?? null;
}

const running = new Set(); // "number/step" on its way: a second press does nothing

/** Runs a step from its button, key or link; `preset` fills the dialog's text. */
export async function takeStep(store, step, preset) {
  const row = store.detail.case;
  const { ask: dialog, body = (values) => values, done } = STEPS[step];
  const submit = (values) => store.step(row.number, step, body(values));
  if (dialog) {
    const finished = await ask({ key: `${row.number}/${step}/${preset ?? ""}`, ...dialog({ row, preset }), submit });
    if (finished) toast(done);
    return;
  }
  const errand = `${row.number}/${step}`;
  if (running.has(errand)) return;
  running.add(errand);
  try {
    await submit({});
    toast(done);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!isConflict(error)) toastError(error);
  } finally {
    running.delete(errand);
  }
}
