// The queue: consecutive segments, all stems started at the same instant. Times are in samples of the song's rate, by
// the context's clock; integers at the song's own tempo, so that no joint falls between two samples.

import { FADE_S } from "./mixer.js";

const SPANS = 200; // kept in memory: more than can be queued ahead

export class Run {
  #mixer;
  #stems;
  #rate;
  #tempo;
  #spans; // {begin, from, until}: at time `begin` the samples [from, until) of the song start
  #buses;
  #nodes = new Set();

  /** Queue `stems` from sample `at` of the song, starting at time `begin`. */
  constructor(mixer, stems, { rate, tempo, begin, at }) {
    this.#mixer = mixer;
    this.#stems = stems;
    this.#rate = rate;
    this.#tempo = tempo;
    this.#spans = [{ begin, from: at, until: at }];
    this.#buses = stems.map(({ name }) => {
      const bus = mixer.context.createGain();
      bus.gain.setValueAtTime(0, begin / rate);
      bus.gain.linearRampToValueAtTime(1, begin / rate + FADE_S);
      bus.connect(mixer.inputs[name]);
      return bus;
    });
  }

  /** The next sample of the song to queue. */
  get next() {
    return this.#spans.at(-1).until;
  }

  /** End time of the queue. */
  get end() {
    const { begin, from, until } = this.#spans.at(-1);
    return begin + (until - from) / this.#tempo;
  }

  /** The sample of the song that plays at `now`; between two spans the first sample of the second. */
  sampleAt(now) {
    const over = ({ begin, from, until }) => now >= begin + (until - from) / this.#tempo;
    const { begin, from, until } = this.#spans.find((span) => !over(span)) ?? this.#spans.at(-1);
    return Math.max(from, Math.min(from + Math.floor((now - begin) * this.#tempo), until));
  }

  /** Remaining samples of silence at `now`; 0 while the song plays. */
  silenceAt(now) {
    const next = this.#spans.findIndex(({ begin }) => begin > now);
    if (next < 0) return 0;
    const before = this.#spans[next - 1];
    const silent = !before || now >= before.begin + (before.until - before.from) / this.#tempo;
    return silent ? this.#spans[next].begin - now : 0;
  }

  /** Continue at sample `from` of the song after `pause` samples of silence. */
  jump(from, pause) {
    this.#spans = [...this.#spans.slice(-SPANS), { begin: this.end + pause, from, until: from }];
  }

  /** Queue segment `index` from the end of the queue to sample `until`. */
  add(index, until) {
    const { start, length } = this.#stems[0].segments[index];
    const begin = this.end / this.#rate;
    const duration = (until - this.next) / this.#tempo / this.#rate;
    this.#stems.forEach((stem, i) => {
      const node = this.#mixer.context.createBufferSource();
      node.buffer = stem.decoded.get(index);
      node.playbackRate.value = this.#tempo;
      node.connect(this.#buses[i]);
      node.onended = () => this.#nodes.delete(node);
      this.#nodes.add(node);
      node.start(begin, (this.next - start) / this.#rate); // after a seek: within the segment
      if (until < start + length) node.stop(begin + duration);
    });
    this.#spans.at(-1).until = until;
  }

  stop() {
    const now = this.#mixer.context.currentTime;
    for (const bus of this.#buses) {
      bus.gain.cancelScheduledValues(now);
      bus.gain.setValueAtTime(bus.gain.value, now);
      bus.gain.linearRampToValueAtTime(0, now + FADE_S);
    }
    for (const node of this.#nodes) node.stop(now + FADE_S);
    this.#mixer.clear();
  }
}
