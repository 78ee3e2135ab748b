/**
 * The tree of errors: responses of the service, outcomes of a job, and failures on the way.
 *
 *     VoiceliftError
 *     ├── ApiError                 the service refused a request: code, status, retryable, requestId
 *     │   ├── InvalidRequest       400, 405, 408, 413, 415, 422: InvalidOptions, UnsupportedMedia, UploadTooLarge, ...
 *     │   ├── Unauthenticated      401: no key, or a wrong one
 *     │   ├── Forbidden            403: the key may not do that
 *     │   ├── NotFound             404
 *     │   ├── Conflict             409: OutputsNotReady, SourceGone, UploadIncomplete, ...
 *     │   ├── TooMany              429: RateLimited, QuotaExceeded, TooManyAtOnce
 *     │   └── Unavailable          500, 502, 503, 504: QueueFull, Busy
 *     ├── JobNotSucceeded          a job ended without a result: JobFailed, JobCanceled, JobExpired
 *     ├── ConnectionFailed         no response, or an incomplete one
 *     ├── StorageRefused           the object storage refused an upload or a download
 *     ├── UnexpectedResponse         a response that is not this service's
 *     ├── ChecksumMismatch, TargetExists, WaitTimeout, BatchTimeout, SignatureInvalid
 *
 * The class of an `ApiError` follows from its `code`; one with a code that this version does not know follows from its
 * status, so `instanceof Conflict` also holds for conflicts that a later service adds.
 */
import type { FieldError, JobInfo, Problem } from "./types.js";

/** Base of all errors of this package. The message is a sentence for people. */
export class VoiceliftError extends Error {
  /** The same may succeed later. */
  retryable = false;
  /** Maximum consecutive attempts; undefined: as time allows. */
  attempts?: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The service refused a request. */
export class ApiError extends VoiceliftError {
  /** Codes of this class. */
  static readonly codes: readonly string[] = [];
  static readonly statuses: readonly number[] = [];
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
  /** The invalid fields, for invalid options. */
  readonly errors: readonly FieldError[];

  constructor(
    readonly problem: Problem,
    readonly retryAfterS?: number,
  ) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.retryable = problem.retryable;
    this.requestId = problem.request_id;
    this.errors = problem.errors ?? [];
  }
}

/** The request, or its file, is invalid. */
export class InvalidRequest extends ApiError {
  static override readonly codes = [
    "malformed_form",
    "malformed_json",
    "invalid_request",
    "unsupported_content_type",
    "unsupported_content_encoding",
  ];
  static override readonly statuses = [400, 405, 408, 413, 415, 422];
}
/** `errors` names each invalid option and the reason. */
export class InvalidOptions extends InvalidRequest {
  static override readonly codes = ["invalid_options"];
}
export class InvalidIdempotencyKey extends InvalidRequest {
  static override readonly codes = ["invalid_idempotency_key"];
}
/** The Idempotency-Key was used before, for another request. */
export class IdempotencyMismatch extends InvalidRequest {
  static override readonly codes = ["idempotency_mismatch"];
}
/** The file is no recording. */
export class UnsupportedMedia extends InvalidRequest {
  static override readonly codes = ["unsupported_media", "empty_audio"];
}
export class UploadTooLarge extends InvalidRequest {
  static override readonly codes = ["upload_too_large"];
  static override readonly statuses = [413];
}
export class BodyTooSlow extends InvalidRequest {
  static override readonly codes = ["body_too_slow"];
}
/** The stem could not be written in the other format. */
export class ConversionFailed extends InvalidRequest {
  static override readonly codes = ["conversion_failed"];
}
/** The service does not connect to the `source_url` or `webhook_url`. */
export class UrlRefused extends InvalidRequest {
  static override readonly codes = ["source_url_refused", "webhook_url_refused"];
}
export class MethodNotAllowed extends InvalidRequest {
  static override readonly codes = ["method_not_allowed"];
}

