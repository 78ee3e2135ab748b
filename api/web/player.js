// Plays the stems of a song sample-exactly together while the song is still being separated.
//
// Every segment becomes one buffer source per stem, started at the same instant, so the stems add up to the mixture,
// and switching stems changes gains only: no gap, no jump. When a segment is missing the player waits and then
// continues. A loop is queued repeatedly, sample-exactly. At another tempo or pitch the mix passes one stretcher
// for all stems, so that they stay in sync.

import { Mixer, STRETCHED_S } from "./mixer.js";
import { Run } from "./run.js";
import { addends } from "./stems.js";

const AHEAD_S = 8; // queued ahead
const KEPT_S = 15; // decoded audio kept on either side of the position
const LEAD_S = 0.05; // from the call of play to the first sample
const TICK_MS = 100;
const SHORTEST_LOOP_S = 0.1;
const PAUSE_MS = 2000; // after a segment failed to load

export class Player extends EventTarget {
  state = "paused"; // paused | playing | waiting
  mode = "mixture"; // or the name of the soloed stem
  levels = {}; // stem -> level, 0 to 1
  muted = {}; // stem -> boolean
  tempo = 1; // does not change the pitch
  pitch = 0; // in semitones; does not change the tempo
  loop = null; // {from, to} in samples
  countIn = 0; // seconds of silence before the loop
  stems = [];

  #addends = new Set();
  #mixer = null; // created at the first play: browsers require a click
  #run = null; // the queue, while playing
  #at = 0; // the position in samples while not playing
  #timer = 0;
  #retryAt = 0;

  /** Load `stems`, a subset of the model's; an empty list clears the player. */
  load(stems, ofModel = []) {
    this.#halt();
    clearInterval(this.#timer);
    this.#mixer?.close();
    this.#mixer = null;
    this.stems = stems;
    this.#addends = addends(stems.map(({ name }) => name), ofModel);
    this.#at = 0;
    this.mode = "mixture";
    this.levels = Object.fromEntries(stems.map(({ name }) => [name, 1]));
    this.muted = Object.fromEntries(stems.map(({ name }) => [name, false]));
    this.tempo = 1;
    this.pitch = 0;
    this.loop = null;
    this.#become("paused");
    if (stems.length) this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get context() {
    return this.#mixer?.context ?? null;
  }

  /** The output node. */
  get output() {
    return this.#mixer?.output ?? null;
  }

  get rate() {
    return this.stems[0]?.rate || 1;
  }

  /** Seconds that can be played so far. */
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
    await Promise.all([this.context.resume(), this.#mixer.practise(this.tempo, this.pitch)]);
    this.#tick();
  }

  pause() {
    this.#halt();
    this.#become("paused");
  }

  toggle() {
    return this.state === "paused" ? this.play() : this.pause();
  }

  /** Seek to `seconds`, at most to the end of the playable part. */
  seek(seconds) {
    this.#halt();
    this.#at = Math.round(Math.max(0, Math.min(seconds, this.length)) * this.rate);
    if (this.state !== "paused") this.#become("waiting");
    this.#tick();
    this.dispatchEvent(new Event("moved"));
  }

  /** Loop between two times in seconds within the playable part; null ends the loop. */
  repeat(from = null, to = null) {
    const sample = (seconds) => Math.round(Math.max(0, Math.min(seconds, this.length)) * this.rate);
    const loop = from === null ? null : { from: sample(Math.min(from, to)), to: sample(Math.max(from, to)) };
    this.loop = loop && loop.to - loop.from >= SHORTEST_LOOP_S * this.rate ? loop : null;
    const now = this.#sample();
    const outside = this.loop && (now < this.loop.from || now >= this.loop.to);
    this.seek((outside ? this.loop.from : now) / this.rate); // drops queued audio beyond the loop
  }

  mute(stem, silent) {
    this.muted[stem] = silent;
    this.#balance();
    this.dispatchEvent(new Event("mode"));
  }

  listen(mode) {
    this.mode = mode;
    this.#balance();
    this.dispatchEvent(new Event("mode"));
  }

  level(stem, value) {
    this.levels[stem] = value;
    this.#balance();
    this.dispatchEvent(new Event("mode"));
  }

  /** Set the level of a stem, 0 to 1. */
  gain(stem) {
    const heard = this.mode === "mixture" ? this.#addends.has(stem) && !this.muted[stem] : this.mode === stem;
    return heard ? this.levels[stem] : 0;
  }

  /** Play at `tempo`, with the pitch shifted by `pitch` semitones. */
  async practise(tempo, pitch) {
    const stretched = tempo !== 1 || pitch !== 0;
    if (tempo !== this.tempo || stretched !== this.#stretched) {
      this.#halt(); // queued audio has the old tempo or route
      if (this.state === "playing") this.#become("waiting");
    }
    Object.assign(this, { tempo, pitch });
    this.dispatchEvent(new Event("mode"));
    await this.#mixer?.practise(tempo, pitch);
    this.#tick();
  }

  #open() {
    if (this.#mixer) return;
    this.#mixer = new Mixer(this.rate, this.stems.map(({ name }) => name), (name) => this.gain(name));
  }

  #balance() {
    this.#mixer?.balance((name) => this.gain(name));
  }

  get #stretched() {
    return this.tempo !== 1 || this.pitch !== 0;
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #sample() {
    return this.#run ? this.#run.sampleAt(this.#heard()) : this.#at;
  }

  /** Remaining seconds of the count-in, else 0. */
  get counting() {
    const counted = this.countIn && this.#run && this.#sample() === this.loop?.from;
    return counted ? this.#run.silenceAt(this.#heard()) / this.rate : 0;
  }

  /** The context's time in samples. */
  #clock() {
    return Math.floor(this.context.currentTime * this.rate);
  }

