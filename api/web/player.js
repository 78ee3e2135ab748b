// Plays the stems of a song together, to the sample, while the song still grows.
//
// Every segment becomes one buffer source per stem, started at the same instant, so the stems add up to the mixture,
// and listening to another part is a matter of gains: no gap, no jump. Sound that is due but not here yet makes the
// player wait; it goes on by itself. A passage that is looped is queued again and again, to the sample. At another
// tempo or pitch the mix passes a stretcher: one for all stems, so that they stay in step.

import { Mixer, STRETCHED_S } from "./mixer.js";
import { Run } from "./run.js";
import { addends } from "./stems.js";

const AHEAD_S = 8; // of sound that is queued
const KEPT_S = 15; // decoded sound kept around the position
const LEAD_S = 0.05; // between deciding to play and the first sample
const TICK_MS = 100;
const SHORTEST_LOOP_S = 0.1;
const PAUSE_MS = 2000; // after a segment could not be had

export class Player extends EventTarget {
  state = "paused"; // paused | playing | waiting
  mode = "mixture"; // or the name of the stem that is heard alone
  levels = {}; // stem -> how loud, 0 to 1
  muted = {}; // stem -> whether
  tempo = 1; // of what is heard; the pitch is kept
  pitch = 0; // in semitones; the tempo is kept
  loop = null; // {from, to} in samples: what is played again and again
  countIn = 0; // seconds of silence before the loop begins
  stems = [];

  #addends = new Set();
  #mixer = null; // from the first play on: browsers let nothing sound before a click
  #run = null; // what is queued, while it plays
  #at = 0; // the position in samples while nothing runs
  #timer = 0;
  #retryAt = 0;

  /** Play `stems`, of those that the model makes, from now on; none empties the player. */
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

  /** The node that all that is heard passes. */
  get output() {
    return this.#mixer?.output ?? null;
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

  /** Go to `seconds`, as far as the song can be heard. */
  seek(seconds) {
    this.#halt();
    this.#at = Math.round(Math.max(0, Math.min(seconds, this.length)) * this.rate);
    if (this.state !== "paused") this.#become("waiting");
    this.#tick();
    this.dispatchEvent(new Event("moved"));
  }

  /** Loop between two moments in seconds, as far as the song can be heard; null plays on to the end. */
  repeat(from = null, to = null) {
    const sample = (seconds) => Math.round(Math.max(0, Math.min(seconds, this.length)) * this.rate);
    const loop = from === null ? null : { from: sample(Math.min(from, to)), to: sample(Math.max(from, to)) };
    this.loop = loop && loop.to - loop.from >= SHORTEST_LOOP_S * this.rate ? loop : null;
    const now = this.#sample();
    const outside = this.loop && (now < this.loop.from || now >= this.loop.to);
    this.seek((outside ? this.loop.from : now) / this.rate); // what is queued beyond the end of the passage is dropped
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

  /** How loud a stem is to be heard: 0 to 1. */
  gain(stem) {
    const heard = this.mode === "mixture" ? this.#addends.has(stem) && !this.muted[stem] : this.mode === stem;
    return heard ? this.levels[stem] : 0;
  }

  /** Play at `tempo`, with the pitch shifted by `pitch` semitones. */
  async practise(tempo, pitch) {
    const stretched = tempo !== 1 || pitch !== 0;
    if (tempo !== this.tempo || stretched !== this.#stretched) {
      this.#halt(); // what is queued is for another tempo, or takes another way
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

  /** Seconds until the loop begins, while it is counted in; else 0. */
  get counting() {
    const counted = this.countIn && this.#run && this.#sample() === this.loop?.from;
    return counted ? this.#run.silenceAt(this.#heard()) / this.rate : 0;
  }

  /** The context's time in samples. */
  #clock() {
    return Math.floor(this.context.currentTime * this.rate);
  }

  /** The time of what is heard now, which has passed the stretcher. */
  #heard() {
    return this.#clock() - (this.#stretched ? Math.round(STRETCHED_S * this.rate) : 0);
  }

  #finished() {
    return this.stems.every((stem) => stem.ended) && this.#sample() >= this.length * this.rate;
  }

  /** Keep the queue filled, wait for what is missing, stop at the end. */
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

  /** Have what will be heard next decoded, and forget what was heard long ago. */
  #prepare(sample) {
    const places = this.loop && sample < this.loop.to ? [sample, this.loop.from] : [sample];
    for (const stem of this.stems) {
      stem.keep(({ start, length }) =>
        places.some((place) => start + length > place - KEPT_S * this.rate && start < place + KEPT_S * this.rate),
      );
      // Nobody has asked to hear anything yet, or it could not be had a moment ago.
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
    if (error.status === 409) return; // the job has just been canceled
    this.dispatchEvent(new CustomEvent("fault", { detail: error }));
  }

  /** Start queueing at the position. */
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
