/** A job, by its token (`JobView`) or by a key (`Job`). */
import { Receipt, type Sink, blocksOf, wholeOf } from "./download.js";
import { ChecksumMismatch, NotFound } from "./errors.js";
import { eventsOf } from "./events.js";
import { retryAfterS, sleep } from "./retry.js";
import { type Service, parsed, withToken } from "./service.js";
import { JOBS, uuid } from "./submit.js";
import type {
  Conversion,
  Delivery,
  DeliveryList,
  JobError,
  JobEvent,
  JobInfo,
  JobToken,
  OnProgress,
  Output,
  Segment,
  SegmentList,
  State,
  Stem,
} from "./types.js";
import { type WaitSettings, waitFor } from "./wait.js";

const LEFT_MS = 60_000; // a token that expires sooner is replaced

const POLL_S = 2; // when the service does not say
const CONVERTED: Conversion["format"][] = ["mp3", "m4a", "opus"];

export interface DownloadSettings {
  onProgress?: OnProgress;
  signal?: AbortSignal | undefined;
}

export interface FileSettings extends DownloadSettings {
  /** A lossy format, of a lossless output; the service converts the file once. */
  format?: Conversion["format"] | undefined;
}

/** A file of a stem. */
export type StemFile = Pick<Output, "stem" | "format" | "bytes" | "sha256">;

/**
 * Access by a job token or a key: events, playlists, the waveform, files. All of its URLs contain a token and no key,
 * so they may be given to players and links.
 */
export class JobView {
  #token: Promise<JobToken> | undefined;

  constructor(
    protected readonly service: Service,
    readonly id: string,
  ) {}

  protected get path(): string {
    return `${JOBS}/${encodeURIComponent(this.id)}`;
  }

  /** The past and future events of the job, until it ends; `after` is the id of the last received event. */
  events({ after, signal }: { after?: string; signal?: AbortSignal } = {}): AsyncGenerator<JobEvent, void, undefined> {
    return eventsOf(this.service, `${this.path}/events`, after, signal);
  }

  /** A token for players and links: gives access to this job's events, playlists and files. */
  async token(): Promise<string> {
    if (this.service.token) return this.service.token;
    const held = await this.#token?.catch(() => undefined);
    if (!held || Date.parse(held.expires_at) < Date.now() + LEFT_MS) {
      this.#token = this.service.ask<JobToken>("POST", `${this.path}/token`);
    }
    return (await this.#token!).token;
  }

  protected forgetToken(): void {
    this.#token = undefined;
  }

  /** For hls.js, or for `audio.src` in Safari, iOS and Android: playable from the first event `piece` on. */
  playlistUrl(stem: Stem): Promise<string> {
    return this.#opened(`/hls/${stem}.m3u8`);
  }

  /** URL of the finished file, or of a conversion that is ready, for a link. */
  outputUrl(stem: Stem, format?: Conversion["format"]): Promise<string> {
    return this.#opened(`/outputs/${stem}${format ? `/${format}` : ""}`);
  }

  /** Request a conversion of a lossless stem and wait until it is ready. Throws ApiError, ConnectionFailed. */
  async convert(stem: Stem, format: Conversion["format"], signal?: AbortSignal): Promise<Conversion> {
    for (;;) {
      const path = this.service.opened(`${this.path}/outputs/${stem}/${format}`);
      const response = await this.service.call("POST", path, { signal });
      if (response.status === 200) return parsed<Conversion>(response);
      await sleep(retryAfterS(response.headers) ?? POLL_S, signal);
    }
  }

  /** URL of all finished files as one ZIP, for a link. */
  archiveUrl(): Promise<string> {
    return this.#opened("/outputs.zip");
  }

  /**
   * The available waveform from row `fromBin` on: for each 40 ms the peak and the RMS of each stem in the order of
   * `options.stems`, each as `255 * sqrt(amplitude)`.
   */
  async peaks(fromBin = 0, signal?: AbortSignal): Promise<Uint8Array> {
    const blocks = new Blocks();
    const place = () => this.#opened(`/peaks?from_bin=${fromBin}`);
    await wholeOf(place, blocks, this.service.patience(), undefined, signal);
    return blocks.joined();
  }

  /** The available segments of the vocals with their confidence, from segment `fromSegment` on. */
  async confidence(fromSegment = 0, signal?: AbortSignal): Promise<Segment[]> {
    const path = `${this.path}/confidence?from_segment=${fromSegment}`;
    return (await this.service.ask<SegmentList>("GET", this.service.opened(path), { signal })).segments;
  }

  /** All stems as one ZIP. Throws ApiError, ConnectionFailed. */
  async downloadAll(settings: DownloadSettings = {}): Promise<Blob> {
    const blocks = new Blocks();
    await this.writeAll(blocks, settings);
    return new Blob([blocks.joined()], { type: "application/zip" });
  }

  /** The same, into `sink`, which starts again after a broken connection. */
  writeAll(sink: Sink, { onProgress, signal }: DownloadSettings = {}): Promise<void> {
    return wholeOf(() => this.archiveUrl(), sink, this.service.patience(), onProgress, signal);
  }

  /** The service's name for the file of a stem, or the ZIP. Throws ApiError, ConnectionFailed. */
  async filename(file: Stem | "all", { format, signal }: FileSettings = {}): Promise<string> {
    const path = file === "all" ? "outputs.zip" : `outputs/${file}${format ? `/${format}` : ""}`;
    const { headers } = await this.service.call("HEAD", this.service.opened(`${this.path}/${path}`), { signal });
    return filenameIn(headers.get("content-disposition") ?? "") || file;
  }

  async #opened(rest: string): Promise<string> {
    return this.service.address(withToken(this.path + rest, await this.token()));
  }
}