/** The key is missing, unknown, revoked or expired; or a job token has expired. */
export class Unauthenticated extends ApiError {
  static override readonly codes = ["unauthenticated", "invalid_key", "invalid_token"];
  static override readonly statuses = [401];
}

/** The key is valid, but lacks the permission. */
export class Forbidden extends ApiError {
  static override readonly codes = ["operator_only"];
  static override readonly statuses = [403];
}

/** The job, upload or stem does not exist, was deleted, has expired or is another tenant's. */
export class NotFound extends ApiError {
  static override readonly codes = ["not_found"];
  static override readonly statuses = [404];
}

/** The request contradicts the state of the job or upload. */
export class Conflict extends ApiError {
  static override readonly codes = ["conflict"];
  static override readonly statuses = [409];
}
export class OutputsNotReady extends Conflict {
  static override readonly codes = ["outputs_not_ready"];
}
export class IdempotencyInProgress extends Conflict {
  static override readonly codes = ["idempotency_in_progress"];
}
/** The recording of the job is deleted: send it again. */
export class SourceGone extends Conflict {
  static override readonly codes = ["source_gone"];
}
export class UploadIncomplete extends Conflict {
  static override readonly codes = ["upload_incomplete"];
}

/** A limit of the key is reached. */
export class TooMany extends ApiError {
  static override readonly statuses = [429];
}
export class RateLimited extends TooMany {
  static override readonly codes = ["rate_limited"];
}
export class QuotaExceeded extends TooMany {
  static override readonly codes = ["quota_exceeded"];
}
export class TooManyAtOnce extends TooMany {
  static override readonly codes = ["too_many_at_once"];
}

/** The service cannot process the request now. */
export class Unavailable extends ApiError {
  static override readonly codes = [
    "internal",
    "storage_unavailable",
    "store_unavailable",
    "courier_unavailable",
    "not_ready",
  ];
  static override readonly statuses = [500, 502, 503, 504];
}
export class QueueFull extends Unavailable {
  static override readonly codes = ["queue_full"];
}
export class Busy extends Unavailable {
  static override readonly codes = ["busy"];
}

/** The job ended without a result. `code` as in the job's `error`; null for a canceled one. */
export class JobNotSucceeded extends VoiceliftError {
  readonly code: string | null;

  constructor(readonly job: JobInfo) {
    super(job.error?.message ?? `The job ${job.id} was ${job.state}.`);
    this.code = job.error?.code ?? null;
    this.retryable = job.error?.retryable ?? false;
  }
}
/** `retryable`: `Job.retry()` may succeed. */
export class JobFailed extends JobNotSucceeded {}
export class JobCanceled extends JobNotSucceeded {}
/** Its deadline passed before the start. */
export class JobExpired extends JobNotSucceeded {}

/** No complete response arrived within the retries. */
export class ConnectionFailed extends VoiceliftError {
  override retryable = true;
}

/** The object storage refused an upload or a download; `status` is its HTTP status. */
export class StorageRefused extends VoiceliftError {
  override retryable = true; // with a fresh URL

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    if (status < 500 && status !== 408 && status !== 429) this.attempts = 2;
  }
}

/** The responding server is not a Voicelift service, or of another API version. */
export class UnexpectedResponse extends VoiceliftError {}

/** The checksum of the download is wrong. */
export class ChecksumMismatch extends VoiceliftError {}

/** The target of a stem exists with other content. It was not changed. */
export class TargetExists extends VoiceliftError {
  constructor(readonly path: string) {
    super(`${path} is there already and is not replaced.`);
  }
}

/** The job did not end within the time limit. It continues. */
export class WaitTimeout extends VoiceliftError {
  override retryable = true;
}

/** The jobs of a batch did not all end within the time limit. They continue. */
export class BatchTimeout extends VoiceliftError {
  override retryable = true;
}

/** The webhook was not signed by the service, or not within the last minutes. */
export class SignatureInvalid extends VoiceliftError {}
