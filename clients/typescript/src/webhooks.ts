/** Verification of the service's webhooks, signed by Standard Webhooks (standardwebhooks.com). */
import { objectIn } from "./connection.js";
import { SignatureInvalid } from "./errors.js";
import type { WebhookEvent, WebhookTest } from "./types.js";

const TOLERANCE_S = 300;
const encoder = new TextEncoder();

/** Headers as fetch has them, or as Node's http does. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | string[] | undefined>>;

/**
 * The event in `body`, if the service has signed it in the last `toleranceS` seconds. `secret` is `(await
 * voicelift.webhookSecret()).secret` (whsec_...), `body` the exact bytes of the request's body. The same event may
 * arrive twice: detect it by the header `webhook-id`. Throws SignatureInvalid: refuse the request, for example with
 * 400.
 */
export async function verifyWebhook(
  secret: string,
  headers: WebhookHeaders,
  body: string | Uint8Array,
  { toleranceS = TOLERANCE_S } = {},
): Promise<WebhookEvent | WebhookTest> {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    read(headers, name),
  );
  if (!id || !signatures || !/^\d+$/.test(timestamp ?? "")) {
    throw new SignatureInvalid("The request lacks the headers of a signed webhook.");
  }
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceS) {
    throw new SignatureInvalid("The webhook is too old, or this machine's clock is wrong.");
  }
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const signed = new Uint8Array([...encoder.encode(`${id}.${timestamp}.`), ...bytes]);
  const key = await crypto.subtle.importKey("raw", keyOf(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  // During a rotation of the secret there are two signatures.
  for (const signature of signatures.split(" ")) {
    const given = signature.startsWith("v1,") ? fromBase64(signature.slice(3)) : null;
    if (given && (await crypto.subtle.verify("HMAC", key, given, signed))) return eventIn(bytes);
  }
  throw new SignatureInvalid("The webhook was not signed with this secret.");
}

function eventIn(bytes: Uint8Array): WebhookEvent | WebhookTest {
  const event = objectIn(new TextDecoder().decode(bytes)) as Partial<WebhookEvent | WebhookTest> | null;
  if (event?.type && event.data) return event as WebhookEvent | WebhookTest;
  throw new SignatureInvalid("The webhook is signed, but is none that this version knows.");
}

function read(headers: WebhookHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const [, value] = Object.entries(headers).find(([each]) => each.toLowerCase() === name) ?? [];
  return Array.isArray(value) ? value.join(" ") : value;
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const key = fromBase64(secret.replace(/^whsec_/, ""));
  if (key === null || key.length === 0) throw new TypeError("The secret of webhooks is whsec_ and a text in base64.");
  return key;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
