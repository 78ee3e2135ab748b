/**
 * SHA-256 (FIPS 180-4) of a stream of blocks: WebCrypto needs all of it at once, and is missing in pages loaded over
 * http://.
 */

/** The first 32 bits of the fractional parts of the roots of the first primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const words: number[] = [];
  for (let n = 2; words.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) words.push((root(n) % 1) * 2 ** 32);
  }
  return Int32Array.from(words, (word) => word | 0);
}

const START = fractions(8, Math.sqrt);
const ROUNDS = fractions(64, Math.cbrt);
const BLOCK = 64;

export class Sha256 {
  readonly #state = START.slice();
  readonly #words = new Int32Array(64);
  readonly #rest = new Uint8Array(BLOCK);
  #bytes = 0;

  update(data: Uint8Array): void {
    let at = 0;
    const held = this.#bytes % BLOCK;
    this.#bytes += data.length;
    if (held) {
      at = Math.min(BLOCK - held, data.length);
      this.#rest.set(data.subarray(0, at), held);
      if (held + at < BLOCK) return;
      this.#compress(this.#rest, 0);
    }
    for (; at + BLOCK <= data.length; at += BLOCK) this.#compress(data, at);
    this.#rest.set(data.subarray(at));
  }

  /** The digest of all blocks, in hex. It is final. */
  hex(): string {
    const bytes = this.#bytes;
    const end = new Uint8Array(((bytes % BLOCK < 56 ? 0 : 1) + 1) * BLOCK - (bytes % BLOCK));
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bytes / 2 ** 29));
    view.setUint32(end.length - 4, bytes * 8);
    this.update(end);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #compress(data: Uint8Array, at: number): void {
    const words = this.#words;
    for (let t = 0; t < 16; t++, at += 4) {
      words[t] = (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!;
    }
    for (let t = 16; t < 64; t++) {
      const x = words[t - 15]!;
      const y = words[t - 2]!;
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      words[t] = (words[t - 16]! + s0 + words[t - 7]! + s1) | 0;
    }
    const state = this.#state;
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let t = 0; t < 64; t++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[t]! + words[t]!) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
