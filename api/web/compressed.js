// A compressed stem for slow and metered connections: the M4A that the service makes on request. Its AAC frames are
// fetched as byte ranges and decoded as an ADTS stream, which every browser with AAC accepts.

import { ask, convert } from "./api.js";
import { box } from "./flac.js";

const WAIT_MS = 20000; // for the service to make the file
const FRAME = 1024; // samples
const LEAD = 4; // extra frames before a segment: a frame needs the one before it, and some decoders drop their first two
const PRIMING = 1024; // encoder delay in samples
const PART_BYTES = 2 ** 20; // the service's limit per request
const HEAD_BYTES = 4096;

/** Whether the connection is slow or metered, as far as the browser reports it, and the browser can play the M4A. */
export function thrifty() {
  const { saveData, effectiveType } = navigator.connection ?? {};
  return Boolean((saveData || /[23]g$/.test(effectiveType)) && new Audio().canPlayType("audio/aac"));
}

/** The M4A of the conversion at `url`; null if it is not ready in time, or neither mono nor stereo. */
export async function compressed(url) {
  try {
    await convert(url, AbortSignal.timeout(WAIT_MS));
    return await Compressed.open(url);
  } catch {
    return null; // the lossless segments remain
  }
}

class Compressed {
  #url;
  #config;
  #offsets; // of each frame in the file, and the end of the last

  static async open(url) {
    const start = await read(url, 0, HEAD_BYTES);
    const track = box(start, ["moov", "trak"]).byteOffset - 8;
    const end = track + new DataView(start.buffer).getUint32(track);
    const head = end > HEAD_BYTES ? join([start, await read(url, HEAD_BYTES, end)]) : start;
    const file = new Compressed();
    file.#url = url;
    file.#config = config(head);
    file.#offsets = offsets(head);
    return file.#config.channels <= 2 ? file : null;
  }

  /** `length` samples from `start` on, at the rate of `decoder`: an AudioBuffer. Throws Problem, DOMException. */
  async decode(decoder, start, length) {
    const { sampleRate } = decoder;
    const { rate, channels } = this.#config;
    const begin = PRIMING + (start / sampleRate) * rate;
    const first = Math.max(0, Math.floor(begin / FRAME) - LEAD);
    const until = Math.min(this.#offsets.length - 1, Math.ceil((begin + (length / sampleRate) * rate) / FRAME) + 1);
    const frames = await read(this.#url, this.#offsets[first], this.#offsets[until]);
    const decoded = await decoder.decodeAudioData(this.#stream(frames, first, until).buffer);
    const dropped = (until - first) * FRAME - (decoded.length / sampleRate) * rate; // by the decoder, at its beginning
    const skip = Math.round(((begin - first * FRAME - dropped) / rate) * sampleRate);
    const buffer = new AudioBuffer({ numberOfChannels: channels, length, sampleRate });
    for (let channel = 0; channel < channels; channel++) {
      const samples = decoded.getChannelData(Math.min(channel, decoded.numberOfChannels - 1));
      buffer.copyToChannel(samples.subarray(Math.max(0, skip), Math.max(0, skip + length)), channel, Math.max(0, -skip));
    }
    return buffer;
  }

  /** Frames [first, until) as ADTS: each with a header of seven bytes. */
  #stream(frames, first, until) {
    const { frequency, channels } = this.#config;
    const parts = [];
    for (let frame = first; frame < until; frame++) {
      const [from, to] = [this.#offsets[frame] - this.#offsets[first], this.#offsets[frame + 1] - this.#offsets[first]];
      const size = to - from + 7;
      const low = ((channels & 3) << 6) | (size >> 11);
      parts.push(Uint8Array.of(0xff, 0xf1, 0x40 | (frequency << 2) | (channels >> 2), low, size >> 3, ((size & 7) << 5) | 31, 0xfc));
      parts.push(frames.subarray(from, to));
    }
    return join(parts);
  }
}

/** Sample rate in Hz, its index in AAC, and number of channels. */
function config(head) {
  const media = box(head, ["moov", "trak", "mdia", "mdhd"]);
  const rate = new DataView(media.buffer, media.byteOffset).getUint32(12);
  const [one, two] = box(head, ["moov", "trak", "mdia", "minf", "stbl", "stsd", "mp4a", "esds"]).subarray(35);
  return { rate, frequency: ((one & 7) << 1) | (two >> 7), channels: (two >> 3) & 15 };
}

/** The offset of each frame in the file, and the end of the last; the only track has no gaps. */
function offsets(head) {
  const table = (name) => {
    const { buffer, byteOffset } = box(head, ["moov", "trak", "mdia", "minf", "stbl", name]);
    return new DataView(buffer, byteOffset);
  };
  const sizes = table("stsz");
  const places = [table("stco").getUint32(8)];
  for (let frame = 0; frame < sizes.getUint32(8); frame++) places.push(places[frame] + sizes.getUint32(12 + 4 * frame));
  return places;
}

/** Bytes [from, to) of the file at `url`; fewer at its end. */
async function read(url, from, to) {
  const parts = [];
  for (let at = from; at < to; at += PART_BYTES) {
    const answer = await ask("GET", `${url}/part?from_byte=${at}&length=${Math.min(PART_BYTES, to - at)}`);
    parts.push(new Uint8Array(await answer.arrayBuffer()));
  }
  return join(parts);
}

function join(parts) {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
