/** Server-sent events: the format (HTML Standard, 9.2.6), and a job's stream of them. */
import { objectIn } from "./connection.js";
import { ConnectionFailed, UnexpectedResponse } from "./errors.js";
import type { Service } from "./service.js";
import type { JobEvent } from "./types.js";

export const SILENCE_S = 45; // after which a stream counts as dead; the service sends a comment every 15 s
const RECONNECT_S = 2; // until the service sets the field `retry`

/** Bytes to events. A comment, the service's keep-alive, is null. */
export class Decoder {
  retryS = RECONNECT_S;
  readonly #text = new TextDecoder();
  #rest = "";
  #type = "message";
  #id = "";
  #data: string[] = [];

  *feed(block: Uint8Array): Generator<JobEvent | null, void, undefined> {
    const text = this.#rest + this.#text.decode(block, { stream: true });
    const half = text.endsWith("\r") ? "\r" : ""; // may be half of a \r\n
    const lines = text.slice(0, text.length - half.length).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() + half;
    for (const line of lines) {
      if (line.startsWith(":")) yield null;
      else if (line) this.#field(line);
      else if (this.#data.length) yield this.#event();
    }
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    else if (name === "id") this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retryS = Number(value) / 1000;
  }

  #event(): JobEvent {
    const data = objectIn(this.#data.join("\n"));
    const event = { id: this.#id, type: this.#type, data };
    this.#type = "message";
    this.#data = [];
    if (data === null) throw new UnexpectedResponse("The stream of events holds something else than JSON objects.");
    return event as JobEvent;
  }
}

/** A job's events over several connections. */
export class Listener {
  /** The last event has arrived. */
  ended = false;
  /** Delay before a reconnect. */
  retryS = RECONNECT_S;

  constructor(
    private readonly service: Service,
    private readonly path: string,
    /** The id of the last received event. */
    public after?: string,
  ) {}

  /**
   * The content of one connection: events, and null for keep-alives. Throws ApiError, ConnectionFailed: also when the
   * stream ends before the job.
   */
  async *connection(silenceS = SILENCE_S, signal?: AbortSignal): AsyncGenerator<JobEvent | null, void, undefined> {
    const headers = { Accept: "text/event-stream", ...(this.after ? { "Last-Event-ID": this.after } : {}) };
    const stream = await this.service.stream(this.path, headers, silenceS, signal);
    if (stream.response.status === 204) {
      this.ended = true;
      return stream.close();
    }
    const decoder = new Decoder();
    for await (const block of stream.blocks()) {
      for (const event of decoder.feed(block)) {
        this.retryS = decoder.retryS;
        if (event) {
          this.after = event.id || this.after;
          this.ended = event.type === "state" && !["queued", "running"].includes(event.data.state);
        }
        yield event;
        if (this.ended) return;
      }
    }
    throw new ConnectionFailed("The stream of events ended before the job.");
  }
}

/**
 * Every event of a job after the one with the id `after`, until it ends; reconnects after a broken connection. Throws
 * ApiError, ConnectionFailed.
 */
export async function* eventsOf(
  service: Service,
  path: string,
  after?: string,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  const listener = new Listener(service, path, after);
  const patience = service.patience();
  while (!listener.ended) {
    try {
      for await (const event of listener.connection(SILENCE_S, signal)) {
        patience.renew();
        if (event) yield event;
      }
    } catch (error) {
      await patience.rest(error, signal);
    }
  }
}
