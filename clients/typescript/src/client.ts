/** The client of a service. */
import { Job, JobView } from "./job.js";
import { Service, type ServiceSettings } from "./service.js";
import { JOBS, type Source, type SubmitSettings, createUpload, getUpload, submit, uuid } from "./submit.js";
import type {
  ApiKey,
  ApiKeyList,
  ApiKeyRequest,
  BatchSummary,
  JobInfo,
  JobList,
  JobOptions,
  Model,
  ModelList,
  NewApiKey,
  SentMessage,
  State,
  Upload,
  Usage,
  WebhookSecret,
} from "./types.js";
import { type BatchSettings, type WaitSettings, waitForBatch } from "./wait.js";

const PAGE = "100";
const KEYS = "/v1/keys";
const SECRET = "/v1/webhooks/secret";

/**
 * A service at `url`, with an API key, or in a page with a job token. A request is retried after an error that the
 * service calls retryable and after a broken connection, for `retryForS` seconds (300) without any success.
 */
export class Voicelift {
  readonly #service: Service;

  constructor(settings: ServiceSettings) {
    this.#service = new Service(settings);
  }

  /**
   * Send a recording and wait until it is separated; returns the job, whose stems `Job.download` downloads. `timeoutS`
   * counts from the acceptance of the job. Throws the errors of `submit` and `Job.wait`.
   */
  async separate(source: Source, options: JobOptions = {}, settings: SubmitSettings & WaitSettings = {}): Promise<Job> {
    return (await this.submit(source, options, settings)).wait(settings);
  }

  /**
   * Send a recording; returns the job as soon as the service has accepted it. A larger file goes to the object storage,
   * in parts. Throws ApiError, ConnectionFailed, StorageRefused, TypeError (the file is empty).
   */
  async submit(source: Source, options: JobOptions = {}, settings: SubmitSettings = {}): Promise<Job> {
    return new Job(this.#service, await submit(this.#service, source, options, settings));
  }

  /** Throws NotFound. */
  async job(jobId: string): Promise<Job> {
    return new Job(this.#service, await this.#service.ask<JobInfo>("GET", `${JOBS}/${encodeURIComponent(jobId)}`));
  }

  /** The job's events, playlists, waveform and files, by its token. Sends no request yet. */
  view(jobId: string): JobView {
    return new JobView(this.#service, jobId);
  }

  /** Your jobs, newest first. */
  async *jobs({ state, batch }: { state?: State; batch?: string } = {}): AsyncGenerator<Job, void, undefined> {
    const wanted = { ...(state && { state }), ...(batch && { batch }) };
    for await (const { jobs } of this.#pages<JobList>(JOBS, wanted)) {
      for (const info of jobs) yield new Job(this.#service, info);
    }
  }

  /** The number of jobs of a batch (the option `batch` of its jobs) in each state. Throws NotFound. */
  batch(label: string): Promise<BatchSummary> {
    return this.#service.ask("GET", batchPath(label));
  }

  /** The batch after all of its jobs have ended; create them all before. */
  waitForBatch(label: string, settings: BatchSettings = {}): Promise<BatchSummary> {
    return waitForBatch(this.#service, batchPath(label), settings);
  }

  /** Create an upload that a client without a key sends: `sendUpload`. Then `submit` it. */
  createUpload(bytes: number, filename: string): Promise<Upload> {
    return createUpload(this.#service, bytes, filename);
  }

  /** The upload with fresh URLs and the parts that have arrived. Throws NotFound. */
  upload(uploadId: string): Promise<Upload> {
    return getUpload(this.#service, uploadId);
  }

  /** The models, and the permitted use of their results. */
  async models(): Promise<Model[]> {
    return (await this.#service.ask<ModelList>("GET", "/v1/models")).models;
  }

  /** Quotas and rates of the key, their usage and their reset times. */
  usage(): Promise<Usage> {
    return this.#service.ask("GET", "/v1/usage");
  }

  /** The secret for `verifyWebhook`. */
  webhookSecret(): Promise<WebhookSecret> {
    return this.#service.ask("GET", SECRET);
  }

  /** Create a new secret. For a day webhooks are signed with both. */
  replaceWebhookSecret(): Promise<WebhookSecret> {
    return this.#service.ask("POST", SECRET, { repeat: false });
  }

  /** Send a signed test event to a URL, by the same path as events of jobs; returns the outcome. Throws UrlRefused. */
  testWebhook(url: string): Promise<SentMessage> {
    const headers = { "Idempotency-Key": uuid() };
    return this.#service.ask("POST", "/v1/webhooks/test", { headers, json: { url } });
  }

  /** Create a key, with an operator key; its secret is only in this response. Throws Forbidden. */
  createKey(request: ApiKeyRequest): Promise<NewApiKey> {
    return this.#service.ask("POST", KEYS, { json: request, repeat: false });
  }

  /** All keys, newest first, with an operator key. Throws Forbidden. */
  async *listKeys(): AsyncGenerator<ApiKey, void, undefined> {
    for await (const { keys } of this.#pages<ApiKeyList>(KEYS, {})) yield* keys;
  }

  /** Revoke a key immediately and permanently, with an operator key. Throws Forbidden, NotFound. */
  async revokeKey(keyId: string): Promise<void> {
    await this.#service.call("DELETE", `${KEYS}/${encodeURIComponent(keyId)}`);
  }

  async *#pages<Page extends { next_cursor: string | null }>(
    path: string,
    wanted: Record<string, string>,
  ): AsyncGenerator<Page, void, undefined> {
    const query = new URLSearchParams({ limit: PAGE, ...wanted });
    for (;;) {
      const page = await this.#service.ask<Page>("GET", `${path}?${query}`);
      yield page;
      if (page.next_cursor === null) return;
      query.set("cursor", page.next_cursor);
    }
  }
}

function batchPath(label: string): string {
  return `/v1/batches/${encodeURIComponent(label)}`;
}
