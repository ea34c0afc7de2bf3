/** Microphone and loudspeaker of a call, at the line's rate on the outside. */

const ASKED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Why there is no microphone, in words for the caller. */
export class NoMicrophone extends Error {}

export class CallAudio {
  #context = null;
  #stream = null;
  #playback = null;

  /**
   * Must be called from a click: browsers let a page make sound only then.
   * @param {(pcm: ArrayBuffer, peak: number) => void} onFrame 20 ms of the microphone, peak 0-1
   * @param {(mark: string) => void} onPlayed
   * @throws {NoMicrophone}
   */
  async open(onFrame, onPlayed) {
    if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode)
      throw new NoMicrophone("这个浏览器在这个地址下不能用麦克风。请用 https 地址或换一个浏览器，也可以直接打字。");
    this.#context = new AudioContext({ latencyHint: "interactive" });
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: ASKED });
    } catch (failure) {
      await this.close();
      throw new NoMicrophone(
        failure.name === "NotAllowedError"
          ? "没有得到麦克风的许可。请在浏览器地址栏里允许使用麦克风，再试一次。"
          : "没有找到能用的麦克风。请接好麦克风再试。",
      );
    }
    await this.#context.audioWorklet.addModule("/static/call-worklet.js");
    await this.#context.resume();
    const capture = new AudioWorkletNode(this.#context, "capture", { numberOfOutputs: 0 });
    capture.port.onmessage = ({ data }) => onFrame(data.pcm, data.peak);
    this.#context.createMediaStreamSource(this.#stream).connect(capture);
    this.#playback = new AudioWorkletNode(this.#context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#playback.port.onmessage = ({ data }) => onPlayed(data.played);
    this.#playback.connect(this.#context.destination);
  }

  /** @param {ArrayBuffer} pcm */
  play(pcm) {
    this.#playback?.port.postMessage({ pcm }, [pcm]);
  }

  /** @param {string} name posted back when everything before it has been heard */
  mark(name) {
    this.#playback?.port.postMessage({ mark: name });
  }

  flush() {
    this.#playback?.port.postMessage({ flush: true });
  }

  async close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#playback = null;
    const context = this.#context;
    this.#context = null;
    await context?.close();
  }
}
