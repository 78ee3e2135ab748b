// The client with a real service and workers, over broken connections. Run by tests/clients/typescript/test_client.py,
// which passes the addresses; CONTROL cuts connections.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, beforeEach, test } from "node:test";
import * as v from "../dist/index.js";
import { fromPath, save, saveAll } from "../dist/node.js";

const { VOICELIFT, KEY, OPERATOR, CONTROL, SONG } = process.env;
const DRAFT = { quality: "draft", format: "wav16", cache: false };
const MEGABYTE = 1_000_000;
const RESENT = 700_000; // bytes in transit when a connection breaks, headers included
const song = new File([readFileSync(SONG)], "Söng.wav", { type: "audio/wav" });
const short = new File([start(readFileSync(SONG), 1)], "Söng.wav", { type: "audio/wav" });
// A chunk that no decoder reads: large enough for three parts.
const large = new File([short, "JUNK", new Uint32Array([12 * MEGABYTE]), new Uint8Array(12 * MEGABYTE)], "large.wav");
const client = (settings = {}) => new v.Voicelift({ url: VOICELIFT, key: KEY, retryForS: 20, ...settings });

/** The first seconds of a WAV file of 16 bit, stereo, 44.1 kHz. */
function start(wav, seconds) {
  const part = wav.subarray(0, 44 + seconds * 44_100 * 4);
  part.writeUInt32LE(part.length - 8, 4);
  part.writeUInt32LE(part.length - 44, 40);
  return part;
}

async function control(path) {
  const answer = await fetch(new URL(path, CONTROL), { method: "POST" });
  assert.ok(answer.ok);
  return answer.json();
}
/** Break connections at `place` (front: the API, storage: S3) after `bytes` in direction `way`. */
const cut = (place, way, ...bytes) => control(`/cut?place=${place}&way=${way}&after=${bytes}`);
const passed = async (place, way) => (await control(`/passed?place=${place}`))[way];
const cuts = async (place) => (await control(`/passed?place=${place}`)).cuts;
const all = async (items) => {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
};
const folder = () => mkdtemp(join(tmpdir(), "voicelift-"));
const grows = (shown, end) => {
  const fractions = shown.map(({ fraction }) => fraction);
  assert.deepEqual(
    fractions,
    [...fractions].sort((a, b) => a - b),
  );
  assert.equal(fractions.at(-1), end);
};

let done; // a succeeded job
beforeEach(async () => {
  await cut("front", "up");
  await cut("storage", "up");
});
before(async () => {
  done = await client().separate(song, { ...DRAFT, metadata: { user: "8231" }, batch: "done" });
});

test("a song is separated, with progress from the upload to the end", async () => {
  const shown = [];
  const job = await client().separate(
    short,
    { ...DRAFT, stems: ["vocals"] },
    { onProgress: (p) => shown.push(p), timeoutS: 120 },
  );
  assert.equal(job.state, "succeeded");
  assert.deepEqual(
    job.outputs.map(({ stem }) => stem),
    ["vocals"],
  );
  const uploading = shown.filter(({ phase }) => phase === "uploading");
  grows(uploading, 1);
  grows(shown.slice(uploading.length), 1);
  assert.equal(shown.at(-1).phase, "succeeded");
});

test("options and names arrive unchanged", async () => {
  assert.equal(done.info.source.filename, "Söng.wav");
  assert.deepEqual(done.info.metadata, { user: "8231" });
  assert.equal(done.info.options.quality, "draft");
  assert.equal(await done.filename("vocals"), "Söng (vocals).wav");
});

test("stems are saved under the service's names, once", async () => {
  const target = await folder();
  const path = await save(done, "vocals", target);
  assert.equal(path, join(target, "Söng (vocals).wav"));
  assert.equal((await readFile(path)).length, done.output("vocals").bytes);
  await cut("storage", "down");
  assert.equal(await save(done, "vocals", target), path);
  assert.equal(await passed("storage", "down"), 0);
  await writeFile(path, "mine");
  await assert.rejects(save(done, "vocals", path), v.TargetExists);
  assert.equal(await readFile(path, "utf8"), "mine");
  await save(done, "vocals", path, { overwrite: true });
  assert.deepEqual(await readdir(target), ["Söng (vocals).wav"]);
  assert.throws(() => done.output("drums"), /it has: vocals, instrumental/);
});