/** A job of the service. `info` has all of its fields as of the last update. */
export class Job extends JobView {
  constructor(
    service: Service,
    public info: JobInfo,
  ) {
    super(service, info.id);
  }

  get state(): State {
    return this.info.state;
  }

  /** The finished files; empty until the job has succeeded. */
  get outputs(): readonly Output[] {
    return this.info.outputs;
  }

  /** Remarks about the result, in words. */
  get warnings(): readonly string[] {
    return this.info.warnings;
  }

  get error(): JobError | null {
    return this.info.error;
  }

  /** Update `info`. */
  async refresh(signal?: AbortSignal): Promise<this> {
    this.info = await this.service.ask<JobInfo>("GET", this.info.url, { signal });
    return this;
  }

  /**
   * Wait until the job has succeeded.
   *
   * Throws JobNotSucceeded (JobFailed, JobCanceled, JobExpired), WaitTimeout, ApiError, ConnectionFailed.
   */
  async wait(settings: WaitSettings = {}): Promise<this> {
    this.info = await waitFor(this.service, this.info, settings);
    return this;
  }

  /** The finished file of a stem. Throws RangeError: the job has none. */
  output(stem: Stem): Output {
    const output = this.info.outputs.find((each) => each.stem === stem);
    if (output) return output;
    const there = this.info.outputs.map((each) => each.stem).join(", ") || "none";
    throw new RangeError(`${this.id} has no output "${stem}"; it has: ${there}.`);
  }

  /** The file of a stem, in the format of the job or converted. Throws as `download`. */
  async file(stem: Stem, { format, signal }: FileSettings = {}): Promise<StemFile> {
    const output = this.output(stem);
    if (format === undefined || format === output.format) return output;
    const { bytes, sha256 } = await this.convert(stem, format, signal);
    return { stem, format, bytes, sha256: sha256 ?? "" };
  }

  /**
   * The bytes of a file from `start` on, over several connections. They are not verified, unlike in `download`,
   * and in `save` of `@voicelift/client/node`.
   */
  blocks(file: StemFile, start = 0, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const format = CONVERTED.find((each) => each === file.format && each !== this.output(file.stem).format);
    return blocksOf(() => this.outputUrl(file.stem, format), file.bytes, start, this.service.patience(), signal);
  }

  /**
   * The file of a stem, verified by its checksum. Throws RangeError (no such stem), ChecksumMismatch, StorageRefused,
   * ApiError, ConnectionFailed.
   */
  async download(stem: Stem, { format, onProgress, signal }: FileSettings = {}): Promise<Blob> {
    const file = await this.file(stem, { format, signal });
    const receipt = new Receipt(file, onProgress);
    const blocks = new Blocks();
    for await (const block of this.blocks(file, 0, signal)) {
      receipt.add(block);
      blocks.write(block);
    }
    if (!receipt.isRight()) throw new ChecksumMismatch(`What was downloaded as ${stem} is not what the job made.`);
    return new Blob([blocks.joined()]);
  }

  /** Ask the job to stop; its state becomes canceled once it has. Throws Conflict when it has ended. */
  async cancel(): Promise<this> {
    this.info = await this.service.ask<JobInfo>("POST", `${this.path}/cancel`);
    return this;
  }

  /** A new job from the recording of one that failed, was canceled or has expired. */
  async retry({ idempotencyKey = uuid() }: { idempotencyKey?: string } = {}): Promise<Job> {
    const headers = { "Idempotency-Key": idempotencyKey };
    return new Job(this.service, await this.service.ask<JobInfo>("POST", `${this.path}/retry`, { headers }));
  }

  /** Revoke all tokens of this job. */
  async revokeTokens(): Promise<void> {
    await this.service.call("DELETE", `${this.path}/token`);
    this.forgetToken();
  }

  /** The delivery attempts of the job's webhook. */
  async deliveries(): Promise<Delivery[]> {
    return (await this.service.ask<DeliveryList>("GET", `${this.path}/deliveries`)).deliveries;
  }

  /** Deliver the job's webhook again, now. Throws Conflict: it was delivered, or there is none. */
  async redeliver(): Promise<Delivery[]> {
    return (await this.service.ask<DeliveryList>("POST", `${this.path}/redeliver`)).deliveries;
  }

  /** Delete the job with its recording and files. A missing job is ignored. */
  async delete(): Promise<void> {
    try {
      await this.service.call("DELETE", this.path);
    } catch (error) {
      if (!(error instanceof NotFound)) throw error; // by an earlier request, whose response may have been lost
    }
  }
}

/** The name in Content-Disposition (RFC 6266), without any folder: the UTF-8 name precedes its ASCII form. */
export function filenameIn(header: string): string {
  const extended = /filename\*=utf-8''([^;\s]+)/i.exec(header)?.[1];
  const name = extended ? decodeURIComponent(extended) : (/filename="([^"]+)"/i.exec(header)?.[1] ?? "");
  return name.replace(/^.*[\\/]/s, "").replace(/^\.+/, "");
}

/** A download in memory. */
class Blocks implements Sink {
  #blocks: Uint8Array[] = [];

  restart(): void {
    this.#blocks = [];
  }

  write(block: Uint8Array): void {
    this.#blocks.push(block);
  }

  joined(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#blocks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const block of this.#blocks) {
      whole.set(block, at);
      at += block.length;
    }
    return whole;
  }
}
