/** One HTTP exchange with a silence timeout, and its errors. */
import { ConnectionFailed, UnexpectedResponse, VoiceliftError } from "./errors.js";
import { apiError } from "./refusals.js";
import { retryAfterS } from "./retry.js";
import type { Problem } from "./types.js";

export const SILENCE_S = 60; // after which a connection counts as dead

/** A response whose body has been read. */
export interface FullResponse {
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

/** Aborts with the caller's signal, or after `seconds` without data. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #forward: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silent = false;

  constructor(
    readonly url: string,
    readonly seconds: number,
    readonly outer?: AbortSignal,
  ) {
    this.#forward = () => this.#controller.abort(outer?.reason);
    if (outer?.aborted) this.#forward();
    outer?.addEventListener("abort", this.#forward, { once: true });
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#silent = true;
      this.#controller.abort();
    }, this.seconds * 1000);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.outer?.removeEventListener("abort", this.#forward);
  }

  /** The error of a failed exchange for the caller. */
  failure(error: unknown): unknown {
    if (this.outer?.aborted) return this.outer.reason;
    if (error instanceof VoiceliftError) return error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = this.#silent
      ? `timed out after ${this.seconds} s`
      : `failed: ${cause instanceof Error ? cause.message : cause}`;
    return new ConnectionFailed(`The connection to ${hostOf(this.url)} ${why}.`, { cause: error });
  }
}

/** A response whose body is streamed in blocks. Read `blocks` or `text`, or `close` it. */
export class Stream {
  constructor(
    readonly response: Response,
    readonly watch: Watch,
  ) {}

  async *blocks(): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = this.response.body?.getReader();
    let whole = reader === undefined;
    try {
      while (!whole) {
        const { done, value } = await reader!.read().catch((error: unknown) => {
          throw this.watch.failure(error);
        });
        this.watch.restart();
        if (value) yield value;
        whole = done;
      }
    } finally {
      this.watch.stop();
      if (!whole) await reader?.cancel().catch(() => undefined);
    }
  }

  async text(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const block of this.blocks()) text += decoder.decode(block, { stream: true });
    return text + decoder.decode();
  }

  async read(): Promise<FullResponse> {
    const { status, headers } = this.response;
    return { url: this.watch.url, status, headers, text: await this.text() };
  }

  async close(): Promise<void> {
    this.watch.stop();
    await this.response.body?.cancel().catch(() => undefined);
  }
}

/** The response's head, and its body as a stream. Throws ConnectionFailed, or the reason of the caller's signal. */
export async function open(url: string, init: RequestInit, silenceS: number, signal?: AbortSignal): Promise<Stream> {
  const watch = new Watch(url, silenceS, signal);
  try {
    return new Stream(await fetch(url, { ...init, signal: watch.signal }), watch);
  } catch (error) {
    watch.stop();
    throw watch.failure(error);
  }
}

/** The error of an unsuccessful response. */
export function refusal({ url, status, headers, text }: FullResponse): VoiceliftError {
  const host = hostOf(url);
  if (status === 0 || (status > 300 && status < 400)) {
    return new UnexpectedResponse(`${host} redirects. Give the client the address that it leads to.`);
  }
  const problem = objectIn(text) as Partial<Problem> | null;
  if (typeof problem?.code === "string" && typeof problem.detail === "string") {
    return apiError({ retryable: false, ...problem, status } as Problem, retryAfterS(headers));
  }
  const byProxy = {
    status,
    code: `http_${status}`,
    detail: `${host} answered ${status}.`,
    title: "",
    type: "about:blank",
  };
  const passing = [429, 502, 503, 504].includes(status);
  return apiError({ ...byProxy, instance: "", request_id: "", errors: null, retryable: passing }, retryAfterS(headers));
}

/** The JSON object in `text`; null when there is none. */
export function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

export function hostOf(url: string): string {
  return new URL(url).origin;
}