test("a conversion is made once and saved by its name", async () => {
  const target = await folder();
  const path = await save(done, "vocals", target, { format: "mp3" });
  assert.equal(path, join(target, "Söng (vocals).mp3"));
  const { size } = await done.download("vocals", { format: "mp3" });
  const view = new v.Voicelift({ url: VOICELIFT, token: await done.token() }).view(done.id);
  const conversion = await view.convert("vocals", "mp3");
  assert.deepEqual([conversion.ready, conversion.bytes, (await readFile(path)).length], [true, size, size]);
  assert.ok((await view.outputUrl("vocals", "mp3")).includes("/outputs/vocals/mp3?token="));
  assert.equal(await view.filename("vocals", { format: "mp3" }), "Söng (vocals).mp3");
});

test("a broken download resumes", async () => {
  const shown = [];
  const { bytes } = done.output("vocals");
  await cut("storage", "down", Math.floor(bytes / 3), Math.floor(bytes / 3));
  const blob = await done.download("vocals", { onProgress: (progress) => shown.push(progress) });
  assert.equal(blob.size, bytes);
  assert.equal(await cuts("storage"), 2);
  assert.ok((await passed("storage", "down")) < bytes * 0.75, "the last of three connections, not all of the file");
  grows(shown, 1);
});

/** An interrupted download: its target and the partial file. */
async function halfSaved() {
  const target = await folder();
  const hasty = await client({ retryForS: 0 }).job(done.id);
  await cut("storage", "down", Math.floor(done.output("vocals").bytes / 2));
  await assert.rejects(save(hasty, "vocals", join(target, "vocals.wav")), v.ConnectionFailed);
  const [part] = await readdir(target);
  assert.match(part, /\.part$/);
  await cut("storage", "down");
  return { path: join(target, "vocals.wav"), part: join(target, part) };
}

test("a partial file of an earlier call is completed", async () => {
  const { bytes } = done.output("vocals");
  const { path } = await halfSaved();
  await save(done, "vocals", path);
  assert.ok((await passed("storage", "down")) < bytes * 0.75);
  assert.equal((await readFile(path)).length, bytes);
  assert.deepEqual(await readdir(join(path, "..")), ["vocals.wav"]);
});

test("a corrupt partial file is downloaded again", async () => {
  const { path, part } = await halfSaved();
  await writeFile(part, new Uint8Array(1000)); // corrupt the partial file
  await save(done, "vocals", path);
  assert.deepEqual(await readFile(path), Buffer.from(await (await done.download("vocals")).arrayBuffer()));
});

test("a wrong file is never returned", async () => {
  const job = await client().job(done.id);
  job.output("vocals").sha256 = "0".repeat(64);
  await assert.rejects(job.download("vocals"), v.ChecksumMismatch);
  const target = join(await folder(), "vocals.wav");
  await assert.rejects(save(job, "vocals", target), v.ChecksumMismatch);
  assert.deepEqual(await readdir(join(target, "..")), []);
});

test("all stems are saved as one archive, also after a broken connection", async () => {
  const bytes = done.outputs.reduce((sum, output) => sum + output.bytes, 0);
  await cut("front", "down", Math.floor(bytes / 2));
  const archive = await done.downloadAll();
  assert.ok(archive.size > bytes);
  assert.equal(await cuts("front"), 1);
  const path = await saveAll(done, await folder());
  assert.deepEqual(await readFile(path), Buffer.from(await archive.arrayBuffer()));
  assert.match(path, /Söng.*\.zip$/);
  await assert.rejects(saveAll(done, path), v.TargetExists);
});

test("a multipart upload resumes with the missing parts", async () => {
  const shown = [];
  const path = join(await folder(), "large.wav");
  await writeFile(path, Buffer.from(await large.arrayBuffer()));
  await cut("storage", "up", 7 * MEGABYTE);
  const job = await client().separate(await fromPath(path), DRAFT, { onProgress: (progress) => shown.push(progress) });
  assert.equal(job.state, "succeeded");
  assert.equal(job.info.source.bytes, large.size);
  assert.equal(await cuts("storage"), 1);
  // After the cut: the part that it broke and the last one, not the first.
  assert.ok((await passed("storage", "up")) < 8 * MEGABYTE + RESENT);
  grows(
    shown.filter(({ phase }) => phase === "uploading"),
    1,
  );
});

test("an earlier upload is resumed and makes one job", async () => {
  const begun = [];
  const onUpload = (id) => begun.push(id);
  const options = { ...DRAFT, batch: "upload", stems: ["vocals"] };
  const send = (settings, retryForS = 20) =>
    client({ retryForS }).submit(large, options, { idempotencyKey: "u", onUpload, ...settings });
  await cut("storage", "up", 7 * MEGABYTE);
  await assert.rejects(send({}, 0), v.ConnectionFailed);
  await cut("storage", "up");
  const job = await send({ uploadId: begun[0] });
  assert.ok((await passed("storage", "up")) < 8 * MEGABYTE + RESENT);
  await cut("storage", "up");
  assert.equal((await send({ uploadId: begun[0] })).id, job.id, "its answer may have been lost");
  assert.deepEqual([begun.length, await passed("storage", "up")], [1, 0]);
  assert.equal((await client().batch("upload")).jobs, 1);
  await job.delete();
});

