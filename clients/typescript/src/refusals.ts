/** The error classes of responses and of ended jobs. */
import {
  ApiError,
  BodyTooSlow,
  Busy,
  Conflict,
  ConversionFailed,
  Forbidden,
  IdempotencyInProgress,
  IdempotencyMismatch,
  InvalidIdempotencyKey,
  InvalidOptions,
  InvalidRequest,
  JobCanceled,
  JobExpired,
  JobFailed,
  type JobNotSucceeded,
  MethodNotAllowed,
  NotFound,
  OutputsNotReady,
  QueueFull,
  QuotaExceeded,
  RateLimited,
  SourceGone,
  TooMany,
  TooManyAtOnce,
  Unauthenticated,
  Unavailable,
  UnsupportedMedia,
  UploadIncomplete,
  UploadTooLarge,
  UrlRefused,
} from "./errors.js";
import type { JobInfo, Problem } from "./types.js";

/** Every class of refusals; a class follows its base. */
export const API_ERRORS: readonly (typeof ApiError)[] = [
  InvalidRequest,
  InvalidOptions,
  InvalidIdempotencyKey,
  IdempotencyMismatch,
  UnsupportedMedia,
  UploadTooLarge,
  BodyTooSlow,
  ConversionFailed,
  UrlRefused,
  MethodNotAllowed,
  Unauthenticated,
  Forbidden,
  NotFound,
  Conflict,
  OutputsNotReady,
  IdempotencyInProgress,
  SourceGone,
  UploadIncomplete,
  TooMany,
  RateLimited,
  QuotaExceeded,
  TooManyAtOnce,
  Unavailable,
  QueueFull,
  Busy,
];

/** The error of the class for `problem`. */
export function apiError(problem: Problem, retryAfterS?: number): ApiError {
  const kind =
    API_ERRORS.find(({ codes }) => codes.includes(problem.code)) ??
    API_ERRORS.find(({ statuses }) => statuses.includes(problem.status)) ??
    ApiError;
  return new kind(problem, retryAfterS);
}

/** The error of a job that ended without a result. */
export function jobError(job: JobInfo): JobNotSucceeded {
  const kinds = { failed: JobFailed, canceled: JobCanceled, expired: JobExpired } as const;
  return new kinds[job.state as keyof typeof kinds](job);
}
