/**
 * Send a file to the object storage by presigned URLs, in several parts if the service says so. After a broken
 * connection only the missing parts are sent again.
 */
import { hostOf } from "./connection.js";
import { ConnectionFailed, StorageRefused, UploadIncomplete } from "./errors.js";
import { Patience } from "./retry.js";
import { transmit } from "./transmit.js";
import type { OnProgress, Upload, UploadPart } from "./types.js";

export interface SendSettings {
  /** Returns the upload with fresh URLs and the parts that have arrived: from your server, `Voicelift.upload(id)`. */
  renew?: () => Promise<Upload>;
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Time without any success after which retries end. */
  retryForS?: number;
}

/**
 * Send every missing byte of `recording` to the storage. Needs no key: for pages, whose server creates the upload
 * (`Voicelift.createUpload`) and then the job (`Voicelift.submit`). Throws ConnectionFailed, StorageRefused.
 */
export async function sendUpload(upload: Upload, recording: Blob, settings: SendSettings = {}): Promise<void> {
  const { renew, onProgress, signal, retryForS = 300 } = settings;
  const meter = meterOf(recording.size, onProgress);
  await sendMissing(upload, recording, meter, new Patience(retryForS), renew, signal);
}

export async function sendMissing(
  upload: Upload,
  recording: Blob,
  meter: (bytes: number) => void,
  patience: Patience,
  renew?: () => Promise<Upload>,
  signal?: AbortSignal,
  complete: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  if (recording.size !== upload.bytes) {
    throw new TypeError(`The upload is one of ${upload.bytes} bytes, and the recording has ${recording.size}.`);
  }
  const arrived = new Set<number>();
  let view = upload;
  for (;;) {
    const parts = partsOf(view);
    for (const part of parts) if (part.received) arrived.add(part.number);
    const bytesOf = () => parts.reduce((sum, { number, bytes }) => sum + (arrived.has(number) ? bytes : 0), 0);
    try {
      for (const part of parts.filter(({ number }) => !arrived.has(number))) {
        const before = bytesOf();
        await put(part, recording, (bytes) => meter(before + bytes), signal);
        arrived.add(part.number);
        patience.renew();
      }
      await complete();
      return meter(recording.size);
    } catch (error) {
      if (error instanceof UploadIncomplete) arrived.clear();
      // Missing bytes of an incomplete upload are sent again.
      await patience.rest(error instanceof UploadIncomplete ? new ConnectionFailed(error.message) : error, signal);
    }
    view = (await renew?.()) ?? view;
  }
}

/** Progress of an upload, which never decreases. */
export function meterOf(total: number, onProgress?: OnProgress): (bytes: number) => void {
  let most = -1;
  return (bytes) => {
    if (bytes <= most) return;
    most = bytes;
    onProgress?.({ phase: "uploading", fraction: Math.min(1, bytes / total), eta_s: null, queue_position: null });
  };
}

function partsOf({ parts, bytes, url, received }: Upload): UploadPart[] {
  return parts ?? [{ number: 1, offset: 0, bytes, url: url ?? "", received }];
}

async function put(
  { number, offset, bytes, url }: UploadPart,
  recording: Blob,
  onSent: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { status } = await transmit("PUT", url, recording.slice(offset, offset + bytes), {}, onSent, signal);
  if (status < 200 || status >= 300) {
    throw new StorageRefused(`The object storage at ${hostOf(url)} refused part ${number} with ${status}.`, status);
  }
}
