/** Wait for a job by its events, or by polling if events do not arrive. */
import { ApiError, BatchTimeout, ConnectionFailed, WaitTimeout } from "./errors.js";
import { Listener, SILENCE_S } from "./events.js";
import { jobError } from "./refusals.js";
import { retryAfterS, sleep } from "./retry.js";
import { type Service, parsed } from "./service.js";
import { type BatchSummary, type JobEvent, type JobInfo, type OnProgress, isOver } from "./types.js";

const LOSSES = 3; // consecutive connections without data after which a job is polled
const POLL_S = 2; // without Retry-After and ETA
const POLLS_TO_THE_END = 10;

export interface WaitSettings {
  onProgress?: OnProgress;
  /** Called with each event, such as `piece` when a new piece is playable. */
  onEvent?: (event: JobEvent) => void;
  /** Seconds until WaitTimeout is thrown; the job continues. */
  timeoutS?: number;
  signal?: AbortSignal;
}

const now = () => Date.now() / 1000;

/**
 * Waits until `job` ends. ETA and queue position are no events: they need a poll of the job, at the interval of
 * Retry-After.
 */
class Waiting {
  readonly #until: number;
  #etag: string | null = null;
  #fraction: number;
  #phase: string;
  #pollAt: number;

  constructor(
    readonly service: Service,
    public job: JobInfo,
    readonly settings: WaitSettings,
  ) {
    this.#until = now() + (settings.timeoutS ?? Infinity);
    [this.#fraction, this.#phase] = [job.progress.fraction, job.stage ?? job.state];
    this.#pollAt = now() + pollS(job);
  }

  /** The job in its final state. Throws ApiError, ConnectionFailed, WaitTimeout. */
  async end(): Promise<JobInfo> {
    const listener = new Listener(this.service, this.job.events_url);
    let losses = 0;
    this.#report();
    while (!isOver(this.job.state)) {
      if (losses < LOSSES) losses = (await this.#listen(listener)) ? 0 : losses + 1;
      await this.#poll();
      if (!isOver(this.job.state)) await this.#rest(losses < LOSSES ? listener.retryS : this.#pollAt - now());
    }
    return this.job;
  }

  /** Follow the events of one connection; returns whether any data arrived. */
  async #listen(listener: Listener): Promise<boolean> {
    let heard = false;
    try {
      for await (const event of listener.connection(this.#leftS(SILENCE_S), this.settings.signal)) {
        heard = true;
        if (event) this.#note(event);
        this.#check();
        if (now() >= this.#pollAt && !listener.ended) await this.#poll();
      }
    } catch (error) {
      if (error instanceof ConnectionFailed) this.#check();
      else if (!(error instanceof ApiError && error.retryable)) throw error;
    }
    return heard;
  }

  async #poll(): Promise<void> {
    const headers: Record<string, string> = this.#etag ? { "If-None-Match": this.#etag } : {};
    const response = await this.service.call("GET", this.job.url, { headers, signal: this.settings.signal });
    if (response.status !== 304) {
      this.job = parsed<JobInfo>(response);
      this.#etag = response.headers.get("etag");
      this.#fraction = Math.max(this.#fraction, this.job.progress.fraction);
      this.#phase = this.job.stage ?? this.job.state;
      this.#report();
    }
    this.#pollAt = now() + pollS(this.job, retryAfterS(response.headers));
  }

  async #rest(seconds: number): Promise<void> {
    this.#check();
    await sleep(this.#leftS(seconds), this.settings.signal);
  }

  #note(event: JobEvent): void {
    this.settings.onEvent?.(event);
    this.#fraction = Math.max(this.#fraction, event.data.fraction);
    if (event.type === "stage") this.#phase = event.data.stage;
    if (event.type === "state") this.#phase = event.data.state;
    this.#report();
  }

  #report(): void {
    this.settings.onProgress?.({
      phase: this.#phase,
      fraction: this.#fraction,
      eta_s: this.job.progress.eta_s,
      queue_position: this.#phase === "queued" ? this.job.queue_position : null,
    });
  }

  #leftS(atMost: number): number {
    return Math.max(0.05, Math.min(atMost, this.#until - now()));
  }

  #check(): void {
    if (now() < this.#until) return;
    throw new WaitTimeout(`The job ${this.job.id} is still ${this.job.state} after ${this.settings.timeoutS} s.`);
  }
}

/** The succeeded job. Throws JobNotSucceeded, WaitTimeout, ApiError, ConnectionFailed. */
export async function waitFor(service: Service, job: JobInfo, settings: WaitSettings): Promise<JobInfo> {
  const ended = await new Waiting(service, job, settings).end();
  if (ended.state !== "succeeded") throw jobError(ended);
  return ended;
}

export interface BatchSettings {
  onProgress?: (batch: BatchSummary) => void;
  /** Seconds until BatchTimeout is thrown; the jobs continue. */
  timeoutS?: number;
  signal?: AbortSignal;
}

/** The batch after all of its jobs have ended. Throws BatchTimeout, ApiError, ConnectionFailed. */
export async function waitForBatch(service: Service, path: string, settings: BatchSettings): Promise<BatchSummary> {
  const { onProgress, timeoutS = Infinity, signal } = settings;
  const until = now() + timeoutS;
  const headers: Record<string, string> = {};
  let batch: BatchSummary | undefined;
  for (;;) {
    const response = await service.call("GET", path, { headers, signal });
    if (response.status !== 304) {
      batch = parsed<BatchSummary>(response);
      headers["If-None-Match"] = response.headers.get("etag") ?? "";
      onProgress?.(batch);
    }
    if (batch?.finished) return batch;
    if (now() >= until) throw new BatchTimeout(`The batch at ${path} has not finished after ${timeoutS} s.`);
    await sleep(Math.min(retryAfterS(response.headers) ?? POLL_S, until - now()), signal);
  }
}

/** Seconds until the next poll of the job. */
function pollS({ progress: { eta_s } }: JobInfo, retryAfter?: number): number {
  if (retryAfter !== undefined) return retryAfter;
  return eta_s === null ? POLL_S : Math.min(30, Math.max(1, eta_s / POLLS_TO_THE_END));
}
