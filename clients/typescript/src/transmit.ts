/**
 * Send a file with progress: by XMLHttpRequest in browsers, whose fetch reports none, and by a streamed body elsewhere.
 */
import { type FullResponse, SILENCE_S, Stream, Watch } from "./connection.js";

const BLOCK_BYTES = 256 * 1024;

type Headed = Record<string, string>;
type OnSent = (bytes: number) => void;

/** The response to a request with `body`. Throws ConnectionFailed, or the reason of the caller's signal. */
export async function transmit(
  method: string,
  url: string,
  body: Blob,
  headers: Headed,
  onSent: OnSent = () => undefined,
  signal?: AbortSignal,
): Promise<FullResponse> {
  const watch = new Watch(url, SILENCE_S, signal);
  const sent = (bytes: number) => {
    watch.restart();
    onSent(bytes);
  };
  try {
    return await (typeof XMLHttpRequest === "function" ? byRequest : byFetch)(method, body, headers, sent, watch);
  } catch (error) {
    throw watch.failure(error);
  } finally {
    watch.stop();
  }
}

function byRequest(method: string, body: Blob, headers: Headed, sent: OnSent, watch: Watch): Promise<FullResponse> {
  return new Promise((resolve, reject) => {
    watch.signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open(method, watch.url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => sent(Math.min(loaded, body.size));
    request.onerror = () => reject(new Error("no response, or none that this page may read"));
    request.onabort = () => reject(watch.signal.reason);
    request.onload = () => {
      const lines = request.getAllResponseHeaders().trim().split("\r\n");
      const pairs = lines.filter(Boolean).map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
      resolve({ url: watch.url, status: request.status, headers: new Headers(pairs), text: request.responseText });
    };
    watch.signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}

async function byFetch(method: string, body: Blob, headers: Headed, sent: OnSent, watch: Watch): Promise<FullResponse> {
  const init = {
    method,
    headers: { ...headers, "Content-Length": String(body.size) }, // a presigned URL accepts no body of unknown length
    body: streamOf(body, sent),
    duplex: "half",
    redirect: "manual",
    signal: watch.signal,
  } as RequestInit;
  return new Stream(await fetch(watch.url, init), watch).read();
}

/** The bytes of `body` in blocks: the stream of a Blob in memory is one block. */
function streamOf(body: Blob, sent: OnSent): ReadableStream<Uint8Array> {
  let at = 0;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    sent(at);
    if (at === body.size) return controller.close();
    const block = new Uint8Array(await body.slice(at, at + BLOCK_BYTES).arrayBuffer());
    at += block.length;
    controller.enqueue(block);
  };
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}
