/** From a recording to an accepted job: a small file as a form, a larger one by a presigned upload. */
import { NotFound, UploadIncomplete } from "./errors.js";
import type { Service } from "./service.js";
import type { JobInfo, JobOptions, OnProgress, Upload } from "./types.js";
import { meterOf, sendMissing } from "./upload.js";

export const JOBS = "/v1/jobs";
export const UPLOADS = "/v1/uploads";
const FORM_BYTES = 4 * 1024 * 1024; // sent again from the start after a broken connection

/**
 * A recording: a file; a URL (https://...) that the service downloads; or an upload whose bytes have been sent
 * (`sendUpload`). A path, in Node: `fromPath` of `@voicelift/client/node`.
 */
export type Source = Blob | URL | string | Pick<Upload, "upload_id">;

export interface SubmitSettings {
  /** The recording's name, for display and downloads; that of a `File` by default. */
  filename?: string;
  /** Calls with the same key, source and options return the same job; without it each call creates a new one. */
  idempotencyKey?: string;
  /** An earlier upload of the same recording: only missing parts are sent. */
  uploadId?: string;
  /** Called with the id of a new upload, to pass as `uploadId` to a later call. */
  onUpload?: (uploadId: string) => void;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

export async function submit(
  service: Service,
  source: Source,
  options: JobOptions,
  settings: SubmitSettings,
): Promise<JobInfo> {
  const { onProgress, signal, uploadId } = settings;
  const headers = { "Idempotency-Key": settings.idempotencyKey ?? uuid() };
  const create = (from: object) =>
    service.ask<JobInfo>("POST", JOBS, { headers, json: { ...from, ...options }, signal });
  if (typeof source === "string" || source instanceof URL) return create({ source_url: addressOf(source) });
  if (!(source instanceof Blob)) return ofUpload(service, source.upload_id, create, signal);
  const filename =
    settings.filename ?? ("name" in source && typeof source.name === "string" ? source.name : "recording");
  if (source.size === 0) throw new TypeError(`${filename} is empty.`);
  if (source.size <= FORM_BYTES && !uploadId) {
    const meter = meterOf(source.size, onProgress);
    const [body, type] = await formOf(source, filename, options);
    const onSent = (bytes: number) => meter(Math.min(bytes, source.size));
    return service.ask("POST", JOBS, { headers: { ...headers, "Content-Type": type }, body, onSent, signal });
  }
  if (uploadId) {
    try {
      return await create({ upload_id: uploadId }); // all of it has arrived, or only the response was lost
    } catch (error) {
      if (!(error instanceof NotFound || error instanceof UploadIncomplete)) throw error;
    }
  }
  return create({ upload_id: await send(service, source, filename, settings) });
}

export function createUpload(service: Service, bytes: number, filename: string, signal?: AbortSignal): Promise<Upload> {
  return service.ask("POST", UPLOADS, { json: { bytes, filename: filename.slice(-1000) }, signal });
}

export function getUpload(service: Service, uploadId: string, signal?: AbortSignal): Promise<Upload> {
  return service.ask("GET", `${UPLOADS}/${encodeURIComponent(uploadId)}`, { signal });
}

/** Send a recording to the object storage; returns the upload's id when every byte has arrived. */
async function send(service: Service, recording: Blob, filename: string, settings: SubmitSettings): Promise<string> {
  const { uploadId, onUpload, onProgress, signal } = settings;
  let upload = uploadId ? await begunBefore(service, recording, uploadId, signal) : null;
  if (upload === null) {
    upload = await createUpload(service, recording.size, filename, signal);
    onUpload?.(upload.upload_id);
  }
  const { upload_id, complete_url } = upload;
  const meter = meterOf(recording.size, onProgress);
  const renew = () => getUpload(service, upload_id, signal);
  const complete = () => service.call("POST", complete_url, { signal });
  await sendMissing(upload, recording, meter, service.patience(), renew, signal, complete);
  return upload_id;
}

/** An earlier upload of the recording, unless it has expired or was used. */
async function begunBefore(
  service: Service,
  recording: Blob,
  id: string,
  signal?: AbortSignal,
): Promise<Upload | null> {
  try {
    const upload = await getUpload(service, id, signal);
    return upload.bytes === recording.size ? upload : null;
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** The job of an upload whose bytes another client has sent. */
async function ofUpload(
  service: Service,
  upload_id: string,
  create: (from: object) => Promise<JobInfo>,
  signal?: AbortSignal,
): Promise<JobInfo> {
  try {
    return await create({ upload_id });
  } catch (error) {
    if (!(error instanceof UploadIncomplete)) throw error; // its parts may only need to be joined
  }
  await service.call("POST", `${UPLOADS}/${encodeURIComponent(upload_id)}/complete`, { signal });
  return create({ upload_id });
}

function addressOf(source: string | URL): string {
  if (/^https?:/i.test(String(source))) return String(source);
  throw new TypeError(`${source} is no address. A file of Node: fromPath(...) of @voicelift/client/node.`);
}

/**
 * A form and its media type, which a Blob cannot have: it would be in lower case, its boundary included. The fields are
 * strings: lists are repeated, an object is JSON.
 */
async function formOf(file: Blob, filename: string, options: JobOptions): Promise<[Blob, string]> {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) for (const each of value) form.append(name, String(each));
    else form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  form.append("file", file, filename);
  const encoded = new Response(form);
  return [new Blob([await encoded.arrayBuffer()]), encoded.headers.get("content-type") ?? ""];
}

/** Of version 4; crypto.randomUUID is missing in pages loaded over http://. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
