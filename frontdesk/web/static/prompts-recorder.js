/** Records a text with the microphone: read aloud, listen to it, use it or read it again. */

import { CallAudio, NoMicrophone } from "./call-audio.js";
import { element } from "./element.js";

const RATE = 16000;
const LONGEST_S = 180;

export class Recorder {
  #audio = new CallAudio();
  #frames = [];
  #seconds = 0;
  #context = null;
  #on;

  /** @param {string} text @param {{use: (wav: Blob) => void, trouble: (text: string) => void, closed: () => void}} on */
  constructor(text, on) {
    this.#on = on;
    this.level = element("meter", { class: "recorder-level", min: 0, max: 1, value: 0, "aria-label": "麦克风音量" });
    this.clock = element("span", { class: "figures", text: "0 秒" });
    this.acts = element("div", { class: "prompt-acts" });
    this.node = element("div", { class: "recorder", role: "group", "aria-label": "录音" },
      element("p", { class: "recorder-text", text }),
      element("p", { class: "recorder-now" }, this.clock, this.level),
      this.acts,
    );
  }

  /** Must be called from a click. */
  async start() {
    this.#frames = [];
    this.#seconds = 0;
    this.#offer(["停止", () => this.#stop(), true], ["取消", () => this.#close()]);
    try {
      await this.#audio.open((pcm, peak) => this.#take(pcm, peak), () => {});
    } catch (failure) {
      this.#on.trouble(failure instanceof NoMicrophone ? failure.message : "麦克风打不开，请刷新页面再试。");
    }
  }

  #take(pcm, peak) {
    this.#frames.push(new Int16Array(pcm));
    this.#seconds += pcm.byteLength / 2 / RATE;
    this.level.value = Math.sqrt(peak);
    this.clock.textContent = `${Math.floor(this.#seconds)} 秒`;
    if (this.#seconds >= LONGEST_S) this.#stop();
  }

  async #stop() {
    await this.#audio.close();
    this.level.value = 0;
    this.#offer(["就用这段", () => this.#use(), true], ["听一听", () => this.#hear()], ["重录", () => this.start()], ["取消", () => this.#close()]);
  }

  #offer(...acts) {
    this.acts.replaceChildren(
      ...acts.map(([text, click, first]) =>
        element("button", { type: "button", class: `button button-small${first ? " button-primary" : ""}`, text, on: { click } }),
      ),
    );
    this.acts.firstElementChild.focus();
  }

  async #hear() {
    await this.#quiet();
    this.#context = new AudioContext();
    const samples = this.#samples();
    if (samples.length === 0) return;
    const buffer = this.#context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32768), 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    source.start();
  }

  async #use() {
    await this.#quiet();
    this.#on.use(wavOf(this.#samples()));
  }

  async #close() {
    await this.#audio.close();
    await this.#quiet();
    this.#on.closed();
  }

  async #quiet() {
    await this.#context?.close();
    this.#context = null;
  }

  #samples() {
    const all = new Int16Array(this.#frames.reduce((sum, frame) => sum + frame.length, 0));
    let at = 0;
    for (const frame of this.#frames) {
      all.set(frame, at);
      at += frame.length;
    }
    return all;
  }
}

/** @param {Int16Array} samples mono at RATE @returns {Blob} */
function wavOf(samples) {
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, letters) => [...letters].forEach((letter, n) => head.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF");
  head.setUint32(4, 36 + samples.byteLength, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return new Blob([head.buffer, samples.buffer], { type: "audio/wav" });
}