  /** The context's time less the latency of the stretcher. */
  #heard() {
    return this.#clock() - (this.#stretched ? Math.round(STRETCHED_S * this.rate) : 0);
  }

  #finished() {
    return this.stems.every((stem) => stem.ended) && this.#sample() >= this.length * this.rate;
  }

  /** Fill the queue, wait for missing segments, stop at the end. */
  #tick() {
    if (!this.stems.every((stem) => stem.segments.length)) return;
    const sample = this.#sample();
    this.#prepare(sample);
    if (this.state === "playing" && this.#heard() >= this.#run.end) {
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

  /** Decode the next segments and drop old ones. */
  #prepare(sample) {
    const places = this.loop && sample < this.loop.to ? [sample, this.loop.from] : [sample];
    for (const stem of this.stems) {
      stem.keep(({ start, length }) =>
        places.some((place) => start + length > place - KEPT_S * this.rate && start < place + KEPT_S * this.rate),
      );
      // Nothing was played yet, or the last attempt failed a moment ago.
      if (this.context === null || performance.now() < this.#retryAt) continue;
      for (const place of places) {
        for (let index = this.#indexOf(place); index < stem.segments.length; index++) {
          if (stem.segments[index].start >= place + AHEAD_S * this.rate) break;
          if (!stem.decoded.has(index)) stem.decode(index).catch((error) => this.#fault(error));
        }
      }
    }
  }

  #fault(error) {
    this.#retryAt = performance.now() + PAUSE_MS;
    if (error.status === 409) return; // the job was just canceled
    this.dispatchEvent(new CustomEvent("fault", { detail: error }));
  }

  /** Start the queue at the position. */
  #begin() {
    const { rate, tempo } = this;
    const begin = Math.ceil((this.context.currentTime + LEAD_S + this.#pauseAt(this.#at)) * rate);
    this.#run = new Run(this.#mixer, this.stems, { rate, tempo, begin, at: this.#at });
    this.#become("playing");
  }

  /** Seconds of count-in before `sample`. */
  #pauseAt(sample) {
    return this.loop?.from === sample ? this.countIn : 0;
  }

  #fill() {
    const run = this.#run;
    const limit = this.#clock() + AHEAD_S * this.rate;
    while (run.end < limit) {
      if (run.next === this.loop?.to) run.jump(this.loop.from, this.#pauseAt(this.loop.from) * this.rate);
      const index = this.#indexOf(run.next);
      if (!this.#ready(index)) return;
      const { start, length } = this.stems[0].segments[index];
      const inLoop = this.loop && run.next < this.loop.to;
      run.add(index, inLoop ? Math.min(start + length, this.loop.to) : start + length);
    }
  }

  #halt() {
    if (!this.#run) return;
    this.#at = this.#sample();
    this.#run.stop();
    this.#run = null;
  }
}
