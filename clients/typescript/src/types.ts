/** What the service answers, by the names of its contract; every field's meaning stands in `contract.ts`. */
import type { components } from "./contract.js";

type Schemas = components["schemas"];

/** A job as it was when it was last looked at. */
export type JobInfo = Schemas["Job"];
export type State = Schemas["State"];
export type Stem = Schemas["Output"]["stem"];
/** A finished file. */
export type Output = Schemas["Output"];
export type JobError = Schemas["JobError"];
export type JobToken = Schemas["JobToken"];
/** A model that jobs can use, and what may be done with what it makes. */
export type Model = Schemas["Model"];
export type Usage = Schemas["Usage"];
export type BatchSummary = Schemas["BatchSummary"];
/** An announced upload, with the addresses to PUT its bytes to. */
export type Upload = Schemas["Upload"];
export type UploadPart = Schemas["UploadPart"];
export type WebhookSecret = Schemas["WebhookSecret"];
/** What a webhook says of a job that is over. */
export type WebhookEvent = Schemas["JobEnded"];
/** What a webhook says when it is tested: nothing has happened, answer with 2xx. */
export type WebhookTest = Schemas["WebhookTested"];
/** A key as it is listed; `NewApiKey` has the secret, which is in no later answer. */
export type ApiKey = Schemas["ApiKey"];
export type NewApiKey = Schemas["NewApiKey"];
export type ApiKeyRequest = Schemas["ApiKeyRequest"];
/** What came of one attempt to tell a job's webhook. */
export type Delivery = Schemas["Delivery"];
export type DeliveryList = Schemas["DeliveryList"];
/** What came of a test event. */
export type SentMessage = Schemas["WebhookTest"];
export type ApiKeyList = Schemas["ApiKeyList"];
export type FieldError = Schemas["FieldError"];
export type Problem = Schemas["Problem"];
export type JobList = Schemas["JobList"];
export type ModelList = Schemas["ModelList"];

/** Options of a job; what is left out is as the service has it. */
export type JobOptions = Omit<Schemas["JobRequest"], "upload_id" | "source_url">;

type Named<Contract> = Contract extends { event: infer Type; data: infer Data }
  ? { id: string; type: Type; data: Data }
  : never;

/** Something that happened to a job. `id` orders the events; `type` tells what `data` has. */
export type JobEvent = Named<Schemas["JobEvent"]>;

/**
 * How far something is. `phase` is uploading, queued, running (or its stage: preparing, separating, finishing), the state
 * in which the job ended, or downloading; `fraction` (0 to 1) is that of the upload, of the job, or of the download.
 * `eta_s`: seconds until the job is done, when the service knows.
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
