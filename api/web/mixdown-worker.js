// Makes a WAV's samples of a mix, block by block, at another tempo or pitch: off the page's own thread.

import { pipe } from "./engine.js";

const FULL_SCALE = 2 ** 23;

let stretcher = null; // an engine that takes the mix at once to its tempo and pitch; null where both are the song's
let wanted = 0; // frames that are still to come out

onmessage = ({ data: { begin, block, end } }) => {
  if (begin) {
    const { rate, tempo, pitch, frames } = begin;
    const ratio = 2 ** (pitch / 12);
    wanted = frames;
    stretcher = tempo === 1 && pitch === 0 ? null : pipe(rate);
    if (stretcher) {
      stretcher.pitch = ratio;
      stretcher.stretch.tempo = tempo / ratio;
    }
  } else if (block) send(stretcher ? stretch(block) : block);
  else if (end) {
    const rest = new Float32Array(2 * wanted);
    if (stretcher) rest.set(stretch(new Float32Array(2 * end.silence)).subarray(0, rest.length));
    send(rest);
  }
};

/** What comes out of the engine when `block`, interleaved stereo, goes in. */
function stretch(block) {
  stretcher.inputBuffer.putSamples(block, 0, block.length / 2);
  stretcher.process();
  const { outputBuffer } = stretcher;
  const frames = outputBuffer.frameCount;
  const samples = new Float32Array(2 * frames);
  outputBuffer.extract(samples, 0, frames);
  outputBuffer.receive(frames);
  return samples;
}

/** Post `samples` as integers of 24 bits, and no more of them than are wanted. */
function send(samples) {
  const count = Math.min(samples.length, 2 * wanted);
  const bytes = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    const value = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(samples[i] * FULL_SCALE)));
    bytes[3 * i] = value;
    bytes[3 * i + 1] = value >> 8;
    bytes[3 * i + 2] = value >> 16;
  }
  wanted -= count / 2;
  postMessage(bytes.buffer, [bytes.buffer]);
}
