/** Client of a Voicelift service, for browsers and Node: send a song, get its stems. */
export { Voicelift } from "./client.js";
export type { paths, components } from "./contract.js";
export * from "./errors.js";
export { Job, JobView, type DownloadSettings } from "./job.js";
export type { ServiceSettings } from "./service.js";
export type { Source, SubmitSettings } from "./submit.js";
export type * from "./types.js";
export { sendUpload, type SendSettings } from "./upload.js";
export type { BatchSettings, WaitSettings } from "./wait.js";
export { type WebhookHeaders, verifyWebhook } from "./webhooks.js";
