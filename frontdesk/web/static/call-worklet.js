/**
 * The sound thread of a call. Both ways the line carries 16-bit samples at 16 kHz; the sound card may run at any rate.
 *
 * "capture" posts frames of 20 ms. "playback" takes sound, marks and flushes, and posts each mark when it is heard.
 */

const LINE = 16000;
const FRAME = LINE / 50;

/** From one rate to another: the mean over each output sample's span going down, straight lines going up. */
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    this.at = 0;
    this.sum = 0;
    this.weight = 0;
    this.last = 0;
  }

  /** @param {Float32Array} input @param {(sample: number) => void} put */
  push(input, put) {
    for (const sample of input) {
      if (this.step > 1) this.#down(sample, put);
      else this.#up(sample, put);
    }
  }

  #down(sample, put) {
    let left = 1;
    while (this.weight + left >= this.step) {
      const part = this.step - this.weight;
      put((this.sum + sample * part) / this.step);
      left -= part;
      this.sum = 0;
      this.weight = 0;
    }
    this.sum += sample * left;
    this.weight += left;
  }

  #up(sample, put) {
    for (; this.at < 1; this.at += this.step) put(this.last + (sample - this.last) * this.at);
    this.at -= 1;
    this.last = sample;
  }
}

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, LINE);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.peak = 0;
  }

  process(inputs) {
    const input = inputs[0]?.[0];
    if (input) this.resampler.push(input, (sample) => this.#put(sample));
    return true;
  }

  #put(sample) {
    const clipped = Math.max(-1, Math.min(1, sample));
    this.peak = Math.max(this.peak, Math.abs(clipped));
    this.frame[this.filled] = Math.round(clipped * 32767);
    this.filled += 1;
    if (this.filled < FRAME) return;
    this.port.postMessage({ pcm: this.frame.buffer, peak: this.peak }, [this.frame.buffer]);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.peak = 0;
  }
}

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.port.onmessage = ({ data }) => this.#take(data);
    this.resampler = new Resampler(LINE, sampleRate);
    this.ready = [];
  }

  process(_, outputs) {
    const output = outputs[0];
    const first = output[0];
    for (let n = 0; n < first.length; n += 1) first[n] = this.#next();
    for (const channel of output.slice(1)) channel.set(first);
    return true;
  }

  #take(data) {
    if (data.flush) {
      this.queue = [];
      this.ready = [];
    } else if (data.mark) this.queue.push({ mark: data.mark });
    else this.queue.push({ samples: new Int16Array(data.pcm), at: 0 });
  }

  #next() {
    while (this.ready.length === 0) {
      const head = this.queue[0];
      if (!head) return 0;
      if (head.mark) {
        this.queue.shift();
        this.port.postMessage({ played: head.mark });
      } else if (head.at >= head.samples.length) {
        this.queue.shift();
      } else {
        const part = Float32Array.from(head.samples.subarray(head.at, head.at + FRAME), (sample) => sample / 32768);
        head.at += FRAME;
        this.resampler.push(part, (sample) => this.ready.push(sample));
        this.ready.reverse();
      }
    }
    return this.ready.pop();
  }
}

registerProcessor("capture", Capture);
registerProcessor("playback", Playback);
