// Plays the stems of a song together, to the sample, while the song still grows.
//
// Every segment becomes one buffer source per stem, started at the same instant, so vocals and instrumental add up
// to the mixture, and listening to another part is a matter of gains: no gap, no jump. Sound that is due but not
// here yet makes the player wait; it goes on by itself.

const AHEAD_S = 8; // of sound that is queued
const KEPT_S = 15; // decoded sound kept around the position
const FADE_S = 0.012;
const LEAD_S = 0.05; // between deciding to play and the first sample
const TICK_MS = 100;
const PAUSE_MS = 2000; // after a segment could not be had

export class Player extends EventTarget {
  state = "paused"; // paused | playing | waiting
  mode = "mixture"; // mixture | vocals | instrumental
  levels = { vocals: 1, instrumental: 1 };
  stems = [];
  context = null;
  output = null; // where all that is heard passes

  #gains = {};
  #run = null; // what is queued now: {origin, next, buses, nodes}
  #at = 0; // the position in samples while nothing runs
  #timer = 0;
  #retryAt = 0;

  /** Play `stems` from now on; none empties the player. */
  load(stems) {
    this.#halt();
    clearInterval(this.#timer);
    this.context?.close();
    this.context = this.output = null;
    this.stems = stems;
    this.#at = 0;
    this.mode = "mixture";
    this.#become("paused");
    if (stems.length) this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get rate() {
    return this.stems[0]?.rate || 1;
  }

  /** Seconds that can be heard so far. */
  get length() {
    return this.stems.length ? Math.min(...this.stems.map((stem) => stem.length)) / this.rate : 0;
  }

  get position() {
    return Math.min(this.#sample() / this.rate, this.length);
  }

  async play() {
    if (!this.stems.length || this.state !== "paused") return;
    this.#open();
    if (this.#finished()) this.#at = 0;
    this.#become("waiting");
    await this.context.resume();
    this.#tick();
  }

  pause() {
    this.#halt();
    this.#become("paused");
  }

  toggle() {
    return this.state === "paused" ? this.play() : this.pause();
  }

  /** Go to `seconds`, as far as the song can be heard. */
  seek(seconds) {
    this.#halt();
    this.#at = Math.round(Math.max(0, Math.min(seconds, this.length)) * this.rate);
    if (this.state !== "paused") this.#become("waiting");
    this.#tick();
    this.dispatchEvent(new Event("moved"));
  }

  listen(mode) {
    this.mode = mode;
    this.#balance();
    this.dispatchEvent(new Event("mode"));
  }

  level(stem, value) {
    this.levels[stem] = value;
    this.#balance();
  }

  /** How loud a stem is to be heard: 0 to 1. */
  gain(stem) {
    return this.mode === "mixture" || this.mode === stem ? this.levels[stem] : 0;
  }

  #open() {
    if (this.context) return;
    if (navigator.audioSession) navigator.audioSession.type = "playback"; // iPhones: play in silent mode too
    try {
      this.context = new AudioContext({ sampleRate: this.rate, latencyHint: "interactive" });
    } catch {
      this.context = new AudioContext(); // a rate that the device refuses: resampled, and still in step
    }
    this.output = this.context.createGain();
    this.output.connect(this.context.destination);
    this.#gains = {};
    for (const { name } of this.stems) {
      this.#gains[name] = this.context.createGain();
      this.#gains[name].gain.value = this.gain(name);
      this.#gains[name].connect(this.output);
    }
  }

  #balance() {
    for (const [name, node] of Object.entries(this.#gains)) {
      const now = this.context.currentTime;
      node.gain.cancelScheduledValues(now);
      node.gain.setTargetAtTime(this.gain(name), now, FADE_S / 3);
    }
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #sample() {
    if (!this.#run) return this.#at;
    const heard = Math.floor(this.context.currentTime * this.rate) - this.#run.origin;
    return Math.max(this.#run.from, Math.min(heard, this.#run.until));
  }

  #finished() {
    return this.stems.every((stem) => stem.ended) && this.#sample() >= this.length * this.rate;
  }

  /** Keep the queue filled, wait for what is missing, stop at the end. */
  #tick() {
    if (!this.stems.every((stem) => stem.segments.length)) return;
    const sample = this.#sample();
    this.#prepare(sample);
    if (this.state === "playing" && sample >= this.#run.until) {
      const finished = this.#finished();
      this.#halt();
      this.#become(finished ? "paused" : "waiting");
    }
    if (this.state === "waiting" && this.context?.state === "running" && this.#ready(this.#indexOf(this.#at))) this.#begin();
    if (this.state === "playing") this.#fill();
  }

  #indexOf(sample) {
    const { segments } = this.stems[0];
    const found = segments.findIndex(({ start, length }) => sample < start + length);
    return found < 0 ? segments.length : found;
  }

  #ready(index) {
    return this.stems.every((stem) => stem.decoded.has(index));
  }

  /** Have what will be heard next decoded, and forget what was heard long ago. */
  #prepare(sample) {
    const from = sample - KEPT_S * this.rate;
    const to = sample + KEPT_S * this.rate;
    const first = this.#indexOf(sample);
    for (const stem of this.stems) {
      stem.keep(({ start, length }) => start + length > from && start < to);
      // Nobody has asked to hear anything yet, or it could not be had a moment ago.
      if (this.context === null || performance.now() < this.#retryAt) continue;
      for (let index = first; index < stem.segments.length && stem.segments[index].start < sample + AHEAD_S * this.rate; index++) {
        if (!stem.decoded.has(index)) stem.decode(index).catch((error) => this.#fault(error));
      }
    }
  }

  #fault(error) {
    this.#retryAt = performance.now() + PAUSE_MS;
    if (error.status === 409) return; // the job has just been canceled
    this.dispatchEvent(new CustomEvent("fault", { detail: error }));
  }

  /** Start queueing at the position. Times are whole samples, so that no joint falls between two. */
  #begin() {
    const first = Math.ceil((this.context.currentTime + LEAD_S) * this.rate);
    const buses = this.stems.map(({ name }) => {
      const bus = this.context.createGain();
      bus.gain.setValueAtTime(0, first / this.rate);
      bus.gain.linearRampToValueAtTime(1, first / this.rate + FADE_S);
      bus.connect(this.#gains[name]);
      return bus;
    });
    this.#run = { origin: first - this.#at, from: this.#at, until: this.#at, next: this.#indexOf(this.#at), buses, nodes: new Set() };
    this.#become("playing");
  }

  #fill() {
    const run = this.#run;
    const limit = this.#sample() + AHEAD_S * this.rate;
    while (run.until < limit && this.#ready(run.next)) {
      const { start, length } = this.stems[0].segments[run.next];
      this.stems.forEach((stem, i) => {
        const node = this.context.createBufferSource();
        node.buffer = stem.decoded.get(run.next);
        node.connect(run.buses[i]);
        node.onended = () => run.nodes.delete(node);
        run.nodes.add(node);
        const skipped = run.until - start; // seeking lands within a segment
        node.start((run.origin + run.until) / this.rate, skipped / this.rate);
      });
      run.until = start + length;
      run.next++;
    }
  }

  #halt() {
    if (!this.#run) return;
    this.#at = this.#sample();
    const { buses, nodes } = this.#run;
    const now = this.context.currentTime;
    for (const bus of buses) {
      bus.gain.cancelScheduledValues(now);
      bus.gain.setValueAtTime(bus.gain.value, now);
      bus.gain.linearRampToValueAtTime(0, now + FADE_S);
    }
    for (const node of nodes) node.stop(now + FADE_S);
    this.#run = null;
  }
}
