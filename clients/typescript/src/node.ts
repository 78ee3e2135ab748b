/** Files of Node: a path to separate, and stems saved as files. */
import { createReadStream, openAsBlob } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { Receipt } from "./download.js";
import { ChecksumMismatch, TargetExists } from "./errors.js";
import type { FileSettings, Job, StemFile } from "./job.js";
import type { Stem } from "./types.js";

/** A file to separate. It is read while it is sent, in blocks. */
export async function fromPath(path: string): Promise<File> {
  return new File([await openAsBlob(path)], basename(path));
}

export interface SaveSettings extends FileSettings {
  /** Replace another existing file. */
  overwrite?: boolean;
}

/**
 * Save a stem as the file `target`, or in the folder `target` by the service's name for it; returns the file. Resumes
 * an earlier partial download, and verifies the checksum before the file is renamed. Throws TargetExists (another file
 * exists), RangeError (no such stem), ChecksumMismatch, StorageRefused, ApiError, ConnectionFailed.
 */
export async function save(job: Job, stem: Stem, target: string, settings: SaveSettings = {}): Promise<string> {
  const { overwrite = false, format, signal } = settings;
  const output = await job.file(stem, { format, signal });
  const other = format === job.output(stem).format ? undefined : format;
  const there = await stat(target).catch(() => null);
  const path = there?.isDirectory() ? join(target, await job.filename(stem, { format: other, signal })) : target;
  const before = await stat(path).catch(() => null);
  if (before && !overwrite) {
    if (before.size === output.bytes && (await sha256(path)) === output.sha256) return path; // by an earlier call
    throw new TargetExists(path);
  }
  const part = partOf(path, output.sha256);
  for (;;) {
    const resumed = await receive(job, output, part, settings);
    if (resumed === "whole") break;
    await rm(part);
    if (!resumed)
      throw new ChecksumMismatch(`What was downloaded as ${path} is not what the job made. Nothing was saved.`);
  }
  await rename(part, path);
  return path;
}

/**
 * Save all stems as one ZIP: as the file `target`, or in the folder `target` by the service's name for it; returns the
 * file. It starts again after a broken connection. Throws TargetExists, ApiError, ConnectionFailed.
 */
export async function saveAll(job: Job, target: string, settings: SaveSettings = {}): Promise<string> {
  const there = await stat(target).catch(() => null);
  const path = there?.isDirectory() ? join(target, await job.filename("all", settings)) : target;
  if (!settings.overwrite && (await stat(path).catch(() => null))) throw new TargetExists(path);
  const part = partOf(path, job.id);
  const file = await open(part, "a");
  try {
    await job.writeAll({ restart: () => file.truncate(0), write: (block) => file.appendFile(block) }, settings);
    await file.sync();
    await rename(part, path);
  } finally {
    await file.close();
    await rm(part, { force: true }); // it cannot be resumed
  }
  return path;
}

/** Download the missing bytes of `part`; "whole" when it is right, else whether an earlier call started it. */
async function receive(job: Job, output: StemFile, part: string, settings: SaveSettings): Promise<"whole" | boolean> {
  const file = await open(part, "a+");
  try {
    const receipt = new Receipt(output, settings.onProgress);
    const resumed = await takeUp(file, receipt);
    for await (const block of job.blocks(output, receipt.done, settings.signal)) {
      await file.appendFile(block);
      receipt.add(block);
    }
    await file.sync();
    return receipt.isRight() ? "whole" : resumed;
  } finally {
    await file.close();
  }
}

/** Count the bytes of an earlier call; returns whether there are any. */
async function takeUp(file: FileHandle, receipt: Receipt): Promise<boolean> {
  const { size } = await file.stat();
  if (size > receipt.output.bytes) await file.truncate(0);
  else for await (const block of file.createReadStream({ start: 0, autoClose: false })) receipt.add(block as Buffer);
  return receipt.done > 0;
}

/** Short enough for every file system, and unique per target and content. */
function partOf(path: string, content: string): string {
  const tag = createHash("sha256")
    .update(`${basename(path)}\0${content}`)
    .digest("hex")
    .slice(0, 16);
  return join(dirname(path), `${basename(path).slice(0, 40)}.${tag}.part`);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const block of createReadStream(path)) hash.update(block as Buffer);
  return hash.digest("hex");
}
