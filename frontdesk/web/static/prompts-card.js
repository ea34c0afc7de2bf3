/** One thing the front desk says, with what can be done about its sound. */

import { request } from "./api.js";
import { element, icon } from "./element.js";
import { Recorder } from "./prompts-recorder.js";

export const GROUPS = {
  greeting: "问候",
  question: "追问",
  phrase: "常用语",
  consult: "咨询答案",
  matter: "事项提示",
  smalltalk: "寒暄与范围外",
};
const STATES = { recorded: "录音", outdated: "录音对不上", synthesised: "合成" };
const LARGEST = 20 * 1024 * 1024;
const UPLOAD_MS = 120000;

let playing = null;

function stopPlaying() {
  playing?.pause();
  playing = null;
}

export class PromptCard {
  #prompt;
  #changed;

  /** @param {object} prompt as the API gives it @param {(before: object, after: object|null) => void} changed */
  constructor(prompt, changed) {
    this.#prompt = prompt;
    this.#changed = changed;
    this.node = element("li", { class: "prompt", data: { id: prompt.id } });
    this.#show();
  }

  #show(told = null) {
    const { title, group, text, state, seconds, recorded_text: old, recordable, used } = this.#prompt;
    this.node.dataset.state = state;
    this.node.replaceChildren(
      element("div", { class: "prompt-head" },
        element("h2", { text: title }),
        title !== GROUPS[group] && element("span", { class: "prompt-group", text: GROUPS[group] }),
        element("span", { class: `badge prompt-state prompt-${state}`, text: STATES[state] + (seconds ? ` ${Math.round(seconds)} 秒` : "") }),
      ),
      element("p", { class: "prompt-text", text }),
      ...this.#remarks(old, recordable, used),
      element("div", { class: "prompt-acts" }, ...this.#acts()),
      told ?? element("p", { class: "prompt-told", role: "status" }),
    );
  }

  #remarks(old, recordable, used) {
    if (!used) return [element("p", { class: "prompt-remark", text: "前台已经不说这句话了，可以删掉它的录音。" })];
    if (!recordable)
      return [element("p", { class: "prompt-remark", text: "有要临时填写的内容（如编号、姓名），只能合成。" })];
    if (old === null) return [];
    return [
      element("p", { class: "notice notice-warn prompt-old" }, icon("alert"),
        element("span", { text: `话改过了，原来的录音说的是：“${old}”。现在市民听到的是合成的声音，请重新录。` }),
      ),
    ];
  }

  #acts() {
    const { recordable, state, used, title } = this.#prompt;
    const act = (text, name, run) =>
      element("button", { type: "button", class: "button button-small", "aria-label": `${text}：${title}`, on: { click: run } },
        name ? icon(name) : null, text);
    const file = element("input", {
      type: "file", accept: "audio/*,.wav,.mp3,.m4a,.aiff,.flac,.ogg,.amr,.wma", hidden: true,
      on: { change: () => this.#upload(file.files[0], file.files[0]?.size).finally(() => { file.value = ""; }) },
    });
    return [
      recordable && act("试听", "sound", () => this.#hear()),
      recordable && act(state === "synthesised" ? "录音" : "重录", null, () => this.#record()),
      recordable && act("上传文件", null, () => file.click()),
      state !== "synthesised" && act("删除录音", null, ({ currentTarget }) => this.#confirm(currentTarget, used)),
      recordable && file,
    ].filter(Boolean);
  }

  #tell(text, danger = false) {
    const told = danger
      ? element("p", { class: "notice notice-danger prompt-told", role: "alert" }, icon("alert"), element("span", { text }))
      : element("p", { class: "prompt-told", role: "status", text });
    this.node.querySelector(".prompt-told").replaceWith(told);
    return told;
  }

  async #hear() {
    stopPlaying();
    this.#tell("正在播放…");
    const sound = new Audio(`/api/prompts/${encodeURIComponent(this.#prompt.id)}/sound`);
    playing = sound;
    sound.addEventListener("ended", () => this.#tell(""));
    try {
      await sound.play();
    } catch (failure) {
      if (failure.name !== "AbortError") this.#tell("声音放不出来，请刷新页面再试。", true);
    }
  }

  #record() {
    stopPlaying();
    const recorder = new Recorder(this.#prompt.text, {
      use: (wav) => this.#upload(wav, wav.size),
      trouble: (text) => this.#tell(text, true),
      closed: () => this.#tell(""),
    });
    this.#tell("").replaceWith(element("div", { class: "prompt-told" }, recorder.node));
    recorder.start();
  }

  /** @param {Blob|undefined} sound */
  async #upload(sound, size) {
    if (!sound) return;
    if (size > LARGEST) {
      this.#tell("文件超过 20 MB。请压缩或剪短后再上传；原来的声音没有变。", true);
      return;
    }
    this.#tell("正在上传…");
    await this.#change(async () => {
      const after = await request("PUT", this.#address, { upload: sound, csrf: csrf(), timeout: UPLOAD_MS });
      return [after, `已换成这段录音，${Math.round(after.seconds)} 秒。请试听一遍。`];
    });
  }

  /** Asks once: the button itself becomes the question. */
  #confirm(button, used) {
    if (button.dataset.sure === undefined) {
      button.dataset.sure = "";
      button.classList.add("button-danger");
      button.lastChild.textContent = "确定删除？";
      button.addEventListener("blur", () => this.#show(), { once: true });
      return;
    }
    this.#change(async () => {
      await request("DELETE", this.#address, { csrf: csrf() });
      const after = used ? { ...this.#prompt, state: "synthesised", seconds: null, recorded_text: null } : null;
      return [after, "录音已删掉，改回合成。"];
    });
  }

  async #change(run) {
    try {
      const [after, told] = await run();
      this.#changed(this.#prompt, after);
      if (after === null) {
        this.node.remove();
        return;
      }
      this.#prompt = after;
      this.#show();
      this.#tell(told);
    } catch (failure) {
      this.#tell(`${failure.message}${failure.status === 422 || failure.status === 413 ? "（原来的声音没有变）" : ""}`, true);
    }
  }

  get #address() {
    return `/api/prompts/${encodeURIComponent(this.#prompt.id)}/recording`;
  }
}

function csrf() {
  return document.querySelector('meta[name="csrf-token"]').content;
}
