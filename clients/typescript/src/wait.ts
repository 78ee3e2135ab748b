/** Waiting for a job: by its events, and by polling where these do not come through. */
import { ApiError, BatchTimeout, ConnectionFailed, WaitTimeout } from "./errors.js";
import { Listener, SILENCE_S } from "./events.js";
import { jobError } from "./refusals.js";
import { retryAfterS, sleep } from "./retry.js";
import { type Service, answerAs } from "./service.js";
import { type BatchSummary, type JobEvent, type JobInfo, type OnProgress, isOver } from "./types.js";

const LOSSES = 3; // consecutive connections without data after which a job is polled
const POLL_S = 2; // without Retry-After and ETA
const POLLS_TO_THE_END = 10;

export interface WaitSettings {
  onProgress?: OnProgress;
  /** Called with each event, such as `piece` when there is something new to play. */
  onEvent?: (event: JobEvent) => void;
  /** After so long WaitTimeout is thrown; the job goes on. */
  timeoutS?: number;
  signal?: AbortSignal;
}

const now = () => Date.now() / 1000;

/**
 * Waits until `job` is over. The ETA and the place in the queue are no events: they come with a look at the job, which is
 * taken as often as the service says by Retry-After.
 */
class Waiting {
  readonly #until: number;
  #etag: string | null = null;
  #fraction: number;
  #phase: string;
  #lookAt: number;

  constructor(
    readonly service: Service,
    public job: JobInfo,
    readonly settings: WaitSettings,
  ) {
    this.#until = now() + (settings.timeoutS ?? Infinity);
    [this.#fraction, this.#phase] = [job.progress.fraction, job.stage ?? job.state];
    this.#lookAt = now() + pollS(job);
  }

  /** The job as it is when it is over, whichever way it ended. Throws ApiError, ConnectionFailed, WaitTimeout. */
  async end(): Promise<JobInfo> {
    const listener = new Listener(this.service, this.job.events_url);
    let losses = 0;
    this.#tell();
    while (!isOver(this.job.state)) {
      if (losses < LOSSES) losses = (await this.#listen(listener)) ? 0 : losses + 1;
      await this.#look();
      if (!isOver(this.job.state)) await this.#rest(losses < LOSSES ? listener.retryS : this.#lookAt - now());
    }
    return this.job;
  }

  /** Follow the events of one connection; whether anything came. */
  async #listen(listener: Listener): Promise<boolean> {
    let heard = false;
    try {
      for await (const event of listener.connection(this.#leftS(SILENCE_S), this.settings.signal)) {
        heard = true;
        if (event) this.#note(event);
        this.#check();
        if (now() >= this.#lookAt && !listener.over) await this.#look();
      }
    } catch (error) {
      if (error instanceof ConnectionFailed) this.#check();
      else if (!(error instanceof ApiError && error.retryable)) throw error;
    }
    return heard;
  }

  async #look(): Promise<void> {
    const headers: Record<string, string> = this.#etag ? { "If-None-Match": this.#etag } : {};
    const answer = await this.service.call("GET", this.job.url, { headers, signal: this.settings.signal });
    if (answer.status !== 304) {
      this.job = answerAs<JobInfo>(answer);
      this.#etag = answer.headers.get("etag");
      this.#fraction = Math.max(this.#fraction, this.job.progress.fraction);
      this.#phase = this.job.stage ?? this.job.state;
      this.#tell();
    }
    this.#lookAt = now() + pollS(this.job, retryAfterS(answer.headers));
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
    this.#tell();
  }

  #tell(): void {
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

/** The job when it has succeeded. Throws JobNotSucceeded, WaitTimeout, ApiError, ConnectionFailed. */
export async function waitFor(service: Service, job: JobInfo, settings: WaitSettings): Promise<JobInfo> {
  const ended = await new Waiting(service, job, settings).end();
  if (ended.state !== "succeeded") throw jobError(ended);
  return ended;
}

export interface BatchSettings {
  onProgress?: (batch: BatchSummary) => void;
  /** After so long BatchTimeout is thrown; the jobs go on. */
  timeoutS?: number;
  signal?: AbortSignal;
}

/** The batch when all of its jobs are over. Throws BatchTimeout, ApiError, ConnectionFailed. */
export async function waitForBatch(service: Service, path: string, settings: BatchSettings): Promise<BatchSummary> {
  const { onProgress, timeoutS = Infinity, signal } = settings;
  const until = now() + timeoutS;
  const headers: Record<string, string> = {};
  let batch: BatchSummary | undefined;
  for (;;) {
    const answer = await service.call("GET", path, { headers, signal });
    if (answer.status !== 304) {
      batch = answerAs<BatchSummary>(answer);
      headers["If-None-Match"] = answer.headers.get("etag") ?? "";
      onProgress?.(batch);
    }
    if (batch?.over) return batch;
    if (now() >= until) throw new BatchTimeout(`The batch at ${path} is not over after ${timeoutS} s.`);
    await sleep(Math.min(retryAfterS(answer.headers) ?? POLL_S, until - now()), signal);
  }
}

/** Seconds until a look at the job is worth it. */
function pollS({ progress: { eta_s } }: JobInfo, retryAfter?: number): number {
  if (retryAfter !== undefined) return retryAfter;
  return eta_s === null ? POLL_S : Math.min(30, Math.max(1, eta_s / POLLS_TO_THE_END));
}