test("a wrong key is reported even if the response is lost", async () => {
  await cut("front", "up", 100_000);
  await assert.rejects(client({ key: "vl_wrong", retryForS: 0 }).submit(short), v.Unauthenticated);
  assert.equal(await cuts("front"), 1);
});

test("a lost request or response creates one job", async () => {
  const options = { ...DRAFT, batch: "lost" };
  const send = () => client().submit(short, options, { idempotencyKey: "l" });
  await cut("front", "up", 100_000);
  const first = await send();
  assert.equal(await cuts("front"), 1);
  await cut("front", "down", 10);
  assert.equal((await send()).id, first.id);
  assert.equal(await cuts("front"), 1);
  const shown = [];
  const batch = await client().waitForBatch("lost", { onProgress: (each) => shown.push(each.finished) });
  assert.deepEqual([batch.jobs, batch.states.succeeded, shown.at(-1)], [1, 1, true]);
  assert.deepEqual(
    (await all(client().jobs({ batch: "lost", state: "succeeded" }))).map(({ id }) => id),
    [first.id],
  );
});

test("each event arrives once over broken connections, and after the last one", async () => {
  const whole = await all(done.events());
  assert.equal(whole.at(-1).data.state, "succeeded");
  assert.ok(whole.some(({ type }) => type === "piece"));
  await cut("front", "down", 900, 100); // among the events, then in the response head
  assert.deepEqual(await all(done.events()), whole);
  assert.equal(await cuts("front"), 2);
  assert.deepEqual(await all(done.events({ after: whole[1].id })), whole.slice(2));
  assert.deepEqual(await all(done.events({ after: whole.at(-1).id })), []);
});

test("waiting survives a broken event stream", async () => {
  const shown = [];
  const job = await client().submit(short, DRAFT);
  await cut("front", "down", 900);
  await job.wait({ onProgress: (progress) => shown.push(progress) });
  assert.equal(await cuts("front"), 1);
  assert.equal(job.state, "succeeded");
  grows(shown, 1);
});

test("a job is polled when events do not arrive", async () => {
  await control("/listeners?places=none");
  try {
    const job = await client().separate(short, DRAFT);
    assert.equal(job.state, "succeeded");
    const refused = client({ retryForS: 0 }).view(job.id).events();
    await assert.rejects(all(refused), (error) => error instanceof v.Busy && error.retryable && error.retryAfterS > 0);
  } finally {
    await control("/listeners?places=some");
  }
});

