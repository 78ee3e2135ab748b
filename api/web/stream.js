// A stem while it grows: its playlist, decoded segments, and waveform.

import { ask } from "./api.js";
import { compressed } from "./compressed.js";
import { flacFile, streamInfo } from "./flac.js";

export const BINS_PER_S = 25; // bins of a waveform; segments begin on this grid of 40 ms
const LOW = 0.5; // confidence below which a passage is probably inaccurate

/** A waveform: one byte of peak and one of RMS per bin, as square roots, so that quiet singing is visible. */
export class Shape {
  peak = new Uint8Array(0);
  rms = new Uint8Array(0);
  length = 0; // known bins from the start of the song

  /** The waveform of an AudioBuffer. */
  static of(buffer) {
    const shape = new Shape();
    const count = Math.ceil(buffer.duration * BINS_PER_S - 1e-6);
    shape.reserve(count);
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
    const size = buffer.sampleRate / BINS_PER_S;
    for (let bin = 0; bin < count; bin++) {
      let top = 0;
      let power = 0;
      const from = Math.round(bin * size);
      const to = Math.min(Math.round((bin + 1) * size), buffer.length);
      for (const samples of channels) {
        for (let i = from; i < to; i++) {
          const value = Math.abs(samples[i]);
          if (value > top) top = value;
          power += value * value;
        }
      }
      const mean = Math.sqrt(power / (Math.max(1, to - from) * channels.length));
      shape.peak[bin] = Math.min(255, Math.round(Math.sqrt(top) * 255));
      shape.rms[bin] = Math.min(255, Math.round(Math.sqrt(mean) * 255));
    }
    shape.length = count;
    return shape;
  }

  /** Allocate `length` bins. */
  reserve(length) {
    if (length <= this.peak.length) return;
    for (const name of ["peak", "rms"]) {
      const larger = new Uint8Array(Math.max(length, 2 * this[name].length));
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}

/** Add the service's rows of (peak, RMS) of each stem to the stems' `shapes`, in that order. */
export function addRows(shapes, rows) {
  const size = 2 * shapes.length;
  const count = Math.floor(rows.length / size);
  shapes.forEach((shape, place) => {
    shape.reserve(shape.length + count);
    for (let bin = 0; bin < count; bin++) {
      shape.peak[shape.length + bin] = rows[bin * size + 2 * place];
      shape.rms[shape.length + bin] = rows[bin * size + 2 * place + 1];
    }
    shape.length += count;
  });
}

/** One stem of a job. Decoded segments stay in memory until `keep` drops them. */
export class Stem {
  m4a = null; // address of a conversion to play instead of the lossless segments, if any
  compressed = false; // whether it is played

  #coming = new Map(); // segment -> promise of its decoding
  #small = null; // promise of the M4A, once requested
  #decoder;
  #info;

  constructor(name, url) {
    this.name = name;
    this.url = url;
    this.segments = []; // {url, start, length}, in samples
    this.ended = false;
    this.rate = 0;
    this.shape = new Shape();
    this.confidence = []; // {start_s, duration_s, confidence}; of the vocals only
    this.decoded = new Map(); // segment -> AudioBuffer
  }

  /** Samples that can be played so far. */
  get length() {
    const last = this.segments.at(-1);
    return last ? last.start + last.length : 0;
  }

  /** The passages [from, to] in seconds that are probably inaccurate. */
  get unsure() {
    const low = this.confidence.filter(({ confidence }) => confidence !== null && confidence < LOW);
    return low.map(({ start_s, duration_s }) => [start_s, start_s + duration_s]);
  }

  /** Reload the playlist. Throws Problem. */
  async update() {
    if (this.ended) return;
    const base = new URL(this.url, location.href);
    const lines = (await (await ask("GET", base.href)).text()).split("\n");
    if (!this.rate) {
      const map = lines.find((line) => line.startsWith("#EXT-X-MAP:"));
      const init = new URL(map.match(/URI="([^"]*)"/)[1], base);
      const { info, rate } = streamInfo(new Uint8Array(await (await ask("GET", init.href)).arrayBuffer()));
      this.#info = info;
      // An offline context needs no click, and decoding at the stem's rate keeps every sample.
      this.#decoder = new OfflineAudioContext(2, 1, rate);
      this.rate = rate;
    }
    const segments = [];
    let start = 0;
    let length = 0;
    for (const line of lines) {
      // Durations have microseconds: enough to identify the sample.
      if (line.startsWith("#EXTINF:")) length = Math.round(parseFloat(line.slice(8)) * this.rate);
      if (!line || line.startsWith("#")) continue;
      segments.push({ url: new URL(line, base).href, start, length });
      start += length;
    }
    this.segments = segments;
    this.ended = lines.includes("#EXT-X-ENDLIST");
  }

  /** Decode segment `index` at the stem's rate and keep it. Throws Problem, DOMException. */
  async decode(index) {
    if (!this.decoded.has(index)) this.decoded.set(index, await this.#fetch(index));
  }

  /** Segment `index` as a lossless AudioBuffer, without keeping it. Throws Problem, DOMException. */
  load(index) {
    return this.m4a ? this.#get(this.segments[index]) : (this.decoded.get(index) ?? this.#fetch(index));
  }

  #fetch(index) {
    if (!this.#coming.has(index)) {
      const segment = this.segments[index];
      const coming = this.m4a ? this.#getSmall(segment) : this.#get(segment);
      this.#coming.set(index, coming.finally(() => this.#coming.delete(index)));
    }
    return this.#coming.get(index);
  }

  async #get({ url, length }) {
    const bytes = new Uint8Array(await (await ask("GET", url)).arrayBuffer());
    return this.#decoder.decodeAudioData(flacFile(this.#info, bytes, length));
  }

  async #getSmall(segment) {
    const file = await (this.#small ??= compressed(this.m4a));
    this.compressed = file !== null;
    return file ? file.decode(this.#decoder, segment.start, segment.length) : this.#get(segment);
  }

  /** Drop decoded segments unless `wanted(segment)`, so that memory stays flat in long songs. */
  keep(wanted) {
    for (const index of this.decoded.keys()) if (!wanted(this.segments[index])) this.decoded.delete(index);
  }
}

/** The waveform of the file before its separation; null if the browser cannot decode it. */
export async function shapeOfFile(file) {
  if (file.size > 20e6) return null; // decoded as a whole: too much memory on a phone
  try {
    const decoder = new OfflineAudioContext(1, 1, 8000);
    return Shape.of(await decoder.decodeAudioData(await file.arrayBuffer()));
  } catch {
    return null; // the service reads more formats than the browser
  }
}
