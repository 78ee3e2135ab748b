// Converts a mix to 24 bit samples, block by block, at another tempo or pitch, outside the page's thread.

import { pipe } from "./engine.js";

const FULL_SCALE = 2 ** 23;

let stretcher = null; // the engine for tempo and pitch; null at the song's own
let wanted = 0; // frames still to post

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

/** The engine's output after the input `block`, interleaved stereo. */
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

/** Post `samples` as 24 bit integers, at most the wanted number. */
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
