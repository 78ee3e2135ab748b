// The current mix as a 24 bit WAV: levels, mute, solo, tempo and pitch. One segment at a time is in memory.

const BYTES_PER_FRAME = 6; // stereo, 24 bits
const SILENCE_S = 1; // flushes the stretcher at the end of the song
const LARGEST_BYTES = 2 ** 32 - 100; // limit of a WAV

/**
 * Render the mix of `player` to a Blob; `progress(fraction)` reports progress. Throws Problem, AbortError, and
 * RangeError when it exceeds the size of a WAV.
 */
export async function mixdown(player, progress, signal) {
  const { stems, rate, tempo, pitch } = player;
  const heard = stems.map((stem) => ({ stem, gain: player.gain(stem.name) })).filter(({ gain }) => gain > 0);
  const segments = stems[0].segments;
  const frames = Math.round((player.length * rate) / tempo);
  if (frames * BYTES_PER_FRAME > LARGEST_BYTES) throw new RangeError("too long for a WAV");
  const worker = new Worker(new URL("mixdown-worker.js", import.meta.url), { type: "module" });
  const parts = [header(rate, frames)];
  const collect = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(parts.push(new Blob([data])));
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  try {
    worker.postMessage({ begin: { rate, tempo, pitch, frames } });
    for (let index = 0; index < segments.length; index++) {
      const block = mix(await Promise.all(heard.map(({ stem }) => stem.load(index))), heard, segments[index].length);
      signal.throwIfAborted();
      worker.postMessage({ block }, [block.buffer]);
      await collect();
      progress((index + 1) / segments.length);
    }
    worker.postMessage({ end: { silence: SILENCE_S * rate } });
    await collect();
  } finally {
    worker.terminate();
  }
  return new Blob(parts, { type: "audio/wav" });
}

/** The sum of `buffers`, each with its gain: interleaved stereo of `length` frames. */
function mix(buffers, heard, length) {
  const block = new Float32Array(2 * length);
  buffers.forEach((buffer, i) => {
    for (const side of [0, 1]) {
      const samples = buffer.getChannelData(Math.min(side, buffer.numberOfChannels - 1));
      for (let n = 0; n < length; n++) block[2 * n + side] += heard[i].gain * samples[n];
    }
  });
  return block;
}

function header(rate, frames) {
  const view = new DataView(new ArrayBuffer(44));
  const size = frames * BYTES_PER_FRAME;
  const text = (at, name) => [...name].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + size, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // integers
  view.setUint16(22, 2, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * BYTES_PER_FRAME, true);
  view.setUint16(32, BYTES_PER_FRAME, true);
  view.setUint16(34, 24, true);
  text(36, "data");
  view.setUint32(40, size, true);
  return view;
}
