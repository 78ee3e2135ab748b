// The Web Audio graph that the player plays into: a gain per stem, the mix of them, and its stretcher when it is needed.

export const FADE_S = 0.012;
export const STRETCHED_S = 0.2; // that sound takes to pass the stretcher

export class Mixer {
  inputs = {}; // stem -> the node that it is played into

  #mix;
  #wish = { tempo: 1, semitones: 0 };
  #stretch = null; // an AudioWorkletNode, once another tempo or pitch has been asked for

  /** For `stems` at `rate` Hz, each as loud as `gain(name)` says. */
  constructor(rate, stems, gain) {
    if (navigator.audioSession) navigator.audioSession.type = "playback"; // iPhones: play in silent mode too
    try {
      this.context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    } catch {
      this.context = new AudioContext(); // a rate that the device refuses: resampled, and still in step
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

  /** Make each stem as loud as `gain(name)` says. */
  balance(gain) {
    for (const [name, node] of Object.entries(this.inputs)) {
      const now = this.context.currentTime;
      node.gain.cancelScheduledValues(now);
      node.gain.setTargetAtTime(gain(name), now, FADE_S / 3);
    }
  }

  /** Take what is played at `tempo` back to its pitch, and `semitones` further. */
  async practise(tempo, semitones) {
    this.#wish = { tempo, semitones };
    if (tempo !== 1 || semitones !== 0) await this.#load();
    if (this.context.state !== "closed") this.#route();
  }

  async #load() {
    if (this.#stretch) return;
    await this.context.audioWorklet.addModule(new URL("stretch.js", import.meta.url));
    if (this.#stretch || this.context.state === "closed") return; // another was quicker, or the song has been left
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

  /** Drop what is in the stretcher. */
  clear() {
    this.#stretch?.port.postMessage("clear");
  }
}