test("a token gives access to one job, without a key", async () => {
  const page = new v.Voicelift({ url: VOICELIFT, token: await done.token(), retryForS: 5 });
  const view = page.view(done.id);
  assert.equal((await all(view.events())).at(-1).data.state, "succeeded");
  const playlist = await (await fetch(await view.playlistUrl("vocals"))).text();
  assert.match(playlist, /^#EXTM3U[^]*#EXT-X-ENDLIST/);
  assert.equal((await fetch(await view.outputUrl("vocals"), { headers: { Range: "bytes=0-9" } })).status, 206);
  const rows = await view.peaks();
  assert.equal(rows.length % 4, 0);
  assert.deepEqual(await view.peaks(2), rows.subarray(8));
  const segments = await view.confidence();
  assert.equal(segments[0].start_s, 0);
  assert.ok("confidence" in segments[0]);
  assert.deepEqual(await view.confidence(1), segments.slice(1));
  await assert.rejects(page.job(done.id), v.Unauthenticated);
  await assert.rejects(all(page.view("job_01k8rz3v9q5w7x2m4n6p8r0s1t").events()), v.Unauthenticated);
});

test("a client without a key sends an upload", async () => {
  const upload = await client().createUpload(large.size, "large.wav");
  const shown = [];
  await cut("storage", "up", 7 * MEGABYTE);
  const renew = () => client().upload(upload.upload_id);
  await v.sendUpload(upload, large, { renew, onProgress: ({ fraction }) => shown.push(fraction) });
  assert.equal(shown.at(-1), 1);
  const job = await client().submit(upload, { ...DRAFT, stems: ["vocals"] });
  assert.equal(job.info.source.filename, "large.wav");
  await assert.rejects(v.sendUpload(upload, song), /12\d+ bytes/);
  await job.delete();
});

test("each refusal has its error class", async () => {
  const stranger = client({ key: `vl_${"0".repeat(12)}_${"0".repeat(64)}` });
  for (const file of [song, large]) {
    await assert.rejects(
      stranger.submit(file),
      (error) => error instanceof v.Unauthenticated && error.code === "invalid_key",
    );
  }
  await assert.rejects(
    client().submit(new Blob(["Dear service,"]), {}, { filename: "letter.txt" }),
    v.UnsupportedMedia,
  );
  await assert.rejects(client().submit(song, { steps: 0 }), (error) => {
    assert.ok(error instanceof v.InvalidOptions && error instanceof v.InvalidRequest);
    assert.deepEqual(
      error.errors.map(({ field }) => field),
      ["steps"],
    );
    assert.match(error.requestId, /^req_/);
    return true;
  });
  await assert.rejects(client().submit("https://127.0.0.1/song.mp3"), v.UrlRefused);
  await assert.rejects(client().submit("song.mp3"), /fromPath/);
  await assert.rejects(client().submit(new Blob([])), /empty/);
  await assert.rejects(client().job("job_01k8rz3v9q5w7x2m4n6p8r0s1t"), v.NotFound);
  const nowhere = new v.Voicelift({ url: "http://127.0.0.1:1", retryForS: 0 });
  await assert.rejects(
    nowhere.models(),
    (error) => error instanceof v.ConnectionFailed && /127\.0\.0\.1:1 failed/.test(error.message),
  );
});

test("a failed job raises its reason", async () => {
  const broken = new File([(await song.arrayBuffer()).slice(0, 44)], "broken.wav");
  await assert.rejects(client().separate(broken), (error) => {
    assert.ok(error instanceof v.JobFailed);
    assert.equal(error.message, error.job.error.message);
    assert.equal(error.code, error.job.error.code);
    return true;
  });
});

test("a job is canceled, retried and deleted, and waiting times out", async () => {
  const job = await client().submit(song, { ...DRAFT, quality: undefined, steps: 1000, batch: "canceled" });
  await assert.rejects(job.wait({ timeoutS: 0.05 }), v.WaitTimeout);
  await assert.rejects(client().waitForBatch("canceled", { timeoutS: 0.05 }), v.BatchTimeout);
  const gone = new AbortController();
  const waiting = job.wait({ signal: gone.signal });
  gone.abort(new Error("the page was left"));
  await assert.rejects(waiting, /the page was left/);
  await job.cancel();
  await assert.rejects(job.wait(), (error) => error instanceof v.JobCanceled && error.code === null);
  const again = await (await job.refresh()).retry();
  assert.equal(again.info.retry_of, job.id);
  await again.delete();
  await again.delete();
  await assert.rejects(again.refresh(), v.NotFound);
});

test("an upload stops when its caller aborts it", async () => {
  const gone = new AbortController();
  const sending = client().submit(large, DRAFT, {
    signal: gone.signal,
    onProgress: ({ fraction }) => fraction > 0.2 && gone.abort(new Error("changed my mind")),
  });
  await assert.rejects(sending, /changed my mind/);
});

test("an operator's key manages keys, another does not", async () => {
  const operator = client({ key: OPERATOR });
  const { id, key } = await operator.createKey({
    name: "user 8231",
    tenant: "user-8231",
    limits: { jobs_in_flight: 2 },
  });
  const theirs = client({ key });
  assert.deepEqual([(await theirs.usage()).tenant, (await theirs.usage()).jobs_in_flight.limit], ["user-8231", 2]);
  assert.deepEqual(await all(theirs.jobs()), []);
  await assert.rejects(theirs.createKey({ name: "another" }), (error) => {
    assert.ok(error instanceof v.Forbidden);
    assert.equal(error.code, "operator_only");
    return true;
  });
  assert.equal((await all(operator.listKeys())).find((each) => each.id === id).name, "user 8231");
  await operator.revokeKey(id);
  await assert.rejects(theirs.usage(), v.Unauthenticated);
});

test("test and redelivery need a webhook", async () => {
  await assert.rejects(client().testWebhook("http://127.0.0.1/hook"), v.UrlRefused);
  assert.deepEqual(await done.deliveries(), []);
  await assert.rejects(done.redeliver(), v.Conflict);
});

test("models and usage are returned", async () => {
  assert.equal((await client().models())[0].name, "voicelift-tiny");
  const { audio, jobs_in_flight } = await client().usage();
  assert.ok(audio.used_s > 0 && jobs_in_flight.used >= 0);
  assert.equal((await client().batch("done")).states.succeeded, 1);
  const { secret } = await client().webhookSecret();
  const replaced = await client().replaceWebhookSecret();
  assert.equal(replaced.previous, secret);
});
