// The service over HTTP: requests with the key, errors as sentences, uploads with progress, following a job.

import { t } from "./language.js";

const KEY = "voicelift.key";
const EVENTS = ["state", "stage", "source", "prepared", "chunk_done", "piece", "output", "failure", "cancel_requested"];

/** A failed request; the message is for people. `status` is 0 without a response. */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = null) {
    super(body.detail ?? (status ? t("problem.status", { status }) : t("problem.offline")));
    this.status = status;
    this.code = body.code;
    this.retryAfter = retryAfter; // seconds, from Retry-After
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (text) => (text ? sessionStorage.setItem(KEY, text) : sessionStorage.removeItem(KEY)),
};

/** A shared song: its job, and the token that gives access without a key. */
export const shared = { id: null, token: null };

/** `url` with the token of the shared song, if it belongs to that song. */
const withToken = (url) => {
  const of = new URL(url, location.href);
  const opened = shared.token && of.origin === location.origin && of.pathname.startsWith(`/v1/jobs/${shared.id}`);
  if (opened) of.searchParams.set("token", shared.token);
  return opened ? of.href : url;
};

const authorization = () => (key.get() ? { Authorization: `Bearer ${key.get()}` } : {});

/** The response to a request; `json` is sent as the body. Throws Problem unless it is 2xx or 304. */
export async function ask(method, url, { json, headers, signal } = {}) {
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const type = json === undefined ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(withToken(url), { method, signal, headers: { ...authorization(), ...type, ...headers }, ...body });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0);
  }
  if (!answer.ok && answer.status !== 304) throw new Problem(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

export const get = async (url, options) => (await ask("GET", url, options)).json();

/** POST a file with `fields` as a new job; `progress(sent, total)` in bytes. Throws Problem, AbortError. */
export function upload(file, fields, progress, signal) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  form.append("file", file); // last, so that wrong options are refused before the file is sent
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch reports no upload progress
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onload = () =>
      request.status === 202 || request.status === 200
        ? resolve(request.response)
        : reject(new Problem(request.status, request.response ?? {}, Number(request.getResponseHeader("Retry-After")) || null));
    request.onerror = () => reject(new Problem(0));
    request.onabort = () => reject(new DOMException("canceled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", "/v1/jobs");
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.send(form);
  });
}

/** `url` for requests without headers (downloads, events): with a job token when a key is in use. */
export async function open(job, url) {
  if (shared.token) return withToken(url);
  if (!key.get()) return url;
  return `${url}?token=${encodeURIComponent((await token(job)).token)}`;
}

/** Request the conversion at `url` and wait until it is ready; returns its description. Throws Problem, AbortError. */
export async function convert(url, signal) {
  for (;;) {
    const answer = await ask("POST", url, { signal });
    const conversion = await answer.json();
    if (conversion.ready) return conversion;
    await new Promise((resolve) => setTimeout(resolve, 1000 * (Number(answer.headers.get("Retry-After")) || 2)));
    signal.throwIfAborted();
  }
}

/** A token with read access to the job: {token, expires_at}. Throws Problem. */
export const token = async (job) => (await ask("POST", `${job.url}/token`)).json();

/**
 * Call `show` with each new state of the job at `url` until it ends or `signal` aborts.
 *
 * An event only triggers a poll of the job, with its ETag. Without events the interval is Retry-After.
 * `trouble(problem)` reports a failed poll; null: polls succeed again.
 */
export async function follow(url, show, trouble, signal) {
  let etag = "";
  let events = null; // an EventSource; false: the service offers none
  let ring = () => {};
  let rung = false;
  let troubled = null;
  const news = () => {
    rung = true;
    ring();
  };
  signal.addEventListener("abort", () => {
    if (events) events.close();
    news();
  });
  while (!signal.aborted) {
    let wait = 1;
    rung = false;
    try {
      const answer = await ask("GET", url, { signal, headers: etag ? { "If-None-Match": etag } : {} });
      etag = answer.headers.get("ETag") ?? "";
      wait = Number(answer.headers.get("Retry-After")) || wait;
      if (troubled) trouble((troubled = null));
      if (answer.status !== 304) {
        const job = await answer.json();
        if (signal.aborted) break;
        show(job);
        if (ended(job)) break;
        if (job.events_url && events === null) {
          const source = (events = new EventSource(await open(job, job.events_url)));
          let opened = false;
          source.onopen = () => (opened = true);
          source.onerror = () => {
            // The browser reconnects by itself, but not with an expired token.
            if (source.readyState === EventSource.CLOSED) events = opened ? null : false;
          };
          for (const type of EVENTS) source.addEventListener(type, news);
        }
      }
    } catch (problem) {
      if (signal.aborted) break;
      trouble((troubled = problem));
      if (problem.status === 404 || problem.status === 401) break;
      wait = 3;
    }
    if (events && events.readyState === EventSource.OPEN) wait = 10;
    await new Promise((resolve) => setTimeout(resolve, 250)); // one poll for many events
    if (rung || signal.aborted) continue;
    await new Promise((resolve) => {
      ring = resolve;
      setTimeout(resolve, wait * 1000);
    });
  }
  if (events) events.close();
}

export const ended = (job) => !["queued", "running"].includes(job.state);
