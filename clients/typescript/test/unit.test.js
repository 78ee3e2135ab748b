// Tests without a service. Run by tests/clients/typescript/test_client.py, after the build.
import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as client from "../dist/index.js";
import { refusal } from "../dist/connection.js";
import { Receipt } from "../dist/download.js";
import { Decoder } from "../dist/events.js";
import { filenameIn } from "../dist/job.js";
import { API_ERRORS, apiError, jobError } from "../dist/refusals.js";
import { Patience, retryAfterS, sleep } from "../dist/retry.js";
import { Sha256 } from "../dist/sha256.js";
import { uuid } from "../dist/submit.js";

const encoder = new TextEncoder();
const ERRORS = readFileSync(process.env.ERRORS, "utf8"); // docs/errors.md
const problem = (code, status) => ({ code, status, detail: "...", retryable: false, request_id: "req_1" });

test("SHA-256 of blocks of every length equals that of Node", () => {
  for (let length = 0; length < 200; length++) {
    const data = randomBytes(length);
    const hash = new Sha256();
    for (let at = 0; at < length; at += 1 + (length % 70)) hash.update(data.subarray(at, at + 1 + (length % 70)));
    assert.equal(hash.hex(), createHash("sha256").update(data).digest("hex"), `${length} bytes`);
  }
});

test("a download is complete with all bytes and the checksum", () => {
  const sha256 = createHash("sha256").update("abc").digest("hex");
  const right = (text, bytes = 3) => {
    const receipt = new Receipt({ bytes, sha256, stem: "vocals" });
    receipt.add(encoder.encode(text));
    return receipt.isRight();
  };
  assert.deepEqual([right("abc"), right("abd"), right("ab"), right("abc", 4)], [true, false, false, false]);
});

test("events do not depend on the division of the stream", () => {
  const text =
    ': ping\r\n\r\nretry: 1500\nevent: state\nid: 1-0\ndata: {"state":"running",\rdata: "note":"Söng"}\r\n\r\n' +
    'event: piece\r\nid: 2-0\r\ndata:{"index":0}\r\n\r\ndata: {"no": "blank line"}\n';
  const bytes = encoder.encode(text);
  for (let size = 1; size < bytes.length; size++) {
    const decoder = new Decoder();
    const events = [];
    for (let at = 0; at < bytes.length; at += size) events.push(...decoder.feed(bytes.subarray(at, at + size)));
    assert.deepEqual(events, [
      null,
      { id: "1-0", type: "state", data: { state: "running", note: "Söng" } },
      { id: "2-0", type: "piece", data: { index: 0 } },
    ]);
    assert.equal(decoder.retryS, 1.5);
  }
  assert.throws(() => [...new Decoder().feed(encoder.encode("data: [1]\n\n"))], client.UnexpectedResponse);
});

test("every code has one class, and an unknown code that of its status", () => {
  const table = /## Codes of requests\n([^]*?)\n## /.exec(ERRORS)[1];
  const rows = [...table.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, code, status]) => [code, Number(status)]);
  assert.ok(rows.length > 25);
  assert.deepEqual(API_ERRORS.flatMap(({ codes }) => codes).sort(), rows.map(([code]) => code).sort());
  for (const [code, status] of rows) {
    const error = apiError(problem(code, status));
    assert.ok(error.constructor.codes.includes(code), `${code} is known by its status only`);
    let family = error.constructor;
    while (Object.getPrototypeOf(family) !== client.ApiError) family = Object.getPrototypeOf(family);
    assert.ok(
      apiError(problem("of_a_later_service", status)) instanceof family,
      `${code} is not of the family of ${status}`,
    );
  }
  assert.equal(apiError(problem("x", 418)).constructor, client.ApiError);
  for (const kind of API_ERRORS) assert.equal(client[kind.name], kind, `${kind.name} is not exported`);
});

test("the status classifies responses of proxies", () => {
  const answer = (status, text, headers = {}) =>
    refusal({ url: "http://proxy:1/x", status, text, headers: new Headers(headers) });
  const gateway = answer(502, "<html>", { "Retry-After": "7" });
  assert.ok(gateway instanceof client.Unavailable);
  assert.deepEqual([gateway.retryable, gateway.retryAfterS, gateway.code], [true, 7, "http_502"]);
  assert.equal(gateway.message, "http://proxy:1 answered 502.");
  assert.equal(answer(413, "{}").retryable, false);
  assert.ok(answer(302, "") instanceof client.UnexpectedResponse);
});

