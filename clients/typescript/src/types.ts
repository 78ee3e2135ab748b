/** Types of the service's responses, by the names of its contract; `contract.ts` documents every field. */
import type { components } from "./contract.js";

type Schemas = components["schemas"];

/** A job as of the last update. */
export type JobInfo = Schemas["Job"];
export type State = Schemas["State"];
export type Stem = Schemas["Output"]["stem"];
/** A finished file. */
export type Output = Schemas["Output"];
/** A stem in another format; `bytes` is an estimate until it is `ready`. */
export type Conversion = Schemas["Conversion"];
/** A segment of the vocals; `confidence`: expected share of its seconds with an SDR of at least 5 dB, or null. */
export type Segment = Schemas["Segment"];
export type SegmentList = Schemas["SegmentList"];
export type JobError = Schemas["JobError"];
export type JobToken = Schemas["JobToken"];
/** A model for jobs, and the permitted use of its results. */
export type Model = Schemas["Model"];
export type Usage = Schemas["Usage"];
export type BatchSummary = Schemas["BatchSummary"];
/** An upload, with the URLs to PUT its bytes to. */
export type Upload = Schemas["Upload"];
export type UploadPart = Schemas["UploadPart"];
export type WebhookSecret = Schemas["WebhookSecret"];
/** The webhook of an ended job. */
export type WebhookEvent = Schemas["JobEnded"];
/** The webhook of a test: no job has ended; respond with 2xx. */
export type WebhookTest = Schemas["WebhookTested"];
/** A listed key; only `NewApiKey` has the secret. */
export type ApiKey = Schemas["ApiKey"];
export type NewApiKey = Schemas["NewApiKey"];
export type ApiKeyRequest = Schemas["ApiKeyRequest"];
/** Outcome of one delivery attempt of a job's webhook. */
export type Delivery = Schemas["Delivery"];
export type DeliveryList = Schemas["DeliveryList"];
/** Outcome of a test event. */
export type SentMessage = Schemas["WebhookTest"];
export type ApiKeyList = Schemas["ApiKeyList"];
export type FieldError = Schemas["FieldError"];
export type Problem = Schemas["Problem"];
export type JobList = Schemas["JobList"];
export type ModelList = Schemas["ModelList"];

/** Options of a job; the service's defaults apply to the others. */
export type JobOptions = Omit<Schemas["JobRequest"], "upload_id" | "source_url">;

type Named<Contract> = Contract extends { event: infer Type; data: infer Data }
  ? { id: string; type: Type; data: Data }
  : never;

/** An event of a job. `id` orders the events; the fields of `data` depend on `type`. */
export type JobEvent = Named<Schemas["JobEvent"]>;

/**
 * Progress. `phase` is uploading, queued, running (or its stage: preparing, separating, finishing), the final state of
 * the job, or downloading; `fraction` (0 to 1) is that of the upload, of the job, or of the download. `eta_s`:
 * estimated seconds until the job is done, if known.
 */
export interface Progress {
  phase: string;
  fraction: number;
  eta_s: number | null;
  queue_position: number | null;
}

export type OnProgress = (progress: Progress) => void;

export function isOver(state: State): boolean {
  return state !== "queued" && state !== "running";
}
