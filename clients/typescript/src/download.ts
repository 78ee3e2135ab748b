/** Download a finished file: resume by ranges after a broken connection. */
import { Stream, hostOf, open, refusal, SILENCE_S } from "./connection.js";
import { ConnectionFailed, StorageRefused, UnexpectedResponse } from "./errors.js";
import type { Patience } from "./retry.js";
import { Sha256 } from "./sha256.js";
import type { OnProgress, Output, Progress } from "./types.js";

/** URL of the whole file with a token: requested for each connection, because tokens expire. */
export type Place = () => Promise<string>;

/**
 * The bytes of a file from `start` on. The key never goes to the storage: the request has a token. Throws ApiError,
 * ConnectionFailed, StorageRefused, UnexpectedResponse.
 */
export async function* blocksOf(
  place: Place,
  bytes: number,
  start: number,
  patience: Patience,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let done = start;
  while (done < bytes) {
    const before = done;
    try {
      for await (const block of connection(await place(), done, signal)) {
        if (done + block.length > bytes) throw new UnexpectedResponse("The object storage sent more than the file has.");
        done += block.length;
        yield block;
      }
      if (done < bytes) throw new ConnectionFailed("The download ended before the file.");
    } catch (error) {
      if (done > before) patience.renew();
      await patience.rest(error, signal);
    }
  }
}

/** The bytes of one connection after the first `done`. */
async function* connection(
  url: string,
  done: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const headers: Record<string, string> = {
    "Accept-Encoding": "identity",
    ...(done ? { Range: `bytes=${done}-` } : {}),
  };
  const stream = await open(url, { headers }, SILENCE_S, signal);
  await check(stream);
  let unwanted = stream.response.status === 206 ? 0 : done; // ranges are not supported
  const range = stream.response.headers.get("content-range"); // pages cannot read it everywhere
  if (stream.response.status === 206 && range && !range.startsWith(`bytes ${done}-`)) {
    await stream.close();
    throw new UnexpectedResponse("The object storage sent another range than it was asked for.");
  }
  for await (const block of stream.blocks()) {
    if (unwanted < block.length) yield block.subarray(unwanted);
    unwanted = Math.max(0, unwanted - block.length);
  }
}

async function check(stream: Stream): Promise<void> {
  const { ok, redirected, status, url } = stream.response;
  if (ok) return;
  const response = await stream.read();
  if (!redirected) throw refusal(response);
  throw new StorageRefused(`The object storage at ${hostOf(url)} refused the download with ${status}.`, status);
}

/** Receives a download that starts again after a broken connection. */
export interface Sink {
  restart(): unknown;
  write(block: Uint8Array): unknown;
}

/** A whole file without range support, into `sink`. Throws ApiError, ConnectionFailed. */
export async function wholeOf(
  place: Place,
  sink: Sink,
  patience: Patience,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      const stream = await open(await place(), { headers: { "Accept-Encoding": "identity" } }, SILENCE_S, signal);
      await check(stream);
      const total = Number(stream.response.headers.get("content-length") ?? 0);
      let done = 0;
      await sink.restart();
      for await (const block of stream.blocks()) {
        await sink.write(block);
        done += block.length;
        if (total) onProgress?.(downloading(done / total));
      }
      if (done < total) throw new ConnectionFailed("The download ended before the file.");
      return;
    } catch (error) {
      await patience.rest(error, signal);
    }
  }
}

function downloading(fraction: number): Progress {
  return { phase: "downloading", fraction, eta_s: null, queue_position: null };
}

/** Counts and verifies the bytes of `output`, in order. */
export class Receipt {
  readonly #hash = new Sha256();
  done = 0;

  constructor(
    readonly output: Pick<Output, "bytes" | "sha256" | "stem">,
    readonly onProgress?: OnProgress,
  ) {}

  add(block: Uint8Array): void {
    this.#hash.update(block);
    this.done += block.length;
    this.onProgress?.(downloading(this.done / this.output.bytes));
  }

  /** Whether all bytes have arrived and the checksum is right. */
  isRight(): boolean {
    return this.done === this.output.bytes && this.#hash.hex() === this.output.sha256;
  }
}
