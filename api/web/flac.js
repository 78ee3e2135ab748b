// Converts the playlists' FLAC in fragmented MP4 to plain FLAC, which decodeAudioData accepts in every browser.

const HEADER = { fLaC: 28, mp4a: 28, stsd: 8 }; // bytes of a box before the boxes inside it

/** The contents of the box at `path` (names, from the outside in). Throws when there is none. */
export function box(bytes, path) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let end = bytes.length;
  for (const name of path) {
    for (;;) {
      if (at + 8 > end) throw new Error(`no ${name} box`);
      const size = view.getUint32(at);
      if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === name) {
        end = at + size;
        at += 8 + (name === path.at(-1) ? 0 : (HEADER[name] ?? 0));
        break;
      }
      at += Math.max(size, 8);
    }
  }
  return bytes.subarray(at, end);
}

/** The 34 bytes of STREAMINFO in an init segment, and their sample rate in Hz. */
export function streamInfo(init) {
  const description = box(init, ["moov", "trak", "mdia", "minf", "stbl", "stsd", "fLaC", "dfLa"]);
  const info = description.slice(8, 42); // after the box's version and the header of the metadata block
  return { info, rate: (info[10] << 12) | (info[11] << 4) | (info[12] >> 4) };
}

/** A complete FLAC file from a media segment of `samples`: its frames are numbered from 0 and independent. */
export function flacFile(info, segment, samples) {
  const frames = box(segment, ["mdat"]);
  const file = new Uint8Array(8 + info.length + frames.length);
  file.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, info.length]); // "fLaC", and: the last metadata block, STREAMINFO
  file.set(info, 8);
  file.set(frames, 8 + info.length);
  new DataView(file.buffer).setUint32(8 + 14, samples); // the encoder of a stream leaves it 0
  return file.buffer;
}
