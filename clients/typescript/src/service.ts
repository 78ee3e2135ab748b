/** Requests to one service: key, retries, and responses as objects or errors. */
import { type FullResponse, SILENCE_S, type Stream, hostOf, objectIn, open, refusal } from "./connection.js";
import { ConnectionFailed, UnexpectedResponse } from "./errors.js";
import { Patience } from "./retry.js";
import { transmit } from "./transmit.js";

const RETRY_FOR_S = 300;

/** A service and the credential for it: a key, or the token of a single job. */
export interface ServiceSettings {
  /** Base URL, with an optional path in front of /v1. */
  url: string | URL;
  /** vl_..., from the operator of the service; for servers, and for pages only if their user has typed it in. */
  key?: string;
  /** A job token, for pages: it gives access to `view` only. */
  token?: string;
  /** Time without any success after which retries end. */
  retryForS?: number;
}

export interface CallSettings {
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: object;
  /** Sent unchanged; `onSent` is called with the number of bytes sent so far. */
  body?: Blob;
  onSent?: (bytes: number) => void;
  signal?: AbortSignal | undefined;
  /** Whether it may be retried after a broken connection. */
  repeat?: boolean;
}

export class Service {
  readonly #url: string;
  readonly #key: string | undefined;
  readonly #retryForS: number;
  readonly token: string | undefined;

  constructor({ url, key, token, retryForS = RETRY_FOR_S }: ServiceSettings) {
    const base = new URL(url, globalThis.location?.href);
    if (!/^https?:$/.test(base.protocol)) {
      throw new TypeError(`The address of a service begins with https:// or http://, which ${base} does not.`);
    }
    this.#url = `${base.origin}${base.pathname}`.replace(/\/+$/, "");
    [this.#key, this.token, this.#retryForS] = [key, token, retryForS];
  }

  /** The absolute URL of the service's `path`. */
  address(path: string): string {
    return this.#url + path;
  }

  patience(): Patience {
    return new Patience(this.#retryForS);
  }

  /** The response of the service: a success, or 304. Throws ApiError, ConnectionFailed. */
  async call(method: string, path: string, settings: CallSettings = {}): Promise<FullResponse> {
    const { repeat = true, signal } = settings;
    const patience = this.patience();
    for (;;) {
      try {
        const response = await this.#once(method, this.address(path), settings);
        if ((response.status >= 200 && response.status < 300) || response.status === 304) return response;
        throw refusal(response);
      } catch (error) {
        if (!repeat && error instanceof ConnectionFailed) throw error;
        if (settings.body && error instanceof ConnectionFailed) await this.#checkKey(signal);
        await patience.rest(error, signal);
      }
    }
  }

  /** The response as an object. Throws also UnexpectedResponse. */
  async ask<T extends object>(method: string, path: string, settings: CallSettings = {}): Promise<T> {
    return parsed<T>(await this.call(method, path, settings));
  }

  /** The response to a GET as a stream. Not retried. Throws ApiError, ConnectionFailed. */
  async stream(path: string, headers: Record<string, string>, silenceS: number, signal?: AbortSignal): Promise<Stream> {
    const init: RequestInit = {
      headers: this.#headers({ "Accept-Encoding": "identity", ...headers }),
      redirect: "manual",
    };
    const stream = await open(this.address(this.opened(path)), init, silenceS, signal);
    if (!stream.response.ok) throw refusal(await stream.read());
    return stream;
  }

  /**
   * The service rejects a wrong key without reading the body and closes: a browser may lose that response. Throws it.
   */
  async #checkKey(signal?: AbortSignal): Promise<void> {
    const response = await this.#once("GET", this.address("/v1/usage"), { signal }).catch(() => undefined);
    if (response?.status === 401) throw refusal(response);
  }

  async #once(method: string, url: string, { headers, json, body, onSent, signal }: CallSettings): Promise<FullResponse> {
    const own = this.#headers(headers);
    if (body) return transmit(method, url, body, own, onSent, signal);
    const init: RequestInit = { method, headers: own, redirect: "manual" };
    if (json)
      Object.assign(init, { body: JSON.stringify(json), headers: { ...own, "Content-Type": "application/json" } });
    return (await open(url, init, SILENCE_S, signal)).read();
  }

  #headers(more: Record<string, string> = {}): Record<string, string> {
    return this.#key ? { Authorization: `Bearer ${this.#key}`, ...more } : more;
  }

  /** `path` with the token, where that is all there is. */
  opened(path: string): string {
    return this.#key || !this.token ? path : withToken(path, this.token);
  }
}

export function withToken(path: string, token: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
}

/** Throws UnexpectedResponse. */
export function parsed<T extends object>(response: FullResponse): T {
  const value = objectIn(response.text);
  if (value === null) throw new UnexpectedResponse(`${hostOf(response.url)} is not a Voicelift service.`);
  return value as T;
}
