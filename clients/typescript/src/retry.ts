/** Retries: after Retry-After, else with growing pauses, within the caller's time limit. */
import { ApiError, VoiceliftError } from "./errors.js";

const FIRST_S = 0.5;
const LONGEST_S = 30;

/** The attempts of one operation. Each partial success, such as a part that has arrived, resets them. */
export class Patience {
  readonly #forS: number;
  readonly #now: () => number;
  readonly #chance: () => number;
  #failures = 0;
  #until = 0;

  constructor(forS: number, now = () => Date.now() / 1000, chance: () => number = Math.random) {
    [this.#forS, this.#now, this.#chance] = [forS, now, chance];
    this.renew();
  }

  renew(): void {
    this.#failures = 0;
    this.#until = this.#now() + this.#forS;
  }

  /** Seconds until the next attempt after `error`; throws it after the last attempt. */
  pauseS(error: unknown): number {
    if (!(error instanceof VoiceliftError)) throw error;
    this.#failures += 1;
    const asked = error instanceof ApiError ? error.retryAfterS : undefined;
    const longest = Math.min(LONGEST_S, FIRST_S * 2 ** (this.#failures - 1));
    // With jitter, so that many clients do not return at the same moment; never before Retry-After.
    const pause = asked === undefined ? longest * (0.5 + this.#chance() / 2) : asked + FIRST_S * this.#chance();
    const enough = error.attempts !== undefined && this.#failures >= error.attempts;
    if (!error.retryable || enough || this.#now() + pause > this.#until) throw error;
    return pause;
  }

  /** Wait before the next attempt. Throws `error` after the last one. */
  async rest(error: unknown, signal?: AbortSignal): Promise<void> {
    await sleep(this.pauseS(error), signal);
  }
}

/** The header Retry-After in seconds; it may be a date. */
export function retryAfterS(headers: Headers, now = Date.now()): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text);
  const when = Date.parse(text);
  return Number.isNaN(when) ? undefined : Math.max(0, (when - now) / 1000);
}

/** Throws the signal's reason when it is aborted before or during the wait. */
export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      },
      Math.max(0, seconds) * 1000,
    );
    signal?.addEventListener("abort", stop, { once: true });
  });
}