test("a job without a result raises its error class", () => {
  const job = { id: "job_1", state: "failed", error: { code: "no_audio", message: "No sound.", retryable: true } };
  const failed = jobError(job);
  assert.ok(failed instanceof client.JobFailed && failed instanceof client.JobNotSucceeded);
  assert.deepEqual(
    [failed.message, failed.code, failed.retryable, failed.name],
    ["No sound.", "no_audio", true, "JobFailed"],
  );
  const canceled = jobError({ ...job, state: "canceled", error: null });
  assert.ok(canceled instanceof client.JobCanceled);
  assert.deepEqual([canceled.message, canceled.code], ["The job job_1 was canceled.", null]);
});

test("pauses grow, respect Retry-After and end", () => {
  let now = 0;
  const patience = new Patience(
    60,
    () => now,
    () => 1,
  );
  const lost = new client.ConnectionFailed("lost");
  assert.deepEqual(
    [1, 2, 3, 4].map(() => patience.pauseS(lost)),
    [0.5, 1, 2, 4],
  );
  patience.renew();
  assert.equal(patience.pauseS(lost), 0.5);
  const busy = apiError({ ...problem("busy", 503), retryable: true }, 20);
  assert.equal(patience.pauseS(busy), 20.5);
  now = 50;
  assert.throws(() => patience.pauseS(busy), busy);
  patience.renew();
  assert.throws(() => patience.pauseS(apiError(problem("not_found", 404))), client.NotFound);
  const refused = new client.StorageRefused("expired", 403);
  patience.renew();
  assert.equal(patience.pauseS(refused), 0.5);
  assert.throws(() => patience.pauseS(refused), refused, "a fresh address is asked for once");
});

test("Retry-After is a number of seconds or a date", () => {
  const read = (text) => retryAfterS(new Headers(text === null ? {} : { "Retry-After": text }), Date.UTC(2026, 0, 1));
  assert.deepEqual(["7", "Thu, 01 Jan 2026 00:00:30 GMT", "soon", null].map(read), [7, 30, undefined, undefined]);
});

test("a pause ends when its caller aborts it", async () => {
  const controller = new AbortController();
  const paused = sleep(600, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(paused, /enough/);
  await assert.rejects(sleep(600, controller.signal), /enough/);
});

test("file names have no folders", () => {
  assert.equal(filenameIn(`attachment; filename="S_ng.flac"; filename*=UTF-8''S%C3%B6ng.flac`), "Söng.flac");
  assert.equal(filenameIn('attachment; filename="../..\\.hidden.flac"'), "hidden.flac");
  assert.equal(filenameIn("attachment"), "");
});

test("idempotency keys are unique UUIDs of version 4", () => {
  const ids = new Set(Array.from({ length: 100 }, uuid));
  assert.equal(ids.size, 100);
  for (const each of ids) assert.match(each, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("an invalid URL is refused at once", () => {
  assert.throws(() => new client.Voicelift({ url: "ftp://voicelift.example" }), /https:\/\/ or http:\/\//);
  assert.throws(() => new client.Voicelift({ url: "localhost" }), TypeError);
});

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const BODY = JSON.stringify({ type: "job.succeeded", timestamp: "2026-11-30T12:00:00Z", data: { id: "job_1" } });

function signed(body = BODY, secret = SECRET, ageS = 0) {
  const at = Math.floor(Date.now() / 1000) - ageS;
  const key = Buffer.from(secret.slice(6), "base64");
  const mac = createHmac("sha256", key).update(`msg_1.${at}.${body}`).digest("base64");
  return { "Webhook-Id": "msg_1", "Webhook-Timestamp": String(at), "Webhook-Signature": `v1,AAAA v1,${mac}` };
}

test("a webhook signed by the service verifies", async () => {
  for (const headers of [signed(), new Headers(signed())]) {
    const event = await client.verifyWebhook(SECRET, headers, BODY);
    assert.deepEqual([event.type, event.data.id], ["job.succeeded", "job_1"]);
  }
  assert.ok(await client.verifyWebhook(SECRET, signed(BODY, SECRET, 400), encoder.encode(BODY), { toleranceS: 500 }));
});

test("all other webhooks are refused", async () => {
  const cases = [
    [signed(), `${BODY} `, /not signed with this secret/],
    [signed(BODY, `whsec_${"A".repeat(43)}=`), BODY, /not signed with this secret/],
    [signed(BODY, SECRET, 400), BODY, /too old/],
    [signed(BODY, SECRET, -400), BODY, /too old/],
    [{}, BODY, /lacks the headers/],
    [{ ...signed(), "Webhook-Timestamp": "now" }, BODY, /lacks the headers/],
    [{ ...signed(), "Webhook-Signature": "v1,é v2,AAAA" }, BODY, /not signed with this secret/],
    [signed("{}"), "{}", /none that this version knows/],
  ];
  for (const [headers, body, message] of cases) {
    await assert.rejects(client.verifyWebhook(SECRET, headers, body), (error) => {
      assert.ok(error instanceof client.SignatureInvalid);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(client.verifyWebhook("whsec_?", signed(), BODY), /base64/);
});
