// The player's Web Audio graph: a gain per stem, their mix, and a stretcher if needed.

export const FADE_S = 0.012;
export const STRETCHED_S = 0.2; // latency of the stretcher

export class Mixer {
  inputs = {}; // stem -> its input node

  #mix;
  #wish = { tempo: 1, semitones: 0 };
  #stretch = null; // an AudioWorkletNode, from the first change of tempo or pitch on

  /** For `stems` at `rate` Hz, with gains by `gain(name)`. */
  constructor(rate, stems, gain) {
    if (navigator.audioSession) navigator.audioSession.type = "playback"; // iPhones: play in silent mode too
    try {
      this.context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    } catch {
      this.context = new AudioContext(); // the device refuses the rate: all stems are resampled alike
    }
    this.output = this.context.createGain();
    this.output.connect(this.context.destination);
    this.#mix = this.context.createGain();
    this.#mix.connect(this.output);
    for (const name of stems) {
      this.inputs[name] = this.context.createGain();
      this.inputs[name].gain.value = gain(name);
      this.inputs[name].connect(this.#mix);
    }
  }

  close() {
    this.context.close();
  }

  /** Set each stem's gain to `gain(name)`. */
  balance(gain) {
    for (const [name, node] of Object.entries(this.inputs)) {
      const now = this.context.currentTime;
      node.gain.cancelScheduledValues(now);
      node.gain.setTargetAtTime(gain(name), now, FADE_S / 3);
    }
  }

  /** Undo the pitch shift of playback at `tempo`, and shift by `semitones`. */
  async practise(tempo, semitones) {
    this.#wish = { tempo, semitones };
    if (tempo !== 1 || semitones !== 0) await this.#load();
    if (this.context.state !== "closed") this.#route();
  }

  async #load() {
    if (this.#stretch) return;
    await this.context.audioWorklet.addModule(new URL("stretch.js", import.meta.url));
    if (this.#stretch || this.context.state === "closed") return; // a concurrent call created it, or the song was closed
    this.#stretch = new AudioWorkletNode(this.context, "stretch", { outputChannelCount: [2] });
    this.#stretch.connect(this.output);
  }

  #route() {
    const { tempo, semitones } = this.#wish;
    const stretched = this.#stretch && (tempo !== 1 || semitones !== 0);
    if (stretched) this.#stretch.parameters.get("pitch").value = 2 ** (semitones / 12) / tempo;
    this.#mix.disconnect();
    this.#mix.connect(stretched ? this.#stretch : this.output);
  }

  /** Clear the stretcher. */
  clear() {
    this.#stretch?.port.postMessage("clear");
  }
}
